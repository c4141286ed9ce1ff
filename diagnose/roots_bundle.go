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

// soon is how near an end is that a check does not pass over: time enough to
// change a server, and too little to forget it.
const soon = 30 * 24 * time.Hour

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
	caller := Product("")
	if f.View == SeenByServer && f.presented() {
		caller = callerOf(f.Chains.Client, KnownCAOf)
	}
	if caller == DialogflowCX {
		return f.lacksRootOfCaller()
	}
	called := caller == DialogflowES
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
	m := Match{Severity: Warning, Vars: bundleOf(t), Evidence: []Evidence{{"client_trust.count", fmt.Sprint(max(t.Count, len(t.Anchors))),
		"SSL.com Root Certification Authority RSA among them, pin " + dialogflowRootSPKI()}}}
	over := DialogflowLegacyEnds().AddDate(0, 0, 1)
	ended := !f.Time.Before(over)
	if called || meant && (!falls || over.Sub(f.Time) <= soon) {
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
	return []Match{{Basis: Inferred, Vars: bundleOf(f.ClientTrust), Title: "The bundle lacks the root of the certificate that Dialogflow CX presents.",
		Settle: "the agent's client certificate settings, or a call of it: mutual serve --roots dialogflow-cx",
		Fix: Steps{Say("Trust the roots that the page on Dialogflow CX names, and check the caller's name " +
			"(*.dialogflow.com). In a new file:"),
			Run("mutual roots export dialogflow-cx --out <new-bundle.pem>"),
			Say("If your agent presents a client certificate of your own, the bundle needs its CA and nothing of Google's. " +
				"To see whether it does:"),
			Run("mutual verify --cacert {bundle} --purpose client <agent-certificate>")},
		Evidence: []Evidence{{"client_trust.count", fmt.Sprint(max(f.ClientTrust.Count, len(f.ClientTrust.Anchors))),
			"GTS Root R1 among them, by the sample on the page " + sourceCX}}}}
}

// bundleOf is the file of a bundle, where it is one.
func bundleOf(t *Trust) map[string]string {
	if len(t.Files) != 1 {
		return nil
	}
	return map[string]string{"bundle": t.Files[0]}
}

// DialogflowLegacyEnds is the last day on which Dialogflow ES falls back to
// the certificate of Google Trust Services: "until December 1, 2026", without
// a time zone. Source: sourceES, read on 2026-11-28.
func DialogflowLegacyEnds() time.Time { return date(2026, time.December, 1) }

func dialogflowRootSPKI() string {
	i := slices.IndexFunc(knownCAs, func(ca KnownCA) bool { return ca.Standing == DialogflowRoot })
	return knownCAs[i].SPKI
}

// findSmallDepth looks at the depth of a shown configuration. With one, nginx
// takes Dialogflow's chain and Apache refuses it (AH02040), as measured with
// nginx 1.22 and Apache 2.4.
func findSmallDepth(f *Examination) []Match {
	r := f.Roots
	if r == nil || r.VerifyDepth == nil || *r.VerifyDepth >= minVerifyDepth {
		return nil
	}
	m := Match{Vars: map[string]string{"depth": fmt.Sprint(*r.VerifyDepth)}, Evidence: []Evidence{
		{"roots.verify_depth", fmt.Sprint(*r.VerifyDepth), fmt.Sprintf("at least %d", minVerifyDepth)}}}
	switch refuses := *r.VerifyDepth == 0 || r.ConfigServer == "Apache"; {
	case !refuses:
		m.Severity = Warning
		m.Title = "The server allows a verify depth of {depth}, and Google asks for 2."
	case !r.VerifyDepthSure:
		m.Severity, m.Basis, m.Candidates = Warning, Inferred, []Code{}
		m.Title = "Perhaps the server follows a chain for {depth} certificates, and Dialogflow's needs 2."
		m.Settle = "the configuration that is in effect: nginx -T, or apachectl -t -D DUMP_CONFIG"
	}
	if r.VerifyDepthAt != "" {
		m.Evidence = append(m.Evidence, Evidence{"roots.verify_depth_at", r.VerifyDepthAt, ""})
	}
	return []Match{m}
}

// findNoIdentityCheck looks at public roots as client CAs: proven where the
// server's own rules are at hand. Of a configuration it is known what the lines
// say, and not what the application behind does.
func findNoIdentityCheck(f *Examination) []Match {
	t := f.ClientTrust
	if t == nil || t.Source == "system" || f.identityChecked() {
		return nil
	}
	m := Match{Candidates: []Code{}, Settle: "the server's configuration: mutual roots check BUNDLE --config FILE"}
	if f.wants(DialogflowCX) && !f.wants(DialogflowES) {
		m.Fix = steps(Say("Check the name, in nginx beside ssl_verify_client on:"), dialogflowCXOnly,
			Say("mutual's own server does so:"), Run("mutual serve --roots dialogflow-cx"))
	}
	for i, c := range t.Anchors {
		ca, ok := KnownCAOf(c.X509())
		if ok && ca.Standing != GoogleExpired && ca.Standing != GoogleIssuing && len(m.Evidence) < 3 && !f.pinned(c) {
			m.Evidence = append(m.Evidence, Evidence{path("client_trust.anchors", i, "subject"), c.Subject, "a name that is checked beside the root"})
		}
	}
	switch {
	case f.View == SeenByServer:
		m.Basis = Proven
		m.Title = "Public roots are trusted for clients, and nothing checks who the client is."
	case f.Roots != nil && f.Roots.ConfigShown:
		m.Settle = "what the application does with the client's name, where the server passes it on"
	case f.View == SeenByClient:
		m.Severity = Note
	case t.Count < 6: // the bundle is no roots.pem, and the check may stand elsewhere
		m.Severity = Note
	}
	return []Match{m}
}

// identityChecked reports whether who comes by any root is looked at, or may
// be. A profile looks at who comes by its own roots alone.
func (f *Examination) identityChecked() bool {
	if f.Roots != nil && f.Roots.IdentityCheckAt != "" {
		return true
	}
	if f.Authorization == nil {
		return false
	}
	profiles := 0 // each has one rule
	if f.Roots != nil && f.Roots.Enforced {
		profiles = len(f.Roots.Profiles)
	}
	return len(f.Authorization.Rules) > profiles
}

// pinned reports whether a profile that is enforced looks at who comes by this
// root.
func (f *Examination) pinned(c *Certificate) bool {
	return f.Roots != nil && f.Roots.Enforced && slices.ContainsFunc(f.Roots.Profiles, func(p PinnedProfile) bool {
		return slices.Contains(p.Pins, c.SPKISHA256)
	})
}

func calendarDay(t time.Time) string { return t.UTC().Format("2 January 2006") }
