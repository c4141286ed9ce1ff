package roots

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mutual/diagnose"
)

// TestStoreChanged changes a store in each way that a hand or a thief would,
// and wants it found, named, refused, and mended by a fetch anew.
func TestStoreChanged(t *testing.T) {
	m := newMirror(t)
	a, b, thief := root(t, "Root A"), root(t, "Root B"), root(t, "Root A")
	p := m.profile(a, b)
	file := func(r *authority) string { return lockedRoot(r.Subject.CommonName, r.Certificate, Pinned).File }
	write := func(name string, data []byte) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	lock := func(change func(*Lock)) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			l, err := (Store{dir}).Lock()
			if err != nil {
				t.Fatal(err)
			}
			change(l)
			data, err := json.Marshal(l)
			if err != nil {
				t.Fatal(err)
			}
			write(LockName, data)(t, dir)
		}
	}
	withRoot := func(change func(*LockedProfile)) func(t *testing.T, dir string) {
		return lock(func(l *Lock) {
			lp := l.Profiles["test"]
			change(&lp)
			l.Profiles["test"] = lp
		})
	}
	tests := []struct {
		name   string
		change func(t *testing.T, dir string)
		names  string // the file or root in the error
	}{
		{"a root replaced", write(file(a), encode(thief)), file(a)},
		{"a root emptied", write(file(a), nil), file(a)},
		{"a root gone", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, file(a))) }, file(a)},
		{"a root added to the bundle", func(t *testing.T, dir string) {
			f, err := os.OpenFile(filepath.Join(dir, "test.pem"), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			f.Write(encode(thief))
		}, "test.pem"},
		{"the bundle gone", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, "test.pem")) }, "test.pem"},
		{"the lock file gone", func(t *testing.T, dir string) { os.Remove(filepath.Join(dir, LockName)) }, LockName},
		{"the lock file is no JSON", write(LockName, []byte("{")), LockName},
		{"the lock file of another program", write(LockName, []byte(`{"schema":"x"}`)), LockName},
		{"root and lock file replaced together", func(t *testing.T, dir string) {
			write(file(a), encode(thief))(t, dir)
			withRoot(func(p *LockedProfile) {
				p.Roots[0].SHA256, p.Roots[0].SPKI = Fingerprint(thief.Certificate), SPKI(thief.Certificate)
			})(t, dir)
		}, LockName},
		{"the lock file names a file elsewhere", withRoot(func(p *LockedProfile) { p.Roots[0].File = "../../etc/passwd" }), LockName},
		{"the lock file drops a pin", withRoot(func(p *LockedProfile) { p.Roots = p.Roots[1:] }), LockName},
		{"a basis that does not exist", withRoot(func(p *LockedProfile) { p.Roots[0].Basis = "because" }), LockName},
		{"a dead root accepted", func(t *testing.T, dir string) {
			r2 := ExpiredGlobalSignR2()
			r := lockedRoot("GlobalSign R2", r2, Accepted)
			write(r.File, encode(&authority{r2, nil}))(t, dir)
			withRoot(func(p *LockedProfile) { p.Roots = append(p.Roots, r) })(t, dir)
		}, LockName},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req := m.request(t, p)
			fetched(t, req)
			test.change(t, req.Store.Dir)
			changed := snapshot(t, req.Store)
			var bad *StoreError
			if _, err := p.Pool(req.Store, now); !errors.As(err, &bad) || !strings.Contains(err.Error(), test.names) {
				t.Errorf("Pool = %v, want the store refused and %s named", err, test.names)
			}
			status, err := Inspect(p, req.Store, now)
			if err != nil || !kinds(status.Problems)[diagnose.RootsStoreChanged] {
				t.Errorf("Inspect = %+v, %v, want %s", status, err, diagnose.RootsStoreChanged)
			}
			if _, err := Fetch(context.Background(), req); !errors.As(err, &bad) {
				t.Errorf("Fetch = %v, want the changed store refused", err)
			}
			if snapshot(t, req.Store) != changed {
				t.Error("Fetch touched the changed store")
			}
			req.Anew = true
			fetched(t, req)
			if _, ok, err := req.Store.Check(p); err != nil || !ok {
				t.Errorf("Check after a fetch anew = %t, %v, want it whole", ok, err)
			}
		})
	}
}

