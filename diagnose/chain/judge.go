// Package chain holds certificates as facts, and the judge of chains: what a
// strict verifier would object to, where, and why. It reads no file, no clock
// and no network.
package chain

import (
	"cmp"
	"crypto/x509"
	"errors"
	"slices"
	"time"

	"mutual/diagnose/cause"
)

// CRL is a certificate revocation list at hand.
type CRL struct {
	Issuer     string    `json:"issuer"`
	ThisUpdate time.Time `json:"this_update"`
	NextUpdate time.Time `json:"next_update"`
	File       string    `json:"file,omitempty"`
	DER        []byte    `json:"der"`
}

// Question is what Judge is asked.
type Question struct {
	// Path is where the chain stands in the report: "chains.server",
	// "identity", ... Evidence is built on it.
	Path string
	Side cause.Side // whose chain it is: decides the purpose
	// Issuer: the first certificate is a CA's own, and is judged as one.
	Issuer bool
	// Sent is the chain, leaf first.
	Sent []*Certificate
	// Known are further certificates that may complete the chain; they are
	// not trusted, and a chain that needs them lacks an intermediate.
	Known []*Certificate
	// Trust holds the anchors; nil: unknown, judge all but the anchor.
	Trust *Trust
	// TrustPath is where Trust stands in the report; empty: "trust".
	TrustPath string
	Name      string // DNS name or IP address to match; "" for none
	// NamePath is where Name stands in the report; empty: "target.server_name".
	NamePath string
	Now      time.Time
	CRLs     []*CRL
	// AllCRLs: every issuer has to have a CRL once CRLs are given, even if
	// none of those given concerns this chain.
	AllCRLs bool
	// Staple is the OCSP response that came with the chain. Stapling says
	// whether the connection was one in which it would have come.
	Staple   []byte
	Stapling bool
	// Others: other verifiers are asked too. AtHand are certificates of which
	// the self-signed ones count as anchors for them, where Trust is unknown.
	Others bool
	AtHand []*Certificate
	// Level is OpenSSL's security level; 0 is its own default, 1.
	Level int
}

// Fault is one thing wrong with one certificate of a chain.
type Fault struct {
	Code cause.Code
	// Depth is the certificate's place in the path: 0 is the leaf, 1 its
	// issuer, whatever the order in which they were sent.
	Depth    int
	Evidence []Evidence
	Vars     map[string]string
	// Severity is empty for a fault that every strict verifier refuses.
	Severity cause.Severity
	Basis    cause.Basis // empty: proven
	// Candidates and Settle are as in Match, for an inferred fault.
	Candidates []cause.Code
	Settle     string
	// Title replaces the rule's.
	Title string
	// By is set where only that verifier refuses the chain for the fault.
	By cause.Verifier
}

// Breaks reports whether a strict verifier refuses the chain for the fault.
func (f Fault) Breaks() bool { return f.Severity == "" || f.Severity == cause.Error }

// Link is one certificate of the chain as it is drawn: leaf first, down to
// the anchor or to what is missing.
type Link struct {
	Name   string // subject
	From   string // "sent", "known", "trust store", "missing"
	Where  string // file, where it came from one
	Cert   *Certificate
	Faults []cause.Code
	Broken bool // the chain Breaks here
}

// Verdict is the judgement of a chain.
type Verdict struct {
	// Trusted: the chain as sent reaches an anchor and has no fault that a
	// strict verifier refuses.
	Trusted bool
	Faults  []Fault
	Links   []Link
	// Path holds the certificates of Links that are at hand: leaf first, as
	// far as issuers could be followed through what was sent, known, trusted.
	Path []*Certificate
	// Complete: Path ends in an anchor or, where the anchors are unknown, in
	// a self-signed certificate.
	Complete bool
	// Tried are the other paths that were followed and where each broke.
	Tried [][]Link
	// Opinions are what the verifiers say, where they were asked.
	Opinions []Opinion
}

