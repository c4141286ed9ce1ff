package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/line"
)

// tree is a program with every kind of flag and command, whose actions record
// what reached them.
func tree(got *[]string) *cli.App {
	record := func(c *cli.Context) error {
		*got = append(*got, strings.TrimPrefix(c.Command.HelpName, "mutual "))
		for _, name := range []string{"cacert", "cert", "servername", "dir", "from", "san"} {
			if !c.IsSet(name) {
				continue
			}
			if list := c.StringSlice(name); len(list) > 0 {
				*got = append(*got, name+"="+strings.Join(list, "|"))
			} else {
				*got = append(*got, name+"="+c.String(name))
			}
		}
		for _, name := range []string{"insecure", "trace"} {
			if c.Bool(name) {
				*got = append(*got, name)
			}
		}
		if n := c.Int("requests"); n != 0 {
			*got = append(*got, fmt.Sprintf("requests=%d", n))
		}
		if f := outputFormat(c); f != "text" {
			*got = append(*got, "format "+f)
		}
		*got = append(*got, c.Args().Slice()...)
		return nil
	}
	app := newApp(stdio{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	app.Commands = []*cli.Command{
		{Name: "probe", ArgsUsage: "TARGET", Action: record, Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "cacert", Usage: "`FILE` to trust"}, &cli.StringFlag{Name: "cert", Aliases: []string{"E"}, Usage: "`FILE`"},
			&cli.StringFlag{Name: "servername", Usage: "`NAME`"}, &cli.BoolFlag{Name: "insecure", Aliases: []string{"k"}}, &cli.BoolFlag{Name: "trace"},
			&cli.StringFlag{Name: "dir"}, &cli.IntFlag{Name: "requests"}, &cli.DurationFlag{Name: "timeout"},
		}},
		{Name: "issue", Flags: []cli.Flag{&cli.StringFlag{Name: "dir"}}, Subcommands: []*cli.Command{
			{Name: "server", ArgsUsage: "NAME", Action: record, Flags: []cli.Flag{&cli.StringSliceFlag{Name: "san"}}},
			{Name: "client", ArgsUsage: "NAME", Action: record},
		}},
		{Name: "roots", Action: record, Subcommands: []*cli.Command{
			{Name: "fetch", Action: record, Flags: []cli.Flag{&cli.StringFlag{Name: "from", Usage: "`URL`"}}},
			{Name: "export", Action: record, Flags: []cli.Flag{&cli.StringFlag{Name: "format"}}},
		}},
		{Name: "explain", Action: record},
	}
	tame(app.Commands)
	return app
}

func runTree(args ...string) (got []string, err error) {
	app := tree(&got)
	given, err := line.Parse(app, append([]string{"mutual"}, args...))
	if err != nil {
		return nil, err
	}
	if given.Help {
		return []string{"help " + given.Command()}, nil
	}
	return got, app.RunContext(context.Background(), given.Args)
}

