// Package oid names the algorithms of keys and signatures by their object
// identifiers, also those that crypto/x509 does not know.
package oid

import (
	"encoding/asn1"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Algorithm is the identifier, and what its parameters name: a curve, a digest.
type Algorithm struct {
	ID         asn1.ObjectIdentifier
	Parameters []byte // DER, nil where there are none
}

// ReadAlgorithm reads the AlgorithmIdentifier (RFC 5280 §4.1.1.2) that s starts
// with.
func ReadAlgorithm(s *cryptobyte.String) (a Algorithm, ok bool) {
	var body, params cryptobyte.String
	if !s.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1ObjectIdentifier(&a.ID) {
		return a, false
	}
	if !body.Empty() {
		if !body.ReadAnyASN1Element(&params, new(cbasn1.Tag)) {
			return a, false
		}
		a.Parameters = params
	}
	return a, true
}

// Key names the kind of a public key by its SubjectPublicKeyInfo (RFC 5280
// §4.1): "Ed448", "DSA", "ECDSA secp256k1"; the identifier where it is unknown,
// and "" where there is none.
func Key(spki []byte) string {
	input := cryptobyte.String(spki)
	var body cryptobyte.String
	if !input.ReadASN1(&body, cbasn1.SEQUENCE) {
		return ""
	}
	a, ok := ReadAlgorithm(&body)
	if !ok {
		return ""
	}
	return a.KeyName()
}

// KeyName is Key for an identifier that has been read, of a public key or a
// private one.
func (a Algorithm) KeyName() string {
	if a.ID.Equal(ecPublicKey) {
		params := cryptobyte.String(a.Parameters)
		var curve asn1.ObjectIdentifier
		if !params.ReadASN1ObjectIdentifier(&curve) {
			return "ECDSA with explicit parameters"
		}
		return "ECDSA " + CurveName(curve)
	}
	if name, ok := keys[a.ID.String()]; ok {
		return name
	}
	return a.ID.String()
}

// CurveName names a curve, by its identifier where it has no known name.
func CurveName(curve asn1.ObjectIdentifier) string {
	if name, ok := curves[curve.String()]; ok {
		return name
	}
	return curve.String()
}

// SignatureName names a signature algorithm: "SHA3-256-RSA", "DSA-SHA1",
// "RSASSA-PSS with SHA3-256".
func (a Algorithm) SignatureName() string {
	if a.ID.Equal(rsaPSS) {
		return "RSASSA-PSS with " + a.pssDigest()
	}
	if name, ok := signatures[a.ID.String()]; ok {
		return name
	}
	return a.ID.String()
}

// Signature names the algorithm by which a certificate, request or list, whose
// outlines are the same, is signed; "" where there is none.
func Signature(der []byte) string {
	input := cryptobyte.String(der)
	var body cryptobyte.String
	if !input.ReadASN1(&body, cbasn1.SEQUENCE) || !body.SkipASN1(cbasn1.SEQUENCE) {
		return ""
	}
	a, ok := ReadAlgorithm(&body)
	if !ok {
		return ""
	}
	return a.SignatureName()
}

// pssDigest is the hash of RSASSA-PSS-params (RFC 4055 §3.1), SHA-1 where none
// is stated.
func (a Algorithm) pssDigest() string {
	params := cryptobyte.String(a.Parameters)
	var body, hash cryptobyte.String
	var has bool
	tag := cbasn1.Tag(0).ContextSpecific().Constructed()
	if !params.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadOptionalASN1(&hash, &has, tag) {
		return "damaged parameters"
	}
	if !has {
		return "SHA-1"
	}
	digest, ok := ReadAlgorithm(&hash)
	if !ok {
		return "damaged parameters"
	}
	if name, ok := digests[digest.ID.String()]; ok {
		return name
	}
	return digest.ID.String()
}

var (
	ecPublicKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}
	rsaPSS      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}
)

