package phrase

import "bytes"

// An alertText is one TLS alert (RFC 8446 §6, RFC 5246 §7.2) with all the
// words in which stacks name it, in comparable form.
type alertText struct {
	number int
	cause  *cause
	common bool // the words also occur outside of TLS, and count only beside it
	names  []string
}

// An alert's codes by client are for a client that quotes the server, by
// server for a server that quotes the client.
var (
	alertUnexpected = &cause{name: "alert unexpected_message", kind: alert, rank: refusal,
		means:    "The other side got a message it did not expect at that point.",
		byClient: "server-misconfigured client-auth-needs-post-handshake not-tls-other-protocol",
		byServer: "not-tls-other-protocol tls-version-no-overlap"}
	alertBadMAC = &cause{name: "alert bad_record_mac", kind: alert, rank: refusal,
		means:    "The other side could not decrypt a record: a fault in one implementation, or something between the two that meddles.",
		byClient: "server-misconfigured tls-downgrade-detected client-key-mismatch",
		byServer: "peer-rejected-our-server-cert server-misconfigured"}
	alertOverflow = &cause{name: "alert record_overflow", kind: alert, rank: refusal,
		means:    "The other side got a record that is too long, as happens when it is spoken to in another protocol.",
		byClient: "not-tls-other-protocol http-sent-to-tls-port",
		byServer: "http-sent-to-tls-port not-tls-other-protocol"}
	alertHandshakeFailure = &cause{name: "alert handshake_failure", kind: alert, rank: refusal,
		means:    "The other side found no acceptable parameters; from a server with TLS 1.2 it most often means that it wants a client certificate and got none.",
		byClient: "client-cert-missing cipher-no-overlap group-no-overlap signature-scheme-no-overlap server-misconfigured",
		byServer: "cipher-no-overlap peer-rejected-our-server-cert group-no-overlap cipher-cert-type-mismatch"}
	alertNoCertificate = &cause{name: "alert no_certificate", kind: alert, rank: refusal,
		means:    "The other side has no certificate to send.",
		byClient: "client-cert-missing", byServer: "client-cert-missing client-cert-withheld"}
	alertBadCertificate = &cause{name: "alert bad_certificate", kind: alert, rank: refusal, found: chainFault,
		means:    "The other side does not accept the certificate; this alert hardly says why, and from Java also means that none was sent.",
		byClient: "client-cert-missing client-cert-not-yet-valid client-eku-missing-clientauth cert-key-too-weak cert-signature-algorithm-weak client-ca-untrusted-by-server",
		byServer: "peer-rejected-our-server-cert server-ca-untrusted server-name-mismatch server-cert-expired"}
	alertUnsupportedCertificate = &cause{name: "alert unsupported_certificate", kind: alert, rank: refusal, found: wrongPurpose,
		means:    "The other side cannot use a certificate of this kind: its extended key usage or its key type.",
		byClient: "client-eku-missing-clientauth cert-key-type-unsupported client-key-usage-incompatible",
		byServer: "peer-rejected-our-server-cert server-eku-missing-serverauth cert-key-type-unsupported"}
	alertRevoked = &cause{name: "alert certificate_revoked", kind: alert, rank: refusal, found: revoked,
		means:    "The other side knows the certificate to be revoked.",
		byClient: "client-cert-revoked crl-expired", byServer: "server-cert-revoked peer-rejected-our-server-cert"}
	alertExpired = &cause{name: "alert certificate_expired", kind: alert, rank: refusal, found: outsideValidity,
		means:    "The other side finds the certificate, or one above it, expired by its own clock. Go sends this for one that is not yet valid, too.",
		byClient: "client-cert-expired client-cert-not-yet-valid issuer-cert-expired clock-skew-peer",
		byServer: "server-cert-expired peer-rejected-our-server-cert issuer-cert-expired clock-skew-peer"}
	alertCertificateUnknown = &cause{name: "alert certificate_unknown", kind: alert, rank: refusal, found: chainFault,
		means:    "The other side does not accept the certificate and gives no reason; Java sends this for nearly everything. Its own log says more.",
		byClient: "client-chain-missing-intermediate client-ca-untrusted-by-server client-cert-self-signed issuer-name-matches-key-differs cert-signature-invalid client-cert-expired client-eku-missing-clientauth cert-unknown-critical-extension",
		byServer: "peer-rejected-our-server-cert server-ca-untrusted server-name-mismatch server-cert-self-signed server-chain-missing-intermediate"}
	alertIllegalParameter = &cause{name: "alert illegal_parameter", kind: alert, rank: refusal,
		means:    "The other side finds a field out of range; with TLS 1.2 often the curve of the client certificate's key.",
		byClient: "client-cert-curve-not-offered group-no-overlap server-misconfigured",
		byServer: "group-no-overlap alpn-no-overlap server-misconfigured"}
	alertUnknownCA = &cause{name: "alert unknown_ca", kind: alert, rank: refusal, found: unknownIssuer,
		means:    "The other side found no chain from the certificate to a CA it trusts.",
		byClient: "client-ca-untrusted-by-server client-chain-missing-intermediate client-cert-self-signed issuer-name-matches-key-differs cert-signature-invalid",
		byServer: "peer-rejected-our-server-cert server-ca-untrusted server-chain-missing-intermediate server-cert-self-signed"}
	alertAccessDenied = &cause{name: "alert access_denied", kind: alert, rank: refusal, found: notAuthorised,
		means:    "The other side found the certificate valid and does not permit its holder.",
		byClient: "client-identity-not-authorized client-ca-untrusted-by-server client-cert-expired",
		byServer: "peer-rejected-our-server-cert"}
	alertDecodeError = &cause{name: "alert decode_error", kind: alert, rank: refusal,
		means:    "The other side could not read a message; GnuTLS servers say so of an empty client certificate.",
		byClient: "client-cert-missing server-misconfigured clienthello-size-intolerant",
		byServer: "server-misconfigured peer-rejected-our-server-cert"}
	alertDecryptError = &cause{name: "alert decrypt_error", kind: alert, rank: refusal, found: badHandshakeSignature,
		means:    "The other side could not verify the handshake's signature: certificate and key are from different pairs.",
		byClient: "client-key-mismatch cert-key-pair-mismatch", byServer: "server-key-mismatch peer-rejected-our-server-cert"}
	alertVersion = &cause{name: "alert protocol_version", kind: alert, rank: refusal,
		means:    "The other side does not speak this version of TLS.",
		byClient: "tls-version-no-overlap"}
	alertSecurity = &cause{name: "alert insufficient_security", kind: alert, rank: refusal,
		means:    "The other side finds what was offered too weak.",
		byClient: "cipher-no-overlap cert-key-too-weak"}
	alertInternal = &cause{name: "alert internal_error", kind: alert, rank: refusal,
		means:    "The other side failed within. Servers also say so of an unknown server name or a version they do not permit.",
		byClient: "server-misconfigured sni-unrecognized tls-version-no-overlap client-key-usage-incompatible",
		byServer: "client-key-unusable peer-rejected-our-server-cert"}
	alertFallback = &cause{name: "alert inappropriate_fallback", kind: alert, rank: refusal,
		means:    "The client tried again with an older version than it could use, and the server noticed.",
		byClient: "tls-downgrade-detected"}
	alertCanceled = &cause{name: "alert user_canceled", kind: alert, rank: refusal,
		means:    "The other side broke the handshake off, a person's decision as a rule.",
		byClient: "peer-reset-after-hello", byServer: "peer-rejected-our-server-cert client-cert-missing"}
	alertNoRenegotiation = &cause{name: "alert no_renegotiation", kind: alert, rank: refusal,
		means:    "The other side does not renegotiate, which is how servers with TLS 1.2 ask for a certificate late.",
		byClient: "client-auth-needs-renegotiation"}
	alertMissingExtension = &cause{name: "alert missing_extension", kind: alert, rank: refusal,
		means:    "The other side misses an extension that TLS 1.3 demands.",
		byClient: "server-misconfigured signature-scheme-no-overlap group-no-overlap",
		byServer: "client-auth-needs-post-handshake server-misconfigured"}
	alertUnsupportedExtension = &cause{name: "alert unsupported_extension", kind: alert, rank: refusal,
		means:    "The other side got an extension it had not asked for.",
		byClient: "server-misconfigured", byServer: "alpn-no-overlap server-misconfigured"}
	alertUnobtainable = &cause{name: "alert certificate_unobtainable", kind: alert, rank: refusal,
		means:    "The other side could not fetch the certificate it was pointed to.",
		byClient: "client-cert-missing"}
	alertUnrecognizedName = &cause{name: "alert unrecognized_name", kind: alert, rank: refusal,
		means:    "The server has no certificate for the name that the client asked for.",
		byClient: "sni-unrecognized server-name-mismatch"}
	alertBadStatus = &cause{name: "alert bad_certificate_status_response", kind: alert, rank: refusal,
		means:    "The other side does not accept the OCSP answer that came with the certificate, or misses one.",
		byClient: "ocsp-staple-missing ocsp-response-expired"}
	alertUnknownPSK = &cause{name: "alert unknown_psk_identity", kind: alert, rank: refusal,
		means:    "The other side does not know the pre-shared key or the session.",
		byClient: "server-misconfigured"}
	alertCertificateRequired = &cause{name: "alert certificate_required", kind: alert, rank: refusal, found: noClientCert,
		means:    "The server requires a client certificate and got none.",
		byClient: "client-cert-missing client-cert-withheld client-ca-not-advertised"}
	alertNoALPN = &cause{name: "alert no_application_protocol", kind: alert, rank: refusal,
		means:    "The server supports none of the application protocols (ALPN) that the client offered.",
		byClient: "alpn-no-overlap"}
	alertObsolete = &cause{name: "obsolete alert", kind: alert, rank: refusal,
		means:    "The other side refused with an alert that today's TLS no longer uses.",
		byClient: "tls-version-no-overlap server-misconfigured"}
)

