// Package phrase maps the error texts of other programs, whatever stack
// printed them, to the codes of the faults they can mean.
//
// What is general is kept apart from single texts. A line is first made
// comparable (colours, quotes, case and white space do not count), then read
// for known texts, for numbers (alerts, OpenSSL reasons, HRESULTs and their
// like) and for words that tell who speaks. A known text points to a cause;
// the cause and the speaker together give the codes.
//
// The package is pure: it reads no file, dials nothing and asks no clock. All
// functions are safe for concurrent use.
package phrase

import (
	"mutual/diagnose/cause"
	"strings"
)

// Result is what a text was found to say.
type Result struct {
	// Recognised is false when no known error stands in the text.
	Recognised bool
	// Errors are the distinct errors found, the root cause first.
	Errors []Match
	// Nearest are known texts that resemble an unrecognised one, nearest
	// first. They are a hint, not a diagnosis.
	Nearest []Match
}

// Match is one error found in a text.
type Match struct {
	Text    string // the line it stands in, without colours, shortened around the error when long
	Line    int    // the number of that line, from 1
	Count   int    // how often the same error stands in the text
	Stack   string // the program or library whose wording it is
	Speaker Speaker
	Alert   *int              // the TLS alert it is or contains (RFC 8446 §6), nil for none
	Means   string            // one or two plain sentences
	Codes   []Candidate       // likeliest first
	Inner   []string          // what was unwrapped or decoded on the way, outermost first
	Details map[string]string // what the text tells of the case in hand (file, host, names), by the names that rules use in braces; may be nil
	Form    string            // the form of the fault, where it has a fix of its own: pkcs12-legacy, proxy-header, …; "" for none
}

// Candidate is one fault an error can mean.
type Candidate struct {
	Code      cause.Code
	TellApart string // what settles whether it is this one
}

// Speaker tells who says an error, about whom.
type Speaker int

// The speakers. The zero value is that the text does not tell.
const (
	SpeakerUnknown Speaker = iota
	ClientAboutServer
	ServerAboutClient
	ClientQuotesServer
	ServerQuotesClient
	AboutLocalFile
	AboutConnection
)

// String says it in a few words for people.
func (s Speaker) String() string {
	switch s {
	case ClientAboutServer:
		return "the client, about the server"
	case ServerAboutClient:
		return "the server, about the client"
	case ClientQuotesServer:
		return "the client, quoting the server: the server refused"
	case ServerQuotesClient:
		return "the server, quoting the client: the client refused"
	case AboutLocalFile:
		return "a program, about its own files or settings"
	case AboutConnection:
		return "one side, about the connection"
	}
	return "the text does not tell which side speaks"
}

// Explain reads a text, of one line or a whole log, and names every TLS error
// in it. It never returns nil. Memory does not grow with the number of errors.
func Explain(text string) *Result {
	text = readable(text)
	s := newScan(text)
	for len(text) > 0 {
		line := text
		if i := strings.IndexByte(text, '\n'); i >= 0 {
			line, text = text[:i], text[i+1:]
		} else {
			text = ""
		}
		s.line(strings.TrimSuffix(line, "\r"))
	}
	return s.result()
}
