package roots

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mutual/diagnose"
)

func TestFetchStoresWhatIsPinned(t *testing.T) {
	m := newMirror(t)
	a, b := root(t, "Root A"), root(t, "Root B")
	req := m.request(t, m.profile(a, b))
	result := fetched(t, req)
	if len(result.Stored) != 1 || result.Stored[0].Roots != 2 {
		t.Fatalf("Fetch: stored %+v, want two roots", result.Stored)
	}
	pool, err := req.Profiles[0].Pool(req.Store, now)
	if err != nil || pool.From != req.Store.Dir || len(pool.Anchors) != 2 {
		t.Fatalf("Pool = %d roots from %s, %v, want 2 from the store", len(pool.Anchors), pool.From, err)
	}
	bundle, err := os.ReadFile(result.Stored[0].Bundle)
	if err != nil {
		t.Fatal(err)
	}
	if certs, err := Parse(bundle); err != nil || len(certs) != 2 {
		t.Errorf("the stored bundle holds %d certificates, %v, want 2", len(certs), err)
	}
	lock, err := req.Store.Lock()
	if err != nil || lock.Profiles["test"].Fetched.IsZero() || !strings.Contains(lock.Profiles["test"].From, m.URL) {
		t.Errorf("Lock = %+v, %v, want where from and when", lock, err)
	}
}

func TestFetchFromBundle(t *testing.T) {
	m := newMirror(t)
	a, b := root(t, "Root A"), root(t, "Root B")
	bundle := append([]byte("# Operating CA: somebody who lies\r\n\n"), encode(a, b)...)
	file := filepath.Join(t.TempDir(), "bundle.pem")
	if err := os.WriteFile(file, bundle, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{m.serve("/roots.pem", bundle), file} {
		req := m.request(t, m.profile(a, b))
		req.From = from
		fetched(t, req)
	}
}

// refusals are the attacks and accidents that the pins and the strict reading
// catch. Each starts from a store that holds the sound roots.
func TestFetchRefuses(t *testing.T) {
	m := newMirror(t)
	a, b := root(t, "Root A"), root(t, "Root B")
	swapped := root(t, "Root B") // its name, and another key
	reissued := func(key *authority, change func(*x509.Certificate)) *authority {
		return issueFor(t, nil, key.Subject.CommonName, key.key, func(c *x509.Certificate) { asCA(c); change(c) })
	}
	forged := issueFor(t, swapped, "Root B", b.key, asCA) // B's key, signed by the attacker's
	earlier := reissued(b, func(c *x509.Certificate) { c.NotBefore = now.AddDate(-5, 0, 0); c.NotAfter = now.AddDate(9, 0, 0) })
	leaf := issue(t, b, "leaf", asClient)
	noSign := issue(t, nil, "Root B", func(c *x509.Certificate) { asCA(c); c.KeyUsage = x509.KeyUsageCRLSign })
	dead := &authority{ExpiredGlobalSignR2(), nil}
	good := encode(a, b)
	tests := []struct {
		name  string
		body  []byte
		kinds []diagnose.RootProblemKind
		says  string // in a problem's Got or Want
	}{
		{"a root swapped", encode(a, swapped), []diagnose.RootProblemKind{diagnose.RootsPinMismatch}, SPKI(swapped.Certificate)},
		{"the pinned key signed by somebody else", encode(a, forged), []diagnose.RootProblemKind{diagnose.RootsPinMismatch}, "has not signed"},
		{"a root missing", encode(a), []diagnose.RootProblemKind{diagnose.RootsPinMismatch}, SPKI(b.Certificate)},
		{"an unknown root besides", encode(a, b, root(t, "Root C")), []diagnose.RootProblemKind{diagnose.RootsUnknownRoot}, "pin "},
		{"an earlier certificate of a root", encode(a, earlier), []diagnose.RootProblemKind{diagnose.RootsOlderBundle}, Fingerprint(b.Certificate)},
		{"a dead root brought back", encode(a, b, dead), []diagnose.RootProblemKind{diagnose.RootsOlderBundle}, "dead since 15 December 2021"},
		{"an HTML page", []byte("<!DOCTYPE html><title>Sign in</title>"), []diagnose.RootProblemKind{diagnose.RootsMalformed}, "DOCTYPE"},
		{"text before the first block", append([]byte("hello\n"), good...), []diagnose.RootProblemKind{diagnose.RootsMalformed}, `"hello"`},
		{"nothing", nil, []diagnose.RootProblemKind{diagnose.RootsMalformed}, "no certificate"},
		{"only comments", []byte("# roots\n"), []diagnose.RootProblemKind{diagnose.RootsMalformed}, "no certificate"},
		{"a leaf", encode(a, leaf), []diagnose.RootProblemKind{diagnose.RootsMalformed}, "not a CA"},
		{"a root that may not sign", encode(a, noSign), []diagnose.RootProblemKind{diagnose.RootsMalformed}, "keyCertSign"},
		{"a block not closed", bytes.Replace(good, []byte(pemEnd+"\n"), nil, 1), []diagnose.RootProblemKind{diagnose.RootsMalformed}, "not closed"},
		{"another kind of block", bytes.ReplaceAll(good, []byte("CERTIFICATE-"), []byte("PRIVATE KEY-")), []diagnose.RootProblemKind{diagnose.RootsMalformed}, "neither"},
		{"five megabytes", bytes.Repeat([]byte("#\n"), 5<<19), []diagnose.RootProblemKind{diagnose.RootsMalformed}, "more than 4 MiB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req := m.request(t, m.profile(a, b))
			req.From = m.serve("/bundle.pem", good)
			fetched(t, req)
			before := snapshot(t, req.Store)
			m.serve("/bundle.pem", test.body)
			result, err := Fetch(context.Background(), req)
			if err != nil {
				t.Fatal(err)
			}
			got := kinds(result.Problems)
			for _, k := range test.kinds {
				if !got[k] {
					t.Errorf("Fetch: problems %+v, want %s", result.Problems, k)
				}
			}
			if text := fmt.Sprintf("%+v", result.Problems); !strings.Contains(text, test.says) {
				t.Errorf("Fetch: problems %s, want them to say %q", text, test.says)
			}
			if len(result.Stored) > 0 || snapshot(t, req.Store) != before {
				t.Error("Fetch changed the store, want it untouched")
			}
			pool, err := req.Profiles[0].Pool(req.Store, now)
			if err != nil || len(pool.Anchors) != 2 {
				t.Errorf("Pool = %d roots, %v, want the two of before", len(pool.Anchors), err)
			}
		})
	}
}

