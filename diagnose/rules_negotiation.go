package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"mutual/diagnose/cause"
)

// unreached are causes that explain a handshake that ends before the server has shown a
// certificate.
var unreached = []Code{cause.ProxyProtocolRequired, cause.NotTLSHTTP, cause.NotTLSOtherProtocol, cause.StartTLSRequired, cause.PeerClosedOnAccept, cause.ClientHelloSizeIntolerant}

var negotiationRules = []Rule{
	{
		Code: cause.TLSVersionNoOverlap, Stage: Negotiation, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "No TLS version in common[: the client offers {offered}, the server takes {taken}].",
		Why:   "Client and server must agree on one version of the protocol, and there is none that both allow. TLS 1.0 and 1.1 are switched off in today's software.",
		Fix: steps(Say("Allow TLS 1.2 and 1.3 on the server:"), modernVersions,
			Say("If the server cannot be changed, and only then, lower the client's limit:"),
			Run("mutual probe {target} {trust} {identity} --tls-min {taken_min|version}")),
		Refs:  []string{"RFC 8446 §4.2.1", "RFC 8996"},
		Under: unreached,
		Find:  versionFault,
	},
	{
		Code: cause.TLSDowngradeDetected, Stage: Negotiation, Side: NetworkSide, Severity: Error, Basis: Proven,
		Title: "Something between client and server pushed the connection down to an older TLS version.",
		Why: "The server marks its random value when it is made to use less than it can, and the client found that mark. " +
			"A box that inspects TLS does that, or an attacker.",
		Fix: Steps{Say("Find out what is in between (TLS inspection, old load balancer) by probing from elsewhere. " +
			"Do not go on over this path.")},
		Refs: []string{"RFC 8446 §4.1.3", "RFC 7507"},
		Find: func(f *Examination) []Match {
			switch b := f.base(); {
			case b.Refused == cause.RefusedDowngrade:
				return []Match{{Evidence: []Evidence{{"attempts.0.refused", string(b.Refused), ""}, {"attempts.0.tls_version", b.TLSVersion, "1.3"}}}}
			case f.serverAlert() == alertInappropriateFallback:
				return []Match{{Evidence: []Evidence{{"attempts.0.alert.code", "86", ""}}}}
			}
			return nil
		},
	},
	{
		Code: cause.CipherNoOverlap, Stage: Negotiation, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "No cipher suite in common[: the server would take {taken}, which today's clients do not offer].",
		Why:   "Client and server must agree on one cipher suite. The server's list holds none of those that this client offers.",
		Fix: steps(Say("Widen the server's list by suites of today (Java: jdk.tls.disabledAlgorithms), or allow TLS 1.3:"),
			modernSuites,
			Say("To see what the server takes:"),
			Run("openssl s_client -connect {hostport|host:port} -cipher ALL:@SECLEVEL=0 < /dev/null")),
		Refs:  []string{"RFC 8446 §4.1.1", "RFC 9325 §4"},
		Under: append([]Code{cause.TLSVersionNoOverlap, cause.SNIUnrecognized, cause.SNIMissing, cause.ALPNNoOverlap}, unreached...),
		Find: func(f *Examination) []Match {
			if !f.failedHello() || f.Hello == nil {
				return nil
			}
			if m := f.wanted(func(a Attempt) bool {
				return a.CipherSuite != "" && !slices.Contains(f.Hello.CipherSuites, a.CipherSuite)
			}, "cipher_suite", "one of the suites offered"); m != nil {
				return []Match{*m}
			}
			if f.serverAlert() == alertInsufficientSecurity {
				return []Match{{Basis: Inferred, Title: "The server finds every cipher suite that the client offers too weak.",
					Evidence:   []Evidence{{"attempts.0.alert.code", "71", ""}},
					Candidates: []Code{cause.CertKeyTooWeak, cause.GroupNoOverlap}, Settle: "the server's list of cipher suites"}}
			}
			return nil
		},
	},
	{
		Code: cause.GroupNoOverlap, Stage: Negotiation, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "No key-exchange group in common[: the server would take {taken}, which this client does not offer].",
		Why: "For the key exchange both sides must know one elliptic curve or finite-field group. The server is limited to one " +
			"that common clients lack.",
		Fix:   steps(Say("Allow X25519 and P-256 on the server (OpenSSL: Groups = X25519:P-256):"), usualGroups),
		Refs:  []string{"RFC 8446 §4.2.7"},
		Under: append([]Code{cause.TLSVersionNoOverlap, cause.CipherNoOverlap, cause.SNIUnrecognized}, unreached...),
		Find: func(f *Examination) []Match {
			if !f.failedHello() || f.Hello == nil {
				return nil
			}
			if m := f.wanted(func(a Attempt) bool {
				return a.Group != "" && !containsFold(f.Hello.Groups, a.Group) && (a.CipherSuite == "" || slices.Contains(f.Hello.CipherSuites, a.CipherSuite))
			}, "group", "one of the groups offered"); m != nil {
				return []Match{*m}
			}
			return nil
		},
	},
	{
		Code: cause.SignatureSchemeNoOverlap, Stage: Negotiation, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The server lists no signature that the client's key[ ({key_kind})] can make.",
		Why: "When the server asks for a certificate, it lists the signature schemes it can check. The key of this certificate fits none of them, " +
			"so the client cannot prove that the certificate is its own.",
		Fix: Steps{Say("Use a certificate with another kind of key; ECDSA P-256 and RSA 2048 are taken everywhere."),
			renew("--key-type p256")},
		Refs: []string{"RFC 8446 §4.2.3", "RFC 8446 §4.3.2"},
		Find: func(f *Examination) []Match {
			a := f.ClientAuth
			if a == nil || f.View != SeenByClient || a.Objection != cause.ObjectionSignatureScheme && f.base().Refused != cause.RefusedSignatureScheme || len(f.Identity) == 0 {
				return nil
			}
			m := Match{Vars: map[string]string{"key_kind": f.Identity[0].Key}, Evidence: []Evidence{
				{"client_auth.signature_schemes", strings.Join(a.SignatureSchemes, ", "), "one for " + f.Identity[0].Key}, {"identity.0.key", f.Identity[0].Key, ""}}}
			// wolfSSL lists the schemes of its own key's kind and takes others: once
			// the certificate was sent, the list alone proves nothing.
			switch {
			case f.base().Refused == cause.RefusedSignatureScheme:
			case a.Verdict != cause.VerdictRejected:
				m.Severity = Warning
				m.Title = "The server lists no signature that the client's key[ ({key_kind})] can make, and takes it all the same: " +
					"clients that obey the list send no certificate."
			case f.library() == cause.WolfSSL || !slices.Contains([]int{0, alertHandshakeFailure, alertUnsupportedCertificate, alertIllegalParameter,
				alertDecryptError, alertInternalError}, f.serverAlert()) || f.client == nil || !f.client.Sound():
				return nil
			default:
				m.Basis, m.Candidates, m.Settle = Inferred, []Code{cause.ClientCAUntrustedByServer, cause.ClientIdentityNotAuthorized}, f.settle()
			}
			return []Match{m}
		},
	},
	{
		Code: cause.ALPNNoOverlap, Stage: Negotiation, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The server insists on another application protocol (ALPN) than {offered|the one offered}.",
		Why: "With ALPN the client says which protocol it wants inside TLS. This server refuses connections for which it has no common one; " +
			"a gRPC server, for example, takes h2 alone.",
		Fix: Steps{Say("Offer the protocol that the server takes:"),
			Run("mutual probe {target} {trust} {identity} --alpn {taken|protocol}")},
		Refs: []string{"RFC 7301 §3.2"},
		Find: func(f *Examination) []Match {
			if f.View != SeenByClient || f.serverAlert() != alertNoApplicationProtocol && f.base().Refused != cause.RefusedALPN && !f.onlyWithoutALPN() {
				return nil
			}
			m := Match{Vars: map[string]string{"offered": "none"}, Evidence: []Evidence{{"attempts.0.failed_at", string(f.base().FailedAt), ""}}}
			if f.serverAlert() != 0 {
				m.Evidence = []Evidence{{"attempts.0.alert.code", "120", ""}}
			}
			if f.Hello != nil && len(f.Hello.ALPN) > 0 {
				m.Vars["offered"] = strings.Join(f.Hello.ALPN, ", ")
			}
			for i, a := range f.Attempts {
				if a.Name == TryALPN && a.ServerHello {
					m.Vars["taken"] = a.Offered
					m.Evidence = append(m.Evidence, Evidence{path("attempts", i, "offered"), a.Offered, ""})
				} else if a.Name == TryNoALPN && a.ServerHello && m.Vars["taken"] == "" {
					m.Fix = Steps{Say("It takes connections without ALPN. Leave it out on the client, or configure the protocol on " +
						"the server.")}
					m.Evidence = append(m.Evidence, Evidence{path("attempts", i, "server_hello"), "true", ""})
				}
			}
			return []Match{m}
		},
	},
	{
		Code: cause.ALPNNotNegotiated, Stage: Negotiation, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server chose no application protocol[, and {offered} was asked for].",
		Why:   "The handshake works, but the server does not take part in ALPN. Clients that need h2, such as gRPC, give up here.",
		Fix:   steps(Say("Turn h2 on in the server:"), offerHTTP2),
		Refs:  []string{"RFC 7301 §3.1", "RFC 9113 §3.2"},
		Find: func(f *Examination) []Match {
			if len(f.Given.ALPN) == 0 || slices.Contains(f.Given.ALPN, "http/1.1") || !f.Worked() || f.Connection == nil || f.Connection.ALPN != "" {
				return nil
			}
			return []Match{{Vars: map[string]string{"offered": strings.Join(f.Given.ALPN, ", ")}, Evidence: []Evidence{{"connection.alpn", "", strings.Join(f.Given.ALPN, ", ")}}}}
		},
	},
	{
		Code: cause.SNIUnrecognized, Stage: Negotiation, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server does not know the name {sni|that was asked for}.",
		Why: "The client says at the start which name it wants (SNI), and this server serves others. The name may be misspelt, " +
			"the server may be the wrong one, or its configuration lacks the name.",
		Fix: Steps{Say("Ask for a name that the server has:"),
			Run("mutual probe {target} {trust} {identity} --servername <name>"),
			Say("Or add {sni|the name} to the server (nginx: server_name; HAProxy: crt-list; Caddy: the site's address).")},
		Refs:  []string{"RFC 6066 §3"},
		Under: unreached,
		Find:  sniFault,
	},
	{
		Code: cause.SNIMissing, Stage: Negotiation, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The server wants to be told a name, and none was sent.",
		Why:   "An address was dialled, and for addresses there is no server name (SNI). A server with several names cannot choose without one.",
		Fix:   Steps{Say("Name the server:"), Run("mutual probe {target} {trust} {identity} --servername {own_name|name}")},
		Refs:  []string{"RFC 6066 §3"},
		Under: unreached,
		Find: func(f *Examination) []Match {
			if own, i := f.attempt(TryOwnName); i >= 0 && f.HTTP != nil && slices.Contains(statusesWithoutName, f.HTTP.Status) && own.HTTPStatus != 0 && own.HTTPStatus < 400 {
				return []Match{{Evidence: []Evidence{{"http.status", fmt.Sprint(f.HTTP.Status), "less than 400"},
					{path("attempts", i, "http_status"), fmt.Sprint(own.HTTPStatus), ""}, {path("attempts", i, "offered"), own.Offered, ""}},
					Vars: map[string]string{"own_name": own.Offered}}}
			}
			if f.View != SeenByClient || f.Hello == nil || f.Hello.ServerName != "" || !f.failedHello() {
				return nil
			}
			other, i := f.attempt(TryOtherSNI)
			switch {
			case i >= 0 && other.ServerHello:
				return []Match{{Evidence: []Evidence{{"hello.server_name", "", "a name"}, {path("attempts", i, "server_hello"), "true", ""}}}}
			case f.serverAlert() == alertUnrecognizedName, i >= 0 && other.Alert != nil && other.Alert.Code == alertUnrecognizedName:
				return []Match{{Basis: Inferred, Evidence: []Evidence{{"hello.server_name", "", "a name"}},
					Candidates: []Code{cause.ServerMisconfigured}, Settle: "--servername with a name that the server serves"}}
			}
			return nil
		},
	},
	{
		Code: cause.SNIDefaultCertServed, Stage: Negotiation, Side: ServerSide, Severity: Note, Basis: Inferred,
		Title: "For {sni|the name asked for} the server shows the certificate it shows for any unknown name.",
		Why: "A server with several names falls back to a default certificate where it does not know the one asked for. " +
			"The certificate for {sni|that name} may be there, but not under this name.",
		Fix: Steps{Say("Add the name to the server that should answer for it:"), Edit("nginx", "server_name <name>;"),
			Edit("Apache", "ServerAlias <name>")},
		Refs:  []string{"RFC 6066 §3"},
		Under: []Code{cause.ServerNameMismatch, cause.ServerSANMissing, cause.ServerIPSANMissing},
		Find: func(f *Examination) []Match {
			other, i := f.attempt(TryOtherSNI)
			if i < 0 || f.base().Leaf == "" || other.Leaf != f.base().Leaf || f.Target.ServerName == "" {
				return nil
			}
			return []Match{{Vars: map[string]string{"sni": f.Target.ServerName}, Evidence: []Evidence{{path("attempts", i, "leaf"), other.Leaf, ""}},
				Candidates: []Code{cause.ServerNameMismatch}, Settle: "the server's configuration: does it have this name?"}}
		},
	},
	{
		Code: cause.SNIHostMismatch, Stage: Negotiation, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The server refuses the request: the name in TLS and the name in HTTP differ (421).",
		Why: "The name sent in the handshake (SNI[ {sni}]) decides which certificate and which client rules apply. The Host header asked for another site, " +
			"and the server does not let one slip in by the door of the other.",
		Fix: Steps{Say("Use the same name for both:"),
			Run("mutual probe https://{sni|name}:{port}/ {trust} {identity} --connect-to {address|host:port}")},
		Refs: []string{"RFC 9110 §15.5.20"},
		Find: func(f *Examination) []Match {
			if f.HTTP == nil || f.HTTP.Status != 421 {
				return nil
			}
			return []Match{{Vars: map[string]string{"sni": f.Target.ServerName, "address": f.Target.Address}, Evidence: []Evidence{{"http.status", "421", ""}, {"target.server_name", f.Target.ServerName, f.Target.Host}}}}
		},
	},
	{
		Code: cause.LegacyRenegotiationRequired, Stage: Negotiation, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "The server lacks secure renegotiation; OpenSSL 3 clients refuse it.",
		Why: "The answer lacks an extension of 2010 that closes a hole in renegotiation. Programs built on OpenSSL 3 end the handshake with " +
			"\"unsafe legacy renegotiation disabled\"; others go on.",
		Fix: Steps{Say("Update the server. Until then, for OpenSSL clients, in openssl.cnf:"),
			Edit("OpenSSL", "Options = UnsafeLegacyServerConnect")},
		Refs: []string{"RFC 5746"},
		Find: func(f *Examination) []Match {
			b := f.base()
			if f.View != SeenByClient || !b.ServerHello || b.RenegotiationInfo || b.TLSVersion == "1.3" || b.TLSVersion == "" {
				return nil
			}
			return []Match{{Evidence: []Evidence{{"attempts.0.renegotiation_info", "absent", "present"}, {"attempts.0.tls_version", b.TLSVersion, ""}}}}
		},
	},
	{
		Code: cause.ClientAuthNeedsPostHandshake, Stage: Negotiation, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server asks for the certificate only after the request, and in TLS 1.3 most clients cannot give it then.",
		Why: "The rule that demands a certificate stands on a path, not on the whole server. By then the handshake is over. TLS 1.2 has renegotiation for that; " +
			"TLS 1.3 has post-handshake authentication, which browsers, curl's defaults, Go, Java and most others do not " +
			"offer. The server answers 403 instead.",
		Fix: steps(Say("Ask for the certificate in the handshake: move the demand from <Location> or <Directory> to the "+
			"virtual host, "+
			"and give the protected path a host name of its own if need be."), inFirstHandshake,
			Say("Or, as a stopgap, limit the client to TLS 1.2:"),
			Run("mutual probe {target} {trust} {identity} --tls-max 1.2")),
		Refs: []string{"RFC 8446 §4.6.2", "RFC 8740"},
		Find: func(f *Examination) []Match {
			if f.ClientAuth == nil || f.ClientAuth.Requested || f.HTTP == nil || f.HTTP.Status < 400 || f.base().TLSVersion != "1.3" {
				return nil
			}
			evidence := []Evidence{{"client_auth.requested", "false", "true"}, {"http.status", fmt.Sprint(f.HTTP.Status), ""}}
			a, i := f.attempt(TryTLS12)
			switch {
			case i >= 0 && a.CertRequested:
				evidence = append([]Evidence{{path("attempts", i, "cert_requested"), "true", ""}}, evidence...)
			case f.HTTP.Says == cause.SaysRenegotiation: // the server's own words
				evidence = append(evidence, Evidence{"http.says", string(f.HTTP.Says), ""})
			default:
				return nil
			}
			return []Match{{Evidence: evidence}}
		},
	},
	{
		Code: cause.ClientAuthNeedsRenegotiation, Stage: Negotiation, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "The server asks for the certificate in a second handshake, which many clients refuse.",
		Why: "The first handshake asked for none; only for this path did the server start another (renegotiation). It works in TLS 1.2 alone, and not with HTTP/2. " +
			"Go, Node and recent OpenSSL clients do not take part unless told to.",
		Fix:  steps(Say("Ask in the first handshake (IIS: netsh http ... clientcertnegotiation=enable):"), inFirstHandshake),
		Refs: []string{"RFC 5246 §7.4.1.1", "RFC 9113 §9.2.1"},
		Find: func(f *Examination) []Match {
			if f.ClientAuth == nil || !f.ClientAuth.Late {
				return nil
			}
			return []Match{{Evidence: []Evidence{{"client_auth.late", "true", "false"}}}}
		},
	},
	{
		Code: cause.CipherCertTypeMismatch, Stage: Negotiation, Side: ServerSide, Severity: Error, Basis: Inferred,
		Title: "The server's certificate fits none of its cipher suites.",
		Why: "Up to TLS 1.2 a cipher suite names the kind of certificate it works with: ECDHE-RSA needs an RSA certificate, ECDHE-ECDSA an ECDSA one. " +
			"A server with one kind of certificate and suites of the other kind has nothing to offer.",
		Fix: Steps{Say("Give the server suites of its certificate's kind, or a second certificate (nginx takes several " +
			"ssl_certificate lines), or allow TLS 1.3.")},
		Refs:  []string{"RFC 8422 §2", "RFC 5246 §7.4.2"},
		Under: append([]Code{cause.TLSVersionNoOverlap, cause.CipherNoOverlap, cause.GroupNoOverlap, cause.SNIUnrecognized, cause.SNIMissing}, unreached...),
		Find:  nothingFits,
	},
	{
		Code: cause.SessionResumptionRefused, Stage: Negotiation, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "The first connection works, and the next one, which takes up its session, is refused[ (TLS {version})].",
		Why: "To save time, clients keep the session of a first connection and begin the next one with it. This server accepts the first, and ends " +
			"the second instead of beginning anew. Programs on OpenSSL that verify clients do so where they set no session id context; " +
			"so do nodes behind a load balancer that do not share their ticket keys, and servers that judge a resumed client by what they did not keep.",
		Fix: Steps{Say("In a program on OpenSSL, call SSL_CTX_set_session_id_context (Net::SSLeay: CTX_set_session_id_context) where the context is made. " +
			"Behind a load balancer, let the nodes share their ticket keys."),
			Say("Or turn resumption off until then: SSL_OP_NO_TICKET and SSL_SESS_CACHE_OFF in OpenSSL, ssl_session_tickets off in nginx, no-tls-tickets in HAProxy.")},
		Refs: []string{"RFC 8446 §2.2", "RFC 5077 §3", "OpenSSL SSL_CTX_set_session_id_context(3)"},
		Find: resumptionRefused,
	},
	{
		Code: cause.ServerMisconfigured, Stage: Negotiation, Side: ServerSide, Severity: Error, Basis: Inferred,
		Title: "The server gives up by itself[: {alert}], whatever the client offers.",
		Why: "The server speaks TLS and ends each handshake before it has shown a certificate. Mostly it has no certificate that it can use: " +
			"none loaded, one of a kind that its cipher suites do not fit, or a hook that fails.",
		Fix: Steps{Say("Read the server's log of this moment; it names the reason. Then check which certificate and key " +
			"the server loads:"),
			Run("mutual inspect <server-certificate> <server-key>")},
		Refs: []string{"RFC 8446 §6.2 (internal_error)"},
		Under: append([]Code{cause.TLSVersionNoOverlap, cause.CipherNoOverlap, cause.GroupNoOverlap, cause.ALPNNoOverlap, cause.SNIUnrecognized, cause.SNIMissing, cause.TLSDowngradeDetected,
			cause.SignatureSchemeNoOverlap, cause.CipherCertTypeMismatch}, unreached...),
		Find: func(f *Examination) []Match {
			b := f.base()
			before := b.FailedAt == AtHello || b.FailedAt == AtHandshake && !b.CertRequested
			if f.View != SeenByClient || !before || f.serverAlert() == 0 {
				return nil
			}
			candidates := []Code{cause.SNIUnrecognized, cause.CipherCertTypeMismatch, cause.CipherNoOverlap}
			if b.Alert.Code == alertHandshakeFailure {
				candidates = []Code{cause.CipherCertTypeMismatch, cause.SNIUnrecognized, cause.CipherNoOverlap}
			}
			return []Match{{Vars: map[string]string{"alert": fmt.Sprintf("alert %d %s", b.Alert.Code, b.Alert.Name)},
				Evidence:   []Evidence{{"attempts.0.alert.code", fmt.Sprint(b.Alert.Code), "a handshake"}},
				Candidates: candidates,
				Settle:     "the server's log at this moment; or --servername with another name"}}
		},
	},
}

