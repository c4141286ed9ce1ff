package roots

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"strings"
	"testing"
	"time"

	"mutual/diagnose"
)

func TestEmbeddedRootsAreThePinnedOnes(t *testing.T) {
	for _, p := range Profiles() {
		certs, err := p.Embedded()
		if err != nil {
			t.Fatal(err)
		}
		if len(certs) != len(p.Pins) {
			t.Fatalf("%s: Embedded() has %d roots, want %d", p.Name, len(certs), len(p.Pins))
		}
		for i, c := range certs {
			pin := p.Pins[i]
			if got := Fingerprint(c); got != pin.SHA256[0] {
				t.Errorf("%s, %s: SHA-256 = %s, want %s", p.Name, pin.Name, got, pin.SHA256[0])
			}
			if got := SPKI(c); got != pin.SPKI {
				t.Errorf("%s, %s: SPKI = %s, want %s", p.Name, pin.Name, got, pin.SPKI)
			}
			if err := c.CheckSignatureFrom(c); err != nil {
				t.Errorf("%s, %s: not signed by its own key: %v", p.Name, pin.Name, err)
			}
			known, ok := Known(c)
			if !ok || known.Standing == diagnose.GoogleExpired || known.NotAfter.Format(time.DateOnly) != c.NotAfter.UTC().Format(time.DateOnly) {
				t.Errorf("%s, %s: Known = %+v, %t, want a live CA until %s", p.Name, pin.Name, known, ok, c.NotAfter)
			}
		}
	}
}

func TestEmbeddedFilesAreAllChecked(t *testing.T) {
	files, err := certs.ReadDir("certs")
	if err != nil {
		t.Fatal(err)
	}
	hashes := map[string]bool{}
	for _, ca := range diagnose.KnownCAs() {
		for _, h := range ca.SHA256 {
			hashes[h] = true
		}
	}
	for _, f := range files {
		got, err := Parse(embedded(f.Name()))
		if err != nil || len(got) != 1 {
			t.Fatalf("Parse(%s) = %d certificates, %v, want 1", f.Name(), len(got), err)
		}
		if !hashes[Fingerprint(got[0])] {
			t.Errorf("%s: SHA-256 %s is not in the table of known CAs", f.Name(), Fingerprint(got[0]))
		}
	}
}

func TestExpiredGlobalSignR2IsKnownAndDead(t *testing.T) {
	r2 := ExpiredGlobalSignR2()
	const want = "ca42dd41745fd0b81eb902362cf9d8bf719da1bd1b1efc946f5b4c99f42c1b9e"
	if got := Fingerprint(r2); got != want {
		t.Fatalf("Fingerprint(R2) = %s, want %s", got, want)
	}
	if ca, ok := Known(r2); !ok || ca.Standing != diagnose.GoogleExpired {
		t.Errorf("Known(R2) = %+v, %t, want an expired CA", ca, ok)
	}
	for _, p := range Profiles() {
		if _, ok := p.pinFor(SPKI(r2)); ok {
			t.Errorf("%s pins GlobalSign R2, want it trusted by no profile", p.Name)
		}
	}
}

func TestLookupList(t *testing.T) {
	tests := []struct {
		list string
		want string // names, or the start of the error
	}{
		{"dialogflow", "dialogflow"},
		{"dialogflow,dialogflow-legacy", "dialogflow dialogflow-legacy"},
		{" dialogflow , dialogflow", "dialogflow"},
		{"google-all", "google-all"},
		{"dialogflo", `error: no profile of roots is called "dialogflo"`},
		{"", "error: no profile"},
		{",", "error: no profile"},
	}
	for _, test := range tests {
		list, err := LookupList(test.list)
		var names []string
		for _, p := range list {
			names = append(names, p.Name)
		}
		got := strings.Join(names, " ")
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != test.want && !(err != nil && strings.HasPrefix(got, test.want)) {
			t.Errorf("LookupList(%q) = %s, want %s", test.list, got, test.want)
		}
	}
}

func TestIdentityMatch(t *testing.T) {
	ca := root(t, "CA")
	leaf := func(change func(*x509.Certificate)) *x509.Certificate {
		return issue(t, ca, "Google LLC", func(c *x509.Certificate) { asClient(c); change(c) }).Certificate
	}
	cn := func(names ...string) func(*x509.Certificate) {
		return func(c *x509.Certificate) {
			c.Subject = pkix.Name{Organization: []string{"x,CN=Google LLC"}}
			for _, n := range names {
				c.Subject.ExtraNames = append(c.Subject.ExtraNames, pkix.AttributeTypeAndValue{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: n})
			}
		}
	}
	dns := func(names ...string) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.DNSNames = names }
	}
	es, cx := Identity{CommonName: "Google LLC"}, Identity{DNSName: "*.dialogflow.com"}
	tests := []struct {
		name string
		id   Identity
		leaf *x509.Certificate
		want bool
	}{
		{"exact CN", es, leaf(cn("Google LLC")), true},
		{"other case", es, leaf(cn("google llc")), false},
		{"space behind", es, leaf(cn("Google LLC ")), false},
		{"another CN first", es, leaf(cn("Mallory", "Google LLC")), false},
		{"another CN behind", es, leaf(cn("Google LLC", "Mallory")), false},
		{"only in the organisation", es, leaf(cn("Mallory")), false},
		{"NUL", es, leaf(cn("Google LLC\x00.example")), false},
		{"no CN", es, leaf(cn()), false},
		{"the wildcard itself", cx, leaf(dns("*.dialogflow.com")), true},
		{"one label", cx, leaf(dns("a.example", "es.dialogflow.com")), true},
		{"any case", cx, leaf(dns("*.Dialogflow.COM")), true},
		{"two labels", cx, leaf(dns("a.b.dialogflow.com")), false},
		{"no label", cx, leaf(dns("dialogflow.com")), false},
		{"longer zone", cx, leaf(dns("a.dialogflow.com.example")), false},
		{"CN where there is no SAN", cx, leaf(cn("*.dialogflow.com")), true},
		{"CN beside a SAN", cx, leaf(func(c *x509.Certificate) { cn("*.dialogflow.com")(c); dns("a.example")(c) }), false},
		{"nobody", Identity{}, leaf(cn("Google LLC")), false},
		{"no leaf", es, nil, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.id.Match(test.leaf); got != test.want {
				t.Errorf("%v.Match = %t, want %t", test.id, got, test.want)
			}
		})
	}
}

