package phrase

import (
	"sort"
	"strings"
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

// nearest are the known texts most like those that were not recognised. Two
// texts are as like as the share of their three-letter runs in common.
func (s *scan) nearest() []Match {
	if s.lastTLS < 0 && s.filled > 3 {
		return nil // nothing in a long text speaks of TLS
	}
	type scored struct {
		pat   *pattern
		score float64
	}
	var best []scored
	for _, sample := range s.samples {
		have := runs(sample)
		for i := range s.x.pats {
			p := &s.x.pats[i]
			if p.text == nil {
				continue
			}
			joined := strings.Join(p.frags, " ")
			want, common := runs(joined), 0
			for r := range want {
				if have[r] {
					common++
				}
			}
			// The known text counts for more: what is asked for may be longer.
			score := float64(common) / (0.75*float64(len(want)) + 0.25*float64(max(len(want), len(have))) + 2)
			if score > 0.45 && len(joined) >= 8 {
				best = append(best, scored{p, score})
			}
		}
	}
	sort.SliceStable(best, func(i, j int) bool { return best[i].score > best[j].score })
	var out []Match
	seen := map[*cause]bool{}
	for _, b := range best {
		if seen[b.pat.text.cause] {
			continue
		}
		seen[b.pat.text.cause] = true
		f := found{cause: b.pat.text.cause, codes: b.pat.text.codes, stack: b.pat.table.stack, by: b.pat.table.by, alert: -1, depth: -1,
			text: b.pat.text.text, line: 0}
		out = append(out, f.match())
		if len(out) == maxNearest {
			break
		}
	}
	return out
}

func runs(s string) map[string]bool {
	m := make(map[string]bool, len(s))
	for i := 0; i+3 <= len(s); i++ {
		m[s[i:i+3]] = true
	}
	return m
}
