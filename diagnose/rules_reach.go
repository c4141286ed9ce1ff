package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"mutual/diagnose/cause"
)

var reachRules = []Rule{
	{
		Code: cause.DNSLookupFailed, Stage: Reach, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The name {host|that was given} has no address.",
		Why: "Before anything else, the name must be turned into an address. The resolver knows none, or could not be asked. " +
			"TLS has not been tried yet.",
		Fix: Steps{Say("Check the spelling of the name. The resolver's own answer:"), Run("getent hosts {host}"),
			Say("If the name is right but not published yet, name the address:"),
			Run("mutual probe {target} {trust} {identity} --connect-to <address>:{port}")},
		Refs: []string{"RFC 1034 §3.6"},
		Find: func(f *Examination) []Match {
			if f.base().FailedAt != AtResolve {
				return nil
			}
			m := Match{Evidence: []Evidence{{"attempts.0.network", string(f.base().Network), "an address"}, {"target.host", f.Target.Host, ""}}}
			if f.base().Network != cause.NetworkNotFound {
				m.Title = "The name {host} could not be looked up: the resolver does not answer."
				m.Fix = Steps{Say("Check the resolver of this machine (/etc/resolv.conf, VPN). What it says:"),
					Run("getent hosts {host}")}
			}
			return []Match{m}
		},
	},
	{
		Code: cause.ProxyConnectRejected, Stage: Reach, Side: NetworkSide, Severity: Error, Basis: Proven,
		Title: "The proxy {proxy|on the way} did not make the connection.",
		Why: "The connection goes through a proxy, and it is the proxy that ended it: the target has not seen it. " +
			"A proxy that wants a name and password answers 407, one that does not allow the port mostly 403.",
		Fix: Steps{Say("Go without the proxy:"), Run("mutual probe {target} {trust} {identity} --proxy none"),
			Say("Or have the proxy allow {host} on port {port|443}, and give its password in the URL " +
				"(http://<user>:<password>@<proxy>:<port>).")},
		Refs: []string{"RFC 9110 §9.3.6", "RFC 1928 §6"},
		Find: func(f *Examination) []Match {
			if f.base().FailedAt != AtProxy || f.Proxy == nil {
				return nil
			}
			p := f.Proxy
			m := Match{Vars: map[string]string{"proxy": f.Target.Proxy}, Evidence: []Evidence{{"target.proxy", f.Target.Proxy, ""}}}
			switch {
			case !p.Reached:
				m.Title = "The proxy {proxy} cannot be reached."
				m.Evidence = append(m.Evidence, Evidence{"proxy.reached", "false", "true"})
			case p.TargetFault:
				m.Title = "The proxy {proxy} works, and could not reach {host} itself."
				m.Evidence = append(m.Evidence, Evidence{"proxy.status", fmt.Sprint(p.Status), "200"})
			case p.AuthRequired:
				m.Title = "The proxy {proxy} wants a name and password."
				m.Evidence = append(m.Evidence, Evidence{"proxy.status", fmt.Sprint(p.Status), "200"})
			default:
				m.Title = "The proxy {proxy} refused to connect to {host}: {reason}."
				m.Vars["reason"] = p.Reason
				if p.Reason == "" {
					m.Title = "The proxy {proxy} does not answer as a proxy."
				}
				m.Evidence = append(m.Evidence, Evidence{"proxy.status", fmt.Sprint(p.Status), "200"})
			}
			return []Match{m}
		},
	},
	{
		Code: cause.TCPRefused, Stage: Reach, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "Nothing listens on {address|the port}.",
		Why: "The machine answered, and said that no program takes connections on this port, or a firewall said so in its name. " +
			"TLS has not been tried yet.",
		Fix: Steps{Say("Start the server, or correct the port. On the server, see what listens:"), Run("ss -ltn"),
			Say("A server that listens on 127.0.0.1 only cannot be reached from elsewhere.")},
		Refs: []string{"RFC 9293 §3.5.2"},
		Find: connectFault(cause.NetworkRefused, "a listening program"),
	},
	{
		Code: cause.TCPUnreachable, Stage: Reach, Side: NetworkSide, Severity: Error, Basis: Proven,
		Title: "{address|The address} cannot be reached.",
		Why: "No answer came to the request for a connection, or the network says that no way leads there: a firewall that drops packets, " +
			"a missing route or VPN, a wrong address, a machine that is down. TLS has not been tried yet.",
		Fix: Steps{Say("Check the address, and try the path:"), Run("nc -vz -w 5 {host} {port}"),
			Say("Then look at firewalls and security groups in between, and at the VPN.")},
		Refs: []string{"RFC 9293 §3.10.7"},
		Find: func(f *Examination) []Match {
			return append(connectFault(cause.NetworkTimeout, "an answer")(f), append(connectFault(cause.NetworkUnreachable, "a route")(f), connectFault(cause.NetworkReset, "a connection")(f)...)...)
		},
	},
	{
		Code: cause.StartTLSRequired, Stage: Reach, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "This port speaks {protocol|a protocol of its own}, and starts TLS only when asked to in {protocol|it}.",
		Why: "Databases, mail and directory servers take a plain greeting first and switch to TLS by a command of their own (STARTTLS, SSLRequest). " +
			"A ClientHello as the first word means nothing to them: they hang up or answer in their own language.",
		Fix: Steps{Say("Ask for it in the protocol:"),
			Run("mutual probe {target} {trust} {identity} --starttls {protocol}")},
		Refs: []string{"RFC 3207", "RFC 2595", "RFC 4511 §4.14", "PostgreSQL Frontend/Backend Protocol §SSL Session Encryption"},
		Find: func(f *Examination) []Match {
			a, i := f.attempt(TryStartTLS)
			if i < 0 || f.base().FailedAt != AtHello || a.Protocol == "" || a.FailedAt != "" {
				return nil
			}
			return []Match{{Vars: map[string]string{"protocol": a.Protocol},
				Evidence: []Evidence{{path("attempts", i, "protocol"), a.Protocol, "TLS"}, {"attempts.0.failed_at", string(f.base().FailedAt), ""}}}}
		},
	},
	{
		Code: cause.TLSRequiredByServer, Stage: Reach, Side: ClientSide, Severity: Error, Basis: Proven, Found: ByOthers,
		Title: "The server refuses connections without TLS.",
		Why:   "The server speaks a protocol that knows connections with and without TLS, and takes only those with it.",
		Fix:   Steps{Say("Turn TLS on in the client: sslmode=verify-full (PostgreSQL), --ssl-mode=VERIFY_IDENTITY (MySQL).")},
		Refs:  []string{"PostgreSQL documentation §20.1 (pg_hba.conf, hostssl)"},
	},
	{
		Code: cause.NotTLSHTTP, Stage: Reach, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "This port speaks plain HTTP, not TLS.",
		Why: "The answer to the TLS greeting was HTTP in clear text. Other programs say \"wrong version number\" or " +
			"\"record too long\", because they read the letters HTTP as a TLS header.",
		Fix: Steps{Say("Use the port that speaks https, or turn TLS on for this one:"), Edit("nginx", "listen <port> ssl;"),
			Edit("Apache", "SSLEngine on"), Say("To talk to it as it is:"), Run("curl http://{hostport|host:port}/")},
		Refs: []string{"RFC 8446 §5.1", "RFC 9112 §2.1"},
		Find: func(f *Examination) []Match {
			vars := map[string]string{"hostport": hostPort(f.Target.Host, f.Target.Port)}
			if f.base().FailedAt != AtHello {
				return nil
			}
			for i, a := range f.Attempts {
				// Many TLS servers answer plain HTTP in kind, with 400.
				if a.Protocol == "http" && (i == 0 || (a.Name == TryPlainHTTP || a.Name == TryNothing) && !answeredHello(f)) {
					return []Match{{Vars: vars, Evidence: []Evidence{{path("attempts", i, "first_bytes"), a.FirstBytes, "a TLS record"}}}}
				}
			}
			return nil
		},
	},
	{
		Code: cause.NotTLSOtherProtocol, Stage: Reach, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "This port does not speak TLS[, it speaks {protocol}].",
		Why:   "What the server sent is no TLS record. By its first bytes it is another protocol, or TLS is expected only later in the conversation.",
		Fix: Steps{Say("Check the port. If the protocol can switch to TLS, name it with --starttls:"),
			Run("mutual probe {target} {trust} {identity} --starttls <protocol>")},
		Refs:  []string{"RFC 8446 §5.1"},
		Under: []Code{cause.StartTLSRequired, cause.NotTLSHTTP},
		Find: func(f *Examination) []Match {
			if at := f.base().FailedAt; at == AtStartTLS {
				return startTLSFault(f)
			} else if at != AtHello {
				return nil
			}
			for i, a := range f.Attempts {
				if a.FirstBytes != "" && a.Protocol != "http" && (i == 0 || (a.Name == TryNothing || a.Name == TryPlainHTTP || a.Name == TryPlain) && !answeredHello(f)) && a.Protocol != "tls" {
					what := a.Protocol
					if what == "" {
						what = "something else"
					}
					return []Match{{Vars: map[string]string{"protocol": what}, Evidence: []Evidence{{path("attempts", i, "first_bytes"), a.FirstBytes, "a TLS record"}}}}
				}
			}
			return nil
		},
	},
	{
		Code: cause.ClientHelloSizeIntolerant, Stage: Reach, Side: NetworkSide, Severity: Error, Basis: Proven,
		Title: "Something on the way cannot take a large ClientHello: without the post-quantum key share it works.",
		Why: "Modern clients offer a post-quantum key share (X25519MLKEM768), which makes their first message larger than one packet. " +
			"Some servers, load balancers and firewalls read only the first packet, and drop or break off the connection.",
		Fix: Steps{Say("Update the server, or the box in front of it. Until then, on the client, leave that key share out:"),
			Edit("Go", "CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256},"),
			Edit("Node.js", "ecdhCurve: 'X25519:P-256',"),
			Say("With curl:"), Run("curl --curves X25519:P-256 https://{hostport|host:port}/")},
		Refs: []string{"RFC 8446 §4.2.8", "tldr.fail"},
		Find: func(f *Examination) []Match {
			b := f.base()
			a, i := f.attempt(TryClassicGroups)
			if i < 0 || b.FailedAt != AtHello || b.Alert != nil || !a.ServerHello || a.FailedAt == AtHello {
				return nil
			}
			// Another attempt with the large share that works shows it is not the size.
			for _, o := range f.Attempts[1:] {
				if o.ServerHello && (o.Name == TryTLS13 || o.Name == TryNoSNI || o.Name == TryOtherSNI || o.Name == TryNoALPN) {
					return nil
				}
			}
			return []Match{{Evidence: []Evidence{{path("attempts", i, "server_hello"), "true", ""}, {"attempts.0.server_hello", "false", "true"}}}}
		},
	},
	{
		Code: cause.PeerClosedOnAccept, Stage: Reach, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The port is open, but whatever listens hangs up at once, before anything is sent.",
		Why: "The connection is taken and ended without a word. So it is not TLS that fails: a load balancer without a healthy backend, " +
			"a port forward to nowhere, or a list of allowed addresses behaves like this.",
		Fix: Steps{Say("On the server's side, look at the load balancer's backends and health checks, and at address " +
			"lists (allow, deny). " +
			"From the server itself:"), Run("mutual probe localhost:{port} --servername {host}")},
		Refs:  []string{"RFC 9293 §3.6"},
		Under: []Code{cause.ProxyProtocolRequired, cause.StartTLSRequired, cause.NotTLSHTTP, cause.NotTLSOtherProtocol},
		Find: func(f *Examination) []Match {
			a, i := f.attempt(TryNothing)
			if i < 0 || f.base().FailedAt != AtHello || f.base().Closed == cause.ClosedTimeout || f.base().Alert != nil || a.Received > 0 || a.Closed != cause.ClosedEOF && a.Closed != cause.ClosedReset || answeredHello(f) {
				return nil
			}
			return []Match{{Evidence: []Evidence{{path("attempts", i, "closed"), string(a.Closed), "a connection that waits"}, {path("attempts", i, "received"), "0", ""}}}}
		},
	},
	{
		Code: cause.PeerSilentAfterHello, Stage: Reach, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server takes the connection and then says nothing.",
		Why: "The TLS greeting was sent, and no answer came in time. A server that is overloaded or stuck behaves like this, " +
			"a firewall that drops larger packets, or a protocol in which the server waits for something else.",
		Fix: Steps{Say("See in the server's log whether the connection arrives at all. Try once more with more time " +
			"(--timeout 30s), " +
			"also from the server itself.")},
		Refs:  []string{"RFC 8446 §2"},
		Under: []Code{cause.ProxyProtocolRequired, cause.StartTLSRequired, cause.NotTLSHTTP, cause.NotTLSOtherProtocol, cause.ClientHelloSizeIntolerant, cause.SNIUnrecognized, cause.SNIMissing, cause.TLSVersionNoOverlap},
		Find: func(f *Examination) []Match {
			b := f.base()
			if (b.FailedAt == AtHello || b.FailedAt == AtHandshake) && b.Alert == nil && b.Closed == cause.ClosedTimeout {
				m := Match{Evidence: []Evidence{{"attempts.0.closed", string(b.Closed), "a ServerHello"}, {"attempts.0.received", fmt.Sprint(b.Received), ""}}}
				if b.Received > 0 {
					m.Title = "The server began to answer and then fell silent, in the middle of the handshake."
				}
				return []Match{m}
			}
			return nil
		},
	},
	{
		Code: cause.PeerResetAfterHello, Stage: Reach, Side: ServerSide, Severity: Error, Basis: Inferred,
		Title: "The server ended the connection on seeing the TLS greeting, without saying why.",
		Why: "TLS has alerts to say what is wrong; this peer gave none. A filter on server names does that, a port whose protocol starts otherwise, " +
			"a box that cannot take the greeting, or a TLS server that hides its reasons.",
		Fix: Steps{Say("Read the server's log of this moment. Try the name and version that the server is known to take:"),
			Run("mutual probe {target} {trust} {identity} --servername <name> --tls-max 1.2")},
		Refs: []string{"RFC 8446 §6.2"},
		Under: []Code{cause.ProxyProtocolRequired, cause.StartTLSRequired, cause.NotTLSHTTP, cause.NotTLSOtherProtocol, cause.PeerClosedOnAccept, cause.ClientHelloSizeIntolerant,
			cause.SNIUnrecognized, cause.SNIMissing, cause.TLSVersionNoOverlap, cause.CipherNoOverlap, cause.GroupNoOverlap, cause.ALPNNoOverlap},
		Find: func(f *Examination) []Match {
			b := f.base()
			if b.FailedAt != AtHello || b.Alert != nil || b.Closed != cause.ClosedEOF && b.Closed != cause.ClosedReset || b.Received > 0 {
				return nil
			}
			sni := Code(cause.SNIUnrecognized)
			if f.Hello != nil && f.Hello.ServerName == "" {
				sni = cause.SNIMissing
			}
			return []Match{{Evidence: []Evidence{{"attempts.0.closed", string(b.Closed), "a ServerHello or an alert"}},
				Candidates: []Code{sni, cause.StartTLSRequired, cause.TLSVersionNoOverlap},
				Settle:     "the server's log at this moment; or --servername with a name that the server serves, --tls-max 1.2, --starttls PROTOCOL"}}
		},
	},
	{
		Code: cause.HandshakeMessageOversized, Stage: Reach, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server announces a handshake message larger than any sane one, and the connection was ended for it.",
		Why: "Handshake messages are a few kilobytes. TLS libraries stop at a limit (Go at 64 KiB, at 256 KiB for certificates), for a message without end " +
			"would fill the memory. A server that sends hundreds of certificates does this by mistake, a hostile one on " +
			"purpose; a port that speaks something else may look so.",
		Fix: Steps{Say("On the server, keep leaf and intermediates in the certificate file, and nothing else. How many it " +
			"holds:"),
			Run("grep -c BEGIN <server-certificate>")},
		Refs:  []string{"RFC 8446 §4.4.2", "RFC 8446 §5.1"},
		Under: []Code{cause.NotTLSHTTP, cause.NotTLSOtherProtocol},
		Find: func(f *Examination) []Match {
			b := f.base()
			if f.View != SeenByClient || b.Refused != cause.RefusedOversized {
				return nil
			}
			return []Match{{Evidence: []Evidence{{"attempts.0.refused", string(b.Refused), "a message of common size"}, {"attempts.0.failed_at", string(b.FailedAt), ""}}}}
		},
	},
	{
		Code: cause.HTTPRedirectsToItself, Stage: Reach, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "Over HTTP the server sends the request back to the same address[ ({location})].",
		Why: "TLS works on both sides. But a client that follows redirects goes round in a circle and gives up after some turns. Mostly a proxy in front " +
			"takes TLS off, and the server behind it, which sees plain HTTP, redirects to https.",
		Fix: Steps{Say("Let the proxy tell the server behind it that the client came over TLS (X-Forwarded-Proto: https), " +
			"and let that one believe it. " +
			"What it answers:"), Run("curl -sk -o /dev/null -D - {url}")},
		Refs: []string{"RFC 9110 §15.4"},
		Find: func(f *Examination) []Match {
			h := f.HTTP
			if f.View != SeenByClient || h == nil || h.Status < 300 || h.Status >= 400 || !f.asked(h.Location) {
				return nil
			}
			return []Match{{Vars: map[string]string{"location": h.Location, "url": fmt.Sprintf("https://%s%s", hostPort(f.Target.Host, f.Target.Port), f.askedPath())}, Evidence: []Evidence{
				{"http.location", h.Location, "another address than the one asked for"}, {"http.status", fmt.Sprint(h.Status), ""}}}}
		},
	},
	{
		Code: cause.BackendUnavailable, Stage: Reach, Side: ServerSide, Severity: Error, Basis: Inferred, Found: ByRefusal,
		Title: "TLS went through, and then the server hung up without a word: most likely what stands behind it does not answer.",
		Why: "A front end (HAProxy, nginx stream, stunnel, a load balancer) ends TLS and passes what is inside to another server. Where that one is down, " +
			"the front end closes the connection, which looks as if the client were refused. HAProxy tries for some seconds first.",
		Fix:  Steps{Say("On the front end, see whether the server behind it is up, and read its log of this moment (HAProxy: the termination state SC, nginx: connect() failed).")},
		Refs: []string{"HAProxy configuration manual §8.5 (session state at disconnection)", "RFC 8446 §6.1"},
	},
	{
		Code: cause.BackendDiffers, Stage: Reach, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "The addresses of {host} do not behave alike[: {bad} fails, {good} works].",
		Why:   "The name has several addresses, and clients take any of them. One that is set up otherwise makes failures that come and go.",
		Fix: Steps{Say("Look at the machine with the address that fails. Probe it alone:"),
			Run("mutual probe {target} {trust} {identity} --connect-to {bad|address}")},
		Refs: []string{"RFC 8305"},
		Find: func(f *Examination) []Match {
			good, bad := -1, -1
			for i, a := range f.Attempts {
				if i != 0 && a.Name != TryAddress || a.Network == cause.NetworkUnreachable && strings.HasPrefix(a.Address, "[") {
					continue // no route for IPv6 is this network's affair
				}
				if a.FailedAt == "" && good < 0 {
					good = i
				} else if a.FailedAt != "" && bad < 0 {
					bad = i
				}
			}
			if good < 0 || bad < 0 {
				return nil
			}
			return []Match{{Vars: map[string]string{"good": f.Attempts[good].Address, "bad": f.Attempts[bad].Address},
				Evidence: []Evidence{{path("attempts", bad, "failed_at"), string(f.Attempts[bad].FailedAt), ""}, {path("attempts", good, "address"), f.Attempts[good].Address, ""}}}}
		},
	},
}

