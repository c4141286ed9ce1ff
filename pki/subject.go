package pki

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Subject is a distinguished name in the order in which it is encoded, the
// most significant part (country, organisation) first. The zero value is the
// empty name.
type Subject struct {
	rdns pkix.RDNSequence
}

// attribute describes a kind of name part: its short name first, the others
// are accepted on input.
type attribute struct {
	names []string
	oid   asn1.ObjectIdentifier
	max   int // upper bound in characters, RFC 5280 Appendix A.1
	tag   int // the ASN.1 string type, if not PrintableString or UTF8String
}

var oidCommonName = asn1.ObjectIdentifier{2, 5, 4, 3}

// attributes lists the known name parts (RFC 4514 §3, RFC 5280 Appendix A.1;
// emailAddress is PKCS#9, RFC 2985 §5.2.1).
func attributes() []attribute {
	return []attribute{
		{[]string{"CN", "commonName"}, oidCommonName, 64, 0},
		{[]string{"O", "organizationName"}, asn1.ObjectIdentifier{2, 5, 4, 10}, 64, 0},
		{[]string{"OU", "organizationalUnitName"}, asn1.ObjectIdentifier{2, 5, 4, 11}, 64, 0},
		{[]string{"L", "localityName"}, asn1.ObjectIdentifier{2, 5, 4, 7}, 128, 0},
		{[]string{"ST", "S", "stateOrProvinceName"}, asn1.ObjectIdentifier{2, 5, 4, 8}, 128, 0},
		{[]string{"C", "countryName"}, asn1.ObjectIdentifier{2, 5, 4, 6}, 2, asn1.TagPrintableString},
		{[]string{"emailAddress", "E", "EMAIL"}, asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, 255, asn1.TagIA5String},
		{[]string{"DC", "domainComponent"}, asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 25}, 63, asn1.TagIA5String},
		{[]string{"UID", "userId"}, asn1.ObjectIdentifier{0, 9, 2342, 19200300, 100, 1, 1}, 256, 0},
		{[]string{"STREET", "streetAddress"}, asn1.ObjectIdentifier{2, 5, 4, 9}, 128, 0},
		{[]string{"postalCode"}, asn1.ObjectIdentifier{2, 5, 4, 17}, 40, 0},
		{[]string{"serialNumber"}, asn1.ObjectIdentifier{2, 5, 4, 5}, 64, asn1.TagPrintableString},
		{[]string{"title", "T"}, asn1.ObjectIdentifier{2, 5, 4, 12}, 64, 0},
		{[]string{"SN", "surname"}, asn1.ObjectIdentifier{2, 5, 4, 4}, 64, 0},
		{[]string{"GN", "givenName"}, asn1.ObjectIdentifier{2, 5, 4, 42}, 64, 0},
	}
}

// CommonName returns the subject CN=name.
func CommonName(name string) (Subject, error) {
	return ParseSubject("CN=" + escapeValue(name))
}

// ParseSubject reads a distinguished name as people write it: RFC 4514
// ("CN=ann,O=Example\, Inc.,L=Berlin,emailAddress=ann@example.com", with
// backslash escapes, quoted values and + for parts of one level), or OpenSSL's
// form with slashes ("/O=Example/CN=ann"). In the first form the text runs
// from the least to the most significant part, so it is encoded in reverse
// (RFC 4514 §2.1). The error says which part is wrong.
func ParseSubject(s string) (Subject, error) {
	if !utf8.ValidString(s) {
		return Subject{}, fmt.Errorf("subject is not valid UTF-8")
	}
	slashes := strings.HasPrefix(s, "/")
	if slashes {
		s = s[1:]
	}
	p := subjectParser{rest: s, slashes: slashes}
	var rdns pkix.RDNSequence
	var level pkix.RelativeDistinguishedNameSET
	for p.skipSpace(); p.rest != "" || len(level) > 0; p.skipSpace() {
		atv, err := p.attribute()
		if err != nil {
			return Subject{}, err
		}
		level = append(level, atv)
		if p.take('+') {
			continue
		}
		rdns, level = append(rdns, level), nil
		if p.rest == "" {
			break
		}
		p.rest = p.rest[1:] // the separator, which attribute stopped at
		if strings.TrimSpace(p.rest) == "" {
			return Subject{}, fmt.Errorf("subject %q ends with a separator", s)
		}
	}
	if len(rdns) == 0 {
		return Subject{}, fmt.Errorf("subject is empty; write it as CN=name,O=organisation")
	}
	if !slashes {
		for i, j := 0, len(rdns)-1; i < j; i, j = i+1, j-1 {
			rdns[i], rdns[j] = rdns[j], rdns[i]
		}
	}
	return Subject{rdns}, nil
}

