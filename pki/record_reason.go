package pki

import (
	"slices"
	"strings"
)

// reason is why a certificate was revoked: a word of OpenSSL's database, and
// its number in a list (RFC 5280 §5.3.1).
type reason struct {
	name string
	code int
}

// reasons are those that openssl ca writes (apps/ca.c, crl_reasons), the first
// seven as -crl_reason takes them; the last three come with an argument.
// removeFromCRL is for lists of differences alone.
func reasons() []reason {
	return []reason{
		{"unspecified", 0}, {"keyCompromise", 1}, {"CACompromise", 2}, {"affiliationChanged", 3}, {"superseded", 4},
		{"cessationOfOperation", 5}, {"certificateHold", 6},
		{"removeFromCRL", 8}, {"holdInstruction", 6}, {"keyTime", 1}, {"CAkeyTime", 2},
	}
}

// RevocationReasons are the reasons that Revoke takes.
func RevocationReasons() []string {
	var names []string
	for _, r := range reasons()[:7] {
		names = append(names, r.name)
	}
	return names
}

func recordReasons() []string {
	var names []string
	for _, r := range reasons() {
		names = append(names, r.name)
	}
	return names
}

// reasonCode is the number of a reason, or -1. OpenSSL reads the names without
// regard to case.
func reasonCode(name string) int {
	i := slices.IndexFunc(reasons(), func(r reason) bool { return strings.EqualFold(r.name, name) })
	if i < 0 {
		return -1
	}
	return reasons()[i].code
}