// path is a place in the report: path("attempts", 2, "alert.code").
func path(list string, i int, field string) string { return fmt.Sprintf("%s.%d.%s", list, i, field) }

func connectFault(network cause.Network, want string) func(f *Examination) []Match {
	return func(f *Examination) []Match {
		b := f.base()
		if b.FailedAt != AtConnect || b.Network != network {
			return nil
		}
		return []Match{{Vars: map[string]string{"address": b.Address}, Evidence: []Evidence{{"attempts.0.network", string(b.Network), want}, {"attempts.0.address", b.Address, ""}}}}
	}
}

// asked reports whether this address, as a Location header gives it, is the one
// that was asked for.
func (f *Examination) asked(location string) bool {
	path, host := f.askedPath(), f.Target.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return location == path || location == fmt.Sprintf("https://%s:%d%s", host, f.Target.Port, path) ||
		f.Target.Port == 443 && location == "https://"+host+path
}

// askedPath is the path asked for over HTTP.
func (f *Facts) askedPath() string {
	if path := f.Target.URL; strings.HasPrefix(path, "/") {
		return path
	}
	return "/" + f.Target.URL
}

// answeredHello reports whether any attempt got a ServerHello or an alert: then
// something speaks TLS there.
func answeredHello(f *Examination) bool {
	return slices.ContainsFunc(f.Attempts, func(a Attempt) bool { return a.ServerHello || a.Alert != nil })
}

// startTLSFault explains a --starttls that came to nothing.
func startTLSFault(f *Examination) []Match {
	b := f.base()
	m := Match{Vars: map[string]string{"protocol": b.Protocol}, Evidence: []Evidence{{"attempts.0.failed_at", string(b.FailedAt), ""}, {"target.starttls", f.Target.StartTLS, ""}}}
	direct, i := f.attempt(TryNoStartTLS)
	switch {
	case i >= 0 && direct.ServerHello:
		m.Title = "This port speaks TLS from the first byte: --starttls is not for it."
		m.Fix = Steps{Say("Leave it out:"), Run("mutual probe {target} {trust} {identity} {plain}")}
		m.Evidence = append(m.Evidence, Evidence{path("attempts", i, "server_hello"), "true", ""})
	case b.Protocol != "" && b.Protocol != f.Target.StartTLS:
		m.Title = "The server speaks {protocol}, not " + f.Target.StartTLS + "."
	default:
		m.Title = "The server does not start TLS in " + f.Target.StartTLS + "."
		m.Fix = Steps{Say("Turn TLS on in the server, or check the port and the protocol's name."),
			Run("mutual probe {target} {trust} {identity} {plain}")}
	}
	return []Match{m}
}
