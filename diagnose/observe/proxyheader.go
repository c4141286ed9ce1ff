package observe

import (
	"context"
	"fmt"
	"net"

	"mutual/diagnose"
)

// proxyHeaders are the headers of the PROXY protocol by which a client says
// that it speaks for itself: no address of anybody else. Source: The PROXY
// protocol, versions 1 & 2 (haproxy.org), §2.1 UNKNOWN and §2.2 LOCAL.
var proxyHeaders = map[string]string{
	"v1": "PROXY UNKNOWN\r\n",
	"v2": "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00",
}

// ProxyHeaders are the versions of the PROXY protocol, oldest first.
func ProxyHeaders() []string { return []string{"v1", "v2"} }

// sendHeader writes that version's header; none where it is "".
func sendHeader(conn net.Conn, version string) error {
	if version == "" {
		return nil
	}
	_, err := conn.Write([]byte(proxyHeaders[version]))
	if err != nil {
		return fmt.Errorf("sending the PROXY protocol's header: %w", err)
	}
	return nil
}

// exploreHeader tries whether a server that hangs up on a ClientHello takes one
// behind a header of the PROXY protocol.
func (p *prober) exploreHeader(ctx context.Context, base *outcome) {
	if p.cfg.ProxyProtocol != "" {
		return
	}
	for _, version := range ProxyHeaders() {
		o := p.run(ctx, base, plan{name: diagnose.TryProxyProtocol, varied: "a PROXY protocol header (" + version + ") before TLS", offered: version,
			proxyHeader: version, quick: true, cred: nothing})[0]
		if o.ServerHello {
			return
		}
	}
}
