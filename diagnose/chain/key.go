package chain

import (
	"encoding/asn1"
)

// keyKinds are the algorithms of public keys by object identifier, and
// whether TLS stacks in use verify with them.
var keyKinds = map[string]string{
	"1.2.840.113549.1.1.1":    "RSA",
	"1.2.840.113549.1.1.10":   "RSASSA-PSS",
	"1.2.840.113549.1.1.7":    "RSAES-OAEP",
	"1.2.840.10040.4.1":       "DSA",
	"1.2.840.10045.2.1":       "ECDSA",
	"1.3.101.110":             "X25519",
	"1.3.101.111":             "X448",
	"1.3.101.112":             "Ed25519",
	"1.3.101.113":             "Ed448",
	"2.16.840.1.101.3.4.3.17": "ML-DSA-44",
	"2.16.840.1.101.3.4.3.18": "ML-DSA-65",
	"2.16.840.1.101.3.4.3.19": "ML-DSA-87",
	"1.2.643.7.1.1.1.1":       "GOST R 34.10-2012",
	"1.2.643.7.1.1.1.2":       "GOST R 34.10-2012",
}

// curves are the named curves that certificates hold.
var curves = map[string]string{
	"1.2.840.10045.3.1.1":  "P-192",
	"1.3.132.0.33":         "P-224",
	"1.2.840.10045.3.1.7":  "P-256",
	"1.3.132.0.34":         "P-384",
	"1.3.132.0.35":         "P-521",
	"1.3.132.0.10":         "secp256k1",
	"1.3.36.3.3.2.8.1.1.7": "brainpoolP256r1", "1.3.36.3.3.2.8.1.1.8": "brainpoolP256t1",
	"1.3.36.3.3.2.8.1.1.11": "brainpoolP384r1", "1.3.36.3.3.2.8.1.1.12": "brainpoolP384t1",
	"1.3.36.3.3.2.8.1.1.13": "brainpoolP512r1", "1.3.36.3.3.2.8.1.1.14": "brainpoolP512t1",
	"1.2.156.10197.1.301": "SM2",
}

// PublicKeyKind reads from a certificate's encoding what kind of key it holds,
// also where crypto/x509 does not parse it: "ECDSA brainpoolP256r1", "Ed448".
// It is empty where the encoding gives no answer. Source: RFC 5280 §4.1.
func PublicKeyKind(der []byte) string {
	spki := subjectPublicKeyInfo(der)
	var info struct {
		Algorithm struct {
			OID        asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		Key asn1.BitString
	}
	if _, err := asn1.Unmarshal(spki, &info); err != nil {
		return ""
	}
	oid := info.Algorithm.OID.String()
	kind := keyKinds[oid]
	if kind == "" {
		return oid
	}
	if kind != "ECDSA" {
		return kind
	}
	if info.Algorithm.Parameters.Tag == asn1.TagSequence {
		return "ECDSA with explicit parameters"
	}
	var curve asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(info.Algorithm.Parameters.FullBytes, &curve); err != nil {
		return kind
	}
	if name := curves[curve.String()]; name != "" {
		return kind + " " + name
	}
	return kind + " " + curve.String()
}

// unsupportedKind reports whether a kind of key is why a certificate cannot be
// used, rather than a damage.
func unsupportedKind(kind string) bool {
	switch kind {
	case "", "RSA", "Ed25519", "ECDSA", "ECDSA P-224", "ECDSA P-256", "ECDSA P-384", "ECDSA P-521":
		return false
	}
	return true
}

// subjectPublicKeyInfo is that part of a certificate's encoding, or nil.
func subjectPublicKeyInfo(der []byte) []byte {
	tbs := fields(first(fields(der)))
	if len(tbs) > 0 && tbs[0].Class == asn1.ClassContextSpecific && tbs[0].Tag == 0 {
		tbs = tbs[1:] // version
	}
	// serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo
	if len(tbs) < 6 {
		return nil
	}
	return tbs[5].FullBytes
}

// fields are the elements of a DER-encoded SEQUENCE, as far as they can be
// read.
func fields(der []byte) []asn1.RawValue {
	var outer asn1.RawValue
	if _, err := asn1.Unmarshal(der, &outer); err != nil || !outer.IsCompound {
		return nil
	}
	var out []asn1.RawValue
	for rest := outer.Bytes; len(rest) > 0; {
		var v asn1.RawValue
		var err error
		if rest, err = asn1.Unmarshal(rest, &v); err != nil {
			break
		}
		out = append(out, v)
	}
	return out
}

func first(values []asn1.RawValue) []byte {
	if len(values) == 0 {
		return nil
	}
	return values[0].FullBytes
}
