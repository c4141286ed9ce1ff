package chain

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"fmt"
	"slices"
)

// The bounds of the search for a path. A real chain needs a handful of each;
// chains made to explode path building stop here.
const (
	maxVisits = 2000 // certificates looked at
	maxChecks = 300  // signatures verified
	maxDepth  = 102  // certificates in one path, as many as OpenSSL follows
	maxPaths  = 64   // paths kept
	maxTried  = 4    // paths reported besides the chosen one
)

// node is a certificate together with where it stands in the report.
type node struct {
	*Certificate
	at   string // path in the report
	from string // as Link.From
	sent int    // position among those sent, else -1
}

func newJudge(q Question) *judge {
	j := &judge{
		q: q, bySubject: map[string][]*node{}, byX509: map[*x509.Certificate]*node{}, links: map[[2]*node]link{},
	}
	seen := map[string]bool{}
	index := func(n *node) {
		if n.x == nil || seen[n.SHA256] {
			return
		}
		seen[n.SHA256] = true
		subject := string(n.x.RawSubject)
		j.bySubject[subject] = append(j.bySubject[subject], n)
	}
	if q.Trust != nil {
		for i, c := range q.Trust.Anchors {
			n := &node{c, fmt.Sprintf("%s.anchors.%d", q.TrustPath, i), "trust store", -1}
			j.anchors = append(j.anchors, n)
			index(n)
		}
	}
	for i, c := range q.Sent {
		n := &node{c, fmt.Sprintf("%s.%d", q.Path, i), "sent", i}
		j.sent = append(j.sent, n)
		if i > 0 {
			index(n)
		}
	}
	for i, c := range q.Known {
		n := &node{c, fmt.Sprintf("known.%d", i), "known", -1}
		j.known = append(j.known, n)
		index(n)
	}
	for _, n := range slices.Concat(j.known, j.sent, j.anchors) {
		if n.x != nil {
			j.byX509[n.x] = n
		}
	}
	return j
}

// ending is how a path ends.
type ending int

const (
	endAnchor     ending = iota
	endSelfSigned        // in a certificate that has no issuer but itself
	endMissing           // its issuer is not at hand
	endFalse             // a certificate of its issuer's name is, but its key does not fit
	endUnread            // the leaf cannot be parsed
)

// chainPath is a way from the leaf towards an anchor.
type chainPath struct {
	nodes []*node
	end   ending
}

func (p chainPath) top() *node { return p.nodes[len(p.nodes)-1] }

func (p chainPath) complete(anyRoot bool) bool {
	return p.end == endAnchor || anyRoot && p.end == endSelfSigned
}

func (p chainPath) same(o chainPath) bool { return p.end == o.end && slices.Equal(p.nodes, o.nodes) }

// anchor reports whether the i-th certificate is the path's trust anchor.
func (p chainPath) anchor(i int) bool { return p.end == endAnchor && i == len(p.nodes)-1 }

// unsent is the position of the first certificate that is needed and neither
// sent nor trusted, or -1.
func (p chainPath) unsent() int {
	return slices.IndexFunc(p.nodes, func(n *node) bool { return n.from == "known" })
}

// choosePath picks the path that the judgement is about: the one crypto/x509
// accepted, else the one that comes furthest with the fewest faults.
func (j *judge) choosePath(accepted [][]*x509.Certificate) chainPath {
	j.search([]*node{j.sent[0]})
	if len(accepted) > 0 {
		j.paths = append(j.accepted(accepted), j.paths...)
	}
	cost := func(p chainPath) (int, int, int) {
		breaks := 0
		for i := range p.nodes {
			for _, f := range j.certificateFaults(p, i) {
				if f.Breaks() {
					breaks++
				}
			}
		}
		rank := 3 * int(p.end)
		if p.end == endAnchor && p.unsent() >= 0 {
			rank++
		}
		if j.q.Trust == nil && p.end == endFalse {
			rank = 3*int(endMissing) - 1
		}
		// A path that ends early is worth less than one that comes further;
		// a complete one had better be short.
		length := len(p.nodes)
		if p.end != endAnchor {
			length = -length
		}
		return rank, breaks, length
	}
	if len(accepted) == 0 {
		slices.SortStableFunc(j.paths, func(a, b chainPath) int {
			ar, ab, al := cost(a)
			br, bb, bl := cost(b)
			return cmp.Or(cmp.Compare(ar, br), cmp.Compare(ab, bb), cmp.Compare(al, bl))
		})
	}
	return j.paths[0]
}

