package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/line"
	"mutual/diagnose"
	"mutual/diagnose/setup"
	"mutual/pki"
)

const configExample = "mutual config nginx --dir ."

func configCommand() *cli.Command {
	return &cli.Command{
		Name:      "config",
		Usage:     "write a server's or client's whole configuration for mutual TLS",
		ArgsUsage: "[STACK]",
		Description: "Without STACK the programs are listed. With it, the smallest complete configuration\n" +
			"is printed: your files in it, how to check, start and test it, and where it logs whom\n" +
			"it refused. Each says whether it ran against the real program, or its documentation.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "role", Usage: "`server|client`, where a program can be both (default: server)"},
			&cli.StringFlag{Name: "dir", Usage: "`FOLDER` made by mutual init"},
			&cli.StringFlag{Name: "cert", Usage: "certificate `FILE`, leaf first (PEM)"},
			&cli.StringFlag{Name: "key", Usage: "its private key `FILE` (PEM)"},
			&cli.StringFlag{Name: "client-ca", Usage: "a server verifies clients with `FILE`"},
			&cli.StringFlag{Name: "cacert", Usage: "a client verifies the server with `FILE`"},
			&cli.StringFlag{Name: "crl", Usage: "revoked clients are in `FILE`"},
			&cli.StringFlag{Name: "host", Value: "localhost", Usage: "`NAME` of the server, as clients call it"},
			&cli.IntFlag{Name: "port", Usage: "`PORT` of the server (default: the program's usual one)"},
			&cli.StringSliceFlag{Name: "allow-cn", Usage: "let only this common `NAME` in (repeatable)"},
			&cli.StringFlag{Name: "out", Usage: "write it to `FILE`, or to a folder where it is several; nothing is overwritten"},
		},
		Before: inFormats("text", "json"), Action: config,
	}
}

func config(c *cli.Context) error {
	if err := arguments(c, 0, 1, configExample); err != nil {
		return err
	}
	if r := c.String("role"); r != "" && !oneOf(r, string(setup.Server), string(setup.Client)) {
		return choiceError("role", r, string(setup.Server), string(setup.Client))
	}
	if c.NArg() == 0 {
		return listStacks(c)
	}
	stack, ok := setup.Find(c.Args().First(), setup.Role(c.String("role")))
	if !ok {
		return unknownStack(c)
	}
	values, placeholders, err := configValues(c, stack)
	if err != nil {
		return err
	}
	filled, err := stack.Fill(values)
	if err != nil {
		return usage("", "%w", err)
	}
	if c.String("out") == "" {
		return printConfig(c, stack, filled, placeholders)
	}
	if placeholders {
		return usage("for example:\n  "+configExample+" --out <new-file>", "--out writes what runs: give --dir, or the files")
	}
	if err := writeConfig(c, stack, values, filled); err != nil {
		return err
	}
	return printConfig(c, stack, filled, false)
}

func unknownStack(c *cli.Context) error {
	name, role := c.Args().First(), c.String("role")
	if other, ok := setup.Find(name, ""); ok {
		return usage("for example:\n  mutual config "+name+" --role "+string(other.Role), "%s is known as a %s only", name, other.Role)
	}
	var names []string
	for _, s := range setup.Stacks() {
		if role == "" || string(s.Role) == role {
			names = append(names, s.Name)
		}
	}
	hint := "mutual config lists what there is"
	if near := line.Nearest(name, names); near != "" {
		hint = "did you mean\n  mutual config " + near
	}
	return usage(hint, "there is no configuration for %q", name)
}

