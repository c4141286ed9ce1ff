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
		joined := s.cut(e.raws[len(e.raws)-1], raw, looks)
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

// cut tells by the looks of two lines, as bits of glues, whether a wrap parted
// them: the first is as wide as any, and the next goes on within a word; or
// the next one's first word had no room in the first, and it begins like the
// middle of a sentence.
func (s *scan) cut(before, after string, looks start) uint8 {
	after = strings.TrimLeft(unquoted(after), " \t")
	if looks == surely || after == "" || before == "" || s.width < 60 {
		return 0
	}
	var glue uint8
	last, first := before[len(before)-1], after[0]
	if s.full(before) && (s.fullLines > 1 || terminalWidth(s.width)) {
		glue |= 1 << 1
	}
	word, _, _ := strings.Cut(after, " ")
	lower := first >= 'a' && first <= 'z' || isDigit(first)
	if lower && len(before) >= 20 && len(before)+1+len(word) > s.width && isContinued(last) {
		glue |= 1 << 0
	}
	return glue
}

// terminalWidth tells whether terminals and mail programs are of that width.
func terminalWidth(n int) bool {
	switch n {
	case 72, 76, 78, 79, 80, 100, 120, 132, 160:
		return true
	}
	return false
}

// isContinued tells whether a sentence can go on after that byte.
func isContinued(c byte) bool { return isWord(c) || strings.IndexByte(":,;-/=([{|\"'", c) >= 0 }

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
	score := -1
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
		if len(fs) == 0 {
			continue
		}
		n := fs[0].end - fs[0].start + len(h.text)
		if f := &fs[0]; best != nil && strings.Contains(best[0].note, "…") && !strings.Contains(f.note, "…") && s.lineOf(f.start, glue) != s.lineOf(f.end-1, glue) {
			n += maxReach // it goes over the break; with a space there only a gap would
		}
		if best == nil || fs[0].cause.rank < best[0].cause.rank || fs[0].cause.rank == best[0].cause.rank && n > score {
			best, score = append(best[:0], fs...), n
			side = neither
			if !h.beside {
				side = h.by
			}
			for j := range best {
				best[j].line, best[j].count = s.lineOf(best[j].start, glue), 1
				if best[j].how == nearTLS && speaksOfTLS(line) && !speaksOfOther(line) {
					best[j].how = anywhere
				}
			}
		}
	}
	if best == nil {
		return
	}
	for i := range s.waiting {
		if w := &s.waiting[i]; w.line >= e.first && w.saysMoreThan(&best[0]) {
			return
		}
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

// saysMoreThan tells whether what was read of a line by itself is better than
// what was read of the lines together: it is nearer to a cause and not a part
// of the same words.
func (w *found) saysMoreThan(together *found) bool {
	b := together
	if w.soft || w.cause == b.cause || b.sure || b.alert >= 0 && w.alert < 0 {
		return false
	}
	if b.by != neither && b.by == w.by && b.end-b.start > w.end-w.start {
		return false // of two things said of one certificate, the one in more words
	}
	if own, all := string(fold(nil, w.note)), string(fold(nil, b.note)); own != "" && strings.Contains(all, own) {
		return false
	}
	return w.cause.rank < b.cause.rank || w.cause.rank == b.cause.rank && w.end-w.start >= b.end-b.start
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
	if strings.Trim(raw, "-=_* ") == "" {
		return surely // empty, or a line drawn between two parts
	}
	if n := len(s.entry.raws); n > 0 && strings.HasSuffix(strings.TrimRight(s.entry.raws[n-1], " \t\r"), "current time") {
		return no // Go's time, not a time stamp
	}
	switch raw[0] {
	case '{', '[', '<':
		return perhaps
	}
	if startsWithTime(raw) {
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

// startsWithTime tells whether a line begins with a date, a time of day or the
// seconds since 1970.
func startsWithTime(raw string) bool {
	n := 0
	for n < len(raw) && isDigit(raw[n]) {
		n++
	}
	next, then := lineAt(raw, n), lineAt(raw, n+1)
	switch n {
	case 2:
		switch next {
		case ':':
			return isDigit(then)
		case '/', '-', '.': // 23/Nov/2026, 23.11.2026; 10.20.30.40 is none
			i := n + 1
			for i < len(raw) && i < n+4 && isWord(raw[i]) {
				i++
			}
			return i > n+2 && lineAt(raw, i) == next && isDigit(lineAt(raw, i+1)) && isDigit(lineAt(raw, i+2)) && !strings.HasPrefix(raw[i+3:], ".")
		}
	case 4:
		return (next == '-' || next == '/' || next == '.') && isDigit(then)
	case 8:
		return (next == 'T' || next == ' ' || next == '-') && isDigit(then)
	case 10, 13:
		return next != 0 && strings.IndexByte(" .:,", next) >= 0
	}
	return false
}
