// Package render writes a report for its reader: text for people, JSON for
// scripts, JUnit for CI. It decides nothing: the verdict and the exit code are
// the report's.
package render

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"mutual/diagnose"
)

// Options say how text is drawn. The zero value is plain ASCII at 80 columns.
type Options struct {
	Color bool
	Width int // columns; 0 is 80, and 40 the least
	UTF8  bool
	Trace bool // draw the handshake as a ladder
}

func (o Options) width() int {
	if o.Width <= 0 {
		return 80
	}
	return max(o.Width, 40)
}

// SpeaksUTF8 tells from the environment whether the terminal shows UTF-8. An
// environment that says nothing is taken to, as on Windows.
func SpeaksUTF8(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}

// JSON writes the report, indented, with empty lists where there is nothing.
func JSON(w io.Writer, r *diagnose.Report) error { return writeJSON(w, withoutNull(r), "  ") }

// JSONResult writes the report together with a command's own result, which has
// a schema of its own.
func JSONResult(w io.Writer, r *diagnose.Report, schema string, result any) error {
	return writeJSON(w, struct {
		*diagnose.Report
		ResultSchema string `json:"result_schema"`
		Result       any    `json:"result"`
	}{withoutNull(r), schema, result}, "  ")
}

// JSONList writes several reports as one list.
func JSONList(w io.Writer, reports ...*diagnose.Report) error {
	all := []*diagnose.Report{}
	for _, r := range reports {
		all = append(all, withoutNull(r))
	}
	return writeJSON(w, all, "  ")
}

// JSONLine writes the report as one line.
func JSONLine(w io.Writer, r *diagnose.Report) error { return writeJSON(w, withoutNull(r), "") }

// JSONValue writes what is no report, indented as reports are. It is the way of
// everything that is written as JSON for somebody to read.
func JSONValue(w io.Writer, v any) error { return writeJSON(w, v, "  ") }

func writeJSON(w io.Writer, v any, indent string) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := w.Write(disarm(b.Bytes()))
	return err
}

// withoutNull is the report with each absent list as an empty one: a script
// may then loop without asking.
func withoutNull(r *diagnose.Report) *diagnose.Report {
	out := *r
	out.Attempts, out.Handshake = list(r.Attempts), list(r.Handshake)
	out.Chains.Server, out.Chains.Client = list(r.Chains.Server), list(r.Chains.Client)
	if r.ClientAuth != nil {
		auth := *r.ClientAuth
		auth.AcceptableCAs, auth.SignatureSchemes = list(auth.AcceptableCAs), list(auth.SignatureSchemes)
		out.ClientAuth = &auth
	}
	out.Findings = make([]diagnose.Finding, len(r.Findings))
	for i, f := range r.Findings {
		f.Refs, f.Evidence, f.Explains = list(f.Refs), list(f.Evidence), list(f.Explains)
		out.Findings[i] = f
	}
	return &out
}

func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// disarm writes what could drive a terminal and JSON allows in a string as an
// escape, which means the same to a parser.
func disarm(doc []byte) []byte {
	var b bytes.Buffer
	for len(doc) > 0 {
		r, n := utf8.DecodeRune(doc)
		if r != '\n' && r != utf8.RuneError && drives(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.Write(doc[:n])
		}
		doc = doc[n:]
	}
	return b.Bytes()
}

// drives reports whether a character acts on a terminal instead of showing:
// control characters, and those that turn the direction of text or are not
// seen at all.
func drives(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) || r == 0x115f || r == 0x3164
}

// Escape makes text from a peer or a file safe to show, on one line: what
// could drive the terminal becomes visible as \x1b or \u202e, a line break as
// a space.
func Escape(s string) string {
	safe := func(r rune) bool { return r != utf8.RuneError && !drives(r) }
	if !strings.ContainsFunc(s, func(r rune) bool { return !safe(r) }) {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\n' || r == '\t':
			b.WriteByte(' ')
		case r == '\r':
		case r == utf8.RuneError:
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				fmt.Fprintf(&b, `\x%02x`, s[i])
			} else {
				b.WriteRune(r)
			}
		case r < 0x100 && !safe(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		case r > 0xffff && !safe(r):
			fmt.Fprintf(&b, `\U%08x`, r)
		case !safe(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
