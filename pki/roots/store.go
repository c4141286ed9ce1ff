package roots

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mutual/diagnose"
	"mutual/pki"
)

// LockName is the file in a store that says what it holds. It is the store's
// one authority: a certificate file that it does not name is not looked at.
const LockName = "roots.lock.json"

const lockSchema = "mutual.roots.lock/1"

// Store is a folder of fetched roots. The zero value, and a folder that does
// not exist, are an empty store.
type Store struct{ Dir string }

// Lock is the content of LockName.
type Lock struct {
	Schema   string                   `json:"schema"`
	Profiles map[string]LockedProfile `json:"profiles"`
}

// LockedProfile is what was stored for one profile, from where, and when.
type LockedProfile struct {
	From    string    `json:"from"`
	Fetched time.Time `json:"fetched"`
	// LastModified is what the server said of the bundle; zero where it said
	// nothing.
	LastModified time.Time `json:"last_modified,omitzero"`
	// Bundle is the file with all the profile's roots.
	Bundle       string       `json:"bundle"`
	BundleSHA256 string       `json:"bundle_sha256"`
	Roots        []LockedRoot `json:"roots"`
	// Removed are the pins whose removal was accepted.
	Removed []string `json:"removed,omitempty"`
}

// LockedRoot is one root of the store.
type LockedRoot struct {
	Name      string    `json:"name"`
	File      string    `json:"file"`
	SPKI      string    `json:"spki_sha256"`
	SHA256    string    `json:"sha256"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	Basis     Basis     `json:"basis"`

	cert *x509.Certificate
}

// Basis is why a root is in the store.
type Basis string

// The bases.
const (
	Pinned   Basis = "pinned"   // its key is one of the profile's pins
	Public   Basis = "public"   // a public root of one of the profile's operators
	Accepted Basis = "accepted" // taken by roots update --accept
)

// StoreError says that a store does not hold what its lock file says.
type StoreError struct {
	Dir      string
	Problems []diagnose.RootProblem
}

func (e *StoreError) Error() string {
	p := e.Problems[0]
	text := fmt.Sprintf("the store of pinned roots was changed: %s", filepath.Join(e.Dir, p.File))
	if p.Root != "" {
		text += ", " + p.Root
	}
	if p.Got != "" {
		text += ": " + p.Got
	}
	if p.Want != "" {
		text += ", want " + p.Want
	}
	return text
}

// Lock reads the lock file. It returns nil for an empty store, and a
// *StoreError where the file cannot be understood.
func (s Store) Lock() (*Lock, error) {
	if s.Dir == "" {
		return nil, nil
	}
	data, err := os.ReadFile(filepath.Join(s.Dir, LockName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, s.withoutLock()
	}
	if err != nil {
		return nil, fmt.Errorf("reading the store of pinned roots: %w", err)
	}
	var lock Lock
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&lock); err != nil {
		return nil, s.changed(diagnose.RootProblem{File: LockName, Got: err.Error(), Want: "a lock file as roots fetch writes it"})
	}
	if lock.Schema != lockSchema {
		return nil, s.changed(diagnose.RootProblem{File: LockName, Got: "schema " + excerpt(lock.Schema), Want: lockSchema})
	}
	return &lock, nil
}

// withoutLock tells an empty store from one whose lock file is gone.
func (s Store) withoutLock() error {
	if left, _ := filepath.Glob(filepath.Join(s.Dir, "*.pem")); len(left) > 0 {
		return s.changed(diagnose.RootProblem{File: LockName, Got: "the file is missing, beside " + filepath.Base(left[0])})
	}
	return nil
}

func (s Store) changed(problems ...diagnose.RootProblem) error {
	for i := range problems {
		if problems[i].Kind == "" {
			problems[i].Kind = diagnose.RootsStoreChanged
		}
	}
	return &StoreError{Dir: s.Dir, Problems: problems}
}

// Check compares the store with its lock file and the lock file with the
// profile's pins. ok is false where the store does not hold the profile.
// Expired roots are for Verify to say.
func (s Store) Check(p Profile) (locked LockedProfile, ok bool, err error) {
	locked, ok, err = s.check(p)
	var store *StoreError
	if errors.As(err, &store) && pki.Recover(s.Dir) == nil {
		// Another process may have been writing, or been killed at it.
		return s.check(p)
	}
	return locked, ok, err
}

func (s Store) check(p Profile) (locked LockedProfile, ok bool, err error) {
	lock, err := s.Lock()
	if err != nil || lock == nil {
		return LockedProfile{}, false, err
	}
	locked, ok = lock.Profiles[p.Name]
	if !ok {
		return LockedProfile{}, false, nil
	}
	var problems []diagnose.RootProblem
	report := func(problem diagnose.RootProblem) {
		problem.Profile = p.Name
		problems = append(problems, problem)
	}
	locked.Roots = slices.Clone(locked.Roots)
	for i := range locked.Roots {
		s.checkRoot(p, &locked.Roots[i], report)
	}
	s.checkBundle(locked, report)
	for _, pin := range p.Pins {
		has := func(r LockedRoot) bool { return r.SPKI == pin.SPKI }
		if !slices.ContainsFunc(locked.Roots, has) && !slices.Contains(locked.Removed, pin.SPKI) {
			report(diagnose.RootProblem{File: LockName, Root: pin.Name, Got: "not in the lock file", Want: "pin " + pin.SPKI})
		}
	}
	if len(problems) > 0 {
		return locked, true, s.changed(problems...)
	}
	return locked, true, nil
}

func (s Store) checkRoot(p Profile, r *LockedRoot, report func(diagnose.RootProblem)) {
	problem := diagnose.RootProblem{File: r.File, Root: r.Name}
	fail := func(got, want string) {
		problem.Got, problem.Want = got, want
		report(problem)
	}
	if !plainFileName(r.File) {
		problem.File = LockName
		fail("file name "+excerpt(r.File), "a file in the store")
		return
	}
	data, err := os.ReadFile(filepath.Join(s.Dir, r.File))
	if err != nil {
		fail(reason(err), "SHA-256 "+r.SHA256)
		return
	}
	certs, err := Parse(data)
	if err != nil {
		fail(err.Error(), "SHA-256 "+r.SHA256)
		return
	}
	if len(certs) != 1 || Fingerprint(certs[0]) != r.SHA256 {
		fail("SHA-256 "+Fingerprint(certs[0]), "SHA-256 "+r.SHA256)
		return
	}
	if SPKI(certs[0]) != r.SPKI {
		problem.File = LockName
		fail("pin "+r.SPKI, "pin "+SPKI(certs[0]))
		return
	}
	r.cert = certs[0]
	_, pinned := p.pinFor(r.SPKI)
	switch {
	case r.Basis == Pinned && !pinned, r.Basis == Public && !p.admitsPublic(r.cert),
		r.Basis != Pinned && r.Basis != Public && r.Basis != Accepted:
		problem.File = LockName
		fail("basis "+excerpt(string(r.Basis))+" for the key "+r.SPKI, "a pinned key, or one that roots update --accept took")
	case isDead(r.cert):
		problem.File = LockName
		fail("a CA that is known to be dead", "no root that mutual knows to be dead")
	}
}

func (s Store) checkBundle(locked LockedProfile, report func(diagnose.RootProblem)) {
	problem := diagnose.RootProblem{File: locked.Bundle, Want: "SHA-256 " + locked.BundleSHA256}
	if !plainFileName(locked.Bundle) {
		report(diagnose.RootProblem{File: LockName, Got: "file name " + excerpt(locked.Bundle), Want: "a file in the store"})
		return
	}
	data, err := os.ReadFile(filepath.Join(s.Dir, locked.Bundle))
	switch {
	case err != nil:
		problem.Got = reason(err)
		report(problem)
	case hexSHA256(data) != locked.BundleSHA256:
		problem.Got = "SHA-256 " + hexSHA256(data)
		report(problem)
	}
}

// current is the lock file for a look: a store that was changed by hand is
// refused.
func (s Store) current(profiles []Profile) (*Lock, error) {
	lock, err := s.Lock()
	if err != nil {
		return nil, err
	}
	if lock == nil {
		return &Lock{Schema: lockSchema}, nil
	}
	for _, p := range profiles {
		locked, ok, err := s.Check(p)
		if err != nil {
			return nil, err
		}
		if ok {
			lock.Profiles[p.Name] = locked
		}
	}
	return lock, nil
}

// roots returns the store's anchors of the profile, nil where it has none.
func (s Store) roots(p Profile) ([]*x509.Certificate, error) {
	locked, ok, err := s.Check(p)
	if err != nil || !ok {
		return nil, err
	}
	var out []*x509.Certificate
	for _, r := range locked.Roots {
		out = append(out, r.cert)
	}
	return out, nil
}

// plainFileName keeps a lock file that was tampered with from naming files
// elsewhere.
func plainFileName(name string) bool {
	return name != "" && name != LockName && name == filepath.Base(name) && !strings.HasPrefix(name, ".") && !strings.ContainsAny(name, `/\`)
}

// reason is the error without the path, which the caller names.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "the file is missing"
	}
	return err.Error()
}
