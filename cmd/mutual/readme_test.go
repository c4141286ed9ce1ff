package main

import (
	"bytes"
	"context"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const readme = "../../README.md"

// TestReadmeDemo holds the README's first screen to what demo prints. With
// MUTUAL_UPDATE=1 it writes the screen anew.
func TestReadmeDemo(t *testing.T) {
	t.Setenv("LC_ALL", "C.UTF-8")
	var out, talk bytes.Buffer
	if code := run(context.Background(), []string{"mutual", "demo"}, stdio{in: strings.NewReader(""), out: &out, err: &talk}); code != 0 {
		t.Fatalf("demo = %d, want 0\n%s", code, talk.String())
	}
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), "<!-- demo -->\n```\n")
	shown, after, ok2 := strings.Cut(rest, "```\n")
	if !ok || !ok2 {
		t.Fatal("README.md has no block after <!-- demo -->")
	}
	if os.Getenv("MUTUAL_UPDATE") == "1" {
		text := before + "<!-- demo -->\n```\n" + strings.TrimRight(out.String(), "\n") + "\n```\n" + after
		if err := os.WriteFile(readme, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(steady(shown), steady(out.String())); diff != "" {
		t.Errorf("README.md shows another demo (MUTUAL_UPDATE=1 writes it anew; -README +demo):\n%s", diff)
	}
}

// steady leaves out what differs from run to run: times, the port where 4433
// is taken, what was agreed with this Go version, and line breaks.
func steady(s string) string {
	for _, varies := range []struct{ is, becomes string }{
		{`\d+ ms`, "N ms"}, {`localhost:\d+`, "localhost:PORT"}, {`\(?[Pp]ort 4433 is taken[^\n]*\n`, ""}, {`\d+ days left`, "N days left"}, {`TLS_[A-Z0-9_]+`, "SUITE"},
	} {
		s = regexp.MustCompile(varies.is).ReplaceAllString(s, varies.becomes)
	}
	return strings.Join(strings.Fields(s), " ")
}
