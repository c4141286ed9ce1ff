package main

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mutual/fixtures/stack"
)

// configuredClient is how a printed client is run for a test.
type configuredClient struct {
	stack, program string
	run            []string // FILE and SCRATCH stand for what they say
	prepare        func(*testing.T, *configWorld)
	slow           bool // runs by make configs only
}

func configuredClients() []configuredClient {
	return []configuredClient{
		{stack: "curl", program: "curl", run: []string{"sh", "FILE"}},
		{stack: "wget", program: "wget", run: []string{"sh", "FILE"}},
		{stack: "openssl", program: "openssl", run: []string{"sh", "FILE"}},
		{stack: "python", program: "python3", run: []string{"python3", "FILE"}},
		{stack: "node", program: "node", run: []string{"node", "FILE"}},
		{stack: "java", program: "java", run: []string{"java", "FILE"}, prepare: keyStore, slow: true},
		{stack: "go", program: "go", run: []string{"SCRATCH/server"}, prepare: buildGo},
	}
}

// TestConfiguredClients runs each real client, as mutual config writes it,
// against mutual serve: it is let in with its certificate, and refused with
// a stranger's; and it refuses a server that its CA has not issued.
func TestConfiguredClients(t *testing.T) {
	for _, c := range configuredClients() {
		t.Run(c.stack, func(t *testing.T) {
			t.Parallel()
			if c.slow && os.Getenv("MUTUAL_CONFIGS") == "" {
				t.Skip("runs by make configs")
			}
			stack.NeedProgram(t, c.program)
			w := newConfigWorld(t, `it's "my" keys: a`)
			w.write(t, c.stack, "client", "--host", "localhost")
			if c.prepare != nil {
				c.prepare(t, w)
			}
			for _, s := range []struct {
				name, dir, clientCA string
				in                  bool
			}{
				{"its own server", w.dir, w.dir, true},
				{"a server that trusts other clients", w.dir, w.stranger, false},
				{"another CA's server", w.stranger, w.dir, false},
			} {
				stop := w.serve(t, s.dir, s.clientCA)
				args := w.fill(c.run)
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				cmd := exec.CommandContext(ctx, args[0], args[1:]...)
				cmd.Dir, cmd.Env = w.scratch, append(os.Environ(), "STORE_PASSWORD=secret")
				out, err := cmd.CombinedOutput()
				if in := err == nil && strings.Contains(string(out), "from client cert"); in != s.in {
					t.Errorf("%s: let in %v, want %v: %v\n%s", s.name, in, s.in, err, out)
				}
				stop()
			}
		})
	}
}

// serve runs mutual serve on the world's port until stop is called.
func (w *configWorld) serve(t *testing.T, dir, clientCA string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ready, done := filepath.Join(t.TempDir(), "ready"), make(chan int, 1)
	var talk strings.Builder
	go func() {
		done <- run(ctx, []string{"mutual", "serve", "--dir", dir, "--client-ca", filepath.Join(clientCA, "ca-crt.pem"),
			"--listen", net.JoinHostPort("localhost", strconv.Itoa(w.port)), "--ready-file", ready},
			stdio{in: strings.NewReader(""), out: &talk, err: &talk})
	}()
	for {
		if _, err := os.Stat(ready); err == nil {
			return func() { cancel(); <-done }
		}
		select {
		case code := <-done:
			t.Fatalf("mutual serve = %d\n%s", code, talk.String())
		case <-t.Context().Done():
			t.Fatal("mutual serve did not start")
		case <-time.After(time.Millisecond):
		}
	}
}
