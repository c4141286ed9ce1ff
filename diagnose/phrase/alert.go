package phrase

import (
	"bytes"

	"mutual/diagnose/cause"
)

// An alertText is one TLS alert (RFC 8446 §6, RFC 5246 §7.2) with all the
// words in which stacks name it, in comparable form.
type alertText struct {
	number int
	cause  *meaning
	common bool // the words also occur outside of TLS, and count only beside it
	names  []string
}

// An alert's codes by client are for a client that quotes the server, by
// server for a server that quotes the client.
var (
	alertUnexpected = &meaning{name: "alert unexpected_message", kind: alert, rank: refusal,
		means:    "The other side got a message it did not expect at that point.",
		byClient: likely{cause.ServerMisconfigured, cause.ClientAuthNeedsPostHandshake, cause.NotTLSOtherProtocol},
		byServer: likely{cause.NotTLSOtherProtocol, cause.TLSVersionNoOverlap}}
	alertBadMAC = &meaning{name: "alert bad_record_mac", kind: alert, rank: refusal,
		means:    "The other side could not decrypt a record: a fault in one implementation, or something between the two that meddles.",
		byClient: likely{cause.ServerMisconfigured, cause.TLSDowngradeDetected, cause.ClientKeyMismatch},
		byServer: likely{cause.PeerRejectedOurServerCert, cause.ServerMisconfigured}}
	alertOverflow = &meaning{name: "alert record_overflow", kind: alert, rank: refusal,
		means:    "The other side got a record that is too long, as happens when it is spoken to in another protocol.",
		byClient: likely{cause.NotTLSOtherProtocol, cause.HTTPSentToTLSPort},
		byServer: likely{cause.HTTPSentToTLSPort, cause.NotTLSOtherProtocol}}
	alertHandshakeFailure = &meaning{name: "alert handshake_failure", kind: alert, rank: refusal,
		means:    "The other side found no acceptable parameters; from a server with TLS 1.2 it most often means that it wants a client certificate and got none.",
		byClient: likely{cause.ClientCertMissing, cause.CipherNoOverlap, cause.GroupNoOverlap, cause.SignatureSchemeNoOverlap, cause.ServerMisconfigured},
		byServer: likely{cause.CipherNoOverlap, cause.PeerRejectedOurServerCert, cause.GroupNoOverlap, cause.CipherCertTypeMismatch}}
	alertNoCertificate = &meaning{name: "alert no_certificate", kind: alert, rank: refusal,
		means:    "The other side has no certificate to send.",
		byClient: likely{cause.ClientCertMissing}, byServer: likely{cause.ClientCertMissing, cause.ClientCertWithheld}}
	alertBadCertificate = &meaning{name: "alert bad_certificate", kind: alert, rank: refusal, found: chainFault,
		means:    "The other side does not accept the certificate; this alert hardly says why, and from Java also means that none was sent.",
		byClient: likely{cause.ClientCertMissing, cause.ClientCertNotYetValid, cause.ClientEKUMissingClientAuth, cause.CertKeyTooWeak, cause.CertSignatureAlgorithmWeak, cause.ClientCAUntrustedByServer},
		byServer: likely{cause.PeerRejectedOurServerCert, cause.ServerCAUntrusted, cause.ServerNameMismatch, cause.ServerCertExpired}}
	alertUnsupportedCertificate = &meaning{name: "alert unsupported_certificate", kind: alert, rank: refusal, found: wrongPurpose,
		means:    "The other side cannot use a certificate of this kind: its extended key usage or its key type.",
		byClient: likely{cause.ClientEKUMissingClientAuth, cause.CertKeyTypeUnsupported, cause.ClientKeyUsageIncompatible},
		byServer: likely{cause.PeerRejectedOurServerCert, cause.ServerEKUMissingServerAuth, cause.CertKeyTypeUnsupported}}
	alertRevoked = &meaning{name: "alert certificate_revoked", kind: alert, rank: refusal, found: revoked,
		means:    "The other side knows the certificate to be revoked.",
		byClient: likely{cause.ClientCertRevoked, cause.CRLExpired}, byServer: likely{cause.ServerCertRevoked, cause.PeerRejectedOurServerCert}}
	alertExpired = &meaning{name: "alert certificate_expired", kind: alert, rank: refusal, found: outsideValidity,
		means:    "The other side finds the certificate, or one above it, expired by its own clock. Go sends this for one that is not yet valid, too.",
		byClient: likely{cause.ClientCertExpired, cause.ClientCertNotYetValid, cause.IssuerCertExpired, cause.ClockSkewPeer},
		byServer: likely{cause.ServerCertExpired, cause.PeerRejectedOurServerCert, cause.IssuerCertExpired, cause.ClockSkewPeer}}
	alertCertificateUnknown = &meaning{name: "alert certificate_unknown", kind: alert, rank: refusal, found: chainFault,
		means:    "The other side does not accept the certificate and gives no reason; Java sends this for nearly everything. Its own log says more.",
		byClient: likely{cause.ClientChainMissingIntermediate, cause.ClientCAUntrustedByServer, cause.ClientCertSelfSigned, cause.IssuerNameMatchesKeyDiffers, cause.CertSignatureInvalid, cause.ClientCertExpired, cause.ClientEKUMissingClientAuth, cause.CertUnknownCriticalExtension},
		byServer: likely{cause.PeerRejectedOurServerCert, cause.ServerCAUntrusted, cause.ServerNameMismatch, cause.ServerCertSelfSigned, cause.ServerChainMissingIntermediate}}
	alertIllegalParameter = &meaning{name: "alert illegal_parameter", kind: alert, rank: refusal,
		means:    "The other side finds a field out of range; with TLS 1.2 often the curve of the client certificate's key.",
		byClient: likely{cause.ClientCertCurveNotOffered, cause.GroupNoOverlap, cause.ServerMisconfigured},
		byServer: likely{cause.GroupNoOverlap, cause.ALPNNoOverlap, cause.ServerMisconfigured}}
	alertUnknownCA = &meaning{name: "alert unknown_ca", kind: alert, rank: refusal, found: unknownIssuer,
		means:    "The other side found no chain from the certificate to a CA it trusts.",
		byClient: likely{cause.ClientCAUntrustedByServer, cause.ClientChainMissingIntermediate, cause.ClientCertSelfSigned, cause.IssuerNameMatchesKeyDiffers, cause.CertSignatureInvalid},
		byServer: likely{cause.PeerRejectedOurServerCert, cause.ServerCAUntrusted, cause.ServerChainMissingIntermediate, cause.ServerCertSelfSigned}}
	alertAccessDenied = &meaning{name: "alert access_denied", kind: alert, rank: refusal, found: notAuthorised,
		means:    "The other side found the certificate valid and does not permit its holder.",
		byClient: likely{cause.ClientIdentityNotAuthorized, cause.ClientCAUntrustedByServer, cause.ClientCertExpired},
		byServer: likely{cause.PeerRejectedOurServerCert}}
	alertDecodeError = &meaning{name: "alert decode_error", kind: alert, rank: refusal,
		means:    "The other side could not read a message; GnuTLS servers say so of an empty client certificate.",
		byClient: likely{cause.ClientCertMissing, cause.ServerMisconfigured, cause.ClientHelloSizeIntolerant},
		byServer: likely{cause.ServerMisconfigured, cause.PeerRejectedOurServerCert}}
	alertDecryptError = &meaning{name: "alert decrypt_error", kind: alert, rank: refusal, found: badHandshakeSignature,
		means:    "The other side could not verify the handshake's signature: certificate and key are from different pairs.",
		byClient: likely{cause.ClientKeyMismatch, cause.CertKeyPairMismatch}, byServer: likely{cause.ServerKeyMismatch, cause.PeerRejectedOurServerCert}}
	alertVersion = &meaning{name: "alert protocol_version", kind: alert, rank: refusal,
		means:    "The other side does not speak this version of TLS.",
		byClient: likely{cause.TLSVersionNoOverlap}}
	alertSecurity = &meaning{name: "alert insufficient_security", kind: alert, rank: refusal,
		means:    "The other side finds what was offered too weak.",
		byClient: likely{cause.CipherNoOverlap, cause.CertKeyTooWeak}}
	alertInternal = &meaning{name: "alert internal_error", kind: alert, rank: refusal,
		means:    "The other side failed within. Servers also say so of an unknown server name or a version they do not permit.",
		byClient: likely{cause.ServerMisconfigured, cause.SNIUnrecognized, cause.TLSVersionNoOverlap, cause.ClientKeyUsageIncompatible},
		byServer: likely{cause.ClientKeyUnusable, cause.PeerRejectedOurServerCert}}
	alertFallback = &meaning{name: "alert inappropriate_fallback", kind: alert, rank: refusal,
		means:    "The client tried again with an older version than it could use, and the server noticed.",
		byClient: likely{cause.TLSDowngradeDetected}}
	alertCanceled = &meaning{name: "alert user_canceled", kind: alert, rank: refusal,
		means:    "The other side broke the handshake off, a person's decision as a rule.",
		byClient: likely{cause.PeerResetAfterHello}, byServer: likely{cause.PeerRejectedOurServerCert, cause.ClientCertMissing}}
	alertNoRenegotiation = &meaning{name: "alert no_renegotiation", kind: alert, rank: refusal,
		means:    "The other side does not renegotiate, which is how servers with TLS 1.2 ask for a certificate late.",
		byClient: likely{cause.ClientAuthNeedsRenegotiation}}
	alertMissingExtension = &meaning{name: "alert missing_extension", kind: alert, rank: refusal,
		means:    "The other side misses an extension that TLS 1.3 demands.",
		byClient: likely{cause.ServerMisconfigured, cause.SignatureSchemeNoOverlap, cause.GroupNoOverlap},
		byServer: likely{cause.ClientAuthNeedsPostHandshake, cause.ServerMisconfigured}}
	alertUnsupportedExtension = &meaning{name: "alert unsupported_extension", kind: alert, rank: refusal,
		means:    "The other side got an extension it had not asked for.",
		byClient: likely{cause.ServerMisconfigured}, byServer: likely{cause.ALPNNoOverlap, cause.ServerMisconfigured}}
	alertUnobtainable = &meaning{name: "alert certificate_unobtainable", kind: alert, rank: refusal,
		means:    "The other side could not fetch the certificate it was pointed to.",
		byClient: likely{cause.ClientCertMissing}}
	alertUnrecognizedName = &meaning{name: "alert unrecognized_name", kind: alert, rank: refusal,
		means:    "The server has no certificate for the name that the client asked for.",
		byClient: likely{cause.SNIUnrecognized, cause.ServerNameMismatch}}
	alertBadStatus = &meaning{name: "alert bad_certificate_status_response", kind: alert, rank: refusal,
		means:    "The other side does not accept the OCSP answer that came with the certificate, or misses one.",
		byClient: likely{cause.OCSPStapleMissing, cause.OCSPResponseExpired}}
	alertUnknownPSK = &meaning{name: "alert unknown_psk_identity", kind: alert, rank: refusal,
		means:    "The other side does not know the pre-shared key or the session.",
		byClient: likely{cause.ServerMisconfigured}}
	alertCertificateRequired = &meaning{name: "alert certificate_required", kind: alert, rank: refusal, found: noClientCert,
		means:    "The server requires a client certificate and got none.",
		byClient: likely{cause.ClientCertMissing, cause.ClientCertWithheld, cause.ClientCANotAdvertised}}
	alertNoALPN = &meaning{name: "alert no_application_protocol", kind: alert, rank: refusal,
		means:    "The server supports none of the application protocols (ALPN) that the client offered.",
		byClient: likely{cause.ALPNNoOverlap}}
	alertObsolete = &meaning{name: "obsolete alert", kind: alert, rank: refusal,
		means:    "The other side refused with an alert that today's TLS no longer uses.",
		byClient: likely{cause.TLSVersionNoOverlap, cause.ServerMisconfigured}}
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
