package phrase

import (
	"bytes"
	"math"
	"strings"
	"sync"
)

// The index finds, in one pass over a line, every known text in it. Each text
// is filed under one window of five bytes that is rare among all texts and in
// ordinary logs; only where a window of the line is on file are the texts
// themselves compared.
type index struct {
	filter [1 << 10]uint64 // a bit for each hash of a window on file
	heads  [1 << 12]int32  // the first pattern of each hash bucket, -1: none
	pats   []pattern
	tables []*table
}

type pattern struct {
	frags  []string // the text's parts between the gaps, in comparable form
	parts  int16    // how many
	anchor uint64   // the window it is filed under
	frag   int16    // the part that holds the anchor, and where in it
	at     int16
	next   int32 // in the same bucket, -1: none
	gap    int16 // bytes that one gap may span

	table  *table
	text   *text
	hint   *hint
	decode decoder
}

// A decoder reads a number or a name that follows fixed words. line[start:end]
// are those words.
type decoder func(line []byte, start, end int) (found, bool)

const (
	window     = 5
	windowMask = 1<<(8*window) - 1
	wideGap    = 400 // bytes that a gap may span in the text of one stack
	narrowGap  = 60  // and in wordings that are nobody's in particular
)

var theIndex = sync.OnceValue(buildIndex)

func buildIndex() *index {
	x := &index{tables: tables()}
	x.pats = make([]pattern, 0, 2560)
	var c compiler
	for _, t := range x.tables {
		gap := int16(wideGap)
		if t == &generalTexts || t == &announceTexts {
			gap = narrowGap
		}
		for i := range t.texts {
			if t.texts[i].how != whole {
				x.pats = append(x.pats, pattern{parts: c.compile(t.texts[i].text), table: t, text: &t.texts[i], gap: gap})
			}
		}
	}
	for i := range hints {
		x.pats = append(x.pats, pattern{parts: c.compile(hints[i].text), hint: &hints[i], gap: wideGap})
	}
	for _, d := range decoders {
		for _, words := range d.after {
			c.arena = append(c.arena, words...)
			c.ends = append(c.ends, len(c.arena))
			x.pats = append(x.pats, pattern{parts: 1, decode: d.read})
		}
	}
	// All parts are pieces of one string, in the order of the patterns.
	arena, frags, from := string(c.arena), make([]string, len(c.ends)), 0
	for i, end := range c.ends {
		frags[i], from = arena[from:end], end
	}

	counts := new([1 << 16]uint16)
	for w, i := uint64(0), 0; i < len(ordinary); i++ {
		w = (w<<8 | uint64(ordinary[i])) & windowMask
		counts[spread(w, 16)] += 50
	}
	for _, f := range frags {
		for w, i := uint64(0), 0; i < len(f); i++ {
			if w = (w<<8 | uint64(f[i])) & windowMask; i >= window-1 {
				counts[spread(w, 16)]++
			}
		}
	}
	for i := range x.heads {
		x.heads[i] = -1
	}
	for i := range x.pats {
		p := &x.pats[i]
		p.frags, frags = frags[:p.parts:p.parts], frags[p.parts:]
	}
	// Of texts that several stacks have, the first table's is found first.
	for i := len(x.pats) - 1; i >= 0; i-- {
		p := &x.pats[i]
		best := uint16(math.MaxUint16)
		for n, f := range p.frags {
			for w, at := uint64(0), 0; at < len(f); at++ {
				if w = (w<<8 | uint64(f[at])) & windowMask; at < window-1 {
					continue
				}
				if c := counts[spread(w, 16)]; c < best {
					best, p.anchor, p.frag, p.at = c, w, int16(n), int16(at-window+1)
				}
			}
		}
		if best == math.MaxUint16 {
			panic("phrase: a text without five bytes in a row: " + strings.Join(p.frags, "…"))
		}
		h := spread(p.anchor, 16)
		x.filter[h>>6] |= 1 << (h & 63)
		p.next, x.heads[h&0xfff] = x.heads[h&0xfff], int32(i)
	}
	return x
}

// A compiler puts the parts of all texts, in comparable form, into one piece of
// memory.
type compiler struct {
	arena, part []byte
	ends        []int
}

// compile adds a text and returns how many parts it has.
func (c *compiler) compile(text string) (parts int16) {
	if c.arena == nil {
		c.arena, c.ends = make([]byte, 0, 1<<17), make([]int, 0, 4096)
	}
	for more := true; more; {
		var part string
		part, text, more = strings.Cut(text, "…")
		if c.part = fold(c.part[:0], part); len(c.part) > 0 {
			c.arena = append(c.arena, c.part...)
			c.ends = append(c.ends, len(c.arena))
			parts++
		}
	}
	return parts
}

// ordinary are words that are frequent in any log, and so make poor anchors.
const ordinary = " the connection to server client failed error: warning info debug http://https://host port request response closed " +
	"message timeout upstream handshake certificate authority signed verify 2024-01-01t00:00:00.000z 127.0.0.1:443 level=error msg= received " +
	"java.lang.exception: caused by: at com.example.service org.springframework main thread starting started user session could not unable to connect network " +
	"failure invalid expired unknown key file public private return result could does from with ssl routines: tls: x509: get post /api/v1 status \"code\": "

func spread(w uint64, bits uint) uint64 { return w * 0x9e3779b97f4a7c15 >> (64 - bits) }

// A hit is a known text in a line.
type hit struct {
	pat        *pattern
	index      int32
	start, end int
}

// search appends the hits in a line to hits. A text is found once.
func (x *index) search(line []byte, hits []hit) []hit {
	var w uint64
	for i := 0; i < len(line); i++ {
		w = (w<<8 | uint64(line[i])) & windowMask
		h := spread(w, 16)
		if x.filter[h>>6]&(1<<(h&63)) == 0 || i < window-1 {
			continue
		}
		for n := x.heads[h&0xfff]; n >= 0; n = x.pats[n].next {
			p := &x.pats[n]
			if p.anchor != w {
				continue
			}
			if start, end, ok := p.match(line, i-window+1); ok {
				hits = append(hits, hit{p, n, start, end})
			}
		}
	}
	return hits
}

// match compares the whole text with a line that has its anchor at position at.
func (p *pattern) match(line []byte, at int) (start, end int, ok bool) {
	f := p.frags[p.frag]
	start = at - int(p.at)
	end = start + len(f)
	if start < 0 || end > len(line) || string(line[start:end]) != f {
		return 0, 0, false
	}
	for i := int(p.frag) - 1; i >= 0; i-- {
		from := max(0, start-int(p.gap))
		j := bytes.LastIndex(line[from:start], []byte(p.frags[i]))
		if j < 0 {
			return 0, 0, false
		}
		start = from + j
	}
	for i := int(p.frag) + 1; i < len(p.frags); i++ {
		to := min(len(line), end+int(p.gap)+len(p.frags[i]))
		j := bytes.Index(line[end:to], []byte(p.frags[i]))
		if j < 0 {
			return 0, 0, false
		}
		end += j + len(p.frags[i])
	}
	if p.decode != nil {
		return start, end, true
	}
	if isWord(line[start]) && isWord(byteAt(line, start-1)) || isWord(line[end-1]) && isWord(byteAt(line, end)) {
		return 0, 0, false
	}
	return start, end, true
}
