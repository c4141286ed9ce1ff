package phrase

import "mutual/diagnose/cause"

var boringSSL = table{stack: "BoringSSL", texts: []text{
	{text: "OPENSSL_internal:CERTIFICATE_VERIFY_FAILED", cause: chainFault},
	{text: "OPENSSL_internal:WRONG_VERSION_NUMBER", cause: notTLS},
	{text: "OPENSSL_internal:KEY_VALUES_MISMATCH", cause: keyNotOfCert},
	{text: "OPENSSL_internal:NO_START_LINE", cause: noPEM},
	{text: "OPENSSL_internal:CLIENT_CERT", cause: badClientCert},
	{text: "OPENSSL_internal:INVALID_ENCODING", cause: brokenDER},
	{text: "PEM routines:OPENSSL_internal:BAD_PASSWORD_READ", cause: keyLocked},
	{text: "Cipher functions:OPENSSL_internal:BAD_DECRYPT", cause: wrongPassphrase},
	{text: "public key routines:OPENSSL_internal:UNSUPPORTED_ALGORITHM", cause: keyFormat},
	{text: "TLS_ERROR_END", cause: handshakeFailed},
}}

// boringPKI are the messages of BoringSSL's certificate verifier, which
// Chrome and others print.
var boringPKI = table{stack: "BoringSSL verification", texts: []text{
	{text: "Time is after notAfter", cause: expired, codes: likely{cause.ServerCertExpired, cause.IssuerCertExpired}},
	{text: "Time is before notBefore", cause: notYetValid},
	{text: "keyCertSign bit is not set", cause: noCertSign},
	{text: "Basic Constraints indicates not a CA", cause: notCA, codes: likely{cause.IssuerNotCA}},
	{text: "Does not have Basic Constraints", cause: notCA, codes: likely{cause.IssuerNotCA}},
	{text: "The extended key usage does not include server auth", cause: wrongPurpose, by: client},
	{text: "The extended key usage does not include client auth", cause: wrongPurpose, by: server},
	{text: "The extended key usage does not include code signing", cause: wrongPurpose},
	{text: "Certificate does not have extended key usages", cause: wrongPurpose},
	{text: "subject does not match issuer", cause: brokenLink},
	{text: "No matching issuer found", cause: unknownIssuer},
	{text: "Certificate is distrusted", cause: anchorRejected},
	{text: "Certificate.signatureAlgorithm is not the same as TBSCertificate", cause: malformed},
	{text: "Signature verification failed", cause: badSignature, how: nearTLS},
	{text: "VerifySignedData failed", cause: badSignature},
	{text: "Unacceptable signature algorithm", cause: weakDigest},
	{text: "Unacceptable modulus length", cause: weakKey},
	{text: "RSA modulus too small", cause: weakKey},
	{text: "Unacceptable curve for ECDSA", cause: keyType},
	{text: "max_path_length reached", cause: pathLength},
	{text: "Not permitted by name constraints", cause: constraint},
	{text: "Too many name constraints checks", cause: constraint},
	{text: "Unconsumed critical extension", cause: criticalExtension},
	{text: "Target version is not v3", cause: malformed},
	{text: "Chain length is 0", cause: malformed, how: nearTLS},
	{text: "No valid policy", cause: policyMissing},
	{text: "Failed parsing certificate", cause: malformed, how: nearTLS},
	{text: "Couldn't parse TBSCertificate", cause: malformed},
	{text: "Couldn't parse the certificate", cause: malformed},
	{text: "Iteration limit exceeded", cause: unknownIssuer, how: nearTLS},
}}

// envoy covers Istio's sidecars, too.
var envoy = table{stack: "Envoy", texts: []text{
	{text: "verify cert failed: verify SAN list", cause: sanNotMatched, codes: likely{cause.ClientIdentityNotAuthorized, cause.ServerNameMismatch, cause.SPIFFEIDInvalid}},
	{text: "verify cert failed: X509_verify_cert:", cause: chainFault},
	{text: "verify cert failed: cert hash and spki", cause: pinBroken},
	{text: "verify cert failed: SAN matcher", cause: sanNotMatched},
	{text: "CERTIFICATE_VERIFY_FAILED:verify cert failed: verify SAN list", cause: sanNotMatched, codes: likely{cause.ServerNameMismatch, cause.ClientIdentityNotAuthorized, cause.SPIFFEIDInvalid}, by: client},
	{text: "SAN matcher", cause: sanNotMatched, how: nearTLS},
	{text: "X509_verify_cert: certificate verification error at depth 0: certificate has expired", cause: expired},
	{text: "SPIFFE … trust domain … not", cause: spiffe, how: nearTLS},
	{text: "no trust domain", cause: spiffe, how: nearTLS},
	{text: "transport failure reason: TLS_error", cause: handshakeFailed, by: client},
	{text: "transport failure reason: delayed connect error", cause: portClosed, by: client},
	{text: "upstream connect error or disconnect/reset before headers. reset reason: connection termination", cause: reset, how: nearTLS},
	{text: "TLS error: Secret is not supplied by SDS", cause: ownCertTrouble, codes: likely{cause.FileNotFound, cause.ServerMisconfigured}},
	{text: "Failed to load certificate chain from", cause: noPEMCert},
	{text: "Failed to load incomplete certificate from", cause: ownCertTrouble, codes: likely{cause.CertKeyPairMismatch, cause.FileNotFound, cause.PEMTruncated}},
	{text: "Failed to load private key from", cause: keyTrouble, codes: likely{cause.CertKeyPairMismatch, cause.KeyEncrypted, cause.KeyFormatUnsupported, cause.PEMWrongType}},
	{text: "Failed to load trusted CA certificates from", cause: noStore},
	{text: "private key does not match public key … chain", cause: keyNotOfCert},
	{text: "Failed to load private key … KEY_VALUES_MISMATCH", cause: keyNotOfCert},
	{text: "Failed to load CRL from", cause: crlMissing, codes: likely{cause.CRLUnavailable}},
}}
