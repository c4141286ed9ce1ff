package chain

import (
	"crypto/sha256"
	"encoding/base64"
	"net/netip"

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
	if t, ok := d.NotBefore.Value(); ok {
		c.NotBefore = t
	}
	if t, ok := d.NotAfter.Value(); ok {
		c.NotAfter = t
	}
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
