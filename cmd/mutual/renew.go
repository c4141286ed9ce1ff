package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/pki"
)

func renewCommand() *cli.Command {
	return &cli.Command{
		Name:      "renew",
		Usage:     "issue anew what is due, and show that the server has loaded it",
		ArgsUsage: "[NAME...]",
		Description: "Without NAME everything that is due is renewed: same subject, names, usage, kind of\n" +
			"key and length of life, with a new key. All of it or nothing is written, and the\n" +
			"old files stay as NAME-crt.pem.1, NAME-key.pem.1 and so on. With --target it ends\n" +
			"with 15 unless that server presents the new certificate, or accepts the new client.\n" +
			"For a timer, such as cron's:\n" +
			"  17 4 * * *  mutual renew --dir /etc/mtls --exec 'nginx -s reload' --target localhost:443",
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "dir", Value: ".", Usage: "`FOLDER` made by mutual init"},
			dueFlag(),
			&cli.BoolFlag{Name: "reuse-key", Usage: "keep the keys"},
		}, proofFlags()...),
		Before: inFormats("text", "json", "junit"), Action: renew,
	}
}

func renew(c *cli.Context) error {
	due, err := dueBy(c)
	if err != nil {
		return err
	}
	if err := checkTargets(c); err != nil {
		return err
	}
	dir := filepath.Clean(c.String("dir"))
	step, stop := progress(c, "renewing")
	defer stop()
	done, err := pki.Renew(dir, pki.RenewOptions{Names: c.Args().Slice(), Due: due, ReuseKey: c.Bool("reuse-key"), Pass: passphrase(c), MustUse: passphraseGiven(c), Now: time.Now()})
	if err != nil {
		stop()
		return setError(c, err)
	}
	result := setResult{Set: &done.Set, Next: done.Next}
	if done.Count(pki.Made) > 0 && done.Err() == nil {
		result.took(runExec(c))
		w := &witness{c: c, dir: dir, deadline: time.Now().Add(c.Duration("timeout")), step: step}
		for _, target := range c.StringSlice("target") {
			result.Proofs = append(result.Proofs, w.renewed(target, &done.Set)...)
		}
	}
	stop()
	if err := c.Context.Err(); err != nil {
		return err
	}
	return result.print(c)
}

// renewed shows on target that the new certificates are in use.
func (w *witness) renewed(target string, set *pki.Set) (proofs []proof) {
	for _, f := range set.Files {
		switch name, isCert := strings.CutSuffix(f.Name, "-crt.pem"); {
		case !isCert || f.State != pki.Made:
		case strings.HasPrefix(f.What, "client"):
			proofs = append(proofs, w.clientAccepted(target, name))
		default:
			proofs = append(proofs, w.serverShows(target, f.Name, f.Cert))
		}
	}
	return proofs
}

// nothingDue says when the next certificate ends.
func nothingDue(next *pki.Held, dir string) string {
	if next == nil {
		return "Nothing is due: no certificate in " + dir + " is in use."
	}
	return fmt.Sprintf("Nothing is due in %s. The next to end is %s, on %s.", dir, heldName(next), endOf(next.NotAfter))
}

// proofText is what the targets showed, for people.
func proofText(c *cli.Context, proofs []proof) string {
	sheet := render.NewSheet(renderOptions(c))
	for _, p := range proofs {
		sheet.Blank()
		if p.Proven {
			sheet.Good(p.Says)
			continue
		}
		if p.Code != "" && p.report == nil {
			sheet.Fault(p.Says, string(p.Code))
		} else {
			sheet.Bad(p.Says)
		}
		sheet.Fix(p.fix)
		if p.report != nil {
			sheet.Report(p.report)
		}
	}
	var b strings.Builder
	sheet.WriteTo(&b) // never fails
	return b.String()
}

// exitOf is 15 where something is not proven.
func exitOf(proofs []proof) int {
	for _, p := range proofs {
		if !p.Proven {
			return diagnose.ExitAudit
		}
	}
	return diagnose.ExitOK
}
