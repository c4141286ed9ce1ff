package main

import (
	"crypto/tls"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"mutual/fixtures/stack"
)

// TestRecipes runs the recipes for CI as they stand, with a server that
// demands certificates, which they have to let pass, and with one that only
// asks, at which they have to fail. Of a workflow the steps are run that run
// mutual; those that fetch and build it need the internet.
func TestRecipes(t *testing.T) {
	stack.NeedProgram(t, "sh")
	certs := mutualFiles(t)
	key, err := os.ReadFile(filepath.Join(certs, "client-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range []struct {
		name   string
		target string
		fails  bool
	}{
		{"enforced", serveDemo(t, certs), false},
		{"only asked for", serveFleet(t, certs, 1, tls.RequestClientCert)[0], true},
	} {
		for _, r := range []struct {
			name  string
			needs string
			lines func(t *testing.T) []string
		}{
			{"shell", "sh", func(*testing.T) []string { return []string{`./mtls.sh "$TARGET" certs`} }},
			{"make check", "make", func(*testing.T) []string { return []string{"make mtls-check"} }},
			{"make audit", "make", func(*testing.T) []string { return []string{`make mtls-audit TARGET="$TARGET"`} }},
			{"GitHub Actions", "sh", githubSteps},
			{"GitLab", "sh", gitlabScript},
		} {
			t.Run(r.name+", "+server.name, func(t *testing.T) {
				stack.NeedProgram(t, r.needs)
				t.Parallel()
				dir := t.TempDir()
				if err := os.CopyFS(dir, os.DirFS("testdata/ci")); err != nil {
					t.Fatal(err)
				}
				if err := os.CopyFS(filepath.Join(dir, "certs"), os.DirFS(certs)); err != nil {
					t.Fatal(err)
				}
				for _, line := range r.lines(t) {
					cmd := exec.Command("sh", "-ec", line)
					cmd.Dir = dir
					cmd.Env = append(os.Environ(), "TARGET="+server.target, "CLIENT_KEY="+string(key), "MTLS_CLIENT_KEY="+filepath.Join(certs, "client-key.pem"))
					out, err := cmd.CombinedOutput()
					if fails := server.fails && judges(line); fails != (err != nil) {
						t.Errorf("%s = %v, want it to fail: %v\n%s", line, err, fails, out)
					}
				}
			})
		}
	}
}

// judges reports whether the line judges the server; the others prepare it.
func judges(line string) bool {
	return strings.HasPrefix(line, "mutual ") || strings.HasPrefix(line, "make ") || strings.HasPrefix(line, "./mtls.sh")
}

// githubSteps are the steps of the workflow that need nothing but mutual.
func githubSteps(t *testing.T) []string {
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct{ Name, Run string }
		}
	}
	readYAML(t, "testdata/ci/github.yaml", &workflow)
	var lines []string
	for _, s := range workflow.Jobs["mtls"].Steps {
		if s.Run != "" && s.Name != "build" {
			lines = append(lines, s.Run)
		}
	}
	if len(lines) != 3 {
		t.Fatalf("the workflow has the steps %q, want key, check and audit", lines)
	}
	return lines
}

func gitlabScript(t *testing.T) []string {
	var pipeline struct {
		MTLS struct {
			Before []string `yaml:"before_script"`
			Script []string
		} `yaml:"mtls"`
	}
	readYAML(t, "testdata/ci/gitlab.yaml", &pipeline)
	if len(pipeline.MTLS.Before) != 3 || len(pipeline.MTLS.Script) != 2 {
		t.Fatalf("the pipeline has %+v, want three lines before, and two", pipeline)
	}
	return append(pipeline.MTLS.Before[2:], pipeline.MTLS.Script...)
}

func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err == nil {
		err = yaml.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// serveDemo runs the demo server, as another process.
func serveDemo(t *testing.T, dir string) string {
	t.Helper()
	ready := filepath.Join(t.TempDir(), "ready")
	server := exec.Command("mutual", "serve", "--dir", dir, "--listen", "127.0.0.1:0", "--ready-file", ready)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if url, err := os.ReadFile(ready); err == nil && len(url) > 0 {
			return strings.TrimPrefix(strings.TrimSpace(string(url)), "https://")
		}
	}
	t.Fatal("mutual serve is not ready after 20 s")
	return ""
}

// TestReadme: the README shows the recipes and the table of audits as the
// tests run them.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	readme := string(data)
	if !strings.Contains(readme, "# Mutual TLS in CI") {
		t.Skip("README.md has no section on CI")
	}
	for _, name := range []string{"mtls.sh", "Makefile", "mutual.yaml", "github.yaml", "gitlab.yaml"} {
		recipe, err := os.ReadFile(filepath.Join("testdata/ci", name))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(readme, strings.TrimSpace(string(recipe))) {
			t.Errorf("README.md does not show testdata/ci/%s as it stands", name)
		}
	}
	for _, row := range auditTable {
		if line := row.markdown(); !strings.Contains(readme, line) {
			t.Errorf("README.md does not have the line\n%s", line)
		}
	}
}
