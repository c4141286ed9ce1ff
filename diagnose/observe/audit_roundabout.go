package observe

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/observe/starttls"
)

// bogusName is one that no server has (RFC 6761 §6.4).
const bogusName = "mutual-audit.invalid"

// roundabout tries the ways round the question for a certificate.
func (a *auditor) roundabout(ctx context.Context) {
	a.oldVersions(ctx)
	a.otherNames(ctx)
	a.paths(ctx)
	a.late()
	a.plain(ctx)
}

// oldVersions tries the good identity in versions that must not be used.
func (a *auditor) oldVersions(ctx context.Context) {
	var suites []uint16
	for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		suites = append(suites, s.ID)
	}
	good := &credential{kind: "given", cert: a.cfg.Probe.Identity}
	for _, v := range []struct {
		id   uint16
		name string
	}{{tls.VersionTLS10, "1.0"}, {tls.VersionTLS11, "1.1"}} {
		a.try(ctx, trial{name: "old-tls", what: "TLS " + v.name}, a.cfg.Probe,
			plan{cred: good, min: v.id, max: v.id, suites: suites, noALPN: true, offered: v.name}, a.good)
	}
}

// otherNames tries, without a certificate, to come in by another virtual host,
// or by none.
func (a *auditor) otherNames(ctx context.Context) {
	noSNI := trial{name: "no-sni", what: "no server name (SNI) in TLS, and no certificate"}
	other := trial{name: "other-name", what: "another virtual host, and no certificate"}
	mixed := trial{name: "host-mismatch", what: "another name in TLS than in the Host header, and no certificate"}
	if a.openToAll != "" {
		a.skip(noSNI, a.openToAll)
		a.skip(other, a.openToAll)
		a.skip(mixed, a.openToAll)
		return
	}
	none := ""
	if net.ParseIP(strings.Trim(a.name, "[]")) != nil {
		a.skip(noSNI, "the target is an address, so no name is sent anyway")
	} else {
		a.try(ctx, noSNI, a.cfg.Probe, plan{cred: nothing, serverName: &none}, a.good)
	}
	names := a.virtualHosts()
	if len(names) == 0 {
		a.skip(other, "no other name of the server is known; give one: --name NAME")
	}
	served := a.good
	if served.http != nil {
		served.http = &diagnose.HTTP{Status: http.StatusOK}
	}
	open := map[string]bool{}
	for _, name := range names {
		other.what = name
		a.try(ctx, other, a.cfg.Probe, plan{cred: nothing, serverName: &name, host: a.hostHeader(name)}, served)
		open[name] = a.accepted()
	}
	if a.good.http == nil {
		a.skip(mixed, "the server does not speak HTTP")
		return
	}
	for _, name := range append(names, bogusName) {
		mixed.what = name + " in TLS"
		a.try(ctx, mixed, a.cfg.Probe, plan{cred: nothing, serverName: &name, host: a.hostHeader(a.cfg.Probe.Host)}, a.good)
		if open[name] {
			continue // what it serves is open under its own name, too
		}
		mixed.what = name + " in Host"
		a.try(ctx, mixed, a.cfg.Probe, plan{cred: nothing, host: a.hostHeader(name)}, a.good)
	}
}

// hostHeader is the Host of a request for that virtual host.
func (a *auditor) hostHeader(name string) string {
	return (&prober{cfg: ProbeConfig{Host: name, Port: a.cfg.Probe.Port}}).hostHeader()
}

// virtualHosts are the names that the user gave, and some of those in the
// server's certificate.
func (a *auditor) virtualHosts() []string {
	const most = 4 // of a certificate's names
	names := slices.Clone(a.cfg.Names)
	if len(a.facts.Chains.Server) > 0 {
		if x := a.facts.Chains.Server[0].X509(); x != nil {
			for _, name := range x.DNSNames {
				if len(names) < len(a.cfg.Names)+most && !strings.Contains(name, "*") {
					names = append(names, name)
				}
			}
		}
	}
	var others []string
	for _, name := range names {
		if !strings.EqualFold(name, a.name) && !strings.EqualFold(name, a.cfg.Probe.Host) && !slices.Contains(others, name) {
			others = append(others, name)
		}
	}
	return others
}

// paths tries other paths without a certificate, and compares with what the
// good identity gets there.
func (a *auditor) paths(ctx context.Context) {
	t := trial{name: "open-path", what: "another path, and no certificate"}
	switch {
	case a.good.http == nil:
		a.skip(t, "the server does not speak HTTP")
		return
	case a.openToAll != "":
		a.skip(t, a.openToAll)
		return
	case len(a.cfg.Paths) == 0:
		a.skip(t, "give the paths: --path /PATH")
		return
	}
	for _, path := range a.cfg.Paths {
		t.what = path
		cfg := a.cfg.Probe
		cfg.Path = path
		o := a.connect(ctx, trial{name: "control", what: path + " as the good identity"}, cfg, plan{cred: &credential{"given", cfg.Identity}})
		switch {
		case o == nil:
			a.skip(t, "interrupted")
		case o.http == nil:
			a.skip(t, "the good identity gets no answer there")
		case o.http.Status >= 400:
			a.skip(t, fmt.Sprintf("the good identity gets HTTP %d there", o.http.Status))
		default:
			a.try(ctx, t, cfg, plan{cred: nothing}, welcome{http: o.http, established: o.Established})
		}
	}
}

// late judges when the good identity was asked for its certificate.
func (a *auditor) late() {
	t := trial{name: "late-request", code: cause.AuditAsksLate, what: "a certificate asked for only after the request"}
	switch {
	case !a.asks():
		a.skip(t, never)
	case a.facts.ClientAuth.Late:
		a.note(t, diagnose.TryAccepted, "asked for in a second handshake", 0)
	default:
		a.note(t, diagnose.TryRefused, "asked for in the first handshake", 0)
	}
}

// plain asks for the same over HTTP without TLS.
func (a *auditor) plain(ctx context.Context) {
	t := trial{name: "plain-http", what: "plain HTTP on the same port"}
	if a.good.http == nil || a.cfg.Probe.StartTLS != "" {
		a.skip(t, "the server does not speak HTTP")
		return
	}
	if !a.pace(ctx) {
		a.skip(t, "interrupted")
		return
	}
	p := &prober{cfg: a.cfg.Probe, serverName: a.name, given: nothing}
	ctx, cancel := context.WithTimeout(ctx, p.cfg.Timeout)
	defer cancel()
	conn, err := p.dial(ctx, a.address)
	if err != nil {
		a.skip(t, "no connection: "+clean(err.Error()))
		return
	}
	defer conn.Close()
	defer starttls.BoundBy(ctx, conn)()
	path := p.cfg.Path
	if path == "" {
		path = "/"
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: mutual\r\nConnection: close\r\n\r\n", path, p.hostHeader())
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	switch {
	case err != nil:
		a.note(t, diagnose.TryRefused, "no answer in HTTP", 0)
	case answer.StatusCode/100 == 2:
		a.note(t, diagnose.TryAccepted, fmt.Sprintf("HTTP %d", answer.StatusCode), 0)
	default:
		a.note(t, diagnose.TryRefused, fmt.Sprintf("HTTP %d", answer.StatusCode), 0)
	}
}
