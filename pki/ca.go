// Package pki makes, loads and saves keys and certificates for mutual TLS, and
// tells what is wrong with a file.
package pki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"time"

	"mutual/diagnose/oid"
)

// Purpose says what a certificate is for, and so which extended key usage it
// gets.
type Purpose string

// The two ends of a TLS connection.
const (
	Server Purpose = "server" // serverAuth
	Client Purpose = "client" // clientAuth
)

// backdate is how far NotBefore is set back, so that a peer whose clock is a
// little behind accepts a fresh certificate.
const backdate = time.Hour

// CA is a certificate authority that signs leaf certificates itself. It is safe
// for concurrent use.
type CA struct {
	Cert *x509.Certificate
	Key  crypto.Signer `json:"-"`
}

// CASpec says how to make a CA. Only Subject and Now have no default.
type CASpec struct {
	Subject Subject
	KeyType KeyType
	Key     crypto.Signer `json:"-"` // used in place of a fresh key, if set
	Now     time.Time
	Life    time.Duration // from Now; ten years if zero
}

// LeafSpec says how to make a certificate for one end of a connection.
type LeafSpec struct {
	Purpose Purpose
	Subject Subject // may be empty if SANs is not
	SANs    SANs
	Now     time.Time
	Life    time.Duration // from Now; 397 days if zero; cut where the CA ends

	// Of a certificate that is issued anew; they go before Subject and SANs.
	rawSubject []byte
	rawSANs    *pkix.Extension
	bothEnds   bool // for the other purpose, too
}

const (
	day             = 24 * time.Hour
	defaultCALife   = 3650 * day
	defaultLeafLife = 397 * day
)

// NewCA makes a self-signed CA certificate that may sign leaf certificates but
// no further CA (pathLenConstraint 0).
func NewCA(spec CASpec) (*CA, error) {
	key := spec.Key
	if key == nil {
		var err error
		if key, err = GenerateKey(spec.KeyType); err != nil {
			return nil, err
		}
	}
	if spec.Subject.IsEmpty() {
		return nil, errors.New("a CA needs a name") // RFC 5280 §4.1.2.4
	}
	subject, err := spec.Subject.DER()
	if err != nil {
		return nil, err
	}
	return newCA(spec, subject, key)
}

func newCA(spec CASpec, subject []byte, key crypto.Signer) (*CA, error) {
	id, err := keyID(key.Public())
	if err != nil {
		return nil, err
	}
	life := spec.Life
	if life == 0 {
		life = defaultCALife
	}
	now := spec.Now.UTC().Truncate(time.Second)
	tmpl := &x509.Certificate{
		SerialNumber:          newSerial(),
		RawSubject:            subject,
		NotBefore:             now.Add(-backdate),
		NotAfter:              now.Add(life),
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		SubjectKeyId:          id,
		AuthorityKeyId:        id,
	}
	cert, err := sign(tmpl, tmpl, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("making the CA certificate: %w", err)
	}
	return &CA{Cert: cert, Key: key}, nil
}

// Issue signs a certificate for the holder of pub. It never outlives the CA.
func (ca *CA) Issue(spec LeafSpec, pub crypto.PublicKey) (*x509.Certificate, error) {
	if spec.rawSubject != nil {
		return ca.issue(spec, spec.rawSubject, pub)
	}
	subject, err := spec.Subject.DER()
	if err != nil {
		return nil, err
	}
	return ca.issue(spec, subject, pub)
}

// IssueCSR signs a certificate for a signing request, after checking that the
// request was signed with its own key (RFC 2986 §3). Subject and SANs of spec
// take precedence where they are not empty; everything else that the request
// asks for, CA rights and key usages above all, is ignored.
func (ca *CA) IssueCSR(spec LeafSpec, csr *x509.CertificateRequest) (*x509.Certificate, error) {
	switch signed(csr.Raw) {
	case SignedNo:
		return nil, errors.New("the signing request is not signed with the key in it")
	case SignedUnknown:
		return nil, fmt.Errorf("the signing request is signed with %s, which is not checked here", oid.Signature(csr.Raw))
	}
	if spec.SANs.IsEmpty() {
		spec.SANs = SANsOfCSR(csr)
	}
	if spec.Subject.IsEmpty() && spec.rawSubject == nil {
		return ca.issue(spec, csr.RawSubject, csr.PublicKey)
	}
	return ca.Issue(spec, csr.PublicKey)
}

