package chain

import (
	"encoding/asn1"

	"mutual/diagnose/oid"
)

// PublicKeyKind reads from a certificate's encoding what kind of key it holds,
// also where crypto/x509 does not parse it: "ECDSA brainpoolP256r1", "Ed448".
// It is empty where the encoding gives no answer. Source: RFC 5280 §4.1.
func PublicKeyKind(der []byte) string { return oid.Key(subjectPublicKeyInfo(der)) }

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
