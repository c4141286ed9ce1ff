package roots

import (
	"crypto/x509"
	"encoding/asn1"
	"net/http"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/x509roots/fallback/bundle"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/observe"
)

// TestPinnedRootBesideOwnCAs puts the pinned root, in each form that it can
// take, among a server's own CAs of clients: it lets in by its profile only,
// and a CA of the user's own by a path that does not rest on it.
func TestPinnedRootBesideOwnCAs(t *testing.T) {
	w := newWorld(t)
	own := root(t, "Own CA")
	ownClient := issue(t, own, "build-7", asClient)
	// The pinned key, signed by a CA that the user trusts, and again by itself.
	crossed := issueFor(t, w.otherRoot, w.root.Subject.CommonName, w.root.key, asCA)
	reissued := issueFor(t, nil, w.root.Subject.CommonName, w.root.key, func(c *x509.Certificate) { asCA(c); c.NotAfter = now.AddDate(25, 0, 0) })
	// A CA of the user's that the pinned root has signed, too; and its client.
	ownCrossed := issueFor(t, w.root, "Own CA", own.key, asCA)
	// The intermediate of the pinned root, signed by a CA of the user's.
	betweenByOther := issueFor(t, w.otherRoot, w.between.Subject.CommonName, w.between.key, asCA)
	deep := issue(t, w.between, "Deep CA", asCA)
	deepClient := issue(t, deep, "Mallory", asClient)
	tests := []struct {
		name string
		own  []*authority
		sent []*authority
		want diagnose.Code // "": let in
		by   string        // profile, or CA=...
	}{
		{"the caller", []*authority{own, w.root}, []*authority{w.caller, w.between}, "", "dialogflow"},
		{"a client of one's own", []*authority{own, w.root}, []*authority{ownClient}, "", "CA=CN=Own CA,O=Mutual Lab"},
		{"a stranger, the root in the bundle", []*authority{own, w.root}, []*authority{w.stranger, w.between}, cause.ClientNotTheExpectedIdentity, ""},
		{"a stranger, the bundle alone", []*authority{w.root}, []*authority{w.stranger, w.between}, cause.ClientNotTheExpectedIdentity, ""},
		{"a stranger, the root signed anew", []*authority{own, reissued}, []*authority{w.stranger, w.between}, cause.ClientNotTheExpectedIdentity, ""},
		{"a stranger, the root cross-signed in the bundle", []*authority{own, crossed}, []*authority{w.stranger, w.between}, cause.ClientNotTheExpectedIdentity, ""},
		{"a stranger who sends the cross-signed root", []*authority{w.otherRoot}, []*authority{w.stranger, w.between, crossed}, cause.ClientNotTheExpectedIdentity, ""},
		{"a stranger, the intermediate in the bundle", []*authority{own, w.between}, []*authority{w.stranger}, cause.ClientNotTheExpectedIdentity, ""},
		{"a stranger two CAs below", []*authority{own, deep, w.between}, []*authority{deepClient, deep, w.between}, cause.ClientNotTheExpectedIdentity, ""},
		{"the caller by the cross-signed root", []*authority{w.otherRoot}, []*authority{w.caller, w.between, crossed}, "", "dialogflow"},
		{"one's own CA that the pinned root has signed", []*authority{own}, []*authority{ownClient, ownCrossed}, "", "CA=CN=Own CA,O=Mutual Lab"},
		{"only that form of it in the bundle", []*authority{ownCrossed, w.otherRoot}, []*authority{ownClient}, cause.ClientNotTheExpectedIdentity, ""},
		{"the intermediate signed by a CA of one's own", []*authority{w.otherRoot}, []*authority{w.stranger, betweenByOther}, "", "CA=CN=Somebody's CA,O=Mutual Lab"},
		{"nobody's client", []*authority{own, w.root}, []*authority{w.unknownCaller, w.otherRoot}, cause.ClientCAUntrustedByServer, ""},
	}
	gate, err := NewGate([]Profile{w.dialogflow}, Store{}, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, facts := visitBeside(t, gate, test.own, now, test.sent)
			var got diagnose.Code
			if root := diagnose.Examine(facts).RootCause(); root != nil {
				got = root.Code
			}
			if got != test.want || (status == http.StatusOK) != (test.want == "") {
				t.Errorf("status %d, first finding %q, want %q", status, got, test.want)
			}
			by := ""
			if a := facts.Authorization; a != nil && a.Allowed {
				by = a.Profile
				if a.CA != "" {
					by += "CA=" + a.CA
				}
				if a.Profile != "" && a.Root != w.root.Subject.CommonName {
					t.Errorf("let in under %q, want %q", a.Root, w.root.Subject.CommonName)
				}
			}
			if by != test.by {
				t.Errorf("let in by %q, want %q", by, test.by)
			}
		})
	}
}

