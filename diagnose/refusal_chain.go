package diagnose

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"

	"mutual/diagnose/chain"
)

// linkedIdentity is the part of the client's certificate file in which each
// certificate is issued by the one after it, from the leaf on, whatever else
// the file holds.
func (f *Examination) linkedIdentity() []*Certificate {
	linked := f.Identity[:1:1]
	for range f.Identity {
		last := linked[len(linked)-1]
		if last.SelfIssued() {
			break
		}
		i := slices.IndexFunc(f.Identity, func(c *Certificate) bool { return isIssuer(c, last) && !slices.Contains(linked, c) })
		if i < 0 {
			break
		}
		linked = append(linked, f.Identity[i])
	}
	return linked
}

// topSent is the last certificate of linkedIdentity.
func (f *Examination) topSent() *Certificate {
	linked := f.linkedIdentity()
	return linked[len(linked)-1]
}

// intermediatesSent counts the CAs between leaf and root that the client sends.
func (f *Examination) intermediatesSent() int {
	linked := f.linkedIdentity()
	if n := len(linked) - 1; n == 0 || !linked[n].SelfIssued() {
		return n
	}
	return len(linked) - 2
}

// isIssuer reports whether ca's name and key are those of c's issuer.
func isIssuer(ca, c *Certificate) bool {
	return ca.X509() != nil && c.X509() != nil && string(ca.X509().RawSubject) == string(c.X509().RawIssuer) && chain.SignedBy(c.X509(), ca.X509()) == nil
}

// strayRoot returns a root of the client's certificate file that nothing links
// to its leaf, and that the server lists where it lists CAs: what stands between
// the two is missing.
func (f *Examination) strayRoot() (*Certificate, int) {
	linked := f.linkedIdentity()
	if linked[len(linked)-1].SelfIssued() {
		return nil, -1
	}
	i := slices.IndexFunc(f.Identity, func(c *Certificate) bool {
		return c.SelfIssued() && !slices.Contains(linked, c) && (len(f.ClientAuth.AcceptableCAsDER) == 0 || f.listed(c.X509().RawSubject))
	})
	if i < 0 {
		return nil, -1
	}
	return f.Identity[i], i
}

// issuerListed reports whether the server's list names an issuer of the chain
// that was sent, or the chain holds a listed CA.
func (f *Examination) issuerListed() bool {
	return slices.ContainsFunc(f.linkedIdentity(), func(c *Certificate) bool {
		x := c.X509()
		return x != nil && (f.listed(x.RawIssuer) || f.listed(x.RawSubject))
	})
}

// listed reports whether the server's list holds the name, compared as people
// read it: encodings of the same text may differ.
func (f *Examination) listed(rawName []byte) bool {
	return slices.ContainsFunc(f.ClientAuth.AcceptableCAsDER, func(der []byte) bool {
		return string(der) == string(rawName) || strings.EqualFold(chain.DN(der), chain.DN(rawName))
	})
}

// issuerAtHand is a CA certificate that has issued c, found beside the user's
// files, in the trust store or in what the server sent, and where it stands.
func (f *Examination) issuerAtHand(c *Certificate) (*Certificate, string) {
	pools := []struct {
		at    string
		certs []*Certificate
	}{{"known", f.Known}, {"chains.server", f.Chains.Server}}
	if f.Trust != nil {
		pools = append(pools, struct {
			at    string
			certs []*Certificate
		}{"trust.anchors", f.Trust.Anchors})
	}
	for _, pool := range pools {
		if i := slices.IndexFunc(pool.certs, func(ca *Certificate) bool { return isIssuer(ca, c) }); i >= 0 {
			return pool.certs[i], fmt.Sprintf("%s.%d", pool.at, i)
		}
	}
	return nil, ""
}

// namesIntermediate guesses from names alone whether the certificate's issuer
// is an intermediate under one of the listed CAs.
func (f *Examination) namesIntermediate(c *Certificate) bool {
	cn := c.X509().Issuer.CommonName
	if chain.SaysRoot(cn) {
		return false
	}
	if chain.SaysIntermediate(cn) {
		return true
	}
	for _, der := range f.ClientAuth.AcceptableCAsDER {
		for w := range chain.Distinctive(cn) {
			if chain.Distinctive(commonNameOf(der))[w] {
				return true
			}
		}
	}
	return false
}

func commonNameOf(der []byte) string {
	var rdns pkix.RDNSequence
	if _, err := asn1.Unmarshal(der, &rdns); err != nil {
		return ""
	}
	var name pkix.Name
	name.FillFromRDNSequence(&rdns)
	return name.CommonName
}

// sameNameOtherKey reports whether two CA certificates at hand share a name of
// the chain's and not the key: a CA was made anew under its old name.
func (f *Examination) sameNameOtherKey(own *chain.Verdict) bool {
	pool := slices.Clone(f.Known)
	if f.Trust != nil {
		pool = append(pool, f.Trust.Anchors...)
	}
	for _, c := range slices.Concat(own.Path, f.Identity) {
		keys := map[string]bool{}
		for _, k := range pool {
			if k.X509() != nil && c.X509() != nil && string(k.X509().RawSubject) == string(c.X509().RawIssuer) {
				keys[k.SPKISHA256] = true
			}
		}
		if len(keys) > 1 {
			return true
		}
	}
	return false
}
