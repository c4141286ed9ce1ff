package roots

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// ServerConfig is what the lines of a web server's configuration say of client
// certificates. They are read one by one: which of them holds for a webhook,
// and what comes of it, is not judged. So it can show that a caller is refused,
// and never that one is let in.
type ServerConfig struct {
	// Server is "nginx", "Apache" or "HAProxy"; "" where no line tells.
	Server string
	// AsksAt is a line that demands client certificates or asks for them, and
	// has them verified.
	AsksAt string
	// Depth is the smallest verification depth that a line sets, DepthAt that
	// line. Where none does, it is the default of a server that asks; nil
	// where nothing is known.
	Depth   *int
	DepthAt string
	// DepthSure: no other line and no other file can set another depth.
	DepthSure bool
	// IdentityAt is a line that mentions the client's name for another purpose
	// than to pass it on. What it does with the name is not read.
	IdentityAt string
	// Doubts are why nobody can tell from these lines that a caller is let in.
	Doubts []string
}

// defaultDepth is that of nginx and of Apache's mod_ssl where nothing is set.
// At this number nginx takes one intermediate and Apache none.
const defaultDepth = 1

// ReadServerConfig looks into a configuration of nginx, Apache or HAProxy for
// what matters to client certificates.
func ReadServerConfig(name string, data []byte) ServerConfig {
	r := configReader{name: name, at: map[*regexp.Regexp][]string{}}
	p := newConfigPatterns()
	for n, line := range bytes.Split(data, []byte("\n")) {
		r.read(p, fmt.Sprintf("%s:%d", name, n+1), withoutComment(string(line)))
	}
	return r.result(p)
}

// withoutComment is the line without what stands behind a # at its start or
// after a blank.
func withoutComment(line string) string {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "#") {
		return ""
	}
	line, _, _ = strings.Cut(line, " #")
	return strings.TrimSpace(line)
}

// configPatterns tell what a statement is. Sources: the reference of nginx's
// ngx_http_ssl_module, of Apache's mod_ssl, and HAProxy's manual.
type configPatterns struct {
	nginx, apache, haproxy    *regexp.Regexp
	asks, off, unverified     *regexp.Regexp
	depth, identity, passesOn *regexp.Regexp
	includes, block           *regexp.Regexp
}

func newConfigPatterns() configPatterns {
	match := regexp.MustCompile
	return configPatterns{
		nginx:      match(`^ssl_(verify_client|verify_depth|client_certificate|certificate|certificate_key|trusted_certificate)\s`),
		apache:     match(`(?i)^SSL(VerifyClient|VerifyDepth|CACertificate(File|Path)|Engine|CertificateFile)\s`),
		haproxy:    match(`^bind\s.*\bssl\b`),
		asks:       match(`(?i)^(ssl_verify_client\s+(on|optional)|SSLVerifyClient\s+(require|optional))$|^bind\s.*\bverify\s+(required|optional)\b`),
		off:        match(`(?i)^(ssl_verify_client\s+off|SSLVerifyClient\s+none)$|^bind\s.*\bverify\s+none\b`),
		unverified: match(`(?i)^(ssl_verify_client|SSLVerifyClient)\s+optional_no_ca$|^bind\s.*\b(ca|crt)-ignore-err\b`),
		depth:      match(`(?i)^(?:ssl_verify_depth|SSLVerifyDepth)\s+"?(\d+)"?$`),
		identity:   match(`(?i)\$ssl_client_(s_dn|fingerprint|serial)|SSL_CLIENT_(S_DN|SAN)|\bssl_c_(s_dn|sha1|serial|der)\b`),
		passesOn: match(`(?i)^(log_format|access_log|error_log|add_header|proxy_set_header|fastcgi_param|uwsgi_param|` +
			`RequestHeader|Header|CustomLog|LogFormat|http-request\s+(set|add)-header|http-response|log-format)\b`),
		includes: match(`(?i)^(include|IncludeOptional|Use)\s`),
		block:    match(`(?i)^(server|<VirtualHost\b.*|bind\s.*\bssl\b.*)$`),
	}
}

