package observe

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"mutual/diagnose/chain"
)

// AllowRule lets in the clients whose certificate has one particular identity.
// A server with several rules lets in whom any of them fits. The zero value
// fits nobody.
type AllowRule struct {
	// Kind is "cn", "dns", "uri", "email" or "spki".
	Kind  string
	Value string
}

// NewAllowRule checks the value and brings it into the form in which it is
// compared: a public key's SHA-256 may be given in hexadecimal, with or
// without colons, or in base64, as pins are written.
func NewAllowRule(kind, value string) (AllowRule, error) {
	if value == "" {
		return AllowRule{}, fmt.Errorf("allow %s: the value is empty", kind)
	}
	switch kind {
	case "cn", "uri":
		return AllowRule{kind, value}, nil
	case "dns":
		return AllowRule{kind, strings.ToLower(strings.TrimSuffix(value, "."))}, nil
	case "email":
		return AllowRule{kind, foldEmail(value)}, nil
	case "spki":
		pin, err := spkiPin(value)
		return AllowRule{kind, pin}, err
	}
	return AllowRule{}, fmt.Errorf("allow %s: not one of cn, dns, uri, email, spki", kind)
}

// String is the rule as a report shows it: "cn=Google LLC".
func (r AllowRule) String() string { return r.Kind + "=" + r.Value }

// Match reports whether the client's leaf has the rule's identity. A
// certificate with several CNs matches no CN, and a name with a NUL in it
// matches nothing: whoever reads another name than the issuer checked would
// let a stranger in. A wildcard in the rule fits any one label in its place;
// one in the certificate stands for itself.
func (r AllowRule) Match(leaf *x509.Certificate) bool {
	if leaf == nil || r.Value == "" {
		return false
	}
	switch r.Kind {
	case "cn":
		return slices.Equal(commonNames(leaf), []string{r.Value})
	case "dns":
		return slices.ContainsFunc(leaf.DNSNames, r.matchDNS)
	case "uri":
		for _, u := range leaf.URIs {
			if u.String() == r.Value {
				return true
			}
		}
	case "email":
		return slices.ContainsFunc(append(subjectEmails(leaf), leaf.EmailAddresses...), func(address string) bool {
			return foldEmail(address) == r.Value
		})
	case "spki":
		sum := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
		return base64.StdEncoding.EncodeToString(sum[:]) == r.Value
	}
	return false
}

func (r AllowRule) matchDNS(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == r.Value {
		return true
	}
	rest, wild := strings.CutPrefix(r.Value, "*.")
	label, parent, dotted := strings.Cut(name, ".")
	return wild && dotted && label != "" && !strings.Contains(label, "*") && parent == rest
}

// foldEmail lowers the domain, whose case does not matter, and keeps the rest,
// whose case may (RFC 5280 §7.5).
func foldEmail(address string) string {
	at := strings.LastIndex(address, "@")
	return address[:at+1] + strings.ToLower(address[at+1:])
}

// spkiPin brings a SHA-256 of a SubjectPublicKeyInfo into base64. A prefix
// "sha256//" is curl's, "sha256/" that of others; as base64 may itself begin
// with a slash, what has the right length decides.
func spkiPin(value string) (string, error) {
	for _, prefix := range []string{"sha256//", "sha256/", ""} {
		digest, ok := strings.CutPrefix(value, prefix)
		if !ok {
			continue
		}
		if sum, err := hex.DecodeString(strings.ReplaceAll(digest, ":", "")); err == nil && len(sum) == sha256.Size {
			return base64.StdEncoding.EncodeToString(sum), nil
		}
		for _, coding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			if sum, err := coding.DecodeString(digest); err == nil && len(sum) == sha256.Size {
				return base64.StdEncoding.EncodeToString(sum), nil
			}
		}
	}
	return "", fmt.Errorf("allow spki: %q is not the SHA-256 of a public key, which is 64 hexadecimal digits or 44 characters of base64", value)
}

func commonNames(x *x509.Certificate) []string {
	return chain.NameValues(x.RawSubject, asn1.ObjectIdentifier{2, 5, 4, 3})
}

func subjectEmails(x *x509.Certificate) []string {
	return chain.NameValues(x.RawSubject, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1})
}
