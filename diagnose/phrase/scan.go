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
	soft       bool // the words are in use outside of TLS, or in many programs
	sent       bool // an alert that the speaker itself sent
	alert      int  // -1: none
	depth      int  // of the certificate it is about, -1: not known
	note       string
	inner      []string
	how        how
	start, end int

	raw    string // the line it stands in
	folded int    // the length of that line's comparable form
	object bool   // the line is JSON, and start and end are within one value
	line   int
	text   string // what is shown of the line
	count  int
	level  int // how deep in a chain of "Caused by:" it stands
}

// A scan reads a text line by line.
type scan struct {
	x    *index
	only string // the whole text, when it is a single short line

	n, filled int // lines so far, and those that are not blank
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
	s := &scan{x: theIndex(), read1: map[uint64]reading{}, lastTLS: -100, sideLine: -100, depthLine: -100}
	if t := strings.TrimSpace(text); len(t) < 200 && !strings.ContainsRune(t, '\n') {
		s.only = t
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
	s.filled++
	line := s.buf
	ofTLS, continues := speaksOfTLS(line), continuesEntry(raw)
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
	ofTLS = ofTLS || continues && s.lastTLS >= s.n-nearTLSn
	if ofTLS {
		s.lastTLS = s.n
	}
	for i := range fs {
		if ofTLS && fs[i].how == nearTLS {
			fs[i].how = anywhere
		}
		fs[i].line, fs[i].count, fs[i].level = s.n, 1, s.level
		s.waiting = append(s.waiting, fs[i])
	}
	s.continueEntry(raw, line)
	if h.by != neither {
		s.hint(h.by)
	}
	s.settle(false)
}

// read finds the errors in one line and what it says of the side. JSON is
// read value by value. Lines in which the same texts stand alike are read
// once.
func (s *scan) read(line []byte, raw string) ([]found, hint) {
	s.hits = s.x.search(line, s.hits[:0])
	if len(s.hits) == 0 && !bytes.HasSuffix(line, []byte("eof")) && !bytes.Contains(line, []byte(": eof,")) && !bytes.Contains(line, []byte(": eof}")) {
		return nil, hint{}
	}
	object := strings.Contains(raw, `{"`)
	key, keyed := s.key(line, object)
	if keyed {
		if c, ok := s.read1[key]; ok {
			out := append(s.copies[:0], c.founds...)
			for i := range out {
				out[i].raw, out[i].folded = raw, len(line)
				if out[i].depth = -1; s.depthLine >= s.n-2 {
					out[i].depth = s.depth
				}
			}
			s.copies = out
			return out, c.hint
		}
	}
	fs, h := s.interpret(line, s.hits)
	if object {
		if in := s.readJSON(raw, h, 0); len(in) > 0 {
			for i := range in {
				in[i].object = true
			}
			fs = in
		}
	}
	for i := range fs {
		fs[i].raw, fs[i].folded = raw, len(line)
	}
	if keyed && len(s.read1) < maxCached {
		s.read1[key] = reading{append([]found(nil), fs...), h}
	}
	return fs, h
}

// A reading is what was read of a line.
type reading struct {
	founds []found
	hint   hint
}

// key tells lines apart by the texts in them and how they stand: two lines
// with one key read alike.
func (s *scan) key(line []byte, object bool) (uint64, bool) {
	if len(line) > 4096 {
		return 0, false
	}
	key := uint64(len(s.hits)) << 1
	if object {
		key |= 1
	}
	if speaksOfTLS(line) {
		key |= 1 << 32
	}
	const prime = 0x100000001b3
	last := 0
	for _, h := range s.hits {
		key = (key ^ uint64(h.index)) * prime
		if h.start < last {
			key++
		}
		last = h.end
		switch {
		case h.pat.decode != nil: // what is read stands around the words
			for _, c := range line[max(0, h.start-40):h.start] {
				if isDigit(c) {
					c = '0'
				}
				key = (key ^ uint64(c)) * prime
			}
			for _, c := range line[h.end:min(len(line), h.end+96)] {
				key = (key ^ uint64(c)) * prime
			}
		case h.pat.text != nil && h.pat.text.how == clause && standsAlone(line, h.start, h.end):
			key++
		}
	}
	return key, true
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
				soft:  at.pat.table == &networkTexts || at.pat.table == &generalTexts,
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
	if f, ok := endOfFile(line); ok {
		fs = append(fs, f)
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
			f.heardAs(h.by)
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
			if around && (f.cause.rank <= vague || k.soft && !f.soft) && f.end-f.start > k.end-k.start {
				// The longer text knows more than the one it contains.
				if f.note != k.note {
					f.inner = append(append(f.inner, k.inner...), k.note)
				}
				*k = f
				continue next
			}
			if inside || f.cause == k.cause || f.cause.rank > vague && f.cause.rank >= k.cause.rank {
				if k.wraps() && !f.wraps() {
					k.stack = f.stack
				}
				if f.alert >= 0 && k.alert < 0 {
					k.alert = f.alert
				}
				k.sent = k.sent || f.sent
				if k.by == neither && f.by != neither {
					k.heardAs(f.by)
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

// wraps tells whether the words are a library's that many programs print as
// part of their own.
func (f *found) wraps() bool {
	return f.soft || f.stack == "TLS alert" || strings.HasPrefix(f.stack, "OpenSSL") || f.stack == "BoringSSL"
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
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

// heardAs settles which side a found is from. Of codes in an order of its
// own, those stay in front that the cause can have from that side.
func (f *found) heardAs(by side) {
	if f.codes != "" && f.cause.byServer != "" && f.by != by {
		list, own := f.cause.codes(by, -1), ""
		for rest := f.codes; rest != ""; {
			var code string
			if code, rest = nextCode(rest); hasCode(list, code) {
				own = addCode(own, code)
			}
		}
		if f.by == neither {
			for rest := list; rest != ""; {
				var code string
				code, rest = nextCode(rest)
				own = addCode(own, code)
			}
			f.codes = own
		} else {
			f.codes = ""
		}
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
			if !all && s.n-f.line <= nearTLSn {
				keep = append(keep, f)
				continue
			}
			if s.filled > fewLines {
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
		if f.text == "" || f.raw != "" && f.object {
			f.text = s.show(f)
		}
		f.inner = append([]string(nil), f.inner...)
		s.done = append(s.done, f)
	}
}

// show is what of its line a found is shown with.
func (s *scan) show(f found) string {
	if f.object {
		for _, v := range s.readJSON(f.raw, hint{}, 0) {
			if v.cause == f.cause {
				return v.text
			}
		}
	}
	return excerpt(f.raw, f.folded, f.start, f.end)
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

// withoutWrappers leaves out the errors that only say that something failed
// where, within a few lines, the one that says what is found as well. They
// become notes of that one. s.done is in order.
func (s *scan) withoutWrappers() []found {
	var kept []found
next:
	for _, f := range s.done {
		for i := range kept {
			k := &kept[i]
			if k.cause.rank < verdict && f.cause.rank >= verdict && f.count <= k.count && f.line-k.line <= near && k.line-f.line <= near {
				if len(k.inner) < 8 && f.note != "" && !contains(k.inner, f.note) {
					k.inner = append(k.inner, f.note)
				}
				continue next
			}
		}
		kept = append(kept, f)
	}
	return kept
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
	switch {
	case f.sent && f.cause.found != nil:
		list, m.Means = f.cause.found.codes(f.by, f.depth), f.cause.found.means
	case list == "" || f.depth > 0 && f.cause.issuer != "":
		list = f.cause.codes(by, f.depth)
	}
	for list != "" {
		var code string
		if code, list = nextCode(list); f.sent && code == "peer-rejected-our-server-cert" {
			continue // it is the speaker that rejects
		}
		m.Codes = append(m.Codes, Candidate{Code: code, TellApart: tellApart(code)})
	}
	return m
}
