package render

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mutual/diagnose"
	"mutual/diagnose/cause"
)

var update = flag.Bool("update", false, "write the golden texts anew, for review by eye")

var reports = []struct {
	name   string
	trace  bool
	report func(t *testing.T) *diagnose.Report
}{
	{"healthy", false, probeOf},
	{"healthy-trace", true, probeOf},
	{"healthy-warned", false, func(t *testing.T) *diagnose.Report {
		r := probeOf(t)
		r.Findings = []diagnose.Finding{
			{Code: cause.CertKeyTooWeak, Stage: diagnose.Chain, Side: diagnose.ServerSide, Severity: diagnose.Warning, Basis: diagnose.Proven,
				Title:    "The key of CN=localhost is short for today, and stricter clients will refuse it.",
				Evidence: []diagnose.Evidence{{Fact: "chains.server.0.key", Got: "RSA 1024", Want: "RSA 2048 or more"}},
				Fix:      diagnose.StepsOf([]string{"Issue it again with a longer key:", "  mutual issue server localhost --dir . --key-type p256 --force"})},
			{Code: cause.ChainOutOfOrder, Stage: diagnose.Chain, Side: diagnose.ServerSide, Severity: diagnose.Note, Basis: diagnose.Proven,
				Title: "The server sends its chain out of order, which most clients tolerate."},
		}
		return r
	}},
	{"not-enforced", false, optional},
	{"not-enforced-unexpectedly", false, func(t *testing.T) *diagnose.Report {
		r := optional(t)
		r.Expect(diagnose.ExpectEnforced)
		return r
	}},
	{"login-not-tried", false, func(t *testing.T) *diagnose.Report {
		r := optional(t)
		r.Target.Port, r.Target.StartTLS, r.HTTP, r.Findings = 5432, "postgres", nil, nil
		r.Attempts[0].HTTPStatus, r.Attempts[1].HTTPStatus = 0, 0
		r.ClientAuth.Policy, r.ClientAuth.Verdict, r.ClientAuth.Established = cause.PolicyUnknown, cause.VerdictUnknown, cause.HandshakeOnly
		r.Application = &diagnose.Application{Protocol: "postgres"}
		return r
	}},
	{"client-cert-missing", true, certMissing},
	{"missing-intermediate", false, missingIntermediate},
	{"several", false, func(t *testing.T) *diagnose.Report {
		r := missingIntermediate(t)
		expired := newRoot(t, "Mutual demo CA").issue(t, "client", false, now.Add(-75*time.Hour))
		r.Identity, r.Chains.Client = facts(expired), facts(expired)
		r.Findings = append(r.Findings, diagnose.Finding{
			Code: cause.ClientCertExpired, Stage: diagnose.ClientCertificate, Side: diagnose.ClientSide, Severity: diagnose.Error, Basis: diagnose.Proven,
			Title:       "The client's certificate CN=client expired 3 days ago.",
			Explanation: "A server refuses a certificate whose time is over, whoever signed it.",
			Evidence:    []diagnose.Evidence{{Fact: "identity.0.not_after", Got: "2026-11-20T09:00:00Z", Want: "after 2026-11-23T12:00:00Z"}},
			Fix:         diagnose.StepsOf([]string{"  mutual issue client client --dir . --force"}),
		})
		return r
	}},
	{"inferred", false, inferred},
	{"unexplained", false, func(t *testing.T) *diagnose.Report {
		r := certMissing(t)
		r.Verdict, r.ExitCode, r.Findings = diagnose.Unexplained, 1, []diagnose.Finding{}
		r.Given.CACert, r.Given.Dir = []string{"my ca.pem"}, ""
		return r
	}},
	{"rejected-as-expected", false, func(t *testing.T) *diagnose.Report {
		r := certMissing(t)
		r.Expect(diagnose.ExpectRejected)
		return r
	}},
	{"accepted-unexpectedly", false, func(t *testing.T) *diagnose.Report {
		r := probeOf(t)
		r.Expect(diagnose.ExpectRejected)
		return r
	}},
	{"refused-connection", false, func(t *testing.T) *diagnose.Report {
		r := probeOf(t)
		r.Connection, r.ClientAuth, r.Chains, r.Handshake = nil, nil, diagnose.Chains{}, nil
		r.Attempts = []diagnose.Attempt{{Name: "strict", Address: "127.0.0.1:4433", FailedAt: diagnose.AtConnect, Network: cause.NetworkRefused, Error: "connection refused"}}
		return fail(r, diagnose.Finding{Code: cause.TCPRefused, Stage: diagnose.Reach, Side: diagnose.ServerSide, Severity: diagnose.Error, Basis: diagnose.Proven,
			Title: "Nothing listens on 127.0.0.1:4433.", Explanation: "The machine answered, and said that no program takes connections on this port.",
			Evidence: []diagnose.Evidence{{Fact: "attempts.0.network", Got: "refused", Want: "a listening program"}},
			Fix:      diagnose.StepsOf([]string{"Start the server, or correct the port."})})
	}},
	{"hostile", true, hostile},
}

