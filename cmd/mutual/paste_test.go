package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/fixtures"
	"mutual/pki"
)

// TestPasteCases pastes the fix of every case that has a server, as a user
// would whose files lie in another folder than he works in, with blanks and
// quotes in its name: each command runs in sh. No file that was there may
// change, what a command names must be there or be made by one before it, and
// where the fix is not for a person to do, the cause must be gone.
func TestPasteCases(t *testing.T) {
	for _, c := range fixtures.Cases() {
		w := c.In(time.Now())
		if !w.Served() || testing.Short() && w.Probe.Timeout < 5*time.Second {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			for _, program := range []string{"openssl", "curl", "ssh-keygen"} { // which the fixes use
				if _, err := exec.LookPath(program); err != nil && os.Getenv("CI") == "true" {
					t.Fatalf("%s is not installed, and CI has to run it", program)
				} else if err != nil {
					t.Skipf("%s is not installed", program)
				}
			}
			p := newPaste(t, `the client's "files"`)
			if err := w.WriteClientFiles(p.dir); err != nil {
				t.Fatal(err)
			}
			p.world(w)
		})
	}
}

// TestPasteInFolderOfMutual is TestPasteCases where the client's certificate is
// one of a folder that mutual made, with the CA's key in it.
func TestPasteInFolderOfMutual(t *testing.T) {
	for _, c := range fixtures.Cases() {
		w := c.In(time.Now())
		if !w.Served() || w.Probe.Dir || w.Probe.Timeout < 5*time.Second || w.Client.Issuer != w.ClientCA ||
			!slices.Equal(w.ClientSends, []*fixtures.Cert{w.Client, w.ClientCA}) {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			w.Client.Issuer, w.ClientSends = w.ClientRoot, []*fixtures.Cert{w.Client}
			p := newPaste(t, "mutual's folder")
			if err := w.WriteClientFiles(p.dir); err != nil {
				t.Fatal(err)
			}
			p.rename(fixtures.CertFile, "alice-crt.pem")
			p.rename(fixtures.KeyFile, "alice-key.pem")
			ca := w.Mint.Make(w.ClientRoot)
			p.write("ca-crt.pem", ca.PEM(), 0o644)
			p.write("ca-key.pem", ca.KeyPEM(), 0o600)
			p.world(w)
		})
	}
}

// paste is a folder of a user's, and the folder beside it in which he works.
type paste struct {
	t    *testing.T
	root string // of all that is looked at
	dir  string // the files
	work string // where he works
	rel  string // dir as seen from there
	name map[string]string
	deaf bool         // the server refuses whatever it is shown
	done []cause.Code // causes that were gone once their fix was pasted
}

func newPaste(t *testing.T, folder string) *paste {
	t.Helper()
	root := t.TempDir()
	p := &paste{t: t, root: root, dir: filepath.Join(root, folder), work: filepath.Join(root, "work"), rel: filepath.Join("..", folder), name: map[string]string{}}
	for _, dir := range []string{p.dir, p.work} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *paste) write(name string, data []byte, mode fs.FileMode) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), data, mode); err != nil {
		p.t.Fatal(err)
	}
}

func (p *paste) rename(from, to string) {
	if os.Rename(filepath.Join(p.dir, from), filepath.Join(p.dir, to)) == nil {
		p.name[from] = to
	}
}

// world serves the world, probes it and pastes what the report advises.
func (p *paste) world(w *fixtures.World) {
	server, err := fixtures.Start(w)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(server.Close)
	command := w.Mutual(p.rel, server.Port)
	for i, arg := range command.Args {
		if to, ok := p.name[filepath.Base(arg)]; ok {
			command.Args[i] = filepath.Join(p.rel, to)
		}
	}
	p.deaf = w.Judge != nil
	p.fixes(command.String())
}

// fixes runs the command, and all that its report says to run.
func (p *paste) fixes(command string) {
	p.t.Helper()
	before := p.files()
	for _, f := range p.probe(command) {
		p.fix(command, f)
	}
	p.unharmed(before)
}

