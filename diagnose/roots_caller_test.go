package diagnose

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"mutual/diagnose/chain"
)

// TestCallerOf tells Dialogflow's products by name and signature, with CAs made
// for the test in place of the real ones.
func TestCallerOf(t *testing.T) {
	type made struct {
		cert *x509.Certificate
		key  *ecdsa.PrivateKey
	}
	mint := func(parent *made, cn string, ca bool, dns ...string) *made {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: cn}, DNSNames: dns,
			NotAfter: time.Now().AddDate(1, 0, 0), IsCA: ca, BasicConstraintsValid: true}
		if parent == nil {
			parent = &made{template, key}
		}
		der, err := x509.CreateCertificate(rand.Reader, template, parent.cert, key.Public(), parent.key)
		if err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return &made{cert, key}
	}
	es, cx, other := mint(nil, "Issuing ES", true), mint(nil, "Issuing CX", true), mint(nil, "Issuing ES", true)
	known := func(x *x509.Certificate) (KnownCA, bool) {
		switch {
		case x.Equal(es.cert):
			return KnownCA{Standing: DialogflowIssuing}, true
		case x.Equal(cx.cert):
			return KnownCA{Standing: GoogleIssuing}, true
		}
		return KnownCA{}, false
	}
	tests := []struct {
		name string
		sent []*made
		want Product
	}{
		{"ES", []*made{mint(es, "Google LLC", false), es}, DialogflowES},
		{"CX", []*made{mint(cx, "*.dialogflow.com", false, "*.dialogflow.com"), cx}, DialogflowCX},
		{"a stranger of ES's CA", []*made{mint(es, "Mallory", false), es}, ""},
		{"ES's name, the CA only laid beside it", []*made{mint(other, "Google LLC", false), es}, ""},
		{"ES's name under CX's CA", []*made{mint(cx, "Google LLC", false), cx}, ""},
		{"without the intermediate", []*made{mint(es, "Google LLC", false)}, ""},
		{"nobody", nil, ""},
	}
	for _, test := range tests {
		var sent []*Certificate
		for _, m := range test.sent {
			sent = append(sent, chain.CertificateOf(m.cert))
		}
		if got := callerOf(sent, known); got != test.want {
			t.Errorf("%s: callerOf = %q, want %q", test.name, got, test.want)
		}
	}
}

// TestCallerRefused: a client's refusal says what it means for Dialogflow where
// profiles are on, by the three alerts that a client may choose for it.
func TestCallerRefused(t *testing.T) {
	f := func(products ...Product) *Facts {
		facts := &Facts{Roots: &PinnedRoots{}}
		for _, p := range products {
			facts.Roots.Profiles = append(facts.Roots.Profiles, PinnedProfile{Product: p})
		}
		return facts
	}
	tests := []struct {
		facts *Facts
		alert int
		lines int
	}{
		{f(DialogflowES), 42, 4}, {f(DialogflowES), 46, 4}, {f(DialogflowCX), 48, 4}, {f(DialogflowES, DialogflowCX), 48, 6},
		{f(DialogflowES), 45, 0}, {f(), 48, 0}, {&Facts{}, 48, 0},
	}
	for _, test := range tests {
		if got := test.facts.callerRefused(test.alert); len(got) != test.lines {
			t.Errorf("callerRefused(%d) = %q, want %d lines", test.alert, got, test.lines)
		}
	}
}
