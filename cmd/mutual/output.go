package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
)

// formats are those of results. A command that has only some of them says so;
// what it has is decided before it does anything.
func formats() []string { return []string{"text", "json", "junit", "github"} }

// inFormats lets a command begin in these formats only.
func inFormats(names ...string) cli.BeforeFunc {
	return func(c *cli.Context) error { return choose("format", outputFormat(c), names) }
}

func choose(flag, got string, choices []string) error {
	if oneOf(got, choices...) {
		return nil
	}
	return choiceError(flag, got, choices...)
}

// outputFormat is the format that the user asked for: text, json, junit or github. A
// command may have a --format of its own; this is the program's.
func outputFormat(c *cli.Context) string {
	root := rootContext(c)
	if root.Bool("json") {
		return "json"
	}
	return root.String("format")
}

// rootContext is the context of the flags that are valid at every command.
func rootContext(c *cli.Context) *cli.Context {
	root := c
	for _, up := range c.Lineage() {
		if up.Command != nil {
			root = up
		}
	}
	return root
}

// renderOptions says how text is drawn on the program's output.
func renderOptions(c *cli.Context) render.Options {
	o := render.Options{Width: 80, UTF8: render.SpeaksUTF8(os.Getenv)}
	fd, terminal := terminalOf(c.App.Writer)
	if terminal {
		if width, _, err := term.GetSize(fd); err == nil && width > 0 {
			o.Width = min(max(width, 40), 100)
		}
	}
	switch rootContext(c).String("color") {
	case "always":
		o.Color = os.Getenv("NO_COLOR") == ""
	case "auto":
		o.Color = terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	}
	o.Trace = c.Bool("trace")
	return o
}

// terminalOf tells whether w is a terminal, and its file descriptor.
func terminalOf(w any) (int, bool) {
	f, ok := w.(*os.File)
	if !ok {
		return 0, false
	}
	return int(f.Fd()), term.IsTerminal(int(f.Fd()))
}

// printReport writes a report in the chosen format. It returns the report's
// exit code as an error, or nil where that is 0. What an interrupted command
// has seen is no diagnosis: then it writes nothing.
func printReport(c *cli.Context, r *diagnose.Report) error {
	err := c.Context.Err()
	if err != nil {
		return err
	}
	switch outputFormat(c) {
	case "json":
		err = render.JSON(c.App.Writer, r)
	case "junit":
		err = render.JUnit(c.App.Writer, r)
	case "github":
		err = render.GitHub(c.App.Writer, r)
	default:
		err = render.Text(c.App.Writer, r, renderOptions(c))
	}
	if err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	if r.ExitCode != diagnose.ExitOK {
		return exitError{Code: r.ExitCode}
	}
	return nil
}

// progress tells on standard error what is being done, once that has taken
// more than a second: step names the next thing, stop ends it. Both may be
// called from any goroutine, stop more than once.
func progress(c *cli.Context, doing string) (step func(string), stop func()) {
	w := c.App.ErrWriter
	_, terminal := terminalOf(w)
	var mu sync.Mutex
	done, shown, said := make(chan struct{}), false, ""
	began := time.Now()
	say := func() {
		mu.Lock()
		defer mu.Unlock()
		select {
		case <-done:
			return
		default:
		}
		seconds := int(time.Since(began).Seconds())
		switch {
		case terminal:
			fmt.Fprintf(w, "\r\x1b[K%s ... %d s", render.Escape(doing), seconds)
		case doing != said:
			fmt.Fprintf(w, "%s ...\n", render.Escape(doing))
		}
		shown, said = true, doing
	}
	ticker := time.NewTicker(time.Second)
	go func() {
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				say()
			}
		}
	}()
	step = func(s string) {
		mu.Lock()
		defer mu.Unlock()
		doing = s
	}
	return step, sync.OnceFunc(func() {
		mu.Lock()
		defer mu.Unlock()
		ticker.Stop()
		close(done)
		if terminal && shown {
			io.WriteString(w, "\r\x1b[K")
		}
	})
}

// arguments demands that a command has at least least and at most most
// arguments (most < 0: any number). The example is the whole of a command line
// that would do.
func arguments(c *cli.Context, least, most int, example string) error {
	what := c.Command.ArgsUsage
	if what == "" {
		what = "arguments"
	}
	name := "mutual " + strings.TrimPrefix(c.Command.HelpName, "mutual ")
	switch {
	case c.NArg() < least:
		return usage("for example:\n  "+example, "%s needs %s", name, what)
	case most == 0 && c.NArg() > 0:
		return usage("for example:\n  "+example, "%s takes no arguments, and here is %q", name, c.Args().First())
	case most >= 0 && c.NArg() > most:
		return usage("for example:\n  "+example, "%s takes %s, and here is %q besides", name, what, c.Args().Get(most))
	}
	return nil
}

// paragraph writes text wrapped at 80 columns, with one start for the first
// line and another for the rest.
func paragraph(w io.Writer, first, rest, text string) {
	for _, line := range render.Wrap(text, 80-len(rest)) {
		fmt.Fprintln(w, first+line)
		first = rest
	}
}
