package observe

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/wire"
)

// explore makes the attempts that answer what the base attempt left open. Each
// varies one thing; those of one question run side by side.
func (p *prober) explore(ctx context.Context, facts *diagnose.Facts, base *outcome) {
	switch base.FailedAt {
	case diagnose.AtResolve, diagnose.AtConnect, diagnose.AtProxy:
		return
	case diagnose.AtStartTLS:
		p.say("trying TLS without the STARTTLS preamble")
		p.run(ctx, base, plan{name: diagnose.TryNoStartTLS, varied: "TLS from the first byte", startTLS: "none", quick: true, cred: nothing})
	case diagnose.AtHello:
		p.exploreHello(ctx, base)
	case diagnose.AtHandshake, diagnose.AtVerdict, diagnose.AtHTTP:
		p.exploreClient(ctx, facts, base)
	default:
		p.exploreAccepted(ctx, facts, base)
	}
	p.exploreAddresses(ctx, base)
}

// run makes attempts side by side and adds them to the list in the given
// order. It returns their outcomes in the same order.
func (p *prober) run(ctx context.Context, base *outcome, plans ...plan) []*outcome {
	outcomes := make([]*outcome, len(plans))
	var all sync.WaitGroup
	for i, pl := range plans {
		if pl.address == "" {
			pl.address = base.Address
		}
		if pl.timeout == 0 {
			pl.timeout = p.stepTimeout(base)
		}
		all.Go(func() { outcomes[i] = p.attempt(ctx, pl) })
	}
	all.Wait()
	for _, o := range outcomes {
		o.Told = told(&o.Attempt)
		p.attempts = append(p.attempts, o.Attempt)
	}
	return outcomes
}

// stepTimeout is how long an experiment may take: several times what the base
// attempt needed, so that a slow network is not taken for a silent server.
func (p *prober) stepTimeout(base *outcome) time.Duration {
	took := time.Duration(base.Millis * float64(time.Millisecond))
	return min(max(10*took, 2*time.Second), p.cfg.Timeout*35/100)
}

// exploreHello asks why no ServerHello came.
func (p *prober) exploreHello(ctx context.Context, base *outcome) {
	quick := func(name, varied string, change func(*plan)) plan {
		pl := plan{name: name, varied: varied, quick: true, cred: nothing}
		if change != nil {
			change(&pl)
		}
		return pl
	}
	name := func(n string) func(*plan) { return func(pl *plan) { pl.serverName = &n; pl.offered = n } }
	version := func(v uint16) func(*plan) {
		return func(pl *plan) { pl.min, pl.max, pl.offered = v, v, wire.VersionName(v) }
	}

	if base.Protocol != "" || base.FirstBytes != "" {
		p.say("the answer is not TLS: asking which protocol it is")
		p.explorePlain(ctx, base)
		return
	}
	var plans []plan
	sni := p.serverName != "" && net.ParseIP(p.serverName) == nil
	alert := 0
	if base.Alert != nil {
		alert = base.Alert.Code
	}
	if alert == 120 || len(p.cfg.ALPN) > 0 && alert != 112 && alert != 70 {
		plans = append(plans, quick(diagnose.TryNoALPN, "no ALPN", func(pl *plan) { pl.noALPN = true }))
	}
	if alert == 120 {
		for _, proto := range []string{"h2", "http/1.1"} {
			plans = append(plans, quick(diagnose.TryALPN, "ALPN "+proto+" only", func(pl *plan) { pl.alpn, pl.offered = []string{proto}, proto }))
		}
	}
	if sni && alert != 70 && alert != 120 {
		plans = append(plans, quick(diagnose.TryNoSNI, "no server name (SNI)", name("")))
	}
	if alert != 70 && alert != 120 {
		plans = append(plans, quick(diagnose.TryOtherSNI, "a server name that nobody has", name(nobody)))
	}
	if alert != 112 && alert != 120 {
		plans = append(plans,
			quick(diagnose.TryTLS12, "TLS 1.2 only", version(tls.VersionTLS12)),
			quick(diagnose.TryTLS13, "TLS 1.3 only", version(tls.VersionTLS13)))
		plans = append(plans, quick(diagnose.TryClassicGroups, "without the post-quantum key share", func(pl *plan) {
			pl.groups = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
		}))
	}
	p.say("no answer to the handshake: varying version, name, groups and suites")
	// A server that hangs up without a word is asked in other languages too.
	var all sync.WaitGroup
	mute := base.Alert == nil
	if mute {
		p.exploreHeader(ctx, base)
		all.Go(func() { p.explorePlain(ctx, base) })
	}
	var built []diagnose.Attempt
	if alert != 112 && alert != 120 {
		all.Go(func() { built = p.exploreBuilt(ctx, base) })
	}
	outcomes := make([]*outcome, len(plans))
	for i, pl := range plans {
		pl.address, pl.timeout = base.Address, p.stepTimeout(base)
		all.Go(func() { outcomes[i] = p.attempt(ctx, pl) })
	}
	all.Wait()
	for _, o := range outcomes {
		o.Told = told(&o.Attempt)
		p.attempts = append(p.attempts, o.Attempt)
	}
	p.attempts = append(p.attempts, built...)
}

