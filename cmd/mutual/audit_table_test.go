package main

import (
	"fmt"
	"slices"
	"strings"

	"mutual/fixtures/stack"
)

// auditRow is a real server with one thing about it that is wrong, and the
// holes that this makes.
type auditRow struct {
	kind  stack.Kind
	name  string
	set   func(*auditLab, *stack.Config)
	path  string // of the target
	flags []string
	holes []string
}

// anything is what a server accepts that asks for a certificate and verifies
// nothing of it.
var anything = []string{"self-signed", "forged-issuer", "stranger-ca", "leaf-as-ca", "expired", "not-yet-valid", "server-certificate",
	"ca-as-leaf", "path-too-long", "name-constraints", "unknown-critical", "sha1", "rsa-1024", "revoked", "other-identity"}

// but is the list with and without some names.
func but(list []string, with string, without ...string) []string {
	out := slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(without, s) })
	if with != "" {
		out = append(out, with)
	}
	return out
}

// What can be wrong with a server.
func optional(_ *auditLab, c *stack.Config) { c.ClientAuth = stack.AuthOptional }
func noCRL(_ *auditLab, c *stack.Config)    { c.CRLFile = "" }
func resumes(_ *auditLab, c *stack.Config)  { c.NoResumption = false }
func anyUse(_ *auditLab, c *stack.Config)   { c.AnyPurpose = true }

// acceptAny is the mistake that examples on the web recommend.
func acceptAny(_ *auditLab, c *stack.Config) {
	c.ClientAuth, c.CRLFile, c.WeakRefused, c.CipherSuites = stack.AuthAny, "", false, ""
}

// wide adds a second CA to the bundle of client CAs.
func wide(l *auditLab, c *stack.Config) {
	c.ClientCAFile, c.CRLFile = l.file["wide"], l.file["wide-crl"]
}

// wideNoCRL is for stacks that take the list of one CA only.
func wideNoCRL(l *auditLab, c *stack.Config) { wide(l, c); noCRL(l, c) }

// openHost adds a virtual host on the same port that asks for no certificate.
func openHost(l *auditLab, c *stack.Config) {
	c.VHosts = []stack.VHost{{ServerName: "open.test", CertFile: c.CertFile, KeyFile: c.KeyFile, ClientAuth: stack.AuthNone}}
}

// openPath asks everyone, and looks at the answer everywhere but at /open.
func openPath(_ *auditLab, c *stack.Config) {
	c.ClientAuth, c.RejectHTTPCode, c.OpenPath = stack.AuthOptional, 403, "/open"
}

// asInstalled leaves everything to the stack but that a certificate is
// demanded.
func asInstalled(l *auditLab, c *stack.Config) {
	*c = stack.Config{Dir: c.Dir, CertFile: c.CertFile, KeyFile: c.KeyFile, ClientAuth: c.ClientAuth, ClientCAFile: c.ClientCAFile, JVM: l.jvm["default"]}
}

// oldTLS lets in TLS 1.0 and 1.1, which OpenSSL does at security level 0 only.
func oldTLS(_ *auditLab, c *stack.Config) { c.MinVersion, c.CipherSuites = "1.0", "DEFAULT@SECLEVEL=0" }

// askOnTheWay asks for a certificate only where /secret is asked for.
func askOnTheWay(_ *auditLab, c *stack.Config) {
	c.ClientAuth, c.PathClientAuth = stack.AuthNone, "/secret"
}

