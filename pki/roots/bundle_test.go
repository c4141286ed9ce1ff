package roots

import (
	"bufio"
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/x509roots/fallback/bundle"

	"mutual/diagnose"
)

func lookup(t testing.TB, name string) Profile {
	t.Helper()
	p, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// googleBundle is Google's roots.pem of October 2026 without SSL.com's two
// roots for clients: Google's own five, then the public ones beside them.
func googleBundle(t testing.TB) []*authority {
	t.Helper()
	all := lookup(t, "google-all")
	own, err := all.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	var out []*authority
	for _, c := range own {
		out = append(out, &authority{c, nil})
	}
	public := map[string]*x509.Certificate{}
	for r := range bundle.Roots() {
		if c, err := x509.ParseCertificate(r.Certificate); err == nil {
			public[SPKI(c)] = c
		}
	}
	for _, pin := range all.Beside {
		c := public[pin.SPKI]
		if c == nil {
			t.Fatalf("%s is not among Mozilla's roots", pin.Name)
		}
		if name := c.Subject.CommonName + c.Subject.String(); !strings.Contains(name, pin.Name) {
			t.Errorf("the key of %s is that of %s", pin.Name, c.Subject)
		}
		if !all.admitsPublic(c) {
			t.Errorf("%s is not admitted, though known to stand in the bundle", pin.Name)
		}
		out = append(out, &authority{c, nil})
	}
	return out
}

func without(all []*authority, name string) []*authority {
	return slices.DeleteFunc(slices.Clone(all), func(a *authority) bool { return rootName(a.Certificate) == name })
}

// TestGoogleAll takes all of Google's bundle at the first fetch, and refuses
// afterwards what is new and what is gone.
func TestGoogleAll(t *testing.T) {
	m := newMirror(t)
	whole := googleBundle(t)
	req := m.request(t, lookup(t, "google-all"))
	req.From = m.serve("/roots.pem", encode(whole...))
	if result := fetched(t, req); result.Stored[0].Roots != 19 {
		t.Errorf("Fetch: stored %+v, want 19 roots", result.Stored)
	}
	for _, test := range []struct {
		name   string
		bundle []*authority
		want   diagnose.RootProblemKind
	}{
		{"a public root gone", whole[:18], diagnose.RootsOlderBundle},
		{"one of Google's own gone", without(whole, "GTS Root R4"), diagnose.RootsPinMismatch},
		{"a stranger's root", append(slices.Clone(whole), root(t, "Honest Achmed's CA")), diagnose.RootsUnknownRoot},
	} {
		m.serve("/roots.pem", encode(test.bundle...))
		if result, err := Fetch(context.Background(), req); err != nil || !kinds(result.Problems)[test.want] {
			t.Errorf("%s: Fetch = %+v, %v, want %s", test.name, result, err, test.want)
		}
	}
}

// TestFirstFetchOfAPart has nothing stored that would tell what is missing.
func TestFirstFetchOfAPart(t *testing.T) {
	m := newMirror(t)
	whole := googleBundle(t)
	for n := range whole {
		if n == 0 {
			continue
		}
		req := m.request(t, lookup(t, "google-all"))
		req.From = m.serve("/roots.pem", encode(whole[:n]...))
		result, err := Fetch(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%+v", result.Problems)
		for _, c := range whole[n:] {
			if name := rootName(c.Certificate); leaving(Pin{Name: name}) == "" && !strings.Contains(text, SPKI(c.Certificate)) {
				t.Errorf("Fetch of %d of %d roots does not name %s: %s", n, len(whole), name, text)
			}
		}
		if len(result.Stored) > 0 || snapshot(t, req.Store) != "" {
			t.Errorf("Fetch of %d of %d roots stored %+v, want nothing", n, len(whole), result.Stored)
		}
	}
}

// TestBodyCutByAClosedConnection sends, as a server of HTTP/1.0 may, an answer
// that ends where the connection does.
func TestBodyCutByAClosedConnection(t *testing.T) {
	whole := googleBundle(t)
	for name, head := range map[string]string{
		"no length":             "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n",
		"HTTP/1.0":              "HTTP/1.0 200 OK\r\n\r\n",
		"a length":              fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", len(encode(whole...))),
		"chunks without a last": fmt.Sprintf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n", len(encode(whole[:11]...))),
	} {
		m := newMirror(t)
		m.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			out := bufio.NewWriter(conn)
			out.WriteString(head)
			out.Write(encode(whole[:11]...))
			if strings.Contains(head, "chunked") {
				out.WriteString("\r\n")
			}
			out.Flush()
			conn.Close()
		})
		req := m.request(t, lookup(t, "google-all"))
		req.From = m.URL + "/roots.pem"
		result, err := Fetch(context.Background(), req)
		if err != nil || !kinds(result.Problems)[diagnose.RootsMalformed] || snapshot(t, req.Store) != "" {
			t.Errorf("%s: Fetch = %+v, %v, want %s and nothing stored", name, result, err, diagnose.RootsMalformed)
		}
	}
}

