package cause

// Established is how far the acceptance of a client was established. The empty
// value: nothing was.
type Established string

const (
	// HandshakeOnly: TLS went through. A session ticket, or the end of a TLS
	// 1.2 handshake, proves no more.
	HandshakeOnly Established = "handshake"
	// Answered: the application answered.
	Answered Established = "answered"
	// Authorized: the application did what was asked.
	Authorized Established = "authorized"
	// RefusedOtherwise: the application took the certificate, and refused the
	// client for another reason: it wants a password, or another account.
	RefusedOtherwise Established = "refused-otherwise"
)

// ByApplication reports whether it was the application that let the client in.
func (e Established) ByApplication() bool { return e != "" && e != HandshakeOnly }

// AsFarAs reports whether e says at least as much for the client as good does.
// What is proven by the handshake alone says nothing.
func (e Established) AsFarAs(good Established) bool {
	rank := map[Established]int{RefusedOtherwise: 1, Answered: 2, Authorized: 3}
	return rank[e] > 0 && rank[e] >= rank[good]
}
