package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/diagnose"
	"mutual/diagnose/observe"
	"mutual/diagnose/observe/starttls"
	"mutual/pki"
)

func probeCommand() *cli.Command {
	return &cli.Command{
		Name:      "probe",
		Usage:     "connect to a server as a client would, and say what is wrong",
		ArgsUsage: "TARGET",
		Description: "TARGET is host, host:port, [::1]:port or https://host:port/path; the port is 443\n" +
			"where none is given. Without --cacert and --dir the system's trust store judges\nthe server.",
		Flags: append(connectFlags(),
			&cli.BoolFlag{Name: "trace", Usage: "draw the handshake, message by message"},
			&cli.StringFlag{Name: "expect", Value: "accepted", Usage: "`accepted|rejected|enforced`: which outcome is success; enforced: clients without a certificate are refused, too"},
			&cli.StringFlag{Name: "save-facts", Usage: "write all that was seen to `FILE`, for mutual explain --facts FILE"},
		),
		Action: probe,
	}
}

// connectFlags say whom to connect to, and as whom.
func connectFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "cacert", Usage: "CA certificates to trust, `FILE` or folder (repeat for more)"},
		&cli.StringFlag{Name: "cert", Usage: "the client's certificate, leaf first, `FILE`"},
		&cli.StringFlag{Name: "key", Usage: "the client's private key, `FILE`"},
		&cli.StringFlag{Name: "dir", Usage: "`FOLDER` made by mutual init: its CA, client certificate and key"},
		&cli.StringFlag{Name: "servername", Usage: "`NAME` to send (SNI) and to find in the certificate"},
		&cli.StringFlag{Name: "connect-to", Usage: "`HOST:PORT` to connect to instead of TARGET's"},
		&cli.StringFlag{Name: "proxy", Usage: "`URL` of an HTTP or SOCKS5 proxy; \"none\" ignores the environment's"},
		&cli.StringFlag{Name: "proxy-protocol", Usage: "`VERSION` of the PROXY protocol whose header to send before TLS, as a load balancer does: " +
			strings.Join(observe.ProxyHeaders(), ", ")},
		&cli.StringFlag{Name: "starttls", Usage: "`PROTOCOL` in which TLS starts: " + strings.Join(starttls.Names(), ", ")},
		&cli.StringFlag{Name: "protocol", Usage: "`NAME` of what is spoken inside TLS, to ask it whether the client is accepted: " +
			strings.Join(starttls.Spoken(), ", ") + ", none (default: by --starttls, ALPN, port and greeting, else http)"},
		&cli.StringSliceFlag{Name: "alpn", Usage: "application `PROTOCOL` to offer (repeat for more; default h2 and http/1.1 for HTTP)"},
		&cli.StringFlag{Name: "tls-min", Usage: "oldest TLS `VERSION` to offer: 1.0, 1.1, 1.2, 1.3"},
		&cli.StringFlag{Name: "tls-max", Usage: "newest TLS `VERSION` to offer"},
		&cli.StringFlag{Name: "client-ca", Usage: "the bundle with which the server judges clients, `FILE`: turns a guess into proof"},
		&cli.StringSliceFlag{Name: "crl", Usage: "revocation list, `FILE` (repeat for more)"},
		judgeFlag(), levelFlag(),
		&cli.BoolFlag{Name: "insecure", Usage: "go on where the server's certificate is not trusted"},
		&cli.BoolFlag{Name: "active", Usage: "also try what looks like an attack in the server's log"},
		&cli.DurationFlag{Name: "timeout", Value: 10 * time.Second, Usage: "`TIME` in which all must be done"},
	}
}

