package render

import (
	"fmt"
	"io"
	"strings"

	"mutual/diagnose"
)

// Explanation is what a text from another program was found to say. Its
// report has a finding for each error, the root cause first.
type Explanation struct {
	*diagnose.Report
	Said    []Said `json:"said"`
	Nearest []Said `json:"nearest"` // known texts like one that was not recognised
}

// Said is one error in the text.
type Said struct {
	Text       string    `json:"text"`
	Line       int       `json:"line,omitempty"`
	Count      int       `json:"count,omitempty"`
	Stack      string    `json:"stack"`
	Speaker    string    `json:"speaker"`
	Alert      *int      `json:"alert,omitempty"`
	AlertName  string    `json:"alert_name,omitempty"`
	Means      string    `json:"means"`
	Candidates []Suspect `json:"candidates"`
	Unwrapped  []string  `json:"unwrapped,omitempty"`
}

// Suspect is a cause that an error can mean.
type Suspect struct {
	Code   string `json:"code"`
	Title  string `json:"title"`
	Settle string `json:"settle"`
}

// ExplanationJSON writes the report with what was said.
func ExplanationJSON(w io.Writer, e *Explanation) error {
	out := Explanation{Report: withoutNull(e.Report), Said: list(e.Said), Nearest: list(e.Nearest)}
	for _, all := range [][]Said{out.Said, out.Nearest} {
		for i := range all {
			all[i].Candidates = list(all[i].Candidates)
		}
	}
	return writeJSON(w, out, "  ")
}

// How much of an explanation is written for people; JSON has all of it.
const (
	mostSaid     = 4
	mostSuspects = 4
)

// ExplanationText writes for people what each error means, the root cause
// first: who says it, the causes from the likeliest on, and what tells them
// apart.
func ExplanationText(w io.Writer, e *Explanation, o Options) error {
	p := newPage(o)
	if o.Quiet && len(e.Said) > 0 {
		return p.verdict(w, documentOf(e.Report))
	}
	if len(e.Said) == 0 {
		p.unknownText(e)
	}
	for i, s := range e.Said[:min(len(e.Said), mostSaid)] {
		if i > 0 {
			p.blank()
		}
		p.said(s, i, len(e.Said))
		if i == 0 && len(e.Findings) > 0 {
			p.advice("fix", e.Findings[0].Fix)
		}
		if len(s.Candidates) > 0 {
			p.labelled("more", "mutual explain "+s.Candidates[0].Code)
		}
	}
	if more := len(e.Said) - mostSaid; more > 0 {
		p.blank()
		p.labelled("also", fmt.Sprintf("%d further kinds of error; --json lists them all", more))
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

func (p *page) said(s Said, i, of int) {
	title, code := s.Means, ""
	if len(s.Candidates) > 0 {
		title, code = s.Candidates[0].Title, s.Candidates[0].Code
		if len(s.Candidates) > 1 {
			title = "Most likely: " + afterColon(title)
		}
	}
	if of > 1 {
		title = fmt.Sprintf("%d of %d: %s", i+1, of, title)
	}
	p.headline(bad, p.g.bad, title, code)
	where := ""
	switch {
	case s.Line > 1 && s.Count > 1:
		where = fmt.Sprintf("  (line %d, and %d times more)", s.Line, s.Count-1)
	case s.Count > 1:
		where = fmt.Sprintf("  (%d times)", s.Count)
	case s.Line > 1:
		where = fmt.Sprintf("  (line %d)", s.Line)
	}
	p.blank()
	p.labelled("text", s.Text+where)
	p.labelled("means", s.Means)
	p.labelled("says", s.Speaker)
	words := s.Stack
	if s.Alert != nil {
		words += fmt.Sprintf("; TLS alert %d %s", *s.Alert, s.AlertName)
	}
	p.labelled("words of", words)
	if len(s.Unwrapped) > 0 {
		p.labelled("within", strings.Join(s.Unwrapped[:min(len(s.Unwrapped), 3)], "; "))
	}
	label := "causes"
	for n, c := range s.Candidates[:min(len(s.Candidates), mostSuspects)] {
		if len(s.Candidates) == 1 {
			p.labelled("prove", c.Settle)
			break
		}
		p.line("  " + p.label(label, gutter-2) + fmt.Sprintf("%d ", n+1) + p.paint(strong, c.Code))
		p.hanging(2, plain, c.Title)
		p.hanging(2, faint, "Prove: "+c.Settle)
		label = ""
	}
	if more := len(s.Candidates) - mostSuspects; more > 0 {
		var rest []string
		for _, c := range s.Candidates[mostSuspects:] {
			rest = append(rest, c.Code)
		}
		p.labelled("", "or "+strings.Join(rest, ", "))
	}
}

// hanging writes text below what stands beside a label, indented further.
func (p *page) hanging(by int, s style, text string) {
	for _, l := range Wrap(p.safe(text), p.o.width()-gutter-by-1) {
		p.line(strings.Repeat(" ", gutter+by) + p.paint(s, l))
	}
}

// unknownText says that nothing was recognised, and what is near.
func (p *page) unknownText(e *Explanation) {
	p.headline(bad, p.g.bad, "No known TLS error stands in this text.", "")
	label := "nearest"
	for _, n := range e.Nearest {
		code := ""
		if len(n.Candidates) > 0 {
			code = "  " + n.Candidates[0].Code
		}
		p.labelled(label, fmt.Sprintf("%q, %s%s", n.Text, n.Stack, code))
		label = ""
	}
	if len(e.Nearest) > 0 {
		p.labelled("", "These are known texts like it, no diagnosis.")
	}
	p.advice("next", diagnose.Steps{
		diagnose.Say("Give more of the log, from both sides:"), diagnose.Run("cat <error-log> | mutual explain -"),
		diagnose.Say("Or let mutual look for itself:"),
		diagnose.Run("mutual probe <host>:<port> --cacert <ca-certificate> --cert <client-certificate> --key <client-key>")})
}

// afterColon puts a sentence after a colon: its first letter small, unless a
// name begins there.
func afterColon(s string) string {
	if len(s) > 1 && s[0] >= 'A' && s[0] <= 'Z' && s[1] >= 'a' && s[1] <= 'z' {
		return string(s[0]+'a'-'A') + s[1:]
	}
	return s
}
