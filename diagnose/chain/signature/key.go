// Package signature checks the signatures of certificates, with the keys and
// algorithms that OpenSSL takes: also those that crypto/x509 has dropped or
// never had. It answers whether a signature fits, not whether an algorithm is
// still good enough; that is for the judge that asks.
//
// Everything it computes with is public, so nothing runs in constant time.
package signature

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math/big"

	"github.com/cloudflare/circl/sign/ed448"

	"mutual/diagnose/chain/der"
)

// Kind is a kind of public key.
type Kind int

// The kinds of keys. KeyOther is one that OpenSSL reads and that cannot be
// computed with here.
const (
	KeyOther Kind = iota
	KeyRSA
	KeyRSAPSS
	KeyDSA
	KeyEC
	KeyEd25519
	KeyEd448
)

// Key is a public key.
type Key struct {
	Kind Kind
	// Explicit: the curve was given by its numbers instead of its name.
	Explicit bool

	rsa    der.RSAKey
	pss    *der.PSS // restrictions of an RSASSA-PSS key, nil for none
	dsa    der.DSAKey
	curve  *curve
	x, y   *big.Int
	std    *ecdsa.PublicKey // where crypto/ecdsa has the curve
	octets []byte           // Ed25519, Ed448
	name   string
}

// The algorithms of public keys. Source: RFC 3279, RFC 4055, RFC 8410.
const (
	oidRSA     der.OID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
	oidRSAPSS  der.OID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
	oidDSA     der.OID = "\x2a\x86\x48\xce\x38\x04\x01"
	oidEC      der.OID = "\x2a\x86\x48\xce\x3d\x02\x01"
	oidX25519  der.OID = "\x2b\x65\x6e"
	oidX448    der.OID = "\x2b\x65\x6f"
	oidEd25519 der.OID = "\x2b\x65\x70"
	oidEd448   der.OID = "\x2b\x65\x71"
	oidSM2     der.OID = "\x2a\x81\x1c\xcf\x55\x01\x82\x2d"
	oidDH      der.OID = "\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01"
)

// ParseKey reads a public key as OpenSSL does. The error says what is wrong
// with the key.
func ParseKey(k der.PublicKey) (*Key, error) {
	b, parameters := k.Bits.Octets, k.Algorithm.Parameters
	switch k.Algorithm.OID {
	case oidRSA, oidRSAPSS:
		key := &Key{Kind: KeyRSA}
		if k.Algorithm.OID == oidRSAPSS {
			key.Kind = KeyRSAPSS
			if parameters != nil {
				pss, err := der.ParsePSS(parameters)
				if err != nil {
					return nil, err
				}
				key.pss = &pss
			}
		}
		var err error
		key.rsa, err = der.ParseRSAKey(b)
		if err == nil && (key.rsa.N.Sign() == 0 || key.rsa.E.Sign() == 0) {
			err = errors.New("RSAPublicKey: zero modulus or exponent")
		}
		key.name = fmt.Sprintf("RSA %d", bitLen(key.rsa.N))
		return key.or(err)
	case oidDSA:
		d, err := der.ParseDSAKey(parameters, b)
		return (&Key{Kind: KeyDSA, dsa: d, name: fmt.Sprintf("DSA %d", bitLen(d.P))}).or(err)
	case oidEC:
		return parseEC(parameters, b)
	case oidEd25519:
		return octetKey(KeyEd25519, "Ed25519", k, ed25519.PublicKeySize)
	case oidEd448:
		return octetKey(KeyEd448, "Ed448", k, ed448.PublicKeySize)
	case oidX25519:
		return octetKey(KeyOther, "X25519", k, 32)
	case oidX448:
		return octetKey(KeyOther, "X448", k, 56)
	case oidSM2, oidDH:
		return &Key{name: k.Algorithm.OID.String()}, nil
	}
	return nil, fmt.Errorf("subjectPublicKeyInfo: unknown kind of key %s", k.Algorithm.OID)
}

func (k *Key) or(err error) (*Key, error) {
	if err != nil {
		return nil, err
	}
	return k, nil
}

func octetKey(kind Kind, name string, k der.PublicKey, size int) (*Key, error) {
	if len(k.Bits.Octets) != size || k.Algorithm.Parameters != nil {
		return nil, fmt.Errorf("subjectPublicKeyInfo: no %s key", name)
	}
	return &Key{Kind: kind, octets: k.Bits.Octets, name: name}, nil
}

func bitLen(n *big.Int) int {
	if n == nil {
		return 0
	}
	return n.BitLen()
}

// String names kind and size: "RSA 2048", "ECDSA P-256".
func (k *Key) String() string { return k.name }

// SecurityBits is the strength that OpenSSL gives a key, for its security
// levels. Source: OpenSSL 3.0, EVP_PKEY_get_security_bits.
func (k *Key) SecurityBits() int {
	switch k.Kind {
	case KeyRSA, KeyRSAPSS:
		return rsaBits(k.rsa.N.BitLen())
	case KeyDSA:
		return dsaBits(k.dsa.P.BitLen(), k.dsa.Q.BitLen())
	case KeyEC:
		bits := k.curve.order()
		for _, strength := range []int{256, 192, 128, 112, 80} {
			if bits >= 2*strength {
				return strength
			}
		}
		return bits / 2
	case KeyEd448:
		return 224
	}
	return 128
}

// rsaBits are the least sizes for which the formula of SP 800-56B, rounded as
// OpenSSL does, gives the strength of a security level. Source: OpenSSL 3.0,
// ossl_ifc_ffc_compute_security_bits.
func rsaBits(n int) int {
	switch {
	case n >= 13914:
		return 256
	case n >= 6947:
		return 192
	case n >= 2671:
		return 128
	case n >= 1963:
		return 112
	case n >= 920:
		return 80
	}
	return 0
}

func dsaBits(p, q int) int {
	strength := 0
	for _, s := range [][2]int{{1024, 80}, {2048, 112}, {3072, 128}, {7680, 192}, {15360, 256}} {
		if p >= s[0] {
			strength = s[1]
		}
	}
	if q/2 < 80 {
		return 0
	}
	return min(strength, q/2)
}

// Size is the key's size in bits, 0 where it has none to speak of.
func (k *Key) Size() int {
	switch k.Kind {
	case KeyRSA, KeyRSAPSS:
		return bitLen(k.rsa.N)
	case KeyDSA:
		return bitLen(k.dsa.P)
	case KeyEC:
		return k.curve.order()
	}
	return 0
}

// Standard reports a key on one of NIST's curves of that size at least.
func (k *Key) Standard(bits int) bool { return k.std != nil && k.curve.order() >= bits }