func probe(c *cli.Context) error {
	if err := arguments(c, 1, 1, "mutual probe localhost:4433 --dir ."); err != nil {
		return err
	}
	expect := c.String("expect")
	if !oneOf(expect, "accepted", "rejected", "enforced") {
		return choiceError("expect", expect, "accepted", "rejected", "enforced")
	}
	judge, level, err := judgeFlags(c)
	if err != nil {
		return err
	}
	cfg, err := probeConfig(c, c.Args().First())
	if err != nil {
		return err
	}
	step, stop := progress(c, "connecting to "+c.Args().First())
	cfg.Progress = step
	facts := observe.Unusable(cfg.Known)
	if facts == nil {
		facts = observe.Probe(c.Context, cfg)
	}
	stop()
	facts.Command, facts.Judge, facts.Level = "probe", judge, level
	if file := c.String("save-facts"); file != "" {
		if err := saveFacts(file, facts); err != nil {
			return err
		}
	}
	report := diagnose.Examine(facts)
	report.Expect(diagnose.Expected(expect))
	if c.IsSet("expect") && report.Expected == "" { // accepted, and not by default but in so many words
		report.DemandProof()
	}
	return printReport(c, report)
}

// probeConfig reads a command's flags and the files they name.
func probeConfig(c *cli.Context, target string) (observe.ProbeConfig, error) {
	var cfg observe.ProbeConfig
	host, port, path, err := parseTarget(target)
	if err != nil {
		return cfg, err
	}
	name, err := asciiName("--servername", c.String("servername"))
	if err != nil {
		return cfg, err
	}
	cfg = observe.ProbeConfig{
		Host: host, Port: port, Path: path,
		ServerName: name, ConnectTo: c.String("connect-to"),
		StartTLS: c.String("starttls"), Protocol: c.String("protocol"), ALPN: c.StringSlice("alpn"), Timeout: c.Duration("timeout"), Active: c.Bool("active"),
	}
	if cfg.Timeout <= 0 {
		return cfg, usage("write --timeout 10s", "--timeout must be more than nothing, not %s", cfg.Timeout)
	}
	if cfg.ProxyProtocol = c.String("proxy-protocol"); cfg.ProxyProtocol != "" && !oneOf(cfg.ProxyProtocol, observe.ProxyHeaders()...) {
		return cfg, choiceError("proxy-protocol", cfg.ProxyProtocol, observe.ProxyHeaders()...)
	}
	if s := cfg.StartTLS; s != "" && !oneOf(s, starttls.Names()...) {
		return cfg, choiceError("starttls", s, starttls.Names()...)
	}
	if s, known := cfg.Protocol, append(starttls.Spoken(), observe.NoProtocol); s != "" && !oneOf(s, known...) {
		return cfg, choiceError("protocol", s, known...)
	}
	if cfg.MinVersion, err = tlsVersion(c, "tls-min"); err != nil {
		return cfg, err
	}
	if cfg.MaxVersion, err = tlsVersion(c, "tls-max"); err != nil {
		return cfg, err
	}
	if cfg.MaxVersion != 0 && cfg.MinVersion == 0 {
		cfg.MinVersion = min(tls.VersionTLS12, cfg.MaxVersion)
	}
	if cfg.MaxVersion != 0 && cfg.MinVersion > cfg.MaxVersion {
		return cfg, usage("", "--tls-min %s is newer than --tls-max %s", c.String("tls-min"), c.String("tls-max"))
	}
	if cfg.Proxy, err = proxyFor(c, host, port); err != nil {
		return cfg, err
	}
	if cfg.Protocol == "" && cfg.StartTLS == "" && strings.HasPrefix(target, "https://") {
		cfg.Protocol = starttls.HTTP
	}
	cfg.Identity = loadKnown(c, target, &cfg.Known)
	return cfg, nil
}

