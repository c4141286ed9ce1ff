package pki

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"time"
)

// Kind is what an Item is.
type Kind string

// The kinds of things that files hold.
const (
	KindCertificate  Kind = "certificate"
	KindCSR          Kind = "certificate request"
	KindCRL          Kind = "revocation list"
	KindOCSP         Kind = "OCSP response"
	KindOCSPRequest  Kind = "OCSP request"
	KindMessage      Kind = "CMS message" // signed or encrypted content, no certificates
	KindPrivateKey   Kind = "private key"
	KindPublicKey    Kind = "public key"
	KindSecret       Kind = "secret"     // of a key store: a password or a symmetric key
	KindParameters   Kind = "parameters" // of a curve or of Diffie-Hellman
	KindKeyStore     Kind = "key store"  // one that stays closed
	KindUnrecognised Kind = "unrecognised"
)

// Item is one thing that a file holds. Of a private key, only the public half
// is within reach of other packages.
type Item struct {
	Path  string
	Entry string // within a Kubernetes Secret or the like: "shop/tls tls.crt"
	Alias string // within a key store
	Block int    // the PEM block, from 1; 0 if it is not PEM
	Line  int    // of the BEGIN line; 0 if it is not PEM
	Kind  Kind
	Form  string // "PEM", "DER", "PKCS#7", "PKCS#12", ...
	Label string // of the PEM block

	Raw    []byte // DER of a certificate, request or list; nil for keys
	Cert   *x509.Certificate
	CSR    *x509.CertificateRequest
	CRL    *x509.RevocationList
	OCSP   *OCSPResponse
	Public crypto.PublicKey // of certificate, request or key, where it can be read
	// Algorithm names the kind of key that Public is nil for: "Ed448".
	Algorithm string
	// Signed tells of a request whether its own key signed it.
	Signed Signed
	// Encrypted: a key under a passphrase, whether or not it could be opened.
	Encrypted bool
	// Reason says why the item could not be read; empty where it could.
	Reason string
	// Remark is what is worth knowing of it, and no fault.
	Remark string

	key    crypto.Signer // of a private key that could be opened
	fault  *keyFault     // why it could not
	sealed *pem.Block    // of an encrypted key outside of a store, as it is
	legacy bool          // of a key store that OpenSSL 3 opens with -legacy alone
}

// Signed is whether a signature was made by the key that should have made it.
type Signed string

// What is known of a signature.
const (
	SignedYes     Signed = "yes"
	SignedNo      Signed = "no"
	SignedUnknown Signed = "unknown" // an algorithm that is not checked here
)

// OCSPResponse is what a responder said (RFC 6960 §4.2.1).
type OCSPResponse struct {
	Status     string // "successful", else why there is no answer
	ProducedAt time.Time
	Answers    []OCSPAnswer
}

// OCSPAnswer is the status of one certificate.
type OCSPAnswer struct {
	Serial                 string // hexadecimal
	Status                 string // "good", "revoked", "unknown"
	ThisUpdate, NextUpdate time.Time
}

// Contents is all that a file holds, in its order, and what is wrong with it.
type Contents struct {
	Path     string
	Items    []Item
	Problems []Problem
}
