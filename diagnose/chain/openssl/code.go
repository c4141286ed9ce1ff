package openssl

// Code is what X509_STORE_CTX_get_error returns. Source: OpenSSL 3.0,
// x509_vfy.h.
type Code int

// The codes, in OpenSSL's numbers.
const (
	OK                              Code = 0
	Unspecified                     Code = 1
	UnableToGetIssuerCert           Code = 2
	UnableToGetCRL                  Code = 3
	UnableToDecryptCertSignature    Code = 4
	UnableToDecryptCRLSignature     Code = 5
	UnableToDecodeIssuerPublicKey   Code = 6
	CertSignatureFailure            Code = 7
	CRLSignatureFailure             Code = 8
	CertNotYetValid                 Code = 9
	CertHasExpired                  Code = 10
	CRLNotYetValid                  Code = 11
	CRLHasExpired                   Code = 12
	ErrorInCertNotBeforeField       Code = 13
	ErrorInCertNotAfterField        Code = 14
	ErrorInCRLLastUpdateField       Code = 15
	ErrorInCRLNextUpdateField       Code = 16
	DepthZeroSelfSignedCert         Code = 18
	SelfSignedCertInChain           Code = 19
	UnableToGetIssuerCertLocally    Code = 20
	UnableToVerifyLeafSignature     Code = 21
	CertChainTooLong                Code = 22
	CertRevoked                     Code = 23
	NoIssuerPublicKey               Code = 24
	PathLengthExceeded              Code = 25
	InvalidPurpose                  Code = 26
	CertUntrusted                   Code = 27
	CertRejected                    Code = 28
	SubjectIssuerMismatch           Code = 29
	AKIDSKIDMismatch                Code = 30
	AKIDIssuerSerialMismatch        Code = 31
	KeyusageNoCertsign              Code = 32
	UnableToGetCRLIssuer            Code = 33
	UnhandledCriticalExtension      Code = 34
	KeyusageNoCRLSign               Code = 35
	UnhandledCriticalCRLExtension   Code = 36
	InvalidNonCA                    Code = 37
	ProxyPathLengthExceeded         Code = 38
	KeyusageNoDigitalSignature      Code = 39
	ProxyCertificatesNotAllowed     Code = 40
	InvalidExtension                Code = 41
	InvalidPolicyExtension          Code = 42
	NoExplicitPolicy                Code = 43
	DifferentCRLScope               Code = 44
	UnsupportedExtensionFeature     Code = 45
	UnnestedResource                Code = 46
	PermittedViolation              Code = 47
	ExcludedViolation               Code = 48
	SubtreeMinmax                   Code = 49
	UnsupportedConstraintType       Code = 51
	UnsupportedConstraintSyntax     Code = 52
	UnsupportedNameSyntax           Code = 53
	CRLPathValidationError          Code = 54
	PathLoop                        Code = 55
	HostnameMismatch                Code = 62
	EmailMismatch                   Code = 63
	IPAddressMismatch               Code = 64
	EEKeyTooSmall                   Code = 66
	CAKeyTooSmall                   Code = 67
	CAMDTooWeak                     Code = 68
	ProxySubjectNameViolation       Code = 72
	UnsupportedSignatureAlgorithm   Code = 76
	SignatureAlgorithmMismatch      Code = 77
	SignatureAlgorithmInconsistency Code = 78
	InvalidCA                       Code = 79
	PathlenInvalidForNonCA          Code = 80
	PathlenWithoutKUKeyCertSign     Code = 81
	KUKeyCertSignInvalidForNonCA    Code = 82
	IssuerNameEmpty                 Code = 83
	SubjectNameEmpty                Code = 84
	MissingAuthorityKeyIdentifier   Code = 85
	MissingSubjectKeyIdentifier     Code = 86
	EmptySubjectAltName             Code = 87
	EmptySubjectSANNotCritical      Code = 88
	CABconsNotCritical              Code = 89
	AuthorityKeyIdentifierCritical  Code = 90
	SubjectKeyIdentifierCritical    Code = 91
	CACertMissingKeyUsage           Code = 92
	ExtensionsRequireVersion3       Code = 93
	ECKeyExplicitParams             Code = 94
)