// parseTarget reads host, host:port, [v6]:port or an https URL.
func parseTarget(target string) (host string, port int, path string, err error) {
	bad := func(why string) (string, int, string, error) {
		return "", 0, "", usage("for example:\n  mutual probe localhost:4433\n  mutual probe https://webhook.example/path", "target %q: %s", target, why)
	}
	rest := target
	if scheme, after, ok := strings.Cut(target, "://"); ok {
		if scheme != "https" {
			return bad("the scheme is " + scheme + ", and TLS needs https")
		}
		u, err := url.Parse(target)
		if err != nil || u.Host == "" {
			return bad("this is not a URL")
		}
		path = u.RequestURI()
		_, rest = after, u.Host
	}
	switch {
	case rest == "":
		return bad("the host is missing")
	case net.ParseIP(strings.Trim(rest, "[]")) != nil:
		return strings.Trim(rest, "[]"), 443, path, nil
	case !strings.Contains(rest, ":"):
		host, port = rest, 443
	default:
		h, p, err := net.SplitHostPort(rest)
		if err != nil {
			return bad("expected host, host:port or [IPv6]:port")
		}
		n, err := strconv.Atoi(p)
		if err != nil || n < 1 || n > 65535 {
			return bad("the port must be a number from 1 to 65535, not " + p)
		}
		host, port = h, n
	}
	if host == "" || strings.ContainsAny(host, " /@\t") {
		return bad("expected host, host:port or [IPv6]:port")
	}
	host, err = asciiName("target", host)
	return host, port, path, err
}

func tlsVersion(c *cli.Context, flag string) (uint16, error) {
	switch v := strings.TrimPrefix(strings.ToLower(c.String(flag)), "tls"); v {
	case "":
		return 0, nil
	case "1.0", "1":
		return tls.VersionTLS10, nil
	case "1.1":
		return tls.VersionTLS11, nil
	case "1.2":
		return tls.VersionTLS12, nil
	case "1.3":
		return tls.VersionTLS13, nil
	}
	return 0, choiceError(flag, c.String(flag), "1.0", "1.1", "1.2", "1.3")
}

func proxyFor(c *cli.Context, host string, port int) (*url.URL, error) {
	switch p := c.String("proxy"); p {
	case "":
		return environmentProxy("--proxy none ignores the environment", host, port)
	case "none":
		return nil, nil
	default:
		u, err := observe.ParseProxy(p)
		if err != nil {
			return nil, usage("write --proxy http://proxy.example:3128", "--%v", err)
		}
		return u, nil
	}
}

// environmentProxy is the proxy that the environment names for a server.
func environmentProxy(hint, host string, port int) (*url.URL, error) {
	u, err := observe.ProxyFromEnv(os.Getenv, host, port)
	if err != nil {
		return nil, usage(hint, "HTTPS_PROXY or ALL_PROXY: %v", err)
	}
	return u, nil
}

// loadKnown loads the files that the flags name, puts what is known of them
// into the facts, and returns the client's certificate with its key.
func loadKnown(c *cli.Context, target string, known *diagnose.Facts) tls.Certificate {
	g := &known.Given
	*g = diagnose.Given{
		Target: target, CACert: c.StringSlice("cacert"), Cert: c.String("cert"), Key: c.String("key"), Dir: c.String("dir"),
		ClientCA: c.String("client-ca"), Insecure: c.Bool("insecure"), Active: c.Bool("active"), ALPN: c.StringSlice("alpn"), MinTLS: c.String("tls-min"), MaxTLS: c.String("tls-max"),
	}
	known.Time = time.Now().UTC()
	cacerts, cert, key := g.CACert, g.Cert, g.Key
	if g.Dir != "" {
		if len(cacerts) == 0 {
			cacerts = []string{filepath.Join(g.Dir, "ca-crt.pem")}
		}
		if cert == "" && key == "" {
			cert, key = filepath.Join(g.Dir, "client-crt.pem"), filepath.Join(g.Dir, "client-key.pem")
		}
		g.Cert, g.Key = cert, key
		known.ServerFile = observe.Certificates(pki.Load(filepath.Join(g.Dir, "server-crt.pem"), pki.RoleCert, nil).Certs)
	}
	return observe.Files{CACert: cacerts, Cert: cert, Key: key, ClientCA: g.ClientCA, CRL: c.StringSlice("crl"), Pass: passphrase(c)}.Load(known)
}

func saveFacts(file string, facts *diagnose.Facts) error {
	data, err := diagnose.MarshalFacts(facts)
	if err == nil {
		err = pki.WriteFile(file, data, false, true)
	}
	if err != nil {
		return exitError{Code: exitFault, Err: fmt.Errorf("saving the facts to %s: %w", file, err)}
	}
	return nil
}
