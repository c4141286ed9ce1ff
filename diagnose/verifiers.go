package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

// asksOthers reports whether other verifiers than Go's are asked about a
// chain: where it is not known who will judge it, or where it was refused and
// that has to be explained.
func (f *Facts) asksOthers(q chain.Question) bool {
	switch f.View {
	case SeenInFiles:
		return q.Trust != nil
	case SeenByClient, SeenBetween:
		if q.Side == ServerSide {
			return q.Trust != nil
		}
		return f.refusedClient()
	}
	return false
}

// refusedClient reports that the server refused the certificate itself, by its
// TLS library or in words, and not what the application made of it.
func (f *Facts) refusedClient() bool {
	a := f.ClientAuth
	if a == nil || a.Verdict != cause.VerdictRejected || !a.Presented {
		return false
	}
	return f.HTTP == nil || f.HTTP.Says == cause.SaysCertificateBad
}

// promote makes errors of what the verifier whose word counts refuses a chain
// for: no other cause of a refusal is looked for then.
func (f *Examination) promote() {
	for _, side := range []Side{ServerSide, ClientSide} {
		v := f.Chain(side)
		if v == nil {
			continue
		}
		for i, fault := range v.Faults {
			if fault.By != "" {
				v.Faults[i].Severity, v.Faults[i].Basis = f.onlyBy(side, fault)
			}
		}
	}
}

// deciding is the verifier whose word counts for that side's chain, or empty
// where that is not known: the one that the user named for what the command is
// about, and for the client's certificate the library that the server was
// recognised by.
func (f *Examination) deciding(side Side) cause.Verifier {
	if side == ServerSide || f.View == SeenInFiles {
		return f.Judge
	}
	switch f.library() {
	case cause.OpenSSL:
		return cause.ByOpenSSL
	case cause.Go:
		return cause.ByGo
	case cause.Java:
		return cause.ByJava
	case cause.GnuTLS:
		return unknownVerifier
	}
	switch f.stack() {
	case "nginx", "Apache", "PostgreSQL", "Node":
		return cause.ByOpenSSL
	case "Go":
		return cause.ByGo
	case "Java":
		return cause.ByJava
	case "IIS", "Envoy":
		return unknownVerifier
	}
	return ""
}

// unknownVerifier is one that is recognised, and whose rules are not known
// here.
const unknownVerifier cause.Verifier = "other"

// onlyBy is how grave it is that one verifier alone refuses the chain: an error
// where its word counts, else a warning; and a guess where a client was
// refused by a server that nobody knows.
func (f *Examination) onlyBy(side Side, fault chain.Fault) (Severity, Basis) {
	by := f.deciding(side)
	o := f.Chain(side).Opinion(by)
	switch {
	case o != nil && !o.Accepts && (by == fault.By || by == cause.ByStrict && fault.By == cause.ByOpenSSL):
		return Error, fault.Basis
	case by != "":
		return Note, fault.Basis
	case side == ClientSide && f.View != SeenInFiles && fault.By == cause.ByOpenSSL:
		return Error, Inferred
	}
	return fault.Severity, fault.Basis
}

// bySomeVerifiers is the severity of a fault that Go refuses a chain for, where
// the others were asked and do not. The verifier whose word counts decides;
// where there is none, what Go alone refuses is a warning.
func (f *Examination) bySomeVerifiers(side Side) (Severity, bool) {
	v := f.Chain(side)
	if f.View != SeenInFiles || v == nil || len(v.Opinions) == 0 {
		return "", false
	}
	if f.Roots != nil && len(f.Roots.ServerFor) > 0 {
		return "", false // Google judges, by conditions of its own
	}
	accepts := func(by cause.Verifier) bool {
		o := v.Opinion(by)
		return o != nil && o.Accepts && !o.Unsure
	}
	switch by := f.deciding(side); by {
	case "":
		// Level 2 and Python's flags are the strictest that OpenSSL is used with.
		return Warning, accepts(cause.ByStrict) && v.Opinion(cause.ByOpenSSL).Says == "" && accepts(cause.ByOpenSSL)
	case cause.ByGo, cause.ByJava: // which read no list by themselves
		return Warning, accepts(by) && len(f.CRLs) == 0
	default:
		return Warning, accepts(by)
	}
}

// verdicts is the evidence of who says what.
func (f *Examination) verdicts(side Side) Evidence {
	var accept, refuse []string
	for _, o := range f.Chain(side).Opinions {
		if o.Accepts {
			accept = append(accept, VerifierName(o.By))
		} else {
			refuse = append(refuse, VerifierName(o.By))
		}
	}
	e := Evidence{Fact: "verifiers." + string(side)}
	if len(refuse) > 0 {
		e.Got = "refused by " + strings.Join(refuse, ", ")
	}
	if len(accept) > 0 {
		e.Got = strings.TrimPrefix(e.Got+"; accepted by "+strings.Join(accept, ", "), "; ")
	}
	return e
}

func (f *Examination) opinions() Verdicts {
	var v Verdicts
	if c := f.Chain(ServerSide); c != nil {
		v.Server = c.Opinions
	}
	if c := f.Chain(ClientSide); c != nil {
		v.Client = c.Opinions
	}
	return v
}

// VerifierName is what people call a verifier.
func VerifierName(by cause.Verifier) string {
	switch by {
	case cause.ByOpenSSL:
		return "OpenSSL"
	case cause.ByStrict:
		return "Python 3.13"
	case cause.ByGo:
		return "Go"
	case cause.ByJava:
		return "Java"
	}
	return string(by)
}

// Verifiers are the names under which a verifier can be given the last word.
func Verifiers() []string {
	return []string{string(cause.ByOpenSSL), string(cause.ByStrict), string(cause.ByGo), string(cause.ByJava)}
}

// verifiersDisagree finds chains that one verifier refuses and others accept,
// for a reason that has no name of its own.
func verifiersDisagree(f *Examination) []Match { return faults(cause.VerifiersDisagree)(f) }

// refusesByJudge finds that the verifier whose word counts refuses a chain that
// no other fault explains.
func refusesByJudge(f *Examination) []Match {
	var found []Match
	for _, side := range []Side{ServerSide, ClientSide} {
		v := f.Chain(side)
		o := v.Opinion(f.deciding(side))
		if f.View != SeenInFiles || o == nil || o.Accepts || slices.ContainsFunc(v.Faults, func(c chain.Fault) bool {
			return c.By == o.By || c.By == "" && c.Breaks()
		}) {
			continue
		}
		found = append(found, Match{Side: side, Severity: Error,
			Title:    fmt.Sprintf("%s refuses the {party}'s chain: {reason}.", VerifierName(o.By)),
			Vars:     map[string]string{"party": string(side), "reason": o.Says, "subject": v.Path[0].Name()},
			Evidence: []Evidence{{Fact: "verifiers." + string(side), Got: VerifierName(o.By) + ": " + o.Says, Want: "accepted"}}})
	}
	return found
}
