package render

import (
	"fmt"
	"strings"

	"github.com/fatih/color"

	"mutual/diagnose"
)

// gutter is how wide the column of labels is, with the indent before it.
const gutter = 11

// page collects text within its width. All that is written to it is escaped,
// for much of it comes from the peer.
type page struct {
	b strings.Builder
	o Options
	g glyphs
}

// glyphs are the signs that differ between UTF-8 and ASCII.
type glyphs struct {
	ok, bad, warn, note              string
	child                            string // before a certificate's issuer
	wall, in, out, right, left, fill string // of the ladder
}

func newPage(o Options) *page {
	g := glyphs{ok: "+", bad: "x", warn: "!", note: "-", child: "`-", wall: "|", in: "+", out: "+", right: ">", left: "<", fill: "-"}
	if o.UTF8 {
		g = glyphs{ok: "✓", bad: "✗", warn: "!", note: "·", child: "└", wall: "│", in: "├", out: "┤", right: "►", left: "◄", fill: "─"}
	}
	return &page{o: o, g: g}
}

// safe is Escape, and where the terminal shows no UTF-8, ASCII in its place.
func (p *page) safe(s string) string {
	s = Escape(s)
	if p.o.UTF8 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r < 0x80:
			b.WriteRune(r)
		case strings.ContainsRune("‘’", r):
			b.WriteByte('\'')
		case strings.ContainsRune("“”«»", r):
			b.WriteByte('"')
		case strings.ContainsRune("–—", r):
			b.WriteByte('-')
		case r == '…':
			b.WriteString("...")
		case r == '§':
			b.WriteString("section ")
		case r == '→':
			b.WriteString("->")
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// style is what colour adds.
type style int

const (
	plain style = iota
	good
	bad
	caution
	faint
	strong
)

func (p *page) paint(s style, text string) string {
	if !p.o.Color || s == plain || text == "" {
		return text
	}
	var c *color.Color
	switch s {
	case good:
		c = color.New(color.FgGreen, color.Bold)
	case bad:
		c = color.New(color.FgRed, color.Bold)
	case caution:
		c = color.New(color.FgYellow, color.Bold)
	case faint:
		c = color.New(color.Faint)
	default:
		c = color.New(color.Bold)
	}
	c.EnableColor()
	return c.Sprint(text)
}

func (p *page) line(text string) { p.b.WriteString(strings.TrimRight(text, " ") + "\n") }

func (p *page) blank() {
	if s := p.b.String(); s != "" && !strings.HasSuffix(s, "\n\n") {
		p.b.WriteByte('\n')
	}
}

// headline writes a mark, a sentence, and a code that ends at the right edge,
// on the sentence's last line where there is room.
func (p *page) headline(s style, mark, text, code string) {
	edge := p.o.width() - 1
	lines := Wrap(p.safe(text), edge-2)
	for i, l := range lines {
		if i == 0 {
			l = p.paint(s, mark) + " " + p.paint(strong, l)
		} else {
			l = "  " + p.paint(strong, l)
		}
		if i < len(lines)-1 || code == "" {
			p.line(l)
			continue
		}
		room := edge - 2 - Columns(lines[i]) - len(code)
		if room < 2 {
			p.line(l)
			l, room = "", max(0, edge-len(code))
		}
		p.line(l + strings.Repeat(" ", room) + p.paint(faint, code))
	}
}

// labelled writes text beside a label in the gutter.
func (p *page) labelled(label, text string) {
	for _, l := range Wrap(p.safe(text), p.o.width()-gutter-1) {
		p.line("  " + p.label(label, gutter-2) + l)
		label = ""
	}
}

func (p *page) label(label string, width int) string {
	return p.paint(faint, label) + strings.Repeat(" ", max(1, width-len(label)))
}

// advice writes the steps of a fix: prose wrapped, commands whole, or broken so
// that they can be pasted, fragments of a configuration as they stand.
func (p *page) advice(label string, steps diagnose.Steps) {
	for _, s := range steps {
		switch s.Kind {
		case diagnose.Command:
			p.command(label, s.Text)
		case diagnose.Fragment:
			for _, l := range p.fragment(s, steps) {
				p.line("  " + p.label(label, gutter-2) + "  " + l)
				label = ""
			}
		default:
			p.labelled(label, s.Text)
		}
		label = ""
	}
}

// Fix is a fix for people, as it stands in every text.
func Fix(steps diagnose.Steps, o Options) string {
	p := newPage(o)
	p.advice("fix", steps)
	return p.b.String()
}

// fragment is a piece of a configuration, unbroken, beside the name of its
// program.
func (p *page) fragment(s diagnose.Step, among diagnose.Steps) []string {
	column := 0
	for _, other := range among {
		if other.Kind == diagnose.Fragment && other.In != "" {
			column = max(column, Columns(other.In)+2)
		}
	}
	name, lines := p.safe(s.In), []string{}
	for l := range strings.SplitSeq(s.Text, "\n") {
		lines = append(lines, p.paint(faint, name)+strings.Repeat(" ", column-Columns(name))+p.paint(strong, p.indented(l)))
		name = ""
	}
	return lines
}

func (p *page) command(label, command string) {
	for _, l := range WrapCommand(p.safe(command), p.o.width()-gutter-3) {
		p.line("  " + p.label(label, gutter-2) + "  " + p.paint(strong, l))
		label = ""
	}
}
