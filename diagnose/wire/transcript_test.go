package wire

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

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
// "ping" and "pong" if it succeeds, and an end. It returns both taps.
func handshake(t testing.TB, client, server *tls.Config) (clientTap, serverTap *Tap) {
	t.Helper()
	c, s := connect(t)
	clientTap, serverTap = NewTap(c, nil), NewTap(s, nil)
	client, server = client.Clone(), server.Clone()
	client.KeyLogWriter, server.KeyLogWriter = clientTap.KeyLog(), serverTap.KeyLog()
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn := tls.Server(serverTap, server)
		defer conn.Close()
		if _, err := io.ReadFull(conn, make([]byte, 4)); err == nil {
			io.WriteString(conn, "pong")
			io.Copy(io.Discard, conn)
		} else {
			// Take what the client sent last, so that closing is no reset.
			s.(*net.TCPConn).CloseWrite()
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
	return clientTap, serverTap
}

// lines renders events, one line each: what a side sent, "*" if encrypted. A
// peer's Close is left out, as its place among the other side's messages is
// not settled.
func lines(tr *Transcript, side string) []string {
	var out []string
	for _, e := range tr.Events {
		if e.From != side || e.Message == "Close" {
			continue
		}
		line := e.Message
		if e.Encrypted {
			line += "*"
		}
		if e.Detail != "" {
			line += " " + e.Detail
		}
		out = append(out, line)
	}
	return out
}

func ladder(tr *Transcript) string {
	var b strings.Builder
	for _, e := range tr.Events {
		b.WriteString(e.From + " " + e.Message + " [" + e.Detail + "]")
		if e.Encrypted {
			b.WriteString(" *")
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestTranscript(t *testing.T) {
	pki := newTestPKI(t)
	healthy := func() (client, server *tls.Config) {
		client = &tls.Config{RootCAs: pki.roots, ServerName: "webhook.example", Certificates: []tls.Certificate{pki.client},
			ClientSessionCache: tls.NewLRUClientSessionCache(1)}
		server = &tls.Config{Certificates: []tls.Certificate{pki.server}, ClientCAs: pki.roots, ClientAuth: tls.RequireAndVerifyClientCert}
		return client, server
	}
	tests := []struct {
		name           string
		set            func(client, server *tls.Config)
		client, server []string
	}{
		{"1.3", func(client, server *tls.Config) {
			client.NextProtos, server.NextProtos = []string{"h2"}, []string{"h2"}
		},
			[]string{"ClientHello 1.3 1.2, SNI webhook.example, ALPN h2", "ChangeCipherSpec", "Certificate* 1, CN=client",
				"CertificateVerify* ecdsa_secp256r1_sha256", "Finished*", "ApplicationData*", "Alert* warning close_notify (0)"},
			[]string{"ServerHello 1.3, X25519MLKEM768, TLS_AES_128_GCM_SHA256", "ChangeCipherSpec", "EncryptedExtensions* ALPN h2",
				"CertificateRequest* from CN=Client Root,O=Mutual Lab", "Certificate* 1, CN=webhook.example",
				"CertificateVerify* ecdsa_secp256r1_sha256", "Finished*", "NewSessionTicket* valid for 168h0m0s", "ApplicationData*",
				"Alert* warning close_notify (0)"}},
		{"1.3, hello retried", func(client, server *tls.Config) {
			client.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP384}
			server.CurvePreferences = []tls.CurveID{tls.CurveP384}
			server.ClientAuth = tls.NoClientCert
		},
			[]string{"ClientHello 1.3 1.2, SNI webhook.example", "ChangeCipherSpec", "ClientHello 1.3 1.2, SNI webhook.example",
				"Finished*", "ApplicationData*", "Alert* warning close_notify (0)"},
			[]string{"HelloRetryRequest 1.3, secp384r1, TLS_AES_128_GCM_SHA256", "ChangeCipherSpec",
				"ServerHello 1.3, secp384r1, TLS_AES_128_GCM_SHA256", "EncryptedExtensions*", "Certificate* 1, CN=webhook.example",
				"CertificateVerify* ecdsa_secp256r1_sha256", "Finished*", "NewSessionTicket* valid for 168h0m0s", "ApplicationData*",
				"Alert* warning close_notify (0)"}},
		{"1.3, no client certificate", func(client, server *tls.Config) { client.Certificates = nil },
			[]string{"ClientHello 1.3 1.2, SNI webhook.example", "ChangeCipherSpec", "Certificate* empty", "Finished*",
				"ApplicationData*", "Alert* warning close_notify (0)"},
			[]string{"ServerHello 1.3, X25519MLKEM768, TLS_AES_128_GCM_SHA256", "ChangeCipherSpec", "EncryptedExtensions*",
				"CertificateRequest* from CN=Client Root,O=Mutual Lab", "Certificate* 1, CN=webhook.example",
				"CertificateVerify* ecdsa_secp256r1_sha256", "Finished*", "Alert* fatal certificate_required (116)"}},
		{"1.3, a stranger's certificate", func(client, server *tls.Config) {
			client.Certificates = []tls.Certificate{pki.stranger}
			server.ClientCAs = x509.NewCertPool()
		},
			[]string{"ClientHello 1.3 1.2, SNI webhook.example", "ChangeCipherSpec", "Certificate* 1, CN=stranger",
				"CertificateVerify* ecdsa_secp256r1_sha256", "Finished*", "ApplicationData*", "Alert* warning close_notify (0)"},
			[]string{"ServerHello 1.3, X25519MLKEM768, TLS_AES_128_GCM_SHA256", "ChangeCipherSpec", "EncryptedExtensions*",
				"CertificateRequest* from anyone", "Certificate* 1, CN=webhook.example",
				"CertificateVerify* ecdsa_secp256r1_sha256", "Finished*", "Alert* fatal unknown_ca (48)"}},
		{"1.3, client refuses the server", func(client, server *tls.Config) { client.RootCAs = x509.NewCertPool() },
			[]string{"ClientHello 1.3 1.2, SNI webhook.example", "ChangeCipherSpec", "Alert* fatal bad_certificate (42)"},
			[]string{"ServerHello 1.3, X25519MLKEM768, TLS_AES_128_GCM_SHA256", "ChangeCipherSpec", "EncryptedExtensions*",
				"CertificateRequest* from CN=Client Root,O=Mutual Lab", "Certificate* 1, CN=webhook.example",
				"CertificateVerify* ecdsa_secp256r1_sha256", "Finished*"}},
		{"1.2", func(client, server *tls.Config) { client.MaxVersion = tls.VersionTLS12 },
			[]string{"ClientHello 1.2, SNI webhook.example", "Certificate 1, CN=client", "ClientKeyExchange",
				"CertificateVerify ecdsa_secp256r1_sha256", "ChangeCipherSpec", "Finished*", "ApplicationData*", "Alert* warning close_notify (0)"},
			[]string{"ServerHello 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "Certificate 1, CN=webhook.example",
				"ServerKeyExchange ECDHE, x25519, ecdsa_secp256r1_sha256", "CertificateRequest from CN=Client Root,O=Mutual Lab",
				"ServerHelloDone", "NewSessionTicket", "ChangeCipherSpec", "Finished*", "ApplicationData*", "Alert* warning close_notify (0)"}},
		{"1.2, RC4, which is not read", func(client, server *tls.Config) {
			client.MaxVersion = tls.VersionTLS12
			client.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA}
			server.CipherSuites = client.CipherSuites
		},
			[]string{"ClientHello 1.2, SNI webhook.example", "Certificate 1, CN=client", "ClientKeyExchange",
				"CertificateVerify ecdsa_secp256r1_sha256", "ChangeCipherSpec", "Finished*",
				"ApplicationData*", "Alert* encrypted, not readable"},
			[]string{"ServerHello 1.2, TLS_ECDHE_ECDSA_WITH_RC4_128_SHA", "Certificate 1, CN=webhook.example",
				"ServerKeyExchange ECDHE, x25519, ecdsa_secp256r1_sha256", "CertificateRequest from CN=Client Root,O=Mutual Lab",
				"ServerHelloDone", "NewSessionTicket", "ChangeCipherSpec", "Finished*",
				"ApplicationData*", "Alert* encrypted, not readable"}},
		{"1.2, no client certificate", func(client, server *tls.Config) {
			client.Certificates = nil
			client.MaxVersion = tls.VersionTLS12
		},
			[]string{"ClientHello 1.2, SNI webhook.example", "Certificate empty", "ClientKeyExchange", "ChangeCipherSpec", "Finished*"},
			[]string{"ServerHello 1.2, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "Certificate 1, CN=webhook.example",
				"ServerKeyExchange ECDHE, x25519, ecdsa_secp256r1_sha256", "CertificateRequest from CN=Client Root,O=Mutual Lab",
				"ServerHelloDone", "Alert fatal handshake_failure (40)"}},
		{"no common version", func(client, server *tls.Config) {
			client.MaxVersion, server.MinVersion = tls.VersionTLS12, tls.VersionTLS13
		},
			[]string{"ClientHello 1.2, SNI webhook.example"}, []string{"Alert fatal protocol_version (70)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			client, server := healthy()
			tt.set(client, server)
			atClient, atServer := handshake(t, client, server)
			for _, seen := range []struct {
				where string
				tr    *Transcript
			}{{Client, atClient.Transcript(Client)}, {Server, atServer.Transcript(Server)}} {
				if got := lines(seen.tr, Client); !slices.Equal(got, tt.client) {
					t.Errorf("seen by the %s, the client sent\n%q, want\n%q", seen.where, got, tt.client)
				}
				if got := lines(seen.tr, Server); !slices.Equal(got, tt.server) {
					t.Errorf("seen by the %s, the server sent\n%q, want\n%q", seen.where, got, tt.server)
				}
			}
		})
	}
}

// TestTranscriptResumed takes a second handshake that resumes the first.
func TestTranscriptResumed(t *testing.T) {
	pki := newTestPKI(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		client := &tls.Config{RootCAs: pki.roots, ServerName: "webhook.example", MaxVersion: version, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
		server := &tls.Config{Certificates: []tls.Certificate{pki.server}}
		server.SetSessionTicketKeys([][32]byte{{1}})
		handshake(t, client, server)
		tap, _ := handshake(t, client, server)
		tr := tap.Transcript(Client)
		if h := tr.ClientHello(); h == nil || !h.SessionTicketOffered {
			t.Errorf("TLS %s: ClientHello = %+v, want one that offers to resume", VersionName(version), h)
		}
		if got := tr.PeerCertificates(Server); got != nil {
			t.Errorf("TLS %s: resumed, PeerCertificates = %d, want none", VersionName(version), len(got))
		}
		if !tr.HandshakeFinished(Client) || !tr.HandshakeFinished(Server) || tr.Count(Server, "ApplicationData") != 1 {
			t.Errorf("TLS %s: resumed handshake reads\n%s", VersionName(version), ladder(tr))
		}
		if got, want := tr.ServerHello().Resumed, version == tls13; got != want {
			t.Errorf("TLS %s: Resumed = %v, want %v", VersionName(version), got, want)
		}
	}
}

// TestTranscriptSuites reads every suite that crypto/tls has in each of the old
// versions, but for RC4.
func TestTranscriptSuites(t *testing.T) {
	pki := newTestPKI(t)
	rsa := rsaCertificate(t)
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if strings.Contains(suite.Name, "_RC4_") {
			continue
		}
		for _, version := range suite.SupportedVersions {
			if version == tls.VersionTLS13 {
				continue
			}
			t.Run(VersionName(version)+" "+suite.Name, func(t *testing.T) {
				client := &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, CipherSuites: []uint16{suite.ID}}
				tap, _ := handshake(t, client, &tls.Config{Certificates: []tls.Certificate{pki.server, rsa}, MinVersion: version, CipherSuites: client.CipherSuites})
				tr := tap.Transcript(Client)
				if tr.CipherSuite() != suite.ID || tr.Version() != version || len(tr.Alerts()) != 2 || !tr.HandshakeFinished(Server) {
					t.Errorf("it reads\n%s", ladder(tr))
				}
				for _, e := range tr.Events {
					if e.Message == "ApplicationData" && e.Bytes != 4 {
						t.Errorf("the %s sent %d bytes of data, want 4", e.From, e.Bytes)
					}
				}
			})
		}
	}
}

// TestTranscriptSuites13 reads TLS 1.3's. crypto/tls takes no wishes for them,
// so another server picks.
func TestTranscriptSuites13(t *testing.T) {
	cert := rsaCertificate(t)
	for _, suite := range []uint16{tls.TLS_AES_128_GCM_SHA256, tls.TLS_AES_256_GCM_SHA384, tls.TLS_CHACHA20_POLY1305_SHA256} {
		address := opensslServer(t, cert, "-tls1_3", "-www", "-ciphersuites", CipherSuiteName(suite))
		tr := request(t, address, tls13, tls.Certificate{})
		if tr.CipherSuite() != suite || tr.NewSessionTickets() != 2 || len(tr.PeerCertificates(Server)) != 1 || !tr.HandshakeFinished(Client) {
			t.Errorf("%s reads\n%s", CipherSuiteName(suite), ladder(tr))
		}
	}
}

func TestTranscriptMessages(t *testing.T) {
	pki := newTestPKI(t)
	staple := []byte("an OCSP response")
	withStaple := pki.server
	withStaple.OCSPStaple = staple
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		tap, _ := handshake(t,
			&tls.Config{RootCAs: pki.roots, ServerName: "webhook.example", Certificates: []tls.Certificate{pki.client}, MaxVersion: version},
			&tls.Config{Certificates: []tls.Certificate{withStaple}, ClientCAs: pki.roots, ClientAuth: tls.RequireAndVerifyClientCert})
		tr := tap.Transcript(Client)
		if got := tr.PeerCertificates(Server); len(got) != 1 || !bytes.Equal(got[0], pki.server.Certificate[0]) {
			t.Errorf("TLS %s: PeerCertificates(Server) = %d certificates, want the server's", VersionName(version), len(got))
		}
		if got := tr.PeerCertificates(Client); len(got) != 1 || !bytes.Equal(got[0], pki.client.Certificate[0]) {
			t.Errorf("TLS %s: PeerCertificates(Client) = %d certificates, want the client's", VersionName(version), len(got))
		}
		if got := tr.OCSPStaple(); !bytes.Equal(got, staple) {
			t.Errorf("TLS %s: OCSPStaple = %q, want %q", VersionName(version), got, staple)
		}
		request := tr.CertificateRequest()
		if request == nil || len(request.CertificateAuthorities) != 1 || !slices.Contains(request.SignatureSchemes, 0x0403) {
			t.Errorf("TLS %s: CertificateRequest = %+v, want one CA and ecdsa_secp256r1_sha256", VersionName(version), request)
		}
		if got := tr.Group(); got == 0 {
			t.Errorf("TLS %s: Group = 0, want the one agreed on", VersionName(version))
		}
		hello := tr.ClientHello()
		if hello.ServerName != "webhook.example" || !hello.StatusRequest || !hello.RenegotiationInfo || len(hello.CipherSuites) == 0 ||
			len(hello.Groups) == 0 || (version == tls13) != (len(hello.KeyShares) > 0) {
			t.Errorf("TLS %s: ClientHello = %+v", VersionName(version), hello)
		}
		if got := tr.BytesFrom(Client); got < 500 || !bytes.Equal(tr.FirstBytes(Client, 2), []byte{22, 3}) {
			t.Errorf("TLS %s: client sent %d bytes, beginning with %x", VersionName(version), got, tr.FirstBytes(Client, 2))
		}
	}
}

