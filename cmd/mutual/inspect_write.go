package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/pki"
)

// writePEM writes what one file holds into a new one, as all programs read it.
func writePEM(c *cli.Context) error {
	out := c.String("write-pem")
	if c.NArg() != 1 || c.Args().First() == "-" {
		return usage("for example:\n  mutual inspect client.pem --write-pem client-new.pem", "--write-pem takes one FILE to read, not %d", c.NArg())
	}
	if err := inFormats("text")(c); err != nil {
		return err
	}
	path := c.Args().First()
	clean, err := pki.CleanFile(path, out, passphrase(c))
	var exists *pki.ExistsError
	var problem *pki.ProblemError
	switch {
	case errors.As(err, &exists):
		return exitError{Code: diagnose.ExitFiles, Err: err, Hint: "it is not overwritten: give --write-pem another name"}
	case errors.As(err, &problem):
		return exitError{Code: problemExit(problem), Err: err}
	case err != nil:
		return exitError{Code: diagnose.ExitFiles, Err: err, Hint: "mutual inspect " + diagnose.ShellFile(path) + " says what is wrong with it"}
	}
	var parts []string
	count := func(n int, what string) {
		if n == 1 {
			parts = append(parts, "1 "+what)
		} else if n > 1 {
			parts = append(parts, fmt.Sprintf("%d %ss", n, what))
		}
	}
	count(clean.Certificates, "certificate")
	count(clean.Keys, "private key")
	count(clean.Others, "other block")
	text := fmt.Sprintf("wrote %s: %s", render.Escape(out), strings.Join(parts, ", "))
	if clean.Ordered {
		text += "; the leaf now stands first, each certificate before its issuer"
	}
	if clean.Keys > 0 {
		text += "; readable by you alone"
	}
	_, err = fmt.Fprintln(c.App.Writer, text)
	return err
}
