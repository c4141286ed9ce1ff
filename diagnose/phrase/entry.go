package phrase

import (
	"strings"
	"unicode/utf8"
)

// An entry is the lines that may be one log entry, wrapped by a terminal, a
// mail program or a pipe. They are read line by line; only where a known text
// is cut in two by a line break are they read again as one line.
type entry struct {
	first int // the number of its first line
	raws  []string
	tail  []byte // the end of its comparable form, and where the last line of it begins
	size  int
	glues uint8 // the glues with which a text came together again, as bits
}

const (
	maxEntryLines = 16
	maxEntrySize  = 4096
	maxReach      = 240 // bytes on either side of a line break that count
)

// A soft wrap leaves out a space, a hard wrap nothing.
var glues = [...]string{" ", ""}

// continueEntry adds a line to the entry, or begins one with it.
func (s *scan) continueEntry(raw string, line []byte) {
	e := &s.entry
	looks := s.startsEntry(raw)
	if len(e.raws) > 0 && (looks == surely || len(e.raws) == maxEntryLines || e.size+len(raw) > maxEntrySize) {
		s.endEntry()
	}
	if len(e.raws) > 0 {
		var joined uint8
		if s.hopeful() {
			s.tries++
			for i, glue := range glues {
				if (glue != "" || s.full(e.raws[len(e.raws)-1])) && s.joins(raw, line, glue) {
					joined |= 1 << i
				}
			}
			if joined != 0 {
				s.joined++
			}
		}
		if joined == 0 && looks == perhaps {
			s.endEntry()
		}
		e.glues |= joined
	}
	if len(e.raws) == 0 {
		e.first = s.n
	}
	e.raws = append(e.raws, raw)
	e.size += len(raw)
	if len(e.tail) > 0 {
		e.tail = append(e.tail, ' ')
	}
	e.tail = append(e.tail, line[max(0, len(line)-maxReach):]...)
	if over := len(e.tail) - maxReach; over > maxReach {
		e.tail = append(e.tail[:0], e.tail[over:]...)
	}
}

// full tells whether a line may have been cut by a hard wrap, which leaves
// lines of one width: none of the text is longer.
func (s *scan) full(raw string) bool {
	return s.width >= 40 && len(raw) >= s.width && utf8.RuneCountInString(raw) >= s.width
}

// hopeful tells whether it is worth a try to put lines together. Where
// thousands of lines were tried and next to none belonged together, the text
// is not wrapped.
func (s *scan) hopeful() bool { return s.tries < 2000 || s.joined*50 > s.tries }

// joins tells whether a known text runs over the line break between the entry
// and a further line when they are put together with glue.
func (s *scan) joins(raw string, line []byte, glue string) bool {
	e := &s.entry
	before := e.tail[max(0, len(e.tail)-maxReach):]
	s.buf2 = append(s.buf2[:0], before...)
	cut := len(s.buf2)
	if glue != "" {
		s.buf2 = append(s.buf2, ' ')
		if quote := unquoted(raw); quote != raw {
			line = fold(nil, quote)
		}
	} else if last := e.raws[len(e.raws)-1]; strings.HasSuffix(last, " ") || strings.HasPrefix(raw, " ") {
		s.buf2 = append(s.buf2, ' ')
	}
	s.buf2 = append(s.buf2, line[:min(len(line), maxReach)]...)
	s.hits = s.x.search(s.buf2, s.hits[:0])
	for _, h := range s.hits {
		start, end := h.start, h.end
		if h.pat.decode != nil {
			f, ok := h.pat.decode(s.buf2, start, end)
			if !ok {
				continue
			}
			start, end = f.start, f.end
		}
		if start < cut && end > cut+len(glue) {
			return true
		}
	}
	return false
}

