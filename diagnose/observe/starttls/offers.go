package starttls

import (
	"context"
	"net"
)

// Offer is what came of one attempt to start TLS in a protocol.
type Offer struct {
	Protocol string
	Err      error // nil: the server agreed
}

// Offers finds out whether a port that does not answer a ClientHello does TLS
// inside another protocol. The banner is what the server said unasked (nil:
// nothing). It opens at most five connections, all at once, each bounded by
// ctx, and returns the protocol that agreed ("" if none) with what each
// attempt told.
func Offers(ctx context.Context, dial func(context.Context) (net.Conn, error), host string, banner []byte) (string, []Offer) {
	var tries []string
	switch seen, known := Named(Recognise(banner)); {
	case len(banner) == 0: // those in which the client speaks first
		tries = []string{"postgres", "ldap", "xmpp", "mssql", "rdp"}
	case !known || !seen.Starts():
		return "", nil
	case seen.Name == "smtp":
		tries = []string{"smtp", "ftp"} // "220 " opens both
	default:
		tries = []string{seen.Name}
	}
	offers := make([]Offer, len(tries))
	done := make(chan struct{})
	for i, protocol := range tries {
		go func() {
			defer func() { done <- struct{}{} }()
			offers[i] = Offer{protocol, try(ctx, dial, protocol, host)}
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

func try(ctx context.Context, dial func(context.Context) (net.Conn, error), protocol, host string) error {
	conn, err := dial(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = Start(ctx, conn, protocol, host)
	return err
}
