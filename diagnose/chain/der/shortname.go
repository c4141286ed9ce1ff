package der

import "encoding/hex"

// ShortName is the short name of an attribute type by RFC 4514 §3, or the one
// that OpenSSL prints, or "" for those that certificates seldom hold. The
// argument is the type in dotted form.
func ShortName(dotted string) string {
	switch dotted {
	case "2.5.4.3":
		return "CN"
	case "2.5.4.4":
		return "SN"
	case "2.5.4.5":
		return "serialNumber"
	case "2.5.4.6":
		return "C"
	case "2.5.4.7":
		return "L"
	case "2.5.4.8":
		return "ST"
	case "2.5.4.9":
		return "street"
	case "2.5.4.10":
		return "O"
	case "2.5.4.11":
		return "OU"
	case "2.5.4.12":
		return "title"
	case "2.5.4.17":
		return "postalCode"
	case "2.5.4.42":
		return "GN"
	case "2.5.4.97":
		return "organizationIdentifier"
	case "0.9.2342.19200300.100.1.1":
		return "UID"
	case "0.9.2342.19200300.100.1.25":
		return "DC"
	case "1.2.840.113549.1.9.1":
		return "emailAddress"
	}
	return ""
}

func attributeName(t OID) string {
	if name := ShortName(t.String()); name != "" {
		return name
	}
	return t.String()
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }
