package phrase

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A lab is a small PKI in a folder, and servers that use it.
type lab struct {
	t             *testing.T
	dir           string
	root, issuing *pair
	stranger      *pair
}

type pair struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func newLab(t *testing.T) *lab {
	l := &lab{t: t, dir: t.TempDir()}
	ca := func(name string) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			c.Subject.CommonName, c.IsCA, c.BasicConstraintsValid, c.KeyUsage = name, true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
		}
	}
	l.root = l.issue(nil, ca("Live Root"))
	l.issuing = l.issue(l.root, ca("Live Issuing"))
	l.stranger = l.issue(nil, ca("Stranger Root"))
	l.write("root.pem", l.root)
	l.write("stranger-root.pem", l.stranger)
	return l
}

// issue makes a certificate, valid for localhost and both purposes but for
// what change says; with no issuer it is self-signed.
func (l *lab) issue(by *pair, change func(*x509.Certificate)) *pair {
	l.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		l.t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		l.t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	change(template)
	if template.IsCA {
		template.DNSNames, template.ExtKeyUsage = nil, nil
	}
	self := &pair{template, key}
	if by == nil {
		by = self
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by.cert, key.Public(), by.key)
	if err != nil {
		l.t.Fatal(err)
	}
	if self.cert, err = x509.ParseCertificate(der); err != nil {
		l.t.Fatal(err)
	}
	return self
}

func (l *lab) path(name string) string { return filepath.Join(l.dir, name) }

// write writes certificates to one PEM file, and the first one's key beside it.
func (l *lab) write(name string, certs ...*pair) {
	l.t.Helper()
	var out []byte
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw})...)
	}
	key, err := x509.MarshalPKCS8PrivateKey(certs[0].key)
	if err != nil {
		l.t.Fatal(err)
	}
	for file, data := range map[string][]byte{name: out, strings.TrimSuffix(name, ".pem") + "-key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})} {
		if err := os.WriteFile(l.path(file), data, 0o600); err != nil {
			l.t.Fatal(err)
		}
	}
}

// serve runs a TLS server on loopback and returns its address.
func (l *lab) serve(cfg *tls.Config) string {
	l.t.Helper()
	ln, err := tls.Listen("tcp", "127.0.0.1:0", cfg)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(10 * time.Second))
				if conn.(*tls.Conn).Handshake() != nil {
					// What the client has sent meanwhile is read, or the system
					// would reset the connection before the client sees the alert.
					raw := conn.(*tls.Conn).NetConn()
					raw.(*net.TCPConn).CloseWrite()
					io.Copy(io.Discard, raw)
					return
				}
				buf := make([]byte, 4096)
				if _, err := conn.Read(buf); err != nil {
					return
				}
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n")
			}()
		}
	}()
	return ln.Addr().String()
}

func (l *lab) config(certs ...*pair) *tls.Config {
	chain := tls.Certificate{PrivateKey: certs[0].key}
	for _, c := range certs {
		chain.Certificate = append(chain.Certificate, c.cert.Raw)
	}
	return &tls.Config{Certificates: []tls.Certificate{chain}}
}

// A program is a client that is run against the servers. args are its command
// line for a port, the CA file and the client's certificate ("" for none).
type program struct {
	name string
	run  string
	args func(l *lab, port, ca, cert string) []string
}

const nodeClient = `const tls=require('tls'),fs=require('fs');const [port,ca,cert,key]=process.argv.slice(1);
const o={host:'localhost',port:+port,servername:'localhost',ca:fs.readFileSync(ca)};
if(cert){o.cert=fs.readFileSync(cert);o.key=fs.readFileSync(key)}
const s=tls.connect(o,()=>s.write('GET / HTTP/1.0\r\n\r\n'));s.on('data',d=>{});s.on('error',e=>{console.error(e);process.exit(1)});s.setTimeout(8000,()=>process.exit(2));`

const pythonClient = `import ssl,socket,sys
port,ca,cert,key=(sys.argv[1:]+['',''])[:4]
c=ssl.create_default_context(cafile=ca)
if cert: c.load_cert_chain(cert,key)
s=c.wrap_socket(socket.create_connection(('localhost',int(port)),8),server_hostname='localhost')
s.sendall(b'GET / HTTP/1.0\r\n\r\n')
s.recv(100)`

