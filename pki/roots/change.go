package roots

import (
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"mutual/diagnose"
)

// Change is one difference between what is in use and what was downloaded.
type Change struct {
	Kind    ChangeKind `json:"kind"`
	Profile string     `json:"profile"`
	Root    string     `json:"root"`
	SPKI    string     `json:"spki_sha256"`
	SHA256  string     `json:"sha256"`
	// Before is the certificate that a re-issued one replaces.
	Before   string    `json:"before,omitempty"`
	NotAfter time.Time `json:"not_after"`
	// Applied: the change is in the store now.
	Applied bool `json:"applied"`
	// Remark is what there is to know before one accepts it.
	Remark string `json:"remark,omitempty"`
}

// ChangeKind is how a root changed.
type ChangeKind string

// The kinds of changes.
const (
	Added    ChangeKind = "added"
	Removed  ChangeKind = "removed"
	Reissued ChangeKind = "re-issued" // another certificate of the same key
	Expiring ChangeKind = "expiring"  // no difference, but soon one
)

// expiringWithin is how early the end of a root is told: two of the syncs a
// year that Google asks for.
const expiringWithin = 365 * 24 * time.Hour

// comparison is the comparing of one profile with one download.
type comparison struct {
	profile Profile
	locked  *LockedProfile // nil: nothing is stored yet
	accept  []string       // keys whose change the user has looked at
	update  bool           // differences are shown, not refused
	now     time.Time

	roots    []LockedRoot // what the store would hold
	changes  []Change
	problems []diagnose.RootProblem
	aside    int // roots that mutual knows and the profile has no use for
	// candidates are roots that may come to matter, listed and not trusted
	candidates []string
	removed    []string
	// without are pinned roots that the download may lack, and does; away are
	// those that it holds, and whose removal was accepted.
	without, away []Pin
}

// run compares the profile with the certificates of a download.
func (c *comparison) run(certs []*x509.Certificate) {
	if c.locked != nil {
		c.removed = slices.Clone(c.locked.Removed)
	}
	seen := map[string]bool{}
	for _, cert := range certs {
		key := SPKI(cert)
		pin, pinned := c.profile.pinFor(key)
		old := c.lockedRoot(key)
		switch {
		case pinned && slices.Contains(c.removed, key) && !slices.Contains(c.accept, key):
			c.away = append(c.away, pin)
		case seen[key] && (pinned || old != nil):
			// The first of two certificates with one key stands.
		case pinned:
			seen[key] = c.pinned(pin, old, cert)
		case isDead(cert):
			c.dead(cert)
		case old != nil:
			seen[key] = c.kept(*old, cert)
		case slices.Contains(c.accept, key):
			seen[key] = c.accepted(cert)
		case isCandidate(cert):
			c.candidates = append(c.candidates, rootName(cert))
		case c.profile.admitsPublic(cert):
			seen[key] = true
			c.public(cert)
		case isRecognised(cert) && len(c.profile.Operators) == 0:
			c.aside++
		default:
			c.unknown(cert)
		}
	}
	c.missing(seen)
}

func (c *comparison) lockedRoot(key string) *LockedRoot {
	if c.locked == nil {
		return nil
	}
	for i := range c.locked.Roots {
		if c.locked.Roots[i].SPKI == key {
			return &c.locked.Roots[i]
		}
	}
	return nil
}

