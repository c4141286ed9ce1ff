package diagnose

import (
	"cmp"
	"fmt"
	"slices"

	"mutual/diagnose/cause"
)

// Examine judges facts by every rule and says which causes they show, root
// cause first. It changes nothing but its own copy of facts.
func Examine(facts *Facts) *Report {
	own := *facts
	f := Judge(&own)
	found := findAll(f, Rules())
	rank(found)
	found = explainAway(found)
	r := &Report{Schema: Schema, Facts: own, Findings: []Finding{}, Verifiers: f.opinions(), examined: f}
	for _, h := range found {
		r.Findings = append(r.Findings, h.finding(f))
	}
	credit(r)
	r.Verdict, r.ExitCode = verdict(r)
	return r
}

// hit is a match together with its rule.
type hit struct {
	Rule
	Match
	order int
}

func findAll(f *Examination, rules []Rule) []hit {
	var found []hit
	for i, rule := range rules {
		if f.Audit != nil && rule.Stage != Audited {
			continue // the good identity was judged before, by itself
		}
		matches := f.audited(rule)
		if rule.sees(f.View) || f.View == SeenBetween {
			matches = append(matches, f.rejected(rule)...)
		}
		if rule.sees(f.View) {
			if rule.Find != nil {
				matches = append(matches, rule.Find(f)...)
			}
		}
		for _, m := range matches {
			if len(m.Evidence) == 0 {
				continue
			}
			h := hit{Rule: rule, Match: m, order: i}
			h.Match.Side = cmp.Or(m.Side, rule.Side)
			h.Match.Basis = cmp.Or(m.Basis, rule.Basis)
			h.Match.Severity = cmp.Or(m.Severity, rule.Severity)
			if h.Match.Basis == Proven && f.byAnother(h) {
				h.Match.Basis, h.Match.Candidates = Inferred, append([]Code{cause.TLSInspected}, m.Candidates...)
				h.Match.Settle = cmp.Or(m.Settle, "the same probe past the proxy (--proxy none), or from another network")
			}
			if f.Given.Insecure && h.Match.Severity == Error && exitCode(h.Stage, h.Match.Side) == ExitServer {
				h.Match.Severity = Warning
			}
			if !slices.ContainsFunc(found, h.same) {
				found = append(found, h)
			}
		}
	}
	return found
}

// sees reports whether the rule judges facts of that view.
func (r Rule) sees(v View) bool {
	if r.Seen == "" {
		return v != SeenByServer && v != SeenBetween || r.Stage != Reach && r.Stage != Negotiation
	}
	return r.Seen == v
}

// same reports whether two hits name the same cause of the same thing: of the
// same file, or of the same certificate.
func (h hit) same(o hit) bool {
	if h.Stage == LocalFiles && h.Evidence[0].Fact != o.Evidence[0].Fact {
		return false
	}
	return h.Code == o.Code && h.Match.Side == o.Match.Side && h.Depth == o.Depth
}

// rank puts what breaks the connection first, and of that what comes first in
// the order in which a connection is made.
func rank(found []hit) {
	slices.SortStableFunc(found, func(a, b hit) int {
		return cmp.Or(
			cmp.Compare(gravity(a.Match.Severity), gravity(b.Match.Severity)),
			cmp.Compare(turn(a), turn(b)),
			cmp.Compare(a.order, b.order),
			cmp.Compare(a.Depth, b.Depth),
		)
	})
}

func gravity(s Severity) int {
	return slices.Index([]Severity{Error, Warning, Note}, s)
}

func turn(h hit) int {
	return slices.Index([]int{ExitRoots, ExitFiles, ExitReach, ExitNegotiation, ExitServer, ExitClient, ExitAudit}, exitCode(h.Stage, h.Match.Side))
}

// explainAway removes each hit that another one accounts for, and lists it
// there instead. A warning does not explain an error.
func explainAway(found []hit) []hit {
	var kept []hit
	for _, h := range found {
		by := slices.IndexFunc(found, func(c hit) bool { return c.accountsFor(h) })
		if by < 0 {
			kept = append(kept, h)
		}
	}
	for _, h := range found {
		for i := range kept {
			if kept[i].accountsFor(h) {
				kept[i].Explains = append(slices.Clone(kept[i].Explains), string(h.Code))
				break
			}
		}
	}
	return kept
}

func (h hit) accountsFor(o hit) bool {
	if h.Code == o.Code || !slices.Contains(o.Under, h.Code) {
		return false
	}
	if gravity(h.Match.Severity) > gravity(o.Match.Severity) {
		return false
	}
	sided := func(s Stage) bool { return s == Chain || s == Revocation }
	return !(sided(h.Stage) && sided(o.Stage)) || h.Match.Side == o.Match.Side
}

func (h hit) finding(f *Examination) Finding {
	x := f.known(h.Match.Side, h.Depth, h.Vars)
	out := Finding{
		Code: h.Code, Stage: h.Stage, Side: h.Match.Side, Severity: h.Match.Severity, Basis: h.Match.Basis,
		Title: x.prose(cmp.Or(h.Match.Title, h.Rule.Title)), Explanation: x.prose(h.Why),
		Refs: slices.Clone(h.Refs), Evidence: h.Evidence, Depth: h.Depth,
		Explains: append([]string{}, h.Explains...),
	}
	out.Fix = x.steps(h.Match.Fix)
	if len(h.Match.Fix) == 0 {
		out.Fix = x.steps(h.Rule.Fix)
	}
	if h.Match.Basis == Inferred {
		out.Candidates, out.Settle = h.Candidates, x.prose(h.Settle)
	}
	return out
}

// credit lists the peer's alert, and the HTTP answer that refused the client,
// under the root cause, which accounts for them.
func credit(r *Report) {
	root := r.RootCause()
	if root == nil || len(r.Attempts) == 0 {
		return
	}
	if a := r.Attempts[0].Alert; a != nil {
		root.Explains = append(root.Explains, fmt.Sprintf("alert %d %s", a.Code, a.Name))
	}
	if h := r.HTTP; h != nil && h.Status >= 400 {
		root.Explains = append(root.Explains, fmt.Sprintf("HTTP %d", h.Status))
	}
}

func verdict(r *Report) (Verdict, int) {
	if root := r.RootCause(); root != nil {
		return Explained, root.Exit()
	}
	if r.Audit != nil && r.Audit.Count(TryUnknown) > 0 {
		return Healthy, ExitAudit // nothing shows that it refuses them
	}
	if r.Worked() {
		return Healthy, ExitOK
	}
	return Unexplained, ExitUnexplained
}

// Worked reports whether the connection came to a good end. Files alone
// always do: what is wrong with them is for the rules to say.
func (f *Facts) Worked() bool {
	if f.View == SeenInFiles {
		return true
	}
	if len(f.Attempts) == 0 || f.Attempts[0].FailedAt != "" {
		return false
	}
	return f.ClientAuth == nil || f.ClientAuth.Verdict != cause.VerdictRejected
}
