package diagnose

import (
	"slices"
	"strconv"
	"strings"

	"mutual/diagnose/cause"
)

// serveRules are the causes that a server sees in its clients. What is wrong
// with a client's chain is for the rules on chains; these are for the rest.
var serveRules = []Rule{
	{
		Code: cause.HTTPSentToTLSPort, Stage: Reach, Side: ClientSide, Severity: Error, Basis: Proven, Seen: SeenByServer,
		Title: "The client sent plain HTTP to this port, which speaks HTTPS.",
		Why: "The first bytes that came are an HTTP request in clear text. The client's address begins with http:// where it has to be https://, " +
			"or a proxy in between takes TLS off and passes plain HTTP on.",
		Fix: Steps{Say("Let the client ask for https, as this command does:"),
			Run("curl --cacert {cacert_file|ca-certificate} --cert {cert_file|client-certificate} --key " +
				"{key_file|client-key} https://{host}:{port}/")},
		Refs: []string{"RFC 9110 §4.2.2", "RFC 8446 §5.1"},
		Find: func(f *Examination) []Match {
			return f.notTLSFromClient(func(protocol string) bool { return protocol == "http" })
		},
	},
	{
		Code: cause.ClientNotTLS, Stage: Reach, Side: ClientSide, Severity: Error, Basis: Proven, Seen: SeenByServer,
		Title: "The client does not speak TLS[: what it sent looks like {protocol}].",
		Why: "TLS starts with a ClientHello, and something else came. A load balancer that puts the PROXY protocol's header before the connection " +
			"looks like this too, and so does a client that expects to switch to TLS later (STARTTLS).",
		Fix: Steps{Say("Check which program connects from there, and to which port it means to."),
			Say("If a load balancer sends the PROXY protocol's header, turn that off for this port (HAProxy: send-proxy; " +
				"AWS: proxy_protocol_v2).")},
		Refs: []string{"RFC 8446 §5.1"},
		Find: func(f *Examination) []Match {
			return f.notTLSFromClient(func(protocol string) bool { return protocol != "http" })
		},
	},
	{
		Code: cause.TLSVersionNoOverlap, Stage: Negotiation, Side: ClientSide, Severity: Error, Basis: Proven, Seen: SeenByServer,
		Title: "No TLS version in common[: the client offers {offered}, this server takes {taken}].",
		Why: "Client and server must agree on one version of the protocol. TLS 1.0 and 1.1 are switched off in today's software; " +
			"a client that offers no more is very old or set up so.",
		Fix: Steps{Say("Update the client, or allow TLS 1.2 in it (Java: jdk.tls.client.protocols; .NET: SslProtocols; " +
			"OpenSSL: MinProtocol, MaxProtocol)."),
			Say("If the client cannot be changed, and only then, lower this server's limit: mutual serve --tls-min " +
				"{offered_best|1.1}.")},
		Refs: []string{"RFC 8446 §4.2.1", "RFC 8996"},
		Find: func(f *Examination) []Match {
			if !f.helloRefused() || len(f.Hello.Versions) == 0 || overlap(f.Hello.Versions, f.Accepts.Versions) {
				return nil
			}
			return []Match{{
				Vars: map[string]string{"offered": tlsList(f.Hello.Versions), "taken": tlsList(f.Accepts.Versions), "offered_best": f.Hello.Versions[0]},
				Evidence: []Evidence{{"hello.versions", strings.Join(f.Hello.Versions, ", "), "one of " + strings.Join(f.Accepts.Versions, ", ")},
					{"attempts.0.failed_at", string(AtHello), ""}},
			}}
		},
	},
	{
		Code: cause.CipherCertTypeMismatch, Stage: Negotiation, Side: ClientSide, Severity: Error, Basis: Proven, Seen: SeenByServer,
		Title: "The client's cipher suites do not fit this server's[ {key}] certificate.",
		Why: "Up to TLS 1.2 a cipher suite names the kind of key that the server's certificate has to have. " +
			"The client offers suites for one kind alone, and the certificate here has the other.",
		Fix: Steps{Say("Allow suites of both kinds in the client (ECDHE-ECDSA and ECDHE-RSA), or TLS 1.3, where the suite " +
			"does not name the key."),
			Say("Or give the server a key of the other kind."), renewOf(ServerSide, "--key-type {other|key-type}")},
		Refs: []string{"RFC 5246 §A.5", "RFC 8446 §B.4"},
		Find: func(f *Examination) []Match {
			if !f.suitesRefused() || !slices.ContainsFunc(f.Hello.CipherSuites, forwardSecret) || len(f.Identity) == 0 {
				return nil
			}
			other := "rsa2048"
			if strings.HasPrefix(f.Identity[0].Key, "RSA") {
				other = "p256"
			}
			return []Match{{Vars: map[string]string{"key": f.Identity[0].Key, "other": other}, Evidence: []Evidence{
				{"hello.cipher_suites", shortList(f.Hello.CipherSuites), "one of " + shortList(f.Accepts.CipherSuites)},
				{"identity.0.key", f.Identity[0].Key, ""}}}}
		},
	},
	{
		Code: cause.CipherNoOverlap, Stage: Negotiation, Side: ClientSide, Severity: Error, Basis: Proven, Seen: SeenByServer,
		Title: "No cipher suite in common: the client offers none that this server takes.",
		Why: "Client and server must agree on one cipher suite. This server takes those with forward secrecy and authenticated encryption, " +
			"and ECDHE with AES-CBC for old clients; the client offers others alone.",
		Fix:   Steps{Say("Update the client, or allow ECDHE suites with AES-GCM or ChaCha20-Poly1305 in it, or TLS 1.3.")},
		Refs:  []string{"RFC 8446 §4.1.1", "RFC 9325 §4"},
		Under: []Code{cause.TLSVersionNoOverlap, cause.CipherCertTypeMismatch},
		Find: func(f *Examination) []Match {
			if !f.suitesRefused() {
				return nil
			}
			return []Match{{Evidence: []Evidence{{"hello.cipher_suites", shortList(f.Hello.CipherSuites), "one of " + shortList(f.Accepts.CipherSuites)},
				{"attempts.0.failed_at", string(AtHello), ""}}}}
		},
	},
	{
		Code: cause.GroupNoOverlap, Stage: Negotiation, Side: ClientSide, Severity: Error, Basis: Proven, Seen: SeenByServer,
		Title: "No key-exchange group in common[: the client offers {offered}].",
		Why:   "For the key exchange both sides must know one elliptic curve. The client offers others than this server has.",
		Fix: Steps{Say("Allow X25519 or P-256 in the client (OpenSSL: -groups X25519:P-256, Groups = ...; Java: " +
			"jdk.tls.namedGroups).")},
		Refs:  []string{"RFC 8446 §4.2.7"},
		Under: []Code{cause.TLSVersionNoOverlap, cause.CipherNoOverlap},
		Find: func(f *Examination) []Match {
			if !f.helloRefused() || len(f.Hello.Groups) == 0 || overlap(f.Hello.Groups, f.Accepts.Groups) {
				return nil
			}
			return []Match{{Vars: map[string]string{"offered": shortList(f.Hello.Groups)}, Evidence: []Evidence{
				{"hello.groups", shortList(f.Hello.Groups), "one of " + strings.Join(f.Accepts.Groups, ", ")}}}}
		},
	},
	{
		Code: cause.SignatureSchemeNoOverlap, Stage: Negotiation, Side: ClientSide, Severity: Error, Basis: Proven, Seen: SeenByServer,
		Title: "The client takes no signature that this server's[ {key}] key can make.",
		Why:   "The client lists the signatures it can check, and the key of the server's certificate makes none of them.",
		Fix: Steps{Say("Allow more signature algorithms in the client, or give the server a certificate with a P-256 or " +
			"RSA key."), renewOf(ServerSide, "--key-type p256")},
		Refs:  []string{"RFC 8446 §4.2.3"},
		Under: []Code{cause.TLSVersionNoOverlap, cause.CipherNoOverlap, cause.GroupNoOverlap},
		Find: func(f *Examination) []Match {
			if f.Hello == nil || f.Accepts == nil || f.base().Refused != cause.RefusedSignatureScheme || len(f.Identity) == 0 {
				return nil
			}
			return []Match{{Vars: map[string]string{"key": f.Identity[0].Key}, Evidence: []Evidence{
				{"hello.signature_schemes", shortList(f.Hello.SignatureSchemes), "one of " + shortList(f.Accepts.SignatureSchemes)},
				{"identity.0.key", f.Identity[0].Key, ""}}}}
		},
	},
	{
		Code: cause.ALPNNoOverlap, Stage: Negotiation, Side: ClientSide, Severity: Error, Basis: Proven, Seen: SeenByServer,
		Title: "The client wants to speak {offered|another protocol}, and this server speaks {taken|h2 and http/1.1}.",
		Why:   "With ALPN the client names the protocols that it wants to speak inside TLS. None of them is one of this server's.",
		Fix:   Steps{Say("Let the client offer http/1.1 or h2, or send no ALPN at all.")},
		Refs:  []string{"RFC 7301 §3.2"},
		Under: []Code{cause.TLSVersionNoOverlap},
		Find: func(f *Examination) []Match {
			if !f.helloRefused() || len(f.Hello.ALPN) == 0 || overlap(f.Hello.ALPN, f.Accepts.ALPN) {
				return nil
			}
			return []Match{{Vars: map[string]string{"offered": shortList(f.Hello.ALPN), "taken": strings.Join(f.Accepts.ALPN, ", ")}, Evidence: []Evidence{
				{"hello.alpn", shortList(f.Hello.ALPN), "one of " + strings.Join(f.Accepts.ALPN, ", ")}}}}
		},
	},
	peerRejectedOurs,
	{
		Code: cause.ClientCertMissing, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven, Seen: SeenByServer,
		Title: "The client sent no certificate, and this server requires one.",
		Why: "The server asked for a certificate and named the CAs it trusts; the client answered with none. Either the client has none configured, " +
			"or its library kept it back because its issuer is not among the CAs named (Go, Java and browsers do that " +
			"without a word).",
		Fix: Steps{Say("Give the client its certificate and key, as this command does:"),
			Run("curl --cacert {cacert_file|ca-certificate} --cert {cert_file|client-certificate} --key " +
				"{key_file|client-key} https://{host}:{port}/"),
			Say("If it has one configured, see that it was issued by a CA named here[: {cas}].")},
		Refs: []string{"RFC 8446 §4.4.2.4", "RFC 8446 §4.2.4"},
		Find: func(f *Examination) []Match {
			a := f.ClientAuth
			if a == nil || !a.Requested || a.Presented || !f.certificateDue() {
				return nil
			}
			m := Match{Vars: map[string]string{"cas": orNone(shortList(a.AcceptableCAs))},
				Evidence: []Evidence{{"client_auth.presented", "false", "true"}, {"client_auth.policy", string(a.Policy), ""}}}
			if a.Policy == cause.PolicyOptional {
				m.Severity = Warning
				m.Title = "The client sent no certificate. This server lets it in all the same, for it only asks."
			}
			return []Match{m}
		},
	},
	{
		Code: cause.ClientKeyMismatch, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven, Seen: SeenByServer,
		Title: "The client's private key does not belong to the certificate that it sent.",
		Why: "The client proves that a certificate is its own by a signature made with the private key. " +
			"The signature that came does not fit the certificate's public key, so certificate and key are of different pairs.",
		Fix: Steps{Say("Configure the key and certificate of one pair on the client. Whether two files belong together:"),
			Run("mutual inspect <client-certificate> <client-key>")},
		Refs: []string{"RFC 8446 §4.4.3"},
		Find: func(f *Examination) []Match {
			if f.base().Refused != cause.RefusedClientSignature || len(f.Chains.Client) == 0 {
				return nil
			}
			return []Match{{Evidence: []Evidence{{"attempts.0.refused", "client-signature", ""},
				{"chains.client.0.spki_sha256", f.Chains.Client[0].SPKISHA256, "the key that signed"}}}}
		},
	},
	{
		Code: cause.ClientIdentityNotAuthorized, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven, Seen: SeenByServer,
		Title: "The certificate is sound, but {client|its name} is not among those this server lets in.",
		Why: "The client's chain leads to a CA that this server trusts. Beside that, the server lets in particular names or keys alone, " +
			"and none of its rules fits this certificate.",
		Fix: Steps{Say("If this client is meant to come in, start mutual serve with a rule for it besides, such as " +
			"--allow-spki {spki|and the hash of its key}."),
			Say("Else give the client a certificate with one of the names that are let in[: {rules}].")},
		Refs:  []string{"RFC 9525 §6", "RFC 8446 §4.4.2.4"},
		Under: []Code{cause.DialogflowLegacyEnded, cause.ClientNotTheExpectedIdentity},
		Find: func(f *Examination) []Match {
			a := f.Authorization
			if a == nil || a.Allowed || len(f.Chains.Client) == 0 || f.base().Refused == cause.RefusedClientSignature {
				return nil
			}
			if v := f.client; f.ClientTrust != nil && (v == nil || !v.Trusted) {
				return nil // the chain is what is wrong
			}
			leaf := f.Chains.Client[0]
			m := Match{Vars: map[string]string{"client": leaf.Name(), "spki": leaf.SPKISHA256, "rules": strings.Join(a.Rules, ", ")}, Evidence: []Evidence{
				{"authorization.allowed", "false", "true"},
				{"chains.client.0.subject", leaf.Subject, "one of " + strings.Join(a.Rules, ", ")}}}
			if f.base().FailedAt == "" { // a server that only asks
				m.Severity = Warning
			}
			return []Match{m}
		},
	},
	{
		Code: cause.ClientSaidNothing, Stage: Reach, Side: ClientSide, Severity: Note, Basis: Proven, Seen: SeenByServer,
		Title: "The client opened a connection and closed it without a word.",
		Why:   "Health checks of load balancers and port scanners do that. Nothing is wrong.",
		Fix:   Steps{Say("Nothing has to be done. To have fewer of these, let the health check make a whole TLS handshake.")},
		Refs:  []string{"RFC 9293 §3.6"},
		Find: func(f *Examination) []Match {
			b := f.base()
			if f.Hello != nil || b.Received > 0 || b.Closed == "" || b.ServerHello {
				return nil
			}
			return []Match{{Evidence: []Evidence{{"attempts.0.received", "0", ""}, {"attempts.0.closed", string(b.Closed), ""}}}}
		},
	},
	{
		Code: cause.BrowserAsksItsUser, Stage: Reach, Side: ClientSide, Severity: Note, Basis: Inferred, Seen: SeenByServer,
		Title: "A browser left when it was asked for a certificate: it asks its user, and comes back.",
		Why: "Chromium drops the connection on which it is asked for a certificate, mostly two of them, while it looks for one and lets its user choose. " +
			"It then connects anew, with a certificate or without. To a server's certificate that it does not trust it objects by an alert.",
		Fix:  Steps{Say("Nothing has to be done: what becomes of the client shows in its next connection.")},
		Refs: []string{"RFC 8446 §4.3.2", "RFC 8701"},
		Find: func(f *Examination) []Match {
			if !f.askedItsUser() {
				return nil
			}
			b := f.base()
			return []Match{{Evidence: []Evidence{{"attempts.0.closed", string(b.Closed), "a certificate, or none"}, {"hello.grease", "true", ""}},
				Candidates: []Code{cause.PeerRejectedOurServerCert}, Settle: "the next connection of the same client"}}
		},
	},
	{
		Code: cause.ClientStalled, Stage: Reach, Side: ClientSide, Severity: Error, Basis: Proven, Seen: SeenByServer,
		Title: "The client did not finish the handshake in time.",
		Why: "The connection stayed open, and what has to come next did not. Where nothing came at all, the client waits for the server to speak first, " +
			"as mail and database clients do, or holds a connection in reserve.",
		Fix: Steps{Say("See that the client means to speak TLS from the first byte. If it does, look for loss of large " +
			"packets on the way (MTU).")},
		Refs:  []string{"RFC 8446 §2"},
		Under: []Code{cause.HTTPSentToTLSPort, cause.ClientNotTLS},
		Find: func(f *Examination) []Match {
			b := f.base()
			if b.FailedAt == "" || b.Closed != cause.ClosedTimeout || b.Alert != nil {
				return nil
			}
			return []Match{{Evidence: []Evidence{{"attempts.0.closed", "timeout", "a whole handshake"}, {"attempts.0.received", strconv.Itoa(b.Received), ""}}}}
		},
	},
}

