package render

import (
	"io"
	"strings"

	"mutual/diagnose"
)

// Sheet is the text of a command whose result is no diagnosis: a sentence with
// its mark, and paragraphs beside their labels. What is written to it is
// escaped and wrapped.
type Sheet struct{ p *page }

// NewSheet makes an empty sheet.
func NewSheet(o Options) *Sheet { return &Sheet{newPage(o)} }

// Good, Bad and Caution begin a part with a sentence.
func (s *Sheet) Good(text string)    { s.head(good, s.p.g.ok, text) }
func (s *Sheet) Bad(text string)     { s.head(bad, s.p.g.bad, text) }
func (s *Sheet) Caution(text string) { s.head(caution, s.p.g.warn, text) }

// Fault begins a part with a sentence and the code of what is wrong.
func (s *Sheet) Fault(text, code string) { s.p.headline(bad, s.p.g.bad, text, code) }

// Fix writes what to do about it.
func (s *Sheet) Fix(steps diagnose.Steps) { s.p.advice("fix", steps) }

// Note is a sentence that neither praises nor warns.
func (s *Sheet) Note(text string) { s.head(plain, s.p.g.note, text) }

func (s *Sheet) head(st style, mark, text string) { s.p.headline(st, mark, text, "") }

// Title begins a part with a name.
func (s *Sheet) Title(name string) {
	s.p.blank()
	s.p.line(s.p.paint(strong, s.p.safe(name)))
}

// Fact writes text beside a label.
func (s *Sheet) Fact(label, text string) { s.p.labelled(label, text) }

// Command writes a command beside a label, so that it can be pasted.
func (s *Sheet) Command(label, command string) { s.p.command(label, command) }

// Report writes a report as Text does, and of one that names no error what is
// worth knowing alone: the verdict is the sheet's.
func (s *Sheet) Report(r *diagnose.Report) {
	if r.RootCause() == nil {
		s.p.remarks(r)
		return
	}
	s.p.blank()
	s.p.report(r)
}

// Blank leaves a line free.
func (s *Sheet) Blank() { s.p.blank() }

// WriteTo writes the sheet.
func (s *Sheet) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, s.p.b.String())
	return int64(n), err
}

// Table writes rows under a head, each column as wide as its widest cell; the
// last column is wrapped.
func (s *Sheet) Table(head []string, rows [][]string) {
	all := append([][]string{head}, rows...)
	widths := make([]int, len(head))
	for _, row := range all {
		for i, cell := range row {
			widths[i] = max(widths[i], Columns(s.p.safe(cell)))
		}
	}
	last := len(head) - 1
	room := s.p.o.width() - 3
	for _, w := range widths[:last] {
		room -= w + 2
	}
	s.p.blank()
	for n, row := range all {
		st := plain
		if n == 0 {
			st = faint
		}
		start := "  "
		for i, cell := range row[:last] {
			cell = s.p.safe(cell)
			start += s.p.paint(st, cell) + strings.Repeat(" ", widths[i]+2-Columns(cell))
		}
		for _, l := range Wrap(s.p.safe(row[last]), max(room, 10)) {
			s.p.line(start + s.p.paint(st, l))
			start = strings.Repeat(" ", s.p.o.width()-1-room)
		}
		if row[last] == "" {
			s.p.line(start)
		}
	}
}