// failedHello reports whether the base attempt ended before client and server
// had agreed on anything, or with an answer that we cannot work with.
func (f *Examination) failedHello() bool {
	b := f.base()
	return f.View == SeenByClient && (b.FailedAt == AtHello && b.FirstBytes == "" || b.FailedAt == AtHandshake && (b.Refused == cause.RefusedSelection || b.Refused == cause.RefusedVersion))
}

// wanted returns a match for the first attempt in which the server chose, of
// the allowed versions, what is foreign to the base attempt.
func (f *Examination) wanted(foreign func(Attempt) bool, field, want string) *Match {
	for i, a := range f.Attempts {
		if i == 0 || !a.ServerHello || !slices.Contains(f.Hello.Versions, a.TLSVersion) || !foreign(a) {
			continue
		}
		got := a.CipherSuite
		if field == "group" {
			got = a.Group
		}
		return &Match{Vars: map[string]string{"taken": got, "hostport": hostPort(f.Target.Host, f.Target.Port)},
			Evidence: []Evidence{{path("attempts", i, field), got, want}, {"attempts.0.failed_at", string(f.base().FailedAt), ""}}}
	}
	return nil
}

func versionFault(f *Examination) []Match {
	if !f.failedHello() || f.Hello == nil || f.serverAlert() == alertInternalError && slices.ContainsFunc(f.Hello.Versions, func(v string) bool { return v >= "1.2" }) {
		return nil // for a version of today OpenSSL, Go and Java have alert 70
	}
	var taken []string
	var evidence []Evidence
	basis := Proven
	for i, a := range f.Attempts {
		if !a.ServerHello || a.TLSVersion == "" {
			continue
		}
		if slices.Contains(f.Hello.Versions, a.TLSVersion) && a.Refused != cause.RefusedVersion {
			return nil // the version is not what stands between them
		}
		if !slices.Contains(taken, a.TLSVersion) {
			taken = append(taken, a.TLSVersion)
			evidence = append(evidence, Evidence{path("attempts", i, "tls_version"), a.TLSVersion, strings.Join(f.Hello.Versions, ", ")})
		}
	}
	said := f.serverAlert() == alertProtocolVersion
	if len(taken) == 0 && !said {
		return nil
	}
	if said {
		evidence = append(evidence, Evidence{"attempts.0.alert.code", "70", ""})
	}
	slices.Sort(taken)
	if old, i := f.attempt(TryOldHello); f.serverAlert() == alertHandshakeFailure && i >= 0 && old.Alert != nil && old.Alert.Code == alertHandshakeFailure {
		basis = Inferred // for a version that it does not speak a server has alert 70
	}
	m := Match{Basis: basis, Candidates: []Code{cause.CipherNoOverlap, cause.CipherCertTypeMismatch, cause.ServerKeyUsageIncompatible}, Settle: "the server's list of versions and cipher suites",
		Evidence: evidence, Vars: map[string]string{"offered": strings.Join(f.Hello.Versions, " and "), "taken": strings.Join(taken, " and "), "taken_min": "1.0"}}
	if len(taken) == 0 {
		m.Title = "No TLS version in common: the server refuses {offered}, which this client offers."
		m.Fix = steps(Say("Allow TLS 1.2 and 1.3 on the server:"), modernVersions)
		return []Match{m}
	}
	if m.Vars["taken_min"] = taken[0]; !slices.Contains([]string{"1.0", "1.1", "1.2", "1.3"}, taken[0]) {
		m.Fix = steps(Say("Allow TLS 1.2 and 1.3 on the server:"), modernVersions)
	}
	if newest := taken[len(taken)-1]; newest >= "1.2" && newest != "SSL 3.0" && f.Given.MaxTLS != "" && newest > f.Given.MaxTLS {
		m.Side = ClientSide
		m.Fix = Steps{Say("Allow TLS " + newest + " on the client:"),
			Run("mutual probe {target} {trust} {identity} --tls-max " + newest)}
	}
	return []Match{m}
}