// helloRefused reports whether the server ended the handshake on the
// ClientHello.
func (f *Examination) helloRefused() bool {
	return f.Hello != nil && f.Accepts != nil && f.base().FailedAt == AtHello
}

// suitesRefused reports whether what failed is the choice of a cipher suite.
func (f *Examination) suitesRefused() bool {
	return f.helloRefused() && overlap(f.Hello.Versions, f.Accepts.Versions) &&
		(f.base().Refused == cause.RefusedCipher || !overlap(f.Hello.CipherSuites, f.Accepts.CipherSuites)) &&
		(len(f.Hello.ALPN) == 0 || overlap(f.Hello.ALPN, f.Accepts.ALPN))
}

// certificateDue reports whether the handshake came to the place where the
// client has to send its certificate, and was not ended by the client there.
func (f *Examination) certificateDue() bool {
	b := f.base()
	return b.ServerHello && !f.askedItsUser() && (b.FailedAt == "" || b.FailedAt == AtVerifyPeer || b.Refused == cause.RefusedNoCertificate)
}

// askedItsUser: a browser left without a word on the connection on which it
// was asked for a certificate.
func (f *Examination) askedItsUser() bool {
	b, a := f.base(), f.ClientAuth
	return f.View == SeenByServer && b.FailedAt == "" && b.ServerHello && b.CertRequested && b.Alert == nil && b.Closed != "" &&
		f.Hello != nil && f.Hello.GREASE && a != nil && !a.Presented && a.Policy == cause.PolicyRequired
}

