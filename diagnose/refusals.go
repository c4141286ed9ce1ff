package diagnose

import (
	"slices"
	"strings"
	"time"

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

	// The server does not say which CAs it acceptedIssuer.
	{alerts: untrusted, when: func(r *refusal) bool {
		return r.silentOnCAs() && (r.above != nil && !r.above.SelfIssued() || r.above == nil && chain.SaysIntermediate(r.top.X509().Issuer.CommonName))
	}, code: cause.ClientChainMissingIntermediate, issuer: "a CA that the server trusts",
		others: []Code{cause.ClientCAUntrustedByServer, cause.IssuerNameMatchesKeyDiffers}, source: "matrix"},
	{alerts: untrusted, when: (*refusal).silentOnCAs, code: cause.ClientCAUntrustedByServer, issuer: "a CA that the server trusts",
		others: []Code{cause.IssuerNameMatchesKeyDiffers, cause.ServerClientCAEmpty, cause.ClientChainMissingIntermediate,
			cause.ClientCertRevoked}, source: "matrix"},

	// It knows a CA of the name that issued the client's certificate, or its
	// bundle is at hand and holds that CA.
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
	{alerts: []int{alertBadCertificate, alertHandshakeFailure}, code: cause.ClientIdentityNotAuthorized, when: (*refusal).fresh,
		others: []Code{cause.ClockSkewPeer, cause.ClientCertRevoked, cause.CertKeyTooWeak, cause.ClientCertRejectedSilently}, source: "matrix"},
	{alerts: []int{alertBadCertificate, alertHandshakeFailure}, code: cause.ClientIdentityNotAuthorized,
		others: []Code{cause.ClientCertRevoked, cause.CertKeyTooWeak, cause.ClientCertRejectedSilently, cause.ClockSkewPeer}, source: "matrix"},
	{alerts: []int{alertDecryptError}, code: cause.CertSignatureInvalid,
		others: []Code{cause.ClientKeyMismatch, cause.CRLSignatureInvalid}, source: "matrix"},
	{alerts: []int{alertUnsupportedCertificate}, code: cause.CertKeyTypeUnsupported,
		others: []Code{cause.ClientEKUMissingClientAuth}, source: "RFC 8446 §6.2"},
	{alerts: []int{alertIllegalParameter}, when: (*refusal).curveOffered, code: cause.ClientCertCurveNotOffered, side: ServerSide,
		title:  "The server does not take certificates on the curve of the client's key ({key_kind}): its list of groups lacks it.",
		others: []Code{cause.ServerMisconfigured}, source: "matrix"},
	{alerts: []int{alertIllegalParameter}, code: cause.ClientCertCurveNotOffered, others: []Code{cause.ServerMisconfigured}, source: "matrix"},
	// Apache's own check of SSLVerifyDepth, which is 1 by default, ends so.
	{alerts: []int{alertInternalError}, when: func(r *refusal) bool { return r.intermediates > 0 && !r.bundle }, code: cause.ClientVerifyDepthExceeded,
		others: []Code{cause.ServerMisconfigured, cause.CRLUnavailable}, source: "Apache 2.4, AH02040"},
	{alerts: []int{alertInternalError}, code: cause.ServerMisconfigured, others: []Code{cause.ClientKeyUsageIncompatible},
		tell: func(_ *refusal, out *rejection) { out.vars["alert"] = "alert 80 internal_error" }, source: "RFC 8446 §6.2"},
	{alerts: []int{alertCertificateExpired}}, // clock-skew-peer
	// The name is listed, in other bytes: stacks that compare bytes find no issuer.
	{alerts: untrusted, when: func(r *refusal) bool { return r.ClientAuth.Objection == cause.ObjectionIssuer && r.ClientTrust == nil },
		code: cause.ClientDNEncodingMismatch, others: []Code{cause.IssuerNameMatchesKeyDiffers, cause.ClientCAUntrustedByServer}, source: "matrix"},
	{when: func(r *refusal) bool { return r.intermediates >= 2 }, code: cause.ClientVerifyDepthExceeded,
		others: append([]Code{cause.IssuerNameMatchesKeyDiffers}, generic[1:]...), source: "matrix"},
	// OpenSSL and Go have other alerts for an unknown CA and for "revoked".
	{alerts: []int{alertCertificateUnknown}, library: []cause.Library{cause.OpenSSL, cause.Go},
		when: func(r *refusal) bool { return !r.sameNameOtherKey(r.own) }, code: cause.ClientIdentityNotAuthorized,
		others: []Code{cause.CRLExpired, cause.CRLUnavailable, cause.ClientCertRevoked, cause.ClientCertRejectedSilently}, source: "matrix"},
	{when: func(r *refusal) bool {
		return r.sameNameOtherKey(r.own) || !r.bundle && (r.alert == alertUnknownCA || !r.own.Complete)
	}, code: cause.IssuerNameMatchesKeyDiffers, others: generic,
		title:  "The server knows a CA named {issuer}, and most likely one with another key than the one that issued this certificate.",
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
	looksSound     = "The server refuses {subject} although it looks sound: most likely it is revoked, or the server's CA of this name has another key."
)

// but are all libraries, recognised or not, save one.
func but(one cause.Library) []cause.Library {
	all := []cause.Library{"", cause.OpenSSL, cause.Go, cause.Java, cause.GnuTLS}
	return slices.DeleteFunc(all, func(l cause.Library) bool { return l == one })
}

// hungUp: the server ended the connection without a word, after a handshake
// that came to its end.
func (r *refusal) hungUp() bool {
	return r.base().FailedAt == AtVerdict && r.HTTP == nil && r.Facts.says() == ""
}

// silentOnCAs: the server lists no CA, its bundle is not at hand, and nothing
// says that it is about the name.
func (r *refusal) silentOnCAs() bool {
	return r.list == listEmpty && r.ClientTrust == nil && r.base().HTTPStatus != 403 && !r.says(cause.SaysNotAuthorized)
}

// curveGroups are the names of curves as groups of a ClientHello have them.
var curveGroups = map[string]string{"P-256": "secp256r1", "P-384": "secp384r1", "P-521": "secp521r1"}

// curveOffered: the client offered the curve of its certificate as a group.
func (r *refusal) curveOffered() bool {
	curve := strings.TrimPrefix(r.Identity[0].Key, "ECDSA ")
	return r.Hello != nil && slices.Contains(r.Hello.Groups, curveGroups[curve])
}

// tellClocks states the certificate and the two times by which it is, and is
// not, valid.
func tellClocks(r *refusal, out *rejection) {
	i := r.invalidThere()
	c := r.Identity[i]
	out.vars["subject"], out.vars["here"], out.vars["there"] = c.Name(), r.Time.Format(time.RFC3339), r.HTTP.Date.Format(time.RFC3339)
	out.evidence = append([]Evidence{{"http.date", out.vars["there"], "within 5 minutes of " + out.vars["here"]},
		{path("identity", i, "not_before"), c.NotBefore.Format(time.RFC3339), ""},
		{path("identity", i, "not_after"), c.NotAfter.Format(time.RFC3339), ""}}, out.evidence...)
}