func TestFetchNamesBothPins(t *testing.T) {
	m := newMirror(t)
	a, swapped := root(t, "Root A"), root(t, "Root A")
	p := m.profile(a)
	m.serve("/root-a.pem", encode(swapped)) // the pin's own address
	req := m.request(t, p)
	result, err := Fetch(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Problems) == 0 || result.Problems[0].Want != "pin "+SPKI(a.Certificate) || result.Problems[0].Got != "pin "+SPKI(swapped.Certificate) {
		t.Errorf("Fetch: problems %+v, want the pinned key and the received one", result.Problems)
	}
	if snapshot(t, req.Store) != "" {
		t.Error("Fetch made a store, want none")
	}
}

// TestFetchTruncated cuts a bundle at every kilobyte and at every line, once
// as a whole answer and once as one that breaks off.
func TestFetchTruncated(t *testing.T) {
	var all []byte
	for _, p := range Profiles()[:2] {
		for _, pin := range p.Pins {
			all = append(all, "# a comment\n"...)
			all = append(all, pin.PEM...)
		}
	}
	profiles := Profiles()[:2]
	breaksOff := false
	var body []byte
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if breaksOff {
			w.Header().Set("Content-Length", fmt.Sprint(len(all)))
		}
		w.Write(body)
	}))
	ca := root(t, "Mirror CA")
	own := issue(t, ca, "mirror", func(c *x509.Certificate) { c.DNSNames = []string{"example.com"}; c.IPAddresses = loopback() })
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{own.tls()}}
	srv.Config.ErrorLog = quiet()
	srv.StartTLS()
	defer srv.Close()
	pool := x509.NewCertPool()
	pool.AddCert(ca.Certificate)
	cuts := map[int]bool{}
	for n := 0; n < len(all); n += 1024 {
		cuts[n] = true
	}
	for n := bytes.IndexByte(all, '\n'); n >= 0 && n < len(all)-1; {
		next := bytes.IndexByte(all[n+1:], '\n')
		if next < 0 {
			break
		}
		n += 1 + next
		if n < len(all)-100 && n%7 == 0 { // a seventh of the lines
			cuts[n] = true
		}
	}
	for n := range cuts {
		for _, breaksOff = range []bool{false, true} {
			body = all[:n]
			req := Request{Profiles: profiles, From: srv.URL, RootCAs: pool, Store: Store{Dir: filepath.Join(t.TempDir(), "roots")}, Now: now}
			result, err := Fetch(context.Background(), req)
			if err != nil {
				t.Fatal(err)
			}
			if len(result.Problems) == 0 || len(result.Stored) > 0 {
				t.Errorf("Fetch of %d of %d bytes: problems %+v, stored %+v, want a refusal", n, len(all), result.Problems, result.Stored)
			}
			if snapshot(t, req.Store) != "" {
				t.Errorf("Fetch of %d of %d bytes left something in the store", n, len(all))
			}
		}
	}
	body, breaksOff = all, false
	fetched(t, Request{Profiles: profiles, From: srv.URL, RootCAs: pool, Store: Store{Dir: filepath.Join(t.TempDir(), "roots")}, Now: now})
}

