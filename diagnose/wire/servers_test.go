package wire

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// nodeServer serves on a free port: certificate, key and client CA are its
// arguments.
const nodeServer = `
const https = require('https'), fs = require('fs'), a = process.argv.slice(1);
https.createServer({cert: fs.readFileSync(a[0]), key: fs.readFileSync(a[1]), ca: fs.readFileSync(a[2]),
  requestCert: true, rejectUnauthorized: true}, (q, r) => { r.shouldKeepAlive = false; r.end('hello'); })
  .listen(0, '127.0.0.1', function () { console.log('PORT ' + this.address().port); });
`

// javaServer serves on a free port: key store and trust store, both PKCS#12
// with the passphrase "changeit", are its arguments.
const javaServer = `
import java.io.*; import java.security.*; import javax.net.ssl.*;
public class Server {
  public static void main(String[] a) throws Exception {
    char[] pass = "changeit".toCharArray();
    KeyStore key = KeyStore.getInstance("PKCS12"), trust = KeyStore.getInstance("PKCS12");
    key.load(new FileInputStream(a[0]), pass); trust.load(null, null);
    trust.setCertificateEntry("ca", java.security.cert.CertificateFactory.getInstance("X.509").generateCertificate(new FileInputStream(a[1])));
    KeyManagerFactory k = KeyManagerFactory.getInstance("SunX509"); k.init(key, pass);
    TrustManagerFactory t = TrustManagerFactory.getInstance("PKIX"); t.init(trust);
    SSLContext c = SSLContext.getInstance("TLS"); c.init(k.getKeyManagers(), t.getTrustManagers(), null);
    SSLServerSocket s = (SSLServerSocket) c.getServerSocketFactory().createServerSocket(0, 50, java.net.InetAddress.getByName("127.0.0.1"));
    s.setNeedClientAuth(true);
    System.out.println("PORT " + s.getLocalPort());
    while (true) {
      SSLSocket x = (SSLSocket) s.accept();
      new Thread(() -> {
        try (x) { x.startHandshake(); x.getInputStream().read(new byte[4096]); x.getOutputStream().write("HTTP/1.0 200 OK\r\n\r\nhello".getBytes()); }
        catch (IOException e) { }
      }).start();
    }
  }
}
`

// mutualServers starts one server of each kind that requires a client
// certificate from the CA of pki, and answers an HTTP request.
var mutualServers = []struct {
	name  string
	start func(t *testing.T, pki testPKI) (address string)
}{
	{"Go", func(t *testing.T, pki testPKI) string {
		ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pki.server}, ClientCAs: pki.roots, ClientAuth: tls.RequireAndVerifyClientCert})
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: http.NotFoundHandler(), ErrorLog: log.New(io.Discard, "", 0)}
		server.SetKeepAlivesEnabled(false)
		go server.Serve(ln)
		t.Cleanup(func() { server.Close() })
		return ln.Addr().String()
	}},
	{"OpenSSL", func(t *testing.T, pki testPKI) string {
		return opensslServer(t, pki.server, "-www", "-Verify", "3", "-verify_return_error", "-CAfile", writeCA(t, pki))
	}},
	{"Node", func(t *testing.T, pki testPKI) string {
		cert, key := writePair(t, pki.server)
		return "127.0.0.1:" + start(t, "PORT ", "node", "-e", nodeServer, cert, key, writeCA(t, pki))
	}},
	{"Java", func(t *testing.T, pki testPKI) string {
		need(t, "java")
		cert, key := writePair(t, pki.server)
		dir := t.TempDir()
		store, source := filepath.Join(dir, "server.p12"), filepath.Join(dir, "Server.java")
		if out, err := exec.Command(need(t, "openssl"), "pkcs12", "-export", "-in", cert, "-inkey", key, "-out", store, "-passout", "pass:changeit").CombinedOutput(); err != nil {
			t.Fatalf("making a key store: %v: %s", err, out)
		}
		writeFile(t, source, []byte(javaServer))
		return "127.0.0.1:" + start(t, "PORT ", "java", source, store, writeCA(t, pki))
	}},
}

func writeCA(t testing.TB, pki testPKI) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	writeFile(t, path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: pki.ca.Raw}))
	return path
}

