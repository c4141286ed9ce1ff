package pki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
)

// KeyType names an algorithm and size of a key pair. The empty KeyType stands
// for P256.
type KeyType string

// The key types that TLS 1.3 stacks of today can use, P-256 being the one that
// all of them must implement (RFC 8446 §9.1). P-521 is the one that some do not:
// Chromium and Safari offer no signature scheme for it.
const (
	P256    KeyType = "p256"
	P384    KeyType = "p384"
	P521    KeyType = "p521"
	Ed25519 KeyType = "ed25519"
	RSA2048 KeyType = "rsa2048"
	RSA3072 KeyType = "rsa3072"
	RSA4096 KeyType = "rsa4096"
)

// KeyTypes lists the key types that GenerateKey makes, the default first.
func KeyTypes() []KeyType {
	return []KeyType{P256, P384, P521, Ed25519, RSA2048, RSA3072, RSA4096}
}

// ParseKeyType returns the key type called s, without regard to case. The
// empty string is P256. The error lists the known names.
func ParseKeyType(s string) (KeyType, error) {
	if s == "" {
		return P256, nil
	}
	var known []string
	for _, t := range KeyTypes() {
		if strings.EqualFold(s, string(t)) {
			return t, nil
		}
		known = append(known, string(t))
	}
	return "", fmt.Errorf("unknown key type %q; known are %s", s, strings.Join(known, ", "))
}

// GenerateKey makes a fresh private key of type t.
func GenerateKey(t KeyType) (crypto.Signer, error) {
	t, err := ParseKeyType(string(t))
	if err != nil {
		return nil, err
	}
	switch t {
	case P384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case P521:
		return ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case Ed25519:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	case RSA2048:
		return rsa.GenerateKey(rand.Reader, 2048)
	case RSA3072:
		return rsa.GenerateKey(rand.Reader, 3072)
	case RSA4096:
		return rsa.GenerateKey(rand.Reader, 4096)
	}
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

// DescribeKey names the algorithm and size of a public key, such as
// "ECDSA P-256", "RSA 2048" or "Ed25519"; for a key of another kind it is the
// Go type's name.
func DescribeKey(pub crypto.PublicKey) string {
	switch k := pub.(type) {
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Curve.Params().Name
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return fmt.Sprintf("%T", pub)
}

// keyTypeOf is the KeyType of pub, or "" if GenerateKey makes no such keys.
func keyTypeOf(pub crypto.PublicKey) KeyType {
	switch DescribeKey(pub) {
	case "ECDSA P-256":
		return P256
	case "ECDSA P-384":
		return P384
	case "ECDSA P-521":
		return P521
	case "Ed25519":
		return Ed25519
	case "RSA 2048":
		return RSA2048
	case "RSA 3072":
		return RSA3072
	case "RSA 4096":
		return RSA4096
	}
	return ""
}

// EncodeKey returns key as a PKCS#8 PEM block (RFC 7468 §10). The result is
// secret.
func EncodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return encodeBlock("PRIVATE KEY", der), nil
}

func encodeBlock(label string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der})
}

// EncodeCerts returns the certificates as PEM blocks in the given order, which
// for a TLS server or client has to be leaf first (RFC 8446 §4.4.2).
func EncodeCerts(certs ...*x509.Certificate) []byte {
	var out []byte
	for _, c := range certs {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	return out
}

// samePublicKey reports whether a and b are the same public key.
func samePublicKey(a, b crypto.PublicKey) bool {
	eq, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && eq.Equal(b)
}
