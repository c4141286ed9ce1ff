// Package der reads certificates and revocation lists as leniently as OpenSSL
// does: in BER as well as DER, with the slips that real CAs have made, so that
// what crypto/x509 refuses to parse can still be judged and shown. What
// departs from DER or RFC 5280 is listed beside what was read.
//
// It reads foreign bytes: it neither panics nor recurses without bound, and
// the time it takes is linear in the input for each level of nesting that the
// syntax of a certificate has.
package der

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"
)

// The classes of a tag. Source: X.690 §8.1.2.
const (
	Universal   = 0
	Application = 1
	Context     = 2
	Private     = 3
)

// The universal tags that certificates use. Source: X.680 §8.4.
const (
	TagBoolean         = 1
	TagInteger         = 2
	TagBitString       = 3
	TagOctetString     = 4
	TagNull            = 5
	TagOID             = 6
	TagEnumerated      = 10
	TagUTF8String      = 12
	TagSequence        = 16
	TagSet             = 17
	TagNumericString   = 18
	TagPrintableString = 19
	TagT61String       = 20
	TagIA5String       = 22
	TagUTCTime         = 23
	TagGeneralizedTime = 24
	TagVisibleString   = 26
	TagUniversalString = 28
	TagBMPString       = 30
)

// Error says which field could not be read, and why. Fields have the names
// that RFC 5280 gives them.
type Error struct {
	Field  string
	Reason string
}

func (e *Error) Error() string { return e.Field + ": " + e.Reason }

// Departure is a place where the encoding is not what DER or RFC 5280 asks
// for, though it can be read.
type Departure struct {
	Field string
	What  string
}

func (d Departure) String() string { return d.Field + ": " + d.What }

// Value is one encoded value.
type Value struct {
	Class       int
	Tag         int
	Constructed bool
	Raw         []byte // header and contents, and the end marker where there is one
	Content     []byte

	indefinite, padded bool
}

// Is reports whether the value has that tag.
func (v Value) Is(class, tag int) bool { return v.Class == class && v.Tag == tag }

// maxNesting bounds how deep values of indefinite length are followed.
// Source: OpenSSL 3.0, ASN1_MAX_CONSTRUCTED_NEST.
const maxNesting = 30

// read takes one value off the input, with any form of length that BER has.
func read(s *cryptobyte.String) (Value, bool) {
	start := *s
	v, rest, ok := header(start)
	if !ok {
		return Value{}, false
	}
	if !v.indefinite {
		*s = rest[len(v.Content):]
		v.Raw = start[:len(start)-len(*s)]
		return v, true
	}
	content, after, ok := untilEnd(rest)
	if !ok {
		return Value{}, false
	}
	v.Content, v.Raw, *s = content, start[:len(start)-len(after)], after
	return v, true
}

// header reads tag and length. Content is set unless the length is indefinite.
func header(s cryptobyte.String) (v Value, rest cryptobyte.String, ok bool) {
	var first, b uint8
	if !s.ReadUint8(&first) {
		return v, nil, false
	}
	v.Class, v.Constructed, v.Tag = int(first>>6), first&0x20 != 0, int(first&0x1f)
	if v.Tag == 0x1f {
		v.Tag = 0
		for more := true; more; more = b&0x80 != 0 {
			if !s.ReadUint8(&b) || v.Tag > 1<<23 {
				return v, nil, false
			}
			v.Tag = v.Tag<<7 | int(b&0x7f)
		}
	}
	if !s.ReadUint8(&b) {
		return v, nil, false
	}
	length := uint64(b)
	switch {
	case b == 0x80:
		v.indefinite = true
		return v, s, v.Constructed
	case b > 0x80:
		octets, size := int(b&0x7f), 0
		length = 0
		for range octets {
			if !s.ReadUint8(&b) {
				return v, nil, false
			}
			if b == 0 && size == 0 {
				v.padded = true
				continue
			}
			if size++; size > 7 {
				return v, nil, false
			}
			length = length<<8 | uint64(b)
		}
		v.padded = v.padded || length < 0x80
	}
	if length > uint64(len(s)) {
		return v, nil, false
	}
	v.Content = s[:length]
	return v, s, true
}

// untilEnd splits the contents of indefinite length from what follows their
// end marker.
func untilEnd(s cryptobyte.String) (content []byte, after cryptobyte.String, ok bool) {
	start, open := s, 1
	for len(s) >= 2 {
		if s[0] == 0 && s[1] == 0 {
			open--
			if open == 0 {
				return start[:len(start)-len(s)], s[2:], true
			}
			s = s[2:]
			continue
		}
		v, rest, ok := header(s)
		switch {
		case !ok:
			return nil, nil, false
		case v.indefinite:
			if open++; open > maxNesting {
				return nil, nil, false
			}
			s = rest
		default:
			s = rest[len(v.Content):]
		}
	}
	return nil, nil, false
}

