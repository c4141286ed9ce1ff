package render

import (
	"strings"

	"mutual/diagnose"
)

// ServeLine is what the demo server logs of one connection: who came, with
// what, and, where it was refused, why and what to do. Request is what was
// asked and answered ("GET / 200  1 ms"); it is empty for a handshake that was
// refused. The text ends with a line break.
func ServeLine(r *diagnose.Report, request string, o Options) string {
	p := newPage(o)
	p.served(r, request)
	return p.b.String()
}

// ServeStart is the banner of the demo server: where it serves, how it asks for
// certificates, and whom it lets in where that is not every client of its CAs.
func ServeStart(url, how, lets string, o Options) string {
	p := newPage(o)
	parts := []string{p.safe(how)}
	if lets != "" {
		parts = append(parts, "let in: "+p.safe(lets))
	}
	if line := "serving  " + url + "   " + strings.Join(parts, ", "); Columns(line) <= p.o.width() {
		p.line(line)
		return p.b.String()
	}
	p.line("serving  " + url)
	for _, part := range parts {
		for _, l := range Wrap(part, p.o.width()-9) {
			p.line("         " + l)
		}
	}
	return p.b.String()
}

// serveIndent is the width of the time and the mark before an entry's text.
const serveIndent = 11

func (p *page) served(r *diagnose.Report, request string) {
	at := r.Time.Format("15:04:05")
	root := r.RootCause()
	if root == nil && r.Verdict != diagnose.Unexplained {
		p.entry(at, good, p.g.ok, join("  ", r.Remote+" "+presented(r), request))
		if len(r.Chains.Client) > 0 {
			leaf := r.Chains.Client[0]
			p.identified("serial "+leaf.Serial+", issued by "+spacedName(leaf.Issuer), leaf)
		}
		if by := letInBy(r.Authorization); by != "" {
			p.under("let in by " + by)
		}
		for _, f := range r.Findings {
			p.under(strings.TrimRight(f.Title, ".") + ". " + string(f.Code))
		}
		return
	}
	if root == nil {
		p.entry(at, bad, p.g.bad, join("  ", r.Remote+" refused: "+presented(r)+". "+seen(r), request))
		return
	}
	p.entry(at, bad, p.g.bad, join("  ", r.Remote+" refused: "+refusal(r, root), request))
	if len(r.Chains.Client) > 0 {
		leaf := r.Chains.Client[0]
		p.identified("serial "+leaf.Serial, leaf)
	}
	for i, f := range r.Findings {
		if f.Severity != diagnose.Error {
			continue
		}
		if i > 0 {
			p.under("also: " + f.Title)
		}
		p.under(string(f.Code))
		p.remedy(f.Fix)
	}
}

// letInBy says by which rule of the server a client came in; "" where its chain
// alone decided.
func letInBy(a *diagnose.Authorization) string {
	switch {
	case a == nil || !a.Allowed:
		return ""
	case a.Profile != "" && a.RootAccepted:
		return a.Profile + ", under " + a.Root + ", which is not built into mutual and was accepted by hand"
	case a.Profile != "":
		return a.Profile + ", under " + a.Root
	case a.CA != "":
		return join(", ", "the CA "+spacedName(a.CA), a.Rule)
	}
	return a.Rule
}

// presented is what the client showed of itself.
func presented(r *diagnose.Report) string {
	if len(r.Chains.Client) == 0 {
		return "no certificate"
	}
	return spacedName(r.Chains.Client[0].Name())
}

// refusal says who was refused, and why, in a sentence or two.
func refusal(r *diagnose.Report, root *diagnose.Finding) string {
	title := strings.TrimRight(root.Title, ".") + "."
	if len(r.Chains.Client) == 0 {
		return title
	}
	leaf := r.Chains.Client[0]
	return spacedName(leaf.Name()) + ", issued by " + spacedName(leaf.Issuer) + ". " + title
}

func (p *page) entry(at string, s style, mark, text string) {
	for i, l := range Wrap(p.safe(text), p.o.width()-serveIndent-1) {
		if i == 0 {
			p.line(p.paint(faint, at) + " " + p.paint(s, mark) + " " + l)
			continue
		}
		p.line(strings.Repeat(" ", serveIndent) + l)
	}
}

// identified writes what tells one certificate from another. It stands two
// columns further left than other text, so that a fingerprint fits 80 columns.
func (p *page) identified(text string, c *diagnose.Certificate) {
	for _, l := range append(Wrap(p.safe(text), p.o.width()-serveIndent+1), "sha256 "+c.SHA256) {
		p.line(strings.Repeat(" ", serveIndent-2) + p.paint(faint, l))
	}
}

func (p *page) under(text string) {
	for _, l := range Wrap(p.safe(text), p.o.width()-serveIndent-1) {
		p.line(strings.Repeat(" ", serveIndent) + p.paint(faint, l))
	}
}

// remedy writes a fix below an entry.
func (p *page) remedy(fix diagnose.Steps) {
	label := "fix  "
	for _, s := range fix {
		var lines []string
		room := p.o.width() - serveIndent - len(label) - 1
		switch s.Kind {
		case diagnose.Command:
			for _, c := range WrapCommand(p.safe(s.Text), room-2) {
				lines = append(lines, "  "+p.paint(strong, c))
			}
		case diagnose.Fragment:
			for _, l := range p.fragment(s, fix) {
				lines = append(lines, "  "+l)
			}
		default:
			lines = Wrap(p.safe(s.Text), room)
		}
		for _, text := range lines {
			p.line(strings.Repeat(" ", serveIndent) + p.paint(faint, label) + text)
			label = "     "
		}
	}
}

// join joins what is not empty.
func join(sep string, parts ...string) string {
	var out []string
	for _, s := range parts {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, sep)
}
