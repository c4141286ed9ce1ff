package main

import (
	"crypto/x509"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/observe"
	"mutual/pki"
	"mutual/pki/roots"
)

// maxServerConfig bounds what is read of a server's configuration.
const maxServerConfig = 4 << 20

func rootsCheck(c *cli.Context) error {
	if c.IsSet("server-cert") || c.IsSet("host") || c.IsSet("custom-ca") {
		return rootsCheckServer(c)
	}
	if err := arguments(c, 1, -1, "mutual roots check client-cas.pem"); err != nil {
		return err
	}
	facts := rootsReport(c, nil).Facts
	facts.Given.ClientCA = strings.Join(c.Args().Slice(), " ")
	facts.ClientTrust = observe.LoadTrust(c.Args().Slice(), "client CA", &facts)
	products, err := askedProducts(c)
	if err != nil {
		return err
	}
	for _, p := range roots.Profiles() {
		if slices.Contains(products, p.Product) {
			facts.Roots.Profiles = append(facts.Roots.Profiles, p.Facts())
		}
	}
	if err := readServerConfig(c, facts.Roots); err != nil {
		return err
	}
	var anchors []*x509.Certificate
	for _, ca := range facts.ClientTrust.Anchors {
		if ca.X509() != nil {
			anchors = append(anchors, ca.X509())
		}
	}
	var answers []roots.Answer
	for _, product := range products {
		answers = append(answers, roots.WillAccept(anchors, product, facts.Time))
	}
	report := diagnose.Examine(&facts)
	if outputFormat(c) == "json" {
		result := map[string]any{"bundle": c.Args().Slice(), "certificates": len(anchors), "products": answersJSON(answers)}
		maps.Copy(result, answerJSONOf(answers[0]))
		return rootsJSON(c, report, result)
	}
	if outputFormat(c) == "text" {
		for _, answer := range answers {
			if _, err := fmt.Fprintln(c.App.Writer, answer); err != nil {
				return err
			}
		}
		if report.RootCause() == nil {
			return briefly(c, report)
		}
		fmt.Fprintln(c.App.Writer)
	}
	return printReport(c, report)
}

// askedProducts are those of --product; ES and CX where it is not given.
func askedProducts(c *cli.Context) ([]diagnose.Product, error) {
	switch p := c.String("product"); p {
	case "":
		return []diagnose.Product{diagnose.DialogflowES, diagnose.DialogflowCX}, nil
	case "es", "cx":
		return []diagnose.Product{diagnose.Product(p)}, nil
	default:
		return nil, choiceError("product", p, "es", "cx")
	}
}

// answerJSONOf is one answer; where both products are asked for, that of ES
// stands in the result itself, too.
func answerJSONOf(a roots.Answer) map[string]any {
	out := map[string]any{"product": a.Product, "accepts_dialogflow_today": a.Today, "accepts_dialogflow_after": a.After,
		"today_by": a.TodayBy, "after_by": a.AfterBy, "answer": a.String()}
	if a.Product == diagnose.DialogflowES {
		out["from"] = roots.LegacyEnds().Format(time.DateOnly)
	}
	return out
}

func answersJSON(answers []roots.Answer) []map[string]any {
	var out []map[string]any
	for _, a := range answers {
		out = append(out, answerJSONOf(a))
	}
	return out
}

// briefly lists what does not stop anything: one paragraph each.
func briefly(c *cli.Context, r *diagnose.Report) error {
	for _, f := range r.Findings {
		fmt.Fprintf(c.App.Writer, "\n%s: %s  %s\n", f.Severity, render.Escape(f.Title), f.Code)
		for _, line := range f.Fix.Lines() {
			fmt.Fprintf(c.App.Writer, "  %s\n", render.Escape(line))
		}
		fmt.Fprintf(c.App.Writer, "  more: mutual explain %s\n", f.Code)
	}
	return nil
}

