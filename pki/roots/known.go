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

// isCandidate reports whether it is a CA that Dialogflow may come to use.
func isCandidate(c *x509.Certificate) bool {
	ca, ok := Known(c)
	return ok && ca.Standing == diagnose.NextCandidate
}

// formerlyPublic are roots that Mozilla's programme has retired for their age,
// and that a bundle for older programs may still hold: SHA-256 of each.
var formerlyPublic = []string{
	"1465fa205397b876faa6f0a9958e5590e40fcc7faa4fb7c2c8677521fb5fb658", // Starfield Class 2 Certification Authority
	"c3846bf24b9e93ca64274c0ec67c1ecc5e024ffcacd2d74019350e81fe546ae4", // Go Daddy Class 2 Certification Authority
	"3e9099b5015e8f486c00bcea9d111ee721faba355a89bcf1df69561e3dc6325c", // DigiCert Assured ID Root CA
	"4348a0e9444c78cb265e058d5e8944b4d84f9662bd26db257f8934a443c70161", // DigiCert Global Root CA
	"7431e5f4c3c1ce4690774f0b61e05440883ba9a01ed00ba6abd7806ed3b118cf", // DigiCert High Assurance EV Root CA
	"d7a7a0fb5d7e2731d771e9484ebcdef71d5f0c3e0a2948782bc83ee0ea699ef4", // AAA Certificate Services
	"0c2cd63df7806fa399ede809116b575bf87989f06518f9808c860503178baf66", // COMODO Certification Authority
	"ebd41040e4bb3ec742c9e381d31ef2a41a48b6685c96e7cef3c1df6cd4331c99", // GlobalSign Root CA (R1)
}

// publicRoot reports whether Mozilla's root programme has this very root for
// web servers, or had it until it grew old. The copy of the programme's list
// comes with golang.org/x/crypto.
func publicRoot(c *x509.Certificate) bool {
	if slices.Contains(formerlyPublic, Fingerprint(c)) {
		return true
	}
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

// besideGoogle are the public roots that stand in Google's roots.pem beside
// Google's own. Two more do, SSL.com's for clients, which are NextCandidate.
// Source: https://pki.goog/roots.pem as of October 2026, 21 certificates.
func besideGoogle() []Pin {
	return []Pin{
		{Name: "GlobalSign Root CA - R3", SPKI: "cGuxAXyFXFkWm61cF4HPWX8S0srS9j0aSqN0k4AP+4A="},
		{Name: "GlobalSign ECC Root CA - R5", SPKI: "fg6tdrtoGdwvVFEahDVPboswe53YIFjqbABPAdndpd8="},
		{Name: "GlobalSign Root CA - R6", SPKI: "aCdH+LpiG4fN07wpXtXKvOciocDANj0daLOJKNJ4fx4="},
		{Name: "DigiCert Assured ID Root G2", SPKI: "8ca6Zwz8iOTfUpc8rkIPCgid1HQUT+WAbEIAZOFZEik="},
		{Name: "DigiCert Assured ID Root G3", SPKI: "Fe7TOVlLME+M+Ee0dzcdjW/sYfTbKwGvWJ58U7Ncrkw="},
		{Name: "DigiCert Global Root G2", SPKI: "i7WTqTvh0OioIruIfFR4kMPnBqrS2rdiVPl/s2uC/CY="},
		{Name: "DigiCert Global Root G3", SPKI: "uUwZgwDOxcBXrQcntwu+kYFpkiVkOaezL0WYEZ3anJc="},
		{Name: "DigiCert Trusted Root G4", SPKI: "Wd8xe/qfTwq3ylFNd3IpaqLHZbh2ZNCLluVzmeNkcpw="},
		{Name: "Go Daddy Root Certificate Authority - G2", SPKI: "Ko8tivDrEjiY90yGasP6ZpBU4jwXvHqVvQI0GS3GNdA="},
		{Name: "Starfield Root Certificate Authority - G2", SPKI: "gI1os/q0iEpflxrOfRBVDXqVoWN3Tz7Dav/7IT++THQ="},
		{Name: "COMODO ECC Certification Authority", SPKI: "58qRu/uxh4gFezqAcERupSkRYBlBAvfcw7mEjGPLnNU="},
		{Name: "COMODO RSA Certification Authority", SPKI: "grX4Ta9HpZx6tSHkmCrvpApTQGo67CYDnvprLg5yRME="},
		{Name: "USERTrust ECC Certification Authority", SPKI: "ICGRfpgmOUXIWcQ/HXPLQTkFPEFPoDyjvH7ohhQpjzs="},
		{Name: "USERTrust RSA Certification Authority", SPKI: "x4QzPSC810K5/cMjb05Qm4k3Bw5zBn4lTdO/nEW/Td4="},
	}
}

// leaving says why a bundle may come without a pinned root; "" where it may
// not. Source: https://github.com/rustls/webpki-roots/issues/120.
func leaving(pin Pin) string {
	if pin.Name == "GTS Root R2" {
		return "Mozilla's programme dropped it in April 2026"
	}
	return ""
}
