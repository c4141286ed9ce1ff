package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

// clientCauses are causes that say more than that the server refused.
var clientCauses = []Code{
	cause.ClientCertMissing, cause.ClientCertExpired, cause.ClientCertNotYetValid, cause.ClientEKUMissingClientAuth, cause.ClientCertSelfSigned,
	cause.ClientChainMissingIntermediate, cause.ClientCAUntrustedByServer, cause.ClientCertRevoked, cause.ClientIdentityNotAuthorized, cause.ClientKeyMismatch,
	cause.ClientVerifyDepthExceeded, cause.ClientKeyUsageIncompatible, cause.ClientCertCurveNotOffered, cause.ClientKeyUnusable,
	cause.IssuerNameMatchesKeyDiffers, cause.CertSignatureInvalid, cause.IssuerCertExpired, cause.IssuerCertNotYetValid, cause.IssuerNotCA, cause.IssuerKeyUsageNoCertSign,
	cause.IssuerEKUExcludesPurpose, cause.PathLengthExceeded, cause.NameConstraintViolation, cause.CertUnknownCriticalExtension, cause.CertSignatureAlgorithmWeak,
	cause.CertKeyTooWeak, cause.CertKeyTypeUnsupported, cause.CertMalformed, cause.VerifiersDisagree, cause.PolicyRequiredNotPresent, cause.ChainBrokenLink, cause.ClockSkewPeer,
	cause.SignatureSchemeNoOverlap, cause.CertKeyPairMismatch, cause.ServerMisconfigured, cause.SPIFFEIDInvalid, cause.BackendUnavailable, cause.ClientChainTooLarge,
}

