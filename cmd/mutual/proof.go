package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
	"mutual/diagnose/observe"
	"mutual/diagnose/observe/starttls"
	"mutual/pki"
)

// proof is what a target showed after a change.
type proof struct {
	Target string     `json:"target"`
	About  string     `json:"about"` // the file whose change was to show
	Proven bool       `json:"proven"`
	Says   string     `json:"says"`
	Code   cause.Code `json:"code,omitempty"`

	report *diagnose.Report // of the last connection, where that explains it
	fix    diagnose.Steps
}

// proofFlags are those of commands that show on a live server what they did.
func proofFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "exec", Usage: "`COMMAND` for the shell once the files are written, such as 'nginx -s reload'"},
		&cli.StringSliceFlag{Name: "target", Usage: "`HOST:PORT` of the server on which to show that it took effect (repeat for more)"},
		&cli.StringSliceFlag{Name: "cacert", Usage: "CA certificates that the target's comes from, `FILE` (default ca-crt.pem in --dir, and the system's)"},
		&cli.StringFlag{Name: "servername", Usage: "`NAME` to send (SNI) and to find in the target's certificate"},
		&cli.StringFlag{Name: "starttls", Usage: "`PROTOCOL` in which TLS starts: " + strings.Join(starttls.Names(), ", ")},
		&cli.DurationFlag{Name: "timeout", Value: 30 * time.Second, Usage: "`TIME` within which the target has to show it"},
	}
}

// inARow is how many connections one after another have to show the same: old
// processes of a server may take some while they end.
const inARow = 3

// lookEvery is the time between two connections to a target.
const lookEvery = 100 * time.Millisecond

// witness looks at targets with the files of a folder.
type witness struct {
	c        *cli.Context
	dir      string
	deadline time.Time
	step     func(string)
}

// checkTargets reads the flags of a proof before anything is changed.
func checkTargets(c *cli.Context) error {
	for _, t := range c.StringSlice("target") {
		if _, _, _, err := parseTarget(t); err != nil {
			return err
		}
	}
	if s := c.String("starttls"); s != "" && !oneOf(s, starttls.Names()...) {
		return choiceError("starttls", s, starttls.Names()...)
	}
	if c.Duration("timeout") <= 0 {
		return usage("write --timeout 30s", "--timeout must be more than nothing, not %s", c.Duration("timeout"))
	}
	return nil
}

// runExec runs the command of --exec. What it says goes to standard error.
func runExec(c *cli.Context) error {
	command := c.String("exec")
	if command == "" {
		return nil
	}
	shell, flag := "sh", "-c"
	if runtime.GOOS == "windows" {
		shell, flag = "cmd", "/C"
	}
	cmd := exec.CommandContext(c.Context, shell, flag, command)
	cmd.Stdout, cmd.Stderr = c.App.ErrWriter, c.App.ErrWriter
	// What it leaves running in the background keeps the streams open.
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil && !errors.Is(err, exec.ErrWaitDelay) {
		return fmt.Errorf("the files are written, and %q ended with: %w", command, err)
	}
	return nil
}

// config is a connection to target as a client with this identity, which may be
// the zero one, would make it.
func (w *witness) config(target string, identity tls.Certificate) observe.ProbeConfig {
	host, port, path, _ := parseTarget(target) // checked before
	cfg := observe.ProbeConfig{Host: host, Port: port, Path: path, ServerName: w.c.String("servername"), StartTLS: w.c.String("starttls"),
		Timeout: min(10*time.Second, max(time.Until(w.deadline), time.Second)), Quick: true}
	if cfg.StartTLS == "" {
		cfg.ALPN = []string{"h2", "http/1.1"}
		if strings.HasPrefix(target, "https://") {
			cfg.Protocol = starttls.HTTP
		}
	}
	cacerts := w.c.StringSlice("cacert")
	cfg.Known.Time = time.Now().UTC()
	cfg.Known.Given = diagnose.Given{Target: target, CACert: cacerts, Dir: w.dir}
	if len(cacerts) == 0 {
		cacerts = []string{filepath.Join(w.dir, "ca-crt.pem")}
	}
	observe.Files{CACert: cacerts, Pass: passphrase(w.c)}.Load(&cfg.Known)
	for _, der := range identity.Certificate {
		cfg.Known.Identity = append(cfg.Known.Identity, chain.NewCertificate(der))
	}
	cfg.Identity = identity
	return cfg
}

// until looks again and again until look has had its way, times in a row, or
// the time is over.
func (w *witness) until(look func() bool) bool {
	ctx, cancel := context.WithDeadline(w.c.Context, w.deadline)
	defer cancel()
	for good := 0; ; {
		if look() {
			good++
		} else {
			good = 0
		}
		if good >= inARow {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(lookEvery):
		}
	}
}

