package diagnose

import (
	"crypto/x509"
	"fmt"
	"slices"
)

// callerOf is the product whose certificate a client presented, by its name and
// by the signature of the CA that issues it, and "" for anybody else. The old
// certificate of ES is taken for that of CX: it is the same one. It needs no
// root, so that a server that lacks it can say who called.
func callerOf(sent []*Certificate, known func(*x509.Certificate) (KnownCA, bool)) Product {
	for _, c := range []struct {
		product   Product
		identity  ClientIdentity
		standings []Standing
	}{
		{DialogflowES, ClientIdentity{CommonName: "Google LLC"}, []Standing{DialogflowIssuing}},
		{DialogflowCX, ClientIdentity{DNSName: "*.dialogflow.com"}, []Standing{GoogleIssuing, GoogleRoot}},
	} {
		if len(sent) == 0 || !c.identity.Match(sent[0].X509()) {
			continue
		}
		if slices.ContainsFunc(sent[1:], func(issuer *Certificate) bool {
			ca, ok := known(issuer.X509())
			return ok && slices.Contains(c.standings, ca.Standing) && issued(issuer, sent[0])
		}) {
			return c.product
		}
	}
	return ""
}

// lacksRootOfCaller looks at a server that was called by Dialogflow CX, or by
// ES with its old certificate, and trusts no root of that certificate.
func (f *Examination) lacksRootOfCaller() []Match {
	if v := f.Chain(ClientSide); v == nil || v.Trusted || f.Authorization != nil && f.Authorization.Allowed {
		return nil
	}
	for _, c := range f.ClientTrust.Anchors {
		if ca, ok := KnownCAOf(c.X509()); ok && ca.Standing == GoogleRoot {
			return nil // something else is wrong with the chain
		}
	}
	return []Match{{Severity: Error,
		Title: "The caller is Dialogflow CX, or ES with its old certificate, and the server trusts no root of " +
			"Google's.",
		Fix: Steps{Say("Let in Dialogflow CX, and check its name:"), Run("mutual serve --roots " +
			"dialogflow,dialogflow-cx"),
			Say("For another server, its roots in a new file:"), Run("mutual roots export dialogflow-cx --out " +
				"<new-bundle.pem>")},
		Evidence: []Evidence{{"chains.client.0.issuer", f.Chains.Client[0].Issuer, ""},
			{"client_trust.count", fmt.Sprint(max(f.ClientTrust.Count, len(f.ClientTrust.Anchors))), "a root of Google Trust Services among them"}}}}
}
