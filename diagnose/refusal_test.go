package diagnose

import (
	"slices"
	"testing"
	"time"

	"mutual/diagnose/cause"
)

// The signature schemes that servers list by default.
var (
	opensslSchemes = []string{"ecdsa_secp256r1_sha256", "ecdsa_secp384r1_sha384", "ecdsa_secp521r1_sha512", "ed25519"}
	goSchemes      = []string{"rsa_pss_rsae_sha256", "ecdsa_secp256r1_sha256", "ed25519", "rsa_pss_rsae_sha384"}
	javaSchemes    = []string{"ecdsa_secp256r1_sha256", "ecdsa_secp384r1_sha384", "ecdsa_secp521r1_sha512", "ed25519", "ecdsa_sha1"}
	erlangSchemes  = []string{"rsa_pkcs1_sha1", "ecdsa_sha1", "rsa_pkcs1_sha256", "ecdsa_secp256r1_sha256"}
	gnutlsSchemes  = []string{"rsa_pkcs1_sha256", "rsa_pss_rsae_sha256", "ecdsa_secp256r1_sha256", "ecdsa_sha1"}
)

// refused are the facts of a client whose certificates were refused by the
// alert, in the handshake, by a server that lists the CAs.
func refused(alert int, sent, listed []*Certificate) *Facts {
	f := chainCase{side: ClientSide, sent: sent}.facts()
	f.Chains.Client = sent
	f.Attempts[0] = Attempt{Name: TryStrict, FailedAt: AtVerdict, TLSVersion: "1.3", Closed: cause.ClosedEOF, ServerHello: true}
	if alert != 0 {
		f.Attempts[0].Alert = &Alert{From: ServerSide, Code: alert, Name: "alert"}
	}
	f.ClientAuth.SignatureSchemes = opensslSchemes
	for _, c := range listed {
		f.ClientAuth.AcceptableCAs = append(f.ClientAuth.AcceptableCAs, c.Subject)
		f.ClientAuth.AcceptableCAsDER = append(f.ClientAuth.AcceptableCAsDER, c.X509().RawSubject)
	}
	return f
}

func TestRejection(t *testing.T) {
	root, other := ca(t, "Acme Trust A", nil, "root"), ca(t, "Zeta", nil, "other")
	inter := ca(t, "Acme Trust B", root, "int")
	alice := leaf(t, "alice", inter)
	full, listed := list(alice, inter), list(root)
	for _, c := range []struct {
		name  string
		facts *Facts
		with  func(*Facts)
		want  Code
		side  Side
	}{
		{name: "the root sent in place of the intermediate", facts: refused(48, list(alice, root), listed), want: cause.ClientChainMissingIntermediate},
		{name: "the same, and no list", facts: refused(48, list(alice, root), nil), want: cause.ClientChainMissingIntermediate},
		{name: "the intermediate is in what the server sends", facts: refused(48, list(alice), listed), want: cause.ClientChainMissingIntermediate,
			with: func(f *Facts) { f.Chains.Server = list(leaf(t, "server", inter), inter) }},
		{name: "another CA", facts: refused(48, full, list(other)), want: cause.ClientCAUntrustedByServer},
		{name: "another CA than in the bundle given", facts: refused(48, full, list(other)), want: cause.ClientCAUntrustedByServer,
			with: func(f *Facts) { f.ClientTrust = trusting(root) }},
		{name: "alert 80 on a chain: Apache's SSLVerifyDepth", facts: refused(80, full, listed), want: cause.ClientVerifyDepthExceeded},
		{name: "alert 42 of OpenSSL on a new certificate", facts: refused(42, full, listed), want: cause.ClockSkewPeer,
			with: func(f *Facts) { f.Time = f.Identity[0].NotBefore.Add(time.Hour) }},
		{name: "the same on this machine, by the same clock", facts: refused(42, full, listed), want: cause.ClientIdentityNotAuthorized,
			with: func(f *Facts) { f.Time, f.Target.Address = f.Identity[0].NotBefore.Add(time.Hour), "127.0.0.1:443" }},
		{name: "alert 42 of OpenSSL on an old one", facts: refused(42, full, listed), want: cause.ClientIdentityNotAuthorized},
		{name: "alert 42 of Go 1.19", facts: refused(42, full, listed), want: cause.IssuerNameMatchesKeyDiffers,
			with: func(f *Facts) { f.ClientAuth.SignatureSchemes = append(slices.Clone(goSchemes), "ecdsa_sha1") }},
		{name: "alert 42 of an unknown library that lists no CA", facts: refused(42, list(leaf(t, "bob", root)), nil), want: cause.ClientCAUntrustedByServer,
			with: func(f *Facts) { f.ClientAuth.SignatureSchemes = nil }},
		{name: "alert 40 of Erlang on a chain", facts: refused(40, full, listed), want: cause.ClientVerifyDepthExceeded,
			with: func(f *Facts) { f.ClientAuth.SignatureSchemes = erlangSchemes }},
		{name: "alert 48 of OpenSSL that lists the intermediate alone", facts: refused(48, list(alice), list(inter)), want: cause.VerifiersDisagree,
			with: func(f *Facts) { f.Known = list(inter) }},
		{name: "alert 51 on a signature that is right", facts: refused(51, full, listed), want: cause.IssuerNameMatchesKeyDiffers,
			with: func(f *Facts) { f.Known = list(root) }},
		{name: "alert 42 of Go", facts: refused(42, full, listed), want: cause.ClientIdentityNotAuthorized,
			with: func(f *Facts) { f.ClientAuth.SignatureSchemes = goSchemes }},
		{name: "alert 42 of Java", facts: refused(42, full, listed), want: cause.CertMalformed,
			with: func(f *Facts) { f.ClientAuth.SignatureSchemes = javaSchemes }},
		{name: "alert 46 of OpenSSL", facts: refused(46, full, listed), want: cause.ClientIdentityNotAuthorized},
		{name: "alert 46 of Java", facts: refused(46, full, listed), want: cause.IssuerNameMatchesKeyDiffers,
			with: func(f *Facts) { f.ClientAuth.SignatureSchemes = javaSchemes }},
		{name: "alert 49", facts: refused(49, full, listed), want: cause.ClientIdentityNotAuthorized},
		{name: "alert 49 of GnuTLS", facts: refused(49, full, listed), want: cause.IssuerNameMatchesKeyDiffers,
			with: func(f *Facts) { f.ClientAuth.SignatureSchemes = gnutlsSchemes }},
		{name: "alert 47, the curve offered", facts: refused(47, full, listed), want: cause.ClientCertCurveNotOffered, side: ServerSide,
			with: func(f *Facts) { f.Hello = &Hello{Groups: []string{"x25519", "secp256r1"}} }},
		{name: "alert 44", facts: refused(44, full, listed), want: cause.ClientCertRevoked},
		{name: "bad by the server's clock", facts: refused(0, full, listed), want: cause.ClockSkewPeer,
			with: func(f *Facts) {
				f.Attempts[0].FailedAt = ""
				f.HTTP = &HTTP{Status: 400, Says: cause.SaysCertificateBad, Date: testNow.Add(2 * 365 * 24 * time.Hour)}
			}},
	} {
		if c.with != nil {
			c.with(c.facts)
		}
		r := Examine(c.facts)
		root := r.RootCause()
		if root == nil || root.Code != c.want || c.side != "" && root.Side != c.side {
			t.Errorf("%s: Examine(...) = %v, want %s first", c.name, codesOf(r), c.want)
			continue
		}
		if n := len(r.Findings); slices.ContainsFunc(r.Findings[1:], func(f Finding) bool { return f.Severity == Error }) {
			t.Errorf("%s: Examine(...) = %v, %d findings, want one error", c.name, codesOf(r), n)
		}
		resolveAll(t, r)
	}
}

