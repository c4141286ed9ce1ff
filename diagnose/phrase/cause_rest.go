package phrase

import "mutual/diagnose/cause"

// What goes wrong between the two sides besides certificates' contents.
var (
	noClientCert = &meaning{name: "no client certificate", rank: exact,
		means:    "The server requires a client certificate and got none.",
		byClient: likely{cause.ClientCertMissing, cause.ClientCertWithheld, cause.ClientCANotAdvertised}}
	certWithheld = &meaning{name: "client certificate withheld", kind: local, rank: exact,
		means:    "The client has a certificate but does not send it: it fits nothing that the server said it would accept.",
		byClient: likely{cause.ClientCertWithheld, cause.ClientCANotAdvertised, cause.ClientDNEncodingMismatch, cause.ClientChainMissingIntermediate}}
	notAdvertised = &meaning{name: "CA not in the server's list", kind: local, rank: exact,
		means:    "The server listed the CAs it accepts, and the client's certificate comes from none of them.",
		byClient: likely{cause.ClientCANotAdvertised, cause.ClientChainMissingIntermediate, cause.ClientDNEncodingMismatch}}
	certNotAsked = &meaning{name: "client certificate not asked for", rank: exact,
		means:    "The server did not ask for a client certificate, so none was sent.",
		byClient: likely{cause.ClientCertNotRequested, cause.ClientAuthNeedsPostHandshake, cause.ClientAuthNeedsRenegotiation}}
	badClientCert = &meaning{name: "client certificate not accepted", rank: verdict,
		means:    "The server got a client certificate and does not accept it. Its own log says why.",
		byClient: likely{cause.ClientCAUntrustedByServer, cause.ClientChainMissingIntermediate, cause.ClientCertExpired, cause.ClientEKUMissingClientAuth, cause.ClientCertSelfSigned}}
	badClientCertHTTP = &meaning{name: "client certificate refused over HTTP", rank: vague,
		means:    "The handshake succeeded; the server then refused the client certificate in its HTTP answer. Its own log says why.",
		byClient: likely{cause.ClientCertRejectedAfterHandshake, cause.ClientCAUntrustedByServer, cause.ClientChainMissingIntermediate, cause.ClientCertExpired, cause.ClientCertRevoked}}
	clientCertExpiredHTTP = &meaning{name: "client certificate expired", rank: exact,
		means:    "The server refuses the client certificate because it is expired or not yet valid.",
		byClient: likely{cause.ClientCertExpired, cause.ClientCertNotYetValid, cause.ClockSkewPeer}}
	clientCertRevokedHTTP = &meaning{name: "client certificate revoked", rank: exact,
		means:    "The server refuses the client certificate because it was revoked, or because it could not check that.",
		byClient: likely{cause.ClientCertRevoked, cause.CRLUnavailable, cause.CRLExpired}}
	clientUntrusted = &meaning{name: "client certificate's CA not trusted", rank: exact,
		means:    "The server does not trust the CA of the client's certificate.",
		byClient: likely{cause.ClientCAUntrustedByServer, cause.ClientChainMissingIntermediate, cause.IssuerNameMatchesKeyDiffers}}
	clientLeafRefused = &meaning{name: "client's end certificate refused", rank: vague,
		means:    "The server objects to the client's end certificate, not to its CA.",
		byClient: likely{cause.ClientCertExpired, cause.ClientEKUMissingClientAuth, cause.ClientChainMissingIntermediate, cause.ClientCertNotYetValid}}
	expectedPeer = &meaning{name: "not the expected peer", rank: exact,
		means:    "The other side's certificate is valid, but its name or fingerprint is not among those that the configuration permits.",
		byClient: likely{cause.ServerNameMismatch, cause.ServerCertPinMismatch, cause.ClientIdentityNotAuthorized},
		byServer: likely{cause.ClientIdentityNotAuthorized, cause.ClientNotTheExpectedIdentity}}
	untrustedChain = &meaning{name: "certificates that the server does not know", form: "radius-intermediate", rank: exact,
		means:    "The client sent an intermediate certificate that the server does not have among its own, and the server is set up to refuse that (reject_unknown_intermediate_ca).",
		byClient: likely{cause.ClientCAUntrustedByServer, cause.ClientChainMissingIntermediate}}
	headerBroken = &meaning{name: "certificate in a header", form: "header", kind: local, rank: exact,
		means:    "A proxy hands on the client's certificate in an HTTP header, and the program behind it cannot read it: percent-encoded, without its BEGIN line, cut off, or in another form than expected.",
		byClient: likely{cause.PEMTruncated, cause.PEMWrongType, cause.CertMalformed}}
	notAuthorised = &meaning{name: "not authorised", rank: exact,
		means:    "The client certificate is valid, but the identity in it is not permitted.",
		byClient: likely{cause.ClientIdentityNotAuthorized, cause.ClientCAUntrustedByServer}}
	spiffe = &meaning{name: "SPIFFE identity", rank: exact,
		means:    "The certificate does not carry the one SPIFFE identity (a URI of the expected trust domain) that is wanted.",
		byClient: likely{cause.SPIFFEIDInvalid, cause.ServerNameMismatch},
		byServer: likely{cause.SPIFFEIDInvalid, cause.ClientIdentityNotAuthorized}}
	sanNotMatched = &meaning{name: "SAN matcher", rank: exact,
		means:    "The chain is trusted, but no subject alternative name of the certificate is among those the configuration expects.",
		byClient: likely{cause.ServerNameMismatch, cause.ClientIdentityNotAuthorized, cause.SPIFFEIDInvalid},
		byServer: likely{cause.ClientIdentityNotAuthorized, cause.ServerNameMismatch, cause.SPIFFEIDInvalid}}
	noClientCAs = &meaning{name: "server has no client CAs", kind: local, rank: exact,
		means:    "The server is to verify client certificates and was given no CA to verify them with.",
		byClient: likely{cause.ServerClientCAEmpty, cause.TrustStoreUnloadable}}
	badHandshakeSignature = &meaning{name: "handshake signature", rank: exact,
		means:    "The signature in the handshake does not fit the certificate that was sent: certificate and key are from different pairs.",
		byClient: likely{cause.ServerKeyMismatch, cause.ClientKeyMismatch},
		byServer: likely{cause.ClientKeyMismatch, cause.ServerKeyMismatch}}
	wrongCurve = &meaning{name: "curve of the client's key", rank: exact,
		means:    "With TLS 1.2, the curve of the client certificate's key is not among the groups that the client itself offered.",
		byClient: likely{cause.ClientCertCurveNotOffered, cause.GroupNoOverlap, cause.CertKeyTypeUnsupported}}
	postHandshake = &meaning{name: "post-handshake authentication", rank: exact,
		means:    "The server asks for the client certificate only after the handshake (TLS 1.3), which the client does not support or did not allow.",
		byClient: likely{cause.ClientAuthNeedsPostHandshake, cause.ClientAuthNeedsRenegotiation}}
	renegotiation = &meaning{name: "renegotiation", rank: exact,
		means:    "The server asks for the client certificate by renegotiating (TLS 1.2), and that does not come to an end.",
		byClient: likely{cause.ClientAuthNeedsRenegotiation, cause.ClientCertMissing}}
	legacyRenegotiation = &meaning{name: "unsafe legacy renegotiation", kind: connection, rank: exact,
		means:    "The server lacks secure renegotiation (RFC 5746), and the client refuses to go on without.",
		byClient: likely{cause.LegacyRenegotiationRequired, cause.TLSVersionNoOverlap}}

	noVersion = &meaning{name: "no common version", kind: connection, rank: exact,
		means:    "The two sides share no version of TLS.",
		byClient: likely{cause.TLSVersionNoOverlap, cause.NotTLSOtherProtocol}}
	noCipher = &meaning{name: "no common cipher suite", kind: connection, rank: exact,
		means:    "The two sides share no cipher suite, or none that fits the server's certificate.",
		byClient: likely{cause.CipherNoOverlap, cause.CipherCertTypeMismatch, cause.TLSVersionNoOverlap}}
	noVersionOrCipher = &meaning{name: "no common version or cipher", kind: connection, rank: vague,
		means:    "The two sides share no version of TLS or no cipher suite.",
		byClient: likely{cause.TLSVersionNoOverlap, cause.CipherNoOverlap, cause.SNIUnrecognized, cause.GroupNoOverlap}}
	noAlgorithm = &meaning{name: "no common algorithm", kind: connection, rank: vague,
		means:    "The two sides share no cipher suite, or no version of TLS.",
		byClient: likely{cause.CipherNoOverlap, cause.TLSVersionNoOverlap, cause.GroupNoOverlap, cause.SignatureSchemeNoOverlap}}
	noGroup = &meaning{name: "no common group", kind: connection, rank: exact,
		means:    "The two sides share no group (curve) for the key exchange.",
		byClient: likely{cause.GroupNoOverlap, cause.ClientHelloSizeIntolerant}}
	weakDH = &meaning{name: "Diffie-Hellman key too small", kind: connection, rank: exact,
		means:    "The server's Diffie-Hellman parameters are too short for the client.",
		byClient: likely{cause.CipherNoOverlap, cause.GroupNoOverlap}}
	noScheme = &meaning{name: "no common signature scheme", kind: connection, rank: exact,
		means:    "No signature algorithm suits both the key of a certificate and the other side.",
		byClient: likely{cause.SignatureSchemeNoOverlap, cause.TLSVersionNoOverlap, cause.CertKeyTypeUnsupported}}
	noALPN = &meaning{name: "no common application protocol", kind: connection, rank: exact,
		means:    "The two sides share no application protocol (ALPN).",
		byClient: likely{cause.ALPNNoOverlap}}
	alpnMissing = &meaning{name: "no application protocol chosen", kind: connection, rank: exact,
		means:    "An application protocol (ALPN, h2 as a rule) is needed, and the server chose none.",
		byClient: likely{cause.ALPNNotNegotiated, cause.ALPNNoOverlap}}
	unknownSNI = &meaning{name: "server name not recognised", kind: connection, rank: exact,
		means:    "The server has no certificate for the name that was asked for.",
		byClient: likely{cause.SNIUnrecognized, cause.ServerMisconfigured, cause.SNIMissing}}
	noSNI = &meaning{name: "no server name sent", kind: connection, rank: exact,
		means:    "The client named no server (SNI), and the server needs a name to choose by.",
		byClient: likely{cause.SNIMissing, cause.SNIDefaultCertServed}}
	defaultCert = &meaning{name: "default certificate", kind: connection, rank: exact,
		means:    "The server has no certificate for the name that was asked for and fell back to its default one.",
		byClient: likely{cause.SNIDefaultCertServed, cause.SNIUnrecognized}}
	misdirected = &meaning{name: "SNI and Host differ", kind: connection, rank: exact,
		means:    "The name in the TLS handshake (SNI) and the one in the HTTP request differ.",
		byClient: likely{cause.SNIHostMismatch}}
	downgrade = &meaning{name: "downgrade", kind: connection, rank: exact,
		means:    "Somebody between the two sides, or one of them, brought the version of TLS down.",
		byClient: likely{cause.TLSDowngradeDetected, cause.TLSVersionNoOverlap}}
	serverSetup = &meaning{name: "server set up wrongly", kind: connection, rank: exact,
		means:    "The server has no usable certificate or failed within.",
		byClient: likely{cause.ServerMisconfigured, cause.CertKeyPairMismatch, cause.SNIUnrecognized}}
	sessionContext = &meaning{name: "session id context", form: "session-context", kind: connection, rank: exact,
		means:    "The server verifies clients and has set no session id context (SSL_CTX_set_session_id_context), so it refuses whoever resumes a session: the first connection works, the second fails.",
		byClient: likely{cause.SessionResumptionRefused, cause.ServerMisconfigured}}
	protocolBreach = &meaning{name: "message out of place", kind: connection, rank: vague,
		means:    "A message came that the protocol does not allow there: a fault of one TLS implementation, or something between the two that meddles.",
		byClient: likely{cause.ServerMisconfigured, cause.TLSVersionNoOverlap, cause.NotTLSOtherProtocol}}
	badRecordMAC = &meaning{name: "record could not be decrypted", kind: connection, rank: vague,
		means:    "A record could not be decrypted. On a server with TLS 1.3 it is often the client's plaintext alert by which it refuses the server's certificate.",
		byClient: likely{cause.ServerMisconfigured, cause.TLSDowngradeDetected, cause.NotTLSOtherProtocol},
		byServer: likely{cause.PeerRejectedOurServerCert, cause.ServerCAUntrusted, cause.ServerNameMismatch}}

	notTLS = &meaning{name: "the server does not speak TLS", kind: connection, rank: exact,
		means:    "The answer is not TLS: a plain HTTP port, another protocol, or one that starts TLS by a command of its own.",
		byClient: likely{cause.NotTLSHTTP, cause.NotTLSOtherProtocol, cause.StartTLSRequired},
		byServer: likely{cause.ClientNotTLS, cause.HTTPSentToTLSPort}}
	notTLSOther = &meaning{name: "another protocol", kind: connection, rank: exact,
		means:    "The answer is not TLS but another protocol, or one that starts TLS by a command of its own.",
		byClient: likely{cause.NotTLSOtherProtocol, cause.StartTLSRequired, cause.NotTLSHTTP},
		byServer: likely{cause.ClientNotTLS, cause.HTTPSentToTLSPort}}
	wantsStartTLS = &meaning{name: "STARTTLS", kind: connection, rank: exact,
		means:    "The protocol starts in plain text and turns to TLS by a command of its own.",
		byClient: likely{cause.StartTLSRequired, cause.NotTLSOtherProtocol}}
	plainHTTP = &meaning{name: "plain HTTP to a TLS port", kind: connection, rank: exact,
		means:    "The client spoke plain HTTP to a port that expects TLS.",
		byClient: likely{cause.HTTPSentToTLSPort}}
	tlsDemanded = &meaning{name: "TLS demanded", kind: connection, rank: exact,
		means:    "The server refuses connections without TLS.",
		byClient: likely{cause.TLSRequiredByServer, cause.ClientIdentityNotAuthorized}}
	tlsNotOffered = &meaning{name: "server has no TLS", kind: connection, rank: exact,
		means:    "The client insists on TLS, and the server does not offer it on this port.",
		byClient: likely{cause.NotTLSOtherProtocol, cause.StartTLSRequired, cause.ServerMisconfigured}}

	proxyHeaderMissing = &meaning{name: "PROXY protocol expected", form: "proxy-header-missing", kind: connection, rank: exact,
		means:    "The listener expects the PROXY protocol's header before anything else, and what came begins otherwise: a client or load balancer that sends none.",
		byClient: likely{cause.NotTLSOtherProtocol, cause.PeerResetAfterHello},
		vars:     map[string]string{"protocol": "the PROXY protocol"}}
	proxyHeaderUnexpected = &meaning{name: "PROXY protocol not expected", form: "proxy-header-unexpected", kind: connection, rank: exact,
		means:    "A load balancer sent the PROXY protocol's header to a listener that is not set up for it.",
		byClient: likely{cause.ClientNotTLS, cause.NotTLSOtherProtocol},
		vars:     map[string]string{"protocol": "the PROXY protocol"}}
	invalidRecord = &meaning{name: "invalid record", kind: connection, rank: vague,
		means:    "What came is no record that the library can take: not TLS at all, or longer than the buffer it has for one (MBEDTLS_SSL_IN_CONTENT_LEN).",
		byClient: likely{cause.HandshakeMessageOversized, cause.NotTLSHTTP, cause.NotTLSOtherProtocol},
		byServer: likely{cause.ClientNotTLS, cause.HTTPSentToTLSPort, cause.HandshakeMessageOversized}}
	tooLong = &meaning{name: "message too long", kind: connection, rank: vague,
		means:    "A message of the handshake is longer than the receiver takes, a chain of certificates or a list of CAs as a rule.",
		byClient: likely{cause.HandshakeMessageOversized}}

	noHost = &meaning{name: "name not found", kind: connection, rank: exact,
		means:    "The server's name has no address, or the resolver did not answer.",
		byClient: likely{cause.DNSLookupFailed}}
	portClosed = &meaning{name: "connection refused", kind: connection, rank: exact,
		means:    "Nothing listens at that address and port, or a firewall refuses.",
		byClient: likely{cause.TCPRefused}}
	unreachable = &meaning{name: "unreachable", kind: connection, rank: exact,
		means:    "No connection came about: no route, or packets are dropped on the way.",
		byClient: likely{cause.TCPUnreachable, cause.PeerSilentAfterHello}}
	proxyRefused = &meaning{name: "proxy refused", kind: connection, rank: exact,
		means:    "A proxy stands between and refused to connect.",
		byClient: likely{cause.ProxyConnectRejected}}
	// harmless is no error: it takes what else is read of its line along,
	// unless that names a cause.
	harmless = &meaning{name: "no error", kind: connection, rank: general}
	reset    = &meaning{name: "connection reset", kind: connection, rank: symptom,
		means:    "The other side ended the connection without a word about why.",
		byClient: likely{cause.PeerResetAfterHello, cause.PeerClosedOnAccept, cause.ClientCertRejectedSilently, cause.StartTLSRequired},
		byServer: likely{cause.PeerRejectedOurServerCert, cause.PeerResetAfterHello}}
	silentEnd = &meaning{name: "end of the connection", kind: connection, rank: symptom,
		means:    "The connection ended where an answer was due, without an alert.",
		byClient: likely{cause.PeerResetAfterHello, cause.StartTLSRequired, cause.ClientCertRejectedSilently, cause.PeerClosedOnAccept},
		byServer: likely{cause.PeerRejectedOurServerCert, cause.PeerResetAfterHello}}
	silentRefusal = &meaning{name: "closed without a word", kind: connection, rank: symptom,
		means:    "The server closed the connection after the handshake without an answer; Node refuses a client certificate in this way.",
		byClient: likely{cause.ClientCertRejectedSilently, cause.PeerResetAfterHello, cause.PeerClosedOnAccept}}
	clientLeft = &meaning{name: "client ended the handshake", kind: connection, rank: symptom,
		means:    "The client ended the handshake, as a rule because it does not accept the server's certificate.",
		byClient: likely{cause.PeerRejectedOurServerCert, cause.ServerCAUntrusted, cause.ServerNameMismatch, cause.PeerResetAfterHello}}
	timedOut = &meaning{name: "handshake timed out", kind: connection, rank: symptom,
		means:    "The other side took the connection and then did not answer in time.",
		byClient: likely{cause.PeerSilentAfterHello, cause.TCPUnreachable, cause.ClientHelloSizeIntolerant, cause.StartTLSRequired}}
	handshakeFailed = &meaning{name: "handshake failed", kind: connection, rank: general,
		means:    "The TLS handshake failed. The words do not say why; the detail stands beside them or in the other side's log.",
		byClient: likely{cause.ClientCertMissing, cause.CipherNoOverlap, cause.TLSVersionNoOverlap, cause.ServerCAUntrusted, cause.ClientCAUntrustedByServer},
		byServer: likely{cause.ClientCertMissing, cause.ClientKeyMismatch, cause.CipherNoOverlap, cause.TLSVersionNoOverlap}}
	someAlert = &meaning{name: "an alert", kind: alert, rank: general,
		means:    "The other side refused with an alert that is not named here. The line before or after names it.",
		byClient: likely{cause.ClientCertMissing, cause.ClientCAUntrustedByServer, cause.ClientCertExpired, cause.CipherNoOverlap},
		byServer: likely{cause.PeerRejectedOurServerCert, cause.ServerCAUntrusted, cause.ServerNameMismatch, cause.CipherNoOverlap}}
)

