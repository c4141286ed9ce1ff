package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/pki"
)

func initCommand() *cli.Command {
	return &cli.Command{
		Name:  "init",
		Usage: "make a CA, a server and a client certificate",
		Description: "Run again it keeps what is sound, makes what is missing, and names what is\n" +
			"broken. The client certificate is client-crt.pem; --client makes further ones.\n" +
			"What --force replaces stays beside the new files, as NAME-crt.pem.1 and so on.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dir", Value: ".", Usage: "`FOLDER` for the files"},
			&cli.StringSliceFlag{Name: "host", Usage: "`NAME|IP` of the server (repeat for more; default localhost, 127.0.0.1, ::1)"},
			&cli.StringSliceFlag{Name: "client", Usage: "`NAME` of a further client (repeat for more)"},
			&cli.StringFlag{Name: "name", Usage: "common `NAME` of the CA (default Mutual demo CA and four digits of its key)"},
			&cli.StringFlag{Name: "key-type", Value: string(pki.P256), Usage: "`p256|p384|p521|ed25519|rsa2048|rsa3072|rsa4096`"},
			&cli.IntFlag{Name: "days", Value: 397, Usage: "validity of server and client certificates, in `DAYS`"},
			&cli.IntFlag{Name: "ca-days", Value: 3650, Usage: "validity of the CA, in `DAYS`"},
			&cli.BoolFlag{Name: "force", Usage: "start anew: replace what is there, the CA too"},
			&cli.BoolFlag{Name: "yes", Usage: "with --force, do not ask before a CA is replaced that has issued certificates"},
		},
		Before: inFormats("text", "json", "junit"), Action: initFolder,
	}
}

func initFolder(c *cli.Context) error {
	if err := arguments(c, 0, 0, "mutual init --dir ."); err != nil {
		return err
	}
	life, err := lifetime(c, "days")
	if err != nil {
		return err
	}
	caLife, err := lifetime(c, "ca-days")
	if err != nil {
		return err
	}
	dir := filepath.Clean(c.String("dir"))
	t := pki.KeyType("")
	if c.IsSet("key-type") {
		if t, err = keyType(c); err != nil {
			return err
		}
	}
	opts := pki.InitOptions{
		Hosts: c.StringSlice("host"), Clients: c.StringSlice("client"), Name: c.String("name"), KeyType: t,
		Life: life, CALife: caLife, Force: c.Bool("force"), Yes: c.Bool("yes"), Pass: passphrase(c), MustUse: passphraseGiven(c), Now: time.Now(),
	}
	work := func() (*pki.Set, error) {
		_, stop := progress(c, "making keys and certificates in "+dir)
		defer stop()
		return pki.Init(dir, opts)
	}
	set, err := work()
	if inUse, ok := errors.AsType[*pki.InUseError](err); ok {
		opts.Yes, err = replaceCA(c, inUse)
		if err == nil {
			set, err = work()
		}
	}
	if err != nil {
		return setError(c, err)
	}
	return printSet(c, set)
}

// replaceCA asks on a terminal whether a CA in use may be replaced. Where
// nobody can be asked, the answer is a command line that says so itself.
func replaceCA(c *cli.Context, inUse *pki.InUseError) (bool, error) {
	what := fmt.Sprintf("%s is a CA that has issued certificates (%s); with another CA they are of no use", inUse.Path, firstOf(inUse.Issued, 4))
	yes, asked, err := confirm(c, what+". Replace it?")
	switch {
	case err != nil:
		return false, err
	case !asked:
		return false, exitError{Code: exitUsage, Err: errors.New(what + "; nothing was changed"), Hint: "another CA goes into a folder of its own; to replace this one all the same:\n  " + typed(c) + " --yes"}
	case !yes:
		return false, exitError{Code: exitUsage, Err: errors.New("nothing was changed")}
	}
	return true, nil
}

// firstOf lists the first few, and counts the others.
func firstOf(list []string, most int) string {
	if more := len(list) - most; more > 0 {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return and(list)
}

// maxDays keeps a date within what certificates and programs of today can hold.
const maxDays = 36500

func lifetime(c *cli.Context, flag string) (time.Duration, error) {
	days := c.Int(flag)
	if days < 1 || days > maxDays {
		return 0, usage("for example: --"+flag+" 397", "--%s must be between 1 and %d, not %d", flag, maxDays, days)
	}
	return time.Duration(days) * 24 * time.Hour, nil
}

func keyType(c *cli.Context) (pki.KeyType, error) {
	got := c.String("key-type")
	t, err := pki.ParseKeyType(got)
	if err != nil {
		var names []string
		for _, known := range pki.KeyTypes() {
			names = append(names, string(known))
		}
		return "", choiceError("key-type", got, names...)
	}
	return t, nil
}