// configReader gathers where statements of each kind stand.
type configReader struct {
	name       string
	at         map[*regexp.Regexp][]string
	depth      int
	depthAt    string
	identityAt string
}

func (r *configReader) read(p configPatterns, at, line string) {
	for _, statement := range strings.FieldsFunc(line, func(c rune) bool { return strings.ContainsRune(";{}", c) }) {
		statement = strings.TrimSpace(statement)
		for _, kind := range []*regexp.Regexp{p.nginx, p.apache, p.haproxy, p.asks, p.off, p.unverified, p.depth, p.includes, p.block} {
			if kind.MatchString(statement) {
				r.at[kind] = append(r.at[kind], at)
			}
		}
		if m := p.depth.FindStringSubmatch(statement); m != nil {
			if d, err := strconv.Atoi(m[1]); err == nil && (r.depthAt == "" || d < r.depth) {
				r.depth, r.depthAt = d, at
			}
		}
	}
	if r.identityAt == "" && p.identity.MatchString(line) && !p.passesOn.MatchString(line) {
		r.identityAt = at
	}
}

func (r *configReader) first(kind *regexp.Regexp) string {
	if at := r.at[kind]; len(at) > 0 {
		return at[0]
	}
	return ""
}

func (r *configReader) result(p configPatterns) ServerConfig {
	c := ServerConfig{IdentityAt: r.identityAt, AsksAt: r.first(p.asks)}
	var servers []string
	for name, kind := range map[string]*regexp.Regexp{"nginx": p.nginx, "Apache": p.apache, "HAProxy": p.haproxy} {
		if len(r.at[kind]) > 0 {
			servers = append(servers, name)
		}
	}
	if len(servers) == 1 {
		c.Server = servers[0]
	}
	// One place where it is said, and nowhere else to say it.
	alone := len(r.at[p.includes]) == 0 && len(r.at[p.off]) == 0 && len(r.at[p.block]) <= 1
	switch {
	case r.depthAt != "":
		c.Depth, c.DepthAt = &r.depth, r.depthAt
		c.DepthSure = alone && len(r.at[p.depth]) == 1
	case c.AsksAt != "" && (c.Server == "nginx" || c.Server == "Apache"):
		depth := defaultDepth
		c.Depth, c.DepthAt, c.DepthSure = &depth, r.name+", where nothing sets it", alone
	}
	c.DepthSure = c.DepthSure && c.AsksAt != "" && c.Server != ""
	c.Doubts = r.doubts(p, c)
	return c
}

// doubts are never none: what a mention of the name comes to is not read.
func (r *configReader) doubts(p configPatterns, c ServerConfig) []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if at := r.first(p.unverified); at != "" {
		say("%s takes any certificate without verifying it", at)
	}
	switch off := r.first(p.off); {
	case c.AsksAt == "" && off != "":
		say("%s asks for no client certificate", off)
	case c.AsksAt == "" && len(r.at[p.unverified]) == 0:
		say("no line asks for a client certificate: nginx needs ssl_verify_client on, Apache SSLVerifyClient require, HAProxy verify required")
	case off != "":
		say("%s asks for client certificates, and %s does not", c.AsksAt, off)
	}
	if at := r.at[p.includes]; len(at) > 0 {
		say("%s takes in other files, which were not shown", at[0])
	}
	if n := len(r.at[p.block]); n > 1 {
		say("it has %d servers, and which one answers Dialogflow is not read", n)
	}
	if n := len(r.at[p.depth]); n > 1 {
		say("%d lines set a verification depth, %s the smallest", n, r.depthAt)
	}
	if c.IdentityAt != "" {
		say("%s looks at the client's name, and whom it lets in is not read", c.IdentityAt)
	} else {
		say("no line looks at the client's name; perhaps the application does")
	}
	return out
}
