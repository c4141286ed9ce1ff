package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/line"
	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/phrase"
)

// maxExplained bounds what is read from standard input.
const maxExplained = 256 << 20

func explainCommand() *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "say what an error text of any program, or a code, means",
		ArgsUsage: "[CODE | TEXT | -]",
		Description: "TEXT is an error as curl, nginx, Java or any other program prints it, or a whole\n" +
			"log; - reads it from the standard input. CODE is one of mutual's own; without an\nargument they are listed.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "facts", Usage: "judge again what was saved in `FILE` (by probe --save-facts, or as a report)"},
		},
		Before: inFormats("text", "json", "junit", "github"), Action: explain,
	}
}

func explain(c *cli.Context) error {
	if file := c.String("facts"); file != "" {
		if c.NArg() > 0 {
			return usage("for example:\n  mutual explain --facts "+file, "--facts stands alone, and here is %q besides", c.Args().First())
		}
		return explainFacts(c, file)
	}
	switch text := strings.Join(c.Args().Slice(), " "); {
	case c.NArg() == 0:
		return listCodes(c)
	case text == "-":
		data, err := io.ReadAll(io.LimitReader(c.App.Reader, maxExplained))
		if err != nil {
			return fmt.Errorf("reading the text: %w", err)
		}
		return explainText(c, string(data))
	default:
		if page, ok := codePage(diagnose.Code(strings.TrimSpace(text))); ok {
			return printCode(c, page)
		}
		return explainText(c, text)
	}
}

// explainFacts judges saved facts as if they had just been seen.
func explainFacts(c *cli.Context, file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("reading the saved facts: %w", err)}
	}
	facts, err := diagnose.ParseFacts(data)
	if err != nil {
		return exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("%s: %w", file, err), Hint: "facts are saved by mutual probe --save-facts FILE, or are in any report (--json)"}
	}
	return printReport(c, diagnose.Examine(facts))
}

var codeShape = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)

func explainText(c *cli.Context, text string) error {
	found := phrase.Explain(text)
	if !found.Recognised && codeShape.MatchString(text) {
		hint := "mutual explain lists all codes"
		if near := line.Nearest(text, codeNames()); near != "" {
			hint = "did you mean\n  mutual explain " + near
		}
		return usage(hint, "there is no code %s, and no known error is called so", text)
	}
	e := explanation(found)
	var err error
	switch outputFormat(c) {
	case "json":
		err = render.ExplanationJSON(c.App.Writer, e)
	case "junit":
		err = render.JUnit(c.App.Writer, e.Report)
	case "github":
		err = render.GitHub(c.App.Writer, e.Report)
	default:
		err = render.ExplanationText(c.App.Writer, e, renderOptions(c))
	}
	if err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	if e.ExitCode != diagnose.ExitOK {
		return exitError{Code: e.ExitCode}
	}
	return nil
}

// explanation puts what was found into the terms of a report: a finding for
// each error, with the runners-up as its candidates.
func explanation(found *phrase.Result) *render.Explanation {
	report := &diagnose.Report{Schema: diagnose.Schema, Verdict: diagnose.Explained,
		Facts: diagnose.Facts{Command: "explain", Time: time.Now().UTC().Truncate(time.Second)}}
	if !found.Recognised {
		report.Verdict, report.ExitCode = diagnose.Unexplained, diagnose.ExitUnexplained
	}
	e := &render.Explanation{Report: report}
	for i, m := range found.Errors {
		e.Said = append(e.Said, said(m))
		report.Findings = append(report.Findings, finding(m, i))
	}
	for _, m := range found.Nearest {
		e.Nearest = append(e.Nearest, said(m))
	}
	return e
}

func said(m phrase.Match) render.Said {
	s := render.Said{Text: m.Text, Line: m.Line, Count: m.Count, Stack: m.Stack, Speaker: m.Speaker.String(), Alert: m.Alert, Means: m.Means, Unwrapped: m.Inner}
	if m.Alert != nil {
		s.AlertName = phrase.AlertName(*m.Alert)
	}
	for _, candidate := range m.Codes {
		s.Candidates = append(s.Candidates, render.Suspect{Code: candidate.Code, Title: title(diagnose.Code(candidate.Code), m), Settle: candidate.TellApart})
	}
	return s
}

func finding(m phrase.Match, i int) diagnose.Finding {
	code := diagnose.Code(m.Codes[0].Code)
	f := diagnose.Finding{Code: code, Severity: diagnose.Error, Basis: diagnose.Inferred, Title: m.Means, Explanation: m.Means, Settle: m.Codes[0].TellApart,
		Evidence: []diagnose.Evidence{{Fact: fmt.Sprintf("said.%d.text", i), Got: m.Text}}, Explains: m.Inner}
	if rule, ok := diagnose.RuleSeen(code, viewOf(m.Speaker)); ok {
		g := rule.Told(m.Form, m.Details)
		f.Stage, f.Side, f.Title, f.Explanation, f.Fix, f.Refs = g.Stage, g.Side, g.Title, m.Means+" "+g.Why, g.Fix, g.Refs
		if code == cause.CertExpiringSoon { // announced, not met
			f.Severity = g.Severity
		}
	}
	for _, candidate := range m.Codes[1:] {
		f.Candidates = append(f.Candidates, diagnose.Code(candidate.Code))
	}
	return f
}

// viewOf is with whose eyes the speaker sees the connection.
func viewOf(s phrase.Speaker) diagnose.View {
	if s == phrase.ServerAboutClient || s == phrase.ServerQuotesClient {
		return diagnose.SeenByServer
	}
	return diagnose.SeenByClient
}

func title(code diagnose.Code, m phrase.Match) string {
	if rule, ok := diagnose.RuleSeen(code, viewOf(m.Speaker)); ok {
		return rule.Told("", m.Details).Title
	}
	return string(code)
}
