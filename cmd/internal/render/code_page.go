package render

import (
	"fmt"
	"io"
	"strings"

	"mutual/diagnose"
)

// CodePage is all that is known of a code.
type CodePage struct {
	Code     diagnose.Code   `json:"code"`
	Stage    diagnose.Stage  `json:"stage"`
	Exit     int             `json:"exit_code"` // of a diagnosis that ends with it
	Rules    []diagnose.Rule `json:"-"`         // the one of clients first
	Title    string          `json:"title"`
	Why      string          `json:"explanation"`
	Fix      diagnose.Steps  `json:"fix"`
	Refs     []string        `json:"refs"`
	Settle   string          `json:"settle"`
	ShownAs  []Wording       `json:"shown_as"`
	Remedies []Wording       `json:"remedies"`
	Under    []diagnose.Code `json:"under"`
}

// Wording is a text of one stack.
type Wording struct {
	Stack string `json:"stack"`
	Text  string `json:"text"`
}

// CodePageText writes a code's page for people.
func CodePageText(w io.Writer, c CodePage, o Options) error {
	p := newPage(o)
	for i, r := range c.Rules {
		if i > 0 {
			p.blank()
		}
		g := r.General()
		p.headline(strong, p.g.note, g.Title, string(c.Code))
		p.blank()
		if i == 0 {
			p.labelled("stage", fmt.Sprintf("%s; to be put right at the %s; exit code %d", r.Stage, r.Side, c.Exit))
		}
		if r.Seen == diagnose.SeenByServer {
			p.labelled("seen", "by the server")
		}
		p.labelled("why", g.Why)
		p.advice("fix", g.Fix)
		if i == len(c.Rules)-1 {
			p.labelled("refs", strings.Join(r.Refs, ", "))
		}
	}
	if len(c.Rules) == 0 {
		p.headline(strong, p.g.note, c.Title, string(c.Code))
		p.blank()
		p.labelled("why", c.Why)
	}
	if c.Settle != "" {
		p.labelled("prove", c.Settle)
	}
	if len(c.Under) > 0 {
		var names []string
		for _, u := range c.Under {
			names = append(names, string(u))
		}
		p.labelled("not if", "one of these is found, which explains it: "+strings.Join(names, ", "))
	}
	if len(c.ShownAs) > 0 {
		p.blank()
		p.line(p.paint(strong, "How programs show it"))
		for _, s := range c.ShownAs {
			p.wording(s)
		}
	}
	if len(c.Remedies) > 0 {
		p.blank()
		p.line(p.paint(strong, "Set up"))
		for _, r := range c.Remedies {
			p.blank()
			p.line("  " + p.paint(faint, p.safe(r.Stack)))
			for l := range strings.Lines(r.Text) {
				// Code is not wrapped: it is there to be copied.
				p.line("    " + p.paint(plain, p.indented(l)))
			}
		}
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

// indented is a line of code as it stands, made safe.
func (p *page) indented(line string) string {
	line = strings.TrimRight(line, "\n")
	body := strings.TrimLeft(line, " \t")
	lead := strings.ReplaceAll(line[:len(line)-len(body)], "\t", "    ")
	return lead + p.safe(body)
}

const stackColumn = 22

func (p *page) wording(s Wording) {
	stack := p.safe(s.Stack)
	room := max(1, stackColumn-Columns(stack))
	for i, l := range Wrap(p.safe(s.Text), p.o.width()-stackColumn-3) {
		if i == 0 {
			p.line("  " + p.paint(faint, stack) + strings.Repeat(" ", room) + l)
		} else {
			p.line(strings.Repeat(" ", stackColumn+2) + l)
		}
	}
}

// CodePageJSON writes a code's page for scripts.
func CodePageJSON(w io.Writer, c CodePage) error {
	return writeJSON(w, struct {
		Schema  string `json:"schema"`
		Command string `json:"command"`
		CodePage
	}{diagnose.Schema, "explain", c.whole()}, "  ")
}

func (c CodePage) whole() CodePage {
	c.Refs, c.ShownAs, c.Remedies, c.Under = list(c.Refs), list(c.ShownAs), list(c.Remedies), list(c.Under)
	return c
}

// CodeListText writes all codes, stage by stage.
func CodeListText(w io.Writer, all []CodePage, o Options) error {
	p := newPage(o)
	stage := diagnose.Stage("")
	for _, c := range all {
		if c.Stage != stage {
			p.blank()
			p.line(p.paint(strong, string(c.Stage)))
			stage = c.Stage
		}
		p.line("  " + string(c.Code))
		for _, l := range Wrap(p.safe(c.Title), p.o.width()-7) {
			p.line("      " + p.paint(faint, l))
		}
	}
	p.blank()
	p.labelled("more", "mutual explain CODE")
	_, err := io.WriteString(w, p.b.String())
	return err
}

// CodeListJSON writes all codes for scripts.
func CodeListJSON(w io.Writer, all []CodePage) error {
	type entry struct {
		Code  diagnose.Code  `json:"code"`
		Stage diagnose.Stage `json:"stage"`
		Exit  int            `json:"exit_code"`
		Title string         `json:"title"`
	}
	out := []entry{}
	for _, c := range all {
		out = append(out, entry{c.Code, c.Stage, c.Exit, c.Title})
	}
	return writeJSON(w, struct {
		Schema  string  `json:"schema"`
		Command string  `json:"command"`
		Codes   []entry `json:"codes"`
	}{diagnose.Schema, "explain", out}, "  ")
}
