package chain

import (
	"fmt"
	"slices"

	"mutual/diagnose/cause"
)

// judgeUnread finds an issuer that is at hand and cannot be parsed: it is not
// missing. One that was sent is said to be unreadable already.
func (j *judge) judgeUnread(p chainPath) bool {
	n := j.unreadIssuer(p.top())
	if n == nil {
		return false
	}
	if n.from == "trust store" {
		j.add(Fault{Code: cause.CertMalformed, Depth: len(p.nodes),
			Title:    "The CA {subject} is in the trust store, and Go cannot use it: {reason}.",
			Evidence: []Evidence{{Fact: n.at + ".parse_error", Got: n.ParseError}},
			Vars:     map[string]string{"subject": n.Name(), "reason": n.ParseError, "file": n.File}})
	}
	return true
}

// judgeBounds finds a path that ends although its next issuer is at hand:
// because it is on the path already, or because the path is as long as any may
// be.
func (j *judge) judgeBounds(p chainPath) bool {
	for _, c := range j.issuers(p.top()) {
		if j.linked(p.top(), c) != linkSigned {
			continue
		}
		f := Fault{Code: cause.ChainUnverifiable, Depth: len(p.nodes) - 1,
			Title:    "The chain has more than {limit} certificates, and no program follows it that far.",
			Evidence: []Evidence{{Fact: p.top().at + ".issuer", Got: p.top().Issuer}},
			Vars:     map[string]string{"limit": fmt.Sprint(maxDepth), "reason": "the chain is too long", "file": p.nodes[0].File}}
		if contains(p.nodes, c) {
			f.Title = "The CAs of the chain certify each other in a circle, {top} and those below it, and none of them is in the trust store."
			f.Vars["top"], f.Vars["reason"] = p.top().Name(), "its CAs certify each other in a circle"
		}
		j.add(f)
		return true
	}
	return false
}

// unreadIssuer is a certificate of the issuer's name that crypto/x509 cannot
// parse, or nil: one at hand is not missing.
func (j *judge) unreadIssuer(child *node) *node {
	for _, n := range slices.Concat(j.sent, j.anchors) {
		if n.x == nil && n.Subject != "" && n.Subject == child.Issuer {
			return n
		}
	}
	return nil
}
