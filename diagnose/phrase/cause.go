package phrase

import (
	"slices"

	"mutual/diagnose/cause"
)

// likely is the causes that an error can have, likeliest first. It is read only.
type likely []cause.Code

// A meaning is what a text means, whichever stack printed it. Its codes depend
// on who speaks: "unable to get local issuer certificate" from a client is
// about the server's certificate, from a server about the client's.
type meaning struct {
	name     string // for tests and for the nearest texts
	kind     kind
	rank     rank
	means    string
	byClient likely            // codes when a client says it, likeliest first
	byServer likely            // codes when a server says it; empty: the same
	found    *meaning          // for an alert: what the side that sends it has found out
	issuer   likely            // codes when it is said of a CA certificate (depth 1 or more); empty: no difference
	vars     map[string]string // what it tells of the case in hand, by the names that rules use; read only
	form     string            // see Match.Form
}

type kind uint8

const (
	judgement  kind = iota // one side judges what the other sent
	alert                  // one side quotes the alert the other sent
	local                  // a file or setting of the program itself
	connection             // the network, or no common ground
)

// rank orders errors: the lower, the nearer to a root cause.
type rank uint8

const (
	exact   rank = iota // names one cause
	vague               // names a handful
	refusal             // the other side refused; it knows why
	verdict             // something was judged or loaded in vain; the reason stands elsewhere
	symptom             // the connection ended
	general             // only says that TLS failed
)

// codes of the cause for a side, and, where it is known, the depth of the
// certificate it is about (-1: not known).
func (c *meaning) codes(by side, depth int) likely {
	if depth > 0 && c.issuer != nil {
		return c.issuer
	}
	if by == server && c.byServer != nil {
		return c.byServer
	}
	if by == neither && c.byServer != nil && !slices.Equal(c.byServer, c.byClient) {
		return interleave(c.byClient, c.byServer)
	}
	return c.byClient
}

// interleave takes one code from each list in turn, each code once.
func interleave(a, b likely) likely {
	var out likely
	for i := range max(len(a), len(b)) {
		for _, list := range []likely{a, b} {
			if i < len(list) {
				out = addCode(out, list[i])
			}
		}
	}
	return out
}

func addCode(list likely, code cause.Code) likely {
	if slices.Contains(list, code) {
		return list
	}
	return append(list, code)
}

// side is which end of the connection prints a text.
type side uint8

const (
	neither side = iota // the text does not tell
	client
	server
)

func (s side) other() side {
	switch s {
	case client:
		return server
	case server:
		return client
	}
	return neither
}
