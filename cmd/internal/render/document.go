package render

import (
	"fmt"
	"slices"
	"strings"

	"mutual/diagnose"
)

// document is a report as it is passed on to somebody else: what HTML and
// Markdown have in common. Its texts are as they were seen; each format escapes
// all of them.
type document struct {
	Mark    string // "ok", "warn" or "bad"
	Verdict string
	Code    diagnose.Code // of the root cause
	About   []entry
	Facts   []entry // what was agreed on and with whom, where it works or nobody knows why it does not
	Faults  []part
	Remarks []part
	Audit   *auditTable
	Chains  []chainDrawing
	Ladder  *ladderDrawing
	// Certificates are all that the report is about, once each.
	Certificates []certificateSheet
}

// entry is text beside its label.
type entry struct{ Label, Text string }

// part is one finding.
type part struct {
	Mark, Title string
	Code        diagnose.Code
	Proven      bool
	Seen, Why   string
	Evidence    []string
	Accepts     string
	Fix         diagnose.Steps
	Others      []string // what else it could be
	Settle      diagnose.Steps
	Tried       []string
	Refs        []string
}

// auditTable is what an audit tried: what needs attention, and what passed.
type auditTable struct {
	Good         string
	Open, Passed []auditRow
}

type auditRow struct{ Mark, Verdict, What, How string }

// certificateSheet is a certificate with its fields in words.
type certificateSheet struct {
	Name   string
	Fields []entry
	PEM    string
}

// byOutcome are the reports, those that fail first.
func byOutcome(reports []*diagnose.Report) []*diagnose.Report {
	var failed, passed []*diagnose.Report
	for _, r := range reports {
		if r.ExitCode != diagnose.ExitOK {
			failed = append(failed, r)
		} else {
			passed = append(passed, r)
		}
	}
	return append(failed, passed...)
}

func documentOf(r *diagnose.Report) document {
	d := document{
		Mark: markOf(r), Verdict: headline(r), About: about(r), Chains: chainDrawings(r), Ladder: drawLadder(r), Certificates: certificateSheets(r),
	}
	root := r.RootCause()
	if root != nil {
		d.Code = root.Code
	}
	if root != nil && r.Command == "explain" && len(root.Candidates) > 0 {
		d.Verdict = "Most likely: " + afterColon(root.Title)
	}
	for _, side := range []diagnose.Side{diagnose.ServerSide, diagnose.ClientSide} {
		if v := r.Chain(side); v != nil && root == nil && r.View == diagnose.SeenInFiles && r.Command == "verify" && len(v.Path) > 0 {
			d.Verdict = verified(r, v, side) + except(opinionsOf(r, side))
			break
		}
	}
	if root == nil {
		d.Facts = agreed(r)
	}
	if r.Audit != nil {
		d.Audit = auditTableOf(r)
	}
	for i, f := range r.Findings {
		p := partOf(r, f, i == 0 && root != nil)
		if f.Severity == diagnose.Error {
			d.Faults = append(d.Faults, p)
		} else {
			d.Remarks = append(d.Remarks, p)
		}
	}
	return d
}

// Single reports whether the verdict is the title of the one fault, which need
// not say it again.
func (d document) Single() bool { return len(d.Faults) == 1 && d.Faults[0].Title == d.Verdict }

func markOf(r *diagnose.Report) string {
	switch {
	case r.ExitCode != diagnose.ExitOK, r.RootCause() != nil && r.Expected != diagnose.ExpectRejected:
		return "bad"
	case r.Audit != nil && (r.Audit.Count(diagnose.TryUnknown) > 0 || r.Audit.Count(diagnose.TryRefused) == 0):
		return "warn"
	case r.RootCause() == nil && r.View == diagnose.SeenByClient && r.Audit == nil && doubtful(r):
		return "warn"
	}
	return "ok"
}

// about says what was asked, when, and how it ended.
func about(r *diagnose.Report) []entry {
	list := []entry{{"command", strings.TrimSpace("mutual " + r.Command)}, {"about", subjectOf(r)}}
	if a := r.Target.Address; a != "" && a != subjectOf(r) {
		list = append(list, entry{"address", a})
	}
	if r.Remote != "" {
		list = append(list, entry{"client", r.Remote})
	}
	if !r.Time.IsZero() {
		list = append(list, entry{"time", stamp(r.Time)})
	}
	return append(list, entry{"exit code", fmt.Sprint(r.ExitCode)})
}

// agreed are the facts that stand below the verdict where there is no finding
// to tell them.
func agreed(r *diagnose.Report) []entry {
	var list []entry
	add := func(label, text string) {
		if text != "" {
			list = append(list, entry{label, text})
		}
	}
	if r.Verdict == diagnose.Unexplained {
		add("seen", seen(r))
		if len(r.Attempts) > 0 {
			add("error", r.Attempts[0].Error)
		}
	}
	if c := r.Connection; c != nil {
		add("connection", connectionWords(c))
	}
	if len(r.Chains.Server) > 0 {
		add("server", certificateWords(r, r.Chains.Server[0])+trustWords(r, diagnose.ServerSide))
	}
	if len(r.Chains.Client) > 0 {
		add("client", certificateWords(r, r.Chains.Client[0])+clientWords(r))
	}
	if h := r.HTTP; h != nil && h.Status != 0 {
		add("http", strings.TrimSpace(fmt.Sprintf("%d %s", h.Status, h.Server)))
	}
	if app := r.Application; app != nil && app.Answer != "" {
		add(app.Protocol, app.Asked+": "+app.Answer)
	}
	if r.Verdict == diagnose.Unexplained {
		add("tried", strings.Join(triedWords(r), "; "))
	}
	return list
}

func partOf(r *diagnose.Report, f diagnose.Finding, root bool) part {
	p := part{Mark: "note", Title: f.Title, Code: f.Code, Proven: f.Basis == diagnose.Proven, Why: f.Explanation, Fix: f.Fix, Refs: f.Refs}
	switch f.Severity {
	case diagnose.Error:
		p.Mark = "bad"
	case diagnose.Warning:
		p.Mark = "warn"
	}
	for _, e := range f.Evidence {
		if !idle(e) {
			p.Evidence = append(p.Evidence, evidenceWords(r, e))
		}
	}
	if f.Basis == diagnose.Inferred {
		for _, code := range f.Candidates {
			p.Others = append(p.Others, candidate(code))
		}
		if f.Settle != "" {
			p.Settle = diagnose.StepsOf(strings.Split(upper(f.Settle), "\n"))
		}
	}
	if root && r.Audit == nil {
		p.Seen, p.Tried = seen(r), triedWords(r)
		if f.Stage == diagnose.ClientCertificate && r.ClientAuth != nil && len(r.ClientAuth.AcceptableCAs) > 0 {
			var names []string
			for _, ca := range r.ClientAuth.AcceptableCAs {
				names = append(names, spacedName(ca))
			}
			p.Accepts = "certificates issued by " + strings.Join(names, "; or by ")
		}
	}
	return p
}

func triedWords(r *diagnose.Report) []string {
	var list []string
	for i, a := range r.Attempts {
		if i > 0 && (a.Varied != "" || a.Name != "") {
			list = append(list, attemptWords(a))
		}
	}
	return list
}

// auditTableOf sorts what was tried, the worst first.
func auditTableOf(r *diagnose.Report) *auditTable {
	t := &auditTable{Good: clientName(r, "the good identity") + " was let in: " + r.Audit.Good}
	for _, kind := range []struct {
		verdict     diagnose.TryVerdict
		mark, words string
	}{
		{diagnose.TryAccepted, "bad", "accepted"},
		{diagnose.TryUnknown, "warn", "could not be told"},
		{diagnose.TryAllowed, "warn", "allowed"},
		{diagnose.TryNotTried, "note", "not tried"},
		{diagnose.TryRefused, "ok", "refused"},
	} {
		for _, try := range r.Audit.Tries {
			if try.Verdict != kind.verdict {
				continue
			}
			row := auditRow{kind.mark, kind.words, try.What, try.How}
			if row.What == "" {
				row.What = try.Name
			}
			if kind.verdict == diagnose.TryRefused {
				t.Passed = append(t.Passed, row)
			} else {
				t.Open = append(t.Open, row)
			}
		}
	}
	return t
}

// certificateSheets are the certificates of both chains, and the anchors that
// they lead to.
func certificateSheets(r *diagnose.Report) []certificateSheet {
	var sheets []certificateSheet
	done := map[string]bool{}
	add := func(c *diagnose.Certificate, where string) {
		if c != nil && !done[c.SHA256] {
			done[c.SHA256] = true
			sheets = append(sheets, sheetOf(r, c, where))
		}
	}
	for _, c := range r.Chains.Server {
		add(c, "sent by the server")
	}
	for _, c := range r.Chains.Client {
		add(c, "sent by the client")
	}
	for _, c := range r.Identity {
		add(c, "given")
	}
	for _, side := range []diagnose.Side{diagnose.ServerSide, diagnose.ClientSide} {
		for _, l := range r.Links(side) {
			add(l.Cert, newPage(Options{}).linkWords(r, side, l))
		}
	}
	return sheets
}

func sheetOf(r *diagnose.Report, c *diagnose.Certificate, where string) certificateSheet {
	s := certificateSheet{Name: shortName(c), PEM: c.PEM}
	add := func(label, text string) {
		if text != "" {
			s.Fields = append(s.Fields, entry{label, text})
		}
	}
	add("where", where)
	add("cannot be read", c.ParseError)
	add("subject", spacedName(c.Subject))
	add("issuer", spacedName(c.Issuer))
	add("serial", c.Serial)
	if !c.NotAfter.IsZero() {
		add("valid", stamp(c.NotBefore)+" to "+stamp(c.NotAfter)+", "+daysLeft(c, r.Time))
	}
	add("DNS names", strings.Join(c.DNSNames, ", "))
	add("IP addresses", strings.Join(c.IPAddresses, ", "))
	add("URIs", strings.Join(c.URIs, ", "))
	add("e-mail", strings.Join(c.Emails, ", "))
	add("key", c.Key)
	add("signature", c.Signature)
	add("key usage", strings.Join(slices.Concat(c.KeyUsage, c.ExtKeyUsage), ", "))
	if c.IsCA {
		add("CA", "it may issue certificates")
	}
	add("SHA-256", c.SHA256)
	add("public key pin", c.SPKISHA256)
	return s
}
