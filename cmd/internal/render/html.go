package render

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"
	"unicode/utf8"

	"mutual/diagnose"
)

var (
	//go:embed report.html
	htmlText string
	//go:embed report.css
	htmlStyle string
	//go:embed report.js
	htmlScript string
)

// HTML writes the reports as one page that stands alone: it asks for nothing
// from anywhere, and can be read without its script, which adds the buttons
// that copy. Its own policy forbids whatever is not written here.
func HTML(w io.Writer, reports ...*diagnose.Report) error {
	t, err := template.New("report").Funcs(template.FuncMap{
		"sign":   sign,
		"indent": func(depth int) int { return min(depth, 8) },
		"sum":    func(a, b int) int { return a + b },
	}).Parse(htmlText)
	if err != nil {
		return err
	}
	var all []*document
	for _, r := range byOutcome(reports) {
		d := documentOf(r)
		all = append(all, &d)
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		Policy    string
		Style     template.CSS
		Script    template.JS
		Documents []*document
	}{
		"default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src " + hashSource(htmlStyle) + "; script-src " + hashSource(htmlScript),
		template.CSS(htmlStyle), template.JS(htmlScript), all,
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, visibly(b.String()))
	return err
}

// hashSource names a style or script in a Content-Security-Policy.
func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// sign is the sign of a mark. Words stand beside it: it carries nothing alone.
func sign(mark string) string {
	switch mark {
	case "ok":
		return "✓"
	case "bad":
		return "✗"
	case "warn":
		return "!"
	}
	return "·"
}

// visibly makes each character that acts instead of showing visible, and
// leaves line breaks.
func visibly(doc string) string {
	var b strings.Builder
	for i, r := range doc {
		switch {
		case r == '\n':
			b.WriteByte('\n')
		case r == utf8.RuneError:
			if _, n := utf8.DecodeRuneInString(doc[i:]); n == 1 {
				fmt.Fprintf(&b, `\x%02x`, doc[i])
			} else {
				b.WriteRune(r)
			}
		case r == '\t', r == '\r', drives(r):
			b.WriteString(Escape(string(r)))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
