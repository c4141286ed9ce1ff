package phrase

import (
	"encoding/json"
	"slices"
	"strings"
)

// readJSON reads the string values of a JSON log line, one line of a value at
// a time: a stack trace is one value. It returns nil where raw holds no whole
// JSON object.
func (s *scan) readJSON(raw string, h hint, nested int) []found {
	i := strings.Index(raw, `{"`)
	if i < 0 || nested > 3 || len(raw) > 1<<20 {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(raw[i:]))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	var out []found
	walk(v, func(value string) {
		if strings.Contains(value, `{"`) {
			if in := s.readJSON(value, h, nested+1); len(in) > 0 {
				out = append(out, in...)
				return
			}
		}
		level := 0
		for value != "" {
			var part string
			part, value, _ = strings.Cut(value, "\n")
			line := fold(nil, part)
			if strings.HasPrefix(string(line), "caused by:") {
				level++
			}
			fs, own := s.interpret(line, s.x.search(line, nil))
			for _, f := range fs {
				if own.by == neither && h.by != neither && !f.fixed && f.by != h.by {
					f.heardAs(h.by)
				}
				f.sent = f.sent || h.sent
				f.text, f.level = excerpt(part, len(line), f.start, f.end), level
				out = append(out, f)
			}
		}
	})
	return out
}

// walk calls f with each string value in v, an object's in the order of their
// keys.
func walk(v any, f func(string)) {
	switch v := v.(type) {
	case string:
		f(v)
	case []any:
		for _, e := range v {
			walk(e, f)
		}
	case map[string]any:
		for _, e := range sortedValues(v) {
			walk(e, f)
		}
	}
}

func sortedValues(m map[string]any) []any {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	out := make([]any, len(keys))
	for i, k := range keys {
		out[i] = m[k]
	}
	return out
}
