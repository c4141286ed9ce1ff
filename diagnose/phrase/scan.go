package phrase

import (
	"bytes"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// A scan reads a text line by line.
type scan struct {
	x    *index
	only string // the whole text, when it is a single short line

	width     int // of the longest line, in characters
	fullLines int // how many are that long
	sentLine  int // the last line that says that an alert was sent, and not which

	n, filled int  // lines so far, and those that are neither blank nor in a stack trace
	stamped   bool // a line has a time stamp
	other     bool // one of the first lines is about a signature of SSH, OpenPGP and the like
	trace     bool // the line before is in a stack trace
	buf, buf2 []byte
	read1     map[uint64]reading
	copies    []found
	tries     int // to put lines together, and how many belonged
	joined    int
	hits      []hit

	entry entry

	lastTLS   int // the last line that speaks of TLS
	lastSide  side
	sideLine  int
	sides     [3]int // lines that a hint ascribes to each side
	depth     int
	depthLine int
	level     int

	waiting []found // of the last few lines, which what follows can still change
	done    []found // distinct
	samples []string
}

const (
	near      = 8   // lines over which a word about the side counts
	nearTLSn  = 3   // lines of one entry over which a mention of TLS counts
	fewLines  = 3   // a text of no more lines is about TLS, or nobody would ask
	maxDone   = 256 // distinct errors that are kept
	maxCached = 4096
)

func newScan(text string) *scan {
	s := &scan{x: theIndex(), read1: map[uint64]reading{}, lastTLS: -100, sentLine: -100, sideLine: -100, depthLine: -100}
	if t := strings.TrimSpace(text); len(t) < 200 && !strings.ContainsRune(t, '\n') {
		s.only = t
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\r\n"); len(line) >= s.width {
			switch n := utf8.RuneCountInString(line); {
			case n > s.width:
				s.width, s.fullLines = n, 1
			case n == s.width:
				s.fullLines++
			}
		}
	}
	return s
}

func (s *scan) line(raw string) {
	s.n++
	s.buf = fold(s.buf[:0], raw)
	if len(s.buf) == 0 {
		s.endEntry()
		return
	}
	line := s.buf
	ofTLS, continues, stamped := speaksOfTLS(line), continuesEntry(raw), s.startsEntry(raw) == surely
	if !continues {
		s.filled++
	}
	s.stamped = s.stamped || stamped
	s.other = s.other || s.filled <= fewLines && speaksOfOther(line)
	// The last line of a stack trace may be the error itself.
	wasTrace := s.trace
	s.trace = continues
	continues = continues || wasTrace && !stamped
	if ofTLS {
		s.sample(line)
		for i := range s.waiting {
			if w := &s.waiting[i]; continues && w.how == nearTLS && s.n-w.line <= nearTLSn {
				w.how = anywhere
			}
		}
	} else if s.filled <= 3 {
		s.sample(line)
	}
	if i := bytes.Index(line, []byte("caused by:")); i >= 0 && i < 40 {
		s.level++
	} else if !bytes.HasPrefix(line, []byte("at ")) && !bytes.HasPrefix(line, []byte("...")) {
		s.level = 0
	}
	if d, ok := depthIn(line); ok {
		s.depth, s.depthLine = d, s.n
	}

	fs, h := s.read(line, raw)
	ofTLS = (ofTLS || continues && s.lastTLS >= s.n-nearTLSn) && (len(fs) == 0 || !speaksOfOther(line))
	if ofTLS {
		s.lastTLS = s.n
	}
	if h.sent && !anyAlert(fs) {
		s.sentLine = s.n
	}
	for i := range fs {
		if fs[i].alert >= 0 && !stamped && s.n-s.sentLine <= 2 {
			fs[i].sent = true
		}
		if ofTLS && fs[i].how == nearTLS {
			fs[i].how = anywhere
		}
		fs[i].line, fs[i].count, fs[i].level = s.n, 1, s.level
		s.waiting = append(s.waiting, fs[i])
	}
	s.continueEntry(raw, line)
	if h.by != neither && !h.beside {
		s.hint(h.by)
	}
	s.settle(false)
}

func anyAlert(fs []found) bool {
	for i := range fs {
		if fs[i].alert >= 0 {
			return true
		}
	}
	return false
}

// hint notes that this line shows which side speaks.
func (s *scan) hint(by side) {
	s.lastSide, s.sideLine = by, s.n
	s.sides[by]++
	for i := range s.waiting {
		if w := &s.waiting[i]; w.by == neither && !w.fixed && s.n-w.line <= near {
			w.heardAs(by)
		}
	}
}

// settle moves what no later line can change from waiting to done.
func (s *scan) settle(all bool) {
	keep := s.waiting[:0]
	for _, f := range s.waiting {
		if f.by == neither && f.line-s.sideLine <= near && f.line >= s.sideLine {
			f.heardAs(s.lastSide)
		}
		if f.how == nearTLS {
			if !all && s.n-f.line <= nearTLSn {
				keep = append(keep, f)
				continue
			}
			if s.filled > fewLines || s.stamped || s.other {
				continue
			}
		}
		if !all && (f.line >= s.entry.first || s.n-f.line < near && f.by == neither) {
			keep = append(keep, f)
			continue
		}
		s.add(f)
	}
	s.waiting = keep
}

func (s *scan) add(f found) {
	for i := range s.done {
		d := &s.done[i]
		if d.cause == f.cause && d.by == f.by && d.sent == f.sent && (d.depth > 0) == (f.depth > 0) && (slices.Equal(d.codes, f.codes) || d.line == f.line) {
			d.count++
			d.level = max(d.level, f.level)
			for _, n := range f.inner {
				if len(d.inner) < 8 && !contains(d.inner, n) {
					d.inner = append(d.inner, n)
				}
			}
			return
		}
	}
	if len(s.done) < maxDone {
		if f.text == "" || f.raw != "" && f.object {
			f.text = s.show(f)
		}
		f.inner = append([]string(nil), f.inner...)
		s.done = append(s.done, f)
	}
}

func (s *scan) result() *Result {
	s.endEntry()
	s.settle(true)
	r := &Result{}
	if len(s.done) == 0 && s.only != "" {
		if f, ok := wholeText(s.only); ok {
			s.done = append(s.done, f)
		}
	}
	if len(s.done) == 0 {
		r.Nearest = s.nearest()
		return r
	}
	// Where only one side is heard in the whole text, it says the rest, too.
	by := neither
	if s.sides[client] == 0 && s.sides[server] > 0 {
		by = server
	} else if s.sides[server] == 0 && s.sides[client] > 0 {
		by = client
	}
	for i := range s.done {
		if s.done[i].by == neither && !s.done[i].fixed {
			s.done[i].heardAs(by)
		}
	}
	sort.SliceStable(s.done, func(i, j int) bool {
		a, b := &s.done[i], &s.done[j]
		if a.cause.rank != b.cause.rank {
			return a.cause.rank < b.cause.rank
		}
		if a.level != b.level {
			return a.level > b.level
		}
		return a.line < b.line
	})
	r.Recognised = true
	for _, f := range s.withoutWrappers() {
		r.Errors = append(r.Errors, f.match())
	}
	return r
}
