package pki

import (
	"crypto/x509"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mutual/diagnose/cause"
)

// RevokeOptions says what Revoke withdraws. Now has no default.
type RevokeOptions struct {
	// What is a name, a file or a serial number; "" makes the list anew, and
	// revokes nothing.
	What    string
	Reason  string        // of RevocationReasons; "" is none
	ListFor time.Duration // until when the list is good, 30 days if zero
	Pass    PassFunc      // for an encrypted CA key
	MustUse bool          // Pass has to open something
	Now     time.Time
}

// Revocation is what Revoke did.
type Revocation struct {
	Set
	Revoked []Held // now
	Before  []Held // were revoked already
	List    HeldList
}

// Revoke withdraws certificates of the folder's CA: it marks them in the record
// and writes a full list of all that are revoked, with a number above that of
// any before. A name stands for the certificate that has it and for those that
// had it before and have not run out; a file or a serial number for that one.
func Revoke(dir string, opts RevokeOptions) (*Revocation, error) {
	if opts.Reason != "" {
		if !slices.Contains(RevocationReasons(), opts.Reason) {
			return nil, &UsageError{"--reason", fmt.Sprintf("%q is none of %s", opts.Reason, strings.Join(RevocationReasons(), ", "))}
		}
	}
	f := &folder{Set: Set{Dir: dir}, now: opts.Now, mustUse: opts.MustUse}
	f.pass = f.opening(opts.Pass)
	done := &Revocation{}
	if !f.exists("ca" + certSuffix) {
		f.problem(Problem{Code: cause.FileNotFound, Path: f.path("ca" + certSuffix), Role: RoleTrust, Found: missingParent(f.path("ca" + certSuffix)), Want: "a CA, as mutual init makes it", Fatal: true})
		done.Set = f.Set
		return done, nil
	}
	unlock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := recoverDir(dir); err != nil {
		return nil, err
	}
	inv, err := takeInventory(dir)
	if err != nil {
		return nil, err
	}
	chosen, err := inv.ToRevoke(opts.What, opts.Now)
	if err != nil {
		return nil, err
	}
	f.loadCA()
	f.Files = nil
	if f.ca == nil {
		done.Set = f.Set
		return done, nil
	}
	rec, err := f.wholeRecord(inv)
	if err != nil {
		return nil, err
	}
	for _, h := range chosen {
		if h.Cert != nil {
			if !issued(h.Cert, f.root) {
				return nil, &UsageError{"NAME|FILE|SERIAL", fmt.Sprintf("%s was issued by another CA than the one whose key is in ca%s", heldAs(h), keySuffix)}
			}
			rec.Add(h.Cert)
		}
		row := rec.Find(h.Serial)
		if !row.Revoke(opts.Now, opts.Reason) {
			done.Before = append(done.Before, h)
			continue
		}
		h.Revoked, h.Reason = row.Revoked, row.Reason
		done.Revoked = append(done.Revoked, h)
	}
	f.outs = append(f.outs, Out{Name: recordName, Data: rec.Bytes(), Record: true})
	f.numbers()
	lists, err := f.revocations(rec, opts.ListFor)
	if err != nil {
		return nil, err
	}
	if err := f.used(); err != nil {
		return nil, err
	}
	if err := writeSet(dir, f.outs, false); err != nil {
		return nil, err
	}
	done.Set, done.List = f.Set, heldList(lists[0])
	return done, nil
}

// heldAs is how a certificate is called in a sentence.
func heldAs(h Held) string {
	if h.File != "" {
		return h.File
	}
	return h.Subject
}

// wholeRecord is the record with a row for everything that the CA has signed
// and the folder holds.
func (f *folder) wholeRecord(inv *Inventory) (*Record, error) {
	rec, _, err := LoadRecord(f.Dir)
	if err != nil {
		return nil, err
	}
	for _, h := range inv.Certs {
		if h.Cert != nil && issued(h.Cert, f.root) {
			rec.Add(h.Cert)
		}
	}
	return rec, nil
}

// ToRevoke are the certificates that a name, a file or a serial number stands
// for, as Revoke takes them.
func (inv *Inventory) ToRevoke(what string, now time.Time) ([]Held, error) {
	if what == "" {
		return nil, nil
	}
	usage := func(format string, args ...any) ([]Held, error) {
		return nil, &UsageError{"NAME|FILE|SERIAL", fmt.Sprintf(format, args...)}
	}
	var chosen []Held
	named := inv.Named(what)
	for _, h := range inv.Certs {
		if named != nil && h.Name == what && h.CA != "" && (!h.Old || now.Before(h.NotAfter)) {
			chosen = append(chosen, h)
		}
	}
	switch {
	case named != nil && named.IsCA():
		return usage("%s is the CA itself, and its own list cannot take it back: have everybody drop it from what they trust", named.File)
	case len(chosen) > 0:
		return chosen, nil
	case named != nil:
		return usage("%s was issued by %s, and not by the CA in ca%s", named.File, DescribeName(named.Cert.RawIssuer), certSuffix)
	}
	if certs := certificatesIn(what); len(certs) > 0 {
		cert := certs[0]
		for _, h := range inv.Certs {
			if h.Cert != nil && h.Cert.Equal(cert) && !h.IsCA() {
				return []Held{h}, nil
			}
		}
		for _, ca := range inv.Certs {
			if ca.IsCA() && issued(cert, ca.Cert) {
				h := Held{File: what, Cert: cert, CA: ca.File}
				h.fill(&Record{})
				return []Held{h}, nil
			}
		}
		return usage("%s holds %s, which was issued by %s and not by the CA in ca%s", what, DescribeName(cert.RawSubject), DescribeName(cert.RawIssuer), certSuffix)
	}
	if serial, ok := parseSerial(strings.NewReplacer(":", "", " ", "").Replace(strings.TrimPrefix(strings.ToLower(what), "0x"))); ok {
		for _, h := range inv.Certs {
			if h.Serial.Cmp(serial) == 0 && !h.IsCA() {
				return []Held{h}, nil
			}
		}
		return usage("the CA in %s has issued nothing with the serial number %s that is here or in its record", inv.Dir, new(big.Int).Set(serial).Text(16))
	}
	return usage("%q is no certificate of %s, no file with one, and no serial number; the names there are %s", what, inv.Dir, strings.Join(inv.Names(), ", "))
}

// certificatesIn are those of a file, none where it is no such file.
func certificatesIn(path string) []*x509.Certificate {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	return Load(filepath.Clean(path), RoleCert, nil).Parsed()
}
