package starttls

import (
	"bytes"
	"strings"
)

// Problem says in which way an upgrade to TLS came to nothing.
type Problem string

// The ways.
const (
	Refused Problem = "refused"        // the server speaks the protocol and says no
	Other   Problem = "other-protocol" // what came is not that protocol
	Closed  Problem = "closed"         // the server hung up
	Silent  Problem = "silent"         // nothing more came in time
)

// Error is why a server did not agree to start TLS.
type Error struct {
	Protocol string
	Problem  Problem
	Says     string // the server's words, printable, at most 300 bytes
	First    []byte // the first bytes that came, where they are another protocol's
	Err      error  // of the network, or nil
}

func (e *Error) Error() string {
	var text string
	switch e.Problem {
	case Refused:
		text = "the server does not start TLS"
	case Other:
		text = "the server does not speak this protocol"
	case Closed:
		text = "the server closed the connection"
	default:
		text = "the server did not answer in time"
	}
	if e.Says != "" {
		text += ", it says: " + e.Says
	}
	if e.Err != nil && e.Problem == Silent {
		text += ": " + e.Err.Error()
	}
	return "starttls " + e.Protocol + ": " + text
}

func (e *Error) Unwrap() error { return e.Err }

func refused(words string) error {
	return &Error{Problem: Refused, Says: Printable([]byte(words))}
}

func otherProtocol() error { return &Error{Problem: Other} }

// Printable renders what a peer sent as one line of at most 300 bytes that
// cannot drive a terminal.
func Printable(b []byte) string {
	text := strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' || (r >= 0x80 && r < 0xa0) {
			return ' '
		}
		return r
	}, string(bytes.ToValidUTF8(b[:min(len(b), 300)], []byte(" "))))
	return strings.Join(strings.Fields(text), " ")
}
