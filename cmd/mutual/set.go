package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
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
	if e, ok := errors.AsType[exitError](err); ok {
		return e
	}
	if e, ok := errors.AsType[*pki.UsageError](err); ok {
		fault := exitError{Code: exitUsage, Err: e}
		if strings.HasPrefix(e.Option, "--pass-file") {
			fault.Hint = "without it:\n  " + typed(c)
			if os.Getenv("MUTUAL_PASS") != "" {
				fault.Hint = "without it:\n  MUTUAL_PASS= " + typed(c)
			}
		}
		return fault
	}
	if exists, ok := errors.AsType[*pki.ExistsError](err); ok {
		return exitError{Code: exitUsage, Err: fmt.Errorf("%w, and is another than asked for; nothing was changed", err), Hint: besides(c, exists.Path)}
	}
	return exitError{Code: exitFault, Err: err}
}

// besides says how to have what was asked for beside what is there.
func besides(c *cli.Context, path string) string {
	if c.Command.Name == "init" {
		return "another set goes into a folder of its own:\n  " + typed(c, "dir", "<another-folder>")
	}
	name := filepath.Base(path)
	return "give it another name:\n  " + typed(c, "", "<another-name>") +
		"\n--force replaces it, and keeps the old files under numbers, as " + name + ".1"
}

// typed is the command line as it was typed, but for a flag that is put
// otherwise, or, where the flag is "", the names.
func typed(c *cli.Context, instead ...string) string {
	flag, value := "-", ""
	if len(instead) == 2 {
		flag, value = instead[0], instead[1]
	}
	out := "mutual " + c.Command.Name
	for i, arg := range c.Args().Slice() {
		switch {
		case flag != "" || i == 0:
			out += " " + line.Quote(arg)
		case i == 1:
			out += " " + value
		}
	}
	if flag != "" && flag != "-" {
		out += " --" + flag + " " + value
	}
	for _, name := range c.LocalFlagNames() {
		if name == flag {
			continue
		}
		switch v := c.Value(name).(type) {
		case cli.StringSlice:
			for _, value := range v.Value() {
				out += " --" + name + " " + line.Quote(value)
			}
		case bool:
			if v {
				out += " --" + name
			}
		default:
			out += " --" + name + " " + line.Quote(fmt.Sprint(v))
		}
	}
	return out
}

// setResult is what init, issue or renew did, and what targets showed then.
type setResult struct {
	*pki.Set
	Next   *pki.Held // what ends first, where nothing was due
	Exec   string    // why the command of --exec failed
	Proofs []proof
}

// printSet writes what init or issue did, and returns the exit code as an
// error where it is not 0.
func printSet(c *cli.Context, set *pki.Set) error { return (&setResult{Set: set}).print(c) }

// took notes how the command of --exec ended.
func (r *setResult) took(err error) {
	if err != nil {
		r.Exec = err.Error()
	}
}

func (r *setResult) exitCode() int {
	if problem, ok := errors.AsType[*pki.ProblemError](r.Err()); ok {
		return problemExit(problem)
	}
	if code := exitOf(r.Proofs); code != diagnose.ExitOK || r.Exec == "" {
		return code
	}
	return exitFault
}

func (r *setResult) print(c *cli.Context) error {
	code := r.exitCode()
	var err error
	switch outputFormat(c) {
	case "json":
		err = setJSON(c, r, code)
	case "junit":
		err = setJUnit(c, r)
	default:
		_, err = io.WriteString(c.App.Writer, r.text(c))
	}
	if err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	if r.Exec != "" && outputFormat(c) == "text" {
		return exitError{Code: code, Err: errors.New(r.Exec)}
	}
	if code != diagnose.ExitOK {
		return exitError{Code: code}
	}
	return nil
}

// text is the result for people. What was not proven goes first.
func (r *setResult) text(c *cli.Context) string {
	set, proofs := setText(c, r.Set, r.Next), proofText(c, r.Proofs)
	switch {
	case proofs == "":
		return set
	case exitOf(r.Proofs) != diagnose.ExitOK:
		return proofs + "\n" + set
	}
	return set + "\n" + proofs
}

// setText is the result for people: the verdict, each file, and what to type.
func setText(c *cli.Context, set *pki.Set, next *pki.Held) string {
	ok := "✓"
	if !renderOptions(c).UTF8 {
		ok = "ok:"
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
		sheet := render.NewSheet(renderOptions(c))
		sheet.Report(setReport(c, set, p))
		sheet.WriteTo(&b)
	}
	if faults > 0 {
		if made := made(set); len(made) > 0 {
			fmt.Fprintf(&b, "\n  made besides: %s\n", and(made))
		}
	} else if c.Command.Name == "renew" && len(set.Files) == 0 {
		paragraph(&b, ok+" ", "  ", render.Escape(nothingDue(next, set.Dir)))
	} else {
		paragraph(&b, ok+" ", "  ", setVerdict(set))
	}
	if len(set.Files) > 0 {
		b.WriteString("\n")
		setFiles(&b, set)
	}
	for _, p := range warnings {
		setNote(&b, render.Escape(p.String()))
		if p.Code == cause.FilePermissionsTooOpen {
			fmt.Fprintf(&b, "             chmod 600 %s\n", line.Quote(p.Path))
		}
	}
	setNotes(&b, set)
	if faults == 0 && c.Command.Name == "init" {
		setNext(&b, set)
	}
	return b.String()
}

