package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"mutual/diagnose"
	"mutual/fixtures/stack"
	"mutual/pki"
)

// TestInitNext types what init says comes next, with a free port in place of
// 4433: it has to work, for whatever names the server's certificate has.
func TestInitNext(t *testing.T) {
	for _, hosts := range [][]string{nil, {"webhook.example"}, {"*.example.com"}, {"192.0.2.7"}, {"127.0.0.1"}, {"::1"}, {"webhook.example", "localhost"}} {
		t.Run(strings.Join(hosts, " "), func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "my files")
			args := []string{"init", "--dir", dir}
			for _, h := range hosts {
				args = append(args, "--host", h)
			}
			code, out, talk := command(t, args...)
			_, next, ok := strings.Cut(out, "  next     ")
			if code != 0 || !ok {
				t.Fatalf("mutual init = %d, %s%s", code, out, talk)
			}
			lines := strings.Split(strings.ReplaceAll(next, "\\\n", ""), "\n")
			serve, probe := fields(lines[0]), fields(lines[1])
			ready := filepath.Join(dir, "ready")
			ctx, stop := context.WithCancel(t.Context())
			served := make(chan int, 1)
			go func() {
				served <- run(ctx, append(serve, "--listen", "localhost:0", "--ready-file", ready), stdio{in: strings.NewReader(""), out: &strings.Builder{}, err: &strings.Builder{}})
			}()
			defer func() { stop(); <-served }()
			for i, arg := range probe {
				probe[i] = strings.Replace(arg, ":4433", ":"+portIn(t, ready), 1)
			}
			code, out, talk = command(t, probe[1:]...)
			if code != diagnose.ExitOK || !strings.Contains(out, "accepted CN=client") {
				t.Errorf("%q = %d, %s%s", probe, code, out, talk)
			}
		})
	}
}

// TestRenewalIsAdvised: of a certificate near its end, init and probe name the
// command that renews that very one; typed, there is nothing left to say.
func TestRenewalIsAdvised(t *testing.T) {
	dir := t.TempDir()
	if _, err := pki.Init(dir, pki.InitOptions{Now: time.Now().Add(-390 * 24 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	if _, err := pki.Issue(dir, pki.IssueOptions{Purpose: pki.Client, Names: []string{"ann"}, Now: time.Now().Add(-390 * 24 * time.Hour), SANs: []string{"spiffe://example.org/ann"}}); err != nil {
		t.Fatal(err)
	}
	ann := filepath.Join(dir, "ann-crt.pem")
	target := serveFleet(t, dir, 1, tls.RequireAndVerifyClientCert)[0]
	probe := []string{"probe", target, "--cacert", filepath.Join(dir, "ca-crt.pem"), "--cert", ann, "--key", filepath.Join(dir, "ann-key.pem")}
	for _, tt := range []struct {
		args []string
		want []string
	}{
		{[]string{"init", "--dir", dir}, []string{"mutual issue server server --dir " + dir + " --force", "mutual issue client client --dir " + dir + " --force"}},
		{probe, []string{"mutual issue client ann --dir " + dir + " --force"}},
	} {
		code, out, talk := command(t, tt.args...)
		out = strings.Join(strings.Fields(strings.ReplaceAll(out, "\\\n", "")), " ")
		if code != 0 || !strings.Contains(out, "runs out") {
			t.Errorf("mutual %s = %d, %s%s, want a warning", tt.args[0], code, out, talk)
		}
		for _, want := range tt.want {
			if !strings.Contains(out, want) {
				t.Errorf("mutual %s does not advise %s:\n%s", tt.args[0], want, out)
			}
			if code, out, talk := command(t, strings.Fields(want)[1:]...); code != 0 {
				t.Errorf("%s = %d, %s%s", want, code, out, talk)
			}
		}
	}
	if _, out, _ := command(t, "init", "--dir", dir); strings.Contains(out, "runs out") {
		t.Errorf("mutual init warns again:\n%s", out)
	}
	if uris := pki.Load(ann, pki.RoleCert, nil).Parsed()[0].URIs; len(uris) != 1 || uris[0].String() != "spiffe://example.org/ann" {
		t.Errorf("ann's certificate was renewed with %v", uris)
	}
}

// fields splits a command as a shell does where quotes hold plain text.
func fields(line string) []string {
	var list []string
	for i, part := range strings.Split(strings.TrimSpace(line), "'") {
		if i%2 == 1 {
			list = append(list, part)
		} else {
			list = append(list, strings.Fields(part)...)
		}
	}
	return list
}

// portIn waits for the file with the server's URL.
func portIn(t *testing.T, file string) string {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for time.Now().Before(deadline) {
		if data, err := os.ReadFile(file); err == nil && len(data) > 0 {
			u, err := url.Parse(strings.TrimSpace(string(data)))
			if err != nil {
				t.Fatal(err)
			}
			return u.Port()
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("no server has written %s", file)
	return ""
}

// TestReplaceCAOnTerminal answers the question before a CA in use is replaced.
func TestReplaceCAOnTerminal(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("script(1) takes other flags here")
	}
	stack.NeedProgram(t, "script")
	for answer, want := range map[string]bool{"y": true, "yes": true, "n": false, "": false} {
		dir := mutualFiles(t)
		before, err := os.ReadFile(filepath.Join(dir, "ca-key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("script", "-qec", "mutual init --force", "/dev/null")
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(answer+"\n")
		out, err := cmd.CombinedOutput()
		after, readErr := os.ReadFile(filepath.Join(dir, "ca-key.pem"))
		if replaced := !bytes.Equal(before, after); readErr != nil || replaced != want || (err == nil) != want || !strings.Contains(string(out), "Replace it? [y/N]") {
			t.Errorf("mutual init --force, answered %q = %v, replaced %v, %v, want %v\n%s", answer, err, replaced, readErr, want, out)
		}
	}
}

// TestSetJSONIsHarmless: what a subject holds cannot drive the terminal, as in
// every other JSON.
func TestSetJSONIsHarmless(t *testing.T) {
	code, out, talk := command(t, "init", "--dir", t.TempDir(), "--name", "a\u202eb\u009bc", "--json")
	if code != 0 || strings.ContainsAny(out, "\u202e\u009b") || !strings.Contains(out, `a\u202eb\u009bc`) {
		t.Errorf("init --json = %d, %s%s", code, out, talk)
	}
}
