package phrase

import (
	"sort"
	"strings"
	"sync"
)

const (
	maxSamples = 40
	maxNearest = 3
)

// sample keeps a line for the nearest texts.
func (s *scan) sample(line []byte) {
	if len(s.samples) < maxSamples {
		s.samples = append(s.samples, string(line[:min(len(line), longest)]))
	}
}

// A trigram set has a bit for each hash of three bytes in a row.
type trigrams [1 << 6]uint64

func trigram(s string) uint64 {
	return spread(uint64(s[0])<<16|uint64(s[1])<<8|uint64(s[2]), 12)
}

// outlines are the distinct trigrams of each known text, by its place in the
// index.
var outlines = sync.OnceValue(func() [][]uint16 {
	x := theIndex()
	out := make([][]uint16, len(x.pats))
	for i := range x.pats {
		if x.pats[i].text == nil {
			continue
		}
		var seen trigrams
		joined := strings.Join(x.pats[i].frags, " ")
		for j := 0; j+3 <= len(joined); j++ {
			if t := trigram(joined[j:]); seen[t>>6]&(1<<(t&63)) == 0 {
				seen[t>>6] |= 1 << (t & 63)
				out[i] = append(out[i], uint16(t))
			}
		}
	}
	return out
})

// nearest are the known texts most like those that were not recognised. Two
// texts are as like as the share of their trigrams in common.
func (s *scan) nearest() []Match {
	if s.lastTLS < 0 && s.filled > fewLines {
		return nil // nothing in a long text speaks of TLS
	}
	type scored struct {
		pat   *pattern
		score float64
	}
	var best []scored
	for _, sample := range s.samples {
		var have trigrams
		size := 0
		for j := 0; j+3 <= len(sample); j++ {
			if t := trigram(sample[j:]); have[t>>6]&(1<<(t&63)) == 0 {
				have[t>>6] |= 1 << (t & 63)
				size++
			}
		}
		for i, want := range outlines() {
			if len(want) < 6 {
				continue
			}
			common := 0
			for _, t := range want {
				if have[t>>6]&(1<<(t&63)) != 0 {
					common++
				}
			}
			// The known text counts for more: what is asked for may be longer.
			score := float64(common) / (0.75*float64(len(want)) + 0.25*float64(max(len(want), size)) + 2)
			if score > 0.5 {
				best = append(best, scored{&s.x.pats[i], score})
			}
		}
	}
	sort.SliceStable(best, func(i, j int) bool { return best[i].score > best[j].score })
	var out []Match
	seen := map[*meaning]bool{}
	for _, b := range best {
		if seen[b.pat.text.cause] {
			continue
		}
		seen[b.pat.text.cause] = true
		f := found{cause: b.pat.text.cause, codes: b.pat.text.codes, stack: b.pat.table.stack, by: b.pat.table.by, alert: -1, depth: -1,
			text: b.pat.text.text}
		out = append(out, f.match())
		if len(out) == maxNearest {
			break
		}
	}
	return out
}