func readServerConfig(c *cli.Context, f *diagnose.PinnedRoots) error {
	file := c.String("config")
	if file == "" {
		return nil
	}
	info, err := os.Stat(file)
	if err == nil && (info.IsDir() || info.Size() > maxServerConfig) {
		err = fmt.Errorf("%s is no configuration file", file)
	}
	var data []byte
	if err == nil {
		data, err = os.ReadFile(file)
	}
	if err != nil {
		return exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("reading the server's configuration: %w", err)}
	}
	cfg := roots.ReadServerConfig(file, data)
	if !cfg.Asks {
		talk(c, []string{file + " asks for no client certificate: nginx needs ssl_verify_client on, Apache SSLVerifyClient require, HAProxy verify required"})
	}
	f.ConfigShown, f.IdentityCheckAt = true, cfg.IdentityAt
	f.VerifyDepth, f.VerifyDepthAt = &cfg.Depth, cfg.DepthAt
	return nil
}

func rootsExport(c *cli.Context) error {
	profiles, all, err := rootsProfiles(c)
	if err != nil {
		return err
	}
	if all {
		profiles = profiles[:1]
		talk(c, []string{"no profile was named, so this is " + profiles[0].Name})
	}
	out := c.String("out")
	form, err := exportForm(c, out)
	if err != nil {
		return err
	}
	password, err := exportPassword(c, out, form)
	if err != nil {
		return err
	}
	store, err := rootsStore(c)
	if err != nil {
		return err
	}
	data, warnings, err := roots.Export(profiles, store, time.Now(), form, password)
	if err != nil {
		return rootsFault(c, err, store, profiles)
	}
	talk(c, warnings)
	for _, p := range profiles {
		talk(c, exportAdvice(p))
	}
	if out == "" || out == "-" {
		if _, terminal := terminalOf(c.App.Writer); terminal && form == roots.PKCS12 {
			return usage("mutual roots export "+profiles[0].Name+" --out truststore.p12", "a PKCS#12 file is nothing to show on a terminal")
		}
		_, err = c.App.Writer.Write(data)
		return err
	}
	err = pki.WriteFile(out, data, false, c.Bool("force"))
	switch {
	case isExists(err):
		return exitError{Code: exitUsage, Err: err, Hint: "add --force to replace it"}
	case err != nil:
		return exitError{Code: exitFault, Err: fmt.Errorf("writing %s: %w", out, err)}
	}
	fmt.Fprintf(c.App.ErrWriter, "wrote %s\n", out)
	return nil
}

// exportForm is the form of --format, else what the file's name asks for.
func exportForm(c *cli.Context, out string) (roots.Form, error) {
	format := c.String("format")
	if rootContext(c).Bool("json") {
		format = "json"
	}
	if format == "" {
		switch strings.ToLower(filepath.Ext(out)) {
		case ".p12", ".pfx", ".pkcs12":
			return roots.PKCS12, nil
		case ".json":
			return roots.JSON, nil
		}
		return roots.PEM, nil
	}
	switch format {
	case "pem":
		return roots.PEM, nil
	case "pkcs12", "p12", "java":
		return roots.PKCS12, nil
	case "json":
		return roots.JSON, nil
	}
	return "", choiceError("format", format, "pem", "pkcs12", "json")
}

// exportPassword is the trust store's: --pass-file, MUTUAL_PASS, or the one
// that Java itself uses. Nothing in a trust store is secret.
func exportPassword(c *cli.Context, out string, form roots.Form) (string, error) {
	if form != roots.PKCS12 {
		return "", nil
	}
	_, set := os.LookupEnv("MUTUAL_PASS")
	if rootContext(c).String("pass-file") != "" || set {
		pass, err := passphrase(c)(out)
		return string(pass), err
	}
	talk(c, []string{"the trust store's password is \"changeit\", as Java's own; choose another with --pass-file or MUTUAL_PASS"})
	return "changeit", nil
}

// exportAdvice says what has to go with the roots.
func exportAdvice(p roots.Profile) []string {
	if p.Identity == (roots.Identity{}) {
		return []string{p.Name + " is for connections that you make; as client CAs these roots let anybody in"}
	}
	return []string{fmt.Sprintf("%s: the root alone lets strangers in; check that the client is %s, and allow a verify depth of at least %d "+
		"(nginx: ssl_verify_depth %d; and a test of $ssl_client_s_dn)", p.Name, p.Identity, p.Depth, p.Depth)}
}