func sniFault(f *Examination) []Match {
	if f.View != SeenByClient || f.Hello == nil || f.Hello.ServerName == "" {
		return nil
	}
	vars := map[string]string{"sni": f.Hello.ServerName}
	alert := f.serverAlert()
	if alert == alertUnrecognizedName {
		return []Match{{Vars: vars, Evidence: []Evidence{{"attempts.0.alert.code", "112", ""}, {"hello.server_name", f.Hello.ServerName, "a name that the server has"}}}}
	}
	if !f.failedHello() || alert == alertProtocolVersion || alert == alertNoApplicationProtocol {
		return nil
	}
	if none, i := f.attempt(TryNoSNI); i >= 0 && none.ServerHello {
		return []Match{{Vars: vars, Evidence: []Evidence{{path("attempts", i, "server_hello"), "true", ""}, {"hello.server_name", f.Hello.ServerName, "a name that the server has"}}}}
	}
	for i, a := range f.Attempts {
		if i > 0 && a.ServerHello && !a.HelloRetry {
			return nil // something else than the name makes the difference
		}
	}
	if alert == alertInternalError {
		// Go's and Caddy's answer to a name for which they have no certificate.
		return []Match{{Basis: Inferred, Vars: vars, Title: "Most likely the server has no certificate for the name {sni}.",
			Evidence:   []Evidence{{"attempts.0.alert.code", "80", ""}, {"hello.server_name", f.Hello.ServerName, "a name that the server has"}},
			Candidates: []Code{cause.ServerMisconfigured, cause.TLSVersionNoOverlap}, Settle: "--servername with a name that the server is known to serve; or the server's log (Go: \"no certificate available for\")"}}
	}
	return nil
}

