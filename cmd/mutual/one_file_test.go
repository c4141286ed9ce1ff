package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOneFileOneExit: whatever command meets a file that cannot be used, it
// calls the cause the same and ends with the same code.
func TestOneFileOneExit(t *testing.T) {
	const stub = "-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n"
	for _, tt := range []struct {
		name, file, content string // content "": the file is removed
		code                string
		exit                int
		commands            []string // D is the folder
	}{
		{"server certificate broken", "server-crt.pem", stub, "cert-malformed", 12, []string{
			"verify D/server-crt.pem", "verify --purpose server D/server-crt.pem", "inspect D/server-crt.pem", "init --dir D", "serve --dir D --listen localhost:0"}},
		{"client certificate broken", "client-crt.pem", stub, "cert-malformed", 13, []string{
			"verify --purpose client D/client-crt.pem", "init --dir D", "probe localhost:1 --dir D"}},
		{"server certificate cut off", "server-crt.pem", stub[:40], "pem-truncated", 14, []string{
			"verify D/server-crt.pem", "inspect D/server-crt.pem", "init --dir D", "serve --dir D --listen localhost:0"}},
		{"server key empty", "server-key.pem", "\n", "file-empty", 14, []string{
			"inspect D/server-key.pem", "init --dir D", "serve --dir D --listen localhost:0", "probe localhost:1 --cert D/server-crt.pem --key D/server-key.pem"}},
		{"server key gone", "server-key.pem", "", "file-not-found", 14, []string{
			"inspect D/server-key.pem", "init --dir D", "serve --dir D --listen localhost:0", "probe localhost:1 --cert D/server-crt.pem --key D/server-key.pem"}},
		{"client CA no certificate", "clients.pem", "nothing\n", "pem-wrong-type", 14, []string{
			"inspect D/clients.pem", "serve --dir D --client-ca D/clients.pem --listen localhost:0", "probe localhost:1 --dir D --client-ca D/clients.pem"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := mutualFiles(t)
			path := filepath.Join(dir, tt.file)
			if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			if tt.content != "" {
				if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, line := range tt.commands {
				args := strings.Fields(line)
				for i := range args {
					if after, ok := strings.CutPrefix(args[i], "D"); ok {
						args[i] = dir + after
					}
				}
				code, out, talk := command(t, append(args, "--json")...)
				var got struct{ Findings, Problems []struct{ Code string } }
				if err := json.Unmarshal([]byte(out), &got); err != nil {
					t.Errorf("mutual %s wrote no JSON: %v\n%s%s", line, err, out, talk)
					continue
				}
				name := ""
				if list := append(got.Findings, got.Problems...); len(list) > 0 {
					name = list[0].Code
				}
				if code != tt.exit || name != tt.code {
					t.Errorf("mutual %s = %s, exit %d, want %s, %d\n%s", line, name, code, tt.code, tt.exit, out)
				}
			}
		})
	}
}

// TestReadyOnlyAfterStart: a server that does not start writes no ready file.
func TestReadyOnlyAfterStart(t *testing.T) {
	dir := mutualFiles(t)
	ready, bad := filepath.Join(dir, "ready"), filepath.Join(dir, "bad.pem")
	if err := os.WriteFile(bad, []byte("nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, _, talk := command(t, "serve", "--dir", dir, "--client-ca", bad, "--listen", "localhost:0", "--ready-file", ready)
	if _, err := os.Stat(ready); !os.IsNotExist(err) || code != 14 {
		t.Errorf("serve with an unusable --client-ca = %d, ready file: %v, want 14 and none\n%s", code, err, talk)
	}
	if strings.Contains(talk, "https://") {
		t.Errorf("serve speaks of its address before it failed:\n%s", talk)
	}
}

// TestCheckProxyOfEnvironment: a proxy that cannot be one is an error of the
// command line's surroundings in check as in probe, and no finding.
func TestCheckProxyOfEnvironment(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "ftp://x:1")
	t.Setenv("NO_PROXY", "")
	dir := t.TempDir()
	file := filepath.Join(dir, "servers.yaml")
	if err := os.WriteFile(file, []byte("targets:\n  - target: server.example:443\n    accept: [none]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check", file}, {"probe", "server.example:443"}} {
		code, out, talk := command(t, args...)
		if code != exitUsage || out != "" || !strings.Contains(talk, `scheme "ftp"`) {
			t.Errorf("mutual %s = %d, %q, %q, want %d and the proxy's fault", args[0], code, out, talk, exitUsage)
		}
	}
	if err := os.WriteFile(file, []byte("targets:\n  - target: server.example:443\n    proxy: ftp://x:1\n    accept: [none]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, talk := command(t, "check", file); code != 14 || !strings.Contains(talk, ":3:") {
		t.Errorf("check of a file with such a proxy = %d, %q, want 14 and the line", code, talk)
	}
}

// TestInitInVerifysWords: what init finds at fault has the title, and the proof,
// that verify has for it.
func TestInitInVerifysWords(t *testing.T) {
	dir, other := mutualFiles(t), mutualFiles(t)
	for _, name := range []string{"client-crt.pem", "client-key.pem"} {
		data, err := os.ReadFile(filepath.Join(other, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ init, verify []string }{
		{[]string{"--host", "web.example"}, []string{"--name", "web.example", filepath.Join(dir, "server-crt.pem")}},
		{nil, []string{"--purpose", "client", filepath.Join(dir, "client-crt.pem")}},
	} {
		_, made, _ := command(t, append([]string{"init", "--dir", dir}, tt.init...)...)
		_, judged, _ := command(t, append([]string{"verify", "--cacert", filepath.Join(dir, "ca-crt.pem")}, tt.verify...)...)
		title, _, ok := strings.Cut(judged, "\n\n")
		if title = strings.Join(strings.Fields(title), " "); !ok || !strings.Contains(strings.Join(strings.Fields(made), " "), strings.TrimPrefix(title, "✗ ")) {
			t.Errorf("init %v says\n%s\nand verify %v\n%s", tt.init, made, tt.verify, judged)
		}
	}
}
