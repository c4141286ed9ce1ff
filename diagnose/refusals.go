package diagnose

import (
	"slices"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

// sign is one row of what is known of refusals: which answer, from which
// library, under which conditions, means which cause. The first row that fits
// counts. An empty condition fits everything.
type sign struct {
	alerts    []int           // the server's alert is one of these; 0: it sent none
	otherwise []int           // ... and none of these
	library   []cause.Library // the server's
	flaw      Code            // a fault in the client's chain that some servers put up with
	when      func(*refusal) bool

	code   Code // the cause; "": none of these, for another rule tells it
	basis  Basis
	side   Side   // empty: the rule's
	title  string // empty: the rule's
	others []Code // the runners-up, likeliest first
	issuer string // what the issuer of the client's chain would have to be, as evidence
	tell   func(*refusal, *rejection)
	// source is the measurement or document that the row rests on. "matrix":
	// the real servers that `make matrix` holds the table against.
	source string
}

var (
	// dated and unknown are alerts by which no server known to us means a flaw
	// of that kind.
	dated   = []int{alertCertificateExpired, alertCertificateRevoked}
	unknown = []int{alertCertificateExpired, alertCertificateRevoked, alertUnknownCA}
	// untrusted are the answers of a server to a CA that it does not know.
	untrusted = []int{alertUnknownCA, alertCertificateUnknown, 0}
	generic   = []Code{cause.ClientVerifyDepthExceeded, cause.ClientCertRevoked, cause.CRLUnavailable, cause.CRLExpired,
		cause.ClientIdentityNotAuthorized, cause.CertSignatureInvalid}
)

// signs is read only.
var signs = []sign{
	// Experiments and dates, which prove.
	{when: func(r *refusal) bool {
		full, i := r.attempt(TryFullChain)
		return i >= 0 && full.FailedAt == "" && full.HTTPStatus < 400 && full.Says == "" && full.Established != cause.HandshakeOnly
	}, code: cause.ClientChainMissingIntermediate, basis: Proven, tell: func(r *refusal, out *rejection) {
		_, i := r.attempt(TryFullChain)
		out.evidence = append([]Evidence{{path("attempts", i, "failed_at"), "", ""}}, out.evidence...)
	}, source: "the same connection with the whole chain"},
	{when: func(r *refusal) bool { return r.invalidThere() >= 0 }, code: cause.ClockSkewPeer, basis: Proven,
		title: "By the server's clock ({there}) the certificate {subject} is not valid, and by this machine's ({here}) it is: " +
			"one of the two clocks is wrong.",
		tell: tellClocks, source: "RFC 9110 §6.6.1: the Date header"},
	{alerts: []int{alertCertificateRevoked}, code: cause.ClientCertRevoked, basis: Proven, source: "RFC 8446 §6.2"},

	// The size of the chain, which can be counted here.
	{when: func(r *refusal) bool {
		_, i := r.leafTaken()
		return i >= 0 && r.sentBytes() > smallestLimit
	}, code: cause.ClientChainTooLarge, basis: Proven, tell: tellSize, source: "the same connection with the leaf alone"},
	{otherwise: unknown, when: func(r *refusal) bool { return r.sentBytes() > opensslLimit }, code: cause.ClientChainTooLarge,
		others: []Code{cause.ClientCAUntrustedByServer, cause.ServerMisconfigured}, tell: tellSize,
		source: "nginx 1.22 with OpenSSL 3.0: alert 47 after more than 100 KB"},

	// Flaws of the certificate that some servers put up with and others do not.
	{flaw: cause.CertSignatureAlgorithmWeak, otherwise: dated, code: cause.CertSignatureAlgorithmWeak,
		others: []Code{cause.ClientCAUntrustedByServer}, source: "matrix"},
	{flaw: cause.CertKeyTooWeak, otherwise: unknown, code: cause.CertKeyTooWeak,
		others: []Code{cause.ClientCAUntrustedByServer}, source: "matrix"},
	{flaw: cause.CertKeyTypeUnsupported, otherwise: dated, code: cause.CertKeyTypeUnsupported,
		others: []Code{cause.ClientCAUntrustedByServer}, source: "matrix"},
	{flaw: cause.CertUnknownCriticalExtension, otherwise: dated, code: cause.CertUnknownCriticalExtension,
		others: []Code{cause.ClientCAUntrustedByServer}, source: "matrix"},
	{flaw: cause.ClientKeyUsageIncompatible, otherwise: unknown, code: cause.ClientKeyUsageIncompatible,
		others: []Code{cause.ClientCAUntrustedByServer}, source: "matrix"},
	{flaw: cause.PolicyRequiredNotPresent, otherwise: dated, code: cause.PolicyRequiredNotPresent,
		others: []Code{cause.ClientCAUntrustedByServer}, source: "RFC 5280 §6.1.5"},
	{flaw: cause.SPIFFEIDInvalid, otherwise: unknown, code: cause.SPIFFEIDInvalid,
		others: []Code{cause.ClientCAUntrustedByServer}, source: "SPIFFE X509-SVID §2"},

	// The file holds a root that nothing links to its leaf.
	{when: func(r *refusal) bool {
		root, _ := r.strayRoot()
		return root != nil && r.ClientTrust == nil && !r.listed(r.top.X509().RawIssuer)
	}, code: cause.ClientChainMissingIntermediate, others: []Code{cause.ClientCAUntrustedByServer, cause.IssuerNameMatchesKeyDiffers},
		tell: func(r *refusal, out *rejection) {
			root, i := r.strayRoot()
			out.evidence = append([]Evidence{{path("identity", i, "subject"), root.Subject, r.top.Issuer}}, out.evidence...)
		}, source: "RFC 8446 §4.4.2"},

	// The server lists its CAs, and none of them issued anything of the chain.
	{when: func(r *refusal) bool {
		return r.list == listOther && r.publicStore() && (r.above == nil || r.above.SelfIssued())
	},
		code: cause.ClientCAUntrustedByServer, issuer: acceptedIssuer, others: []Code{cause.ServerClientCAEmpty},
		title: "The server was given no trust store of its own: it lists {listed} CAs, which are those of the public web, " +
			"and not {ca}, which issued the client's certificate.", source: "ca-certificates 20230311 in HAProxy 2.6 and OpenSSL 3.0"},
	{when: func(r *refusal) bool {
		return r.list == listOther && r.above != nil && !r.above.SelfIssued() && r.listed(r.above.X509().RawIssuer)
	}, code: cause.ClientChainMissingIntermediate, basis: Proven, issuer: acceptedIssuer, tell: func(r *refusal, out *rejection) {
		out.evidence = append([]Evidence{{r.aboveAt + ".issuer", r.above.Issuer, ""}}, out.evidence...)
	}, source: "RFC 8446 §4.2.4"},
	{when: func(r *refusal) bool {
		return r.list == listOther && r.above != nil && !r.above.SelfIssued() && len(r.linkedIdentity()) == 1
	}, code: cause.ClientCAUntrustedByServer, title: acceptsOthers, issuer: acceptedIssuer,
		others: []Code{cause.ClientChainMissingIntermediate}, source: "matrix"},
	{when: func(r *refusal) bool { return r.list == listOther && r.above == nil && r.namesIntermediate(r.top) },
		code: cause.ClientChainMissingIntermediate, issuer: acceptedIssuer, others: []Code{cause.ClientCAUntrustedByServer}, source: "matrix"},
	{when: func(r *refusal) bool {
		return r.list == listOther && r.above == nil && !chain.SaysRoot(r.top.X509().Issuer.CommonName)
	}, code: cause.ClientCAUntrustedByServer, title: acceptsOthers, issuer: acceptedIssuer,
		others: []Code{cause.ClientChainMissingIntermediate}, source: "matrix"},
	{when: func(r *refusal) bool { return r.list == listOther },
		code: cause.ClientCAUntrustedByServer, title: acceptsOthers, issuer: acceptedIssuer, source: "RFC 8446 §4.2.4"},

	// TLS went through, and seconds later the server hung up without a word: it
	// was busy with something else than the certificate.
	{alerts: []int{0}, when: func(r *refusal) bool { return r.hungUp() && r.base().Millis >= 1000 && !r.sameNameOtherKey(r.own) },
		code:   cause.BackendUnavailable,
		others: []Code{cause.ClientIdentityNotAuthorized, cause.ClientCertRejectedSilently, cause.ClientCertRevoked}, source: "HAProxy 2.6: 2.4 s"},

	// The server does not say which CAs it accepts.
	{when: func(r *refusal) bool {
		return r.mayBeUntrusted() && r.silentOnCAs() && (r.above != nil && !r.above.SelfIssued() || r.above == nil && chain.SaysIntermediate(r.top.X509().Issuer.CommonName))
	}, code: cause.ClientChainMissingIntermediate, issuer: "a CA that the server trusts",
		others: []Code{cause.ClientCAUntrustedByServer, cause.IssuerNameMatchesKeyDiffers}, source: "matrix"},
	{when: func(r *refusal) bool { return r.mayBeUntrusted() && r.silentOnCAs() }, code: cause.ClientCAUntrustedByServer,
		issuer: "a CA that the server trusts", others: []Code{cause.IssuerNameMatchesKeyDiffers, cause.ServerClientCAEmpty,
			cause.ClientChainMissingIntermediate, cause.ClientIdentityNotAuthorized, cause.ClientVerifyDepthExceeded, cause.ClientCertRevoked},
		source: "matrix; wolfSSL 5.5, Exim 4.96, lighttpd 1.4.69 with GnuTLS"},

	// The name is listed, in other bytes: stacks that compare bytes find no issuer.
	{library: but(cause.OpenSSL), when: func(r *refusal) bool {
		return r.mayBeUntrusted() && r.ClientAuth.Objection == cause.ObjectionIssuer && r.ClientTrust == nil
	}, code: cause.ClientDNEncodingMismatch, others: []Code{cause.IssuerNameMatchesKeyDiffers, cause.ClientCAUntrustedByServer},
		source: "matrix; etcd 3.4"},

	// It lists the CA that issued the client's certificate, which is no root.
	{alerts: []int{alertUnknownCA}, library: []cause.Library{cause.OpenSSL}, when: (*refusal).rootUnlisted, code: cause.VerifiersDisagree,
		title: "The server lists the intermediate {issuer}, and not the root above it, {root}: most likely its bundle lacks that root, " +
			"and OpenSSL wants the chain to end in one.",
		others: []Code{cause.IssuerNameMatchesKeyDiffers, cause.ClientVerifyDepthExceeded, cause.ClientCertRevoked}, tell: func(r *refusal, out *rejection) {
			out.vars["root"] = r.above.Issuer
			out.evidence = append([]Evidence{{r.aboveAt + ".issuer", r.above.Issuer, "listed by the server"}}, out.evidence...)
		}, source: "HAProxy 2.6, ca-file with the issuing CA alone"},

	// It lists a CA of the name that issued the client's certificate, or its
	// bundle is at hand and holds that CA.
	{alerts: []int{alertHandshakeFailure}, library: []cause.Library{cause.Erlang, ""}, when: func(r *refusal) bool {
		return r.intermediates >= 2 || r.intermediates == 1 && r.library == cause.Erlang
	}, code: cause.ClientVerifyDepthExceeded, others: []Code{cause.ClientIdentityNotAuthorized, cause.ClientCertRevoked},
		source: "Erlang/OTP 25, depth 1"},
	{when: func(r *refusal) bool { return r.vague() && !r.bundle && r.list == listMatches }, code: cause.IssuerNameMatchesKeyDiffers,
		title: "The server refuses {subject} by {alert}, which it sends for any fault: it lists {issuer}, and either that CA has another key there, " +
			"or the name is not allowed.",
		others: []Code{cause.ClientIdentityNotAuthorized, cause.ClientVerifyDepthExceeded, cause.ClientCertRevoked, cause.CRLExpired, cause.CRLUnavailable},
		source: "etcd 3.4, NATS 2.9 and Caddy 2.6 (Go 1.19): 42 for all; Exim 4.96: 42, lighttpd 1.4.69 with GnuTLS: 49"},
	{alerts: []int{alertAccessDenied}, library: but(cause.GnuTLS), code: cause.ClientIdentityNotAuthorized, // gnutls-serv sends it for any fault
		others: []Code{cause.ClientCertRevoked, cause.IssuerNameMatchesKeyDiffers}, source: "RFC 8446 §6.2; matrix"},
	{when: func(r *refusal) bool {
		return r.HTTP == nil && r.says(cause.SaysNotAuthorized) || !r.says(cause.SaysCertificateBad) && r.status(401, 403)
	},
		code: cause.ClientIdentityNotAuthorized, others: []Code{cause.ClientCertRevoked}, source: "RFC 9110 §15.5; NATS 2.9, PostgreSQL 15, RabbitMQ 3.10"},
	// The same at once, after session tickets: what OpenSSL objects to comes as
	// an alert, so TLS had no objection. Programs on GnuTLS look at certificate
	// and name alike after the handshake.
	{alerts: []int{0}, when: func(r *refusal) bool {
		return r.hungUp() && (r.base().Tickets > 0 || r.library == cause.GnuTLS) && r.intermediates < 2 && !r.sameNameOtherKey(r.own)
	}, code: cause.ClientIdentityNotAuthorized, title: "TLS went through, and then the server hung up on {subject} without a word: " +
		"most likely the name is not allowed here, or what stands behind the server does not answer.",
		others: []Code{cause.BackendUnavailable, cause.ClientCertRevoked, cause.IssuerNameMatchesKeyDiffers, cause.ClientCertRejectedSilently},
		source: "HAProxy 2.6 tcp-request, nginx 1.22 stream, rsyslog 8.2302"},
	// OpenSSL's alert for "not yet valid"; all else that it means by it is a
	// flaw that shows in the certificate, or a check of the name.
	{alerts: []int{alertBadCertificate}, library: []cause.Library{cause.OpenSSL}, when: func(r *refusal) bool { return !r.fresh() || r.sameMachine() },
		code: cause.ClientIdentityNotAuthorized, title: notAllowed,
		others: []Code{cause.ClockSkewPeer, cause.CertKeyTooWeak, cause.ClientCertRevoked}, source: "stunnel 5.68 verifyPeer, syslog-ng 3.38 trusted-dn"},
	{alerts: []int{alertBadCertificate}, library: []cause.Library{cause.OpenSSL}, code: cause.ClockSkewPeer,
		title:  "The server calls the client's certificate bad, and by this machine's clock it is in order: most likely it is not valid yet by the server's.",
		others: []Code{cause.ClientIdentityNotAuthorized, cause.CertKeyTooWeak, cause.ClientCertRevoked}, source: "matrix"},
	// Java refuses by 46; 42 is for what it cannot parse, an empty subject
	// without a critical subjectAltName (RFC 5280 §4.1.2.6) among it.
	{alerts: []int{alertBadCertificate}, library: []cause.Library{cause.Java}, code: cause.CertMalformed,
		title:  "The server's Java cannot parse the client's certificate {subject}, which other programs can.",
		others: []Code{cause.ClientIdentityNotAuthorized, cause.ClientCertRevoked}, source: "matrix", tell: func(r *refusal, out *rejection) {
			out.vars["reason"], out.vars["file"] = "Java objects", r.Identity[0].File
		}},
	{alerts: []int{alertBadCertificate, alertHandshakeFailure}, code: cause.ClientIdentityNotAuthorized, title: notAllowed, when: (*refusal).fresh,
		others: []Code{cause.ClockSkewPeer, cause.ClientCertRevoked, cause.CertKeyTooWeak, cause.ClientCertRejectedSilently}, source: "matrix"},
	{alerts: []int{alertBadCertificate, alertHandshakeFailure}, code: cause.ClientIdentityNotAuthorized, title: notAllowed,
		others: []Code{cause.ClientCertRevoked, cause.CertKeyTooWeak, cause.ClientCertRejectedSilently, cause.ClockSkewPeer}, source: "matrix"},
	// The signature was checked here, where the issuer is at hand.
	{alerts: []int{alertDecryptError}, when: func(r *refusal) bool { return r.above != nil || r.own.Complete }, code: cause.IssuerNameMatchesKeyDiffers,
		title: "The server cannot verify a signature on the client's chain that is right by {issuer} at hand: " +
			"most likely its CA of this name has another key.",
		others: []Code{cause.CRLSignatureInvalid, cause.ClientKeyMismatch}, source: "RFC 8446 §6.2"},
	{alerts: []int{alertDecryptError}, code: cause.CertSignatureInvalid,
		others: []Code{cause.IssuerNameMatchesKeyDiffers, cause.ClientKeyMismatch, cause.CRLSignatureInvalid}, source: "matrix"},
	{alerts: []int{alertUnsupportedCertificate}, code: cause.CertKeyTypeUnsupported,
		others: []Code{cause.ClientEKUMissingClientAuth}, source: "RFC 8446 §6.2"},
	{alerts: []int{alertIllegalParameter}, when: (*refusal).curveOffered, code: cause.ClientCertCurveNotOffered, side: ServerSide,
		title:  "The server does not take certificates on the curve of the client's key ({key_kind}): its list of groups lacks it.",
		others: []Code{cause.ServerMisconfigured}, source: "matrix"},
	{alerts: []int{alertIllegalParameter}, when: (*refusal).onCurve, code: cause.ClientCertCurveNotOffered,
		others: []Code{cause.ServerMisconfigured}, source: "matrix"},
	// Apache's own check of SSLVerifyDepth, which is 1 by default, ends so.
	{alerts: []int{alertInternalError}, when: func(r *refusal) bool { return r.intermediates > 0 && !r.bundle }, code: cause.ClientVerifyDepthExceeded,
		others: []Code{cause.ServerMisconfigured, cause.CRLUnavailable}, source: "Apache 2.4, AH02040"},
	{alerts: []int{alertInternalError}, library: []cause.Library{cause.OpenSSL}, when: func(r *refusal) bool { return !r.bundle },
		code: cause.ClientIdentityNotAuthorized, title: notAllowed,
		others: []Code{cause.ServerMisconfigured, cause.CRLUnavailable, cause.ClientKeyUsageIncompatible}, source: "stunnel 5.68, checkHost"},
	{alerts: []int{alertInternalError, alertIllegalParameter}, code: cause.ServerMisconfigured,
		others: []Code{cause.ClientKeyUsageIncompatible, cause.ClientIdentityNotAuthorized},
		tell:   func(r *refusal, out *rejection) { out.vars["alert"] = r.alertName() }, source: "RFC 8446 §6.2"},
	{alerts: []int{alertCertificateExpired}}, // clock-skew-peer
	{when: func(r *refusal) bool { return r.intermediates >= 2 }, code: cause.ClientVerifyDepthExceeded,
		others: append([]Code{cause.IssuerNameMatchesKeyDiffers}, generic[1:]...), source: "matrix"},
	// OpenSSL and Go have other alerts for an unknown CA and for "revoked".
	{alerts: []int{alertCertificateUnknown}, library: []cause.Library{cause.OpenSSL, cause.Go},
		when: func(r *refusal) bool { return !r.sameNameOtherKey(r.own) }, code: cause.ClientIdentityNotAuthorized,
		others: []Code{cause.CRLExpired, cause.CRLUnavailable, cause.ClientCertRevoked, cause.ClientCertRejectedSilently}, source: "matrix"},
	{when: func(r *refusal) bool {
		return r.sameNameOtherKey(r.own) || !r.bundle && r.list == listMatches && (r.alert == alertUnknownCA || !r.own.Complete)
	}, code: cause.IssuerNameMatchesKeyDiffers, others: append(slices.Clone(generic), cause.VerifiersDisagree),
		title:  "The server lists a CA named {issuer}, and most likely one with another key than the one that issued this certificate.",
		source: "matrix"},
	{alerts: []int{alertUnknownCA}, when: func(r *refusal) bool { return r.bundle && r.intermediates == 0 }, code: cause.ClientCAUntrustedByServer,
		title: "The server does not know the CA {ca}, which is in the bundle given: most likely it uses another bundle, " +
			"or has not read this one yet.",
		others: []Code{cause.CRLUnavailable, cause.CRLExpired}, source: "matrix"},
	{alerts: []int{alertUnknownCA}, when: func(r *refusal) bool { return r.bundle }, code: cause.ClientVerifyDepthExceeded,
		others: []Code{cause.CRLUnavailable, cause.CRLExpired, cause.ClientCAUntrustedByServer}, source: "matrix"},
	{when: func(r *refusal) bool { return r.says(cause.SaysCertificateBad) }, code: cause.ClientCertRevoked, title: looksSound,
		others: []Code{cause.IssuerNameMatchesKeyDiffers, cause.ClientVerifyDepthExceeded, cause.CRLExpired, cause.CRLUnavailable,
			cause.ClientCertRejectedAfterHandshake}, source: "nginx 1.22"},
	{code: cause.ClientCertRevoked, title: looksSound,
		others: []Code{cause.IssuerNameMatchesKeyDiffers, cause.ClientIdentityNotAuthorized, cause.CRLExpired, cause.CRLUnavailable,
			cause.ClientVerifyDepthExceeded, cause.ClientCertRejectedSilently}, source: "matrix"},
}

const (
	acceptedIssuer = "one of those that the server accepts"
	acceptsOthers  = "The server does not trust the CA that issued the client's certificate: {ca}. It accepts {accepted}."
	notAllowed     = "The server refuses {subject}, whose certificate looks sound: most likely that name is not allowed here."
	looksSound     = "The server refuses {subject} although it looks sound: most likely it is revoked, or the server's CA of this name has another key."
)

// but are all libraries, recognised or not, save one.
func but(one cause.Library) []cause.Library {
	all := []cause.Library{"", cause.OpenSSL, cause.Go, cause.Java, cause.GnuTLS, cause.Erlang, cause.BoringSSL, cause.WolfSSL, cause.MbedTLS}
	return slices.DeleteFunc(all, func(l cause.Library) bool { return l == one })
}