var clientRules = []Rule{
	{
		Code: cause.ClientCertMissing, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The server requires a client certificate, and none was given.",
		Why: "In mutual TLS the server asks the client for a certificate during the handshake. This client had none to give, and the server ended the connection. " +
			"In TLS 1.3 that shows only after the client has finished, so some programs report it on the first read, or as a " +
			"reset.",
		Fix: Steps{Say("Give a certificate issued by a CA that the server accepts[ ({accepted})]:"),
			Run("mutual probe {target} {trust} --cert {cert_file|client-certificate} --key {key_file|client-key}")},
		Refs: []string{"RFC 8446 §4.4.2.4", "RFC 8446 §6.2 (certificate_required)"},
		Find: func(f *Examination) []Match {
			a := f.ClientAuth
			if f.View != SeenByClient || a == nil || !a.Requested || a.Presented || a.SignFailed || f.base().Refused != "" {
				return nil
			}
			m := Match{Vars: map[string]string{"accepted": "which ones it does not say"}, Evidence: append([]Evidence{
				{"client_auth.requested", "true", ""}, {"client_auth.presented", "false", "true"}}, f.refusalEvidence()...)}
			if n := len(a.AcceptableCAs); n > 0 {
				m.Vars["accepted"] = strings.Join(a.AcceptableCAs[:min(3, n)], ", ")
			}
			switch h := f.HTTP; {
			case a.Verdict == cause.VerdictRejected && f.unsaid():
				m.Basis, m.Candidates, m.Settle = Inferred, []Code{cause.ServerMisconfigured}, "the same with a certificate (--cert, --key)"
				return []Match{m}
			case a.Verdict == cause.VerdictRejected && (f.base().FailedAt != "" || f.says() != cause.SaysNotAuthorized):
				return []Match{m}
			case h != nil && (h.Status == 403 || h.Status == 401) && h.Says != cause.SaysPassword, h == nil && f.says() == cause.SaysNotAuthorized:
				m.Basis = Inferred
				m.Title = "The server asked for a client certificate, got none, and answers {answer}."
				m.Vars["answer"] = f.answer()
				m.Candidates, m.Settle = []Code{cause.ClientIdentityNotAuthorized}, "the same request with a certificate (--cert, --key)"
				return []Match{m}
			}
			return nil
		},
	},
	{
		Code: cause.ClientCertNotRequested, Stage: ClientCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server never asks for a client certificate, so this is not mutual TLS.",
		Why: "A client sends its certificate only when the server asks for one. This server did not: it lets anyone in, or it looks at " +
			"something else than certificates. A proxy or load balancer in front that ends TLS itself has this effect too.",
		Fix: steps(Say("If the demand stands on another virtual host of this server, ask for that one by its name:"),
			Run("mutual probe {target} {trust} {identity} --servername <name>"),
			Say("Else turn it on in the server. If a load balancer ends TLS in front of it, turn it on there."),
			demandCertificate),
		Refs:  []string{"RFC 8446 §4.3.2"},
		Under: []Code{cause.ClientAuthNeedsPostHandshake, cause.ClientAuthNeedsRenegotiation},
		Find: func(f *Examination) []Match {
			a := f.ClientAuth
			if f.View != SeenByClient || a == nil || a.Requested || len(f.Identity) == 0 || f.base().FailedAt != "" {
				return nil
			}
			return f.notRequested()
		},
	},
	{
		Code: cause.ClientKeyUnusable, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The client's private key cannot make a signature.",
		Why:   "The key was found, but signing with it failed: a locked token, a key not allowed for signing, or a size too small for the scheme.",
		Fix:   Steps{Say("Check the key, or make a new pair."), renew("")},
		Refs:  []string{"RFC 8446 §4.4.3"},
		Under: []Code{cause.CertKeyTooWeak},
		Find: func(f *Examination) []Match {
			switch {
			case f.ClientAuth != nil && f.ClientAuth.SignFailed:
				return []Match{{Evidence: []Evidence{{"client_auth.sign_failed", "true", "false"}}}}
			case f.base().Refused == cause.RefusedSign:
				return []Match{{Evidence: []Evidence{{"attempts.0.refused", "sign", ""}}}}
			}
			return nil
		},
	},
	{
		Code: cause.ClientCertRevoked, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The server says that the client's certificate [{subject} ]is revoked.",
		Why:   "The certificate is on the list of those that its CA has withdrawn (CRL), or the CA's responder (OCSP) says so. Dates and signature may be in order all the same.",
		Fix:   Steps{Say("It needs a new certificate with a new key."), renew("")},
		Refs:  []string{"RFC 5280 §5.3.1", "RFC 8446 §6.2 (certificate_revoked)"},
		Find: func(f *Examination) []Match {
			if f.base().Refused == cause.RefusedRevoked {
				return []Match{{Evidence: []Evidence{{"attempts.0.refused", "revoked", ""}}}}
			}
			return faultsOn(ClientSide, cause.ClientCertRevoked)(f)
		},
	},
	{
		Code: cause.ClientKeyMismatch, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven, Found: ByOthers,
		Title: "The client's signature does not fit its certificate: the key belongs to another one.",
		Why:   "With its private key the client proves that the certificate is its own. The proof failed, so certificate and key are from different pairs.",
		Fix: Steps{Say("Give the key that belongs to the certificate. What the files hold:"),
			Run("mutual inspect {cert_file} {key_file}")},
		Refs:  []string{"RFC 8446 §4.4.3"},
		Under: []Code{cause.CertKeyPairMismatch},
	},
	{
		Code: cause.ClientCertCurveNotOffered, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Inferred, Found: ByRefusal,
		Title: "The curve of the client's key[ ({key_kind})] is not among the groups that this connection offered.",
		Why:   "Up to TLS 1.2 the list of groups in the ClientHello also limits which curves certificates may have. OpenSSL servers hold clients to it.",
		Fix:   Steps{Say("Offer the curve, or use TLS 1.3, or a P-256 certificate."), renewOf(ClientSide, "--key-type p256")},
		Refs:  []string{"RFC 8422 §5.1.1"},
	},
	{
		Code: cause.ClientVerifyDepthExceeded, Stage: ClientCertificate, Side: ServerSide, Severity: Error, Basis: Inferred, Found: ByRefusal,
		Title: "The client's chain is longer than the server follows[: it has {depth} intermediate CA(s)].",
		Why: "Servers limit how many CAs they follow from a client's certificate up to a root. nginx follows one by default, and a limit of 0 allows none. " +
			"A chain that is longer counts as untrusted.",
		Fix:  steps(Say("Raise the limit in the server, or have it trust the intermediate itself:"), deeperChains),
		Refs: []string{"RFC 5280 §6.1", "nginx ngx_http_ssl_module, ssl_verify_depth"},
	},
	{
		Code: cause.ClientIdentityNotAuthorized, Stage: ClientCertificate, Side: ServerSide, Severity: Error, Basis: Inferred, Found: ByRefusal,
		Title: "The certificate is genuine, but {subject|its name} is not allowed here.",
		Why: "The server knows the CA, and the certificate is sound. Who may come in is decided by a second rule on the name in it " +
			"(CN, SAN, a mapping of users, an access list), and this name is not in it.",
		Fix: Steps{Say("Add the name to the server's rule, or use a certificate with a name that has access. With a CA " +
			"that mutual made:"),
			Run("mutual issue client <name-with-access> --dir {ca_dir|folder-of-the-ca}")},
		Refs:  []string{"RFC 8446 §6.2 (access_denied)", "RFC 9110 §15.5.4"},
		Under: []Code{cause.SNIMissing, cause.SNIHostMismatch},
	},
	{
		Code: cause.ClientCertWithheld, Stage: ClientCertificate, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "The server accepts this certificate, but its list of acceptable CAs does not name {ca|its CA}: clients " +
			"that obey the list send nothing.",
		Why: "When it asks, the server names the CAs it accepts. Go, Java and browsers send a certificate only if its issuer is in that list, without a word, and the server then complains " +
			"of a missing one. mutual sent it all the same, and it was accepted. It may also be that this server accepts any " +
			"certificate at all; mutual audit tells.",
		Fix: steps(Say("Have the server name that CA, or no CA at all. In a Go client, tls.Config.GetClientCertificate "+
			"sends the certificate regardless."), nameClientCAs),
		Refs:  []string{"RFC 8446 §4.2.4", "crypto/tls Config.GetClientCertificate"},
		Under: []Code{cause.ClientDNEncodingMismatch},
		Find: func(f *Examination) []Match {
			a := f.ClientAuth
			if f.View != SeenByClient || a == nil || a.Objection != cause.ObjectionIssuer || a.Verdict != cause.VerdictAccepted || len(f.Identity) == 0 {
				return nil
			}
			return []Match{{Vars: map[string]string{"ca": f.Identity[len(f.Identity)-1].Issuer}, Evidence: []Evidence{
				{"client_auth.acceptable_cas", strings.Join(a.AcceptableCAs, "; "), f.Identity[len(f.Identity)-1].Issuer}, {"client_auth.verdict", "accepted", ""}}}}
		},
	},
	{
		Code: cause.ClientDNEncodingMismatch, Stage: ClientCertificate, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "The server lists the client's CA [{ca} ]in another encoding, so clients that compare bytes send nothing.",
		Why:   "The same name can be written as UTF8String or PrintableString. Go compares the bytes: a Go client finds the CA missing from the list and keeps the certificate back, a Go server finds no issuer for it.",
		Fix: Steps{Say("Give the server the CA certificate exactly as the one that issued the client's, or reissue the " +
			"CA with the same encoding.")},
		Refs: []string{"RFC 5280 §4.1.2.4", "RFC 8446 §4.2.4"},
		Find: func(f *Examination) []Match {
			if found := faultsOn(ClientSide, cause.ClientDNEncodingMismatch)(f); found != nil {
				return found
			}
			a := f.ClientAuth
			if f.View != SeenByClient || a == nil || a.Objection != cause.ObjectionIssuer {
				return nil
			}
			for i, c := range f.Identity {
				for _, der := range a.AcceptableCAsDER {
					if x := c.X509(); x != nil && string(der) != string(x.RawIssuer) && strings.EqualFold(chain.DN(der), chain.DN(x.RawIssuer)) {
						return []Match{{Vars: map[string]string{"ca": c.Issuer}, Evidence: []Evidence{
							{path("identity", i, "issuer"), c.Issuer, "the same bytes as in the server's list"}, {"client_auth.objection", string(a.Objection), ""}}}}
					}
				}
			}
			return nil
		},
	},
	{
		Code: cause.ClientCANotAdvertised, Stage: ClientCertificate, Side: ServerSide, Severity: Note, Basis: Inferred,
		Title: "The server's list of acceptable CAs names none that issued this certificate.",
		Why:   "The list says which CAs the server trusts for clients. It may be incomplete, so this is a hint, not a verdict.",
		Fix: steps(Say("Add the CA to the server's bundle, and let it be listed (in nginx, not by "+
			"ssl_trusted_certificate):"), nameClientCAs),
		Refs:  []string{"RFC 8446 §4.2.4"},
		Under: append([]Code{cause.ClientCertWithheld, cause.ClientDNEncodingMismatch}, clientCauses...),
		Find: func(f *Examination) []Match {
			a := f.ClientAuth
			if f.View != SeenByClient || a == nil || a.Objection != cause.ObjectionIssuer {
				return nil
			}
			return []Match{{Evidence: []Evidence{{"client_auth.acceptable_cas", strings.Join(a.AcceptableCAs, "; "), ""}}}}
		},
	},
	{
		Code: cause.ServerClientCAEmpty, Stage: ClientCertificate, Side: ServerSide, Severity: Error, Basis: Inferred, Found: ByOthers,
		Title: "The server asks for certificates and knows no CA to judge them by.",
		Why:   "Verification of clients is on, but the bundle of CAs is missing or empty. Then every certificate is unknown.",
		Fix:   steps(Say("Name the bundle in the server:"), trustClientCAs),
		Refs:  []string{"RFC 8446 §4.3.2"},
	},
	{
		Code: cause.SPIFFEIDInvalid, Stage: ClientCertificate, Side: ClientSide, Severity: Warning, Basis: Proven,
		Title: "The client's certificate has no single valid SPIFFE ID.",
		Why:   "In a SPIFFE mesh the identity is the one URI of form spiffe://TRUST-DOMAIN/PATH in the certificate. More than one, or a malformed one, is refused.",
		Fix: Steps{Say("It needs a certificate with exactly one SPIFFE ID."),
			renew("--san spiffe://<trust-domain>/<path>")},
		Refs: []string{"SPIFFE X.509-SVID §2"},
		Find: func(f *Examination) []Match {
			if f.View == SeenByServer || len(f.Identity) == 0 {
				return nil
			}
			uris := slices.DeleteFunc(slices.Clone(f.Identity[0].URIs), func(u string) bool { return !strings.HasPrefix(u, "spiffe:") })
			if len(uris) == 0 || len(uris) == 1 && len(f.Identity[0].URIs) == 1 && validSPIFFE(uris[0]) {
				return nil
			}
			return []Match{{Evidence: []Evidence{{"identity.0.uris", strings.Join(f.Identity[0].URIs, ", "), "one URI of form spiffe://domain/path"}}}}
		},
	},
	{
		Code: cause.StaleCertLoaded, Stage: LocalFiles, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "The server presents another certificate than the one in {file|its file}.",
		Why: "The file was renewed, and the running process still has the old one in memory; or another server answers on this port. " +
			"The old one runs out although the file looks fine.",
		Fix: Steps{Say("Have the server read its files again (nginx, Apache, HAProxy: reload; others: restart). Then " +
			"probe again:"),
			Run("mutual probe {target} {trust} {identity}")},
		Refs: []string{"RFC 5280 §4.1.2.5"},
		Find: staleCertificate,
	},
	{
		Code: cause.ClientCertRejectedAfterHandshake, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Inferred,
		Title: "The handshake worked, and then the server calls the client's certificate bad[: {answer}].",
		Why: "nginx, Postfix, Dovecot and others accept any certificate in the handshake and judge it afterwards, in the protocol inside. " +
			"The answer does not say what is wrong with it.",
		Fix: Steps{Say("Read the server's log of this moment; it names the reason. What can be checked here:"),
			Run("mutual verify {cert_file} --purpose client --cacert <ca-of-the-clients>")},
		Refs:  []string{"nginx ngx_http_ssl_module, ssl_verify_client"},
		Under: clientCauses,
		Find: func(f *Examination) []Match {
			if f.View != SeenByClient || f.says() != cause.SaysCertificateBad || f.ClientAuth == nil || !f.ClientAuth.Presented {
				return nil
			}
			return []Match{{Vars: map[string]string{"answer": f.answer()}, Evidence: f.refusalEvidence(),
				Candidates: []Code{cause.ClientCAUntrustedByServer, cause.ClientCertRevoked}, Settle: f.settle()}}
		},
	},
	{
		Code: cause.ClientCertRejectedSilently, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Inferred,
		Title: "The server ended the connection on seeing the client's certificate, without saying why.",
		Why: "No alert came, and no answer: Node's https server refuses in this way, and so do LDAP and syslog servers, and TCP proxies (HAProxy, nginx stream). " +
			"With no certificate, or another one, it may behave otherwise.",
		Fix: Steps{Say("Read the server's log of this moment (Node: the 'tlsClientError' event). What can be checked here:"),
			Run("mutual verify {cert_file} --purpose client --cacert <ca-of-the-clients>")},
		Refs:  []string{"RFC 8446 §6.2"},
		Under: clientCauses,
		Find: func(f *Examination) []Match {
			b := f.base()
			if f.View != SeenByClient || f.ClientAuth == nil || !f.ClientAuth.Presented || f.ClientAuth.Verdict != cause.VerdictRejected || b.Alert != nil || f.HTTP != nil || f.says() != "" {
				return nil
			}
			return []Match{{Evidence: f.refusalEvidence(), Candidates: []Code{cause.ClientCAUntrustedByServer, cause.ClientCertRevoked}, Settle: f.settle()}}
		},
	},
	{
		Code: cause.AcceptanceUntold, Stage: ClientCertificate, Side: ServerSide, Severity: Note, Basis: Proven,
		Title: "The handshake was accepted; whether the application takes the client was not seen[: {why}].",
		Why: "Many servers finish the handshake with any certificate, and refuse afterwards, in the protocol inside TLS or at its login. Only an answer " +
			"of the application shows that a client is accepted; a finished handshake and a session ticket do not.",
		Fix:  Steps{Say("Name what is spoken inside TLS with --protocol, if that was not it; else log in with the program that is to use the certificate, and read the server's log.")},
		Refs: []string{"RFC 8446 §4.6.1", "RFC 8446 §6.2"},
		Find: func(f *Examination) []Match {
			if !f.Untold() {
				return nil
			}
			m := Match{Vars: map[string]string{}, Evidence: []Evidence{{"client_auth.established", string(f.ClientAuth.Established), "an answer of the application"}}}
			if f.Application != nil && f.Application.Why != "" {
				m.Vars["why"] = f.Application.Why
				m.Evidence = append(m.Evidence, Evidence{"application.protocol", f.Application.Protocol, ""})
			}
			return []Match{m}
		},
	},
	{
		Code: cause.ClientAuthOptional, Stage: ClientCertificate, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "The server also lets clients in that have no certificate.",
		Why:   "It asks for a certificate and does not insist. That can be meant, where the application decides by path; if it is not, anybody gets in.",
		Fix: steps(Say("If every client must have one, demand it:"),
			demandCertificate, Say("What gets past the server, and how to close it:"), auditAgain),
		Refs: []string{"RFC 8446 §4.4.2.4"},
		Find: func(f *Examination) []Match {
			e, i := f.enforcement()
			if e != NotEnforced || !f.ClientAuth.Requested {
				return nil
			}
			evidence := []Evidence{{"client_auth.policy", string(f.ClientAuth.Policy), "required"}}
			if by := f.Attempts[i].Established; by != "" {
				evidence = append(evidence, Evidence{path("attempts", i, "established"), string(by), "a refusal"})
			}
			if status := f.Attempts[i].HTTPStatus; status != 0 {
				evidence = append(evidence, Evidence{path("attempts", i, "http_status"), fmt.Sprint(status), "a refusal"})
			}
			return []Match{{Evidence: evidence}}
		},
	},
}

