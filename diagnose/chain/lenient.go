package chain

import (
	"cmp"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"math/bits"
	"net"
	"time"

	"mutual/diagnose/chain/der"
	"mutual/diagnose/chain/signature"
	"mutual/diagnose/oid"
)

// fillLeniently fills in what can be read of a certificate that crypto/x509
// refuses to parse.
func (c *Certificate) fillLeniently() {
	c.DNSNames, c.IPAddresses, c.URIs = []string{}, []string{}, []string{}
	x, err := der.ParseCertificate(c.der)
	if err != nil {
		c.Departures = []string{err.Error()}
		return
	}
	for _, d := range x.Departures {
		c.Departures = append(c.Departures, d.String())
	}
	c.Subject, c.Issuer = x.Subject.String(), x.Issuer.String()
	c.Serial = x.Serial.Big().Text(16)
	c.NotBefore, c.NotAfter = lenientTime(x.NotBefore), lenientTime(x.NotAfter)
	if key, err := signature.ParseKey(x.Key); err == nil {
		c.Key = key.String()
	} else {
		c.Key = cmp.Or(PublicKeyKind(c.der), "unknown")
	}
	c.Signature = oid.Signature(c.der)
	spki := sha256.Sum256(x.Key.Raw)
	c.SPKISHA256 = base64.StdEncoding.EncodeToString(spki[:])
	for _, e := range x.Extensions {
		c.fillExtension(e)
	}
}

// lenientTime is a date also in the forms that RFC 5280 forbids, with an offset
// or fractions of a second, and the zero time for what is none.
func lenientTime(t der.Time) time.Time {
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

// RawNames are issuer and subject as they are encoded, or nothing where they
// cannot be read.
func (c *Certificate) RawNames() [][]byte {
	if c.x != nil {
		return [][]byte{c.x.RawIssuer, c.x.RawSubject}
	}
	x, err := der.ParseCertificate(c.der)
	if err != nil {
		return nil
	}
	return [][]byte{x.Issuer.Raw, x.Subject.Raw}
}

func (c *Certificate) fillExtension(e der.Extension) {
	switch e.OID {
	case der.SubjectAltName:
		names, _ := der.ParseGeneralNames(e.Value)
		for _, n := range names {
			switch n.Form {
			case der.DNSName:
				c.DNSNames = append(c.DNSNames, string(n.Value))
			case der.RFC822Name:
				c.Emails = append(c.Emails, string(n.Value))
			case der.URIName:
				c.URIs = append(c.URIs, string(n.Value))
			case der.IPAddressName:
				c.IPAddresses = append(c.IPAddresses, net.IP(n.Value).String())
			}
		}
	case der.KeyUsage:
		if bits, err := der.ParseBits(e.Value); err == nil {
			c.KeyUsage = keyUsageNames(x509.KeyUsage(bits8(bits)))
		}
	case der.ExtKeyUsage:
		list, _ := der.ParseExtKeyUsage(e.Value)
		for _, o := range list {
			c.ExtKeyUsage = append(c.ExtKeyUsage, usageName(o))
		}
	case der.BasicConstraints:
		bc, _ := der.ParseBasicConstraints(e.Value)
		c.IsCA = bc.CA
	case der.SubjectKeyIdentifier:
		id, _ := der.ParseOctets(e.Value)
		c.SubjectID = colonHex(id)
	case der.AuthorityKeyIdentifier:
		id, _ := der.ParseAuthorityKey(e.Value)
		c.AuthorityID = colonHex(id.KeyID)
	}
}

// bits8 turns the bits of a BIT STRING, whose first is the highest of its first
// octet, into those of x509.KeyUsage, whose first is the lowest.
func bits8(b uint16) uint16 {
	return uint16(bits.Reverse8(uint8(b))) | uint16(bits.Reverse8(uint8(b>>8)))<<8
}

// usageName is a purpose as crypto/x509 calls it, or its identifier.
func usageName(o der.OID) string {
	for usage, oid := range map[x509.ExtKeyUsage]der.OID{
		x509.ExtKeyUsageAny: der.AnyExtendedKeyUsage, x509.ExtKeyUsageServerAuth: der.ServerAuth, x509.ExtKeyUsageClientAuth: der.ClientAuth,
		x509.ExtKeyUsageCodeSigning: der.CodeSigning, x509.ExtKeyUsageEmailProtection: der.EmailProtection,
		x509.ExtKeyUsageTimeStamping: der.TimeStamping, x509.ExtKeyUsageOCSPSigning: der.OCSPSigning,
	} {
		if o == oid {
			return usage.String()
		}
	}
	return o.String()
}
