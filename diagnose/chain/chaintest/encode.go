// Package chaintest makes chains of certificates for tests: healthy ones, and
// ones that depart from a healthy one in a point or two, as real CAs, their
// tools and their enemies make them. It writes every octet itself, so that it
// can make encodings that no library would.
package chaintest

import (
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// TLV encodes a value in DER.
func TLV(tag byte, content ...[]byte) []byte {
	body := slices.Concat(content...)
	n := len(body)
	var head []byte
	switch {
	case n < 0x80:
		head = []byte{tag, byte(n)}
	case n < 0x100:
		head = []byte{tag, 0x81, byte(n)}
	case n < 0x10000:
		head = []byte{tag, 0x82, byte(n >> 8), byte(n)}
	default:
		head = []byte{tag, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}
	}
	return append(head, body...)
}

// Seq encodes a SEQUENCE.
func Seq(content ...[]byte) []byte { return TLV(0x30, content...) }

// OID encodes an object identifier given in dotted form.
func OID(dotted string) []byte {
	parts := strings.Split(dotted, ".")
	number := func(i int) *big.Int {
		n, _ := new(big.Int).SetString(parts[i], 10)
		return n
	}
	first := new(big.Int).Add(new(big.Int).Mul(number(0), big.NewInt(40)), number(1))
	var out []byte
	for i := 1; i < len(parts); i++ {
		n := number(i)
		if i == 1 {
			n = first
		}
		octets := []byte{byte(new(big.Int).And(n, big.NewInt(127)).Int64())}
		for n.Rsh(n, 7); n.Sign() > 0; n.Rsh(n, 7) {
			octets = append(octets, 0x80|byte(new(big.Int).And(n, big.NewInt(127)).Int64()))
		}
		slices.Reverse(octets)
		out = append(out, octets...)
	}
	return TLV(6, out)
}

// Int encodes an INTEGER.
func Int(n int64) []byte { return BigInt(big.NewInt(n)) }

// BigInt encodes an INTEGER of any size that is not negative, or a small
// negative one.
func BigInt(n *big.Int) []byte {
	if n.Sign() < 0 {
		return TLV(2, []byte{byte(n.Int64())})
	}
	b := n.Bytes()
	if len(b) == 0 || b[0] >= 0x80 {
		b = append([]byte{0}, b...)
	}
	return TLV(2, b)
}

// Bits encodes a BIT STRING without unused bits.
func Bits(b []byte) []byte { return TLV(3, []byte{0}, b) }

// True is the BOOLEAN.
func True() []byte { return TLV(1, []byte{0xff}) }

// The tags of strings.
const (
	UTF8      = 12
	Printable = 19
	T61       = 20
	IA5       = 22
	BMP       = 30
)

// Attr encodes an AttributeTypeAndValue.
func Attr(oid string, tag byte, value string) []byte { return Seq(OID(oid), TLV(tag, []byte(value))) }

// Name encodes a name of RDNs with one attribute each.
func Name(attributes ...[]byte) []byte {
	var rdns []byte
	for _, a := range attributes {
		rdns = append(rdns, TLV(0x31, a)...)
	}
	return Seq(rdns)
}

const (
	cn    = "2.5.4.3"
	org   = "2.5.4.10"
	email = "1.2.840.113549.1.9.1"
	dc    = "0.9.2342.19200300.100.1.25"
)

// Named is the name that the certificates of this package have: an
// organization and a common name.
func Named(common string) []byte {
	return Name(Attr(org, UTF8, "Chains"), Attr(cn, UTF8, common))
}

// UTCTime encodes a time.
func UTCTime(t time.Time) []byte { return TLV(23, []byte(t.UTC().Format("060102150405Z"))) }

// GeneralizedTime encodes a time.
func GeneralizedTime(t time.Time) []byte { return TLV(24, []byte(t.UTC().Format("20060102150405Z"))) }

// Alg encodes an AlgorithmIdentifier.
func Alg(oid string, parameters ...[]byte) []byte {
	return Seq(append([][]byte{OID(oid)}, parameters...)...)
}

// Null is the NULL.
func Null() []byte { return []byte{5, 0} }

// IP is the octets of an IPv4 address.
func IP(dotted string) []byte {
	var out []byte
	for part := range strings.SplitSeq(dotted, ".") {
		n, _ := strconv.Atoi(part)
		out = append(out, byte(n))
	}
	return out
}