// slhDSA are the sets of FIPS 205 in the order of their identifiers, from
// 2.16.840.1.101.3.4.3.20 on.
var slhDSA = [...]string{"SHA2-128s", "SHA2-128f", "SHA2-192s", "SHA2-192f", "SHA2-256s", "SHA2-256f",
	"SHAKE-128s", "SHAKE-128f", "SHAKE-192s", "SHAKE-192f", "SHAKE-256s", "SHAKE-256f"}

// keys are the kinds of keys that have no parameters to name.
var keys = withSLHDSA(map[string]string{
	"1.2.840.113549.1.1.1":    "RSA",
	"1.2.840.113549.1.1.10":   "RSASSA-PSS",
	"1.2.840.113549.1.1.7":    "RSAES-OAEP",
	"1.2.840.10040.4.1":       "DSA",
	"1.2.840.113549.1.3.1":    "Diffie-Hellman",
	"1.2.840.10046.2.1":       "Diffie-Hellman",
	"1.3.101.110":             "X25519",
	"1.3.101.111":             "X448",
	"1.3.101.112":             "Ed25519",
	"1.3.101.113":             "Ed448",
	"1.2.643.2.2.19":          "GOST R 34.10-2001",
	"1.2.643.7.1.1.1.1":       "GOST R 34.10-2012",
	"1.2.643.7.1.1.1.2":       "GOST R 34.10-2012",
	"2.16.840.1.101.3.4.3.17": "ML-DSA-44",
	"2.16.840.1.101.3.4.3.18": "ML-DSA-65",
	"2.16.840.1.101.3.4.3.19": "ML-DSA-87",
	"2.16.840.1.101.3.4.4.1":  "ML-KEM-512",
	"2.16.840.1.101.3.4.4.2":  "ML-KEM-768",
	"2.16.840.1.101.3.4.4.3":  "ML-KEM-1024",
})

func withSLHDSA(m map[string]string) map[string]string {
	for i, name := range slhDSA {
		m[fmt.Sprintf("2.16.840.1.101.3.4.3.%d", 20+i)] = "SLH-DSA-" + name
	}
	return m
}

var curves = map[string]string{
	"1.2.840.10045.3.1.1":   "P-192",
	"1.3.132.0.33":          "P-224",
	"1.2.840.10045.3.1.7":   "P-256",
	"1.3.132.0.34":          "P-384",
	"1.3.132.0.35":          "P-521",
	"1.3.132.0.10":          "secp256k1",
	"1.3.132.0.31":          "secp192k1",
	"1.3.132.0.32":          "secp224k1",
	"1.3.36.3.3.2.8.1.1.5":  "brainpoolP224r1",
	"1.3.36.3.3.2.8.1.1.7":  "brainpoolP256r1",
	"1.3.36.3.3.2.8.1.1.8":  "brainpoolP256t1",
	"1.3.36.3.3.2.8.1.1.9":  "brainpoolP320r1",
	"1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1",
	"1.3.36.3.3.2.8.1.1.12": "brainpoolP384t1",
	"1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1",
	"1.3.36.3.3.2.8.1.1.14": "brainpoolP512t1",
	"1.2.156.10197.1.301":   "SM2",
}

var digests = map[string]string{
	"1.3.14.3.2.26":           "SHA-1",
	"2.16.840.1.101.3.4.2.1":  "SHA-256",
	"2.16.840.1.101.3.4.2.2":  "SHA-384",
	"2.16.840.1.101.3.4.2.3":  "SHA-512",
	"2.16.840.1.101.3.4.2.4":  "SHA-224",
	"2.16.840.1.101.3.4.2.5":  "SHA-512/224",
	"2.16.840.1.101.3.4.2.6":  "SHA-512/256",
	"2.16.840.1.101.3.4.2.7":  "SHA3-224",
	"2.16.840.1.101.3.4.2.8":  "SHA3-256",
	"2.16.840.1.101.3.4.2.9":  "SHA3-384",
	"2.16.840.1.101.3.4.2.10": "SHA3-512",
	"2.16.840.1.101.3.4.2.11": "SHAKE128",
	"2.16.840.1.101.3.4.2.12": "SHAKE256",
}

