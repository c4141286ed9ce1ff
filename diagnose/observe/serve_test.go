package observe

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/pki"
)

// TestServeExplains makes one connection of each kind and asks for the first
// finding.
func TestServeExplains(t *testing.T) {
	p := newTestPKI(t)
	other := p.newCA("Other CA")
	p.issue("stranger", other, leafSpec{})
	p.issue("expired", p.ca, leafSpec{age: 48 * time.Hour, life: 24 * time.Hour})
	p.issue("future", p.ca, leafSpec{age: -48 * time.Hour})
	p.issue("asserver", p.ca, leafSpec{purpose: "server", sans: []string{"localhost"}})
	s := startServer(t, p, nil)
	versions := map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13}
	for _, c := range []struct {
		client string
		config func(*tls.Config)
		want   diagnose.Code // empty: accepted
		alert  int           // that the client gets, or gives
	}{
		{"client", nil, "", 0},
		{"", nil, cause.ClientCertMissing, 116},
		{"stranger", nil, cause.ClientCAUntrustedByServer, 48},
		{"expired", nil, cause.ClientCertExpired, 45},
		{"future", nil, cause.ClientCertNotYetValid, 45},
		{"asserver", nil, cause.ClientEKUMissingClientAuth, 42},
		{"client", func(c *tls.Config) { c.RootCAs = x509.NewCertPool() }, cause.PeerRejectedOurServerCert, 42},
		{"client", func(c *tls.Config) { c.ServerName = "other.example" }, cause.PeerRejectedOurServerCert, 42},
		{"client", wrongKey(p), cause.ClientKeyMismatch, 51},
	} {
		for name, version := range versions {
			t.Run(strings.Join([]string{name, c.client, string(c.want)}, " "), func(t *testing.T) {
				client := p.client(c.client, func(config *tls.Config) {
					config.MinVersion, config.MaxVersion = version, version
					if c.config != nil {
						c.config(config)
					}
				})
				status, err := get(client, s.url())
				r := s.report(t)
				want := c.alert
				if want == 116 && version == tls.VersionTLS12 {
					want = 40
				}
				if c.want == "" {
					if status != 200 || len(r.Findings) != 0 || r.Verdict != diagnose.Healthy || r.HTTP == nil || r.HTTP.Status != 200 {
						t.Fatalf("accepted client: %d, %v, %s, want 200 and no finding", status, err, explain(r))
					}
					return
				}
				if err == nil {
					t.Errorf("the client got %d, want an error", status)
				}
				if len(r.Findings) == 0 || r.Findings[0].Code != c.want {
					t.Fatalf("Examine = %s, want %s", explain(r), c.want)
				}
				if a := r.Attempts[0].Alert; a == nil || a.Code != want {
					t.Errorf("alert = %v, want %d; %s", a, want, explain(r))
				}
				if n := len(r.Findings); n != 1 {
					t.Errorf("%d findings, want 1: %s", n, explain(r))
				}
				if r.Remote == "" || r.Target.ServerName == "" || r.Target.Port != s.port {
					t.Errorf("remote %q, target %+v, want them filled", r.Remote, r.Target)
				}
			})
		}
	}
}

// wrongKey shows the client's certificate and signs with another key.
func wrongKey(p *testPKI) func(*tls.Config) {
	return func(c *tls.Config) {
		key, err := pki.GenerateKey(pki.P256)
		if err != nil {
			p.t.Fatal(err)
		}
		cert := p.tls("client")
		cert.PrivateKey = key
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
	}
}

func TestServeExplainsHellos(t *testing.T) {
	p := newTestPKI(t)
	s := startServer(t, p, nil)
	for _, c := range []struct {
		name   string
		config func(*tls.Config)
		want   diagnose.Code
	}{
		{"TLS 1.1", func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, cause.TLSVersionNoOverlap},
		{"RSA key exchange", func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}
		}, cause.CipherNoOverlap},
		{"suites for RSA alone", func(c *tls.Config) {
			c.MaxVersion, c.CipherSuites = tls.VersionTLS12, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
		}, cause.CipherCertTypeMismatch},
		{"ALPN", func(c *tls.Config) { c.NextProtos = []string{"mqtt"} }, cause.ALPNNoOverlap},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := &tls.Config{RootCAs: p.roots(), ServerName: "localhost"}
			c.config(config)
			if conn, err := tls.Dial("tcp", s.addr, config); err == nil {
				conn.Close()
				t.Fatal("Dial = nil, want an error")
			}
			r := s.report(t)
			if len(r.Findings) != 1 || r.Findings[0].Code != c.want {
				t.Errorf("Examine = %s, want %s", explain(r), c.want)
			}
		})
	}
}

