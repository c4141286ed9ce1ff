package diagnose_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
	"mutual/pki/roots"
)

var (
	beforeTheDay = time.Date(2026, time.November, 24, 12, 0, 0, 0, time.UTC)
	theDay       = time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC)
	afterTheDay  = time.Date(2026, time.December, 5, 12, 0, 0, 0, time.UTC)
)

// signer is a certificate with its key, made in a test.
type signer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func sign(t *testing.T, parent *signer, cn string, change func(*x509.Certificate)) *signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: cn},
		NotBefore: beforeTheDay.AddDate(-1, 0, 0), NotAfter: beforeTheDay.AddDate(5, 0, 0)}
	change(template)
	if parent == nil {
		parent = &signer{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.cert, key.Public(), parent.key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &signer{cert, key}
}

func isCA(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
}

func isClient(c *x509.Certificate) {
	c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
}

func factsOf(certs ...*x509.Certificate) []*diagnose.Certificate {
	out := []*diagnose.Certificate{}
	for _, c := range certs {
		out = append(out, chain.CertificateOf(c))
	}
	return out
}

func trustOf(certs ...*x509.Certificate) *diagnose.Trust {
	return &diagnose.Trust{Source: "files", Files: []string{"ca.pem"}, Anchors: factsOf(certs...), Count: len(certs)}
}

func builtIn(t *testing.T, name string) []*x509.Certificate {
	t.Helper()
	p, err := roots.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	certs, err := p.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return certs
}

// outline lists the findings as "code severity", root cause first.
func outline(r *diagnose.Report) string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, fmt.Sprintf("%s %s", f.Code, f.Severity))
	}
	return fmt.Sprint(out)
}

// examine also wants each piece of evidence to be found in the report.
func examine(t *testing.T, f *diagnose.Facts) *diagnose.Report {
	t.Helper()
	r := diagnose.Examine(f)
	doc, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range r.Findings {
		for _, e := range finding.Evidence {
			if _, err := diagnose.Resolve(doc, e.Fact); err != nil {
				t.Errorf("%s: evidence %q: %v", finding.Code, e.Fact, err)
			}
		}
	}
	return r
}

func files(at time.Time, trust *diagnose.Trust, set func(*diagnose.Facts)) *diagnose.Facts {
	f := &diagnose.Facts{View: diagnose.SeenInFiles, Time: at, ClientTrust: trust, Roots: &diagnose.PinnedRoots{}}
	for _, p := range roots.Profiles()[:3] {
		f.Roots.Profiles = append(f.Roots.Profiles, p.Facts())
	}
	if set != nil {
		set(f)
	}
	return f
}

