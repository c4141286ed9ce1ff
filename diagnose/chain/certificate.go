package chain

import (
	"crypto/dsa" //lint:ignore SA1019 recognised, never used to sign
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"mutual/diagnose/oid"
)

// Certificate is one X.509 certificate as facts and reports carry it. Only
// PEM is read back from JSON; the other fields are derived from it, so that a
// saved report cannot contradict its own certificates.
type Certificate struct {
	Subject     string    `json:"subject"`
	Issuer      string    `json:"issuer"`
	Serial      string    `json:"serial"` // hexadecimal
	NotBefore   time.Time `json:"not_before"`
	NotAfter    time.Time `json:"not_after"`
	DNSNames    []string  `json:"dns_names"`
	IPAddresses []string  `json:"ip_addresses"`
	URIs        []string  `json:"uris"`
	Emails      []string  `json:"email_addresses,omitempty"`
	IsCA        bool      `json:"is_ca"`
	KeyUsage    []string  `json:"key_usage,omitempty"`     // RFC 5280 names
	ExtKeyUsage []string  `json:"ext_key_usage,omitempty"` // RFC 5280 names, else OIDs
	Key         string    `json:"key"`                     // "ECDSA P-256", "RSA 2048", ...
	Signature   string    `json:"signature"`               // "ECDSA-SHA256", ...
	AuthorityID string    `json:"authority_key_id,omitempty"`
	SubjectID   string    `json:"subject_key_id,omitempty"`
	SHA256      string    `json:"sha256"`      // of the DER, hexadecimal
	SPKISHA256  string    `json:"spki_sha256"` // of the SubjectPublicKeyInfo, base64 as pins are written
	ParseError  string    `json:"parse_error,omitempty"`
	// Departures are what in the encoding is not as DER and RFC 5280 want it,
	// field by field, where crypto/x509 cannot parse it.
	Departures []string `json:"departures,omitempty"`
	File       string   `json:"file,omitempty"` // where it was read, if from a file
	PEM        string   `json:"pem"`

	x   *x509.Certificate
	der []byte
}

// NewCertificate makes the facts of a certificate from its DER encoding. Where
// crypto/x509 cannot parse it, ParseError says why and X509 is nil; the names
// and dates are there all the same if OpenSSL could read them.
func NewCertificate(der []byte) *Certificate {
	c := &Certificate{der: der, PEM: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}
	sum := sha256.Sum256(der)
	c.SHA256 = hex.EncodeToString(sum[:])
	x, err := x509.ParseCertificate(der)
	if err != nil {
		c.ParseError = err.Error()
		c.fillLeniently()
		return c
	}
	c.fill(x)
	return c
}

// CertificateOf is NewCertificate for a certificate that is parsed already.
func CertificateOf(x *x509.Certificate) *Certificate {
	c := &Certificate{der: x.Raw, PEM: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: x.Raw}))}
	sum := sha256.Sum256(x.Raw)
	c.SHA256 = hex.EncodeToString(sum[:])
	c.fill(x)
	return c
}

// X509 is the parsed certificate, or nil where it cannot be parsed.
func (c *Certificate) X509() *x509.Certificate { return c.x }

// DER is the certificate's encoding.
func (c *Certificate) DER() []byte { return c.der }

// SelfIssued reports whether subject and issuer are the same name.
func (c *Certificate) SelfIssued() bool {
	return c.x != nil && string(c.x.RawSubject) == string(c.x.RawIssuer)
}

// SelfSigned reports whether the certificate is signed by its own key.
func (c *Certificate) SelfSigned() bool {
	return c.SelfIssued() && SignedBy(c.x, c.x) == nil
}

// Name is the name by which people know the certificate: its subject, or the
// first alternative name where the subject is empty.
func (c *Certificate) Name() string {
	switch {
	case c == nil:
		return ""
	case c.Subject != "":
		return c.Subject
	case len(c.DNSNames) > 0:
		return c.DNSNames[0]
	case len(c.URIs) > 0:
		return c.URIs[0]
	case len(c.IPAddresses) > 0:
		return c.IPAddresses[0]
	}
	return "certificate " + c.SHA256[:min(16, len(c.SHA256))]
}

// UnmarshalJSON reads the certificate's PEM and File and derives the rest.
func (c *Certificate) UnmarshalJSON(data []byte) error {
	var in struct{ PEM, File string }
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	block, _ := pem.Decode([]byte(in.PEM))
	if block == nil {
		return fmt.Errorf("certificate: field pem holds no PEM block")
	}
	*c = *NewCertificate(block.Bytes)
	c.File = in.File
	return nil
}

func (c *Certificate) fill(x *x509.Certificate) {
	c.x = x
	c.Subject, c.Issuer = DN(x.RawSubject), DN(x.RawIssuer)
	c.Serial = x.SerialNumber.Text(16)
	c.NotBefore, c.NotAfter = x.NotBefore.UTC(), x.NotAfter.UTC()
	c.DNSNames, c.Emails = append([]string{}, x.DNSNames...), x.EmailAddresses
	c.IPAddresses, c.URIs = []string{}, []string{}
	for _, ip := range x.IPAddresses {
		c.IPAddresses = append(c.IPAddresses, ip.String())
	}
	for _, u := range x.URIs {
		c.URIs = append(c.URIs, u.String())
	}
	c.IsCA = x.BasicConstraintsValid && x.IsCA
	c.KeyUsage, c.ExtKeyUsage = keyUsageNames(x.KeyUsage), extKeyUsageNames(x)
	c.Key, c.Signature = KeyName(x.PublicKey), x.SignatureAlgorithm.String()
	if x.PublicKey == nil {
		c.Key = PublicKeyKind(x.Raw)
	}
	if x.SignatureAlgorithm == x509.UnknownSignatureAlgorithm {
		c.Signature = oid.Signature(x.Raw)
	}
	c.AuthorityID, c.SubjectID = colonHex(x.AuthorityKeyId), colonHex(x.SubjectKeyId)
	spki := sha256.Sum256(x.RawSubjectPublicKeyInfo)
	c.SPKISHA256 = base64.StdEncoding.EncodeToString(spki[:])
}

// KeyName says what kind of public key it is: "RSA 2048", "ECDSA P-256",
// "Ed25519", or the Go type where it is none of the usual ones.
func KeyName(pub any) string {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	case *dsa.PublicKey:
		return fmt.Sprintf("DSA %d", new(big.Int).Set(k.P).BitLen())
	case nil:
		return "unknown"
	}
	return fmt.Sprintf("%T", pub)
}

func colonHex(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	out := make([]byte, 0, len(b)*3)
	for i, v := range b {
		if i > 0 {
			out = append(out, ':')
		}
		out = append(out, "0123456789ABCDEF"[v>>4], "0123456789ABCDEF"[v&15])
	}
	return string(out)
}

var keyUsages = []string{"digitalSignature", "contentCommitment", "keyEncipherment", "dataEncipherment",
	"keyAgreement", "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly"}

func keyUsageNames(ku x509.KeyUsage) []string {
	var out []string
	for i, name := range keyUsages {
		if ku&(1<<i) != 0 {
			out = append(out, name)
		}
	}
	return out
}

func extKeyUsageNames(x *x509.Certificate) []string {
	var out []string
	for _, e := range x.ExtKeyUsage {
		name := e.String()
		out = append(out, name)
	}
	for _, oid := range x.UnknownExtKeyUsage {
		out = append(out, oid.String())
	}
	return out
}
