package roots

import (
	"bufio"
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ServerConfig is what a web server's configuration says of client
// certificates.
type ServerConfig struct {
	// Asks: it asks for client certificates at all.
	Asks bool
	// Depth is the verification depth, DepthAt the line that sets it. Where
	// nothing sets it, Depth is the server's default.
	Depth   int
	DepthAt string
	// IdentityAt is the line that looks at the client's name, or empty.
	IdentityAt string
}

// The default depth of nginx and of Apache's mod_ssl where nothing is set.
const defaultDepth = 1

// ReadServerConfig looks into a configuration of nginx, Apache or HAProxy for
// what matters to client certificates. It reads lines, not the language: of
// several values it takes the smallest depth. A line that only passes the
// client's name on, to a log or a backend, is no check.
func ReadServerConfig(name string, data []byte) ServerConfig {
	var (
		asks     = regexp.MustCompile(`(?i)^(ssl_verify_client\s+(on|optional|optional_no_ca)\b|SSLVerifyClient\s+(require|optional)\b)|^bind\b.*\bverify\s+(required|optional)\b`)
		depth    = regexp.MustCompile(`(?i)^(?:ssl_verify_depth|SSLVerifyDepth)\s+(\d+)`)
		identity = regexp.MustCompile(`(?i)\$ssl_client_(s_dn|fingerprint|serial)|SSL_CLIENT_(S_DN|SAN)|\bssl_c_(s_dn|sha1|serial|der)\b`)
		passesOn = regexp.MustCompile(`(?i)^(log_format|access_log|error_log|add_header|proxy_set_header|fastcgi_param|uwsgi_param|RequestHeader|Header|CustomLog|LogFormat|http-request\s+(set|add)-header|http-response|log-format)\b`)
	)
	c := ServerConfig{Depth: -1}
	haproxy := false
	in := bufio.NewScanner(bytes.NewReader(data))
	in.Buffer(nil, 1<<20)
	for n := 1; in.Scan(); n++ {
		line := strings.TrimSpace(in.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		at := fmt.Sprintf("%s:%d", name, n)
		if asks.MatchString(line) {
			c.Asks = true
			haproxy = haproxy || strings.HasPrefix(strings.ToLower(line), "bind")
		}
		if m := depth.FindStringSubmatch(line); m != nil {
			if d, err := strconv.Atoi(m[1]); err == nil && (c.Depth < 0 || d < c.Depth) {
				c.Depth, c.DepthAt = d, at
			}
		}
		if c.IdentityAt == "" && identity.MatchString(line) && !passesOn.MatchString(line) {
			c.IdentityAt = at
		}
	}
	if c.Depth < 0 {
		c.Depth = defaultDepth
		if c.DepthAt = name + ", where nothing sets it"; haproxy || !c.Asks {
			c.Depth = 100 // OpenSSL's own default
		}
	}
	return c
}
