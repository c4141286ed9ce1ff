package render

import (
	"fmt"
	"strings"

	"mutual/diagnose"
	"mutual/diagnose/cause"
)

// working is the verdict on a connection that works. It claims no more than was
// seen: a handshake that went through is no login, and a client without a
// certificate gets in only where the application has answered one.
func working(r *diagnose.Report) string {
	a, target := r.ClientAuth, subjectOf(r)
	open := r.Enforcement()
	switch {
	case a != nil && a.Presented && !answered(r):
		return "The handshake was accepted by " + target + "; " + unasked(r) + "." + goesThrough(r, open)
	case a != nil && a.Presented && a.Established == cause.RefusedOtherwise:
		return "The certificate was taken by " + target + ", which refuses " + clientName(r, "the client") + " for another reason: " + otherReason(r) + "."
	case a != nil && a.Presented && a.Verdict == cause.VerdictAccepted:
		text := "Mutual TLS works: " + target + " accepted " + clientName(r, "the client's certificate")
		if open == diagnose.NotEnforced {
			return text + ", but it is not enforced: clients without a certificate get in too."
		}
		return text + "." + goesThrough(r, open)
	case a != nil && a.Presented:
		return "The connection to " + target + " works; it asked for a certificate and got " + clientName(r, "one") + "."
	case a != nil && a.Requested && open == diagnose.HandshakeOpen:
		return "TLS works: " + target + " asks for a client certificate, and the handshake went through without one; " + unasked(r) + "."
	case a != nil && a.Requested:
		return "TLS works, but mutual TLS is not enforced: " + target + " asks for a client certificate, and let us in without one."
	}
	return "TLS works: " + target + " does not ask for a client certificate."
}

// otherReason is why the application, which took the certificate, did not let
// the client in.
func otherReason(r *diagnose.Report) string {
	if r.Application != nil {
		return fmt.Sprintf("%q", strings.TrimRight(r.Application.Answer, "."))
	}
	return fmt.Sprintf("HTTP %d, it wants a login", r.HTTP.Status)
}

// unenforced is the verdict where it was expected that clients without a
// certificate are refused.
func unenforced(r *diagnose.Report) string {
	target := subjectOf(r)
	switch r.Enforcement() {
	case diagnose.NotEnforced:
		return target + " does not enforce client certificates: clients without one get in too."
	case diagnose.HandshakeOpen:
		return "It is not shown that " + target + " enforces client certificates: the handshake goes through without one, and " + silence(r) + "."
	}
	return "It is not shown that " + target + " enforces client certificates: what becomes of a client without one could not be found out."
}

// doubtful reports whether what works falls short of mutual TLS.
func doubtful(r *diagnose.Report) bool {
	a, open := r.ClientAuth, r.Enforcement()
	return a != nil && a.Requested && (a.Presented && !answered(r) || open == diagnose.NotEnforced || open == diagnose.HandshakeOpen)
}

// answered reports whether the application inside TLS has said anything.
func answered(r *diagnose.Report) bool {
	return r.HTTP != nil && r.HTTP.Status != 0 || r.ClientAuth != nil && r.ClientAuth.Established.ByApplication()
}

// goesThrough tells of a handshake without a certificate that came to its end.
func goesThrough(r *diagnose.Report, e diagnose.Enforcement) string {
	switch {
	case e != diagnose.HandshakeOpen:
		return ""
	case !answered(r):
		return " The handshake goes through without a certificate, too."
	}
	return " The handshake goes through without a certificate, too; " + silence(r) + " then."
}

// silence says why nothing is known of the application inside TLS.
func silence(r *diagnose.Report) string {
	if protocolName(r) != "" {
		return "the application was not asked"
	}
	return "the application did not answer"
}

// unasked says what was not done, or not seen, inside TLS.
func unasked(r *diagnose.Report) string {
	if name := protocolName(r); name != "" {
		return "the " + name + " login was not tried"
	}
	return silence(r)
}

// protocolName is what is spoken inside TLS, where that is known and has a
// login.
func protocolName(r *diagnose.Report) string {
	name := r.Target.StartTLS
	if r.Application != nil {
		name = r.Application.Protocol
	}
	switch name {
	case "http", "dns", "syslog", "memcached", "":
		return ""
	case "postgres":
		return "PostgreSQL"
	case "mysql":
		return "MySQL"
	case "redis", "kafka", "sieve", "zabbix":
		return upper(name)
	}
	return strings.ToUpper(name)
}
