package render

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"mutual/diagnose"
)

// The elements of a JUnit report as Jenkins, GitLab and GitHub actions read
// it.
type (
	suites struct {
		XMLName  xml.Name `xml:"testsuites"`
		Name     string   `xml:"name,attr"`
		Tests    int      `xml:"tests,attr"`
		Failures int      `xml:"failures,attr"`
		Errors   int      `xml:"errors,attr"`
		Suites   []suite  `xml:"testsuite"`
	}
	suite struct {
		Name      string     `xml:"name,attr"`
		Tests     int        `xml:"tests,attr"`
		Failures  int        `xml:"failures,attr"`
		Errors    int        `xml:"errors,attr"`
		Skipped   int        `xml:"skipped,attr"`
		Time      string     `xml:"time,attr"`
		Timestamp string     `xml:"timestamp,attr,omitempty"`
		Cases     []testcase `xml:"testcase"`
	}
	testcase struct {
		Name      string   `xml:"name,attr"`
		Class     string   `xml:"classname,attr"`
		Time      string   `xml:"time,attr"`
		Failure   *problem `xml:"failure"`
		Error     *problem `xml:"error"`
		Skipped   *problem `xml:"skipped"`
		SystemOut string   `xml:"system-out,omitempty"`
	}
	problem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes a test suite with one test case for each report: it fails where
// the report's exit code is not 0, and carries the whole diagnosis as text.
func JUnit(w io.Writer, reports ...*diagnose.Report) error {
	s := suite{Name: "mutual"}
	var total float64
	for _, r := range reports {
		if r.Command != "" {
			s.Name = "mutual " + r.Command
		}
		if s.Timestamp == "" && !r.Time.IsZero() {
			s.Timestamp = r.Time.UTC().Format("2006-01-02T15:04:05")
		}
		if r.Audit != nil {
			for _, c := range auditCases(r) {
				c.Class = strings.ReplaceAll(s.Name, " ", ".")
				if c.Failure != nil {
					s.Failures++
				}
				if c.Skipped != nil {
					s.Skipped++
				}
				s.Cases = append(s.Cases, c)
			}
			continue
		}
		c, seconds := caseOf(r)
		c.Class = strings.ReplaceAll(s.Name, " ", ".")
		total += seconds
		if c.Failure != nil {
			s.Failures++
		}
		s.Cases = append(s.Cases, c)
	}
	s.Time = fmt.Sprintf("%.3f", total)
	return writeSuite(w, s)
}

func caseOf(r *diagnose.Report) (testcase, float64) {
	seconds := 0.0
	for _, a := range r.Attempts {
		seconds += a.Millis / 1000
	}
	c := testcase{Name: xmlText(Escape(subjectOf(r))), Time: fmt.Sprintf("%.3f", seconds)}
	var text strings.Builder
	if err := Text(&text, r, Options{UTF8: true}); err != nil {
		text.WriteString(err.Error())
	}
	if r.ExitCode == diagnose.ExitOK {
		c.SystemOut = xmlText(text.String())
		return c, seconds
	}
	p := &problem{Message: xmlText(Escape(headline(r))), Type: "unexplained", Text: xmlText(text.String())}
	if root := r.RootCause(); root != nil {
		p.Type = string(root.Code)
	}
	c.Failure = p
	return c, seconds
}

// JUnitError writes a suite whose only case could not be run: the command line
// is wrong, or mutual could not do its work.
func JUnitError(w io.Writer, command, message, hint string) error {
	name := strings.TrimSpace("mutual " + command)
	return writeSuite(w, suite{Name: name, Errors: 1, Time: "0.000", Timestamp: time.Now().UTC().Format("2006-01-02T15:04:05"),
		Cases: []testcase{{Name: name, Class: "mutual", Time: "0.000",
			Error: &problem{Message: xmlText(Escape(message)), Text: xmlText(hint)}}}})
}

func writeSuite(w io.Writer, s suite) error {
	s.Tests = len(s.Cases)
	doc, err := xml.MarshalIndent(suites{Name: "mutual", Tests: s.Tests, Failures: s.Failures, Errors: s.Errors, Suites: []suite{s}}, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, doc)
	return err
}

// xmlText replaces what XML 1.0 §2.2 does not allow in a document, escaped or
// not.
func xmlText(s string) string {
	return strings.Map(func(r rune) rune {
		if r == utf8.RuneError || r < 0x20 && r != '\n' && r != '\t' || r == 0xfffe || r == 0xffff {
			return 0xfffd
		}
		return r
	}, s)
}
