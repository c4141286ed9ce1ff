package java

import (
	"slices"
	"strings"
	"time"

	"mutual/diagnose/chain/der"
	"mutual/diagnose/chain/signature"
)

// cert is a certificate with what Java reads of it.
type cert struct {
	*der.Certificate
	id              [32]byte
	subject, issuer string // canonical
	key             *signature.Key
	hasBasic, ca    bool
	pathLen         int64 // -1: none
	usage           *uint16
	extUsage        []der.OID // nil: none
	certType        *uint16
	keyID           []byte
	authority       *der.AuthorityKey
	alt             []der.GeneralName
	names           *der.NameSubtrees
	needsPolicy     bool
	hasPolicies     bool
	// reencoded: the signature is checked over another encoding than was signed.
	reencoded bool
}

// parse reads a certificate and refuses what Java's own parser does.
func parse(b []byte) (*cert, error) {
	x, err := der.ParseCertificate(b)
	if err != nil {
		return nil, err
	}
	c := &cert{Certificate: x, id: identity(x), subject: canonical(x.Subject), issuer: canonical(x.Issuer), pathLen: -1}
	c.key, err = signature.ParseKey(x.Key)
	switch {
	case !x.SignatureAlgorithm.Equal(x.Signature):
		return nil, Refusal("Signature algorithm mismatch")
	case x.Issuer.Empty() && len(x.Issuer.Raw) <= 2:
		return nil, Refusal("Empty issuer DN not allowed in X509Certificates")
	case x.Version != 2 && len(x.Extensions) > 0:
		return nil, Refusal("Extensions not allowed in a certificate of this version")
	case err != nil && !c.keyForgiven():
		return nil, err
	}
	if x.Key.Algorithm.OID == "\x2a\x86\x48\xce\x3d\x02\x01" && len(x.Key.Bits.Octets) > 0 && x.Key.Bits.Octets[0] != 4 {
		return nil, Refusal("Only uncompressed point format supported")
	}
	for _, t := range []der.Time{x.NotBefore, x.NotAfter} {
		if _, ok := lenientTime(t); !ok {
			return nil, Refusal("Parse time, invalid format")
		}
	}
	for _, d := range x.Departures {
		if d.Field == "tbsCertificate" && strings.Contains(d.What, "length") {
			c.reencoded = true
		}
		if d.Field == "signatureValue" && strings.Contains(d.What, "pieces") || strings.Contains(d.What, "octets after its value") {
			return nil, Refusal(d.String())
		}
	}
	if err := c.readExtensions(); err != nil {
		return nil, err
	}
	if x.Version == 2 && x.Subject.Empty() && (c.alt == nil || !c.isCritical(der.SubjectAltName)) {
		return nil, Refusal("X.509 Certificate is incomplete: subject field is empty, and no critical subjectAltName")
	}
	return c, nil
}

// keyForgiven reports a key that OpenSSL cannot read and Java lets pass until it
// has to verify with it: of an unknown kind, off its curve, or with parameters
// too many.
func (c *cert) keyForgiven() bool {
	k := c.Key
	switch k.Algorithm.OID {
	case "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01": // RSA
		return false
	case "\x2a\x86\x48\xce\x3d\x02\x01": // EC
		curve, err := der.ParseCurve(k.Algorithm.Parameters)
		return err == nil && signature.HasCurve(curve.Named)
	case "\x2b\x65\x70": // Ed25519
		return len(k.Bits.Octets) == 32
	}
	return true
}

func (c *cert) isCritical(o der.OID) bool {
	return slices.ContainsFunc(c.Extensions, func(e der.Extension) bool { return e.OID == o && e.Critical })
}

// readExtensions reads each extension that Java knows; one that cannot be read
// is an error where it is critical, and for some of them always.
func (c *cert) readExtensions() error {
	seen := map[der.OID]bool{}
	for _, e := range c.Extensions {
		if seen[e.OID] {
			return Refusal("Duplicate extensions not allowed")
		}
		seen[e.OID] = true
		if err := c.readExtension(e); err != nil && e.Critical {
			return err
		}
	}
	return nil
}

func (c *cert) readExtension(e der.Extension) (err error) {
	switch e.OID {
	case der.BasicConstraints:
		var bc der.Constraints
		if bc, err = der.ParseBasicConstraints(e.Value); err == nil {
			c.hasBasic, c.ca = true, bc.CA
			if n := bc.PathLen; n != nil {
				if n.Small() > 1<<31-1 || n.Small() == -1 && !n.Negative {
					return Refusal("Integer exceeds maximum valid value")
				}
				if c.pathLen = n.Small(); c.pathLen < 0 {
					c.ca = false
				}
			}
		}
	case der.KeyUsage:
		var u uint16
		if u, err = der.ParseBits(e.Value); err == nil {
			c.usage = &u
		}
	case der.ExtKeyUsage:
		c.extUsage, err = der.ParseExtKeyUsage(e.Value)
	case der.NetscapeCertType:
		var t uint16
		if t, err = der.ParseBits(e.Value); err == nil {
			c.certType = &t
		}
	case der.SubjectKeyIdentifier:
		c.keyID, err = der.ParseOctets(e.Value)
	case der.AuthorityKeyIdentifier:
		var a der.AuthorityKey
		if a, err = der.ParseAuthorityKey(e.Value); err == nil {
			c.authority = &a
		}
	case der.SubjectAltName:
		c.alt, err = der.ParseGeneralNames(e.Value)
		if slices.ContainsFunc(c.alt, func(g der.GeneralName) bool {
			return g.Form == der.IPAddressName && len(g.Value) != 4 && len(g.Value) != 16
		}) {
			c.alt, err = nil, Refusal("Invalid IPAddressName")
		}
	case der.NameConstraints:
		var n der.NameSubtrees
		if n, err = der.ParseNameConstraints(e.Value); err == nil {
			c.names = &n
		}
	case der.PolicyConstraints:
		c.needsPolicy = strings.Contains(string(e.Value), "\x80\x01\x00")
	case der.CertificatePolicies:
		c.hasPolicies = true
	}
	return err
}

