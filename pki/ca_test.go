package pki

import (
	"crypto/x509"
	"testing"
	"time"
)

func mustSubject(t testing.TB, s string) Subject {
	t.Helper()
	subject, err := ParseSubject(s)
	if err != nil {
		t.Fatal(err)
	}
	return subject
}

func mustSANs(t testing.TB, s ...string) SANs {
	t.Helper()
	sans, err := ParseSANs(s...)
	if err != nil {
		t.Fatal(err)
	}
	return sans
}

func newTestCA(t testing.TB) *CA {
	t.Helper()
	ca, err := NewCA(CASpec{Subject: mustSubject(t, "CN=Test CA,O=Example"), Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func TestIssueVerifies(t *testing.T) {
	for _, kt := range KeyTypes() {
		t.Run(string(kt), func(t *testing.T) {
			now := time.Now()
			ca, err := NewCA(CASpec{Subject: mustSubject(t, "CN=Test CA"), KeyType: kt, Now: now})
			if err != nil {
				t.Fatal(err)
			}
			key, err := GenerateKey(kt)
			if err != nil {
				t.Fatal(err)
			}
			leaf, err := ca.Issue(LeafSpec{Purpose: Server, SANs: mustSANs(t, "localhost", "127.0.0.1"), Subject: mustSubject(t, "CN=localhost"), Now: now}, key.Public())
			if err != nil {
				t.Fatal(err)
			}
			pool := x509.NewCertPool()
			pool.AddCert(ca.Cert)
			if _, err := leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: "127.0.0.1"}); err != nil {
				t.Errorf("Verify() = %v, want nil", err)
			}
			if n := leaf.SerialNumber.BitLen(); n < 96 || n > 128 {
				t.Errorf("serial has %d bits, want about 128", n)
			}
		})
	}
}
