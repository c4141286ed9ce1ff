package render

import (
	"strings"
	"time"

	"mutual/diagnose"
)

// chainDrawing is a chain as a tree, leaf first, with the life of each
// certificate on one axis of time.
type chainDrawing struct {
	Side   diagnose.Side
	Links  []linkDrawing
	From   string // the ends of the axis
	Until  string
	Now    float64 // where now is on it, of barWidth
	Height int
}

// linkDrawing is one certificate of the tree. Bar is nil where its dates are
// not known.
type linkDrawing struct {
	Depth       int
	Name, Words string
	Faults      []diagnose.Code
	Broken      bool
	Bar         *bar
}

// bar is a span of time in the units of the axis.
type bar struct {
	Y        int
	X, Width float64
	Mark     string // "ok", or "bad" where it does not hold now
}

const (
	barWidth = 300
	barRow   = 18
)

func chainDrawings(r *diagnose.Report) []chainDrawing {
	var all []chainDrawing
	for _, side := range []diagnose.Side{diagnose.ServerSide, diagnose.ClientSide} {
		links := r.Links(side)
		if len(links) == 0 {
			continue
		}
		d := chainDrawing{Side: side}
		var lives []*diagnose.Certificate
		for i, l := range links {
			d.Links = append(d.Links, linkDrawing{Depth: i, Name: Escape(linkName(l)), Words: newPage(Options{}).linkWords(r, side, l), Faults: l.Faults, Broken: l.Broken})
			if l.Cert != nil && l.Cert.NotAfter.After(l.Cert.NotBefore) {
				lives = append(lives, l.Cert)
			} else {
				lives = append(lives, nil)
			}
		}
		d.bars(lives, r.Time)
		all = append(all, d)
	}
	return all
}

// bars puts the lives on the axis, which goes no further than three years from
// now: the life of a root would make a leaf's a dot.
func (d *chainDrawing) bars(lives []*diagnose.Certificate, now time.Time) {
	from, until := now, now
	for _, c := range lives {
		if c == nil {
			continue
		}
		if c.NotBefore.Before(from) {
			from = c.NotBefore
		}
		if c.NotAfter.After(until) {
			until = c.NotAfter
		}
	}
	if early := now.AddDate(-3, 0, 0); from.Before(early) {
		from = early
	}
	if late := now.AddDate(3, 0, 0); until.After(late) {
		until = late
	}
	whole := until.Sub(from)
	if whole <= 0 {
		return
	}
	at := func(t time.Time) float64 {
		return max(0, min(barWidth, barWidth*float64(t.Sub(from))/float64(whole)))
	}
	row := 0
	for i, c := range lives {
		if c == nil {
			continue
		}
		b := &bar{Y: 16 + row*barRow, X: at(c.NotBefore), Mark: "ok"}
		b.Width = max(2, at(c.NotAfter)-b.X)
		b.X = min(b.X, barWidth-2)
		if now.Before(c.NotBefore) || now.After(c.NotAfter) {
			b.Mark = "bad"
		}
		d.Links[i].Bar = b
		row++
	}
	d.From, d.Until, d.Now, d.Height = from.UTC().Format(time.DateOnly), until.UTC().Format(time.DateOnly), at(now), 16+row*barRow+18
}

// ladderDrawing is the handshake of the first attempt between two walls.
type ladderDrawing struct {
	Rows   []ladderRow
	Arrows []ladderArrow
	Height int
	Ended  string
	// Steps are the same in words, for those who do not see it.
	Steps []string
}

type ladderRow struct {
	Y     int
	Text  string
	At    string // time, where it differs from the one before
	Broke bool
}

type ladderArrow struct {
	Y     int
	Left  bool
	Broke bool
}

// The ladder's measures, in columns and in units of its drawing.
const (
	ladderColumns = 54
	ladderLine    = 17
	ladderTop     = 40
)

func drawLadder(r *diagnose.Report) *ladderDrawing {
	if len(r.Handshake) == 0 {
		return nil
	}
	messages := ofAttempt(r)
	broke := breaks(messages)
	d := &ladderDrawing{Ended: blame(r, messages, broke)}
	y, last := ladderTop, -1.0
	for i, m := range messages {
		text := messageWords(m)
		step := "The " + string(m.From) + ": " + text
		if i == broke {
			text, step = "✗ "+text, step+" (it breaks here)"
		}
		d.Steps = append(d.Steps, step)
		for n, line := range wrapDetail(Escape(text), ladderColumns) {
			row := ladderRow{Y: y, Text: line, Broke: i == broke}
			if n == 0 && (last < 0 || m.Millis-last >= 0.05) {
				row.At, last = millis(m.Millis), m.Millis
			}
			d.Rows = append(d.Rows, row)
			y += ladderLine
		}
		if i+1 == len(messages) || messages[i+1].From != m.From {
			d.Arrows = append(d.Arrows, ladderArrow{Y: y - 9, Left: m.From == diagnose.ServerSide, Broke: i == broke})
			y += 13
		}
	}
	d.Height = y + 4
	return d
}

// messageWords is a message of the handshake as the ladder has it.
func messageWords(m diagnose.Message) string {
	switch m.Message {
	case "Alert":
		return "alert " + strings.TrimPrefix(strings.TrimPrefix(m.Detail, "fatal "), "warning ")
	case "Close":
		return m.Detail
	case "ApplicationData":
		return "application data"
	case "NotTLS":
		return "not TLS: " + m.Detail
	}
	if m.Detail == "" {
		return m.Message
	}
	return m.Message + "  " + m.Detail
}
