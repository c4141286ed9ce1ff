package der

// The forms of a GeneralName, as tags. Source: RFC 5280 §4.2.1.6.
const (
	OtherName       = 0
	RFC822Name      = 1
	DNSName         = 2
	X400Address     = 3
	DirectoryName   = 4
	EDIPartyName    = 5
	URIName         = 6
	IPAddressName   = 7
	RegisteredIDTag = 8
)

// GeneralName is one name of any form.
type GeneralName struct {
	Form  int
	Value []byte // the string, address or encoded value
	Name  Name   // for DirectoryName
	Type  OID    // for OtherName
	Other Value  // for OtherName
}

// Equal compares two general names.
func (g GeneralName) Equal(o GeneralName) bool {
	if g.Form != o.Form {
		return false
	}
	switch g.Form {
	case DirectoryName:
		return g.Name.Equal(o.Name)
	case OtherName:
		return g.Type == o.Type && string(g.Other.Raw) == string(o.Other.Raw)
	}
	return string(g.Value) == string(o.Value)
}

// maxNames bounds the names in one extension.
const maxNames = 1 << 14

func (d *decoder) generalNames() []GeneralName {
	out := []GeneralName{}
	for d.more() {
		out = append(out, d.generalName(d.any(d.field)))
		if len(out) > maxNames {
			d.fail(d.field, "more than %d names", maxNames)
		}
	}
	return out
}

func (d *decoder) generalName(v Value) GeneralName {
	g := GeneralName{Form: v.Tag}
	if d.err != nil {
		return g
	}
	if v.Class != Context || v.Tag > RegisteredIDTag {
		d.fail(d.field, "%s where a name is expected", tagName(v.Class, v.Tag))
		return g
	}
	switch v.Tag {
	case OtherName:
		s := d.into(v, d.field)
		g.Type = s.oid(d.field)
		inner := s.into(s.value(Context, 0, d.field), d.field)
		g.Other = inner.any(d.field)
		inner.end()
		s.end()
	case DirectoryName:
		s := d.into(v, d.field)
		g.Name = s.name(d.field)
		s.end()
	case X400Address, EDIPartyName:
		if !v.Constructed {
			d.fail(d.field, "not constructed")
		}
		g.Value = v.Content
	case RegisteredIDTag:
		g.Value = []byte(d.oidOf(v, d.field))
	default:
		g.Value = d.octets(v, d.field)
	}
	return g
}

// decode runs a reader over an extension's contents. What follows the value
// inside the extension is not looked at, as in OpenSSL.
func decode[T any](b []byte, field OID, read func(*decoder) T) (T, error) {
	d := newDecoder(b, ExtensionName(field))
	out := read(d)
	if d.err != nil {
		var none T
		return none, d.err
	}
	return out, nil
}

// inspect notes what departs from DER inside an extension whose syntax is
// known, and whether it can be read at all.
func (d *decoder) inspect(e Extension) {
	inner := newDecoder(e.Value, ExtensionName(e.OID))
	switch e.OID {
	case BasicConstraints:
		inner.basicConstraints()
	case KeyUsage, NetscapeCertType:
		inner.firstBits()
	case ExtKeyUsage:
		inner.extKeyUsage()
	case SubjectKeyIdentifier:
		inner.keyID()
	case AuthorityKeyIdentifier:
		inner.authorityKey()
	case SubjectAltName, IssuerAltName:
		inner.alternativeNames()
	case NameConstraints:
		inner.nameSubtrees()
	case CRLDistributionPoints:
		inner.distributionPoints()
	default:
		return
	}
	for _, x := range inner.departures {
		d.note(x.Field, "%s", x.What)
	}
	switch {
	case inner.err != nil:
		d.note(inner.err.Field, "cannot be read: %s", inner.err.Reason)
	case len(inner.s) > 0:
		d.note(inner.field, "%d octets after its value", len(inner.s))
	}
}

// Constraints are basicConstraints. Source: RFC 5280 §4.2.1.9.
type Constraints struct {
	CA      bool
	PathLen *Integer
}

// ParseBasicConstraints reads the contents of basicConstraints.
func ParseBasicConstraints(b []byte) (Constraints, error) {
	return decode(b, BasicConstraints, (*decoder).basicConstraints)
}

func (d *decoder) basicConstraints() Constraints {
	s := d.sequence(d.field)
	c := Constraints{CA: s.boolean(d.field)}
	if s.more() {
		n := s.integer(d.field)
		c.PathLen = &n
	}
	s.end()
	return c
}

