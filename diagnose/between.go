package diagnose

import (
	"slices"

	"mutual/diagnose/cause"
)

// Between is what a connection shows to a third party beside its messages: how
// it went on and who ended it. Where the handshake cannot be read, the lengths
// of its records speak.
type Between struct {
	// Dark: at least one side's certificate went encrypted, and was not read.
	Dark bool `json:"dark"`
	// Client and Server are the lengths of the records that could not be read,
	// in order, the first 32 of each.
	Client []int `json:"client"`
	Server []int `json:"server"`
	// Replies are those of Server that came after the client's flight.
	Replies []int `json:"replies"`
	// Flight is what the client's last flight of the handshake held.
	Flight cause.Flight `json:"flight,omitempty"`
	// Refused is who ended the connection for the other's certificate or offer,
	// and By is how that shows. Empty: nobody did, as far as can be seen.
	Refused Side       `json:"refused,omitempty"`
	By      cause.Sign `json:"by,omitempty"`
	// Asked and Answered: after the handshake the client sent data, and so did
	// the server.
	Asked    bool `json:"asked"`
	Answered bool `json:"answered"`
	// Left: the client ended the connection after the handshake, having sent
	// nothing. Attempt.Closed tells then that it did so without a close_notify.
	Left bool `json:"left,omitempty"`
	// Unfinished: what was seen of the connection has no end.
	Unfinished bool `json:"unfinished,omitempty"`
}

// refusedBy reports whether, as a third party saw it, that side ended the
// connection over the other's certificate.
func (f *Facts) refusedBy(side Side) bool {
	return f.Between != nil && f.Between.Refused == side
}

// clientRefused: the server refused the client, in TLS or by what it answered
// over HTTP. Where the handshake alone is known, what follows from the answer
// is not.
func (f *Facts) clientRefused() bool {
	return f.refusedBy(ServerSide) && f.base().FailedAt == AtVerifyPeer || f.refusedOverHTTP()
}

// refusedOverHTTP: the server, who had asked for a certificate, answered with a
// status by which servers refuse for one. nginx's own is 400 (495 and 496
// inside).
func (f *Facts) refusedOverHTTP() bool {
	return f.HTTP != nil && f.ClientAuth != nil && f.ClientAuth.Requested && slices.Contains([]int{400, 401, 403, 495, 496}, f.HTTP.Status)
}

// answerUnread: the server went on after the handshake, and what it answered is
// encrypted.
func (f *Facts) answerUnread() bool {
	return f.Between != nil && f.Between.Refused == "" && f.Between.Answered && f.HTTP == nil
}

// serverRefused: the client refused the server, or left as if it did: curl and
// wget check the name, or all, when the handshake is done.
func (f *Facts) serverRefused() bool {
	b := f.Between
	return f.refusedBy(ClientSide) && f.base().FailedAt == AtHandshake || b != nil && b.Left
}