const javaClient = `import javax.net.ssl.*;import java.io.*;import java.security.*;import java.security.cert.*;import java.util.*;import java.nio.file.*;
public class Client{public static void main(String[] a)throws Exception{
KeyStore trust=KeyStore.getInstance("PKCS12");trust.load(null,null);
int i=0;for(java.security.cert.Certificate c:CertificateFactory.getInstance("X.509").generateCertificates(new FileInputStream(a[1])))trust.setCertificateEntry("ca"+i++,c);
TrustManagerFactory t=TrustManagerFactory.getInstance("PKIX");t.init(trust);
KeyManager[] km=null;if(a.length>2&&!a[2].isEmpty()){KeyStore ks=KeyStore.getInstance("PKCS12");ks.load(null,null);
String k=new String(Files.readAllBytes(Paths.get(a[3]))).replaceAll("-----[A-Z ]+-----","").replaceAll("\\s","");
PrivateKey pk=KeyFactory.getInstance("EC").generatePrivate(new java.security.spec.PKCS8EncodedKeySpec(Base64.getDecoder().decode(k)));
ks.setKeyEntry("k",pk,new char[0],CertificateFactory.getInstance("X.509").generateCertificates(new FileInputStream(a[2])).toArray(new java.security.cert.Certificate[0]));
KeyManagerFactory f=KeyManagerFactory.getInstance("SunX509");f.init(ks,new char[0]);km=f.getKeyManagers();}
SSLContext c=SSLContext.getInstance("TLS");c.init(km,t.getTrustManagers(),null);
SSLSocket s=(SSLSocket)c.getSocketFactory().createSocket("localhost",Integer.parseInt(a[0]));
SSLParameters p=s.getSSLParameters();p.setEndpointIdentificationAlgorithm("HTTPS");s.setSSLParameters(p);s.setSoTimeout(8000);
s.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes());s.getOutputStream().flush();s.getInputStream().read();}}`

var programs = []program{
	{"curl", "curl", func(l *lab, port, ca, cert string) []string {
		args := []string{"-sS", "--max-time", "8", "--cacert", ca, "-o", os.DevNull}
		if cert != "" {
			args = append(args, "--cert", cert, "--key", keyOf(cert))
		}
		return append(args, "https://localhost:"+port+"/")
	}},
	{"openssl", "openssl", func(l *lab, port, ca, cert string) []string {
		args := []string{"s_client", "-connect", "localhost:" + port, "-CAfile", ca, "-verify_hostname", "localhost", "-verify_return_error", "-ign_eof"}
		if cert != "" {
			args = append(args, "-cert", cert, "-cert_chain", cert, "-key", keyOf(cert))
		}
		return args
	}},
	{"Node", "node", func(l *lab, port, ca, cert string) []string {
		return append([]string{"-e", nodeClient, port, ca}, optional(cert)...)
	}},
	{"Python", "python3", func(l *lab, port, ca, cert string) []string {
		return append([]string{"-c", pythonClient, port, ca}, optional(cert)...)
	}},
	{"Java", "java", func(l *lab, port, ca, cert string) []string {
		source := l.path("Client.java")
		if err := os.WriteFile(source, []byte(javaClient), 0o600); err != nil {
			l.t.Fatal(err)
		}
		return append([]string{"-XX:TieredStopAtLevel=1", source, port, ca}, optional(cert)...)
	}},
}

func keyOf(cert string) string { return strings.TrimSuffix(cert, ".pem") + "-key.pem" }

func optional(cert string) []string {
	if cert == "" {
		return nil
	}
	return []string{cert, keyOf(cert)}
}

