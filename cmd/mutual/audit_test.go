package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
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
	"mutual/pki"
)

// auditOf runs an audit and reads its report.
func auditOf(t *testing.T, args ...string) (*diagnose.Report, int, string) {
	t.Helper()
	code, out, talk := command(t, append([]string{"audit", "--json", "--rate", "200"}, args...)...)
	var r diagnose.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("mutual audit = %d, %v: %s%s", code, err, out, talk)
	}
	if strings.Contains(out+talk, "PRIVATE") {
		t.Errorf("mutual audit prints a key: %s%s", out, talk)
	}
	return &r, code, talk
}

// verdictOn is what came of the first try of that case, and how.
func verdictOn(r *diagnose.Report, name string) (diagnose.TryVerdict, string) {
	for _, try := range r.Audit.Tries {
		if try.Name == name {
			return try.Verdict, try.How
		}
	}
	return "", ""
}

// TestAuditTrustUnseen: a server that names no CAs might trust any, and that is
// said beside what it refuses.
func TestAuditTrustUnseen(t *testing.T) {
	t.Parallel()
	dir := mutualFiles(t)
	pair := pki.LoadPair(filepath.Join(dir, "server-crt.pem"), filepath.Join(dir, "server-key.pem"), nil)
	pool := x509.NewCertPool()
	pool.AddCert(pki.LoadTrust(filepath.Join(dir, "ca-crt.pem")).Parsed()[0])
	for _, names := range []bool{true, false} {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello\n") }))
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.TLS = &tls.Config{Certificates: []tls.Certificate{pair.TLS()}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
		if !names {
			s.TLS.ClientAuth, s.TLS.ClientCAs, s.TLS.SessionTicketsDisabled = tls.RequireAnyClientCert, nil, true
			s.TLS.VerifyConnection = func(state tls.ConnectionState) error {
				_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
				return err
			}
		}
		s.StartTLS()
		t.Cleanup(s.Close)
		args := []string{s.Listener.Addr().String(), "--cacert", filepath.Join(dir, "ca-crt.pem"), "--cert", filepath.Join(dir, "client-crt.pem"), "--key", filepath.Join(dir, "client-key.pem"), "--rate", "100"}
		r, code, _ := auditOf(t, args...)
		if code != 0 || r.Has(cause.AuditTrustUnseen) == names {
			t.Errorf("audit of a server that names its CAs (%v) = %d, %+v", names, code, r.Findings)
		}
		if _, out, _ := command(t, append([]string{"audit"}, args...)...); strings.Contains(out, "whom else it trusts") == names || !strings.HasPrefix(out, "✓") {
			t.Errorf("audit of a server that names its CAs (%v) says\n%s", names, out)
		}
	}
}

// TestAuditRefused: where the good identity is refused, that is diagnosed with
// its own exit code, and nothing is audited.
func TestAuditRefused(t *testing.T) {
	t.Parallel()
	dir, other := mutualFiles(t), mutualFiles(t)
	target := serveFleet(t, dir, 1, tls.RequireAndVerifyClientCert)[0]
	ca := filepath.Join(dir, "ca-crt.pem")
	for _, c := range []struct {
		name string
		args []string
		code int
	}{
		{"a stranger", []string{target, "--cacert", ca, "--cert", filepath.Join(other, "client-crt.pem"), "--key", filepath.Join(other, "client-key.pem")}, 13},
		{"a server that is not trusted", []string{target, "--dir", other}, 12},
		{"no server", []string{"127.0.0.1:1", "--dir", dir}, 10},
		{"no file", []string{target, "--dir", dir, "--cert", filepath.Join(dir, "nobody.pem"), "--key", filepath.Join(dir, "nobody.pem")}, 14},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, code, talk := auditOf(t, c.args...)
			if code != c.code || r.Audit != nil || r.RootCause() == nil || !strings.Contains(talk, "not audited") {
				t.Errorf("mutual audit = %d, audited %v, %s, want %d and a diagnosis instead", code, r.Audit != nil, talk, c.code)
			}
		})
	}
}

