package phrase

// What goes wrong between the two sides besides certificates' contents.
var (
	noClientCert = &cause{name: "no client certificate", rank: exact,
		means:    "The server requires a client certificate and got none.",
		byClient: "client-cert-missing client-cert-withheld client-ca-not-advertised"}
	certWithheld = &cause{name: "client certificate withheld", kind: local, rank: exact,
		means:    "The client has a certificate but does not send it: it fits nothing that the server said it would accept.",
		byClient: "client-cert-withheld client-ca-not-advertised client-dn-encoding-mismatch client-chain-missing-intermediate"}
	notAdvertised = &cause{name: "CA not in the server's list", kind: local, rank: exact,
		means:    "The server listed the CAs it accepts, and the client's certificate comes from none of them.",
		byClient: "client-ca-not-advertised client-chain-missing-intermediate client-dn-encoding-mismatch"}
	certNotAsked = &cause{name: "client certificate not asked for", rank: exact,
		means:    "The server did not ask for a client certificate, so none was sent.",
		byClient: "client-cert-not-requested client-auth-needs-post-handshake client-auth-needs-renegotiation"}
	badClientCert = &cause{name: "client certificate not accepted", rank: verdict,
		means:    "The server got a client certificate and does not accept it. Its own log says why.",
		byClient: "client-ca-untrusted-by-server client-chain-missing-intermediate client-cert-expired client-eku-missing-clientauth client-cert-self-signed"}
	badClientCertHTTP = &cause{name: "client certificate refused over HTTP", rank: vague,
		means:    "The handshake succeeded; the server then refused the client certificate in its HTTP answer. Its own log says why.",
		byClient: "client-cert-rejected-after-handshake client-ca-untrusted-by-server client-chain-missing-intermediate client-cert-expired client-cert-revoked"}
	clientCertExpiredHTTP = &cause{name: "client certificate expired", rank: exact,
		means:    "The server refuses the client certificate because it is expired or not yet valid.",
		byClient: "client-cert-expired client-cert-not-yet-valid clock-skew-peer"}
	clientCertRevokedHTTP = &cause{name: "client certificate revoked", rank: exact,
		means:    "The server refuses the client certificate because it was revoked, or because it could not check that.",
		byClient: "client-cert-revoked crl-unavailable crl-expired"}
	clientUntrusted = &cause{name: "client certificate's CA not trusted", rank: exact,
		means:    "The server does not trust the CA of the client's certificate.",
		byClient: "client-ca-untrusted-by-server client-chain-missing-intermediate issuer-name-matches-key-differs"}
	clientLeafRefused = &cause{name: "client's end certificate refused", rank: vague,
		means:    "The server objects to the client's end certificate, not to its CA.",
		byClient: "client-cert-expired client-eku-missing-clientauth client-chain-missing-intermediate client-cert-not-yet-valid"}
	expectedPeer = &cause{name: "not the expected peer", rank: exact,
		means:    "The other side's certificate is valid, but its name or fingerprint is not among those that the configuration permits.",
		byClient: "server-name-mismatch server-cert-pin-mismatch client-identity-not-authorized",
		byServer: "client-identity-not-authorized client-not-the-expected-identity"}
	untrustedChain = &cause{name: "certificates that the server does not know", form: "radius-intermediate", rank: exact,
		means:    "The client sent an intermediate certificate that the server does not have among its own, and the server is set up to refuse that (reject_unknown_intermediate_ca).",
		byClient: "client-ca-untrusted-by-server client-chain-missing-intermediate"}
	headerBroken = &cause{name: "certificate in a header", form: "header", kind: local, rank: exact,
		means:    "A proxy hands on the client's certificate in an HTTP header, and the program behind it cannot read it: percent-encoded, without its BEGIN line, cut off, or in another form than expected.",
		byClient: "pem-truncated pem-wrong-type cert-malformed"}
	notAuthorised = &cause{name: "not authorised", rank: exact,
		means:    "The client certificate is valid, but the identity in it is not permitted.",
		byClient: "client-identity-not-authorized client-ca-untrusted-by-server"}
	spiffe = &cause{name: "SPIFFE identity", rank: exact,
		means:    "The certificate does not carry the one SPIFFE identity (a URI of the expected trust domain) that is wanted.",
		byClient: "spiffe-id-invalid server-name-mismatch",
		byServer: "spiffe-id-invalid client-identity-not-authorized"}
	sanNotMatched = &cause{name: "SAN matcher", rank: exact,
		means:    "The chain is trusted, but no subject alternative name of the certificate is among those the configuration expects.",
		byClient: "server-name-mismatch client-identity-not-authorized spiffe-id-invalid",
		byServer: "client-identity-not-authorized server-name-mismatch spiffe-id-invalid"}
	noClientCAs = &cause{name: "server has no client CAs", kind: local, rank: exact,
		means:    "The server is to verify client certificates and was given no CA to verify them with.",
		byClient: "server-client-ca-empty trust-store-unloadable"}
	badHandshakeSignature = &cause{name: "handshake signature", rank: exact,
		means:    "The signature in the handshake does not fit the certificate that was sent: certificate and key are from different pairs.",
		byClient: "server-key-mismatch client-key-mismatch",
		byServer: "client-key-mismatch server-key-mismatch"}
	wrongCurve = &cause{name: "curve of the client's key", rank: exact,
		means:    "With TLS 1.2, the curve of the client certificate's key is not among the groups that the client itself offered.",
		byClient: "client-cert-curve-not-offered group-no-overlap cert-key-type-unsupported"}
	postHandshake = &cause{name: "post-handshake authentication", rank: exact,
		means:    "The server asks for the client certificate only after the handshake (TLS 1.3), which the client does not support or did not allow.",
		byClient: "client-auth-needs-post-handshake client-auth-needs-renegotiation"}
	renegotiation = &cause{name: "renegotiation", rank: exact,
		means:    "The server asks for the client certificate by renegotiating (TLS 1.2), and that does not come to an end.",
		byClient: "client-auth-needs-renegotiation client-cert-missing"}
	legacyRenegotiation = &cause{name: "unsafe legacy renegotiation", kind: connection, rank: exact,
		means:    "The server lacks secure renegotiation (RFC 5746), and the client refuses to go on without.",
		byClient: "legacy-renegotiation-required tls-version-no-overlap"}

	noVersion = &cause{name: "no common version", kind: connection, rank: exact,
		means:    "The two sides share no version of TLS.",
		byClient: "tls-version-no-overlap not-tls-other-protocol"}
	noCipher = &cause{name: "no common cipher suite", kind: connection, rank: exact,
		means:    "The two sides share no cipher suite, or none that fits the server's certificate.",
		byClient: "cipher-no-overlap cipher-cert-type-mismatch tls-version-no-overlap"}
	noVersionOrCipher = &cause{name: "no common version or cipher", kind: connection, rank: vague,
		means:    "The two sides share no version of TLS or no cipher suite.",
		byClient: "tls-version-no-overlap cipher-no-overlap sni-unrecognized group-no-overlap"}
	noAlgorithm = &cause{name: "no common algorithm", kind: connection, rank: vague,
		means:    "The two sides share no cipher suite, or no version of TLS.",
		byClient: "cipher-no-overlap tls-version-no-overlap group-no-overlap signature-scheme-no-overlap"}
	noGroup = &cause{name: "no common group", kind: connection, rank: exact,
		means:    "The two sides share no group (curve) for the key exchange.",
		byClient: "group-no-overlap clienthello-size-intolerant"}
	weakDH = &cause{name: "Diffie-Hellman key too small", kind: connection, rank: exact,
		means:    "The server's Diffie-Hellman parameters are too short for the client.",
		byClient: "cipher-no-overlap group-no-overlap"}
	noScheme = &cause{name: "no common signature scheme", kind: connection, rank: exact,
		means:    "No signature algorithm suits both the key of a certificate and the other side.",
		byClient: "signature-scheme-no-overlap tls-version-no-overlap cert-key-type-unsupported"}
	noALPN = &cause{name: "no common application protocol", kind: connection, rank: exact,
		means:    "The two sides share no application protocol (ALPN).",
		byClient: "alpn-no-overlap"}
	alpnMissing = &cause{name: "no application protocol chosen", kind: connection, rank: exact,
		means:    "An application protocol (ALPN, h2 as a rule) is needed, and the server chose none.",
		byClient: "alpn-not-negotiated alpn-no-overlap"}
	unknownSNI = &cause{name: "server name not recognised", kind: connection, rank: exact,
		means:    "The server has no certificate for the name that was asked for.",
		byClient: "sni-unrecognized server-misconfigured sni-missing"}
	noSNI = &cause{name: "no server name sent", kind: connection, rank: exact,
		means:    "The client named no server (SNI), and the server needs a name to choose by.",
		byClient: "sni-missing sni-default-cert-served"}
	defaultCert = &cause{name: "default certificate", kind: connection, rank: exact,
		means:    "The server has no certificate for the name that was asked for and fell back to its default one.",
		byClient: "sni-default-cert-served sni-unrecognized"}
	misdirected = &cause{name: "SNI and Host differ", kind: connection, rank: exact,
		means:    "The name in the TLS handshake (SNI) and the one in the HTTP request differ.",
		byClient: "sni-host-mismatch"}
	downgrade = &cause{name: "downgrade", kind: connection, rank: exact,
		means:    "Somebody between the two sides, or one of them, brought the version of TLS down.",
		byClient: "tls-downgrade-detected tls-version-no-overlap"}
	serverSetup = &cause{name: "server set up wrongly", kind: connection, rank: exact,
		means:    "The server has no usable certificate or failed within.",
		byClient: "server-misconfigured cert-key-pair-mismatch sni-unrecognized"}
	sessionContext = &cause{name: "session id context", form: "session-context", kind: connection, rank: exact,
		means:    "The server verifies clients and has set no session id context (SSL_CTX_set_session_id_context), so it refuses whoever resumes a session: the first connection works, the second fails.",
		byClient: "session-resumption-refused server-misconfigured"}
	protocolBreach = &cause{name: "message out of place", kind: connection, rank: vague,
		means:    "A message came that the protocol does not allow there: a fault of one TLS implementation, or something between the two that meddles.",
		byClient: "server-misconfigured tls-version-no-overlap not-tls-other-protocol"}
	badRecordMAC = &cause{name: "record could not be decrypted", kind: connection, rank: vague,
		means:    "A record could not be decrypted. On a server with TLS 1.3 it is often the client's plaintext alert by which it refuses the server's certificate.",
		byClient: "server-misconfigured tls-downgrade-detected not-tls-other-protocol",
		byServer: "peer-rejected-our-server-cert server-ca-untrusted server-name-mismatch"}

	notTLS = &cause{name: "the server does not speak TLS", kind: connection, rank: exact,
		means:    "The answer is not TLS: a plain HTTP port, another protocol, or one that starts TLS by a command of its own.",
		byClient: "not-tls-http not-tls-other-protocol starttls-required",
		byServer: "client-not-tls http-sent-to-tls-port"}
	notTLSOther = &cause{name: "another protocol", kind: connection, rank: exact,
		means:    "The answer is not TLS but another protocol, or one that starts TLS by a command of its own.",
		byClient: "not-tls-other-protocol starttls-required not-tls-http",
		byServer: "client-not-tls http-sent-to-tls-port"}
	wantsStartTLS = &cause{name: "STARTTLS", kind: connection, rank: exact,
		means:    "The protocol starts in plain text and turns to TLS by a command of its own.",
		byClient: "starttls-required not-tls-other-protocol"}
	plainHTTP = &cause{name: "plain HTTP to a TLS port", kind: connection, rank: exact,
		means:    "The client spoke plain HTTP to a port that expects TLS.",
		byClient: "http-sent-to-tls-port"}
	tlsDemanded = &cause{name: "TLS demanded", kind: connection, rank: exact,
		means:    "The server refuses connections without TLS.",
		byClient: "tls-required-by-server client-identity-not-authorized"}
	tlsNotOffered = &cause{name: "server has no TLS", kind: connection, rank: exact,
		means:    "The client insists on TLS, and the server does not offer it on this port.",
		byClient: "not-tls-other-protocol starttls-required server-misconfigured"}

	proxyHeaderMissing = &cause{name: "PROXY protocol expected", form: "proxy-header-missing", kind: connection, rank: exact,
		means:    "The listener expects the PROXY protocol's header before anything else, and what came begins otherwise: a client or load balancer that sends none.",
		byClient: "not-tls-other-protocol peer-reset-after-hello",
		vars:     map[string]string{"protocol": "the PROXY protocol"}}
	proxyHeaderUnexpected = &cause{name: "PROXY protocol not expected", form: "proxy-header-unexpected", kind: connection, rank: exact,
		means:    "A load balancer sent the PROXY protocol's header to a listener that is not set up for it.",
		byClient: "client-not-tls not-tls-other-protocol",
		vars:     map[string]string{"protocol": "the PROXY protocol"}}
	invalidRecord = &cause{name: "invalid record", kind: connection, rank: vague,
		means:    "What came is no record that the library can take: not TLS at all, or longer than the buffer it has for one (MBEDTLS_SSL_IN_CONTENT_LEN).",
		byClient: "handshake-message-oversized not-tls-http not-tls-other-protocol",
		byServer: "client-not-tls http-sent-to-tls-port handshake-message-oversized"}
	tooLong = &cause{name: "message too long", kind: connection, rank: vague,
		means:    "A message of the handshake is longer than the receiver takes, a chain of certificates or a list of CAs as a rule.",
		byClient: "handshake-message-oversized"}

	noHost = &cause{name: "name not found", kind: connection, rank: exact,
		means:    "The server's name has no address, or the resolver did not answer.",
		byClient: "dns-lookup-failed"}
	portClosed = &cause{name: "connection refused", kind: connection, rank: exact,
		means:    "Nothing listens at that address and port, or a firewall refuses.",
		byClient: "tcp-refused"}
	unreachable = &cause{name: "unreachable", kind: connection, rank: exact,
		means:    "No connection came about: no route, or packets are dropped on the way.",
		byClient: "tcp-unreachable peer-silent-after-hello"}
	proxyRefused = &cause{name: "proxy refused", kind: connection, rank: exact,
		means:    "A proxy stands between and refused to connect.",
		byClient: "proxy-connect-rejected"}
	// harmless is no error: it takes what else is read of its line along,
	// unless that names a cause.
	harmless = &cause{name: "no error", kind: connection, rank: general}
	reset    = &cause{name: "connection reset", kind: connection, rank: symptom,
		means:    "The other side ended the connection without a word about why.",
		byClient: "peer-reset-after-hello peer-closed-on-accept client-cert-rejected-silently starttls-required",
		byServer: "peer-rejected-our-server-cert peer-reset-after-hello"}
	silentEnd = &cause{name: "end of the connection", kind: connection, rank: symptom,
		means:    "The connection ended where an answer was due, without an alert.",
		byClient: "peer-reset-after-hello starttls-required client-cert-rejected-silently peer-closed-on-accept",
		byServer: "peer-rejected-our-server-cert peer-reset-after-hello"}
	silentRefusal = &cause{name: "closed without a word", kind: connection, rank: symptom,
		means:    "The server closed the connection after the handshake without an answer; Node refuses a client certificate in this way.",
		byClient: "client-cert-rejected-silently peer-reset-after-hello peer-closed-on-accept"}
	clientLeft = &cause{name: "client ended the handshake", kind: connection, rank: symptom,
		means:    "The client ended the handshake, as a rule because it does not accept the server's certificate.",
		byClient: "peer-rejected-our-server-cert server-ca-untrusted server-name-mismatch peer-reset-after-hello"}
	timedOut = &cause{name: "handshake timed out", kind: connection, rank: symptom,
		means:    "The other side took the connection and then did not answer in time.",
		byClient: "peer-silent-after-hello tcp-unreachable clienthello-size-intolerant starttls-required"}
	handshakeFailed = &cause{name: "handshake failed", kind: connection, rank: general,
		means:    "The TLS handshake failed. The words do not say why; the detail stands beside them or in the other side's log.",
		byClient: "client-cert-missing cipher-no-overlap tls-version-no-overlap server-ca-untrusted client-ca-untrusted-by-server",
		byServer: "client-cert-missing client-key-mismatch cipher-no-overlap tls-version-no-overlap"}
	someAlert = &cause{name: "an alert", kind: alert, rank: general,
		means:    "The other side refused with an alert that is not named here. The line before or after names it.",
		byClient: "client-cert-missing client-ca-untrusted-by-server client-cert-expired cipher-no-overlap",
		byServer: "peer-rejected-our-server-cert server-ca-untrusted server-name-mismatch cipher-no-overlap"}
)

