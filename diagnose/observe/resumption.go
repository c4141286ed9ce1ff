package observe

import (
	"context"
	"crypto/tls"

	"mutual/diagnose"
	"mutual/diagnose/wire"
)

// resumption makes the connection that a client makes after its first one: it
// takes up the session of the base attempt, and of one in the other version of
// TLS. Where that is refused, one more without a session shows that the server
// still takes new ones. An attempt whose server gave no session is left out.
func (p *prober) resumption(ctx context.Context, base *outcome) []diagnose.Attempt {
	version, other := base.version(), uint16(tls.VersionTLS12)
	if version == tls.VersionTLS12 {
		other = tls.VersionTLS13
	}
	attempts := p.resume(ctx, base, version, p.sessions)
	lowest, highest := max(p.cfg.MinVersion, tls.VersionTLS12), p.cfg.MaxVersion
	if version < tls.VersionTLS12 || other < lowest || highest != 0 && other > highest {
		return attempts
	}
	sessions := newSessions()
	first := p.attempt(ctx, plan{name: diagnose.TryFirst, varied: "TLS " + wire.VersionName(other) + " only, a new session", offered: wire.VersionName(other),
		min: other, max: other, sessions: sessions, address: base.Address, timeout: p.stepTimeout(base)})
	if first.FailedAt != "" || sessions.kept == 0 {
		return attempts // that is not what this is about
	}
	first.Told = told(&first.Attempt)
	return append(append(attempts, first.Attempt), p.resume(ctx, base, other, sessions)...)
}

// resume takes up the session that is kept, if there is one.
func (p *prober) resume(ctx context.Context, base *outcome, version uint16, sessions *sessionStore) []diagnose.Attempt {
	if sessions == nil || sessions.kept == 0 {
		return nil
	}
	name := wire.VersionName(version)
	step := plan{name: diagnose.TryResumed, varied: "the session taken up in a second connection, TLS " + name, offered: name,
		min: version, max: version, sessions: sessions, address: base.Address, timeout: p.stepTimeout(base)}
	second := p.attempt(ctx, step)
	second.Told = told(&second.Attempt)
	attempts := []diagnose.Attempt{second.Attempt}
	if second.FailedAt == "" && !second.Says.Refuses() || second.FailedAt == diagnose.AtConnect {
		return attempts
	}
	step.name, step.varied, step.sessions = diagnose.TryAgain, "once more with a new session, TLS "+name, nil
	again := p.attempt(ctx, step)
	again.Told = told(&again.Attempt)
	return append(attempts, again.Attempt)
}

// version is that of TLS which was agreed on.
func (o *outcome) version() uint16 {
	for _, v := range []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12} {
		if wire.VersionName(v) == o.TLSVersion {
			return v
		}
	}
	return tls.VersionTLS13
}

// sessionStore keeps the newest session of one server, and counts those that
// it was given.
type sessionStore struct {
	tls.ClientSessionCache
	kept int
}

func newSessions() *sessionStore {
	return &sessionStore{ClientSessionCache: tls.NewLRUClientSessionCache(1)}
}

func (s *sessionStore) Put(key string, session *tls.ClientSessionState) {
	if session != nil {
		s.kept++
	}
	s.ClientSessionCache.Put(key, session)
}
