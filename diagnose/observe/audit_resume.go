package observe

import (
	"context"
	"crypto/tls"
	"strings"
	"time"

	"mutual/diagnose"
)

// briefLife is how long the certificate lives whose session is resumed after
// its end.
const briefLife = 2 * time.Second

// session is one that was begun with a certificate about to expire.
type session struct {
	version uint16
	cert    tls.Certificate
	cache   tls.ClientSessionCache
	ends    time.Time // by this machine's clock
}

// sessions are those begun, or why there are none.
type sessions struct {
	list []session
	why  string
}

// beginSessions connects with a certificate that lives for seconds, in each
// TLS version that the client may choose.
func (a *auditor) beginSessions(ctx context.Context) sessions {
	switch {
	case !a.asks():
		return sessions{why: never}
	case a.cfg.CAKey == nil:
		return sessions{why: a.cfg.NoCA}
	case a.mistrustsCA != "":
		return sessions{why: a.mistrustsCA}
	}
	versions := []uint16{0}
	if c := a.facts.Connection; c != nil && c.TLSVersion == "1.3" && a.cfg.Probe.MinVersion <= tls.VersionTLS12 {
		versions = append(versions, tls.VersionTLS12)
	}
	all := sessions{why: "a certificate that lives for seconds is refused while it is valid"}
	for _, v := range versions {
		t := a.template()
		now := time.Now()
		ends := now.Add(briefLife + time.Second).Truncate(time.Second)
		t.NotAfter = ends.Add(a.skew())
		cert, err := a.userCA().sign(t, a.key)
		if err != nil {
			return sessions{why: "it could not be made: " + err.Error()}
		}
		s := session{v, cert, tls.NewLRUClientSessionCache(1), ends}
		o := a.connect(ctx, trial{name: "brief", what: "a session with a certificate that lives for seconds"}, a.cfg.Probe, s.plan())
		if o == nil {
			return sessions{why: "interrupted"}
		}
		switch verdict, how := a.judge(o, a.good); verdict {
		case diagnose.TryAccepted:
			all.list = append(all.list, s)
		case diagnose.TryUnknown:
			all.why = how
		}
	}
	return all
}

func (s session) plan() plan {
	return plan{cred: &credential{"brief", s.cert}, sessions: s.cache, max: s.version}
}

// skew is how far the server's clock is ahead of this machine's, as far as its
// answer tells.
func (a *auditor) skew() time.Duration {
	if a.good.http == nil || a.good.http.Date.IsZero() {
		return 0
	}
	d := a.good.http.Date.Sub(a.facts.Time)
	if d.Abs() < 3*time.Second {
		return 0 // the time of the connection, and the whole seconds of a Date
	}
	return d
}

// resume goes on with the sessions after their certificates have expired.
func (a *auditor) resume(ctx context.Context, begun sessions) {
	t := trial{name: "resumed-expired", what: "a resumed session whose certificate has expired"}
	if len(begun.list) == 0 {
		a.skip(t, begun.why)
		return
	}
	var refused []string
	for _, s := range begun.list {
		select {
		case <-time.After(time.Until(s.ends.Add(time.Second))):
		case <-ctx.Done():
		}
		o := a.connect(ctx, t, a.cfg.Probe, s.plan())
		if o == nil {
			a.skip(t, "interrupted")
			return
		}
		v, how := a.judge(o, a.good)
		switch {
		case v == diagnose.TryAccepted && o.Resumed:
			a.note(t, v, how+", in TLS "+o.TLSVersion, len(a.attempts)-1)
			return
		case v == diagnose.TryAccepted:
			a.skip(t, "the server resumes nothing, and lets the expired certificate in as it is")
			return
		case v == diagnose.TryUnknown:
			a.note(t, v, how, len(a.attempts)-1)
			return
		case o.Resumed:
			refused = append(refused, how)
		default:
			refused = append(refused, "not resumed, "+how)
		}
	}
	a.note(t, diagnose.TryRefused, strings.Join(unique(refused), "; "), len(a.attempts)-1)
}

func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if len(out) == 0 || out[len(out)-1] != s {
			out = append(out, s)
		}
	}
	return out
}
