package render

import (
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
		return "TLS and the certificate were accepted by " + target + "; " + unasked(r) + "." + goesThrough(r, open)
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
func answered(r *diagnose.Report) bool { return r.HTTP != nil && r.HTTP.Status != 0 }

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

// protocolName is what is spoken inside TLS, where that has a login: what was
// asked for, or what the port is registered for (IANA service names).
func protocolName(r *diagnose.Report) string {
	names := map[string]string{"postgres": "PostgreSQL", "mysql": "MySQL", "smtp": "SMTP", "imap": "IMAP", "pop3": "POP3", "ldap": "LDAP", "ftp": "FTP", "xmpp": "XMPP"}
	if name := names[r.Target.StartTLS]; name != "" {
		return name
	}
	ports := map[int]string{
		465: "SMTP", 563: "NNTP", 636: "LDAP", 990: "FTP", 993: "IMAP", 995: "POP3", 3269: "LDAP", 3306: "MySQL", 5061: "SIP", 5223: "XMPP", 5432: "PostgreSQL",
		5671: "AMQP", 6379: "Redis", 6380: "Redis", 6697: "IRC", 8883: "MQTT", 9093: "Kafka", 9094: "Kafka", 27017: "MongoDB", 27018: "MongoDB",
	}
	return ports[r.Target.Port]
}