// endEntry reads an entry that was found to be wrapped as one line, in place
// of what was read of its lines.
func (s *scan) endEntry() {
	e := &s.entry
	defer func() {
		*e = entry{first: s.n + 1, raws: e.raws[:0], tail: e.tail[:0]}
	}()
	if e.glues == 0 {
		return
	}
	var best []found
	var side side
	for i, glue := range glues {
		if e.glues&(1<<i) == 0 {
			continue
		}
		raw := s.join(e.raws, glue)
		line := fold(nil, raw)
		if d, ok := depthIn(line); ok {
			s.depth, s.depthLine = d, s.n
		}
		fs, h := s.read(line, raw)
		if len(fs) > 0 && (best == nil || fs[0].cause.rank < best[0].cause.rank || fs[0].cause.rank == best[0].cause.rank && fs[0].end-fs[0].start > best[0].end-best[0].start) {
			best = append(best[:0], fs...)
			if !h.beside {
				side = h.by
			}
			for j := range best {
				best[j].line, best[j].count = s.lineOf(best[j].start, glue), 1
				if speaksOfTLS(line) && best[j].how == nearTLS {
					best[j].how = anywhere
				}
			}
		}
	}
	if best == nil {
		return
	}
	keep := s.waiting[:0]
	for _, w := range s.waiting {
		if w.line < e.first || w.line >= e.first+len(e.raws) {
			keep = append(keep, w)
		}
	}
	s.waiting = append(keep, best...)
	if side != neither {
		s.hint(side)
	}
}

// join puts the lines of an entry together, with glue where a line may have
// been cut, and with a space elsewhere.
func (s *scan) join(raws []string, glue string) string {
	var b strings.Builder
	for i, raw := range raws {
		if i > 0 {
			if raw = unquoted(raw); glue != "" || !s.full(raws[i-1]) {
				b.WriteByte(' ')
			}
		}
		b.WriteString(raw)
	}
	return b.String()
}

// unquoted is a line without the marks of a mail's quotation before it.
func unquoted(raw string) string {
	for len(raw) > 1 && (raw[0] == '>' || raw[0] == '|') && (raw[1] == ' ' || raw[1] == raw[0]) {
		raw = strings.TrimLeft(raw[1:], " ")
	}
	return raw
}

// lineOf is the number of the line that a place in the joined entry is in.
func (s *scan) lineOf(at int, glue string) int {
	e := &s.entry
	var buf []byte
	end := 0
	for i, raw := range e.raws {
		if buf = fold(buf[:0], unquoted(raw)); glue != "" || !s.full(raw) {
			end++
		}
		if end += len(buf); at < end {
			return e.first + i
		}
	}
	return e.first + len(e.raws) - 1
}

// start tells whether a line begins a log entry of its own.
type start uint8

const (
	no      start = iota
	perhaps       // unless it completes a known text
	surely        // it cannot be the rest of the line before
)

func (s *scan) startsEntry(raw string) start {
	raw = plain(raw)
	if raw == "" {
		return surely
	}
	if n := len(s.entry.raws); n > 0 && strings.HasSuffix(strings.TrimRight(s.entry.raws[n-1], " \t\r"), "current time") {
		return no // Go's time, not a time stamp
	}
	switch raw[0] {
	case '{', '[', '<':
		return perhaps
	}
	if len(raw) > 4 && isDigit(raw[0]) && isDigit(raw[1]) && isDigit(raw[3]) && (isDigit(raw[2]) || raw[2] == ':' || raw[2] == '/') {
		return surely
	}
	if len(raw) > 5 && strings.IndexByte("IWEF", raw[0]) >= 0 && isDigit(raw[1]) && isDigit(raw[2]) && isDigit(raw[3]) && isDigit(raw[4]) && raw[5] == ' ' {
		return surely // klog
	}
	first, rest, _ := strings.Cut(raw, " ")
	switch strings.ToLower(strings.TrimRight(first, ":")) {
	case "error", "warn", "warning", "info", "debug", "trace", "fatal", "notice", "caused", "at", "...", "traceback":
		return perhaps
	case "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec":
		if rest != "" && (isDigit(rest[0]) || rest[0] == ' ') {
			return surely
		}
	}
	if strings.HasPrefix(first, "time=") || strings.HasPrefix(first, "level=") || strings.HasPrefix(first, "ts=") {
		return surely
	}
	return no
}
