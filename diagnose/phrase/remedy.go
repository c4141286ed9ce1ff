package phrase

// Remedy is how one stack is set up so that a fault goes away: a piece of its
// configuration or code, complete enough to be copied. Files are named as if
// they were in /etc/ssl; lines that begin with # or // explain.
type Remedy struct {
	Stack, Text string
}

// Remedies returns how nginx, HAProxy, Apache, Envoy, Node, Go, Python and
// Java are set up against the fault of a code, where that differs between
// them; nil where it does not. The slice is the caller's.
func Remedies(code string) []Remedy {
	var out []Remedy
	for _, set := range remediesFor[code] {
		out = append(out, set...)
	}
	return out
}

// remediesFor is read only.
var remediesFor = map[string][][]Remedy{
	"server-chain-missing-intermediate": {serverChain},
	"chain-out-of-order":                {serverChain},
	"chain-broken-link":                 {serverChain},
	"cert-key-pair-mismatch":            {serverChain},
	"cert-file-order-wrong":             {serverChain},
	"server-key-mismatch":               {serverChain},
	"server-cert-expired":               {reloadCertificate},
	"stale-cert-loaded":                 {reloadCertificate},

	"client-cert-missing":               {presentCertificate},
	"client-chain-missing-intermediate": {presentCertificate},
	"client-key-mismatch":               {presentCertificate},
	"client-cert-withheld":              {presentCertificate},
	"client-cert-expired":               {presentCertificate},
	"client-cert-self-signed":           {presentCertificate},

	"client-ca-untrusted-by-server":        {verifyClients},
	"client-cert-not-requested":            {verifyClients},
	"server-client-ca-empty":               {verifyClients},
	"client-cert-rejected-after-handshake": {verifyClients},
	"client-ca-not-advertised":             {advertiseCAs},
	"client-dn-encoding-mismatch":          {advertiseCAs},
	"client-verify-depth-exceeded":         {verifyDepth},
	"client-identity-not-authorized":       {authorise},
	"spiffe-id-invalid":                    {authorise},
	"client-auth-needs-post-handshake":     {lateRequest},
	"client-auth-needs-renegotiation":      {lateRequest},

	"server-ca-untrusted":             {trustServer},
	"trust-store-unloadable":          {trustServer},
	"trust-store-env-override":        {trustServer},
	"trust-anchor-expired":            {trustServer},
	"issuer-name-matches-key-differs": {trustServer, verifyClients},
	"server-name-mismatch":            {serverName},
	"server-ip-san-missing":           {serverName},
	"sni-missing":                     {serverName},
	"sni-unrecognized":                {serverName},
	"sni-default-cert-served":         {serverName},
	"sni-host-mismatch":               {serverName},

	"tls-version-no-overlap":        {versions},
	"cipher-no-overlap":             {ciphers},
	"group-no-overlap":              {groups},
	"clienthello-size-intolerant":   {groups},
	"client-cert-curve-not-offered": {groups},
	"signature-scheme-no-overlap":   {schemes},
	"alpn-no-overlap":               {protocols},
	"alpn-not-negotiated":           {protocols},
	"legacy-renegotiation-required": {legacyServers},

	"crl-unavailable":       {checkRevocation},
	"crl-expired":           {checkRevocation},
	"crl-signature-invalid": {checkRevocation},
	"client-cert-revoked":   {checkRevocation},
	"ocsp-staple-missing":   {staple},
	"ocsp-response-expired": {staple},
	"key-encrypted":         {passphrase},
	"key-wrong-passphrase":  {passphrase},
	"http-sent-to-tls-port": {speakTLS},
	"not-tls-http":          {speakTLS},
}