var auditTable = []auditRow{
	{kind: stack.Nginx, name: "right"},
	{kind: stack.Nginx, name: "as installed", set: asInstalled, holes: []string{"revoked", "resumed-expired"}},
	{kind: stack.Nginx, name: "verification optional", set: optional, holes: []string{"no-certificate"}},
	// optional_no_ca forgives an unknown CA and nothing else.
	{kind: stack.Nginx, name: "accept any", set: acceptAny, holes: []string{"no-certificate", "self-signed", "stranger-ca", "leaf-as-ca", "revoked", "other-identity"}},
	{kind: stack.Nginx, name: "bundle too wide", set: wide, holes: []string{"other-identity"}},
	{kind: stack.Nginx, name: "no revocation list", set: noCRL, holes: []string{"revoked"}},
	{kind: stack.Nginx, name: "open virtual host", set: openHost, holes: []string{"other-name"}},
	{kind: stack.Nginx, name: "open path", set: openPath, flags: []string{"--path", "/open", "--path", "/closed"}, holes: []string{"open-path"}},
	{kind: stack.Nginx, name: "sessions resumed", set: resumes, holes: []string{"resumed-expired"}},
	{kind: stack.Nginx, name: "old TLS", set: oldTLS, holes: []string{"old-tls", "rsa-1024", "sha1"}},

	{kind: stack.Apache, name: "right"},
	{kind: stack.Apache, name: "as installed", set: asInstalled, holes: []string{"revoked", "resumed-expired"}},
	{kind: stack.Apache, name: "verification optional", set: optional, holes: []string{"no-certificate"}},
	{kind: stack.Apache, name: "accept any", set: acceptAny, holes: []string{"no-certificate", "self-signed", "stranger-ca", "leaf-as-ca", "revoked", "other-identity"}},
	{kind: stack.Apache, name: "bundle too wide", set: wide, holes: []string{"other-identity"}},
	{kind: stack.Apache, name: "open virtual host", set: openHost, holes: []string{"other-name"}},
	{kind: stack.Apache, name: "asks on the way", set: askOnTheWay, path: "/secret", flags: []string{"--tls-max", "1.2", "--path", "/"},
		holes: []string{"late-request", "open-path"}},

	{kind: stack.HAProxy, name: "right"},
	{kind: stack.HAProxy, name: "as installed", set: asInstalled, holes: []string{"revoked", "resumed-expired"}},
	{kind: stack.HAProxy, name: "verification optional", set: optional, holes: []string{"no-certificate"}},
	{kind: stack.HAProxy, name: "accept any", set: acceptAny, holes: but(anything, "no-certificate", "name-constraints", "unknown-critical")},
	{kind: stack.HAProxy, name: "bundle too wide", set: wide, holes: []string{"other-identity"}},
	{kind: stack.HAProxy, name: "no revocation list", set: noCRL, holes: []string{"revoked"}},
	{kind: stack.HAProxy, name: "purpose not checked", set: anyUse, holes: []string{"server-certificate", "ca-as-leaf"}},
	// It serves by the Host header whatever name TLS was made with.
	{kind: stack.HAProxy, name: "open virtual host", set: openHost, holes: []string{"other-name", "host-mismatch"}},
	{kind: stack.HAProxy, name: "open path", set: openPath, flags: []string{"--path", "/open"}, holes: []string{"open-path"}},

	{kind: stack.OpenSSL, name: "right"},
	{kind: stack.OpenSSL, name: "as installed", set: asInstalled, holes: []string{"revoked", "resumed-expired"}},
	{kind: stack.OpenSSL, name: "verification optional", set: optional, holes: []string{"no-certificate"}},
	{kind: stack.OpenSSL, name: "accept any", set: acceptAny, holes: anything},
	{kind: stack.OpenSSL, name: "bundle too wide", set: wideNoCRL, holes: []string{"other-identity", "revoked"}},
	{kind: stack.OpenSSL, name: "no revocation list", set: noCRL, holes: []string{"revoked"}},
	{kind: stack.OpenSSL, name: "purpose not checked", set: anyUse, holes: []string{"server-certificate", "ca-as-leaf"}},

	{kind: stack.Node, name: "right"},
	{kind: stack.Node, name: "as installed", set: asInstalled, holes: []string{"revoked", "resumed-expired", "rsa-1024"}},
	{kind: stack.Node, name: "verification optional", set: optional, holes: []string{"no-certificate"}},
	// Node hangs up on a signature that is wrong, though it is told to reject nothing.
	{kind: stack.Node, name: "rejectUnauthorized: false", set: acceptAny, holes: but(anything, "no-certificate", "forged-issuer")},
	{kind: stack.Node, name: "bundle too wide", set: wideNoCRL, holes: []string{"other-identity", "revoked"}},
	{kind: stack.Node, name: "no revocation list", set: noCRL, holes: []string{"revoked"}},
	{kind: stack.Node, name: "open path", set: openPath, flags: []string{"--path", "/open"}, holes: []string{"open-path"}},

	{kind: stack.Java, name: "right"},
	{kind: stack.Java, name: "as installed", set: asInstalled, holes: []string{"revoked", "resumed-expired", "rsa-1024", "sha1"}},
	{kind: stack.Java, name: "verification optional", set: optional, holes: []string{"no-certificate"}},
	{kind: stack.Java, name: "trust manager trusts all", set: acceptAny, holes: but(anything, "no-certificate")},
	{kind: stack.Java, name: "bundle too wide", set: wide, holes: []string{"other-identity"}},
	{kind: stack.Java, name: "no revocation list", set: noCRL, holes: []string{"revoked"}},
	{kind: stack.Java, name: "open path", set: openPath, flags: []string{"--path", "/open"}, holes: []string{"open-path"}},

	{kind: stack.Go, name: "right"},
	{kind: stack.Go, name: "as installed", set: asInstalled, holes: []string{"revoked", "rsa-1024", "ca-as-leaf"}},
	{kind: stack.Go, name: "verification optional", set: optional, holes: []string{"no-certificate"}},
	{kind: stack.Go, name: "RequireAnyClientCert", set: acceptAny, holes: anything},
	{kind: stack.Go, name: "bundle too wide", set: wide, holes: []string{"other-identity"}},
	{kind: stack.Go, name: "no revocation list", set: noCRL, holes: []string{"revoked"}},
	{kind: stack.Go, name: "purpose not checked", set: func(l *auditLab, c *stack.Config) { anyUse(l, c); noCRL(l, c) }, holes: []string{"server-certificate", "revoked"}},
	{kind: stack.Go, name: "open virtual host", set: openHost, holes: []string{"other-name", "host-mismatch"}},
	{kind: stack.Go, name: "open path", set: openPath, flags: []string{"--path", "/open"}, holes: []string{"open-path"}},
}

// markdown is the row as the README has it.
func (r auditRow) markdown() string {
	holes := "none"
	if len(r.holes) > 0 {
		holes = strings.Join(r.holes, ", ")
	}
	return fmt.Sprintf("| %s | %s | %s |", r.kind, r.name, holes)
}
