package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/fixtures"
)

// TestPasteServe pastes what serve says of a client without a certificate, and
// of one with another CA's: with the command printed, in the folder where serve
// runs, a client gets in.
func TestPasteServe(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("curl is not installed, and CI has to run it")
		}
		t.Skip("curl is not installed")
	}
	p := newPaste(t, `mutual's "own"`)
	p.sh(fixtures.Command{Name: "mutual", Args: []string{"init", "--dir", p.rel, "--host", "localhost"}}.String())
	p.sh(fixtures.Command{Name: "mutual", Args: []string{"init", "--dir", "other", "--host", "localhost"}}.String())
	serve := exec.CommandContext(t.Context(), "mutual", "serve", "--dir", p.rel, "--listen", "localhost:0", "--format", "json")
	serve.Dir = p.work
	out, err := serve.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	talk, err := serve.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { serve.Process.Kill(); serve.Wait() })
	address := ""
	for lines := bufio.NewScanner(talk); address == "" && lines.Scan(); {
		address = regexp.MustCompile(`https://localhost:\d+`).FindString(lines.Text())
	}
	if address == "" {
		t.Fatal("serve names no address")
	}
	before := p.files()
	p.sh(fixtures.Command{Name: "curl", Args: []string{"-sS", "--cacert", filepath.Join(p.rel, "ca-crt.pem"), address + "/"}}.String())
	p.sh(fixtures.Command{Name: "curl", Args: []string{"-sS", "--cacert", filepath.Join(p.rel, "ca-crt.pem"), "--cert", "other/client-crt.pem", "--key", "other/client-key.pem",
		address + "/"}}.String())
	reports := json.NewDecoder(out)
	let := map[diagnose.Code]bool{}
	for range 2 {
		var r struct {
			Findings []diagnose.Finding `json:"findings"`
		}
		if err := reports.Decode(&r); err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Findings {
			for _, s := range f.Fix {
				if s.Kind == diagnose.Command {
					let[f.Code] = let[f.Code] || strings.Contains(p.sh(s.Text), "hello world from client cert")
					if strings.Contains(s.Text, "--force") {
						t.Errorf("%s: %s", f.Code, s.Text)
					}
				}
			}
		}
	}
	if _, told := let[cause.ClientCAUntrustedByServer]; !let[cause.ClientCertMissing] || !told {
		t.Errorf("with the command printed a client gets in: %v; want so for client-cert-missing, and both told of", let)
	}
	p.unharmed(before)
}
