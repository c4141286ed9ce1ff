package wire

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"net"
	"testing"
	"time"
)

// A testPKI is a CA with a server and a client certificate, made anew for each
// test.
type testPKI struct {
	roots          *x509.CertPool
	server, client tls.Certificate
	stranger       tls.Certificate // from another CA
}

func newTestPKI(t testing.TB) testPKI {
	t.Helper()
	caKey, ca := newCA(t, "Client Root")
	otherKey, other := newCA(t, "Other Root")
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	return testPKI{
		roots:    roots,
		server:   issue(t, "webhook.example", ca, caKey),
		client:   issue(t, "client", ca, caKey),
		stranger: issue(t, "stranger", other, otherKey),
	}
}

func newCA(t testing.TB, name string) (*ecdsa.PrivateKey, *x509.Certificate) {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Organization: []string{"Mutual Lab"}},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return key, ca
}

func issue(t testing.TB, name string, ca *x509.Certificate, caKey *ecdsa.PrivateKey) tls.Certificate {
	t.Helper()
	key := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, key.Public(), caKey)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// connect makes a TCP connection on loopback.
func connect(t testing.TB) (client, server net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	client, err = net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if server, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	deadline := time.Now().Add(10 * time.Second)
	client.SetDeadline(deadline)
	server.SetDeadline(deadline)
	return client, server
}

// handshake runs a handshake between crypto/tls and itself, an exchange of
// "ping" and "pong" if it succeeds, and an end. It returns what both taps saw.
func handshake(t testing.TB, client, server *tls.Config) (atClient, atServer *Transcript) {
	t.Helper()
	c, s := connect(t)
	clientTap, serverTap := NewTap(c, nil), NewTap(s, nil)
	client, server = client.Clone(), server.Clone()
	client.KeyLogWriter, server.KeyLogWriter = clientTap.KeyLog(), serverTap.KeyLog()
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn := tls.Server(serverTap, server)
		defer conn.Close()
		buf := make([]byte, 4)
		if _, err := io.ReadFull(conn, buf); err == nil {
			io.WriteString(conn, "pong")
			io.Copy(io.Discard, conn)
		} else {
			// Take what the client sent last, so that closing is no reset.
			io.Copy(io.Discard, serverTap)
		}
	}()
	conn := tls.Client(clientTap, client)
	if _, err := io.WriteString(conn, "ping"); err == nil {
		io.ReadFull(conn, make([]byte, 4))
	}
	conn.CloseWrite()
	c.(*net.TCPConn).CloseWrite()
	io.Copy(io.Discard, clientTap)
	conn.Close()
	<-done
	return clientTap.Transcript(Client), serverTap.Transcript(Server)
}

func names(tr *Transcript) (client, server []string) {
	for _, e := range tr.Events {
		name := e.Message
		if e.Alert != nil {
			name = e.Alert.Name
		}
		if e.Encrypted {
			name += "*"
		}
		if e.From == Client {
			client = append(client, name)
		} else {
			server = append(server, name)
		}
	}
	return client, server
}

func ladder(tr *Transcript) string {
	var b bytes.Buffer
	for _, e := range tr.Events {
		b.WriteString(e.From + " " + e.Message + " [" + e.Detail + "]")
		if e.Encrypted {
			b.WriteString(" *")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func mustMarshal(t testing.TB, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestLadderPrint(t *testing.T) {
	pki := newTestPKI(t)
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		a, b := handshake(t, &tls.Config{RootCAs: pki.roots, ServerName: "webhook.example", Certificates: []tls.Certificate{pki.client}, MaxVersion: v},
			&tls.Config{Certificates: []tls.Certificate{pki.server}, ClientCAs: pki.roots, ClientAuth: tls.RequireAndVerifyClientCert})
		t.Logf("\n%s\n%s", ladder(a), ladder(b))
	}
}