// pinned takes a certificate of a pinned key: one that is known, or a new one
// that the key itself has signed.
func (c *comparison) pinned(pin Pin, old *LockedRoot, cert *x509.Certificate) bool {
	have := pin.SHA256
	current := ""
	if len(have) > 0 {
		current = have[0]
	}
	if old != nil {
		current = old.SHA256
	}
	print := Fingerprint(cert)
	known := slices.Index(have, print)
	switch {
	case c.now.After(cert.NotAfter):
		c.problem(diagnose.RootsExpired, pin.Name, "expired on "+day(cert.NotAfter), "a root that is valid")
		return true
	case !selfIssued(cert):
		c.problem(diagnose.RootsPinMismatch, pin.Name, "a certificate of this key that "+cert.Issuer.String()+" has signed", "the root itself")
		return true
	case known < 0 && cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) != nil:
		c.problem(diagnose.RootsPinMismatch, pin.Name, "a certificate with the pinned key that this key has not signed, SHA-256 "+print, "SHA-256 "+current)
		return true
	case old != nil && old.SHA256 != print && !slices.Contains(c.accept, SPKI(cert)) && c.olderThan(*old, cert, have):
		c.problem(diagnose.RootsOlderBundle, pin.Name, "SHA-256 "+print+", an earlier certificate", "SHA-256 "+old.SHA256+", as "+LockName+" has it")
		return true
	}
	if i := slices.Index(c.removed, SPKI(cert)); i >= 0 { // and accepted: it comes back
		c.removed = slices.Delete(c.removed, i, i+1)
		c.roots = append(c.roots, lockedRoot(pin.Name, cert, Pinned))
		c.change(Added, pin.Name, cert, "", true, "it is pinned, and was taken out by hand")
		return true
	}
	c.take(pin.Name, cert, Pinned, old, current)
	return true
}

// kept takes what is in the store already without being pinned.
func (c *comparison) kept(old LockedRoot, cert *x509.Certificate) bool {
	if c.now.After(cert.NotAfter) {
		return false // the store's copy stays
	}
	if Fingerprint(cert) != old.SHA256 && (!selfIssued(cert) ||
		cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) != nil) {
		c.problem(diagnose.RootsPinMismatch, old.Name, "another certificate with this key, SHA-256 "+Fingerprint(cert), "SHA-256 "+old.SHA256)
		return true
	}
	c.take(old.Name, cert, old.Basis, &old, old.SHA256)
	return true
}

// take puts a certificate into the new state and tells how it differs from
// the one in use.
func (c *comparison) take(name string, cert *x509.Certificate, basis Basis, old *LockedRoot, current string) {
	print := Fingerprint(cert)
	ok := !c.update || slices.Contains(c.accept, SPKI(cert))
	if print != current && current != "" {
		c.change(Reissued, name, cert, current, ok, "the same key, so the same CA")
	}
	if left := cert.NotAfter.Sub(c.now); left < expiringWithin {
		c.change(Expiring, name, cert, "", true, "in "+days(left))
	}
	if print != current && !ok && old != nil {
		c.roots = append(c.roots, *old)
		return
	}
	c.roots = append(c.roots, lockedRoot(name, cert, basis))
}

// accepted takes a root that the user names by its key.
func (c *comparison) accepted(cert *x509.Certificate) bool {
	name := rootName(cert)
	if c.now.After(cert.NotAfter) || c.now.Before(cert.NotBefore) {
		c.problem(diagnose.RootsExpired, name, "valid from "+day(cert.NotBefore)+" to "+day(cert.NotAfter), "a root that is valid")
		return false
	}
	c.roots = append(c.roots, lockedRoot(name, cert, Accepted))
	c.change(Added, name, cert, "", true, "")
	return true
}

// public takes a public root of the profile's operators at the first fetch;
// afterwards it is a change to look at.
func (c *comparison) public(cert *x509.Certificate) {
	name := rootName(cert)
	if c.now.After(cert.NotAfter) {
		c.aside++
		return
	}
	if c.locked == nil {
		c.roots = append(c.roots, lockedRoot(name, cert, Public))
		return
	}
	if c.update {
		c.change(Added, name, cert, "", false, "Mozilla's programme has it, for "+cert.Subject.String())
		return
	}
	c.problem(diagnose.RootsUnknownRoot, name, "a root that the store does not hold, pin "+SPKI(cert), "only roots that were looked at")
}

// dead leaves out what served Google once. With a store at hand it shows that
// the bundle is from another time.
func (c *comparison) dead(cert *x509.Certificate) {
	ca, _ := Known(cert)
	c.aside++
	if c.locked != nil {
		c.problem(diagnose.RootsOlderBundle, ca.Name, "in the download, though dead since "+day(ca.NotAfter), "a bundle of today")
	}
}

