package pki

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"time"
)

// inheritance is what a certificate takes over from the one that it replaces.
// A field that is empty is not taken over. The nil inheritance is none.
type inheritance struct {
	subject  []byte // as encoded there
	sans     *pkix.Extension
	purpose  bool // the purpose is that of the old one
	bothEnds bool // which was for the other purpose, too
	keyType  KeyType
	life     time.Duration
}

// inherit has the leaf take over, from the certificate that stands in its
// place, what neither options nor signing request say. Names are copied as they
// are encoded, for there are kinds that SANs does not know (otherName,
// directoryName; RFC 5280 §4.2.1.6).
func (f *folder) inherit(l *leaf, opts IssueOptions) {
	old := f.replaced(l.stem + certSuffix)
	if !f.force || old == nil {
		return
	}
	in := &inheritance{}
	fromCSR := l.csr != nil && len(l.csr.Subject.Names) > 0
	if !l.mustBe && !fromCSR && !bytes.Equal(old.RawSubject, f.root.RawSubject) {
		in.subject = old.RawSubject
	}
	if !l.explicit && (l.csr == nil || SANsOfCSR(l.csr).IsEmpty()) {
		in.sans = sanExtension(old)
	}
	server, client := allows(old, x509.ExtKeyUsageServerAuth), allows(old, x509.ExtKeyUsageClientAuth)
	in.purpose, in.bothEnds = l.purpose == Server && server || l.purpose == Client && client, server && client
	if l.csr == nil && opts.KeyType == "" {
		in.keyType = keyTypeOf(old.PublicKey)
	}
	if opts.Life == 0 {
		in.life = lifeOf(old)
	}
	l.old = in
}

// replaced is the leaf certificate in the file, or nil if it has none.
func (f *folder) replaced(name string) *x509.Certificate {
	for _, c := range Load(f.path(name), RoleCert, nil).Parsed() {
		if !c.IsCA {
			return c
		}
	}
	return nil
}

// lifeOf is the Life with which a certificate as long as c is made.
func lifeOf(c *x509.Certificate) time.Duration {
	life := c.NotAfter.Sub(c.NotBefore)
	if life > 2*backdate {
		life -= backdate
	}
	return max(life, 0)
}

func sanExtension(c *x509.Certificate) *pkix.Extension {
	for _, e := range c.Extensions {
		if e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 17}) {
			return &e
		}
	}
	return nil
}

// amend puts what is taken over into the specification.
func (in *inheritance) amend(spec *LeafSpec) {
	if in == nil {
		return
	}
	if in.subject != nil {
		spec.rawSubject = in.subject
	}
	if in.sans != nil {
		spec.SANs, spec.rawSANs = SANs{}, in.sans
	}
	if in.life > 0 {
		spec.Life = in.life
	}
	spec.bothEnds = in.bothEnds
}

// properties names what is taken over.
func (in *inheritance) properties() []string {
	if in == nil {
		return nil
	}
	var list []string
	for _, p := range []struct {
		name string
		is   bool
	}{
		{"subject", in.subject != nil}, {"names", in.sans != nil}, {"usage", in.purpose},
		{"key type", in.keyType != ""}, {"lifetime", in.life > 0},
	} {
		if p.is {
			list = append(list, p.name)
		}
	}
	return list
}
