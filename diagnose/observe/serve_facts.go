package observe

import (
	"cmp"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
	"mutual/diagnose/observe/starttls"
	"mutual/diagnose/wire"
)

// maxAnchors bounds how many client CAs a connection's facts repeat in full;
// of a larger store, those whose name the client's chain mentions.
const maxAnchors = 32

// start begins the facts of a connection with what is the same for all.
func (v *visitor) start() *diagnose.Facts {
	f := v.cfg.Known
	f.Command = cmp.Or(f.Command, "serve")
	f.View, f.Time, f.Remote = diagnose.SeenByServer, v.arrived.UTC(), remoteOf(v.tap)
	f.Target = v.target
	f.Identity, f.Known = v.chain, v.known
	f.Chains.Server = v.chain
	f.Authorization = v.authorization
	f.ClientAuth = &diagnose.ClientAuth{
		Requested: v.cfg.ClientAuth != AuthNone, Verdict: cause.VerdictUnknown,
		Policy:        map[ClientAuth]cause.Policy{AuthRequire: cause.PolicyRequired, AuthRequest: cause.PolicyOptional, AuthNone: cause.PolicyNone}[v.cfg.ClientAuth],
		AcceptableCAs: v.acceptable, SignatureSchemes: []string{},
	}
	if v.hello != nil {
		f.Target.ServerName = v.hello.ServerName
	}
	f.Handshake = []diagnose.Message{}
	return &f
}

// offers adds what both sides can do. Of a client that was let in it is left
// out: to name a hundred code points costs a part of the handshake's time.
func (v *visitor) offers(f *diagnose.Facts) {
	if v.hello != nil {
		offered := helloOf(v.hello)
		f.Hello = &offered
	}
	accepts := v.accepts
	f.Accepts = &accepts
}

// trustFor is what clients are judged by, as far as it concerns this chain.
func (v *visitor) trustFor(chain []*diagnose.Certificate) *diagnose.Trust {
	if v.cfg.ClientAuth == AuthNone {
		return nil
	}
	trust := *v.trust
	if len(trust.Anchors) > maxAnchors {
		names := mentioned(chain)
		trust.Anchors = slices.DeleteFunc(slices.Clone(trust.Anchors), func(c *diagnose.Certificate) bool {
			return !slices.ContainsFunc(names, func(name []byte) bool { return string(name) == string(c.X509().RawSubject) })
		})
	}
	return &trust
}

// acceptedFacts are the facts of a connection whose handshake is done.
func (v *visitor) acceptedFacts() *diagnose.Facts {
	v.once.Do(func() {
		f := v.start()
		state := v.conn.ConnectionState()
		for _, c := range state.PeerCertificates {
			f.Chains.Client = append(f.Chains.Client, v.certs.of(c))
		}
		f.ClientTrust = v.trustFor(f.Chains.Client)
		f.Connection = &diagnose.Connection{
			TLSVersion: wire.VersionName(state.Version), CipherSuite: wire.CipherSuiteName(state.CipherSuite),
			ALPN: state.NegotiatedProtocol, Resumed: state.DidResume, Millis: millis(v.took),
		}
		if state.CurveID != 0 {
			f.Connection.Group = wire.GroupName(uint16(state.CurveID))
		}
		f.ClientAuth.Presented = len(state.PeerCertificates) > 0
		if f.ClientAuth.Presented {
			f.ClientAuth.Verdict = cause.VerdictAccepted
		}
		f.Attempts = []diagnose.Attempt{{
			Name: diagnose.TryStrict, Address: f.Remote, ServerHello: true, CertRequested: f.ClientAuth.Requested,
			TLSVersion: f.Connection.TLSVersion, CipherSuite: f.Connection.CipherSuite,
			Group: f.Connection.Group, ALPN: f.Connection.ALPN, Millis: f.Connection.Millis,
		}}
		v.facts = f
	})
	f := *v.facts
	f.Attempts = slices.Clone(f.Attempts)
	if last := v.last.Load(); last != nil {
		f.HTTP = last
		f.Attempts[0].HTTPStatus = last.Status
	}
	return &f
}

