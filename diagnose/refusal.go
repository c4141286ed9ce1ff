package diagnose

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

// refusal is a server's refusal of a certificate that by itself looks sound:
// the server's answer, its list of CAs and what is at hand of the client's
// chain. The table of signs reads it.
type refusal struct {
	*Examination
	own           *chain.Verdict // the client's chain
	alert         int            // the server's, or 0
	library       cause.Library
	list          caList
	top           *Certificate // the last one that the client's file links to its leaf
	above         *Certificate // top's issuer, where it is at hand, and where it stands
	aboveAt       string
	intermediates int  // CAs sent between leaf and root
	bundle        bool // the server's own bundle is at hand, and accepts the chain
}

// caList is how the server's list of acceptable CAs stands to the client's
// chain.
type caList int

const (
	listEmpty   caList = iota // it names none
	listOther                 // it names others
	listMatches               // it names an issuer of the chain
)

// rejection is the likeliest reason for a refusal.
type rejection struct {
	code       Code
	basis      Basis
	evidence   []Evidence
	vars       map[string]string
	candidates []Code
	settle     string
	title      string
	side       Side
	severity   Severity // empty: an error
	depth      int
}

// rejected matches a rule whose cause elimination leads to, besides what its
// own Find sees.
func (f *Examination) rejected(rule Rule) []Match {
	r := f.rejection
	if r == nil || r.code != rule.Code {
		return nil
	}
	side := cmp.Or(r.side, rule.Side)
	if rule.Stage == Chain && r.side == "" {
		side = ClientSide
	}
	if r.vars == nil { // of a certificate that was not seen nothing can be told
		r.vars = map[string]string{}
	} else {
		r.vars["party"], r.vars["holder"] = "client", f.holder(ClientSide)
	}
	return []Match{{Side: side, Severity: cmp.Or(r.severity, Error), Basis: r.basis, Depth: r.depth, Evidence: r.evidence, Vars: r.vars,
		Candidates: r.candidates, Settle: r.settle, Title: r.title}}
}

// reject returns nil where the server refused nothing, or where the client's
// chain has a fault that explains the refusal by itself.
func (f *Examination) reject() *rejection {
	a := f.ClientAuth
	if f.View != SeenByClient && f.View != SeenBetween || a == nil || !a.Presented ||
		len(f.Identity) == 0 || f.Identity[0].X509() == nil {
		return nil
	}
	if f.client == nil || !f.client.Sound() || f.ClientTrust != nil && !f.client.Trusted {
		return nil
	}
	r := &refusal{Examination: f, own: f.client, alert: f.serverAlert(), library: f.library(), top: f.topSent(),
		intermediates: f.intermediatesSent(), bundle: f.ClientTrust != nil && f.client.Trusted}
	r.above, r.aboveAt = f.issuerAtHand(r.top)
	switch {
	case len(a.AcceptableCAsDER) == 0:
	case f.issuerListed():
		r.list = listMatches
	default:
		r.list = listOther
	}
	// A status is no word on the certificate, but where the server had said
	// that it wants another.
	if a.Verdict != cause.VerdictRejected && (f.View != SeenBetween || r.list != listOther || !f.refusedOverHTTP() && !f.answerUnread()) {
		return nil
	}
	for _, s := range signs {
		if !r.shows(s) {
			continue
		}
		out := r.reason(s)
		if out != nil && f.answerUnread() {
			out.severity, out.basis = Note, Inferred
			out.title = "The server does not name the CA of the client's certificate[, {ca}]. If it refuses the client, its answer says so, encrypted."
		}
		return out
	}
	return nil
}

// shows reports whether the refusal is what the sign describes.
func (r *refusal) shows(s sign) bool {
	return (s.alerts == nil || slices.Contains(s.alerts, r.alert)) &&
		!slices.Contains(s.otherwise, r.alert) &&
		(s.library == nil || slices.Contains(s.library, r.library)) &&
		(s.flaw == "" || r.own.Has(s.flaw)) &&
		(s.when == nil || s.when(r))
}

