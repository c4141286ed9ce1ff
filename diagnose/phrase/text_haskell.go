package phrase

import "mutual/diagnose/cause"

// haskellTexts are of Haskell's tls and x509-validation.
var haskellTexts = table{stack: "Haskell tls", texts: []text{
	{text: "certificate has unknown CA", cause: unknownIssuer, codes: likely{cause.ServerCAUntrusted, cause.ServerChainMissingIntermediate, cause.TrustStoreUnloadable}, by: client},
	{text: "certificate has expired\",True", cause: expired},
	{text: "certificate rejected: [", cause: chainFault},
	{text: "certificate rejected: […UnknownCA", cause: unknownIssuer, codes: likely{cause.ServerCAUntrusted, cause.ServerChainMissingIntermediate, cause.TrustStoreUnloadable}},
	{text: "certificate rejected: […Expired", cause: expired},
	{text: "certificate rejected: […InFuture", cause: notYetValid},
	{text: "certificate rejected: […SelfSigned", cause: selfSigned},
	{text: "certificate rejected: […NameMismatch", cause: wrongName},
	{text: "certificate rejected: […NoCommonName", cause: noSAN},
	{text: "certificate rejected: […InvalidName", cause: wrongName},
	{text: "certificate rejected: […EmptyChain", cause: noClientCert},
	{text: "certificate rejected: […AuthorityTooDeep", cause: pathLength},
	{text: "certificate rejected: […NotAllowedToSign", cause: noCertSign},
	{text: "certificate rejected: […NotAnAuthority", cause: notCA},
	{text: "certificate rejected: […LeafKeyUsageNotAllowed", cause: wrongKeyUsage},
	{text: "certificate rejected: […LeafKeyPurposeNotAllowed", cause: wrongPurpose},
	{text: "certificate rejected: […LeafNotV3", cause: malformed},
	{text: "certificate rejected: […InvalidSignature", cause: badSignature},
	{text: "certificate rejected: […CacheSaysNo", cause: pinBroken},
	{text: "certificate rejected: FQDN do not match this certificate", cause: wrongName},
	{text: "certificate rejected:", cause: chainFault, how: nearTLS},
	{text: "HandshakeFailed (Error_Protocol (\"expecting server hello, got alert", cause: someAlert, by: client},
	{text: "HandshakeFailed (Error_Packet_Parsing", cause: notTLSOther, codes: likely{cause.NotTLSOtherProtocol, cause.ServerMisconfigured}},
	{text: "HandshakeFailed Error_EOF", cause: silentEnd},
	{text: "HandshakeFailed (Error_HandshakePolicy", cause: renegotiation},
	{text: "Error_Protocol (\"version … is not supported", cause: noVersion},
	{text: "Error_Protocol (\"no common version supported", cause: noVersion},
	{text: "Error_Protocol (\"no cipher in common with the client", cause: noCipher, by: server},
	{text: "Error_Protocol (\"client didn't provide any certificate", cause: noClientCert, by: server},
	{text: "HandshakeFailed (Error_Protocol", cause: handshakeFailed},
	{text: "TlsException (HandshakeFailed", cause: handshakeFailed},
	{text: "TlsExceptionHostPort (HandshakeFailed", cause: handshakeFailed, by: client},
}}
