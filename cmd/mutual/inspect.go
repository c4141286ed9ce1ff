package main

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/observe"
	"mutual/diagnose/observe/starttls"
	"mutual/pki"
)

func inspectCommand() *cli.Command {
	return &cli.Command{
		Name:      "inspect",
		Usage:     "show what files, or a server's chain, hold, and what is wrong with it",
		ArgsUsage: "FILE|TARGET...",
		Description: "Reads certificates, requests, revocation lists, OCSP responses and keys in PEM, DER,\n" +
			"PKCS#7, PKCS#12 and Java key stores, in Kubernetes Secrets, kubeconfigs and webhooks,\n" +
			"and as headers and variables wrap them (percent-encoded, base64 twice, RFC 9440), and\n" +
			"says which key fits which certificate. TARGET is host:port or https://host; - is the\n" +
			"standard input. With --write-pem it writes what it has read into a new file that every\n" +
			"program reads, the leaf first.",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "cacert", Usage: "CA certificates to judge the chains by, `FILE` or folder (repeat for more)"},
			&cli.StringFlag{Name: "servername", Usage: "`NAME` to send to a TARGET, and to find in its certificate"},
			&cli.StringFlag{Name: "starttls", Usage: "`PROTOCOL` in which TLS starts: " + strings.Join(starttls.Names(), ", ")},
			&cli.StringFlag{Name: "for", Usage: "say whether `PROGRAM` takes the files as they are: " + strings.Join(pki.FormPrograms(), ", ")},
			&cli.StringFlag{Name: "write-pem", Usage: "write what the file holds into the new `FILE` in clean PEM, leaf first"},
			&cli.DurationFlag{Name: "timeout", Value: 10 * time.Second, Usage: "`TIME` in which a TARGET has to answer"},
		},
		Before: inFormats("text", "json", "junit", "github"), Action: inspect,
	}
}

func inspect(c *cli.Context) error {
	if err := arguments(c, 1, -1, "mutual inspect server-crt.pem server-key.pem"); err != nil {
		return err
	}
	if c.IsSet("write-pem") {
		return writePEM(c)
	}
	if s := c.String("starttls"); s != "" && !oneOf(s, starttls.Names()...) {
		return choiceError("starttls", s, starttls.Names()...)
	}
	if program := c.String("for"); program != "" && !oneOf(program, pki.FormPrograms()...) {
		return choiceError("for", program, pki.FormPrograms()...)
	}
	in := &inspection{now: time.Now().UTC().Truncate(time.Second), cacert: c.StringSlice("cacert"), pass: passphrase(c)}
	for _, arg := range c.Args().Slice() {
		if arg != "-" && isTarget(arg) {
			if err := in.target(c, arg); err != nil {
				return err
			}
			continue
		}
		contents, err := inspectFiles(c, arg)
		if err != nil {
			return err
		}
		for _, file := range contents {
			in.contents(file)
		}
		if program := c.String("for"); program != "" {
			problems, err := pki.CheckForm(program, arg, contents)
			if err != nil {
				return usage("mutual inspect --for "+program+" certs.d/registry.example", "%v", err)
			}
			in.noted(problems)
		}
	}
	result := in.judge()
	var err error
	switch outputFormat(c) {
	case "json":
		err = render.InspectionJSON(c.App.Writer, result)
	case "junit":
		err = render.JUnit(c.App.Writer, append([]*diagnose.Report{result.Report}, result.Further...)...)
	case "github":
		err = render.GitHub(c.App.Writer, append([]*diagnose.Report{result.Report}, result.Further...)...)
	default:
		err = render.InspectionText(c.App.Writer, result, renderOptions(c))
	}
	if err == nil && result.ExitCode != diagnose.ExitOK {
		err = exitError{Code: result.ExitCode}
	}
	return err
}

// inspectFiles reads the file, the files of the folder, or the standard input.
func inspectFiles(c *cli.Context, arg string) ([]*pki.Contents, error) {
	if arg == "-" {
		data, err := io.ReadAll(io.LimitReader(c.App.Reader, 16<<20))
		if err != nil {
			return nil, err
		}
		return []*pki.Contents{pki.InspectData("-", data, passphrase(c))}, nil
	}
	var contents []*pki.Contents
	for _, path := range filesIn(arg) {
		contents = append(contents, pki.Inspect(path, passphrase(c)))
	}
	return contents, nil
}