// goneFacts are the facts of a connection whose client left without a request.
// It may have judged the server only then: what it said is added.
func (v *visitor) goneFacts() *diagnose.Facts {
	f := v.acceptedFacts()
	v.offers(f)
	t := v.tap.Transcript(wire.Server)
	a := &f.Attempts[0]
	a.Received = int(t.BytesFrom(wire.Client))
	f.Handshake = drawn(a.Name, t)
	alert := t.FirstAlertFrom(wire.Client)
	goodbye := slices.ContainsFunc(t.Alerts(), func(e wire.Event) bool { return e.From == wire.Client && e.Alert.Code == 0 })
	if alert != nil {
		a.FailedAt, a.Alert = diagnose.AtVerdict, alertFact(alert)
		return f
	}
	switch end := t.Closed(wire.Client); {
	case end.How == wire.EndReset, end.How == wire.EndEOF && !goodbye:
		a.FailedAt, a.Closed = diagnose.AtVerdict, cause.Closed(end.How)
	case end.How == wire.EndEOF:
		a.Closed = cause.Closed(end.How)
	}
	return f
}

// refusedFacts are the facts of a handshake that came to nothing: what the
// client sent is read from the wire, what crypto/tls objected to from its own
// error.
func (v *visitor) refusedFacts(err error) *diagnose.Facts {
	f := v.start()
	v.offers(f)
	t := v.tap.Transcript(wire.Server)
	f.Handshake = drawn(diagnose.TryStrict, t)
	a := diagnose.Attempt{
		Name: diagnose.TryStrict, Address: f.Remote, Millis: millis(v.took), Error: clean(err.Error()),
		FailedAt: diagnose.AtHello, Received: int(t.BytesFrom(wire.Client)), Refused: v.refusal(err),
	}
	if h := t.ClientHello(); h != nil && f.Hello == nil {
		offered := helloRead(h)
		f.Hello = &offered
		f.Target.ServerName = h.ServerName
	}
	if h := t.ServerHello(); h != nil {
		a.ServerHello, a.FailedAt = true, diagnose.AtHandshake
		a.TLSVersion, a.CipherSuite = wire.VersionName(t.Version()), wire.CipherSuiteName(t.CipherSuite())
		if g := t.Group(); g != 0 {
			a.Group = wire.GroupName(g)
		}
		a.CertRequested = f.ClientAuth.Requested
		f.Connection = &diagnose.Connection{TLSVersion: a.TLSVersion, CipherSuite: a.CipherSuite, Group: a.Group, Millis: a.Millis}
	}
	for _, der := range t.PeerCertificates(wire.Client) {
		f.Chains.Client = append(f.Chains.Client, chain.NewCertificate(der))
	}
	if len(f.Chains.Client) == 0 && v.denied != nil { // a resumed session
		for _, c := range v.conn.ConnectionState().PeerCertificates {
			f.Chains.Client = append(f.Chains.Client, v.certs.of(c))
		}
	}
	f.ClientTrust = v.trustFor(f.Chains.Client)
	f.ClientAuth.Presented = len(f.Chains.Client) > 0
	v.whoEndedIt(f, &a, t, err)
	if !a.ServerHello && f.Hello == nil {
		notTLS(&a, t)
	}
	if a.Received == 0 && (a.Closed == cause.ClosedEOF || a.Closed == cause.ClosedReset) {
		a.FailedAt = "" // nothing was attempted
	}
	if a.FailedAt == diagnose.AtHandshake && a.CertRequested && !f.ClientAuth.Presented && a.Alert == nil && f.Hello != nil && f.Hello.GREASE &&
		(a.Closed == cause.ClosedEOF || a.Closed == cause.ClosedReset) {
		a.FailedAt = "" // it asks its user for a certificate, and comes back
	}
	f.Attempts = []diagnose.Attempt{a}
	return f
}

// whoEndedIt finds the alert that counts, and whether the client was refused
// or refused us.
func (v *visitor) whoEndedIt(f *diagnose.Facts, a *diagnose.Attempt, t *wire.Transcript, err error) {
	ours, theirs := t.FirstAlertFrom(wire.Server), t.FirstAlertFrom(wire.Client)
	if theirs != nil && (ours == nil || theirs.At <= ours.At) {
		a.Alert = alertFact(theirs)
		a.Refused = ""
	} else if ours != nil {
		a.Alert = alertFact(ours)
	}
	var timeout net.Error
	switch end := t.Closed(wire.Client); {
	case a.Alert != nil:
	case end.How == wire.EndEOF || end.How == wire.EndReset:
		a.Closed = cause.Closed(end.How)
	case errors.As(err, &timeout) && timeout.Timeout():
		a.Closed = cause.ClosedTimeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		a.Closed = cause.ClosedEOF
	}
	judged := t.CertificateFrom(wire.Client) != nil || v.denied != nil
	if judged && a.Alert != nil && a.Alert.From == diagnose.ServerSide {
		f.ClientAuth.Verdict = cause.VerdictRejected
		a.FailedAt = diagnose.AtVerifyPeer
	}
}

