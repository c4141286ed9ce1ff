package chain

import (
	"fmt"
	"slices"

	"mutual/diagnose/cause"
)

// judgeOrder looks at the chain as a list: its order, and what does not belong
// in it. Clients put up with most of it.
func (j *judge) judgeOrder(p chainPath) {
	last := -1
	for i, n := range p.nodes {
		if k := slices.IndexFunc(j.sent, func(s *node) bool { return s.SHA256 == n.SHA256 }); k >= 0 {
			n = j.sent[k] // an anchor may have been sent too
		}
		if n.sent < 0 || n.File != j.sent[0].File {
			continue
		}
		if n.sent < last {
			after := j.sent[last]
			j.add(Fault{Code: cause.ChainOutOfOrder, Depth: i, Severity: cause.Warning,
				Evidence: []Evidence{
					{Fact: after.at + ".issuer", Got: after.Issuer},
					{Fact: n.at + ".subject", Got: n.Subject, Want: fmt.Sprintf("after its certificate, which is number %d", after.sent+1)},
				},
				Vars: map[string]string{"subject": n.Name(), "issued": after.Name(), "place": fmt.Sprint(n.sent + 1), "after": fmt.Sprint(after.sent + 1)}})
			break
		}
		last = n.sent
	}
	if p.end == endAnchor {
		for _, n := range j.strays(p) {
			if n.SelfIssued() || n.File != j.sent[0].File {
				continue
			}
			f := j.brokenLink(p, n)
			f.Severity = cause.Warning
			j.add(f)
			break
		}
	}
	for i, n := range j.sent {
		if i > 0 && !j.sent[0].SelfIssued() && n.SelfIssued() && n.File == j.sent[0].File && j.linked(n, n) != linkFalse {
			j.add(Fault{Code: cause.ChainIncludesRoot, Depth: i, Severity: cause.Note,
				Evidence: []Evidence{{Fact: n.at + ".issuer", Got: n.Issuer}, {Fact: n.at + ".subject", Got: n.Subject}},
				Vars:     map[string]string{"subject": n.Name()}})
		}
	}
}

// drawn is the path as a picture: each certificate with its faults, and the
// place where it breaks.
func (j *judge) drawn(p chainPath, faults []Fault) []Link {
	var links []Link
	for i, n := range p.nodes {
		l := Link{Name: n.Name(), From: n.from, Where: n.File, Cert: n.Certificate}
		for _, f := range faults {
			if f.Depth != i || f.Code == cause.ChainBrokenLink || f.Code == cause.ChainIncludesRoot {
				continue
			}
			l.Faults = append(l.Faults, f.Code)
			l.Broken = l.Broken || f.Breaks()
		}
		if n.from == "known" && j.q.Trust != nil {
			l.Broken = true
		}
		links = append(links, l)
	}
	if j.q.Trust != nil && (p.end == endMissing || p.end == endFalse) {
		top := p.top()
		l := Link{Name: top.Issuer, From: "missing", Broken: true}
		if n := j.unreadIssuer(top); n != nil {
			l = Link{Name: n.Name(), From: n.from, Where: n.File, Cert: n.Certificate, Broken: true, Faults: []cause.Code{cause.CertMalformed}}
		}
		if p.end == endFalse {
			if c := j.issuers(top); len(c) > 0 {
				l.From, l.Where, l.Cert = c[0].from, c[0].File, c[0].Certificate
			}
		}
		for _, f := range faults {
			if f.Depth == len(p.nodes) && !slices.Contains(l.Faults, f.Code) {
				l.Faults = append(l.Faults, f.Code)
			}
		}
		links = append(links, l)
		if root, ok := j.relatedAnchor(top.x.Issuer); ok && slices.Contains(l.Faults, j.sided(cause.ServerChainMissingIntermediate, cause.ClientChainMissingIntermediate)) {
			links = append(links, Link{Name: root.Name(), From: root.from, Where: root.File, Cert: root.Certificate})
		}
	}
	return links
}