// TestClientCertificateVerdicts sees what real servers say to a client that is
// welcome, and to some that are not.
func TestClientCertificateVerdicts(t *testing.T) {
	const silent = 255 // closes without an alert
	pki := newTestPKI(t)
	clients := []struct {
		name string
		cert tls.Certificate
	}{{"none", tls.Certificate{}}, {"good", pki.client}, {"stranger", pki.stranger}, {"expired", pki.expired}}
	// By server, and there by version, the alert to each client but the good
	// one, and the tickets that it gets.
	want := map[string]map[uint16]struct {
		none, stranger, expired uint8
		tickets                 int
	}{
		"Go":      {tls12: {40, 48, 45, 1}, tls13: {116, 48, 45, 1}},
		"OpenSSL": {tls12: {40, 48, 45, 1}, tls13: {116, 48, 45, 2}},
		"Node":    {tls12: {40, silent, silent, 1}, tls13: {116, silent, silent, 2}},
		"Java":    {tls12: {42, 46, 46, 1}, tls13: {42, 46, 46, 1}},
	}
	for _, server := range mutualServers {
		t.Run(server.name, func(t *testing.T) {
			address := server.start(t, pki)
			for _, version := range []uint16{tls12, tls13} {
				w := want[server.name][version]
				alerts := map[string]uint8{"none": w.none, "stranger": w.stranger, "expired": w.expired}
				for _, client := range clients {
					t.Run(VersionName(version)+" "+client.name, func(t *testing.T) {
						tr := request(t, address, version, client.cert)
						if !tr.HandshakeFinished(Client) || tr.CertificateRequest() == nil {
							t.Fatalf("no handshake with a CertificateRequest was seen:\n%s", ladder(tr))
						}
						if got := len(tr.PeerCertificates(Client)); got != len(client.cert.Certificate) {
							t.Errorf("the client sent %d certificates, want %d", got, len(client.cert.Certificate))
						}
						alert := tr.FirstAlertFrom(Server)
						if client.name == "good" {
							if got := tr.NewSessionTickets(); got != w.tickets || alert != nil || tr.Count(Server, "ApplicationData") == 0 {
								t.Errorf("%d tickets, alert %v, want %d, none, and an answer\n%s", got, alert, w.tickets, ladder(tr))
							}
							return
						}
						if got := tr.NewSessionTickets(); got != 0 {
							t.Errorf("refused, %d tickets, want none", got)
						}
						switch code := alerts[client.name]; {
						case code == silent:
							if end := tr.Closed(Server).How; alert != nil || end != EndEOF && end != EndReset {
								t.Errorf("alert %v, end %s, want none, and the connection closed\n%s", alert, end, ladder(tr))
							}
						case alert == nil || alert.Alert.Code != code:
							t.Errorf("no alert %d %s\n%s", code, AlertName(code), ladder(tr))
						}
					})
				}
			}
		})
	}
}

// request makes one HTTP request with the certificate, whatever the server
// thinks of it, and returns what was seen.
func request(t *testing.T, address string, version uint16, cert tls.Certificate) *Transcript {
	t.Helper()
	tap := NewTap(dial(t, address), nil)
	conn := tls.Client(tap, &tls.Config{
		InsecureSkipVerify: true, ServerName: "webhook.example", MinVersion: version, MaxVersion: version, KeyLogWriter: tap.KeyLog(),
		ClientSessionCache:   tls.NewLRUClientSessionCache(1), // without, no ticket is asked for
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil },
	})
	defer conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err == nil {
		// The server judges after the handshake: hear it before writing.
		conn.SetReadDeadline(time.Now().Add(150 * time.Millisecond))
		if _, err := conn.Read(make([]byte, 1)); errors.Is(err, os.ErrDeadlineExceeded) {
			conn.SetDeadline(time.Now().Add(10 * time.Second))
			io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n")
			io.Copy(io.Discard, conn)
		}
	}
	// Some servers close a moment after their alert.
	tap.SetReadDeadline(time.Now().Add(250 * time.Millisecond))
	io.Copy(io.Discard, tap)
	return tap.Transcript(Client)
}

