package phrase

import "mutual/diagnose/cause"

// A reason is one of OpenSSL's error reasons. Its words are the same in all
// versions, and those of BoringSSL and Node are them in capitals; its number
// is not the same in BoringSSL.
type reason struct {
	lib, number int // of OpenSSL, 0 where only words are known
	boring      int // of BoringSSL's SSL library
	words       string
	how         how
	cause       *meaning
	codes       likely
	by          side
}

// OpenSSL's libraries, openssl/err.h.
const (
	libEVP      = 6
	libPEM      = 9
	libX509     = 11
	libASN1     = 13
	libSSL      = 20
	libPKCS12   = 35
	libOCSP     = 39
	libUI       = 40
	libStore    = 44
	libProvider = 57
	libDecoder  = 60
)

var reasons = []reason{
	{libSSL, 134, 125, "certificate verify failed", anywhere, chainFault, nil, neither},
	{libSSL, 199, 192, "peer did not return a certificate", anywhere, noClientCert, nil, server},
	{libSSL, 176, 172, "no certificates returned", anywhere, noClientCert, nil, server},
	{libSSL, 178, 0, "no certificate returned", anywhere, noClientCert, nil, server},
	{libSSL, 193, 184, "no shared cipher", anywhere, noCipher, likely{cause.CipherNoOverlap, cause.CipherCertTypeMismatch}, server},
	{libSSL, 181, 175, "no ciphers available", anywhere, noCipher, likely{cause.CipherNoOverlap, cause.TLSVersionNoOverlap}, client},
	{libSSL, 185, 177, "no cipher match", anywhere, noCipher, nil, neither},
	{libSSL, 410, 266, "no shared group", anywhere, noGroup, nil, neither},
	{libSSL, 410, 0, "no shared groups", anywhere, noGroup, nil, neither},
	{libSSL, 295, 0, "no suitable groups", anywhere, noGroup, nil, neither},
	{libSSL, 101, 0, "no suitable key share", anywhere, noGroup, likely{cause.GroupNoOverlap}, neither},
	{libSSL, 108, 0, "bad key share", anywhere, noGroup, nil, neither},
	{libSSL, 209, 0, "missing supported groups extension", anywhere, noGroup, nil, neither},
	{0, 0, 258, "missing key share", anywhere, noGroup, nil, neither},
	{libSSL, 118, 0, "no suitable signature algorithm", anywhere, noScheme, likely{cause.SignatureSchemeNoOverlap, cause.TLSVersionNoOverlap}, neither},
	{libSSL, 376, 253, "no shared signature algorithms", anywhere, noScheme, nil, neither},
	{0, 0, 253, "no common signature algorithms", anywhere, noScheme, nil, neither},
	{libSSL, 112, 0, "missing sigalgs extension", anywhere, noScheme, nil, neither},
	{libSSL, 333, 0, "legacy sigalg disallowed or unsupported", anywhere, noScheme, likely{cause.SignatureSchemeNoOverlap, cause.TLSVersionNoOverlap}, neither},
	{libSSL, 370, 245, "wrong signature type", anywhere, noScheme, likely{cause.SignatureSchemeNoOverlap}, neither},
	{libSSL, 258, 240, "unsupported protocol", anywhere, noVersion, likely{cause.TLSVersionNoOverlap}, neither},
	{libSSL, 166, 0, "version too high", anywhere, noVersion, nil, neither},
	{libSSL, 396, 0, "version too low", anywhere, noVersion, nil, neither},
	{libSSL, 191, 280, "no protocols available", anywhere, noVersion, nil, neither},
	{0, 0, 280, "no supported versions enabled", anywhere, noVersion, nil, neither},
	{libSSL, 266, 246, "wrong ssl version", anywhere, noVersion, nil, neither},
	{libSSL, 254, 234, "unknown ssl version", anywhere, noVersion, nil, neither},
	{libSSL, 259, 0, "unsupported ssl version", anywhere, noVersion, nil, neither},
	{libSSL, 252, 233, "unknown protocol", clause, notTLS, likely{cause.NotTLSHTTP, cause.NotTLSOtherProtocol, cause.TLSVersionNoOverlap, cause.StartTLSRequired}, neither},
	{libSSL, 267, 247, "wrong version number", anywhere, notTLS, likely{cause.NotTLSHTTP, cause.NotTLSOtherProtocol, cause.StartTLSRequired, cause.TLSVersionNoOverlap}, neither},
	{libSSL, 292, 0, "bad legacy version", anywhere, notTLS, nil, neither},
	{libSSL, 443, 0, "bad record type", anywhere, notTLSOther, nil, neither},
	{libSSL, 198, 0, "packet length too long", anywhere, notTLS, nil, neither},
	{libSSL, 150, 146, "encrypted length too long", anywhere, notTLS, nil, neither},
	{libSSL, 298, 0, "record too small", anywhere, notTLSOther, nil, neither},
	{0, 0, 200, "record too large", clause, notTLSOther, nil, neither},
	{libSSL, 156, 156, "http request", clause, plainHTTP, nil, server},
	{libSSL, 155, 155, "https proxy request", anywhere, plainHTTP, nil, server},
	{libSSL, 123, 114, "bad signature", clause, badHandshakeSignature, likely{cause.ClientKeyMismatch, cause.ServerKeyMismatch}, neither},
	{libSSL, 265, 0, "wrong signature size", anywhere, badHandshakeSignature, nil, neither},
	{libSSL, 264, 0, "wrong signature length", anywhere, badHandshakeSignature, nil, neither},
	{libSSL, 149, 142, "digest check failed", anywhere, badRecordMAC, nil, neither},
	{libSSL, 281, 139, "decryption failed or bad record mac", anywhere, badRecordMAC, nil, neither},
	{libSSL, 378, 243, "wrong curve", clause, wrongCurve, likely{cause.ClientCertCurveNotOffered}, neither},
	{libSSL, 304, 107, "bad ecc cert", anywhere, keyType, likely{cause.CertKeyTypeUnsupported}, neither},
	{libSSL, 383, 241, "wrong certificate type", anywhere, keyType, likely{cause.CertKeyTypeUnsupported, cause.CipherCertTypeMismatch}, neither},
	{libSSL, 247, 228, "unknown certificate type", anywhere, keyType, nil, neither},
	{libSSL, 251, 0, "unknown pkey type", anywhere, keyType, nil, neither},
	{libSSL, 315, 239, "unsupported elliptic curve", anywhere, keyType, nil, neither},
	{libSSL, 318, 144, "ecc cert not for signing", anywhere, wrongKeyUsage, nil, neither},
	{libSSL, 220, 0, "signature for non signing certificate", anywhere, wrongKeyUsage, nil, neither},
	{0, 0, 302, "key usage bit incorrect", anywhere, wrongKeyUsage, nil, neither},
	{libSSL, 397, 0, "ca key too small", anywhere, weakKey, nil, neither},
	{libSSL, 399, 0, "ee key too small", anywhere, weakKey, likely{cause.CertKeyTooWeak}, neither},
	{libSSL, 398, 0, "ca md too weak", anywhere, weakDigest, nil, neither},
	{libSSL, 394, 0, "dh key too small", anywhere, weakDH, likely{cause.CipherNoOverlap}, neither},
	{0, 0, 105, "bad dh p length", anywhere, weakDH, nil, neither},
	{libSSL, 241, 0, "insufficient security", clause, weakAlgorithm, likely{cause.CipherNoOverlap, cause.CertKeyTooWeak}, neither},
	{libSSL, 235, 307, "no application protocol", clause, noALPN, nil, neither},
	{libSSL, 338, 236, "unsafe legacy renegotiation disabled", anywhere, legacyRenegotiation, nil, client},
	{libSSL, 339, 182, "no renegotiation", clause, renegotiation, nil, neither},
	{libSSL, 337, 202, "renegotiation mismatch", anywhere, renegotiation, nil, neither},
	{libSSL, 279, 0, "extension not received", anywhere, postHandshake, nil, neither},
	{libSSL, 373, 157, "inappropriate fallback", anywhere, downgrade, nil, neither},
	{0, 0, 297, "tls13 downgrade", anywhere, downgrade, nil, neither},
	{0, 0, 254, "downgrade detected", clause, downgrade, nil, neither},
	{libSSL, 294, 0, "unexpected eof while reading", anywhere, silentEnd, nil, neither},
	{libSSL, 229, 215, "ssl handshake failure", anywhere, handshakeFailed, nil, neither},
	{0, 0, 154, "handshake failure on client hello", anywhere, handshakeFailed, likely{cause.ClientCertMissing, cause.CipherNoOverlap, cause.TLSVersionNoOverlap, cause.SNIUnrecognized}, client},
	{0, 0, 133, "connection rejected", clause, handshakeFailed, nil, neither},
	{libSSL, 226, 132, "clienthello tlsext", anywhere, unknownSNI, nil, neither},
	{libSSL, 319, 213, "ssl3 ext invalid servername", anywhere, unknownSNI, nil, neither},
	{libSSL, 234, 0, "callback failed", clause, serverSetup, likely{cause.ServerMisconfigured, cause.SNIUnrecognized}, neither},
	{libSSL, 377, 126, "cert cb error", anywhere, serverSetup, nil, neither},
	{libSSL, 179, 174, "no certificate set", anywhere, serverSetup, nil, neither},
	{libSSL, 177, 173, "no certificate assigned", anywhere, serverSetup, likely{cause.CertKeyPairMismatch, cause.ServerMisconfigured}, neither},
	{libSSL, 190, 181, "no private key assigned", anywhere, noOwnKey, likely{cause.CertKeyPairMismatch, cause.ClientKeyUnusable}, neither},
	{libSSL, 288, 0, "private key mismatch", anywhere, keyNotOfCert, likely{cause.CertKeyPairMismatch}, neither},
	{0, 0, 274, "certificate and private key mismatch", anywhere, keyNotOfCert, likely{cause.CertKeyPairMismatch}, neither},
	{0, 0, 287, "private key operation failed", anywhere, signFailed, nil, neither},
	{0, 0, 272, "cannot parse leaf cert", anywhere, malformed, nil, neither},
	{0, 0, 323, "no matching issuer", clause, notAdvertised, nil, neither},
	{libSSL, 216, 0, "no valid scts", anywhere, sctMissing, nil, neither},
	{libSSL, 328, 0, "invalid status response", anywhere, stapleBad, nil, neither},
	{libSSL, 244, 223, "unexpected message", clause, protocolBreach, nil, neither},
	{libSSL, 245, 225, "unexpected record", clause, protocolBreach, nil, neither},
	{libSSL, 277, 208, "session id context uninitialized", anywhere, sessionContext, likely{cause.SessionResumptionRefused, cause.ServerMisconfigured}, server},
	{libSSL, 268, 248, "x509 lib", clause, ownCertTrouble, likely{cause.TrustStoreUnloadable, cause.PEMWrongType, cause.DERNotPEM}, neither},
	{libSSL, 161, 0, "library has no ciphers", anywhere, noCipher, nil, neither},
	{libSSL, 401, 0, "fragmented client hello", anywhere, protocolBreach, likely{cause.ClientHelloSizeIntolerant}, neither},

	{libX509, 116, 0, "key values mismatch", anywhere, keyNotOfCert, likely{cause.CertKeyPairMismatch, cause.CertFileOrderWrong, cause.PEMBOMHidesBlock}, neither},
	{libX509, 115, 0, "key type mismatch", anywhere, keyNotOfCert, likely{cause.CertKeyPairMismatch, cause.CertFileOrderWrong}, neither},
	{libX509, 136, 0, "no certificate or crl found", anywhere, noStore, likely{cause.TrustStoreUnloadable}, neither},
	{libX509, 135, 0, "no certificate found", clause, noStore, likely{cause.TrustStoreUnloadable, cause.DERNotPEM, cause.FileEmpty}, neither},
	{libX509, 137, 0, "no crl found", clause, crlMissing, likely{cause.CRLUnavailable}, neither},
	{libX509, 103, 0, "loading cert dir", anywhere, noStore, nil, neither},
	{libX509, 139, 0, "certificate verification failed", clause, chainFault, nil, neither},
	{libX509, 110, 0, "akid mismatch", anywhere, rekeyedIssuer, nil, neither},
	{libX509, 131, 0, "crl verify failure", anywhere, crlForged, nil, neither},
	{libX509, 125, 0, "public key decode error", anywhere, keyType, likely{cause.CertKeyTypeUnsupported, cause.CertMalformed}, neither},
	{libPEM, 108, 0, "no start line", anywhere, noPEM, likely{cause.DERNotPEM, cause.FileEmpty, cause.PEMWrongType, cause.PKCS12NotPEM}, neither},
	{libPEM, 100, 0, "bad base64 decode", anywhere, brokenPEM, likely{cause.PEMTruncated}, neither},
	{libPEM, 102, 0, "bad end line", anywhere, brokenPEM, likely{cause.PEMTruncated}, neither},
	{libPEM, 112, 0, "short header", clause, brokenPEM, nil, neither},
	{libPEM, 104, 0, "bad password read", anywhere, keyLocked, likely{cause.KeyEncrypted, cause.KeyWrongPassphrase}, neither},
	{libPEM, 109, 0, "problems getting password", anywhere, keyLocked, nil, neither},
	{libPEM, 101, 0, "bad decrypt", anywhere, wrongPassphrase, likely{cause.KeyWrongPassphrase, cause.KeyEncrypted}, neither},
	{libPEM, 114, 0, "unsupported encryption", clause, keyFormat, likely{cause.KeyFormatUnsupported, cause.KeyWrongPassphrase}, neither},
	{libEVP, 100, 0, "bad decrypt", anywhere, wrongPassphrase, likely{cause.KeyWrongPassphrase, cause.KeyEncrypted}, neither},
	{libEVP, 156, 0, "unsupported algorithm", clause, keyFormat, likely{cause.KeyFormatUnsupported, cause.KeyEncrypted}, neither},
	{libEVP, 118, 0, "unsupported private key algorithm", anywhere, keyFormat, likely{cause.KeyFormatUnsupported}, neither},
	{libEVP, 108, 0, "interrupted or cancelled", anywhere, keyLocked, likely{cause.KeyEncrypted}, neither},
	{libUI, 107, 0, "processing error", clause, keyLocked, likely{cause.KeyEncrypted}, neither},
	{libProvider, 100, 0, "bad decrypt", anywhere, wrongPassphrase, likely{cause.KeyWrongPassphrase, cause.KeyEncrypted}, neither},
	{libProvider, 159, 0, "unable to get passphrase", anywhere, keyLocked, likely{cause.KeyEncrypted}, neither},
	{libPKCS12, 113, 0, "mac verify failure", anywhere, wrongPassphrase, likely{cause.KeyWrongPassphrase, cause.PKCS12NotPEM}, neither},
	{libPKCS12, 116, 0, "pkcs12 cipherfinal error", anywhere, wrongPassphrase, nil, neither},
	{libStore, 113, 0, "error verifying pkcs12 mac", anywhere, wrongPassphrase, nil, neither},
	{libASN1, 168, 0, "wrong tag", clause, brokenDER, nil, neither},
	{libASN1, 123, 0, "header too long", clause, brokenDER, nil, neither},
	{libASN1, 155, 0, "asn1 encoding routines::too long", anywhere, brokenDER, nil, neither},
	{libASN1, 142, 0, "not enough data", clause, brokenDER, likely{cause.PEMTruncated, cause.DERNotPEM, cause.CertMalformed}, neither},
	{libASN1, 203, 0, "asn1 parse error", anywhere, brokenDER, nil, neither},
	{libOCSP, 125, 0, "status expired", clause, stapleOld, nil, neither},
	{libOCSP, 127, 0, "status too old", clause, stapleOld, nil, neither},
	{libOCSP, 112, 0, "root ca not trusted", clause, stapleBad, nil, neither},
	{libDecoder, 268, 0, "DECODER routines::unsupported", anywhere, keyFormat, likely{cause.KeyFormatUnsupported, cause.KeyEncrypted, cause.PEMWrongType, cause.DERNotPEM}, neither},
}

