package observe

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
)

// bodyExcerpt is how much of an HTTP answer is kept.
const bodyExcerpt = 2 << 10

// patience is how long an answer is waited for.
func patience(timeout time.Duration) time.Duration { return min(timeout*3/10, 3*time.Second) }

// ask makes one GET request over the finished handshake and records the
// answer. A server that does not answer in HTTP is not at fault: it speaks
// another protocol, which its first words may tell.
func (p *prober) ask(ctx context.Context, o *outcome, conn *tls.Conn, state tls.ConnectionState, pl plan) {
	limit := patience(p.cfg.Timeout)
	if o.CertRequested && o.Sent != "none" { // nothing else proves that it accepts the client
		limit = max(limit, p.cfg.Timeout/2)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	used := false
	seen := &firstRead{Conn: conn}
	transport := &http.Transport{
		DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
			if used {
				return nil, errors.New("the connection has ended")
			}
			used = true
			if state.NegotiatedProtocol == "" {
				return seen, nil
			}
			return conn, nil
		},
		ForceAttemptHTTP2:      true,
		DisableKeepAlives:      true,
		MaxResponseHeaderBytes: 64 << 10,
	}
	target := url.URL{Scheme: "https", Host: p.hostHeader(), Path: "/"}
	if pl.host != "" {
		target.Host = pl.host
	} else if pl.serverName != nil && *pl.serverName != "" {
		target.Host = net.JoinHostPort(*pl.serverName, portText(p.cfg.Port))
	}
	if path, query, ok := strings.Cut(p.cfg.Path, "?"); p.cfg.Path != "" {
		target.Path = path
		if ok {
			target.RawQuery = query
		}
	}
	if pl.path != "" {
		target.Path, target.RawQuery = pl.path, ""
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), nil)
	if err != nil {
		o.Error = clean(err.Error())
		return
	}
	req.Header.Set("User-Agent", "mutual")
	req.Header.Set("Accept", "*/*")
	resp, err := transport.RoundTrip(req)
	if err != nil {
		o.Error, o.other = clean(err.Error()), otherThanHTTP(seen.start())
		if o.unanswered(conn); o.hungUp && state.NegotiatedProtocol != "" && !o.CertRequested {
			o.FailedAt = diagnose.AtHTTP // it had agreed to speak HTTP
		}
		conn.Close()
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, bodyExcerpt))
	o.http = answer(resp, body)
	o.HTTPStatus = resp.StatusCode
	o.Says, o.Established = o.http.Says, httpEstablished(o.http)
}

// firstRead keeps the start of what the peer said, to recognise it where it is
// not what was expected. The transport reads while the prober may look.
type firstRead struct {
	net.Conn
	mu   sync.Mutex
	seen []byte
}

func (f *firstRead) Read(b []byte) (int, error) {
	n, err := f.Conn.Read(b)
	f.mu.Lock()
	defer f.mu.Unlock()
	if room := 256 - len(f.seen); room > 0 {
		f.seen = append(f.seen, b[:min(n, room)]...)
	}
	return n, err
}

// start is what has come so far.
func (f *firstRead) start() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.seen)
}

func answer(resp *http.Response, body []byte) *diagnose.HTTP {
	h := &diagnose.HTTP{
		Status: resp.StatusCode, Proto: resp.Proto, Server: clean(resp.Header.Get("Server")),
		Body: excerpt(body), Location: clean(resp.Header.Get("Location")),
	}
	if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		h.Date = date.UTC()
	}
	h.Says = says(resp, body)
	return h
}

// says reads what an answer over HTTP says of the client's certificate. The
// texts are those of the servers themselves: nginx's error pages
// (ngx_http_special_response.c), Apache's, Envoy's RBAC filter, Kubernetes'
// Status objects, IIS' substatus pages, Cloudflare's and AWS' gateways.
func says(resp *http.Response, body []byte) cause.Says {
	text := bytes.ToLower(body)
	has := func(parts ...string) bool {
		for _, part := range parts {
			if bytes.Contains(text, []byte(part)) {
				return true
			}
		}
		return false
	}
	switch {
	case resp.StatusCode < 400:
		return ""
	case resp.StatusCode == 496, has("no required ssl certificate was sent", "client certificate required", "client certificate is required",
		"certificate required", "no client certificate", "403.7"):
		return cause.SaysCertificateMissing
	case resp.StatusCode == 495, has("the ssl certificate error", "ssl certificate error", "invalid client certificate", "client certificate is invalid",
		"client certificate expired", "client certificate has expired", "untrusted client certificate", "certificate verify failed", "403.16", "403.17", "403.13"):
		return cause.SaysCertificateBad
	case has("plain http request was sent to https port", "client sent an http request to an https server", "speaking plain http to an ssl-enabled"):
		return cause.SaysPlainHTTP
	case has("post-handshake authentication", "renegotiation"):
		return cause.SaysRenegotiation
	case resp.StatusCode == 401 && asksForPassword(resp):
		return cause.SaysPassword
	case resp.StatusCode == 401, resp.StatusCode == 403, has("rbac: access denied", "access denied", "not authorized", "unauthorized", "forbidden"):
		return cause.SaysNotAuthorized
	}
	return ""
}

// asksForPassword reports whether the 401 asks for something else than a
// certificate: its challenge names a password or a token.
func asksForPassword(resp *http.Response) bool {
	challenge := strings.ToLower(resp.Header.Get("WWW-Authenticate"))
	for _, scheme := range []string{"basic", "bearer", "digest", "negotiate", "ntlm"} {
		if strings.HasPrefix(challenge, scheme) {
			return true
		}
	}
	return false
}

// excerpt is the start of an answer as a report may carry it: no control characters but
// line ends.
func excerpt(body []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(body), "."))
}

func (p *prober) hostHeader() string {
	host := p.cfg.Host
	if p.cfg.Port == 443 {
		if strings.Contains(host, ":") {
			return "[" + host + "]"
		}
		return host
	}
	return net.JoinHostPort(host, portText(p.cfg.Port))
}