// TestClientRefusesServer has s_client refuse the server's certificate, which
// it says in plaintext even in TLS 1.3.
func TestClientRefusesServer(t *testing.T) {
	openssl := need(t, "openssl")
	pki, other := newTestPKI(t), newTestPKI(t)
	for _, flag := range []string{"-tls1_2", "-tls1_3"} {
		t.Run(flag, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer ln.Close()
			cmd := exec.Command(openssl, "s_client", flag, "-connect", ln.Addr().String(), "-CAfile", writeCA(t, other), "-verify_return_error")
			cmd.Stdin = strings.NewReader("")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Wait()
			defer cmd.Process.Kill()
			conn, err := ln.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(10 * time.Second))
			tap := NewTap(conn, nil)
			err = tls.Server(tap, &tls.Config{Certificates: []tls.Certificate{pki.server}, KeyLogWriter: tap.KeyLog()}).Handshake()
			tr := tap.Transcript(Server)
			alert := tr.FirstAlertFrom(Client)
			if alert == nil || alert.Alert.Code != 48 || alert.Encrypted {
				t.Errorf("handshake ended with %v; FirstAlertFrom(Client) = %+v, want unknown_ca in plaintext\n%s", err, alert, ladder(tr))
			}
			if len(tr.PeerCertificates(Server)) != 1 {
				t.Errorf("the server's own messages do not read:\n%s", ladder(tr))
			}
		})
	}
}

// TestKeyUpdate has s_server change its keys in mid-connection and ask the
// client to do the same, and reads what comes under the new ones.
func TestKeyUpdate(t *testing.T) {
	cert, key := writePair(t, newTestPKI(t).server)
	address, stdin := startWithInput(t, "ACCEPT ", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", cert, "-key", key, "-tls1_3")
	conn := dial(t, address)
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	tap := NewTap(conn, nil)
	client := tls.Client(tap, &tls.Config{InsecureSkipVerify: true, KeyLogWriter: tap.KeyLog()})
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	io.WriteString(stdin, "K\n")
	var tr *Transcript
	buf := make([]byte, 64)
	for tr = tap.Transcript(Client); tr.Count(Server, "KeyUpdate") == 0; tr = tap.Transcript(Client) {
		client.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if _, err := client.Read(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("reading: %v", err)
		}
	}
	client.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(stdin, "news\n")
	if _, err := io.ReadFull(client, buf[:5]); err != nil {
		t.Fatal(err)
	}
	io.WriteString(client, "thanks")
	tr = tap.Transcript(Client)
	for _, e := range tr.Events {
		if e.Message == "ApplicationData" && e.Detail != "" {
			t.Errorf("data after a KeyUpdate was not read:\n%s", ladder(tr))
		}
	}
	if tr.Count(Server, "KeyUpdate") != 1 || tr.Count(Client, "KeyUpdate") != 1 || tr.Count(Server, "ApplicationData") != 1 || tr.Count(Client, "ApplicationData") != 1 {
		t.Errorf("the key update reads\n%s", ladder(tr))
	}
}

// TestRenegotiation has s_server ask for a certificate only when the
// connection is up, as servers with a rule for each directory do.
func TestRenegotiation(t *testing.T) {
	pki := newTestPKI(t)
	cert, key := writePair(t, pki.server)
	address, stdin := startWithInput(t, "ACCEPT ", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", cert, "-key", key,
		"-tls1_2", "-CAfile", writeCA(t, pki), "-client_renegotiation")
	conn := dial(t, address)
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	tap := NewTap(conn, nil)
	client := tls.Client(tap, &tls.Config{
		InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, KeyLogWriter: tap.KeyLog(),
		Renegotiation: tls.RenegotiateOnceAsClient, Certificates: []tls.Certificate{pki.client}})
	if err := client.Handshake(); err != nil {
		t.Fatal(err)
	}
	if tr := tap.Transcript(Client); tr.CertificateRequest() != nil {
		t.Fatalf("asked for a certificate at once\n%s", ladder(tr))
	}
	io.WriteString(stdin, "R\n")
	done := make(chan struct{})
	go func() {
		defer close(done)
		io.Copy(io.Discard, client)
	}()
	deadline := time.Now().Add(8 * time.Second)
	for tap.Transcript(Client).Count(Server, "Finished") < 2 && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	conn.Close()
	<-done
	tr := tap.Transcript(Client)
	if tr.Count(Server, "HelloRequest") != 1 || tr.Count(Client, "ClientHello") != 2 || tr.Count(Client, "Finished") != 2 {
		t.Errorf("the renegotiation reads\n%s", ladder(tr))
	}
	if r := tr.CertificateRequest(); r == nil || len(tr.PeerCertificates(Client)) != 1 {
		t.Errorf("CertificateRequest = %v, client certificates %d, want both\n%s", r, len(tr.PeerCertificates(Client)), ladder(tr))
	}
}