// TestFetchFullDisk fills a real file system.
func TestFetchFullDisk(t *testing.T) {
	dir := smallDisk(t)
	m := newMirror(t)
	a := root(t, "Root A")
	b := issueFor(t, nil, "Root A", a.key, func(c *x509.Certificate) {
		asCA(c)
		c.NotAfter = now.AddDate(25, 0, 0)
		c.Subject.OrganizationalUnit = nil
		c.OCSPServer = []string{"http://example.com/" + strings.Repeat("x", 60<<10)} // no room for it
	})
	req := m.request(t, m.profile(a))
	req.Store.Dir = filepath.Join(dir, "roots")
	fetched(t, req)
	before := snapshot(t, req.Store)
	m.serve("/root-a.pem", encode(b))
	fill(t, filepath.Join(dir, "fill"))
	result, err := Fetch(context.Background(), req)
	if err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Fatalf("Fetch on a full disk = %+v, %v, want an error that says so", result, err)
	}
	if snapshot(t, req.Store) != before {
		t.Error("Fetch on a full disk changed the store")
	}
	if pool, err := req.Profiles[0].Pool(req.Store, now); err != nil || len(pool.Anchors) != 1 || Fingerprint(pool.Anchors[0]) != Fingerprint(a.Certificate) {
		t.Errorf("Pool = %+v, %v, want the root of before", pool, err)
	}
	if err := os.Remove(filepath.Join(dir, "fill")); err != nil {
		t.Fatal(err)
	}
	fetched(t, req)
}

func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	chunk := make([]byte, 4096)
	for range 1 << 16 {
		if _, err := f.Write(chunk); err != nil {
			return
		}
	}
	t.Fatal("the small disk does not fill")
}

func TestInspect(t *testing.T) {
	m := newMirror(t)
	a := root(t, "Root A")
	req := m.request(t, m.profile(a))
	status, err := Inspect(req.Profiles[0], req.Store, now)
	if err != nil || len(status.Roots) != 1 || status.Roots[0].State != BuiltIn || len(status.Problems) > 0 {
		t.Errorf("Inspect without a store = %+v, %v, want the built-in root", status, err)
	}
	fetched(t, req)
	status, err = Inspect(req.Profiles[0], req.Store, now)
	if err != nil || len(status.Roots) != 1 || status.Roots[0].State != Stored || status.Fetched.IsZero() || len(status.Problems) > 0 {
		t.Errorf("Inspect = %+v, %v, want the stored root", status, err)
	}
	if got := status.Roots[0].DaysLeft; got != daysLeft(a.NotAfter, now) || got < 7000 {
		t.Errorf("Inspect: %d days left, want those until %s", got, a.NotAfter)
	}
	early, err := Inspect(req.Profiles[0], req.Store, time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil || len(early.Warnings) != 1 || !strings.Contains(early.Warnings[0], "clock says 2000-01-01") || early.Roots[0].DaysLeft > 7500 {
		t.Errorf("Inspect with a clock of 2000 = %+v, %v, want a warning and sane dates", early, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(embedded("gts-root-r1.pem"))
	f.Add(append([]byte("# comment\r\n\r\n"), embedded("gts-root-r3.pem")...))
	f.Add(ExpiredGlobalSignR2().Raw)
	f.Add([]byte(pemBegin + "\n" + pemEnd))
	f.Fuzz(func(t *testing.T, data []byte) {
		certs, err := Parse(data)
		if (err == nil) != (len(certs) > 0) {
			t.Fatalf("Parse = %d certificates, %v", len(certs), err)
		}
		for _, c := range certs {
			if !c.IsCA {
				t.Fatalf("Parse returned %s, which is no CA", c.Subject)
			}
			if !bytes.Contains(data, []byte(pemBegin)) && !bytes.Equal(data, c.Raw) {
				t.Fatal("Parse found a certificate in what is neither PEM nor DER")
			}
		}
	})
}
