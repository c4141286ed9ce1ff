package render

import (
	"fmt"
	"strings"

	"mutual/diagnose"
	"mutual/diagnose/cause"
)

// seen says in plain words what happened on the wire, of the attempt made as
// the user asked. It is empty where no connection was tried.
func seen(r *diagnose.Report) string {
	if len(r.Attempts) == 0 || r.View == diagnose.SeenInFiles {
		return ""
	}
	a := r.Attempts[0]
	peer, self := "The server", "this client"
	if r.View == diagnose.SeenByServer {
		peer, self = "The client", "this server"
	}
	switch a.FailedAt {
	case diagnose.AtFiles:
		return ""
	case diagnose.AtResolve:
		if a.Network == cause.NetworkNotFound {
			return fmt.Sprintf("The name %s has no address in the DNS.", r.Target.Host)
		}
		return fmt.Sprintf("The name %s could not be looked up.", r.Target.Host)
	case diagnose.AtConnect:
		return connectWords(a)
	case diagnose.AtProxy:
		return "The proxy " + r.Target.Proxy + " did not connect us" + because(a) + "."
	case diagnose.AtStartTLS:
		return "The server did not agree to start TLS" + because(a) + "."
	case diagnose.AtHello:
		if a.FirstBytes != "" && a.Alert == nil {
			return fmt.Sprintf("What %s sent first is not TLS: \"%s\".", lower(peer), shorten(a.FirstBytes, 60))
		}
		if r.View == diagnose.SeenByServer {
			return peer + ending(a, self) + " at the very start, after its ClientHello."
		}
		return peer + ending(a, self) + " in answer to the ClientHello, before any ServerHello."
	case diagnose.AtHTTP:
		return httpWords(r)
	case diagnose.AtVerifyPeer:
		return verifyWords(r, peer)
	case "":
		if h := r.HTTP; h != nil && h.Status >= 400 {
			return httpWords(r)
		}
		if app := r.Application; app != nil && app.Says != "" {
			return fmt.Sprintf("The TLS handshake worked; asked in %s (%s) the server answered: \"%s\".", app.Protocol, app.Asked, shorten(app.Answer, 120))
		}
		return verifyWords(r, peer)
	}
	return handshakeWords(r, a, peer, self)
}

func connectWords(a diagnose.Attempt) string {
	switch a.Network {
	case cause.NetworkRefused:
		return a.Address + " refused the connection: nothing listens there."
	case cause.NetworkTimeout:
		return "No answer from " + a.Address + " within " + millis(a.Millis) + "."
	case cause.NetworkReset:
		return a.Address + " broke the connection off as soon as it was made."
	}
	return "There is no way to " + a.Address + because(a) + "."
}

func because(a diagnose.Attempt) string {
	if a.Error == "" {
		return ""
	}
	return ": " + strings.TrimRight(a.Error, ".")
}

// ending is how an attempt was ended, as the end of a sentence that begins
// with the peer.
func ending(a diagnose.Attempt, self string) string {
	switch {
	case a.Alert != nil && peerSent(a):
		return fmt.Sprintf(" sent alert %d %s", a.Alert.Code, a.Alert.Name)
	case a.Alert != nil:
		return fmt.Sprintf(" was sent alert %d %s by %s", a.Alert.Code, a.Alert.Name, self)
	case a.Closed == cause.ClosedReset:
		return " broke the connection off without an alert"
	case a.Closed == cause.ClosedTimeout:
		return " fell silent"
	case a.Closed == cause.ClosedEOF:
		return " closed the connection without an alert"
	}
	return " ended the connection"
}

// peerSent reports whether the alert came from the other end: an attempt's
// Sent is only known where this end is the client.
func peerSent(a diagnose.Attempt) bool { return a.Alert.From == diagnose.ServerSide }

// handshakeWords tells of an end within the handshake or right after it.
func handshakeWords(r *diagnose.Report, a diagnose.Attempt, peer, self string) string {
	if r.View == diagnose.SeenByServer {
		return serverSideWords(r, a)
	}
	when := ""
	switch a.FailedAt {
	case diagnose.AtVerdict:
		when = ", after the client had finished its handshake"
	case diagnose.AtHandshake:
		when = ", in the middle of the handshake"
	}
	auth := r.ClientAuth
	if auth == nil || !auth.Requested || a.Alert != nil && !peerSent(a) {
		return peer + ending(a, self) + when + "."
	}
	answered := " and answered the empty one with "
	if auth.Presented {
		answered = ", got " + clientName(r, "one") + ", and answered with "
	}
	switch {
	case a.Alert != nil:
		return fmt.Sprintf("%s asked for a certificate%salert %d %s%s.", peer, answered, a.Alert.Code, a.Alert.Name, when)
	case auth.Presented:
		return fmt.Sprintf("%s asked for a certificate, got %s, and%s%s.", peer, clientName(r, "one"), ending(a, self), when)
	}
	return fmt.Sprintf("%s asked for a certificate, got none, and%s%s.", peer, ending(a, self), when)
}

