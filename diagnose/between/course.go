package between

import (
	"slices"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/wire"
)

// prompt is how soon a refusal follows what it refuses. What ends later may
// have ended for other reasons, such as idling.
const prompt = 3 * time.Second

// course is how a connection went.
type course struct {
	diagnose.Between
	requested, resumed bool
	failedAt           diagnose.At
	alert              *diagnose.Alert
	closed             cause.Closed
}

// step is one thing that a side sent, reduced to what its course takes.
type step struct {
	at    time.Duration
	size  int // of a record that could not be read
	alert *wire.Alert
	data  bool // of the application, readable as such
}

// follow finds out how a connection went, and who ended it.
func follow(t *wire.Transcript) course {
	c := course{Between: diagnose.Between{Client: []int{}, Server: []int{}, Replies: []int{}}}
	hello := t.ServerHello()
	c.resumed = hello != nil && hello.Resumed || t.Version() != 0 && t.Version() < tls13 && resumed12(t)
	c.requested = t.CertificateRequest() != nil
	switch {
	case t.ClientHello() == nil:
		c.Unfinished = true
	case hello == nil:
		c.beforeHello(t)
	case t.Version() == tls13:
		c.modern(t)
	default:
		c.classic(t)
	}
	if c.Refused == "" {
		c.Unfinished = t.Closed(wire.Client).How == "" && t.Closed(wire.Server).How == ""
	}
	return c
}

const tls13 = 0x0304

// beforeHello: the server has not answered by a ServerHello.
func (c *course) beforeHello(t *wire.Transcript) {
	c.failedAt = ""
	if e := fatal(t, wire.Server); e != nil {
		c.refuse(diagnose.ServerSide, cause.SignAlert, diagnose.AtHello)
		c.alert = alertFact(e)
		return
	}
	if first, how, _ := closing(t); first == wire.Server && t.HelloRetryRequest() == nil {
		c.refuse(diagnose.ServerSide, cause.SignSilence, diagnose.AtHello)
		c.closed = how
	}
}

// classic follows a connection up to TLS 1.2, of which all but the application's
// data and the Finished is in clear.
func (c *course) classic(t *wire.Transcript) {
	var flight, done, server time.Duration // when the client's Finished passed, the server's, and its first message
	var asked, answered bool
	var closingAlert [2]bool // of client, server: an alert that is encrypted, or close_notify
	gone := map[string]bool{}
	for _, e := range t.Events {
		switch {
		case e.Message == "Close":
			gone[e.From] = true
		case e.Message == "Alert" && gone[peer(e.From)]:
			// It answers the other's end of stream.
		case e.Message == "ClientKeyExchange" && flight == 0:
			flight = e.At
		case e.Message == "Finished" && e.From == wire.Client:
			flight = e.At
			asked = false
		case e.Message == "Finished":
			done = e.At
		case e.Message == "ServerHello" || e.Message == "ServerHelloDone":
			server = e.At
		case e.Message == "ApplicationData" && e.From == wire.Client:
			asked = true
		case e.Message == "ApplicationData":
			answered = true
		case e.Message == "Alert" && e.From == wire.Client:
			closingAlert[0] = true
		case e.Message == "Alert":
			closingAlert[1] = true
		}
	}
	c.Asked, c.Answered = asked, answered
	switch sent := t.CertificateFrom(wire.Client); {
	case sent != nil && len(sent.Raw) > 0:
		c.Flight = cause.FlightCertificate
	case sent != nil:
		c.Flight = cause.FlightEmpty
	case c.requested && flight > 0:
		c.Flight = cause.FlightEmpty // SSL 3.0 had an alert in its place
	case flight > 0:
		c.Flight = cause.FlightFinished
	}
	ours, theirs := fatal(t, wire.Server), fatal(t, wire.Client)
	first, how, at := closing(t)
	switch {
	case theirs != nil && (ours == nil || theirs.At <= ours.At):
		c.refuse(diagnose.ClientSide, cause.SignAlert, diagnose.AtHandshake)
		c.alert = alertFact(theirs)
	case ours != nil && flight > 0 && c.Flight != cause.FlightFinished && !c.resumed:
		c.refuse(diagnose.ServerSide, cause.SignAlert, diagnose.AtVerifyPeer)
		c.alert = alertFact(ours)
	case ours != nil:
		c.refuse(diagnose.ServerSide, cause.SignAlert, diagnose.AtHandshake)
		c.alert = alertFact(ours)
	case answered || first == "":
	case first == wire.Server && flight > 0 && at-max(flight, done) <= prompt && !closingAlert[0] && !closingAlert[1] &&
		(c.Flight == cause.FlightCertificate || c.Flight == cause.FlightEmpty && done == 0) && !c.resumed:
		// A server that ends politely sends close_notify; one that ends so right
		// after the certificate has not liked it.
		c.refuse(diagnose.ServerSide, cause.SignSilence, diagnose.AtVerifyPeer)
		c.closed = how
	case first == wire.Client && flight == 0 && server > 0 && at-server <= prompt:
		c.refuse(diagnose.ClientSide, cause.SignSilence, diagnose.AtHandshake)
		c.closed = how
	case done > 0 && !asked && (first == wire.Client || closingAlert[0] && !closingAlert[1]):
		c.Left = true
		if first == wire.Client && !closingAlert[0] {
			c.closed = how
		}
	}
}

