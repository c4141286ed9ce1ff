package line

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
)

// ExitUsage is the exit code of a wrong command line.
const ExitUsage = 2

// Error is an error with the exit code it stands for and, where one is
// known, what to type instead. Err is nil where all has been said and only
// the code is left.
type Error struct {
	Code int
	Err  error
	Hint string
}

func (e Error) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

func (e Error) Unwrap() error { return e.Err }

// Usage is an error of the command line, with a command line that would do.
func Usage(hint, format string, args ...any) error {
	return Error{Code: ExitUsage, Err: fmt.Errorf(format, args...), Hint: hint}
}

// FlagError puts what package flag says of a value into this program's words:
// the flag as it is typed, or the variable it came from, and what would do.
func FlagError(c *cli.Context, err error, _ bool) error {
	quoted, rest, ok := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(err.Error(), "invalid boolean value "), "invalid value "), " for flag -")
	if !ok {
		quoted, rest, ok = strings.Cut(strings.TrimPrefix(err.Error(), "invalid boolean value "), " for -")
	}
	name, _, _ := strings.Cut(rest, ":")
	if !ok {
		return Error{Code: ExitUsage, Err: err}
	}
	want, example := "a value of that kind", "VALUE"
	if _, f := (scope{c.App, []*cli.Command{c.Command}}).lookup(name); f != nil {
		want, example = wanted(f)
	}
	from := "--" + name
	if v := "MUTUAL_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_")); os.Getenv(v) != "" && strconv.Quote(os.Getenv(v)) == quoted {
		from += " (from " + v + ")"
	}
	return Usage("for example:\n  --"+name+"="+example, "%s takes %s, not %s", from, want, quoted)
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
