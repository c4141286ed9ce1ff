package phrase

import (
	"bytes"
	"sort"
	"strings"
)

// A found is one error in one line.
type found struct {
	cause      *cause
	codes      string // overrides the cause's
	stack      string
	by         side
	fixed      bool // by cannot be otherwise
	sent       bool // an alert that the speaker itself sent
	alert      int  // -1: none
	depth      int  // of the certificate it is about, -1: not known
	note       string
	inner      []string
	how        how
	start, end int

	line  int
	text  string
	count int
	level int // how deep in a chain of "Caused by:" it stands
}

// A scan reads a text line by line.
type scan struct {
	x    *index
	only string // the whole text, when it is a single short line

	n, filled int // lines so far, and those that are not blank
	buf       []byte
	join      []byte
	hits      []hit

	raw    [2]string // the two lines before, and their comparable forms
	folded [2][]byte

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
	near     = 8   // lines over which a word about the side counts
	nearTLSn = 3   // lines over which a mention of TLS counts
	maxDone  = 256 // distinct errors that are kept
)

func newScan(text string) *scan {
	s := &scan{x: theIndex(), lastTLS: -100, sideLine: -100, depthLine: -100}
	if t := strings.TrimSpace(text); len(t) < 200 && !strings.ContainsRune(t, '\n') {
		s.only = t
	}
	return s
}

