package fleet

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
	"mutual/diagnose/observe"
	"mutual/diagnose/observe/starttls"
)

// Checker holds servers to what is expected of them.
type Checker struct {
	// Parallel is how many servers are checked at a time; 0: 16.
	Parallel int
	// Timeout is for each connection where the file names none; 0: 10 s.
	Timeout time.Duration
	// Proxy is the proxy for a target that names none.
	Proxy  func(host string, port int) (*url.URL, error)
	Getenv func(string) (string, bool)
	// ReadPass reads the passphrase from a file.
	ReadPass func(file string) ([]byte, error)
	// Done, where it is set, is told how many targets are done.
	Done func(n, of int)
}

// Check holds each target of the file to its expectations, in the file's
// order. Of each only what came of it is kept. An error is the caller's
// surroundings', before anything is connected to: the answer of Proxy.
func (c *Checker) Check(ctx context.Context, f *File) (*diagnose.Checked, error) {
	proxies := make([]*url.URL, len(f.Targets))
	for i, t := range f.Targets {
		var err error
		if proxies[i], err = c.proxy(t); err != nil {
			return nil, err
		}
	}
	result := &diagnose.Checked{Schema: diagnose.CheckSchema, Command: "check", File: f.Path, Targets: make([]diagnose.CheckedTarget, len(f.Targets))}
	parallel := c.Parallel
	if parallel <= 0 {
		parallel = 16
	}
	var all sync.WaitGroup
	var mu sync.Mutex
	next, done := 0, 0
	for range min(parallel, len(f.Targets)) {
		all.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= len(f.Targets) {
					return
				}
				result.Targets[i] = c.target(ctx, f.Targets[i], proxies[i])
				mu.Lock()
				done++
				if c.Done != nil {
					c.Done(done, len(f.Targets))
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	result.Tally()
	return result, nil
}

// proxy is the proxy on the way to the target, or nil.
func (c *Checker) proxy(t Target) (*url.URL, error) {
	switch t.Proxy {
	case "":
		return c.Proxy(t.Host, t.Port)
	case "none":
		return nil, nil
	}
	return observe.ParseProxy(t.Proxy)
}

// target holds one server to what is expected of it.
func (c *Checker) target(ctx context.Context, t Target, proxy *url.URL) diagnose.CheckedTarget {
	began := time.Now()
	out := diagnose.CheckedTarget{Name: t.Name, Target: t.Target, Line: t.Line, Expectations: []diagnose.Expectation{}}
	add := func(at Place, e diagnose.Expectation) {
		e.Line, e.Column = at.Line, at.Column
		out.Expectations = append(out.Expectations, e)
	}
	var seen *diagnose.Facts // of a connection that shows the server
	for _, client := range t.Accept {
		r := c.probe(ctx, t, proxy, client.Identity)
		add(client.Place, accepts(client, r))
		if seen == nil || len(seen.Chains.Server) == 0 {
			seen = &r.Facts
		}
	}
	for _, client := range t.Refuse {
		r := c.probe(ctx, t, proxy, client.Identity)
		add(client.Place, refuses(client, r))
		if seen == nil || len(seen.Chains.Server) == 0 {
			seen = &r.Facts
		}
	}
	if seen == nil {
		seen = &c.probe(ctx, t, proxy, Identity{Name: "none"}).Facts
	}
	if t.TLSMin.ID != 0 {
		add(t.TLSMin.Place, c.tlsMin(ctx, t, proxy, seen))
	}
	if t.DaysLeft.Set {
		add(t.DaysLeft.Place, daysLeft(t, seen))
	}
	if len(t.Pins) > 0 {
		add(t.Pins[0].Place, pinned(t, seen))
	}
	out.Millis = float64(time.Since(began).Microseconds()) / 1000
	return out
}

// probe connects as that identity.
func (c *Checker) probe(ctx context.Context, t Target, proxy *url.URL, id Identity) *diagnose.Report {
	cfg := c.config(t, id)
	cfg.Proxy = proxy
	facts := observe.Unusable(cfg.Known)
	if facts == nil {
		facts = observe.Probe(ctx, cfg)
	}
	facts.Command = "check"
	return diagnose.Examine(facts)
}

func (c *Checker) config(t Target, id Identity) observe.ProbeConfig {
	cfg := observe.ProbeConfig{Host: t.Host, Port: t.Port, Path: t.Path, ServerName: t.ServerName, ConnectTo: t.ConnectTo,
		StartTLS: t.StartTLS, ALPN: t.ALPN, Timeout: t.Timeout, Quick: true}
	if cfg.Timeout == 0 {
		cfg.Timeout = c.Timeout
	}
	if cfg.Protocol = t.Protocol; cfg.Protocol == "" && cfg.StartTLS == "" && strings.HasPrefix(t.Target, "https://") {
		cfg.Protocol = starttls.HTTP
	}
	known := &cfg.Known
	known.Time = time.Now().UTC()
	known.Given = diagnose.Given{Target: t.Target, CACert: t.Trust, Cert: id.Cert, Key: id.Key, ClientCA: t.ClientCA, ALPN: t.ALPN}
	pass := func(string) ([]byte, error) {
		switch {
		case id.PassEnv != "":
			s, _ := c.Getenv(id.PassEnv)
			return []byte(s), nil
		case id.PassFile != "":
			return c.ReadPass(id.PassFile)
		}
		return nil, nil
	}
	cfg.Identity = observe.Files{CACert: t.Trust, Cert: id.Cert, Key: id.Key, ClientCA: t.ClientCA, CRL: t.CRL, Pass: pass}.Load(known)
	if id.SelfSigned {
		cfg.Identity = observe.SelfSigned(id.Name)
		known.Identity = []*diagnose.Certificate{chain.NewCertificate(cfg.Identity.Certificate[0])}
	}
	return cfg
}

func who(c Client) string {
	switch {
	case c.Name == "none":
		return "a client without certificate"
	case c.SelfSigned:
		return "a self-signed certificate"
	}
	return c.Name
}

func accepts(c Client, r *diagnose.Report) diagnose.Expectation {
	e := diagnose.Expectation{What: "accepts " + who(c), Met: r.ExitCode == diagnose.ExitOK, Seen: answered(&r.Facts)}
	switch {
	case e.Met && r.Untold():
		untold(&e)
	case !e.Met:
		blame(&e, r)
	}
	return e
}

func refuses(c Client, r *diagnose.Report) diagnose.Expectation {
	e := diagnose.Expectation{What: "refuses " + who(c), Seen: answered(&r.Facts)}
	root := r.RootCause()
	switch {
	case r.ExitCode == diagnose.ExitOK && r.Untold():
		untold(&e)
	case r.ExitCode == diagnose.ExitOK, root != nil && root.Code == cause.ClientCertNotRequested:
		byRule(&e, cause.CheckAcceptsForbidden, &r.Facts)
		if r.ExitCode == diagnose.ExitOK && (r.HTTP == nil || r.HTTP.Status == 0) {
			e.Title = "It is not shown that it refuses: the handshake goes through, and the application inside TLS did not answer."
		}
	case r.ExitCode != diagnose.ExitClient && (r.ExitCode != diagnose.ExitUnexplained || r.ClientAuth == nil || r.ClientAuth.Verdict != cause.VerdictRejected):
		blame(&e, r)
		if r.ExitCode == diagnose.ExitServer {
			e.Title = "Its refusal counts for nothing, for the server itself cannot be accepted: " + e.Title
		} else {
			e.Title = "The connection fails before the client is judged: " + e.Title
		}
	case c.Code != "" && !r.Has(diagnose.Code(c.Code)):
		byRule(&e, cause.CheckRefusedOtherwise, &r.Facts)
		e.Seen = "refused by nothing that is known, expected " + c.Code
		if root != nil {
			e.Seen = fmt.Sprintf("refused by %s, expected %s", root.Code, c.Code)
		}
	default:
		e.Met = true
		if root != nil {
			e.Seen += ", " + string(root.Code)
		}
	}
	return e
}

// blame puts the cause that a probe found.
func blame(e *diagnose.Expectation, r *diagnose.Report) {
	e.Code, e.Title = "unexplained", "It fails, and no rule knows why."
	if root := r.RootCause(); root != nil {
		e.Code, e.Title, e.Fix = root.Code, root.Title, root.Fix
	}
}

// untold: the handshake was accepted, and the application has not answered.
func untold(e *diagnose.Expectation) {
	e.Met = false
	e.Title = "This could not be told: the handshake was accepted; the application was not asked."
	e.Fix = diagnose.Steps{diagnose.Say("Name what is spoken inside TLS (protocol: NAME), if it is one of " + strings.Join(starttls.Spoken(), ", ") + ".")}
}

// byRule puts the words of a rule.
func byRule(e *diagnose.Expectation, code diagnose.Code, f *diagnose.Facts) {
	e.Code = code
	if rule, ok := diagnose.RuleFor(code); ok {
		e.Title, e.Fix = rule.Words(f)
	}
}

// unseen is an expectation of a server that showed no certificate.
func unseen(e diagnose.Expectation, f *diagnose.Facts) diagnose.Expectation {
	blame(&e, diagnose.Examine(f))
	e.Seen = answered(f)
	return e
}

// answered says in words how the server answered.
func answered(f *diagnose.Facts) string {
	if len(f.Attempts) == 0 {
		return "no connection"
	}
	a := f.Attempts[0]
	switch {
	case a.FailedAt == diagnose.AtFiles:
		return "a local file cannot be used"
	case a.Alert != nil:
		return fmt.Sprintf("alert %d %s", a.Alert.Code, a.Alert.Name)
	case a.FailedAt == "" && a.HTTPStatus != 0:
		return fmt.Sprintf("TLS %s, HTTP %d", a.TLSVersion, a.HTTPStatus)
	case a.FailedAt == "" && f.Application != nil && f.Application.Answer != "":
		return "TLS " + a.TLSVersion + ", " + f.Application.Protocol + ": " + f.Application.Answer
	case a.FailedAt == "":
		return "TLS " + a.TLSVersion
	case a.Closed != "":
		return "closed without a word"
	case a.Error != "":
		return a.Error
	}
	return "failed at " + string(a.FailedAt)
}

func (c *Checker) tlsMin(ctx context.Context, t Target, proxy *url.URL, seen *diagnose.Facts) diagnose.Expectation {
	e := diagnose.Expectation{What: "speaks TLS " + t.TLSMin.Name + " at least"}
	if len(seen.Chains.Server) == 0 {
		return unseen(e, seen)
	}
	cfg := c.config(t, Identity{Name: "none"})
	cfg.Proxy = proxy
	agreed, older := observe.SpeaksBelow(ctx, cfg, seen.Target.Address, t.TLSMin.ID)
	if e.Met, e.Seen = !older, "agrees to nothing older"; older {
		byRule(&e, cause.CheckOldTLS, seen)
		e.Seen = "agrees to TLS " + agreed
	}
	return e
}

func daysLeft(t Target, seen *diagnose.Facts) diagnose.Expectation {
	e := diagnose.Expectation{What: fmt.Sprintf("certificates valid for %d days more", t.DaysLeft.N)}
	if len(seen.Chains.Server) == 0 {
		return unseen(e, seen)
	}
	var first *diagnose.Certificate
	for _, cert := range seen.Chains.Server {
		if cert.ParseError == "" && (first == nil || cert.NotAfter.Before(first.NotAfter)) {
			first = cert
		}
	}
	if first == nil {
		return unseen(e, seen)
	}
	left := first.NotAfter.Sub(seen.Time)
	e.Met = left >= time.Duration(t.DaysLeft.N)*24*time.Hour
	if !e.Met {
		byRule(&e, cause.CheckExpiresSoon, seen)
	}
	e.Seen = fmt.Sprintf("%s ends on %s, in %d days", first.Name(), first.NotAfter.Format(time.DateOnly), int(left.Hours()/24))
	if left < 0 {
		e.Seen = fmt.Sprintf("%s ended on %s", first.Name(), first.NotAfter.Format(time.DateOnly))
	}
	return e
}

func pinned(t Target, seen *diagnose.Facts) diagnose.Expectation {
	e := diagnose.Expectation{What: "shows a pinned key"}
	if len(seen.Chains.Server) == 0 {
		return unseen(e, seen)
	}
	for _, cert := range seen.Chains.Server {
		x := cert.X509()
		if x == nil {
			continue
		}
		sum := sha256.Sum256(x.RawSubjectPublicKeyInfo)
		for _, p := range t.Pins {
			if p.SHA256 == sum {
				e.Met, e.Seen = true, cert.Name()+" has it"
				return e
			}
		}
	}
	byRule(&e, cause.ServerCertPinMismatch, seen)
	e.Seen = "the server's key is " + PinOf(seen.Chains.Server[0])
	return e
}

// PinOf is the pin of a certificate's key, as curl writes it.
func PinOf(cert *diagnose.Certificate) string {
	x := cert.X509()
	if x == nil {
		return ""
	}
	sum := sha256.Sum256(x.RawSubjectPublicKeyInfo)
	return "sha256//" + base64.StdEncoding.EncodeToString(sum[:])
}
