package main

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mutual/diagnose"
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
