// Package openssl judges a chain of certificates as OpenSSL does: which
// certificates it takes for the path, in which order it asks what, and the
// error that it stops at. It follows X509_verify_cert of OpenSSL 3.0, which is
// what curl, nginx, Apache, HAProxy, PostgreSQL, Python, Ruby, PHP and Node
// verify with; tests hold it against the program itself.
//
// It does not search: like OpenSSL it takes the first issuer that fits by name
// and key identifier, one in date before others, and never tries another after
// a bad signature. What it leaves out: certificate policies, which OpenSSL
// checks only where asked to, RFC 3779 resources, Suite B and DANE.
package openssl

import (
	"fmt"
	"time"

	"mutual/diagnose/chain/der"
)

// Purpose is what the certificate is to be used for.
type Purpose int

// The purposes. AnyPurpose checks none, as `openssl verify` does without
// -purpose.
const (
	AnyPurpose Purpose = iota
	Server             // of a server, checked by its clients
	Client             // of a client, checked by its servers
	crlSign
)

// Question is a chain and how to judge it. The zero value of each field but
// Leaf, Anchors and Now is OpenSSL's default.
type Question struct {
	Leaf      []byte   // in DER or BER
	Untrusted [][]byte // what came with it, in that order
	Anchors   []Anchor // in the order of the file
	CRLs      [][]byte
	Now       time.Time
	Purpose   Purpose
	Host      string // name to match, "" for none
	IP        []byte // address to match, nil for none
	// Level is the security level. `openssl verify` has 0, OpenSSL's own TLS
	// 1, Debian's build and Python 2.
	Level int
	Depth int // greatest number of CAs; 0 is OpenSSL's default, 100

	Strict         bool // X509_V_FLAG_X509_STRICT
	PartialChain   bool // X509_V_FLAG_PARTIAL_CHAIN
	CheckCRL       bool // X509_V_FLAG_CRL_CHECK
	CheckAllCRLs   bool // X509_V_FLAG_CRL_CHECK_ALL, beside the one above
	ExtendedCRL    bool // X509_V_FLAG_EXTENDED_CRL_SUPPORT
	UseDeltas      bool // X509_V_FLAG_USE_DELTAS
	UntrustedFirst bool // without X509_V_FLAG_TRUSTED_FIRST
	AllowProxy     bool // X509_V_FLAG_ALLOW_PROXY_CERTS
	IgnoreTime     bool // X509_V_FLAG_NO_CHECK_TIME

	NoWildcards        bool // X509_CHECK_FLAG_NO_WILDCARDS
	NoPartialWildcards bool // X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS
	NeverCheckSubject  bool // X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
}

// Anchor is a trusted certificate. Trusted marks one that is followed by
// OpenSSL's own trust settings, as a PEM block TRUSTED CERTIFICATE is.
type Anchor struct {
	DER     []byte
	Trusted bool
}

// Verdict is what OpenSSL says.
type Verdict struct {
	Code  Code
	Depth int // of the certificate that Code is about; 0 is the leaf
	// Path is the chain that OpenSSL built, leaf first, as far as it came.
	Path []*der.Certificate
	// Untrusted is how many of Path did not come from the anchors.
	Untrusted int
	// Unchecked are the depths of signatures that cannot be computed here.
	// They were taken to fit: a verdict that has some is not certain.
	Unchecked []int
}

// OK reports that the chain is accepted.
func (v Verdict) OK() bool { return v.Code == OK }

// String is the verdict as `openssl verify` prints it.
func (v Verdict) String() string {
	if v.OK() {
		return "OK"
	}
	return fmt.Sprintf("error %d at %d depth lookup: %s", int(v.Code), v.Depth, v.Code)
}

// LoadError is a certificate or list that OpenSSL cannot read at all: a TLS
// handshake breaks off, and a file with it is not loaded.
type LoadError struct {
	What  string // "leaf", "untrusted", "anchor" or "CRL"
	Index int    // among its kind
	Err   error
}

