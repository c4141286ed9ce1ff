package render

import (
	"fmt"
	"strings"

	"mutual/diagnose"
)

// ladder draws the handshake of the first attempt: two lanes, an arrow for
// each flight of messages, and a mark where it broke.
func (p *page) ladder(r *diagnose.Report) {
	if len(r.Handshake) == 0 {
		return
	}
	const left = 4
	lane := min(p.o.width(), 80) - left - 2 - 13 // columns between the walls; the rest is for times
	d := ladder{page: p, lane: lane, indent: strings.Repeat(" ", left), unit: " ms"}
	p.line("  " + "client" + strings.Repeat(" ", lane-5) + "server")
	messages := ofAttempt(r)
	broke := breaks(messages)
	for i, m := range messages {
		d.message(m, i == broke)
		if i+1 == len(messages) || messages[i+1].From != m.From {
			d.arrow(m.From)
		}
	}
	if who := blame(r, messages, broke); who != "" {
		p.blank()
		p.labelled("ended", who)
	}
}

// ladder is the state of one drawing.
type ladder struct {
	page   *page
	lane   int
	indent string
	unit   string  // "ms" is written once
	last   float64 // the time last written
	drawn  bool
}

// ofAttempt is what was said in the attempt drawn: the first, and of it no
// more than the first part of the application data, and no end of a stream
// that an alert has announced.
func ofAttempt(r *diagnose.Report) []diagnose.Message {
	name := r.Handshake[0].Attempt
	var out []diagnose.Message
	alerted := map[diagnose.Side]bool{}
	for _, m := range r.Handshake {
		if m.Attempt != name || m.Message == "ChangeCipherSpec" || m.Message == "Close" && alerted[m.From] {
			continue
		}
		alerted[m.From] = alerted[m.From] || m.Message == "Alert"
		if m.Message == "ApplicationData" && len(out) > 0 && out[len(out)-1].Message == m.Message && out[len(out)-1].From == m.From {
			continue
		}
		out = append(out, m)
	}
	return out
}

// breaks is the index of the message that ended the handshake: the first alert
// but close_notify, else an end of the stream that comes before any
// application data of that side; -1 where nothing broke.
func breaks(messages []diagnose.Message) int {
	for i, m := range messages {
		if m.Message == "Alert" && !strings.Contains(m.Detail, "close_notify") {
			return i
		}
	}
	spoke := map[diagnose.Side]bool{}
	for i, m := range messages {
		switch {
		case m.Message == "ApplicationData" || m.Message == "NewSessionTicket" || strings.Contains(m.Detail, "close_notify"):
			spoke[m.From] = true
		case m.Message == "Close" && !spoke[m.From] && m.Detail != "closed here":
			return i
		case m.Message == "NotTLS":
			return i
		}
	}
	return -1
}

func (d *ladder) message(m diagnose.Message, broke bool) {
	text := messageWords(m)
	if broke {
		text = d.page.g.bad + " " + text
	}
	for i, line := range wrapDetail(d.page.safe(text), d.lane-4) {
		at := ""
		if i == 0 {
			at = d.clock(m.Millis)
		}
		pad := strings.Repeat(" ", max(0, d.lane-2-Columns(line)))
		s := plain
		if broke {
			s = bad
		}
		d.page.line(d.indent + d.page.g.wall + "  " + d.page.paint(s, line) + pad + d.page.g.wall + at)
	}
}

// wrapDetail wraps a message, what is too long for a line cut, its further
// lines indented.
func wrapDetail(text string, width int) []string {
	name, detail, _ := strings.Cut(text, "  ")
	if detail == "" {
		return clip(Wrap(text, width), width)
	}
	if Columns(name)+2+Columns(detail) <= width {
		return []string{name + "  " + detail}
	}
	first := Wrap(detail, width-Columns(name)-2)
	out := []string{name + "  " + first[0]}
	for _, l := range Wrap(strings.TrimSpace(strings.TrimPrefix(strings.Join(strings.Fields(detail), " "), first[0])), width-2) {
		out = append(out, "  "+l)
	}
	return clip(out, width)
}

func clip(lines []string, width int) []string {
	for i, l := range lines {
		if Columns(l) > width {
			r := []rune(l)
			lines[i] = string(r[:max(0, min(len(r), width-3))]) + "..."
		}
	}
	return lines
}

// clock is the time of a message where it differs from the one before.
func (d *ladder) clock(ms float64) string {
	if d.drawn && ms-d.last < 0.05 {
		return ""
	}
	text := fmt.Sprintf("%6.1f%s", ms, d.unit)
	d.drawn, d.last, d.unit = true, ms, ""
	return d.page.paint(faint, text)
}

func (d *ladder) arrow(from diagnose.Side) {
	g := d.page.g
	shaft := strings.Repeat(g.fill, d.lane-1)
	if from == diagnose.ServerSide {
		d.page.line(d.indent + g.wall + g.left + shaft + g.out)
		return
	}
	d.page.line(d.indent + g.in + shaft + g.right + g.wall)
}

// blame says in a sentence who ended it.
func blame(r *diagnose.Report, messages []diagnose.Message, broke int) string {
	if broke < 0 {
		return ""
	}
	m := messages[broke]
	who := "The " + string(m.From)
	switch {
	case m.Message == "Alert":
		return who + " ended it, with alert " + strings.TrimPrefix(strings.TrimPrefix(m.Detail, "fatal "), "warning ") + "."
	case m.Message == "NotTLS":
		return who + " does not speak TLS here."
	case strings.Contains(m.Detail, "reset"):
		return who + " broke the connection off, without an alert."
	}
	return who + " closed the connection without a word."
}
