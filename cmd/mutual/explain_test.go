package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/phrase"
)

var updateCatalogue = flag.Bool("update-catalogue", false, "write the catalogue of codes anew")

const cataloguePath = "../../diagnose/CODES.md"

// TestCatalogue: the file of all codes' pages is what the program prints.
// go test ./cmd/mutual -run TestCatalogue -update-catalogue writes it anew.
func TestCatalogue(t *testing.T) {
	want := catalogue()
	if *updateCatalogue {
		if err := os.WriteFile(cataloguePath, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(cataloguePath)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not current; write it anew with go test ./cmd/mutual -run TestCatalogue -update-catalogue", filepath.Base(cataloguePath))
	}
}

// catalogue is every code's page in Markdown.
func catalogue() []byte {
	var b bytes.Buffer
	b.WriteString("# The causes that mutual knows\n\nWhat `mutual explain CODE` prints, for all codes. Generated; a test keeps it current.\nWhat stands in commands `<like-this>` a diagnosis fills in, as far as it is known.\n")
	stage := diagnose.Stage("")
	written := map[string]diagnose.Code{} // where a set of remedies stands in full
	for _, head := range codePages() {
		if head.Stage != stage {
			stage = head.Stage
			fmt.Fprintf(&b, "\n## %s\n", stage)
		}
		page, _ := codePage(head.Code)
		fmt.Fprintf(&b, "\n### %s\n", page.Code)
		for _, r := range page.Rules {
			g := r.General()
			fmt.Fprintf(&b, "\n**%s**\n\n%s\n\n", g.Title, g.Why)
			for _, s := range g.Fix {
				switch s.Kind {
				case diagnose.Command:
					fmt.Fprintf(&b, "      %s\n", s.Text)
				case diagnose.Fragment:
					fmt.Fprintf(&b, "\n- %s:\n\n      %s\n", s.In, strings.ReplaceAll(s.Text, "\n", "\n      "))
				default:
					fmt.Fprintf(&b, "\n- %s\n\n", s.Text)
				}
			}
		}
		fmt.Fprintf(&b, "\nExit code %d. ", page.Exit)
		if page.Settle != "" {
			fmt.Fprintf(&b, "To prove it: %s ", page.Settle)
		}
		fmt.Fprintf(&b, "See %s.\n", strings.Join(page.Refs, ", "))
		if len(page.ShownAs) > 0 {
			b.WriteString("\n| program | shows it as |\n|---|---|\n")
			for _, s := range page.ShownAs {
				fmt.Fprintf(&b, "| %s | `%s` |\n", s.Stack, strings.ReplaceAll(strings.ReplaceAll(s.Text, "|", "\\|"), "`", "'"))
			}
		}
		if at := written[fmt.Sprint(page.Remedies)]; at != "" && len(page.Remedies) > 0 {
			fmt.Fprintf(&b, "\nSet up as under [%s](#%s).\n", at, at)
			continue
		}
		written[fmt.Sprint(page.Remedies)] = page.Code
		for _, r := range page.Remedies {
			fmt.Fprintf(&b, "\n%s:\n\n```\n%s\n```\n", r.Stack, r.Text)
		}
	}
	return b.Bytes()
}

// TestEveryCodeOfATextIsKnown: what a text can lead to has a page.
func TestEveryCodeOfATextIsKnown(t *testing.T) {
	for _, code := range phrase.Codes() {
		if _, ok := codePage(code); !ok {
			t.Errorf("a text leads to %s, and no rule has that code", code)
		}
	}
}

// TestCodePages: each code has a page without a word left in braces, and its
// own name leads to it.
func TestCodePages(t *testing.T) {
	left := regexp.MustCompile(`\{[a-z_]+\}`)
	for _, r := range diagnose.Rules() {
		var out, errs bytes.Buffer
		if code := run(t.Context(), []string{"mutual", "explain", string(r.Code)}, stdio{strings.NewReader(""), &out, &errs}); code != 0 {
			t.Errorf("mutual explain %s = exit code %d: %s", r.Code, code, errs.String())
		}
		if word := left.FindString(out.String()); word != "" && word != "{pair}" {
			t.Errorf("mutual explain %s leaves %s in its prose", r.Code, word)
		}
		if !strings.Contains(out.String(), string(r.Code)) {
			t.Errorf("mutual explain %s prints another page:\n%s", r.Code, out.String())
		}
	}
}

// TestExplainJSON: the report that scripts read.
func TestExplainJSON(t *testing.T) {
	var out, errs bytes.Buffer
	args := []string{"mutual", "explain", "--json", "http: TLS handshake error from 10.0.0.7:1: tls: client didn't provide a certificate"}
	if code := run(t.Context(), args, stdio{strings.NewReader(""), &out, &errs}); code != 0 {
		t.Fatalf("mutual explain --json = exit code %d: %s", code, errs.String())
	}
	var report struct {
		Schema, Command, Verdict string
		Findings                 []struct {
			Code     string
			Evidence []struct{ Fact, Got string }
		}
		Said []struct {
			Text, Speaker string
			Candidates    []struct{ Code, Title, Settle string }
		}
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	if report.Schema != diagnose.Schema || report.Command != "explain" || report.Verdict != "explained" || len(report.Findings) != 1 || report.Findings[0].Code != "client-cert-missing" {
		t.Errorf("mutual explain --json = %+v, want one finding client-cert-missing", report)
	}
	e := report.Findings[0].Evidence[0]
	if got, err := diagnose.Resolve(out.Bytes(), e.Fact); err != nil || got != e.Got {
		t.Errorf("the evidence %s is %v (%v), want %q", e.Fact, got, err, e.Got)
	}
	if s := report.Said[0]; s.Speaker != phrase.ServerAboutClient.String() || s.Candidates[0].Title == "" || s.Candidates[0].Settle == "" {
		t.Errorf("said[0] = %+v, want the server to speak, and candidates with title and settle", s)
	}
}

// BenchmarkExplain measures how long a whole process takes to explain a line.
func BenchmarkExplain(b *testing.B) {
	mutual := buildMutual(b)
	for b.Loop() {
		var took []time.Duration
		for range benchRuns {
			took = append(took, elapsed(exec.Command(mutual, "explain", "curl: (60) SSL certificate problem: unable to get local issuer certificate")))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
	}
	b.ReportMetric(0, "ns/op")
}
