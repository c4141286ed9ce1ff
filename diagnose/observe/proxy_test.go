package observe

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// echoTarget says "hi " and then echoes, so that early bytes show.
func echoTarget(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				io.WriteString(conn, "hi ")
				io.Copy(conn, conn)
			}()
		}
	}()
	return ln.Addr().String()
}

// httpProxy serves CONNECT; with a status other than 0 it answers that.
func httpProxy(t *testing.T, wantAuth string, status int) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go tunnelHTTP(conn, wantAuth, status)
		}
	}()
	return ln.Addr().String()
}

func tunnelHTTP(conn net.Conn, wantAuth string, status int) {
	defer conn.Close()
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	if wantAuth != "" && request.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte(wantAuth)) {
		status = 407
	}
	if status != 0 {
		fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\nContent-Length: 0\r\n\r\n", status, http.StatusText(status))
		return
	}
	up, err := net.Dial("tcp", request.Host)
	if err != nil {
		return
	}
	defer up.Close()
	first := make([]byte, 3)
	io.ReadFull(up, first)
	io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n"+string(first)) // one segment
	go io.Copy(up, conn)
	io.Copy(conn, up)
}

// socksProxy speaks just enough SOCKS5.
func socksProxy(t *testing.T, user, password string, reply byte) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go tunnelSOCKS(conn, user, password, reply)
		}
	}()
	return ln.Addr().String()
}

func tunnelSOCKS(conn net.Conn, user, password string, reply byte) {
	defer conn.Close()
	read := func(n int) []byte {
		b := make([]byte, n)
		if _, err := io.ReadFull(conn, b); err != nil {
			return make([]byte, n)
		}
		return b
	}
	methods := read(int(read(2)[1]))
	if user != "" {
		if !strings.Contains(string(methods), "\x02") {
			conn.Write([]byte{5, 0xff})
			return
		}
		conn.Write([]byte{5, 2})
		gotUser := read(int(read(2)[1]))
		gotPassword := read(int(read(1)[0]))
		if string(gotUser) != user || string(gotPassword) != password {
			conn.Write([]byte{1, 1})
			return
		}
		conn.Write([]byte{1, 0})
	} else {
		conn.Write([]byte{5, 0})
	}
	head := read(4)
	host := ""
	switch head[3] {
	case 1:
		host = net.IP(read(4)).String()
	case 3:
		host = string(read(int(read(1)[0])))
	}
	port := read(2)
	conn.Write([]byte{5, reply, 0, 1, 0, 0, 0, 0, 0, 0})
	if reply != 0 {
		return
	}
	up, err := net.Dial("tcp", net.JoinHostPort(host, fmt.Sprint(int(port[0])<<8|int(port[1]))))
	if err != nil {
		return
	}
	defer up.Close()
	go io.Copy(up, conn)
	io.Copy(conn, up)
}