// isTarget tells a server from a file: a file that is there is one.
func isTarget(arg string) bool {
	if strings.HasPrefix(arg, "https://") {
		return true
	}
	if _, err := os.Stat(arg); err == nil || strings.ContainsAny(arg, `/\`) {
		return false
	}
	if _, port, _, err := parseTarget(arg); err != nil || port == 443 && !strings.Contains(arg, ".") {
		return false
	}
	switch strings.ToLower(filepath.Ext(arg)) {
	case ".pem", ".crt", ".cer", ".cert", ".der", ".key", ".csr", ".crl", ".p12", ".pfx", ".p7b", ".p7c", ".jks", ".yaml", ".yml", ".json", ".txt", ".chain":
		return false
	}
	return true
}

// filesIn is the file, or the files in the folder, but for the account that a CA
// keeps there.
func filesIn(arg string) []string {
	entries, err := os.ReadDir(arg)
	if err != nil {
		return []string{arg}
	}
	var files []string
	for _, e := range entries {
		if (e.Type().IsRegular() || e.Type()&fs.ModeSymlink != 0) && !pki.IsRecord(e.Name()) {
			files = append(files, filepath.Join(arg, e.Name()))
		}
	}
	if len(files) == 0 {
		return []string{arg}
	}
	return files
}

// target adds the chain of a live server.
func (in *inspection) target(c *cli.Context, target string) error {
	host, port, path, err := parseTarget(target)
	if err != nil {
		return err
	}
	cfg := observe.ProbeConfig{Host: host, Port: port, Path: path, ServerName: c.String("servername"), StartTLS: c.String("starttls"), Protocol: observe.NoProtocol,
		Timeout: c.Duration("timeout"), Quick: true}
	cfg.Known = diagnose.Facts{Time: in.now, Given: diagnose.Given{Target: target, CACert: in.cacert, Insecure: true}}
	cfg.Known.Trust = observe.OpenTrust(in.cacert, "trust store", in.pass, &cfg.Known)
	step, stop := progress(c, "connecting to "+target)
	cfg.Progress = step
	facts := observe.Probe(c.Context, cfg)
	stop()
	if len(facts.Chains.Server) == 0 {
		facts.Command, facts.Given.Insecure = "inspect", false
		in.reports = append(in.reports, diagnose.Examine(facts))
		return nil
	}
	for _, cert := range facts.Chains.Server {
		item := render.Item{Path: target, Kind: string(pki.KindCertificate), Form: "TLS", Certificate: cert, Key: cert.Key, SPKISHA256: cert.SPKISHA256, Reason: cert.ParseError}
		in.items = append(in.items, item)
	}
	in.chains = append(in.chains, inspectedChain{certs: facts.Chains.Server, purpose: diagnose.ServerSide, target: facts.Target, trust: facts.Trust, live: true})
	return nil
}

// inspection collects what was found, until it is judged.
type inspection struct {
	now     time.Time
	cacert  []string
	pass    pki.PassFunc
	items   []render.Item
	files   []diagnose.File
	chains  []inspectedChain
	reports []*diagnose.Report
	crls    []*diagnose.CRL
}

// inspectedChain is a leaf with what stood beside it, or a CA by itself.
type inspectedChain struct {
	certs   []*diagnose.Certificate
	entry   string // of a Kubernetes Secret
	purpose diagnose.Side
	target  diagnose.Target
	trust   *diagnose.Trust
	live    bool
}

// maxJudged bounds how many chains are judged of a pile of certificates.
const maxJudged = 200

// judge examines each chain, and makes one result of the reports.
func (in *inspection) judge() *render.Inspection {
	in.pairUp()
	base := diagnose.Facts{Command: "inspect", Time: in.now, View: diagnose.SeenInFiles, Files: in.files, CRLs: in.crls, Given: diagnose.Given{CACert: in.cacert}}
	for _, item := range in.items {
		switch {
		case item.Certificate != nil && !item.Certificate.IsCA && base.Given.Cert == "":
			base.Given.Cert = item.Path
		case item.Kind == string(pki.KindPrivateKey) && base.Given.Key == "":
			base.Given.Key = item.Path
		}
	}
	observe.NoteBeside(&base, append(slices.Clone(in.cacert), base.Given.Cert, base.Given.Key)...)
	var trust *diagnose.Trust
	if len(in.cacert) > 0 {
		trust = observe.OpenTrust(in.cacert, "trust store", in.pass, &base)
	}
	if len(in.chains) == 0 && len(in.reports) == 0 || len(base.Files) > 0 {
		in.reports = append(in.reports, diagnose.Examine(&base))
	}
	base.Files = nil
	for _, chain := range in.chains[:min(len(in.chains), maxJudged)] {
		facts := base
		facts.Identity, facts.Purpose, facts.Target, facts.Trust, facts.Known = chain.certs, chain.purpose, chain.target, trust, in.beside(chain.entry)
		if chain.live && len(in.cacert) > 0 {
			facts.Trust = chain.trust
		}
		if facts.Trust == nil {
			facts.CRLs = nil
		}
		in.reports = append(in.reports, diagnose.Examine(&facts))
	}
	out := &render.Inspection{Report: in.reports[0], Items: in.items, Further: in.reports[1:]}
	for _, r := range in.reports {
		if out.ExitCode == diagnose.ExitOK {
			out.ExitCode, out.Verdict = r.ExitCode, r.Verdict
		}
	}
	return out
}
