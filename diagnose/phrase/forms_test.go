package phrase

import (
	"encoding/binary"
	"html"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

// forms are what terminals, shells, mail programs and web pages make of a text
// without changing what it says.
var forms = []struct {
	name string
	make func(string) string
}{
	{"UTF-16LE with mark", func(s string) string { return utf16Text(s, binary.LittleEndian, true) }},
	{"UTF-16BE with mark", func(s string) string { return utf16Text(s, binary.BigEndian, true) }},
	{"UTF-16LE", func(s string) string { return utf16Text(s, binary.LittleEndian, false) }},
	{"UTF-16BE", func(s string) string { return utf16Text(s, binary.BigEndian, false) }},
	{"UTF-8 with mark", func(s string) string { return "\ufeff" + s }},
	{"CRLF", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") + "\r\n" }},
	{"HTML", html.EscapeString},
	{"HTML twice", func(s string) string { return html.EscapeString(html.EscapeString(s)) }},
	{"coloured", func(s string) string {
		return "\x1b[1;31m" + strings.ReplaceAll(s, " ", " \x1b[0m\x1b[33m") + "\x1b[0m"
	}},
	{"colours without escape character", func(s string) string {
		return "[1;31m" + strings.ReplaceAll(s, " ", " [33m") + "[0m"
	}},
	{"colours spelt out", func(s string) string { return `\u001b[31m` + s + `\u001b[0m` }},
	{"wrapped at 80", func(s string) string { return wrapLines(s, 80) }},
	{"wrapped at 100, indented", func(s string) string { return strings.ReplaceAll(wrapLines(s, 100), "\n", "\n  ") }},
	{"hard wrapped at 80", func(s string) string { return hardWrap(s, 80) }},
	{"hard wrapped at 132", func(s string) string { return hardWrap(s, 132) }},
}

func utf16Text(s string, order binary.AppendByteOrder, mark bool) string {
	var b []byte
	if mark {
		b = order.AppendUint16(b, 0xfeff)
	}
	for _, u := range utf16.Encode([]rune(s)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// wrapLines breaks each line at spaces.
func wrapLines(s string, width int) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = wrap(l, width)
	}
	return strings.Join(lines, "\n")
}

// hardWrap breaks each line after so many characters.
func hardWrap(s string, width int) string {
	var b strings.Builder
	for _, l := range strings.Split(s, "\n") {
		for n, r := range []rune(l) {
			if n > 0 && n%width == 0 {
				b.WriteByte('\n')
			}
			b.WriteRune(r)
		}
		b.WriteByte('\n')
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// TestForms: a text gets the same answer in every form.
func TestForms(t *testing.T) {
	all := append(rows(t), reports(t)...)
	for _, form := range forms {
		t.Run(form.name, func(t *testing.T) {
			for _, r := range all {
				if !utf8.ValidString(r.text) || strings.HasPrefix(form.name, "UTF-16") && len(r.text) < 4 {
					continue
				}
				want, got := Explain(r.text), Explain(form.make(r.text))
				if first(want) != first(got) {
					t.Errorf("Explain(%q) = %q, want %q as without the form", form.make(r.text), first(got), first(want))
				}
			}
		})
	}
}

// first are the codes of a result's first error.
func first(r *Result) string {
	if !r.Recognised {
		return ""
	}
	return strings.Join(codes(r.Errors[0]), " ")
}
