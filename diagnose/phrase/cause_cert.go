package phrase

import "mutual/diagnose/cause"

// What a verifier can object to in a certificate or a chain.
var (
	unknownIssuer = &meaning{name: "unknown issuer", rank: vague,
		means:    "No chain could be built from the certificate that was shown to a CA that is trusted here.",
		byClient: likely{cause.ServerChainMissingIntermediate, cause.ServerCAUntrusted, cause.ServerCertSelfSigned, cause.IssuerNameMatchesKeyDiffers, cause.CertSignatureInvalid},
		byServer: likely{cause.ClientCAUntrustedByServer, cause.ClientChainMissingIntermediate, cause.IssuerNameMatchesKeyDiffers, cause.ClientCertSelfSigned, cause.ClientVerifyDepthExceeded}}
	refusedByPeer = &meaning{name: "unknown issuer, in the peer's words", rank: vague,
		means:    "The other side refused the certificate that was shown to it, and its words came along: it knows no CA that issued it.",
		byClient: likely{cause.PeerRejectedOurServerCert, cause.ServerCAUntrusted, cause.ServerCertSelfSigned, cause.ClientCAUntrustedByServer}}
	loneLeaf = &meaning{name: "leaf not verified", rank: vague,
		means:    "Only the end certificate was at hand, and its issuer is not among the trusted CAs.",
		byClient: likely{cause.ServerChainMissingIntermediate, cause.CertSignatureInvalid, cause.ServerCAUntrusted, cause.ServerCertSelfSigned},
		byServer: likely{cause.ClientChainMissingIntermediate, cause.ClientCAUntrustedByServer, cause.IssuerNameMatchesKeyDiffers}}
	noLocalRoot = &meaning{name: "root not in the store", rank: vague,
		means:    "The chain ends at an issuer that is not in the store of trusted CAs.",
		byClient: likely{cause.ServerCAUntrusted, cause.IssuerNameMatchesKeyDiffers, cause.ServerChainMissingIntermediate},
		byServer: likely{cause.ClientCAUntrustedByServer, cause.IssuerNameMatchesKeyDiffers, cause.ClientChainMissingIntermediate}}
	selfSigned = &meaning{name: "self-signed", rank: exact,
		means:    "The certificate is signed by itself and is not trusted as it stands.",
		byClient: likely{cause.ServerCertSelfSigned, cause.ServerCAUntrusted, cause.SNIDefaultCertServed},
		byServer: likely{cause.ClientCertSelfSigned, cause.ClientCAUntrustedByServer},
		issuer:   likely{cause.ServerCAUntrusted, cause.ClientCAUntrustedByServer}}
	selfSignedRoot = &meaning{name: "untrusted root", rank: exact,
		means:    "The chain is complete up to a root, and that root is not in the store of trusted CAs.",
		byClient: likely{cause.ServerCAUntrusted, cause.ServerCertSelfSigned, cause.TrustStoreEnvOverride},
		byServer: likely{cause.ClientCAUntrustedByServer, cause.ClientCertSelfSigned}}
	issuerMissing = &meaning{name: "issuer certificate missing", rank: vague,
		means:    "The issuer of a certificate in the chain could not be found; often the store holds an intermediate but not its root.",
		byClient: likely{cause.ServerChainMissingIntermediate, cause.TrustAnchorNotSelfSigned, cause.ServerCAUntrusted},
		byServer: likely{cause.ClientChainMissingIntermediate, cause.TrustAnchorNotSelfSigned, cause.ClientCAUntrustedByServer}}
	rekeyedIssuer = &meaning{name: "issuer of the same name, other key", rank: exact,
		means:    "A CA of the right name is known, but its key did not sign this certificate: the CA was made anew, or another CA bears its name.",
		byClient: likely{cause.IssuerNameMatchesKeyDiffers, cause.CertSignatureInvalid}}
	brokenLink = &meaning{name: "subject and issuer do not match", rank: exact,
		means:    "Two neighbouring certificates of the chain do not belong together: the issuer named in one is not the subject of the next.",
		byClient: likely{cause.ChainBrokenLink, cause.ChainOutOfOrder, cause.IssuerNameMatchesKeyDiffers}}
	wrongOrder = &meaning{name: "chain out of order", rank: exact,
		means:    "The certificates of the chain are not in order from the end certificate upwards.",
		byClient: likely{cause.ChainOutOfOrder, cause.ChainBrokenLink}}
	badSignature = &meaning{name: "certificate signature", rank: exact,
		means:    "A certificate's signature does not fit the key of its issuer.",
		byClient: likely{cause.CertSignatureInvalid, cause.IssuerNameMatchesKeyDiffers}}
	expired = &meaning{name: "expired", rank: exact,
		means:    "A certificate's end of validity lies in the past by this computer's clock.",
		byClient: likely{cause.ServerCertExpired, cause.IssuerCertExpired, cause.ClockSkewLocal, cause.StaleCertLoaded},
		byServer: likely{cause.ClientCertExpired, cause.IssuerCertExpired, cause.ClockSkewLocal},
		issuer:   likely{cause.IssuerCertExpired, cause.TrustAnchorExpired, cause.ClockSkewLocal}}
	notYetValid = &meaning{name: "not yet valid", rank: exact,
		means:    "A certificate's validity begins in the future by this computer's clock.",
		byClient: likely{cause.ServerCertNotYetValid, cause.ClockSkewLocal, cause.IssuerCertNotYetValid},
		byServer: likely{cause.ClientCertNotYetValid, cause.ClockSkewLocal, cause.IssuerCertNotYetValid},
		issuer:   likely{cause.IssuerCertNotYetValid, cause.ClockSkewLocal}}
	outsideValidity = &meaning{name: "expired or not yet valid", rank: exact,
		means:    "The time is outside a certificate's period of validity.",
		byClient: likely{cause.ServerCertExpired, cause.ServerCertNotYetValid, cause.ClockSkewLocal, cause.IssuerCertExpired},
		byServer: likely{cause.ClientCertExpired, cause.ClientCertNotYetValid, cause.ClockSkewLocal, cause.IssuerCertExpired},
		issuer:   likely{cause.IssuerCertExpired, cause.IssuerCertNotYetValid, cause.ClockSkewLocal}}
	issuerExpired = &meaning{name: "issuer expired", rank: exact,
		means:    "The certificate of an issuing CA is past its end of validity.",
		byClient: likely{cause.IssuerCertExpired, cause.TrustAnchorExpired, cause.ClockSkewLocal}}
	wrongName = &meaning{name: "name mismatch", rank: exact,
		means:    "The server's certificate is for other names than the one that was dialled.",
		byClient: likely{cause.ServerNameMismatch, cause.SNIDefaultCertServed, cause.ServerSANMissing},
		byServer: likely{cause.ClientIdentityNotAuthorized}}
	wrongIP = &meaning{name: "IP address mismatch", rank: exact,
		means:    "The server was dialled by its IP address, and its certificate does not list that address.",
		byClient: likely{cause.ServerIPSANMissing, cause.ServerNameMismatch},
		byServer: likely{cause.ClientIdentityNotAuthorized}}
	wrongNameOrIP = &meaning{name: "name or address mismatch", rank: verdict,
		means:    "The server's certificate is not for the name or address that was dialled. The message beside this code says which.",
		byClient: likely{cause.ServerNameMismatch, cause.ServerIPSANMissing, cause.SNIDefaultCertServed}}
	noSAN = &meaning{name: "no subject alternative name", rank: exact,
		means:    "The certificate states its name only as a common name; a subject alternative name is needed.",
		byClient: likely{cause.ServerSANMissing, cause.ServerNameMismatch}}
	wrongPurpose = &meaning{name: "purpose", rank: exact,
		means:    "The certificate's extended key usage does not allow this use.",
		byClient: likely{cause.ServerEKUMissingServerAuth, cause.IssuerEKUExcludesPurpose, cause.ServerKeyUsageIncompatible},
		byServer: likely{cause.ClientEKUMissingClientAuth, cause.IssuerEKUExcludesPurpose, cause.ClientKeyUsageIncompatible},
		issuer:   likely{cause.IssuerEKUExcludesPurpose, cause.IssuerNotCA}}
	issuerPurpose = &meaning{name: "purpose of an issuer", rank: exact,
		means:    "A CA certificate of the chain is limited to other purposes than this one.",
		byClient: likely{cause.IssuerEKUExcludesPurpose, cause.PolicyRequiredNotPresent, cause.ServerEKUMissingServerAuth},
		byServer: likely{cause.IssuerEKUExcludesPurpose, cause.PolicyRequiredNotPresent, cause.ClientEKUMissingClientAuth}}
	wrongKeyUsage = &meaning{name: "key usage", rank: exact,
		means:    "The certificate's key usage does not allow what the handshake needs, a digital signature as a rule.",
		byClient: likely{cause.ServerKeyUsageIncompatible, cause.ServerEKUMissingServerAuth},
		byServer: likely{cause.ClientKeyUsageIncompatible, cause.ClientEKUMissingClientAuth}}
	notCA = &meaning{name: "issuer is no CA", rank: exact,
		means:    "A certificate that signed another one is not marked as a CA.",
		byClient: likely{cause.IssuerNotCA, cause.IssuerKeyUsageNoCertSign, cause.TrustAnchorRejected}}
	noCertSign = &meaning{name: "issuer may not sign certificates", rank: exact,
		means:    "A CA certificate's key usage does not allow it to sign certificates.",
		byClient: likely{cause.IssuerKeyUsageNoCertSign, cause.IssuerNotCA}}
	pathLength = &meaning{name: "path length", rank: exact,
		means:    "The chain has more CA certificates than one of them permits below itself.",
		byClient: likely{cause.PathLengthExceeded, cause.IssuerNotCA}}
	depthLimit = &meaning{name: "chain too long for the verifier", rank: exact,
		means:    "The chain is longer than the verifier's own limit (ssl_verify_depth, SSLVerifyDepth and their like).",
		byClient: likely{cause.ClientVerifyDepthExceeded, cause.PathLengthExceeded}}
	constraint = &meaning{name: "name constraints", rank: exact,
		means:    "A CA of the chain is limited to certain names, and the certificate is for another.",
		byClient: likely{cause.NameConstraintViolation}}
	criticalExtension = &meaning{name: "unknown critical extension", rank: exact,
		means:    "A certificate has an extension marked critical that the verifier does not know, so it must refuse it.",
		byClient: likely{cause.CertUnknownCriticalExtension, cause.PolicyRequiredNotPresent}}
	weakDigest = &meaning{name: "weak signature algorithm", rank: exact,
		means:    "A certificate is signed with an algorithm that is no longer accepted, SHA-1 or MD5 as a rule.",
		byClient: likely{cause.CertSignatureAlgorithmWeak}}
	weakKey = &meaning{name: "weak key", rank: exact,
		means:    "A certificate's key is too short for the verifier.",
		byClient: likely{cause.CertKeyTooWeak}}
	weakAlgorithm = &meaning{name: "algorithm below the security level", rank: vague,
		means:    "A key or a signature algorithm of the chain is too weak for the verifier.",
		byClient: likely{cause.CertKeyTooWeak, cause.CertSignatureAlgorithmWeak, cause.CipherNoOverlap}}
	keyType = &meaning{name: "key type not supported", rank: exact,
		means:    "A certificate's key is of a type, curve or size that the other side cannot use.",
		byClient: likely{cause.CertKeyTypeUnsupported, cause.SignatureSchemeNoOverlap}}
	malformed = &meaning{name: "malformed certificate", rank: exact,
		means:    "A certificate breaks the rules of its format, and the verifier refuses to read it.",
		byClient: likely{cause.CertMalformed}}
	nonStandard = &meaning{name: "not standards compliant", rank: vague,
		means:    "Apple's verifier refuses the certificate by its own rules: 825 days at most, a subject alternative name, serverAuth, SHA-256, RSA of 2048 bits.",
		byClient: likely{cause.ServerCertValidityTooLong, cause.ServerSANMissing, cause.ServerEKUMissingServerAuth, cause.CertSignatureAlgorithmWeak, cause.CertKeyTooWeak}}
	validityTooLong = &meaning{name: "validity too long", rank: exact,
		means:    "The certificate is valid for longer than the verifier permits.",
		byClient: likely{cause.ServerCertValidityTooLong}}
	policyMissing = &meaning{name: "certificate policy", rank: exact,
		means:    "A certificate policy is required, and the chain does not carry it throughout.",
		byClient: likely{cause.PolicyRequiredNotPresent}}
	anchorRejected = &meaning{name: "anchor rejected", rank: exact,
		means:    "The certificate is in the store, but marked there as not trusted for this purpose.",
		byClient: likely{cause.TrustAnchorRejected, cause.ServerCAUntrusted},
		byServer: likely{cause.TrustAnchorRejected, cause.ClientCAUntrustedByServer}}
	revoked = &meaning{name: "revoked", rank: exact,
		means:    "The certificate's CA has withdrawn it.",
		byClient: likely{cause.ServerCertRevoked, cause.ClientCertRevoked},
		byServer: likely{cause.ClientCertRevoked, cause.ServerCertRevoked}}
	crlOld = &meaning{name: "CRL expired", rank: exact,
		means:    "The revocation list at hand is past its next update, so it counts for nothing.",
		byClient: likely{cause.CRLExpired, cause.ClockSkewLocal}}
	crlAhead = &meaning{name: "CRL not yet valid", rank: exact,
		means:    "The revocation list begins in the future by this computer's clock.",
		byClient: likely{cause.CRLExpired, cause.ClockSkewLocal}}
	crlMissing = &meaning{name: "CRL missing", rank: exact,
		means:    "Revocation is checked, and there is no revocation list of the certificate's issuer. nginx also says so of a CA it does not trust.",
		byClient: likely{cause.CRLUnavailable, cause.ServerCAUntrusted},
		byServer: likely{cause.CRLUnavailable, cause.ClientCAUntrustedByServer}}
	crlForged = &meaning{name: "CRL signature", rank: exact,
		means:    "The revocation list is not signed by the key of the certificate's issuer, or is damaged.",
		byClient: likely{cause.CRLSignatureInvalid, cause.CRLIssuerInvalid}}
	crlIssuer = &meaning{name: "CRL issuer", rank: exact,
		means:    "The issuer of the revocation list is unknown, or may not sign such lists.",
		byClient: likely{cause.CRLIssuerInvalid, cause.CRLSignatureInvalid}}
	crlScope = &meaning{name: "CRL scope", rank: exact,
		means:    "The revocation list is for other certificates than this one.",
		byClient: likely{cause.CRLScopeMismatch}}
	revocationUnknown = &meaning{name: "revocation not known", rank: vague,
		means:    "Whether the certificate is revoked could not be learned, and the verifier insists on knowing.",
		byClient: likely{cause.CRLUnavailable, cause.OCSPUnreachable, cause.CRLExpired, cause.OCSPResponseExpired}}
	stapleMissing = &meaning{name: "OCSP staple missing", rank: exact,
		means:    "The server was to send a fresh OCSP answer about its certificate along, and sent none.",
		byClient: likely{cause.OCSPStapleMissing, cause.OCSPUnreachable}}
	stapleOld = &meaning{name: "OCSP answer expired", rank: exact,
		means:    "The OCSP answer about the certificate is too old.",
		byClient: likely{cause.OCSPResponseExpired, cause.ClockSkewLocal}}
	ocspDown = &meaning{name: "OCSP responder", rank: exact,
		means:    "The OCSP responder could not be asked, or did not answer properly.",
		byClient: likely{cause.OCSPUnreachable, cause.OCSPStapleMissing}}
	stapleBad = &meaning{name: "OCSP answer invalid", rank: vague,
		means:    "The OCSP answer about the certificate is not valid.",
		byClient: likely{cause.OCSPResponseExpired, cause.OCSPStapleMissing, cause.OCSPUnreachable, cause.ServerCertRevoked}}
	sctMissing = &meaning{name: "certificate transparency", rank: exact,
		means:    "Proof that the certificate stands in the public logs is required, and there is none.",
		byClient: likely{cause.CTSCTsMissing}}
	pinBroken = &meaning{name: "pin mismatch", rank: exact,
		means:    "The key or certificate is not the one that was pinned.",
		byClient: likely{cause.ServerCertPinMismatch, cause.ServerNameMismatch},
		byServer: likely{cause.ClientIdentityNotAuthorized, cause.ServerCertPinMismatch}}
	chainFault = &meaning{name: "verification failed", rank: verdict,
		means:    "The other side's certificate was not accepted. The words do not say why; the detail stands beside them or in a log.",
		byClient: likely{cause.ServerCAUntrusted, cause.ServerChainMissingIntermediate, cause.ServerCertExpired, cause.ServerNameMismatch, cause.ServerCertSelfSigned},
		byServer: likely{cause.ClientCAUntrustedByServer, cause.ClientChainMissingIntermediate, cause.ClientCertExpired, cause.ClientCertSelfSigned, cause.ClientEKUMissingClientAuth}}
	nameOrChain = &meaning{name: "name or chain", rank: verdict,
		means:    "The server's certificate was not accepted, by its name or by its chain. The words in brackets or the inner exception say which.",
		byClient: likely{cause.ServerNameMismatch, cause.ServerCAUntrusted, cause.ServerChainMissingIntermediate, cause.ServerCertExpired},
		byServer: likely{cause.ClientCAUntrustedByServer, cause.ClientChainMissingIntermediate, cause.ClientCertExpired}}
)
