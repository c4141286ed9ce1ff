package der

import (
	"bytes"
	"encoding/hex"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// OID is an object identifier, as the octets of its contents.
type OID string

// String is the identifier in dotted form.
func (o OID) String() string {
	var parts []string
	var n big.Int
	for i := range len(o) {
		n.Lsh(&n, 7).Or(&n, big.NewInt(int64(o[i]&0x7f)))
		if o[i]&0x80 != 0 {
			continue
		}
		if parts == nil {
			first := min(n.Int64(), 80) / 40
			if !n.IsInt64() {
				first = 2
			}
			parts = append(parts, strconv.FormatInt(first, 10))
			n.Sub(&n, big.NewInt(40*first))
		}
		parts = append(parts, n.String())
		n.SetInt64(0)
	}
	return strings.Join(parts, ".")
}

// ParseOID makes an identifier of its numbers, of which there are two at least.
func ParseOID(numbers []int) OID {
	var out []byte
	for i, n := range numbers {
		switch i {
		case 0:
			continue
		case 1:
			n += 40 * numbers[0]
		}
		octets := []byte{byte(n & 0x7f)}
		for n >>= 7; n > 0; n >>= 7 {
			octets = append(octets, 0x80|byte(n&0x7f))
		}
		slices.Reverse(octets)
		out = append(out, octets...)
	}
	return OID(out)
}

func (d *decoder) oid(field string) OID {
	return d.oidOf(d.value(Universal, TagOID, field), field)
}

func (d *decoder) oidOf(v Value, field string) OID {
	b := v.Content
	if d.err != nil {
		return ""
	}
	bad := len(b) == 0 || v.Constructed || b[len(b)-1]&0x80 != 0
	for i := range b {
		bad = bad || b[i] == 0x80 && (i == 0 || b[i-1]&0x80 == 0)
	}
	if bad {
		d.fail(field, "no object identifier")
	}
	return OID(b)
}

// Integer is an INTEGER of any size, as sign and magnitude.
type Integer struct {
	Negative  bool
	Magnitude []byte // big endian, one zero octet for zero
}

// Equal compares two integers.
func (n Integer) Equal(o Integer) bool {
	return n.Negative == o.Negative && bytes.Equal(n.Magnitude, o.Magnitude)
}

// Cmp is negative where n is less than o, and positive where it is greater.
func (n Integer) Cmp(o Integer) int { return n.Big().Cmp(o.Big()) }

// Big is the integer as a number.
func (n Integer) Big() *big.Int {
	b := new(big.Int).SetBytes(n.Magnitude)
	if n.Negative {
		b.Neg(b)
	}
	return b
}

// Small is the integer where it fits into 63 bits, and else -1.
func (n Integer) Small() int64 {
	if b := n.Big(); b.IsInt64() {
		return b.Int64()
	}
	return -1
}

func (d *decoder) integer(field string) Integer {
	return d.integerOf(d.value(Universal, TagInteger, field), field)
}

func (d *decoder) integerOf(v Value, field string) Integer {
	if d.err != nil {
		return Integer{}
	}
	b := v.Content
	if len(b) == 0 || v.Constructed {
		d.fail(field, "INTEGER without octets")
		return Integer{}
	}
	if len(b) > 1 && (b[0] == 0 && b[1]&0x80 == 0 || b[0] == 0xff && b[1]&0x80 != 0) {
		d.fail(field, "INTEGER with a needless octet before it")
		return Integer{}
	}
	n := new(big.Int).SetBytes(b)
	negative := b[0]&0x80 != 0
	if negative {
		n.Sub(new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))), n)
	}
	magnitude := n.Bytes()
	if len(magnitude) == 0 {
		magnitude = []byte{0}
	}
	return Integer{negative, magnitude}
}

// BitString is a BIT STRING.
type BitString struct {
	Octets []byte // unused bits are zero
	Unused int
}

func (d *decoder) bitString(field string) BitString {
	return d.bitStringOf(d.value(Universal, TagBitString, field), field)
}

func (d *decoder) bitStringOf(v Value, field string) BitString {
	b := d.octets(v, field)
	if d.err != nil {
		return BitString{}
	}
	if len(b) == 0 || b[0] > 7 {
		d.fail(field, "no BIT STRING")
		return BitString{}
	}
	bits := BitString{Unused: int(b[0]), Octets: slices.Clone(b[1:])}
	if n := len(bits.Octets); n > 0 {
		bits.Octets[n-1] &= 0xff << bits.Unused
	}
	return bits
}

// boolean reads a BOOLEAN that may be absent, when it is false.
func (d *decoder) boolean(field string) bool {
	if !d.at(Universal, TagBoolean) {
		return false
	}
	return d.booleanOf(d.any(field), field)
}

func (d *decoder) booleanOf(v Value, field string) bool {
	if d.err == nil && (len(v.Content) != 1 || v.Constructed) {
		d.fail(field, "no BOOLEAN")
	}
	if d.err != nil {
		return false
	}
	if b := v.Content[0]; b != 0 && b != 0xff {
		d.note(field, "TRUE written as %s instead of FF", hex.EncodeToString(v.Content))
	}
	return v.Content[0] != 0
}

// Algorithm is an AlgorithmIdentifier. Source: RFC 5280 §4.1.1.2.
type Algorithm struct {
	OID        OID
	Parameters []byte // encoded; nil where absent
}

// Equal compares two algorithms with their parameters.
func (a Algorithm) Equal(b Algorithm) bool {
	return a.OID == b.OID && (a.Parameters == nil) == (b.Parameters == nil) && bytes.Equal(a.Parameters, b.Parameters)
}

func (d *decoder) algorithm(field string) Algorithm {
	s := d.sequence(field)
	a := Algorithm{OID: s.oid(field)}
	if s.more() {
		a.Parameters = s.any(field).Raw
	}
	s.end()
	return a
}
