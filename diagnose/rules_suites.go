package diagnose

import (
	"slices"
	"strings"

	"mutual/diagnose/cause"
)

// suiteKind is a family of cipher suites that Go's crypto/tls lacks, or offers
// only when told, and who does offer it.
type suiteKind struct {
	fits func(suite string) bool
	what string // in words
	who  string // who connects by default, and who does not
	// setting is an environment variable by which a Go client offers it.
	setting string
}

// suiteKinds are read only; the first that fits counts. Sources: crypto/tls
// cipher_suites.go and the notes on Go 1.22 and 1.23; ciphers(1) of OpenSSL 3;
// JSSE's default lists up to JDK 24; Chromium and Firefox since 2020.
var suiteKinds = []suiteKind{
	{fits: func(s string) bool { return strings.Contains(s, "3DES") || strings.Contains(s, "RC4") }, what: "3DES or RC4",
		who: "old programs connect; OpenSSL 3, browsers, and Go since 1.23 do not", setting: "GODEBUG=tls3des=1 (3DES, while it lasts)"},
	{fits: func(s string) bool { return strings.HasPrefix(s, "TLS_RSA_WITH_") }, what: "RSA key exchange, without ECDHE",
		who:     "OpenSSL (curl), browsers, and Java before 24 connect; Go since 1.22 does not",
		setting: "GODEBUG=tlsrsakex=1 (while it lasts)"},
	{fits: func(s string) bool { return strings.HasPrefix(s, "TLS_DHE_") }, what: "DHE key exchange, without ECDHE",
		who: "OpenSSL (curl), GnuTLS and Java connect; Go never did, and browsers no longer do"},
	{fits: func(s string) bool { return strings.Contains(s, "_CCM") }, what: "CCM",
		who: "GnuTLS, mbedTLS and wolfSSL connect, and OpenSSL when told; Go, Java and browsers do not"},
	{fits: func(s string) bool { return strings.HasPrefix(s, "TLS_ECDHE_") && strings.Contains(s, "_CBC_") }, what: "CBC with SHA-2",
		who: "OpenSSL (curl) and Java connect; Go offers it only when told, and browsers do not"},
	{fits: func(s string) bool { return strings.HasPrefix(s, "TLS_ECDH_") }, what: "static ECDH",
		who: "Java before 24 connects; OpenSSL, Go and browsers do not"},
}

// goSuites are those that crypto/tls has and leaves out of its default list.
// Source: crypto/tls of Go 1.26, InsecureCipherSuites.
var goSuites = []string{
	"TLS_RSA_WITH_RC4_128_SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_WITH_AES_256_CBC_SHA",
	"TLS_RSA_WITH_AES_128_CBC_SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_WITH_AES_256_GCM_SHA384",
	"TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
}

// suiteFault tells which suite the server would take, who offers that, and how
// either side can be helped.
func suiteFault(f *Examination) []Match {
	if !f.failedHello() || f.Hello == nil {
		return nil
	}
	m := f.wanted(func(a Attempt) bool {
		return a.CipherSuite != "" && !slices.Contains(f.Hello.CipherSuites, a.CipherSuite)
	}, "cipher_suite", "one of the suites offered")
	switch {
	case m != nil:
		m.helpWith(m.Vars["taken"])
		return []Match{*m}
	case f.serverAlert() == alertInsufficientSecurity:
		return []Match{{Basis: Inferred, Title: "The server finds every cipher suite that the client offers too weak.",
			Evidence:   []Evidence{{"attempts.0.alert.code", "71", ""}},
			Candidates: []Code{cause.CertKeyTooWeak, cause.GroupNoOverlap}, Settle: "the server's list of cipher suites"}}
	}
	return nil
}

func (m *Match) helpWith(suite string) {
	m.Fix = steps(Say("On the server, widen the list by suites of today (Java: jdk.tls.disabledAlgorithms), or allow TLS 1.3:"), modernSuites)
	i := slices.IndexFunc(suiteKinds, func(k suiteKind) bool { return k.fits(suite) })
	if i >= 0 {
		m.Vars["what"], m.Vars["who"] = suiteKinds[i].what, suiteKinds[i].who
		m.Title = "No cipher suite in common: the server would take {taken} ({what}). With that {who}."
	}
	if slices.Contains(goSuites, suite) {
		m.Fix = append(m.Fix, Say("Where the server cannot be changed, offer the suite in the Go client's tls.Config:"),
			Edit("Go", "CipherSuites: []uint16{tls."+suite+"},"))
		if i >= 0 && suiteKinds[i].setting != "" {
			m.Fix = append(m.Fix, Say("Or, without a change of the program, in its environment: "+suiteKinds[i].setting+"."))
		}
	} else {
		m.Fix = append(m.Fix, Say("A Go client cannot be told to offer it: crypto/tls has no such suite."))
	}
	m.Fix = append(m.Fix, Say("To see that another program connects:"),
		Run("openssl s_client -connect {hostport|host:port} -tls1_2 -cipher ALL:@SECLEVEL=0 < /dev/null"))
}

// serverKeyFault: the server takes version, suite and group of those offered,
// and answers only a ClientHello with signature schemes that were not: its key
// can make no others.
func serverKeyFault(f *Examination) []Match {
	if !f.failedHello() || f.Hello == nil || f.base().FailedAt != AtHello || f.serverAlert() != alertHandshakeFailure {
		return nil
	}
	for i, a := range f.Attempts {
		if i == 0 || !a.ServerHello {
			continue
		}
		if a.Name != TryOldHello && a.Name != TryRareHello {
			return nil // it is not about what this program lacks
		}
		if a.HelloRetry || !slices.Contains(f.Hello.Versions, a.TLSVersion) || !slices.Contains(f.Hello.CipherSuites, a.CipherSuite) ||
			a.Group != "" && !containsFold(f.Hello.Groups, a.Group) {
			return nil
		}
	}
	for i, a := range f.Attempts {
		if i == 0 || !a.ServerHello {
			continue
		}
		m := Match{Side: ServerSide, Vars: map[string]string{"key_kind": a.LeafKey},
			Title: "The server's certificate has a key[ ({key_kind})] whose signatures this client does not offer to check.",
			Fix: Steps{Say("Give the server a certificate with an ECDSA P-256 or RSA key (rsaEncryption), beside this one if need be: nginx, Apache and HAProxy take several. " +
				"OpenSSL and GnuTLS take RSASSA-PSS and Ed448 keys, OpenSSL brainpool too; Go and browsers take none of them."),
				renewOf(ServerSide, "--key-type p256")},
			Evidence: []Evidence{{path("attempts", i, "server_hello"), "true", ""}, {"attempts.0.alert.code", "40", "a ServerHello"}}}
		if kind := strings.ToLower(a.LeafKey); strings.Contains(kind, "pss") || strings.Contains(kind, "ed448") || strings.Contains(kind, "brainpool") {
			m.Evidence = append(m.Evidence, Evidence{path("attempts", i, "leaf_key"), a.LeafKey, "ECDSA on P-256, P-384, P-521, RSA or Ed25519"})
			return []Match{m}
		}
		m.Basis, m.Candidates, m.Settle = Inferred, []Code{cause.ServerMisconfigured, cause.CipherNoOverlap}, "the kind of key in the server's certificate"
		return []Match{m}
	}
	return nil
}
