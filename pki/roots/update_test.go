package roots

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"testing"
	"time"

	"mutual/diagnose"
)

// TestUpdate walks through a store's life: nothing new, a new root, its
// acceptance, a removal, a re-issue.
func TestUpdate(t *testing.T) {
	m := newMirror(t)
	a, b, c := root(t, "Root A"), root(t, "Root B"), root(t, "Root C")
	again := issueFor(t, nil, "Root A", a.key, func(x *x509.Certificate) { asCA(x); x.NotAfter = now.AddDate(25, 0, 0) })
	req := m.request(t, m.profile(a, b))
	req.From = m.serve("/bundle.pem", encode(a, b))
	fetched(t, req)
	keyA, keyB, keyC := SPKI(a.Certificate), SPKI(b.Certificate), SPKI(c.Certificate)
	steps := []struct {
		name    string
		bundle  []byte
		accept  []string
		changes string // kind, root and whether applied
		roots   int    // in the store afterwards
	}{
		{"nothing new", encode(a, b), nil, "", 2},
		{"a new root is shown", encode(a, b, c), nil, "added Root C false;", 2},
		{"a new root is accepted", encode(a, b, c), []string{keyC}, "added Root C true;", 3},
		{"and is no change any more", encode(a, b, c), nil, "", 3},
		{"another new root is shown", encode(a, b, c, root(t, "Root D")), nil, "added Root D false;", 3},
		{"a re-issue is shown", encode(again, b, c), nil, "re-issued Root A false;", 3},
		{"a re-issue is accepted", encode(again, b, c), []string{"sha256/" + keyA}, "re-issued Root A true;", 3},
		{"a removal is shown", encode(again, c), nil, "removed Root B false;", 3},
		{"one of two is accepted", encode(again, c, root(t, "Root E")), []string{keyB}, "added Root E false;removed Root B true;", 2},
		{"a removed pin stays away", encode(again, b, c), nil, "", 2},
		{"an accepted root goes", encode(again), []string{keyC}, "removed Root C true;", 1},
	}
	for _, step := range steps {
		m.serve("/bundle.pem", step.bundle)
		before := snapshot(t, req.Store)
		result, err := Update(context.Background(), req, step.accept)
		if err != nil {
			t.Fatalf("%s: Update: %v", step.name, err)
		}
		if len(result.Problems) > 0 {
			t.Fatalf("%s: Update: problems %+v, want none", step.name, result.Problems)
		}
		got := ""
		waiting := 0
		for _, ch := range result.Changes {
			got += fmt.Sprintf("%s %s %t;", ch.Kind, ch.Root, ch.Applied)
			if !ch.Applied {
				waiting++
			}
		}
		if got != step.changes || len(result.Waiting()) != waiting {
			t.Errorf("%s: Update: changes %q, want %q", step.name, got, step.changes)
		}
		if step.accept == nil && snapshot(t, req.Store) != before {
			t.Errorf("%s: Update changed the store, want it untouched", step.name)
		}
		locked, ok, err := req.Store.Check(req.Profiles[0])
		if err != nil || !ok || len(locked.Roots) != step.roots {
			t.Errorf("%s: the store holds %d roots, %t, %v, want %d", step.name, len(locked.Roots), ok, err, step.roots)
		}
	}
}

func TestUpdateSwappedRoot(t *testing.T) {
	m := newMirror(t)
	a, swapped := root(t, "Root A"), root(t, "Root A")
	req := m.request(t, m.profile(a))
	req.From = m.serve("/bundle.pem", encode(swapped))
	result, err := Update(context.Background(), req, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !kinds(result.Problems)[diagnose.RootsPinMismatch] || len(result.Waiting()) == 0 {
		t.Errorf("Update = %+v, want the mismatch and the change", result)
	}
	if snapshot(t, req.Store) != "" {
		t.Error("Update stored something")
	}
}

func TestUpdateUnknownKey(t *testing.T) {
	m := newMirror(t)
	req := m.request(t, m.profile(root(t, "Root A")))
	fetched(t, req)
	before := snapshot(t, req.Store)
	var offered *NotOfferedError
	if _, err := Update(context.Background(), req, []string{"AAAA"}); !errors.As(err, &offered) || offered.SPKI != "AAAA" {
		t.Errorf("Update = %v, want the key named", err)
	}
	if snapshot(t, req.Store) != before {
		t.Error("Update changed the store")
	}
}

func TestUpdateNeverAcceptsTheDead(t *testing.T) {
	m := newMirror(t)
	a := root(t, "Root A")
	dead := &authority{ExpiredGlobalSignR2(), nil}
	req := m.request(t, m.profile(a))
	req.From = m.serve("/bundle.pem", encode(a, dead))
	result, err := Update(context.Background(), req, []string{SPKI(dead.Certificate)})
	if err == nil && len(result.Stored) > 0 {
		t.Errorf("Update = %+v, want GlobalSign R2 refused", result)
	}
	if pool, err := req.Profiles[0].Pool(req.Store, now); err != nil || len(pool.Anchors) != 1 {
		t.Errorf("Pool = %+v, %v, want Root A alone", pool, err)
	}
}

func TestExpiringIsSaidAndIsNoDifference(t *testing.T) {
	m := newMirror(t)
	a := issue(t, nil, "Root A", func(x *x509.Certificate) { asCA(x); x.NotAfter = now.Add(40 * 24 * time.Hour) })
	req := m.request(t, m.profile(a))
	result := fetched(t, req)
	if len(result.Changes) != 1 || result.Changes[0].Kind != Expiring || len(result.Waiting()) != 0 {
		t.Errorf("Fetch: changes %+v, want one that is expiring and not waiting", result.Changes)
	}
	status, err := Inspect(req.Profiles[0], req.Store, now)
	if err != nil || !kinds(status.Problems)[diagnose.RootsExpiring] {
		t.Errorf("Inspect = %+v, %v, want %s", status, err, diagnose.RootsExpiring)
	}
	status, err = Inspect(req.Profiles[0], req.Store, now.AddDate(1, 0, 0))
	if err != nil || !kinds(status.Problems)[diagnose.RootsExpired] {
		t.Errorf("Inspect a year later = %+v, %v, want %s", status, err, diagnose.RootsExpired)
	}
}
