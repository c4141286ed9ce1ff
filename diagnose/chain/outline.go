package chain

import (
	"crypto/sha256"
	"encoding/base64"
	"net/netip"
	"time"

	"mutual/diagnose/chain/der"
	"mutual/diagnose/oid"
)

// outline fills in what a certificate says of itself where crypto/x509 refuses
// it, as far as OpenSSL would read it: names, dates, key and purpose. Nothing of
// it has been checked.
func (c *Certificate) outline() {
	c.DNSNames, c.IPAddresses, c.URIs = []string{}, []string{}, []string{}
	c.Key, c.Signature = PublicKeyKind(c.der), oid.Signature(c.der)
	if spki := subjectPublicKeyInfo(c.der); spki != nil {
		sum := sha256.Sum256(spki)
		c.SPKISHA256 = base64.StdEncoding.EncodeToString(sum[:])
	}
	c.Fault = der.Why(c.der)
	d, err := der.ParseCertificate(c.der)
	if err != nil {
		return
	}
	c.Subject, c.Issuer = d.Subject.String(), d.Issuer.String()
	c.Serial = d.Serial.Big().Text(16)
	c.NotBefore, c.NotAfter = outlineTime(d.NotBefore), outlineTime(d.NotAfter)
	for _, e := range d.Extensions {
		switch e.OID {
		case der.BasicConstraints:
			if b, err := der.ParseBasicConstraints(e.Value); err == nil {
				c.IsCA = b.CA
			}
		case der.SubjectAltName:
			names, _ := der.ParseGeneralNames(e.Value)
			c.outlineNames(names)
		}
	}
}

// outlineTime is a date also in the forms that RFC 5280 forbids, with an offset
// or fractions of a second, and the zero time for what is none.
func outlineTime(t der.Time) time.Time {
	if v, ok := t.Value(); ok {
		return v
	}
	layouts := []string{"20060102150405.999Z0700", "200601021504Z0700"}
	if t.Tag == der.TagUTCTime {
		layouts = []string{"060102150405Z0700", "0601021504Z0700"}
	}
	for _, layout := range layouts {
		if v, err := time.Parse(layout, t.Text); err == nil {
			return v.UTC()
		}
	}
	return time.Time{}
}

func (c *Certificate) outlineNames(names []der.GeneralName) {
	for _, n := range names {
		switch text := string(n.Value); n.Form {
		case der.DNSName:
			c.DNSNames = append(c.DNSNames, text)
		case der.RFC822Name:
			c.Emails = append(c.Emails, text)
		case der.URIName:
			c.URIs = append(c.URIs, text)
		case der.IPAddressName:
			if ip, ok := netip.AddrFromSlice(n.Value); ok {
				c.IPAddresses = append(c.IPAddresses, ip.String())
			}
		}
	}
}
