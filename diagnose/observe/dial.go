package observe

import (
	"context"
	"net"
	"net/url"
)

// dial connects to the address, by way of the proxy where there is one.
func (p *prober) dial(ctx context.Context, address string) (net.Conn, error) {
	dial := func() (net.Conn, error) { return new(net.Dialer).DialContext(ctx, "tcp", address) }
	if p.cfg.Proxy != nil {
		dial = func() (net.Conn, error) { return (&proxyDialer{url: p.cfg.Proxy}).dial(ctx, address) }
	}
	conn, err := dial()
	if err != nil {
		return nil, err
	}
	if err := sendHeader(conn, p.cfg.ProxyProtocol); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// withoutSecrets writes a proxy's URL without its password.
func withoutSecrets(u *url.URL) string {
	plain := *u
	plain.User = nil
	return plain.String()
}