// configValues are the files that were given, each of which is there, or
// placeholders where none was.
func configValues(c *cli.Context, stack setup.Stack) (v setup.Values, placeholders bool, err error) {
	v = setup.Values{Host: c.String("host"), Port: stack.Port, AllowCN: c.StringSlice("allow-cn")}
	if len(v.AllowCN) == 0 {
		v.AllowCN = nil
	}
	if c.IsSet("port") {
		if v.Port = c.Int("port"); v.Port < 1 || v.Port > 65535 {
			return v, false, usage("", "--port is a number from 1 to 65535, not %d", v.Port)
		}
	}
	if host := v.Host; host == "" || strings.ContainsAny(host, " \t\"'\\/{};$#<>") {
		return v, false, usage("", "--host %q is no host name", host)
	}
	ca, other := "client-ca", "cacert"
	if stack.Role == setup.Client {
		ca, other = other, ca
	}
	if c.String(other) != "" {
		return v, false, usage("write --"+ca, "--%s is not for a %s", other, stack.Role)
	}
	dir := c.String("dir")
	if dir != "" {
		if v.From, err = filepath.Abs(dir); err != nil {
			return v, false, err
		}
	}
	files := []struct {
		flag, name string
		to         *string
	}{{"cert", string(stack.Role) + "-crt.pem", &v.Cert}, {"key", string(stack.Role) + "-key.pem", &v.Key}, {ca, "ca-crt.pem", &v.CA}, {"crl", "", &v.CRL}}
	for _, f := range files {
		path := c.String(f.flag)
		switch {
		case path == "" && f.name == "":
			continue
		case path == "" && dir != "":
			path = filepath.Join(dir, f.name)
		case path == "":
			placeholders, *f.to = true, "<"+f.name+">"
			continue
		}
		if *f.to, err = existing(path); err != nil {
			return v, false, err
		}
	}
	v.Dir, err = filepath.Abs(outFolder(c, stack))
	switch {
	case err != nil:
		return v, false, err
	case c.String("out") != "":
		if !several(stack) {
			v.File = filepath.Base(c.String("out"))
		}
		v.Joined = filepath.Join(v.Dir, stack.Joined)
	case strings.HasPrefix(v.Cert, "<"):
		v.Joined, v.Dir = "<"+stack.Joined+">", "<folder>"
	default:
		v.Joined = filepath.Join(filepath.Dir(v.Cert), stack.Joined)
		v.Dir = "<folder>"
	}
	return v, placeholders, nil
}

// existing is the absolute path of a file that is there.
func existing(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(abs)
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder, not a file", path)
	}
	if err != nil {
		return "", exitError{Code: diagnose.ExitFiles, Err: err, Hint: "mutual init makes a CA, a server's and a client's certificate"}
	}
	return abs, nil
}

// several: the configuration is more than one file, and --out a folder.
func several(stack setup.Stack) bool { return len(stack.Files) > 1 || stack.Joined != "" }

func outFolder(c *cli.Context, stack setup.Stack) string {
	out := c.String("out")
	if several(stack) {
		return out
	}
	return filepath.Dir(out)
}

// writeConfig writes new files only, those with a key in them 0600.
func writeConfig(c *cli.Context, stack setup.Stack, v setup.Values, filled *setup.Filled) error {
	if err := os.MkdirAll(v.Dir, 0o755); err != nil {
		return exitError{Code: exitFault, Err: fmt.Errorf("making the folder: %w", err)}
	}
	var files []pki.Out
	for _, f := range filled.Files {
		name := f.Name
		if !several(stack) {
			name = filepath.Base(c.String("out"))
		}
		files = append(files, pki.Out{Name: name, Data: []byte(f.Text)})
	}
	if stack.Joined != "" {
		var joined []byte
		for _, path := range []string{v.Cert, v.Key} {
			data, err := os.ReadFile(path)
			if err != nil {
				return exitError{Code: diagnose.ExitFiles, Err: err}
			}
			joined = append(append(joined, data...), '\n')
		}
		files = append(files, pki.Out{Name: stack.Joined, Data: joined, Key: true})
		filled.Needs = filled.Needs[1:] // it is made here
	}
	err := pki.WriteSet(v.Dir, files, false)
	switch {
	case isExists(err):
		return exitError{Code: exitUsage, Err: err, Hint: "write elsewhere with --out"}
	case err != nil:
		return exitError{Code: exitFault, Err: fmt.Errorf("writing %s: %w", v.Dir, err)}
	}
	for _, f := range files {
		fmt.Fprintf(c.App.ErrWriter, "wrote %s\n", filepath.Join(v.Dir, f.Name))
	}
	return nil
}
