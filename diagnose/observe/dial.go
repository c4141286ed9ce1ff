package observe

import (
	"context"
	"net"
	"net/url"
)

// dial connects to the address, by way of the proxy where there is one.
func (p *prober) dial(ctx context.Context, address string) (net.Conn, error) {
	if p.cfg.Proxy != nil {
		return (&proxyDialer{url: p.cfg.Proxy}).dial(ctx, address)
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", address)
}

// withoutSecrets writes a proxy's URL without its password.
func withoutSecrets(u *url.URL) string {
	plain := *u
	plain.User = nil
	return plain.String()
}
