package line

import (
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
)

const helpWidth = 80

// WriteHelp writes the help of a command, or of the program where path is
// empty.
func WriteHelp(w io.Writer, app *cli.App, path []*cli.Command) error {
	var b strings.Builder
	if len(path) == 0 {
		programHelp(&b, app)
	} else {
		commandHelp(&b, app, path)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func programHelp(b *strings.Builder, app *cli.App) {
	fmt.Fprintf(b, "%s %s.\n\n", app.Name, app.Usage)
	for _, line := range [][2]string{
		{"mutual demo", "see it work, and see it fail"},
		{"mutual init", "make a CA, a server and a client certificate"},
		{"mutual serve", "serve with them on localhost:4433"},
		{"mutual probe --dir . localhost:4433", "connect, and be told what is wrong"},
	} {
		fmt.Fprintf(b, "  %-37s %s\n", line[0], line[1])
	}
	b.WriteString("\ncommands\n")
	writeCommands(b, app.Commands)
	b.WriteString("\nat every command\n")
	writeFlags(b, app.Flags)
	b.WriteString("\nFlags stand before or after the arguments. Each has an environment variable:\n" +
		"--cacert is MUTUAL_CACERT. MUTUAL_PASS holds the passphrase of an encrypted key.\n\n" +
		"  mutual COMMAND --help\n")
}

func commandHelp(b *strings.Builder, app *cli.App, path []*cli.Command) {
	c := path[len(path)-1]
	full := app.Name + scope{app, path}.pathWords()
	fmt.Fprintf(b, "%s: %s\n\n", full, c.Usage)
	switch {
	case c.UsageText != "":
		for line := range strings.Lines(strings.TrimSpace(c.UsageText)) {
			b.WriteString("  " + strings.TrimLeft(line, " \t"))
		}
		b.WriteString("\n")
	case len(c.Subcommands) > 0 && c.Action == nil:
		fmt.Fprintf(b, "  %s COMMAND\n", full)
	default:
		b.WriteString(strings.TrimRight(fmt.Sprintf("  %s [flags] %s", full, c.ArgsUsage), " ") + "\n")
	}
	if c.Description != "" {
		b.WriteString("\n" + strings.TrimSpace(c.Description) + "\n")
	}
	if len(c.Subcommands) > 0 {
		b.WriteString("\ncommands\n")
		writeCommands(b, c.Subcommands)
	}
	var flags []cli.Flag
	for _, p := range path {
		flags = append(flags, p.Flags...)
	}
	if len(flags) > 0 {
		b.WriteString("\nflags\n")
		writeFlags(b, flags)
	}
	b.WriteString("\nand, as at every command, --format, --json, --color, --pass-file: mutual --help\n")
}

func writeCommands(b *strings.Builder, list []*cli.Command) {
	for _, c := range list {
		if !c.Hidden {
			columns(b, c.Name, 9, c.Usage)
		}
	}
}

func writeFlags(b *strings.Builder, flags []cli.Flag) {
	for _, f := range flags {
		d, ok := f.(cli.DocGenerationFlag)
		if v, is := f.(cli.VisibleFlag); !ok || is && !v.IsVisible() {
			continue
		}
		name := "--" + f.Names()[0]
		for _, alias := range f.Names()[1:] {
			name += ", " + dashed(alias)
		}
		if d.TakesValue() {
			name += " " + valueName(f)
		}
		text := withoutValueName(d.GetUsage(), valueName(f))
		if def := defaultOf(f); def != "" {
			text += " (default " + def + ")"
		}
		columns(b, name, 25, text)
	}
}

// withoutValueName leaves out the name of the value, which stands beside the
// flag, where the sentence does without: at its begin, and behind a comma.
func withoutValueName(usage, name string) string {
	text := strings.TrimPrefix(usage, "`"+name+"`: ")
	if before, after, ok := strings.Cut(text, ", `"+name+"`"); ok && (after == "" || strings.HasPrefix(after, " (") || strings.HasPrefix(after, ":")) {
		text = before + after
	}
	return strings.ReplaceAll(text, "`", "")
}

// defaultOf is a flag's default where it says something.
func defaultOf(f cli.Flag) string {
	switch f := f.(type) {
	case *cli.StringFlag:
		return f.Value
	case *cli.DurationFlag:
		if f.Value != 0 {
			return f.Value.String()
		}
	case *cli.IntFlag:
		if f.Value != 0 {
			return fmt.Sprint(f.Value)
		}
	}
	return ""
}

// columns writes a name and, beside it or below, what it means.
func columns(b *strings.Builder, name string, width int, text string) {
	lines := render.Wrap(text, helpWidth-width-4)
	if len(lines) == 0 {
		lines = []string{""}
	}
	if len(name) > width {
		b.WriteString("  " + name + "\n")
		name = ""
	}
	for _, line := range lines {
		b.WriteString(strings.TrimRight(fmt.Sprintf("  %-*s  %s", width, name, line), " ") + "\n")
		name = ""
	}
}