// onlyWithoutALPN reports whether the server answers once ALPN is left out, and
// each time that it is offered hangs up.
func (f *Examination) onlyWithoutALPN() bool {
	none, i := f.attempt(TryNoALPN)
	if !f.failedHello() || f.serverAlert() != 0 || i < 0 || !none.ServerHello {
		return false
	}
	return !slices.ContainsFunc(f.Attempts, func(a Attempt) bool {
		return a.ServerHello && slices.Contains([]string{TryNoSNI, TryOtherSNI, TryTLS12, TryTLS13, TryClassicGroups}, a.Name)
	})
}

// statusesWithoutName are how servers answer over HTTP where TLS named no
// server: Apache with SSLStrictSNIVHostCheck by 403, others by 400 and 421.
var statusesWithoutName = []int{400, 403, 421}

// nothingFits: the server speaks TLS 1.2 and older, for it has another alert for
// newer versions, and yet refuses every suite there is: what it allows does not
// fit the certificate it has.
func nothingFits(f *Examination) []Match {
	if !f.failedHello() || f.serverAlert() != alertHandshakeFailure {
		return nil
	}
	for _, a := range f.Attempts {
		if a.ServerHello {
			return nil
		}
	}
	old, i := f.attempt(TryOldHello)
	modern, j := f.attempt(TryTLS13)
	if i < 0 || j < 0 || old.Alert == nil || modern.Alert == nil || old.Alert.Code != alertHandshakeFailure || modern.Alert.Code != alertProtocolVersion {
		return nil
	}
	return []Match{{
		Evidence:   []Evidence{{path("attempts", i, "alert.code"), "40", "a suite among all that there are"}, {path("attempts", j, "alert.code"), "70", ""}},
		Candidates: []Code{cause.CipherNoOverlap, cause.ServerMisconfigured, cause.SNIUnrecognized, cause.SignatureSchemeNoOverlap},
		Settle:     "the server's list of cipher suites, and the kind of key in its certificate"}}
}

