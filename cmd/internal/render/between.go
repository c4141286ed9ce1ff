package render

import (
	"strconv"
	"strings"

	"mutual/diagnose"
	"mutual/diagnose/cause"
)

// BetweenStart is the banner of the pass-through.
func BetweenStart(listen, target, reads string, o Options) string {
	p := newPage(o)
	for i, l := range Wrap(p.safe(listen+" is passed on to "+target+"; "+reads), p.o.width()-10) {
		p.line([]string{"watching  ", "          "}[min(i, 1)] + l)
	}
	return p.b.String()
}

// BetweenLine tells of one connection between two others: who came, what could
// be seen, and, where it failed, why and what to do. The text ends with a line
// break.
func BetweenLine(r *diagnose.Report, o Options) string {
	p := newPage(o)
	at, root := r.Time.Format("15:04:05"), r.RootCause()
	said := join(", ", r.Remote+" "+handshakeSeen(r), courseSeen(r))
	switch {
	case root != nil:
		p.entry(at, bad, p.g.bad, said+". "+strings.TrimRight(root.Title, ".")+".")
		p.under(string(root.Code) + among(root))
		p.settled(root)
		for _, f := range r.Findings[1:] {
			if f.Severity == diagnose.Error {
				p.under("also: " + strings.TrimRight(f.Title, ".") + ". " + string(f.Code))
			}
		}
		p.remedy(root.Fix)
	case r.Verdict == diagnose.Unexplained:
		p.entry(at, bad, p.g.bad, said+". "+seen(r))
	default:
		p.entry(at, good, p.g.ok, said)
		for _, f := range r.Findings {
			if f.Severity == diagnose.Warning || f.Basis == diagnose.Inferred { // what is merely worth knowing is for JSON
				p.under(strings.TrimRight(f.Title, ".") + ". " + string(f.Code))
			}
		}
	}
	if o.Trace {
		p.ladder(r)
	}
	return p.b.String()
}

// among names the other causes that would look the same.
func among(f *diagnose.Finding) string {
	if f.Basis == diagnose.Proven {
		return ""
	}
	var names []string
	for _, c := range f.Candidates[:min(len(f.Candidates), 4)] {
		names = append(names, string(c))
	}
	if len(names) == 0 {
		return " (inferred)"
	}
	return " (inferred; else " + strings.Join(names, ", ") + ")"
}

func (p *page) settled(f *diagnose.Finding) {
	if f.Basis == diagnose.Inferred && f.Settle != "" {
		p.under("would prove it: " + f.Settle)
	}
}

// handshakeSeen is what could be seen of the handshake.
func handshakeSeen(r *diagnose.Report) string {
	var parts []string
	if c := r.Connection; c != nil {
		parts = append(parts, "TLS "+c.TLSVersion)
		if c.Resumed {
			parts = append(parts, "resumed")
		}
	}
	if name := r.Target.ServerName; name != "" {
		parts = append(parts, "for "+name)
	}
	b := r.Between
	if b == nil {
		return strings.Join(parts, " ")
	}
	switch b.Flight {
	case cause.FlightCertificate:
		if len(r.Chains.Client) > 0 {
			parts = append(parts, "client "+spacedName(r.Chains.Client[0].Name()))
		} else {
			parts = append(parts, "client certificate sent, encrypted")
		}
	case cause.FlightEmpty:
		parts = append(parts, "no client certificate, though asked")
	case cause.FlightFinished:
		if r.Connection != nil && !r.Connection.Resumed {
			parts = append(parts, "no client certificate asked for")
		}
	}
	return strings.Join(parts, ", ")
}

// courseSeen is how the connection went on.
func courseSeen(r *diagnose.Report) string {
	b := r.Between
	switch {
	case b == nil:
		return ""
	case r.HTTP != nil:
		return "HTTP " + strconv.Itoa(r.HTTP.Status)
	case b.Refused != "":
		return ""
	case b.Unfinished:
		return "not ended"
	case b.Left:
		return "left without a request"
	case b.Asked && b.Answered:
		return "answered (what, is encrypted)"
	}
	return ""
}