// refusal puts into a word why crypto/tls, or verify, ended the handshake. The
// words it is read from are those of the crypto/tls that this program is built
// with, never the client's.
func (v *visitor) refusal(err error) cause.Refused {
	var verification *tls.CertificateVerificationError
	text := err.Error()
	switch {
	case errors.Is(v.denied, errNotAuthorized):
		return cause.RefusedNotAuthorized
	case errors.Is(v.denied, errRevoked):
		return cause.RefusedRevoked
	case v.denied != nil, errors.As(err, &verification):
		return cause.RefusedClientCertificate
	case strings.HasPrefix(text, "remote error:"):
		return ""
	}
	for _, known := range []struct {
		part string
		word cause.Refused
	}{
		{"client didn't provide a certificate", cause.RefusedNoCertificate},
		{"invalid signature by the client certificate", cause.RefusedClientSignature},
		{"failed to parse client certificate", cause.RefusedClientMalformed},
		{"client sent certificate containing RSA key larger", cause.RefusedClientKeyType},
		{"client certificate contains an unsupported public key", cause.RefusedClientKeyType},
		{"client offered only unsupported versions", cause.RefusedVersion},
		{"client using inappropriate protocol fallback", cause.RefusedVersion},
		{"no cipher suite supported by both client and server", cause.RefusedCipher},
		{"no key exchanges supported by both client and server", cause.RefusedGroup},
		{"no ECDHE curve supported by both client and server", cause.RefusedGroup},
		{"doesn't support any of the certificate's signature algorithms", cause.RefusedSignatureScheme},
		{"client certificate used with invalid signature algorithm", cause.RefusedClientSignatureScheme},
		{"client requested unsupported application protocols", cause.RefusedALPN},
		{"oversized record", cause.RefusedOversized},
		{"handshake message of length", cause.RefusedOversized},
		{"first record does not look like a TLS handshake", cause.RefusedNotTLS},
		{"unsupported SSLv2 handshake", cause.RefusedVersion},
	} {
		if strings.Contains(text, known.part) {
			return known.word
		}
	}
	return ""
}

// notTLS fills in what came instead of a ClientHello.
func notTLS(a *diagnose.Attempt, t *wire.Transcript) {
	first := t.FirstBytes(wire.Client, 64)
	if len(first) == 0 || a.Refused != cause.RefusedNotTLS {
		return
	}
	a.Protocol = clientProtocolOf(first)
	text := string(first)
	if a.Protocol == "http" { // its query may hold a secret
		text, _, _ = strings.Cut(text, "\r\n")
		text, _, _ = strings.Cut(text, "?")
	}
	a.FirstBytes = strings.Trim(strconv.QuoteToASCII(text), `"`)
}

// clientProtocolOf recognises what a client speaks that should speak TLS.
func clientProtocolOf(first []byte) string {
	text := string(first)
	method, rest, spaced := strings.Cut(text, " ")
	switch {
	case strings.HasPrefix(text, "PRI * HTTP/2.0"):
		return "http"
	case strings.HasPrefix(text, "PROXY "), strings.HasPrefix(text, "\r\n\r\n\x00\r\nQUIT\n"):
		return "proxy-protocol"
	case strings.HasPrefix(text, "\x00\x00\x00\x08\x04\xd2\x16\x2f"):
		return "postgres"
	case spaced && method != "" && strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" && strings.HasPrefix(rest, "/"),
		strings.HasPrefix(text, "OPTIONS * "), strings.HasPrefix(text, "CONNECT "), strings.HasPrefix(text, "GET http"):
		return "http"
	case strings.HasPrefix(text, "EHLO "), strings.HasPrefix(text, "HELO "):
		return "smtp"
	case strings.HasPrefix(text, "\x03\x00\x00"):
		return "rdp"
	}
	return starttls.Recognise(first)
}

func alertFact(e *wire.Event) *diagnose.Alert {
	return &diagnose.Alert{From: diagnose.Side(e.From), Code: int(e.Alert.Code), Name: e.Alert.Name, Level: level(e.Alert.Level)}
}

// drawn are the messages of one attempt as a report has them.
func drawn(attempt string, t *wire.Transcript) []diagnose.Message {
	out := []diagnose.Message{}
	for _, e := range t.Events {
		out = append(out, diagnose.Message{
			Attempt: attempt, Millis: millis(e.At), From: diagnose.Side(e.From),
			Message: e.Message, Detail: e.Detail, Bytes: e.Bytes, Encrypted: e.Encrypted,
		})
	}
	return out
}

func remoteOf(conn net.Conn) string {
	if addr := conn.RemoteAddr(); addr != nil {
		return addr.String()
	}
	return ""
}