// optional is a server that asks for a certificate, and answers whoever comes.
func optional(t *testing.T) *diagnose.Report {
	r := probeOf(t)
	r.ClientAuth.Policy = cause.PolicyOptional
	r.Attempts = append(r.Attempts, diagnose.Attempt{Name: diagnose.TryNoCertificate, Varied: "no client certificate", Sent: "none", CertRequested: true, HTTPStatus: 200})
	r.Findings = []diagnose.Finding{{Code: cause.ClientAuthOptional, Stage: diagnose.ClientCertificate, Side: diagnose.ServerSide, Severity: diagnose.Warning, Basis: diagnose.Proven,
		Title: "The server also lets clients in that have no certificate.", Fix: diagnose.Steps{diagnose.Say("Have the server demand one.")}}}
	return r
}

func certMissing(t *testing.T) *diagnose.Report {
	r := probeOf(t)
	r.HTTP = nil
	r.Given = diagnose.Given{Target: "localhost:4433", CACert: []string{"ca-crt.pem"}}
	r.Identity, r.Chains.Client = nil, nil
	r.ClientAuth.Presented, r.ClientAuth.Verdict = false, cause.VerdictRejected
	r.Attempts = []diagnose.Attempt{
		{Name: "strict", FailedAt: diagnose.AtVerdict, Alert: &diagnose.Alert{From: diagnose.ServerSide, Code: 116, Name: "certificate_required"}, ServerHello: true, TLSVersion: "1.3", Millis: 2.4},
		{Name: "tls1.2", Varied: "TLS 1.2 only", Told: "the server sent alert 40 handshake_failure", FailedAt: diagnose.AtHandshake},
	}
	r.Handshake = handshake("empty", diagnose.Message{Millis: 2.4, From: diagnose.ServerSide, Message: "Alert", Detail: "fatal certificate_required (116)", Encrypted: true},
		diagnose.Message{Millis: 2.4, From: diagnose.ServerSide, Message: "Close", Detail: "end of stream"})
	return fail(r, diagnose.Finding{
		Code: cause.ClientCertMissing, Stage: diagnose.ClientCertificate, Side: diagnose.ClientSide, Severity: diagnose.Error, Basis: diagnose.Proven,
		Title:       "The server requires a client certificate, and none was given.",
		Explanation: "In mutual TLS the client shows a certificate too. This server insists on one, and this client was started without.",
		Evidence:    []diagnose.Evidence{{Fact: "client_auth.presented", Got: "false", Want: "true"}, {Fact: "attempts.0.alert", Got: "116 certificate_required"}},
		Fix: diagnose.Steps{diagnose.Say("Give one that this CA has issued:"),
			diagnose.Run("mutual probe localhost:4433 --cacert ca-crt.pem --cert client-crt.pem --key client-key.pem")},
		Explains: []string{"alert 116 certificate_required"},
	})
}