// setFix replaces what is broken, and keeps it under a number.
func setFix(c *cli.Context, set *pki.Set, p pki.Problem) diagnose.Steps {
	dir := diagnose.ShellFile(set.Dir)
	name := filepath.Base(p.Path)
	stem, isCert := strings.CutSuffix(name, "-crt.pem")
	if !isCert {
		stem, _ = strings.CutSuffix(name, "-key.pem")
	}
	switch {
	case p.Code == cause.KeyEncrypted || p.Code == cause.KeyWrongPassphrase:
		return diagnose.Steps{diagnose.Say("Add --pass-file <file>, with the passphrase in its first line.")}
	case p.Code == cause.FileUnreadable:
		return diagnose.Steps{diagnose.Say("Run it as a user who may read the file. To see who may:"), diagnose.Run("ls -ld " + diagnose.ShellFile(p.Path))}
	case p.Role == pki.RoleCSR || stem == name:
		return nil
	case stem != "ca" && broken(set, "ca-crt.pem", "ca-key.pem"):
		return nil // nothing can be issued before the CA is mended
	case stem == "ca" && p.Code == cause.FileNotFound && c.Command.Name == "issue":
		return diagnose.Steps{diagnose.Say("Make the CA first:"), diagnose.Run("mutual init --dir " + dir)}
	case stem == "ca":
		return diagnose.Steps{diagnose.Say("Bring the CA's file back, or make another CA in a folder of its own:"), diagnose.Run("mutual init --dir <another-folder>")}
	case c.Command.Name == "issue":
		return reissue("mutual issue " + c.Args().First() + " " + diagnose.ShellFile(stem) + " --dir " + dir)
	case stem == "server":
		fix := "mutual issue server server --dir " + dir
		for _, host := range c.StringSlice("host") {
			fix += " --san " + diagnose.ShellWord(host)
		}
		return reissue(fix)
	}
	return reissue("mutual issue client " + diagnose.ShellFile(stem) + " --dir " + dir)
}

// reissue puts a new file in the broken one's place.
func reissue(command string) diagnose.Steps {
	return diagnose.Steps{diagnose.Say("Make it anew; what is there stays under a number:"), diagnose.Run(command + " --force")}
}

// broken reports whether one of the files is.
func broken(set *pki.Set, names ...string) bool {
	return slices.ContainsFunc(set.Files, func(f pki.SetFile) bool { return f.State == pki.Broken && slices.Contains(names, f.Name) })
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

func setJSON(c *cli.Context, r *setResult, code int) error {
	set := r.Set
	type file struct {
		File     string     `json:"file"`
		What     string     `json:"what"`
		State    pki.State  `json:"state"`
		Subject  string     `json:"subject,omitempty"`
		Names    []string   `json:"names,omitempty"`
		Serial   string     `json:"serial,omitempty"`
		NotAfter *time.Time `json:"not_after,omitempty"`
		SHA256   string     `json:"sha256,omitempty"`
		// Backup is where the file that stood here is kept now.
		Backup string `json:"backup,omitempty"`
		// AskedNotAfter is there where the CA ends before what was asked for.
		AskedNotAfter *time.Time `json:"asked_not_after,omitempty"`
		Inherited     []string   `json:"inherited,omitempty"`
		ExpiresSoon   bool       `json:"expires_soon,omitempty"`
	}
	files := []file{}
	for _, f := range set.Files {
		out := file{File: f.Name, What: f.What, State: f.State, Backup: f.Backup, Inherited: f.Inherited, ExpiresSoon: expiresSoon(f)}
		if !f.Asked.IsZero() {
			out.AskedNotAfter = &f.Asked
		}
		if f.Cert != nil {
			sum := sha256.Sum256(f.Cert.Raw)
			out.Subject, out.Names = pki.DescribeName(f.Cert.RawSubject), pki.SANsOf(f.Cert).Strings()
			out.Serial, out.NotAfter, out.SHA256 = f.Cert.SerialNumber.Text(16), &f.Cert.NotAfter, hex.EncodeToString(sum[:])
		}
		files = append(files, out)
	}
	next := ""
	if r.Next != nil {
		next = r.Next.NotAfter.UTC().Format(time.RFC3339)
	}
	return render.JSONValue(c.App.Writer, struct {
		Schema   string        `json:"schema"`
		Command  string        `json:"command"`
		ExitCode int           `json:"exit_code"`
		Dir      string        `json:"dir"`
		Files    []file        `json:"files"`
		Problems []pki.Problem `json:"problems"`
		Orphans  []string      `json:"orphans,omitempty"`
		NextEnd  string        `json:"next_end,omitempty"`
		Exec     string        `json:"exec_failed,omitempty"`
		Proofs   []proof       `json:"proofs,omitempty"`
	}{setSchema, c.Command.Name, code, set.Dir, files, append([]pki.Problem{}, set.Problems...), set.Orphans, next, r.Exec, r.Proofs})
}

// setJUnit writes one test case for each file, and one for each fault.
func setJUnit(c *cli.Context, r *setResult) error {
	set := r.Set
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
	for _, p := range r.Proofs {
		test := testcase{Name: render.Escape(p.About + " on " + p.Target), Class: class}
		if !p.Proven {
			s.Failures++
			test.Failure = &failure{string(p.Code), render.Escape(p.Says)}
		}
		s.Cases = append(s.Cases, test)
	}
	if r.Exec != "" {
		s.Failures++
		s.Cases = append(s.Cases, testcase{Name: "--exec", Class: class, Failure: &failure{"exec", render.Escape(r.Exec)}})
	}
	s.Tests = len(s.Cases)
	doc, err := xml.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.App.Writer, "%s%s\n", xml.Header, doc)
	return err
}
