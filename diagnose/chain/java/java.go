// Package java judges a chain of certificates as Java's default trust manager
// does, that of TrustManagerFactory PKIX: the chain as it was sent where it is
// in order and an anchor has signed its last certificate, else any path that
// can be built. Source: OpenJDK 17, sun.security.validator and
// sun.security.provider.certpath; a test holds it against the program.
package java

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"mutual/diagnose/chain/der"
	"mutual/diagnose/chain/signature"
)

// Question is a chain and how to judge it.
type Question struct {
	Chain   [][]byte // leaf first, as sent
	Anchors [][]byte
	Now     time.Time
	Client  bool   // the chain is a client's
	Host    string // name to match, "" for none
	IP      []byte // address to match, nil for none
}

// Refusal is a refusal in Java's own words.
type Refusal string

func (r Refusal) Error() string { return string(r) }

func refuse(format string, args ...any) Refusal { return Refusal(fmt.Sprintf(format, args...)) }

// Verify is nil for a chain that Java accepts, and else says why not.
func Verify(q Question) error {
	j := &judge{Question: q}
	for i, b := range q.Chain {
		c, err := parse(b)
		if err != nil {
			return fmt.Errorf("certificate %d: %w", i, err)
		}
		j.sent = append(j.sent, c)
	}
	for i, b := range q.Anchors {
		c, err := parse(b)
		if err != nil {
			return fmt.Errorf("trust anchor %d: %w", i, err)
		}
		j.anchors = append(j.anchors, c)
	}
	if err := j.verify(); err != nil {
		return err
	}
	return j.checkName()
}

// judge is the state of one judgement.
type judge struct {
	Question
	sent, anchors []*cert
	tried         int
}

// maxTried bounds the paths that are built.
const maxTried = 60

func (j *judge) verify() error {
	path, direct := j.direct()
	if direct && len(path) == 0 {
		return nil // the leaf is an anchor itself
	}
	var err error
	if direct {
		err = j.validate(path)
	} else {
		err = j.build([]*cert{j.sent[0]})
	}
	if err != nil {
		return err
	}
	return j.checkLeaf(j.sent[0])
}

// direct is the chain up to its first certificate that is trusted, or the
// whole where an anchor signed the last one. It reports false where neither is
// so, or the chain is not in order. Source: PKIXValidator.engineValidate.
func (j *judge) direct() ([]*cert, bool) {
	for i, c := range j.sent {
		if i > 0 && c.subject != j.sent[i-1].issuer {
			return nil, false
		}
		if j.trusted(c) {
			return j.sent[:i], true
		}
	}
	last := j.sent[len(j.sent)-1]
	return j.sent, slices.ContainsFunc(j.anchors, func(a *cert) bool { return a.subject == last.issuer && a.signed(last) == nil })
}

// trusted reports an anchor, or a certificate of an anchor's name and key.
func (j *judge) trusted(c *cert) bool {
	return slices.ContainsFunc(j.anchors, func(a *cert) bool {
		return a.id == c.id || a.subject == c.subject && bytes.Equal(a.Key.Raw, c.Key.Raw)
	})
}

// build follows issuers among what was sent, in any order.
func (j *judge) build(path []*cert) error {
	last := path[len(path)-1]
	if slices.ContainsFunc(j.anchors, func(a *cert) bool { return a.fits(last) }) {
		if j.validate(path) == nil {
			return nil
		}
	}
	for _, c := range j.sent[1:] {
		if j.tried++; j.tried > maxTried || len(path) > 20 {
			break
		}
		if c.fits(last) && c.signed(last) == nil && !slices.Contains(path, c) && j.build(append(slices.Clip(path), c)) == nil {
			return nil
		}
	}
	return Refusal("unable to find valid certification path to requested target")
}

// validate checks a path, leaf first, below any anchor that fits. Source:
// PKIXCertPathValidator.
func (j *judge) validate(path []*cert) error {
	var err error = Refusal("Path does not chain with any of the trust anchors")
	for _, a := range j.anchors {
		if !a.fits(path[len(path)-1]) {
			continue
		}
		if err = j.below(a, path); err == nil {
			return nil
		}
	}
	return err
}

func (j *judge) below(anchor *cert, path []*cert) error {
	if err := anchor.mayAnchor(); err != nil {
		return err
	}
	if err := constrained(anchor.key); err != nil {
		return err
	}
	pathLen, policy := int64(1<<31), false
	var names []der.NameSubtrees
	parent := anchor
	for i := len(path) - 1; i >= 0; i-- {
		c := path[i]
		if err := c.allowed(); err != nil {
			return err
		}
		if err := parent.signed(c); err != nil {
			return err
		}
		if err := j.dates(c); err != nil {
			return err
		}
		if err := c.critical(); err != nil {
			return err
		}
		for _, n := range names {
			if i > 0 && c.subject == c.issuer {
				break
			}
			if !permits(n, c) {
				return Refusal("name constraints check failed")
			}
		}
		if c.names != nil {
			names = append(names, *c.names)
		}
		policy = policy || c.needsPolicy
		if i > 0 {
			if err := c.issues(&pathLen); err != nil {
				return err
			}
		}
		parent = c
	}
	if policy && !path[0].hasPolicies {
		return Refusal("non-null policy tree required and policy tree is null")
	}
	return nil
}

func (j *judge) dates(c *cert) error {
	from, _ := lenientTime(c.NotBefore)
	to, _ := lenientTime(c.NotAfter)
	switch {
	case j.Now.Before(from):
		return refuse("NotBefore: %s", from)
	case j.Now.After(to):
		return refuse("NotAfter: %s", to)
	}
	return nil
}

// signed checks the child's signature by this certificate's key.
func (c *cert) signed(child *cert) error {
	if c.key == nil || c.key.Kind == signature.KeyOther || c.key.Kind == signature.KeyEC && !c.key.Standard(256) {
		return Refusal("No installed provider supports this key")
	}
	if child.SignatureAlgorithm.OID == "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a" && child.SignatureAlgorithm.Parameters == nil {
		return Refusal("Parameters required for RSASSA-PSS signatures")
	}
	if child.reencoded || c.key.Verify(child.SignatureAlgorithm, child.RawTBSCertificate, child.SignatureValue) == signature.Wrong {
		return Refusal("Signature does not match.")
	}
	return nil
}

// fits reports whether this certificate's name and key identifier are those
// that the child names as its issuer's. Source: AdaptableX509CertSelector.
func (c *cert) fits(child *cert) bool {
	a := child.authority
	switch {
	case c.subject != child.issuer:
		return false
	case a == nil:
		return true
	case a.KeyID != nil && c.keyID != nil && !bytes.Equal(a.KeyID, c.keyID):
		return false
	}
	return a.Serial == nil || c.Version < 2 || a.Serial.Equal(c.Serial)
}

func identity(c *der.Certificate) [32]byte { return sha256.Sum256(c.Raw) }