// explained is a code's name in C and its text.
type explained struct{ name, text string }

func (c Code) explained() explained {
	switch c {
	case OK:
		return explained{"X509_V_OK",
			"ok"}
	case Unspecified:
		return explained{"X509_V_ERR_UNSPECIFIED",
			"unspecified certificate verification error"}
	case UnableToGetIssuerCert:
		return explained{"X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT",
			"unable to get issuer certificate"}
	case UnableToGetCRL:
		return explained{"X509_V_ERR_UNABLE_TO_GET_CRL",
			"unable to get certificate CRL"}
	case UnableToDecryptCertSignature:
		return explained{"X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE",
			"unable to decrypt certificate's signature"}
	case UnableToDecryptCRLSignature:
		return explained{"X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE",
			"unable to decrypt CRL's signature"}
	case UnableToDecodeIssuerPublicKey:
		return explained{"X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY",
			"unable to decode issuer public key"}
	case CertSignatureFailure:
		return explained{"X509_V_ERR_CERT_SIGNATURE_FAILURE",
			"certificate signature failure"}
	case CRLSignatureFailure:
		return explained{"X509_V_ERR_CRL_SIGNATURE_FAILURE",
			"CRL signature failure"}
	case CertNotYetValid:
		return explained{"X509_V_ERR_CERT_NOT_YET_VALID",
			"certificate is not yet valid"}
	case CertHasExpired:
		return explained{"X509_V_ERR_CERT_HAS_EXPIRED",
			"certificate has expired"}
	case CRLNotYetValid:
		return explained{"X509_V_ERR_CRL_NOT_YET_VALID",
			"CRL is not yet valid"}
	case CRLHasExpired:
		return explained{"X509_V_ERR_CRL_HAS_EXPIRED",
			"CRL has expired"}
	case ErrorInCertNotBeforeField:
		return explained{"X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD",
			"format error in certificate's notBefore field"}
	case ErrorInCertNotAfterField:
		return explained{"X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD",
			"format error in certificate's notAfter field"}
	case ErrorInCRLLastUpdateField:
		return explained{"X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD",
			"format error in CRL's lastUpdate field"}
	case ErrorInCRLNextUpdateField:
		return explained{"X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD",
			"format error in CRL's nextUpdate field"}
	case DepthZeroSelfSignedCert:
		return explained{"X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT",
			"self-signed certificate"}
	case SelfSignedCertInChain:
		return explained{"X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN",
			"self-signed certificate in certificate chain"}
	case UnableToGetIssuerCertLocally:
		return explained{"X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
			"unable to get local issuer certificate"}
	case UnableToVerifyLeafSignature:
		return explained{"X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE",
			"unable to verify the first certificate"}
	case CertChainTooLong:
		return explained{"X509_V_ERR_CERT_CHAIN_TOO_LONG",
			"certificate chain too long"}
	case CertRevoked:
		return explained{"X509_V_ERR_CERT_REVOKED",
			"certificate revoked"}
	case NoIssuerPublicKey:
		return explained{"X509_V_ERR_NO_ISSUER_PUBLIC_KEY",
			"issuer certificate doesn't have a public key"}
	case PathLengthExceeded:
		return explained{"X509_V_ERR_PATH_LENGTH_EXCEEDED",
			"path length constraint exceeded"}
	case InvalidPurpose:
		return explained{"X509_V_ERR_INVALID_PURPOSE",
			"unsuitable certificate purpose"}
	case CertUntrusted:
		return explained{"X509_V_ERR_CERT_UNTRUSTED",
			"certificate not trusted"}
	case CertRejected:
		return explained{"X509_V_ERR_CERT_REJECTED",
			"certificate rejected"}
	case SubjectIssuerMismatch:
		return explained{"X509_V_ERR_SUBJECT_ISSUER_MISMATCH",
			"subject issuer mismatch"}
	case AKIDSKIDMismatch:
		return explained{"X509_V_ERR_AKID_SKID_MISMATCH",
			"authority and subject key identifier mismatch"}
	case AKIDIssuerSerialMismatch:
		return explained{"X509_V_ERR_AKID_ISSUER_SERIAL_MISMATCH",
			"authority and issuer serial number mismatch"}
	case KeyusageNoCertsign:
		return explained{"X509_V_ERR_KEYUSAGE_NO_CERTSIGN",
			"key usage does not include certificate signing"}
	case UnableToGetCRLIssuer:
		return explained{"X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER",
			"unable to get CRL issuer certificate"}
	case UnhandledCriticalExtension:
		return explained{"X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION",
			"unhandled critical extension"}
	case KeyusageNoCRLSign:
		return explained{"X509_V_ERR_KEYUSAGE_NO_CRL_SIGN",
			"key usage does not include CRL signing"}
	case UnhandledCriticalCRLExtension:
		return explained{"X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION",
			"unhandled critical CRL extension"}
	case InvalidNonCA:
		return explained{"X509_V_ERR_INVALID_NON_CA",
			"invalid non-CA certificate (has CA markings)"}
	case ProxyPathLengthExceeded:
		return explained{"X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED",
			"proxy path length constraint exceeded"}
	case KeyusageNoDigitalSignature:
		return explained{"X509_V_ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE",
			"key usage does not include digital signature"}
	case ProxyCertificatesNotAllowed:
		return explained{"X509_V_ERR_PROXY_CERTIFICATES_NOT_ALLOWED",
			"proxy certificates not allowed, please set the appropriate flag"}
	case InvalidExtension:
		return explained{"X509_V_ERR_INVALID_EXTENSION",
			"invalid or inconsistent certificate extension"}
	case InvalidPolicyExtension:
		return explained{"X509_V_ERR_INVALID_POLICY_EXTENSION",
			"invalid or inconsistent certificate policy extension"}
	case NoExplicitPolicy:
		return explained{"X509_V_ERR_NO_EXPLICIT_POLICY",
			"no explicit policy"}
	case DifferentCRLScope:
		return explained{"X509_V_ERR_DIFFERENT_CRL_SCOPE",
			"different CRL scope"}
	case UnsupportedExtensionFeature:
		return explained{"X509_V_ERR_UNSUPPORTED_EXTENSION_FEATURE",
			"unsupported extension feature"}
	case UnnestedResource:
		return explained{"X509_V_ERR_UNNESTED_RESOURCE",
			"RFC 3779 resource not subset of parent's resources"}
	case PermittedViolation:
		return explained{"X509_V_ERR_PERMITTED_VIOLATION",
			"permitted subtree violation"}
	case ExcludedViolation:
		return explained{"X509_V_ERR_EXCLUDED_VIOLATION",
			"excluded subtree violation"}
	case SubtreeMinmax:
		return explained{"X509_V_ERR_SUBTREE_MINMAX",
			"name constraints minimum and maximum not supported"}
	case UnsupportedConstraintType:
		return explained{"X509_V_ERR_UNSUPPORTED_CONSTRAINT_TYPE",
			"unsupported name constraint type"}
	case UnsupportedConstraintSyntax:
		return explained{"X509_V_ERR_UNSUPPORTED_CONSTRAINT_SYNTAX",
			"unsupported or invalid name constraint syntax"}
	case UnsupportedNameSyntax:
		return explained{"X509_V_ERR_UNSUPPORTED_NAME_SYNTAX",
			"unsupported or invalid name syntax"}
	case CRLPathValidationError:
		return explained{"X509_V_ERR_CRL_PATH_VALIDATION_ERROR",
			"CRL path validation error"}
	case PathLoop:
		return explained{"X509_V_ERR_PATH_LOOP",
			"path loop"}
	case HostnameMismatch:
		return explained{"X509_V_ERR_HOSTNAME_MISMATCH",
			"hostname mismatch"}
	case EmailMismatch:
		return explained{"X509_V_ERR_EMAIL_MISMATCH",
			"email address mismatch"}
	case IPAddressMismatch:
		return explained{"X509_V_ERR_IP_ADDRESS_MISMATCH",
			"IP address mismatch"}
	case EEKeyTooSmall:
		return explained{"X509_V_ERR_EE_KEY_TOO_SMALL",
			"EE certificate key too weak"}
	case CAKeyTooSmall:
		return explained{"X509_V_ERR_CA_KEY_TOO_SMALL",
			"CA certificate key too weak"}
	case CAMDTooWeak:
		return explained{"X509_V_ERR_CA_MD_TOO_WEAK",
			"CA signature digest algorithm too weak"}
	case ProxySubjectNameViolation:
		return explained{"X509_V_ERR_PROXY_SUBJECT_NAME_VIOLATION",
			"proxy subject name violation"}
	case UnsupportedSignatureAlgorithm:
		return explained{"X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM",
			"Cannot find certificate signature algorithm"}
	case SignatureAlgorithmMismatch:
		return explained{"X509_V_ERR_SIGNATURE_ALGORITHM_MISMATCH",
			"subject signature algorithm and issuer public key algorithm mismatch"}
	case SignatureAlgorithmInconsistency:
		return explained{"X509_V_ERR_SIGNATURE_ALGORITHM_INCONSISTENCY",
			"cert info signature and signature algorithm mismatch"}
	case InvalidCA:
		return explained{"X509_V_ERR_INVALID_CA",
			"invalid CA certificate"}
	case PathlenInvalidForNonCA:
		return explained{"X509_V_ERR_PATHLEN_INVALID_FOR_NON_CA",
			"Path length invalid for non-CA cert"}
	case PathlenWithoutKUKeyCertSign:
		return explained{"X509_V_ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN",
			"Path length given without key usage keyCertSign"}
	case KUKeyCertSignInvalidForNonCA:
		return explained{"X509_V_ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA",
			"Key usage keyCertSign invalid for non-CA cert"}
	case IssuerNameEmpty:
		return explained{"X509_V_ERR_ISSUER_NAME_EMPTY",
			"Issuer name empty"}
	case SubjectNameEmpty:
		return explained{"X509_V_ERR_SUBJECT_NAME_EMPTY",
			"Subject name empty"}
	case MissingAuthorityKeyIdentifier:
		return explained{"X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER",
			"Missing Authority Key Identifier"}
	case MissingSubjectKeyIdentifier:
		return explained{"X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER",
			"Missing Subject Key Identifier"}
	case EmptySubjectAltName:
		return explained{"X509_V_ERR_EMPTY_SUBJECT_ALT_NAME",
			"Empty Subject Alternative Name extension"}
	case EmptySubjectSANNotCritical:
		return explained{"X509_V_ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL",
			"Subject empty and Subject Alt Name extension not critical"}
	case CABconsNotCritical:
		return explained{"X509_V_ERR_CA_BCONS_NOT_CRITICAL",
			"Basic Constraints of CA cert not marked critical"}
	case AuthorityKeyIdentifierCritical:
		return explained{"X509_V_ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL",
			"Authority Key Identifier marked critical"}
	case SubjectKeyIdentifierCritical:
		return explained{"X509_V_ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL",
			"Subject Key Identifier marked critical"}
	case CACertMissingKeyUsage:
		return explained{"X509_V_ERR_CA_CERT_MISSING_KEY_USAGE",
			"CA cert does not include key usage extension"}
	case ExtensionsRequireVersion3:
		return explained{"X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3",
			"Using cert extension requires at least X509v3"}
	case ECKeyExplicitParams:
		return explained{"X509_V_ERR_EC_KEY_EXPLICIT_PARAMS",
			"Certificate public key has explicit ECC parameters"}
	}
	return explained{"X509_V_ERR_UNSPECIFIED", "unknown certificate verification error"}
}

// Name is the code's name in C: "X509_V_ERR_CERT_HAS_EXPIRED".
func (c Code) Name() string { return c.explained().name }

// String is the text that OpenSSL 3.0 prints: "certificate has expired".
func (c Code) String() string { return c.explained().text }
