package chain

import (
	"cmp"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"strings"

	"mutual/diagnose/chain/der"
)

// DN writes a DER-encoded distinguished name as text, most specific part
// first: "CN=Client Root,O=Mutual Lab". What is not a name is shown in
// hexadecimal. Source: RFC 4514.
func DN(raw []byte) string {
	var rdns pkix.RDNSequence
	var values []asn1.RawValue
	if rest, err := asn1.Unmarshal(raw, &rdns); err != nil || len(rest) > 0 {
		return "#" + hex.EncodeToString(raw)
	}
	asn1.Unmarshal(raw, &values) // of what was read, once more: values as they are
	parts := make([]string, 0, len(rdns))
	for i := len(rdns) - 1; i >= 0; i-- {
		attrs := make([]string, 0, len(rdns[i]))
		asTheyAre := attributesOf(values[i])
		for j, a := range rdns[i] {
			oid := a.Type.String()
			value := fmt.Sprint(a.Value)
			if asTheyAre[j].Value.Tag == asn1.TagBMPString {
				value = stringValue(asTheyAre[j].Value)
			}
			attrs = append(attrs, cmp.Or(der.ShortName(oid), oid)+"="+escapeDN(value))
		}
		parts = append(parts, strings.Join(attrs, "+"))
	}
	return strings.Join(parts, ",")
}

func escapeDN(value string) string {
	var b strings.Builder
	for i, r := range value {
		switch {
		case strings.ContainsRune(`,+"\<>;`, r), r == '#' && i == 0, r == ' ' && (i == 0 || i == len(value)-1):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f: // a name must not drive the reader's terminal
			fmt.Fprintf(&b, `\%02X`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
