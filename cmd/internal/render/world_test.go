package render

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

// now is the time at which every report of these tests was made.
var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// authority makes certificates that are the same, byte for byte, on each run.
type authority struct {
	cert *x509.Certificate
	key  ed25519.PrivateKey
}

func keyOf(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func newRoot(t *testing.T, name string) *authority {
	t.Helper()
	return (*authority)(nil).issue(t, name, true, now.AddDate(9, 0, 0))
}

// issue makes a certificate of this authority, or a self-signed one where the
// authority is nil.
func (a *authority) issue(t *testing.T, name string, ca bool, notAfter time.Time, names ...string) *authority {
	t.Helper()
	key := keyOf(name)
	template := &x509.Certificate{
		SerialNumber: new(big.Int).SetBytes([]byte(name)[:min(8, len(name))]), Subject: pkix.Name{CommonName: name},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: notAfter, DNSNames: names,
		BasicConstraintsValid: true, IsCA: ca, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ca {
		template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil
		template.Subject.Organization = []string{"Mutual Lab"}
	}
	parent, signer := template, key
	if a != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(nil, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{cert, key}
}

func (a *authority) fact() *diagnose.Certificate { return chain.CertificateOf(a.cert) }

func factIn(a *authority, file string) *diagnose.Certificate {
	c := a.fact()
	c.File = file
	return c
}

func facts(as ...*authority) []*diagnose.Certificate {
	var out []*diagnose.Certificate
	for _, a := range as {
		out = append(out, a.fact())
	}
	return out
}

// probeOf is the report of a probe of a server that works, for a case to
// change.
func probeOf(t *testing.T) *diagnose.Report {
	t.Helper()
	root := newRoot(t, "Mutual demo CA")
	server := root.issue(t, "localhost", false, now.Add(396*24*time.Hour+time.Hour), "localhost")
	client := root.issue(t, "client", false, now.Add(396*24*time.Hour+time.Hour))
	return &diagnose.Report{
		Schema: diagnose.Schema, Verdict: diagnose.Healthy, Findings: []diagnose.Finding{},
		Facts: diagnose.Facts{
			Command: "probe", Time: now, View: diagnose.SeenByClient,
			Target:     diagnose.Target{Host: "localhost", Port: 4433, Address: "127.0.0.1:4433", ServerName: "localhost"},
			Given:      diagnose.Given{Target: "localhost:4433", Dir: "."},
			Trust:      &diagnose.Trust{Source: "files", Files: []string{"ca-crt.pem"}, Count: 1, Anchors: []*diagnose.Certificate{factIn(root, "ca-crt.pem")}},
			Identity:   facts(client),
			Connection: &diagnose.Connection{TLSVersion: "1.3", CipherSuite: "TLS_AES_128_GCM_SHA256", Group: "X25519MLKEM768", Millis: 4.2},
			ClientAuth: &diagnose.ClientAuth{Requested: true, Policy: cause.PolicyRequired, Presented: true, Verdict: cause.VerdictAccepted, Established: cause.Authorized, AcceptableCAs: []string{"CN=Mutual demo CA,O=Mutual Lab"}},
			Chains:     diagnose.Chains{Server: facts(server), Client: facts(client)},
			HTTP:       &diagnose.HTTP{Status: 200},
			Attempts:   []diagnose.Attempt{{Name: "strict", Address: "127.0.0.1:4433", ServerHello: true, CertRequested: true, HTTPStatus: 200, TLSVersion: "1.3", Millis: 4.2}},
			Handshake:  handshake("CN=client"),
		},
	}
}

// handshake is a TLS 1.3 handshake in which the client sends this certificate.
func handshake(client string, end ...diagnose.Message) []diagnose.Message {
	c, s := diagnose.ClientSide, diagnose.ServerSide
	m := []diagnose.Message{
		{Millis: 0, From: c, Message: "ClientHello", Detail: "1.3 1.2, SNI localhost", Bytes: 517},
		{Millis: 1.1, From: s, Message: "ServerHello", Detail: "1.3, X25519MLKEM768", Bytes: 1210},
		{Millis: 1.1, From: s, Message: "ChangeCipherSpec", Bytes: 1},
		{Millis: 1.2, From: s, Message: "EncryptedExtensions", Bytes: 10, Encrypted: true},
		{Millis: 1.2, From: s, Message: "CertificateRequest", Detail: "CN=Mutual demo CA", Bytes: 90, Encrypted: true},
		{Millis: 1.2, From: s, Message: "Certificate", Detail: "1, CN=localhost", Bytes: 600, Encrypted: true},
		{Millis: 1.2, From: s, Message: "Finished", Bytes: 36, Encrypted: true},
		{Millis: 2.0, From: c, Message: "Certificate", Detail: client, Bytes: 500, Encrypted: true},
		{Millis: 2.0, From: c, Message: "Finished", Bytes: 36, Encrypted: true},
	}
	m = append(m, end...)
	for i := range m {
		m[i].Attempt = "strict"
	}
	return m
}

// fail makes a report of an explained failure.
func fail(r *diagnose.Report, findings ...diagnose.Finding) *diagnose.Report {
	r.Verdict, r.Findings = diagnose.Explained, findings
	r.ExitCode = findings[0].Exit()
	return r
}
