package main

import (
	"crypto/x509"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/chain"
	"mutual/diagnose/observe"
	"mutual/pki"
)

const auditExample = "mutual audit localhost:4433 --dir ."

func auditCommand() *cli.Command {
	return &cli.Command{
		Name:      "audit",
		Usage:     "try to get in with every credential that a server must refuse",
		ArgsUsage: "TARGET",
		Description: "Needs one identity that the server accepts (--cert, --key or --dir), and the key of\n" +
			"the CA that issued it for the cases that only a CA can make (--ca-cert, --ca-key, or\n" +
			"from --dir). Ends with 15 if anything is accepted that must not be. It connects to the\n" +
			"target alone, some 30 times, and each refusal will show in the server's log: audit\n" +
			"servers that are yours.\n\n" +
			"Cases, as --allow takes them:\n" + wrapWords(observe.AuditCases(), 84),
		Flags: append(connectFlags(),
			&cli.StringFlag{Name: "ca-cert", Usage: "certificate of the CA that issues the clients, `FILE` (default: ca-crt.pem in --dir)"},
			&cli.StringFlag{Name: "ca-key", Usage: "its private key, `FILE` (default: ca-key.pem in --dir)"},
			&cli.StringSliceFlag{Name: "other-identity", Usage: "`CERT,KEY` of an identity that is valid and not authorised here (repeat for more)"},
			&cli.StringSliceFlag{Name: "revoked", Usage: "`CERT,KEY` of an identity that was revoked (repeat for more)"},
			&cli.StringSliceFlag{Name: "path", Usage: "`/PATH` that must ask for a certificate too (repeat for more)"},
			&cli.StringSliceFlag{Name: "name", Usage: "`NAME` of another virtual host on the port (repeat for more; those in the certificate are tried too)"},
			&cli.BoolFlag{Name: "require-eku", Usage: "a certificate without extended key usage must be refused"},
			&cli.StringSliceFlag{Name: "allow", Usage: "`CASE` that the server may accept (repeat for more)"},
			quietFlag(),
			&cli.Float64Flag{Name: "rate", Value: 10, Usage: "at most `N` connections in a second"},
		),
		Action: audit,
	}
}

func audit(c *cli.Context) error {
	if err := arguments(c, 1, 1, auditExample); err != nil {
		return err
	}
	cfg, err := auditConfig(c, c.Args().First())
	if err != nil {
		return err
	}
	facts := observe.Unusable(cfg.Probe.Known)
	if facts == nil && len(cfg.Probe.Identity.Certificate) == 0 {
		return usage("for example:\n  "+auditExample+"\n  mutual audit localhost:4433 --cacert ca-crt.pem --cert client-crt.pem --key client-key.pem",
			"an audit needs an identity that the server accepts, to compare the others with")
	}
	if facts == nil {
		fmt.Fprintf(c.App.ErrWriter, "auditing %s, at most %g connections a second; the refusals will show in its log\n",
			render.Escape(hostPort(cfg.Probe.Host, cfg.Probe.Port)), cfg.Rate)
		step, stop := progress(c, "connecting to "+c.Args().First())
		cfg.Probe.Progress = step
		facts = observe.Audit(c.Context, cfg)
		stop()
	}
	facts.Command = "audit"
	report := diagnose.Examine(facts)
	if report.Audit == nil {
		fmt.Fprintln(c.App.ErrWriter, "not audited: the server has to accept the good identity first")
	}
	return printReport(c, report)
}

