package render

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"mutual/diagnose"
	"mutual/diagnose/cause"
)

// headline is the verdict in one sentence, for the first line of text and the
// message of a JUnit failure.
func headline(r *diagnose.Report) string {
	root := r.RootCause()
	switch {
	case r.Audit != nil:
		return auditHeadline(r)
	case root != nil && r.ExitCode == diagnose.ExitOK && r.Expected == diagnose.ExpectRejected:
		return "Refused, as expected: " + strings.TrimRight(root.Title, ".") + "."
	case root != nil:
		return root.Title
	case r.Verdict == diagnose.Unexplained:
		return "The connection to " + subjectOf(r) + " fails, and no rule of mutual knows why."
	case r.ExitCode == diagnose.ExitAudit && r.Expected == diagnose.ExpectEnforced:
		return unenforced(r)
	case r.ExitCode == diagnose.ExitAudit && r.Untold():
		return "It could not be told whether " + subjectOf(r) + " takes " + clientName(r, "a client without certificate") +
			": the handshake was accepted; " + unasked(r) + "."
	case r.ExitCode == diagnose.ExitAudit:
		return subjectOf(r) + " accepts " + clientName(r, "a client without certificate") + ", and was expected to refuse."
	case r.View == diagnose.SeenInFiles:
		return "Nothing is wrong with " + subjectOf(r) + "."
	case r.View == diagnose.SeenByServer:
		if name := clientName(r, ""); name != "" {
			return name + " (" + r.Remote + ") was accepted."
		}
		return r.Remote + " was let in without a certificate."
	}
	return working(r)
}

// subjectOf names what the report is about.
func subjectOf(r *diagnose.Report) string {
	switch {
	case r.View == diagnose.SeenInFiles && len(r.Files) > 0:
		var names []string
		for _, f := range r.Files {
			names = append(names, f.Path)
		}
		return strings.Join(names, ", ")
	case r.View == diagnose.SeenInFiles && len(r.Chains.Server)+len(r.Chains.Client) > 0:
		return append(r.Chains.Server, r.Chains.Client...)[0].Name()
	case r.Target.Host == "" && r.Given.Target != "":
		return r.Given.Target
	case r.Target.Host == "" && r.Remote != "":
		return r.Remote
	case r.Target.Host == "":
		return "the files"
	}
	return net.JoinHostPort(r.Target.Host, strconv.Itoa(r.Target.Port))
}

// clientName is the short name of the client's certificate.
func clientName(r *diagnose.Report, none string) string {
	for _, chain := range [][]*diagnose.Certificate{r.Chains.Client, r.Identity} {
		if len(chain) > 0 && (r.View != diagnose.SeenByServer || len(r.Chains.Client) > 0) {
			return shortName(chain[0])
		}
	}
	return none
}

// shortName is the common name of a certificate, or else its name as a whole.
func shortName(c *diagnose.Certificate) string {
	if x := c.X509(); x != nil && x.Subject.CommonName != "" {
		return "CN=" + x.Subject.CommonName
	}
	return spacedName(c.Name())
}

// shortDN is the common name within a distinguished name, or else the whole.
func shortDN(dn string) string {
	spaced := spacedName(dn)
	for part := range strings.SplitSeq(spaced, ", ") {
		if strings.HasPrefix(part, "CN=") && !strings.Contains(part, `\`) {
			return part
		}
	}
	return spaced
}

// spacedName puts a space behind each comma of a distinguished name, so that
// it can be read and wrapped.
func spacedName(dn string) string {
	var b strings.Builder
	for i := 0; i < len(dn); i++ {
		b.WriteByte(dn[i])
		if dn[i] == ',' && i > 0 && dn[i-1] != '\\' && i+1 < len(dn) && dn[i+1] != ' ' {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// healthy writes a connection that works, or files with nothing wrong.
func (p *page) healthy(r *diagnose.Report) {
	s, mark := good, p.g.ok
	switch {
	case r.ExitCode != diagnose.ExitOK:
		s, mark = bad, p.g.bad
	case r.View == diagnose.SeenByClient && doubtful(r):
		s, mark = caution, p.g.warn
	}
	p.headline(s, mark, headline(r), "")
	p.blank()
	if c := r.Connection; c != nil {
		p.fact("connection", connectionWords(c))
	}
	if len(r.Chains.Server) > 0 {
		p.fact("server", certificateWords(r, r.Chains.Server[0])+trustWords(r, diagnose.ServerSide))
	}
	if len(r.Chains.Client) > 0 {
		p.fact("client", certificateWords(r, r.Chains.Client[0])+clientWords(r))
	}
	if h := r.HTTP; h != nil && h.Status != 0 {
		p.fact("http", strings.TrimSpace(fmt.Sprintf("%d %s", h.Status, strings.TrimSpace(h.Server))))
	}
	if app := r.Application; app != nil && app.Answer != "" {
		p.fact(app.Protocol, app.Asked+": "+app.Answer)
	}
}

// fact writes a line with a wider label than those of a finding.
func (p *page) fact(label, text string) {
	const wide = 13
	for _, l := range Wrap(p.safe(text), p.o.width()-wide-3) {
		p.line("  " + p.label(label, wide) + l)
		label = ""
	}
}

func connectionWords(c *diagnose.Connection) string {
	parts := []string{"TLS " + c.TLSVersion}
	for _, s := range []string{c.CipherSuite, c.Group, c.ALPN} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if c.Resumed {
		parts = append(parts, "resumed")
	}
	if c.Millis > 0 {
		parts = append(parts, millis(c.Millis))
	}
	return strings.Join(parts, ", ")
}

func certificateWords(r *diagnose.Report, c *diagnose.Certificate) string {
	if c.ParseError != "" {
		return "a certificate that cannot be read: " + c.ParseError
	}
	return spacedName(c.Name()) + ", " + daysLeft(c, r.Time)
}

// trustWords says through which anchor a chain is trusted.
func trustWords(r *diagnose.Report, side diagnose.Side) string {
	links := r.Links(diagnose.ServerSide)
	if side == diagnose.ClientSide {
		links = r.Links(diagnose.ClientSide)
	}
	if len(links) == 0 {
		return ""
	}
	last := links[len(links)-1]
	switch {
	case last.From != "trust store":
		return ""
	case len(links) == 1:
		return ", which is itself in the trust store"
	case last.Cert != nil:
		return ", trusted through " + shortName(last.Cert)
	}
	return ", trusted through " + shortDN(last.Name)
}

func clientWords(r *diagnose.Report) string {
	a := r.ClientAuth
	if a == nil {
		return trustWords(r, diagnose.ClientSide)
	}
	var words string
	switch {
	case a.Policy == cause.PolicyRequired:
		words = ", required by the server"
	case a.Policy == cause.PolicyOptional && r.Enforcement() != diagnose.HandshakeOpen:
		words = ", asked for but not required by the server,"
	default:
		words = ", asked for by the server"
	}
	switch {
	case a.Verdict == cause.VerdictAccepted && (answered(r) || r.View != diagnose.SeenByClient):
		return words + " and accepted"
	case a.Verdict == cause.VerdictRejected:
		return words + " and rejected"
	}
	return words
}

func millis(ms float64) string {
	switch {
	case ms >= 10000:
		return fmt.Sprintf("%.0f s", ms/1000)
	case ms >= 1000:
		return fmt.Sprintf("%.1f s", ms/1000)
	case ms < 1:
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}
