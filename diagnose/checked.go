package diagnose

// CheckSchema is the version of the layout of Checked.
const CheckSchema = "mutual.check/1"

// Checked is what came of holding the servers of a fleet to a file of
// expectations.
type Checked struct {
	Schema   string          `json:"schema"`
	Command  string          `json:"command"`
	File     string          `json:"file"`
	ExitCode int             `json:"exit_code"`
	Met      int             `json:"met"`
	Failed   int             `json:"failed"`
	Targets  []CheckedTarget `json:"targets"`
}

// CheckedTarget is one server and what was expected of it.
type CheckedTarget struct {
	Name         string        `json:"name"`
	Target       string        `json:"target"`
	Line         int           `json:"line"`
	Millis       float64       `json:"ms"`
	Expectations []Expectation `json:"expectations"`
}

// Failed counts the expectations that are not met.
func (t CheckedTarget) Failed() int {
	n := 0
	for _, e := range t.Expectations {
		if !e.Met {
			n++
		}
	}
	return n
}

// Expectation is one thing expected of a server. Where it is not met, Code,
// Title and Fix say why.
type Expectation struct {
	What   string `json:"what"` // "accepts client"
	Line   int    `json:"line"` // of the file, from 1
	Column int    `json:"column"`
	Met    bool   `json:"met"`
	Seen   string `json:"seen"` // in words
	Code   Code   `json:"code,omitempty"`
	Title  string `json:"title,omitempty"`
	Fix    Steps  `json:"fix,omitempty"`
}

// Tally counts what is met and sets the exit code.
func (c *Checked) Tally() {
	c.Met, c.Failed, c.ExitCode = 0, 0, ExitOK
	for _, t := range c.Targets {
		c.Failed += t.Failed()
		c.Met += len(t.Expectations) - t.Failed()
	}
	if c.Failed > 0 || c.Met == 0 {
		c.ExitCode = ExitAudit
	}
}

// Words are the rule's title and fix, filled with what is known of the
// connection.
func (r Rule) Words(f *Facts) (title string, fix Steps) {
	x := Judge(f).known(r.Side, 0, nil)
	return x.prose(r.Title), x.steps(r.Fix)
}

// Finding is the rule's cause as another judge has found it.
func (r Rule) Finding(f *Facts) Finding {
	title, fix := r.Words(f)
	return Finding{Code: r.Code, Stage: r.Stage, Side: r.Side, Severity: Error, Basis: r.Basis, Title: title,
		Explanation: r.General().Why, Fix: fix, Refs: r.Refs}
}
