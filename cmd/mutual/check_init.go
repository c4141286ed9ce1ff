package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
	"go.yaml.in/yaml/v3"

	"mutual/cmd/internal/fleet"
	"mutual/cmd/internal/line"
	"mutual/diagnose"
	"mutual/diagnose/observe"
	"mutual/pki"
)

// firstTarget is a target as it is found today.
type firstTarget struct {
	target  string
	refuses bool   // a client without certificate
	oldest  string // TLS version that it agrees to; "": nothing below 1.2
	days    int
	pin     string
}

// checkInit writes a file of expectations that the targets meet today.
func checkInit(c *cli.Context) error {
	if err := arguments(c, 1, -1, "mutual check --init localhost:4433 --dir . --out mutual.yaml"); err != nil {
		return err
	}
	if err := inFormats("text")(c); err != nil {
		return err
	}
	out := c.String("out")
	if out != "" && !c.Bool("force") {
		if _, err := os.Lstat(out); err == nil {
			return exitError{Code: exitUsage, Err: fmt.Errorf("%s is there already", out), Hint: "add --force to replace it, or choose another name with --out"}
		}
	}
	var targets []firstTarget
	var cfg observe.ProbeConfig
	for _, target := range c.Args().Slice() {
		var err error
		if cfg, err = probeConfig(c, target); err != nil {
			return err
		}
		cfg.Quick = true
		found, report := look(c, cfg, target)
		if report.ExitCode != diagnose.ExitOK {
			fmt.Fprintf(c.App.ErrWriter, "nothing is written: %s has to work first\n", target)
			return printReport(c, report)
		}
		targets = append(targets, found)
	}
	text := firstFile(c, &cfg.Known.Given, filepath.Dir(out), targets)
	// What is written has to be good: it is read as a check reads it.
	if _, err := fleet.Load(filepath.Join(filepath.Dir(out), "mutual.yaml"), []byte(text), expectationOptions()); err != nil {
		return fmt.Errorf("the file made from %s: %w", c.Args().First(), err)
	}
	if out == "" {
		_, err := fmt.Fprint(c.App.Writer, text)
		return err
	}
	if err := pki.WriteFile(out, []byte(text), false, c.Bool("force")); err != nil {
		var exists *pki.ExistsError
		if errors.As(err, &exists) || errors.Is(err, fs.ErrExist) {
			return exitError{Code: exitUsage, Err: err, Hint: "add --force to replace it"}
		}
		return fmt.Errorf("writing %s: %w", out, err)
	}
	fmt.Fprintf(c.App.ErrWriter, "wrote %s; run it with: mutual check %s\n", out, line.Quote(out))
	return nil
}

// look probes the target as it is given, and without a certificate.
func look(c *cli.Context, cfg observe.ProbeConfig, target string) (firstTarget, *diagnose.Report) {
	found := firstTarget{target: target}
	facts := observe.Unusable(cfg.Known)
	if facts == nil {
		facts = observe.Probe(c.Context, cfg)
	}
	facts.Command = "check"
	report := diagnose.Examine(facts)
	if report.ExitCode != diagnose.ExitOK {
		return found, report
	}
	bare := cfg
	bare.Identity, bare.Known.Identity = tls.Certificate{}, nil
	found.refuses = diagnose.Examine(observe.Probe(c.Context, bare)).ExitCode == diagnose.ExitClient
	for _, v := range []uint16{tls.VersionTLS13, tls.VersionTLS12} {
		agreed, older := observe.SpeaksBelow(c.Context, cfg, facts.Target.Address, v)
		if !older {
			break
		}
		found.oldest = agreed
	}
	if len(facts.Chains.Server) > 0 {
		found.days = int(time.Until(facts.Chains.Server[0].NotAfter).Hours() / 24)
		found.pin = fleet.PinOf(facts.Chains.Server[0])
	}
	return found, report
}

// firstFile writes the file, its file names counted from dir.
func firstFile(c *cli.Context, given *diagnose.Given, dir string, targets []firstTarget) string {
	name := func(path string) string {
		if full, err := filepath.Abs(path); err == nil {
			if base, err := filepath.Abs(dir); err == nil {
				if rel, err := filepath.Rel(base, full); err == nil && !strings.HasPrefix(rel, filepath.Join("..", "..", "..")) {
					path = rel
				}
			}
		}
		return scalar(filepath.ToSlash(path))
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# What mutual check holds these servers to. First written by mutual check --init.")
	line("version: 1")
	line("")
	line("defaults:")
	cacerts := given.CACert
	if len(cacerts) == 0 && given.Dir != "" {
		cacerts = []string{filepath.Join(given.Dir, "ca-crt.pem")}
	}
	switch len(cacerts) {
	case 0:
		line("  trust: system")
	case 1:
		line("  trust: %s", name(cacerts[0]))
	default:
		line("  trust:")
		for _, ca := range cacerts {
			line("    - %s", name(ca))
		}
	}
	who := "none"
	if given.Cert != "" {
		who = "client"
	}
	line("  accept: [%s]", who)
	for _, f := range []struct{ flag, key string }{{"servername", "servername"}, {"connect-to", "connect_to"}, {"starttls", "starttls"}, {"protocol", "protocol"}} {
		if v := c.String(f.flag); v != "" {
			line("  %s: %s", f.key, scalar(v))
		}
	}
	if c.String("proxy") != "" {
		line("  proxy: ${MUTUAL_PROXY}")
	}
	if list := c.StringSlice("alpn"); len(list) > 0 {
		line("  alpn:")
		for _, p := range list {
			line("    - %s", scalar(p))
		}
	}
	if given.ClientCA != "" {
		line("  client_ca: %s", name(given.ClientCA))
	}
	if who != "none" {
		line("")
		line("identities:")
		line("  client:")
		line("    cert: %s", name(given.Cert))
		if given.Key != "" {
			line("    key: %s", name(given.Key))
		}
		line("    # pass_env: CLIENT_KEY_PASS   # the variable with the passphrase of an encrypted key")
	}
	line("")
	line("targets:")
	for _, t := range targets {
		line("  - target: %s", scalar(t.target))
		if who != "none" && t.refuses {
			line("    refuse: [none]   # a mutual audit tries what else must be refused")
		} else if who != "none" {
			line("    # refuse: [none]   # it lets in clients without a certificate")
		}
		switch t.oldest {
		case "":
			line(`    tls_min: "1.3"`)
		case "1.2":
			line(`    tls_min: "1.2"`)
		default:
			line(`    # tls_min: "1.2"   # it still agrees to TLS %s`, t.oldest)
		}
		if days := min(21, t.days); days > 0 {
			line("    days_left: %d", days)
		}
		if t.pin != "" {
			line("    # pins: [%s]   # its key today", t.pin)
		}
	}
	return b.String()
}

// scalar writes text so that YAML reads it as that text.
func scalar(s string) string {
	out, err := yaml.Marshal(s)
	if err != nil || strings.Count(string(out), "\n") > 1 {
		return fmt.Sprintf("%q", s)
	}
	return strings.TrimSuffix(string(out), "\n")
}

func envName(flag string) string { return strings.ToUpper(strings.ReplaceAll(flag, "-", "_")) }
