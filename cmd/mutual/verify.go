package main

import (
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/observe"
	"mutual/pki"
)

const verifyExample = "mutual verify --cacert ca-crt.pem --name localhost server-crt.pem"

func verifyCommand() *cli.Command {
	return &cli.Command{
		Name:      "verify",
		Usage:     "judge a certificate from its files, without a connection",
		ArgsUsage: "FILE",
		Description: "FILE holds the leaf first, and its intermediates where they are in the same file.\n" +
			"Every fault of every certificate is listed, not only the first. Without --cacert\nthe system's trust store decides. TLS libraries differ: each one's verdict is shown,\nand --judge makes one of them the last word.",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "cacert", Usage: "CA certificates to trust, `FILE` or folder (repeat for more)"},
			&cli.StringSliceFlag{Name: "chain", Usage: "intermediates in any order, `FILE` (repeat for more)"},
			&cli.StringFlag{Name: "name", Usage: "`NAME` or address that a server's certificate has to be for"},
			&cli.StringFlag{Name: "purpose", Usage: "`server|client`: as whose certificate (default: what it is made for)"},
			&cli.StringFlag{Name: "time", Usage: "judge by this `TIME` (2027-01-31 or 2027-01-31T12:00:00Z) instead of now"},
			&cli.StringSliceFlag{Name: "crl", Usage: "revocation list, `FILE` (repeat for more)"},
			judgeFlag(), levelFlag(), quietFlag(),
		},
		Action: verify,
	}
}

func verify(c *cli.Context) error {
	if err := arguments(c, 1, 1, verifyExample); err != nil {
		return err
	}
	facts, err := verifyFacts(c, c.Args().First())
	if err != nil {
		return err
	}
	report := diagnose.Examine(facts)
	if outputFormat(c) != "text" {
		return printReport(c, report)
	}
	if err := render.Verification(c.App.Writer, report, renderOptions(c)); err != nil {
		return err
	}
	if report.ExitCode != diagnose.ExitOK {
		return exitError{Code: report.ExitCode}
	}
	return nil
}

// verifyFacts loads what the flags name.
func verifyFacts(c *cli.Context, file string) (*diagnose.Facts, error) {
	now, err := timeFlag(c.String("time"))
	if err != nil {
		return nil, err
	}
	purpose := diagnose.Side(c.String("purpose"))
	if purpose != "" && purpose != diagnose.ServerSide && purpose != diagnose.ClientSide {
		return nil, choiceError("purpose", string(purpose), "server", "client")
	}
	name, err := asciiName("--name", c.String("name"))
	if err != nil {
		return nil, err
	}
	switch {
	case name != "" && purpose == diagnose.ClientSide:
		return nil, usage("leave out --name, or write --purpose server", "--name is compared with a server's certificate, and --purpose is client")
	case name != "":
		purpose = diagnose.ServerSide
	}
	judge, level, err := judgeFlags(c)
	if err != nil {
		return nil, err
	}
	facts := &diagnose.Facts{
		Judge: judge, Level: level,
		Command: "verify", Time: now, View: diagnose.SeenInFiles, Purpose: purpose,
		Target: diagnose.Target{ServerName: strings.Trim(name, "[]")},
		Given:  diagnose.Given{CACert: c.StringSlice("cacert"), Cert: file},
	}
	loaded := pki.Load(file, pki.RoleCert, passphrase(c))
	observe.NoteProblems(loaded.Problems, "input", facts)
	facts.Identity = observe.Certificates(loaded.Certs)
	for _, path := range c.StringSlice("chain") {
		chain := pki.Load(path, pki.RoleCert, passphrase(c))
		observe.NoteProblems(chain.Problems, "chain", facts)
		facts.Identity = append(facts.Identity, observe.Certificates(chain.Certs)...)
	}
	facts.Trust = observe.OpenTrust(c.StringSlice("cacert"), "trust store", passphrase(c), facts)
	if facts.Trust.Source == "system" {
		facts.Trust = observe.SystemTrust(facts.Identity, now)
	}
	observe.LoadCRLs(c.StringSlice("crl"), facts)
	paths := slices.Concat(c.StringSlice("cacert"), c.StringSlice("chain"), []string{file})
	observe.NoteBeside(facts, paths...)
	facts.Known = observe.Certificates(pki.Neighbours(paths...))
	return facts, nil
}

// timeFlag reads a point in time; the empty string is now. A day without a
// time is its start in UTC.
func timeFlag(s string) (time.Time, error) {
	if s == "" {
		return time.Now().UTC().Truncate(time.Second), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, usage("write --time 2027-01-31 or --time 2027-01-31T12:00:00Z", "--time %q is no point in time", s)
}

// judgeFlag and levelFlag say who has the last word about a chain.
func judgeFlag() cli.Flag {
	return &cli.StringFlag{Name: "judge", Usage: "`openssl|strict|go|java`: whose verdict on the chain counts; strict is Python 3.13's"}
}

func levelFlag() cli.Flag {
	return &cli.IntFlag{Name: "level", Usage: "OpenSSL's security level, `0-5`; 0 is its own, which is 1; Debian and Ubuntu have 2"}
}

func judgeFlags(c *cli.Context) (cause.Verifier, int, error) {
	judge, level := c.String("judge"), c.Int("level")
	if judge != "" && !slices.Contains(diagnose.Verifiers(), judge) {
		return "", 0, choiceError("judge", judge, diagnose.Verifiers()...)
	}
	if level < 0 || level > 5 {
		return "", 0, usage("write --level 0 to --level 5", "--level %d is no security level of OpenSSL", level)
	}
	return cause.Verifier(judge), level, nil
}