// signatures are written as crypto/x509 writes those that it knows.
var signatures = withSLHDSA(map[string]string{
	"1.2.840.113549.1.1.2":    "MD2-RSA",
	"1.2.840.113549.1.1.3":    "MD4-RSA",
	"1.2.840.113549.1.1.4":    "MD5-RSA",
	"1.2.840.113549.1.1.5":    "SHA1-RSA",
	"1.3.14.3.2.29":           "SHA1-RSA",
	"1.2.840.113549.1.1.11":   "SHA256-RSA",
	"1.2.840.113549.1.1.12":   "SHA384-RSA",
	"1.2.840.113549.1.1.13":   "SHA512-RSA",
	"1.2.840.113549.1.1.14":   "SHA224-RSA",
	"1.2.840.113549.1.1.15":   "SHA512-224-RSA",
	"1.2.840.113549.1.1.16":   "SHA512-256-RSA",
	"1.3.36.3.3.1.2":          "RIPEMD160-RSA",
	"2.16.840.1.101.3.4.3.13": "SHA3-224-RSA",
	"2.16.840.1.101.3.4.3.14": "SHA3-256-RSA",
	"2.16.840.1.101.3.4.3.15": "SHA3-384-RSA",
	"2.16.840.1.101.3.4.3.16": "SHA3-512-RSA",
	"1.3.6.1.5.5.7.6.30":      "RSASSA-PSS with SHAKE128",
	"1.3.6.1.5.5.7.6.31":      "RSASSA-PSS with SHAKE256",
	"1.2.840.10045.4.1":       "ECDSA-SHA1",
	"1.2.840.10045.4.3.1":     "ECDSA-SHA224",
	"1.2.840.10045.4.3.2":     "ECDSA-SHA256",
	"1.2.840.10045.4.3.3":     "ECDSA-SHA384",
	"1.2.840.10045.4.3.4":     "ECDSA-SHA512",
	"2.16.840.1.101.3.4.3.9":  "ECDSA-SHA3-224",
	"2.16.840.1.101.3.4.3.10": "ECDSA-SHA3-256",
	"2.16.840.1.101.3.4.3.11": "ECDSA-SHA3-384",
	"2.16.840.1.101.3.4.3.12": "ECDSA-SHA3-512",
	"1.3.6.1.5.5.7.6.32":      "ECDSA with SHAKE128",
	"1.3.6.1.5.5.7.6.33":      "ECDSA with SHAKE256",
	"1.2.840.10040.4.3":       "DSA-SHA1",
	"1.3.14.3.2.27":           "DSA-SHA1",
	"2.16.840.1.101.3.4.3.1":  "DSA-SHA224",
	"2.16.840.1.101.3.4.3.2":  "DSA-SHA256",
	"2.16.840.1.101.3.4.3.3":  "DSA-SHA384",
	"2.16.840.1.101.3.4.3.4":  "DSA-SHA512",
	"2.16.840.1.101.3.4.3.5":  "DSA-SHA3-224",
	"2.16.840.1.101.3.4.3.6":  "DSA-SHA3-256",
	"2.16.840.1.101.3.4.3.7":  "DSA-SHA3-384",
	"2.16.840.1.101.3.4.3.8":  "DSA-SHA3-512",
	"1.3.101.112":             "Ed25519",
	"1.3.101.113":             "Ed448",
	"2.16.840.1.101.3.4.3.17": "ML-DSA-44",
	"2.16.840.1.101.3.4.3.18": "ML-DSA-65",
	"2.16.840.1.101.3.4.3.19": "ML-DSA-87",
	"1.2.156.10197.1.501":     "SM2-SM3",
	"1.2.643.2.2.3":           "GOST R 34.10-2001",
	"1.2.643.7.1.1.3.2":       "GOST R 34.10-2012",
	"1.2.643.7.1.1.3.3":       "GOST R 34.10-2012",
	"0.4.0.127.0.7.1.1.4.1.3": "ECDSA-plain-SHA256",
})