// modern follows a TLS 1.3 connection, with what a key log opened of it.
func (c *course) modern(t *wire.Transcript) {
	var client, server []step // what each sent under encryption, alerts in clear too
	type turn struct {
		side string
		step
	}
	var turns []turn
	seen, flightRead, certificateRead, serverRead := false, false, false, false
	gone := map[string]bool{}
	var flightAt, serverAt time.Duration
	for _, e := range t.Events {
		if e.ServerHello != nil && !e.ServerHello.RetryRequest {
			seen, serverAt = true, e.At
			continue
		}
		if !seen {
			continue
		}
		if e.From == wire.Server && flightAt == 0 {
			serverAt = e.At
		}
		switch other := peer(e.From); {
		case e.Message == "Close":
			gone[e.From] = true
		case gone[other] && e.Alert != nil && (e.Alert.Code == decodeError || !isFatal(e.Alert)):
			// It answers the other's end of stream.
		case e.From == wire.Client && e.Message == "Certificate" && e.Encrypted:
			certificateRead = true
			if e.Certificate != nil && len(e.Certificate.Raw) > 0 {
				c.Flight = cause.FlightCertificate
			} else {
				c.Flight = cause.FlightEmpty
			}
			flightAt = e.At
		case e.From == wire.Client && e.Message == "Finished":
			flightRead, flightAt = true, e.At
			if c.Flight == "" {
				c.Flight = cause.FlightFinished
			}
		case e.From == wire.Server && (e.Message == "EncryptedExtensions" || e.Message == "Certificate"):
			serverRead = true
		case e.Alert != nil:
			turns = append(turns, turn{e.From, step{at: e.At, alert: e.Alert}})
		case e.Message == "ApplicationData" && len(e.Records) > 0:
			for _, n := range e.Records {
				if gone[other] && alertSized(n) {
					continue
				}
				turns = append(turns, turn{e.From, step{at: e.At, size: n}})
			}
		case e.Message == "ApplicationData":
			turns = append(turns, turn{e.From, step{at: e.At, data: true}})
		}
	}
	for _, s := range turns {
		switch {
		case s.size == 0:
		case s.side == wire.Client:
			c.Client = append(c.Client, s.size)
		default:
			c.Server = append(c.Server, s.size)
		}
	}
	c.Dark = !c.resumed && (!serverRead || !flightRead && !certificateRead)
	if h := t.ClientHello(); h.EarlyData {
		c.Client, c.Server = bound(c.Client), bound(c.Server)
		return // its records and the handshake's look alike
	}
	took := 0
	if !flightRead && !certificateRead {
		c.Flight, took = flightOf(c.Client, t.CipherSuite())
	}
	// The flight is cut off the client's steps, and what the server sent before
	// it off the server's.
	var after []turn
	for _, s := range turns {
		switch {
		case s.side == wire.Client && s.size > 0 && took > 0:
			took--
			flightAt = s.at
		case s.side == wire.Server && s.alert == nil && flightAt == 0:
		default:
			after = append(after, s)
		}
	}
	for _, s := range after {
		if s.side == wire.Client {
			client = append(client, s.step)
		} else {
			server = append(server, s.step)
			if s.size > 0 {
				c.Replies = append(c.Replies, s.size)
			}
		}
	}
	c.Client, c.Server, c.Replies = bound(c.Client), bound(c.Server), bound(c.Replies)
	if c.Flight == cause.FlightEmpty || c.Flight == cause.FlightCertificate {
		c.requested = true
	}
	c.Asked = slices.ContainsFunc(client, isData)
	c.Answered = slices.ContainsFunc(server, isData)
	first, how, at := closing(t)
	// Whose alert came first: a refusal, or a good-bye.
	var ending *turn
	if i := slices.IndexFunc(after, func(s turn) bool { return s.alert != nil || alertSized(s.size) }); i >= 0 {
		ending = &after[i]
	}
	refusal := slices.IndexFunc(after, func(s turn) bool { return s.alert != nil && isFatal(s.alert) })
	tickets := t.NewSessionTickets() > 0
	switch {
	case refusal >= 0 && after[refusal].side == wire.Client:
		c.refuse(diagnose.ClientSide, cause.SignAlert, diagnose.AtHandshake)
		c.alert = factOf(after[refusal].alert, diagnose.ClientSide)
		if c.Answered {
			c.failedAt = diagnose.AtHTTP
		}
	case refusal >= 0:
		c.refuse(diagnose.ServerSide, cause.SignAlert, diagnose.AtHandshake)
		c.alert = factOf(after[refusal].alert, diagnose.ServerSide)
		if c.Flight == cause.FlightEmpty || c.Flight == cause.FlightCertificate {
			c.failedAt = diagnose.AtVerifyPeer
		}
	case c.resumed:
		c.Left = first == wire.Client && flightAt > 0 && !c.Asked && !c.Answered
	case flightAt == 0:
		// The client has seen the server's certificate, and finishes not.
		switch {
		case ending != nil && ending.side == wire.Client && ending.alert == nil:
			c.refuse(diagnose.ClientSide, cause.SignLength, diagnose.AtHandshake)
			c.closed = how
		case len(c.Client) == 0 && first == wire.Client && len(c.Server)+boolInt(serverRead) > 0 && at-serverAt <= prompt:
			c.refuse(diagnose.ClientSide, cause.SignSilence, diagnose.AtHandshake)
			c.closed = how
		}
	case c.Flight == "":
	case c.Answered || tickets || c.Flight == cause.FlightFinished:
		c.Left = !c.Asked && (first == wire.Client || ending != nil && ending.side == wire.Client)
	case ending != nil && ending.side == wire.Server && ending.alert == nil && ending.at-flightAt <= prompt &&
		(first != wire.Client || at >= ending.at) && first != "":
		c.refuse(diagnose.ServerSide, cause.SignLength, diagnose.AtVerifyPeer)
		c.closed = how
	case ending == nil && first == wire.Server && at-flightAt <= prompt && len(server) == 0:
		c.refuse(diagnose.ServerSide, cause.SignSilence, diagnose.AtVerifyPeer)
		c.closed = how
	case !c.Asked && (first == wire.Client || ending != nil && ending.side == wire.Client):
		c.Left = true
	}
	if c.Left && first == wire.Client && ending == nil {
		c.closed = how
	}
}

