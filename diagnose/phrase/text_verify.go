package phrase

// verifyErrors are OpenSSL's verification results, by number: X509_V_ERR_* in
// openssl/x509_vfy.h, worded as X509_verify_cert_error_string does, the older
// wordings behind. A name without prefix is what Node reports as the error's
// code.
var verifyErrors = []struct {
	number int
	name   string
	cause  *meaning
	how    how
	texts  []string
}{
	{2, "UNABLE_TO_GET_ISSUER_CERT", issuerMissing, anywhere, []string{"unable to get issuer certificate"}},
	{3, "UNABLE_TO_GET_CRL", crlMissing, anywhere, []string{"unable to get certificate CRL"}},
	{4, "UNABLE_TO_DECRYPT_CERT_SIGNATURE", badSignature, anywhere, []string{"unable to decrypt certificate's signature"}},
	{5, "UNABLE_TO_DECRYPT_CRL_SIGNATURE", crlForged, anywhere, []string{"unable to decrypt CRL's signature"}},
	{6, "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY", keyType, anywhere, []string{"unable to decode issuer public key"}},
	{7, "CERT_SIGNATURE_FAILURE", badSignature, anywhere, []string{"certificate signature failure"}},
	{8, "CRL_SIGNATURE_FAILURE", crlForged, anywhere, []string{"CRL signature failure"}},
	{9, "CERT_NOT_YET_VALID", notYetValid, anywhere, []string{"certificate is not yet valid"}},
	{10, "CERT_HAS_EXPIRED", expired, anywhere, []string{"certificate has expired"}},
	{11, "CRL_NOT_YET_VALID", crlAhead, anywhere, []string{"CRL is not yet valid"}},
	{12, "CRL_HAS_EXPIRED", crlOld, anywhere, []string{"CRL has expired"}},
	{13, "ERROR_IN_CERT_NOT_BEFORE_FIELD", malformed, anywhere, []string{"format error in certificate's notBefore field"}},
	{14, "ERROR_IN_CERT_NOT_AFTER_FIELD", malformed, anywhere, []string{"format error in certificate's notAfter field"}},
	{15, "ERROR_IN_CRL_LAST_UPDATE_FIELD", crlForged, anywhere, []string{"format error in CRL's lastUpdate field"}},
	{16, "ERROR_IN_CRL_NEXT_UPDATE_FIELD", crlForged, anywhere, []string{"format error in CRL's nextUpdate field"}},
	{18, "DEPTH_ZERO_SELF_SIGNED_CERT", selfSigned, clause, []string{"self-signed certificate"}},
	{19, "SELF_SIGNED_CERT_IN_CHAIN", selfSignedRoot, anywhere, []string{"self-signed certificate in certificate chain"}},
	{20, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", unknownIssuer, anywhere, []string{"unable to get local issuer certificate"}},
	{21, "UNABLE_TO_VERIFY_LEAF_SIGNATURE", loneLeaf, anywhere, []string{"unable to verify the first certificate", "unable to verify the first certificate in the certificate chain"}},
	{22, "CERT_CHAIN_TOO_LONG", depthLimit, anywhere, []string{"certificate chain too long"}},
	{23, "CERT_REVOKED", revoked, clause, []string{"certificate revoked"}},
	{24, "INVALID_CA", notCA, anywhere, []string{"issuer certificate doesn't have a public key"}},
	{25, "PATH_LENGTH_EXCEEDED", pathLength, anywhere, []string{"path length constraint exceeded"}},
	{26, "INVALID_PURPOSE", wrongPurpose, anywhere, []string{"unsuitable certificate purpose", "unsupported certificate purpose"}},
	{27, "CERT_UNTRUSTED", anchorRejected, clause, []string{"certificate not trusted"}},
	{28, "CERT_REJECTED", anchorRejected, clause, []string{"certificate rejected"}},
	{29, "SUBJECT_ISSUER_MISMATCH", brokenLink, anywhere, []string{"subject issuer mismatch"}},
	{30, "AKID_SKID_MISMATCH", rekeyedIssuer, anywhere, []string{"authority and subject key identifier mismatch"}},
	{31, "AKID_ISSUER_SERIAL_MISMATCH", rekeyedIssuer, anywhere, []string{"authority and issuer serial number mismatch"}},
	{32, "KEYUSAGE_NO_CERTSIGN", noCertSign, anywhere, []string{"key usage does not include certificate signing"}},
	{33, "UNABLE_TO_GET_CRL_ISSUER", crlIssuer, anywhere, []string{"unable to get CRL issuer certificate"}},
	{34, "UNHANDLED_CRITICAL_EXTENSION", criticalExtension, anywhere, []string{"unhandled critical extension"}},
	{35, "KEYUSAGE_NO_CRL_SIGN", crlIssuer, anywhere, []string{"key usage does not include CRL signing"}},
	{36, "UNHANDLED_CRITICAL_CRL_EXTENSION", crlScope, anywhere, []string{"unhandled critical CRL extension"}},
	{37, "INVALID_NON_CA", malformed, anywhere, []string{"invalid non-CA certificate (has CA markings)"}},
	{38, "PROXY_PATH_LENGTH_EXCEEDED", pathLength, anywhere, []string{"proxy path length constraint exceeded"}},
	{39, "KEYUSAGE_NO_DIGITAL_SIGNATURE", wrongKeyUsage, anywhere, []string{"key usage does not include digital signature"}},
	{40, "PROXY_CERTIFICATES_NOT_ALLOWED", wrongPurpose, anywhere, []string{"proxy certificates not allowed"}},
	{41, "INVALID_EXTENSION", malformed, anywhere, []string{"invalid or inconsistent certificate extension"}},
	{42, "INVALID_POLICY_EXTENSION", policyMissing, anywhere, []string{"invalid or inconsistent certificate policy extension"}},
	{43, "NO_EXPLICIT_POLICY", policyMissing, anywhere, []string{"no explicit policy"}},
	{44, "DIFFERENT_CRL_SCOPE", crlScope, anywhere, []string{"different CRL scope"}},
	{45, "UNSUPPORTED_EXTENSION_FEATURE", malformed, clause, []string{"unsupported extension feature"}},
	{46, "UNNESTED_RESOURCE", malformed, anywhere, []string{"RFC 3779 resource not subset of parent's resources"}},
	{47, "PERMITTED_VIOLATION", constraint, anywhere, []string{"permitted subtree violation"}},
	{48, "EXCLUDED_VIOLATION", constraint, anywhere, []string{"excluded subtree violation"}},
	{49, "SUBTREE_MINMAX", constraint, anywhere, []string{"name constraints minimum and maximum not supported"}},
	{50, "APPLICATION_VERIFICATION", chainFault, anywhere, []string{"application verification failure"}},
	{51, "UNSUPPORTED_CONSTRAINT_TYPE", constraint, anywhere, []string{"unsupported name constraint type"}},
	{52, "UNSUPPORTED_CONSTRAINT_SYNTAX", constraint, anywhere, []string{"unsupported or invalid name constraint syntax"}},
	{53, "UNSUPPORTED_NAME_SYNTAX", constraint, anywhere, []string{"unsupported or invalid name syntax"}},
	{54, "CRL_PATH_VALIDATION_ERROR", crlIssuer, anywhere, []string{"CRL path validation error"}},
	{55, "PATH_LOOP", brokenLink, clause, []string{"path loop"}},
	{56, "SUITE_B_INVALID_VERSION", malformed, anywhere, []string{"Suite B: certificate version invalid"}},
	{57, "SUITE_B_INVALID_ALGORITHM", keyType, anywhere, []string{"Suite B: invalid public key algorithm"}},
	{58, "SUITE_B_INVALID_CURVE", keyType, anywhere, []string{"Suite B: invalid ECC curve"}},
	{59, "SUITE_B_INVALID_SIGNATURE_ALGORITHM", weakDigest, anywhere, []string{"Suite B: invalid signature algorithm"}},
	{60, "SUITE_B_LOS_NOT_ALLOWED", keyType, anywhere, []string{"Suite B: curve not allowed for this LOS"}},
	{61, "SUITE_B_CANNOT_SIGN_P_384_WITH_P_256", keyType, anywhere, []string{"Suite B: cannot sign P-384 with P-256"}},
	{62, "HOSTNAME_MISMATCH", wrongName, clause, []string{"hostname mismatch"}},
	{63, "EMAIL_MISMATCH", wrongName, clause, []string{"email address mismatch"}},
	{64, "IP_ADDRESS_MISMATCH", wrongIP, clause, []string{"IP address mismatch"}},
	{65, "DANE_NO_MATCH", pinBroken, anywhere, []string{"no matching DANE TLSA records"}},
	{66, "EE_KEY_TOO_SMALL", weakKey, anywhere, []string{"EE certificate key too weak"}},
	{67, "CA_KEY_TOO_SMALL", weakKey, anywhere, []string{"CA certificate key too weak"}},
	{68, "CA_MD_TOO_WEAK", weakDigest, anywhere, []string{"CA signature digest algorithm too weak"}},
	{69, "INVALID_CALL", chainFault, anywhere, []string{"invalid certificate verification context"}},
	{70, "STORE_LOOKUP", issuerMissing, anywhere, []string{"issuer certificate lookup error"}},
	{71, "NO_VALID_SCTS", sctMissing, anywhere, []string{"Certificate Transparency required, but no valid SCTs found"}},
	{72, "PROXY_SUBJECT_NAME_VIOLATION", malformed, anywhere, []string{"proxy subject name violation"}},
	{73, "OCSP_VERIFY_NEEDED", revocationUnknown, anywhere, []string{"OCSP verification needed"}},
	{74, "OCSP_VERIFY_FAILED", stapleBad, anywhere, []string{"OCSP verification failed"}},
	{75, "OCSP_CERT_UNKNOWN", stapleBad, anywhere, []string{"OCSP unknown cert"}},
	{76, "UNSUPPORTED_SIGNATURE_ALGORITHM", keyType, anywhere, []string{"Cannot find certificate signature algorithm"}},
	{77, "SIGNATURE_ALGORITHM_MISMATCH", rekeyedIssuer, anywhere, []string{"subject signature algorithm and issuer public key algorithm mismatch"}},
	{78, "SIGNATURE_ALGORITHM_INCONSISTENCY", malformed, anywhere, []string{"cert info signature and signature algorithm mismatch", "cert info siganature and signature algorithm mismatch"}},
	{79, "INVALID_CA", notCA, anywhere, []string{"invalid CA certificate"}},
	{80, "PATHLEN_INVALID_FOR_NON_CA", malformed, anywhere, []string{"Path length invalid for non-CA cert"}},
	{81, "PATHLEN_WITHOUT_KU_KEY_CERT_SIGN", malformed, anywhere, []string{"Path length given without key usage keyCertSign"}},
	{82, "KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA", malformed, anywhere, []string{"Key usage keyCertSign invalid for non-CA cert"}},
	{83, "ISSUER_NAME_EMPTY", malformed, clause, []string{"Issuer name empty"}},
	{84, "SUBJECT_NAME_EMPTY", malformed, clause, []string{"Subject name empty"}},
	{85, "MISSING_AUTHORITY_KEY_IDENTIFIER", malformed, anywhere, []string{"Missing Authority Key Identifier"}},
	{86, "MISSING_SUBJECT_KEY_IDENTIFIER", malformed, anywhere, []string{"Missing Subject Key Identifier"}},
	{87, "EMPTY_SUBJECT_ALT_NAME", malformed, anywhere, []string{"Empty Subject Alternative Name extension"}},
	{88, "EMPTY_SUBJECT_SAN_NOT_CRITICAL", malformed, anywhere, []string{"Subject empty and Subject Alt Name extension not critical"}},
	{89, "CA_BCONS_NOT_CRITICAL", malformed, anywhere, []string{"Basic Constraints of CA cert not marked critical"}},
	{90, "AUTHORITY_KEY_IDENTIFIER_CRITICAL", malformed, anywhere, []string{"Authority Key Identifier marked critical"}},
	{91, "SUBJECT_KEY_IDENTIFIER_CRITICAL", malformed, anywhere, []string{"Subject Key Identifier marked critical"}},
	{92, "CA_CERT_MISSING_KEY_USAGE", malformed, anywhere, []string{"CA cert does not include key usage extension"}},
	{93, "EXTENSIONS_REQUIRE_VERSION_3", malformed, anywhere, []string{"Using cert extension requires at least X509v3"}},
	{94, "EC_KEY_EXPLICIT_PARAMS", keyType, anywhere, []string{"Certificate public key has explicit ECC parameters"}},
	{95, "RPK_UNTRUSTED", anchorRejected, anywhere, []string{"Raw public key untrusted, no trusted keys configured"}},
}

// verifyTable makes texts of the verification results: as words, for any
// program built on OpenSSL.
func verifyTable() *table {
	t := &table{stack: "OpenSSL verification"}
	for _, v := range verifyErrors {
		for _, w := range v.texts {
			t.texts = append(t.texts, text{text: w, cause: v.cause, how: v.how})
		}
		// The name is in use by programs beside Node, too.
		t.texts = append(t.texts, text{text: "X509_V_ERR_" + v.name, cause: v.cause})
	}
	t.texts = append(t.texts,
		text{text: "OCSP response has expired", cause: stapleOld},
		text{text: "unspecified certificate verification error", cause: chainFault},
	)
	return t
}

func verifyCause(number int) (*meaning, string) {
	for _, v := range verifyErrors {
		if v.number == number {
			return v.cause, v.texts[0]
		}
	}
	return nil, ""
}