// answer is what the application answered, in a few words.
func (f *Facts) answer() string {
	switch {
	case f.HTTP != nil:
		return fmt.Sprintf("HTTP %d", f.HTTP.Status)
	case f.Application != nil && f.Application.Answer != "":
		return fmt.Sprintf("%q in %s", f.Application.Answer, f.Application.Protocol)
	}
	return "nothing"
}

// validSPIFFE reports whether the URI is a SPIFFE ID: a trust domain of lower
// case, no port, user, query or fragment. Source: SPIFFE-ID §2.
func validSPIFFE(uri string) bool {
	rest, ok := strings.CutPrefix(uri, "spiffe://")
	domain, path, _ := strings.Cut(rest, "/")
	return ok && domain != "" && len(uri) <= 2048 && !strings.ContainsAny(uri, "?#@ ") && !strings.Contains(domain, ":") && domain == strings.ToLower(domain) &&
		!strings.HasSuffix(uri, "/") && !strings.Contains(path, "//")
}

// staleCertificate compares the certificate that the server presents with the
// one in its file. Where that is why the connection fails, it is the cause.
func staleCertificate(f *Examination) []Match {
	if len(f.ServerFile) == 0 || len(f.Chains.Server) == 0 {
		return nil
	}
	file, live := f.ServerFile[0], f.Chains.Server[0]
	if file.SHA256 == live.SHA256 || file.Issuer != live.Issuer {
		return nil
	}
	m := Match{Vars: map[string]string{"file": file.File}, Evidence: []Evidence{
		{"chains.server.0.sha256", live.SHA256, file.SHA256}, {"server_file.0.not_after", chain.Stamp(file.NotAfter), ""}}}
	if f.Time.After(live.NotAfter) && !f.Time.After(file.NotAfter) {
		m.Severity = Error
		m.Evidence = append(m.Evidence, Evidence{"chains.server.0.not_after", chain.Stamp(live.NotAfter), "after " + chain.Stamp(f.Time)})
	}
	return []Match{m}
}
