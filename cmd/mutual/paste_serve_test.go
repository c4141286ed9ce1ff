package main

import (
	"bufio"
	"encoding/json"
	"io"
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

// serve runs mutual serve with the folder, and returns its address and where it
// reports each connection.
func (p *paste) serve(dir string) (address string, reports io.Reader) {
	p.t.Helper()
	serve := exec.CommandContext(p.t.Context(), "mutual", "serve", "--dir", dir, "--listen", "localhost:0", "--format", "json")
	serve.Dir = p.work
	out, err := serve.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	talk, err := serve.StderrPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { serve.Process.Kill(); serve.Wait() })
	for lines := bufio.NewScanner(talk); lines.Scan(); {
		if found := regexp.MustCompile(`https://(localhost:\d+)`).FindStringSubmatch(lines.Text()); found != nil {
			return found[1], out
		}
	}
	p.t.Fatal("serve names no address")
	return "", nil
}

// TestPasteServerRenewal: a server of mutual's that is called by a name that
// its certificate lacks gets one that has it by what probe prints, in the file
// that it serves, and keeps its other names.
func TestPasteServerRenewal(t *testing.T) {
	p := newPaste(t, "api's folder")
	p.sh(fixtures.Command{Name: "mutual", Args: []string{"init", "--dir", p.rel, "--host", "api.internal"}}.String())
	address, _ := p.serve(p.rel)
	command := fixtures.Command{Name: "mutual", Args: []string{"probe", address, "--dir", p.rel}}.String()
	before := p.files()
	found := p.probe(command)
	if len(found) != 1 || found[0].Code != cause.ServerNameMismatch {
		t.Fatalf("%s = %v, want server-name-mismatch alone", command, found)
	}
	for _, s := range found[0].Fix {
		if s.Kind == diagnose.Command {
			p.sh(s.Text)
		}
	}
	address, _ = p.serve(p.rel) // it reads the files again
	command = fixtures.Command{Name: "mutual", Args: []string{"probe", address, "--dir", p.rel}}.String()
	if again := p.probe(command); len(again) > 0 {
		t.Errorf("after what was printed: %v\n%s", again, found[0].Fix)
	}
	other := fixtures.Command{Name: "mutual", Args: []string{"probe", address, "--dir", p.rel, "--servername", "api.internal"}}.String()
	if again := p.probe(other); len(again) > 0 {
		t.Errorf("the old name is lost: %v\n%s", again, found[0].Fix)
	}
	p.unharmed(before)
}

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
	address, out := p.serve(p.rel)
	before := p.files()
	p.sh(fixtures.Command{Name: "curl", Args: []string{"-sS", "--cacert", filepath.Join(p.rel, "ca-crt.pem"), "https://" + address + "/"}}.String())
	p.sh(fixtures.Command{Name: "curl", Args: []string{"-sS", "--cacert", filepath.Join(p.rel, "ca-crt.pem"), "--cert", "other/client-crt.pem", "--key", "other/client-key.pem",
		"https://" + address + "/"}}.String())
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
