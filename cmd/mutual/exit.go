package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"mutual/cmd/internal/line"
	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/pki"
)

// The exit codes that are no diagnosis; those of diagnoses are in package
// diagnose.
const (
	exitUsage = line.ExitUsage
	exitFault = 3 // mutual itself could not do its work
)

// exitError is an error with the exit code it stands for.
type exitError = line.Error

// usage is an error of the command line, with a command line that would do.
func usage(hint, format string, args ...any) error { return line.Usage(hint, format, args...) }

// problemExit is the exit code of a program that ends because of a problem with
// a file: that of the finding that the problem makes.
func problemExit(err *pki.ProblemError) int {
	first := err.Problems[0]
	return diagnose.ExitOf(first.Code, diagnose.Side(first.Side))
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
	return render.JSONValue(w, struct {
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
