package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/line"
	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/pki"
)

// setSchema names the form in which init and issue write JSON.
const setSchema = "mutual.set/1"

// setError gives an error of pki.Init or pki.Issue its exit code.
func setError(c *cli.Context, err error) error {
	if _, ok := errors.AsType[*pki.UsageError](err); ok {
		return exitError{Code: exitUsage, Err: err}
	}
	if _, ok := errors.AsType[*pki.ExistsError](err); ok {
		return exitError{Code: exitUsage, Err: fmt.Errorf("%w, and is another than asked for; nothing was changed", err), Hint: forced(c)}
	}
	return exitError{Code: exitFault, Err: err}
}

// forced is the command line that replaces what is there.
func forced(c *cli.Context) string {
	typed := "mutual " + c.Command.Name
	for _, arg := range c.Args().Slice() {
		typed += " " + line.Quote(arg)
	}
	for _, name := range c.LocalFlagNames() {
		switch v := c.Value(name).(type) {
		case cli.StringSlice:
			for _, value := range v.Value() {
				typed += " --" + name + " " + line.Quote(value)
			}
		case bool:
		default:
			typed += " --" + name + " " + line.Quote(fmt.Sprint(v))
		}
	}
	if c.Command.Name == "init" {
		return "to start anew, with another CA:\n  " + typed + " --force"
	}
	return "to replace it:\n  " + typed + " --force"
}

// printSet writes what init or issue did, and returns the exit code as an
// error where it is not 0.
func printSet(c *cli.Context, set *pki.Set) error {
	code := diagnose.ExitOK
	if problem, ok := errors.AsType[*pki.ProblemError](set.Err()); ok {
		code = problem.ExitCode()
	}
	var err error
	switch outputFormat(c) {
	case "json":
		err = setJSON(c, set, code)
	case "junit":
		err = setJUnit(c, set)
	default:
		_, err = io.WriteString(c.App.Writer, setText(c, set))
	}
	if err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	if code != diagnose.ExitOK {
		return exitError{Code: code}
	}
	return nil
}

// setText is the result for people: the verdict, each file, and what to type.
func setText(c *cli.Context, set *pki.Set) string {
	ok, bad := "✓", "✗"
	if !renderOptions(c).UTF8 {
		ok, bad = "ok:", "error:"
	}
	var b strings.Builder
	var warnings []pki.Problem
	faults := 0
	for _, p := range set.Problems {
		if !p.Fatal {
			warnings = append(warnings, p)
			continue
		}
		if faults++; faults > 1 {
			b.WriteString("\n")
		}
		setProblem(&b, bad, c, set, p)
	}
	if faults > 0 {
		if made := made(set); len(made) > 0 {
			fmt.Fprintf(&b, "\n  made besides: %s\n", and(made))
		}
	} else {
		paragraph(&b, ok+" ", "  ", setVerdict(set))
	}
	if len(set.Files) > 0 {
		b.WriteString("\n")
		setFiles(&b, set)
	}
	for _, p := range warnings {
		b.WriteString("\n")
		paragraph(&b, "  note     ", "           ", render.Escape(p.String()))
		if p.Code == cause.FilePermissionsTooOpen {
			fmt.Fprintf(&b, "             chmod 600 %s\n", line.Quote(p.Path))
		}
	}
	if len(set.Orphans) > 0 {
		b.WriteString("\n")
		paragraph(&b, "  note     ", "           ", "Signed by the CA that was replaced, and of no use with the new one: "+render.Escape(strings.Join(set.Orphans, ", ")))
	}
	if faults == 0 && c.Command.Name == "init" {
		dir := line.Quote(set.Dir)
		fmt.Fprintf(&b, "\n  next     mutual serve --dir %s\n           mutual probe --dir %s localhost:4433\n", dir, dir)
	}
	return b.String()
}

// setProblem writes one fault with its code and the command that mends it.
func setProblem(b *strings.Builder, mark string, c *cli.Context, set *pki.Set, p pki.Problem) {
	text := render.Escape(p.String())
	paragraph(b, mark+" ", "  ", text+".")
	fmt.Fprintf(b, "%80s\n", p.Code)
	if fix := setFix(c, set, p); fix != "" {
		fmt.Fprintf(b, "  fix      %s\n", fix)
	}
	fmt.Fprintf(b, "  more     mutual explain %s\n", p.Code)
}

// setFix is the command that replaces what is broken.
func setFix(c *cli.Context, set *pki.Set, p pki.Problem) string {
	dir := line.Quote(set.Dir)
	name := filepath.Base(p.Path)
	stem, isCert := strings.CutSuffix(name, "-crt.pem")
	if !isCert {
		stem, _ = strings.CutSuffix(name, "-key.pem")
	}
	switch {
	case p.Code == cause.KeyEncrypted || p.Code == cause.KeyWrongPassphrase:
		return "add --pass-file FILE, with the passphrase in its first line"
	case p.Code == cause.FileUnreadable:
		return "ls -ld " + line.Quote(p.Path)
	case p.Role == pki.RoleCSR || stem == name:
		return ""
	case stem == "ca" && p.Code == cause.FileNotFound && c.Command.Name == "issue":
		return "mutual init --dir " + dir
	case stem == "ca":
		return "bring the CA's file back, or start anew, with all certificates:\n             mutual init --dir " + dir + " --force"
	case c.Command.Name == "issue":
		return "mutual issue " + c.Args().First() + " " + line.Quote(stem) + " --dir " + dir + " --force"
	case stem == "server":
		fix := "mutual issue server server --dir " + dir
		for _, host := range c.StringSlice("host") {
			fix += " --san " + line.Quote(host)
		}
		return fix + " --force"
	}
	return "mutual issue client " + line.Quote(stem) + " --dir " + dir + " --force"
}

