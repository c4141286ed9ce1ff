package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestServeForward: a service behind the server learns who the client is, from
// nobody but the server, and streams and upgraded connections pass.
func TestServeForward(t *testing.T) {
	headers := make(chan http.Header, 8)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers <- r.Header.Clone()
		if r.Header.Get("Upgrade") == "" {
			io.WriteString(w, "the service's own")
			return
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		line, _ := rw.ReadString('\n')
		io.WriteString(conn, "echo "+line)
	}))
	defer service.Close()
	dir := t.TempDir()
	var out bytes.Buffer
	if code := run(t.Context(), []string{"mutual", "init", "--dir", dir}, stdio{out: &out, err: &out}); code != 0 {
		t.Fatalf("init ended with %d: %s", code, out.String())
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	ready := filepath.Join(dir, "ready")
	go func() {
		ended <- run(ctx, []string{"mutual", "serve", "--dir", dir, "--listen", "127.0.0.1:0", "--forward", service.URL, "--ready-file", ready}, stdio{out: io.Discard, err: io.Discard})
	}()
	defer func() {
		stop()
		<-ended
	}()
	address := strings.TrimPrefix(awaitFile(t, ready), "https://")
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "client-crt.pem"), filepath.Join(dir, "client-key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(mustRead(t, filepath.Join(dir, "ca-crt.pem")))
	config := &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: config}}
	defer client.CloseIdleConnections()
	req, _ := http.NewRequest("GET", "https://"+address+"/x", nil)
	forged := []string{"Client-Cert", "Client-Cert-Chain", "client_cert", "X-Forwarded-Client-Cert", "X-SSL-Client-S-DN", "Ssl-Client-Verify",
		"X-Amzn-Mtls-Clientcert", "X-Forwarded-For", "X-Forwarded-Tls-Client-Cert"}
	for _, name := range forged {
		req.Header[name] = []string{"forged"}
	}
	req.Header.Set("Connection", "Client-Cert")
	req.Header.Set("X-Own", "kept")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	got := <-headers
	if resp.StatusCode != 200 || string(body) != "the service's own" || got.Get("X-Own") != "kept" {
		t.Errorf("status %d, %q, headers %v", resp.StatusCode, body, got)
	}
	if want := ":" + base64.StdEncoding.EncodeToString(pair.Certificate[0]) + ":"; got.Get("Client-Cert") != want {
		t.Errorf("Client-Cert is %q, want %q", got.Get("Client-Cert"), want)
	}
	for name, values := range got {
		if strings.Contains(strings.Join(values, ","), "forged") {
			t.Errorf("%s: %q came through", name, values)
		}
	}

	conn, err := tls.Dial("tcp", address, config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	r := bufio.NewReader(conn)
	if status, err := r.ReadString('\n'); err != nil || !strings.Contains(status, "101") {
		t.Fatalf("the upgrade got %q, error %v", status, err)
	}
	for {
		if line, err := r.ReadString('\n'); err != nil || line == "\r\n" {
			break
		}
	}
	io.WriteString(conn, "hello\n")
	if line, err := r.ReadString('\n'); err != nil || line != "echo hello\n" {
		t.Errorf("got %q, error %v", line, err)
	}

	service.Close()
	if resp, err := client.Get("https://" + address + "/"); err != nil || resp.StatusCode != 502 {
		t.Errorf("without the service: %v, error %v, want 502", resp, err)
	}
	if _, err := net.Dial("tcp", service.Listener.Addr().String()); err == nil {
		t.Error("the service still answers")
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func awaitFile(t *testing.T, path string) string {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if data, err := os.ReadFile(path); err == nil && len(data) > 0 {
			return strings.TrimSpace(string(data))
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s does not appear", path)
	return ""
}
