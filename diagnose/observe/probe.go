// Package observe watches one TLS connection, from either end, and records
// what it saw as facts.
package observe

import (
	"cmp"
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
	"mutual/diagnose/wire"
)

// ProbeConfig is what a client probes with.
type ProbeConfig struct {
	Host string
	Port int
	// Path is what is asked for over HTTP; "" is "/".
	Path string
	// ServerName is the name sent and demanded; "" is Host.
	ServerName string
	// ConnectTo is the host:port dialled instead of Host and Port.
	ConnectTo string
	Proxy     *url.URL // nil: none
	StartTLS  string   // "": TLS from the first byte
	// ProxyProtocol is the version of the PROXY protocol whose header is sent
	// before anything else; "": none.
	ProxyProtocol string

	// Identity is the client's certificate and key; the zero value: none.
	Identity tls.Certificate

	ALPN       []string // nil: what a client of the protocol offers
	MinVersion uint16   // 0: TLS 1.2
	MaxVersion uint16   // 0: the newest
	Timeout    time.Duration
	// Active allows attempts that look like an attack in the server's log.
	Active bool
	// Protocol is spoken inside TLS, once the handshake is done, to see whether
	// the server takes the client: a name that package starttls knows, or
	// NoProtocol. "": by StartTLS, ALPN and port, and by what the server says.
	Protocol string
	// Quick leaves out what a healthy connection does not need: the attempt
	// without a certificate, and the other addresses.
	Quick bool

	// Known is what is known beforehand: files, identity, trust. Probe
	// completes a copy.
	Known diagnose.Facts
	// Progress, where it is set, is told what is being done.
	Progress func(string)
	Now      func() time.Time // nil: time.Now
}

// prober is one probe under way.
type prober struct {
	cfg        ProbeConfig
	serverName string
	given      *credential
	addresses  []string
	sessions   *sessionStore // of the base attempt; nil: it is not asked for a second connection
	corrected  string        // the protocol that the server has shown to speak
	ownALPN    bool          // nobody has asked for what is offered by ALPN

	mu       sync.Mutex // guards attempts
	attempts []diagnose.Attempt
}

func (p *prober) now() time.Time {
	if p.cfg.Now != nil {
		return p.cfg.Now()
	}
	return time.Now()
}

func (p *prober) say(what string) {
	if p.cfg.Progress != nil {
		p.cfg.Progress(what)
	}
}

// Probe connects as the user's own client would and records what happens. It
// returns facts and no error: a failed connection is a result. Where the
// connection as configured leaves open why it failed, it makes further
// attempts that vary one thing each; all of them end by cfg.Timeout.
func Probe(ctx context.Context, cfg ProbeConfig) *diagnose.Facts {
	return look(ctx, cfg, func(ctx context.Context, p *prober, facts *diagnose.Facts, base *outcome) {
		p.explore(ctx, facts, base)
	})
}

// look makes the first attempt, and whatever more there is to be tried.
func look(ctx context.Context, cfg ProbeConfig, more func(context.Context, *prober, *diagnose.Facts, *outcome)) *diagnose.Facts {
	if cfg.Timeout == 0 {
		cfg.Timeout = 10 * time.Second
	}
	p := newProber(cfg)
	if len(cfg.Identity.Certificate) > 0 {
		p.given = &credential{kind: "given", cert: cfg.Identity}
	}
	facts := cfg.Known
	facts.View = diagnose.SeenByClient
	if facts.Time.IsZero() {
		facts.Time = p.now().UTC()
	}
	facts.Target = diagnose.Target{Host: cfg.Host, Port: cfg.Port, ServerName: p.serverName, StartTLS: cfg.StartTLS, ProxyProtocol: cfg.ProxyProtocol, URL: cfg.Path}
	if cfg.Proxy != nil {
		facts.Target.Proxy = withoutSecrets(cfg.Proxy)
	}
	facts.Attempts, facts.Handshake = []diagnose.Attempt{}, []diagnose.Message{}
	facts.Chains = diagnose.Chains{Server: []*diagnose.Certificate{}, Client: []*diagnose.Certificate{}}

	ctx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	base := p.understand(ctx, p.first(ctx))
	p.record(&facts, base)
	more(ctx, p, &facts, base)
	facts.Attempts = p.attempts
	if len(p.addresses) > 1 {
		facts.Target.Addresses = p.addresses
	}
	facts.Trust = completeTrust(facts.Trust, facts.Chains.Server, facts.Time, p.serverName)
	return &facts
}

func newProber(cfg ProbeConfig) *prober {
	p := &prober{cfg: cfg, serverName: cmp.Or(cfg.ServerName, cfg.Host), given: nothing}
	if p.cfg.ALPN == nil && p.cfg.StartTLS == "" {
		p.ownALPN = true
		p.cfg.ALPN = defaultALPN(p.protocol(""))
	}
	return p
}

// first makes the base attempt, at the first address that takes a connection.
func (p *prober) first(ctx context.Context) *outcome {
	base := plan{name: "strict", timeout: p.baseTimeout()}
	addresses, err := p.resolve(ctx)
	if err != nil {
		o := &outcome{started: p.now()}
		o.Name = base.name
		o.FailedAt, o.Network, o.Error = diagnose.AtResolve, networkFault(err), clean(err.Error())
		return o
	}
	p.addresses = addresses
	var o *outcome
	for i, address := range addresses {
		base.address = address
		p.keepSession(&base)
		if len(addresses)-i > 1 {
			base.timeout = p.baseTimeout() / 2 // leave time for the next address
		} else {
			base.timeout = p.baseTimeout()
		}
		o = p.attempt(ctx, base)
		if o.FailedAt != diagnose.AtConnect {
			break
		}
	}
	return o
}

