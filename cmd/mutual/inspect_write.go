package main

import (
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/pki"
)

// writePEM writes what the files hold into one new PEM file, whatever their
// forms. Nothing is overwritten, and a private key is readable by its owner
// alone from the first byte on.
func writePEM(c *cli.Context, to string) error {
	var all []*pki.Contents
	for _, arg := range c.Args().Slice() {
		contents, err := inspectFiles(c, arg)
		if err != nil {
			return err
		}
		all = append(all, contents...)
	}
	text, secret, err := pki.EncodePEM(all...)
	if err != nil {
		return exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("%s is not written: %w", to, err)}
	}
	if err := pki.WriteFile(to, text, secret, false); err != nil {
		if exists, ok := errors.AsType[*pki.ExistsError](err); ok {
			return exitError{Code: diagnose.ExitFiles, Err: exists}
		}
		return err
	}
	certs := 0
	for _, item := range pki.InspectData(to, text, nil).Items {
		if item.Kind == pki.KindCertificate {
			certs++
		}
	}
	words := plural(certs, "certificate")
	if secret {
		words += " and a private key, readable by you alone"
	}
	fmt.Fprintf(c.App.Writer, "%s  %s\n", render.Escape(to), words)
	return nil
}
