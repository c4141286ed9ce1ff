package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/line"
)

// stdio is what the program reads from and writes to: the result on out, the
// talk on err.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// commands are all commands, in the order in which help lists them.
func commands() []*cli.Command {
	return []*cli.Command{
		demoCommand(),
		initCommand(),
		issueCommand(),
		listCommand(), renewCommand(), revokeCommand(),
		exportCommand(), configCommand(),
		serveCommand(),
		probeCommand(),
		verifyCommand(), inspectCommand(),
		watchCommand(),
		auditCommand(), checkCommand(), labCommand(),
		rootsCommand(),
		explainCommand(),
	}
}

// run runs one command line and returns the exit code. It neither exits nor
// panics.
func run(ctx context.Context, args []string, std stdio) (code int) {
	report := reporter{std: std, args: args}
	defer func() {
		if v := recover(); v != nil {
			code = report.fail(bug(v, debug.Stack()))
		}
	}()
	app := newApp(std)
	given, err := line.Parse(app, args)
	report.command = given.Command()
	if err != nil {
		return report.fail(err)
	}
	switch {
	case given.Version:
		_, err = fmt.Fprintln(std.out, "mutual", app.Version)
	case given.Help:
		err = line.WriteHelp(std.out, app, given.Path)
	default:
		err = app.RunContext(ctx, given.Args)
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = exitError{Code: exitFault, Err: errors.New("interrupted before it was done")}
	}
	return report.fail(err)
}

func newApp(std stdio) *cli.App {
	app := &cli.App{
		Name:      "mutual",
		Usage:     "sets up mutual TLS, and says exactly why it fails",
		Version:   version(),
		Commands:  commands(),
		Flags:     globalFlags(),
		Reader:    std.in,
		Writer:    std.out,
		ErrWriter: std.err,
		HideHelp:  true,
		// Help and version are answered before urfave/cli runs.
		HideVersion: true,
		// A file name or a subject may hold a comma.
		DisableSliceFlagSeparator: true,
		Before:                    checkGlobals,
		OnUsageError:              line.FlagError,
		ExitErrHandler:            func(*cli.Context, error) {},
	}
	tame(app.Commands)
	return app
}

// globalFlags are valid at every command, before and after it.
func globalFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "format", Value: "text", Usage: "`" + strings.Join(formats(), "|") + "`: how the result is written; github is annotations for its Actions"},
		&cli.BoolFlag{Name: "json", Usage: "short for --format json"},
		&cli.StringFlag{Name: "color", Value: "auto", Usage: "`auto|always|never`: when to use colour; NO_COLOR is honoured"},
		&cli.StringFlag{Name: "pass-file", Usage: "first line of `FILE` is the passphrase of an encrypted key"},
		&cli.BoolFlag{Name: "version", Usage: "print the version"},
		&cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "print help, for a command too"},
	}
}

func checkGlobals(c *cli.Context) error {
	if err := choose("format", c.String("format"), formats()); err != nil {
		return err
	}
	if v := c.String("color"); !oneOf(v, "auto", "always", "never") {
		return choiceError("color", v, "auto", "always", "never")
	}
	return nil
}

func choiceError(flag, got string, choices ...string) error {
	hint := "write --" + flag + " " + strings.Join(choices, "|")
	if near := line.Nearest(got, choices); near != "" {
		hint = "did you mean --" + flag + " " + near + "?"
	}
	return exitError{Code: exitUsage, Err: fmt.Errorf("--%s is %s, not %q", flag, strings.Join(choices, ", "), got), Hint: hint}
}

// tame switches off what urfave/cli adds to each command by itself: a
// subcommand "help" would shadow an argument of that name.
func tame(list []*cli.Command) {
	for _, c := range list {
		c.HideHelp, c.HideHelpCommand = true, true
		c.OnUsageError = line.FlagError
		tame(c.Subcommands)
	}
}

// version is that of the module, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	var commit, dirty string
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			commit = s.Value
		case "vcs.modified":
			if s.Value == "true" {
				dirty = "+changes"
			}
		}
	}
	v := strings.Trim(info.Main.Version, "()")
	if v == "devel" && commit != "" {
		v = "devel " + commit[:min(12, len(commit))] + dirty
	}
	return v + " " + strings.Replace(info.GoVersion, "go", "go ", 1)
}

func bug(v any, stack []byte) error {
	err := exitError{
		Code: exitFault,
		Err:  fmt.Errorf("mutual has a bug, and stopped: %v", v),
		Hint: "please report it with this command line and what MUTUAL_DEBUG=1 adds to it",
	}
	if os.Getenv("MUTUAL_DEBUG") == "1" {
		err.Hint = string(stack)
	}
	return err
}

func oneOf(s string, list ...string) bool {
	for _, v := range list {
		if s == v {
			return true
		}
	}
	return false
}
