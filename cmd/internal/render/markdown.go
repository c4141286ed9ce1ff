package render

import (
	"fmt"
	"io"
	"strings"

	"mutual/diagnose"
)

// Markdown writes the reports in GitHub's Markdown, for an issue, a chat or a
// summary of a CI job. Whatever a peer or a file has named stands there as it
// is written: it makes no link, no image, no mention, no markup.
func Markdown(w io.Writer, reports ...*diagnose.Report) error {
	m := &markdown{}
	sorted := byOutcome(reports)
	for i, r := range sorted {
		if i > 0 {
			m.line("---")
			m.line("")
		}
		m.document(r, documentOf(r))
	}
	_, err := io.WriteString(w, m.b.String())
	return err
}

type markdown struct{ b strings.Builder }

func (m *markdown) line(text string) { m.b.WriteString(text + "\n") }

func (m *markdown) document(r *diagnose.Report, d document) {
	m.line("# " + sign(d.Mark) + " " + inert(d.Verdict))
	m.line("")
	if d.Code != "" && !d.Single() {
		m.line("`" + string(d.Code) + "`")
		m.line("")
	}
	m.entries(d.Facts)
	if d.Audit != nil {
		m.audit(d.Audit)
	}
	for i, f := range d.Faults {
		title := f.Title
		if len(d.Faults) > 1 {
			title = fmt.Sprintf("%d of %d: %s", i+1, len(d.Faults), title)
		}
		heading := "## ✗ " + inert(title)
		if d.Single() {
			heading = ""
		}
		m.part(heading, f)
	}
	for _, f := range d.Remarks {
		title := "## " + sign(f.Mark) + " "
		if f.Mark == "warn" {
			title += "Warning: "
		}
		m.part(title+inert(f.Title), f)
	}
	for _, c := range d.Chains {
		p := newPage(Options{UTF8: true, Width: 100})
		if p.tree(r, c.Side, r.Links(c.Side)) {
			m.line("## The " + string(c.Side) + "'s chain")
			m.line("")
			m.fence(strings.Trim(p.b.String(), "\n"), "text")
		}
	}
	if d.Ladder != nil {
		p := newPage(Options{UTF8: true})
		p.ladder(r)
		m.line("## The handshake")
		m.line("")
		m.fence(strings.Trim(p.b.String(), "\n"), "text")
	}
	m.certificates(d.Certificates)
	m.line("## This report")
	m.line("")
	m.entries(d.About)
}

func (m *markdown) part(heading string, f part) {
	if heading != "" {
		m.line(heading)
		m.line("")
	}
	sure := "proven"
	if !f.Proven {
		sure = "the most likely cause, not a proven one"
	}
	m.line("`" + string(f.Code) + "`, " + sure)
	m.line("")
	m.paragraph("Seen", f.Seen)
	m.paragraph("Why", f.Why)
	if f.Proven {
		m.list("Proof", f.Evidence)
	} else {
		m.list("Signs", f.Evidence)
	}
	m.paragraph("The server accepts", f.Accepts)
	m.steps("Fix", f.Fix)
	m.list("It could also be", f.Others)
	m.steps("What would settle it", f.Settle)
	m.list("Tried besides", f.Tried)
	m.paragraph("See", strings.Join(f.Refs, ", "))
}

func (m *markdown) paragraph(label, text string) {
	if text != "" {
		m.line("**" + label + ":** " + inert(text))
		m.line("")
	}
}

func (m *markdown) list(label string, items []string) {
	if len(items) == 0 {
		return
	}
	m.line("**" + label + ":**")
	m.line("")
	for _, item := range items {
		m.line("- " + inert(item))
	}
	m.line("")
}

func (m *markdown) entries(list []entry) {
	for _, e := range list {
		m.line("- " + inert(e.Label) + ": " + inert(e.Text))
	}
	if len(list) > 0 {
		m.line("")
	}
}

func (m *markdown) steps(label string, steps diagnose.Steps) {
	if len(steps) == 0 {
		return
	}
	m.line("**" + label + ":**")
	m.line("")
	for _, s := range steps {
		switch s.Kind {
		case diagnose.Command:
			m.fence(Escape(s.Text), "sh")
		case diagnose.Fragment:
			if s.In != "" {
				m.line(inert(s.In) + ":")
				m.line("")
			}
			m.fence(visibly(s.Text), "")
		default:
			m.line(inert(s.Text))
			m.line("")
		}
	}
}

// fence writes a block of code behind a fence that nothing in it closes.
func (m *markdown) fence(text, language string) {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	m.line(fence + language)
	m.line(text)
	m.line(fence)
	m.line("")
}

func (m *markdown) audit(a *auditTable) {
	m.line(inert(a.Good))
	m.line("")
	m.tries(a.Open)
	if len(a.Passed) > 0 {
		m.line(fmt.Sprintf("<details><summary>%d refused, as they must be</summary>", len(a.Passed)))
		m.line("")
		m.tries(a.Passed)
		m.line("</details>")
		m.line("")
	}
}

func (m *markdown) tries(rows []auditRow) {
	if len(rows) == 0 {
		return
	}
	m.line("| | verdict | tried | how it went |")
	m.line("|---|---|---|---|")
	for _, t := range rows {
		m.line("| " + strings.Join([]string{sign(t.Mark), t.Verdict, inert(t.What), inert(t.How)}, " | ") + " |")
	}
	m.line("")
}

func (m *markdown) certificates(sheets []certificateSheet) {
	if len(sheets) == 0 {
		return
	}
	m.line(fmt.Sprintf("<details><summary>Certificates (%d)</summary>", len(sheets)))
	m.line("")
	for _, s := range sheets {
		m.line("### " + inert(s.Name))
		m.line("")
		m.entries(s.Fields)
		m.fence(strings.TrimSpace(visibly(s.PEM)), "")
	}
	m.line("</details>")
	m.line("")
}

// inert is text in which nothing is markup: GitHub's Markdown reads each
// character that could begin any, written as its number, as that character. A
// line break would begin a block, and becomes a space; the dots and colons of
// what looks like an address, and @ and #, would make links.
func inert(text string) string {
	text = Escape(text)
	var b strings.Builder
	for i, r := range text {
		switch {
		case strings.ContainsRune("\\`*_{}[]<>#|~&@$", r),
			i == 0 && strings.ContainsRune("+-=", r),
			r == ':' && strings.HasPrefix(text[i:], "://"),
			r == '.' && i >= 3 && strings.EqualFold(text[i-3:i], "www"),
			(r == '.' || r == ')') && i > 0 && strings.Trim(text[:i], "0123456789") == "" && (i+1 == len(text) || text[i+1] == ' '):
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
