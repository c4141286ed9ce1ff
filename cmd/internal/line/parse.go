// Package line is the command line: it reads flags wherever they stand, says
// what may have been meant by what it does not know, and writes the help.
package line

import (
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// Line is a command line, put in the one order that urfave/cli
// understands.
type Line struct {
	Path          []*cli.Command // the command and its subcommand
	Args          []string       // for cli.App.Run: program, flags, command, flags, --, arguments
	Help, Version bool
}

// Command is the name under which reports and errors list the command.
func (l Line) Command() string {
	var names []string
	for _, c := range l.Path {
		names = append(names, c.Name)
	}
	return strings.Join(names, " ")
}

// word is one word of a command line, or a flag together with its value.
type word struct {
	text     string // the word as typed
	flag     string // name without dashes; empty: an argument
	value    string
	hasValue bool
	joined   bool // written as --flag=value
	ready    bool // put in by a suggestion, quoted as it has to be
}

// words is a command line taken apart.
type words []word

// Parse reads a command line in which flags may stand anywhere before
// "--": ahead of the command, between its arguments, at the end. urfave/cli
// would take a flag after the first argument for an argument. Names that are
// unknown end with ExitUsage and a corrected line.
func Parse(app *cli.App, args []string) (Line, error) {
	path, given, rest := takeApart(app, args[1:])
	line := Line{Path: path}
	s := scope{app: app, path: path}
	for _, w := range given {
		if w.flag == "help" || w.flag == "h" {
			line.Help = true
		}
	}
	if len(path) > 0 && len(path[len(path)-1].Subcommands) > 0 || len(path) == 0 {
		if first, ok := firstArgument(given, rest); ok && !(first == "help" && len(path) == 0) {
			return line, s.unknownCommand(first, given, rest)
		}
	}
	if first, _ := firstArgument(given, rest); len(path) == 0 && first == "help" {
		return helpLine(app, given, rest)
	}
	levels := make([][]string, len(path)+1)
	var arguments []string
	for i, w := range given {
		if w.flag == "" {
			arguments = append(arguments, w.text)
			continue
		}
		level, f := s.lookup(w.flag)
		if f == nil {
			return line, s.unknownFlag(i, given, rest)
		}
		if takesValue(f) && !w.hasValue {
			return line, s.missingValue(w, given, i)
		}
		name := f.Names()[0]
		line.Version = line.Version || level == 0 && name == "version"
		if w.hasValue {
			name += "=" + w.value
		}
		levels[level] = append(levels[level], "--"+name)
	}
	line.Help = line.Help || len(path) == 0 && !line.Version ||
		len(path) > 0 && path[len(path)-1].Action == nil
	for i := range levels {
		levels[i] = append(levels[i], s.fromEnvironment(i, given)...)
	}
	line.Args = append([]string{args[0]}, levels[0]...)
	for i, c := range path {
		line.Args = append(append(line.Args, c.Name), levels[i+1]...)
	}
	line.Args = append(append(append(line.Args, "--"), arguments...), rest...)
	return line, nil
}

// helpLine is "mutual help COMMAND".
func helpLine(app *cli.App, given words, rest []string) (Line, error) {
	var tail []string
	for _, w := range given {
		if w.flag == "" {
			tail = append(tail, w.text)
		}
	}
	line, err := Parse(app, append([]string{"mutual"}, append(tail, rest...)[1:]...))
	line.Help = true
	return line, err
}

// takeApart finds the command that a line names, joins each flag to its value,
// and splits off what follows "--".
func takeApart(app *cli.App, args []string) (path []*cli.Command, given words, rest []string) {
	path = findCommand(app, args)
	s := scope{app: app, path: path}
	named := 0 // commands passed on the way
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			rest = args[i+1:]
			if named < len(path) { // the command itself may stand behind it
				rest = rest[len(path)-named:]
			}
			return path, given, rest
		case len(a) > 1 && a[0] == '-':
			w := newFlagWord(a)
			if f := anyFlag(app, path, w.flag); f != nil && takesValue(f) && !w.joined && i+1 < len(args) && !s.isFlag(args[i+1]) {
				i++
				w.value, w.hasValue = args[i], true
			}
			given = append(given, w)
		case named < len(path) && path[named].HasName(a):
			named++
		default:
			given = append(given, word{text: a})
		}
	}
	return path, given, nil
}

