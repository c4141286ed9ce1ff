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
	window    = 5
	wideGap   = 400 // bytes that a gap may span in the text of one stack
	narrowGap = 60  // and in wordings that are nobody's in particular
)

var theIndex = sync.OnceValue(buildIndex)

func buildIndex() *index {
	x := &index{tables: tables()}
	x.pats = make([]pattern, 0, 2048)
	var buf []byte
	compile := func(s string) []string {
		var frags []string
		for _, part := range strings.Split(s, "…") {
			buf = fold(buf[:0], part)
			if len(buf) > 0 {
				f := string(buf)
				// A gap after a space needs the space gone: the gap may be empty.
				frags = append(frags, f)
			}
		}
		return frags
	}
	for _, t := range x.tables {
		for i := range t.texts {
			if t.texts[i].how != whole {
				x.pats = append(x.pats, pattern{frags: compile(t.texts[i].text), table: t, text: &t.texts[i], gap: wideGap})
				if t == &generalTexts {
					x.pats[len(x.pats)-1].gap = narrowGap
				}
			}
		}
	}
	for i := range hints {
		x.pats = append(x.pats, pattern{frags: compile(hints[i].text), hint: &hints[i], gap: wideGap})
	}
	for _, d := range decoders {
		for _, words := range d.after {
			x.pats = append(x.pats, pattern{frags: []string{words}, decode: d.read})
		}
	}

	counts := new([1 << 16]uint16)
	each(ordinary, func(w uint64, _ int) { counts[spread(w, 16)] += 50 })
	for i := range x.pats {
		for _, f := range x.pats[i].frags {
			each(f, func(w uint64, _ int) { counts[spread(w, 16)]++ })
		}
	}
	for i := range x.heads {
		x.heads[i] = -1
	}
	for i := range x.pats {
		p := &x.pats[i]
		best := uint16(math.MaxUint16)
		for n, f := range p.frags {
			each(f, func(w uint64, at int) {
				if c := counts[spread(w, 16)]; c < best {
					best, p.anchor, p.frag, p.at = c, w, int16(n), int16(at)
				}
			})
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

// ordinary are words that are frequent in any log, and so make poor anchors.
const ordinary = " the connection to server client failed error: warning info debug http://https://host port request response closed " +
	"message timeout upstream handshake certificate authority signed verify 2024-01-01t00:00:00.000z 127.0.0.1:443 level=error msg= received " +
	"java.lang.exception: caused by: at com.example.service org.springframework main thread starting started user session could not unable to connect network " +
	"failure invalid expired unknown key file public private return result could does from with ssl routines: tls: x509: get post /api/v1 status \"code\": "

func each(s string, f func(w uint64, at int)) {
	var w uint64
	for i := 0; i < len(s); i++ {
		w = (w<<8 | uint64(s[i])) & (1<<(8*window) - 1)
		if i >= window-1 {
			f(w, i-window+1)
		}
	}
}

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
		w = (w<<8 | uint64(line[i])) & (1<<(8*window) - 1)
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