// serverSideWords tells of a refused handshake as the server saw it.
func serverSideWords(r *diagnose.Report, a diagnose.Attempt) string {
	who := "The client"
	if r.Remote != "" {
		who += " " + r.Remote
	}
	var sent string
	switch {
	case len(r.Chains.Client) > 0:
		leaf := r.Chains.Client[0]
		sent = " presented " + shortName(leaf) + ", issued by " + spacedName(leaf.Issuer)
	case r.ClientAuth != nil && r.ClientAuth.Requested:
		sent = " was asked for a certificate and presented none"
	default:
		sent = " came without a certificate"
	}
	switch {
	case a.Alert != nil && a.Alert.From == diagnose.ClientSide:
		return fmt.Sprintf("%s%s, and ended the handshake with alert %d %s.", who, sent, a.Alert.Code, a.Alert.Name)
	case a.Alert != nil:
		return fmt.Sprintf("%s%s; this server answered with alert %d %s.", who, sent, a.Alert.Code, a.Alert.Name)
	case a.Closed != "":
		return who + sent + ", and" + ending(a, "this server") + "."
	}
	return who + sent + "."
}

// verifyWords tells of a handshake that came to its end.
func verifyWords(r *diagnose.Report, peer string) string {
	if r.View == diagnose.SeenByServer {
		return serverSideWords(r, r.Attempts[0])
	}
	var parts []string
	switch n := len(r.Chains.Server); {
	case n == 1:
		parts = append(parts, fmt.Sprintf("%s sent one certificate, %s", peer, shortName(r.Chains.Server[0])))
	case n > 1:
		parts = append(parts, fmt.Sprintf("%s sent %d certificates, the first for %s", peer, n, shortName(r.Chains.Server[0])))
	}
	if c := r.ClientAuth; c != nil && len(parts) > 0 {
		switch {
		case c.Presented && c.Verdict == cause.VerdictAccepted:
			parts = append(parts, "it accepted "+clientName(r, "the client's"))
		case c.Requested && !c.Presented:
			parts = append(parts, "it asked for the client's and got none")
		case !c.Requested:
			parts = append(parts, "it did not ask for the client's")
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "; ") + "."
}

func httpWords(r *diagnose.Report) string {
	h := r.HTTP
	if h == nil {
		return "The TLS handshake worked, and the request that followed got no answer."
	}
	by := "the server"
	if h.Server != "" {
		by = h.Server
	}
	text := fmt.Sprintf("The TLS handshake worked; over HTTP %s answered %d", by, h.Status)
	if body := shorten(visible(h.Body), 120); body != "" {
		text += ": \"" + body + "\""
	}
	return text + "."
}

// visible is the text of an HTML page, roughly: enough to recognise it by.
func visible(body string) string {
	var b strings.Builder
	inTag := false
	for _, r := range Escape(body) {
		switch {
		case r == '<':
			inTag = true
			b.WriteByte(' ')
		case r == '>':
			inTag = false
		case !inTag:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// attemptWords is one experiment in a line: what it varied, what it told.
func attemptWords(a diagnose.Attempt) string {
	varied, told := a.Varied, a.Told
	if varied == "" {
		varied = a.Name
	}
	if told == "" && a.FailedAt == "" {
		told = "worked"
	}
	if told == "" || told == "failed at "+string(a.FailedAt) {
		told = "failed " + place(a.FailedAt)
	}
	return varied + ": " + told
}

// place is where an attempt ended, in words.
func place(at diagnose.At) string {
	switch at {
	case diagnose.AtResolve:
		return "at looking up the name"
	case diagnose.AtConnect:
		return "at connecting"
	case diagnose.AtProxy:
		return "at the proxy"
	case diagnose.AtStartTLS:
		return "before TLS began"
	case diagnose.AtHello:
		return "before a ServerHello came"
	case diagnose.AtHandshake:
		return "within the handshake"
	case diagnose.AtVerdict:
		return "right after the handshake"
	case diagnose.AtHTTP:
		return "over HTTP"
	case diagnose.AtVerifyPeer:
		return "at judging the server's certificate"
	}
	return "at " + string(at)
}

func shorten(s string, most int) string {
	s = strings.TrimSpace(s)
	if r := []rune(s); len(r) > most {
		return strings.TrimSpace(string(r[:most])) + " ..."
	}
	return s
}

func upper(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }
