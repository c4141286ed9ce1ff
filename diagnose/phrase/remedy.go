package phrase

import "mutual/diagnose/cause"

// Remedy is how one stack is set up so that a fault goes away: a piece of its
// configuration or code, complete enough to be copied. Files are named as if
// they were in /etc/ssl; lines that begin with # or // explain.
type Remedy struct {
	Stack, Text string
}

// Remedies returns how nginx, HAProxy, Apache, Envoy, Node, Go, Python and
// Java are set up against the fault of a code, where that differs between
// them; nil where it does not. The slice is the caller's.
func Remedies(code cause.Code) []Remedy {
	var out []Remedy
	for _, set := range remediesFor[code] {
		out = append(out, set...)
	}
	return out
}

// remediesFor is read only.
var remediesFor = map[cause.Code][][]Remedy{
	cause.ServerChainMissingIntermediate: {serverChain},
	cause.ChainOutOfOrder:                {serverChain},
	cause.ChainBrokenLink:                {serverChain},
	cause.CertKeyPairMismatch:            {serverChain},
	cause.CertFileOrderWrong:             {serverChain},
	cause.ServerKeyMismatch:              {serverChain},
	cause.ServerCertExpired:              {reloadCertificate},
	cause.StaleCertLoaded:                {reloadCertificate},

	cause.ClientCertMissing:              {presentCertificate},
	cause.ClientChainMissingIntermediate: {presentCertificate},
	cause.ClientKeyMismatch:              {presentCertificate},
	cause.ClientCertWithheld:             {presentCertificate},
	cause.ClientCertExpired:              {presentCertificate},
	cause.ClientCertSelfSigned:           {presentCertificate},

	cause.ClientCAUntrustedByServer:        {verifyClients},
	cause.ClientCertNotRequested:           {verifyClients},
	cause.ServerClientCAEmpty:              {verifyClients},
	cause.ClientCertRejectedAfterHandshake: {verifyClients},
	cause.ClientCANotAdvertised:            {advertiseCAs},
	cause.ClientDNEncodingMismatch:         {advertiseCAs},
	cause.ClientVerifyDepthExceeded:        {verifyDepth},
	cause.ClientIdentityNotAuthorized:      {authorise},
	cause.SPIFFEIDInvalid:                  {authorise},
	cause.ClientAuthNeedsPostHandshake:     {lateRequest},
	cause.ClientAuthNeedsRenegotiation:     {lateRequest},

	cause.ServerCAUntrusted:           {trustServer},
	cause.TrustStoreUnloadable:        {trustServer},
	cause.TrustStoreEnvOverride:       {trustServer},
	cause.TrustAnchorExpired:          {trustServer},
	cause.IssuerNameMatchesKeyDiffers: {trustServer, verifyClients},
	cause.ServerNameMismatch:          {serverName},
	cause.ServerIPSANMissing:          {serverName},
	cause.SNIMissing:                  {serverName},
	cause.SNIUnrecognized:             {serverName},
	cause.SNIDefaultCertServed:        {serverName},
	cause.SNIHostMismatch:             {serverName},

	cause.TLSVersionNoOverlap:         {versions},
	cause.CipherNoOverlap:             {ciphers},
	cause.GroupNoOverlap:              {groups},
	cause.ClientHelloSizeIntolerant:   {groups},
	cause.ClientCertCurveNotOffered:   {groups},
	cause.SignatureSchemeNoOverlap:    {schemes},
	cause.ALPNNoOverlap:               {protocols},
	cause.ALPNNotNegotiated:           {protocols},
	cause.LegacyRenegotiationRequired: {legacyServers},

	cause.CRLUnavailable:      {checkRevocation},
	cause.CRLExpired:          {checkRevocation},
	cause.CRLSignatureInvalid: {checkRevocation},
	cause.ClientCertRevoked:   {checkRevocation},
	cause.OCSPStapleMissing:   {staple},
	cause.OCSPResponseExpired: {staple},
	cause.KeyEncrypted:        {passphrase},
	cause.KeyWrongPassphrase:  {passphrase},
	cause.HTTPSentToTLSPort:   {speakTLS},
	cause.NotTLSHTTP:          {speakTLS},
}