func TestFlagsStandAnywhere(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"probe localhost:4433 --cacert ca.pem", "probe cacert=ca.pem localhost:4433"},
		{"probe --cacert ca.pem localhost:4433", "probe cacert=ca.pem localhost:4433"},
		{"probe --cacert=ca.pem localhost:4433 --insecure", "probe cacert=ca.pem insecure localhost:4433"},
		{"--cacert ca.pem probe localhost:4433", "probe cacert=ca.pem localhost:4433"},
		{"--json probe h", "probe format json h"},
		{"probe h --json", "probe format json h"},
		{"--format junit probe h", "probe format junit h"},
		{"probe h --format=junit", "probe format junit h"},
		{"probe h -k -E c.pem", "probe cert=c.pem insecure h"},
		{"probe -E=c.pem h", "probe cert=c.pem h"},
		{"probe h -cacert ca.pem", "probe cacert=ca.pem h"},
		{"probe a --cacert 1 --cacert 2,3 --trace", "probe cacert=1|2,3 trace a"},
		{"probe --insecure=false h", "probe h"},
		{"probe --trace h", "probe trace h"},
		{"probe -- --cacert", "probe --cacert"},
		{"probe --cacert x -- h --json", "probe cacert=x h --json"},
		{"probe --cert=--trace h", "probe cert=--trace h"},
		{"probe --cert - h", "probe cert=- h"},
		{"probe --cert= h", "probe cert= h"},
		{"explain -", "explain -"},
		{"explain help", "explain help"},
		{"explain h", "explain h"},
		{"explain probe --json", "explain format json probe"},
		{"-- explain --json", "explain --json"},
		{"issue server NAME --dir x", "issue server dir=x NAME"},
		{"issue --dir x server NAME", "issue server dir=x NAME"},
		{"--dir x issue server NAME --san a --san b", "issue server dir=x san=a|b NAME"},
		{"issue --san a server NAME", "issue server san=a NAME"},
		{"issue server client", "issue server client"},
		{"issue --dir server client c", "issue client dir=server c"},
		{"roots fetch --from http://x --json", "roots fetch from=http://x format json"},
		{"roots --from http://x fetch", "roots fetch from=http://x"},
		{"roots", "roots"},
		{"roots export --format pem --json", "roots export format json"},
		{"--help probe", "help probe"},
		{"probe x --help", "help probe"},
		{"probe -h", "help probe"},
		{"help probe", "help probe"},
		{"help issue server", "help issue server"},
		{"issue", "help issue"},
		{"", "help "},
	} {
		got, err := runTree(strings.Fields(c.line)...)
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("mutual %s = %q, %v, want %q", c.line, strings.Join(got, " "), err, c.want)
		}
	}
}

// TestFlagsStandEverywhere moves each flag of a line to each place.
func TestFlagsStandEverywhere(t *testing.T) {
	pieces := [][]string{{"probe"}, {"host:1"}, {"--cacert", "a"}, {"--cacert=b"}, {"--trace"}, {"--json"}, {"-E", "probe"}}
	want, err := runTree("probe", "host:1", "--cacert", "a", "--cacert=b", "--trace", "--json", "-E", "probe")
	if err != nil {
		t.Fatal(err)
	}
	permute(pieces, func(p [][]string) {
		line := slices.Concat(p...)
		if firstPlain(line) != "probe" {
			return // the argument would stand where the command does
		}
		if slices.Index(line, "--cacert") > slices.Index(line, "--cacert=b") {
			return // the order of a repeated flag counts
		}
		got, err := runTree(line...)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("mutual %s = %q, %v, want %q", strings.Join(line, " "), got, err, want)
		}
	})
}

// firstPlain is the first word that is no flag and no flag's value.
func firstPlain(line []string) string {
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == "--cacert" || line[i] == "-E":
			i++
		case !strings.HasPrefix(line[i], "-"):
			return line[i]
		}
	}
	return ""
}

func permute(p [][]string, visit func([][]string)) {
	var walk func(int)
	walk = func(i int) {
		if i == len(p) {
			visit(p)
			return
		}
		for j := i; j < len(p); j++ {
			p[i], p[j] = p[j], p[i]
			walk(i + 1)
			p[i], p[j] = p[j], p[i]
		}
	}
	walk(0)
}