func (s *scan) line(raw string) {
	s.n++
	s.buf = fold(s.buf[:0], raw)
	if len(s.buf) == 0 {
		s.remember("", nil)
		return
	}
	s.filled++
	line := s.buf
	if speaksOfTLS(line) {
		s.lastTLS = s.n
		s.sample(line)
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
	for i := range fs {
		fs[i].line, fs[i].count, fs[i].level = s.n, 1, s.level
		s.waiting = append(s.waiting, fs[i])
	}
	s.across(raw, line)
	if h.by != neither {
		s.hint(h.by)
	}
	s.settle(false)
	s.remember(raw, line)
}

// read finds the errors in one line and what it says of the side. JSON is
// read value by value.
func (s *scan) read(line []byte, raw string) ([]found, hint) {
	s.hits = s.x.search(line, s.hits[:0])
	fs, h := s.interpret(line, s.hits)
	if len(fs) == 0 {
		fs = s.unfiled(line)
	}
	if len(fs) > 0 && strings.Contains(raw, `{"`) {
		if in := s.readJSON(raw, h, 0); len(in) > 0 {
			return in, h
		}
	}
	for i := range fs {
		fs[i].text = excerpt(raw, line, fs[i].start, fs[i].end)
	}
	return fs, h
}

// interpret makes of the hits in a line the errors it states.
func (s *scan) interpret(line []byte, hits []hit) ([]found, hint) {
	var fs []found
	var h hint
	length := 0
	for _, at := range hits {
		switch {
		case at.pat.hint != nil:
			p := at.pat.hint
			if p.by != neither && at.end-at.start > length {
				h.by, length = p.by, at.end-at.start
			}
			h.sent = h.sent || p.sent
			if p.program != "" {
				h.program = p.program
			}
		case at.pat.decode != nil:
			if f, ok := at.pat.decode(line, at.start, at.end); ok {
				fs = append(fs, f)
			}
		default:
			t := at.pat.text
			if t.how == clause && !standsAlone(line, at.start, at.end) {
				continue
			}
			f := found{cause: t.cause, codes: t.codes, stack: at.pat.table.stack, by: at.pat.table.by, how: t.how,
				alert: -1, depth: -1, start: at.start, end: at.end}
			if t.by != neither {
				f.by, f.fixed = t.by, true
			}
			if f.note = t.text; len(f.note) > 80 {
				f.note = f.note[:strings.LastIndexByte(f.note[:80], ' ')] + " …"
			}
			fs = append(fs, f)
		}
	}
	if len(fs) == 0 {
		return nil, h
	}
	fs = unwrap(fs)
	depth := -1
	if s.depthLine >= s.n-2 {
		depth = s.depth
	}
	for i := range fs {
		f := &fs[i]
		if h.by != neither && !f.fixed && f.by != h.by {
			f.by, f.codes = h.by, ""
		}
		f.sent = f.sent || h.sent
		if f.depth < 0 {
			f.depth = depth
		}
		if h.program != "" && !strings.HasPrefix(f.stack, h.program) {
			f.stack = h.program + " (" + f.stack + ")"
		}
	}
	return fs, h
}

// unwrap keeps the errors of a line that say most. What merely wraps them
// becomes a note of theirs.
func unwrap(fs []found) []found {
	sort.SliceStable(fs, func(i, j int) bool {
		if fs[i].cause.rank != fs[j].cause.rank {
			return fs[i].cause.rank < fs[j].cause.rank
		}
		return fs[i].end-fs[i].start > fs[j].end-fs[j].start
	})
	var kept []found
next:
	for _, f := range fs {
		for i := range kept {
			k := &kept[i]
			inside := k.start <= f.start && f.end <= k.end
			around := f.start <= k.start && k.end <= f.end
			if around && f.alert >= 0 && f.cause.kind == alert && f.cause.rank == refusal && k.cause.kind == judgement {
				*k = f // an alert's name, read as words of the speaker's own
				continue next
			}
			if around && f.cause.rank <= vague && f.end-f.start > k.end-k.start {
				// The longer text knows more than the one it contains.
				if f.note != k.note {
					f.inner = append(append(f.inner, k.inner...), k.note)
				}
				*k = f
				continue next
			}
			if inside || f.cause == k.cause || f.cause.rank > vague && f.cause.rank >= k.cause.rank {
				if f.alert >= 0 && k.alert < 0 {
					k.alert = f.alert
				}
				k.sent = k.sent || f.sent
				if k.by == neither {
					k.by = f.by
				}
				if f.note != k.note && f.note != "" && len(k.inner) < 8 && !contains(k.inner, f.note) {
					k.inner = append(k.inner, f.note)
				}
				continue next
			}
		}
		kept = append(kept, f)
	}
	return kept
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

// across looks for texts that a line break cuts in two.
func (s *scan) across(raw string, line []byte) {
	if len(s.folded[1]) == 0 || s.startsEntry(raw) {
		return
	}
	glues := []string{" "}
	if len(s.raw[1]) >= 40 {
		glues = append(glues, "") // a hard wrap within a word
	}
	for _, glue := range glues {
		j := s.join[:0]
		if len(s.folded[0]) > 0 && !s.startsEntry(s.raw[1]) {
			j = append(append(j, tail(s.folded[0])...), glue...)
		}
		first := len(j)
		j = append(append(j, tail(s.folded[1])...), glue...)
		cut := len(j)
		j = append(j, line[:min(len(line), 300)]...)
		s.join = j
		s.hits = s.x.search(j, s.hits[:0])
		crossing := s.hits[:0]
		for _, h := range s.hits {
			if h.start < cut-len(glue) && h.end > cut || h.pat.decode != nil && h.end <= cut && h.end > cut-20 {
				crossing = append(crossing, h)
			}
		}
		if len(crossing) == 0 {
			continue
		}
		fs, _ := s.interpret(j, crossing)
		added := false
		for _, f := range fs {
			if f.end <= cut || f.start >= cut-len(glue) {
				continue
			}
			f.line, f.count, f.level = s.n-1, 1, s.level
			f.text = clip(plain(s.raw[1]) + glue + plain(raw))
			if f.start < first {
				f.line = s.n - 2
				f.text = clip(plain(s.raw[0]) + glue + f.text)
			}
			// What was read of it line by line is part of it.
			keep := s.waiting[:0]
			known := false
			for _, w := range s.waiting {
				switch {
				case w.line >= f.line && w.cause == f.cause && w.how == f.how && w.line < s.n && w.text == f.text:
					known = true
					keep = append(keep, w)
				case w.line >= f.line && w.line <= s.n && (w.cause.rank >= f.cause.rank) && (w.line == s.n && w.start < f.end-cut || w.line < s.n):
				default:
					keep = append(keep, w)
				}
			}
			s.waiting = keep
			if !known {
				s.waiting = append(s.waiting, f)
				added = true
			}
		}
		if added {
			return
		}
	}
}

func tail(b []byte) []byte {
	if len(b) > 300 {
		return b[len(b)-300:]
	}
	return b
}

func (s *scan) remember(raw string, line []byte) {
	s.raw[0], s.raw[1] = s.raw[1], raw
	old := s.folded[0]
	s.folded[0] = s.folded[1]
	s.folded[1] = append(old[:0], tail(line)...)
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

// heardAs settles which side a found is from.
func (f *found) heardAs(by side) {
	if by == server {
		f.codes = "" // they are in the order for a client
	}
	f.by = by
}

// settle moves what no later line can change from waiting to done.
func (s *scan) settle(all bool) {
	keep := s.waiting[:0]
	for _, f := range s.waiting {
		if f.by == neither && f.line-s.sideLine <= near && f.line >= s.sideLine {
			f.heardAs(s.lastSide)
		}
		if f.how == nearTLS {
			close := s.lastTLS >= f.line-nearTLSn && s.lastTLS <= f.line+nearTLSn
			if !close && !all && s.n-f.line < nearTLSn {
				keep = append(keep, f)
				continue
			}
			if !close && s.filled > 3 {
				continue
			}
		}
		if !all && s.n-f.line < near && (f.by == neither || s.n-f.line < 2) {
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
		if d.cause == f.cause && d.by == f.by && d.sent == f.sent && (d.depth > 0) == (f.depth > 0) && (d.codes == f.codes || d.line == f.line) {
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
		s.done = append(s.done, f)
	}
}

func (s *scan) result() *Result {
	s.n += near
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
	for i := range s.done {
		r.Errors = append(r.Errors, s.done[i].match())
	}
	return r
}

// match is what the caller gets to see of a found.
func (f *found) match() Match {
	m := Match{Text: f.text, Line: f.line, Count: f.count, Stack: f.stack, Means: f.cause.means, Inner: f.inner}
	if f.alert >= 0 {
		n := f.alert
		m.Alert = &n
	}
	by := f.by
	switch f.cause.kind {
	case local:
		m.Speaker = AboutLocalFile
	case connection:
		m.Speaker = AboutConnection
	case alert:
		if f.sent { // then the speaker itself judges, and the codes are those of its quoting peer
			m.Speaker = [...]Speaker{SpeakerUnknown, ClientAboutServer, ServerAboutClient}[by]
			by = by.other()
		} else {
			m.Speaker = [...]Speaker{SpeakerUnknown, ClientQuotesServer, ServerQuotesClient}[by]
		}
	default:
		m.Speaker = [...]Speaker{SpeakerUnknown, ClientAboutServer, ServerAboutClient}[by]
	}
	list := f.codes
	if list == "" || f.depth > 0 && f.cause.issuer != "" {
		list = f.cause.codes(by, f.depth)
	}
	for list != "" {
		var code string
		code, list = nextCode(list)
		m.Codes = append(m.Codes, Candidate{Code: code, TellApart: tellApart(code)})
	}
	return m
}