func TestServeExplainsOtherProtocols(t *testing.T) {
	p := newTestPKI(t)
	s := startServer(t, p, func(cfg *ServeConfig) { cfg.HandshakeTimeout = 300 * time.Millisecond })
	for _, c := range []struct {
		name, says string
		want       diagnose.Code
		answer     string
		shown      string
	}{
		{"HTTP", "GET /path?token=secret HTTP/1.1\r\nHost: x\r\n\r\n", cause.HTTPSentToTLSPort, "HTTP/1.1 400 ", "GET /path"},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", cause.HTTPSentToTLSPort, "HTTP/1.1 400 ", "PRI *"},
		{"SSH", "SSH-2.0-OpenSSH_9.2\r\n", cause.ClientNotTLS, "", "SSH-2.0"},
		{"PROXY protocol", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", cause.ClientNotTLS, "", "PROXY TCP4"},
		{"nothing", "", cause.ClientSaidNothing, "", ""},
		{"half a hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, c.says); err != nil {
				t.Fatal(err)
			}
			conn.(*net.TCPConn).CloseWrite()
			conn.SetDeadline(time.Now().Add(5 * time.Second))
			answer, _ := io.ReadAll(conn)
			r := s.report(t)
			switch {
			case c.want == "" && (r.Verdict != diagnose.Unexplained || len(r.Findings) > 0):
				t.Errorf("Examine = %s, want unexplained", explain(r))
			case c.want != "" && (len(r.Findings) != 1 || r.Findings[0].Code != c.want):
				t.Errorf("Examine = %s, want %s", explain(r), c.want)
			}
			if c.want == cause.ClientSaidNothing && r.Verdict != diagnose.Healthy {
				t.Errorf("Examine = %s, want healthy, for nothing was attempted", explain(r))
			}
			if !strings.HasPrefix(string(answer), c.answer) {
				t.Errorf("answer = %q, want %q", answer, c.answer)
			}
			if first := r.Attempts[0].FirstBytes; !strings.HasPrefix(first, c.shown) || strings.Contains(first, "secret") {
				t.Errorf("first bytes = %q, want %q without the query", first, c.shown)
			}
		})
	}
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if r := s.report(t); !r.Has(cause.ClientStalled) {
		t.Errorf("silent client: Examine = %s, want client-stalled", explain(r))
	}
}

// TestServeClientGoneAfterHandshake is a client that judges the server only
// after the handshake, as Node does.
func TestServeClientGoneAfterHandshake(t *testing.T) {
	p := newTestPKI(t)
	s := startServer(t, p, nil)
	cert := p.tls("client")
	for _, c := range []struct {
		name string
		bye  func(conn *tls.Conn, tcp net.Conn)
		want diagnose.Code
	}{
		{"close_notify", func(conn *tls.Conn, _ net.Conn) { conn.Close() }, ""},
		{"bare FIN", func(_ *tls.Conn, tcp net.Conn) { tcp.Close() }, cause.PeerRejectedOurServerCert},
		{"reset", func(_ *tls.Conn, tcp net.Conn) { tcp.(*net.TCPConn).SetLinger(0); tcp.Close() }, cause.PeerRejectedOurServerCert},
	} {
		t.Run(c.name, func(t *testing.T) {
			tcp, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			conn := tls.Client(tcp, &tls.Config{RootCAs: p.roots(), ServerName: "localhost", Certificates: []tls.Certificate{cert}})
			if err := conn.Handshake(); err != nil {
				t.Fatal(err)
			}
			c.bye(conn, tcp)
			r := s.report(t)
			if c.want == "" {
				if len(r.Findings) > 0 || r.Verdict != diagnose.Healthy {
					t.Errorf("Examine = %s, want nothing", explain(r))
				}
				return
			}
			if len(r.Findings) != 1 || r.Findings[0].Code != c.want || r.Findings[0].Basis != diagnose.Inferred {
				t.Errorf("Examine = %s, want %s, inferred", explain(r), c.want)
			}
		})
	}
}

// TestSPKIPinThatBeginsWithASlash: base64 has slashes of its own, and the
// prefixes end with one.
func TestSPKIPinThatBeginsWithASlash(t *testing.T) {
	pin := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xff}, sha256.Size))
	for _, prefix := range []string{"", "sha256/", "sha256//"} {
		if _, err := NewAllowRule("spki", prefix+pin); err != nil {
			t.Errorf("NewAllowRule(spki, %q) = %v, want nil", prefix+pin, err)
		}
	}
}

