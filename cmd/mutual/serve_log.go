package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/observe"
)

// serveLog writes what a server has to tell: what concerns clients to standard
// output, what concerns itself to standard error.
type serveLog struct {
	json    bool
	options render.Options
	ask     observe.ClientAuth

	mu    sync.Mutex
	out   io.Writer
	err   io.Writer
	quiet map[string]bool      // hosts that were reported once for saying nothing
	known map[string]judgement // findings of accepted clients, by their leaf
}

// judgement is what the rules found in a client that was let in.
type judgement struct {
	findings []diagnose.Finding
	at       time.Time
}

// Bounds of what a serveLog remembers.
const (
	maxQuiet     = 1024
	maxKnown     = 1024
	judgementAge = time.Minute
)

func newServeLog(c *cli.Context) *serveLog {
	return &serveLog{
		json: outputFormat(c) == "json", options: renderOptions(c), out: c.App.Writer, err: c.App.ErrWriter,
		ask: observe.ClientAuth(c.String("client-auth")), quiet: map[string]bool{}, known: map[string]judgement{},
	}
}

// start says where and how the server serves.
func (l *serveLog) start(url string, cfg observe.ServeConfig) {
	how := "client certificates required"
	switch cfg.ClientAuth {
	case observe.AuthRequest:
		how = "client certificates asked for, not required"
	case observe.AuthNone:
		how = "client certificates not asked for"
	}
	if len(cfg.ClientCA) > 0 {
		how += ", CA " + strings.Join(cfg.ClientCA, ", ")
	}
	lets := slices.Clone(cfg.AdmitRules)
	if rule := ownRule(cfg); rule != "" {
		lets = append(lets, rule)
	}
	io.WriteString(l.err, render.ServeStart(url, how, strings.Join(lets, "; "), l.options))
}

// ownRule says whom the server lets in beside the callers of pinned roots;
// "" where its CAs of clients decide alone, or there is nobody else.
func ownRule(cfg observe.ServeConfig) string {
	var rules []string
	for _, rule := range cfg.Allow {
		rules = append(rules, rule.String())
	}
	who := strings.Join(rules, "; ")
	if cfg.Admit == nil || len(cfg.ClientCA) == 0 {
		return who
	}
	if who == "" {
		who = "any client"
	}
	return who + " of " + strings.Join(cfg.ClientCA, ", ") + ", but under a pinned root by its profile only"
}

// refused tells of a handshake that came to nothing.
func (l *serveLog) refused(f *diagnose.Facts) {
	l.write(diagnose.Examine(f), "")
}

// gone tells of a client that was let in and left without a request.
func (l *serveLog) gone(f *diagnose.Facts) {
	if f.Attempts[0].FailedAt != "" {
		l.write(diagnose.Examine(f), "")
		return
	}
	l.write(l.examine(f), "no request")
}

// closed tells of an accepted connection at its end.
func (l *serveLog) closed(f *diagnose.Facts) { l.write(l.examine(f), "") }

// changed tells of files that were read again.
func (l *serveLog) changed(n observe.Notice) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now().Format("15:04:05")
	if n.Err != nil {
		fmt.Fprintf(l.err, "%s the files have changed and are not used, what was read before stays: %s\n", now, render.Escape(n.Err.Error()))
		return
	}
	clear(l.known)
	fmt.Fprintf(l.err, "%s new files in use: %s, valid until %s\n", now, render.Escape(n.Leaf.Name()), n.Leaf.NotAfter.Format("2 January 2006"))
}

// examine judges a client that was let in. A server that requires a sound
// certificate has judged it already, and what the rules add (warnings) is
// looked up again only now and then: it must not cost more than the handshake.
func (l *serveLog) examine(f *diagnose.Facts) *diagnose.Report {
	if l.ask != observe.AuthRequire || len(f.Chains.Client) == 0 || f.Attempts[0].FailedAt != "" {
		return diagnose.Examine(f)
	}
	leaf := f.Chains.Client[0].SHA256
	l.mu.Lock()
	j, ok := l.known[leaf]
	l.mu.Unlock()
	if !ok || f.Time.Sub(j.at).Abs() > judgementAge {
		j = judgement{findings: diagnose.Examine(f).Findings, at: f.Time}
		l.mu.Lock()
		if len(l.known) >= maxKnown {
			clear(l.known)
		}
		l.known[leaf] = j
		l.mu.Unlock()
	}
	return &diagnose.Report{Schema: diagnose.Schema, Verdict: diagnose.Healthy, Facts: *f, Findings: j.findings}
}

func (l *serveLog) write(r *diagnose.Report, request string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.json {
		render.JSONLine(l.out, r)
		return
	}
	if r.Has(cause.ClientSaidNothing) && !l.firstOf(r.Remote) || r.Has(cause.BrowserAsksItsUser) {
		return
	}
	r.Time = r.Time.Local()
	if request != "" { // what is merely worth knowing is for /whoami and JSON
		r.Findings = slices.DeleteFunc(slices.Clone(r.Findings), func(f diagnose.Finding) bool { return f.Severity == diagnose.Note })
	}
	io.WriteString(l.out, render.ServeLine(r, request, l.options))
}

// firstOf reports whether this host was not reported for saying nothing yet:
// a health check would fill the log. The lock is held.
func (l *serveLog) firstOf(remote string) bool {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	if l.quiet[host] || len(l.quiet) >= maxQuiet {
		return false
	}
	l.quiet[host] = true
	return true
}

// requests logs each request that next answers.
func (l *serveLog) requests(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		answer := &answerWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		observe.Answered(r, answer.status)
		if l.json {
			return
		}
		if f := observe.FactsOf(r); f != nil {
			path := r.URL.Path // the query may hold a secret
			if len(path) > 60 {
				path = path[:60] + "..."
			}
			l.write(l.examine(f), fmt.Sprintf("%s %s %d  %s", r.Method, path, answer.status, shortTime(time.Since(began))))
		}
	})
}

// answerWriter keeps the status of an answer.
type answerWriter struct {
	http.ResponseWriter
	status int
}

func (w *answerWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func shortTime(d time.Duration) string {
	if d < time.Millisecond {
		return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}
