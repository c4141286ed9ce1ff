package diagnose

import (
	"cmp"
	"slices"

	"mutual/diagnose/cause"
)

// notRequested tells whether nobody asks for a certificate, or only not under
// this name, or not on this side of something that ends TLS in front.
func (f *Examination) notRequested() []Match {
	m := Match{Evidence: []Evidence{{"client_auth.requested", "false", "true"}, {"identity.0.subject", f.Identity[0].Subject, ""}}}
	switch own, i := f.asksUnder(); {
	case f.inspected() != "":
		return nil // whoever answered is not the server
	case f.endedInFront():
		m.Basis, m.Title = Inferred, "Something in front of the server ends TLS and asks for no client certificate, and the server behind it misses one: {answer}."
		m.Vars = map[string]string{"answer": f.answer()}
		m.Fix = steps(Say("Turn it on where TLS ends (load balancer, CDN, ingress), and have that hand on the certificate; "+
			"or let it pass TLS through to the server."), demandCertificate)
		m.Candidates, m.Settle = []Code{cause.ClientAuthNeedsPostHandshake}, "a probe of the server itself, past what is in front of it (--connect-to)"
		m.Evidence = append(m.Evidence, Evidence{"http.says", string(f.HTTP.Says), ""})
	case i >= 0:
		m.Title = "For {asked} the server asks for no client certificate; for {own_name}, another name of its certificate, it does."
		m.Vars = map[string]string{"asked": cmp.Or(f.helloName(), "a client that names no host"), "own_name": own.Offered}
		m.Fix = steps(Say("The demand stands on the virtual host of that name. Ask for it:"),
			Run("mutual probe {target} {trust} {identity} --servername {own_name}"),
			Say("Or have the virtual host that answers here demand it as well:"), demandCertificate)
		m.Evidence = append(m.Evidence, Evidence{path("attempts", i, "cert_requested"), "true", ""}, Evidence{path("attempts", i, "offered"), own.Offered, ""})
	}
	return []Match{m}
}

// asksUnder is the attempt with another name of the server's certificate under
// which a client certificate was asked for, and its index, or -1.
func (f *Facts) asksUnder() (Attempt, int) {
	i := slices.IndexFunc(f.Attempts, func(a Attempt) bool { return a.Name == TryOwnName && a.CertRequested })
	if i < 0 {
		return Attempt{}, -1
	}
	return f.Attempts[i], i
}

// endedInFront: the application misses or blames a client certificate that was
// not asked for on this connection, so that TLS ends somewhere before it.
func (f *Facts) endedInFront() bool {
	return f.HTTP != nil && (f.HTTP.Says == cause.SaysCertificateMissing || f.HTTP.Says == cause.SaysCertificateBad) &&
		f.ClientAuth != nil && !f.ClientAuth.Requested
}

// helloName is the name that the ClientHello asked for.
func (f *Facts) helloName() string {
	if f.Hello == nil {
		return ""
	}
	return f.Hello.ServerName
}
