package roots

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"mutual/diagnose"
)

// now is the time of most tests: the old certificate is still presented.
var now = time.Date(2026, time.November, 28, 12, 0, 0, 0, time.UTC)

// after is a time when it is not, and is refused.
var after = time.Date(2026, time.December, 5, 12, 0, 0, 0, time.UTC)

// authority is a certificate with its key.
type authority struct {
	*x509.Certificate
	key crypto.Signer
}

// issue makes a certificate under parent, or a self-signed one where that is
// nil. change may alter the template.
func issue(t testing.TB, parent *authority, name string, change func(*x509.Certificate)) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return issueFor(t, parent, name, key, change)
}

func issueFor(t testing.TB, parent *authority, name string, key crypto.Signer, change func(*x509.Certificate)) *authority {
	t.Helper()
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name, Organization: []string{"Mutual Lab"}},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(20, 0, 0),
	}
	if change != nil {
		change(template)
	}
	if parent == nil {
		parent = &authority{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.Certificate, key.Public(), parent.key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{c, key}
}

func asCA(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid = true, true
	c.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
}

func asClient(c *x509.Certificate) {
	c.KeyUsage = x509.KeyUsageDigitalSignature
	c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	c.NotAfter = now.AddDate(19, 0, 0) // real programs judge by the real clock
}

func root(t testing.TB, name string) *authority { return issue(t, nil, name, asCA) }

func encode(certs ...*authority) []byte {
	var out []byte
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

func (a *authority) tls(chain ...*authority) tls.Certificate {
	c := tls.Certificate{Certificate: [][]byte{a.Raw}, PrivateKey: a.key}
	for _, ca := range chain {
		c.Certificate = append(c.Certificate, ca.Raw)
	}
	return c
}

func pinOf(a *authority) Pin {
	return Pin{Name: a.Subject.CommonName, SPKI: SPKI(a.Certificate), SHA256: []string{Fingerprint(a.Certificate)}, PEM: encode(a)}
}

// world is a synthetic PKI of the shape of Dialogflow's: today's root and
// intermediate, which issue to anybody, and the old ones.
type world struct {
	root, between, caller, stranger *authority
	oldRoot, oldBetween, oldCaller  *authority
	serverOnly, expired             *authority
	otherRoot, unknownCaller        *authority
	dialogflow, legacy, cx          Profile
}

func newWorld(t testing.TB) *world {
	w := &world{root: root(t, "Test Client Root"), oldRoot: root(t, "Test Old Root")}
	w.between = issue(t, w.root, "Test Client Intermediate", asCA)
	w.oldBetween = issue(t, w.oldRoot, "Test Old Intermediate", asCA)
	w.caller = issue(t, w.between, "Google LLC", asClient)
	w.stranger = issue(t, w.between, "Mallory", asClient)
	w.serverOnly = issue(t, w.between, "Google LLC", func(c *x509.Certificate) {
		asClient(c)
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	})
	w.expired = issue(t, w.between, "Google LLC", func(c *x509.Certificate) {
		asClient(c)
		c.NotAfter = now.Add(-time.Hour)
	})
	w.oldCaller = issue(t, w.oldBetween, "*.dialogflow.com", func(c *x509.Certificate) {
		asClient(c)
		c.DNSNames = []string{"*.dialogflow.com"}
	})
	w.otherRoot = root(t, "Somebody's CA")
	w.unknownCaller = issue(t, w.otherRoot, "Google LLC", asClient)
	w.dialogflow = Profile{Name: "dialogflow", Pins: []Pin{pinOf(w.root)}, Identity: Identity{CommonName: "Google LLC"},
		Product: diagnose.DialogflowES, Depth: 2}
	w.legacy = Profile{Name: "dialogflow-legacy", Pins: []Pin{pinOf(w.oldRoot)}, Identity: Identity{DNSName: "*.dialogflow.com"},
		Product: diagnose.DialogflowES, Depth: 2, Until: LegacyEnds(), Leeway: legacyLeeway, Instead: "dialogflow"}
	w.cx = Profile{Name: "dialogflow-cx", Pins: w.legacy.Pins, Identity: w.legacy.Identity, Product: diagnose.DialogflowCX, Depth: 2}
	return w
}

func kinds(problems []diagnose.RootProblem) map[diagnose.RootProblemKind]bool {
	out := map[diagnose.RootProblemKind]bool{}
	for _, p := range problems {
		out[p.Kind] = true
	}
	return out
}

func certificates(list ...*authority) []*x509.Certificate {
	var out []*x509.Certificate
	for _, a := range list {
		out = append(out, a.Certificate)
	}
	return out
}