func TestProxy(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := closed.Addr().String()
	closed.Close()
	for _, c := range []struct {
		name, proxy string
		want        *ProxyError // nil: the tunnel works
	}{
		{"http", "http://" + httpProxy(t, "", 0), nil},
		{"http, credentials", "http://u:p%40ss@" + httpProxy(t, "u:p@ss", 0), nil},
		{"http, no credentials", "http://" + httpProxy(t, "u:p", 0), &ProxyError{Status: 407, Reached: true, AuthRequired: true}},
		{"http, forbidden", "http://u:secret@" + httpProxy(t, "", 403), &ProxyError{Status: 403, Reached: true}},
		{"http, target down", "http://" + httpProxy(t, "", 502), &ProxyError{Status: 502, Reached: true, TargetFault: true}},
		{"http, nobody there", "http://u:secret@" + nobody, &ProxyError{}},
		{"http, not a proxy", "http://" + echoTarget(t), &ProxyError{Reached: true}},
		{"https, not TLS", "https://" + httpProxy(t, "", 0), &ProxyError{Reached: true}},
		{"socks5", "socks5://" + socksProxy(t, "", "", 0), nil},
		{"socks5h, credentials", "socks5h://u:p@" + socksProxy(t, "u", "p", 0), nil},
		{"socks5, no credentials", "socks5://" + socksProxy(t, "u", "p", 0), &ProxyError{Reached: true, AuthRequired: true}},
		{"socks5, wrong credentials", "socks5://u:secret@" + socksProxy(t, "u", "p", 0), &ProxyError{Reached: true, AuthRequired: true}},
		{"socks5, ruleset", "socks5://" + socksProxy(t, "", "", 2), &ProxyError{Status: 2, Reached: true}},
		{"socks5, target refuses", "socks5://" + socksProxy(t, "", "", 5), &ProxyError{Status: 5, Reached: true, TargetFault: true}},
		{"socks5, HTTP there", "socks5://" + httpProxy(t, "", 0), &ProxyError{Reached: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			u, err := ParseProxy(c.proxy)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			conn, err := (&proxyDialer{url: u}).dial(ctx, echoTarget(t))
			if c.want == nil {
				if err != nil {
					t.Fatalf("dial = %v, want nil", err)
				}
				defer conn.Close()
				io.WriteString(conn, "there")
				heard := make([]byte, 8)
				if _, err := io.ReadFull(conn, heard); err != nil || string(heard) != "hi there" {
					t.Errorf("through the tunnel came %q (%v), want %q", heard, err, "hi there")
				}
				return
			}
			var e *ProxyError
			if !errors.As(err, &e) {
				t.Fatalf("dial = %v, want a ProxyError", err)
			}
			if e.Status != c.want.Status || e.Reached != c.want.Reached || e.AuthRequired != c.want.AuthRequired || e.TargetFault != c.want.TargetFault {
				t.Errorf("dial = %+v, want %+v", e, c.want)
			}
			if strings.Contains(err.Error(), "secret") || strings.Contains(e.Proxy, "@") {
				t.Errorf("dial = %v, which shows the credentials", err)
			}
		})
	}
}

func TestProxyFromEnv(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
		host string
		want string
	}{
		{"nothing set", nil, "a.example", ""},
		{"HTTPS_PROXY", map[string]string{"HTTPS_PROXY": "proxy.example:3128"}, "a.example", "http://proxy.example:3128"},
		{"lower case", map[string]string{"https_proxy": "https://proxy.example"}, "a.example", "https://proxy.example"},
		{"ALL_PROXY", map[string]string{"ALL_PROXY": "socks5h://proxy.example"}, "a.example", "socks5h://proxy.example"},
		{"HTTPS_PROXY before ALL_PROXY", map[string]string{"ALL_PROXY": "socks5h://all.example", "HTTPS_PROXY": "http://one.example"}, "a.example", "http://one.example"},
		{"NO_PROXY", map[string]string{"HTTPS_PROXY": "http://p.example", "NO_PROXY": ".example"}, "a.example", ""},
		{"NO_PROXY of others", map[string]string{"HTTPS_PROXY": "http://p.example", "NO_PROXY": "b.example"}, "a.example", "http://p.example"},
		{"loopback", map[string]string{"HTTPS_PROXY": "http://p.example"}, "localhost", ""},
	} {
		got, err := ProxyFromEnv(func(name string) string { return c.env[name] }, c.host, 443)
		if err != nil || urlText(got) != c.want {
			t.Errorf("%s: ProxyFromEnv(%q) = %q, %v, want %q", c.name, c.host, urlText(got), err, c.want)
		}
	}
}

func TestParseProxyKeepsSecrets(t *testing.T) {
	for _, address := range []string{"ftp://u:secret@p.example", "http://u:secret@", "http://u:sec ret@p.example:x"} {
		if _, err := ParseProxy(address); err == nil || strings.Contains(err.Error(), "sec") {
			t.Errorf("ParseProxy(%q) = %v, want an error without the password", address, err)
		}
	}
}

func urlText(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.String()
}
