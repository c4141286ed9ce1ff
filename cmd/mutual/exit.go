package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
)

// The exit codes that are no diagnosis; those of diagnoses are in package
// diagnose.
const (
	exitUsage = 2 // the command line is wrong
	exitFault = 3 // mutual itself could not do its work
)

// exitError is an error with the exit code it stands for and, where one is
// known, what to type instead. Err is nil where all has been said and only
// the code is left.
type exitError struct {
	Code int
	Err  error
	Hint string
}

func (e exitError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

func (e exitError) Unwrap() error { return e.Err }

// usage is an error of the command line, with a command line that would do.
func usage(hint, format string, args ...any) error {
	return exitError{Code: exitUsage, Err: fmt.Errorf(format, args...), Hint: hint}
}

// usageError puts what package flag says of a value into this program's words:
// the flag as it is typed, or the variable it came from, and what would do.
func usageError(c *cli.Context, err error, _ bool) error {
	quoted, rest, ok := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(err.Error(), "invalid boolean value "), "invalid value "), " for flag -")
	if !ok {
		quoted, rest, ok = strings.Cut(strings.TrimPrefix(err.Error(), "invalid boolean value "), " for -")
	}
	name, _, _ := strings.Cut(rest, ":")
	if !ok {
		return exitError{Code: exitUsage, Err: err}
	}
	want, example := "a value of that kind", "VALUE"
	if _, f := (scope{c.App, []*cli.Command{c.Command}}).lookup(name); f != nil {
		want, example = wanted(f)
	}
	from := "--" + name
	if v := "MUTUAL_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")); os.Getenv(v) != "" && strconv.Quote(os.Getenv(v)) == quoted {
		from += " (from " + v + ")"
	}
	return usage("for example:\n  --"+name+"="+example, "%s takes %s, not %s", from, want, quoted)
}

// wanted is the kind of value that a flag takes, and one that would do.
func wanted(f cli.Flag) (kind, example string) {
	switch f.(type) {
	case *cli.BoolFlag:
		return "true or false", "true"
	case *cli.DurationFlag:
		return "a time with its unit", "10s"
	case *cli.IntFlag, *cli.Int64Flag, *cli.UintFlag:
		return "a whole number", "30"
	case *cli.Float64Flag:
		return "a number", "0.5"
	}
	return "a value of that kind", "VALUE"
}

// reporter writes errors in the format that the command line asks for, also
// where the command line itself is what is wrong.
type reporter struct {
	std     stdio
	args    []string
	command string
}

// fail writes err, if there is anything to write, and returns its exit code.
func (r *reporter) fail(err error) int {
	if err == nil {
		return diagnose.ExitOK
	}
	var e exitError
	if !errors.As(err, &e) {
		e = exitError{Code: exitFault, Err: err}
	} else if e.Err != nil {
		e.Err = err
	}
	if e.Err == nil {
		return e.Code
	}
	message := render.Escape(e.Err.Error())
	var werr error
	switch formatWanted(r.args) {
	case "json":
		werr = writeJSONError(r.std.out, r.command, e.Code, message, e.Hint)
	case "junit":
		werr = render.JUnitError(r.std.out, r.command, message, e.Hint)
	default:
		writeTextError(r.std.err, message, e.Hint)
	}
	if werr != nil {
		writeTextError(r.std.err, message, e.Hint)
	}
	return e.Code
}

func writeTextError(w io.Writer, message, hint string) {
	fmt.Fprintf(w, "mutual: %s\n", message)
	for line := range strings.Lines(hint) {
		fmt.Fprintf(w, "  %s\n", strings.TrimRight(line, "\n"))
	}
}

func writeJSONError(w io.Writer, command string, code int, message, hint string) error {
	type fault struct {
		Message string `json:"message"`
		Hint    string `json:"hint,omitempty"`
	}
	out := json.NewEncoder(w)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	return out.Encode(struct {
		Schema   string `json:"schema"`
		Command  string `json:"command"`
		ExitCode int    `json:"exit_code"`
		Error    fault  `json:"error"`
	}{diagnose.Schema, command, code, fault{message, hint}})
}

// formatWanted finds the format without parsing, because parsing may be what
// went wrong.
func formatWanted(args []string) string {
	format := os.Getenv("MUTUAL_FORMAT")
	if oneOf(os.Getenv("MUTUAL_JSON"), "1", "true", "TRUE", "t", "T", "True") {
		format = "json"
	}
	for i, a := range args {
		name, value, has := strings.Cut(strings.TrimLeft(a, "-"), "=")
		switch {
		case a == "--":
			return format
		case !strings.HasPrefix(a, "-"):
		case name == "json" && (!has || value == "true"):
			format = "json"
		case name == "format" && has:
			format = value
		case name == "format" && i+1 < len(args):
			format = args[i+1]
		}
	}
	return format
}