// nobody is a server name that no server has (RFC 2606).
const nobody = "mutual-probe.invalid"

// explorePlain speaks to the port without TLS: it sends nothing, an HTTP
// request, the first words of protocols in which the client speaks first, and
// the greetings of those that upgrade to TLS.
func (p *prober) explorePlain(ctx context.Context, base *outcome) {
	var found [4]diagnose.Attempt
	var all sync.WaitGroup
	if base.Protocol == "" {
		all.Go(func() { found[0] = p.sendNothing(ctx, base) })
	}
	if base.Protocol == "" && base.FirstBytes == "" {
		all.Go(func() { found[1] = p.plainHTTP(ctx, base) })
	}
	if base.Protocol == "" && base.FirstBytes == "" {
		all.Go(func() { found[3] = p.plainProtocols(ctx, base) })
	}
	if base.Protocol != "http" {
		all.Go(func() { found[2] = p.offersStartTLS(ctx, base) })
	}
	all.Wait()
	for _, a := range found {
		if a.Name != "" {
			p.mu.Lock()
			p.attempts = append(p.attempts, a)
			p.mu.Unlock()
		}
	}
}

// exploreClient asks what it is that the server does not like about the
// client.
func (p *prober) exploreClient(ctx context.Context, facts *diagnose.Facts, base *outcome) {
	if base.Refused != "" || !base.CertRequested && !p.httpRefuses(base) {
		if base.Refused == cause.RefusedServerKeyType || base.Refused == cause.RefusedSelection || base.Refused == cause.RefusedVersion {
			p.attempts = append(p.attempts, p.exploreBuilt(ctx, base)...)
		}
		return
	}
	var plans []plan
	if base.Sent == "given" {
		p.say("the server refuses the certificate: comparing with other answers")
		plans = append(plans, plan{name: diagnose.TryNoCertificate, varied: "no client certificate", cred: nothing})
		plans = append(plans, p.chainPlans(facts)...)
		if p.cfg.Active {
			plans = append(plans, p.activePlans(base)...)
		}
	}
	outcomes := p.run(ctx, base, plans...)
	if len(outcomes) > 0 && facts.ClientAuth != nil {
		facts.ClientAuth.Policy = policy(outcomes[0], base)
	} else if facts.ClientAuth != nil && base.Sent == "none" && facts.ClientAuth.Verdict == cause.VerdictRejected {
		facts.ClientAuth.Policy = cause.PolicyRequired
	}
}

// chainPlans vary how much of its chain the client sends.
func (p *prober) chainPlans(facts *diagnose.Facts) []plan {
	var plans []plan
	own := p.cfg.Identity
	if len(own.Certificate) > 1 {
		leaf := own
		leaf.Certificate = own.Certificate[:1]
		plans = append(plans, plan{name: diagnose.TryLeafOnly, varied: "the client's certificate without its intermediates", cred: &credential{"leaf", leaf}})
	}
	if more := completion(facts); len(more) > 0 {
		full := own
		full.Certificate = slices.Concat(own.Certificate, more)
		plans = append(plans, plan{name: diagnose.TryFullChain, varied: "the client's certificate with the intermediates found beside it", cred: &credential{"chain", full}})
	}
	return plans
}

