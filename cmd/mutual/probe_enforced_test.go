package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/fixtures/stack"
	"mutual/pki"
)

// TestNotEnforced probes servers that differ in what becomes of a client
// without a certificate. The headline says it, and --expect enforced demands
// that such a client is refused.
func TestNotEnforced(t *testing.T) {
	dir := mutualFiles(t)
	pair := pki.LoadPair(filepath.Join(dir, "server-crt.pem"), filepath.Join(dir, "server-key.pem"), nil)
	cas := x509.NewCertPool()
	cas.AddCert(pki.LoadTrust(filepath.Join(dir, "ca-crt.pem")).Parsed()[0])
	config := func(auth tls.ClientAuthType) *tls.Config {
		return &tls.Config{Certificates: []tls.Certificate{pair.TLS()}, ClientAuth: auth, ClientCAs: cas}
	}
	web := func(auth tls.ClientAuthType, status func(known bool) int) string {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status(len(r.TLS.PeerCertificates) > 0))
		}))
		s.TLS, s.Config.ErrorLog = config(auth), log.New(io.Discard, "", 0)
		s.StartTLS()
		t.Cleanup(s.Close)
		return s.Listener.Addr().String()
	}
	always := func(code int) func(bool) int { return func(bool) int { return code } }
	unless := func(code int) func(bool) int {
		return func(known bool) int {
			if known {
				return 200
			}
			return code
		}
	}
	for _, tt := range []struct {
		name, target string
		head         string
		enforced     int // exit code of --expect enforced
		found        bool
	}{
		{"demanded", web(tls.RequireAndVerifyClientCert, always(200)), "✓ Mutual TLS works: TARGET accepted CN=client.", 0, false},
		{"asked for", web(tls.VerifyClientCertIfGiven, always(200)), "! Mutual TLS works: TARGET accepted CN=client, but it is not enforced: clients without a certificate get in too.", 15, true},
		{"any taken", web(tls.RequestClientCert, always(200)), "! Mutual TLS works: TARGET accepted CN=client, but it is not enforced: clients without a certificate get in too.", 15, true},
		{"asked for, and 404 to all", web(tls.VerifyClientCertIfGiven, always(404)), "! Mutual TLS works: TARGET accepted CN=client, but it is not enforced: clients without a certificate get in too.", 15, true},
		{"the application refuses", web(tls.VerifyClientCertIfGiven, unless(403)), "✓ Mutual TLS works: TARGET accepted CN=client.", 0, false},
		{"the application sends to a login", web(tls.VerifyClientCertIfGiven, unless(302)), "✓ Mutual TLS works: TARGET accepted CN=client.", 15, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, out, talk := command(t, "probe", tt.target, "--dir", dir, "--timeout", "2s")
			head, _, _ := strings.Cut(out, "\n\n")
			head = strings.Join(strings.Fields(head), " ")
			if want := strings.ReplaceAll(tt.head, "TARGET", tt.target); code != 0 || head != want {
				t.Errorf("mutual probe = %d, %s%s\nwant 0, %s", code, head, talk, want)
			}
			code, out, _ = command(t, "probe", tt.target, "--dir", dir, "--timeout", "2s", "--expect", "enforced", "--json")
			var r diagnose.Report
			if err := json.Unmarshal([]byte(out), &r); err != nil || code != tt.enforced || r.ExitCode != tt.enforced || r.Expected != diagnose.ExpectEnforced || r.Has(cause.ClientAuthOptional) != tt.found {
				t.Errorf("mutual probe --expect enforced = %d, %v, %s, want %d, client-auth-optional %v", code, err, out, tt.enforced, tt.found)
			}
		})
	}
}

// TestSilentServer: where nothing inside TLS answers, no more is claimed than
// that TLS went through, and nothing is called enforced that only asks.
func TestSilentServer(t *testing.T) {
	dir := mutualFiles(t)
	pair := pki.LoadPair(filepath.Join(dir, "server-crt.pem"), filepath.Join(dir, "server-key.pem"), nil)
	cas := x509.NewCertPool()
	cas.AddCert(pki.LoadTrust(filepath.Join(dir, "ca-crt.pem")).Parsed()[0])
	for _, auth := range []tls.ClientAuthType{tls.VerifyClientCertIfGiven, tls.RequireAndVerifyClientCert} {
		target := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{pair.TLS()}, ClientAuth: auth, ClientCAs: cas}, func(c net.Conn) { io.Copy(io.Discard, c) })
		code, out, talk := command(t, "probe", target, "--dir", dir, "--timeout", "2s")
		out = strings.Join(strings.Fields(out), " ")
		if want := "! The handshake was accepted by " + target + "; the application did not answer."; code != 0 || !strings.HasPrefix(out, want) || strings.Contains(out, "get in too") {
			t.Errorf("mutual probe = %d, %s%s, want 0, %s", code, out, talk, want)
		}
		if auth == tls.VerifyClientCertIfGiven {
			if code, out, _ := command(t, "probe", target, "--dir", dir, "--timeout", "2s", "--expect", "enforced"); code != 15 {
				t.Errorf("mutual probe --expect enforced = %d, %s, want 15", code, out)
			}
		}
	}
}

// TestEnforcedWithoutCertificate: where a client without a certificate gets in
// itself, there is nothing more to try.
func TestEnforcedWithoutCertificate(t *testing.T) {
	dir := mutualFiles(t)
	for auth, want := range map[tls.ClientAuthType]int{tls.NoClientCert: 15, tls.VerifyClientCertIfGiven: 15, tls.RequireAndVerifyClientCert: 13} {
		target := serveFleet(t, dir, 1, auth)[0]
		if code, out, talk := command(t, "probe", target, "--cacert", filepath.Join(dir, "ca-crt.pem"), "--expect", "enforced"); code != want {
			t.Errorf("mutual probe --expect enforced of a server with %v = %d, %s%s, want %d", auth, code, out, talk, want)
		}
	}
}

// TestEnforcedByServers holds the verdict to real servers: those that demand a
// certificate, and those that only ask for one.
func TestEnforcedByServers(t *testing.T) {
	for _, kind := range []stack.Kind{stack.Nginx, stack.HAProxy, stack.Apache, stack.Node, stack.OpenSSL, stack.GnuTLS, stack.Python} {
		for auth, want := range map[stack.ClientAuth]int{stack.AuthRequire: 0, stack.AuthOptional: 15} {
			t.Run(string(kind)+", "+string(auth), func(t *testing.T) {
				stack.Need(t, kind)
				t.Parallel()
				dir := mutualFiles(t)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				server, err := stack.Start(ctx, kind, stack.Config{Dir: t.TempDir(), CertFile: filepath.Join(dir, "server-crt.pem"), KeyFile: filepath.Join(dir, "server-key.pem"),
					ClientAuth: auth, ClientCAFile: filepath.Join(dir, "ca-crt.pem")})
				if err != nil {
					t.Fatal(err)
				}
				defer server.Stop()
				_, port, err := net.SplitHostPort(server.Addr)
				if err != nil {
					t.Fatal(err)
				}
				code, out, talk := command(t, "probe", "localhost:"+port, "--dir", dir, "--expect", "enforced")
				if code != want || strings.Contains(out, "does not enforce") != (want != 0) {
					t.Errorf("mutual probe --expect enforced = %d, %s%s, want %d", code, out, talk, want)
				}
			})
		}
	}
}
