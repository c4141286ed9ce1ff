// Package starttls knows the protocols that are spoken inside TLS, one row
// each: on which ports and by which ALPN names it goes, how TLS begins in it
// where it does not at once, how to recognise it, and the first harmless words
// after which a server has shown whether it accepts the client.
package starttls

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"mutual/diagnose/cause"
)

// Protocol is one protocol. Its name is what --starttls and --protocol take.
type Protocol struct {
	Name string
	// Ports are those registered for it inside of TLS, or in common use so.
	Ports []int
	// ALPN are its names there (IANA, TLS ALPN Protocol IDs).
	ALPN []string
	// NeedsALPN: the server ends a handshake that does not offer the first one.
	NeedsALPN bool
	// Greets: the server speaks first.
	Greets bool
	// Patience is how long the server's answer may take; 0: no longer than any.
	Patience time.Duration
	// Silence, where it is not 0, is how long the server has to keep quiet after
	// the handshake before it is taken to go on: there is no harmless line.
	Silence time.Duration
	// Unasked says why there is no harmless line, where there is none.
	Unasked string

	// Guess: a server that hangs up on HTTP may well speak it.
	Guess bool

	begins []string                // the texts by which its servers' first words begin, in lower case
	looks  func(first []byte) bool // recognises servers' first bytes, where no text does
	start  func(*talk) (net.Conn, error)
	ask    func(*talk) Answer
}

// Client is who asks.
type Client struct {
	Host string // whom the server is asked as
	// User is an account's name, for protocols that want one: the one that the
	// certificate names.
	User string
	// Domain is the host name in the certificate, for servers among themselves.
	Domain string
	// Presented: the client has shown a certificate.
	Presented bool
	// Upgraded: TLS began inside the protocol, so that the greeting is past.
	Upgraded bool
}

// Answer is what came of the first harmless words.
type Answer struct {
	// Asked names what was sent: "EHLO, MAIL FROM, RCPT TO".
	Asked string
	// Words are the server's, printable, as far as they matter.
	Words       string
	Says        cause.Says
	Established cause.Established
	// Other is the protocol in which it answered instead.
	Other string
	// Err is of the connection, where no answer came.
	Err error
}

// Named returns the protocol of that name.
func Named(name string) (Protocol, bool) {
	return first(func(p Protocol) bool { return p.Name == name })
}

// ForPort returns the protocol that is spoken inside TLS on that port.
func ForPort(port int) (Protocol, bool) {
	return first(func(p Protocol) bool { return slices.Contains(p.Ports, port) })
}

// ForALPN returns the protocol of that ALPN name.
func ForALPN(name string) (Protocol, bool) {
	return first(func(p Protocol) bool { return slices.Contains(p.ALPN, name) })
}

func first(fits func(Protocol) bool) (Protocol, bool) {
	all := Protocols()
	if i := slices.IndexFunc(all, fits); i >= 0 {
		return all[i], true
	}
	return Protocol{}, false
}

// Names are the protocols in which TLS can start (--starttls).
func Names() []string {
	return names(func(p Protocol) bool { return p.start != nil })
}

// Spoken are the protocols that can be spoken inside TLS (--protocol).
func Spoken() []string {
	return names(func(p Protocol) bool { return p.Asks() || p.Name == HTTP || p.Silence > 0 || p.Unasked != "" })
}

func names(fits func(Protocol) bool) []string {
	var list []string
	for _, p := range Protocols() {
		if fits(p) {
			list = append(list, p.Name)
		}
	}
	return list
}

// Asks reports whether the protocol has a harmless line.
func (p Protocol) Asks() bool { return p.ask != nil }

// Starts reports whether TLS can begin inside the protocol.
func (p Protocol) Starts() bool { return p.start != nil }

// Recognise names the protocol of the first bytes that a server sent, unasked
// or in answer to a ClientHello or an HTTP request. The empty string: unknown.
func Recognise(first []byte) string {
	head := strings.ToLower(string(first[:min(len(first), 64)]))
	for _, p := range Protocols() {
		if slices.ContainsFunc(p.begins, func(text string) bool { return strings.HasPrefix(head, text) }) {
			return p.Name
		}
	}
	for _, p := range Protocols() {
		if p.looks != nil && len(first) > 0 && p.looks(first) {
			return p.Name
		}
	}
	return ""
}

// talkLimit bounds what a server may send before TLS starts, or in answer to
// the first words. Greetings of real servers are well under it.
const talkLimit = 64 << 10

// Start speaks the opening of a protocol up to the point where the server
// expects a ClientHello, and returns the connection to go on with. The host is
// named to servers that want it (XMPP). The context's deadline bounds it;
// afterwards conn has no read deadline. Errors are *Error, or of another type
// where the protocol is unknown.
func Start(ctx context.Context, conn net.Conn, protocol, host string) (net.Conn, error) {
	p, ok := Named(protocol)
	if !ok || p.start == nil {
		return nil, fmt.Errorf("starttls %q: not one of %s", protocol, strings.Join(Names(), ", "))
	}
	defer BoundBy(ctx, conn)()
	seen := &firstBytes{r: conn}
	t := &talk{r: bufio.NewReader(&io.LimitedReader{R: seen, N: talkLimit}), w: conn, conn: conn, client: Client{Host: host}}
	upgraded, err := p.start(t)
	if err == nil && t.r.Buffered() > 0 {
		// Bytes before the handshake that nobody has authenticated: passing
		// them on is the injection of CVE-2011-0411.
		err = &Error{Problem: Refused, Says: "more, before TLS had started"}
	}
	if err == nil {
		return upgraded, nil
	}
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Problem: Closed, Err: err}
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			e.Problem = Silent
		}
	}
	e.Protocol = protocol
	if e.First = seen.seen; e.Says == "" {
		e.Says = Printable(seen.seen)
	}
	return nil, e
}

// Ask says the protocol's first harmless words over conn and reads the answer.
// The connection's deadlines bound it. The protocol must be one that Asks.
func (p Protocol) Ask(conn io.ReadWriter, c Client) Answer {
	seen := &firstBytes{r: conn}
	t := &talk{r: bufio.NewReader(&io.LimitedReader{R: seen, N: talkLimit}), w: conn, client: c}
	a := p.ask(t)
	a.Words = Printable([]byte(a.Words))
	a.Asked = strings.Join(t.said, ", ")
	if a.Established == "" && a.Says == "" {
		if name := Recognise(seen.seen); name != "" && name != p.Name && name != "tls" {
			a.Other = name
		}
		if a.Words == "" {
			a.Words = Printable(seen.seen)
		}
	}
	return a
}

// BoundBy ends conn's reads when ctx ends, and its writes too. The function it
// returns lifts the bound on reads.
func BoundBy(ctx context.Context, conn net.Conn) func() {
	if t, ok := ctx.Deadline(); ok {
		conn.SetReadDeadline(t)
	}
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	return func() {
		if stop() {
			conn.SetReadDeadline(time.Time{})
		}
	}
}
