package render

import (
	"fmt"
	"io"
	"strings"

	"mutual/diagnose"
)

// GitHub writes each finding of the reports as a workflow command, which
// GitHub Actions shows as an annotation, and the verdict of each as a line.
func GitHub(w io.Writer, reports ...*diagnose.Report) error {
	var b strings.Builder
	for _, r := range reports {
		level := "error"
		if r.ExitCode == diagnose.ExitOK {
			level = "warning"
		}
		for _, f := range r.Findings {
			l := level
			if f.Severity == diagnose.Note {
				l = "notice"
			} else if f.Severity == diagnose.Warning {
				l = "warning"
			}
			b.WriteString(Annotation(l, "", 0, 0, subjectOf(r)+": "+string(f.Code), f.Title+"\n"+f.Fix.String()))
		}
		if r.RootCause() == nil && r.ExitCode != diagnose.ExitOK {
			b.WriteString(Annotation("error", "", 0, 0, subjectOf(r), headline(r)))
		}
		fmt.Fprintln(&b, commandLine(headline(r)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// CheckedGitHub writes an annotation for each expectation that is not met, at
// its place in the file, and the verdict as a line.
func CheckedGitHub(w io.Writer, c *diagnose.Checked) error {
	var b strings.Builder
	for _, t := range c.Targets {
		for _, e := range t.Expectations {
			if !e.Met {
				b.WriteString(Annotation("error", c.File, e.Line, e.Column, t.Name+": "+e.What,
					e.Seen+". "+e.Title+" ("+string(e.Code)+")\n"+e.Fix.String()))
			}
		}
	}
	fmt.Fprintln(&b, commandLine(checkedHeadline(c)))
	_, err := io.WriteString(w, b.String())
	return err
}

// Annotation is a workflow command: level is error, warning or notice, and
// file "" where it is about none.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
func Annotation(level, file string, line, column int, title, message string) string {
	var about []string
	if file != "" {
		about = append(about, "file="+property(file))
		if line > 0 {
			about = append(about, fmt.Sprintf("line=%d,col=%d", line, column))
		}
	}
	about = append(about, "title="+property(title))
	return fmt.Sprintf("::%s %s::%s\n", level, strings.Join(about, ","), data(message))
}

// data escapes a message: a line end would begin a new command.
func data(s string) string {
	var lines []string
	for l := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		lines = append(lines, Escape(l))
	}
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(strings.Join(lines, "\n"))
}

// property escapes what stands before the second pair of colons.
func property(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(s))
}

// commandLine makes sure that a plain line is not taken for a command.
func commandLine(s string) string {
	return strings.TrimLeft(strings.ReplaceAll(Escape(s), "::", ": :"), ":# ")
}
