package diagnose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"mutual/diagnose/chain"
)

// testNow is the time at which tests judge.
var testNow = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// entity is a certificate made for a test, together with its key.
type entity struct {
	*Certificate
	key crypto.Signer
}

// change alters a certificate before it is signed.
type change func(*x509.Certificate)

var testKeys = sync.OnceValue(func() map[string]crypto.Signer {
	p256 := func() crypto.Signer {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		return k
	}
	keys := map[string]crypto.Signer{}
	for _, name := range []string{"root", "other", "int", "int2", "leaf"} {
		keys[name] = p256()
	}
	for name, bits := range map[string]int{"rsa1024": 1024, "rsa2048": 2048} {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			panic(err)
		}
		keys[name] = k
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	keys["ed25519"] = ed
	return keys
})

func certify(t testing.TB, parent *entity, key crypto.Signer, template *x509.Certificate, changes ...change) *entity {
	t.Helper()
	for _, c := range changes {
		c(template)
	}
	p := &entity{key: key}
	signer := template
	if parent != nil {
		p, signer = parent, parent.X509()
	}
	der, err := x509.CreateCertificate(rand.Reader, template, signer, key.Public(), p.key)
	if err != nil {
		t.Fatalf("CreateCertificate(%s) = %v, want a certificate", template.Subject, err)
	}
	return &entity{chain.NewCertificate(der), key}
}

var serial = big.NewInt(1000)

func template(cn string) *x509.Certificate {
	serial = new(big.Int).Add(serial, big.NewInt(1))
	return &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: cn},
		NotBefore: testNow.AddDate(-1, 0, 0), NotAfter: testNow.AddDate(1, 0, 0)}
}

func ca(t testing.TB, cn string, parent *entity, key string, changes ...change) *entity {
	t.Helper()
	c := template(cn)
	c.BasicConstraintsValid, c.IsCA, c.KeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
	return certify(t, parent, testKeys()[key], c, changes...)
}

func leaf(t testing.TB, cn string, parent *entity, changes ...change) *entity {
	t.Helper()
	c := template(cn)
	c.KeyUsage = x509.KeyUsageDigitalSignature
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	c.DNSNames = []string{"server.example"}
	return certify(t, parent, testKeys()["leaf"], c, changes...)
}

func expired(c *x509.Certificate)     { c.NotAfter = testNow.Add(-time.Hour) }
func notYetValid(c *x509.Certificate) { c.NotBefore = testNow.Add(time.Hour) }
func named(names ...string) change    { return func(c *x509.Certificate) { c.DNSNames = names } }
func serving(ip string) change {
	return func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.ParseIP(ip)} }
}
func usage(u ...x509.ExtKeyUsage) change {
	return func(c *x509.Certificate) { c.ExtKeyUsage = u }
}

func list(entities ...*entity) []*Certificate {
	var out []*Certificate
	for _, e := range entities {
		out = append(out, e.Certificate)
	}
	return out
}

func trusting(anchors ...*entity) *Trust {
	return &Trust{Source: "files", Count: len(anchors), Anchors: list(anchors...)}
}

// tampered is the certificate with the last bit of its signature changed.
func tampered(e *entity) *entity {
	der := append([]byte{}, e.DER()...)
	der[len(der)-1] ^= 1
	return &entity{chain.NewCertificate(der), e.key}
}
