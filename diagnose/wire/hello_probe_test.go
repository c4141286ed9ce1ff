package wire

import (
	"crypto/tls"
	"io"
	"net"
	"os/exec"
	"testing"
	"time"
)

func TestProbeHelloOpenSSL(t *testing.T) {
	rsaCert, ecCert := rsaCertificate(t), newTestPKI(t).server
	tests := []struct {
		name    string
		cert    tls.Certificate
		args    []string
		hello   Hello
		kind    string
		version string
		suite   string
		group   string
	}{
		{"DHE", rsaCert, []string{"-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256"}, HelloLegacy("old.example"),
			AnswerServerHello, "1.2", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", ""},
		{"Camellia", rsaCert, []string{"-tls1_2", "-cipher", "CAMELLIA256-SHA"}, HelloLegacy("old.example"),
			AnswerServerHello, "1.2", "TLS_RSA_WITH_CAMELLIA_256_CBC_SHA", ""},
		{"ARIA", rsaCert, []string{"-tls1_2", "-cipher", "ARIA256-GCM-SHA384"}, HelloLegacy("old.example"),
			AnswerServerHello, "1.2", "TLS_RSA_WITH_ARIA_256_GCM_SHA384", ""},
		{"CCM", ecCert, []string{"-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0"}, HelloLegacy("old.example"),
			AnswerServerHello, "1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", "x25519"},
		{"X448 in 1.2", rsaCert, []string{"-tls1_2", "-groups", "X448"}, HelloLegacy("old.example"),
			AnswerServerHello, "1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "x448"},
		{"brainpool in 1.2", rsaCert, []string{"-tls1_2", "-groups", "brainpoolP384r1"}, HelloLegacy("old.example"),
			AnswerServerHello, "1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "brainpoolP384r1"},
		{"TLS 1.0", rsaCert, []string{"-tls1", "-cipher", "DEFAULT:@SECLEVEL=0"}, HelloLegacy("old.example"),
			AnswerServerHello, "1.0", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "x25519"},
		{"TLS 1.1", rsaCert, []string{"-tls1_1", "-cipher", "AES128-SHA:@SECLEVEL=0"}, HelloLegacy("old.example"),
			AnswerServerHello, "1.1", "TLS_RSA_WITH_AES_128_CBC_SHA", ""},
		{"ffdhe2048 in 1.3", rsaCert, []string{"-tls1_3", "-groups", "ffdhe2048"}, HelloTLS13Exotic("old.example"),
			AnswerHelloRetryRequest, "1.3", "TLS_AES_128_GCM_SHA256", "ffdhe2048"},
		{"X448 in 1.3", rsaCert, []string{"-tls1_3", "-groups", "X448"}, HelloTLS13Exotic("old.example"),
			AnswerHelloRetryRequest, "1.3", "TLS_AES_128_GCM_SHA256", "x448"},
		{"CCM in 1.3", rsaCert, []string{"-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_8_SHA256", "-cipher", "DEFAULT:@SECLEVEL=0"}, HelloTLS13Exotic("old.example"),
			AnswerServerHello, "1.3", "TLS_AES_128_CCM_8_SHA256", "x25519"},
		{"1.3 server, 1.2 hello", rsaCert, []string{"-tls1_3"}, HelloLegacy("old.example"),
			AnswerAlert, "0x0000", "", ""},
		{"SSL 3.0 refused", rsaCert, nil, HelloSSL3(), AnswerAlert, "0x0000", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := ProbeHello(dial(t, opensslServer(t, tt.cert, tt.args...)), tt.hello, time.Now().Add(10*time.Second))
			if a.Kind != tt.kind {
				t.Fatalf("Kind = %q (alert %v, error %v), want %q\n%s", a.Kind, a.Alert, a.Err, tt.kind, ladder(a.Transcript))
			}
			if got := VersionName(a.Version); got != tt.version {
				t.Errorf("Version = %s, want %s", got, tt.version)
			}
			if tt.suite != "" && CipherSuiteName(a.CipherSuite) != tt.suite {
				t.Errorf("CipherSuite = %s, want %s", CipherSuiteName(a.CipherSuite), tt.suite)
			}
			if tt.group != "" && GroupName(a.Group) != tt.group {
				t.Errorf("Group = %s, want %s", GroupName(a.Group), tt.group)
			}
			if tt.name == "DHE" && a.DHBits < 1024 {
				t.Errorf("DHBits = %d, want the size of the server's prime", a.DHBits)
			}
			if tt.kind == AnswerServerHello && a.Version < tls13 && len(a.Certificates) != 1 {
				t.Errorf("Certificates = %d, want the server's one", len(a.Certificates))
			}
		})
	}
}

// TestProbeHelloGnuTLS takes a server that knows the groups of RFC 7919 in TLS
// 1.2 too.
func TestProbeHelloGnuTLS(t *testing.T) {
	cert, key := writePair(t, rsaCertificate(t))
	if _, err := exec.LookPath("gnutls-serv"); err != nil {
		need(t, "gnutls-serv")
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	ln.Close()
	start(t, "listening on IPv4", "gnutls-serv", "--echo", "-p", port, "--x509certfile", cert, "--x509keyfile", key,
		"--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+DHE-RSA:-GROUP-ALL:+GROUP-FFDHE3072")
	a := ProbeHello(dial(t, "127.0.0.1:"+port), HelloLegacy("old.example"), time.Now().Add(10*time.Second))
	if a.Kind != AnswerServerHello || GroupName(a.Group) != "ffdhe3072" || a.DHBits != 3072 {
		t.Errorf("ProbeHello = %s, group %s, %d bits, want ffdhe3072\n%s", a.Kind, GroupName(a.Group), a.DHBits, ladder(a.Transcript))
	}
}

// TestProbeHelloAnswers takes servers that do not speak TLS.
func TestProbeHelloAnswers(t *testing.T) {
	tests := []struct {
		name  string
		serve func(net.Conn)
		kind  string
	}{
		{"HTTP", func(c net.Conn) { io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }, AnswerNotTLS},
		{"a few bytes", func(c net.Conn) { io.WriteString(c, "-ERR"[:4]) }, AnswerNotTLS},
		{"closes", func(c net.Conn) { c.Read(make([]byte, 16384)) }, AnswerEOF},
		{"resets", func(c net.Conn) { c.Read(make([]byte, 16384)); c.(*net.TCPConn).SetLinger(0) }, AnswerReset},
		{"silent", func(c net.Conn) { io.Copy(io.Discard, c) }, AnswerTimeout},
		{"endless fragments", func(c net.Conn) {
			for {
				if _, err := c.Write([]byte{22, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff}); err != nil {
					return
				}
			}
		}, AnswerTimeout},
		{"warning, then silence", func(c net.Conn) { c.Write([]byte{21, 3, 1, 0, 2, 1, 112}); io.Copy(io.Discard, c) }, AnswerAlert},
		{"alert", func(c net.Conn) { c.Write([]byte{21, 3, 1, 0, 2, 2, 70}); io.Copy(io.Discard, c) }, AnswerAlert},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, server := connect(t)
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer server.Close()
				tt.serve(server)
			}()
			a := ProbeHello(client, HelloTLS13Exotic("x.example"), time.Now().Add(300*time.Millisecond))
			if a.Kind != tt.kind {
				t.Errorf("Kind = %q, want %q\n%s", a.Kind, tt.kind, ladder(a.Transcript))
			}
			client.Close()
			<-done
		})
	}
}