func (c *comparison) unknown(cert *x509.Certificate) {
	name, key := rootName(cert), SPKI(cert)
	if pin, ok := c.profile.namesake(cert); ok {
		c.problem(diagnose.RootsPinMismatch, pin.Name, "pin "+key, "pin "+pin.SPKI)
		if c.update {
			c.change(Added, name, cert, "", false, "it bears the name of a pinned root and has another key: this is what an attack looks like")
		}
		return
	}
	if c.update {
		c.change(Added, name, cert, "", false, "mutual does not know this root")
		return
	}
	c.problem(diagnose.RootsUnknownRoot, name, "pin "+key, "only roots that mutual knows")
}

func (c *comparison) told(kind diagnose.RootProblemKind, root string) bool {
	return slices.ContainsFunc(c.problems, func(p diagnose.RootProblem) bool { return p.Kind == kind && p.Root == root })
}

func (c *comparison) problem(kind diagnose.RootProblemKind, root, got, want string) {
	c.problems = append(c.problems, diagnose.RootProblem{Kind: kind, Profile: c.profile.Name, Root: root, Got: got, Want: want})
}

func (c *comparison) change(kind ChangeKind, name string, cert *x509.Certificate, before string, applied bool, remark string) {
	c.changes = append(c.changes, Change{Kind: kind, Profile: c.profile.Name, Root: name, SPKI: SPKI(cert), SHA256: Fingerprint(cert),
		Before: before, NotAfter: cert.NotAfter.UTC(), Applied: applied, Remark: remark})
}

// olderThan reports whether the certificate was made before the stored one of
// the same key: by the order of the known ones, else by its dates.
func (c *comparison) olderThan(old LockedRoot, cert *x509.Certificate, known []string) bool {
	was, is := slices.Index(known, old.SHA256), slices.Index(known, Fingerprint(cert))
	switch {
	case was >= 0 && is >= 0:
		return is > was
	case is >= 0: // the stored one is newer than all that mutual knows
		return true
	}
	return cert.NotAfter.Before(old.NotAfter) && !cert.NotBefore.After(old.NotBefore)
}

func selfIssued(c *x509.Certificate) bool { return string(c.RawSubject) == string(c.RawIssuer) }

// namesake is the pinned root whose name the certificate bears with another
// key.
func (p Profile) namesake(cert *x509.Certificate) (Pin, bool) {
	key, name := SPKI(cert), rootName(cert)
	i := slices.IndexFunc(p.Pins, func(pin Pin) bool { return pin.SPKI != key && (pin.Name == name || sameSubject(pin, cert)) })
	if i < 0 {
		return Pin{}, false
	}
	return p.Pins[i], true
}

func sameSubject(pin Pin, cert *x509.Certificate) bool {
	certs, err := Parse(pin.PEM)
	return err == nil && string(certs[0].RawSubject) == string(cert.RawSubject)
}

// rootName is the name by which a root goes: that of the table of known CAs,
// else its CN, else its whole subject.
func rootName(c *x509.Certificate) string {
	if ca, ok := Known(c); ok {
		return ca.Name
	}
	if c.Subject.CommonName != "" && c.Subject.CommonName != "GlobalSign" {
		return c.Subject.CommonName
	}
	return c.Subject.String()
}

func lockedRoot(name string, cert *x509.Certificate, basis Basis) LockedRoot {
	print := Fingerprint(cert)
	return LockedRoot{Name: name, File: fmt.Sprintf("%s-%s.pem", slug(name), print[:8]), SPKI: SPKI(cert), SHA256: print,
		NotBefore: cert.NotBefore.UTC(), NotAfter: cert.NotAfter.UTC(), Basis: basis, cert: cert}
}

// slug makes a file name of a root's name.
func slug(name string) string {
	out := []byte{}
	for _, r := range []byte(name) {
		switch {
		case r >= 'A' && r <= 'Z':
			out = append(out, r+'a'-'A')
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			out = append(out, r)
		case len(out) > 0 && out[len(out)-1] != '-':
			out = append(out, '-')
		}
		if len(out) >= 48 {
			break
		}
	}
	for len(out) > 0 && out[len(out)-1] == '-' {
		out = out[:len(out)-1]
	}
	if len(out) == 0 {
		return "root"
	}
	return string(out)
}
