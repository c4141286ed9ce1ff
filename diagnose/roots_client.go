package diagnose

import (
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"

	"mutual/diagnose/chain"
)

// findStranger looks for a client whose chain holds under a pinned root and
// whose name is not the profile's.
func findStranger(f *Examination) []Match {
	leaf, profiles := f.judgedByProfiles()
	var m Match
	for i, p := range profiles {
		if !f.leadsTo(p) {
			continue
		}
		if p.Identity.Match(leaf) {
			return nil
		}
		m.Vars = map[string]string{"name": f.Chains.Client[0].Name(), "want": p.Identity.String()}
		m.Evidence = append(m.Evidence,
			Evidence{"chains.client.0.subject", f.Chains.Client[0].Subject, p.Identity.String()},
			Evidence{path("roots.profiles", i, "name"), p.Name, ""})
	}
	return []Match{m}
}

// findLegacyEnded looks for a client that a profile would know, were it not
// over.
func findLegacyEnded(f *Examination) []Match {
	leaf, profiles := f.judgedByProfiles()
	for i, p := range profiles {
		if p.Ended(f.Time) && p.Identity.Match(leaf) && f.leadsTo(p) {
			return []Match{{
				Vars: map[string]string{"profile": p.Name, "until": calendarDay(p.Until), "instead": p.Instead},
				Evidence: []Evidence{
					{path("roots.profiles", i, "until"), calendarDay(p.Until), "after " + calendarDay(f.Time)},
					{"chains.client.0.subject", f.Chains.Client[0].Subject, ""},
				},
			}}
		}
	}
	return nil
}

// judgedByProfiles returns the client's certificate and the profiles in effect
// where the server checks identities and let the client not in.
func (f *Examination) judgedByProfiles() (*x509.Certificate, []PinnedProfile) {
	if f.View != SeenByServer || !f.presented() || f.Roots == nil || !f.Roots.Enforced {
		return nil, nil
	}
	if f.Authorization != nil && f.Authorization.Allowed {
		return nil, nil
	}
	return f.Chains.Client[0].X509(), f.Roots.Profiles
}

// leadsTo reports whether a path from the client's certificate, over what it
// sent and what the server trusts, comes to one of the profile's roots. What
// else may be wrong with the chain is for the chain's own rules.
func (f *Examination) leadsTo(p PinnedProfile) bool {
	if f.ClientTrust == nil {
		return false
	}
	above := slices.Concat(f.Chains.Client[1:], f.ClientTrust.Anchors)
	reached := f.Chains.Client[:1:1]
	for i := 0; i < len(reached); i++ {
		for _, c := range above {
			switch {
			case slices.Contains(reached, c) || !issued(c, reached[i]):
			case slices.Contains(p.Pins, c.SPKISHA256):
				return true
			default:
				reached = append(reached, c)
			}
		}
	}
	return false
}

func issued(parent, child *Certificate) bool {
	p, c := parent.X509(), child.X509()
	return p != nil && c != nil && string(p.RawSubject) == string(c.RawIssuer) && chain.SignedBy(c, p) == nil
}

// findPublicWithoutClientAuth looks for a client's certificate that a public
// CA made for servers. The CA says itself that it is one: by the CA/Browser
// Forum's policy in the certificate.
func findPublicWithoutClientAuth(f *Examination) []Match {
	place, chain := "identity", f.Identity
	if len(f.Chains.Client) > 0 {
		place, chain = "chains.client", f.Chains.Client
	}
	if f.View == SeenByServer && place == "identity" || f.View == SeenInFiles && f.filesPurpose() != ClientSide {
		return nil // it is the server's own
	}
	if len(chain) == 0 || chain[0].X509() == nil {
		return nil
	}
	leaf := chain[0].X509()
	policy := publicPolicy(leaf)
	if policy == "" || permitsClient(leaf) {
		return nil
	}
	m := Match{Evidence: []Evidence{
		{path(place, 0, "ext_key_usage"), fmt.Sprint(chain[0].ExtKeyUsage), "clientAuth"},
		{path(place, 0, "issuer"), chain[0].Issuer, "a CA of your own; its policy " + policy + " is that of public web server certificates"},
	}}
	if f.clientTolerated() {
		m.Severity = Warning
	}
	return []Match{m}
}

func permitsClient(x *x509.Certificate) bool {
	if len(x.ExtKeyUsage)+len(x.UnknownExtKeyUsage) == 0 {
		return true
	}
	return slices.Contains(x.ExtKeyUsage, x509.ExtKeyUsageClientAuth) || slices.Contains(x.ExtKeyUsage, x509.ExtKeyUsageAny)
}

// publicPolicy is the CA/Browser Forum's policy that the certificate claims:
// extended, domain, organisation or individual validated.
// Source: CA/Browser Forum Baseline Requirements §7.1.6.1.
func publicPolicy(x *x509.Certificate) string {
	for _, oid := range x.PolicyIdentifiers {
		for _, last := range [][]int{{1}, {2, 1}, {2, 2}, {2, 3}} {
			if oid.Equal(append(asn1.ObjectIdentifier{2, 23, 140, 1}, last...)) {
				return oid.String()
			}
		}
	}
	return ""
}
