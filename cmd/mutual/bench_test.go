package main

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"
)

// benchRuns is how many times two programs are run side by side.
const benchRuns = 15

// BenchmarkProbe compares a whole mutual process with a whole curl process on
// one request, run in turn, for a server that accepts the client and for one
// that refuses it. The figure is the median of the ratios.
func BenchmarkProbe(b *testing.B) {
	mutual := buildMutual(b)
	curl, err := exec.LookPath("curl")
	if err != nil {
		b.Skip("curl is missing")
	}
	dir, other := b.TempDir(), b.TempDir()
	for _, d := range []string{dir, other} {
		if out, err := exec.Command(mutual, "init", "--dir", d).CombinedOutput(); err != nil {
			b.Fatalf("mutual init: %v\n%s", err, out)
		}
	}
	url := benchServer(b, dir)
	files := func(d string) []string {
		return []string{"--cacert", filepath.Join(dir, "ca-crt.pem"), "--cert", filepath.Join(d, "client-crt.pem"), "--key", filepath.Join(d, "client-key.pem")}
	}
	for _, bench := range []struct{ name, identity string }{{"healthy", dir}, {"refused", other}} {
		b.Run(bench.name, func(b *testing.B) {
			ours := append([]string{"probe", url}, files(bench.identity)...)
			theirs := append([]string{"-s", "-o", os.DevNull, url}, files(bench.identity)...)
			for b.Loop() {
				reportRatio(b, "x-curl", func() *exec.Cmd { return exec.Command(mutual, ours...) }, func() *exec.Cmd { return exec.Command(curl, theirs...) })
			}
		})
	}
}

// BenchmarkHelp measures how long a whole process takes to answer --help.
func BenchmarkHelp(b *testing.B) {
	mutual := buildMutual(b)
	for b.Loop() {
		var took []time.Duration
		for range benchRuns {
			took = append(took, elapsed(exec.Command(mutual, "--help")))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
	}
	b.ReportMetric(0, "ns/op")
}

// reportRatio runs two commands in turn and reports the median of the ratios
// of their times.
func reportRatio(b *testing.B, unit string, ours, theirs func() *exec.Cmd) {
	elapsed(ours())
	elapsed(theirs())
	var ratios []float64
	for range benchRuns {
		mine := elapsed(ours())
		ratios = append(ratios, float64(mine)/float64(elapsed(theirs())))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], unit)
	b.ReportMetric(0, "ns/op")
}

// elapsed is how long the command takes, whatever its exit code: a probe that
// is refused fails by design.
func elapsed(c *exec.Cmd) time.Duration {
	c.Stdout, c.Stderr = io.Discard, io.Discard
	began := time.Now()
	c.Run()
	return time.Since(began)
}

func buildMutual(b *testing.B) string {
	b.Helper()
	name := filepath.Join(b.TempDir(), "mutual")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	build := exec.Command("go", "build", "-trimpath", "-tags", "urfave_cli_no_docs", "-o", name, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return name
}

// benchServer is a bare net/http server that demands certificates of the
// folder's CA.
func benchServer(b *testing.B, dir string) string {
	b.Helper()
	cert, err := tls.LoadX509KeyPair(filepath.Join(dir, "server-crt.pem"), filepath.Join(dir, "server-key.pem"))
	if err != nil {
		b.Fatal(err)
	}
	ca, err := os.ReadFile(filepath.Join(dir, "ca-crt.pem"))
	if err != nil {
		b.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello\n") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}
	server.StartTLS()
	b.Cleanup(server.Close)
	return server.URL
}