func (ca *CA) issue(spec LeafSpec, subject []byte, pub crypto.PublicKey) (*x509.Certificate, error) {
	if err := checkPublicKey(pub); err != nil {
		return nil, err
	}
	if bytes.Equal(subject, ca.Cert.RawSubject) {
		// Verifiers would take the certificate for a self-issued one.
		return nil, fmt.Errorf("the subject %s is the CA's own name; choose another", DescribeName(subject))
	}
	if len(subject) <= 2 && spec.SANs.IsEmpty() && spec.rawSANs == nil {
		return nil, errors.New("a certificate needs a subject or at least one name")
	}
	id, err := keyID(pub)
	if err != nil {
		return nil, err
	}
	now := spec.Now.UTC().Truncate(time.Second)
	if now.After(ca.Cert.NotAfter) {
		return nil, fmt.Errorf("the CA's certificate ended on %s", ca.Cert.NotAfter.Format(time.DateOnly))
	}
	tmpl := &x509.Certificate{
		SerialNumber:          newSerial(),
		RawSubject:            subject,
		NotBefore:             now.Add(-backdate),
		NotAfter:              spec.end(),
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		SubjectKeyId:          id,
		DNSNames:              spec.SANs.DNS,
		IPAddresses:           append([]net.IP(nil), spec.SANs.IPs...),
		EmailAddresses:        spec.SANs.Emails,
		URIs:                  append([]*url.URL(nil), spec.SANs.URIs...),
	}
	if tmpl.NotBefore.Before(ca.Cert.NotBefore) {
		tmpl.NotBefore = ca.Cert.NotBefore
	}
	if tmpl.NotAfter.After(ca.Cert.NotAfter) {
		tmpl.NotAfter = ca.Cert.NotAfter
	}
	if spec.rawSANs != nil {
		tmpl.ExtraExtensions = []pkix.Extension{*spec.rawSANs}
	}
	if spec.Purpose != Server && spec.Purpose != Client {
		return nil, fmt.Errorf("unknown purpose %q; known are server, client", spec.Purpose)
	}
	if spec.Purpose == Server || spec.bothEnds {
		tmpl.ExtKeyUsage = append(tmpl.ExtKeyUsage, x509.ExtKeyUsageServerAuth)
		if _, ok := pub.(*rsa.PublicKey); ok {
			// TLS 1.2 with RSA key exchange encrypts to this key.
			tmpl.KeyUsage |= x509.KeyUsageKeyEncipherment
		}
	}
	if spec.Purpose == Client || spec.bothEnds {
		tmpl.ExtKeyUsage = append(tmpl.ExtKeyUsage, x509.ExtKeyUsageClientAuth)
	}
	return sign(tmpl, ca.Cert, pub, ca.Key)
}

// end is the last moment of the certificate, if the CA lives as long.
func (s LeafSpec) end() time.Time {
	life := s.Life
	if life == 0 {
		life = defaultLeafLife
	}
	return s.Now.UTC().Truncate(time.Second).Add(life)
}

// cut is the end that spec asked for where the CA has cut it by a day or more,
// else zero.
func (ca *CA) cut(spec LeafSpec, cert *x509.Certificate) time.Time {
	if end := spec.end(); end.Sub(cert.NotAfter) >= day {
		return end
	}
	return time.Time{}
}

// sign creates a certificate and reads it back, so that nothing leaves that
// Go's strict parser would refuse.
func sign(tmpl, parent *x509.Certificate, pub crypto.PublicKey, key crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, pub, key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// newSerial returns a random positive serial number of 128 bits
// (RFC 5280 §4.1.2.2; CA/Browser Forum BR §7.1 asks for 64 at least).
func newSerial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	return new(big.Int).SetBytes(b)
}

// keyID is the leftmost 160 bits of the SHA-256 of the public key
// (RFC 7093 §2, method 1).
func keyID(pub crypto.PublicKey) ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, fmt.Errorf("public key: %w", err)
	}
	bits, err := spkiBits(der)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(bits)
	return sum[:20], nil
}

// checkPublicKey refuses keys that peers would refuse at their default
// security level.
func checkPublicKey(pub crypto.PublicKey) error {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < 2048 {
			return fmt.Errorf("an RSA key of %d bits is too short; programs of today want 2048 at least", k.N.BitLen())
		}
		if k.N.BitLen() > 8192 {
			return fmt.Errorf("an RSA key of %d bits is too long; Go programs accept 8192 at most", k.N.BitLen())
		}
		return nil
	case *ecdsa.PublicKey:
		if k.Curve.Params().BitSize < 256 {
			return fmt.Errorf("the curve %s is too small; use P-256", k.Curve.Params().Name)
		}
		return nil
	case ed25519.PublicKey:
		return nil
	}
	return errors.New("the key is of a kind that TLS programs do not commonly accept; use ECDSA P-256, Ed25519 or RSA")
}