// reason is the cause to which the sign leads, with all that its prose names.
func (r *refusal) reason(s sign) *rejection {
	if s.code == "" {
		return nil
	}
	leaf := r.Identity[0]
	listed := r.ClientAuth.AcceptableCAs
	accepted := strings.Join(listed[:min(3, len(listed))], " or ")
	out := &rejection{code: s.code, basis: cmp.Or(s.basis, Inferred), title: s.title, side: s.side, settle: r.settle(),
		candidates: slices.Clone(s.others), evidence: r.refusalEvidence()}
	if out.basis == Proven {
		out.candidates = nil
	}
	out.vars = map[string]string{
		"ca": r.top.Issuer, "issuer": r.top.Issuer, "intermediate": r.top.Issuer, "subject": leaf.Name(), "leaf": leaf.Name(),
		"accepted": cmp.Or(accepted, "which ones it does not say"), "root": "",
		"depth": fmt.Sprint(r.intermediates), "key": leaf.Key, "key_kind": leaf.Key, "alert": r.alertName(),
		"listed": fmt.Sprint(len(listed)),
	}
	if r.above != nil && r.above.File != "" {
		out.vars["ca_file"] = r.above.File
	}
	if s.code == cause.ClientChainMissingIntermediate {
		out.vars["subject"] = r.top.Name()
		if r.above != nil {
			out.vars["file"] = r.above.File
		}
	}
	if s.flaw != "" {
		fault := r.own.Faults[slices.IndexFunc(r.own.Faults, func(x chain.Fault) bool { return x.Code == s.flaw })]
		out.depth = fault.Depth
		maps.Copy(out.vars, fault.Vars)
		out.evidence = append(slices.Clone(fault.Evidence), out.evidence...)
	}
	issuedBy := Evidence{path("identity", slices.Index(r.Identity, r.top), "issuer"), r.top.Issuer, s.issuer}
	switch {
	case s.issuer != "" && r.list == listOther:
		out.evidence = append([]Evidence{issuedBy, {"client_auth.acceptable_cas", strings.Join(listed, "; "), ""}}, out.evidence...)
	case s.issuer != "":
		out.evidence = append([]Evidence{issuedBy}, out.evidence...)
	case out.basis == Inferred && s.flaw == "":
		out.evidence = append(out.evidence, issuedBy)
	}
	r.addResponder(out)
	if s.tell != nil {
		s.tell(r, out)
	}
	return out
}

// fresh: the client's certificate is not a day old.
func (r *refusal) fresh() bool { return r.Time.Sub(r.Identity[0].NotBefore) < 24*time.Hour }

// says reports whether the application's answer says so of the certificate.
func (r *refusal) says(what cause.Says) bool { return r.Facts.says() == what }

// says is what the application's answer says of the client's certificate.
func (f *Facts) says() cause.Says {
	switch {
	case f.HTTP != nil && f.HTTP.Says != "":
		return f.HTTP.Says
	case f.Application != nil:
		return f.Application.Says
	}
	return ""
}

// status reports whether HTTP answered with one of these.
func (r *refusal) status(codes ...int) bool {
	return r.HTTP != nil && slices.Contains(codes, r.HTTP.Status)
}

// invalidThere returns the index of a certificate of the client's that is valid
// now, and was not at the time that the server states over HTTP; or -1.
func (f *Examination) invalidThere() int {
	if f.HTTP == nil || f.HTTP.Date.IsZero() || f.HTTP.Date.Sub(f.Time).Abs() < skewLimit {
		return -1
	}
	valid := func(c *Certificate, at time.Time) bool { return !at.Before(c.NotBefore) && !at.After(c.NotAfter) }
	return slices.IndexFunc(f.Identity, func(c *Certificate) bool { return c.X509() != nil && valid(c, f.Time) && !valid(c, f.HTTP.Date) })
}

// unsaid reports whether the server's refusal shows only in that it hangs up or
// answers the same whatever is asked for.
func (f *Examination) unsaid() bool {
	_, alone := f.attempt(TryNoRequest)
	_, path := f.attempt(TryOtherPath)
	return alone >= 0 || path >= 0
}

// refusalEvidence is how the server refused.
func (f *Examination) refusalEvidence() []Evidence {
	b := f.base()
	switch {
	case b.Alert != nil:
		return []Evidence{{"attempts.0.alert.code", fmt.Sprint(b.Alert.Code), "acceptance"}}
	case f.HTTP != nil && f.HTTP.Status >= 400:
		return []Evidence{{"http.status", fmt.Sprint(f.HTTP.Status), "less than 400"}}
	case f.Application != nil && f.Application.Says != "":
		return []Evidence{{"application.answer", f.Application.Answer, "acceptance"}}
	case b.Closed != "":
		return []Evidence{{"attempts.0.closed", string(b.Closed), "an answer"}}
	}
	return []Evidence{{"client_auth.verdict", "rejected", "accepted"}}
}