// What is wrong with a program's own files or settings.
var (
	noFile = &meaning{name: "file not found", kind: local, rank: exact,
		means:    "A file that is to hold a certificate or a key is not there.",
		byClient: likely{cause.FileNotFound, cause.FileUnreadable}}
	noAccess = &meaning{name: "file not readable", kind: local, rank: exact,
		means:    "A file that is to hold a certificate or a key may not be read by the program.",
		byClient: likely{cause.FileUnreadable, cause.FileNotFound}}
	tooOpen = &meaning{name: "key file open to others", kind: local, rank: exact,
		means:    "The private key's file can be read by others, and the program refuses it for that.",
		byClient: likely{cause.FilePermissionsTooOpen}}
	noPEM = &meaning{name: "no PEM found", kind: local, rank: exact,
		means:    "The file holds no PEM block: it is DER or PKCS#12, empty, cut off, or something else.",
		byClient: likely{cause.DERNotPEM, cause.FileEmpty, cause.PEMWrongType, cause.PKCS12NotPEM, cause.PEMTruncated}}
	noPEMCert = &meaning{name: "no certificate in the file", kind: local, rank: exact,
		means:    "The file holds no certificate in PEM form.",
		byClient: likely{cause.DERNotPEM, cause.PKCS12NotPEM, cause.FileEmpty, cause.PEMTruncated, cause.PEMWrongType}}
	noPEMKey = &meaning{name: "no key in the file", kind: local, rank: exact,
		means:    "The file holds no private key in PEM form.",
		byClient: likely{cause.FileEmpty, cause.DERNotPEM, cause.PEMTruncated, cause.PEMWrongType, cause.KeyEncrypted}}
	wrongPEM = &meaning{name: "another kind of PEM block", kind: local, rank: exact,
		means:    "The file holds PEM of another kind than is wanted there, such as a key where a certificate belongs.",
		byClient: likely{cause.PEMWrongType, cause.DERNotPEM}}
	brokenPEM = &meaning{name: "damaged PEM", kind: local, rank: exact,
		means:    "The file starts as PEM and is then cut off or damaged.",
		byClient: likely{cause.PEMTruncated, cause.FileEmpty}}
	brokenDER = &meaning{name: "damaged DER", kind: local, rank: verdict,
		means:    "The bytes are not the structure that was expected: another kind of file, or a damaged one.",
		byClient: likely{cause.DERNotPEM, cause.PEMWrongType, cause.CertMalformed, cause.PKCS12NotPEM, cause.PEMTruncated}}
	pemTrouble = &meaning{name: "PEM not read", kind: local, rank: verdict,
		means:    "A PEM file could not be read: of another kind, encrypted with another passphrase, or empty.",
		byClient: likely{cause.PEMWrongType, cause.KeyWrongPassphrase, cause.FileEmpty, cause.DERNotPEM}}
	keyLocked = &meaning{name: "key is encrypted", kind: local, rank: exact,
		means:    "The private key is encrypted, and no passphrase was given.",
		byClient: likely{cause.KeyEncrypted, cause.KeyWrongPassphrase}}
	pkcs12New = &meaning{name: "PKCS#12 newer than the program", form: "pkcs12-legacy", kind: local, rank: exact,
		means:    "The key store was not opened, and the passphrase may be right all the same: OpenSSL 3 protects with AES-256 and a SHA-256 MAC, which macOS's keychain, Java before 8u301 and older Windows cannot read. A store made with -legacy (3DES, SHA-1) opens there.",
		byClient: likely{cause.KeyWrongPassphrase, cause.KeyFormatUnsupported}}
	pkcs12Old = &meaning{name: "PKCS#12 older than the program", form: "pkcs12-modern", kind: local, rank: exact,
		means:    "The key store is protected with old algorithms (RC2, RC4, 3DES), which OpenSSL 3 opens only with -legacy. The passphrase may be right.",
		byClient: likely{cause.KeyFormatUnsupported, cause.KeyWrongPassphrase}}
	keyForPgjdbc = &meaning{name: "key for PostgreSQL's JDBC driver", form: "key-pkcs8-der", kind: local, rank: exact,
		means:    "PostgreSQL's JDBC driver takes the private key as PKCS #8 in DER (.pk8) or in a PKCS #12 store, not as PEM; psql works with the same files.",
		byClient: likely{cause.KeyFormatUnsupported, cause.DERNotPEM, cause.PEMWrongType}}
	keyForNetty = &meaning{name: "key for Netty", form: "key-pkcs8", kind: local, rank: exact,
		means:    "Netty, and gRPC for Java with it, takes the private key as PKCS #8 (BEGIN PRIVATE KEY); this one is PKCS #1 or SEC 1 (BEGIN RSA, BEGIN EC), encrypted, or no key.",
		byClient: likely{cause.KeyFormatUnsupported, cause.KeyEncrypted, cause.PEMWrongType}}
	certsFolder = &meaning{name: "certs.d", form: "certs-d", kind: local, rank: exact,
		means:    "In certs.d the ending of a file's name decides: NAME.crt is a CA, NAME.cert and NAME.key are the client's pair. A CA named .cert, or a key without its .cert, is refused.",
		byClient: likely{cause.FileNotFound, cause.PEMWrongType}}
	pemNotDER = &meaning{name: "text where binary is expected", kind: local, rank: exact,
		means:    "The first bytes show that the file is text, and the program expects the binary form.",
		byClient: likely{cause.PEMWrongType}}
	notAFile = &meaning{name: "neither certificate nor key", kind: local, rank: exact,
		means:    "The first bytes show that the file holds neither a certificate nor a key: a page or an archive was saved in its place.",
		byClient: likely{cause.PEMWrongType}}
	storeOfOtherType = &meaning{name: "key store of another type", kind: local, rank: exact,
		means:    "The first bytes show a Java key store of another type than the one that the program was told to read (keyStoreType).",
		byClient: likely{cause.PEMWrongType, cause.KeyFormatUnsupported}}
	expiringSoon = &meaning{name: "expires soon", rank: exact,
		means:    "A certificate is still valid, and not for long.",
		byClient: likely{cause.CertExpiringSoon}}
	wrongPassphrase = &meaning{name: "wrong passphrase", kind: local, rank: exact,
		means:    "The passphrase does not open the key or the key store.",
		byClient: likely{cause.KeyWrongPassphrase, cause.KeyEncrypted}}
	keyFormat = &meaning{name: "key format", kind: local, rank: exact,
		means:    "The private key is in a format or of an algorithm that the program does not read.",
		byClient: likely{cause.KeyFormatUnsupported, cause.KeyEncrypted, cause.PEMWrongType}}
	keyTrouble = &meaning{name: "key not read", kind: local, rank: verdict,
		means:    "The private key could not be read: encrypted, of a format not known, or damaged.",
		byClient: likely{cause.KeyEncrypted, cause.KeyFormatUnsupported, cause.PEMWrongType, cause.PEMTruncated}}
	keyNotOfCert = &meaning{name: "certificate and key do not match", kind: local, rank: exact,
		means:    "The private key does not belong to the certificate, or the certificate file does not begin with the one it belongs to.",
		byClient: likely{cause.CertKeyPairMismatch, cause.CertFileOrderWrong, cause.PEMBOMHidesBlock}}
	setKeyFailed = &meaning{name: "key could not be used", kind: local, rank: verdict,
		means:    "The private key file could not be used with the certificate given.",
		byClient: likely{cause.CertKeyPairMismatch, cause.PEMWrongType, cause.FileNotFound, cause.KeyWrongPassphrase}}
	ownCertTrouble = &meaning{name: "own certificate not loaded", kind: local, rank: verdict,
		means:    "The program could not load its own certificate or key.",
		byClient: likely{cause.PEMWrongType, cause.FileNotFound, cause.CertKeyPairMismatch, cause.KeyEncrypted}}
	signFailed = &meaning{name: "own key could not sign", kind: local, rank: exact,
		means:    "The program holds a key it cannot sign with: a token, its PIN, its driver, or the wrong kind of key.",
		byClient: likely{cause.ClientKeyUnusable, cause.KeyWrongPassphrase, cause.ClientCertWithheld}}
	noOwnKey = &meaning{name: "certificate without its key", kind: local, rank: exact,
		means:    "There is a certificate but no private key to go with it, or the program may not use that key.",
		byClient: likely{cause.ClientKeyUnusable, cause.CertKeyPairMismatch}}
	noStore = &meaning{name: "trust store not loaded", kind: local, rank: exact,
		means:    "The store of trusted CAs could not be loaded, is empty, or holds no certificate.",
		byClient: likely{cause.TrustStoreUnloadable, cause.FileNotFound, cause.TrustStoreEnvOverride}}
	noJavaAnchor = &meaning{name: "no trusted entry in a Java store", form: "java-trust", kind: local, rank: exact,
		means:    "Java found no trusted certificate in its store: the file is missing or empty, or its certificates lack the attribute by which Java knows that they are to be trusted (trustedKeyUsage), as in a PKCS #12 made by openssl or Python.",
		byClient: likely{cause.TrustStoreUnloadable, cause.FileNotFound, cause.TrustStoreEnvOverride}}
	keyOpen = &meaning{name: "key store", kind: local, rank: verdict,
		means:    "The key store could not be opened: the password, its type, or the file.",
		byClient: likely{cause.KeyWrongPassphrase, cause.PKCS12NotPEM, cause.FileNotFound}}
	ownSetting = &meaning{name: "setting of its own", kind: local, rank: verdict,
		means:    "A setting of the program itself stands in the way; nothing was said about the other side.",
		byClient: likely{cause.CertKeyPairMismatch, cause.ClientCertWithheld, cause.ServerMisconfigured}}
)