// decoder reads the values of one constructed value. Its first error sticks:
// what is read after it is empty.
type decoder struct {
	s     cryptobyte.String
	field string
	*notes
}

// notes are shared by the decoders of one document.
type notes struct {
	err        *Error
	departures []Departure
}

// maxDepartures bounds how much is said of one document.
const maxDepartures = 32

func newDecoder(b []byte, field string) *decoder {
	return &decoder{s: b, field: field, notes: &notes{}}
}

func (d *decoder) fail(field, format string, args ...any) {
	if d.err == nil {
		d.err = &Error{Field: field, Reason: fmt.Sprintf(format, args...)}
	}
}

func (d *decoder) note(field, format string, args ...any) {
	if len(d.departures) < maxDepartures {
		d.departures = append(d.departures, Departure{field, fmt.Sprintf(format, args...)})
	}
}

// more reports whether there is another value to read.
func (d *decoder) more() bool { return d.err == nil && len(d.s) > 0 }

// at reports whether the next value has that tag.
func (d *decoder) at(class, tag int) bool {
	if !d.more() {
		return false
	}
	v, _, ok := header(d.s)
	return ok && v.Is(class, tag)
}

// any reads the next value, whatever it is.
func (d *decoder) any(field string) Value {
	if d.err != nil {
		return Value{}
	}
	if len(d.s) == 0 {
		d.fail(field, "missing")
		return Value{}
	}
	v, ok := read(&d.s)
	if !ok {
		d.fail(field, "its length does not fit into %s", d.field)
		return Value{}
	}
	if v.indefinite {
		d.note(field, "indefinite length, which is BER and not DER")
	} else if v.padded {
		d.note(field, "length not in its shortest form, which is BER and not DER")
	}
	return v
}

// value reads the next value, which has to have that tag.
func (d *decoder) value(class, tag int, field string) Value {
	v := d.any(field)
	if d.err == nil && !v.Is(class, tag) {
		d.fail(field, "%s found where %s is expected", tagName(v.Class, v.Tag), tagName(class, tag))
	}
	return v
}

// into is a decoder for the contents of a constructed value.
func (d *decoder) into(v Value, field string) *decoder {
	inner := &decoder{field: field, notes: d.notes}
	if d.err != nil {
		return inner
	}
	if !v.Constructed {
		d.fail(field, "not constructed")
		return inner
	}
	inner.s = v.Content
	return inner
}

func (d *decoder) sequence(field string) *decoder {
	return d.into(d.value(Universal, TagSequence, field), field)
}

// end is called after the last field: nothing may be left.
func (d *decoder) end() {
	if d.err == nil && len(d.s) > 0 {
		d.fail(d.field, "%d octets after its last field", len(d.s))
	}
}

// maxStringNesting bounds strings made of strings. Source: OpenSSL 3.0,
// ASN1_MAX_STRING_NEST.
const maxStringNesting = 5

// octets are the contents of a string, put together where it is in pieces.
func (d *decoder) octets(v Value, field string) []byte {
	if d.err != nil || !v.Constructed {
		return v.Content
	}
	d.note(field, "string in pieces, which is BER and not DER")
	out, ok := collect(nil, v.Content, 0)
	if !ok {
		d.fail(field, "its pieces cannot be put together")
	}
	return out
}

func collect(out []byte, s cryptobyte.String, depth int) ([]byte, bool) {
	for len(s) > 0 {
		v, ok := read(&s)
		if !ok || v.Class != Universal || depth > maxStringNesting {
			return nil, false
		}
		if !v.Constructed {
			out = append(out, v.Content...)
			continue
		}
		if out, ok = collect(out, v.Content, depth+1); !ok {
			return nil, false
		}
	}
	return out, true
}

func tagName(class, tag int) string {
	if class != Universal {
		return fmt.Sprintf("tag [%d]", tag)
	}
	names := map[int]string{
		TagBoolean: "BOOLEAN", TagInteger: "INTEGER", TagBitString: "BIT STRING", TagOctetString: "OCTET STRING",
		TagNull: "NULL", TagOID: "OBJECT IDENTIFIER", TagUTF8String: "UTF8String", TagSequence: "SEQUENCE",
		TagSet: "SET", TagPrintableString: "PrintableString", TagIA5String: "IA5String", TagUTCTime: "UTCTime",
		TagGeneralizedTime: "GeneralizedTime", TagVisibleString: "VisibleString", TagBMPString: "BMPString",
	}
	if name, ok := names[tag]; ok {
		return name
	}
	return fmt.Sprintf("universal tag %d", tag)
}