func containsFold(list []string, s string) bool {
	return slices.ContainsFunc(list, func(v string) bool { return strings.EqualFold(v, s) })
}

// resumptionRefused: a session was taken up, and the server ended that
// connection or refused its client, while one without a session still works.
func resumptionRefused(f *Examination) []Match {
	if f.View != SeenByClient || !f.Worked() {
		return nil
	}
	for i, a := range f.Attempts {
		if a.Name != TryResumed || a.FailedAt == "" && !a.Says.Refuses() || i+1 == len(f.Attempts) {
			continue
		}
		again := f.Attempts[i+1]
		if again.Name != TryAgain || again.FailedAt != "" || again.Says.Refuses() {
			continue
		}
		m := Match{Vars: map[string]string{"version": a.Offered}}
		switch {
		case a.Alert != nil && a.Alert.From != ServerSide:
			continue
		case a.Alert != nil:
			m.Evidence = []Evidence{{path("attempts", i, "alert.code"), fmt.Sprint(a.Alert.Code), "a connection"}}
		case a.FailedAt != "":
			m.Evidence = []Evidence{{path("attempts", i, "failed_at"), string(a.FailedAt), "a connection"}}
		default:
			m.Evidence = []Evidence{{path("attempts", i, "says"), string(a.Says), "the answer of the first connection"}}
		}
		m.Evidence = append(m.Evidence, Evidence{path("attempts", i+1, "failed_at"), "", ""})
		return []Match{m}
	}
	return nil
}
