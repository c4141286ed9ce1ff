package render

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"

	"mutual/diagnose"
)

// markup is what a peer could choose in the hope that a page takes it for its
// own: for HTML, its attributes, its script, its template, and for Markdown.
func markup() []string {
	return []string{
		`</script></style></title><script>alert(1)</script>`,
		`"><img src=http://evil.example/x.png onerror=alert(1)>`,
		`' onmouseover='alert(1)' x='`,
		`<svg onload=alert(1)><a href="javascript:alert(1)">x</a>`,
		`{{.Policy}} <!-- <![CDATA[ ]]> &lt;script&gt;`,
		"[x](http://evil.example/) ![x](http://evil.example/x.png) <http://evil.example/>",
		"see http://evil.example/ and www.evil.example, ask mallory@evil.example or @mallory, #1",
		"\n# owned\n\n- item\n\n<b>owned</b>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
		"```\n</details><img src=http://evil.example/y.png>\n```\n``` x `y` **z** __z__ ~~z~~",
		"1. one", "- one", "+ one", "> quoted", "===", "\x1b[2J\u202egro.live",
	}
}

// charged is a report in which all that a peer can choose is this text.
func charged(t *testing.T, evil string) *diagnose.Report {
	r := hostile(t)
	for _, c := range r.Chains.Server {
		c.Subject, c.Issuer, c.Serial, c.DNSNames, c.URIs, c.Emails, c.ParseError = evil, evil, evil, []string{evil}, []string{evil}, []string{evil}, evil
	}
	r.Target.Host, r.Target.Address, r.Target.ServerName, r.Given.Target = evil, evil, evil, evil
	r.ClientAuth.AcceptableCAs = []string{evil}
	r.HTTP.Server, r.HTTP.Body = evil, evil
	r.Attempts[1].Varied, r.Attempts[1].Told, r.Attempts[0].Error = evil, evil, evil
	for i := range r.Handshake {
		r.Handshake[i].Detail = evil
	}
	f := &r.Findings[0]
	f.Title, f.Explanation, f.Settle, f.Refs = evil, evil, evil, []string{evil}
	f.Fix = diagnose.Steps{diagnose.Say(evil), diagnose.Run(evil), diagnose.Edit(evil, evil)}
	f.Evidence = []diagnose.Evidence{{Fact: "http.body", Got: evil, Want: evil}, {Fact: evil, Got: evil}}
	warning := *f
	warning.Severity = diagnose.Warning
	r.Findings = append(r.Findings, warning)
	return r
}

// outcomes are that report as each kind of page: failed, audited, unexplained
// and working.
func outcomes(t *testing.T, evil string) []*diagnose.Report {
	failed, audited, unexplained, works := charged(t, evil), charged(t, evil), charged(t, evil), charged(t, evil)
	audited.Audit = &diagnose.Audit{Good: evil}
	for _, v := range []diagnose.TryVerdict{diagnose.TryAccepted, diagnose.TryRefused, diagnose.TryNotTried} {
		audited.Audit.Tries = append(audited.Audit.Tries, diagnose.Try{Name: evil, What: evil, How: evil, Verdict: v})
	}
	unexplained.Findings, unexplained.Verdict, unexplained.ExitCode = nil, diagnose.Unexplained, diagnose.ExitUnexplained
	works.Findings, works.Verdict, works.ExitCode = nil, diagnose.Healthy, diagnose.ExitOK
	return []*diagnose.Report{failed, audited, unexplained, works}
}

// TestPages compares pages with those that were reviewed by eye.
func TestPages(t *testing.T) {
	for _, c := range reports {
		switch c.name {
		case "healthy", "client-cert-missing", "missing-intermediate", "several", "hostile":
		default:
			continue
		}
		var page, md strings.Builder
		if err := HTML(&page, c.report(t)); err != nil {
			t.Fatalf("HTML(%s) = %v", c.name, err)
		}
		if err := Markdown(&md, c.report(t)); err != nil {
			t.Fatalf("Markdown(%s) = %v", c.name, err)
		}
		golden(t, c.name+".html", page.String())
		golden(t, c.name+".md", md.String())
	}
}

