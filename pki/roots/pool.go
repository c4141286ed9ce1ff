package roots

import (
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Pool is a profile's trust anchors at one time.
type Pool struct {
	Anchors []*x509.Certificate
	// From says in words where they come from: "built into mutual", or the
	// store's folder.
	From string
	// Warnings are for people: roots that are not the pinned ones, an end that
	// is near, a clock that is wrong.
	Warnings []string
}

// Pool returns the profile's anchors: the store's, where it holds the profile,
// else the copy in the binary. A store that was changed by hand is refused
// with an error that is a *StoreError, a profile whose last root is gone with
// one that is a *NoRootError.
func (p Profile) Pool(store Store, now time.Time) (Pool, error) {
	pool := Pool{From: "built into mutual"}
	locked, ok, err := store.Check(p)
	switch {
	case err != nil:
		return Pool{}, err
	case ok:
		pool.From = store.Dir
		for _, r := range locked.Roots {
			pool.Anchors = append(pool.Anchors, r.cert)
		}
		pool.Warnings = append(p.accepted(locked), p.removed(locked)...)
	default:
		if pool.Anchors, err = p.Embedded(); err != nil {
			return Pool{}, err
		}
	}
	pool.Anchors = slices.DeleteFunc(pool.Anchors, func(c *x509.Certificate) bool {
		if !now.After(c.NotAfter) && !isDead(c) {
			return false
		}
		pool.Warnings = append(pool.Warnings, fmt.Sprintf("%s expired on %s and is left out", c.Subject, day(c.NotAfter)))
		return true
	})
	if len(pool.Anchors) == 0 {
		return Pool{}, &NoRootError{Profile: p.Name, Why: append(pool.Warnings, "none is left"), Removed: locked.Removed}
	}
	pool.Warnings = append(pool.Warnings, p.warnings(now)...)
	return pool, nil
}

// NoRootError says that a profile has no root left by which anybody could come
// in. It is not replaced by the copy in the binary: somebody took the roots out.
type NoRootError struct {
	Profile string
	Why     []string // for people
	Removed []string // keys of the roots that somebody took out; may be empty
}

func (e *NoRootError) Error() string {
	return fmt.Sprintf("the profile %s has no root, and lets nobody in: %s", e.Profile, strings.Join(e.Why, "; "))
}

// accepted names the roots that are in the store because somebody accepted
// them.
func (p Profile) accepted(locked LockedProfile) []string {
	var out []string
	for _, r := range locked.Roots {
		if r.Basis != Accepted {
			continue
		}
		text := fmt.Sprintf("%s: the root %s, pin %s, is not built into mutual, and was accepted by hand", p.Name, r.Name, r.SPKI)
		if pin, ok := p.namesake(r.cert); ok {
			text += fmt.Sprintf("; it bears the name of the pinned root %s and has another key", pin.Name)
		}
		out = append(out, text)
	}
	return out
}

// removed names the pinned roots whose removal somebody accepted.
func (p Profile) removed(locked LockedProfile) []string {
	var out []string
	for _, pin := range p.Pins {
		if slices.Contains(locked.Removed, pin.SPKI) {
			out = append(out, fmt.Sprintf("%s: the pinned root %s was taken out of the store by hand", p.Name, pin.Name))
		}
	}
	return out
}

func (p Profile) warnings(now time.Time) []string {
	var out []string
	if w := ClockWarning(now); w != "" {
		out = append(out, w)
	}
	if p.Until.IsZero() {
		return out
	}
	var w string
	switch left := p.Until.Sub(now); {
	case p.Ended(now):
		w = fmt.Sprintf("the profile %s ended on %s, and its caller is refused: use %s", p.Name, day(p.Until), p.Instead)
	case left <= -24*time.Hour:
		w = fmt.Sprintf("the profile %s ended on %s, and its caller is refused from %s on: use %s",
			p.Name, day(p.Until), p.Until.Add(p.Leeway).UTC().Format("2 January 2006, 15:04 MST"), p.Instead)
	case left <= 0:
		w = fmt.Sprintf("the profile %s ends today, %s: use %s,%s now, and %s from then on",
			p.Name, day(p.Until), p.Instead, p.Name, p.Instead)
	default:
		w = fmt.Sprintf("the profile %s ends on %s, in %s: use %s,%s now, and %s from then on",
			p.Name, day(p.Until), days(left), p.Instead, p.Name, p.Instead)
	}
	if p.Aside != "" {
		w += "; " + p.Aside
	}
	return append(out, w)
}

// ClockWarning says what is wrong with a clock that shows a time before mutual
// was made; "" where nothing is.
func ClockWarning(now time.Time) string {
	if !now.Before(Built()) {
		return ""
	}
	return fmt.Sprintf("this machine's clock says %s, which is before mutual was made (%s): set the clock, for certificates are judged by it",
		now.UTC().Format("2006-01-02 15:04 MST"), day(Built()))
}