// What is wrong with a program's own files or settings.
var (
	noFile = &cause{name: "file not found", kind: local, rank: exact,
		means:    "A file that is to hold a certificate or a key is not there.",
		byClient: "file-not-found file-unreadable"}
	noAccess = &cause{name: "file not readable", kind: local, rank: exact,
		means:    "A file that is to hold a certificate or a key may not be read by the program.",
		byClient: "file-unreadable file-not-found"}
	tooOpen = &cause{name: "key file open to others", kind: local, rank: exact,
		means:    "The private key's file can be read by others, and the program refuses it for that.",
		byClient: "file-permissions-too-open"}
	noPEM = &cause{name: "no PEM found", kind: local, rank: exact,
		means:    "The file holds no PEM block: it is DER or PKCS#12, empty, cut off, or something else.",
		byClient: "der-not-pem file-empty pem-wrong-type pkcs12-not-pem pem-truncated"}
	noPEMCert = &cause{name: "no certificate in the file", kind: local, rank: exact,
		means:    "The file holds no certificate in PEM form.",
		byClient: "der-not-pem pkcs12-not-pem file-empty pem-truncated pem-wrong-type"}
	noPEMKey = &cause{name: "no key in the file", kind: local, rank: exact,
		means:    "The file holds no private key in PEM form.",
		byClient: "file-empty der-not-pem pem-truncated pem-wrong-type key-encrypted"}
	wrongPEM = &cause{name: "another kind of PEM block", kind: local, rank: exact,
		means:    "The file holds PEM of another kind than is wanted there, such as a key where a certificate belongs.",
		byClient: "pem-wrong-type der-not-pem"}
	brokenPEM = &cause{name: "damaged PEM", kind: local, rank: exact,
		means:    "The file starts as PEM and is then cut off or damaged.",
		byClient: "pem-truncated file-empty"}
	brokenDER = &cause{name: "damaged DER", kind: local, rank: verdict,
		means:    "The bytes are not the structure that was expected: another kind of file, or a damaged one.",
		byClient: "der-not-pem pem-wrong-type cert-malformed pkcs12-not-pem pem-truncated"}
	pemTrouble = &cause{name: "PEM not read", kind: local, rank: verdict,
		means:    "A PEM file could not be read: of another kind, encrypted with another passphrase, or empty.",
		byClient: "pem-wrong-type key-wrong-passphrase file-empty der-not-pem"}
	keyLocked = &cause{name: "key is encrypted", kind: local, rank: exact,
		means:    "The private key is encrypted, and no passphrase was given.",
		byClient: "key-encrypted key-wrong-passphrase"}
	pkcs12New = &cause{name: "PKCS#12 newer than the program", form: "pkcs12-legacy", kind: local, rank: exact,
		means:    "The key store was not opened, and the passphrase may be right all the same: OpenSSL 3 protects with AES-256 and a SHA-256 MAC, which macOS's keychain, Java before 8u301 and older Windows cannot read. A store made with -legacy (3DES, SHA-1) opens there.",
		byClient: "key-wrong-passphrase key-format-unsupported"}
	pkcs12Old = &cause{name: "PKCS#12 older than the program", form: "pkcs12-modern", kind: local, rank: exact,
		means:    "The key store is protected with old algorithms (RC2, RC4, 3DES), which OpenSSL 3 opens only with -legacy. The passphrase may be right.",
		byClient: "key-format-unsupported key-wrong-passphrase"}
	keyForPgjdbc = &cause{name: "key for PostgreSQL's JDBC driver", form: "key-pkcs8-der", kind: local, rank: exact,
		means:    "PostgreSQL's JDBC driver takes the private key as PKCS #8 in DER (.pk8) or in a PKCS #12 store, not as PEM; psql works with the same files.",
		byClient: "key-format-unsupported der-not-pem pem-wrong-type"}
	keyForNetty = &cause{name: "key for Netty", form: "key-pkcs8", kind: local, rank: exact,
		means:    "Netty, and gRPC for Java with it, takes the private key as PKCS #8 (BEGIN PRIVATE KEY); this one is PKCS #1 or SEC 1 (BEGIN RSA, BEGIN EC), encrypted, or no key.",
		byClient: "key-format-unsupported key-encrypted pem-wrong-type"}
	certsFolder = &cause{name: "certs.d", form: "certs-d", kind: local, rank: exact,
		means:    "In certs.d the ending of a file's name decides: NAME.crt is a CA, NAME.cert and NAME.key are the client's pair. A CA named .cert, or a key without its .cert, is refused.",
		byClient: "file-not-found pem-wrong-type"}
	pemNotDER = &cause{name: "text where binary is expected", kind: local, rank: exact,
		means:    "The first bytes show that the file is text, and the program expects the binary form.",
		byClient: "pem-wrong-type"}
	notAFile = &cause{name: "neither certificate nor key", kind: local, rank: exact,
		means:    "The first bytes show that the file holds neither a certificate nor a key: a page or an archive was saved in its place.",
		byClient: "pem-wrong-type"}
	storeOfOtherType = &cause{name: "key store of another type", kind: local, rank: exact,
		means:    "The first bytes show a Java key store of another type than the one that the program was told to read (keyStoreType).",
		byClient: "pem-wrong-type key-format-unsupported"}
	expiringSoon = &cause{name: "expires soon", rank: exact,
		means:    "A certificate is still valid, and not for long.",
		byClient: "cert-expiring-soon"}
	wrongPassphrase = &cause{name: "wrong passphrase", kind: local, rank: exact,
		means:    "The passphrase does not open the key or the key store.",
		byClient: "key-wrong-passphrase key-encrypted"}
	keyFormat = &cause{name: "key format", kind: local, rank: exact,
		means:    "The private key is in a format or of an algorithm that the program does not read.",
		byClient: "key-format-unsupported key-encrypted pem-wrong-type"}
	keyTrouble = &cause{name: "key not read", kind: local, rank: verdict,
		means:    "The private key could not be read: encrypted, of a format not known, or damaged.",
		byClient: "key-encrypted key-format-unsupported pem-wrong-type pem-truncated"}
	keyNotOfCert = &cause{name: "certificate and key do not match", kind: local, rank: exact,
		means:    "The private key does not belong to the certificate, or the certificate file does not begin with the one it belongs to.",
		byClient: "cert-key-pair-mismatch cert-file-order-wrong pem-bom-hides-block"}
	setKeyFailed = &cause{name: "key could not be used", kind: local, rank: verdict,
		means:    "The private key file could not be used with the certificate given.",
		byClient: "cert-key-pair-mismatch pem-wrong-type file-not-found key-wrong-passphrase"}
	ownCertTrouble = &cause{name: "own certificate not loaded", kind: local, rank: verdict,
		means:    "The program could not load its own certificate or key.",
		byClient: "pem-wrong-type file-not-found cert-key-pair-mismatch key-encrypted"}
	signFailed = &cause{name: "own key could not sign", kind: local, rank: exact,
		means:    "The program holds a key it cannot sign with: a token, its PIN, its driver, or the wrong kind of key.",
		byClient: "client-key-unusable key-wrong-passphrase client-cert-withheld"}
	noOwnKey = &cause{name: "certificate without its key", kind: local, rank: exact,
		means:    "There is a certificate but no private key to go with it, or the program may not use that key.",
		byClient: "client-key-unusable cert-key-pair-mismatch"}
	noStore = &cause{name: "trust store not loaded", kind: local, rank: exact,
		means:    "The store of trusted CAs could not be loaded, is empty, or holds no certificate.",
		byClient: "trust-store-unloadable file-not-found trust-store-env-override"}
	noJavaAnchor = &cause{name: "no trusted entry in a Java store", form: "java-trust", kind: local, rank: exact,
		means:    "Java found no trusted certificate in its store: the file is missing or empty, or its certificates lack the attribute by which Java knows that they are to be trusted (trustedKeyUsage), as in a PKCS #12 made by openssl or Python.",
		byClient: "trust-store-unloadable file-not-found trust-store-env-override"}
	keyOpen = &cause{name: "key store", kind: local, rank: verdict,
		means:    "The key store could not be opened: the password, its type, or the file.",
		byClient: "key-wrong-passphrase pkcs12-not-pem file-not-found"}
	ownSetting = &cause{name: "setting of its own", kind: local, rank: verdict,
		means:    "A setting of the program itself stands in the way; nothing was said about the other side.",
		byClient: "cert-key-pair-mismatch client-cert-withheld server-misconfigured"}
)
