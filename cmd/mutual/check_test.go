package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/fixtures/stack"
	"mutual/pki"
)

// mutualFiles makes a CA with a server and a client, as mutual init does.
func mutualFiles(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if _, err := pki.Init(dir, pki.InitOptions{Now: time.Now()}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// serveFleet runs n servers on loopback with the files in dir and returns
// their addresses.
func serveFleet(t *testing.T, dir string, n int, auth tls.ClientAuthType) []string {
	t.Helper()
	pair := pki.LoadPair(filepath.Join(dir, "server-crt.pem"), filepath.Join(dir, "server-key.pem"), nil)
	cas := x509.NewCertPool()
	for _, c := range pki.LoadTrust(filepath.Join(dir, "ca-crt.pem")).Parsed() {
		cas.AddCert(c)
	}
	server := &http.Server{
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair.TLS()}, ClientAuth: auth, ClientCAs: cas},
		ErrorLog:  log.New(io.Discard, "", 0),
		Handler:   http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello\n") }),
	}
	t.Cleanup(func() { server.Close() })
	var addresses []string
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go server.ServeTLS(ln, "", "")
		addresses = append(addresses, ln.Addr().String())
	}
	return addresses
}

// command runs the program in this process.
func command(t *testing.T, args ...string) (code int, out, talk string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), append([]string{"mutual"}, args...), stdio{in: strings.NewReader(""), out: &o, err: &e})
	return code, o.String(), e.String()
}

// expectations writes a file for the targets.
func expectations(t *testing.T, dir, each string, targets []string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("defaults:\n  trust: ca-crt.pem\nidentities:\n  client: {cert: client-crt.pem, key: client-key.pem}\ntargets:\n")
	for _, target := range targets {
		fmt.Fprintf(&b, "  - target: %q\n%s", target, each)
	}
	path := filepath.Join(dir, "fleet.yaml")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const allExpected = "    accept: [client]\n    refuse: [none, self-signed]\n    tls_min: \"1.2\"\n    days_left: 30\n"

// TestCheckFleet: 200 servers take seconds, and no more memory than a few of
// them at a time.
func TestCheckFleet(t *testing.T) {
	dir := mutualFiles(t)
	targets := serveFleet(t, dir, 200, tls.RequireAndVerifyClientCert)
	path := expectations(t, dir, allExpected, targets)

	var most atomic.Uint64
	stop := make(chan struct{})
	go func() {
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most.Store(max(most.Load(), m.HeapInuse))
			select {
			case <-stop:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	began := time.Now()
	code, out, talk := command(t, "check", path, "--json")
	took := time.Since(began)
	close(stop)
	var got diagnose.Checked
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatalf("mutual check = %d, %v: %s%s", code, err, out, talk)
	}
	if code != 0 || len(got.Targets) != 200 || got.Met != 1000 || got.Failed != 0 {
		t.Errorf("mutual check = %d, %d targets, %d met, %d failed, want 0, 200, 1000, 0", code, len(got.Targets), got.Met, got.Failed)
	}
	t.Logf("200 targets, 1000 expectations in %v, at most %d MiB of heap", took, most.Load()>>20)
	if limit := 60 * time.Second; took > limit {
		t.Errorf("mutual check of 200 targets took %v, want less than %v", took, limit)
	}
	if limit := uint64(256 << 20); most.Load() > limit {
		t.Errorf("mutual check of 200 targets took %d MiB of heap, want less than %d", most.Load()>>20, limit>>20)
	}
}

// TestCheckFinds: each expectation fails where it should, with its code and
// place.
func TestCheckFinds(t *testing.T) {
	dir, other := mutualFiles(t), mutualFiles(t)
	strict := serveFleet(t, dir, 1, tls.RequireAndVerifyClientCert)[0]
	lax := serveFleet(t, dir, 1, tls.RequestClientCert)[0]
	for _, c := range []struct {
		name, target, each string
		code               diagnose.Code
		line               int
	}{
		{"accepts without certificate", lax, "    refuse: none\n", cause.CheckAcceptsForbidden, 7},
		{"accepts self-signed", lax, "    refuse: [self-signed]\n", cause.CheckAcceptsForbidden, 7},
		{"refuses who must get in", strict, "    accept: none\n", cause.ClientCertMissing, 7},
		{"refused by another cause", strict, "    refuse: [{identity: none, code: client-cert-expired}]\n", cause.CheckRefusedOtherwise, 7},
		{"refused by that cause", strict, "    refuse: [{identity: none, code: client-cert-missing}]\n", "", 0},
		{"another CA", strict, "    accept: client\n    trust: " + filepath.Join(other, "ca-crt.pem") + "\n", cause.ServerCAUntrusted, 7},
		{"TLS too old", strict, "    tls_min: \"1.3\"\n", cause.CheckOldTLS, 7},
		{"TLS new enough", strict, "    tls_min: \"1.2\"\n", "", 0},
		{"runs out", strict, "    days_left: 4000\n", cause.CheckExpiresSoon, 7},
		{"another key", strict, "    pins: " + strings.Repeat("00", 32) + "\n", cause.ServerCertPinMismatch, 7},
		{"no server", "127.0.0.1:1", "    accept: client\n", cause.TCPRefused, 7},
		{"no server that refuses", "127.0.0.1:1", "    refuse: none\n", cause.TCPRefused, 7},
		{"no server with a pin", "127.0.0.1:1", "    pins: " + strings.Repeat("00", 32) + "\n", cause.TCPRefused, 7},
		{"no file", strict, "    accept: client\n    trust: nowhere.pem\n", cause.FileNotFound, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := expectations(t, dir, c.each, []string{c.target})
			code, out, talk := command(t, "check", path, "--json")
			var got diagnose.Checked
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatalf("mutual check = %d, %v: %s%s", code, err, out, talk)
			}
			e := got.Targets[0].Expectations[0]
			if c.code == "" {
				if code != 0 || !e.Met {
					t.Errorf("mutual check = %d, %+v, want 0 and met", code, e)
				}
				return
			}
			if code != 15 || e.Met || e.Code != c.code || e.Line != c.line {
				t.Errorf("mutual check = %d, %+v, want 15 and %s at line %d", code, e, c.code, c.line)
			}
			for _, format := range []string{"text", "github"} {
				_, said, _ := command(t, "check", path, "--format", format)
				if !strings.Contains(said, string(c.code)) {
					t.Errorf("mutual check --format %s = %s, want %s in it", format, said, c.code)
				}
			}
		})
	}
}

