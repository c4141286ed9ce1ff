package main

import (
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/line"
	"mutual/pki"
)

const issueExample = "mutual issue client build-7 --dir ."

func issueCommand() *cli.Command {
	return &cli.Command{
		Name:      "issue",
		Usage:     "make one more certificate from the CA in a folder",
		ArgsUsage: "server|client NAME...",
		Description: "Each NAME gives NAME-crt.pem and NAME-key.pem. A server's NAME is its host name\n" +
			"or address (or \"server\", the certificate that mutual init made); a client's NAME\n" +
			"is its common name. With --force the certificate and key that are there are\n" +
			"replaced, and stay as NAME-crt.pem.1, NAME-key.pem.1 and so on. The new\n" +
			"certificate has the subject, names, usage, kind of key and length of life of the\n" +
			"old one, but for what is given.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dir", Value: ".", Usage: "`FOLDER` made by mutual init"},
			&cli.StringSliceFlag{Name: "san", Usage: "further `NAME` in the certificate: host, IP, e-mail or URI (repeat for more)"},
			&cli.StringFlag{Name: "subject", Usage: "`\"CN=..,O=..,L=..,emailAddress=..\"` (default CN=NAME)"},
			&cli.IntFlag{Name: "days", Value: 397, Usage: "validity in `DAYS`; never beyond the CA's"},
			&cli.StringFlag{Name: "key-type", Usage: "`p256|p384|p521|ed25519|rsa2048|rsa3072|rsa4096` (default p256)"},
			&cli.StringFlag{Name: "csr", Usage: "signing request in `FILE`: its key, subject and names are taken, and no key is made"},
			&cli.BoolFlag{Name: "force", Usage: "replace a certificate and key that are there"},
		},
		Before: inFormats("text", "json", "junit"), Action: issue,
	}
}

func issue(c *cli.Context) error {
	if err := arguments(c, 2, -1, issueExample); err != nil {
		return err
	}
	purpose := c.Args().First()
	if !oneOf(purpose, string(pki.Server), string(pki.Client)) {
		hint := "for example:\n  " + issueExample
		if near := line.Nearest(purpose, []string{"server", "client"}); near != "" {
			hint = "did you mean " + near + "?"
		}
		return usage(hint, "issue makes a server or a client certificate, not %q", purpose)
	}
	life, err := lifetime(c, "days")
	if err != nil {
		return err
	}
	if !c.IsSet("days") {
		life = 0 // the default, or that of the certificate replaced
	}
	t := pki.KeyType("")
	if c.IsSet("key-type") {
		if t, err = keyType(c); err != nil {
			return err
		}
	}
	_, stop := progress(c, "making keys and certificates")
	set, err := pki.Issue(filepath.Clean(c.String("dir")), pki.IssueOptions{
		Purpose: pki.Purpose(purpose), Names: c.Args().Tail(), SANs: c.StringSlice("san"), Subject: c.String("subject"),
		KeyType: t, Life: life, CSR: c.String("csr"), Force: c.Bool("force"), Pass: passphrase(c), MustUse: passphraseGiven(c), Now: time.Now(),
	})
	stop()
	if err != nil {
		return setError(c, err)
	}
	return printSet(c, set)
}
