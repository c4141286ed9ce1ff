package diagnose

import (
	"slices"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

// Schema is the version of the report's layout.
const Schema = "mutual.report/1"

// Verdict is a diagnosis in one word.
type Verdict string

// The verdicts.
const (
	Healthy     Verdict = "healthy"     // it works; warnings may stand
	Explained   Verdict = "explained"   // it fails, and findings say why
	Unexplained Verdict = "unexplained" // it fails, and no rule knows why
)

// Report is the outcome of a diagnosis: the facts, and what they mean.
// Findings[0] is the root cause.
type Report struct {
	Schema   string  `json:"schema"`
	Verdict  Verdict `json:"verdict"`
	ExitCode int     `json:"exit_code"`
	Facts
	// Expected is what Expect was given, where that is not the rule.
	Expected Expected  `json:"expected,omitempty"`
	Findings []Finding `json:"findings"`
	// Verifiers are what the families of TLS programs say of the chains.
	Verifiers Verdicts `json:"verifiers,omitzero"`

	examined *Examination // nil in a report that was read
}

// Verdicts are the verifiers' opinions of each side's chain, where they were
// asked.
type Verdicts struct {
	Server []chain.Opinion `json:"server,omitempty"`
	Client []chain.Opinion `json:"client,omitempty"`
}

// Chain is the judgement of that side's chain, or nil where none was seen.
func (r *Report) Chain(side Side) *chain.Verdict {
	if r.examined == nil {
		r.examined = Judge(&r.Facts)
	}
	return r.examined.Chain(side)
}

// Links is that side's chain as it is drawn, leaf first, down to the anchor or
// to what is missing; nil where no chain was seen.
func (r *Report) Links(side Side) []chain.Link {
	if v := r.Chain(side); v != nil {
		return v.Links
	}
	return nil
}

// Finding is a rule's cause found in these facts.
type Finding struct {
	Code        Code       `json:"code"`
	Stage       Stage      `json:"stage"`
	Side        Side       `json:"side"`
	Severity    Severity   `json:"severity"`
	Basis       Basis      `json:"basis"`
	Title       string     `json:"title"`
	Explanation string     `json:"explanation"`
	Fix         Steps      `json:"fix"`
	Refs        []string   `json:"refs"`
	Evidence    []Evidence `json:"evidence"`
	Depth       int        `json:"depth"`
	Explains    []string   `json:"explains"`
	// Candidates are the other causes that would look the same, likeliest
	// first; Settle is what would decide. Both are empty where Basis is
	// Proven.
	Candidates []Code `json:"candidates,omitempty"`
	Settle     string `json:"settle,omitempty"`
}

// Exit is the exit code that a finding stands for as root cause.
func (f Finding) Exit() int { return exitCode(f.Stage, f.Side) }

// RootCause is the first finding that breaks the connection, or nil.
func (r *Report) RootCause() *Finding {
	if len(r.Findings) > 0 && r.Findings[0].Severity == Error {
		return &r.Findings[0]
	}
	return nil
}

// Has reports whether the code is among the findings.
func (r *Report) Has(code Code) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Code == code })
}

// Untold reports whether a server that asked for a certificate finished the
// handshake, and no answer of the application shows whether it takes the
// client.
func (f *Facts) Untold() bool {
	a := f.ClientAuth
	return f.View == SeenByClient && f.Audit == nil && a != nil && a.Requested && f.Worked() && !a.Established.ByApplication()
}

// DemandProof makes a failed audit of an acceptance that could not be told.
func (r *Report) DemandProof() {
	if r.ExitCode == ExitOK && r.Untold() {
		r.ExitCode = ExitAudit
	}
}

// Expected is which outcome its caller calls success.
type Expected string

// The outcomes. Accepted is the rule.
const (
	ExpectAccepted Expected = "accepted"
	ExpectRejected Expected = "rejected"
	ExpectEnforced Expected = "enforced"
)

// Expect changes the exit code for a caller who wants more than to get in. One
// who wants this client to be refused: a refusal is success, an acceptance a
// failed audit. One who wants a certificate to be demanded: what works is a
// failed audit unless a client without one is refused.
func (r *Report) Expect(e Expected) {
	if e != ExpectAccepted {
		r.Expected = e
	}
	switch {
	case e == ExpectRejected && r.Has(cause.ClientCertNotRequested) && r.ExitCode == ExitClient:
		r.ExitCode = ExitAudit // a server that never asks refuses nobody
	case e == ExpectRejected && r.ExitCode == ExitClient:
		r.ExitCode = ExitOK
	case e == ExpectRejected && r.ExitCode == ExitOK, e == ExpectEnforced && r.ExitCode == ExitOK && r.Enforcement() != Enforced:
		r.ExitCode = ExitAudit
	}
}