// subjectParser consumes rest from the left.
type subjectParser struct {
	rest    string
	slashes bool
}

func (p *subjectParser) skipSpace() { p.rest = strings.TrimLeft(p.rest, " ") }

// take consumes c if it comes next.
func (p *subjectParser) take(c byte) bool {
	if p.rest != "" && p.rest[0] == c {
		p.rest = p.rest[1:]
		return true
	}
	return false
}

// attribute reads one TYPE=value and stops before the separator.
func (p *subjectParser) attribute() (pkix.AttributeTypeAndValue, error) {
	none := pkix.AttributeTypeAndValue{}
	p.skipSpace()
	name, _, ok := strings.Cut(p.rest, "=")
	if !ok || strings.ContainsAny(name, ",;+/\"\\") {
		part, _, _ := strings.Cut(p.rest, ",")
		return none, fmt.Errorf("subject part %q has no '='; write it as CN=name,O=organisation, with a comma inside a value as \\,", part)
	}
	p.rest = p.rest[len(name)+1:]
	name = strings.TrimSpace(name)
	attr, err := attributeNamed(name)
	if err != nil {
		return none, err
	}
	p.skipSpace()
	value, err := p.value(name)
	if err != nil {
		return none, err
	}
	return attr.encode(name, value)
}

// value reads a quoted or escaped value and stops before the separator.
func (p *subjectParser) value(name string) (string, error) {
	if strings.HasPrefix(p.rest, "#") {
		return "", fmt.Errorf("%s: values in hexadecimal (#...) are not supported; write a leading # as \\#", name)
	}
	quoted := p.take('"')
	var out []byte
	keep := 0 // length of out that trailing spaces are not trimmed from
	for p.rest != "" {
		c := p.rest[0]
		switch {
		case c == '\\':
			b, err := p.escape(name)
			if err != nil {
				return "", err
			}
			out = append(out, b...)
			keep = len(out)
			continue
		case quoted && c == '"':
			p.rest = p.rest[1:]
			p.skipSpace()
			if p.rest != "" && !p.atSeparator() {
				return "", fmt.Errorf("%s: text after the closing quote", name)
			}
			return string(out), nil
		case !quoted && p.atSeparator():
			return string(out[:max(keep, len(strings.TrimRight(string(out), " ")))]), nil
		case !quoted && c == '"':
			return "", fmt.Errorf("%s: a quote inside a value is written as \\\"", name)
		}
		out = append(out, c)
		p.rest = p.rest[1:]
	}
	if quoted {
		return "", fmt.Errorf("%s: the closing quote is missing", name)
	}
	return string(out[:max(keep, len(strings.TrimRight(string(out), " ")))]), nil
}

func (p *subjectParser) atSeparator() bool {
	if p.slashes {
		return p.rest[0] == '/' || p.rest[0] == '+'
	}
	return p.rest[0] == ',' || p.rest[0] == ';' || p.rest[0] == '+'
}

// escape reads a backslash and what it stands for: a special character or two
// hexadecimal digits (RFC 4514 §2.4).
func (p *subjectParser) escape(name string) ([]byte, error) {
	if len(p.rest) >= 2 && strings.IndexByte(` "#+,;<=>\/`, p.rest[1]) >= 0 {
		b := p.rest[1]
		p.rest = p.rest[2:]
		return []byte{b}, nil
	}
	if len(p.rest) >= 3 {
		if b, err := hex.DecodeString(p.rest[1:3]); err == nil {
			p.rest = p.rest[3:]
			return b, nil
		}
	}
	return nil, fmt.Errorf("%s: a backslash must be followed by one of , + \" \\ < > ; = # or two hexadecimal digits", name)
}

func attributeNamed(name string) (attribute, error) {
	var known []string
	for _, a := range attributes() {
		for _, n := range a.names {
			if strings.EqualFold(n, name) {
				return a, nil
			}
		}
		known = append(known, a.names[0])
	}
	if oid, ok := parseOID(name); ok {
		for _, a := range attributes() {
			if a.oid.Equal(oid) {
				return a, nil
			}
		}
		return attribute{names: []string{name}, oid: oid, max: 256}, nil
	}
	return attribute{}, fmt.Errorf("unknown subject part %q; known are %s", name, strings.Join(known, ", "))
}