func TestBundleFindings(t *testing.T) {
	r2 := roots.ExpiredGlobalSignR2()
	sslcom, gts := builtIn(t, "dialogflow"), builtIn(t, "dialogflow-legacy")
	own := sign(t, nil, "Own CA", isCA).cert
	config := func(depth int, identity string) func(*diagnose.Facts) {
		return func(f *diagnose.Facts) {
			f.Roots.ConfigShown, f.Roots.IdentityCheckAt = true, identity
			f.Roots.VerifyDepth, f.Roots.VerifyDepthAt, f.Roots.VerifyDepthSure, f.Roots.ConfigServer = &depth, "nginx.conf:3", true, "nginx"
		}
	}
	and := func(set func(*diagnose.Facts), change func(*diagnose.PinnedRoots)) func(*diagnose.Facts) {
		return func(f *diagnose.Facts) {
			set(f)
			change(f.Roots)
		}
	}
	pinned := func(problems ...diagnose.RootProblem) func(*diagnose.Facts) {
		return func(f *diagnose.Facts) { f.Roots.Problems = problems }
	}
	onlyCX := func(f *diagnose.Facts) {
		f.Roots.Profiles = slices.DeleteFunc(f.Roots.Profiles, func(p diagnose.PinnedProfile) bool { return p.Product != diagnose.DialogflowCX })
	}
	note := "roots-without-identity-check note"
	tests := []struct {
		name  string
		facts *diagnose.Facts
		want  string
		exit  int
	}{
		{"only GlobalSign R2", files(beforeTheDay, trustOf(r2), nil), "[trust-bundle-google-expired error]", 13},
		{"R2 beside a CA that is alive", files(beforeTheDay, trustOf(r2, own), nil),
			"[trust-bundle-lacks-dialogflow-root error trust-bundle-holds-expired-google warning]", 13},
		{"R2 beside today's root", files(beforeTheDay, trustOf(r2, sslcom[0]), nil), "[trust-bundle-holds-expired-google warning " + note + "]", 0},
		{"Google's own roots, long before the day", files(beforeTheDay.AddDate(0, -2, 0), trustOf(gts...), nil), "[trust-bundle-lacks-dialogflow-root warning " + note + "]", 0},
		{"Google's own roots, within a month of the day", files(beforeTheDay, trustOf(gts...), nil), "[trust-bundle-lacks-dialogflow-root error " + note + "]", 13},
		{"Google's own roots, after the day", files(afterTheDay, trustOf(gts...), nil), "[trust-bundle-lacks-dialogflow-root error " + note + "]", 13},
		{"Google's own roots, on the day", files(theDay, trustOf(gts...), nil), "[trust-bundle-lacks-dialogflow-root error " + note + "]", 13},
		{"Google's own roots, for CX alone", files(afterTheDay, trustOf(gts...), onlyCX), "[" + note + "]", 0},
		{"today's root, for CX alone", files(afterTheDay, trustOf(sslcom...), onlyCX), "[trust-bundle-lacks-dialogflow-root error " + note + "]", 13},
		{"today's root", files(afterTheDay, trustOf(sslcom...), nil), "[" + note + "]", 0},
		{"a CA of one's own", files(beforeTheDay, trustOf(own), nil), "[trust-bundle-lacks-dialogflow-root error]", 13},
		{"a configuration all right", files(beforeTheDay, trustOf(sslcom...), config(2, "nginx.conf:9")), "[]", 0},
		{"depth 1", files(beforeTheDay, trustOf(sslcom...), config(1, "nginx.conf:9")), "[verify-depth-too-small warning]", 0},
		{"depth 0", files(beforeTheDay, trustOf(sslcom...), config(0, "nginx.conf:9")), "[verify-depth-too-small error]", 13},
		{"depth 0, where another line may hold", files(beforeTheDay, trustOf(sslcom...), and(config(0, "nginx.conf:9"), func(r *diagnose.PinnedRoots) { r.VerifyDepthSure = false })),
			"[verify-depth-too-small warning]", 0},
		{"depth 1 in Apache", files(beforeTheDay, trustOf(sslcom...), and(config(1, "nginx.conf:9"), func(r *diagnose.PinnedRoots) { r.ConfigServer = "Apache" })),
			"[verify-depth-too-small error]", 13},
		{"a configuration that asks nobody's name", files(beforeTheDay, trustOf(sslcom...), config(2, "")), "[roots-without-identity-check warning]", 0},
		{"roots.pem as client CAs", files(beforeTheDay, trustOf(append(sslcom, gts...)...), nil), "[roots-without-identity-check warning]", 0},
		{"two problems of a download", files(beforeTheDay, nil, pinned(
			diagnose.RootProblem{Kind: diagnose.RootsPinMismatch, Root: "A", Got: "pin x", Want: "pin y"},
			diagnose.RootProblem{Kind: diagnose.RootsPinMismatch, Root: "B", Got: "pin x", Want: "pin y"})), "[roots-pin-mismatch error]", 16},
		{"a mismatch explains the unknown root", files(beforeTheDay, nil, pinned(
			diagnose.RootProblem{Kind: diagnose.RootsUnknownRoot, Root: "C", Got: "pin x"},
			diagnose.RootProblem{Kind: diagnose.RootsPinMismatch, Root: "B", Got: "pin x", Want: "pin y"})), "[roots-pin-mismatch error]", 16},
		{"an unknown root", files(beforeTheDay, nil, pinned(diagnose.RootProblem{Kind: diagnose.RootsUnknownRoot, Root: "C", Got: "pin x"})), "[roots-unknown-root error]", 16},
		{"an older bundle", files(beforeTheDay, nil, pinned(diagnose.RootProblem{Kind: diagnose.RootsOlderBundle, Root: "C", Got: "old"})), "[roots-older-bundle error]", 16},
		{"a page in place of a bundle", files(beforeTheDay, nil, pinned(diagnose.RootProblem{Kind: diagnose.RootsMalformed, File: "u", Got: "x"})), "[roots-download-malformed error]", 16},
		{"a changed store", files(beforeTheDay, nil, pinned(diagnose.RootProblem{Kind: diagnose.RootsStoreChanged, File: "f", Got: "x"})), "[roots-store-changed error]", 16},
		{"an update waiting", files(beforeTheDay, nil, pinned(diagnose.RootProblem{Kind: diagnose.RootsUpdateWaiting, Root: "C", Got: "added"})), "[roots-update-waiting error]", 16},
		{"a root expired", files(beforeTheDay, nil, pinned(diagnose.RootProblem{Kind: diagnose.RootsExpired, Root: "C", Got: "x"})), "[roots-pinned-root-expired error]", 16},
		{"a root about to expire", files(beforeTheDay, nil, pinned(diagnose.RootProblem{Kind: diagnose.RootsExpiring, Root: "C", Got: "x"})), "[roots-pinned-root-expiring warning]", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := examine(t, test.facts)
			if got := outline(r); got != test.want || r.ExitCode != test.exit {
				t.Errorf("Examine = %s, exit %d, want %s, exit %d", got, r.ExitCode, test.want, test.exit)
			}
		})
	}
}