// completion returns the certificates, found beside the user's files or in the
// server's own chain, that continue the client's chain up to but without a
// self-signed root.
func completion(facts *diagnose.Facts) [][]byte {
	if len(facts.Identity) == 0 {
		return nil
	}
	var more [][]byte
	pool := slices.Concat(facts.Known, facts.Chains.Server)
	sent := facts.Identity
	last := sent[0]
	for range len(sent) + 8 {
		if last.X509() == nil || last.SelfIssued() {
			break
		}
		issued := func(ca *diagnose.Certificate) bool {
			return ca.X509() != nil && string(ca.X509().RawSubject) == string(last.X509().RawIssuer) && last.X509().CheckSignatureFrom(ca.X509()) == nil
		}
		if i := slices.IndexFunc(sent, issued); i >= 0 {
			last = sent[i]
			continue
		}
		i := slices.IndexFunc(pool, func(ca *diagnose.Certificate) bool { return !ca.SelfIssued() && issued(ca) })
		if i < 0 {
			break
		}
		last = pool[i]
		more = append(more, last.DER())
	}
	return more
}

// exploreAccepted asks, of a connection that works, whether the certificate
// was what let it in, and looks behind a name that does not match.
func (p *prober) exploreAccepted(ctx context.Context, facts *diagnose.Facts, base *outcome) {
	var plans []plan
	auth := facts.ClientAuth
	presented := auth != nil && auth.Presented
	p.exploreUnsaid(ctx, facts, base)
	if presented && !p.cfg.Quick {
		plans = append(plans, plan{name: diagnose.TryNoCertificate, varied: "no client certificate", cred: nothing})
	}
	if base.http != nil && base.http.Status >= 400 && !base.CertRequested && base.TLSVersion == "1.3" && p.cfg.MinVersion <= tls.VersionTLS12 {
		plans = append(plans, plan{name: diagnose.TryTLS12, varied: "TLS 1.2 only", min: tls.VersionTLS12, max: tls.VersionTLS12, offered: "1.2"})
	}
	if presented && auth.Verdict == cause.VerdictRejected {
		plans = append(plans, p.chainPlans(facts)...)
		if p.cfg.Active {
			plans = append(plans, p.activePlans(base)...)
		}
	}
	if p.httpRefuses(base) && base.http.Status != 404 && net.ParseIP(p.serverName) != nil && len(facts.Chains.Server) > 0 && len(facts.Chains.Server[0].DNSNames) > 0 {
		name := strings.Replace(facts.Chains.Server[0].DNSNames[0], "*", "www", 1)
		plans = append(plans, plan{name: diagnose.TryOwnName, varied: "the name " + name + " of the server's certificate (SNI)", offered: name, serverName: &name})
	}
	if p.given != nothing && !base.CertRequested {
		plans = append(plans, p.namePlans(facts)...)
	}
	if len(facts.Chains.Server) > 0 && p.serverName != "" && net.ParseIP(p.serverName) == nil {
		if leaf := facts.Chains.Server[0].X509(); leaf != nil && leaf.VerifyHostname(p.serverName) != nil {
			none, other := "", nobody
			plans = append(plans,
				plan{name: diagnose.TryNoSNI, varied: "no server name (SNI)", serverName: &none, quick: true, cred: nothing},
				plan{name: diagnose.TryOtherSNI, varied: "a server name that nobody has", serverName: &other, offered: other, quick: true, cred: nothing})
		}
	}
	outcomes := p.run(ctx, base, plans...)
	if !p.cfg.Quick && base.CertRequested && base.Established.ByApplication() && auth.Verdict != cause.VerdictRejected {
		p.attempts = append(p.attempts, p.resumption(ctx, base)...)
	}
	if presented && len(plans) > 0 && plans[0].name == diagnose.TryNoCertificate {
		auth.Policy = policy(outcomes[0], base)
	}
}

// namePlans ask, under the other names of the server's certificate, whether the
// virtual host of that name wants a client certificate, which this one does not.
func (p *prober) namePlans(facts *diagnose.Facts) []plan {
	var plans []plan
	if len(facts.Chains.Server) == 0 {
		return nil
	}
	for _, name := range facts.Chains.Server[0].DNSNames {
		name = strings.Replace(name, "*", "www", 1)
		taken := slices.ContainsFunc(plans, func(pl plan) bool { return pl.offered == name })
		if taken || strings.EqualFold(name, p.serverName) || len(plans) == maxNames {
			continue
		}
		plans = append(plans, plan{name: diagnose.TryOwnName, varied: "the name " + name + " of the server's certificate (SNI)",
			offered: name, serverName: &name, quick: true, cred: nothing})
	}
	return plans
}

// maxNames is how many other names of the server's certificate are tried.
const maxNames = 4