// unanswered are the facts of a client whose ClientHello the server refused
// by the alert, or by hanging up where it is 0, and of further attempts.
func unanswered(alert int, attempts ...Attempt) *Facts {
	f := &Facts{Command: "probe", Time: testNow, View: SeenByClient, Target: Target{Host: "server.example", Port: 443, ServerName: "server.example"},
		Hello: &Hello{Versions: []string{"1.2", "1.3"}, ServerName: "server.example", Groups: []string{"x25519"}, CipherSuites: []string{"TLS_AES_128_GCM_SHA256"}, ALPN: []string{"h2"}}}
	base := Attempt{Name: TryStrict, FailedAt: AtHello, Closed: cause.ClosedEOF}
	if alert != 0 {
		base.Alert = &Alert{From: ServerSide, Code: alert, Name: "alert"}
	}
	f.Attempts = append([]Attempt{base}, attempts...)
	return f
}

func alerted(name string, code int) Attempt {
	return Attempt{Name: name, FailedAt: AtHello, Alert: &Alert{From: ServerSide, Code: code, Name: "alert"}}
}

func TestNoServerHello(t *testing.T) {
	http := Attempt{Name: TryPlainHTTP, Protocol: "http", FirstBytes: "HTTP/1.0 400 Bad Request", Received: 20}
	hung := func(name string) Attempt { return Attempt{Name: name, FailedAt: AtHello, Closed: cause.ClosedEOF} }
	for _, c := range []struct {
		name  string
		facts *Facts
		want  Code
	}{
		{"HTTP in answer to HTTP, and nothing else answers", unanswered(0, http), cause.NotTLSHTTP},
		{"HTTP in answer to HTTP on a port that speaks TLS", unanswered(0, http, Attempt{Name: TryNoSNI, ServerHello: true, TLSVersion: "1.3"}), cause.SNIUnrecognized},
		{"only without ALPN", unanswered(0, http, Attempt{Name: TryNoALPN, ServerHello: true, TLSVersion: "1.3"}, hung(TryNoSNI), hung(TryTLS12)), cause.ALPNNoOverlap},
		{"no suite of all fits, TLS 1.3 is not spoken", unanswered(40, alerted(TryOldHello, 40), alerted(TryTLS13, 70)), cause.CipherCertTypeMismatch},
		{"no suite of all fits, and nothing tells the versions", unanswered(40, alerted(TryOldHello, 40), alerted(TryTLS13, 40)), cause.ServerMisconfigured},
		{"alert 80 after a HelloRetryRequest", unanswered(80, Attempt{Name: TryRareHello, ServerHello: true, HelloRetry: true, TLSVersion: "1.3"}), cause.SNIUnrecognized},
		{"a silent Redis", func() *Facts {
			f := unanswered(0, Attempt{Name: TryPlain, Protocol: "redis", FirstBytes: "+PONG", Received: 7})
			f.Attempts[0].Closed = cause.ClosedTimeout
			return f
		}(), cause.NotTLSOtherProtocol},
	} {
		r := Examine(c.facts)
		if root := r.RootCause(); root == nil || root.Code != c.want {
			t.Errorf("%s: Examine(...) = %v, want %s first", c.name, codesOf(r), c.want)
			continue
		}
		resolveAll(t, r)
	}
}
