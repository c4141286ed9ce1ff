package openssl

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"time"

	"mutual/diagnose/chain/der"
	"mutual/diagnose/chain/signature"
)

// cert is a certificate with what OpenSSL derives from its extensions.
// Source: OpenSSL 3.0, ossl_x509v3_cache_extensions.
type cert struct {
	*der.Certificate
	id  [sha256.Size]byte
	key *signature.Key // nil where it cannot be read

	invalid                          bool // an extension is malformed or stands twice
	hasConstraints, ca               bool
	pathLen                          int64 // -1 for none
	proxy                            bool
	proxyLen                         int64
	hasUsage                         bool
	usage                            uint16
	hasExtUsage                      bool
	extUsage                         extUsage
	hasCertType                      bool
	certType                         uint16
	subjectKeyID                     []byte // nil where absent
	authorityKey                     *der.AuthorityKey
	selfIssued, selfSigned           bool
	altNames                         []der.GeneralName // nil where absent
	constraints                      *der.NameSubtrees
	points                           []point
	freshest                         bool
	unknownCritical                  bool
	constraintsCritical, altCritical bool
}

// point is a distribution point with its name completed.
type point struct {
	der.DistributionPoint
	relative *der.Name
	reasons  uint16
}

// The bits of keyUsage, as der.ParseBits gives them.
const (
	digitalSignature uint16 = 0x80
	keyEncipherment  uint16 = 0x20
	keyAgreement     uint16 = 0x08
	keyCertSign      uint16 = 0x04
	cRLSign          uint16 = 0x02
)

// The bits of Netscape's certificate type.
const (
	netscapeClient uint16 = 0x80
	netscapeServer uint16 = 0x40
	netscapeSSLCA  uint16 = 0x04
	netscapeAnyCA  uint16 = 0x07
)

type extUsage struct{ server, client, gated bool }

func newCert(x *der.Certificate) *cert {
	c := &cert{Certificate: x, pathLen: -1, proxyLen: -1}
	h := sha256.New()
	h.Write(x.RawTBSCertificate)
	h.Write([]byte(x.SignatureAlgorithm.OID))
	h.Write(x.SignatureAlgorithm.Parameters)
	h.Write(x.SignatureValue.Octets)
	h.Sum(c.id[:0])
	if key, err := signature.ParseKey(x.Key); err == nil {
		c.key = key
	}
	c.readConstraints()
	c.readProxy()
	c.readUsages()
	c.subjectKeyID = pointed(read(c, der.SubjectKeyIdentifier, der.ParseOctets))
	c.authorityKey = read(c, der.AuthorityKeyIdentifier, der.ParseAuthorityKey)
	if c.Subject.Equal(c.Issuer) {
		c.selfIssued = true
		c.selfSigned = c.fitsAuthorityKey(c.authorityKey) && c.signs(c)
	}
	c.altNames = pointed(read(c, der.SubjectAltName, der.ParseGeneralNames))
	c.constraints = read(c, der.NameConstraints, der.ParseNameConstraints)
	c.readPoints()
	c.readCritical()
	return c
}

func pointed[T any](p *[]T) []T {
	if p == nil {
		return nil
	}
	return *p
}

// read decodes the extension of that name. It returns nil where the extension
// is absent, and marks the certificate invalid where it is malformed or stands
// twice. Source: OpenSSL 3.0, X509V3_get_d2i.
func read[T any](c *cert, name der.OID, parse func([]byte) (T, error)) *T {
	value, err := extension(c.Extensions, name, parse)
	c.invalid = c.invalid || err
	return value
}

func extension[T any](list []der.Extension, name der.OID, parse func([]byte) (T, error)) (value *T, bad bool) {
	i := slices.IndexFunc(list, func(e der.Extension) bool { return e.OID == name })
	if i < 0 {
		return nil, false
	}
	if slices.ContainsFunc(list[i+1:], func(e der.Extension) bool { return e.OID == name }) {
		return nil, true
	}
	v, err := parse(list[i].Value)
	if err != nil {
		return nil, true
	}
	return &v, false
}

func (c *cert) has(name der.OID) bool {
	return slices.ContainsFunc(c.Extensions, func(e der.Extension) bool { return e.OID == name })
}

func (c *cert) readConstraints() {
	bc := read(c, der.BasicConstraints, der.ParseBasicConstraints)
	if bc == nil {
		return
	}
	c.hasConstraints, c.ca = true, bc.CA
	if n := bc.PathLen; n != nil {
		if n.Negative {
			c.invalid = true
		} else {
			c.pathLen = n.Small()
		}
	}
}

func (c *cert) readProxy() {
	p := read(c, der.ProxyCertInfo, der.ParseProxy)
	if p == nil {
		return
	}
	c.proxy = true
	c.invalid = c.invalid || c.ca || c.has(der.SubjectAltName) || c.has(der.IssuerAltName)
	if p.PathLen != nil {
		c.proxyLen = p.PathLen.Small()
	}
}

