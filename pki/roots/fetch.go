package roots

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mutual/diagnose"
	"mutual/pki"
)

// Request is what to fetch, from where, and into which store.
type Request struct {
	Profiles []Profile
	// All: the profiles are simply all there are. A source that holds none of
	// a profile's roots then leaves that profile as it is.
	All bool
	// From replaces the profiles' own addresses by one bundle: an https
	// address or a file. Empty: their own.
	From string
	// RootCAs verifies the servers; nil is the system's trust store.
	RootCAs *x509.CertPool
	Store   Store
	// Anew forgets what the store holds of these profiles, also where it was
	// changed by hand, and with it what was accepted.
	Anew bool
	Now  time.Time
}

// Result is what a fetch or an update came to.
type Result struct {
	// Problems are why nothing was stored. Empty: all went well.
	Problems []diagnose.RootProblem
	Changes  []Change
	Stored   []StoredProfile
	// Skipped are the profiles of which the source holds nothing.
	Skipped []string
	// Unstored are the profiles that were compared with the copy in the
	// binary, for the store does not hold them.
	Unstored []string
	// Unreached are the profiles whose source gave no answer, each a
	// *DownloadError; the others were done.
	Unreached []error
	// Notes are for people.
	Notes []string
}

// StoredProfile says how much of a profile the store holds now.
type StoredProfile struct {
	Name   string `json:"name"`
	From   string `json:"from"`
	Bundle string `json:"bundle"` // path
	Roots  int    `json:"roots"`
}

// Waiting are the differences that are not in the store.
func (r *Result) Waiting() []Change {
	return slices.DeleteFunc(slices.Clone(r.Changes), func(c Change) bool { return c.Applied || c.Kind == Expiring })
}

// ClockError says that the machine's clock cannot be right, so that dates
// cannot be judged.
type ClockError struct{ Now time.Time }

func (e *ClockError) Error() string { return ClockWarning(e.Now) }

// NotOfferedError says that a key was to be accepted which the download has
// nothing to do with.
type NotOfferedError struct{ SPKI string }

func (e *NotOfferedError) Error() string {
	return fmt.Sprintf("there is no change to accept with the key %s", e.SPKI)
}

// Fetch downloads the profiles' roots and stores them, all profiles or none.
// What differs from pins or store in a way that needs a person is refused: the
// store stays as it is and Result.Problems says why. The error is a
// *DownloadError, a *ClockError, or that of reading and writing files.
func Fetch(ctx context.Context, req Request) (*Result, error) {
	return req.run(ctx, func(c *comparison) {}, true)
}

// Update downloads likewise and shows the differences. It stores those whose
// key is in accept, and changes nothing else. A key that is in none of the
// differences ends in a *NotOfferedError.
func Update(ctx context.Context, req Request, accept []string) (*Result, error) {
	var keys []string
	for _, key := range accept {
		keys = append(keys, strings.TrimPrefix(key, "sha256/"))
	}
	return req.run(ctx, func(c *comparison) { c.update, c.accept = true, keys }, len(keys) > 0)
}

// gathered is what the source gave for one profile.
type gathered struct {
	Profile
	certs        []*x509.Certificate
	from         string
	lastModified time.Time
}

func (req Request) run(ctx context.Context, set func(*comparison), write bool) (*Result, error) {
	if req.Now.Before(Built()) {
		return nil, &ClockError{req.Now}
	}
	src := newSource(req.RootCAs, req.Now)
	result := &Result{}
	var all []gathered
	for _, p := range req.Profiles {
		g, err := req.gather(ctx, src, p, result)
		var down *DownloadError
		if req.All && errors.As(err, &down) {
			result.Unreached = append(result.Unreached, err)
			continue
		}
		if err != nil {
			return nil, err
		}
		if g != nil {
			all = append(all, *g)
		}
	}
	if len(result.Unreached) == len(req.Profiles) {
		return nil, result.Unreached[0]
	}
	if !write {
		lock, err := req.Store.current(req.Profiles)
		if err != nil {
			return nil, err
		}
		_, _, err = req.compare(all, lock, set, result)
		return result, err
	}
	if len(result.Problems) > 0 {
		return result, nil
	}
	if err := os.MkdirAll(req.Store.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the store: %w", err)
	}
	err := pki.UpdateSet(req.Store.Dir, func() ([]pki.Out, []string, error) {
		lock, err := req.lock(all)
		if err != nil {
			return nil, nil, err
		}
		next, found, err := req.compare(all, lock, set, result)
		if err != nil || len(result.Problems) > 0 || len(result.Stored) == 0 {
			return nil, nil, err
		}
		return req.Store.files(next, found)
	})
	var store *StoreError
	if err != nil && !errors.As(err, &store) {
		return nil, fmt.Errorf("writing the store %s: %w", req.Store.Dir, err)
	}
	return result, err
}