// serverShows waits until target presents the certificate of file.
func (w *witness) serverShows(target, file string, cert *x509.Certificate) proof {
	p := proof{Target: target, About: file}
	w.step("waiting for " + target + " to present the new " + file)
	cfg := w.config(target, w.someClient())
	cfg.Protocol = observe.NoProtocol
	if cfg.ServerName == "" && cert.VerifyHostname(cfg.Host) != nil && len(cert.DNSNames) > 0 {
		// A server of several certificates chooses by the name.
		cfg.ServerName = strings.Replace(cert.DNSNames[0], "*", "www", 1)
	}
	began := time.Now()
	var last *diagnose.Facts
	p.Proven = w.until(func() bool {
		last = observe.Look(w.c.Context, cfg)
		shown := last.Chains.Server
		return len(shown) > 0 && bytes.Equal(shown[0].DER(), cert.Raw)
	})
	switch shown := last.Chains.Server; {
	case p.Proven:
		p.Says = fmt.Sprintf("%s presents the new %s, in %d connections in a row.", target, file, inARow)
	case len(shown) == 0:
		p.Says = fmt.Sprintf("%s presented no certificate within %s, so whether it has the new %s is not shown.", target, time.Since(began).Round(time.Second), file)
		cfg.Protocol, cfg.Timeout = "", 10*time.Second
		p.report = diagnose.Examine(observe.Probe(w.c.Context, cfg))
		p.Code = codeOf(p.report)
	default:
		p.Code = cause.StaleCertLoaded
		p.Says = fmt.Sprintf("%s still presents another certificate than the new %s: %s, serial number %s, which ends on %s. It has not loaded the new one.",
			target, file, shown[0].Name(), serialOf(shown[0]), shown[0].NotAfter.UTC().Format("2006-01-02 15:04 UTC"))
		p.fix = diagnose.Steps{diagnose.Say("Have the server load the new file, and look again:"), diagnose.Run("mutual probe " + diagnose.ShellWord(target) + " --dir " + diagnose.ShellFile(w.dir))}
		if w.c.String("exec") == "" {
			p.fix = append(diagnose.Steps{diagnose.Say("Nothing told the server of it: --exec names the command that makes it load its files, such as --exec 'nginx -s reload'.")}, p.fix...)
		}
	}
	return p
}

func serialOf(cert *diagnose.Certificate) string {
	if x := cert.X509(); x != nil {
		return x.SerialNumber.Text(16)
	}
	return "unknown"
}

func codeOf(r *diagnose.Report) cause.Code {
	if f := r.RootCause(); f != nil {
		return f.Code
	}
	return ""
}

// clientAccepted waits until target accepts the client of name.
func (w *witness) clientAccepted(target, name string) proof {
	p := proof{Target: target, About: name + "-crt.pem"}
	pair := w.pair(name)
	if err := pair.Err(); err != nil {
		p.Says = fmt.Sprintf("Whether %s accepts the new %s is not shown, for without its key nobody can connect with it: %v", target, p.About, err)
		return p
	}
	w.step("waiting for " + target + " to accept the new " + p.About)
	cfg := w.config(target, pair.TLS())
	var last *diagnose.Facts
	p.Proven = w.until(func() bool {
		last = observe.Look(w.c.Context, cfg)
		return accepted(last)
	})
	if p.Proven {
		p.Says = fmt.Sprintf("%s asks for a certificate, and accepts the new %s, in %d connections in a row.", target, p.About, inARow)
		return p
	}
	cfg.Timeout = 10 * time.Second
	p.report = diagnose.Examine(observe.Probe(w.c.Context, cfg))
	p.Code = codeOf(p.report)
	p.Says = fmt.Sprintf("%s does not accept the new %s.", target, p.About)
	if a := last.ClientAuth; a != nil && !a.Requested && last.Connection != nil {
		p.Says = fmt.Sprintf("%s asked for no client certificate, so it is not shown that it accepts the new %s.", target, p.About)
	}
	return p
}

// accepted: the server asked, got the certificate, and let the client in, and
// the client could accept the server.
func accepted(f *diagnose.Facts) bool {
	return f.ClientAuth != nil && f.ClientAuth.Requested && f.ClientAuth.Presented && f.ClientAuth.Verdict == cause.VerdictAccepted &&
		len(f.Attempts) > 0 && f.Attempts[0].FailedAt == ""
}

// rejected: the server itself refused the client.
func rejected(f *diagnose.Facts) bool {
	return f.ClientAuth != nil && f.ClientAuth.Presented && f.ClientAuth.Verdict == cause.VerdictRejected
}

func (w *witness) pair(name string) *pki.Pair {
	return pki.LoadPair(filepath.Join(w.dir, name+"-crt.pem"), filepath.Join(w.dir, name+"-key.pem"), passphrase(w.c))
}

// someClient is the folder's first client, for servers that show who they are to
// such alone.
func (w *witness) someClient() tls.Certificate {
	if pair := w.pair("client"); pair.Err() == nil {
		return pair.TLS()
	}
	return tls.Certificate{}
}
