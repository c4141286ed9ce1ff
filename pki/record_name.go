package pki

import (
	"encoding/asn1"
	"fmt"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// oneLine is a name as OpenSSL's X509_NAME_oneline writes it, by which openssl
// ca tells whether a row is that of a certificate (crypto/x509/x509_obj.c): the
// bytes of each value as they are encoded, those outside of ASCII in
// hexadecimal, whatever the type of the string.
func oneLine(name []byte) string {
	var b strings.Builder
	input := cryptobyte.String(name)
	var rdns cryptobyte.String
	if !input.ReadASN1(&rdns, cbasn1.SEQUENCE) {
		return ""
	}
	for !rdns.Empty() {
		var set cryptobyte.String
		if !rdns.ReadASN1(&set, cbasn1.SET) {
			return ""
		}
		for sign := byte('/'); !set.Empty(); sign = '+' {
			var part, value cryptobyte.String
			var id asn1.ObjectIdentifier
			var tag cbasn1.Tag
			if !set.ReadASN1(&part, cbasn1.SEQUENCE) || !part.ReadASN1ObjectIdentifier(&id) || !part.ReadAnyASN1(&value, &tag) {
				return ""
			}
			b.WriteByte(sign)
			b.WriteString(opensslShortName(id))
			b.WriteByte('=')
			for _, c := range value {
				switch {
				case c < ' ' || c > '~':
					fmt.Fprintf(&b, `\x%02X`, c)
				case c == '/' || c == '+':
					b.WriteString(`\` + string(c))
				default:
					b.WriteByte(c)
				}
			}
		}
	}
	return b.String()
}

// opensslShortName is OpenSSL's short name of a name's attribute (obj_mac.h),
// or the identifier's digits.
func opensslShortName(id asn1.ObjectIdentifier) string {
	text := id.String()
	for _, known := range [][2]string{
		{"2.5.4.3", "CN"}, {"2.5.4.4", "SN"}, {"2.5.4.5", "serialNumber"}, {"2.5.4.6", "C"}, {"2.5.4.7", "L"}, {"2.5.4.8", "ST"},
		{"2.5.4.9", "street"}, {"2.5.4.10", "O"}, {"2.5.4.11", "OU"}, {"2.5.4.12", "title"}, {"2.5.4.13", "description"},
		{"2.5.4.15", "businessCategory"}, {"2.5.4.16", "postalAddress"}, {"2.5.4.17", "postalCode"}, {"2.5.4.18", "postOfficeBox"},
		{"2.5.4.20", "telephoneNumber"}, {"2.5.4.41", "name"}, {"2.5.4.42", "GN"}, {"2.5.4.43", "initials"},
		{"2.5.4.44", "generationQualifier"}, {"2.5.4.45", "x500UniqueIdentifier"}, {"2.5.4.46", "dnQualifier"}, {"2.5.4.65", "pseudonym"},
		{"2.5.4.72", "role"}, {"2.5.4.97", "organizationIdentifier"},
		{"1.2.840.113549.1.9.1", "emailAddress"}, {"1.2.840.113549.1.9.2", "unstructuredName"}, {"1.2.840.113549.1.9.8", "unstructuredAddress"},
		{"0.9.2342.19200300.100.1.1", "UID"}, {"0.9.2342.19200300.100.1.3", "mail"}, {"0.9.2342.19200300.100.1.25", "DC"},
		{"1.3.6.1.4.1.311.60.2.1.1", "jurisdictionL"}, {"1.3.6.1.4.1.311.60.2.1.2", "jurisdictionST"}, {"1.3.6.1.4.1.311.60.2.1.3", "jurisdictionC"},
	} {
		if known[0] == text {
			return known[1]
		}
	}
	return text
}