func TestFetchDownloadFaults(t *testing.T) {
	a := root(t, "Root A")
	elsewhere := newMirror(t)
	elsewhere.serve("/roots.pem", encode(a))
	tests := []struct {
		name   string
		answer http.HandlerFunc
		kind   DownloadFault // "" where a problem is expected
		says   string
	}{
		{"a redirect to another host", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/roots.pem", http.StatusFound)
		}, "", "redirect to " + elsewhere.URL},
		{"a redirect to http", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://"+r.Host+"/roots.pem", http.StatusFound)
		}, "", "redirect to http://"},
		{"a redirect in a circle", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/again", http.StatusFound)
		}, "", "in a row"},
		{"status 404 with roots", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			w.Write(encode(a))
		}, Unreachable, "404"},
		{"status 206", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusPartialContent)
			w.Write(encode(a))
		}, Unreachable, "206"},
		{"a connection that ends", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }, Unreachable, "EOF"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := newMirror(t)
			m.Config.Handler = test.answer
			m.Config.ErrorLog = quiet()
			req := m.request(t, m.profile(a))
			req.From = m.URL + "/roots.pem"
			result, err := Fetch(context.Background(), req)
			text := fmt.Sprint(err)
			if test.kind == "" {
				if err != nil {
					t.Fatal(err)
				}
				if !kinds(result.Problems)[diagnose.RootsMalformed] {
					t.Errorf("Fetch: problems %+v, want %s", result.Problems, diagnose.RootsMalformed)
				}
				text = fmt.Sprintf("%+v", result.Problems)
			} else {
				var down *DownloadError
				if !errors.As(err, &down) || down.Kind != test.kind {
					t.Fatalf("Fetch: %v, want a download fault of kind %s", err, test.kind)
				}
			}
			if !strings.Contains(text, test.says) {
				t.Errorf("Fetch says %s, want %q in it", text, test.says)
			}
			if snapshot(t, req.Store) != "" {
				t.Error("Fetch left something in the store")
			}
		})
	}
}

func TestFetchFollowsItsOwnHost(t *testing.T) {
	a := root(t, "Root A")
	m := newMirror(t)
	m.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old.pem" {
			http.Redirect(w, r, "/new.pem", http.StatusMovedPermanently)
			return
		}
		w.Write(encode(a))
	})
	req := m.request(t, m.profile(a))
	req.From = m.URL + "/old.pem"
	fetched(t, req)
}

func TestFetchWithoutTrustOrNetwork(t *testing.T) {
	a := root(t, "Root A")
	m := newMirror(t)
	req := m.request(t, m.profile(a))
	fetched(t, req)
	before := snapshot(t, req.Store)
	stranger := req
	stranger.RootCAs = x509.NewCertPool()
	gone := newMirror(t)
	offline := req
	offline.From = gone.URL + "/roots.pem"
	gone.Close()
	plain := req
	plain.From = strings.Replace(m.URL, "https", "http", 1) + "/root-a.pem"
	for name, test := range map[string]struct {
		req  Request
		kind DownloadFault
	}{"a server that nobody vouches for": {stranger, Untrusted}, "no network": {offline, Unreachable}} {
		var down *DownloadError
		if _, err := Fetch(context.Background(), test.req); !errors.As(err, &down) || down.Kind != test.kind {
			t.Errorf("%s: Fetch: %v, want a download fault of kind %s", name, err, test.kind)
		}
	}
	if result, err := Fetch(context.Background(), plain); err != nil || !kinds(result.Problems)[diagnose.RootsMalformed] {
		t.Errorf("Fetch over http = %+v, %v, want it refused", result, err)
	}
	if snapshot(t, req.Store) != before {
		t.Error("a failed fetch changed the store")
	}
	if pool, err := req.Profiles[0].Pool(req.Store, now); err != nil || len(pool.Anchors) != 1 {
		t.Errorf("Pool = %+v, %v, want the stored root to keep working", pool, err)
	}
	if pool, err := req.Profiles[0].Pool(Store{}, now); err != nil || len(pool.Anchors) != 1 {
		t.Errorf("Pool without a store = %+v, %v, want the built-in root", pool, err)
	}
}