func TestFirstAlertFrom(t *testing.T) {
	tests := []struct {
		name   string
		alerts [][2]uint8 // level and code
		want   string
	}{
		{"none", nil, ""},
		{"closure only", [][2]uint8{{1, 90}, {1, 0}}, ""},
		{"fatal", [][2]uint8{{2, 48}, {1, 0}}, "fatal unknown_ca (48)"},
		{"warning only", [][2]uint8{{1, 112}, {1, 0}}, "warning unrecognized_name (112)"},
		{"warning before fatal", [][2]uint8{{1, 112}, {2, 40}, {2, 80}}, "fatal handshake_failure (40)"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newParser(KeyLog{})
			p.feed(&p.client, []byte{21, 3, 3, 0, 2, 2, 20}, 0)
			for _, a := range tt.alerts {
				p.feed(&p.server, []byte{21, 3, 3, 0, 2, a[0], a[1]}, 0)
			}
			got := ""
			if e := p.finish().FirstAlertFrom(Server); e != nil {
				got = e.Detail
			}
			if got != tt.want {
				t.Errorf("FirstAlertFrom(Server) = %q, want %q", got, tt.want)
			}
		})
	}
}

// TestTranscriptBytes reads what is not a handshake, or not a whole one.
func TestTranscriptBytes(t *testing.T) {
	sslv2 := "\x80\x2f\x01\x03\x01\x00\x06\x00\x00\x00\x20" + "\x00\x00\x2f\x07\x00\xc0" + strings.Repeat("r", 32)
	tests := []struct {
		name           string
		client, server string
		want           []string
	}{
		{"HTTP to a TLS port", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "", []string{`client NotTLS "GET / HTTP/1.1"`}},
		{"an SSH banner", "", "SSH-2.0-OpenSSH_9.2p1\r\n", []string{`server NotTLS "SSH-2.0-OpenSSH_9.2p1"`}},
		{"a MySQL greeting", "", "\x4a\x00\x00\x00\x0a8.0", []string{"server NotTLS 0x4a0000000a382e30"}},
		{"too little to be a record", "", "N", []string{`server NotTLS "N"`}},
		{"escape sequences", "", "\x1b[2Jowned\n", []string{"server NotTLS 0x1b5b324a6f776e65640a"}},
		{"an SSL 2.0 hello", sslv2, "", []string{"client ClientHello 1.0 in SSL 2.0 format"}},
		{"half an alert", "", "\x15\x03\x03\x00\x02\x02", []string{"server Alert incomplete: 1 of 2 bytes"}},
		{"half a header", "", "\x16\x03", []string{"server Handshake incomplete"}},
		{"half a ServerHello", "", "\x16\x03\x03\x00\x50\x02\x00\x00\x4c\x03\x03", []string{"server ServerHello incomplete: 6 of 80 bytes"}},
		{"a malformed ServerHello", "", "\x16\x03\x03\x00\x05\x02\x00\x00\x01\x03", []string{"server ServerHello malformed"}},
		{"TLS, then text", "", "\x15\x03\x03\x00\x02\x01\x00bye", []string{"server Alert warning close_notify (0)", `server NotTLS "bye"`}},
		{"an alert of SSL 3.0", "", "\x15\x03\x00\x00\x02\x02\x28", []string{"server Alert fatal handshake_failure (40)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newParser(KeyLog{})
			p.feed(&p.client, []byte(tt.client), 0)
			p.feed(&p.server, []byte(tt.server), 0)
			var got []string
			for _, e := range p.finish().Events {
				got = append(got, e.From+" "+e.Message+" "+e.Detail)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("events = %q, want %q", got, tt.want)
			}
		})
	}
}
