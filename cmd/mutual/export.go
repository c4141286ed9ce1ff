package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/observe"
	"mutual/pki"
)

const exportExample = "mutual export client --for dialogflow-cx"

// exportTarget is what a certificate can be handed to: one row each.
type exportTarget struct {
	name string // as --for takes it
	what string // in a few words
	// make checks what there is for this target, and makes its files. Nothing
	// has been written. What is not good enough is an error, or a report.
	make func(c *cli.Context, in *exportInput) (*exported, error)
}

func exportTargets() []exportTarget {
	return []exportTarget{
		{"dialogflow-cx", "an agent of Dialogflow CX: it presents this and trusts your CA", exportDialogflowCX},
	}
}

// exportInput is a certificate of a folder, its key, and the CAs.
type exportInput struct {
	Name, Dir, Out        string
	CertPath, KeyPath, CA string
	Pair                  *pki.Pair
	Trust                 *diagnose.Trust // of CA
	EncryptedKey          bool
	Now                   time.Time
}

// exported is what an export makes: files, and what to do with them.
type exported struct {
	Files []pki.Out
	Head  string
	Steps []exportStep
}

// exportStep is a sentence, and the lines to type after it.
type exportStep struct {
	Say  string   `json:"say"`
	Type []string `json:"type,omitempty"`
}

func exportCommand() *cli.Command {
	var names, table []string
	for _, t := range exportTargets() {
		names = append(names, t.name)
		table = append(table, fmt.Sprintf("  %-14s %s", t.name, t.what))
	}
	return &cli.Command{
		Name:      "export",
		Usage:     "hand a certificate to another program or service, in the form that it takes",
		ArgsUsage: "NAME",
		Description: "NAME is a certificate of the folder, NAME-crt.pem with NAME-key.pem. Whether it is\ngood for the target is checked first; no file that is there is overwritten. Targets:\n\n" +
			strings.Join(table, "\n"),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "for", Usage: "what it is for: `" + strings.Join(names, "|") + "`"},
			&cli.StringFlag{Name: "dir", Value: ".", Usage: "`FOLDER` made by mutual init"},
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` or file to write (default: the target's name, in --dir)"},
			&cli.StringFlag{Name: "host", Usage: "host `NAME` in the webhook's URL (default: that of server-crt.pem)"},
			&cli.BoolFlag{Name: "force", Usage: "replace files that are there"},
		},
		Before: inFormats("text", "json"), Action: export,
	}
}

func export(c *cli.Context) error {
	if err := arguments(c, 1, 1, exportExample); err != nil {
		return err
	}
	var names []string
	for _, t := range exportTargets() {
		if names = append(names, t.name); t.name != c.String("for") {
			continue
		}
		in, err := exportFiles(c, t.name)
		if err != nil {
			return err
		}
		out, err := t.make(c, in)
		if err != nil {
			return err
		}
		return writeExport(c, t.name, in, out)
	}
	if c.String("for") == "" {
		return usage("for example:\n  "+exportExample, "mutual export needs --for: %s", strings.Join(names, ", "))
	}
	return choiceError("for", c.String("for"), names...)
}

// exportFiles loads the certificate, its key and the folder's CAs.
func exportFiles(c *cli.Context, target string) (*exportInput, error) {
	name, dir := c.Args().First(), filepath.Clean(c.String("dir"))
	if name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return nil, usage("for example:\n  "+exportExample, "%q is no certificate's name: with --dir FOLDER it is NAME of NAME-crt.pem", name)
	}
	in := &exportInput{Name: name, Dir: dir, Out: cmp.Or(c.String("out"), filepath.Join(dir, target)), Now: time.Now().UTC(),
		CertPath: filepath.Join(dir, name+"-crt.pem"), KeyPath: filepath.Join(dir, name+"-key.pem"), CA: filepath.Join(dir, "ca-crt.pem")}
	in.Pair = pki.LoadPair(in.CertPath, in.KeyPath, passphrase(c))
	if err := in.Pair.Err(); err != nil {
		return nil, serveError(c, err)
	}
	key, err := os.ReadFile(in.KeyPath)
	if err != nil {
		return nil, exitError{Code: diagnose.ExitFiles, Err: err}
	}
	in.EncryptedKey = strings.Contains(string(key), "ENCRYPTED")
	if !strings.Contains(string(key), "-----BEGIN ") {
		return nil, exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("%s: the key is not in PEM form", in.KeyPath)}
	}
	clear(key)
	store := pki.LoadTrust(in.CA)
	if err := store.Err(); err != nil {
		return nil, serveError(c, err)
	}
	in.Trust = &diagnose.Trust{Source: "files", Files: []string{in.CA}, Anchors: observe.Certificates(store.Certs), Count: len(store.Certs)}
	return in, nil
}

// refuseUnsound ends an export with the report where the rules find a fault.
func refuseUnsound(c *cli.Context, facts *diagnose.Facts) error {
	report := diagnose.Examine(facts)
	if report.RootCause() != nil {
		if err := printReport(c, report); err != nil {
			return err
		}
		return exitError{Code: report.ExitCode}
	}
	for _, f := range report.Findings {
		if f.Severity == diagnose.Warning {
			talk(c, []string{strings.TrimRight(f.Title, ".") + " (" + string(f.Code) + ")"})
		}
	}
	return nil
}

// writeExport writes the files and says what to do with them.
func writeExport(c *cli.Context, target string, in *exportInput, out *exported) error {
	if err := os.MkdirAll(in.Out, 0o755); err != nil {
		return exitError{Code: exitFault, Err: fmt.Errorf("making the folder: %w", err)}
	}
	err := pki.WriteSet(in.Out, out.Files, c.Bool("force"))
	switch {
	case isExists(err):
		return exitError{Code: exitUsage, Err: err, Hint: "write elsewhere with --out FOLDER, or add --force to replace it"}
	case err != nil:
		return exitError{Code: exitFault, Err: fmt.Errorf("writing %s: %w", in.Out, err)}
	}
	var files []string
	for _, f := range out.Files {
		files = append(files, filepath.Join(in.Out, f.Name))
	}
	if outputFormat(c) == "json" {
		return render.JSONValue(c.App.Writer, map[string]any{"schema": "mutual.export/1", "for": target, "name": in.Name, "files": files, "steps": out.Steps})
	}
	for _, f := range files {
		fmt.Fprintf(c.App.ErrWriter, "wrote %s\n", f)
	}
	w := c.App.Writer
	paragraph(w, "", "", out.Head)
	for i, s := range out.Steps {
		fmt.Fprintln(w)
		paragraph(w, fmt.Sprintf("%d. ", i+1), "   ", s.Say)
		for _, line := range s.Type {
			if _, err := fmt.Fprintf(w, "     %s\n", render.Escape(line)); err != nil {
				return err
			}
		}
	}
	return nil
}