func TestWrongLines(t *testing.T) {
	for _, c := range []struct{ line, message, hint string }{
		{"prob localhost:1 --trace", `mutual has no command "prob"`, "mutual probe localhost:1 --trace"},
		{"--cacert ca.pem prob localhost:1", `mutual has no command "prob"`, "mutual probe --cacert ca.pem localhost:1"},
		{"issue sever a b", `mutual issue has no command "sever"`, "mutual issue server a b"},
		{"localhost:4433 --cacert ca.pem", `mutual has no command "localhost:4433"`, "mutual probe localhost:4433 --cacert ca.pem"},
		{"example.com", `mutual has no command "example.com"`, "mutual probe example.com"},
		{"zzz", `mutual has no command "zzz"`, "mutual --help"},
		{"probe h --cacrt ca.pem", "mutual probe has no flag --cacrt", "mutual probe h --cacert ca.pem"},
		{"probe h --cacrt=ca.pem", "mutual probe has no flag --cacrt", "mutual probe h --cacert=ca.pem"},
		{"probe h --CAfile 'a b'", "mutual probe has no flag --CAfile", "mutual probe h --cacert"},
		{"probe h --servrename x", "mutual probe has no flag --servrename", "mutual probe h --servername x"},
		{"probe h --jsn", "mutual probe has no flag --jsn", "mutual probe h --json"},
		{"probe h --insecur --trace", "mutual probe has no flag --insecur", "mutual probe h --insecure --trace"},
		{"probe h --zzzzzz", "mutual probe has no flag --zzzzzz", "mutual probe h"},
		{"probe h --from x", "mutual probe has no flag --from", "mutual probe h"},
		{"probe h --password geheim", "a passphrase never comes as an argument, where others could see it", "mutual probe h --pass-file FILE"},
		{"probe h --cacert", "flag --cacert needs a value", "mutual probe h --cacert FILE"},
		{"probe --cacert --trace h", "flag --cacert needs a value, and --trace follows it", "mutual probe --cacert FILE --trace h"},
		{"roots fech --from u", `mutual roots has no command "fech"`, "mutual roots fetch --from u"},
	} {
		_, err := runTree(strings.Fields(c.line)...)
		var e exitError
		if !errors.As(err, &e) || e.Code != exitUsage || e.Err.Error() != c.message {
			t.Errorf("mutual %s = %v, want exit code 2 and %q", c.line, err, c.message)
			continue
		}
		lines := strings.Split(e.Hint, "\n")
		if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), c.hint) }) {
			t.Errorf("mutual %s hints %q, want %q", c.line, e.Hint, c.hint)
		}
		if strings.Contains(e.Hint, "geheim") {
			t.Errorf("mutual %s repeats the passphrase: %q", c.line, e.Hint)
		}
	}
}

// TestCorrectedLinesAreRight takes the last line of each hint at its word.
func TestCorrectedLinesAreRight(t *testing.T) {
	for _, line := range []string{"prob h --trace", "probe h --cacrt ca.pem", "probe h --cacrt=ca.pem", "issue sever a", "probe --trcae h", "--jsn probe h", "roots fech"} {
		_, err := runTree(strings.Fields(line)...)
		var e exitError
		if !errors.As(err, &e) {
			t.Errorf("mutual %s = %v, want an error", line, err)
			continue
		}
		corrected := strings.Fields(e.Hint[strings.LastIndex(e.Hint, "\n")+1:])
		if _, err := runTree(corrected[1:]...); err != nil {
			t.Errorf("the corrected %q = %v, want no error", corrected, err)
		}
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("MUTUAL_CACERT", "a.pem,b.pem")
	t.Setenv("MUTUAL_SERVERNAME", "env.example")
	t.Setenv("MUTUAL_TRACE", "true")
	t.Setenv("MUTUAL_FORMAT", "json")
	got, err := runTree("probe", "h", "--servername", "flag.example")
	want := []string{"probe", "cacert=a.pem|b.pem", "servername=flag.example", "trace", "format json", "h"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("flags from the environment: %v (-want +got):\n%s", err, diff)
	}
	got, err = runTree("probe", "h", "--cacert", "c.pem", "--trace=false", "--format", "text")
	want = []string{"probe", "cacert=c.pem", "servername=env.example", "h"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("the command line over the environment: %v (-want +got):\n%s", err, diff)
	}
	t.Setenv("MUTUAL_CACERT", "with,comma.pem\nb.pem")
	if got, _ = runTree("probe", "h"); !slices.Contains(got, "cacert=with,comma.pem|b.pem") {
		t.Errorf("one value a line = %q, want both", got)
	}
}

// TestEveryFlagHasItsVariable walks the real commands: each flag, of whatever
// type, is read from its variable, and nothing else is.
func TestEveryFlagHasItsVariable(t *testing.T) {
	app := newApp(stdio{out: io.Discard, err: io.Discard})
	check := func(path []string, f cli.Flag) {
		name := f.Names()[0]
		if slices.Contains([]string{"help", "version"}, name) || len(path) > 0 && name == "format" {
			return
		}
		variable := "MUTUAL_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		read := func(value string) []string {
			t.Setenv(variable, value)
			given, err := line.Parse(app, slices.Concat([]string{"mutual"}, path, []string{"argument"}))
			if err != nil && len(path) > 0 {
				t.Errorf("Parse(%v) = %v, want nil", path, err)
			}
			return slices.DeleteFunc(given.Args, func(a string) bool { return a != "--"+name+"="+value })
		}
		if got := read("1"); len(path) > 0 && len(got) != 1 {
			t.Errorf("mutual %s with %s=1 reads %q, want --%s=1", strings.Join(path, " "), variable, got, name)
		}
		if got := read(""); len(got) != 0 {
			t.Errorf("mutual %s with %s empty reads %q, want nothing", strings.Join(path, " "), variable, got)
		}
	}
	var walk func(path []string, list []*cli.Command)
	walk = func(path []string, list []*cli.Command) {
		for _, c := range list {
			below := append(slices.Clone(path), c.Name)
			if c.Action != nil && len(c.Subcommands) == 0 {
				for _, f := range slices.Concat(app.Flags, c.Flags) {
					check(below, f)
				}
			}
			walk(below, c.Subcommands)
		}
	}
	walk(nil, app.Commands)
}

