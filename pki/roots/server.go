package roots

import (
	"bytes"
	"crypto/x509"

	"golang.org/x/crypto/x509roots/fallback/bundle"

	"mutual/diagnose"
	"mutual/diagnose/chain"
)

// JudgeServer makes facts about a server's certificate, its chain in
// f.Identity, ready to be examined as products of Google's will judge it:
// by what was uploaded with the webhook where that is not nil, else by the
// public CAs. f.Time and, for the name, f.Target.ServerName are the caller's.
func JudgeServer(f *diagnose.Facts, products []diagnose.Product, uploaded *diagnose.Trust) {
	f.View, f.Purpose = diagnose.SeenInFiles, diagnose.ServerSide
	if f.Roots == nil {
		f.Roots = &diagnose.PinnedRoots{}
	}
	f.Roots.ServerFor, f.Roots.Uploaded, f.Trust = products, uploaded != nil, uploaded
	if uploaded == nil {
		f.Trust = PublicTrust(f.Identity)
	}
}

// PublicTrust stands in for Google's default trust store, of which Google
// publishes no list: the roots of Mozilla's programme for web servers, as they
// come with golang.org/x/crypto, and Google's own. Of these it holds those that
// the chain mentions; Count is of all.
func PublicTrust(sentChain []*diagnose.Certificate) *diagnose.Trust {
	t := &diagnose.Trust{Source: "public", Anchors: []*diagnose.Certificate{}}
	var sent []*x509.Certificate
	for _, c := range sentChain {
		if c.X509() != nil {
			sent = append(sent, c.X509())
		}
	}
	seen := map[string]bool{}
	add := func(der []byte) {
		if seen[string(der)] {
			return
		}
		seen[string(der)] = true
		t.Count++
		root, err := x509.ParseCertificate(der)
		if err != nil {
			return
		}
		for _, c := range sent {
			if bytes.Equal(c.RawIssuer, root.RawSubject) {
				t.Anchors = append(t.Anchors, chain.CertificateOf(root))
				return
			}
		}
	}
	for root := range bundle.Roots() {
		if root.Constraint == nil || root.Constraint(sent) == nil {
			add(root.Certificate)
		}
	}
	for _, pin := range googlePins() {
		if certs, err := Parse(pin.PEM); err == nil {
			add(certs[0].Raw)
		}
	}
	return t
}