// keepSession has an attempt keep its session for a second connection.
func (p *prober) keepSession(pl *plan) {
	if !p.cfg.Quick {
		p.sessions = newSessions()
		pl.sessions = p.sessions
	}
}

// baseTimeout leaves the last part of the time for experiments.
func (p *prober) baseTimeout() time.Duration { return p.cfg.Timeout * 6 / 10 }

// resolve returns the addresses to connect to, as host:port, in the order in
// which they are tried. A proxy resolves names itself.
func (p *prober) resolve(ctx context.Context) ([]string, error) {
	host, port := p.cfg.Host, portText(p.cfg.Port)
	if p.cfg.ConnectTo != "" {
		h, prt, err := net.SplitHostPort(p.cfg.ConnectTo)
		if err != nil {
			h, prt = p.cfg.ConnectTo, port
		}
		if h != "" {
			host = h
		}
		if prt != "" {
			port = prt
		}
	}
	if _, err := netip.ParseAddr(host); err == nil || p.cfg.Proxy != nil {
		return []string{net.JoinHostPort(host, port)}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.baseTimeout())
	defer cancel()
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	var addresses []string
	for _, a := range found {
		address := net.JoinHostPort(a.Unmap().String(), port)
		if !slices.Contains(addresses, address) {
			addresses = append(addresses, address)
		}
	}
	return addresses, nil
}

// record fills the facts from the base attempt.
func (p *prober) record(facts *diagnose.Facts, o *outcome) {
	facts.Target.Address = o.Address
	if e := o.proxyFault; e != nil {
		facts.Proxy = &diagnose.Proxy{Status: e.Status, Reason: clean(e.Reason), Reached: e.Reached, AuthRequired: e.AuthRequired, TargetFault: e.TargetFault}
	}
	if o.transcript == nil {
		return
	}
	t := o.transcript
	for _, der := range t.PeerCertificates(wire.Server) {
		facts.Chains.Server = append(facts.Chains.Server, chain.NewCertificate(der))
	}
	for _, der := range t.PeerCertificates(wire.Client) {
		facts.Chains.Client = append(facts.Chains.Client, chain.NewCertificate(der))
	}
	if o.ServerHello {
		facts.Connection = &diagnose.Connection{
			TLSVersion: o.TLSVersion, CipherSuite: o.CipherSuite, Group: o.Group, ALPN: o.ALPN,
			OCSPStaple: o.staple, Millis: o.Millis,
		}
		facts.ClientAuth = clientAuth(o)
	}
	if h := t.ClientHello(); h != nil {
		offered := helloRead(h)
		facts.Hello = &offered
	}
	facts.HTTP, facts.Application = o.http, o.app
	p.draw(facts, o)
}

// draw adds an attempt's messages to the handshake that --trace shows.
func (p *prober) draw(facts *diagnose.Facts, o *outcome) {
	if o.transcript == nil {
		return
	}
	for _, e := range o.transcript.Events {
		facts.Handshake = append(facts.Handshake, diagnose.Message{
			Attempt: o.Name, Millis: millis(e.At), From: diagnose.Side(e.From),
			Message: e.Message, Detail: e.Detail, Bytes: e.Bytes, Encrypted: e.Encrypted,
		})
	}
}

// clientAuth says how the server asked, and how it judged.
func clientAuth(o *outcome) *diagnose.ClientAuth {
	a := &diagnose.ClientAuth{Requested: o.CertRequested, Policy: cause.PolicyUnknown, Verdict: cause.VerdictUnknown, AcceptableCAs: []string{}, SignatureSchemes: []string{}}
	t := o.transcript
	if cr := t.CertificateRequest(); cr != nil {
		a.Requested = true
	}
	if !a.Requested {
		if o.worked() {
			a.Policy = cause.PolicyNone
		}
		return a
	}
	a.Late, a.Objection, a.SignFailed = o.late, o.objection, o.signFailed
	if r := o.request; r != nil {
		for _, ca := range r.AcceptableCAs {
			a.AcceptableCAs = append(a.AcceptableCAs, chain.DN(ca))
			a.AcceptableCAsDER = append(a.AcceptableCAsDER, ca)
		}
		for _, s := range r.SignatureSchemes {
			a.SignatureSchemes = append(a.SignatureSchemes, wire.SignatureSchemeName(uint16(s)))
		}
	}
	a.Presented = o.Sent != "none" && (len(t.PeerCertificates(wire.Client)) > 0 || o.late)
	a.Verdict, a.Established = verdictOn(o), o.Established
	if o.Sent == "none" && a.Verdict == cause.VerdictAccepted && o.Established != cause.RefusedOtherwise {
		a.Policy = cause.PolicyOptional
	}
	return a
}

// verdictOn is the server's judgement of the client as the attempt shows it.
// Only the application's answer accepts: neither a session ticket nor the end
// of a TLS 1.2 handshake does.
func verdictOn(o *outcome) cause.Verdict {
	alerted := o.Alert != nil && o.Alert.From == diagnose.ServerSide
	switch {
	case o.Says.Refuses(), o.FailedAt == diagnose.AtVerdict:
		return cause.VerdictRejected
	case o.FailedAt == diagnose.AtHandshake && (alerted || o.Closed != "") && o.Refused == "":
		return cause.VerdictRejected
	case o.FailedAt == "" && o.Established.ByApplication():
		return cause.VerdictAccepted
	}
	return cause.VerdictUnknown
}

func portText(port int) string { return strconv.Itoa(port) }