// auditConfig reads the flags and the files they name.
func auditConfig(c *cli.Context, target string) (observe.AuditConfig, error) {
	cfg := observe.AuditConfig{
		Rate: c.Float64("rate"), Names: c.StringSlice("name"), Paths: c.StringSlice("path"),
		RequireEKU: c.Bool("require-eku"), Allow: c.StringSlice("allow"),
	}
	var err error
	if cfg.Probe, err = probeConfig(c, target); err != nil {
		return cfg, err
	}
	if cfg.Rate <= 0 {
		return cfg, usage("write --rate 10", "--rate must be more than nothing, not %g", cfg.Rate)
	}
	for _, name := range cfg.Allow {
		if !slices.Contains(observe.AuditCases(), name) {
			return cfg, choiceError("allow", name, observe.AuditCases()...)
		}
	}
	for _, path := range cfg.Paths {
		if !strings.HasPrefix(path, "/") {
			return cfg, usage("write --path /"+path, "--path starts with a slash, and this is %q", path)
		}
	}
	if err := auditCA(c, &cfg); err != nil {
		return cfg, err
	}
	if cfg.Others, err = identities(c, "other-identity"); err != nil {
		return cfg, err
	}
	if cfg.Revoked, err = identities(c, "revoked"); err != nil {
		return cfg, err
	}
	for i := range cfg.Revoked {
		cfg.Revoked[i].Unfit = unlisted(cfg.Revoked[i], cfg.Probe.Known.CRLs)
	}
	return cfg, nil
}

// auditCA loads the CA's certificate and key where the flags name them or the
// folder holds them.
func auditCA(c *cli.Context, cfg *observe.AuditConfig) error {
	cert, key := c.String("ca-cert"), c.String("ca-key")
	dir := c.String("dir")
	cfg.NoCA = "needs the CA's key: --ca-cert FILE --ca-key FILE"
	switch {
	case (cert == "") != (key == "") && dir == "":
		return usage("--ca-cert ca-crt.pem --ca-key ca-key.pem", "--ca-cert and --ca-key go together")
	case cert == "" && key == "" && dir == "":
		return nil
	case cert == "" && key == "":
		if _, err := os.Stat(filepath.Join(dir, "ca-key.pem")); os.IsNotExist(err) {
			return nil
		}
	}
	if cert == "" {
		cert = filepath.Join(dir, "ca-crt.pem")
	}
	if key == "" {
		key = filepath.Join(dir, "ca-key.pem")
	}
	pair := pki.LoadPair(cert, key, passphrase(c))
	if err := pair.Err(); err != nil {
		return exitError{Code: diagnose.ExitFiles, Err: err}
	}
	if cfg.CA = pair.Leaf(); cfg.CA == nil || !cfg.CA.IsCA {
		return exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("%s: no CA's certificate", cert)}
	}
	cfg.CAKey = pair.Key
	return nil
}

// identities loads the pairs CERT,KEY that a flag names.
func identities(c *cli.Context, flag string) ([]observe.NamedIdentity, error) {
	var list []observe.NamedIdentity
	for _, value := range c.StringSlice(flag) {
		cert, key, ok := strings.Cut(value, ",")
		if !ok {
			return nil, usage("for example:\n  --"+flag+" bob-crt.pem,bob-key.pem", "--%s takes CERT,KEY, not %q", flag, value)
		}
		pair := pki.LoadPair(cert, key, passphrase(c))
		if err := pair.Err(); err != nil {
			return nil, exitError{Code: diagnose.ExitFiles, Err: err}
		}
		list = append(list, observe.NamedIdentity{Name: chain.NewCertificate(pair.Chain[0].Raw).Name(), Certificate: pair.TLS()})
	}
	return list, nil
}

// unlisted says, where revocation lists are given, why none of them revokes
// the certificate.
func unlisted(id observe.NamedIdentity, lists []*diagnose.CRL) string {
	leaf, err := x509.ParseCertificate(id.Certificate.Certificate[0])
	if err != nil || len(lists) == 0 {
		return ""
	}
	for _, l := range lists {
		list, err := x509.ParseRevocationList(l.DER)
		if err != nil || string(list.RawIssuer) != string(leaf.RawIssuer) {
			continue
		}
		for _, e := range list.RevokedCertificateEntries {
			if e.SerialNumber.Cmp(leaf.SerialNumber) == 0 {
				return ""
			}
		}
	}
	return "it is on none of the lists given with --crl"
}

// wrapWords puts words into lines of at most width columns.
func wrapWords(words []string, width int) string {
	return strings.Join(render.Wrap(strings.Join(words, " "), width), "\n")
}
