package observe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"strings"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/observe/starttls"
	"mutual/diagnose/wire"
)

// NoProtocol is the ProbeConfig.Protocol with which nothing is asked.
const NoProtocol = "none"

// protocol is what is spoken inside TLS: what the user says, or a server has
// shown, else what was agreed on by STARTTLS or ALPN, else what the port is
// registered for, else HTTP.
func (p *prober) protocol(negotiated string) starttls.Protocol {
	for _, name := range []string{p.cfg.Protocol, p.corrected, p.cfg.StartTLS} {
		if proto, ok := starttls.Named(name); ok || name != "" {
			return proto
		}
	}
	if proto, ok := starttls.ForALPN(negotiated); ok {
		return proto
	}
	if proto, ok := starttls.ForPort(p.cfg.Port); ok {
		return proto
	}
	proto, _ := starttls.Named(starttls.HTTP)
	return proto
}

// defaultALPN is what a client of that protocol offers.
func defaultALPN(proto starttls.Protocol) []string {
	switch {
	case proto.Name == starttls.HTTP:
		return []string{"h2", "http/1.1"}
	case proto.NeedsALPN:
		return proto.ALPN[:1]
	}
	return nil
}

// refusalWait is how long a server is given to refuse, after the handshake, a
// client that asks nothing. On loopback refusals took 27 ms, unasked words 61.
const refusalWait = 120 * time.Millisecond

// settle finds out what became of the client after the handshake: it asks in
// the protocol inside, or where that has nothing that could be asked, waits
// for a refusal.
func (p *prober) settle(ctx context.Context, pl plan, o *outcome, tap *wire.Tap, peek *peekConn, conn *tls.Conn, cred *credential) {
	state := conn.ConnectionState()
	proto := p.protocol(state.NegotiatedProtocol)
	if pl.protocol != "" {
		proto, _ = starttls.Named(pl.protocol)
	}
	o.Established = cause.HandshakeOnly
	asks := !pl.quick && (proto.Asks() || proto.Name == starttls.HTTP)
	switch {
	case pl.listen > 0:
		if hangsUp(tap, peek, p.now().Add(pl.listen)) {
			o.FailedAt = diagnose.AtVerdict
			return
		}
	case o.CertRequested && (!asks || state.Version == tls.VersionTLS13 && !proto.Greets) && !p.accepted(ctx, tap, peek, asks, proto.Silence):
		// The refusal is there. crypto/tls reads it, so that it answers in order.
		conn.SetReadDeadline(p.now().Add(drainFor))
		_, err := conn.Read(make([]byte, 1))
		o.FailedAt, o.Established = diagnose.AtVerdict, ""
		if err != nil {
			o.Error = clean(err.Error())
		}
		return
	}
	switch {
	case asks && pl.listen == 0 && proto.Name == starttls.HTTP:
		p.ask(ctx, o, conn, state, pl)
		p.drain(peek)
		return
	case asks && pl.listen == 0:
		p.converse(ctx, pl, o, conn, proto, cred)
		p.drain(peek)
		return
	case !pl.quick && proto.Unasked != "":
		o.app = &diagnose.Application{Protocol: proto.Name, Why: proto.Unasked, Established: cause.HandshakeOnly}
	}
	if pl.sessions != nil { // crypto/tls takes a ticket only while it reads
		conn.SetReadDeadline(p.now().Add(drainFor))
		conn.Read(make([]byte, 1))
	}
	conn.CloseWrite()
}

// converse says the protocol's first harmless words and records the answer.
func (p *prober) converse(ctx context.Context, pl plan, o *outcome, conn *tls.Conn, proto starttls.Protocol, cred *credential) {
	limit := p.now().Add(max(patience(p.cfg.Timeout), min(proto.Patience, p.cfg.Timeout*2/3)))
	if deadline, ok := ctx.Deadline(); ok && limit.After(deadline) {
		limit = deadline
	}
	conn.SetDeadline(limit)
	client := starttls.Client{Host: p.cfg.Host, Presented: len(cred.cert.Certificate) > 0, Upgraded: p.cfg.StartTLS != "" && pl.startTLS == ""}
	if client.Presented {
		if leaf, err := x509.ParseCertificate(cred.cert.Certificate[0]); err == nil {
			client.User = leaf.Subject.CommonName
			if len(leaf.DNSNames) > 0 {
				client.Domain = leaf.DNSNames[0]
			}
		}
	}
	a := proto.Ask(conn, client)
	o.app = &diagnose.Application{Protocol: proto.Name, Asked: a.Asked, Answer: a.Words, Says: a.Says, Established: a.Established}
	switch {
	case a.Says != "" || a.Established != "":
		o.Says, o.Established = a.Says, a.Established
	default:
		o.other = a.Other
		if a.Err != nil {
			o.Error = clean(a.Err.Error())
		}
		o.unanswered(conn)
	}
	conn.SetDeadline(p.now().Add(drainFor))
	conn.CloseWrite()
}