// TestAuditUsage: what cannot be audited, and why.
func TestAuditUsage(t *testing.T) {
	dir := mutualFiles(t)
	for _, c := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"nobody", []string{"localhost:1"}, 2, "needs an identity"},
		{"no target", []string{"--dir", dir}, 2, "needs TARGET"},
		{"unknown case", []string{"localhost:1", "--dir", dir, "--allow", "expird"}, 2, "did you mean --allow expired?"},
		{"no rate", []string{"localhost:1", "--dir", dir, "--rate", "0"}, 2, "more than nothing"},
		{"no path", []string{"localhost:1", "--dir", dir, "--path", "admin"}, 2, "starts with a slash"},
		{"half a CA", []string{"localhost:1", "--cert", "x", "--key", "x", "--ca-key", "x"}, 2, "go together"},
		{"half an identity", []string{"localhost:1", "--dir", dir, "--other-identity", "x"}, 2, "CERT,KEY"},
		{"no such identity", []string{"localhost:1", "--dir", dir, "--other-identity", "x,y"}, 14, "x"},
		{"a leaf as the CA", []string{"localhost:1", "--dir", dir, "--ca-cert", filepath.Join(dir, "client-crt.pem"), "--ca-key", filepath.Join(dir, "client-key.pem")}, 14, "no CA's certificate"},
		{"another CA's key", []string{"localhost:1", "--dir", dir, "--ca-key", filepath.Join(dir, "client-key.pem")}, 14, "client-key.pem"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, talk := command(t, append([]string{"audit"}, c.args...)...)
			if code != c.code || !strings.Contains(out+talk, c.want) {
				t.Errorf("mutual audit = %d, %s%s, want %d and %q", code, out, talk, c.code, c.want)
			}
		})
	}
}

// TestAuditWithoutCAKey: what only the CA can make is not tried, and said so.
func TestAuditWithoutCAKey(t *testing.T) {
	t.Parallel()
	dir := mutualFiles(t)
	target := serveFleet(t, dir, 1, tls.RequireAndVerifyClientCert)[0]
	file := func(name string) string { return filepath.Join(dir, name) }
	r, code, _ := auditOf(t, target, "--cacert", file("ca-crt.pem"), "--cert", file("client-crt.pem"), "--key", file("client-key.pem"))
	if code != 0 {
		t.Errorf("mutual audit = %d, want 0", code)
	}
	for _, name := range []string{"expired", "rsa-1024", "resumed-expired"} {
		if v, how := verdictOn(r, name); v != diagnose.TryNotTried || !strings.Contains(how, "--ca-key") {
			t.Errorf("%s = %s, %s, want not tried for want of --ca-key", name, v, how)
		}
	}
	for _, name := range []string{"no-certificate", "self-signed", "forged-issuer", "wrong-key", "leaf-as-ca"} {
		if v, how := verdictOn(r, name); v != diagnose.TryRefused {
			t.Errorf("%s = %s, %s, want refused", name, v, how)
		}
	}
}

// TestAuditFlags: what the further flags change.
func TestAuditFlags(t *testing.T) {
	t.Parallel()
	dir := mutualFiles(t)
	target := serveFleet(t, dir, 1, tls.RequireAndVerifyClientCert)[0]
	other := mutualFiles(t)
	r, code, _ := auditOf(t, target, "--dir", dir, "--require-eku", "--client-ca", filepath.Join(other, "ca-crt.pem"), "--allow", "rsa-1024",
		"--other-identity", filepath.Join(dir, "client-crt.pem")+","+filepath.Join(dir, "client-key.pem"),
		"--revoked", filepath.Join(other, "client-crt.pem")+","+filepath.Join(other, "client-key.pem"))
	for name, want := range map[string]diagnose.TryVerdict{
		"no-eku": diagnose.TryAccepted, "other-ca": diagnose.TryAccepted, "ca-as-leaf": diagnose.TryAccepted,
		"rsa-1024": diagnose.TryAllowed, "other-identity": diagnose.TryNotTried, "revoked": diagnose.TryRefused,
	} {
		if v, how := verdictOn(r, name); v != want {
			t.Errorf("%s = %s, %s, want %s", name, v, how, want)
		}
	}
	if code != 15 || !r.Has(cause.AuditAcceptsNoEKU) || r.Has(cause.AuditAcceptsRSA1024) {
		t.Errorf("mutual audit = %d, %v, want 15, with no-eku and without rsa-1024", code, r.Findings)
	}
	text := func(format string) string {
		_, out, _ := command(t, "audit", target, "--dir", dir, "--rate", "200", "--format", format)
		return out
	}
	if out := text("text"); !strings.Contains(out, "✗ "+target+" accepted 2 of ") || !strings.Contains(out, "audit-accepts-ca-as-leaf") {
		t.Errorf("mutual audit = %s, want the verdict first", out)
	}
	if out := text("github"); !strings.Contains(out, "::error title="+strings.ReplaceAll(target, ":", "%3A")+"%3A audit-accepts-ca-as-leaf::") {
		t.Errorf("mutual audit --format github = %s, want an annotation", out)
	}
}

