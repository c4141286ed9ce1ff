package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mutual/diagnose/setup"
	"mutual/fixtures/stack"
)

// TestConfiguredPairs runs the clients of other protocols than HTTP, as mutual
// config writes them, against its servers: they are let in with the right
// certificate, and not with a stranger's.
func TestConfiguredPairs(t *testing.T) {
	servers := map[string]configured{}
	for _, c := range configuredServers() {
		servers[c.stack] = c
	}
	for _, c := range []struct {
		client, server string
		say            []string
		want           string
	}{
		{"psql", "postgresql", []string{"-U", "postgres", "-d", "postgres", "-Atc", "SELECT 'let' || 'in'"}, "letin"},
		{"redis-cli", "redis", []string{"PING"}, "PONG"},
		{"mosquitto_pub", "mosquitto", []string{"-d", "-t", "a", "-m", "b"}, "CONNACK (0)"},
		{"mysql", "mariadb", []string{"-u", "ann", "-psecret", "-Ne", "SELECT CONCAT('let', 'in')"}, "letin"},
	} {
		t.Run(c.client, func(t *testing.T) {
			t.Parallel()
			server := servers[c.server]
			if server.slow && os.Getenv("MUTUAL_CONFIGS") == "" {
				t.Skip("runs by make configs")
			}
			stack.Need(t, server.kind)
			stack.NeedProgram(t, map[bool]string{true: "mariadb", false: c.client}[c.client == "mysql"])
			w := newConfigWorld(t, `it's "my" keys`)
			var more []string
			if s, _ := setup.Find(c.server, setup.Server); s.AllowCN {
				more = []string{"--allow-cn", "client"}
			}
			w.write(t, c.server, "server", more...)
			w.start(t, server)
			for _, who := range []struct {
				dir string
				in  bool
			}{{w.dir, true}, {w.stranger, false}} {
				file := filepath.Join(w.scratch, filepath.Base(who.dir)+".sh")
				mutualOK(t, "config", c.client, "--port", strconv.Itoa(w.port), "--out", file, "--cacert", filepath.Join(w.dir, "ca-crt.pem"),
					"--cert", filepath.Join(who.dir, "client-crt.pem"), "--key", filepath.Join(who.dir, "client-key.pem"))
				out, err := runFor(t, w.scratch, nil, append([]string{"sh", file}, c.say...)...)
				if in := err == nil && strings.Contains(out, c.want); in != who.in {
					t.Errorf("with the client of %s: let in %v, want %v: %v\n%s", who.dir, in, who.in, err, out)
				}
			}
		})
	}
}

func runFor(t *testing.T, dir string, env []string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = dir
	for _, set := range os.Environ() {
		if !strings.HasPrefix(set, "GIT_SSL_") { // would outrank git's configuration
			cmd.Env = append(cmd.Env, set)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestConfiguredGit lists a repository behind a server that demands a
// certificate, by the gitconfig that mutual config writes.
func TestConfiguredGit(t *testing.T) {
	stack.NeedProgram(t, "git")
	w := newConfigWorld(t, `it's "my" keys; a`)
	for _, args := range [][]string{{"init", "-q", "--bare", "r.git"}, {"-C", "r.git", "update-server-info"}} {
		if out, err := runFor(t, w.scratch, nil, append([]string{"git"}, args...)...); err != nil {
			t.Fatalf("git %q: %v\n%s", args, err, out)
		}
	}
	pem, err := os.ReadFile(filepath.Join(w.dir, "ca-crt.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	pair, err := tls.LoadX509KeyPair(filepath.Join(w.dir, "server-crt.pem"), filepath.Join(w.dir, "server-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert})
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.FileServer(http.Dir(w.scratch))}
	go server.Serve(ln)
	t.Cleanup(func() { server.Close() })
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	for _, who := range []struct {
		dir string
		in  bool
	}{{w.dir, true}, {w.stranger, false}} {
		file := filepath.Join(w.scratch, filepath.Base(who.dir)+".gitconfig")
		mutualOK(t, "config", "git", "--port", port, "--out", file, "--cacert", filepath.Join(w.dir, "ca-crt.pem"),
			"--cert", filepath.Join(who.dir, "client-crt.pem"), "--key", filepath.Join(who.dir, "client-key.pem"))
		out, err := runFor(t, w.scratch, []string{"GIT_CONFIG_GLOBAL=" + file, "GIT_TERMINAL_PROMPT=0"}, "git", "ls-remote", fmt.Sprintf("https://localhost:%s/r.git", port))
		if in := err == nil; in != who.in {
			t.Errorf("with the client of %s: let in %v, want %v: %v\n%s", who.dir, in, who.in, err, out)
		}
	}
}