// reasonTable makes texts of the reasons' words.
func reasonTable() *table {
	t := &table{stack: "OpenSSL libssl"}
	for _, r := range reasons {
		t.texts = append(t.texts, text{text: r.words, cause: r.cause, codes: r.codes, how: r.how, by: r.by})
	}
	return t
}

// A packed error without its library's other numbers.
func reasonNumbered(lib, number int, boring bool) *reason {
	for i := range reasons {
		r := &reasons[i]
		if boring && lib == 16 && r.boring == number && number > 0 || !boring && r.lib == lib && r.number == number && number > 0 {
			return r
		}
	}
	return nil
}

// opensslFiles are texts of OpenSSL's functions and programs.
var opensslFiles = table{stack: "OpenSSL", texts: []text{
	{text: "digital envelope routines::unsupported", cause: keyFormat, codes: likely{cause.KeyFormatUnsupported, cause.KeyEncrypted, cause.PEMWrongType, cause.DERNotPEM}},
	{text: "BIO routines:…:no such file", cause: noFile},
	{text: "system library:fopen:No such file or directory", cause: noFile},
	{text: "system library:fopen:Permission denied", cause: noAccess},
	{text: "calling fopen(", cause: noFile, how: nearTLS},
	{text: "error:02001002", cause: noFile},
	{text: "error:0200100D", cause: noAccess},
	{text: "error:80000002", cause: noFile},
	{text: "error:8000000D", cause: noAccess},
	{text: "unable to load certificate", cause: ownCertTrouble, codes: likely{cause.PEMWrongType, cause.DERNotPEM, cause.FileNotFound, cause.FileEmpty}},
	{text: "Could not read certificate", cause: noPEMCert},
	{text: "Could not find certificate", cause: noPEMCert},
	{text: "Could not read client certificate", cause: noPEMCert},
	{text: "Could not read any certificates", cause: noPEMCert},
	{text: "Could not find any certificates", cause: noPEMCert},
	{text: "unable to load private key", cause: keyTrouble},
	{text: "unable to load client certificate private key file", cause: keyTrouble, by: client},
	{text: "Could not read private key", cause: keyTrouble},
	{text: "Could not read client certificate private key", cause: keyTrouble, by: client},
	{text: "Could not read server certificate private key", cause: keyTrouble, by: server},
	{text: "Could not find private key", cause: noPEMKey, codes: likely{cause.PEMWrongType, cause.FileEmpty, cause.KeyFormatUnsupported}},
	{text: "Private key does not match the certificate public key", cause: keyNotOfCert},
	{text: "Mac verify error: invalid password?", cause: wrongPassphrase},
	{text: "Error loading PKCS12", cause: keyOpen},
	{text: "Can't open … for reading, No such file or directory", cause: noFile},
	{text: "Can't open … for reading, Permission denied", cause: noAccess},
	{text: "Error loading CA file", cause: noStore},
	{text: "Error loading file", cause: noStore, how: nearTLS},
	{text: "verify error:num", cause: chainFault},
	{text: "error setting private key", cause: setKeyFailed},
	{text: "error setting certificate", cause: ownCertTrouble},
	{text: "Error with certificate to be certified by", cause: brokenDER, how: nearTLS},
	{text: "maybe wrong password", cause: wrongPassphrase},
}}

var opensslCLI = table{stack: "OpenSSL s_client", by: client, texts: []text{
	{text: "no peer certificate available", cause: handshakeFailed, codes: likely{cause.ServerMisconfigured, cause.NotTLSHTTP, cause.CipherNoOverlap, cause.TLSVersionNoOverlap}},
	{text: "No client certificate CA names sent", cause: certNotAsked, how: whole},
	{text: "ssl handshake has read 0 bytes", cause: silentEnd},
	{text: "didn't found starttls in server response", cause: wantsStartTLS},
	{text: "didn't find starttls in server response", cause: wantsStartTLS},
	{text: "connect:errno=111", cause: portClosed},
	{text: "connect:errno=113", cause: unreachable},
	{text: "connect:errno=110", cause: unreachable},
	{text: "write:errno=104", cause: reset},
	{text: "read:errno=104", cause: reset},
	{text: "write:errno=0", cause: silentEnd},
	{text: "read:errno=0", cause: silentEnd},
	{text: "write:errno=32", cause: reset},
}}
