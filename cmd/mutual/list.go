package main

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/pki"
)

// listSchema names the form in which list writes JSON.
const listSchema = "mutual.list/1"

func listCommand() *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "list what a folder's CA has issued, and what is due",
		Description: "The list is of the folder's files and its record, index.txt, which openssl ca reads\n" +
			"and writes, too. Where something is due the exit code is 15, for cron:\n" +
			"  mutual list --dir /etc/mtls >/dev/null || mail -s 'mTLS is due' root",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "dir", Value: ".", Usage: "`FOLDER` made by mutual init"},
			dueFlag(),
		},
		Before: inFormats("text", "json"), Action: list,
	}
}

func list(c *cli.Context) error {
	if err := arguments(c, 0, 0, "mutual list --dir ."); err != nil {
		return err
	}
	due, err := dueBy(c)
	if err != nil {
		return err
	}
	inv, err := takeInventory(c)
	if err != nil {
		return err
	}
	l := listing{inv, due, time.Now()}
	if outputFormat(c) == "json" {
		err = render.JSONValue(c.App.Writer, l.json())
	} else {
		_, err = l.sheet(renderOptions(c)).WriteTo(c.App.Writer)
	}
	if err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	if code := l.exitCode(); code != diagnose.ExitOK {
		return exitError{Code: code}
	}
	return nil
}

// takeInventory reads the folder of --dir.
func takeInventory(c *cli.Context) (*pki.Inventory, error) {
	dir := filepath.Clean(c.String("dir"))
	inv, err := pki.TakeInventory(dir)
	switch {
	case err != nil:
		return nil, exitError{Code: diagnose.ExitFiles, Err: err}
	case len(inv.Certs) == 0:
		return nil, exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("%s holds no CA, and no certificate of one", dir), Hint: "make them first:\n  mutual init --dir " + diagnose.ShellFile(dir)}
	}
	return inv, nil
}

// listing is an inventory, and when what is in it is due.
type listing struct {
	*pki.Inventory
	due pki.Due
	now time.Time
}

// pressing are the names of what has to be done something about.
func (l listing) pressing() (names []string) {
	for i := range l.Certs {
		if h := &l.Certs[i]; h.Pressing(l.due, l.now) {
			names = append(names, heldName(h))
		}
	}
	for _, list := range l.Lists {
		if list.Pressing(l.now) {
			names = append(names, list.File)
		}
	}
	return names
}

func (l listing) exitCode() int {
	if len(l.pressing()) > 0 {
		return diagnose.ExitAudit
	}
	return diagnose.ExitOK
}

// heldName is how a certificate is called in a sentence.
func heldName(h *pki.Held) string {
	switch {
	case h.File != "":
		return h.File
	case h.Subject != "":
		return h.Subject
	}
	return "the certificate " + h.Serial.Text(16)
}

// listJSON is the result for programs.
type listJSON struct {
	Schema       string       `json:"schema"`
	Command      string       `json:"command"`
	ExitCode     int          `json:"exit_code"`
	Dir          string       `json:"dir"`
	Recorded     bool         `json:"recorded"`
	Certificates []listedCert `json:"certificates"`
	Lists        []listedCRL  `json:"lists"`
}

type listedCert struct {
	Name     string        `json:"name,omitempty"`
	File     string        `json:"file,omitempty"`
	Kind     string        `json:"kind,omitempty"`
	State    pki.HeldState `json:"state"`
	Pressing bool          `json:"pressing"`
	Subject  string        `json:"subject"`
	Names    []string      `json:"names,omitempty"`
	Serial   string        `json:"serial"`
	NotAfter time.Time     `json:"not_after"`
	KeyFile  string        `json:"key_file,omitempty"`
	CAFile   string        `json:"ca_file,omitempty"`
	Revoked  *time.Time    `json:"revoked,omitempty"`
	Reason   string        `json:"reason,omitempty"`
}

type listedCRL struct {
	File       string    `json:"file"`
	Issuer     string    `json:"issuer"`
	Number     string    `json:"number,omitempty"`
	Entries    int       `json:"entries"`
	NextUpdate time.Time `json:"next_update,omitzero"`
	Pressing   bool      `json:"pressing"`
}

func (l listing) json() listJSON {
	out := listJSON{Schema: listSchema, Command: "list", ExitCode: l.exitCode(), Dir: l.Dir, Recorded: l.Recorded, Certificates: []listedCert{}, Lists: []listedCRL{}}
	for i := range l.Certs {
		h := &l.Certs[i]
		cert := listedCert{Name: h.Name, File: h.File, Kind: h.Kind(), State: h.State(l.due, l.now), Pressing: h.Pressing(l.due, l.now),
			Subject: h.Subject, Serial: h.Serial.Text(16), NotAfter: h.NotAfter.UTC(), KeyFile: h.KeyFile, CAFile: h.CA, Reason: h.Reason}
		if h.Cert != nil {
			cert.Names = pki.SANsOf(h.Cert).Strings()
		}
		if !h.Revoked.IsZero() {
			cert.Revoked = &h.Revoked
		}
		out.Certificates = append(out.Certificates, cert)
	}
	for _, list := range l.Lists {
		crl := listedCRL{File: list.File, Issuer: list.Issuer, Entries: list.Entries, NextUpdate: list.NextUpdate.UTC(), Pressing: list.Pressing(l.now)}
		if list.Number != nil {
			crl.Number = list.Number.String()
		}
		out.Lists = append(out.Lists, crl)
	}
	return out
}
