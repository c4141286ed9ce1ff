package phrase

import "mutual/diagnose/cause"

// awsTexts are of AWS's load balancers (connection logs' tls_verify_status),
// of CloudFront (connection error codes), API Gateway and IoT.
var awsTexts = table{stack: "AWS", by: server, texts: []text{
	{text: "TargetTLSNegotiationError", cause: handshakeFailed, by: client},
	{text: "ClientTLSNegotiationError", cause: handshakeFailed},
	{text: "ClientCertMaxChainDepthExceeded", cause: depthLimit, codes: likely{cause.ClientVerifyDepthExceeded}},
	{text: "ClientCertMaxSizeExceeded", cause: tooLong},
	{text: "ClientCertUntrusted", cause: clientUntrusted},
	{text: "ClientCertNotYetValid", cause: notYetValid},
	{text: "ClientCertNotBeforeInvalid", cause: notYetValid},
	{text: "ClientCertExpired", cause: expired},
	{text: "ClientCertNotAfterInvalid", cause: expired},
	{text: "ClientCertRevoked", cause: revoked},
	{text: "ClientCertCrlHit", cause: revoked},
	{text: "ClientCertCrlProcessingError", cause: crlMissing, codes: likely{cause.CRLUnavailable, cause.CRLSignatureInvalid, cause.CRLExpired}},
	{text: "ClientCertTypeUnsupported", cause: keyType},
	{text: "ClientCertInvalid", cause: malformed},
	{text: "ClientCertPurposeInvalid", cause: wrongPurpose},
	{text: "ClientCertIntentInvalid", cause: wrongPurpose},
	{text: "ClientCertRejected", cause: badClientCert},
	{text: "ClientCertMissing", cause: noClientCert},
	{text: "ClientCertSignatureInvalid", cause: badHandshakeSignature},
	{text: "Failed:ConnectionFunctionDenied", cause: notAuthorised},
	{text: "Failed:ConnectionFunctionError", cause: serverSetup},
	{text: "Failed:TcpTimeout", cause: timedOut, how: nearTLS},
	{text: "Failed:UnmappedConnectionError", cause: handshakeFailed, codes: likely{cause.ClientCertMissing, cause.ClientCAUntrustedByServer, cause.TLSVersionNoOverlap, cause.CipherNoOverlap}},
	{text: "Execution failed due to configuration error: … PKIX", cause: unknownIssuer, how: nearTLS, by: client},
	{text: "Execution failed due to configuration error: General SSLEngine problem", cause: chainFault, by: client},
	{text: "Certificate CN … not allowed", cause: notAuthorised, how: nearTLS},
	// IoT Core
	{text: "CLIENT_CERTIFICATE_NOT_ACTIVE", cause: notAuthorised},
	{text: "certificate is not active", cause: notAuthorised, how: nearTLS},
}}

// googleTable is the statusDetails of Google's load balancers, and what they
// hand on as client_cert_error. client_cert_* is of their clients,
// server_cert_* of their backends.
func googleTable() *table {
	t := &table{stack: "Google Cloud", by: server}
	for _, s := range []struct {
		ending string
		cause  *meaning
		client likely // codes of client_cert_…
		server likely // codes of server_cert_…
	}{
		{"not_provided", noClientCert, likely{cause.ClientCertMissing, cause.ClientCertWithheld}, likely{cause.ServerMisconfigured}},
		{"chain_exceeded_limit", depthLimit, likely{cause.ClientVerifyDepthExceeded}, likely{cause.VerifyDepthTooSmall}},
		{"chain_invalid_eku", wrongPurpose, likely{cause.ClientEKUMissingClientAuth, cause.IssuerEKUExcludesPurpose}, likely{cause.ServerEKUMissingServerAuth, cause.IssuerEKUExcludesPurpose}},
		{"chain_max_name_constraints_exceeded", constraint, likely{cause.NameConstraintViolation}, likely{cause.NameConstraintViolation}},
		{"exceeded_size_limit", tooLong, nil, nil},
		{"serial_number_exceeded_size_limit", tooLong, nil, nil},
		{"spiffe_id_exceeded_size_limit", tooLong, nil, nil},
		{"uri_sans_exceeded_size_limit", tooLong, nil, nil},
		{"dnsname_sans_exceeded_size_limit", tooLong, nil, nil},
		{"leaf_exceeded_size_limit", tooLong, nil, nil},
		{"issuer_dn_exceeded_size_limit", tooLong, nil, nil},
		{"subject_dn_exceeded_size_limit", tooLong, nil, nil},
		{"invalid_rsa_key_size", weakKey, likely{cause.CertKeyTooWeak, cause.CertKeyTypeUnsupported}, likely{cause.CertKeyTooWeak, cause.CertKeyTypeUnsupported}},
		{"unsupported_elliptic_curve_key", keyType, nil, nil},
		{"unsupported_key_algorithm", keyType, nil, nil},
		{"pki_too_large", depthLimit, likely{cause.ClientVerifyDepthExceeded}, likely{cause.VerifyDepthTooSmall}},
		{"trust_config_not_found", noClientCAs, likely{cause.ServerClientCAEmpty}, likely{cause.TrustStoreUnloadable}},
		{"validation_failed", chainFault, likely{cause.ClientCAUntrustedByServer, cause.ClientChainMissingIntermediate, cause.ClientCertExpired, cause.CertSignatureAlgorithmWeak},
			likely{cause.ServerCAUntrusted, cause.ServerChainMissingIntermediate, cause.ServerCertExpired, cause.ServerNameMismatch}},
		{"validation_not_performed", noClientCAs, likely{cause.ServerClientCAEmpty}, likely{cause.TrustStoreUnloadable}},
		{"validation_search_limit_exceeded", depthLimit, likely{cause.ClientVerifyDepthExceeded}, likely{cause.VerifyDepthTooSmall}},
		{"validation_timed_out", chainFault, likely{cause.ClientVerifyDepthExceeded, cause.ClientCAUntrustedByServer}, likely{cause.VerifyDepthTooSmall, cause.ServerCAUntrusted}},
		{"validation_unavailable", serverSetup, likely{cause.ServerMisconfigured}, likely{cause.ServerMisconfigured}},
		{"validation_internal_error", serverSetup, likely{cause.ServerMisconfigured}, likely{cause.ServerMisconfigured}},
		{"pkix_invalid", malformed, nil, nil},
		{"expired", expired, likely{cause.ClientCertExpired}, likely{cause.ServerCertExpired}},
		{"revoked", revoked, likely{cause.ClientCertRevoked}, likely{cause.ServerCertRevoked}},
	} {
		t.texts = append(t.texts,
			text{text: "client_cert_" + s.ending, cause: s.cause, codes: s.client, by: server},
			text{text: "server_cert_" + s.ending, cause: s.cause, codes: s.server, by: client})
	}
	t.texts = append(t.texts,
		text{text: "ssl_certificate_verification_failed", cause: chainFault, by: client},
		text{text: "ssl_certificate_chain_verification_failed", cause: chainFault, by: client},
		text{text: "ssl_certificate_san_verification_failed", cause: wrongName, by: client},
		text{text: "ssl_san_verification_failed", cause: wrongName, by: client},
		text{text: "failed_to_negotiate_alpn", cause: noALPN, by: client},
		text{text: "secure_url_rejected", cause: plainHTTP, by: server},
	)
	return t
}