// broken is one departure from a healthy connection. want are the codes of
// which one has to be first; where one program's words cannot tell, it has
// its own.
var broken = []struct {
	name string
	want []string
	own  map[string][]string
	make func(l *lab) (addr, ca, cert string)
}{
	{name: "server-cert-expired", want: []string{"server-cert-expired"}, make: func(l *lab) (string, string, string) {
		leaf := l.issue(l.root, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-time.Hour)
		})
		return l.serve(l.config(leaf)), l.path("root.pem"), ""
	}},
	{name: "server-cert-not-yet-valid", want: []string{"server-cert-not-yet-valid"},
		make: func(l *lab) (string, string, string) {
			leaf := l.issue(l.root, func(c *x509.Certificate) {
				c.NotBefore, c.NotAfter = time.Now().Add(time.Hour), time.Now().Add(48*time.Hour)
			})
			return l.serve(l.config(leaf)), l.path("root.pem"), ""
		}},
	{name: "server-name-mismatch", want: []string{"server-name-mismatch"}, make: func(l *lab) (string, string, string) {
		leaf := l.issue(l.root, func(c *x509.Certificate) { c.DNSNames = []string{"db.internal"} })
		return l.serve(l.config(leaf)), l.path("root.pem"), ""
	}},
	{name: "server-cert-self-signed", want: []string{"server-cert-self-signed"},
		own: map[string][]string{"Java": {"server-chain-missing-intermediate"}, "Go": {"server-chain-missing-intermediate"}},
		make: func(l *lab) (string, string, string) {
			return l.serve(l.config(l.issue(nil, func(*x509.Certificate) {}))), l.path("root.pem"), ""
		}},
	{name: "server-chain-missing-intermediate", want: []string{"server-chain-missing-intermediate"}, make: func(l *lab) (string, string, string) {
		return l.serve(l.config(l.issue(l.issuing, func(*x509.Certificate) {}))), l.path("root.pem"), ""
	}},
	{name: "server-ca-untrusted", want: []string{"server-ca-untrusted"},
		// These words are the same for a missing intermediate.
		own: map[string][]string{"curl": {"server-chain-missing-intermediate"}, "openssl": {"server-chain-missing-intermediate"}, "Python": {"server-chain-missing-intermediate"},
			"Java": {"server-chain-missing-intermediate"}, "Node": {"server-chain-missing-intermediate", "server-ca-untrusted"}, "Go": {"server-chain-missing-intermediate"}},
		make: func(l *lab) (string, string, string) {
			return l.serve(l.config(l.issue(l.root, func(*x509.Certificate) {}))), l.path("stranger-root.pem"), ""
		}},
	{name: "server-eku-missing-serverauth", want: []string{"server-eku-missing-serverauth"}, make: func(l *lab) (string, string, string) {
		leaf := l.issue(l.root, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} })
		return l.serve(l.config(leaf)), l.path("root.pem"), ""
	}},
	{name: "client-cert-missing", want: []string{"client-cert-missing"}, make: func(l *lab) (string, string, string) {
		return l.demanding(), l.path("root.pem"), ""
	}},
	{name: "client-cert-expired", want: []string{"client-cert-expired"}, make: func(l *lab) (string, string, string) {
		l.write("expired.pem", l.issue(l.root, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-time.Hour)
		}))
		return l.demanding(), l.path("root.pem"), l.path("expired.pem")
	}},
	{name: "client-ca-untrusted-by-server", want: []string{"client-chain-missing-intermediate", "client-ca-untrusted-by-server"},
		// These two send nothing that the server has not listed.
		own: map[string][]string{"Java": {"client-cert-missing"}, "Go": {"client-cert-missing"}},
		make: func(l *lab) (string, string, string) {
			l.write("stranger.pem", l.issue(l.stranger, func(*x509.Certificate) {}))
			return l.demanding(), l.path("root.pem"), l.path("stranger.pem")
		}},
	{name: "tls-version-no-overlap", want: []string{"tls-version-no-overlap"},
		// OpenSSL 3 offers TLS 1.0, and then refuses its signatures.
		own: map[string][]string{"curl": {"signature-scheme-no-overlap", "tls-version-no-overlap"}, "openssl": {"signature-scheme-no-overlap", "tls-version-no-overlap"}},
		make: func(l *lab) (string, string, string) {
			cfg := l.config(l.issue(l.root, func(*x509.Certificate) {}))
			cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS10, tls.VersionTLS10
			return l.serve(cfg), l.path("root.pem"), ""
		}},
	{name: "not-tls-http", want: []string{"not-tls-http"}, make: func(l *lab) (string, string, string) {
		return l.plain(func(c net.Conn) { io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n") }), l.path("root.pem"), ""
	}},
	{name: "peer-reset-after-hello", want: []string{"peer-reset-after-hello"},
		own: map[string][]string{"openssl": {"peer-reset-after-hello", "server-misconfigured"}},
		make: func(l *lab) (string, string, string) {
			return l.plain(func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }), l.path("root.pem"), ""
		}},
	{name: "tcp-refused", want: []string{"tcp-refused"}, make: func(l *lab) (string, string, string) {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			l.t.Fatal(err)
		}
		ln.Close()
		return ln.Addr().String(), l.path("root.pem"), ""
	}},
	{name: "cert-key-pair-mismatch", want: []string{"cert-key-pair-mismatch"},
		own: map[string][]string{"Java": nil}, // Java's key store takes the pair as it is
		make: func(l *lab) (string, string, string) {
			a, b := l.issue(l.root, func(*x509.Certificate) {}), l.issue(l.root, func(*x509.Certificate) {})
			l.write("mixed.pem", &pair{a.cert, b.key})
			return l.demanding(), l.path("root.pem"), l.path("mixed.pem")
		}},
}

