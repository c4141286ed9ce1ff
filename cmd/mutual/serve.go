package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/diagnose"
	"mutual/diagnose/chain"
	"mutual/diagnose/observe"
	"mutual/pki"
	"mutual/pki/roots"
)

func serveCommand() *cli.Command {
	return &cli.Command{
		Name:  "serve",
		Usage: "run the demo server, and explain each client it refuses",
		Description: "Serves https from the files of mutual init. GET / says hello, GET /whoami answers as\n" +
			"JSON who the client is and what the rules found; a Dialogflow webhook call (ES, CX)\n" +
			"gets a valid answer. Changed certificate files are taken up without a restart.\n" +
			"With --client-auth request everyone gets an answer, which says who is not authorised.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dir", Value: ".", Usage: "`FOLDER` made by mutual init"},
			&cli.StringFlag{Name: "listen", Value: "localhost:4433", Usage: "`HOST:PORT`; port 0 takes a free one, an empty host every address"},
			&cli.StringFlag{Name: "cert", Usage: "the server's certificate, leaf first, `FILE` (default server-crt.pem in --dir)"},
			&cli.StringFlag{Name: "key", Usage: "the server's private key, `FILE` (default server-key.pem in --dir)"},
			&cli.StringSliceFlag{Name: "client-ca", Usage: "CA of clients, `FILE` or folder (repeat for more; default ca-crt.pem in --dir, or none with --roots)"},
			&cli.StringSliceFlag{Name: "crl", Usage: "revocation list, `FILE` (repeat for more; default ca-crl.pem in --dir where the CA of clients is that folder's)"},
			&cli.StringFlag{Name: "client-auth", Value: "require", Usage: "`require|request|none`: refuse clients without a good certificate, or only ask, or never ask"},
			&cli.StringSliceFlag{Name: "roots", Usage: "let in the callers of a pinned `PROFILE`[,PROFILE], such as dialogflow"},
			&cli.StringFlag{Name: "store", Usage: "`FOLDER` of fetched roots (default: mutual/roots in your configuration folder)"},
			&cli.StringSliceFlag{Name: "allow-cn", Usage: "let in only clients with this common `NAME` (repeat for more; any --allow rule that fits will do)"},
			&cli.StringSliceFlag{Name: "allow-dns", Usage: "... with this DNS `NAME`; *.example.com fits any one label"},
			&cli.StringSliceFlag{Name: "allow-uri", Usage: "... with this `URI`, such as a SPIFFE ID"},
			&cli.StringSliceFlag{Name: "allow-email", Usage: "... with this e-mail `ADDRESS`"},
			&cli.StringSliceFlag{Name: "allow-spki", Usage: "... with the public key of this SHA-256 `HASH`, hexadecimal or base64"},
			&cli.StringFlag{Name: "tls-min", Value: "1.2", Usage: "oldest TLS `VERSION` taken: 1.0, 1.1, 1.2, 1.3"},
			&cli.IntFlag{Name: "requests", Usage: "end after `N` requests; refused handshakes do not count (0: never)"},
			&cli.StringFlag{Name: "ready-file", Usage: "write the server's URL to `FILE` once it listens"},
		},
		Before: inFormats("text", "json"), Action: serve,
	}
}

func serve(c *cli.Context) error {
	if err := arguments(c, 0, 0, "mutual serve --dir . --listen localhost:4433"); err != nil {
		return err
	}
	cfg, err := serveConfig(c)
	if err != nil {
		return err
	}
	ready := c.String("ready-file")
	if ready != "" {
		if err := os.Remove(ready); err != nil && !errors.Is(err, os.ErrNotExist) {
			return exitError{Code: exitFault, Err: err}
		}
	}
	if err := checkServerFiles(c, &cfg); err != nil {
		return err
	}
	listeners, host, err := listen(c.Context, c.String("listen"))
	if err != nil {
		return err
	}
	port := portOf(listeners[0])
	cfg.Known.Target = diagnose.Target{Host: host, Port: port}
	url := "https://" + hostPort(host, port)
	ctx, stop := context.WithCancel(c.Context)
	defer stop()
	log := newServeLog(c)
	cfg.Refused, cfg.Gone, cfg.Changed = log.refused, log.gone, log.changed
	if log.json {
		cfg.Closed = log.closed
	}
	cfg.Handler = countRequests(c.Int("requests"), stop, log.requests(demoHandler(cfg.ClientAuth)))
	cfg.Ready = func() error {
		log.start(url, cfg)
		if ready == "" {
			return nil
		}
		if err := pki.WriteFile(ready, []byte(url+"\n"), false, true); err != nil {
			return fmt.Errorf("writing %s: %w", ready, err)
		}
		return nil
	}
	return serveError(c, observe.Serve(ctx, listeners, cfg))
}