func TestHelloMarshal(t *testing.T) {
	h := HelloTLS13Exotic("x.example")
	h.ALPN, h.Size, h.FallbackSCSV = []string{"h2", "http/1.1"}, 40000, true
	out, err := h.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	p := newParser(KeyLog{})
	p.feed(&p.client, out, 0)
	tr := p.finish()
	got := tr.ClientHello()
	if len(tr.Events) != 1 || got == nil {
		t.Fatalf("Marshal parses as\n%swant one ClientHello", ladder(tr))
	}
	if tr.Events[0].Bytes != 40000 {
		t.Errorf("size = %d, want 40000", tr.Events[0].Bytes)
	}
	if tr.Events[0].Detail != "1.3, SNI x.example, ALPN h2 http/1.1" || len(got.KeyShares) != 2 || !got.FallbackSCSV || !got.RenegotiationInfo {
		t.Errorf("Marshal parses as %q, %d key shares, fallback %v, renegotiation %v", tr.Events[0].Detail, len(got.KeyShares), got.FallbackSCSV, got.RenegotiationInfo)
	}
	if out, err := (Hello{Versions: []uint16{tls13}, KeyShares: []uint16{30}}).Marshal(); err == nil {
		t.Errorf("Marshal with a share of x448 = %x, want an error", out)
	}
	for _, name := range []string{"", "127.0.0.1", "::1"} {
		out, err := HelloLegacy(name).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		p := newParser(KeyLog{})
		p.feed(&p.client, out, 0)
		if got := p.finish().ClientHello(); got == nil || got.ServerName != "" {
			t.Errorf("HelloLegacy(%q) parses as %v, want no server name", name, got)
		}
	}
}
