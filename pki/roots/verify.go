package roots

import (
	"crypto/x509"
	"errors"
	"strings"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/chain"
)

// State says where a root in use comes from.
type State string

// The states of a root.
const (
	BuiltIn State = "built in" // the copy in the binary
	Stored  State = "stored"   // in the store, and as the lock file says
	Chosen  State = "accepted" // stored by roots update --accept
	Changed State = "changed"  // in the lock file, and the store holds something else
)

// Entry is one root of a profile as it is in use.
type Entry struct {
	Profile  string    `json:"profile"`
	Root     string    `json:"root"`
	Key      string    `json:"key"`
	SPKI     string    `json:"spki_sha256"`
	SHA256   string    `json:"sha256"`
	NotAfter time.Time `json:"not_after"`
	DaysLeft int       `json:"days_left"`
	State    State     `json:"state"`
	File     string    `json:"file,omitempty"`
}

// Status is one profile as it is in use.
type Status struct {
	Profile
	Roots   []Entry
	Fetched time.Time // zero: the copy in the binary is in use
	From    string
	// Accepted names the roots that somebody took into the store by hand,
	// Removed the pinned ones that somebody took out.
	Accepted, Removed []string
	// Problems are what is wrong with the store or with the roots.
	Problems []diagnose.RootProblem
	Warnings []string
}

// Inspect compares, without any network, the store with its lock file and the
// lock file with the pins, and judges the dates of what is in use. The error
// is that of reading the store; what is wrong with it is in Problems.
func Inspect(p Profile, store Store, now time.Time) (*Status, error) {
	s := &Status{Profile: p, Warnings: p.warnings(now)}
	if now.Before(Built()) {
		now = Built() // of the two, the time that can be
	}
	locked, ok, err := store.Check(p)
	var bad *StoreError
	if errors.As(err, &bad) {
		s.Problems = append(s.Problems, bad.Problems...)
	} else if err != nil {
		return nil, err
	}
	switch {
	case ok:
		s.Fetched, s.From = locked.Fetched, locked.From
		s.Accepted, s.Removed = p.accepted(locked), p.removed(locked)
		if bad == nil && len(locked.Roots) == 0 {
			s.Problems = append(s.Problems, diagnose.RootProblem{Kind: diagnose.RootsNoneLeft, Profile: p.Name, File: LockName,
				Got: "no root of " + p.Name, Want: "at least one of " + strings.Join(locked.Removed, ", ")})
		}
		for _, r := range locked.Roots {
			s.Roots = append(s.Roots, s.stored(r, now))
		}
	case bad == nil:
		certs, err := p.Embedded()
		if err != nil {
			return nil, err
		}
		for i, c := range certs {
			s.Roots = append(s.Roots, entry(p, p.Pins[i].Name, c, BuiltIn, now))
		}
	}
	for _, r := range s.Roots {
		s.judge(r, now)
	}
	return s, nil
}

func (s *Status) stored(r LockedRoot, now time.Time) Entry {
	if r.cert == nil {
		return Entry{Profile: s.Name, Root: r.Name, SPKI: r.SPKI, SHA256: r.SHA256, NotAfter: r.NotAfter,
			DaysLeft: daysLeft(r.NotAfter, now), State: Changed, File: r.File}
	}
	state := Stored
	if r.Basis == Accepted {
		state = Chosen
	}
	e := entry(s.Profile, r.Name, r.cert, state, now)
	e.File = r.File
	return e
}

func (s *Status) judge(r Entry, now time.Time) {
	if r.State == Changed {
		return
	}
	problem := diagnose.RootProblem{Profile: s.Name, Root: r.Root, File: r.File, Got: "valid until " + day(r.NotAfter)}
	switch {
	case now.After(r.NotAfter):
		problem.Kind, problem.Want = diagnose.RootsExpired, "later than "+day(now)
	case r.NotAfter.Sub(now) < expiringWithin:
		problem.Kind, problem.Want = diagnose.RootsExpiring, "at least a year from "+day(now)
	default:
		return
	}
	s.Problems = append(s.Problems, problem)
}

func entry(p Profile, name string, c *x509.Certificate, state State, now time.Time) Entry {
	return Entry{Profile: p.Name, Root: name, Key: chain.KeyName(c.PublicKey), SPKI: SPKI(c), SHA256: Fingerprint(c),
		NotAfter: c.NotAfter.UTC(), DaysLeft: daysLeft(c.NotAfter, now), State: state}
}

func daysLeft(end, now time.Time) int { return int(end.Sub(now) / (24 * time.Hour)) }
