package roots

import (
	"crypto/x509"
	"slices"

	"golang.org/x/crypto/x509roots/fallback/bundle"

	"mutual/diagnose"
)

// isDead reports whether it is a CA that served Google once and no longer
// does. Such a one is never trusted, whoever asks.
func isDead(c *x509.Certificate) bool {
	ca, ok := Known(c)
	return ok && ca.Standing == diagnose.GoogleExpired
}

// publicRoot reports whether Mozilla's root programme has this very root for
// web servers. The copy of its list comes with golang.org/x/crypto.
func publicRoot(c *x509.Certificate) bool {
	for root := range bundle.Roots() {
		if root.Constraint == nil && slices.Equal(root.Certificate, c.Raw) {
			return true
		}
	}
	return false
}

// admitsPublic reports whether the profile takes public roots and this is one
// of its operators'.
func (p Profile) admitsPublic(c *x509.Certificate) bool {
	if len(p.Operators) == 0 || !publicRoot(c) {
		return false
	}
	return slices.ContainsFunc(c.Subject.Organization, func(o string) bool { return slices.Contains(p.Operators, o) })
}

// isRecognised reports whether it is a root that mutual knows, trusted or not.
func isRecognised(c *x509.Certificate) bool {
	_, known := Known(c)
	return known || publicRoot(c)
}
