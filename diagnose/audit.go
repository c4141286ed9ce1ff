package diagnose

import (
	"fmt"
	"strings"
)

// Audit is what a server did with each credential that it has to refuse.
type Audit struct {
	// Good is how it answered the good identity, which it has to accept:
	// what the others are compared with.
	Good  string `json:"good"`
	Tries []Try  `json:"tries"`
	// Connections counts all that were made.
	Connections int `json:"connections"`
}

// Try is one credential, or one way round the question for it.
type Try struct {
	// Name is the case, as --allow takes it. A case that is tried with
	// several paths, names or identities has as many tries.
	Name string `json:"name"`
	// What says in words what was tried.
	What    string     `json:"what"`
	Verdict TryVerdict `json:"verdict"`
	// How says in words how it was refused or accepted, or why it was not
	// tried.
	How string `json:"how"`
	// Attempt is the index of the attempt that shows it; 0: there is none.
	Attempt int `json:"attempt,omitempty"`
	// Code is the finding that an acceptance leads to.
	Code Code `json:"code"`
}

// TryVerdict is what came of a try.
type TryVerdict string

// The verdicts on a try.
const (
	TryRefused  TryVerdict = "refused"
	TryAccepted TryVerdict = "accepted"
	TryAllowed  TryVerdict = "allowed" // accepted, and the user said that it may be
	TryNotTried TryVerdict = "not-tried"
	// TryUnknown: the handshake was accepted, and no answer of the application
	// shows whether the client was.
	TryUnknown TryVerdict = "unknown"
)

// Count is how many tries came to that verdict.
func (a *Audit) Count(v TryVerdict) int {
	n := 0
	for _, t := range a.Tries {
		if t.Verdict == v {
			n++
		}
	}
	return n
}

// audited matches an audit's rule with the tries that were accepted.
func (f *Examination) audited(rule Rule) []Match {
	if f.Audit == nil || rule.Stage != Audited {
		return nil
	}
	m := Match{Vars: map[string]string{"what": ""}}
	var what []string
	for i, t := range f.Audit.Tries {
		if t.Code != rule.Code || t.Verdict != TryAccepted {
			continue
		}
		what = append(what, t.What)
		m.Evidence = append(m.Evidence, Evidence{Fact: fmt.Sprintf("audit.tries.%d.verdict", i), Got: "accepted", Want: "refused"})
	}
	if len(what) == 0 {
		return nil
	}
	m.Vars["what"] = strings.Join(what, ", ")
	return []Match{m}
}
