package diagnose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// minVerifyDepth is what Google asks a webhook to allow.
const minVerifyDepth = 2

// problems makes one match of all problems of a kind; field names what the
// title shows.
func problems(kind RootProblemKind, field string) func(*Examination) []Match {
	return func(f *Examination) []Match {
		if f.Roots == nil {
			return nil
		}
		m := Match{Vars: map[string]string{"source": cmp.Or(f.Given.Target, "https://pki.goog/roots.pem")}}
		var named []string
		for i, p := range f.Roots.Problems {
			if p.Kind != kind {
				continue
			}
			word := cmp.Or(p.Root, p.File)
			switch field {
			case "file":
				word = cmp.Or(p.File, p.Root)
			case "profile":
				word = p.Profile
			}
			if word != "" && !slices.Contains(named, word) {
				named = append(named, word)
			}
			m.Evidence = append(m.Evidence, Evidence{path("roots.problems", i, "got"), p.Got, p.Want})
		}
		m.Vars[field] = listed(named)
		return []Match{m}
	}
}

// listed names three things and counts the rest.
func listed(names []string) string {
	if len(names) > 3 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), len(names)-3)
	}
	return strings.Join(names, ", ")
}

// findOnlyExpiredGoogle looks at a client-CA bundle of which all is over, and
// at least one was Google's.
func findOnlyExpiredGoogle(f *Examination) []Match {
	t := f.ClientTrust
	if t == nil || len(t.Anchors) == 0 || t.Count > len(t.Anchors) {
		return nil
	}
	m := Match{Vars: map[string]string{}}
	var names []string
	for i, c := range t.Anchors {
		ca, known := KnownCAOf(c.X509())
		dead := known && ca.Standing == GoogleExpired
		if !dead && (c.X509() == nil || !f.Time.After(c.NotAfter)) {
			return nil
		}
		if dead {
			names = append(names, ca.Name)
			m.Evidence = append(m.Evidence, Evidence{path("client_trust.anchors", i, "sha256"), c.SHA256, "a root that is alive; " + ca.Name + " ended on " + calendarDay(ca.NotAfter)})
		}
	}
	m.Vars["names"] = listed(names)
	return []Match{m}
}

// findHoldsExpiredGoogle looks through every bundle at hand: those by which
// either side judges, and the files that were given to look at.
func findHoldsExpiredGoogle(f *Examination) []Match {
	server := Match{Side: ServerSide, Vars: map[string]string{}}
	client := Match{Side: ClientSide, Vars: map[string]string{}}
	if f.ClientTrust != nil && f.ClientTrust.Source != "system" {
		server.addDead("client_trust.anchors", f.ClientTrust.Anchors)
	}
	if f.View == SeenInFiles {
		server.addDead("identity", f.Identity)
	}
	if f.Trust != nil && f.Trust.Source != "system" {
		client.addDead("trust.anchors", f.Trust.Anchors)
	}
	return []Match{server, client}
}

// addDead adds those of the certificates that served Google once.
func (m *Match) addDead(place string, certs []*Certificate) {
	var names []string
	for i, c := range certs {
		if ca, ok := KnownCAOf(c.X509()); ok && ca.Standing == GoogleExpired {
			names = append(names, ca.Name)
			m.Evidence = append(m.Evidence, Evidence{path(place, i, "sha256"), c.SHA256, ""})
		}
	}
	if m.Vars["names"] == "" {
		m.Vars["names"] = listed(names)
	}
}

// findLacksDialogflowRoot looks at a client-CA bundle that is meant for
// Dialogflow: the caller of the rules says so, or it holds Google's roots, or
// Dialogflow's certificate was presented.
func findLacksDialogflowRoot(f *Examination) []Match {
	t := f.ClientTrust
	if t == nil || t.Source == "system" || t.Count > len(t.Anchors) || len(t.Anchors) == 0 {
		return nil
	}
	called := f.View == SeenByServer && f.calledByDialogflow()
	if f.wants(DialogflowCX) && !f.wants(DialogflowES) && !called {
		return f.lacksRootOfCX()
	}
	falls := false // back to the old certificate
	google := false
	for _, c := range t.Anchors {
		ca, ok := KnownCAOf(c.X509())
		switch {
		case !ok || f.Time.After(c.NotAfter):
		case ca.Standing == DialogflowRoot:
			return nil
		case ca.Standing == GoogleRoot:
			google = true
			falls = falls || ca.Name == "GTS Root R1" && c.SelfIssued()
		}
	}
	meant := f.View == SeenInFiles && f.wants(DialogflowES)
	if !google && !called && !meant {
		return nil
	}
	m := Match{Severity: Warning, Evidence: []Evidence{{"client_trust.count", fmt.Sprint(max(t.Count, len(t.Anchors))),
		"SSL.com Root Certification Authority RSA among them, pin " + dialogflowRootSPKI()}}}
	ended := !f.Time.Before(DialogflowLegacyEnds().AddDate(0, 0, 1))
	if called || meant && (ended || !falls) {
		m.Severity = Error
	}
	switch {
	case called:
		m.Evidence = append(m.Evidence, Evidence{"chains.client.0.issuer", f.Chains.Client[0].Issuer, ""})
	case !ended && falls:
		m.Title = "The bundle accepts Dialogflow ES by its old certificate only, until 1 December 2026."
	}
	return []Match{m}
}