// serveConfig reads the flags.
func serveConfig(c *cli.Context) (observe.ServeConfig, error) {
	dir := c.String("dir")
	cfg := observe.ServeConfig{
		Cert: c.String("cert"), Key: c.String("key"), Pass: passphrase(c),
		ClientCA: c.StringSlice("client-ca"), ClientAuth: observe.ClientAuth(c.String("client-auth")),
	}
	if !oneOf(string(cfg.ClientAuth), "require", "request", "none") {
		return cfg, choiceError("client-auth", string(cfg.ClientAuth), "require", "request", "none")
	}
	switch {
	case cfg.Cert == "" && cfg.Key == "":
		cfg.Cert, cfg.Key = filepath.Join(dir, "server-crt.pem"), filepath.Join(dir, "server-key.pem")
	case cfg.Cert == "":
		return cfg, usage("for example: --cert server-crt.pem --key "+cfg.Key, "--key needs --cert, the certificate that the key belongs to")
	}
	if len(cfg.ClientCA) == 0 && len(c.StringSlice("roots")) == 0 && cfg.ClientAuth != observe.AuthNone {
		cfg.ClientCA = []string{filepath.Join(dir, "ca-crt.pem")}
		if list := filepath.Join(dir, "ca-crl.pem"); isThere(list) {
			cfg.CRL = []string{list}
		}
	}
	if given := c.StringSlice("crl"); len(given) > 0 {
		if cfg.CRL = given; cfg.ClientAuth == observe.AuthNone {
			return cfg, usage("leave --client-auth out", "--client-auth none asks no client for a certificate, so there is nothing for --crl to judge")
		}
	}
	warnOfLists(c, cfg.CRL)
	var err error
	if cfg.MinVersion, err = tlsVersion(c, "tls-min"); err != nil {
		return cfg, err
	}
	if c.Int("requests") < 0 {
		return cfg, usage("for example: --requests 1", "--requests must not be negative")
	}
	if err := allowRules(c, &cfg); err != nil {
		return cfg, err
	}
	if err := admitRoots(c, &cfg); err != nil {
		return cfg, err
	}
	if cfg.ClientAuth == observe.AuthNone && (len(cfg.Allow) > 0 || cfg.Admit != nil || len(cfg.ClientCA) > 0) {
		return cfg, usage("leave --client-auth out", "--client-auth none asks no client for a certificate, so there is nothing for --client-ca, --allow-... and --roots to judge")
	}
	cfg.Known.Given = diagnose.Given{Dir: dir, ClientCA: strings.Join(cfg.ClientCA, ", ")}
	observe.NoteBeside(&cfg.Known, append([]string{cfg.Cert}, cfg.ClientCA...)...)
	return cfg, nil
}

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// warnOfLists says which revocation lists have ended. Files that cannot be read
// are for the start to say.
func warnOfLists(c *cli.Context, paths []string) {
	now := time.Now()
	for _, path := range paths {
		for _, list := range pki.Load(path, pki.RoleCRL, nil).CRLs {
			if !list.NextUpdate.IsZero() && now.After(list.NextUpdate) {
				talk(c, []string{fmt.Sprintf("%s ended on %s. Whoever is on it is refused, and nobody else; other servers refuse everybody by such a list. A new one: mutual revoke --dir <folder-of-the-ca>",
					path, list.NextUpdate.UTC().Format(time.DateOnly))})
			}
		}
	}
}

