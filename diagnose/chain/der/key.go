package der

import (
	"errors"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// parse runs a reader over b, of which nothing may be left.
func parse[T any](b []byte, field string, read func(*decoder) T) (T, error) {
	d := newDecoder(b, field)
	out := read(d)
	d.end()
	if d.err != nil {
		var none T
		return none, d.err
	}
	return out, nil
}

// unsigned reads an INTEGER as OpenSSL reads the numbers of keys: without a
// sign, and with as many zero octets before it as it likes.
func (d *decoder) unsigned(field string) *big.Int {
	v := d.value(Universal, TagInteger, field)
	return new(big.Int).SetBytes(v.Content)
}

// RSAKey is an RSAPublicKey. Source: RFC 8017 §A.1.1.
type RSAKey struct{ N, E *big.Int }

// ParseRSAKey reads the octets of an RSA key.
func ParseRSAKey(b []byte) (RSAKey, error) {
	return parse(b, "RSAPublicKey", func(d *decoder) RSAKey {
		s := d.sequence("RSAPublicKey")
		k := RSAKey{s.unsigned("modulus"), s.unsigned("publicExponent")}
		s.end()
		return k
	})
}

// DSAKey is a DSA key with its parameters. Source: RFC 3279 §2.3.2.
type DSAKey struct{ P, Q, G, Y *big.Int }

// ParseDSAKey reads a DSA key.
func ParseDSAKey(parameters, bits []byte) (DSAKey, error) {
	k, err := parse(parameters, "Dss-Parms", func(d *decoder) DSAKey {
		s := d.sequence("Dss-Parms")
		k := DSAKey{P: s.unsigned("p"), Q: s.unsigned("q"), G: s.unsigned("g")}
		s.end()
		return k
	})
	if err != nil {
		return DSAKey{}, err
	}
	k.Y, err = parse(bits, "DSAPublicKey", func(d *decoder) *big.Int { return d.unsigned("DSAPublicKey") })
	return k, err
}

// Curve is what stands for the curve of an EC key: a name, or the numbers of
// one over a prime field. Source: RFC 3279 §2.3.5.
type Curve struct {
	Named    OID
	Explicit bool
	// Prime is false for explicit curves over binary fields, which are not read.
	Prime      bool
	P, A, B, N *big.Int
	Generator  []byte
}

// ParseCurve reads the parameters of an EC key.
func ParseCurve(parameters []byte) (Curve, error) {
	return parse(parameters, "ECParameters", func(d *decoder) Curve {
		if d.at(Universal, TagOID) {
			return Curve{Named: d.oid("ECParameters")}
		}
		c := Curve{Explicit: true}
		s := d.sequence("ECParameters")
		s.integer("version")
		field := s.sequence("fieldID")
		c.Prime = field.oid("fieldID") == "\x2a\x86\x48\xce\x3d\x01\x01"
		if !c.Prime {
			d.s, s.s = nil, nil
			return c
		}
		c.P = field.unsigned("fieldID")
		field.end()
		curve := s.sequence("curve")
		number := func(name string) *big.Int {
			return new(big.Int).SetBytes(curve.octets(curve.value(Universal, TagOctetString, name), name))
		}
		c.A, c.B = number("a"), number("b")
		if curve.more() {
			curve.bitString("seed")
		}
		curve.end()
		c.Generator = s.octets(s.value(Universal, TagOctetString, "base"), "base")
		c.N = s.unsigned("order")
		if s.more() {
			s.unsigned("cofactor")
		}
		s.end()
		return c
	})
}

// PSS are the parameters of RSASSA-PSS. Source: RFC 8017 §A.2.3.
type PSS struct {
	Hash, MGFHash OID
	SaltLength    int64
	Trailer       int64
}

const (
	oidSHA1 OID = "\x2b\x0e\x03\x02\x1a"
	oidMGF1 OID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
)

// ParsePSS reads the parameters of RSASSA-PSS.
func ParsePSS(parameters []byte) (PSS, error) {
	return parse(parameters, "RSASSA-PSS-params", func(d *decoder) PSS {
		p := PSS{Hash: oidSHA1, MGFHash: oidSHA1, SaltLength: 20, Trailer: 1}
		s := d.sequence(d.field)
		explicit := func(tag int, read func(*decoder)) {
			if s.at(Context, tag) {
				inner := s.into(s.any(d.field), d.field)
				read(inner)
				inner.end()
			}
		}
		explicit(0, func(i *decoder) { p.Hash = i.algorithm("hashAlgorithm").OID })
		explicit(1, func(i *decoder) {
			mgf := i.algorithm("maskGenAlgorithm")
			if i.err == nil && mgf.OID != oidMGF1 {
				i.fail("maskGenAlgorithm", "not MGF1")
				return
			}
			inner := &decoder{s: mgf.Parameters, field: "maskGenAlgorithm", notes: i.notes}
			p.MGFHash = inner.algorithm("maskGenAlgorithm").OID
		})
		explicit(2, func(i *decoder) { p.SaltLength = i.integer("saltLength").Small() })
		explicit(3, func(i *decoder) { p.Trailer = i.integer("trailerField").Small() })
		s.end()
		return p
	})
}

// ParsePair reads the two numbers of an ECDSA or DSA signature, which has to
// be DER to the letter.
func ParsePair(b []byte) (r, s *big.Int, err error) {
	input, inner := cryptobyte.String(b), cryptobyte.String(nil)
	r, s = new(big.Int), new(big.Int)
	if !input.ReadASN1(&inner, asn1.SEQUENCE) || !input.Empty() || !inner.ReadASN1Integer(r) ||
		!inner.ReadASN1Integer(s) || !inner.Empty() {
		return nil, nil, errors.New("signatureValue: no pair of numbers in DER")
	}
	return r, s, nil
}