func setVerdict(set *pki.Set) string {
	if list := made(set); len(list) > 0 {
		text := "Made " + and(list) + " in " + sentenceEnd(set.Dir)
		if n := set.Count(pki.Kept); n == 1 {
			text += " One file was there already and is kept."
		} else if n > 1 {
			text += fmt.Sprintf(" %d files were there already and are kept.", n)
		}
		return text
	}
	return "Nothing to do: what was asked for is there and sound, in " + sentenceEnd(set.Dir)
}

// sentenceEnd ends a sentence with a folder, without a second dot.
func sentenceEnd(dir string) string { return strings.TrimSuffix(render.Escape(dir), ".") + "." }

// made describes the certificates that were made.
func made(set *pki.Set) []string {
	var list []string
	for _, f := range set.Files {
		if f.State != pki.Made || f.Cert == nil {
			continue
		}
		switch names := pki.SANsOf(f.Cert).Strings(); {
		case f.Cert.IsCA:
			list = append(list, "a CA")
		case len(names) > 0 && f.What == "server certificate":
			list = append(list, "a server certificate for "+strings.Join(names, ", "))
		case f.Name == "client-crt.pem":
			list = append(list, "a client certificate")
		default:
			list = append(list, "a "+f.What+" for "+render.Escape(strings.TrimSuffix(f.Name, "-crt.pem")))
		}
	}
	return list
}

func and(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

func setFiles(b *strings.Builder, set *pki.Set) {
	width := 0
	for _, f := range set.Files {
		width = max(width, len(f.Name))
	}
	for _, f := range set.Files {
		what := f.What
		if f.Cert != nil && f.State != pki.Broken {
			what += ", " + render.Escape(pki.DescribeName(f.Cert.RawSubject)) + ", until " + f.Cert.NotAfter.Format(time.DateOnly)
		} else if f.Cert == nil && f.State == pki.Made {
			what += ", secret"
		}
		fmt.Fprintf(b, "  %-7s  %-*s  %s\n", f.State, width, f.Name, what)
	}
}

func setJSON(c *cli.Context, set *pki.Set, code int) error {
	type file struct {
		File     string     `json:"file"`
		What     string     `json:"what"`
		State    pki.State  `json:"state"`
		Subject  string     `json:"subject,omitempty"`
		Names    []string   `json:"names,omitempty"`
		Serial   string     `json:"serial,omitempty"`
		NotAfter *time.Time `json:"not_after,omitempty"`
		SHA256   string     `json:"sha256,omitempty"`
	}
	files := []file{}
	for _, f := range set.Files {
		out := file{File: f.Name, What: f.What, State: f.State}
		if f.Cert != nil {
			sum := sha256.Sum256(f.Cert.Raw)
			out.Subject, out.Names = pki.DescribeName(f.Cert.RawSubject), pki.SANsOf(f.Cert).Strings()
			out.Serial, out.NotAfter, out.SHA256 = f.Cert.SerialNumber.Text(16), &f.Cert.NotAfter, hex.EncodeToString(sum[:])
		}
		files = append(files, out)
	}
	enc := json.NewEncoder(c.App.Writer)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(struct {
		Schema   string        `json:"schema"`
		Command  string        `json:"command"`
		ExitCode int           `json:"exit_code"`
		Dir      string        `json:"dir"`
		Files    []file        `json:"files"`
		Problems []pki.Problem `json:"problems"`
		Orphans  []string      `json:"orphans,omitempty"`
	}{setSchema, c.Command.Name, code, set.Dir, files, append([]pki.Problem{}, set.Problems...), set.Orphans})
}

// setJUnit writes one test case for each file, and one for each fault.
func setJUnit(c *cli.Context, set *pki.Set) error {
	type failure struct {
		Type    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
	}
	type testcase struct {
		Name    string   `xml:"name,attr"`
		Class   string   `xml:"classname,attr"`
		Failure *failure `xml:"failure"`
	}
	type suite struct {
		XMLName  xml.Name   `xml:"testsuite"`
		Name     string     `xml:"name,attr"`
		Tests    int        `xml:"tests,attr"`
		Failures int        `xml:"failures,attr"`
		Cases    []testcase `xml:"testcase"`
	}
	s := suite{Name: "mutual " + c.Command.Name}
	class := "mutual." + c.Command.Name
	for _, f := range set.Files {
		if f.State != pki.Broken {
			s.Cases = append(s.Cases, testcase{Name: f.Name + " " + string(f.State), Class: class})
		}
	}
	for _, p := range set.Problems {
		if p.Fatal {
			s.Failures++
			s.Cases = append(s.Cases, testcase{Name: render.Escape(p.Path), Class: class, Failure: &failure{string(p.Code), render.Escape(p.String())}})
		}
	}
	s.Tests = len(s.Cases)
	doc, err := xml.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.App.Writer, "%s%s\n", xml.Header, doc)
	return err
}
