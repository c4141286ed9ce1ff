package phrase

// awsTexts are of AWS's load balancers (connection logs' tls_verify_status),
// of CloudFront (connection error codes), API Gateway and IoT.
var awsTexts = table{stack: "AWS", by: server, texts: []text{
	{text: "TargetTLSNegotiationError", cause: handshakeFailed, by: client},
	{text: "ClientTLSNegotiationError", cause: handshakeFailed},
	{text: "ClientCertMaxChainDepthExceeded", cause: depthLimit, codes: "client-verify-depth-exceeded"},
	{text: "ClientCertMaxSizeExceeded", cause: tooLong},
	{text: "ClientCertUntrusted", cause: clientUntrusted},
	{text: "ClientCertNotYetValid", cause: notYetValid},
	{text: "ClientCertNotBeforeInvalid", cause: notYetValid},
	{text: "ClientCertExpired", cause: expired},
	{text: "ClientCertNotAfterInvalid", cause: expired},
	{text: "ClientCertRevoked", cause: revoked},
	{text: "ClientCertCrlHit", cause: revoked},
	{text: "ClientCertCrlProcessingError", cause: crlMissing, codes: "crl-unavailable crl-signature-invalid crl-expired"},
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
	{text: "Failed:UnmappedConnectionError", cause: handshakeFailed, codes: "client-cert-missing client-ca-untrusted-by-server tls-version-no-overlap cipher-no-overlap"},
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
		cause  *cause
		client string // codes of client_cert_…
		server string // codes of server_cert_…
	}{
		{"not_provided", noClientCert, "client-cert-missing client-cert-withheld", "server-misconfigured"},
		{"chain_exceeded_limit", depthLimit, "client-verify-depth-exceeded", "verify-depth-too-small"},
		{"chain_invalid_eku", wrongPurpose, "client-eku-missing-clientauth issuer-eku-excludes-purpose", "server-eku-missing-serverauth issuer-eku-excludes-purpose"},
		{"chain_max_name_constraints_exceeded", constraint, "name-constraint-violation", "name-constraint-violation"},
		{"exceeded_size_limit", tooLong, "", ""},
		{"serial_number_exceeded_size_limit", tooLong, "", ""},
		{"spiffe_id_exceeded_size_limit", tooLong, "", ""},
		{"uri_sans_exceeded_size_limit", tooLong, "", ""},
		{"dnsname_sans_exceeded_size_limit", tooLong, "", ""},
		{"leaf_exceeded_size_limit", tooLong, "", ""},
		{"issuer_dn_exceeded_size_limit", tooLong, "", ""},
		{"subject_dn_exceeded_size_limit", tooLong, "", ""},
		{"invalid_rsa_key_size", weakKey, "cert-key-too-weak cert-key-type-unsupported", "cert-key-too-weak cert-key-type-unsupported"},
		{"unsupported_elliptic_curve_key", keyType, "", ""},
		{"unsupported_key_algorithm", keyType, "", ""},
		{"pki_too_large", depthLimit, "client-verify-depth-exceeded", "verify-depth-too-small"},
		{"trust_config_not_found", noClientCAs, "server-client-ca-empty", "trust-store-unloadable"},
		{"validation_failed", chainFault, "client-ca-untrusted-by-server client-chain-missing-intermediate client-cert-expired cert-signature-algorithm-weak",
			"server-ca-untrusted server-chain-missing-intermediate server-cert-expired server-name-mismatch"},
		{"validation_not_performed", noClientCAs, "server-client-ca-empty", "trust-store-unloadable"},
		{"validation_search_limit_exceeded", depthLimit, "client-verify-depth-exceeded", "verify-depth-too-small"},
		{"validation_timed_out", chainFault, "client-verify-depth-exceeded client-ca-untrusted-by-server", "verify-depth-too-small server-ca-untrusted"},
		{"validation_unavailable", serverSetup, "server-misconfigured", "server-misconfigured"},
		{"validation_internal_error", serverSetup, "server-misconfigured", "server-misconfigured"},
		{"pkix_invalid", malformed, "", ""},
		{"expired", expired, "client-cert-expired", "server-cert-expired"},
		{"revoked", revoked, "client-cert-revoked", "server-cert-revoked"},
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
