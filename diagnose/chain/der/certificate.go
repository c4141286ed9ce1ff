package der

import "slices"

// Certificate is a certificate as far as OpenSSL reads one. Source: RFC 5280
// §4.1.
type Certificate struct {
	Raw                []byte // without what may follow it
	RawTBSCertificate  []byte
	Version            int64 // 0 is v1, 2 is v3
	Serial             Integer
	Signature          Algorithm // inside what is signed
	Issuer             Name
	NotBefore          Time
	NotAfter           Time
	Subject            Name
	Key                PublicKey
	Extensions         []Extension
	SignatureAlgorithm Algorithm
	SignatureValue     BitString
	// Trust is set for the form that OpenSSL calls TRUSTED CERTIFICATE.
	Trust *Trust
	// Departures are the places where the encoding is not what DER or RFC
	// 5280 asks for.
	Departures []Departure
}

// PublicKey is a SubjectPublicKeyInfo.
type PublicKey struct {
	Raw       []byte
	Algorithm Algorithm
	Bits      BitString
}

// Extension is one extension.
type Extension struct {
	OID      OID
	Critical bool
	Value    []byte
}

// Trust are the purposes for which OpenSSL was told to trust a certificate and
// those for which not. Nil lists say nothing.
type Trust struct {
	Trusted, Rejected []OID
	Alias             string
}

// maxExtensions bounds the extensions of a certificate.
const maxExtensions = 1 << 8

// ParseCertificate reads a certificate. Octets after its end are a departure.
func ParseCertificate(b []byte) (*Certificate, error) {
	d := newDecoder(b, "Certificate")
	c := d.certificate()
	if d.err == nil && len(d.s) > 0 {
		d.note("Certificate", "%d octets after its end", len(d.s))
	}
	return c.finish(d)
}

// ParseTrusted reads a certificate with OpenSSL's trust settings behind it, as
// a PEM block TRUSTED CERTIFICATE holds them.
func ParseTrusted(b []byte) (*Certificate, error) {
	d := newDecoder(b, "Certificate")
	c := d.certificate()
	if d.more() {
		c.Trust = d.trust()
	}
	return c.finish(d)
}

func (c *Certificate) finish(d *decoder) (*Certificate, error) {
	if d.err != nil {
		return nil, d.err
	}
	c.Departures = d.departures
	return c, nil
}

func (d *decoder) certificate() *Certificate {
	c := &Certificate{}
	outer := d.value(Universal, TagSequence, "Certificate")
	c.Raw = outer.Raw
	s := d.into(outer, "Certificate")
	tbs := s.value(Universal, TagSequence, "tbsCertificate")
	c.RawTBSCertificate = tbs.Raw
	s.into(tbs, "tbsCertificate").tbsCertificate(c)
	c.SignatureAlgorithm = s.algorithm("signatureAlgorithm")
	c.SignatureValue = s.bitString("signatureValue")
	s.end()
	return c
}

func (d *decoder) tbsCertificate(c *Certificate) {
	if d.at(Context, 0) {
		v := d.into(d.any("version"), "version")
		c.Version = v.integer("version").Small()
		v.end()
	}
	c.Serial = d.integer("serialNumber")
	if d.err == nil && c.Serial.Negative {
		d.note("serialNumber", "negative")
	}
	if len(c.Serial.Magnitude) > 20 {
		d.note("serialNumber", "more than 20 octets")
	}
	c.Signature = d.algorithm("signature")
	c.Issuer = d.name("issuer")
	validity := d.sequence("validity")
	c.NotBefore, c.NotAfter = validity.time("notBefore"), validity.time("notAfter")
	validity.end()
	c.Subject = d.name("subject")
	c.Key = d.publicKey()
	for tag, field := range []string{"", "issuerUniqueID", "subjectUniqueID"} {
		if tag > 0 && d.at(Context, tag) {
			d.bitStringOf(d.any(field), field)
		}
	}
	if d.at(Context, 3) {
		e := d.into(d.any("extensions"), "extensions")
		c.Extensions = e.extensions("extensions")
		e.end()
	}
	d.end()
	for i, e := range c.Extensions {
		d.inspect(e)
		if slices.ContainsFunc(c.Extensions[:i], func(o Extension) bool { return o.OID == e.OID }) {
			d.note(ExtensionName(e.OID), "stands twice")
		}
	}
	if d.err == nil && c.Version > 2 {
		d.note("version", "%d, which no standard has", c.Version+1)
	}
	if d.err == nil && c.Version < 2 && len(c.Extensions) > 0 {
		d.note("version", "extensions in a certificate of version %d", c.Version+1)
	}
}

func (d *decoder) publicKey() PublicKey {
	const field = "subjectPublicKeyInfo"
	v := d.value(Universal, TagSequence, field)
	s := d.into(v, field)
	k := PublicKey{Raw: v.Raw, Algorithm: s.algorithm(field), Bits: s.bitString(field)}
	s.end()
	return k
}

func (d *decoder) extensions(field string) []Extension {
	list := d.sequence(field)
	var out []Extension
	for list.more() {
		s := list.sequence(field)
		e := Extension{OID: s.oid(field)}
		name := ExtensionName(e.OID)
		e.Critical = s.boolean(name)
		e.Value = s.octets(s.value(Universal, TagOctetString, name), name)
		s.end()
		if out = append(out, e); len(out) > maxExtensions {
			d.fail(field, "more than %d", maxExtensions)
		}
	}
	return out
}

func (d *decoder) trust() *Trust {
	s := d.sequence("trust settings")
	t := &Trust{}
	if s.at(Universal, TagSequence) {
		t.Trusted = s.sequence("trust settings").oids()
	}
	if s.at(Context, 0) {
		t.Rejected = s.into(s.any("trust settings"), "trust settings").oids()
	}
	if s.at(Universal, TagUTF8String) {
		t.Alias = string(s.any("alias").Content)
	}
	return t
}

func (d *decoder) oids() []OID {
	out := []OID{}
	for d.more() {
		out = append(out, d.oid(d.field))
	}
	return out
}
