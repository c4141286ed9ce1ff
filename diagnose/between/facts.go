package between

import (
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
	"mutual/diagnose/wire"
)

// Seen is one connection between two others.
type Seen struct {
	Command string
	// Remote is the client's address, Target where the client connected to.
	Remote string
	Target diagnose.Target
	// Known is what the user gave: trust of either side, CAs beside their files.
	Known diagnose.Facts
	// Recording is what passed.
	Recording *wire.Recording
}

// Facts are what is known of a connection. Keys may open what is encrypted.
func (s Seen) Facts(keys wire.KeyLog) *diagnose.Facts {
	t := s.Recording.Transcript(keys)
	f := s.Known
	f.Command, f.View, f.Time = s.Command, diagnose.SeenBetween, s.Recording.Start().UTC()
	f.Remote, f.Target = s.Remote, s.Target
	f.Handshake = drawn(t)
	f.Chains = diagnose.Chains{Server: certificates(t.PeerCertificates(wire.Server)), Client: certificates(t.PeerCertificates(wire.Client))}
	if len(f.Chains.Client) > 0 {
		f.Identity = f.Chains.Client
	}
	if h := t.ClientHello(); h != nil {
		offered := hello(h)
		f.Hello, f.Target.ServerName = &offered, h.ServerName
	}
	course := follow(t)
	f.Between = &course.Between
	a := diagnose.Attempt{Name: diagnose.TryStrict, Address: s.Target.Address, Received: int(t.BytesFrom(wire.Server))}
	if h := t.ServerHello(); h != nil {
		a.ServerHello, a.TLSVersion, a.CipherSuite = true, wire.VersionName(t.Version()), wire.CipherSuiteName(t.CipherSuite())
		a.RenegotiationInfo = h.RenegotiationInfo
		if g := t.Group(); g != 0 {
			a.Group = wire.GroupName(g)
		}
		a.ALPN = h.ALPN
		for _, e := range t.Events {
			if e.EncryptedExtensions != nil {
				a.ALPN = e.EncryptedExtensions.ALPN
			}
		}
		f.Connection = &diagnose.Connection{TLSVersion: a.TLSVersion, CipherSuite: a.CipherSuite, Group: a.Group, ALPN: a.ALPN,
			Resumed: course.resumed, OCSPStaple: t.OCSPStaple()}
	}
	a.Tickets, a.CertRequested = t.NewSessionTickets(), course.requested
	a.FailedAt, a.Alert, a.Closed = course.failedAt, course.alert, course.closed
	f.ClientAuth = clientAuth(t, course)
	if status, proto := statusLine(t.FirstData(wire.Server)); status != 0 {
		f.HTTP = &diagnose.HTTP{Status: status, Proto: proto}
		a.HTTPStatus = status
		if f.ClientAuth.Presented && status < 400 {
			f.ClientAuth.Verdict = cause.VerdictAccepted
		}
	}
	if n := len(t.Events); n > 0 {
		a.Millis = millis(t.Events[n-1].At)
	}
	f.Attempts = []diagnose.Attempt{a}
	return &f
}

// clientAuth is how the server asked for the client's certificate, as far as
// that was seen or follows from what the client sent.
func clientAuth(t *wire.Transcript, c course) *diagnose.ClientAuth {
	a := &diagnose.ClientAuth{
		Requested: c.requested, Presented: c.Flight == cause.FlightCertificate, Policy: cause.PolicyUnknown,
		Verdict: cause.VerdictUnknown, AcceptableCAs: []string{}, SignatureSchemes: []string{},
	}
	if r := t.CertificateRequest(); r != nil {
		a.AcceptableCAs, a.AcceptableCAsDER = append(a.AcceptableCAs, r.Authorities()...), r.CertificateAuthorities
		for _, id := range r.SignatureSchemes {
			a.SignatureSchemes = append(a.SignatureSchemes, wire.SignatureSchemeName(id))
		}
	}
	if c.Refused == diagnose.ServerSide && c.failedAt == diagnose.AtVerifyPeer {
		a.Verdict = cause.VerdictRejected
	}
	return a
}

// statusLine reads "HTTP/1.1 400 Bad Request"; 0: it is none.
func statusLine(line string) (status int, proto string) {
	if len(line) < 12 || line[:5] != "HTTP/" || line[8] != ' ' {
		return 0, ""
	}
	for _, c := range line[9:12] {
		if c < '0' || c > '9' {
			return 0, ""
		}
		status = status*10 + int(c-'0')
	}
	return status, line[:8]
}

func certificates(raw [][]byte) []*diagnose.Certificate {
	var out []*diagnose.Certificate
	for _, der := range raw {
		out = append(out, chain.NewCertificate(der))
	}
	return out
}

// maxOffered bounds each list of a hello that a report repeats.
const maxOffered = 128

func hello(h *wire.ClientHello) diagnose.Hello {
	return diagnose.Hello{
		Versions: named(h.Versions, wire.VersionName), CipherSuites: named(h.CipherSuites, wire.CipherSuiteName),
		Groups: named(h.Groups, wire.GroupName), SignatureSchemes: named(h.SignatureSchemes, wire.SignatureSchemeName),
		ALPN: h.ALPN[:min(len(h.ALPN), maxOffered)], ServerName: h.ServerName,
	}
}

// named leaves out GREASE (RFC 8701), which offers nothing.
func named(ids []uint16, name func(uint16) string) []string {
	var out []string
	for _, id := range ids[:min(len(ids), maxOffered)] {
		if n := name(id); n != "GREASE" {
			out = append(out, n)
		}
	}
	return out
}

// maxDrawn bounds the messages that a report repeats: what comes after the
// handshake is of no interest.
const maxDrawn = 256

func drawn(t *wire.Transcript) []diagnose.Message {
	out := []diagnose.Message{}
	for _, e := range t.Events[:min(len(t.Events), maxDrawn)] {
		out = append(out, diagnose.Message{
			Attempt: diagnose.TryStrict, Millis: millis(e.At), From: diagnose.Side(e.From),
			Message: e.Message, Detail: e.Detail, Bytes: e.Bytes, Encrypted: e.Encrypted,
		})
	}
	return out
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