func (p *paste) fix(command string, f diagnose.Finding) {
	p.t.Helper()
	byHand, changes, probe, promised := false, false, "", ""
	if text := f.Fix.String(); strings.Contains(text, "mutual init") && strings.Contains(text, "--force") ||
		f.Code == cause.ClientCAUntrustedByServer && strings.Contains(text, "--dir "+diagnose.ShellFile(p.rel)) {
		p.t.Errorf("%s: replaces a CA, or issues from the one that is refused:\n%s", f.Code, text)
	}
	for _, s := range f.Fix {
		switch {
		case s.Kind == diagnose.Fragment:
			byHand = true
		case s.Kind == diagnose.Sentence:
			byHand = byHand || strings.Contains(strings.TrimSuffix(s.Text, ":"), ". ") || strings.HasSuffix(s.Text, ".")
		case strings.Contains(s.Text, "<"):
			byHand = byHand || !strings.HasSuffix(s.Text, "< /dev/null")
			p.sh(s.Text) // pasted as it stands it must do no harm
			p.exists(f, outputs.ReplaceAllString(blanks.ReplaceAllString(s.Text, "BLANK"), ""), promised, "")
			promised += s.Text
		default:
			out := p.sh(s.Text)
			p.exists(f, s.Text, promised, out)
			if writes.MatchString(s.Text) {
				changes = true
				if strings.Contains(out, "already") || strings.Contains(out, "rror") || strings.Contains(out, "nvalid") {
					p.t.Errorf("%s: %s\n%s", f.Code, s.Text, out)
				}
			} else if strings.HasPrefix(s.Text, "mutual probe") {
				probe = s.Text
			}
		}
	}
	if byHand && !changes || promised != "" || p.deaf || f.Basis == diagnose.Inferred || f.Side != diagnose.ClientSide && f.Stage != diagnose.LocalFiles {
		return
	}
	if probe == "" {
		probe = command
	}
	if again := p.probe(probe); slices.ContainsFunc(again, func(o diagnose.Finding) bool { return o.Code == f.Code && o.Severity == f.Severity }) {
		p.t.Errorf("%s: still there after\n%s\nby %s", f.Code, f.Fix, probe)
	} else {
		p.done = append(p.done, f.Code)
	}
}

// writes is a command that makes or changes a file.
var writes = regexp.MustCompile(`\) > |[^<] > |--write-pem|--force|^chmod|set -C`)

// blanks are placeholders, and addresses on the web.
var blanks = regexp.MustCompile(`<[^<> ]+>|https?://\S+`)

// outputs are the files that a command makes.
var outputs = regexp.MustCompile(`(> |--write-pem |--out )('(?:[^']|'\\'')*'|[^\s)])+`)

// probe runs a probe and returns its findings.
func (p *paste) probe(command string) []diagnose.Finding {
	p.t.Helper()
	out := p.run(command + " --json")
	var r struct {
		Findings []diagnose.Finding `json:"findings"`
	}
	if err := json.Unmarshal(out, &r); err != nil {
		p.t.Fatalf("%s: %v\n%s", command, err, out)
	}
	return r.Findings
}

func (p *paste) sh(command string) string { return string(p.run(command + " 2>&1")) }

// run runs a command line in the folder of work, for at most 20 seconds. A
// passphrase that is asked for is secret.
func (p *paste) run(command string) []byte {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", command)
	cmd.Dir, cmd.Stdin = p.work, strings.NewReader(strings.Repeat("secret\n", 6))
	cmd.Env = append(os.Environ(), "HOME="+p.work, "XDG_CONFIG_HOME="+p.work, "NO_COLOR=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if cmd.ProcessState != nil && cmd.ProcessState.ExitCode() == exitUsage && strings.HasPrefix(command, "mutual ") && !strings.Contains(command, "<") {
			p.t.Errorf("%s: no command line that mutual takes\n%s%s", command, out.Bytes(), errs.Bytes())
		}
		if _, ok := errors.AsType[*exec.ExitError](err); !ok || ctx.Err() != nil {
			p.t.Errorf("%s: %v\n%s%s", command, err, out.Bytes(), errs.Bytes())
		}
	}
	return out.Bytes()
}

