package line

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// Manual is the program's page in man(7), with all its commands and flags.
func Manual(app *cli.App) string {
	var b strings.Builder
	b.WriteString(".TH MUTUAL 1\n.SH NAME\nmutual \\- " + roff(app.Usage) + "\n.SH SYNOPSIS\n.B mutual\n.I COMMAND\n[flags] [arguments]\n")
	b.WriteString(".SH FLAGS OF EVERY COMMAND\n")
	manualFlags(&b, app.Flags)
	b.WriteString(".SH COMMANDS\n")
	var walk func(prefix string, list []*cli.Command)
	walk = func(prefix string, list []*cli.Command) {
		for _, c := range list {
			if c.Hidden {
				continue
			}
			fmt.Fprintf(&b, ".SS %s\n", roff(strings.TrimSpace(prefix+c.Name+" "+c.ArgsUsage)))
			b.WriteString(roff(c.Usage) + ".\n")
			if c.Description != "" {
				b.WriteString(".PP\n.nf\n")
				for l := range strings.Lines(strings.TrimSpace(c.Description)) {
					b.WriteString(roff(strings.TrimRight(l, "\n")) + "\n")
				}
				b.WriteString(".fi\n")
			}
			manualFlags(&b, c.Flags)
			walk(prefix+c.Name+" ", c.Subcommands)
		}
	}
	walk("", app.Commands)
	b.WriteString(".SH ENVIRONMENT\nEach flag has a variable: \\-\\-cacert is MUTUAL_CACERT. MUTUAL_PASS holds the passphrase of an encrypted key.\n")
	return b.String()
}

func manualFlags(b *strings.Builder, flags []cli.Flag) {
	for _, f := range flags {
		d, ok := f.(cli.DocGenerationFlag)
		if v, is := f.(cli.VisibleFlag); !ok || is && !v.IsVisible() {
			continue
		}
		var names []string
		for _, name := range f.Names() {
			names = append(names, `\fB`+roff(dashed(name))+`\fR`)
		}
		head := strings.Join(names, ", ")
		if d.TakesValue() {
			head += ` \fI` + roff(valueName(f)) + `\fR`
		}
		text := withoutValueName(d.GetUsage(), valueName(f))
		if def := defaultOf(f); def != "" {
			text += " (default " + def + ")"
		}
		b.WriteString(".TP\n" + head + "\n" + roff(text) + "\n")
	}
}

// roff is text in which nothing is a request or an escape of troff.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "~", `\(ti`, "^", `\(ha`, "`", `\(ga`, "'", `\(aq`).Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}
