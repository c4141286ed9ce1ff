package render

import (
	"fmt"
	"io"
	"strings"

	"mutual/diagnose"
)

// Text writes the report for people: the verdict in one line, what was seen,
// where it breaks, the proof, and what to type.
func Text(w io.Writer, r *diagnose.Report, o Options) error {
	p := newPage(o)
	if o.Quiet {
		return p.verdict(w, documentOf(r))
	}
	p.report(r)
	_, err := io.WriteString(w, p.b.String())
	return err
}

// verdict writes the report's first line alone: mark, sentence and code.
func (p *page) verdict(w io.Writer, d document) error {
	s, mark := good, p.g.ok
	switch d.Mark {
	case "bad":
		s, mark = bad, p.g.bad
	case "warn":
		s, mark = caution, p.g.warn
	}
	text := p.paint(s, mark) + " " + p.safe(d.Verdict)
	if d.Code != "" {
		text += " " + p.paint(faint, string(d.Code))
	}
	_, err := io.WriteString(w, text+"\n")
	return err
}

func (p *page) report(r *diagnose.Report) {
	switch {
	case r.Audit != nil:
		p.audit(r)
		return
	case r.RootCause() != nil:
		p.failure(r)
	case r.Verdict == diagnose.Unexplained:
		p.unexplained(r)
	default:
		p.healthy(r)
	}
	p.remarks(r)
	if p.o.Trace {
		p.blank()
		p.ladder(r)
	}
}

// failure writes each independent fault, the root cause first.
func (p *page) failure(r *diagnose.Report) {
	var faults []diagnose.Finding
	for _, f := range r.Findings {
		if f.Severity == diagnose.Error {
			faults = append(faults, f)
		}
	}
	if r.ExitCode == diagnose.ExitOK && r.Expected == diagnose.ExpectRejected {
		p.headline(good, p.g.ok, headline(r), "")
		p.blank()
	}
	drawn := map[diagnose.Side]bool{}
	for i, f := range faults {
		title := f.Title
		if len(faults) > 1 {
			title = fmt.Sprintf("%d of %d: %s", i+1, len(faults), title)
		}
		if i > 0 {
			p.blank()
		}
		p.headline(bad, p.g.bad, title, string(f.Code))
		p.finding(r, f, i == 0, drawn)
	}
}

// finding writes what stands below the title of an error.
func (p *page) finding(r *diagnose.Report, f diagnose.Finding, root bool, drawn map[diagnose.Side]bool) {
	if root {
		if text := seen(r); text != "" {
			p.labelled("seen", text)
		}
	}
	if side, about := chainSide(r, f); about && !drawn[side] {
		drawn[side] = p.chain(r, side)
	}
	if f.Explanation != "" {
		p.labelled("why", f.Explanation)
	}
	accepts := f.Stage == diagnose.ClientCertificate && root
	p.proof(r, f, accepts)
	if accepts {
		p.accepts(r)
	}
	p.advice("fix", f.Fix)
	p.doubt(f)
	if root {
		p.tried(r)
	}
	p.labelled("more", "mutual explain "+string(f.Code))
}

// doubt says how sure an inferred cause is, what else it could be, and what
// would settle it.
func (p *page) doubt(f diagnose.Finding) {
	if f.Basis != diagnose.Inferred {
		return
	}
	p.labelled("sure?", "This is the most likely cause, not a proven one.")
	for i, code := range f.Candidates {
		label := "or"
		if i > 0 {
			label = ""
		}
		p.labelled(label, candidate(code))
	}
	if f.Settle != "" {
		p.advice("settle", diagnose.StepsOf(strings.Split(upper(f.Settle), "\n")))
	}
}

func candidate(code diagnose.Code) string {
	rule, ok := diagnose.RuleFor(code)
	if !ok {
		return string(code)
	}
	return strings.TrimRight(rule.General().Title, ".") + " (" + string(code) + ")"
}

// accepts lists the certificate authorities that the server asked for.
func (p *page) accepts(r *diagnose.Report) {
	if r.ClientAuth == nil || len(r.ClientAuth.AcceptableCAs) == 0 {
		return
	}
	cas, more := r.ClientAuth.AcceptableCAs, ""
	if len(cas) > 3 {
		more = fmt.Sprintf(" or %d more", len(cas)-3)
		cas = cas[:3]
	}
	var names []string
	for _, ca := range cas {
		names = append(names, spacedName(ca))
	}
	p.labelled("accepts", "certificates issued by "+strings.Join(names, "; or by ")+more)
}

// tried says in short what else was attempted to find out.
func (p *page) tried(r *diagnose.Report) {
	const most = 6
	label := "tried"
	for i, a := range r.Attempts {
		if i == 0 || a.Varied == "" && a.Name == "" {
			continue
		}
		if i > most {
			p.labelled(label, fmt.Sprintf("and %d more, which --json lists", len(r.Attempts)-i))
			return
		}
		p.labelled(label, attemptWords(a))
		label = ""
	}
}

// remarks writes warnings and notes, which do not break the connection,
// shorter.
func (p *page) remarks(r *diagnose.Report) {
	for _, f := range r.Findings {
		switch f.Severity {
		case diagnose.Warning:
			p.blank()
			p.headline(caution, p.g.warn, "Warning: "+f.Title, string(f.Code))
		case diagnose.Note:
			p.blank()
			p.headline(plain, p.g.note, f.Title, string(f.Code))
			p.advice("fix", f.Fix)
			continue
		default:
			continue
		}
		p.proof(r, f, false)
		p.advice("fix", f.Fix)
	}
}
