package wire

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// need returns the path of a program. Where it is missing the test is skipped,
// and on CI it fails.
func need(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed", program)
		}
		t.Skipf("%s is not installed", program)
	}
	return path
}

// writePair writes a certificate and its key as PEM files and returns their
// paths.
func writePair(t testing.TB, c tls.Certificate) (cert, key string) {
	t.Helper()
	dir := t.TempDir()
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	var chain []byte
	for _, raw := range c.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})...)
	}
	cert, key = filepath.Join(dir, "crt.pem"), filepath.Join(dir, "key.pem")
	writeFile(t, cert, chain)
	writeFile(t, key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	return cert, key
}

func writeFile(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// start runs a program until the test ends, and returns the text that follows
// mark on the first line of its output that holds it.
func start(t testing.TB, mark, program string, args ...string) string {
	t.Helper()
	text, _ := startWithInput(t, mark, program, args...)
	return text
}

// startWithInput is start, and returns the program's input besides.
func startWithInput(t testing.TB, mark, program string, args ...string) (string, io.Writer) {
	t.Helper()
	cmd := exec.Command(need(t, program), args...)
	cmd.Dir = t.TempDir()
	stdin, err := cmd.StdinPipe() // s_server ends with its input
	if err != nil {
		t.Fatal(err)
	}
	r, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var output bytes.Buffer
	found := make(chan string, 1)
	gone := make(chan struct{})
	go func() {
		cmd.Wait()
		w.Close()
		close(gone)
	}()
	go func() {
		lines := bufio.NewScanner(r)
		for lines.Scan() {
			mu.Lock()
			output.WriteString(lines.Text() + "\n")
			mu.Unlock()
			if _, rest, ok := strings.Cut(lines.Text(), mark); ok {
				select {
				case found <- strings.TrimSpace(rest):
				default:
				}
			}
		}
	}()
	t.Cleanup(func() {
		stdin.Close()
		cmd.Process.Kill()
		<-gone
		if t.Failed() {
			mu.Lock()
			t.Logf("%s said:\n%s", program, output.String())
			mu.Unlock()
		}
	})
	select {
	case text := <-found:
		return text, stdin
	case <-gone:
	case <-time.After(20 * time.Second):
	}
	mu.Lock()
	defer mu.Unlock()
	t.Fatalf("%s %s did not get ready:\n%s", program, strings.Join(args, " "), output.String())
	return "", nil
}

// opensslServer starts s_server and returns its address.
func opensslServer(t testing.TB, c tls.Certificate, args ...string) string {
	t.Helper()
	cert, key := writePair(t, c)
	return start(t, "ACCEPT ", "openssl", append([]string{"s_server", "-accept", "127.0.0.1:0", "-cert", cert, "-key", key}, args...)...)
}

func dial(t testing.TB, address string) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}
