package render

import (
	"fmt"
	"strings"

	"mutual/diagnose"
)

// audit writes what came of an audit: the count first, each credential with
// its verdict, then each hole with its risk and its fix.
func (p *page) audit(r *diagnose.Report) {
	s, mark, code := good, p.g.ok, ""
	if root := r.RootCause(); root != nil {
		s, mark, code = bad, p.g.bad, string(root.Code)
	}
	p.headline(s, mark, auditHeadline(r), code)
	p.blank()
	p.fact("good", clientName(r, "the good identity")+" was let in: "+r.Audit.Good)
	p.blank()
	p.tries(r.Audit)
	p.notTried(r.Audit)
	holes := 0
	for _, f := range r.Findings {
		if f.Severity == diagnose.Error {
			holes++
		}
	}
	for i, f := range r.Findings {
		title, s, mark := f.Title, bad, p.g.bad
		switch {
		case f.Severity != diagnose.Error: // the errors come first
			s, mark = plain, p.g.note
		case holes > 1:
			title = fmt.Sprintf("%d of %d: %s", i+1, holes, title)
		}
		p.blank()
		p.headline(s, mark, title, string(f.Code))
		p.labelled("risk", f.Explanation)
		if others := f.Explains; len(others) > 0 {
			p.labelled("explains", strings.ReplaceAll(strings.Join(others, ", "), "audit-accepts-", ""))
		}
		if f.Basis == diagnose.Inferred {
			p.labelled("sure?", "Not proven. "+upper(f.Settle))
		}
		p.advice("fix", f.Fix)
	}
}

// auditHeadline is an audit's verdict in one sentence.
func auditHeadline(r *diagnose.Report) string {
	a := r.Audit
	accepted, refused := a.Count(diagnose.TryAccepted), a.Count(diagnose.TryRefused)
	tail := ""
	if n := a.Count(diagnose.TryAllowed); n > 0 {
		tail += fmt.Sprintf("; %d may be", n)
	}
	if n := a.Count(diagnose.TryUnknown); n > 0 {
		tail += fmt.Sprintf("; %d could not be told", n)
	}
	if n := a.Count(diagnose.TryNotTried); n > 0 {
		tail += fmt.Sprintf("; %d not tried", n)
	}
	switch {
	case accepted > 0:
		return fmt.Sprintf("%s accepted %d of %d forbidden credentials%s.", subjectOf(r), accepted, accepted+refused, tail)
	case refused == 0 && a.Count(diagnose.TryUnknown) > 0:
		return fmt.Sprintf("Nothing could be told of %s: no answer of the application shows whom it lets in%s.", subjectOf(r), tail)
	case refused == 0:
		return fmt.Sprintf("%s was asked nothing%s.", subjectOf(r), tail)
	case a.Count(diagnose.TryUnknown) > 0:
		return fmt.Sprintf("%s refused %d forbidden credentials%s.", subjectOf(r), refused, tail)
	}
	return fmt.Sprintf("%s refused all %d forbidden credentials%s.", subjectOf(r), refused, tail)
}

// tries lists what was tried: what was accepted first.
func (p *page) tries(a *diagnose.Audit) {
	const column = 46
	for _, kind := range []struct {
		verdict diagnose.TryVerdict
		s       style
		mark    string
		words   string
	}{
		{diagnose.TryAccepted, bad, p.g.bad, "accepted: "},
		{diagnose.TryAllowed, caution, p.g.warn, "allowed: "},
		{diagnose.TryUnknown, caution, p.g.warn, "could not be told: "},
		{diagnose.TryRefused, good, p.g.ok, "refused: "},
	} {
		for _, t := range a.Tries {
			switch {
			case t.Verdict != kind.verdict:
			case t.Verdict == diagnose.TryAllowed:
				p.row(kind.s, kind.mark, t.Name, kind.words+t.How, column)
			case t.Verdict != diagnose.TryNotTried:
				p.row(kind.s, kind.mark, t.What, kind.words+t.How, column)
			}
		}
	}
}

// notTried lists the cases that were not tried, those of one reason together.
func (p *page) notTried(a *diagnose.Audit) {
	var reasons []string
	names := map[string][]string{}
	for _, t := range a.Tries {
		if t.Verdict != diagnose.TryNotTried {
			continue
		}
		if names[t.How] == nil {
			reasons = append(reasons, t.How)
		}
		names[t.How] = append(names[t.How], t.Name)
	}
	for _, why := range reasons {
		p.row(plain, p.g.note, strings.Join(names[why], ", "), "not tried: "+why, 46)
	}
}

// row writes a mark and text in two columns, each wrapped within its own.
func (p *page) row(s style, mark, left, right string, column int) {
	column = min(column, p.o.width()*6/10)
	lefts, rights := Wrap(p.safe(left), column-6), Wrap(p.safe(right), p.o.width()-column-1)
	for i := range max(len(lefts), len(rights)) {
		var l, r string
		if i < len(lefts) {
			l = lefts[i]
		}
		if i < len(rights) {
			r = rights[i]
		}
		begin := "    "
		if i == 0 {
			begin = "  " + p.paint(s, mark) + " "
		} else if l != "" {
			l = "  " + l
		}
		p.line(begin + l + strings.Repeat(" ", max(1, column-4-Columns(l))) + r)
	}
}

// auditCases are the test cases of an audit: one for each try.
func auditCases(r *diagnose.Report) []testcase {
	var cases []testcase
	for _, t := range r.Audit.Tries {
		c := testcase{Name: xmlText(Escape(t.Name + ": " + t.What)), Time: "0.000"}
		if t.Attempt > 0 && t.Attempt < len(r.Attempts) {
			c.Time = fmt.Sprintf("%.3f", r.Attempts[t.Attempt].Millis/1000)
		}
		how := xmlText(Escape(t.How))
		switch t.Verdict {
		case diagnose.TryAccepted:
			c.Failure = &problem{Message: xmlText(Escape("accepted: " + t.How)), Type: string(t.Code), Text: xmlText(holeText(t.Code, r))}
		case diagnose.TryNotTried:
			c.Skipped = &problem{Message: how}
		case diagnose.TryUnknown:
			c.Skipped = &problem{Message: "could not be told: " + how}
		default:
			c.SystemOut = string(t.Verdict) + ": " + how
		}
		cases = append(cases, c)
	}
	return cases
}

// holeText is the risk and the fix of a code.
func holeText(code diagnose.Code, r *diagnose.Report) string {
	for _, f := range r.Findings {
		if f.Code == code {
			return f.Title + "\n" + f.Explanation + "\n" + f.Fix.String()
		}
	}
	if rule, ok := diagnose.RuleFor(code); ok {
		return rule.Title + "\n" + rule.Why
	}
	return ""
}