// ParseBits reads an extension that is a BIT STRING, such as keyUsage, as its
// first two octets, the first in the low eight bits.
func ParseBits(b []byte) (uint16, error) {
	return decode(b, KeyUsage, (*decoder).firstBits)
}

func (d *decoder) firstBits() uint16 {
	return d.bitString(d.field).first()
}

func (b BitString) first() uint16 {
	var out uint16
	for i := range min(2, len(b.Octets)) {
		out |= uint16(b.Octets[i]) << (8 * i)
	}
	return out
}

// ParseExtKeyUsage reads the contents of extendedKeyUsage.
func ParseExtKeyUsage(b []byte) ([]OID, error) {
	return decode(b, ExtKeyUsage, (*decoder).extKeyUsage)
}

func (d *decoder) extKeyUsage() []OID {
	return d.sequence(d.field).oids()
}

// ParseOctets reads an extension that is an OCTET STRING.
func ParseOctets(b []byte) ([]byte, error) {
	return decode(b, SubjectKeyIdentifier, (*decoder).keyID)
}

func (d *decoder) keyID() []byte {
	return append([]byte{}, d.octets(d.value(Universal, TagOctetString, d.field), d.field)...)
}

// ParseInteger reads an extension that is an INTEGER.
func ParseInteger(b []byte) (Integer, error) {
	return decode(b, CRLNumber, func(d *decoder) Integer { return d.integer(d.field) })
}

// ParseEnumerated reads an extension that is ENUMERATED.
func ParseEnumerated(b []byte) (Integer, error) {
	return decode(b, ReasonCode, func(d *decoder) Integer {
		return d.integerOf(d.value(Universal, TagEnumerated, d.field), d.field)
	})
}

// AuthorityKey is an authorityKeyIdentifier; what is absent is nil. Source:
// RFC 5280 §4.2.1.1.
type AuthorityKey struct {
	KeyID  []byte
	Issuer []GeneralName
	Serial *Integer
}

// ParseAuthorityKey reads the contents of authorityKeyIdentifier.
func ParseAuthorityKey(b []byte) (AuthorityKey, error) {
	return decode(b, AuthorityKeyIdentifier, (*decoder).authorityKey)
}

func (d *decoder) authorityKey() AuthorityKey {
	var a AuthorityKey
	s := d.sequence(d.field)
	if s.at(Context, 0) {
		a.KeyID = append([]byte{}, s.octets(s.any(d.field), d.field)...)
	}
	if s.at(Context, 1) {
		a.Issuer = s.into(s.any(d.field), d.field).generalNames()
	}
	if s.at(Context, 2) {
		n := s.integerOf(s.any(d.field), d.field)
		a.Serial = &n
	}
	s.end()
	return a
}

// ParseGeneralNames reads an extension that is GeneralNames.
func ParseGeneralNames(b []byte) ([]GeneralName, error) {
	return decode(b, SubjectAltName, (*decoder).alternativeNames)
}

func (d *decoder) alternativeNames() []GeneralName {
	return d.sequence(d.field).generalNames()
}

// Subtree is one name constraint. Source: RFC 5280 §4.2.1.10.
type Subtree struct {
	Base             GeneralName
	Minimum, Maximum *Integer
}

// NameSubtrees are nameConstraints.
type NameSubtrees struct{ Permitted, Excluded []Subtree }

// ParseNameConstraints reads the contents of nameConstraints.
func ParseNameConstraints(b []byte) (NameSubtrees, error) {
	return decode(b, NameConstraints, (*decoder).nameSubtrees)
}

func (d *decoder) nameSubtrees() NameSubtrees {
	var n NameSubtrees
	s := d.sequence(d.field)
	for tag, list := range []*[]Subtree{&n.Permitted, &n.Excluded} {
		if s.at(Context, tag) {
			*list = s.into(s.any(d.field), d.field).subtrees()
		}
	}
	s.end()
	return n
}

func (d *decoder) subtrees() []Subtree {
	var out []Subtree
	for d.more() {
		s := d.sequence(d.field)
		t := Subtree{Base: s.generalName(s.any(d.field))}
		for tag, n := range []**Integer{&t.Minimum, &t.Maximum} {
			if s.at(Context, tag) {
				v := s.integerOf(s.any(d.field), d.field)
				*n = &v
			}
		}
		s.end()
		if out = append(out, t); len(out) > maxNames {
			d.fail(d.field, "more than %d subtrees", maxNames)
		}
	}
	return out
}

