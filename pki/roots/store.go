package roots

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"mutual/diagnose"
	"mutual/pki"
)

// Store is a folder of fetched roots. The zero value, and a folder that does
// not exist, are an empty store.
type Store struct{ Dir string }

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

func (s Store) changed(problems ...diagnose.RootProblem) error {
	for i := range problems {
		if problems[i].Kind == "" {
			problems[i].Kind = diagnose.RootsStoreChanged
		}
	}
	return &StoreError{Dir: s.Dir, Problems: problems}
}

// Check compares the store with its lock file and the lock file with the
// profile's pins. ok is false where the store does not hold the profile. A root
// goes by the name of its certificate, whatever the lock file calls it.
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
		if !slices.ContainsFunc(locked.Roots, has) && !slices.Contains(locked.Removed, pin.SPKI) && leaving(pin) == "" {
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
	data, err := s.read(r.File)
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
	pin, pinned := p.pinFor(r.SPKI)
	r.Name = rootName(r.cert) // the lock file may call it as it likes
	if pinned {
		r.Name = pin.Name
	}
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
	data, err := s.read(locked.Bundle)
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
