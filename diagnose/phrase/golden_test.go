package phrase

import (
	"encoding/json"
	"mutual/diagnose/cause"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A row is a text of testdata/texts.tsv and the codes it can mean, likeliest
// first.
type row struct {
	stack, text string
	codes       []string
}

func rows(t testing.TB) []row { return rowsOf(t, "testdata/texts.tsv") }

// reports are texts of several lines, as people report them.
func reports(t testing.TB) []row { return rowsOf(t, "testdata/reports.tsv") }

func rowsOf(t testing.TB, file string) []row {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []row
	for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")[1:] {
		f := strings.Split(line, "\t")
		if len(f) != 3 {
			t.Fatalf("%s line %d has %d columns, want 3", file, i+2, len(f))
		}
		out = append(out, row{f[0], strings.ReplaceAll(f[1], `\n`, "\n"), strings.Split(f[2], ",")})
	}
	return out
}

func codes(m Match) []string {
	var out []string
	for _, c := range m.Codes {
		out = append(out, string(c.Code))
	}
	return out
}

// TestTexts: each text leads to the first of its codes first, and to another
// of them, where there is one, as well.
func TestTexts(t *testing.T) {
	all := append(rows(t), reports(t)...)
	if len(all) < 500 {
		t.Fatalf("testdata has %d texts, want 500 at least", len(all))
	}
	for _, r := range all {
		got := Explain(r.text)
		if !got.Recognised {
			t.Errorf("Explain(%q) is not recognised, want %v", r.text, r.codes)
			continue
		}
		have := codes(got.Errors[0])
		if len(have) == 0 || have[0] != r.codes[0] {
			t.Errorf("Explain(%q) = %v (%s), want %s first", r.text, have, got.Errors[0].Stack, r.codes[0])
		}
		for _, m := range got.Errors {
			if m.Means == "" || m.Stack == "" || m.Text == "" || m.Line < 1 || m.Count < 1 {
				t.Errorf("Explain(%q) has an incomplete match: %+v", r.text, m)
			}
		}
	}
}

// variants are what happens to an error text between the program and the
// person who pastes it.
var variants = []struct {
	name string
	make func(string) string
}{
	{"other host", func(s string) string {
		return strings.NewReplacer("localhost", "db-7.prod.internal", "127.0.0.1", "10.20.30.40", "foo.example", "shop.corp.test", "x.example", "a.b.c.test", "10.0.0.7", "203.0.113.99").Replace(s)
	}},
	{"other path and line", func(s string) string {
		return strings.NewReplacer("/etc/", "/opt/app/conf/", "_ssl.c:1006", "_ssl.c:2580", ".c:1544", ".c:908", "lf/", "certs/", "pki/", "tls/").Replace(s)
	}},
	{"ISO time and level", func(s string) string { return "2026-11-23T12:00:00.123Z ERROR [worker-3] " + s }},
	{"syslog", func(s string) string { return "Nov 23 12:00:00 host-1 app[4711]: " + s }},
	{"logback", func(s string) string { return "[2026-11-23 12:00:00,123] WARN  (c.e.Client) - " + s }},
	{"klog", func(s string) string { return "E1123 12:00:00.000000       1 main.go:42] " + s }},
	{"colours", func(s string) string {
		return "\x1b[31mERROR\x1b[0m \x1b[1m" + strings.ReplaceAll(s, " ", "\x1b[2m \x1b[0m") + "\x1b[0m"
	}},
	{"logfmt", func(s string) string {
		return `time="2026-11-23T12:00:00Z" level=error msg="` + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`) + `"`
	}},
	{"JSON", func(s string) string {
		b, _ := json.Marshal(map[string]any{"time": "2026-11-23T12:00:00Z", "level": "error", "msg": s, "pid": 42})
		return string(b)
	}},
	{"nested JSON", func(s string) string {
		b, _ := json.Marshal(map[string]any{"level": "error", "err": s})
		c, _ := json.Marshal(map[string]any{"log": string(b) + "\n", "stream": "stderr"})
		return string(c)
	}},
	{"quoted", func(s string) string { return "“" + s + "”" }},
	{"other quotes", func(s string) string { return strings.NewReplacer(`"`, "“", "'", "’", "`", "‘").Replace(s) }},
	{"wider spaces", func(s string) string { return "   " + strings.ReplaceAll(s, " ", "  ") + "\t" }},
	{"wrapped", func(s string) string { return wrap(s, 60) }},
	{"wrapped and indented", func(s string) string { return strings.ReplaceAll(wrap(s, 45), "\n", "\n    ") }},
	{"hard wrapped", func(s string) string {
		var b strings.Builder
		for len(s) > 72 && !strings.Contains(s, "\n") && s[71] < 0x80 && s[72] < 0x80 {
			b.WriteString(s[:72] + "\n")
			s = s[72:]
		}
		return b.String() + s
	}},
	{"line ends of Windows", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") + "\r\n" }},
	{"within a log", func(s string) string {
		return "2026-11-23 12:00:00 INFO starting\n2026-11-23 12:00:01 INFO listening on :8443\n2026-11-23 12:00:02 INFO client 1\n" +
			"2026-11-23 12:00:03 ERROR " + s + "\n2026-11-23 12:00:04 INFO retrying in 5s\n2026-11-23 12:00:05 INFO done\n"
	}},
}

// wrap breaks a text at spaces.
func wrap(s string, width int) string {
	col := 0
	words := strings.Split(s, " ")
	for i, w := range words {
		if i > 0 && col+len(w) > width {
			words[i], col = "\n"+w, 0
		}
		col += len(w) + 1
	}
	return strings.ReplaceAll(strings.Join(words, " "), " \n", "\n")
}

// TestVariants: a text stays recognised, with the same first code, whatever
// stands around it.
func TestVariants(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			n, bad := 0, 0
			for _, r := range rows(t) {
				want := Explain(r.text).Errors[0]
				if soft(r.text) && v.name != "quoted" && v.name != "wider spaces" && v.name != "other host" {
					continue // says something only when it stands alone
				}
				n++
				got := Explain(v.make(r.text))
				if !got.Recognised {
					t.Errorf("Explain(%q) is not recognised, want %s", v.make(r.text), want.Codes[0].Code)
				} else if have := codes(got.Errors[0]); have[0] != string(want.Codes[0].Code) {
					bad++
					t.Logf("Explain(%q) = %v, want %s first", v.make(r.text), have, want.Codes[0].Code)
				}
			}
			if bad*200 > n {
				t.Errorf("%d of %d texts lead to another first code, want at most 1 in 200", bad, n)
			}
		})
	}
}

