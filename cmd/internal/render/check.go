package render

import (
	"fmt"
	"io"
	"strings"
	"time"

	"mutual/diagnose"
)

// few is up to how many targets each is named, the sound ones too.
const few = 20

// Checked writes for people what came of holding a fleet to its expectations.
func Checked(w io.Writer, c *diagnose.Checked, o Options) error {
	p := newPage(o)
	failed := 0
	for _, t := range c.Targets {
		if t.Failed() > 0 {
			failed++
		}
	}
	switch {
	case failed > 0:
		p.headline(bad, p.g.bad, checkedHeadline(c), "")
	default:
		p.headline(good, p.g.ok, checkedHeadline(c), "")
	}
	p.blank()
	if len(c.Targets) <= few {
		for _, t := range c.Targets {
			if t.Failed() == 0 {
				p.row(good, p.g.ok, t.Name, fmt.Sprintf("%s, %s", many(len(t.Expectations), "expectation"), millis(t.Millis)), 46)
			}
		}
	} else if sound := len(c.Targets) - failed; sound > 0 && failed > 0 {
		p.line(fmt.Sprintf("  %s %d targets do all that is expected of them", p.paint(good, p.g.ok), sound))
	}
	for _, t := range c.Targets {
		if t.Failed() > 0 {
			p.blank()
			p.checkedTarget(c, t)
		}
	}
	_, err := io.WriteString(w, p.b.String())
	return err
}

// checkedTarget writes a target that fails: each expectation, and for those
// not met the cause and its fix.
func (p *page) checkedTarget(c *diagnose.Checked, t diagnose.CheckedTarget) {
	name := t.Name
	if t.Name != t.Target {
		name += " (" + t.Target + ")"
	}
	p.headline(bad, p.g.bad, fmt.Sprintf("%s: %d of %s not met.", name, t.Failed(), many(len(t.Expectations), "expectation")), "")
	told := map[diagnose.Code]bool{}
	for _, e := range t.Expectations {
		if e.Met {
			p.row(good, p.g.ok, e.What, e.Seen, 46)
			continue
		}
		p.row(bad, p.g.bad, e.What, e.Seen, 46)
		if !told[e.Code] {
			p.labelled("why", fmt.Sprintf("%s (%s)", strings.TrimRight(e.Title, "."), e.Code))
			p.advice("fix", e.Fix)
		}
		told[e.Code] = true
		p.labelled("at", fmt.Sprintf("%s:%d:%d", c.File, e.Line, e.Column))
	}
}

func checkedHeadline(c *diagnose.Checked) string {
	failed := 0
	for _, t := range c.Targets {
		if t.Failed() > 0 {
			failed++
		}
	}
	switch {
	case failed > 0:
		return fmt.Sprintf("%d of %s in %s not as expected; %s not met.", failed, many(len(c.Targets), "target"), c.File, many(c.Failed, "expectation"))
	case len(c.Targets) == 1:
		return fmt.Sprintf("The target in %s is as expected; %s met.", c.File, many(c.Met, "expectation"))
	}
	return fmt.Sprintf("All %s in %s are as expected; %s met.", many(len(c.Targets), "target"), c.File, many(c.Met, "expectation"))
}

// many counts things.
func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// CheckedJSON writes it for scripts.
func CheckedJSON(w io.Writer, c *diagnose.Checked) error { return writeJSON(w, c, "  ") }

// CheckedJUnit writes a test suite with one test case for each expectation.
func CheckedJUnit(w io.Writer, c *diagnose.Checked, now time.Time) error {
	s := suite{Name: "mutual check", Timestamp: now.UTC().Format("2006-01-02T15:04:05")}
	total := 0.0
	for _, t := range c.Targets {
		total += t.Millis / 1000
		for i, e := range t.Expectations {
			k := testcase{Name: xmlText(Escape(e.What)), Class: xmlText(Escape(t.Name)), Time: "0.000"}
			if i == 0 {
				k.Time = fmt.Sprintf("%.3f", t.Millis/1000)
			}
			if e.Met {
				k.SystemOut = xmlText(Escape(e.Seen))
			} else {
				s.Failures++
				text := fmt.Sprintf("%s\n%s\n%s:%d:%d", e.Title, e.Fix.String(), c.File, e.Line, e.Column)
				k.Failure = &problem{Message: xmlText(Escape(e.Seen + ": " + e.Title)), Type: string(e.Code), Text: xmlText(text)}
			}
			s.Cases = append(s.Cases, k)
		}
	}
	s.Time = fmt.Sprintf("%.3f", total)
	return writeSuite(w, s)
}
