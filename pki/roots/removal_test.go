package roots

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"mutual/diagnose"
)

// TestRemovalOfTheLastRoot: whoever takes a profile's last root out has it
// refused, and neither finds the store called changed nor the built-in root
// back in use.
func TestRemovalOfTheLastRoot(t *testing.T) {
	m := newMirror(t)
	a, b := root(t, "Root A"), root(t, "Root B")
	req := m.request(t, m.profile(a))
	p := req.Profiles[0]
	req.From = m.serve("/bundle.pem", encode(a))
	fetched(t, req)
	m.serve("/bundle.pem", encode(b))
	key := SPKI(a.Certificate)
	result, err := Update(context.Background(), req, []string{key})
	if err != nil || len(result.Problems) > 0 || len(result.Stored) != 1 || result.Stored[0].Roots != 0 {
		t.Fatalf("Update = %+v, %v, want the removal stored", result, err)
	}
	if !strings.Contains(strings.Join(result.Notes, "\n"), "lets nobody in") {
		t.Errorf("Update: notes %q, want the consequence said", result.Notes)
	}
	if _, ok, err := req.Store.Check(p); err != nil || !ok {
		t.Errorf("Check = %t, %v, want a store that is whole", ok, err)
	}
	var none *NoRootError
	if pool, err := p.Pool(req.Store, now); !errors.As(err, &none) || !strings.Contains(err.Error(), "Root A was taken out") {
		t.Errorf("Pool = %+v, %v, want the profile refused and the root named", pool, err)
	}
	if _, err := NewGate([]Profile{p}, req.Store, now); !errors.As(err, &none) {
		t.Errorf("NewGate = %v, want the profile refused", err)
	}
	if _, _, err := Export([]Profile{p}, req.Store, now, PEM, ""); !errors.As(err, &none) {
		t.Errorf("Export = %v, want the profile refused", err)
	}
	status, err := Inspect(p, req.Store, now)
	if err != nil || !kinds(status.Problems)[diagnose.RootsNoneLeft] || len(status.Removed) != 1 {
		t.Errorf("Inspect = %+v, %v, want %s", status, err, diagnose.RootsNoneLeft)
	}
	// A fetch does not bring it back unasked, an acceptance does.
	m.serve("/bundle.pem", encode(a))
	if result := fetched(t, req); result.Stored[0].Roots != 0 || !strings.Contains(strings.Join(result.Notes, "\n"), "--accept "+key) {
		t.Errorf("Fetch: %+v, want the root left out and the way back named", result)
	}
	if result, err := Update(context.Background(), req, []string{key}); err != nil || result.Stored[0].Roots != 1 {
		t.Fatalf("Update --accept = %+v, %v, want the root back", result, err)
	}
	if result := fetched(t, req); result.Stored[0].Roots != 1 {
		t.Errorf("Fetch afterwards: %+v, want the root to stay", result.Stored)
	}
	if pool, err := p.Pool(req.Store, now); err != nil || len(pool.Anchors) != 1 {
		t.Errorf("Pool = %+v, %v, want the root", pool, err)
	}
}

// TestAcceptedRootIsNamed rewrites a lock file as somebody would who wants a
// root of his own to be trusted under the pinned root's name.
func TestAcceptedRootIsNamed(t *testing.T) {
	m := newMirror(t)
	a, foreign := root(t, "Root A"), root(t, "Root A")
	req := m.request(t, m.profile(a))
	p := req.Profiles[0]
	fetched(t, req)
	rewriteLock(t, req.Store, func(l *Lock) {
		lp := l.Profiles[p.Name]
		r := lockedRoot("Root A", foreign.Certificate, Accepted)
		r.Name = "Root A, the pinned one"
		writeFiles(t, req.Store.Dir, map[string][]byte{r.File: encode(foreign), lp.Bundle: bundlePEM(p, []LockedRoot{r})})
		lp.Roots, lp.Removed = []LockedRoot{r}, []string{SPKI(a.Certificate)}
		lp.BundleSHA256 = hexSHA256(bundlePEM(p, []LockedRoot{r}))
		l.Profiles[p.Name] = lp
	})
	pool, err := p.Pool(req.Store, now)
	if err != nil {
		t.Fatal(err)
	}
	says := strings.Join(pool.Warnings, "\n")
	for _, want := range []string{"not built into mutual", "accepted by hand", "another key", SPKI(foreign.Certificate), "Root A was taken out"} {
		if !strings.Contains(says, want) {
			t.Errorf("Pool: warnings %q, want %q in them", says, want)
		}
	}
	if strings.Contains(says, "the pinned one") {
		t.Errorf("Pool: warnings %q repeat what the lock file calls the root", says)
	}
	status, err := Inspect(p, req.Store, now)
	if err != nil || len(status.Accepted) != 1 || len(status.Removed) != 1 || status.Roots[0].State != Chosen {
		t.Errorf("Inspect = %+v, %v, want the foreign root and the removal named", status, err)
	}
	data, warnings, err := Export([]Profile{p}, req.Store, now, PEM, "")
	if err != nil || !strings.Contains(string(data), "accepted by hand") || !strings.Contains(strings.Join(warnings, "\n"), "another key") {
		t.Errorf("Export = %s, %q, %v, want the foreign root named", data, warnings, err)
	}
	gate, err := NewGate([]Profile{p}, req.Store, now)
	if err != nil || !strings.Contains(strings.Join(gate.Warnings(), "\n"), "accepted by hand") {
		t.Fatalf("NewGate = %v, warnings %q, want the foreign root named", err, gate.Warnings())
	}
	caller := issue(t, foreign, "Google LLC", asClient)
	admission, err := gate.Admit(certificates(caller), now)
	if err != nil || !admission.RootAccepted || admission.Root != "Root A" || admission.Profile != p.Name {
		t.Errorf("Admit = %+v, %v, want it said that the root was accepted", admission, err)
	}
}

// rewriteLock changes a store's lock file by hand.
func rewriteLock(t *testing.T, s Store, change func(*Lock)) {
	t.Helper()
	lock, err := s.Lock()
	if err != nil {
		t.Fatal(err)
	}
	change(lock)
	data, err := json.Marshal(lock)
	if err != nil {
		t.Fatal(err)
	}
	writeFiles(t, s.Dir, map[string][]byte{LockName: data})
}
