package der

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// Attribute is one attribute of a name.
type Attribute struct {
	Type  OID
	Tag   int // of the value
	Value []byte
	RDN   int // which relative distinguished name it belongs to
}

// Text is the value in UTF-8. It reports false where the value is of no string
// type, or not of the type that it says.
func (a Attribute) Text() (string, bool) { return utf8Text(a.Tag, a.Value) }

// Name is a distinguished name. Source: RFC 5280 §4.1.2.4.
type Name struct {
	Raw        []byte
	Attributes []Attribute
	// Canonical is the form that OpenSSL compares: strings in UTF-8, without
	// blanks around them, blanks inside made one, ASCII in lower case. It is
	// empty for a name without attributes.
	Canonical []byte
}

// Equal compares two names as OpenSSL does.
func (n Name) Equal(o Name) bool { return bytes.Equal(n.Canonical, o.Canonical) }

// SameName compares two encoded names as OpenSSL does.
func SameName(a, b []byte) bool {
	x, err := parse(a, "name", func(d *decoder) Name { return d.name("name") })
	if err != nil {
		return false
	}
	y, err := parse(b, "name", func(d *decoder) Name { return d.name("name") })
	return err == nil && x.Equal(y)
}

// Empty reports a name without attributes.
func (n Name) Empty() bool { return len(n.Attributes) == 0 }

// Values are the values of that attribute, in their order.
func (n Name) Values(t OID) []Attribute {
	var found []Attribute
	for _, a := range n.Attributes {
		if a.Type == t {
			found = append(found, a)
		}
	}
	return found
}

// String puts the name as RFC 4514 does, last RDN first; what is no text is in
// hexadecimal.
func (n Name) String() string {
	var parts []string
	for _, a := range slices.Backward(n.Attributes) {
		parts = append(parts, attributeName(a.Type)+"="+escape(a))
	}
	return strings.Join(parts, ",")
}

func (d *decoder) name(field string) Name {
	return d.nameOf(d.value(Universal, TagSequence, field), field)
}

// maxName bounds the attributes of a name.
const maxName = 1 << 12

func (d *decoder) nameOf(v Value, field string) Name {
	n := Name{Raw: v.Raw}
	s := d.into(v, field)
	for rdn := 0; s.more(); rdn++ {
		set := s.into(s.value(Universal, TagSet, field), field)
		n.Attributes = append(n.Attributes, set.attributes(field, rdn)...)
		if len(n.Attributes) > maxName {
			d.fail(field, "more than %d attributes", maxName)
		}
	}
	if d.err == nil {
		var ok bool
		if n.Canonical, ok = canonical(n.Attributes); !ok {
			d.fail(field, "a value holds octets that its string type does not allow")
		}
	}
	return n
}

func (d *decoder) attributes(field string, rdn int) []Attribute {
	var out []Attribute
	for d.more() {
		s := d.sequence(field)
		a := Attribute{Type: s.oid(field), RDN: rdn}
		v := s.any(field)
		if d.err == nil && !stringType(v) {
			d.fail(field, "%s in a name", tagName(v.Class, v.Tag))
		}
		a.Tag, a.Value = v.Tag, v.Content
		switch {
		case v.Tag == TagSequence:
			a.Value = v.Raw
		case v.Tag == TagBitString:
			a.Value = d.bitStringOf(v, field).Octets
		default:
			a.Value = d.octets(v, field)
		}
		if v.Tag == TagBMPString && len(a.Value)%2 != 0 || v.Tag == TagUniversalString && len(a.Value)%4 != 0 {
			d.fail(field, "%s of %d octets", tagName(v.Class, v.Tag), len(a.Value))
		}
		if v.Tag == TagPrintableString && !printable(a.Value) {
			d.note(field, "PrintableString with a character that it may not have: %q", a.Value)
		}
		s.end()
		out = append(out, a)
	}
	return out
}