func (e *LoadError) Error() string { return fmt.Sprintf("%s %d: %v", e.What, e.Index, e.Err) }

func (e *LoadError) Unwrap() error { return e.Err }

// Verify judges a chain. The error is a *LoadError.
func Verify(q Question) (Verdict, error) {
	x, err := der.ParseCertificate(q.Leaf)
	if err != nil {
		return Verdict{}, &LoadError{"leaf", 0, err}
	}
	j := &judge{Question: q, budget: maxComparisons}
	leaf := newCert(x)
	for i, b := range q.Untrusted {
		c, err := der.ParseCertificate(b)
		if err != nil {
			return Verdict{}, &LoadError{"untrusted", i, err}
		}
		j.sent = append(j.sent, newCert(c))
	}
	for i, a := range q.Anchors {
		read := der.ParseCertificate
		if a.Trusted {
			read = der.ParseTrusted
		}
		c, err := read(a.DER)
		if err != nil {
			return Verdict{}, &LoadError{"anchor", i, err}
		}
		if anchor := newCert(c); !contains(j.store, anchor) {
			j.store = append(j.store, anchor)
		}
	}
	for i, b := range q.CRLs {
		l, err := der.ParseRevocationList(b)
		if err != nil {
			return Verdict{}, &LoadError{"CRL", i, err}
		}
		j.lists = append(j.lists, newList(l))
	}
	return j.verify(leaf), nil
}

// maxComparisons bounds what one judgement spends on name constraints. A
// single certificate that needs as many is refused by OpenSSL itself.
const maxComparisons = 1 << 23

// judge is the state of one judgement.
type judge struct {
	Question
	sent, store []*cert
	lists       []*list
	path        []*cert
	untrusted   int
	crlPath     bool // the path judged is that of a list's issuer
	failed      bool
	code        Code
	depth       int
	unchecked   []int
	budget      int
}

// fail stops the judgement. It returns false.
func (j *judge) fail(depth int, code Code) bool {
	if !j.failed {
		j.failed, j.code, j.depth = true, code, depth
	}
	return false
}

func (j *judge) verify(leaf *cert) Verdict {
	j.path, j.untrusted = []*cert{leaf}, 1
	if !j.keyStrong(leaf) {
		j.fail(0, EEKeyTooSmall)
	} else {
		_ = j.buildChain() && j.checkExtensions() && j.checkLevel() && j.checkName() && j.checkKeys() &&
			j.checkRevocation() && j.checkSignatures() && j.checkConstraints()
	}
	v := Verdict{Code: j.code, Depth: j.depth, Untrusted: j.untrusted, Unchecked: j.unchecked}
	for _, c := range j.path {
		v.Path = append(v.Path, c.Certificate)
	}
	return v
}

// minBits are the strengths of the security levels from 1 on. Source: OpenSSL
// 3.0, minbits_table.
func minBits(level int) int { return []int{80, 112, 128, 192, 256}[min(level, 5)-1] }

func (j *judge) keyStrong(c *cert) bool {
	return j.Level <= 0 || c.key != nil && c.key.SecurityBits() >= minBits(j.Level)
}

// checkLevel holds keys and signatures of the path against the security level.
// The leaf's key was asked first of all; the anchor's own signature counts not.
func (j *judge) checkLevel() bool {
	if j.Level <= 0 {
		return true
	}
	for i, c := range j.path {
		if i > 0 && !j.keyStrong(c) {
			return j.fail(i, CAKeyTooSmall)
		}
		if i < len(j.path)-1 && c.signatureBits() < minBits(j.Level) {
			return j.fail(i, CAMDTooWeak)
		}
	}
	return true
}

// checkKeys stops at a leaf whose key cannot be read. Source: OpenSSL 3.0,
// X509_get_pubkey_parameters.
func (j *judge) checkKeys() bool {
	if j.path[0].key == nil {
		return j.fail(0, Unspecified)
	}
	return true
}
