package chain

import (
	"encoding/asn1"
	"unicode/utf16"
)

// attribute is one of a distinguished name, its value as it is encoded.
type attribute struct {
	Type  asn1.ObjectIdentifier
	Value asn1.RawValue
}

// attributesOf are the attributes of one part of a distinguished name, as far
// as they can be read.
func attributesOf(rdn asn1.RawValue) []attribute {
	var out []attribute
	for rest := rdn.Bytes; len(rest) > 0; {
		var a attribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return out
		}
		out = append(out, a)
	}
	return out
}

// NameValues are the values of one attribute of a distinguished name in DER, in
// their order. They are what the certificate says and no more: crypto/x509 and
// encoding/asn1 drop a NUL at the end of a BMPString, and a name that ends with
// one is not the name that it looks like. A value that is no text is "".
func NameValues(name []byte, oid asn1.ObjectIdentifier) []string {
	var rdns []asn1.RawValue
	if _, err := asn1.Unmarshal(name, &rdns); err != nil {
		return nil
	}
	var out []string
	for _, rdn := range rdns {
		for _, a := range attributesOf(rdn) {
			if a.Type.Equal(oid) {
				out = append(out, stringValue(a.Value))
			}
		}
	}
	return out
}

// stringValue is the text of one of the types of DirectoryString, or "".
// Source: RFC 5280 §4.1.2.4.
func stringValue(v asn1.RawValue) string {
	if v.Class != asn1.ClassUniversal {
		return ""
	}
	switch v.Tag {
	case asn1.TagUTF8String, asn1.TagPrintableString, asn1.TagT61String, asn1.TagIA5String, asn1.TagNumericString:
		return string(v.Bytes)
	case asn1.TagBMPString:
		if len(v.Bytes)%2 != 0 {
			return ""
		}
		units := make([]uint16, 0, len(v.Bytes)/2)
		for b := v.Bytes; len(b) > 0; b = b[2:] {
			units = append(units, uint16(b[0])<<8|uint16(b[1]))
		}
		return string(utf16.Decode(units))
	}
	return ""
}
