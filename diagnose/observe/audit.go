package observe

import (
	"context"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/observe/starttls"
)

// AuditConfig is what a server is audited with.
type AuditConfig struct {
	// Probe says whom to connect to, and who the good identity is. Its
	// Timeout is for each connection.
	Probe ProbeConfig
	// CA and CAKey issue credentials that only the CA could; nil: the cases
	// that need them are not tried. NoCA says why they are nil.
	CA    *x509.Certificate
	CAKey crypto.Signer
	NoCA  string
	// Rate is how many connections are made in a second; 0: ten.
	Rate float64
	// Others are identities that are valid and not authorised, Revoked those
	// that were revoked.
	Others, Revoked []NamedIdentity
	// Paths are further paths of the server, Names further virtual hosts.
	Paths, Names []string
	// RequireEKU: a certificate without extended key usage must be refused.
	RequireEKU bool
	// Allow are the names of cases that the server may accept.
	Allow []string
}

// NamedIdentity is a certificate with its key and the words for it.
type NamedIdentity struct {
	Name string
	tls.Certificate
	// Unfit, where it is not empty, says why it cannot be tried.
	Unfit string
}

// Audit connects as the good identity and, where the server accepts that,
// tries to get in with each credential that must be refused. Forged ones are
// made in memory, from throw-away keys and from cfg.CA, and forgotten. It
// connects to the one address that took the good identity, one connection at a
// time.
//
// Where the good identity is refused, or the server cannot be trusted, the
// facts are those of a probe and hold no Audit.
func Audit(ctx context.Context, cfg AuditConfig) *diagnose.Facts {
	cfg.Probe.Quick, cfg.Probe.Active = true, false
	if cfg.Probe.Timeout == 0 {
		cfg.Probe.Timeout = 10 * time.Second
	}
	facts := Probe(ctx, cfg.Probe)
	if !welcomed(facts) {
		return facts
	}
	a := &auditor{cfg: cfg, facts: facts, attempts: facts.Attempts[:1:1], connections: len(facts.Attempts)}
	if err := a.prepare(); err != nil {
		return facts
	}
	facts.Audit = &diagnose.Audit{Good: a.goodWords()}
	a.run(ctx)
	facts.Audit.Tries, facts.Audit.Connections = a.tries, a.connections
	facts.Attempts = a.attempts
	return facts
}

// welcomed reports whether the good identity got in. A server that never asks
// for it lets it in too.
func welcomed(f *diagnose.Facts) bool {
	if !f.Worked() {
		return false
	}
	for _, found := range diagnose.Examine(f).Findings {
		if found.Severity == diagnose.Error && found.Code != cause.ClientCertNotRequested {
			return false
		}
	}
	return true
}

// auditor is one audit under way.
type auditor struct {
	cfg     AuditConfig
	facts   *diagnose.Facts
	address string
	name    string // sent as SNI and demanded

	leaf *x509.Certificate // of the good identity
	rest [][]byte          // what it sends behind the leaf
	key  crypto.Signer     // a throw-away key of the leaf's kind

	tries       []diagnose.Try
	attempts    []diagnose.Attempt
	connections int
	next        time.Time // before which no connection is made
	good        welcome

	openToAll   string // why nothing more need be tried without a certificate
	mistrustsCA string // why refusals of what the CA issued prove nothing
}

func (a *auditor) prepare() error {
	a.address, a.name, a.good = a.facts.Target.Address, a.facts.Target.ServerName, welcomeOf(a.facts)
	if app := a.facts.Application; app != nil {
		a.cfg.Probe.Protocol = app.Protocol
	} else if a.good.http != nil {
		a.cfg.Probe.Protocol = starttls.HTTP
	}
	own := a.cfg.Probe.Identity
	leaf, err := x509.ParseCertificate(own.Certificate[0])
	if err != nil {
		return fmt.Errorf("the good certificate: %w", err)
	}
	a.leaf, a.rest = leaf, own.Certificate[1:]
	if a.key = sameKindOfKey(leaf); a.key == nil {
		a.key = throwAwayKey()
	}
	return nil
}

func (a *auditor) goodWords() string {
	switch app := a.facts.Application; {
	case a.good.http != nil:
		return fmt.Sprintf("HTTP %d", a.good.http.Status)
	case app != nil && app.Answer != "":
		return app.Protocol + ": " + app.Answer
	}
	return notAsked
}

// run makes the tries in the order in which they are reported.
func (a *auditor) run(ctx context.Context) {
	a.without(ctx)
	a.control(ctx)
	brief := a.beginSessions(ctx) // runs out while the others are tried
	a.forged(ctx)
	a.issued(ctx)
	a.identities(ctx)
	a.roundabout(ctx)
	a.resume(ctx, brief)
}

// trial is a case about to be tried.
type trial struct {
	name string
	code diagnose.Code // "": audit-accepts-NAME
	what string
}

func (a *auditor) note(t trial, v diagnose.TryVerdict, how string, attempt int) {
	if (v == diagnose.TryAccepted || v == diagnose.TryUnknown) && slices.Contains(a.cfg.Allow, t.name) {
		v = diagnose.TryAllowed
	}
	code := t.code
	if code == "" {
		code = diagnose.Code("audit-accepts-" + t.name)
	}
	a.tries = append(a.tries, diagnose.Try{Name: t.name, What: t.what, Verdict: v, How: how, Attempt: attempt, Code: code})
}

func (a *auditor) skip(t trial, why string) { a.note(t, diagnose.TryNotTried, why, 0) }

// accepted reports whether the last try was, allowed or not.
func (a *auditor) accepted() bool {
	v := a.tries[len(a.tries)-1].Verdict
	return v == diagnose.TryAccepted || v == diagnose.TryAllowed
}

// pace waits for the next connection's turn. It reports false where there is
// no time left.
func (a *auditor) pace(ctx context.Context) bool {
	rate := a.cfg.Rate
	if rate <= 0 {
		rate = 10
	}
	if wait := time.Until(a.next); wait > 0 {
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
	a.next = time.Now().Add(time.Duration(float64(time.Second) / rate))
	a.connections++
	return ctx.Err() == nil
}

// present tries to get in with a credential, everything else as the good
// identity does it.
func (a *auditor) present(ctx context.Context, t trial, cert tls.Certificate) {
	cred := nothing
	if len(cert.Certificate) > 0 {
		cred = &credential{kind: t.name, cert: cert}
	}
	a.try(ctx, t, a.cfg.Probe, plan{cred: cred}, a.good)
}

// try makes one connection by the plan, and judges it against the answer that
// the good identity got.
func (a *auditor) try(ctx context.Context, t trial, cfg ProbeConfig, pl plan, good welcome) {
	o := a.connect(ctx, t, cfg, pl)
	if o == nil {
		a.skip(t, "interrupted")
		return
	}
	v, how := a.judge(o, good)
	a.note(t, v, how, len(a.attempts)-1)
}

// connect makes one connection; nil: there was no time for it.
func (a *auditor) connect(ctx context.Context, t trial, cfg ProbeConfig, pl plan) *outcome {
	if !a.pace(ctx) {
		return nil
	}
	p := newProber(cfg)
	p.serverName = a.name
	p.say("trying " + t.what)
	pl.name, pl.varied, pl.address = t.name, t.what, a.address
	o := p.attempt(ctx, pl)
	a.attempts = append(a.attempts, o.Attempt)
	return o
}