// TestDeadRootsAreRecognisedEverywhere shows an old root in each bundle that a
// command may be given.
func TestDeadRootsAreRecognisedEverywhere(t *testing.T) {
	r2 := roots.ExpiredGlobalSignR2()
	own := sign(t, nil, "Own CA", isCA).cert
	tests := []struct {
		name  string
		facts *diagnose.Facts
		side  diagnose.Side
	}{
		{"a file to look at", &diagnose.Facts{View: diagnose.SeenInFiles, Identity: factsOf(own, r2)}, diagnose.ServerSide},
		{"the server's client CAs", &diagnose.Facts{View: diagnose.SeenByClient, ClientTrust: trustOf(own, r2)}, diagnose.ServerSide},
		{"a server's own", &diagnose.Facts{View: diagnose.SeenByServer, ClientTrust: trustOf(own, r2)}, diagnose.ServerSide},
		{"the client's trust store", &diagnose.Facts{View: diagnose.SeenByClient, Trust: trustOf(r2)}, diagnose.ClientSide},
	}
	for _, test := range tests {
		test.facts.Time = afterTheDay
		found := false
		for _, f := range examine(t, test.facts).Findings {
			found = found || f.Code == cause.TrustBundleHoldsExpiredGoogle && f.Side == test.side
		}
		if !found {
			t.Errorf("%s: no trust-bundle-holds-expired-google on the %s's side", test.name, test.side)
		}
	}
}

