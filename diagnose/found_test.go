package diagnose

import (
	"slices"
	"testing"

	"mutual/diagnose/cause"
)

// TestEachRuleIsFoundOneWay: a rule says how its cause is found, and that is so.
func TestEachRuleIsFoundOneWay(t *testing.T) {
	refused := map[cause.Code]bool{}
	for _, s := range signs {
		refused[s.code] = true
	}
	for _, r := range Rules() {
		switch {
		case (r.Found == ByFacts) != (r.Find != nil):
			t.Errorf("%s is found %q, and has a Find: %t", r.Code, r.Found, r.Find != nil)
		case r.Found == ByAudit && r.Stage != Audited:
			t.Errorf("%s of stage %s is found %q", r.Code, r.Stage, r.Found)
		case r.Found == ByRefusal && !refused[r.Code]:
			t.Errorf("%s is found by a refusal, and no sign means it", r.Code)
		case r.Found == ByOthers && refused[r.Code]:
			t.Errorf("%s is for others to find, and a sign of a refusal means it", r.Code)
		}
	}
	for code := range refused {
		if code == "" {
			continue // a sign that leaves it to another rule
		}
		if _, ok := RuleFor(code); !ok {
			t.Errorf("a sign means %s, which no rule has", code)
		}
	}
}

// TestOneRuleForEachView: of a code that client and server read differently
// there is one rule for each; else there is one.
func TestOneRuleForEachView(t *testing.T) {
	type seen struct {
		code Code
		view View
	}
	rules := map[seen]int{}
	for _, r := range Rules() {
		rules[seen{r.Code, r.Seen}]++
	}
	twice := []Code{cause.ServerChainMissingIntermediate} // by the chain, and by what Google's callers need of it
	for s, n := range rules {
		if n > 1 && !slices.Contains(twice, s.code) {
			t.Errorf("%s has %d rules for the same eyes", s.code, n)
		}
	}
}
