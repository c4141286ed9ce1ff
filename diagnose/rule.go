package diagnose

import "mutual/diagnose/chain"

// Rule is one root cause: how to recognise it and how to explain it. Prose is
// static but for words in braces, which a Match fills from its Vars, and the
// facts from what the user gave and what stands beside it; see filler, also for
// what is shown without a connection (explain, the catalogue).
type Rule struct {
	Code     Code
	Stage    Stage
	Side     Side // who has to change something; a Match may say otherwise
	Severity Severity
	Basis    Basis
	// Seen: the rule judges only what was seen with these eyes; "": any. Rules
	// on reach and negotiation are a client's unless they say otherwise.
	Seen  View
	Title string
	Why   string // for someone who has not met it
	Fix   Steps  // likeliest first
	Refs  []string
	// Under are causes that explain this one away: where one of them is
	// found, this one is listed under its explains.
	Under []Code
	// Found is how the cause is found; Find judges the facts where it is
	// ByFacts, and returns nil where the cause is absent.
	Found Found
	Find  func(f *Examination) []Match
}

// Found is how a cause is found.
type Found string

// The ways. A cause that facts show may be what a refusal means, too.
const (
	ByFacts       Found = ""            // Find sees it
	ByRefusal     Found = "refusal"     // the table of refusals alone leads to it
	ByAudit       Found = "audit"       // a try of an audit shows it
	ByExpectation Found = "expectation" // something was expected of a server, and is not so
	ByOthers      Found = "others"      // only another party can establish it; it is known and explained
)

// Match is one occurrence of a rule's cause. A match without evidence does not
// count.
type Match struct {
	Side     Side     // empty: the rule's
	Severity Severity // empty: the rule's
	Basis    Basis    // empty: the rule's
	Depth    int      // of the certificate concerned; 0 is the leaf
	Evidence []Evidence
	Vars     map[string]string
	// Title and Fix replace the rule's where the case allows a better one.
	Title string
	Fix   Steps
	// Explains are symptoms that this cause accounts for.
	Explains []string
	// Candidates are the runners-up of an inferred cause, likeliest first,
	// and Settle the one thing that would decide between them.
	Candidates []Code
	Settle     string
}

// Evidence is one fact that supports a finding.
type Evidence = chain.Evidence

// Rules returns every rule, in order of rank: what stands earlier explains
// more. The slice is the caller's.
func Rules() []Rule {
	var all []Rule
	for _, part := range [][]Rule{
		fileRules, storeRules, inspectionRules, reachRules, negotiationRules, clockRules, trustRules, chainRules,
		serverRules, revocationRules, rootsRules, serveRules, clientCertRules, sizeRules, clientRules, auditRules, checkRules,
	} {
		all = append(all, part...)
	}
	return all
}

// RuleSeen returns the rule of that code for what was seen with these eyes, or
// the first where there is none for them alone.
func RuleSeen(code Code, view View) (Rule, bool) {
	for _, r := range Rules() {
		if r.Code == code && r.Seen == view {
			return r, true
		}
	}
	return RuleFor(code)
}

// RuleFor returns the first rule of that code.
func RuleFor(code Code) (Rule, bool) {
	for _, r := range Rules() {
		if r.Code == code {
			return r, true
		}
	}
	return Rule{}, false
}
