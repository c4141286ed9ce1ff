package phrase

// What a verifier can object to in a certificate or a chain.
var (
	unknownIssuer = &cause{name: "unknown issuer", rank: vague,
		means:    "No chain could be built from the certificate that was shown to a CA that is trusted here.",
		byClient: "server-chain-missing-intermediate server-ca-untrusted server-cert-self-signed issuer-name-matches-key-differs cert-signature-invalid",
		byServer: "client-ca-untrusted-by-server client-chain-missing-intermediate issuer-name-matches-key-differs client-cert-self-signed client-verify-depth-exceeded"}
	refusedByPeer = &cause{name: "unknown issuer, in the peer's words", rank: vague,
		means:    "The other side refused the certificate that was shown to it, and its words came along: it knows no CA that issued it.",
		byClient: "peer-rejected-our-server-cert server-ca-untrusted server-cert-self-signed client-ca-untrusted-by-server"}
	loneLeaf = &cause{name: "leaf not verified", rank: vague,
		means:    "Only the end certificate was at hand, and its issuer is not among the trusted CAs.",
		byClient: "server-chain-missing-intermediate cert-signature-invalid server-ca-untrusted server-cert-self-signed",
		byServer: "client-chain-missing-intermediate client-ca-untrusted-by-server issuer-name-matches-key-differs"}
	noLocalRoot = &cause{name: "root not in the store", rank: vague,
		means:    "The chain ends at an issuer that is not in the store of trusted CAs.",
		byClient: "server-ca-untrusted issuer-name-matches-key-differs server-chain-missing-intermediate",
		byServer: "client-ca-untrusted-by-server issuer-name-matches-key-differs client-chain-missing-intermediate"}
	selfSigned = &cause{name: "self-signed", rank: exact,
		means:    "The certificate is signed by itself and is not trusted as it stands.",
		byClient: "server-cert-self-signed server-ca-untrusted sni-default-cert-served",
		byServer: "client-cert-self-signed client-ca-untrusted-by-server",
		issuer:   "server-ca-untrusted client-ca-untrusted-by-server"}
	selfSignedRoot = &cause{name: "untrusted root", rank: exact,
		means:    "The chain is complete up to a root, and that root is not in the store of trusted CAs.",
		byClient: "server-ca-untrusted server-cert-self-signed trust-store-env-override",
		byServer: "client-ca-untrusted-by-server client-cert-self-signed"}
	issuerMissing = &cause{name: "issuer certificate missing", rank: vague,
		means:    "The issuer of a certificate in the chain could not be found; often the store holds an intermediate but not its root.",
		byClient: "server-chain-missing-intermediate trust-anchor-not-self-signed server-ca-untrusted",
		byServer: "client-chain-missing-intermediate trust-anchor-not-self-signed client-ca-untrusted-by-server"}
	rekeyedIssuer = &cause{name: "issuer of the same name, other key", rank: exact,
		means:    "A CA of the right name is known, but its key did not sign this certificate: the CA was made anew, or another CA bears its name.",
		byClient: "issuer-name-matches-key-differs cert-signature-invalid"}
	brokenLink = &cause{name: "subject and issuer do not match", rank: exact,
		means:    "Two neighbouring certificates of the chain do not belong together: the issuer named in one is not the subject of the next.",
		byClient: "chain-broken-link chain-out-of-order issuer-name-matches-key-differs"}
	wrongOrder = &cause{name: "chain out of order", rank: exact,
		means:    "The certificates of the chain are not in order from the end certificate upwards.",
		byClient: "chain-out-of-order chain-broken-link"}
	badSignature = &cause{name: "certificate signature", rank: exact,
		means:    "A certificate's signature does not fit the key of its issuer.",
		byClient: "cert-signature-invalid issuer-name-matches-key-differs"}
	expired = &cause{name: "expired", rank: exact,
		means:    "A certificate's end of validity lies in the past by this computer's clock.",
		byClient: "server-cert-expired issuer-cert-expired clock-skew-local stale-cert-loaded",
		byServer: "client-cert-expired issuer-cert-expired clock-skew-local",
		issuer:   "issuer-cert-expired trust-anchor-expired clock-skew-local"}
	notYetValid = &cause{name: "not yet valid", rank: exact,
		means:    "A certificate's validity begins in the future by this computer's clock.",
		byClient: "server-cert-not-yet-valid clock-skew-local issuer-cert-not-yet-valid",
		byServer: "client-cert-not-yet-valid clock-skew-local issuer-cert-not-yet-valid",
		issuer:   "issuer-cert-not-yet-valid clock-skew-local"}
	outsideValidity = &cause{name: "expired or not yet valid", rank: exact,
		means:    "The time is outside a certificate's period of validity.",
		byClient: "server-cert-expired server-cert-not-yet-valid clock-skew-local issuer-cert-expired",
		byServer: "client-cert-expired client-cert-not-yet-valid clock-skew-local issuer-cert-expired",
		issuer:   "issuer-cert-expired issuer-cert-not-yet-valid clock-skew-local"}
	issuerExpired = &cause{name: "issuer expired", rank: exact,
		means:    "The certificate of an issuing CA is past its end of validity.",
		byClient: "issuer-cert-expired trust-anchor-expired clock-skew-local"}
	wrongName = &cause{name: "name mismatch", rank: exact,
		means:    "The server's certificate is for other names than the one that was dialled.",
		byClient: "server-name-mismatch sni-default-cert-served server-san-missing",
		byServer: "client-identity-not-authorized"}
	wrongIP = &cause{name: "IP address mismatch", rank: exact,
		means:    "The server was dialled by its IP address, and its certificate does not list that address.",
		byClient: "server-ip-san-missing server-name-mismatch",
		byServer: "client-identity-not-authorized"}
	wrongNameOrIP = &cause{name: "name or address mismatch", rank: verdict,
		means:    "The server's certificate is not for the name or address that was dialled. The message beside this code says which.",
		byClient: "server-name-mismatch server-ip-san-missing sni-default-cert-served"}
	noSAN = &cause{name: "no subject alternative name", rank: exact,
		means:    "The certificate states its name only as a common name; a subject alternative name is needed.",
		byClient: "server-san-missing server-name-mismatch"}
	wrongPurpose = &cause{name: "purpose", rank: exact,
		means:    "The certificate's extended key usage does not allow this use.",
		byClient: "server-eku-missing-serverauth issuer-eku-excludes-purpose server-key-usage-incompatible",
		byServer: "client-eku-missing-clientauth issuer-eku-excludes-purpose client-key-usage-incompatible",
		issuer:   "issuer-eku-excludes-purpose issuer-not-ca"}
	issuerPurpose = &cause{name: "purpose of an issuer", rank: exact,
		means:    "A CA certificate of the chain is limited to other purposes than this one.",
		byClient: "issuer-eku-excludes-purpose policy-required-not-present server-eku-missing-serverauth",
		byServer: "issuer-eku-excludes-purpose policy-required-not-present client-eku-missing-clientauth"}
	wrongKeyUsage = &cause{name: "key usage", rank: exact,
		means:    "The certificate's key usage does not allow what the handshake needs, a digital signature as a rule.",
		byClient: "server-key-usage-incompatible server-eku-missing-serverauth",
		byServer: "client-key-usage-incompatible client-eku-missing-clientauth"}
	notCA = &cause{name: "issuer is no CA", rank: exact,
		means:    "A certificate that signed another one is not marked as a CA.",
		byClient: "issuer-not-ca issuer-key-usage-no-certsign trust-anchor-rejected"}
	noCertSign = &cause{name: "issuer may not sign certificates", rank: exact,
		means:    "A CA certificate's key usage does not allow it to sign certificates.",
		byClient: "issuer-key-usage-no-certsign issuer-not-ca"}
	pathLength = &cause{name: "path length", rank: exact,
		means:    "The chain has more CA certificates than one of them permits below itself.",
		byClient: "path-length-exceeded issuer-not-ca"}
	depthLimit = &cause{name: "chain too long for the verifier", rank: exact,
		means:    "The chain is longer than the verifier's own limit (ssl_verify_depth, SSLVerifyDepth and their like).",
		byClient: "client-verify-depth-exceeded path-length-exceeded"}
	constraint = &cause{name: "name constraints", rank: exact,
		means:    "A CA of the chain is limited to certain names, and the certificate is for another.",
		byClient: "name-constraint-violation"}
	criticalExtension = &cause{name: "unknown critical extension", rank: exact,
		means:    "A certificate has an extension marked critical that the verifier does not know, so it must refuse it.",
		byClient: "cert-unknown-critical-extension policy-required-not-present"}
	weakDigest = &cause{name: "weak signature algorithm", rank: exact,
		means:    "A certificate is signed with an algorithm that is no longer accepted, SHA-1 or MD5 as a rule.",
		byClient: "cert-signature-algorithm-weak"}
	weakKey = &cause{name: "weak key", rank: exact,
		means:    "A certificate's key is too short for the verifier.",
		byClient: "cert-key-too-weak"}
	weakAlgorithm = &cause{name: "algorithm below the security level", rank: vague,
		means:    "A key or a signature algorithm of the chain is too weak for the verifier.",
		byClient: "cert-key-too-weak cert-signature-algorithm-weak cipher-no-overlap"}
	keyType = &cause{name: "key type not supported", rank: exact,
		means:    "A certificate's key is of a type, curve or size that the other side cannot use.",
		byClient: "cert-key-type-unsupported signature-scheme-no-overlap"}
	malformed = &cause{name: "malformed certificate", rank: exact,
		means:    "A certificate breaks the rules of its format, and the verifier refuses to read it.",
		byClient: "cert-malformed"}
	nonStandard = &cause{name: "not standards compliant", rank: vague,
		means:    "Apple's verifier refuses the certificate by its own rules: 825 days at most, a subject alternative name, serverAuth, SHA-256, RSA of 2048 bits.",
		byClient: "server-cert-validity-too-long server-san-missing server-eku-missing-serverauth cert-signature-algorithm-weak cert-key-too-weak"}
	validityTooLong = &cause{name: "validity too long", rank: exact,
		means:    "The certificate is valid for longer than the verifier permits.",
		byClient: "server-cert-validity-too-long"}
	policyMissing = &cause{name: "certificate policy", rank: exact,
		means:    "A certificate policy is required, and the chain does not carry it throughout.",
		byClient: "policy-required-not-present"}
	anchorRejected = &cause{name: "anchor rejected", rank: exact,
		means:    "The certificate is in the store, but marked there as not trusted for this purpose.",
		byClient: "trust-anchor-rejected server-ca-untrusted",
		byServer: "trust-anchor-rejected client-ca-untrusted-by-server"}
	revoked = &cause{name: "revoked", rank: exact,
		means:    "The certificate's CA has withdrawn it.",
		byClient: "server-cert-revoked client-cert-revoked",
		byServer: "client-cert-revoked server-cert-revoked"}
	crlOld = &cause{name: "CRL expired", rank: exact,
		means:    "The revocation list at hand is past its next update, so it counts for nothing.",
		byClient: "crl-expired clock-skew-local"}
	crlAhead = &cause{name: "CRL not yet valid", rank: exact,
		means:    "The revocation list begins in the future by this computer's clock.",
		byClient: "crl-expired clock-skew-local"}
	crlMissing = &cause{name: "CRL missing", rank: exact,
		means:    "Revocation is checked, and there is no revocation list of the certificate's issuer. nginx also says so of a CA it does not trust.",
		byClient: "crl-unavailable server-ca-untrusted",
		byServer: "crl-unavailable client-ca-untrusted-by-server"}
	crlForged = &cause{name: "CRL signature", rank: exact,
		means:    "The revocation list is not signed by the key of the certificate's issuer, or is damaged.",
		byClient: "crl-signature-invalid crl-issuer-invalid"}
	crlIssuer = &cause{name: "CRL issuer", rank: exact,
		means:    "The issuer of the revocation list is unknown, or may not sign such lists.",
		byClient: "crl-issuer-invalid crl-signature-invalid"}
	crlScope = &cause{name: "CRL scope", rank: exact,
		means:    "The revocation list is for other certificates than this one.",
		byClient: "crl-scope-mismatch"}
	revocationUnknown = &cause{name: "revocation not known", rank: vague,
		means:    "Whether the certificate is revoked could not be learned, and the verifier insists on knowing.",
		byClient: "crl-unavailable ocsp-unreachable crl-expired ocsp-response-expired"}
	stapleMissing = &cause{name: "OCSP staple missing", rank: exact,
		means:    "The server was to send a fresh OCSP answer about its certificate along, and sent none.",
		byClient: "ocsp-staple-missing ocsp-unreachable"}
	stapleOld = &cause{name: "OCSP answer expired", rank: exact,
		means:    "The OCSP answer about the certificate is too old.",
		byClient: "ocsp-response-expired clock-skew-local"}
	ocspDown = &cause{name: "OCSP responder", rank: exact,
		means:    "The OCSP responder could not be asked, or did not answer properly.",
		byClient: "ocsp-unreachable ocsp-staple-missing"}
	stapleBad = &cause{name: "OCSP answer invalid", rank: vague,
		means:    "The OCSP answer about the certificate is not valid.",
		byClient: "ocsp-response-expired ocsp-staple-missing ocsp-unreachable server-cert-revoked"}
	sctMissing = &cause{name: "certificate transparency", rank: exact,
		means:    "Proof that the certificate stands in the public logs is required, and there is none.",
		byClient: "ct-scts-missing"}
	pinBroken = &cause{name: "pin mismatch", rank: exact,
		means:    "The key or certificate is not the one that was pinned.",
		byClient: "server-cert-pin-mismatch server-name-mismatch",
		byServer: "client-identity-not-authorized server-cert-pin-mismatch"}
	chainFault = &cause{name: "verification failed", rank: verdict,
		means:    "The other side's certificate was not accepted. The words do not say why; the detail stands beside them or in a log.",
		byClient: "server-ca-untrusted server-chain-missing-intermediate server-cert-expired server-name-mismatch server-cert-self-signed",
		byServer: "client-ca-untrusted-by-server client-chain-missing-intermediate client-cert-expired client-cert-self-signed client-eku-missing-clientauth"}
	nameOrChain = &cause{name: "name or chain", rank: verdict,
		means:    "The server's certificate was not accepted, by its name or by its chain. The words in brackets or the inner exception say which.",
		byClient: "server-name-mismatch server-ca-untrusted server-chain-missing-intermediate server-cert-expired",
		byServer: "client-ca-untrusted-by-server client-chain-missing-intermediate client-cert-expired"}
)