// soft tells whether a text is one that means something only as a whole, or
// only beside a mention of TLS.
func soft(text string) bool {
	return !Explain("2026-11-23 12:00:00 INFO one\n2026-11-23 12:00:01 INFO two\n2026-11-23 12:00:02 INFO three\n2026-11-23 12:00:03 ERROR " + text).Recognised
}

// TestSoftTexts bounds what stays unrecognised within a log.
func TestSoftTexts(t *testing.T) {
	var got []string
	for _, r := range rows(t) {
		if soft(r.text) {
			got = append(got, r.text)
		}
	}
	if len(got) > 16 {
		t.Errorf("%d texts are recognised only on their own: %q", len(got), got)
	}
}

// TestOrdinaryLogs: logs and prose without a TLS error are not taken for one,
// as a whole or paragraph by paragraph.
func TestOrdinaryLogs(t *testing.T) {
	files, err := filepath.Glob("testdata/ordinary/*.txt")
	if err != nil || len(files) < 10 {
		t.Fatalf("testdata/ordinary has %d files (%v), want 10 at least", len(files), err)
	}
	var all strings.Builder
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range Explain(string(data)).Errors {
			t.Errorf("%s:%d: Explain finds %v in %q", f, m.Line, codes(m), m.Text)
		}
		all.Write(data)
		all.WriteString("\n")
	}
	for _, m := range Explain(all.String()).Errors {
		t.Errorf("all together, line %d: Explain finds %v in %q", m.Line, codes(m), m.Text)
	}
}

// TestCodesAreSettled: for each code that any text can lead to there is a
// sentence about what settles it.
func TestCodesAreSettled(t *testing.T) {
	seen := map[cause.Code]bool{}
	for _, tab := range tables() {
		for _, x := range tab.texts {
			for _, list := range []likely{x.codes, x.cause.byClient, x.cause.byServer, x.cause.issuer} {
				for _, code := range list {
					seen[code] = true
				}
			}
		}
	}
	for _, a := range alertTexts {
		for _, list := range []likely{a.cause.byClient, a.cause.byServer} {
			for _, code := range list {
				seen[code] = true
			}
		}
	}
	for code := range seen {
		if settles[code] == "" {
			t.Errorf("nothing tells whether %q is the cause", code)
		}
	}
	for code := range settles {
		if !seen[code] && !slices.Contains(hintless, code) {
			t.Errorf("no text leads to %q", code)
		}
	}
}

// hintless are codes that no error text states by itself.
var hintless = likely{}