// stringType reports a type that OpenSSL reads in names. Source: OpenSSL 3.0,
// B_ASN1_PRINTABLE and ASN1_tag2bit.
func stringType(v Value) bool {
	if v.Class != Universal {
		return false
	}
	switch v.Tag {
	case TagBitString, 7, 8, 9, 11, TagUTF8String, 13, 14, 15, TagSequence, TagNumericString, TagPrintableString,
		TagT61String, TagIA5String, TagUniversalString, 29, TagBMPString:
		return true
	}
	return false
}

func printable(b []byte) bool {
	for _, c := range b {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune(" '()+,-./:=?", rune(c)) {
			return false
		}
	}
	return true
}

// canonical encodes each RDN as a SET OF in DER, of canonical values.
func canonical(attributes []Attribute) ([]byte, bool) {
	var out []byte
	for len(attributes) > 0 {
		rdn := attributes
		if i := slices.IndexFunc(rdn, func(a Attribute) bool { return a.RDN != rdn[0].RDN }); i > 0 {
			rdn = rdn[:i]
		}
		attributes = attributes[len(rdn):]
		var set [][]byte
		for _, a := range rdn {
			tag, value := a.Tag, a.Value
			switch tag {
			case TagUTF8String, TagBMPString, TagUniversalString, TagPrintableString, TagT61String, TagIA5String:
				text, ok := utf8Text(tag, value)
				if !ok {
					return nil, false
				}
				tag, value = TagUTF8String, []byte(fold(text))
			}
			encoded := encode(byte(tag), value)
			if tag == TagSequence {
				encoded = value
			}
			set = append(set, encode(0x30, append(encode(TagOID, []byte(a.Type)), encoded...)))
		}
		slices.SortFunc(set, bytes.Compare)
		out = append(out, encode(0x31, bytes.Join(set, nil))...)
	}
	return out, true
}

func encode(tag byte, content []byte) []byte {
	n := len(content)
	switch {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, content...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, content...)
	case n < 0x10000:
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, content...)
	}
	return append([]byte{tag, 0x83, byte(n >> 16), byte(n >> 8), byte(n)}, content...)
}

// fold removes blanks around the text, makes those inside one, and ASCII
// letters small.
func fold(text string) string {
	blank := func(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
	for text != "" && blank(text[0]) {
		text = text[1:]
	}
	for text != "" && blank(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	out := make([]byte, 0, len(text))
	for i := range len(text) {
		c := text[i]
		switch {
		case blank(c) && blank(text[i-1]):
			continue
		case blank(c):
			c = ' '
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return string(out)
}

// utf8Text converts a string of that type to UTF-8. T61String is read as
// Latin-1, as OpenSSL does.
func utf8Text(tag int, b []byte) (string, bool) {
	var out strings.Builder
	size := 1
	switch tag {
	case TagUTF8String:
		return string(b), utf8.Valid(b)
	case TagBMPString:
		size = 2
	case TagUniversalString:
		size = 4
	case TagNumericString, TagPrintableString, TagT61String, TagIA5String, TagVisibleString:
	default:
		return "", false
	}
	if len(b)%size != 0 {
		return "", false
	}
	for i := 0; i < len(b); i += size {
		var r uint32
		for _, c := range b[i : i+size] {
			r = r<<8 | uint32(c)
		}
		if r > utf8.MaxRune || r >= 0xd800 && r < 0xe000 {
			return "", false
		}
		out.WriteRune(rune(r))
	}
	return out.String(), true
}

func escape(a Attribute) string {
	text, ok := a.Text()
	if !ok {
		return "#" + strings.ToUpper(hexOf(a.Value))
	}
	var out strings.Builder
	for i, r := range text {
		switch {
		case strings.ContainsRune(`,+"\<>;`, r), i == 0 && (r == ' ' || r == '#'), i == len(text)-1 && r == ' ':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r < ' ' || r == 0x7f:
			out.WriteString(`\` + hexOf([]byte{byte(r)}))
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}
