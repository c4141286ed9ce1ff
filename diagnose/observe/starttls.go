package observe

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"
)

// startTLSProtocols are the protocols whose upgrade startTLS speaks.
var startTLSProtocols = []string{"postgres", "mysql", "smtp", "imap", "pop3", "ldap", "ftp", "xmpp"}

// preambleLimit bounds what a server may send before TLS starts. Greetings of
// real servers are well under it.
const preambleLimit = 64 << 10

// StartTLSProblem says in which way an upgrade to TLS came to nothing.
type StartTLSProblem string

// The ways.
const (
	StartTLSRefused StartTLSProblem = "refused"        // the server speaks the protocol and says no
	StartTLSOther   StartTLSProblem = "other-protocol" // what came is not that protocol
	StartTLSClosed  StartTLSProblem = "closed"         // the server hung up
	StartTLSSilent  StartTLSProblem = "silent"         // nothing more came in time
)

// StartTLSError is why a server did not agree to start TLS.
type StartTLSError struct {
	Protocol string
	Problem  StartTLSProblem
	Says     string // the server's words, printable, at most 300 bytes
	First    []byte // the first bytes that came, where they are another protocol's
	Err      error  // of the network, or nil
}

func (e *StartTLSError) Error() string {
	var text string
	switch e.Problem {
	case StartTLSRefused:
		text = "the server does not start TLS"
	case StartTLSOther:
		text = "the server does not speak this protocol"
	case StartTLSClosed:
		text = "the server closed the connection"
	default:
		text = "the server did not answer in time"
	}
	if e.Says != "" {
		text += ", it says: " + e.Says
	}
	if e.Err != nil && e.Problem == StartTLSSilent {
		text += ": " + e.Err.Error()
	}
	return "starttls " + e.Protocol + ": " + text
}

func (e *StartTLSError) Unwrap() error { return e.Err }

// startTLS speaks the opening of a protocol up to the point where the server
// expects a ClientHello. The host is named to servers that want it (XMPP).
// The context's deadline bounds it; afterwards conn has no read deadline. Errors
// are *StartTLSError, or of another type where protocol is unknown.
func startTLS(ctx context.Context, conn net.Conn, protocol, host string) error {
	speak := preambleOf(protocol)
	if speak == nil {
		return fmt.Errorf("starttls %q: not one of %s", protocol, strings.Join(startTLSProtocols, ", "))
	}
	defer boundBy(ctx, conn)()
	first := &firstBytes{r: conn}
	p := &preamble{
		r: bufio.NewReader(&io.LimitedReader{R: first, N: preambleLimit}), w: conn, host: host,
	}
	err := speak(p)
	if err == nil && p.r.Buffered() > 0 {
		// Bytes before the handshake that nobody has authenticated: passing
		// them on is the injection of CVE-2011-0411.
		err = &StartTLSError{Problem: StartTLSRefused, Says: "more, before TLS had started"}
	}
	if err == nil {
		return nil
	}
	var e *StartTLSError
	if !errors.As(err, &e) {
		e = &StartTLSError{Problem: StartTLSClosed, Err: err}
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			e.Problem = StartTLSSilent
		}
	}
	e.Protocol = protocol
	if e.First = first.seen; e.Says == "" {
		e.Says = printable(first.seen)
	}
	return e
}

// boundBy ends conn's reads when ctx ends, and its writes too. The function it
// returns lifts the bound on reads.
func boundBy(ctx context.Context, conn net.Conn) func() {
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

// preamble is the talk before TLS.
type preamble struct {
	r    *bufio.Reader
	w    io.Writer
	host string
}

func (p *preamble) send(text string) error {
	_, err := io.WriteString(p.w, text)
	return err
}

// line reads one line without its end. Lines over 4 KiB are not of any of
// these protocols.
func (p *preamble) line() (string, error) {
	b, err := p.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", &StartTLSError{Problem: StartTLSOther}
	}
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(b), "\r\n"), nil
}

func refused(words string) error {
	return &StartTLSError{Problem: StartTLSRefused, Says: printable([]byte(words))}
}

func otherProtocol() error { return &StartTLSError{Problem: StartTLSOther} }

// firstBytes keeps the start of what is read through it.
type firstBytes struct {
	r    io.Reader
	seen []byte
}

func (f *firstBytes) Read(b []byte) (int, error) {
	n, err := f.r.Read(b)
	if room := 256 - len(f.seen); room > 0 {
		f.seen = append(f.seen, b[:min(n, room)]...)
	}
	return n, err
}

// printable renders what a peer sent as one line of at most 300 bytes that
// cannot drive a terminal.
func printable(b []byte) string {
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' || (r >= 0x80 && r < 0xa0) {
			return ' '
		}
		return r
	}, string(bytes.ToValidUTF8(b[:min(len(b), 300)], []byte(" "))))
	return strings.Join(strings.Fields(text), " ")
}

// startTLSOffer is what came of one attempt to start TLS in a protocol.
type startTLSOffer struct {
	Protocol string
	Err      error // nil: the server agreed
}

// startTLSOffers finds out whether a port that does not answer a ClientHello
// does TLS inside another protocol. The banner is what the server said unasked
// (nil: nothing). It opens at most four connections, all at once, each bounded
// by ctx, and returns the protocol that agreed ("" if none) with what each
// attempt told.
func startTLSOffers(ctx context.Context, dial func(context.Context) (net.Conn, error), host string, banner []byte) (string, []startTLSOffer) {
	var tries []string
	switch seen := protocolOf(banner); {
	case len(banner) == 0:
		tries = []string{"postgres", "ldap", "xmpp"} // where the client speaks first
	case seen == "smtp":
		tries = []string{"smtp", "ftp"} // "220 " opens both
	case slices.Contains(startTLSProtocols, seen):
		tries = []string{seen}
	default:
		return "", nil
	}
	offers := make([]startTLSOffer, len(tries))
	done := make(chan struct{})
	for i, protocol := range tries {
		go func() {
			defer func() { done <- struct{}{} }()
			offers[i] = startTLSOffer{protocol, tryStartTLS(ctx, dial, protocol, host)}
		}()
	}
	for range tries {
		<-done
	}
	for _, o := range offers {
		if o.Err == nil {
			return o.Protocol, offers
		}
	}
	return "", offers
}

func tryStartTLS(ctx context.Context, dial func(context.Context) (net.Conn, error), protocol, host string) error {
	conn, err := dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return startTLS(ctx, conn, protocol, host)
}

// uint24le reads three bytes, least significant first, as MySQL counts.
func uint24le(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// uint32be reads four bytes, most significant first.
func uint32be(b []byte) int { return int(binary.BigEndian.Uint32(b)) }