func TestServeAllow(t *testing.T) {
	p := newTestPKI(t)
	p.issue("ann", p.ca, leafSpec{subject: "CN=ann,emailAddress=ann@Example.org",
		sans: []string{"ann.example.org", "spiffe://example.org/ann", "ann@example.org"}})
	leaf, err := x509.ParseCertificate(p.tls("ann").Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	for _, c := range []struct {
		kind, value string
		want        bool
	}{
		{"cn", "ann", true}, {"cn", "ANN", false}, {"cn", "an", false},
		{"dns", "ann.example.org", true}, {"dns", "ANN.example.org.", true}, {"dns", "*.example.org", true},
		{"dns", "*.org", false}, {"dns", "example.org", false},
		{"uri", "spiffe://example.org/ann", true}, {"uri", "spiffe://example.org/", false},
		{"email", "ann@EXAMPLE.org", true}, {"email", "bob@example.org", false},
		{"spki", hex.EncodeToString(sum[:]), true}, {"spki", base64.StdEncoding.EncodeToString(sum[:]), true},
		{"spki", "sha256/" + base64.StdEncoding.EncodeToString(sum[:]), true}, {"spki", strings.Repeat("00", 32), false},
	} {
		rule, err := NewAllowRule(c.kind, c.value)
		if err != nil {
			t.Errorf("NewAllowRule(%q, %q) = %v, want nil", c.kind, c.value, err)
		}
		if got := rule.Match(leaf); got != c.want {
			t.Errorf("AllowRule %s: Match = %t, want %t", rule, got, c.want)
		}
	}
	for _, bad := range [][2]string{{"cn", ""}, {"spki", "abcd"}, {"ip", "192.0.2.1"}} {
		if _, err := NewAllowRule(bad[0], bad[1]); err == nil {
			t.Errorf("NewAllowRule(%q, %q) = nil, want an error", bad[0], bad[1])
		}
	}

	s := startServer(t, p, func(cfg *ServeConfig) { cfg.Allow = []AllowRule{{"cn", "nobody"}, {"cn", "ann"}} })
	if status, err := get(p.client("ann", nil), s.url()); status != 200 {
		t.Errorf("an allowed client got %d, %v, want 200", status, err)
	}
	if r := s.report(t); r.Verdict != diagnose.Healthy || !r.Authorization.Allowed {
		t.Errorf("an allowed client: %s, want healthy", explain(r))
	}
	if status, err := get(p.client("client", nil), s.url()); err == nil {
		t.Errorf("a client that is not allowed got %d, want an error", status)
	}
	if r := s.report(t); len(r.Findings) != 1 || r.Findings[0].Code != cause.ClientIdentityNotAuthorized || r.Attempts[0].Alert.Code != 42 {
		t.Errorf("a client that is not allowed: %s, want client-identity-not-authorized", explain(r))
	}
}

// TestServeResumedSessionIsJudged resumes a session that began before the rules
// were tightened, and one whose CA is no longer trusted.
func TestServeResumedSessionIsJudged(t *testing.T) {
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) {
			p := newTestPKI(t)
			allowed := true
			s := startServer(t, p, func(cfg *ServeConfig) {
				cfg.Admit = func([]*x509.Certificate, time.Time) (diagnose.Admission, error) {
					if allowed {
						return diagnose.Admission{Profile: "test"}, nil
					}
					return diagnose.Admission{}, errNotAuthorized
				}
				cfg.AdmitRules = []string{"while it lasts"}
				cfg.Anchors, cfg.ClientCA = []*x509.Certificate{p.ca.Cert}, nil
			})
			cache := tls.NewLRUClientSessionCache(4)
			client := p.client("client", func(c *tls.Config) {
				c.MinVersion, c.MaxVersion, c.ClientSessionCache = version, version, cache
			})
			for i, resumed := range []bool{false, true} {
				if status, err := get(client, s.url()); status != 200 {
					t.Fatalf("request %d: %d, %v, want 200", i, status, err)
				}
				if r := s.report(t); r.Connection.Resumed != resumed || r.Authorization.Profile != "test" {
					t.Fatalf("request %d: resumed %t, profile %q, want %t, test", i, r.Connection.Resumed, r.Authorization.Profile, resumed)
				}
			}
			allowed = false
			if status, err := get(client, s.url()); err == nil {
				t.Errorf("a resumed session slips by: %d, want an error", status)
			}
			if r := s.report(t); !r.Has(cause.ClientIdentityNotAuthorized) || len(r.Chains.Client) == 0 {
				t.Errorf("a resumed session that is refused: %s, want client-identity-not-authorized", explain(r))
			}
		})
	}
}