// Has reports whether the fault is among the chain's faults.
func (v *Verdict) Has(code cause.Code) bool {
	return v != nil && slices.ContainsFunc(v.Faults, func(f Fault) bool { return f.Code == code })
}

// Sound reports whether the chain has no fault that a strict verifier refuses.
func (v *Verdict) Sound() bool {
	return v == nil || !slices.ContainsFunc(v.Faults, Fault.Breaks)
}

// judge is the state of one judgement.
type judge struct {
	q                    Question
	sent, known, anchors []*node
	bySubject            map[string][]*node
	byX509               map[*x509.Certificate]*node
	links                map[[2]*node]link
	checks, visits       int
	paths                []chainPath
	faults               []Fault
	assumed              chainPath // crypto/x509's path to one of AtHand, where Trust is unknown
}

// Judge judges a chain: it finds every fault of every certificate on the
// best path from the leaf to an anchor, or as far as the path can be followed.
// It agrees with crypto/x509: what it calls trusted x509 accepts, and where
// x509 refuses at least one fault is an error. It returns nil where no
// certificate was sent.
func Judge(q Question) *Verdict {
	if len(q.Sent) == 0 {
		return nil
	}
	q.TrustPath, q.NamePath = cmp.Or(q.TrustPath, "trust"), cmp.Or(q.NamePath, "target.server_name")
	if q.Now.IsZero() {
		q.Now = time.Unix(1, 0) // the zero time means now to crypto/x509
	}
	if q.Side == cause.ClientSide {
		q.Name = ""
	}
	j := newJudge(q)
	j.judgeEncoding()
	if q.Sent[0].X509() == nil {
		others := j.askOthers(errors.New(q.Sent[0].ParseError))
		v := j.verdict(chainPath{nodes: j.sent[:1], end: endUnread})
		return v.with(j, others)
	}
	accepted, refusal := j.verifyX509()
	path := j.choosePath(accepted)
	for i := range path.nodes {
		j.add(j.certificateFaults(path, i)...)
	}
	j.judgeName(path)
	j.judgeConstraints(path)
	j.judgeEnd(path)
	j.judgeOrder(path)
	j.judgeRevocation(path)
	if refusal != nil && (q.Trust != nil || !unknownAuthority(refusal)) && !j.broken() {
		j.add(j.refused(path, refusal))
	}
	others := j.askOthers(refusal)
	j.judgeOthers(path, others)
	v := j.verdict(path)
	v.Trusted = q.Trust != nil && refusal == nil && !j.broken()
	return v.with(j, others)
}

// add appends faults, each code once for a depth.
func (j *judge) add(faults ...Fault) {
	for _, f := range faults {
		f.Basis = cmp.Or(f.Basis, cause.Proven)
		if !j.has(f.Code, f.Depth) {
			j.faults = append(j.faults, f)
			continue
		}
		for i, o := range j.faults {
			if o.Code == f.Code && o.Depth == f.Depth && f.By != "" {
				j.faults[i].By = f.By // not only odd: refused
			}
		}
	}
}

func (j *judge) has(code cause.Code, depth int) bool {
	return slices.ContainsFunc(j.faults, func(o Fault) bool { return o.Code == code && o.Depth == depth })
}

func (j *judge) broken() bool { return slices.ContainsFunc(j.faults, Fault.Breaks) }

func (j *judge) verdict(p chainPath) *Verdict {
	slices.SortStableFunc(j.faults, func(a, b Fault) int { return cmp.Compare(a.Depth, b.Depth) })
	v := &Verdict{Faults: j.faults, Links: j.drawn(p, j.faults), Complete: p.complete(j.q.Trust == nil)}
	for _, n := range p.nodes {
		v.Path = append(v.Path, n.Certificate)
	}
	for _, other := range j.paths {
		if len(v.Tried) == maxTried {
			break
		}
		if !other.same(p) {
			var faults []Fault
			for i := range other.nodes {
				faults = append(faults, j.certificateFaults(other, i)...)
			}
			v.Tried = append(v.Tried, j.drawn(other, faults))
		}
	}
	return v
}