func (c *cert) readUsages() {
	if u := read(c, der.KeyUsage, der.ParseBits); u != nil {
		c.hasUsage, c.usage = true, *u
		c.invalid = c.invalid || *u == 0
	}
	if list := read(c, der.ExtKeyUsage, der.ParseExtKeyUsage); list != nil {
		c.hasExtUsage = true
		for _, o := range *list {
			switch o {
			case der.ServerAuth:
				c.extUsage.server = true
			case der.ClientAuth:
				c.extUsage.client = true
			case der.MicrosoftSGC, der.NetscapeSGC:
				c.extUsage.gated = true
			}
		}
	}
	if t := read(c, der.NetscapeCertType, der.ParseBits); t != nil {
		c.hasCertType, c.certType = true, *t&0xff
	}
}

// allReasons are the bits of a distribution point without reasons. Source:
// OpenSSL 3.0, CRLDP_ALL_REASONS.
const allReasons uint16 = 0x807f

func (c *cert) readPoints() {
	list := read(c, der.CRLDistributionPoints, der.ParseDistributionPoints)
	if list == nil {
		return
	}
	for _, p := range *list {
		if p.Name == nil && len(p.CRLIssuer) == 0 {
			c.invalid = true
			return
		}
		q := point{DistributionPoint: p, reasons: allReasons}
		if p.Reasons != nil {
			q.reasons = *p.Reasons & allReasons
		}
		if p.Name != nil && !p.Name.IsFull {
			issuer := c.Issuer
			if i := slices.IndexFunc(p.CRLIssuer, isDirectory); i >= 0 {
				issuer = p.CRLIssuer[i].Name
			}
			full := der.Under(issuer, p.Name.Relative)
			q.relative = &full
		}
		c.points = append(c.points, q)
	}
}

func isDirectory(g der.GeneralName) bool { return g.Form == der.DirectoryName }

// readCritical stops at the first critical extension that OpenSSL does not
// know: later ones are not looked at.
func (c *cert) readCritical() {
	for _, e := range c.Extensions {
		if e.OID == der.FreshestCRL {
			c.freshest = true
		}
		if !e.Critical {
			continue
		}
		if !Knows(e.OID) {
			c.unknownCritical = true
			return
		}
		c.constraintsCritical = c.constraintsCritical || e.OID == der.BasicConstraints
		c.altCritical = c.altCritical || e.OID == der.SubjectAltName
	}
}

// Knows reports an extension that OpenSSL lets be critical. Source: OpenSSL
// 3.0, X509_supported_extension.
func Knows(o der.OID) bool {
	switch o {
	case der.NetscapeCertType, der.KeyUsage, der.SubjectAltName, der.BasicConstraints, der.CertificatePolicies,
		der.CRLDistributionPoints, der.ExtKeyUsage, der.IPAddrBlocks, der.AutonomousSystems, der.OCSPNoCheck,
		der.PolicyConstraints, der.ProxyCertInfo, der.NameConstraints, der.PolicyMappings, der.InhibitAnyPolicy:
		return true
	}
	return false
}

// fitsAuthorityKey reports whether an authority key identifier can mean this
// certificate. Source: OpenSSL 3.0, X509_check_akid.
func (c *cert) fitsAuthorityKey(a *der.AuthorityKey) bool {
	switch {
	case a == nil:
		return true
	case a.KeyID != nil && c.subjectKeyID != nil && !bytes.Equal(a.KeyID, c.subjectKeyID):
		return false
	case a.Serial != nil && !a.Serial.Equal(c.Serial):
		return false
	}
	i := slices.IndexFunc(a.Issuer, isDirectory)
	return i < 0 || a.Issuer[i].Name.Equal(c.Issuer)
}

// signs reports whether the child's signature algorithm is one for this
// certificate's kind of key.
func (c *cert) signs(child *cert) bool { return c.key != nil && c.key.Signs(child.Signature) }

// issued reports whether the certificate is likely to have issued the child:
// by names, key identifiers and kind of key, not by the signature. Source:
// OpenSSL 3.0, ossl_x509_likely_issued.
func (c *cert) issued(child *cert) bool {
	return c.Subject.Equal(child.Issuer) && !c.invalid && !child.invalid && c.fitsAuthorityKey(child.authorityKey) &&
		c.signs(child)
}

// known reports that self-signedness can be told.
func (c *cert) known() bool { return c.key != nil && !c.invalid }

func (c *cert) isSelfSigned() bool { return c.known() && c.selfSigned }

func (c *cert) signatureBits() int { return signature.SecurityBits(c.SignatureAlgorithm) }

// lacks reports that keyUsage is there and has none of the bits.
func (c *cert) lacks(bits uint16) bool { return c.hasUsage && c.usage&bits == 0 }

func contains(list []*cert, c *cert) bool {
	return slices.ContainsFunc(list, func(o *cert) bool { return o.id == c.id })
}

// inDate reports whether now is within the validity, told by dates of the one
// form that RFC 5280 has.
func (j *judge) inDate(c *cert) bool {
	return j.IgnoreTime || compare(c.NotBefore, j.Now) == before && compare(c.NotAfter, j.Now) == after
}

type relation int

const (
	malformed relation = iota
	before             // or at the time
	after
)

// compare holds a written time against another. Source: OpenSSL 3.0,
// X509_cmp_time.
func compare(t der.Time, now time.Time) relation {
	v, ok := t.Value()
	switch {
	case !ok:
		return malformed
	case v.After(now.Truncate(time.Second)):
		return after
	}
	return before
}

// later reports whether a expires after b.
func later(a, b *cert) bool {
	x, okx := a.NotAfter.Value()
	y, oky := b.NotAfter.Value()
	return okx && oky && x.After(y)
}