func newFlagWord(a string) word {
	w := word{text: a}
	w.flag, w.value, w.joined = strings.Cut(strings.TrimPrefix(strings.TrimPrefix(a, "-"), "-"), "=")
	w.hasValue = w.joined
	return w
}

// findCommand follows the words that are neither flags nor their values down
// the tree of commands. A flag ahead of the command is looked up in all of
// them, for it may belong to any.
func findCommand(app *cli.App, args []string) (path []*cli.Command) {
	list := app.Commands
	dashes := false
	for i := 0; i < len(args) && len(list) > 0; i++ {
		a := args[i]
		if a == "--" && !dashes {
			dashes = true
			continue
		}
		if !dashes && len(a) > 1 && a[0] == '-' {
			w := newFlagWord(a)
			f := anyFlag(app, path, w.flag)
			if f != nil && takesValue(f) && !w.joined {
				i++
			}
			continue
		}
		k := slices.IndexFunc(list, func(c *cli.Command) bool { return c.HasName(a) })
		if k < 0 {
			return path
		}
		path = append(path, list[k])
		list = list[k].Subcommands
	}
	return path
}

// scope is where flags are looked up: the command's own, then its parent's,
// then those of every command.
type scope struct {
	app  *cli.App
	path []*cli.Command
}

// lookup finds the flag of that name and the level that declares it: 0 is the
// program, 1 the command, 2 the subcommand.
func (s scope) lookup(name string) (level int, f cli.Flag) {
	for level = len(s.path); level >= 0; level-- {
		for _, f := range s.flags(level) {
			if slices.Contains(f.Names(), name) {
				return level, f
			}
		}
	}
	return 0, nil
}

func (s scope) flags(level int) []cli.Flag {
	if level == 0 {
		return s.app.Flags
	}
	return s.path[level-1].Flags
}

// isFlag reports whether the word is a flag that this command knows, so that
// it can hardly be meant as the value of another.
func (s scope) isFlag(text string) bool {
	if len(text) < 2 || text[0] != '-' {
		return false
	}
	return anyFlag(s.app, s.path, newFlagWord(text).flag) != nil
}

// anyFlag finds a flag by name in a path, or in any command below it.
func anyFlag(app *cli.App, path []*cli.Command, name string) cli.Flag {
	if _, f := (scope{app, path}).lookup(name); f != nil {
		return f
	}
	below := app.Commands
	if len(path) > 0 {
		below = path[len(path)-1].Subcommands
	}
	for _, c := range below {
		if f := anyFlag(app, append(slices.Clone(path), c), name); f != nil {
			return f
		}
	}
	return nil
}

func takesValue(f cli.Flag) bool {
	d, ok := f.(cli.DocGenerationFlag)
	return ok && d.TakesValue()
}

func firstArgument(given words, rest []string) (string, bool) {
	for _, w := range given {
		if w.flag == "" {
			return w.text, true
		}
	}
	if len(rest) > 0 {
		return rest[0], true
	}
	return "", false
}

// variable is the environment variable of a flag.
func variable(f cli.Flag) string {
	return "MUTUAL_" + strings.ToUpper(strings.ReplaceAll(f.Names()[0], "-", "_"))
}

// fromEnvironment are the flags of one level that are not on the command line
// but stand in the environment. A flag that may be repeated takes one value a
// line there, or else values divided by commas. An empty variable counts as
// none.
func (s scope) fromEnvironment(level int, given words) (flags []string) {
	for _, f := range s.flags(level) {
		name, value := f.Names()[0], os.Getenv(variable(f))
		typed := slices.ContainsFunc(given, func(w word) bool { return w.flag != "" && slices.Contains(f.Names(), w.flag) })
		if typed || value == "" || !s.readsEnvironment(level, name) {
			continue
		}
		if _, repeated := f.(*cli.StringSliceFlag); !repeated {
			flags = append(flags, "--"+name+"="+value)
			continue
		}
		divider := ","
		if strings.Contains(value, "\n") {
			divider = "\n"
		}
		for v := range strings.SplitSeq(value, divider) {
			if v = strings.TrimSpace(v); v != "" {
				flags = append(flags, "--"+name+"="+v)
			}
		}
	}
	return flags
}

// readsEnvironment reports whether a flag has a variable: all have, but for
// help and version, and a command's own flag of a name that is valid at every
// command.
func (s scope) readsEnvironment(level int, name string) bool {
	if level == 0 {
		return name != "help" && name != "version"
	}
	return !slices.ContainsFunc(s.app.Flags, func(f cli.Flag) bool { return f.Names()[0] == name })
}