// parseOID reads a dotted object identifier such as 2.5.4.3.
func parseOID(s string) (asn1.ObjectIdentifier, bool) {
	parts := strings.Split(strings.TrimPrefix(strings.ToUpper(s), "OID."), ".")
	if len(parts) < 3 {
		return nil, false
	}
	var oid asn1.ObjectIdentifier
	for _, part := range parts {
		n := 0
		if part == "" || len(part) > 9 {
			return nil, false
		}
		for _, c := range part {
			if c < '0' || c > '9' {
				return nil, false
			}
			n = n*10 + int(c-'0')
		}
		oid = append(oid, n)
	}
	if oid[0] > 2 || (oid[0] < 2 && oid[1] > 39) {
		return nil, false
	}
	return oid, true
}

// encode checks value against the limits of RFC 5280 and gives it the string
// type that the attribute demands.
func (a attribute) encode(name, value string) (pkix.AttributeTypeAndValue, error) {
	none := pkix.AttributeTypeAndValue{}
	n := utf8.RuneCountInString(value)
	switch {
	case !utf8.ValidString(value):
		return none, fmt.Errorf("%s: the value is not valid UTF-8", name)
	case n == 0:
		return none, fmt.Errorf("%s has no value", name)
	case strings.ContainsFunc(value, func(r rune) bool { return r < 0x20 || r == 0x7f }):
		return none, fmt.Errorf("%s: control characters are not allowed", name)
	case a.names[0] == "C" && !isCountry(value):
		return none, fmt.Errorf("%s=%s: a country is two letters, such as DE", name, value)
	case n > a.max:
		return none, fmt.Errorf("%s has %d characters, at most %d are allowed", name, n, a.max)
	}
	switch a.tag {
	case asn1.TagIA5String:
		for i := range len(value) {
			if value[i] >= 0x80 {
				return none, fmt.Errorf("%s=%s: only ASCII characters are allowed", name, value)
			}
		}
		return pkix.AttributeTypeAndValue{Type: a.oid, Value: asn1.RawValue{Tag: a.tag, Bytes: []byte(value)}}, nil
	case asn1.TagPrintableString:
		if strings.ContainsFunc(value, func(r rune) bool { return !isPrintableString(r) }) {
			return none, fmt.Errorf("%s=%s: only letters, digits, space and '()+,-./:=? are allowed", name, value)
		}
		return pkix.AttributeTypeAndValue{Type: a.oid, Value: asn1.RawValue{Tag: a.tag, Bytes: []byte(value)}}, nil
	}
	return pkix.AttributeTypeAndValue{Type: a.oid, Value: value}, nil
}

func isCountry(s string) bool {
	letter := func(c byte) bool { return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' }
	return len(s) == 2 && letter(s[0]) && letter(s[1])
}

func isPrintableString(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(" '()+,-./:=?", r)
}

// IsEmpty reports whether the subject has no parts.
func (s Subject) IsEmpty() bool { return len(s.rdns) == 0 }

// DER encodes the subject as an RFC 5280 Name.
func (s Subject) DER() ([]byte, error) {
	rdns := s.rdns
	if rdns == nil {
		rdns = pkix.RDNSequence{}
	}
	return asn1.Marshal(rdns)
}

// String writes the subject as ParseSubject reads it.
func (s Subject) String() string {
	var levels []string
	for i := len(s.rdns) - 1; i >= 0; i-- {
		var parts []string
		for _, atv := range s.rdns[i] {
			parts = append(parts, attributeLabel(atv.Type)+"="+escapeValue(attributeText(atv.Value)))
		}
		levels = append(levels, strings.Join(parts, "+"))
	}
	return strings.Join(levels, ",")
}

func attributeLabel(oid asn1.ObjectIdentifier) string {
	for _, a := range attributes() {
		if a.oid.Equal(oid) {
			return a.names[0]
		}
	}
	return oid.String()
}

func attributeText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case asn1.RawValue:
		return string(v.Bytes)
	}
	return fmt.Sprint(v)
}

// escapeValue writes an attribute value by RFC 4514 §2.4.
func escapeValue(v string) string {
	var b strings.Builder
	for i, r := range v {
		if strings.ContainsRune(`"+,;<>\`, r) || r == '#' && i == 0 || r == ' ' && (i == 0 || i == len(v)-1) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// DescribeName writes an encoded Name (a certificate's RawSubject or RawIssuer)
// as ParseSubject reads it, with emailAddress by its name and no part left
// out. An empty name is "(empty)", one that cannot be read "(unreadable)".
func DescribeName(raw []byte) string {
	var s Subject
	if rest, err := asn1.Unmarshal(raw, &s.rdns); err != nil || len(rest) > 0 {
		return "(unreadable)"
	}
	if s.IsEmpty() {
		return "(empty)"
	}
	return s.String()
}