func TestFetchReissued(t *testing.T) {
	m := newMirror(t)
	a := root(t, "Root A")
	again := issueFor(t, nil, "Root A", a.key, func(c *x509.Certificate) { asCA(c); c.NotAfter = now.AddDate(25, 0, 0) })
	req := m.request(t, m.profile(a))
	fetched(t, req)
	m.serve("/root-a.pem", encode(again))
	result := fetched(t, req)
	if len(result.Changes) != 1 || result.Changes[0].Kind != Reissued || !result.Changes[0].Applied || result.Changes[0].Before != Fingerprint(a.Certificate) {
		t.Fatalf("Fetch: changes %+v, want one re-issue, applied and said", result.Changes)
	}
	locked, ok, err := req.Store.Check(req.Profiles[0])
	if err != nil || !ok || locked.Roots[0].SHA256 != Fingerprint(again.Certificate) {
		t.Fatalf("Check = %+v, %t, %v, want the new certificate", locked, ok, err)
	}
	files, err := filepath.Glob(filepath.Join(req.Store.Dir, "*.pem"))
	if err != nil || len(files) != 2 {
		t.Errorf("the store has %v, want the bundle and one root", files)
	}
	m.serve("/root-a.pem", encode(a)) // and back again
	if result, err := Fetch(context.Background(), req); err != nil || !kinds(result.Problems)[diagnose.RootsOlderBundle] {
		t.Errorf("Fetch of the earlier certificate = %+v, %v, want %s", result, err, diagnose.RootsOlderBundle)
	}
}

func TestFetchOlderLastModified(t *testing.T) {
	m := newMirror(t)
	a := root(t, "Root A")
	modified := now.AddDate(0, -1, 0)
	m.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Last-Modified", modified.Format(http.TimeFormat))
		w.Write(encode(a))
	})
	req := m.request(t, m.profile(a))
	fetched(t, req)
	modified = now.AddDate(-1, 0, 0)
	result, err := Fetch(context.Background(), req)
	if err != nil || !kinds(result.Problems)[diagnose.RootsOlderBundle] {
		t.Errorf("Fetch = %+v, %v, want %s", result, err, diagnose.RootsOlderBundle)
	}
}

func TestFetchClockBeforeBuild(t *testing.T) {
	m := newMirror(t)
	req := m.request(t, m.profile(root(t, "Root A")))
	req.Now = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)
	var clock *ClockError
	_, err := Fetch(context.Background(), req)
	if !errors.As(err, &clock) || !strings.Contains(err.Error(), "clock says 2020-01-01") || !strings.Contains(err.Error(), "before mutual was made") {
		t.Errorf("Fetch = %v, want the clock explained", err)
	}
}

func TestFetchTwoAtOnce(t *testing.T) {
	m := newMirror(t)
	dir := filepath.Join(t.TempDir(), "roots")
	var wg sync.WaitGroup
	var profiles []Profile
	for i := range 6 {
		p := m.profile(root(t, fmt.Sprintf("Root %d", i)))
		p.Name = fmt.Sprintf("profile-%d", i)
		profiles = append(profiles, p)
	}
	for _, p := range append(profiles, profiles...) {
		wg.Go(func() {
			req := m.request(t, p)
			req.Store.Dir = dir
			for range 3 {
				if result, err := Fetch(context.Background(), req); err != nil || len(result.Problems) > 0 {
					t.Errorf("Fetch %s: %+v, %v", p.Name, result, err)
				}
				if _, ok, err := req.Store.Check(p); err != nil || !ok {
					t.Errorf("Check %s while others write: %t, %v", p.Name, ok, err)
				}
			}
		})
	}
	wg.Wait()
	for _, p := range profiles {
		if _, ok, err := (Store{dir}).Check(p); err != nil || !ok {
			t.Errorf("Check %s = %t, %v, want it stored", p.Name, ok, err)
		}
	}
}

func TestFetchAllSkipsWhatTheSourceLacks(t *testing.T) {
	m := newMirror(t)
	a, b := root(t, "Root A"), root(t, "Root B")
	pa, pb := m.profile(a), m.profile(b)
	pb.Name = "other"
	req := m.request(t, pa)
	req.Profiles, req.All, req.From = []Profile{pa, pb}, true, m.serve("/only-a.pem", encode(a))
	result := fetched(t, req)
	if len(result.Stored) != 1 || len(result.Skipped) != 1 || result.Skipped[0] != "other" {
		t.Errorf("Fetch: stored %+v, skipped %v, want test and other", result.Stored, result.Skipped)
	}
}