// gather downloads what one profile needs. It returns nil where the source has
// nothing for it, or where Result.Problems has a reason.
func (req Request) gather(ctx context.Context, src *source, p Profile, result *Result) (*gathered, error) {
	g := &gathered{Profile: p}
	addresses := []string{cmp.Or(req.From, p.Bundle)}
	if addresses[0] == "" {
		addresses = nil
		for _, pin := range p.Pins {
			addresses = append(addresses, pin.URL)
		}
	}
	single := len(addresses) == len(p.Pins) && req.From == "" && p.Bundle == ""
	for i, address := range addresses {
		d := src.get(ctx, address)
		var bad *DownloadError
		if errors.As(d.err, &bad) && bad.Kind == NotABundle {
			result.add(diagnose.RootProblem{Kind: diagnose.RootsMalformed, Profile: p.Name, File: bad.Address, Got: bad.Got, Want: bad.Want})
			return nil, nil
		}
		if bad != nil && bad.Gone && single && leaving(p.Pins[i]) != "" {
			continue // what is expected to go is gone
		}
		if d.err != nil {
			return nil, d.err
		}
		if single && (len(d.certs) != 1 || SPKI(d.certs[0]) != p.Pins[i].SPKI) {
			result.add(diagnose.RootProblem{Kind: diagnose.RootsPinMismatch, Profile: p.Name, Root: p.Pins[i].Name, File: address,
				Got: "pin " + SPKI(d.certs[0]), Want: "pin " + p.Pins[i].SPKI})
			continue
		}
		g.certs = append(g.certs, d.certs...)
		if d.lastModified.After(g.lastModified) {
			g.lastModified = d.lastModified
		}
	}
	g.from = strings.Join(addresses, " ")
	holds := func(c *x509.Certificate) bool { return p.concerns(c) }
	if req.All && req.From != "" && !slices.ContainsFunc(g.certs, holds) {
		result.Skipped = append(result.Skipped, p.Name)
		return nil, nil
	}
	return g, nil
}

// concerns reports whether the certificate is a pinned root, or would pass
// for one.
func (p Profile) concerns(c *x509.Certificate) bool {
	key := SPKI(c)
	return slices.ContainsFunc(p.Pins, func(pin Pin) bool {
		return pin.SPKI == key || pin.Name == rootName(c) || sameSubject(pin, c)
	})
}

// add notes a problem once, also where several profiles share it.
func (r *Result) add(p diagnose.RootProblem) {
	if !slices.ContainsFunc(r.Problems, func(o diagnose.RootProblem) bool {
		o.Profile = p.Profile
		return o == p
	}) {
		r.Problems = append(r.Problems, p)
	}
}

// compare compares all profiles and returns the lock file to be.
func (req Request) compare(all []gathered, lock *Lock, set func(*comparison), result *Result) (*Lock, []LockedRoot, error) {
	next := &Lock{Schema: lockSchema, Profiles: map[string]LockedProfile{}}
	for name, p := range lock.Profiles {
		next.Profiles[name] = p
	}
	var found []LockedRoot
	var asked []string
	for _, g := range all {
		c := &comparison{profile: g.Profile, now: req.Now}
		set(c)
		asked = c.accept
		if p, ok := lock.Profiles[g.Name]; ok {
			c.locked = &p
		} else {
			result.Unstored = append(result.Unstored, g.Name)
		}
		if c.locked != nil && c.locked.From == g.from && !g.lastModified.IsZero() && g.lastModified.Before(c.locked.LastModified) {
			c.problem(diagnose.RootsOlderBundle, "", "last modified "+g.lastModified.UTC().Format(time.RFC3339),
				"not before "+c.locked.LastModified.UTC().Format(time.RFC3339)+", as "+LockName+" has it")
		}
		c.run(g.certs)
		for _, p := range c.problems {
			result.add(p)
		}
		result.Changes = append(result.Changes, c.changes...)
		result.note(c)
		locked := LockedProfile{From: g.from, Fetched: req.Now.UTC().Truncate(time.Second), LastModified: g.lastModified,
			Bundle: g.Name + ".pem", Roots: some(c.roots), Removed: c.removed, compared: true}
		locked.BundleSHA256 = hexSHA256(bundlePEM(g.Profile, c.roots))
		next.Profiles[g.Name] = locked
		found = append(found, c.roots...)
		result.Stored = append(result.Stored, StoredProfile{Name: g.Name, From: g.from,
			Bundle: filepath.Join(req.Store.Dir, locked.Bundle), Roots: len(c.roots)})
	}
	for _, key := range asked {
		if !slices.ContainsFunc(result.Changes, func(c Change) bool { return c.SPKI == key && c.Kind != Expiring }) {
			return nil, nil, &NotOfferedError{key}
		}
	}
	if len(result.Problems) > 0 {
		result.Stored = nil
		for i := range result.Changes {
			result.Changes[i].Applied = result.Changes[i].Kind == Expiring
		}
	}
	return next, found, nil
}

func (r *Result) note(c *comparison) {
	for _, pin := range c.without {
		r.Notes = append(r.Notes, fmt.Sprintf("%s: the download is without %s, as is to be expected: %s", c.profile.Name, pin.Name, leaving(pin)))
	}
	for _, pin := range c.away {
		r.Notes = append(r.Notes, fmt.Sprintf("%s: %s stays out, as its removal was accepted; mutual roots update %s --accept %s takes it back",
			c.profile.Name, pin.Name, c.profile.Name, pin.SPKI))
	}
	if len(c.roots) == 0 {
		r.Notes = append(r.Notes, c.profile.Name+": no root is left, so it lets nobody in")
	}
	if len(c.candidates) > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%s: %s may come to matter, and is not trusted", c.profile.Name, strings.Join(c.candidates, ", ")))
	}
	if c.aside > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%s: %d known roots that it has no use for were left out", c.profile.Name, c.aside))
	}
}

// some is a list as JSON shows it where it is empty.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// lock is the lock file to compare with and to replace.
func (req Request) lock(all []gathered) (*Lock, error) {
	var profiles []Profile
	for _, g := range all {
		profiles = append(profiles, g.Profile)
	}
	if !req.Anew {
		return req.Store.current(profiles)
	}
	lock, err := req.Store.Lock()
	if err != nil || lock == nil {
		return &Lock{Schema: lockSchema}, nil
	}
	for _, p := range profiles {
		delete(lock.Profiles, p.Name)
	}
	return lock, nil
}
