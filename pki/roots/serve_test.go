package roots

import (
	"context"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/observe"
)

// TestServeByProfile lets mutual's own server judge real handshakes by
// profiles made for the test, at a time of the test's choosing.
func TestServeByProfile(t *testing.T) {
	w := newWorld(t)
	both := []Profile{w.dialogflow, w.legacy}
	tests := []struct {
		name  string
		at    time.Time
		chain []*authority
		want  diagnose.Code // "": accepted
		says  string        // the profile
	}{
		{"the caller", now, []*authority{w.caller, w.between}, "", "dialogflow"},
		{"the caller after the day", after, []*authority{w.caller, w.between}, "", "dialogflow"},
		{"the old caller in time", now, []*authority{w.oldCaller, w.oldBetween}, "", "dialogflow-legacy"},
		{"the old caller after the day", after, []*authority{w.oldCaller, w.oldBetween}, cause.DialogflowLegacyEnded, ""},
		{"a stranger of the same intermediate", now, []*authority{w.stranger, w.between}, cause.ClientNotTheExpectedIdentity, ""},
		{"for servers only", now, []*authority{w.serverOnly, w.between}, cause.ClientEKUMissingClientAuth, ""},
		{"no intermediate", now, []*authority{w.caller}, cause.ClientChainMissingIntermediate, ""},
		{"expired", now, []*authority{w.expired, w.between}, cause.ClientCertExpired, ""},
		{"another CA", now, []*authority{w.unknownCaller, w.otherRoot}, cause.ClientCAUntrustedByServer, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			gate, err := NewGate(both, Store{}, test.at)
			if err != nil {
				t.Fatal(err)
			}
			status, facts := visit(t, gate, test.at, test.chain)
			report := diagnose.Examine(facts)
			var got diagnose.Code
			if root := report.RootCause(); root != nil {
				got = root.Code
			}
			if got != test.want || (status == http.StatusOK) != (test.want == "") {
				t.Errorf("status %d, first finding %q, want %q", status, got, test.want)
			}
			if test.says != "" && (facts.Authorization == nil || facts.Authorization.Profile != test.says) {
				t.Errorf("authorization %+v, want by the profile %s", facts.Authorization, test.says)
			}
		})
	}
}

// TestServeAroundTheFirstOfDecember moves the server's clock over the days on
// which ES goes from one certificate to the other, and CX does not.
func TestServeAroundTheFirstOfDecember(t *testing.T) {
	w := newWorld(t)
	es, cx, both := []Profile{w.dialogflow, w.legacy}, []Profile{w.cx}, []Profile{w.dialogflow, w.legacy, w.cx}
	today, old := []*authority{w.caller, w.between}, []*authority{w.oldCaller, w.oldBetween}
	days := []time.Time{
		time.Date(2026, time.November, 30, 12, 0, 0, 0, time.UTC),
		LegacyEnds(), // 1 December, 00:00 UTC
		time.Date(2026, time.December, 5, 0, 0, 0, 0, time.UTC),
	}
	tests := []struct {
		name     string
		profiles []Profile
		chain    []*authority
		want     [3]string // by which profile on each of the days, or the refusal's code
	}{
		{"ES, today's certificate", es, today, [3]string{"dialogflow", "dialogflow", "dialogflow"}},
		{"ES, the old certificate", es, old, [3]string{"dialogflow-legacy", "dialogflow-legacy", "dialogflow-legacy-ended"}},
		{"CX", cx, old, [3]string{"dialogflow-cx", "dialogflow-cx", "dialogflow-cx"}},
		{"CX, where ES is let in too", both, old, [3]string{"dialogflow-legacy", "dialogflow-legacy", "dialogflow-cx"}},
		{"ES at a webhook for CX", cx, today, [3]string{"client-ca-untrusted-by-server", "client-ca-untrusted-by-server", "client-ca-untrusted-by-server"}},
	}
	for _, test := range tests {
		for i, at := range days {
			gate, err := NewGate(test.profiles, Store{}, at)
			if err != nil {
				t.Fatal(err)
			}
			_, facts := visit(t, gate, at, test.chain)
			got := ""
			if root := diagnose.Examine(facts).RootCause(); root != nil {
				got = string(root.Code)
			} else if facts.Authorization != nil {
				got = facts.Authorization.Profile
			}
			if got != test.want[i] {
				t.Errorf("%s, %s: %s, want %s", test.name, at.Format(time.DateTime), got, test.want[i])
			}
		}
	}
}

// visit makes one request to a server with that gate and returns the HTTP
// status, 0 where the handshake failed, and what the server saw.
func visit(t *testing.T, gate *Gate, at time.Time, chain []*authority) (int, *diagnose.Facts) {
	t.Helper()
	return visitBeside(t, gate, nil, at, chain)
}

// visitBeside is visit to a server that has CAs of clients of its own, too.
func visitBeside(t *testing.T, gate *Gate, own []*authority, at time.Time, chain []*authority) (int, *diagnose.Facts) {
	t.Helper()
	serverCA := root(t, "Server CA")
	server := issue(t, serverCA, "localhost", func(c *x509.Certificate) { c.IPAddresses = loopback() })
	dir := t.TempDir()
	writeFiles(t, dir, map[string][]byte{"server.pem": encode(server), "server.key": keyPEM(t, server)})
	var clientCA []string
	if len(own) > 0 {
		writeFiles(t, dir, map[string][]byte{"own.pem": encode(own...)})
		clientCA = []string{filepath.Join(dir, "own.pem")}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan *diagnose.Facts, 8)
	tell := func(f *diagnose.Facts) { seen <- f }
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- observe.Serve(ctx, []net.Listener{ln}, observe.ServeConfig{
			Cert: filepath.Join(dir, "server.pem"), Key: filepath.Join(dir, "server.key"), ClientAuth: observe.AuthRequire, ClientCA: clientCA,
			Anchors: gate.Anchors(), AdmitRules: gate.Rules(), Known: diagnose.Facts{Roots: gate.Facts()},
			Admit: gate.Admit, PinnedKeys: gate.Keys(),
			Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				io.WriteString(w, "hello")
				observe.Answered(r, http.StatusOK)
			}),
			Refused: tell, Closed: tell, Now: func() time.Time { return at },
		})
	}()
	pool := x509.NewCertPool()
	pool.AddCert(serverCA.Certificate)
	status, err := askAs(ln.Addr().(*net.TCPAddr).Port, pool, chain)
	var facts *diagnose.Facts
	select {
	case facts = <-seen:
	case <-time.After(20 * time.Second):
		t.Fatal("the server told of no connection")
	}
	cancel()
	if serveErr := <-done; serveErr != nil {
		t.Error(serveErr)
	}
	if status == 0 && err == nil {
		t.Error("the client got neither an answer nor an error")
	}
	return status, facts
}