// PointName is the name of a distribution point: full names, or attributes
// that are added to the issuer's name.
type PointName struct {
	Full     []GeneralName
	Relative []Attribute
	IsFull   bool
}

// DistributionPoint is one of cRLDistributionPoints. Source: RFC 5280
// §4.2.1.13.
type DistributionPoint struct {
	Name      *PointName
	Reasons   *uint16
	CRLIssuer []GeneralName // nil where absent
}

// ParseDistributionPoints reads the contents of cRLDistributionPoints.
func ParseDistributionPoints(b []byte) ([]DistributionPoint, error) {
	return decode(b, CRLDistributionPoints, (*decoder).distributionPoints)
}

func (d *decoder) distributionPoints() []DistributionPoint {
	var out []DistributionPoint
	list := d.sequence(d.field)
	for list.more() {
		s := list.sequence(d.field)
		var p DistributionPoint
		if s.at(Context, 0) {
			p.Name = s.pointName()
		}
		if s.at(Context, 1) {
			bits := s.bitStringOf(s.any(d.field), d.field).first()
			p.Reasons = &bits
		}
		if s.at(Context, 2) {
			p.CRLIssuer = s.into(s.any(d.field), d.field).generalNames()
		}
		s.end()
		if out = append(out, p); len(out) > maxNames {
			d.fail(d.field, "more than %d points", maxNames)
		}
	}
	return out
}

func (d *decoder) pointName() *PointName {
	s := d.into(d.any(d.field), d.field)
	p := &PointName{}
	switch {
	case s.at(Context, 0):
		p.IsFull, p.Full = true, s.into(s.any(d.field), d.field).generalNames()
	case s.at(Context, 1):
		p.Relative = s.into(s.any(d.field), d.field).attributes(d.field, 0)
		if _, ok := canonical(p.Relative); !ok {
			d.fail(d.field, "a value holds octets that its string type does not allow")
		}
	default:
		d.fail(d.field, "a distribution point's name of unknown form")
	}
	s.end()
	return p
}

// Under is the name made of an issuer's name with one RDN added.
func Under(issuer Name, rdn []Attribute) Name {
	last := 0
	if n := len(issuer.Attributes); n > 0 {
		last = issuer.Attributes[n-1].RDN + 1
	}
	out := Name{Attributes: append([]Attribute{}, issuer.Attributes...)}
	for _, a := range rdn {
		a.RDN = last
		out.Attributes = append(out.Attributes, a)
	}
	out.Canonical, _ = canonical(out.Attributes)
	return out
}

// ListScope is an issuingDistributionPoint. Source: RFC 5280 §5.2.5.
type ListScope struct {
	Name                    *PointName
	OnlyUser, OnlyCA        bool
	OnlyAttribute, Indirect bool
	OnlySomeReasons         *uint16
}

// ParseListScope reads the contents of issuingDistributionPoint.
func ParseListScope(b []byte) (ListScope, error) {
	return decode(b, IssuingDistributionPoint, func(d *decoder) ListScope {
		var p ListScope
		s := d.sequence(d.field)
		if s.at(Context, 0) {
			p.Name = s.pointName()
		}
		flag := func(tag int, to *bool) {
			if s.at(Context, tag) {
				*to = s.booleanOf(s.any(d.field), d.field)
			}
		}
		flag(1, &p.OnlyUser)
		flag(2, &p.OnlyCA)
		if s.at(Context, 3) {
			bits := s.bitStringOf(s.any(d.field), d.field).first()
			p.OnlySomeReasons = &bits
		}
		flag(4, &p.Indirect)
		flag(5, &p.OnlyAttribute)
		s.end()
		return p
	})
}

// Proxy is a proxyCertInfo. Source: RFC 3820 §3.8.
type Proxy struct{ PathLen *Integer }

// ParseProxy reads the contents of proxyCertInfo.
func ParseProxy(b []byte) (Proxy, error) {
	return decode(b, ProxyCertInfo, func(d *decoder) Proxy {
		var p Proxy
		s := d.sequence(d.field)
		if s.at(Universal, TagInteger) {
			n := s.integer(d.field)
			p.PathLen = &n
		}
		policy := s.sequence(d.field)
		policy.oid(d.field)
		if policy.more() {
			policy.octets(policy.value(Universal, TagOctetString, d.field), d.field)
		}
		policy.end()
		s.end()
		return p
	})
}