// TestSavedPages: a report that was saved as JSON makes the page, byte for byte,
// that the one just made does.
func TestSavedPages(t *testing.T) {
	files, err := filepath.Glob("testdata/facts/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no saved facts: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pages := map[string]bool{}
		for range 2 {
			f, err := diagnose.ParseFacts(data)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			report := diagnose.Examine(f)
			var page, saved strings.Builder
			if err := HTML(&page, report); err != nil {
				t.Fatalf("HTML(%s) = %v", file, err)
			}
			if err := JSON(&saved, report); err != nil {
				t.Fatal(err)
			}
			pages[page.String()], data = true, []byte(saved.String())
		}
		if len(pages) != 1 {
			t.Errorf("the page of %s differs once it was saved", file)
		}
	}
}

// TestHTMLKeepsOut: whatever stands in a report, the page has the elements and
// attributes of its template, its own script and no other.
func TestHTMLKeepsOut(t *testing.T) {
	elements := map[string]bool{}
	for _, name := range strings.Fields("html head meta link title style body main article h1 h2 h3 span b p code pre div dl dt dd ul ol li strong " +
		"section svg rect text line path details summary table thead tbody tr th td footer script") {
		elements[name] = true
	}
	attributes := map[string]bool{}
	for _, name := range strings.Fields("lang charset http-equiv content name rel href class aria-hidden aria-label role scope viewbox x y width height rx x1 x2 y1 y2 d text-anchor") {
		attributes[name] = true
	}
	for _, evil := range markup() {
		for _, r := range outcomes(t, evil) {
			var b strings.Builder
			if err := HTML(&b, r, r); err != nil {
				t.Fatalf("HTML = %v", err)
			}
			for _, c := range b.String() {
				if c != '\n' && drives(c) {
					t.Errorf("HTML of %q writes %U", evil, c)
				}
			}
			scripts := 0
			for z, last := html.NewTokenizer(strings.NewReader(b.String())), ""; z.Next() != html.ErrorToken; {
				token := z.Token()
				switch token.Type {
				case html.CommentToken:
					t.Errorf("HTML of %q has a comment: %s", evil, token.Data)
				case html.TextToken:
					if last == "script" && token.Data != htmlScript {
						t.Errorf("HTML of %q has the script %s", evil, token.Data)
					}
				case html.StartTagToken, html.SelfClosingTagToken:
					if !elements[token.Data] {
						t.Errorf("HTML of %q has an element %s", evil, token.Data)
					}
					for _, a := range token.Attr {
						if !attributes[a.Key] || a.Key == "href" && a.Val != "data:," {
							t.Errorf("HTML of %q has an attribute %s=%q", evil, a.Key, a.Val)
						}
					}
					if token.Data == "script" {
						scripts++
					}
				}
				last = ""
				if token.Type == html.StartTagToken {
					last = token.Data
				}
			}
			if scripts != 1 {
				t.Errorf("HTML of %q has %d scripts, want 1", evil, scripts)
			}
		}
	}
}

// TestMarkdownKeepsOut renders what was written as GitHub would, raw HTML
// included: a peer's text makes no element but those that every report has.
func TestMarkdownKeepsOut(t *testing.T) {
	gm := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(gmhtml.WithUnsafe()))
	counts := func(r *diagnose.Report) (map[string]int, string) {
		var md, page strings.Builder
		if err := Markdown(&md, r, r); err != nil {
			t.Fatalf("Markdown = %v", err)
		}
		if err := gm.Convert([]byte(md.String()), &page); err != nil {
			t.Fatal(err)
		}
		found := map[string]int{}
		for z := html.NewTokenizer(strings.NewReader(page.String())); z.Next() != html.ErrorToken; {
			if token := z.Token(); token.Type == html.StartTagToken || token.Type == html.SelfClosingTagToken {
				found[token.Data]++
			}
		}
		return found, md.String()
	}
	want := make([]map[string]int, 4)
	for i, r := range outcomes(t, "plain") {
		want[i], _ = counts(r)
	}
	for _, evil := range markup() {
		for i, r := range outcomes(t, evil) {
			got, md := counts(r)
			for name, n := range got {
				if n != want[i][name] {
					t.Errorf("Markdown of %q makes %d %s, want %d\n%s", evil, n, name, want[i][name], md)
				}
			}
			for _, c := range md {
				if c != '\n' && drives(c) {
					t.Errorf("Markdown of %q writes %U", evil, c)
				}
			}
		}
	}
}
