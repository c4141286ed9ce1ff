package openssl

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"mutual/diagnose/chain/der"
)

// Doubt is why OpenSSL does not take one certificate for another's issuer, and
// what the child's field says and would have to say, where it is a field.
type Doubt struct {
	Reason, Got, Want string
}

// NotIssued says why OpenSSL does not take the one certificate for the issuer
// of the other; the zero value where it does. It does not look at the
// signature.
func NotIssued(child, issuer *der.Certificate) Doubt {
	c, i := newCert(child), newCert(issuer)
	a := c.authorityKey
	dir := -1
	if a != nil {
		dir = slices.IndexFunc(a.Issuer, isDirectory)
	}
	switch {
	case !i.Subject.Equal(c.Issuer):
		return Doubt{"its issuer has another name", c.Issuer.String(), i.Subject.String()}
	case c.invalid:
		return Doubt{Reason: "one of its extensions is malformed or stands twice" + first(child.Departures)}
	case i.invalid:
		return Doubt{Reason: "one of the issuer's extensions is malformed or stands twice" + first(issuer.Departures)}
	case a != nil && a.KeyID != nil && i.subjectKeyID != nil && !bytes.Equal(a.KeyID, i.subjectKeyID):
		return Doubt{"its authority key identifier is not the issuer's subject key identifier", colon(a.KeyID), colon(i.subjectKeyID)}
	case a != nil && a.Serial != nil && !a.Serial.Equal(i.Serial):
		return Doubt{"its authority key identifier gives another serial number than the issuer's certificate has",
			"serial number " + colon(a.Serial.Magnitude), "serial number " + colon(i.Serial.Magnitude)}
	case dir >= 0 && !a.Issuer[dir].Name.Equal(i.Issuer):
		return Doubt{"its authority key identifier gives another name than that of who issued the issuer's certificate",
			a.Issuer[dir].Name.String(), i.Issuer.String()}
	case i.key == nil:
		return Doubt{Reason: "the issuer's public key cannot be read"}
	case !i.signs(c):
		return Doubt{Reason: fmt.Sprintf("its signature algorithm is none for the issuer's key, %s", i.key)}
	}
	return Doubt{}
}

func first(list []der.Departure) string {
	if len(list) == 0 {
		return ""
	}
	return ": " + list[0].String()
}

func colon(b []byte) string {
	var parts []string
	for _, v := range b {
		parts = append(parts, strings.ToUpper(hex.EncodeToString([]byte{v})))
	}
	return strings.Join(parts, ":")
}
