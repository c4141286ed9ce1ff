package phrase

import (
	"bytes"
	"maps"
	"sort"
	"strings"
)

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
		case h.pat.text != nil && h.pat.text.how == clause && standsAlone(line, h.start, h.end),
			h.pat.text != nil && h.pat.text.how == statement && states(line, h.start):
			key++
		}
	}
	return key, true
}

// interpret makes of the hits in a line the errors it states.
func (s *scan) interpret(line []byte, hits []hit) ([]found, hint) {
	var fs []found
	var h hint
	length, lasting := 0, false
	for _, at := range hits {
		switch {
		case at.pat.hint != nil:
			p := at.pat.hint
			size := at.end - at.start
			if !p.beside {
				size += len(line) // one that holds for what follows tells more
			}
			if p.by != neither && size > length {
				h.by, h.text, length = p.by, p.text, size
			}
			lasting = lasting || p.by != neither && !p.beside
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
			if t.how == clause && (!standsAlone(line, at.start, at.end) || speaksOfOther(line)) || t.how == statement && !states(line, at.start) {
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
	h.beside = !lasting
	if f, ok := endOfFile(line); ok {
		fs = append(fs, f)
	}
	if fs = withoutHarmless(fs); len(fs) == 0 {
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

// withoutHarmless leaves out what stands in a line that reports no error: its
// words themselves, and the end of a connection.
func withoutHarmless(fs []found) []found {
	at := -1
	for i := range fs {
		if fs[i].cause == harmless {
			at = i
		}
	}
	if at < 0 {
		return fs
	}
	words := fs[at]
	var kept []found
	for _, f := range fs {
		if f.cause.rank < symptom && (f.start < words.start || f.end > words.end) {
			kept = append(kept, f)
		}
	}
	return kept
}

// unwrap keeps the errors of a line that say most. What merely wraps them
// becomes a note of theirs.
func unwrap(fs []found) []found {
	sort.SliceStable(fs, func(i, j int) bool {
		if fs[i].cause.rank != fs[j].cause.rank {
			return fs[i].cause.rank < fs[j].cause.rank
		}
		if fs[i].sure != fs[j].sure {
			return fs[i].sure
		}
		if fs[i].soft != fs[j].soft {
			return fs[j].soft
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
			if around && (f.cause.rank <= vague || k.soft && !f.soft) && (k.soft || !f.soft) && f.end-f.start > k.end-k.start {
				// The longer text knows more than the one it contains.
				if f.note != k.note {
					f.inner = append(append(f.inner, k.inner...), k.note)
				}
				f.learn(k.vars)
				*k = f
				continue next
			}
			if inside || around && f.soft || k.sure && f.start < k.end && k.start < f.end || f.cause == k.cause || f.cause.rank > vague && f.cause.rank >= k.cause.rank {
				if k.wraps() && !f.wraps() && (f.start != k.start || f.end != k.end) {
					k.stack = f.stack
				}
				if f.alert >= 0 && k.alert < 0 {
					k.alert = f.alert
				}
				k.sent = k.sent || f.sent
				k.learn(f.vars)
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

// learn adds what another error in the same words tells of the case in hand.
func (f *found) learn(vars map[string]string) {
	if len(vars) == 0 {
		return
	}
	all := maps.Clone(vars)
	maps.Copy(all, f.vars)
	f.vars = all
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