// isData reports whether a step is more than an alert: the application's data,
// or a ticket that could not be read.
func isData(s step) bool { return s.data || s.size > 0 && !alertSized(s.size) }

func peer(side string) string {
	if side == wire.Client {
		return wire.Server
	}
	return wire.Client
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// maxLengths bounds the lengths that a report repeats.
const maxLengths = 32

func bound(list []int) []int { return list[:min(len(list), maxLengths)] }

func (c *course) refuse(by diagnose.Side, sign cause.Sign, at diagnose.At) {
	c.Refused, c.By, c.failedAt = by, sign, at
}

// resumed12 reports whether a session of TLS 1.2 or below was resumed: the
// server sent no certificate, and ChangeCipherSpec first.
func resumed12(t *wire.Transcript) bool {
	if t.CertificateFrom(wire.Server) != nil {
		return false
	}
	for _, e := range t.Events {
		if e.Message == "ChangeCipherSpec" {
			return e.From == wire.Server
		}
	}
	return false
}

// fatal is the first alert of a side that can be read and ends the connection.
// OpenSSL answers the other's end of stream by decode_error, which is none.
func fatal(t *wire.Transcript, side string) *wire.Event {
	gone := false
	for i := range t.Events {
		e := &t.Events[i]
		switch {
		case e.Message == "Close" && e.From != side:
			gone = true
		case e.From == side && e.Alert != nil && isFatal(e.Alert) && !(gone && e.Alert.Code == decodeError):
			return e
		}
	}
	return nil
}

const decodeError = 50

// isFatal: all but the closure alerts (RFC 8446 §6.1) and warnings, which are
// none in TLS 1.3 whatever their level says. GnuTLS sends errors at level 1.
func isFatal(a *wire.Alert) bool {
	switch a.Code {
	case 0, 90, 100: // close_notify, user_canceled, no_renegotiation
		return false
	case 112: // unrecognized_name, of which servers warn
		return a.Level == 2
	}
	return a.Level == 2 || a.Code != 41
}

// closing is who closed the connection first, how, and when.
func closing(t *wire.Transcript) (side string, how cause.Closed, at time.Duration) {
	for _, e := range t.Events {
		if e.Message == "Close" {
			return e.From, cause.Closed(t.Closed(e.From).How), e.At
		}
	}
	return "", "", 0
}

func alertFact(e *wire.Event) *diagnose.Alert { return factOf(e.Alert, diagnose.Side(e.From)) }

func factOf(a *wire.Alert, from diagnose.Side) *diagnose.Alert {
	level := ""
	switch a.Level {
	case 1:
		level = "warning"
	case 2:
		level = "fatal"
	}
	return &diagnose.Alert{From: from, Code: int(a.Code), Name: a.Name, Level: level}
}
