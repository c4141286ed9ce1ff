package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestManual has groff set the page: it warns of nothing, and each command
// and flag stands on it.
func TestManual(t *testing.T) {
	code, page, talk := command(t, "man")
	if code != 0 {
		t.Fatalf("mutual man = %d\n%s", code, talk)
	}
	if _, err := exec.LookPath("groff"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("groff is not installed")
		}
		t.Skip("groff is not installed")
	}
	var out, warned strings.Builder
	cmd := exec.CommandContext(t.Context(), "groff", "-man", "-Tutf8", "-ww", "-rLL=100n", "-P-cbou")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(page), &out, &warned
	if err := cmd.Run(); err != nil || warned.Len() > 0 {
		t.Errorf("groff = %v, %s, want no word", err, warned.String())
	}
	// A minus sign is how man shows what was written \-.
	text := strings.NewReplacer("−", "-", "‐", "-").Replace(out.String())
	for _, c := range commands() {
		if !strings.Contains(text, c.Name) {
			t.Errorf("the manual lacks the command %s", c.Name)
		}
		for _, f := range c.Flags {
			if !strings.Contains(text, "--"+f.Names()[0]) {
				t.Errorf("the manual lacks --%s of %s", f.Names()[0], c.Name)
			}
		}
	}
}
