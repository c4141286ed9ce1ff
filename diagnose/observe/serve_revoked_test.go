package observe

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"mutual/diagnose/cause"
	"mutual/pki"
)

// TestServeRevoked revokes a client under a running server: it is refused from
// then on, in a session that it resumes too, and nobody else is, not even by a
// list that has ended.
func TestServeRevoked(t *testing.T) {
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			p := newTestPKI(t)
			p.issue("bob", p.ca, leafSpec{})
			p.writeKey("ca-key.pem", p.ca.Key)
			revoke := func(what string, life time.Duration) {
				t.Helper()
				if done, err := pki.Revoke(p.dir, pki.RevokeOptions{What: what, ListFor: life, Now: time.Now()}); err != nil || done.Err() != nil {
					t.Fatal(err, done)
				}
			}
			revoke("", 0)
			clock := newTestClock()
			s := startServer(t, p, func(cfg *ServeConfig) { cfg.CRL, cfg.Now = []string{p.path("ca-crl.pem")}, clock.now })
			cache := tls.NewLRUClientSessionCache(4)
			bob := p.client("bob", func(c *tls.Config) { c.MinVersion, c.MaxVersion, c.ClientSessionCache = version, version, cache })
			for i, resumed := range []bool{false, true} {
				if status, err := get(bob, s.url()); status != 200 {
					t.Fatalf("request %d before: %d, %v, want 200", i, status, err)
				}
				if r := s.report(t); r.Connection.Resumed != resumed {
					t.Fatalf("request %d: resumed %t, want %t", i, r.Connection.Resumed, resumed)
				}
			}
			revoke("bob", time.Hour)
			for _, after := range []time.Duration{2 * time.Second, 2 * time.Hour} { // the list ends between
				clock.add(after)
				for _, who := range []string{"resumed", "anew"} {
					client := bob
					if who == "anew" {
						client = p.client("bob", nil)
					}
					if status, err := get(client, s.url()); err == nil {
						t.Errorf("%s, %v later: %d, want an error", who, after, status)
					}
					if r := s.report(t); len(r.Findings) == 0 || r.Findings[0].Code != cause.ClientCertRevoked || len(r.Chains.Client) == 0 {
						t.Errorf("%s, %v later: %s, want client-cert-revoked", who, after, explain(r))
					}
				}
				if status, err := get(p.client("client", nil), s.url()); status != 200 {
					t.Errorf("another client, %v later: %d, %v, want 200", after, status, err)
				}
				if r := s.report(t); len(r.Findings) > 0 {
					t.Errorf("another client, %v later: %s, want nothing", after, explain(r))
				}
			}
		})
	}
}

// TestServeListOfAnother: a list of a CA of the same name and another key
// revokes nothing.
func TestServeListOfAnother(t *testing.T) {
	p, other := newTestPKI(t), newTestPKI(t)
	// The serial number of p's client, on the list of the other CA.
	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour),
		RevokedCertificateEntries: []x509.RevocationListEntry{{SerialNumber: p.tls("client").Leaf.SerialNumber, RevocationTime: time.Now()}}}, other.ca.Cert, other.ca.Key)
	if err != nil {
		t.Fatal(err)
	}
	other.write("ca-crl.pem", pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: list}))
	s := startServer(t, p, func(cfg *ServeConfig) { cfg.CRL = []string{other.path("ca-crl.pem")} })
	if status, err := get(p.client("client", nil), s.url()); status != 200 {
		t.Errorf("a client that another CA's list does not concern: %d, %v, want 200", status, err)
	}
	s.report(t)
}
