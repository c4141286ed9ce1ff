package observe

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"mutual/diagnose"
	"mutual/pki"
)

// A testPKI is a folder with a CA and what it has issued, and what others have.
type testPKI struct {
	t   testing.TB
	dir string
	ca  *pki.CA
}

func newTestPKI(t testing.TB) *testPKI {
	t.Helper()
	p := &testPKI{t: t, dir: t.TempDir()}
	p.ca = p.newCA("Test CA")
	p.write("ca-crt.pem", pki.EncodeCerts(p.ca.Cert))
	p.issue("server", p.ca, leafSpec{purpose: "server", sans: []string{"localhost", "127.0.0.1", "::1"}})
	p.issue("client", p.ca, leafSpec{})
	return p
}

// leafSpec says how a test's leaf differs from a sound client.
type leafSpec struct {
	purpose pki.Purpose // client if empty
	subject string      // CN=name if empty
	sans    []string
	age     time.Duration // how long ago it was made
	life    time.Duration
}

func (p *testPKI) newCA(name string) *pki.CA {
	p.t.Helper()
	ca, err := pki.NewCA(pki.CASpec{Subject: p.subject("CN=" + name), KeyType: pki.P256, Now: time.Now()})
	if err != nil {
		p.t.Fatal(err)
	}
	return ca
}

func (p *testPKI) subject(text string) pki.Subject {
	p.t.Helper()
	s, err := pki.ParseSubject(text)
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

// issue writes name-crt.pem and name-key.pem.
func (p *testPKI) issue(name string, ca *pki.CA, spec leafSpec) {
	p.t.Helper()
	key, err := pki.GenerateKey(pki.P256)
	if err != nil {
		p.t.Fatal(err)
	}
	if spec.subject == "" {
		spec.subject = "CN=" + name
	}
	if spec.purpose == "" {
		spec.purpose = "client"
	}
	sans, err := pki.ParseSANs(spec.sans...)
	if err != nil {
		p.t.Fatal(err)
	}
	cert, err := ca.Issue(pki.LeafSpec{Purpose: spec.purpose, Subject: p.subject(spec.subject), SANs: sans,
		Now: time.Now().Add(-spec.age), Life: spec.life}, key.Public())
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(name+"-crt.pem", pki.EncodeCerts(cert))
	p.writeKey(name+"-key.pem", key)
}

func (p *testPKI) writeKey(name string, key crypto.Signer) {
	p.t.Helper()
	data, err := pki.EncodeKey(key)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(name, data)
}

func (p *testPKI) write(name string, data []byte) {
	p.t.Helper()
	if err := os.WriteFile(p.path(name), data, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *testPKI) path(name string) string { return filepath.Join(p.dir, name) }

// tls is the pair of that name for a client.
func (p *testPKI) tls(name string) tls.Certificate {
	p.t.Helper()
	cert, err := tls.LoadX509KeyPair(p.path(name+"-crt.pem"), p.path(name+"-key.pem"))
	if err != nil {
		p.t.Fatal(err)
	}
	return cert
}

// roots trusts the CA alone.
func (p *testPKI) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(p.ca.Cert)
	return pool
}

// A testServer is a server under test.
type testServer struct {
	addr string
	host string // of the URL: localhost
	port int

	mu      sync.Mutex
	reports []*diagnose.Report
	news    []Notice
	came    chan struct{}
	stop    context.CancelFunc
	done    chan error
}

// startServer serves the PKI's server certificate on loopback. The handler
// says hello.
func startServer(t testing.TB, p *testPKI, change func(*ServeConfig)) *testServer {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &testServer{addr: ln.Addr().String(), host: "localhost", port: ln.Addr().(*net.TCPAddr).Port,
		came: make(chan struct{}, 1000), done: make(chan error, 1)}
	report := func(f *diagnose.Facts) {
		r := diagnose.Examine(f)
		s.mu.Lock()
		s.reports = append(s.reports, r)
		s.mu.Unlock()
		s.came <- struct{}{}
	}
	cfg := ServeConfig{
		Cert: p.path("server-crt.pem"), Key: p.path("server-key.pem"), ClientCA: []string{p.path("ca-crt.pem")},
		ClientAuth: AuthRequire, Refused: report, Gone: report, Closed: report, HandshakeTimeout: 5 * time.Second,
		Changed: func(n Notice) {
			s.mu.Lock()
			s.news = append(s.news, n)
			s.mu.Unlock()
		},
		Known: diagnose.Facts{Target: diagnose.Target{Host: "localhost"}},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintln(w, "hello world from client cert")
			Answered(r, http.StatusOK)
		}),
	}
	if change != nil {
		change(&cfg)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	go func() { s.done <- Serve(ctx, []net.Listener{ln}, cfg) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-s.done:
		case <-time.After(10 * time.Second):
			t.Error("Serve does not end")
		}
	})
	return s
}

func (s *testServer) url() string { return "https://localhost:" + strconv.Itoa(s.port) + "/" }

// report waits for the next connection's report.
func (s *testServer) report(t testing.TB) *diagnose.Report {
	t.Helper()
	select {
	case <-s.came:
	case <-time.After(10 * time.Second):
		t.Fatal("the server reports nothing")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.reports[0]
	s.reports = s.reports[1:]
	return r
}

// client is an HTTP client that trusts the PKI's CA and shows that pair, for
// one request a connection.
func (p *testPKI) client(name string, change func(*tls.Config)) *http.Client {
	config := &tls.Config{RootCAs: p.roots()}
	if name != "" {
		cert := p.tls(name)
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
	}
	if change != nil {
		change(config)
	}
	return &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
}

// get makes one request and returns the answer's status, or 0.
func get(client *http.Client, url string) (int, error) {
	resp, err := client.Get(url)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	return resp.StatusCode, nil
}

// explain is what tests print of a report that is not what they want.
func explain(r *diagnose.Report) string {
	text := fmt.Sprintf("%s, exit %d, attempt %+v", r.Verdict, r.ExitCode, r.Attempts[0])
	if a := r.Attempts[0].Alert; a != nil {
		text += fmt.Sprintf(", alert %+v", *a)
	}
	for _, f := range r.Findings {
		text += fmt.Sprintf("\n  %s %s: %s", f.Severity, f.Code, f.Title)
	}
	for _, m := range r.Handshake {
		text += fmt.Sprintf("\n    %s %s %s", m.From, m.Message, m.Detail)
	}
	return text
}