// TestCallerFindings judges, as the server sees them, clients of a profile
// made for the test.
func TestCallerFindings(t *testing.T) {
	ca, oldCA := sign(t, nil, "Root", isCA), sign(t, nil, "Old Root", isCA)
	between, oldBetween := sign(t, ca, "Intermediate", isCA), sign(t, oldCA, "Old Intermediate", isCA)
	caller, stranger := sign(t, between, "Google LLC", isClient), sign(t, between, "Mallory", isClient)
	old := sign(t, oldBetween, "old", func(c *x509.Certificate) { isClient(c); c.DNSNames = []string{"*.dialogflow.com"} })
	serverOnly := sign(t, between, "Google LLC", func(c *x509.Certificate) {
		isClient(c)
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	})
	public := sign(t, between, "host.example", func(c *x509.Certificate) {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		oid, err := x509.OIDFromInts([]uint64{2, 23, 140, 1, 2, 1})
		if err != nil {
			t.Fatal(err)
		}
		c.Policies = []x509.OID{oid}
	})
	expired := sign(t, between, "Google LLC", func(c *x509.Certificate) { isClient(c); c.NotAfter = beforeTheDay.Add(-time.Hour) })
	pin := func(s *signer) roots.Pin { return roots.Pin{Name: s.cert.Subject.CommonName, SPKI: roots.SPKI(s.cert)} }
	profiles := []diagnose.PinnedProfile{
		roots.Profile{Name: "test", Pins: []roots.Pin{pin(ca)}, Identity: roots.Identity{CommonName: "Google LLC"}, Product: diagnose.DialogflowES}.Facts(),
		roots.Profile{Name: "test-old", Pins: []roots.Pin{pin(oldCA)}, Identity: roots.Identity{DNSName: "*.dialogflow.com"},
			Until: roots.LegacyEnds(), Instead: "test", Product: diagnose.DialogflowES}.Facts(),
	}
	seen := func(at time.Time, allowed bool, sent ...*signer) *diagnose.Facts {
		f := &diagnose.Facts{View: diagnose.SeenByServer, Time: at, ClientTrust: trustOf(ca.cert, oldCA.cert),
			Roots:         &diagnose.PinnedRoots{Profiles: profiles, Enforced: true},
			Authorization: &diagnose.Authorization{Rules: []string{"CN=Google LLC under test"}, Allowed: allowed},
			ClientAuth:    &diagnose.ClientAuth{Requested: true, Policy: cause.PolicyRequired, Presented: true, Verdict: cause.VerdictRejected},
			Attempts:      []diagnose.Attempt{{Name: "strict", FailedAt: diagnose.AtVerifyPeer}}}
		if allowed {
			f.ClientAuth.Verdict, f.Attempts[0].FailedAt = cause.VerdictAccepted, ""
		}
		for _, s := range sent {
			f.Chains.Client = append(f.Chains.Client, chain.CertificateOf(s.cert))
		}
		return f
	}
	tests := []struct {
		name  string
		facts *diagnose.Facts
		first diagnose.Code // "" for none
	}{
		{"the caller", seen(beforeTheDay, true, caller, between), ""},
		{"a stranger of the same intermediate", seen(beforeTheDay, false, stranger, between), cause.ClientNotTheExpectedIdentity},
		{"for servers only", seen(beforeTheDay, false, serverOnly, between), cause.ClientEKUMissingClientAuth},
		{"no intermediate", seen(beforeTheDay, false, caller), cause.ClientChainMissingIntermediate},
		{"expired", seen(beforeTheDay, false, expired, between), cause.ClientCertExpired},
		{"the old caller in time", seen(beforeTheDay, true, old, oldBetween), ""},
		{"the old caller after the day", seen(afterTheDay, false, old, oldBetween), cause.DialogflowLegacyEnded},
		{"a public CA's certificate for servers", seen(beforeTheDay, false, public, between), cause.ClientNotTheExpectedIdentity},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := test.facts
			if test.name == "no intermediate" {
				f.Known = factsOf(between.cert)
			}
			r := examine(t, f)
			var got diagnose.Code
			if root := r.RootCause(); root != nil {
				got = root.Code
			}
			if got != test.first {
				t.Errorf("Examine = %s, want %q first", outline(r), test.first)
			}
			if r.Has(cause.ClientIdentityNotAuthorized) {
				t.Errorf("Examine = %s, want the general finding explained away", outline(r))
			}
		})
	}
	f := seen(beforeTheDay, false, public, between)
	f.Roots = nil
	if r := examine(t, f); !r.Has(cause.ClientCertPublicCANoClientAuth) || r.Has(cause.ClientEKUMissingClientAuth) {
		t.Errorf("Examine(a public CA's certificate) = %s, want client-cert-public-ca-no-clientauth in place of the general one", outline(r))
	}
}

// TestIdentityCheckedByProfiles: an enforced profile looks at who comes by its
// own roots, and at nobody else.
func TestIdentityCheckedByProfiles(t *testing.T) {
	sslcom, gts := builtIn(t, "dialogflow"), builtIn(t, "dialogflow-cx")
	facts := func(rules []string, trusted []*x509.Certificate, profiles ...string) *diagnose.Facts {
		f := &diagnose.Facts{View: diagnose.SeenByServer, Time: beforeTheDay, ClientTrust: trustOf(trusted...),
			Roots: &diagnose.PinnedRoots{Enforced: true}, Authorization: &diagnose.Authorization{Allowed: true}}
		for _, name := range profiles {
			p, err := roots.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			f.Roots.Profiles = append(f.Roots.Profiles, p.Facts())
			f.Authorization.Rules = append(f.Authorization.Rules, p.Identity.String()+" under "+p.Name)
		}
		f.Authorization.Rules = append(f.Authorization.Rules, rules...)
		return f
	}
	both := append(append([]*x509.Certificate{}, sslcom...), gts...)
	tests := []struct {
		name  string
		facts *diagnose.Facts
		want  bool
	}{
		{"only the profile's roots", facts(nil, sslcom, "dialogflow"), false},
		{"other public roots besides", facts(nil, both, "dialogflow"), true},
		{"all of them in a profile", facts(nil, both, "dialogflow", "dialogflow-cx"), false},
		{"a rule for the others", facts([]string{"cn=client"}, both, "dialogflow"), false},
	}
	for _, test := range tests {
		if got := examine(t, test.facts).Has(cause.RootsWithoutIdentityCheck); got != test.want {
			t.Errorf("%s: %s found: %t, want %t", test.name, cause.RootsWithoutIdentityCheck, got, test.want)
		}
	}
}
