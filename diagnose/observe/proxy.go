package observe

import (
	"bufio"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"
	"golang.org/x/net/proxy"

	"mutual/diagnose/observe/starttls"
)

// ProxyError is why no way leads through a proxy.
type ProxyError struct {
	Proxy string // URL without credentials
	// Status is what the proxy answered to CONNECT, or its SOCKS5 reply code;
	// 0 where it did not get that far.
	Status int
	// Reason is the proxy's answer in words: "407 Proxy Authentication
	// Required", "connection not allowed by ruleset", ...
	Reason string
	// Reached: a connection to the proxy itself came about.
	Reached bool
	// AuthRequired: the proxy wants a name and password, or others than ours.
	AuthRequired bool
	// TargetFault: the proxy works, and says that the target does not answer.
	TargetFault bool
	Err         error
}

func (e *ProxyError) Error() string {
	text := "proxy " + e.Proxy + ": "
	if !e.Reached {
		text += "cannot be reached"
	} else {
		text += cmp.Or(e.Reason, "does not answer as a proxy")
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *ProxyError) Unwrap() error { return e.Err }

// ParseProxy reads a proxy's address as --proxy and the environment have it:
// a URL of scheme http, https, socks5 or socks5h, or host:port, which means
// http. The error does not repeat the address, which may hold a password.
func ParseProxy(address string) (*url.URL, error) {
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("proxy: not an address such as http://proxy.example:3128")
	}
	switch u.Scheme {
	case "http", "https", "socks5", "socks5h":
		return u, nil
	}
	return nil, fmt.Errorf("proxy: scheme %q is not one of http, https, socks5, socks5h", u.Scheme)
}

// ProxyFromEnv returns the proxy that the environment names for a TLS target,
// or nil: HTTPS_PROXY, else ALL_PROXY, less what NO_PROXY excludes, each in
// either case of letters. Loopback targets have none. The lookup is os.Getenv
// outside of tests.
func ProxyFromEnv(lookup func(string) string, host string, port int) (*url.URL, error) {
	either := func(name string) string { return cmp.Or(lookup(name), lookup(strings.ToLower(name))) }
	config := httpproxy.Config{
		HTTPSProxy: cmp.Or(either("HTTPS_PROXY"), either("ALL_PROXY")),
		NoProxy:    either("NO_PROXY"),
	}
	if config.HTTPSProxy == "" {
		return nil, nil
	}
	address, err := ParseProxy(config.HTTPSProxy)
	if err != nil {
		return nil, err
	}
	config.HTTPSProxy = "http://placeholder" // the same verdict, whatever the scheme
	used, err := config.ProxyFunc()(&url.URL{Scheme: "https", Host: net.JoinHostPort(host, strconv.Itoa(port))})
	if used == nil || err != nil {
		return nil, err
	}
	return address, nil
}

// proxyDialer reaches targets through one proxy.
type proxyDialer struct {
	url *url.URL
	// forward reaches the proxy itself; nil: a net.Dialer.
	forward func(ctx context.Context, network, address string) (net.Conn, error)
	// tls is for https proxies; nil: the system's trust store.
	tls *tls.Config
}

// name is the proxy's URL without credentials, path or query.
func (d *proxyDialer) name() string {
	return d.url.Scheme + "://" + d.address()
}

func (d *proxyDialer) address() string {
	port := d.url.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[d.url.Scheme]
	}
	return net.JoinHostPort(d.url.Hostname(), cmp.Or(port, "1080"))
}

// dial connects to the target, given as host:port. Through http, https and
// socks5h the proxy resolves its name. What goes wrong with or at the proxy is
// a *ProxyError.
func (d *proxyDialer) dial(ctx context.Context, target string) (net.Conn, error) {
	if d.url.Scheme == "socks5" {
		resolved, err := resolveHere(ctx, target)
		if err != nil {
			return nil, err
		}
		target = resolved
	}
	forward := d.forward
	if forward == nil {
		forward = new(net.Dialer).DialContext
	}
	conn, err := forward(ctx, "tcp", d.address())
	if err != nil {
		return nil, &ProxyError{Proxy: d.name(), Err: err}
	}
	through := d.socks
	if strings.HasPrefix(d.url.Scheme, "http") {
		through = d.connect
	}
	tunnel, err := through(ctx, conn, target)
	if err != nil {
		conn.Close()
		if ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
			err = errors.Join(ctx.Err(), err)
		}
		return nil, err
	}
	return tunnel, nil
}

// resolveHere replaces the target's name by an address, as the scheme socks5
// means it in curl, in contrast to socks5h.
func resolveHere(ctx context.Context, target string) (string, error) {
	host, port, err := net.SplitHostPort(target)
	if err != nil || net.ParseIP(host) != nil {
		return target, err
	}
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(addresses[0], port), nil
}

