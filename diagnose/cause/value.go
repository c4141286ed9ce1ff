package cause

// Refused is why our own TLS library ended a handshake; "": it did not.
type Refused string

// What a TLS library objects to.
const (
	RefusedVersion               Refused = "version"
	RefusedCipher                Refused = "cipher"
	RefusedGroup                 Refused = "group"
	RefusedALPN                  Refused = "alpn"
	RefusedSelection             Refused = "selection" // the server chose what was not offered
	RefusedDowngrade             Refused = "downgrade"
	RefusedSignatureScheme       Refused = "signature-scheme"
	RefusedSign                  Refused = "sign" // our own key could not make a signature
	RefusedOversized             Refused = "oversized"
	RefusedNotTLS                Refused = "not-tls"
	RefusedServerSignature       Refused = "server-signature"
	RefusedServerSignatureScheme Refused = "server-signature-scheme"
	RefusedServerMalformed       Refused = "server-certificate-malformed"
	RefusedServerKeyType         Refused = "server-key-type"
	RefusedServerKeyUsage        Refused = "server-key-usage"
	RefusedNoCertificate         Refused = "no-certificate"
	RefusedNotAuthorized         Refused = "not-authorized"
	RefusedClientCertificate     Refused = "client-certificate"
	RefusedRevoked               Refused = "revoked" // by a list that the server reads
	RefusedClientSignature       Refused = "client-signature"
	RefusedClientSignatureScheme Refused = "client-signature-scheme"
	RefusedClientMalformed       Refused = "client-certificate-malformed"
	RefusedClientKeyType         Refused = "client-key-type"
)

// Says is what an application's answer says of the client's certificate; "":
// nothing that is known.
type Says string

// What answers say.
const (
	SaysCertificateMissing Says = "certificate-missing"
	SaysCertificateBad     Says = "certificate-bad"
	SaysNotAuthorized      Says = "not-authorized"
	SaysPassword           Says = "password" // it wants a password or a token
	SaysPlainHTTP          Says = "plain-http"
	SaysRenegotiation      Says = "renegotiation"
)

// Refuses reports whether the client is refused because of its certificate.
func (s Says) Refuses() bool {
	return s == SaysCertificateMissing || s == SaysCertificateBad || s == SaysNotAuthorized
}

// Closed is how the peer ended a connection; "": it did not, or with an alert.
type Closed string

// The ends.
const (
	ClosedEOF     Closed = "eof"
	ClosedReset   Closed = "reset"
	ClosedTimeout Closed = "timeout" // it kept silent
)

// Network is the network's own refusal; "": there was none.
type Network string

// The refusals of a network.
const (
	NetworkRefused     Network = "refused"
	NetworkUnreachable Network = "unreachable"
	NetworkTimeout     Network = "timeout"
	NetworkNotFound    Network = "not-found" // the name has no address
	NetworkResolver    Network = "resolver"  // the resolver failed
	NetworkReset       Network = "reset"
)

// Verdict is what became of the client's certificate.
type Verdict string

// The verdicts.
const (
	VerdictAccepted Verdict = "accepted"
	VerdictRejected Verdict = "rejected"
	VerdictUnknown  Verdict = "unknown"
)

// Policy is whether a server asks for the client's certificate, and insists.
type Policy string

// The policies.
const (
	PolicyRequired Policy = "required"
	PolicyOptional Policy = "optional"
	PolicyNone     Policy = "none"
	PolicyUnknown  Policy = "unknown"
)

// Objection is why crypto/tls would have kept the certificate back although it
// was given; "": it would not have.
type Objection string

// The objections.
const (
	ObjectionIssuer          Objection = "issuer"
	ObjectionSignatureScheme Objection = "signature-scheme"
)

// Flight is what a client's last flight of the handshake holds; "": that is not
// known.
type Flight string

// The flights.
const (
	FlightFinished    Flight = "finished"    // Finished alone: no certificate was asked for
	FlightEmpty       Flight = "empty"       // an empty Certificate: none was had, or none sent
	FlightCertificate Flight = "certificate" // a certificate
)

// Sign is how a refusal shows to a third party.
type Sign string

// The signs.
const (
	SignAlert   Sign = "alert"   // an alert that can be read
	SignLength  Sign = "length"  // an encrypted record of an alert's size
	SignSilence Sign = "silence" // the connection was closed where more had to come
)

// Library is a TLS library, recognised by how it speaks; "": not recognised.
type Library string

// The libraries.
const (
	OpenSSL Library = "OpenSSL"
	Go      Library = "Go"   // crypto/tls
	Java    Library = "Java" // JSSE
	GnuTLS  Library = "GnuTLS"

	// Erlang is OTP's ssl, of RabbitMQ, EMQX and others; BoringSSL is in Envoy,
	// gRPC's C core and Bun.
	Erlang    Library = "Erlang"
	BoringSSL Library = "BoringSSL"
	WolfSSL   Library = "wolfSSL"
	MbedTLS   Library = "mbedTLS"
)

// Verifier is a family of programs that judge chains alike.
type Verifier string

// The verifiers.
const (
	ByOpenSSL Verifier = "openssl" // curl, nginx, Apache, HAProxy, PostgreSQL, Ruby, PHP, Node, Python before 3.13
	ByStrict  Verifier = "strict"  // Python 3.13 and later
	ByGo      Verifier = "go"      // crypto/tls
	ByJava    Verifier = "java"    // the default trust manager
)