func missingIntermediate(t *testing.T) *diagnose.Report {
	r := probeOf(t)
	r.HTTP = nil
	root := newRoot(t, "Corp Root")
	issuing := root.issue(t, "Corp Issuing 2", true, now.AddDate(2, 0, 0))
	leaf := issuing.issue(t, "webhook.example", false, now.Add(61*24*time.Hour+time.Hour), "webhook.example")
	r.Target = diagnose.Target{Host: "webhook.example", Port: 443, ServerName: "webhook.example"}
	r.Trust = &diagnose.Trust{Source: "files", Files: []string{"corp-root.pem"}, Count: 1, Anchors: []*diagnose.Certificate{factIn(root, "corp-root.pem")}}
	r.Known = []*diagnose.Certificate{}
	r.Chains.Server = facts(leaf)
	r.Attempts[0].FailedAt = diagnose.AtVerifyPeer
	return fail(r, diagnose.Finding{
		Code: cause.ServerChainMissingIntermediate, Stage: diagnose.Chain, Side: diagnose.ServerSide, Severity: diagnose.Error, Basis: diagnose.Proven,
		Title:    "\"signed by unknown authority\": the server leaves out its intermediate certificate CN=Corp Issuing 2.",
		Evidence: []diagnose.Evidence{{Fact: "chains.server.0.issuer", Got: "CN=Corp Issuing 2,O=Mutual Lab", Want: "a certificate that was sent or is trusted"}},
		Fix:      diagnose.StepsOf([]string{"On the server, append the intermediate to the certificate file:", "  cat webhook.crt corp-issuing-2.crt > fullchain.pem"}),
	})
}

func inferred(t *testing.T) *diagnose.Report {
	r := probeOf(t)
	r.HTTP = nil
	r.ClientAuth.Verdict = cause.VerdictRejected
	r.Attempts = []diagnose.Attempt{
		{Name: "strict", FailedAt: diagnose.AtVerdict, Alert: &diagnose.Alert{From: diagnose.ServerSide, Code: 48, Name: "unknown_ca"}, ServerHello: true, TLSVersion: "1.3"},
		{Name: "no-certificate", Varied: "no client certificate", Told: "the server sent alert 116 certificate_required", FailedAt: diagnose.AtVerdict},
		{Name: "full-chain", Varied: "the client's certificate with the intermediates found beside it", Told: "the server sent alert 48 unknown_ca", FailedAt: diagnose.AtVerdict},
	}
	return fail(r, diagnose.Finding{
		Code: cause.ClientCAUntrustedByServer, Stage: diagnose.ClientCertificate, Side: diagnose.ServerSide, Severity: diagnose.Error, Basis: diagnose.Inferred,
		Title:       "The server does not trust CN=Mutual demo CA, which issued the client's certificate.",
		Explanation: "A server keeps a list of authorities whose clients it lets in.",
		Evidence:    []diagnose.Evidence{{Fact: "attempts.0.alert", Got: "48 unknown_ca"}, {Fact: "identity.0.issuer", Got: "CN=Mutual demo CA,O=Mutual Lab"}, {Fact: "attempts.2.alert", Got: "48 unknown_ca", Want: "none"}},
		Fix:         diagnose.StepsOf([]string{"Add CN=Mutual demo CA to the server's client CAs, or take a certificate from one of those it has."}),
		Candidates:  []diagnose.Code{"cert-not-known-here"},
		Settle:      "The server's own bundle turns this into proof:\n  mutual probe localhost:4433 --dir . --client-ca THE-SERVERS-BUNDLE.pem",
	})
}

// hostile is a report in which all that a peer can choose tries to drive the
// terminal.
func hostile(t *testing.T) *diagnose.Report {
	const evil = "\x1b[2J\x1b]0;owned\a\u009b31m\u202egro.live\r\nX \xff"
	r := certMissing(t)
	leaf := newRoot(t, evil[:len(evil)-1]).issue(t, "CN"+evil[:len(evil)-1], false, now.AddDate(1, 0, 0))
	r.Chains.Server = facts(leaf)
	r.Chains.Server[0].Subject = evil
	r.Given.Target = evil
	r.ClientAuth.AcceptableCAs = []string{evil}
	r.HTTP = &diagnose.HTTP{Status: 400, Server: evil, Body: "<p>" + evil}
	r.Attempts[0].FailedAt = diagnose.AtHTTP
	r.Attempts[1].Varied, r.Attempts[1].Told = evil, evil
	r.Handshake[1].Detail = evil
	r.Handshake[len(r.Handshake)-1].Detail = evil
	f := &r.Findings[0]
	f.Title, f.Explanation, f.Settle = evil, evil, evil
	f.Fix = diagnose.StepsOf([]string{evil, "  " + evil})
	f.Evidence = []diagnose.Evidence{{Fact: "chains.server.0.issuer", Got: evil, Want: evil}, {Fact: evil, Got: evil}}
	return r
}

