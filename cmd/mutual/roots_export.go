package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/pki"
	"mutual/pki/roots"
)

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
	switch program := outputFormat(c); {
	case program == "json":
		format = "json"
	case program != "text":
		return "", choiceError("format", program, "pem", "pkcs12", "json")
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
