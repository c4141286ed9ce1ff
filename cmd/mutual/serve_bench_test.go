package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mutual/pki"
)

// BenchmarkServeCPU compares the processor time of mutual serve for a full
// handshake, with one request and its line in the log, to that of a bare
// net/http server with the same certificates. Both run as processes of their
// own, side by side, and are called in turn. The metric serve/bare is the
// ratio of their sums; at most 1.15 is wanted.
func BenchmarkServeCPU(b *testing.B) {
	dir := b.TempDir()
	if _, err := pki.Init(dir, pki.InitOptions{Now: time.Now()}); err != nil {
		b.Fatal(err)
	}
	binary := buildMutual(b)
	serve := startCounted(b, dir, exec.Command(binary, "serve", "--dir", dir, "--listen", "127.0.0.1:0", "--ready-file", filepath.Join(dir, "ready")))
	cmd := exec.Command(os.Args[0], "-test.run=^TestBareServerProcess$")
	cmd.Env = append(os.Environ(), "MUTUAL_TEST_BARE_SERVER="+dir)
	bare := startCounted(b, dir, cmd)

	// What the first connections cost once is no part of a handshake.
	serve.call(b, 50)
	bare.call(b, 50)
	n, serveBefore, bareBefore := 0, serve.processorTime(b), bare.processorTime(b)
	for b.Loop() {
		for range 20 {
			serve.call(b, 50)
			bare.call(b, 50)
			n += 50
		}
	}
	ours, theirs := serve.processorTime(b)-serveBefore, bare.processorTime(b)-bareBefore
	b.ReportMetric(float64(ours)/float64(theirs), "serve/bare")
	b.ReportMetric(float64(ours.Microseconds())/float64(n), "serve-µs/handshake")
	b.ReportMetric(float64(theirs.Microseconds())/float64(n), "bare-µs/handshake")
	b.ReportMetric(0, "ns/op")
}

// A countedServer is a server in a process of its own.
type countedServer struct {
	cmd    *exec.Cmd
	url    string
	client *http.Client
}

func startCounted(b *testing.B, dir string, cmd *exec.Cmd) *countedServer {
	b.Helper()
	ready := filepath.Join(dir, "ready")
	os.Remove(ready)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	ca := pki.LoadTrust(filepath.Join(dir, "ca-crt.pem"))
	pair := pki.LoadPair(filepath.Join(dir, "client-crt.pem"), filepath.Join(dir, "client-key.pem"), nil)
	s := &countedServer{cmd: cmd, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{RootCAs: ca.Pool(), Certificates: []tls.Certificate{pair.TLS()}}}}}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		if url, err := os.ReadFile(ready); err == nil && strings.HasSuffix(string(url), "\n") {
			s.url = strings.TrimSpace(string(url))
			return s
		}
		if time.Now().After(end) {
			b.Fatal("the server does not start")
		}
	}
}

// call makes n connections of one request each.
func (s *countedServer) call(b *testing.B, n int) {
	b.Helper()
	for range n {
		resp, err := s.client.Get(s.url)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}

// processorTime is what the server's process has taken so far, as Linux tells
// it (proc_pid_stat(5), fields 14 and 15, in ticks of 10 ms).
func (s *countedServer) processorTime(b *testing.B) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		b.Skip("the processor time of a running process is known on Linux alone")
	}
	_, fields, _ := strings.Cut(string(stat), ") ")
	var ticks int
	for _, field := range strings.Fields(fields)[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// TestBareServerProcess is no test, but the bare server of BenchmarkServeCPU,
// run in a process of its own.
func TestBareServerProcess(t *testing.T) {
	dir := os.Getenv("MUTUAL_TEST_BARE_SERVER")
	if dir == "" {
		t.Skip("runs for BenchmarkServeCPU alone")
	}
	pool := x509.NewCertPool()
	ca, err := os.ReadFile(filepath.Join(dir, "ca-crt.pem"))
	if err != nil || !pool.AppendCertsFromPEM(ca) {
		t.Fatal("no CA", err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		TLSConfig: &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintln(w, hello)
		}),
	}
	if err := os.WriteFile(filepath.Join(dir, "ready"), []byte("https://"+ln.Addr().String()+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	server.ServeTLS(ln, filepath.Join(dir, "server-crt.pem"), filepath.Join(dir, "server-key.pem"))
}