var fileNamed = regexp.MustCompile(`(?:'(?:[^']|'\\'')*'|[\w./-])+`)

// exists: each file that a command names is there once it has run, or is one
// that a command before it makes once its placeholders are filled.
func (p *paste) exists(f diagnose.Finding, command, promised, out string) {
	p.t.Helper()
	for _, word := range fileNamed.FindAllString(command, -1) {
		if strings.Contains(promised, " > "+word) {
			continue
		}
		word = strings.NewReplacer(`'\''`, "\x00", "'", "").Replace(word)
		word = strings.ReplaceAll(word, "\x00", "'")
		if ext := filepath.Ext(word); !slices.Contains([]string{".pem", ".crt", ".key", ".p12", ".der"}, ext) {
			continue
		}
		if !filepath.IsAbs(word) {
			word = filepath.Join(p.work, word)
		}
		if _, err := os.Stat(word); err != nil && f.Code != cause.FileNotFound {
			p.t.Errorf("%s: the fix names a file that is not there, %s:\n%s\n%s", f.Code, word, command, out)
		}
	}
}

// pasted is what a file is.
type pasted struct {
	data string
	mode fs.FileMode
}

func (p *paste) files() map[string]pasted {
	p.t.Helper()
	all := map[string]pasted{}
	err := filepath.WalkDir(p.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		all[path] = pasted{string(data), info.Mode()}
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

// unharmed: each file is as it was, or stands unchanged under a number; only a
// private key that others could read may be closed to them, and the record of
// what was issued may go on.
func (p *paste) unharmed(before map[string]pasted) {
	p.t.Helper()
	after := p.files()
	for path, was := range before {
		is, ok := after[path]
		switch backup, kept := after[path+".1"]; {
		case ok && is == was:
		case kept && backup == was:
		case ok && pki.IsRecord(filepath.Base(path)) && strings.HasPrefix(is.data, was.data): // a row more
		case ok && is.data == was.data && is.mode == 0o600 && was.mode == 0o644:
		case !ok:
			p.t.Errorf("%s is gone", path)
		default:
			p.t.Errorf("%s was changed: %d bytes, %v; it had %d, %v", path, len(is.data), is.mode, len(was.data), was.mode)
		}
	}
	for path, f := range after {
		if strings.Contains(f.data, "PRIVATE KEY") && f.mode.Perm()&0o077 != 0 && before[path].mode != f.mode {
			p.t.Errorf("%s holds a private key, and has mode %v", path, f.mode)
		}
	}
}

// TestPasteGeneral pastes the fix of every code as explain shows it: nothing in
// it may touch the files of the folder in which it is pasted.
func TestPasteGeneral(t *testing.T) {
	p := newPaste(t, "files")
	p.dir = p.work
	for _, name := range []string{"ca-crt.pem", "client-crt.pem", "client-key.pem", "ca.pem", "crl.pem", "new-file"} {
		p.write(name, []byte(name), 0o600)
	}
	before := p.files()
	for _, rule := range diagnose.Rules() {
		for _, s := range rule.General().Fix {
			if s.Kind != diagnose.Command || strings.HasPrefix(s.Text, "mutual serve") || strings.HasPrefix(s.Text, "mutual roots") {
				continue // it listens, or asks Google
			}
			if !strings.Contains(s.Text, "<") && !slices.Contains([]string{"ss -ltn", "date -u"}, s.Text) {
				t.Errorf("%s: without a connection nothing is known, and yet: %s", rule.Code, s.Text)
			}
			p.sh(s.Text)
		}
	}
	p.unharmed(before)
	if n := len(p.files()); n != len(before) {
		t.Errorf("there are %d files, and there were %d: %v", n, len(before), fmt.Sprint(p.files()))
	}
}