func TestAdmit(t *testing.T) {
	w := newWorld(t)
	both := []Profile{w.dialogflow, w.legacy}
	crossed := issue(t, w.oldBetween, "Google LLC", asClient) // today's name under the old root
	tests := []struct {
		name     string
		profiles []Profile
		sent     []*authority
		at       time.Time
		want     string // profile
		err      error  // nil with want == "": any
	}{
		{"today's caller", both[:1], []*authority{w.caller, w.between}, now, "dialogflow", nil},
		{"today's caller after the day", both, []*authority{w.caller, w.between}, after, "dialogflow", nil},
		{"root sent too", both[:1], []*authority{w.caller, w.between, w.root}, now, "dialogflow", nil},
		{"old caller before the day", both, []*authority{w.oldCaller, w.oldBetween}, now, "dialogflow-legacy", nil},
		{"old caller after the day", both, []*authority{w.oldCaller, w.oldBetween}, after, "", ErrEnded},
		{"old caller on the day", both, []*authority{w.oldCaller, w.oldBetween}, LegacyEnds(), "dialogflow-legacy", nil},
		{"old caller at the end of the leeway", both, []*authority{w.oldCaller, w.oldBetween}, LegacyEnds().Add(legacyLeeway), "", ErrEnded},
		{"CX after the day", []Profile{w.cx}, []*authority{w.oldCaller, w.oldBetween}, after, "dialogflow-cx", nil},
		{"CX after the day, with the old profile beside it", []Profile{w.dialogflow, w.legacy, w.cx},
			[]*authority{w.oldCaller, w.oldBetween}, after, "dialogflow-cx", nil},
		{"old caller, its profile not in effect", both[:1], []*authority{w.oldCaller, w.oldBetween}, now, "", nil},
		{"stranger of the same intermediate", both, []*authority{w.stranger, w.between}, now, "", ErrStranger},
		{"today's name under the old root", both, []*authority{crossed, w.oldBetween}, now, "", ErrStranger},
		{"for servers only", both, []*authority{w.serverOnly, w.between}, now, "", nil},
		{"expired", both, []*authority{w.expired, w.between}, now, "", nil},
		{"intermediate not sent", both, []*authority{w.caller}, now, "", nil},
		{"another CA", both, []*authority{w.unknownCaller}, now, "", nil},
		{"nothing", both, nil, now, "", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			gate, err := NewGate(test.profiles, Store{}, test.at)
			if err != nil {
				t.Fatal(err)
			}
			var sent []*x509.Certificate
			for _, a := range test.sent {
				sent = append(sent, a.Certificate)
			}
			p, err := gate.Admit(sent, test.at)
			if p.Profile != test.want || (err == nil) != (test.want != "") || test.err != nil && !errors.Is(err, test.err) {
				t.Errorf("Admit = %q, %v, want %q, %v", p.Profile, err, test.want, test.err)
			}
			if test.err == nil && (errors.Is(err, ErrStranger) || errors.Is(err, ErrEnded)) {
				t.Errorf("Admit: %v, want another reason", err)
			}
		})
	}
}

func TestGateRefusesProfilesWithoutIdentity(t *testing.T) {
	all, err := Lookup("google-all")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewGate([]Profile{all}, Store{}, now); err == nil || !strings.Contains(err.Error(), "cannot tell who calls") {
		t.Errorf("NewGate(google-all) = %v, want a refusal that says why", err)
	}
}

func TestGateWarnings(t *testing.T) {
	early := Built().AddDate(-1, 0, 0)
	tests := []struct {
		list string
		at   time.Time
		want string
	}{
		{"dialogflow", now, ""},
		{"dialogflow-legacy", now, "ends on 1 December 2026, in 3 days: use dialogflow,dialogflow-legacy now, and dialogflow from then on"},
		{"dialogflow,dialogflow-legacy", now, "ends on 1 December 2026, in 3 days: keep dialogflow,dialogflow-legacy now"},
		{"dialogflow-legacy", now, "for Dialogflow CX, where no end of this certificate is announced, use dialogflow-cx"},
		{"dialogflow-legacy", LegacyEnds(), "ends today, 1 December 2026: use dialogflow,dialogflow-legacy now"},
		{"dialogflow-legacy", LegacyEnds().AddDate(0, 0, 1), "is refused from 4 December 2026, 12:00 UTC on: use dialogflow"},
		{"dialogflow-legacy", after, "ended on 1 December 2026, and its caller is refused: use dialogflow"},
		{"dialogflow-cx", now, ""},
		{"dialogflow-cx", after, ""},
		{"dialogflow,dialogflow-cx", after, ""},
		{"dialogflow", early, "this machine's clock says 2025-11-28 00:00 UTC, which is before mutual was made (28 November 2026)"},
	}
	for _, test := range tests {
		list, err := LookupList(test.list)
		if err != nil {
			t.Fatal(err)
		}
		gate, err := NewGate(list, Store{}, test.at)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Join(gate.Warnings(), "\n")
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("NewGate(%s).Warnings() = %q, want %q", test.list, got, test.want)
		}
	}
}
