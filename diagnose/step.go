package diagnose

import (
	"encoding/json"
	"fmt"
	"strings"
)

// StepKind is what a step asks its reader to do.
type StepKind string

// The kinds of steps.
const (
	Sentence StepKind = "sentence"
	// Command is one line for a POSIX shell. It overwrites, cuts off and edits
	// nothing that is there, names only files that exist or that a step before
	// it has made, and marks what has to be filled in <like-this>.
	Command StepKind = "command"
	// Fragment is a piece of a program's configuration or code. It stands as it
	// is written: its syntax is foreign, so it is neither wrapped nor filled.
	Fragment StepKind = "fragment"

	// These become other steps once it is known, or known not to be known, what
	// stands beside the user's files.
	renewal  StepKind = "renewal"
	fresh    StepKind = "fresh"
	retrying StepKind = "retrying"
)

// Step is one step of a fix.
type Step struct {
	Kind StepKind
	Text string
	// In is the program that a Fragment is for, and the place where it has one:
	// "nginx", "HAProxy bind".
	In string
}

// Say is a step in words.
func Say(text string) Step { return Step{Kind: Sentence, Text: text} }

// Run is a step to be pasted into a shell.
func Run(command string) Step { return Step{Kind: Command, Text: command} }

// Edit is a step in a program's configuration.
func Edit(in, text string) Step { return Step{Kind: Fragment, In: in, Text: text} }

// renew has the certificate of the finding's side issued anew, with these flags
// of mutual issue besides.
func renew(flags string) Step { return Step{Kind: renewal, Text: flags} }

// renewOf is renew for that side's, whosever the finding is.
func renewOf(side Side, flags string) Step { return Step{Kind: renewal, Text: flags, In: string(side)} }

// another has a certificate of another make issued, under a name of its own:
// one issued anew would be as the old one is.
func another() Step { return Step{Kind: fresh} }

// again probes once more with the new file that a step before it has made of
// {file}; with two ends, those of the certificate and of the key in it.
func again(ends string) Step { return Step{Kind: retrying, Text: ends} }

// Steps are a fix, likeliest first. In JSON they are a list of lines: a command
// starts with two spaces, a line of a fragment with a tab.
type Steps []Step

// steps joins steps and lists of them.
func steps(parts ...any) Steps {
	var all Steps
	for _, p := range parts {
		switch p := p.(type) {
		case Step:
			all = append(all, p)
		case Steps:
			all = append(all, p...)
		default:
			panic(fmt.Sprintf("diagnose: %T is no step", p))
		}
	}
	return all
}

// Lines are the steps as lines of text.
func (s Steps) Lines() []string {
	lines := []string{}
	for _, step := range s {
		switch step.Kind {
		case Command:
			lines = append(lines, "  "+step.Text)
		case Fragment:
			if step.In != "" {
				lines = append(lines, "In "+step.In+":")
			}
			for l := range strings.SplitSeq(step.Text, "\n") {
				lines = append(lines, "\t"+l)
			}
		default:
			lines = append(lines, step.Text)
		}
	}
	return lines
}

// String is the lines as one text.
func (s Steps) String() string { return strings.Join(s.Lines(), "\n") }

// MarshalJSON writes the list of lines.
func (s Steps) MarshalJSON() ([]byte, error) { return json.Marshal(s.Lines()) }

// UnmarshalJSON reads a list of lines.
func (s *Steps) UnmarshalJSON(data []byte) error {
	var lines []string
	if err := json.Unmarshal(data, &lines); err != nil {
		return err
	}
	*s = StepsOf(lines)
	return nil
}

// StepsOf are the steps that Lines wrote.
func StepsOf(lines []string) Steps {
	steps := Steps{}
	for _, l := range lines {
		if command, ok := strings.CutPrefix(l, "  "); ok {
			steps = append(steps, Run(command))
		} else if text, ok := strings.CutPrefix(l, "\t"); ok {
			steps = append(steps, Edit("", text))
		} else {
			steps = append(steps, Say(l))
		}
	}
	return steps
}