// accepted turns the shortest chain of crypto/x509 into a path.
func (j *judge) accepted(chains [][]*x509.Certificate) []chainPath {
	shortest := slices.MinFunc(chains, func(a, b []*x509.Certificate) int { return cmp.Compare(len(a), len(b)) })
	p := chainPath{end: endAnchor}
	for i, x := range shortest {
		n := j.byX509[x]
		if i == 0 {
			n = j.sent[0]
		}
		if n == nil {
			return nil
		}
		p.nodes = append(p.nodes, n)
	}
	return []chainPath{p}
}

// search follows the issuers of the path's last certificate, depth first,
// anchors before what was sent before what is merely known.
func (j *judge) search(path []*node) {
	j.visits++
	if j.visits > maxVisits || len(j.paths) >= maxPaths || len(path) > maxDepth {
		if len(j.paths) == 0 {
			j.keep(path, endMissing)
		}
		return
	}
	last := path[len(path)-1]
	if last.from == "trust store" || len(path) == 1 && j.isAnchor(last) {
		j.keep(path, endAnchor)
		return
	}
	if last.SelfIssued() && j.linked(last, last) != linkFalse {
		j.keep(path, endSelfSigned)
		return
	}
	followed, refused := false, false
	for _, issuer := range j.issuers(last) {
		if contains(path, issuer) {
			continue
		}
		if j.linked(last, issuer) == linkFalse {
			refused = true
			continue
		}
		if l := j.linked(last, issuer); l == linkUntried {
			continue
		}
		followed = true
		j.search(append(slices.Clip(path), issuer))
	}
	switch {
	case followed:
	case refused:
		j.keep(path, endFalse)
	default:
		j.keep(path, endMissing)
	}
}

func (j *judge) keep(path []*node, end ending) {
	j.paths = append(j.paths, chainPath{nodes: slices.Clone(path), end: end})
}

// issuers are the certificates whose subject is n's issuer: anchors first, and
// among equals those whose key identifier fits.
func (j *judge) issuers(n *node) []*node {
	found := slices.Clone(j.bySubject[string(n.x.RawIssuer)])
	origin := map[string]int{"trust store": 0, "sent": 1, "known": 2}
	unlike := func(c *node) int {
		if keyIDsDiffer(n.x, c.x) {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(found, func(a, b *node) int {
		return cmp.Or(cmp.Compare(unlike(a), unlike(b)), cmp.Compare(origin[a.from], origin[b.from]))
	})
	return found
}

func (j *judge) linked(child, parent *node) link {
	key := [2]*node{child, parent}
	if l, ok := j.links[key]; ok {
		return l
	}
	if j.checks >= maxChecks {
		return linkUntried
	}
	j.checks++
	l := linkOf(child.x, parent.x)
	j.links[key] = l
	return l
}

func (j *judge) isAnchor(n *node) bool {
	return slices.ContainsFunc(j.anchors, func(a *node) bool { return a.SHA256 == n.SHA256 })
}

// contains reports whether the path holds the certificate already, or another
// one for the same name and key, as cross-signing makes them.
func contains(path []*node, n *node) bool {
	return slices.ContainsFunc(path, func(p *node) bool {
		return p == n || p.SHA256 == n.SHA256 ||
			bytes.Equal(p.x.RawSubject, n.x.RawSubject) && bytes.Equal(p.x.RawSubjectPublicKeyInfo, n.x.RawSubjectPublicKeyInfo)
	})
}