// alertTexts in an order in which no name hides a longer one behind it.
var alertTexts = []alertText{
	{10, alertUnexpected, false, []string{"unexpected message", "unexpectedmessage"}},
	{20, alertBadMAC, false, []string{"bad record mac", "badrecordmac"}},
	{21, alertObsolete, false, []string{"decryption failed", "decryptionfailed"}},
	{22, alertOverflow, false, []string{"record overflow", "recordoverflow"}},
	{30, alertObsolete, false, []string{"decompression failure", "decompression failed", "decompressionfailure"}},
	{40, alertHandshakeFailure, false, []string{"handshake failure", "handshake failed", "handshakefailure"}},
	{41, alertNoCertificate, false, []string{"no certificate", "nocertificate"}},
	{114, alertObsolete, false, []string{"bad certificate hash value", "badcertificatehashvalue"}},
	{113, alertBadStatus, false, []string{"bad certificate status response", "badcertificatestatusresponse", "invalid certificate status response"}},
	{42, alertBadCertificate, false, []string{"bad certificate", "badcertificate", "certificate is bad"}},
	{43, alertUnsupportedCertificate, false, []string{"unsupported certificate", "unsupportedcertificate", "certificate is not supported"}},
	{44, alertRevoked, false, []string{"certificate revoked", "certificaterevoked", "revoked certificate", "certificate was revoked"}},
	{45, alertExpired, false, []string{"certificate expired", "certificateexpired", "expired certificate", "certificate is expired"}},
	{48, alertUnknownCA, false, []string{"unknown certificate authority", "unknown ca", "unknownca", "ca is unknown"}},
	{46, alertCertificateUnknown, false, []string{"certificate unknown", "certificateunknown", "unknown certificate"}},
	{47, alertIllegalParameter, false, []string{"illegal parameter", "illegalparameter"}},
	{49, alertAccessDenied, true, []string{"access denied", "accessdenied", "access was denied"}},
	{50, alertDecodeError, true, []string{"decode error", "decodeerror", "error decoding message"}},
	{51, alertDecryptError, true, []string{"decrypt error", "decrypterror", "error decrypting message"}},
	{60, alertObsolete, false, []string{"export restriction", "exportrestriction"}},
	{70, alertVersion, false, []string{"protocol version not supported", "protocol version", "protocolversion", "error in protocol version"}},
	{71, alertSecurity, false, []string{"insufficient security level", "insufficient security", "insufficientsecurity"}},
	{80, alertInternal, true, []string{"internal error", "internalerror"}},
	{86, alertFallback, false, []string{"inappropriate fallback", "inappropriatefallback"}},
	{90, alertCanceled, true, []string{"user canceled", "user cancelled", "usercanceled"}},
	{100, alertNoRenegotiation, false, []string{"no renegotiation is allowed", "no renegotiation", "norenegotiation"}},
	{109, alertMissingExtension, false, []string{"missing extension", "missingextension", "an extension was expected but was not seen"}},
	{110, alertUnsupportedExtension, false, []string{"unsupported extension", "unsupportedextension", "an unsupported extension was sent"}},
	{111, alertUnobtainable, false, []string{"certificate unobtainable", "certificateunobtainable"}},
	{112, alertUnrecognizedName, false, []string{"unrecognized name", "unrecognised name", "unrecognizedname", "the server name sent was not recognized"}},
	{115, alertUnknownPSK, false, []string{"unknown psk identity", "unknownpskidentity"}},
	{116, alertCertificateRequired, false, []string{"certificate required", "certificaterequired", "certificate is required"}},
	{120, alertNoALPN, false, []string{"no application protocol", "noapplicationprotocol", "no supported application protocol could be negotiated"}},
	{121, alertObsolete, false, []string{"ech required", "encrypted client hello required", "echrequired"}},
}

// AlertName is the name of a TLS alert as RFC 8446 §6 writes it, "" for a
// number without one.
func AlertName(number int) string {
	for i := range alertTexts {
		if alertTexts[i].number == number {
			name := alertTexts[i].names[0]
			switch number { // where the first spelling is Go's
			case 48:
				name = "unknown ca"
			case 70:
				name = "protocol version"
			case 71:
				name = "insufficient security"
			case 100:
				name = "no renegotiation"
			}
			return string(bytes.ReplaceAll([]byte(name), []byte(" "), []byte("_")))
		}
	}
	return ""
}
