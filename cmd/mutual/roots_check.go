package main

import (
	"crypto/x509"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/observe"
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
	var err error
	if facts.Time, err = checkedOn(c); err != nil {
		return err
	}
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
	config, err := readServerConfig(c, facts.Roots)
	if err != nil {
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
	switch outputFormat(c) {
	case "json":
		result := map[string]any{"bundle": c.Args().Slice(), "certificates": len(anchors), "products": answersJSON(answers)}
		if config != nil {
			result["config"] = map[string]any{"file": c.String("config"), "answer": configAnswer(report), "server": config.Server, "doubts": config.Doubts}
		}
		maps.Copy(result, answerJSONOf(answers[0]))
		return rootsJSON(c, report, result)
	case "text":
		return writeSheet(c, answerSheet(c, answers, config, report), report)
	}
	return printReport(c, report)
}

// checkedOn is the day of --on, at noon in UTC, else now.
func checkedOn(c *cli.Context) (time.Time, error) {
	text := c.String("on")
	if text == "" {
		return time.Now().UTC().Truncate(time.Second), nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return day, usage("write --on 2026-12-05", "--on %q is no date", text)
	}
	return day.Add(12 * time.Hour), nil
}

// answerSheet answers for the bundle, then for the configuration, and says why.
func answerSheet(c *cli.Context, answers []roots.Answer, config *roots.ServerConfig, report *diagnose.Report) *render.Sheet {
	sheet := render.NewSheet(renderOptions(c))
	for _, a := range answers {
		text := a.String()
		if c.String("on") != "" {
			text = strings.Replace(text, "Today, ", "On ", 1)
		}
		switch {
		case a.Today && a.After:
			sheet.Good(text)
		case !a.Today && report.ExitCode != diagnose.ExitOK && configAnswer(report) != "no":
			sheet.Bad(text)
		default:
			sheet.Caution(text)
		}
	}
	if len(answers) > 1 && report.ExitCode != diagnose.ExitOK && answers[1].Today {
		sheet.Fact("note", "where Dialogflow CX alone calls, ask with --product cx")
	}
	if config != nil {
		asked := "Will the server with " + c.String("config") + " let it in? "
		if configAnswer(report) == "no" {
			sheet.Bad(asked + "No.")
		} else {
			sheet.Caution(asked + "Cannot tell.")
			for _, doubt := range config.Doubts {
				sheet.Fact("doubt", doubt)
			}
			sheet.Fact("proof", "a call of your agent, or mutual probe with such a chain; this command reads lines")
		}
	}
	return sheet
}

// writeSheet writes an answer and the report on which it rests, and returns the
// exit code as an error.
func writeSheet(c *cli.Context, sheet *render.Sheet, r *diagnose.Report) error {
	sheet.Report(r)
	if _, err := sheet.WriteTo(c.App.Writer); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	if r.ExitCode != diagnose.ExitOK {
		return exitError{Code: r.ExitCode}
	}
	return nil
}

// configAnswer is what a configuration's lines can tell: that the caller is
// refused, or nothing.
func configAnswer(r *diagnose.Report) string {
	for _, f := range r.Findings {
		if f.Code == cause.VerifyDepthTooSmall && f.Severity == diagnose.Error {
			return "no"
		}
	}
	return "cannot tell"
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

// readServerConfig reads what --config names, of which it may be a pipe; nil
// where nothing is named.
func readServerConfig(c *cli.Context, f *diagnose.PinnedRoots) (*roots.ServerConfig, error) {
	name := c.String("config")
	if name == "" {
		return nil, nil
	}
	file, err := os.Open(name)
	var data []byte
	if err == nil {
		defer file.Close()
		data, err = io.ReadAll(io.LimitReader(file, maxServerConfig+1))
	}
	if err == nil && len(data) > maxServerConfig {
		err = fmt.Errorf("%s has more than %d MiB, and is no configuration file", name, maxServerConfig>>20)
	}
	if err != nil {
		return nil, exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("reading the server's configuration: %w", err)}
	}
	cfg := roots.ReadServerConfig(name, data)
	f.ConfigShown, f.ConfigServer, f.IdentityCheckAt = true, cfg.Server, cfg.IdentityAt
	f.VerifyDepth, f.VerifyDepthAt, f.VerifyDepthSure = cfg.Depth, cfg.DepthAt, cfg.DepthSure
	return &cfg, nil
}