func (f *Examination) notTLSFromClient(is func(protocol string) bool) []Match {
	b := f.base()
	if b.FirstBytes == "" || b.Refused != cause.RefusedNotTLS || !is(b.Protocol) {
		return nil
	}
	what := b.Protocol
	if what == "" {
		what = "no protocol known here"
	}
	return []Match{{Vars: map[string]string{"protocol": what},
		Evidence: []Evidence{{"attempts.0.first_bytes", b.FirstBytes, "a ClientHello"}}}}
}

// forwardSecret reports whether the suite is one of those of TLS 1.2 that this
// server has with one kind of key or the other.
func forwardSecret(suite string) bool {
	for _, kind := range []string{"TLS_ECDHE_RSA_WITH_", "TLS_ECDHE_ECDSA_WITH_"} {
		if rest, ok := strings.CutPrefix(suite, kind); ok {
			return slices.Contains([]string{"AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256", "AES_128_CBC_SHA", "AES_256_CBC_SHA"}, rest)
		}
	}
	return false
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// tlsList writes versions as people do: "TLS 1.1 and 1.0".
func tlsList(versions []string) string { return "TLS " + strings.Join(versions, " and ") }

// shortList writes the first few of a list.
func shortList(list []string) string {
	if len(list) > 6 {
		return strings.Join(list[:6], ", ") + " and " + strconv.Itoa(len(list)-6) + " more"
	}
	return strings.Join(list, ", ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
