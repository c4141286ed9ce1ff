package diagnose

import (
	"crypto/x509"
	"time"
)

// CRL is a certificate revocation list at hand.
type CRL struct {
	Issuer     string    `json:"issuer"`
	ThisUpdate time.Time `json:"this_update"`
	NextUpdate time.Time `json:"next_update"`
	File       string    `json:"file,omitempty"`
	DER        []byte    `json:"der"`
}

// ChainQuestion is what JudgeChain is asked.
type ChainQuestion struct {
	// Path is where the chain stands in the report: "chains.server",
	// "identity", ... Evidence is built on it.
	Path string
	Side Side // whose chain it is: decides the purpose
	// Sent is the chain, leaf first.
	Sent []*Certificate
	// Known are further certificates that may complete the chain; they are
	// not trusted, and a chain that needs them lacks an intermediate.
	Known []*Certificate
	// Trust holds the anchors; nil: unknown, judge all but the anchor.
	Trust *Trust
	Name  string // DNS name or IP address to match; "" for none
	Now   time.Time
	CRLs  []*CRL
}

// Fault is one thing wrong with one certificate of a chain.
type Fault struct {
	Code     Code
	Depth    int
	Evidence []Evidence
	Vars     map[string]string
	// Severity is empty for a fault that every strict verifier refuses.
	Severity Severity
	Basis    Basis
}

// Link is one certificate of the chain as it is drawn: leaf first, down to
// the anchor or to what is missing.
type Link struct {
	Name   string // subject
	From   string // "sent", "known", "trust store", "missing"
	Where  string // file, where it came from one
	Cert   *Certificate
	Faults []Code
	Broken bool // the chain breaks here
}

// ChainVerdict is the judgement of a chain.
type ChainVerdict struct {
	// Trusted: the chain as sent reaches an anchor and has no fault that a
	// strict verifier refuses.
	Trusted bool
	Faults  []Fault
	Links   []Link
}

// judged holds the verdicts on both sides' chains; nil where there is none.
type judged struct{ server, client *ChainVerdict }

func signedBy(child, parent *x509.Certificate) error {
	return parent.CheckSignature(child.SignatureAlgorithm, child.RawTBSCertificate, child.Signature)
}

// JudgeChain judges a chain.
func JudgeChain(q ChainQuestion) *ChainVerdict { return &ChainVerdict{} }

func (f *Facts) judge() {
	f.judged = &judged{}
}