// unanswered tells how a connection ended over which nothing came that could
// be understood.
func (o *outcome) unanswered(conn *tls.Conn) {
	peek, ok := conn.NetConn().(*peekConn)
	if !ok {
		return
	}
	peek.await(time.Now().Add(drainFor)) // what stands behind a write error
	t := peek.Conn.(*wire.Tap).Transcript(wire.Client)
	end := t.Closed(wire.Server).How
	switch {
	case t.FirstAlertFrom(wire.Server) != nil:
		o.FailedAt, o.Established = diagnose.AtVerdict, ""
	case o.other != "": // it said something in another protocol: no refusal
	case end == wire.EndEOF, end == wire.EndReset, t.Count(wire.Server, "Alert") > 0:
		o.hungUp = true
	}
}

// idleAfter is longer than any refusal without a word took that was measured:
// RabbitMQ's 3.0 s. A front end whose backend is dead took 2.4 s (HAProxy).
const idleAfter = 5 * time.Second

// idled reports whether the server hung up so late that a limit on idle
// connections is the likelier reason than the client.
func (o *outcome) idled() bool { return o.hungUp && o.Millis > millis(idleAfter) }

// understand looks behind a base attempt that was not answered in the protocol
// it spoke: a server that has shown another one is asked in that, and one that
// hung up is left alone, to see whether it was the client or the question that
// it did not like. It returns the attempt that counts, which it makes the first
// of the list.
func (p *prober) understand(ctx context.Context, base *outcome) *outcome {
	const noApplicationProtocol = 120 // RFC 7301 §3.2
	if base.Alert != nil && base.Alert.Code == noApplicationProtocol && p.ownALPN && len(p.cfg.ALPN) > 0 {
		p.cfg.ALPN = nil // Exim, for one, takes its own protocol's name or none
		base = p.attempt(ctx, p.basePlan(base))
	}
	p.attempts = append(p.attempts, base.Attempt)
	switch {
	case base.other != "":
		return p.askIn(ctx, base, base.other)
	case !base.hungUp || !base.CertRequested || base.idled():
		return base
	}
	// A front end whose backend is dead hangs up as well, and may take its time.
	wait := min(time.Duration(1.5*base.Millis*float64(time.Millisecond))+300*time.Millisecond, p.cfg.Timeout/2)
	alone := p.run(ctx, base, plan{name: diagnose.TryNoRequest, varied: "nothing sent after the handshake", listen: wait, timeout: wait + p.stepTimeout(base), quick: true})[0]
	if alone.FailedAt == diagnose.AtVerdict {
		base.FailedAt, base.Established = diagnose.AtVerdict, ""
		p.attempts[0] = base.Attempt
		return base
	}
	if p.cfg.Protocol == "" && p.cfg.StartTLS == "" {
		if name := p.guess(ctx, base); name != "" {
			return p.askIn(ctx, base, name)
		}
	}
	return base
}

// askIn makes the base attempt again, in that protocol.
func (p *prober) askIn(ctx context.Context, base *outcome, protocol string) *outcome {
	p.corrected = protocol
	p.say("it speaks " + protocol + ": asking in that")
	if p.ownALPN {
		p.cfg.ALPN = nil
	}
	o := p.attempt(ctx, p.basePlan(base))
	p.attempts[0] = o.Attempt
	return o
}

// basePlan is that of the base attempt, to be made again.
func (p *prober) basePlan(base *outcome) plan {
	pl := plan{name: base.Name, address: base.Address, timeout: p.baseTimeout()}
	p.keepSession(&pl)
	return pl
}

// guess finds out what a server speaks that waits for the client to speak, and
// hangs up on HTTP. The first answer ends the search.
func (p *prober) guess(ctx context.Context, base *outcome) string {
	p.say("it hangs up on HTTP: asking in other protocols")
	ctx, found := context.WithCancel(ctx)
	defer found()
	var tried []string
	answers := make(chan *outcome)
	for _, proto := range starttls.Protocols() {
		if !proto.Guess {
			continue
		}
		tried = append(tried, proto.Name)
		pl := plan{name: diagnose.TryProtocol, varied: proto.Name + " instead of HTTP", offered: proto.Name, protocol: proto.Name,
			noALPN: p.ownALPN, address: base.Address, timeout: p.stepTimeout(base)}
		go func() { answers <- p.attempt(ctx, pl) }()
	}
	var understood *outcome
	for range tried {
		if o := <-answers; understood == nil && (o.Says != "" || o.Established.ByApplication()) {
			understood = o
			found()
		}
	}
	if understood == nil {
		p.attempts = append(p.attempts, diagnose.Attempt{Name: diagnose.TryProtocol, Varied: "other protocols than HTTP: " + strings.Join(tried, ", "),
			Address: base.Address, Sent: base.Sent, Told: "none of them is understood"})
		return ""
	}
	understood.Told = told(&understood.Attempt)
	p.attempts = append(p.attempts, understood.Attempt)
	return understood.Offered
}

// httpEstablished is how far an answer over HTTP lets the client in.
func httpEstablished(h *diagnose.HTTP) cause.Established {
	switch {
	case h.Says == cause.SaysPassword:
		return cause.RefusedOtherwise
	case h.Says != "":
		return cause.HandshakeOnly
	case h.Status/100 == 2:
		return cause.Authorized
	}
	return cause.Answered
}

// otherThanHTTP names the protocol in which a server answered an HTTP request,
// if it is one that can be spoken.
func otherThanHTTP(seen []byte) string {
	if proto, ok := starttls.Named(starttls.Recognise(seen)); ok && (proto.Asks() || proto.Unasked != "") {
		return proto.Name
	}
	return ""
}
