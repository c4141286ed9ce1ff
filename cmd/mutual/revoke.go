package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/pki"
)

// revokeSchema names the form in which revoke writes JSON.
const revokeSchema = "mutual.revoke/1"

func revokeCommand() *cli.Command {
	return &cli.Command{
		Name:      "revoke",
		Usage:     "shut a certificate out, and show that the server refuses it",
		ArgsUsage: "[NAME|FILE|SERIAL]",
		Description: "Writes ca-crl.pem, the full list of what the folder's CA has revoked, for servers to\n" +
			"read. A NAME stands for the certificate of that name and those that had it before.\n" +
			"Without one the list is made anew: servers refuse everybody by a list that has\n" +
			"ended, so have a timer do it. With --target it connects as the revoked client and\n" +
			"as another, and ends with 15 unless exactly the first is refused.",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "dir", Value: ".", Usage: "`FOLDER` made by mutual init"},
			&cli.StringFlag{Name: "reason", Usage: "`" + strings.Join(pki.RevocationReasons(), "|") + "`"},
			&cli.StringFlag{Name: "crl-days", Value: "30", Usage: "until when the list is good, in `DAYS`"},
			&cli.StringFlag{Name: "good", Usage: "`NAME` of the client that has to get in (default: client, or another that is valid)"},
		}, proofFlags()...),
		Before: inFormats("text", "json"), Action: revoke,
	}
}

func revoke(c *cli.Context) error {
	if err := arguments(c, 0, 1, "mutual revoke client --dir ."); err != nil {
		return err
	}
	life, err := parseLife(c.String("crl-days") + "d")
	if err != nil {
		return usage("for example: --crl-days 30", "--crl-days %s: expected a number of days of at most %d", c.String("crl-days"), maxDays)
	}
	if reason := c.String("reason"); reason != "" && !slices.Contains(pki.RevocationReasons(), reason) {
		return choiceError("reason", reason, pki.RevocationReasons()...)
	}
	if err := checkTargets(c); err != nil {
		return err
	}
	dir := filepath.Clean(c.String("dir"))
	step, stop := progress(c, "revoking")
	defer stop()
	w := &witness{c: c, dir: dir, deadline: time.Now().Add(c.Duration("timeout")), step: step}
	cases, err := w.shutOuts(c.Args().First())
	if err != nil {
		return err
	}
	done, err := pki.Revoke(dir, pki.RevokeOptions{What: c.Args().First(), Reason: c.String("reason"), ListFor: life, Pass: passphrase(c), MustUse: passphraseGiven(c), Now: time.Now()})
	if err != nil {
		return revokeError(c, err)
	}
	r := revokeResult{Revocation: done}
	if done.Err() == nil {
		if err := runExec(c); err != nil {
			r.exec = err.Error()
		}
		w.deadline = time.Now().Add(c.Duration("timeout"))
		for _, s := range cases {
			r.proofs = append(r.proofs, w.shutOut(s))
		}
	}
	stop()
	if err := c.Context.Err(); err != nil {
		return err
	}
	return r.print(c)
}

// revokeError gives an error of pki.Revoke its exit code.
func revokeError(c *cli.Context, err error) error {
	var usage *pki.UsageError
	var files *pki.ProblemError
	switch {
	case errors.As(err, &usage):
		return exitError{Code: exitUsage, Err: err}
	case errors.As(err, &files):
		return exitError{Code: problemExit(files), Err: err}
	}
	return exitError{Code: exitFault, Err: err}
}

// revokeResult is what revoke did, and what targets showed then.
type revokeResult struct {
	*pki.Revocation
	exec   string
	proofs []proof
}

func (r revokeResult) exitCode() int {
	return (&setResult{Set: &r.Set, Exec: r.exec, Proofs: r.proofs}).exitCode()
}