// readJUnit prints tests, failures and the codes of the failures of a JUnit
// report, as Python's own XML parser reads it.
const readJUnit = `
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.stdin).getroot()
cases = root.findall('.//testcase')
failures = [c.find('failure') for c in cases if c.find('failure') is not None]
declared = sum(int(s.get('failures')) for s in root.iter('testsuite'))
print(len(cases), len(failures), declared, ' '.join(f.get('type') for f in failures))
`

func TestJUnitInPython(t *testing.T) {
	stack.NeedProgram(t, "python3")
	dir := mutualFiles(t)
	strict := serveFleet(t, dir, 1, tls.RequireAndVerifyClientCert)[0]
	lax := serveFleet(t, dir, 1, tls.RequestClientCert)[0]
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"check", []string{"check", expectations(t, dir, allExpected, []string{strict, lax}), "--format", "junit"},
			"10 2 2 check-accepts-forbidden check-accepts-forbidden"},
		{"audit", []string{"audit", lax, "--dir", dir, "--rate", "100", "--format", "junit", "--allow", "no-certificate"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, talk := command(t, c.args...)
			if code != 15 {
				t.Errorf("mutual %s = %d, want 15: %s", c.name, code, talk)
			}
			python := exec.Command("python3", "-c", readJUnit)
			python.Stdin = strings.NewReader(out)
			got, err := python.CombinedOutput()
			if err != nil {
				t.Fatalf("python3: %v\n%s\n%s", err, got, out)
			}
			words := strings.TrimSpace(string(got))
			if c.want != "" && words != c.want {
				t.Errorf("Python reads %q, want %q", words, c.want)
			}
			if c.want == "" && !strings.Contains(words, "audit-accepts-self-signed") {
				t.Errorf("Python reads %q, want audit-accepts-self-signed in it", words)
			}
		})
	}
}

// TestCheckInit: the first file is met by the servers it was made from, and
// holds no secret.
func TestCheckInit(t *testing.T) {
	dir := mutualFiles(t)
	targets := serveFleet(t, dir, 2, tls.RequireAndVerifyClientCert)
	out := filepath.Join(t.TempDir(), "first.yaml")
	args := []string{"check", "--init", targets[0], targets[1], "--dir", dir, "--out", out}
	if code, said, talk := command(t, args...); code != 0 {
		t.Fatalf("mutual check --init = %d, %s%s", code, said, talk)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "PRIVATE") || !strings.Contains(string(text), "refuse: [none]") {
		t.Errorf("mutual check --init wrote %s, want no key, and the refusal of no certificate", text)
	}
	code, said, _ := command(t, "check", out, "--json")
	var got diagnose.Checked
	if err := json.Unmarshal([]byte(said), &got); err != nil || code != 0 || got.Met != 8 {
		t.Errorf("mutual check of what --init wrote = %d, %v, %d met, want 0, 8\n%s", code, err, got.Met, said)
	}
	if code, _, talk := command(t, args...); code != 2 || !strings.Contains(talk, "--force") {
		t.Errorf("mutual check --init over a file = %d, %s, want 2 and a hint", code, talk)
	}
	if code, _, _ := command(t, "check", "--init", targets[0], "--cacert", filepath.Join(dir, "ca-crt.pem"), "--out", out+"2"); code != 13 {
		t.Errorf("mutual check --init of a target that refuses us = %d, want 13", code)
	}
	if _, err := os.Stat(out + "2"); err == nil {
		t.Error("mutual check --init wrote a file for a target that does not work")
	}
}

// TestBrokenExpectations: no format takes a broken file for a success.
func TestBrokenExpectations(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"empty": "", "no targets": "targets: []\n", "syntax": "targets: [\n", "unknown": "targts: []\n"} {
		path := filepath.Join(dir, "f.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, format := range []string{"text", "json", "junit", "github"} {
			code, out, talk := command(t, "check", path, "--format", format)
			if code != 14 || out+talk == "" {
				t.Errorf("mutual check of %s, --format %s = %d, %q, want 14 and a sentence", name, format, code, out+talk)
			}
			if format == "github" && !strings.HasPrefix(out, "::error file=") {
				t.Errorf("mutual check of %s, --format github = %q, want an annotation", name, out)
			}
		}
	}
	if code, _, _ := command(t, "check", filepath.Join(dir, "nowhere.yaml")); code != 14 {
		t.Errorf("mutual check of no file = %d, want 14", code)
	}
}