// TestRemovedRootBesideOwnCAs takes a pinned root out of the profile: it is
// pinned all the same, and lets nobody in by way of the user's bundle.
func TestRemovedRootBesideOwnCAs(t *testing.T) {
	w := newWorld(t)
	m := newMirror(t)
	p := w.dialogflow
	p.Pins = append(p.Pins, pinOf(w.otherRoot))
	req := m.request(t, p)
	req.From = m.serve("/both.pem", encode(w.root, w.otherRoot))
	fetched(t, req)
	m.serve("/both.pem", encode(w.root))
	if _, err := Update(t.Context(), req, []string{SPKI(w.otherRoot.Certificate)}); err != nil {
		t.Fatal(err)
	}
	gate, err := NewGate([]Profile{p}, req.Store, now)
	if err != nil {
		t.Fatal(err)
	}
	mallory := issue(t, w.otherRoot, "Mallory", asClient)
	for name, client := range map[string]*authority{"the name of the caller": w.unknownCaller, "another name": mallory} {
		if status, facts := visitBeside(t, gate, []*authority{w.otherRoot}, now, []*authority{client}); status != 0 {
			t.Errorf("%s under a root that was taken out: status %d, %+v, want a refusal", name, status, facts.Authorization)
		}
	}
}

// TestPinnedRootsInASystemBundle takes a bundle of all public roots for a
// server's CAs of clients: of these, the pinned ones are not its own.
func TestPinnedRootsInASystemBundle(t *testing.T) {
	gate, err := NewGate([]Profile{lookup(t, "dialogflow"), lookup(t, "dialogflow-cx")}, Store{}, now)
	if err != nil {
		t.Fatal(err)
	}
	var system []*x509.Certificate
	for r := range bundle.Roots() {
		if c, err := x509.ParseCertificate(r.Certificate); err == nil {
			system = append(system, c)
		}
	}
	cfg := observe.ServeConfig{Anchors: gate.Anchors(), PinnedKeys: gate.Keys()}
	var got []string
	for _, c := range cfg.OnPinned(system) {
		got = append(got, rootName(c))
	}
	slices.Sort(got)
	want := "GTS Root R1, GTS Root R3, GTS Root R4, GlobalSign ECC Root CA - R4, SSL.com Root Certification Authority RSA"
	if strings.Join(got, ", ") != want {
		t.Errorf("OnPinned of %d public roots = %q, want %s", len(system), got, want)
	}
}

// TestBMPStringWithNUL: encoding/asn1 drops what stands behind the name.
func TestBMPStringWithNUL(t *testing.T) {
	ca := root(t, "CA")
	bmp := func(s string) []byte {
		var b []byte
		for _, r := range s {
			b = append(b, byte(r>>8), byte(r))
		}
		return b
	}
	for text, want := range map[string]bool{"Google LLC": true, "Google LLC\x00": false, "Google LLC\x00\x00": false, "\x00Google LLC": false, "Google LLC\x00x": false} {
		leaf := issue(t, ca, "", func(c *x509.Certificate) {
			asClient(c)
			c.RawSubject = marshalName(t, asn1.RawValue{Tag: asn1.TagBMPString, Bytes: bmp(text)})
		})
		id := Identity{CommonName: "Google LLC"}
		if got := id.Match(leaf.Certificate); got != want {
			t.Errorf("%v.Match(BMPString %q) = %t, want %t; Go reads %q", id, text, got, want, leaf.Subject.CommonName)
		}
		dns := Identity{DNSName: "*.dialogflow.com"}
		if strings.ContainsRune(text, 0) && dns.Match(leaf.Certificate) {
			t.Errorf("%v.Match(BMPString %q) = true", dns, text)
		}
	}
}

// marshalName is a subject of one CN with that value.
func marshalName(t *testing.T, value asn1.RawValue) []byte {
	t.Helper()
	type attribute struct {
		Type  asn1.ObjectIdentifier
		Value asn1.RawValue
	}
	type rdnSET []attribute
	der, err := asn1.Marshal([]rdnSET{{{asn1.ObjectIdentifier{2, 5, 4, 3}, value}}})
	if err != nil {
		t.Fatal(err)
	}
	return der
}