// TestBundleWithoutR2 is what Google's bundle becomes when it follows Mozilla.
func TestBundleWithoutR2(t *testing.T) {
	m := newMirror(t)
	whole := googleBundle(t)
	r2 := whole[1]
	if rootName(r2.Certificate) != "GTS Root R2" {
		t.Fatalf("the second root is %s, want R2", rootName(r2.Certificate))
	}
	p := lookup(t, "google-all")
	t.Run("first fetch", func(t *testing.T) {
		req := m.request(t, p)
		req.From = m.serve("/roots.pem", encode(without(whole, "GTS Root R2")...))
		result := fetched(t, req)
		if result.Stored[0].Roots != 18 || len(result.Notes) != 1 || !strings.Contains(result.Notes[0], "GTS Root R2") {
			t.Errorf("Fetch: stored %+v, notes %q, want 18 roots and R2 named", result.Stored, result.Notes)
		}
		if pool, err := p.Pool(req.Store, now); err != nil || len(pool.Anchors) != 18 {
			t.Errorf("Pool = %+v, %v, want 18 roots", pool, err)
		}
	})
	t.Run("its own address gone", func(t *testing.T) {
		cx := lookup(t, "dialogflow-cx")
		cx.Pins = slices.Clone(cx.Pins)
		for i, pin := range cx.Pins {
			cx.Pins[i].URL = m.serve("/"+slug(pin.Name), pin.PEM)
			if leaving(pin) != "" {
				cx.Pins[i].URL = m.URL + "/gone"
			}
		}
		if result := fetched(t, m.request(t, cx)); result.Stored[0].Roots != 4 || len(result.Notes) != 1 {
			t.Errorf("Fetch: stored %+v, notes %q, want four roots and R2 named", result.Stored, result.Notes)
		}
		cx.Pins[0].URL = m.URL + "/gone"
		if result, err := Fetch(t.Context(), m.request(t, cx)); err == nil {
			t.Errorf("Fetch without R1 = %+v, want an error", result)
		}
	})
	t.Run("over a store that has it", func(t *testing.T) {
		req := m.request(t, p)
		req.From = m.serve("/roots.pem", encode(whole...))
		fetched(t, req)
		m.serve("/roots.pem", encode(without(whole, "GTS Root R2")...))
		if result := fetched(t, req); result.Stored[0].Roots != 19 || !strings.Contains(strings.Join(result.Notes, "\n"), "GTS Root R2") {
			t.Errorf("Fetch: stored %+v, notes %q, want R2 kept and named", result.Stored, result.Notes)
		}
		result, err := Update(context.Background(), req, nil)
		if err != nil || len(result.Waiting()) != 1 || result.Waiting()[0].Root != "GTS Root R2" || result.Waiting()[0].Kind != Removed {
			t.Fatalf("Update = %+v, %v, want the removal of R2 waiting", result, err)
		}
		if _, err := Update(context.Background(), req, []string{SPKI(r2.Certificate)}); err != nil {
			t.Fatal(err)
		}
		if pool, err := p.Pool(req.Store, now); err != nil || len(pool.Anchors) != 18 {
			t.Errorf("Pool = %+v, %v, want 18 roots once the removal is accepted", pool, err)
		}
	})
}

// TestAcceptWhatIsMissingAtFirst is the way forward with a bundle that has come
// to lack roots which this build knows.
func TestAcceptWhatIsMissingAtFirst(t *testing.T) {
	m := newMirror(t)
	whole := googleBundle(t)
	gone := []*authority{whole[3], whole[18]} // one of Google's own, and a public one
	p := lookup(t, "google-all")
	req := m.request(t, p)
	req.From = m.serve("/roots.pem", encode(without(without(whole, rootName(gone[0].Certificate)), rootName(gone[1].Certificate))...))
	result, err := Update(context.Background(), req, nil)
	if err != nil || len(result.Waiting()) != 2 || len(result.Problems) > 0 {
		t.Fatalf("Update = %+v, %v, want two removals waiting", result, err)
	}
	var keys []string
	for _, a := range gone {
		keys = append(keys, SPKI(a.Certificate))
	}
	if result, err := Update(context.Background(), req, keys[1:]); err != nil || len(result.Problems) > 0 || result.Stored[0].Roots != 18 {
		t.Fatalf("Update --accept one = %+v, %v, want the other root kept", result, err)
	}
	if result, err := Update(context.Background(), req, keys[:1]); err != nil || len(result.Problems) > 0 || result.Stored[0].Roots != 17 {
		t.Fatalf("Update --accept the other = %+v, %v, want 17 roots", result, err)
	}
	if result := fetched(t, req); result.Stored[0].Roots != 17 {
		t.Errorf("Fetch afterwards: %+v, want 17 roots", result.Stored)
	}
}