// mayAnchor asks whether an anchor is a CA's. Source: sun.security.validator,
// jdk.security.allowNonCaAnchor.
func (c *cert) mayAnchor() error {
	if c.Version < 2 {
		return nil
	}
	if !c.hasBasic || !c.ca {
		return refuse("TrustAnchor with subject %q is not a CA certificate", c.Subject)
	}
	if c.usage != nil && *c.usage&0x04 == 0 {
		return refuse("TrustAnchor with subject %q does not have keyCertSign bit in KeyUsage extension", c.Subject)
	}
	return nil
}

// issues asks whether a certificate of the path is a CA's that may issue what
// is below it.
func (c *cert) issues(pathLen *int64) error {
	if c.usage != nil && *c.usage&0x04 == 0 {
		return Refusal("CA key usage check failed: keyCertSign bit is not set")
	}
	if !c.hasBasic || !c.ca {
		return Refusal("basic constraints check failed: this is not a CA certificate")
	}
	if c.subject != c.issuer {
		if *pathLen <= 0 {
			return Refusal("basic constraints check failed: pathLenConstraint violated - this cert must be the last cert in the certification path")
		}
		*pathLen--
	}
	if c.pathLen >= 0 && c.pathLen < *pathLen {
		*pathLen = c.pathLen
	}
	return nil
}

// critical refuses a critical extension that Java does not know, and a
// keyUsage that says nothing known.
func (c *cert) critical() error {
	for _, e := range c.Extensions {
		switch e.OID {
		case der.KeyUsage, der.BasicConstraints, der.NameConstraints, der.CertificatePolicies, der.PolicyMappings, der.PolicyConstraints,
			der.InhibitAnyPolicy, der.SubjectAltName, der.ExtKeyUsage, der.NetscapeCertType:
		default:
			if e.Critical {
				return Refusal("unrecognized critical extension(s)")
			}
		}
	}
	if c.usage != nil && *c.usage&0xff == 0 {
		return Refusal("incorrect KeyUsage extension bits")
	}
	return nil
}

// allowed holds key and signature algorithm against jdk.certpath.disabledAlgorithms
// and what a TLS client offers. Source: OpenJDK 17, java.security.
func (c *cert) allowed() error {
	switch signature.Name(c.SignatureAlgorithm) {
	case "MD5-RSA":
		return Refusal("Algorithm constraints check failed on signature algorithm: " + signature.Name(c.SignatureAlgorithm))
	}
	if strings.HasPrefix(signature.Name(c.SignatureAlgorithm), "SHA3") {
		return Refusal("Algorithm constraints check failed on signature algorithm: " + signature.Name(c.SignatureAlgorithm))
	}
	return constrained(c.key)
}

func constrained(k *signature.Key) error {
	if k == nil {
		return nil
	}
	least := map[signature.Kind]int{signature.KeyRSA: 1024, signature.KeyRSAPSS: 1024, signature.KeyDSA: 1024, signature.KeyEC: 224}[k.Kind]
	if k.Size() > 0 && k.Size() < least {
		return Refusal("Algorithm constraints check failed on keysize limits: " + k.String())
	}
	return nil
}

// checkLeaf asks whether the leaf is made for its side. Source:
// EndEntityChecker.
func (j *judge) checkLeaf(c *cert) error {
	wanted, bit, kind := []der.OID{der.ServerAuth, der.MicrosoftSGC, der.NetscapeSGC}, uint16(0x40), "server"
	if j.Client {
		wanted, bit, kind = []der.OID{der.ClientAuth}, 0x80, "client"
	}
	switch {
	case c.usage != nil && *c.usage&0x80 == 0:
		return Refusal("KeyUsage does not allow digital signatures")
	case c.extUsage != nil && !slices.ContainsFunc(c.extUsage, func(o der.OID) bool {
		return o == der.AnyExtendedKeyUsage || slices.Contains(wanted, o)
	}):
		return refuse("Extended key usage does not permit use for TLS %s authentication", kind)
	case c.certType != nil && *c.certType&bit == 0:
		return refuse("Netscape cert type does not permit use for SSL %s", kind)
	}
	return nil
}

// lenientTime reads a time as Java does: seconds may be missing, and an offset
// may stand for Z.
func lenientTime(t der.Time) (time.Time, bool) {
	if v, ok := t.Value(); ok {
		return v, true
	}
	text := t.Text
	if t.Tag == der.TagUTCTime {
		if text == "" {
			return time.Time{}, false
		}
		century := "20"
		if text[0] >= '5' {
			century = "19"
		}
		text = century + text
	}
	for _, layout := range []string{"20060102150405Z0700", "200601021504Z0700", "20060102150405.999Z0700"} {
		if v, err := time.Parse(layout, text); err == nil {
			return v, true
		}
	}
	if len(text) > 8 { // a day that the month does not have counts on into the next
		day := (int(text[6])-'0')*10 + int(text[7]) - '0'
		first, ok := der.Time{Tag: der.TagGeneralizedTime, Text: text[:6] + "01" + text[8:]}.Value()
		if ok && day >= 29 && day <= 31 {
			return first.AddDate(0, 0, day-1), true
		}
	}
	return time.Time{}, false
}