// demanding is a healthy server that requires a client certificate.
func (l *lab) demanding() string {
	cfg := l.config(l.issue(l.root, func(*x509.Certificate) {}))
	cfg.ClientAuth, cfg.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
	cfg.ClientCAs.AddCert(l.root.cert)
	return l.serve(cfg)
}

// plain is a server that answers the first bytes in its own way.
func (l *lab) plain(answer func(net.Conn)) string {
	l.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(5 * time.Second))
				conn.Read(make([]byte, 4096))
				answer(conn)
			}()
		}
	}()
	return ln.Addr().String()
}

// TestLive: what real programs print about broken servers is recognised.
func TestLive(t *testing.T) {
	if testing.Short() {
		t.Skip("runs real programs")
	}
	l := newLab(t)
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			path, err := exec.LookPath(p.run)
			if err != nil {
				if os.Getenv("CI") == "true" {
					t.Fatalf("%s is not installed, and CI has to run it", p.run)
				}
				t.Skipf("%s is not installed", p.run)
			}
			for _, b := range broken {
				want, own := b.own[p.name]
				if !own {
					want = b.want
				} else if want == nil {
					continue
				}
				addr, ca, cert := b.make(l)
				_, port, err := net.SplitHostPort(addr)
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
				cmd := exec.CommandContext(ctx, path, p.args(l, port, ca, cert)...)
				cmd.Stdin = strings.NewReader("GET / HTTP/1.0\r\n\r\n")
				cmd.Env = append(os.Environ(), "LC_ALL=C", "http_proxy=", "https_proxy=", "all_proxy=")
				out, _ := cmd.CombinedOutput()
				cancel()
				check(t, b.name, string(out), want)
			}
		})
	}
	t.Run("Go", func(t *testing.T) {
		for _, b := range broken {
			want, own := b.own["Go"]
			if !own {
				want = b.want
			}
			addr, ca, cert := b.make(l)
			check(t, b.name, dialGo(t, addr, ca, cert), want)
		}
	})
}

func check(t *testing.T, name, out string, want []string) {
	t.Helper()
	r := Explain(out)
	if !r.Recognised {
		t.Errorf("%s: Explain is silent, want %v, about\n%s", name, want, out)
		return
	}
	if have := codes(r.Errors[0]); !slices.Contains(want, have[0]) {
		t.Errorf("%s: Explain = %v in line %d %q, want %v first, about\n%s", name, have, r.Errors[0].Line, r.Errors[0].Text, want, out)
	}
}

// dialGo is what Go's own client says.
func dialGo(t *testing.T, addr, ca, cert string) string {
	t.Helper()
	data, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	cfg := &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "localhost"}
	cfg.RootCAs.AppendCertsFromPEM(data)
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, keyOf(cert))
		if err != nil {
			return err.Error()
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	conn, err := tls.DialWithDialer(&net.Dialer{Timeout: 8 * time.Second}, "tcp", addr, cfg)
	if err != nil {
		return err.Error()
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(8 * time.Second))
	if _, err = io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n"); err == nil {
		_, err = conn.Read(make([]byte, 10))
	}
	if err == nil {
		return "no error"
	}
	return err.Error()
}