// TestAuditPinnedServer: where the server refuses every new certificate of the
// CA's, their refusal is no proof that faults are seen.
func TestAuditPinnedServer(t *testing.T) {
	t.Parallel()
	dir := mutualFiles(t)
	pair := pki.LoadPair(filepath.Join(dir, "server-crt.pem"), filepath.Join(dir, "server-key.pem"), nil)
	client := pki.Load(filepath.Join(dir, "client-crt.pem"), pki.RoleCert, nil).Parsed()[0]
	target := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{pair.TLS()}, ClientAuth: tls.RequireAnyClientCert,
		VerifyConnection: func(cs tls.ConnectionState) error {
			if !bytes.Equal(cs.PeerCertificates[0].Raw, client.Raw) {
				return errors.New("another certificate than the pinned one")
			}
			return nil
		}}, func(conn net.Conn) {
		conn.Read(make([]byte, 1<<12)) // the request
		io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	})
	r, code, _ := auditOf(t, target, "--dir", dir)
	if v, how := verdictOn(r, "expired"); code != 0 || v != diagnose.TryNotTried || !strings.Contains(how, "would show nothing") {
		t.Errorf("expired = %s, %s, exit code %d, want not tried, 0", v, how, code)
	}
	if v, how := verdictOn(r, "self-signed"); v != diagnose.TryRefused {
		t.Errorf("self-signed = %s, %s, want refused", v, how)
	}
}

// TestAuditWithoutAnswer: where the application does not answer, a finished
// handshake is no acceptance: what it lets pass could not be told.
func TestAuditWithoutAnswer(t *testing.T) {
	t.Parallel()
	dir := mutualFiles(t)
	pair := pki.LoadPair(filepath.Join(dir, "server-crt.pem"), filepath.Join(dir, "server-key.pem"), nil)
	cas := x509.NewCertPool()
	for _, c := range pki.LoadTrust(filepath.Join(dir, "ca-crt.pem")).Parsed() {
		cas.AddCert(c)
	}
	echo := func(conn net.Conn) { io.Copy(conn, conn) }
	strict := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{pair.TLS()}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: cas}, echo)
	lax := serveTLS(t, &tls.Config{Certificates: []tls.Certificate{pair.TLS()}, ClientAuth: tls.RequestClientCert}, echo)
	for _, version := range []string{"1.2", "1.3"} {
		r, code, _ := auditOf(t, strict, "--dir", dir, "--tls-max", version, "--allow", "rsa-1024", "--allow", "ca-as-leaf")
		if got := holes(r); code != 0 || len(got) > 0 {
			t.Errorf("mutual audit in TLS %s of a server that verifies = %d, %v, want no holes\n%s", version, code, got, triesText(r))
		}
		r, code, _ = auditOf(t, lax, "--dir", dir, "--tls-max", version)
		if got := holes(r); code != 15 || len(got) > 0 {
			t.Errorf("mutual audit in TLS %s of a server that verifies nothing = %d, %v, want 15 and no holes", version, code, got)
		}
		for _, name := range []string{"no-certificate", "self-signed"} {
			if v, how := verdictOn(r, name); v != diagnose.TryUnknown {
				t.Errorf("mutual audit in TLS %s: %s = %s, %s, want that it could not be told", version, name, v, how)
			}
		}
	}
}

// serveTLS runs a server that leaves each connection to talk.
func serveTLS(t *testing.T, cfg *tls.Config, talk func(net.Conn)) string {
	t.Helper()
	ln, err := tls.Listen("tcp", "127.0.0.1:0", cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(10 * time.Second))
				if conn.(*tls.Conn).Handshake() == nil {
					talk(conn)
				}
			}()
		}
	}()
	return ln.Addr().String()
}

// TestAuditRate: no more connections in a second than are asked for.
func TestAuditRate(t *testing.T) {
	t.Parallel()
	dir := mutualFiles(t)
	target := serveFleet(t, dir, 1, tls.RequireAndVerifyClientCert)[0]
	began := time.Now()
	code, out, talk := command(t, "audit", target, "--cacert", filepath.Join(dir, "ca-crt.pem"), "--cert", filepath.Join(dir, "client-crt.pem"),
		"--key", filepath.Join(dir, "client-key.pem"), "--rate", "5", "--json")
	var r diagnose.Report
	if err := json.Unmarshal([]byte(out), &r); err != nil || code != 0 {
		t.Fatalf("mutual audit = %d, %v, %s", code, err, talk)
	}
	least := time.Duration(r.Audit.Connections-2) * time.Second / 5
	if took := time.Since(began); took < least {
		t.Errorf("%d connections in %v, want %v at least", r.Audit.Connections, took, least)
	}
	if want := fmt.Sprintf("auditing %s, at most 5 connections a second", target); !strings.Contains(talk, want) {
		t.Errorf("mutual audit says %q, want %q", talk, want)
	}
}