func TestText(t *testing.T) {
	for _, c := range reports {
		for suffix, o := range map[string]Options{
			".txt":       {UTF8: true},
			".color.txt": {UTF8: true, Color: true},
			".ascii.txt": {},
		} {
			t.Run(c.name+suffix, func(t *testing.T) {
				o.Trace = c.trace
				var b strings.Builder
				if err := Text(&b, c.report(t), o); err != nil {
					t.Fatalf("Text = %v", err)
				}
				golden(t, c.name+suffix, b.String())
				if !o.Color {
					fits(t, b.String(), 80)
				}
				if !o.UTF8 {
					ascii(t, b.String())
				}
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("text differs from %s (-want +got):\n%s", file, diff)
	}
}

func fits(t *testing.T, text string, width int) {
	t.Helper()
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); Columns(line) > width {
			t.Errorf("line of %d columns, want at most %d: %s", Columns(line), width, line)
		}
	}
}

func ascii(t *testing.T, text string) {
	t.Helper()
	for _, r := range text {
		if r > 0x7e {
			t.Errorf("text for a terminal without UTF-8 holds %q", r)
		}
	}
}

// TestTextWidths draws every report at odd widths: nothing may be lost to
// them, or panic.
func TestTextWidths(t *testing.T) {
	for _, c := range reports {
		for _, width := range []int{1, 20, 40, 100} {
			var b strings.Builder
			if err := Text(&b, c.report(t), Options{UTF8: true, Width: width, Trace: true}); err != nil {
				t.Fatalf("Text(%s, width %d) = %v", c.name, width, err)
			}
			if width == 100 {
				fits(t, b.String(), width)
			}
		}
	}
}

// TestTextEmpty draws reports with nearly nothing in them.
func TestTextEmpty(t *testing.T) {
	for _, view := range []diagnose.View{"", diagnose.SeenByClient, diagnose.SeenByServer, diagnose.SeenInFiles} {
		for _, v := range []diagnose.Verdict{diagnose.Healthy, diagnose.Explained, diagnose.Unexplained} {
			r := &diagnose.Report{Verdict: v, Facts: diagnose.Facts{View: view}}
			if v == diagnose.Explained {
				r.Findings = []diagnose.Finding{{Severity: diagnose.Error}}
			}
			var b strings.Builder
			if err := Text(&b, r, Options{Trace: true}); err != nil || b.Len() == 0 {
				t.Errorf("Text(%s, %s) = %q, %v, want some text", view, v, b.String(), err)
			}
			ServeLine(r, "", Options{})
			if err := JUnit(&b, r); err != nil {
				t.Errorf("JUnit(%s, %s) = %v", view, v, err)
			}
		}
	}
}

// TestNothingDrivesTheTerminal looks for control characters in every format.
func TestNothingDrivesTheTerminal(t *testing.T) {
	r := hostile(t)
	var text, doc, xml strings.Builder
	for name, err := range map[string]error{
		"Text":  Text(&text, r, Options{UTF8: true, Trace: true}),
		"JSON":  JSON(&doc, r),
		"JUnit": JUnit(&xml, r),
	} {
		if err != nil {
			t.Errorf("%s = %v", name, err)
		}
	}
	for name, out := range map[string]string{"Text": text.String(), "JSON": doc.String(), "JUnit": xml.String(), "ServeLine": ServeLine(r, "GET /\x1b[0m", Options{})} {
		for _, c := range out {
			if c != '\n' && drives(c) {
				t.Errorf("%s writes %U", name, c)
			}
		}
	}
}