// exploreUnsaid asks, where a server that asked for a certificate answered 400,
// whether it does so whatever is asked for, which is nginx's way to refuse with
// an error page of one's own.
func (p *prober) exploreUnsaid(ctx context.Context, facts *diagnose.Facts, base *outcome) {
	auth := facts.ClientAuth
	if auth == nil || !auth.Requested {
		return
	}
	suspect := base.Sent == "none" || base.objection == cause.ObjectionIssuer || !diagnose.Judge(facts).Chain(diagnose.ClientSide).Sound()
	if suspect && base.http != nil && base.http.Status == 400 && base.http.Says == "" {
		o := p.run(ctx, base, plan{name: diagnose.TryOtherPath, varied: "a path that no server has", path: "/mutual-probe-no-such-path"})[0]
		if o.http != nil && o.http.Status == 400 && o.http.Body == base.http.Body {
			base.http.Says = cause.SaysCertificateBad
			if base.Sent == "none" {
				base.http.Says = cause.SaysCertificateMissing
			}
			base.Says, base.Established = base.http.Says, cause.HandshakeOnly
			p.attempts[0].Says, p.attempts[0].Established = base.Says, base.Established
			auth.Verdict, auth.Established = verdictOn(base), base.Established
		}
	}
}

// policy is what an attempt without a certificate says of the server's. That
// the certificate is optional takes an answer of the application that lets such
// a client in as far as the one with a certificate.
func policy(o, base *outcome) cause.Policy {
	switch {
	case !o.CertRequested:
		return cause.PolicyUnknown
	case verdictOn(o) == cause.VerdictRejected, o.hungUp && base.Established.ByApplication():
		return cause.PolicyRequired
	case o.FailedAt == "" && o.Established.AsFarAs(cmp.Or(base.Established, cause.Answered)) && o.Established != cause.RefusedOtherwise && sameWelcome(o, base):
		return cause.PolicyOptional
	}
	return cause.PolicyUnknown
}

// sameWelcome reports whether two answers over HTTP, where there are any, let
// in alike.
func sameWelcome(o, base *outcome) bool {
	return o.http == nil || base.http == nil || sameAnswer(o.http, base.http)
}

func (p *prober) httpRefuses(o *outcome) bool { return o.http != nil && o.http.Status >= 400 }

// exploreAddresses tries the other addresses of the name, for one bad backend
// behind it. On loopback there is one machine, and nothing to compare.
func (p *prober) exploreAddresses(ctx context.Context, base *outcome) {
	if p.cfg.Quick || len(p.addresses) < 2 || p.cfg.Proxy != nil {
		return
	}
	var plans []plan
	for _, address := range p.addresses {
		host, _, _ := net.SplitHostPort(address)
		if address == base.Address || net.ParseIP(host).IsLoopback() || len(plans) == 8 {
			continue
		}
		plans = append(plans, plan{name: diagnose.TryAddress, varied: "the address " + address, address: address, quick: base.http == nil})
	}
	if len(plans) > 0 {
		p.say("trying the other addresses of " + p.cfg.Host)
		p.run(ctx, base, plans...)
	}
}

// told says in words what an attempt told.
func told(a *diagnose.Attempt) string {
	switch {
	case a.Alert != nil && a.FailedAt != "":
		who := "the server"
		if a.Alert.From == diagnose.ClientSide {
			who = "this client"
		}
		return fmt.Sprintf("%s sent alert %d %s", who, a.Alert.Code, a.Alert.Name)
	case a.FailedAt == diagnose.AtConnect:
		return "no connection: " + string(a.Network)
	case a.FailedAt == "" && a.HTTPStatus != 0:
		return fmt.Sprintf("HTTP %d", a.HTTPStatus)
	case a.FailedAt == "" && a.Says != "":
		return "the handshake was accepted, and the application refuses: " + string(a.Says)
	case a.FailedAt == "" && a.Established.ByApplication():
		return "the application answered, TLS " + a.TLSVersion
	case a.FailedAt == "" && a.TLSVersion != "":
		return "the handshake was accepted, TLS " + a.TLSVersion
	case a.Protocol != "":
		return "answered in " + a.Protocol
	case a.Closed == cause.ClosedEOF:
		return "the server closed the connection"
	case a.Closed == cause.ClosedReset:
		return "the connection was reset"
	case a.Closed == cause.ClosedTimeout:
		return "no answer in time"
	case a.FailedAt != "":
		return "failed at " + string(a.FailedAt)
	}
	return "worked"
}