func TestServeRequestAndNone(t *testing.T) {
	p := newTestPKI(t)
	p.issue("stranger", p.newCA("Other CA"), leafSpec{})
	ask := startServer(t, p, func(cfg *ServeConfig) { cfg.ClientAuth = AuthRequest })
	for _, c := range []struct {
		client   string
		want     diagnose.Code
		severity diagnose.Severity
	}{
		{"client", "", ""},
		{"", cause.ClientCertMissing, diagnose.Warning},
		{"stranger", cause.ClientCAUntrustedByServer, diagnose.Warning},
	} {
		if status, err := get(p.client(c.client, nil), ask.url()); status != 200 {
			t.Errorf("request, %q: %d, %v, want 200", c.client, status, err)
		}
		r := ask.report(t)
		if a := r.Authorization; a == nil || a.Allowed != (c.want == "") {
			t.Errorf("request, %q: authorization = %+v, want allowed %t", c.client, a, c.want == "")
		}
		switch {
		case c.want == "" && len(r.Findings) > 0:
			t.Errorf("request, %q: %s, want nothing", c.client, explain(r))
		case c.want != "" && (len(r.Findings) != 1 || r.Findings[0].Code != c.want || r.Findings[0].Severity != c.severity):
			t.Errorf("request, %q: %s, want %s %s", c.client, explain(r), c.severity, c.want)
		}
	}
	none := startServer(t, p, func(cfg *ServeConfig) { cfg.ClientAuth, cfg.ClientCA = AuthNone, nil })
	if status, err := get(p.client("", nil), none.url()); status != 200 {
		t.Errorf("none: %d, %v, want 200", status, err)
	}
	if r := none.report(t); len(r.Findings) > 0 || r.ClientAuth.Requested {
		t.Errorf("none: %s, want nothing", explain(r))
	}
}

// TestServeTakesUpRenewedFiles replaces the certificate under a running server,
// with a sound one and with a broken one.
func TestServeTakesUpRenewedFiles(t *testing.T) {
	p := newTestPKI(t)
	clock := newTestClock()
	s := startServer(t, p, func(cfg *ServeConfig) { cfg.Now = clock.now })
	serial := func() string {
		t.Helper()
		conn, err := tls.Dial("tcp", s.addr, &tls.Config{RootCAs: p.roots(), ServerName: "localhost", Certificates: []tls.Certificate{p.tls("client")}})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.Text(16)
	}
	first := serial()
	p.issue("server", p.ca, leafSpec{purpose: "server", sans: []string{"localhost"}})
	if got := serial(); got != first {
		t.Errorf("within a second: serial %s, want %s, for the files are looked at once a second", got, first)
	}
	clock.add(2 * time.Second)
	second := serial()
	if second == first {
		t.Error("the renewed certificate is not taken up")
	}
	p.write("server-crt.pem", []byte("-----BEGIN CERTIFICATE-----\nbroken\n"))
	for range 3 {
		clock.add(2 * time.Second)
		if got := serial(); got != second {
			t.Errorf("with a broken file: serial %s, want %s, the last good one", got, second)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.news) != 2 || s.news[0].Leaf == nil || s.news[1].Err == nil || !strings.Contains(s.news[1].Err.Error(), "server-crt.pem") {
		t.Errorf("notices = %+v, want one of the new certificate and one that names the broken file", s.news)
	}
}

func TestServeEndsInGoodOrder(t *testing.T) {
	p := newTestPKI(t)
	begun, finish := make(chan struct{}), make(chan struct{})
	s := startServer(t, p, func(cfg *ServeConfig) {
		cfg.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(begun)
			<-finish
			io.WriteString(w, "done")
			Answered(r, 200)
		})
	})
	answer := make(chan int, 1)
	go func() {
		status, _ := get(p.client("client", nil), s.url())
		answer <- status
	}()
	<-begun
	s.stop()
	time.AfterFunc(50*time.Millisecond, func() { close(finish) })
	if status := <-answer; status != 200 {
		t.Errorf("a request under way at the end got %d, want 200", status)
	}
	select {
	case err := <-s.done:
		s.done <- err
		if err != nil {
			t.Errorf("Serve = %v, want nil", err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Serve does not end")
	}
	if conn, err := net.Dial("tcp", s.addr); err == nil {
		conn.Close()
		t.Error("the port is still open")
	}
}

func TestServeNeedsItsFiles(t *testing.T) {
	p := newTestPKI(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	err = Serve(context.Background(), []net.Listener{ln}, ServeConfig{
		Cert: p.path("server-crt.pem"), Key: p.path("client-key.pem"), ClientCA: []string{p.path("ca-crt.pem")}, ClientAuth: AuthRequire})
	if err == nil || !strings.Contains(err.Error(), "client-key.pem") {
		t.Errorf("Serve with another's key = %v, want an error that names the file", err)
	}
}
