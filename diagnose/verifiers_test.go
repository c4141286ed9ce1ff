package diagnose_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
	"mutual/diagnose/chain/chaintest"
	"mutual/diagnose/chain/openssl"
)

// judgedAt is the time at which chains are judged.
var judgedAt = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// inFiles are the facts of verifying a world's chain from files.
func inFiles(w *chaintest.World, judge cause.Verifier) *diagnose.Facts {
	certs := func(list []*chaintest.Cert) (out []*diagnose.Certificate) {
		for _, c := range list {
			out = append(out, chain.NewCertificate(c.Encoded()))
		}
		return out
	}
	f := &diagnose.Facts{Command: "verify", View: diagnose.SeenInFiles, Time: w.Now, Purpose: diagnose.ServerSide, Judge: judge,
		Identity: certs(append([]*chaintest.Cert{w.Leaf}, w.Sent...))}
	f.Trust = &diagnose.Trust{Source: "files", Anchors: certs(w.Anchors), Count: len(w.Anchors)}
	f.Target.ServerName = w.Host
	return f
}

// TestJudges: the verifier that has the last word decides, over every departure
// of a chain; and where nobody has it, a chain that all accept has no error.
func TestJudges(t *testing.T) {
	keys := &chaintest.Keys{Dir: t.TempDir()}
	for _, d := range chaintest.Departures() {
		if d.Slow || strings.HasPrefix(d.Name, "crl") || strings.HasPrefix(d.Name, "address") {
			continue
		}
		w := chaintest.New(keys, judgedAt)
		d.Make(w)
		for _, by := range []cause.Verifier{cause.ByOpenSSL, cause.ByStrict, cause.ByGo, cause.ByJava} {
			r := diagnose.Examine(inFiles(w, by))
			v := r.Chain(diagnose.ServerSide)
			o := v.Opinion(by)
			if o == nil {
				t.Errorf("%s: %s has no opinion", d.Name, by)
				continue
			}
			if worked := r.RootCause() == nil; worked != o.Accepts {
				t.Errorf("%s by %s: RootCause = %v, want an error exactly where it refuses: %v %s", d.Name, by, r.RootCause(), o.Accepts, o.Says)
			}
		}
		r := diagnose.Examine(inFiles(w, ""))
		opinions := r.Chain(diagnose.ServerSide).Opinions
		all := !slices.ContainsFunc(opinions, func(o chain.Opinion) bool { return !o.Accepts })
		none := !slices.ContainsFunc(opinions, func(o chain.Opinion) bool { return o.Accepts })
		if root := r.RootCause(); all && root != nil || none && root == nil {
			t.Errorf("%s: RootCause = %v, where all accept: %v, none: %v", d.Name, root, all, none)
		}
		if !all && !none && len(r.Findings) == 0 {
			t.Errorf("%s: no finding, where the verifiers disagree: %+v", d.Name, opinions)
		}
	}
}

// TestOpenSSLOpinion: the opinion in a report is the judge's own.
func TestOpenSSLOpinion(t *testing.T) {
	keys := &chaintest.Keys{Dir: t.TempDir()}
	w := chaintest.New(keys, judgedAt)
	w.Leaf.Set(chaintest.AKI, false, chaintest.Seq(chaintest.TLV(0x80, []byte{1, 2, 3})))
	r := diagnose.Examine(inFiles(w, cause.ByOpenSSL))
	want, err := openssl.Verify(openssl.Question{Leaf: w.Leaf.Encoded(), Untrusted: [][]byte{w.Int.Encoded()},
		Anchors: []openssl.Anchor{{DER: w.Root.Encoded()}}, Now: w.Now, Purpose: openssl.Server, Host: w.Host, Level: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Verifiers.Server[0]; got.By != cause.ByOpenSSL || got.Says != want.String() {
		t.Errorf("Verifiers.Server[0] = %+v, want openssl: %s", got, want)
	}
	f := r.RootCause()
	if f == nil || f.Code != cause.VerifiersDisagree || !strings.Contains(f.Title, "authority key identifier is not the issuer's subject key identifier") {
		t.Errorf("RootCause = %+v, want %s that names the key identifiers", f, cause.VerifiersDisagree)
	}
}
