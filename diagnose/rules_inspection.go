package diagnose

import (
	"slices"
	"strings"

	"mutual/diagnose/cause"
)

// inspectors are products that open TLS on its way and show certificates of
// their own CA, by words of that CA's name. Source: the products' manuals on
// the root certificate that clients have to install.
var inspectors = []struct{ part, product string }{
	{"zscaler", "Zscaler"}, {"netskope", "Netskope"}, {"goskope", "Netskope"}, {"fortinet", "FortiGate"}, {"fortigate", "FortiGate"},
	{"palo alto networks", "Palo Alto Networks"}, {"blue coat", "Blue Coat"}, {"bluecoat", "Blue Coat"}, {"mcafee web gateway", "McAfee Web Gateway"},
	{"skyhigh", "Skyhigh Security"}, {"forcepoint", "Forcepoint"}, {"websense", "Websense"}, {"sophos", "Sophos"}, {"cisco umbrella", "Cisco Umbrella"},
	{"check point", "Check Point"}, {"cloudflare gateway ca", "Cloudflare Gateway"}, {"gateway ca - cloudflare managed", "Cloudflare Gateway"},
	{"cato networks", "Cato Networks"}, {"iboss", "iboss"}, {"squid", "Squid"}, {"portswigger", "Burp"}, {"mitmproxy", "mitmproxy"},
	{"charles proxy", "Charles"}, {"do_not_trust_fiddlerroot", "Fiddler"}, {"owasp zed attack proxy", "ZAP"}, {"owasp root ca", "ZAP"},
	{"kaspersky anti-virus personal root", "Kaspersky"}, {"avast web/mail shield", "Avast"}, {"avg web/mail shield", "AVG"},
	{"bitdefender personal ca", "Bitdefender"}, {"eset ssl filter ca", "ESET"}, {"adguard personal ca", "AdGuard"}, {"nextdns", "NextDNS"},
	{"goproxy", "goproxy"}, {"untrusted ca, proxyman", "Proxyman"}, {"proxyman ca", "Proxyman"},
}

// inspected is the product whose CA issued the certificate that stands for the
// server, or "". The name of a CA alone does not prove who holds its key.
func (f *Facts) inspected() string {
	product, _ := f.inspector()
	return product
}

func (f *Facts) inspector() (string, int) {
	if f.View != SeenByClient {
		return "", -1
	}
	for i, c := range f.Chains.Server {
		issuer := strings.ToLower(c.Issuer)
		if k := slices.IndexFunc(inspectors, func(p struct{ part, product string }) bool { return strings.Contains(issuer, p.part) }); k >= 0 {
			return inspectors[k].product, i
		}
	}
	return "", -1
}

// byAnother: the connection may have been opened on its way, by a proxy or a
// product that inspects TLS, so that what is found of the server may be theirs.
func (f *Examination) byAnother(h hit) bool {
	if f.View != SeenByClient || h.Code != cause.ClientCertNotRequested && exitCode(h.Stage, h.Match.Side) != ExitServer {
		return false
	}
	return f.inspected() != "" || f.Target.Proxy != "" && len(f.Chains.Server) > 0 && !f.server.Trusted
}

var inspectionRules = []Rule{
	{
		Code: cause.TLSInspected, Stage: Reach, Side: NetworkSide, Severity: Error, Basis: Inferred,
		Title: "Something on the way opens TLS: not the server answers here, but {product|an inspecting proxy}.",
		Why: "The certificate shown is issued by the CA of a product that ends TLS, reads what is inside and makes a connection of its own to the server. " +
			"Mutual TLS cannot pass it: the server never sees this client's certificate, and the client never sees the server's. " +
			"What is seen of certificates on this connection says nothing of the server.",
		Fix: Steps{Say("Have the product leave this host alone (an exception from SSL inspection for {host|the host}), or probe past it:"),
			Run("mutual probe {target} {trust} {identity} --proxy none")},
		Refs: []string{"RFC 8446 §9.3"},
		Find: func(f *Examination) []Match {
			product, i := f.inspector()
			if i < 0 {
				return nil
			}
			m := Match{Vars: map[string]string{"product": product}, Evidence: []Evidence{{path("chains.server", i, "issuer"), f.Chains.Server[i].Issuer, "the server's own CA"}},
				Candidates: []Code{cause.ServerCAUntrusted}, Settle: "the same probe from a machine outside of this network"}
			if f.Target.Proxy != "" {
				m.Evidence = append(m.Evidence, Evidence{"target.proxy", f.Target.Proxy, ""})
			}
			if len(f.Identity) == 0 && f.server != nil && f.server.Sound() && f.server.Trusted {
				m.Severity = Warning // nothing fails by it
			}
			return []Match{m}
		},
	},
	{
		Code: cause.ProxyProtocolRequired, Stage: Reach, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server expects a PROXY protocol header before TLS: with it TLS starts, without it the server hangs up.",
		Why: "A load balancer in front of a server hands on the client's address in a line before TLS (the PROXY protocol, version 1 or 2). " +
			"A server set up for that takes no connection without it, be it from a client that connects directly or from a balancer that does not send it.",
		Fix: steps(Say("Have the load balancer send the header (HAProxy: send-proxy-v2 on the server line; AWS NLB: proxy_protocol_v2.enabled; nginx stream: proxy_protocol on). "+
			"Where clients connect directly, take the expectation away:"),
			Edit("nginx", "listen 8443 ssl;    # without proxy_protocol"), Edit("HAProxy bind", "# without accept-proxy"),
			Say("To go on as a client, with that header in front:"),
			Run("mutual probe {target} {trust} {identity} --proxy-protocol {version|v1}"), Run("curl --haproxy-protocol https://{hostport|host:port}/")),
		Refs: []string{"The PROXY protocol, versions 1 & 2 (haproxy.org), §2"},
		Find: func(f *Examination) []Match {
			if f.base().FailedAt != AtHello {
				return nil
			}
			for i, a := range f.Attempts {
				if a.Name == TryProxyProtocol && a.ServerHello {
					return []Match{{Vars: map[string]string{"version": a.Offered}, Evidence: []Evidence{{path("attempts", i, "server_hello"), "true", ""},
						{path("attempts", i, "offered"), a.Offered, ""}, {"attempts.0.failed_at", string(f.base().FailedAt), "a ServerHello"}}}}
				}
			}
			return nil
		},
	},
}
