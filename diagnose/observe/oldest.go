package observe

import (
	"context"
	"crypto/tls"
	"slices"
	"time"

	"mutual/diagnose"
)

// SpeaksBelow reports whether the server agrees to a TLS version below the
// one given, and to which. It makes one connection, with no certificate, and
// asks nothing over it. The address is host:port, as Target.Address has it.
func SpeaksBelow(ctx context.Context, cfg ProbeConfig, address string, version uint16) (agreed string, yes bool) {
	if version <= tls.VersionTLS10 {
		return "", false
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	name := cfg.ServerName
	if name == "" {
		name = cfg.Host
	}
	p := &prober{cfg: cfg, serverName: name, given: nothing}
	var suites []uint16
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		suites = append(suites, s.ID)
	}
	o := p.attempt(ctx, plan{name: "old-tls", address: address, min: tls.VersionTLS10, max: version - 1, suites: suites, noALPN: true, quick: true, cred: nothing})
	if o.FailedAt == diagnose.AtConnect || !o.ServerHello {
		return "", false
	}
	return o.TLSVersion, true
}