// connect asks an HTTP proxy for a tunnel. Source: RFC 9110 §9.3.6.
func (d *proxyDialer) connect(ctx context.Context, conn net.Conn, target string) (net.Conn, error) {
	defer starttls.BoundBy(ctx, conn)()
	if d.url.Scheme == "https" {
		config := &tls.Config{}
		if d.tls != nil {
			config = d.tls.Clone()
		}
		config.ServerName = cmp.Or(config.ServerName, d.url.Hostname())
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, &ProxyError{Proxy: d.name(), Reached: true, Reason: "no TLS with the proxy", Err: err}
		}
		conn = secure
	}
	request := "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n"
	if user := d.url.User; user != nil {
		password, _ := user.Password()
		request += "Proxy-Authorization: Basic " +
			base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)) + "\r\n"
	}
	if _, err := io.WriteString(conn, request+"\r\n"); err != nil {
		return nil, &ProxyError{Proxy: d.name(), Reached: true, Err: err}
	}
	// The head of the answer is bounded; the tunnel behind it is not.
	bounded := &io.LimitedReader{R: conn, N: 64 << 10}
	reader := bufio.NewReader(bounded)
	answer, err := http.ReadResponse(reader, &http.Request{Method: http.MethodConnect})
	if err != nil {
		return nil, &ProxyError{Proxy: d.name(), Reached: true, Err: err}
	}
	if answer.StatusCode/100 != 2 {
		return nil, &ProxyError{
			Proxy: d.name(), Reached: true, Status: answer.StatusCode, Reason: starttls.Printable([]byte(answer.Status)),
			AuthRequired: answer.StatusCode == http.StatusProxyAuthRequired,
			TargetFault:  answer.StatusCode >= 502 && answer.StatusCode <= 504,
		}
	}
	if reader.Buffered() > 0 {
		early, _ := reader.Peek(reader.Buffered())
		return &earlyConn{Conn: conn, early: early}, nil
	}
	return conn, nil
}

// earlyConn is a tunnel whose first bytes came together with the proxy's
// answer.
type earlyConn struct {
	net.Conn
	early []byte
}

func (c *earlyConn) Read(b []byte) (int, error) {
	if len(c.early) > 0 {
		n := copy(b, c.early)
		c.early = c.early[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}

// socks asks a SOCKS5 proxy for a tunnel. Source: RFC 1928, RFC 1929.
func (d *proxyDialer) socks(ctx context.Context, conn net.Conn, target string) (net.Conn, error) {
	var auth *proxy.Auth
	if user := d.url.User; user != nil {
		password, _ := user.Password()
		auth = &proxy.Auth{User: user.Username(), Password: password}
	}
	seen := &firstRead{Conn: conn} // the reply code is in no error of golang.org/x/net
	dialer, err := proxy.SOCKS5("tcp", d.address(), auth, given{seen})
	if err != nil {
		return nil, &ProxyError{Proxy: d.name(), Reached: true, Err: err}
	}
	if _, err := dialer.(proxy.ContextDialer).DialContext(ctx, "tcp", target); err != nil {
		return nil, d.socksError(seen.seen, err)
	}
	return conn, nil
}

// given is a dialer that has dialled already.
type given struct{ conn net.Conn }

func (g given) Dial(string, string) (net.Conn, error) { return g.conn, nil }

// DialContext makes given a proxy.ContextDialer.
func (g given) DialContext(context.Context, string, string) (net.Conn, error) { return g.conn, nil }

// socksError reads the proxy's answers: the method it chose, its verdict on
// name and password where it asked for them, its reply.
func (d *proxyDialer) socksError(seen []byte, err error) error {
	e := &ProxyError{Proxy: d.name(), Reached: true}
	switch {
	case len(seen) < 2 || seen[0] != 5:
		e.Err = err
		if name := starttls.Recognise(seen); name != "" && name != "socks" {
			e.Reason = "speaks " + name + ", not SOCKS5"
		}
		return e
	case seen[1] == 0xff:
		e.AuthRequired, e.Reason = true, "none of our ways to log in is accepted"
		return e
	}
	method, seen := seen[1], seen[2:]
	if method == 2 {
		if len(seen) >= 2 && seen[1] != 0 || len(seen) == 0 {
			e.AuthRequired, e.Reason = true, "name and password are not accepted"
			return e
		}
		seen = seen[min(2, len(seen)):]
	}
	if len(seen) < 2 || seen[1] == 0 {
		e.Err = err
		return e
	}
	e.Status = int(seen[1])
	e.Reason = socksReply(seen[1])
	e.TargetFault = seen[1] >= 3 && seen[1] <= 6
	return e
}

// socksReply names a reply code of RFC 1928 §6.
func socksReply(code byte) string {
	names := [...]string{"", "general SOCKS server failure", "connection not allowed by ruleset",
		"network unreachable", "host unreachable", "connection refused", "TTL expired",
		"command not supported", "address type not supported"}
	if int(code) < len(names) {
		return names[code]
	}
	return fmt.Sprintf("reply code %d", code)
}