func (r revokeResult) print(c *cli.Context) error {
	code := r.exitCode()
	var err error
	if outputFormat(c) == "json" {
		err = render.JSONValue(c.App.Writer, r.json(code))
	} else {
		err = r.text(c)
	}
	if err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	if r.exec != "" && outputFormat(c) == "text" {
		return exitError{Code: code, Err: errors.New(r.exec)}
	}
	if code != diagnose.ExitOK {
		return exitError{Code: code}
	}
	return nil
}

func (r revokeResult) text(c *cli.Context) error {
	if len(r.Problems) > 0 {
		return r.problems(c)
	}
	sheet := render.NewSheet(renderOptions(c))
	proofs := proofText(c, r.proofs)
	switch {
	case len(r.Revoked) > 0:
		sheet.Good(fmt.Sprintf("Revoked %s.", and(revokedNames(r.Revoked))))
	case len(r.Before) > 0:
		sheet.Note(fmt.Sprintf("Revoked before: %s. The list is made anew.", and(revokedNames(r.Before))))
	default:
		sheet.Good("The list is made anew. Nothing was revoked now.")
	}
	sheet.Fact("list", fmt.Sprintf("%s, number %s: %s revoked by %s; good until %s",
		filepath.Join(r.Dir, r.List.File), r.List.Number, countOf(r.List.Entries, "certificate"), r.List.Issuer, endOf(r.List.NextUpdate)))
	if len(r.proofs) == 0 && len(r.Revoked) > 0 {
		sheet.Fact("next", "A server refuses it once it has read the list: give it the file and have it load it anew. --target HOST:PORT shows whether it does.")
	}
	if exitOf(r.proofs) != diagnose.ExitOK {
		fmt.Fprintln(c.App.Writer, proofs)
		proofs = ""
	} else if proofs != "" {
		proofs = "\n" + proofs
	}
	if _, err := sheet.WriteTo(c.App.Writer); err != nil {
		return err
	}
	_, err := fmt.Fprint(c.App.Writer, proofs)
	return err
}

// problems says why the CA of the folder cannot revoke.
func (r revokeResult) problems(c *cli.Context) error {
	_, err := fmt.Fprint(c.App.Writer, setText(c, &r.Set, nil))
	return err
}

// revokedNames are certificates as a sentence has them.
func revokedNames(list []pki.Held) (names []string) {
	for i := range list {
		names = append(names, fmt.Sprintf("%s (%s, serial number %s)", heldName(&list[i]), list[i].Subject, list[i].Serial.Text(16)))
	}
	return names
}

func (r revokeResult) json(code int) any {
	type cert struct {
		File    string    `json:"file,omitempty"`
		Subject string    `json:"subject"`
		Serial  string    `json:"serial"`
		Revoked time.Time `json:"revoked"`
		Reason  string    `json:"reason,omitempty"`
	}
	certs := func(list []pki.Held) []cert {
		out := []cert{}
		for _, h := range list {
			out = append(out, cert{h.File, h.Subject, h.Serial.Text(16), h.Revoked.UTC(), h.Reason})
		}
		return out
	}
	var list *listedCRL
	if r.List.Number != nil {
		list = &listedCRL{File: r.List.File, Issuer: r.List.Issuer, Number: r.List.Number.String(), Entries: r.List.Entries, NextUpdate: r.List.NextUpdate.UTC()}
	}
	return struct {
		Schema   string        `json:"schema"`
		Command  string        `json:"command"`
		ExitCode int           `json:"exit_code"`
		Dir      string        `json:"dir"`
		Revoked  []cert        `json:"revoked"`
		Before   []cert        `json:"revoked_before"`
		List     *listedCRL    `json:"list,omitempty"`
		Problems []pki.Problem `json:"problems"`
		Exec     string        `json:"exec_failed,omitempty"`
		Proofs   []proof       `json:"proofs,omitempty"`
	}{revokeSchema, "revoke", code, r.Dir, certs(r.Revoked), certs(r.Before), list, append([]pki.Problem{}, r.Problems...), r.exec, r.proofs}
}