func allowRules(c *cli.Context, cfg *observe.ServeConfig) error {
	for _, kind := range []string{"cn", "dns", "uri", "email", "spki"} {
		for _, value := range c.StringSlice("allow-" + kind) {
			rule, err := observe.NewAllowRule(kind, value)
			if err != nil {
				return usage("", "--%v", strings.Replace(err.Error(), "allow ", "allow-", 1))
			}
			cfg.Allow = append(cfg.Allow, rule)
		}
	}
	return nil
}

// admitRoots lets in the callers of pinned profiles.
func admitRoots(c *cli.Context, cfg *observe.ServeConfig) error {
	lists := c.StringSlice("roots")
	if len(lists) == 0 {
		return nil
	}
	profiles, err := roots.LookupList(strings.Join(lists, ","))
	if err != nil {
		return usage("for example: --roots dialogflow", "--roots: %v", err)
	}
	store, err := rootsStore(c)
	if err != nil {
		return err
	}
	gate, err := roots.NewGate(profiles, store, time.Now())
	var broken *roots.StoreError
	var none *roots.NoRootError
	switch {
	case errors.As(err, &broken), errors.As(err, &none):
		return exitError{Code: diagnose.ExitRoots, Err: err, Hint: "see what is wrong:\n  mutual roots verify" + storeFlag(c)}
	case err != nil:
		return usage("", "--roots: %v", err)
	}
	talk(c, gate.Warnings())
	if len(cfg.ClientCA) == 0 && len(cfg.Allow) > 0 {
		return usage("for example: --client-ca ca-crt.pem", "--allow-... judges clients of --client-ca, and none is given: the callers of --roots come in by their profile")
	}
	cfg.Anchors, cfg.AdmitRules, cfg.Known.Roots = gate.Anchors(), gate.Rules(), gate.Facts()
	cfg.Admit, cfg.PinnedKeys = gate.Admit, gate.Keys()
	noteOnPinned(c, cfg)
	return nil
}

// noteOnPinned says which of the server's CAs of clients let nobody in but the
// callers of the profiles. Files that cannot be read are for the start to say.
func noteOnPinned(c *cli.Context, cfg *observe.ServeConfig) {
	for _, path := range cfg.ClientCA {
		store := pki.LoadTrust(path)
		var names []string
		for _, ca := range cfg.OnPinned(store.Parsed()) {
			names = append(names, chain.CertificateOf(ca).Name())
		}
		if n := len(names); n > 3 {
			names = append(names[:3], fmt.Sprintf("and %d more", n-3))
		}
		if len(names) > 0 {
			talk(c, []string{path + " holds what is or comes under a pinned root, and lets in by its profile only: " + strings.Join(names, "; ")})
		}
	}
}

// checkServerFiles looks at the server's own certificate as a client would,
// before any client comes.
func checkServerFiles(c *cli.Context, cfg *observe.ServeConfig) error {
	pair := pki.LoadPair(cfg.Cert, cfg.Key, cfg.Pass)
	if err := pair.Err(); err != nil {
		return serveError(c, err)
	}
	// The passphrase was typed once; renewals are not asked for again.
	facts := diagnose.Facts{View: diagnose.SeenInFiles, Purpose: diagnose.ServerSide, Time: time.Now().UTC()}
	for _, cert := range pair.Chain {
		fact := chain.NewCertificate(cert.Raw)
		fact.File = cert.Path
		facts.Identity = append(facts.Identity, fact)
	}
	judgeForCallers(&facts, cfg.Known.Roots, c.String("listen"))
	for _, f := range diagnose.Examine(&facts).Findings {
		if f.Severity != diagnose.Note {
			fmt.Fprintf(c.App.ErrWriter, "warning: %s: %s (%s)\n", cfg.Cert, strings.TrimRight(f.Title, "."), f.Code)
		}
	}
	return nil
}

// serveError gives the error of a server its exit code. What is wrong with its
// files is judged as by the other commands.
func serveError(c *cli.Context, err error) error {
	var files *pki.ProblemError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &files):
		facts := diagnose.Facts{Command: "serve", Time: time.Now().UTC(), View: diagnose.SeenInFiles, Purpose: diagnose.ServerSide,
			Given: diagnose.Given{Dir: c.String("dir")}}
		observe.NoteProblems(files.Problems, "", &facts)
		return printReport(c, diagnose.Examine(&facts))
	}
	return exitError{Code: exitFault, Err: err}
}