func TestWrongValues(t *testing.T) {
	for _, c := range []struct{ line, variable, want string }{
		{"probe h --requests=many", "", `--requests takes a whole number, not "many"`},
		{"probe h --timeout soon", "", `--timeout takes a time with its unit, not "soon"`},
		{"probe h --trace=perhaps", "", `--trace takes true or false, not "perhaps"`},
		{"probe h", "MUTUAL_TIMEOUT=soon", `--timeout (from MUTUAL_TIMEOUT) takes a time with its unit, not "soon"`},
		{"probe h", "MUTUAL_TRACE=perhaps", `--trace (from MUTUAL_TRACE) takes true or false, not "perhaps"`},
		{"probe h --format jsn", "", `--format is text, json, junit, github, html, markdown, not "jsn"`},
	} {
		if name, value, ok := strings.Cut(c.variable, "="); ok {
			t.Setenv(name, value)
		}
		_, err := runTree(strings.Fields(c.line)...)
		var e exitError
		if !errors.As(err, &e) || e.Code != exitUsage || e.Error() != c.want {
			t.Errorf("%s mutual %s = %v, want exit code 2 and %s", c.variable, c.line, err, c.want)
		}
		if name, _, ok := strings.Cut(c.variable, "="); ok {
			t.Setenv(name, "")
		}
	}
}

func TestPanicIsAFault(t *testing.T) {
	t.Setenv("MUTUAL_DEBUG", "")
	var out, talk bytes.Buffer
	r := reporter{std: stdio{out: &out, err: &talk}, args: []string{"mutual"}}
	code := func() (code int) {
		defer func() { code = r.fail(bug(recover(), []byte("goroutine 1"))) }()
		panic("index out of range")
	}()
	if code != exitFault || !strings.Contains(talk.String(), "bug") || strings.Contains(talk.String(), "goroutine") {
		t.Errorf("panic = %d, %q, want 3 and a sentence without a stack", code, talk.String())
	}
	t.Setenv("MUTUAL_DEBUG", "1")
	talk.Reset()
	if r.fail(bug("x", []byte("goroutine 1"))); !strings.Contains(talk.String(), "goroutine 1") {
		t.Errorf("with MUTUAL_DEBUG=1 = %q, want the stack", talk.String())
	}
}

func FuzzParseLine(f *testing.F) {
	for _, line := range []string{"probe h --cacert a", "issue server -- x", "--json probe h --", "- -- -", "probe --cacrt=", "help help"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got, err := runTree(strings.Fields(line)...)
		var e exitError
		if err != nil && (!errors.As(err, &e) || e.Code != exitUsage) {
			t.Errorf("mutual %s = %q, %v, want success or exit code 2", line, got, err)
		}
	})
}