// lacksRootOfCX looks at a bundle that is meant for Dialogflow CX alone. Its
// page names Google's roots as a whole, and shows a chain to GTS Root R1.
func (f *Examination) lacksRootOfCX() []Match {
	if f.View != SeenInFiles {
		return nil
	}
	for _, c := range f.ClientTrust.Anchors {
		if ca, ok := KnownCAOf(c.X509()); ok && ca.Name == "GTS Root R1" && !f.Time.After(c.NotAfter) {
			return nil
		}
	}
	return []Match{{Basis: Inferred, Title: "The bundle lacks the root of the certificate that Dialogflow CX presents.",
		Settle: "a call of your agent: mutual serve --roots dialogflow-cx",
		Fix: Steps{Say("Trust the roots that the page on Dialogflow CX names, and check the caller's name (*.dialogflow.com). In a new file:"),
			Run("mutual roots export dialogflow-cx --out <new-bundle.pem>")},
		Evidence: []Evidence{{"client_trust.count", fmt.Sprint(max(f.ClientTrust.Count, len(f.ClientTrust.Anchors))),
			"GTS Root R1 among them, by the sample on the page " + sourceCX}}}}
}

// DialogflowLegacyEnds is the last day on which Dialogflow ES falls back to
// the certificate of Google Trust Services: "until December 1, 2026", without
// a time zone. Source: sourceES, read on 2026-11-28.
func DialogflowLegacyEnds() time.Time { return date(2026, time.December, 1) }

func dialogflowRootSPKI() string {
	i := slices.IndexFunc(knownCAs, func(ca KnownCA) bool { return ca.Standing == DialogflowRoot })
	return knownCAs[i].SPKI
}

// calledByDialogflow reports whether the client presented Dialogflow's own
// certificate of today, as far as its names tell.
func (f *Examination) calledByDialogflow() bool {
	if !f.presented() || !(ClientIdentity{CommonName: "Google LLC"}).Match(f.Chains.Client[0].X509()) {
		return false
	}
	return slices.ContainsFunc(f.Chains.Client[1:], func(c *Certificate) bool {
		ca, ok := KnownCAOf(c.X509())
		return ok && ca.Standing == DialogflowIssuing
	})
}

func findSmallDepth(f *Examination) []Match {
	r := f.Roots
	if r == nil || r.VerifyDepth == nil || *r.VerifyDepth >= minVerifyDepth {
		return nil
	}
	m := Match{Vars: map[string]string{"depth": fmt.Sprint(*r.VerifyDepth)}, Evidence: []Evidence{
		{"roots.verify_depth", fmt.Sprint(*r.VerifyDepth), fmt.Sprintf("at least %d", minVerifyDepth)}}}
	if *r.VerifyDepth > 0 {
		m.Severity = Warning
	}
	if r.VerifyDepthAt != "" {
		m.Evidence = append(m.Evidence, Evidence{"roots.verify_depth_at", r.VerifyDepthAt, ""})
	}
	return []Match{m}
}

// findNoIdentityCheck looks at public roots as client CAs: proven where the
// server's own rules or its configuration are at hand.
func findNoIdentityCheck(f *Examination) []Match {
	t := f.ClientTrust
	if t == nil || t.Source == "system" || f.identityChecked() {
		return nil
	}
	m := Match{Candidates: []Code{}, Settle: "the server's configuration: mutual roots check BUNDLE --config FILE"}
	for i, c := range t.Anchors {
		ca, ok := KnownCAOf(c.X509())
		if ok && ca.Standing != GoogleExpired && ca.Standing != GoogleIssuing && len(m.Evidence) < 3 {
			m.Evidence = append(m.Evidence, Evidence{path("client_trust.anchors", i, "subject"), c.Subject, "a name that is checked beside the root"})
		}
	}
	switch {
	case f.View == SeenByServer, f.Roots != nil && f.Roots.ConfigShown:
		m.Basis = Proven
		m.Title = "Public roots are trusted for clients, and nothing checks who the client is."
	case f.View == SeenByClient:
		m.Severity = Note
	case t.Count < 6: // the bundle is no roots.pem, and the check may stand elsewhere
		m.Severity = Note
	}
	return []Match{m}
}

func (f *Examination) identityChecked() bool {
	if f.Roots != nil && (f.Roots.Enforced || f.Roots.IdentityCheckAt != "") {
		return true
	}
	return f.Authorization != nil && len(f.Authorization.Rules) > 0
}

func calendarDay(t time.Time) string { return t.UTC().Format("2 January 2006") }
