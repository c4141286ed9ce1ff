package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mutual/diagnose"
	"mutual/fixtures"
	"mutual/fixtures/stack"
)

// auditLab is a PKI on disk: servers and clients with a CA each, a second CA
// of clients, and a client that its CA has revoked.
type auditLab struct {
	dir  string
	file map[string]string
	jvm  map[string]*stack.JVM
}

func newAuditLab(t *testing.T) *auditLab {
	t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	ca := func(name string) *fixtures.Cert {
		return &fixtures.Cert{Name: name, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(240 * time.Hour), CA: true, MaxPathLen: -1,
			KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	}
	leaf := func(name string, issuer *fixtures.Cert, usage x509.ExtKeyUsage) *fixtures.Cert {
		return &fixtures.Cert{Name: name, Issuer: issuer, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(240 * time.Hour),
			KeyUsage: x509.KeyUsageDigitalSignature, ExtUsage: []x509.ExtKeyUsage{usage}}
	}
	servers, clients, others := ca("servers"), ca("clients"), ca("others")
	server := leaf("localhost", servers, x509.ExtKeyUsageServerAuth)
	server.DNS, server.IPs = []string{"localhost", "open.test"}, []net.IP{net.IPv4(127, 0, 0, 1)}
	l := &auditLab{dir: t.TempDir(), file: map[string]string{}, jvm: map[string]*stack.JVM{}}
	var mint fixtures.Mint
	for name, cert := range map[string]*fixtures.Cert{
		"servers": servers, "clients": clients, "others": others, "server": server,
		"alice": leaf("alice", clients, x509.ExtKeyUsageClientAuth), "bob": leaf("bob", clients, x509.ExtKeyUsageClientAuth),
		"carol": leaf("carol", clients, x509.ExtKeyUsageClientAuth), "other": leaf("other", others, x509.ExtKeyUsageClientAuth),
	} {
		made := mint.Make(cert)
		l.write(t, name, made.PEM())
		l.write(t, name+"-key", made.KeyPEM())
	}
	revoke := func(by *fixtures.Made, serials ...*big.Int) []byte {
		list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: now.Add(-time.Hour), NextUpdate: now.Add(240 * time.Hour)}
		for _, serial := range serials {
			list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: serial, RevocationTime: now.Add(-time.Minute)})
		}
		der, err := x509.CreateRevocationList(rand.Reader, list, by.X509(), by.Key)
		if err != nil {
			t.Fatal(err)
		}
		return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
	}
	list := revoke(mint.Make(clients), l.cert(t, "carol").SerialNumber)
	l.write(t, "crl", list)
	l.write(t, "wide", slices.Concat(l.read(t, "clients"), l.read(t, "others")))
	l.write(t, "wide-crl", slices.Concat(list, revoke(mint.Make(others))))
	return l
}

func (l *auditLab) write(t *testing.T, name string, data []byte) {
	l.file[name] = filepath.Join(l.dir, name+".pem")
	if err := os.WriteFile(l.file[name], data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (l *auditLab) read(t *testing.T, name string) []byte {
	data, err := os.ReadFile(l.file[name])
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (l *auditLab) cert(t *testing.T, name string) *x509.Certificate {
	block, _ := pem.Decode(l.read(t, name))
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// right is a server that demands a certificate of the right CA, and does what
// its stack can do about the rest.
func (l *auditLab) right(t *testing.T, kind stack.Kind) stack.Config {
	cfg := stack.Config{Dir: t.TempDir(), CertFile: l.file["server"], KeyFile: l.file["server-key"],
		ClientAuth: stack.AuthRequire, ClientCAFile: l.file["clients"], CRLFile: l.file["crl"], NoResumption: true}
	switch kind {
	case stack.Node:
		cfg.CipherSuites = "DEFAULT@SECLEVEL=2" // OpenSSL's own default takes RSA of 1024 bits
	case stack.Go:
		cfg.WeakRefused = true
	case stack.Java:
		cfg.WeakRefused, cfg.JVM = true, l.jvm["strong"]
	}
	return cfg
}

// TestAuditServers sets up real servers right, and wrong in one way each, and
// demands that the audit finds exactly the holes that were made.
func TestAuditServers(t *testing.T) {
	if testing.Short() {
		t.Skip("some sixty audits of real servers")
	}
	l := newAuditLab(t)
	if _, err := stack.Program(stack.Java); err == nil {
		l.startJava(t)
	}
	// An audit waits more than it works, so many run at a time.
	turn := make(chan struct{}, 8)
	done := make([]chan auditOutcome, len(auditTable))
	for i, row := range auditTable {
		done[i] = make(chan auditOutcome, 1)
		cfg := l.right(t, row.kind)
		if row.set != nil {
			row.set(l, &cfg)
		}
		go func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			done[i] <- l.auditRow(t.Context(), row, cfg)
		}()
	}
	for i, row := range auditTable {
		t.Run(fmt.Sprintf("%s/%s", row.kind, row.name), func(t *testing.T) {
			stack.Need(t, row.kind)
			o := <-done[i]
			if o.err != nil {
				t.Fatal(o.err)
			}
			want := slices.Clone(row.holes)
			slices.Sort(want)
			if got := holes(o.report); !slices.Equal(got, want) {
				t.Errorf("audit of %s, %s = %v, want %v\n%s", row.kind, row.name, got, want, triesText(o.report))
			}
			wantCode := diagnose.ExitOK
			if len(row.holes) > 0 {
				wantCode = diagnose.ExitAudit
			}
			if o.code != wantCode {
				t.Errorf("audit of %s, %s = exit code %d, want %d", row.kind, row.name, o.code, wantCode)
			}
		})
	}
}

// auditOutcome is what came of one row.
type auditOutcome struct {
	report *diagnose.Report
	code   int
	err    error
}

func (l *auditLab) auditRow(ctx context.Context, row auditRow, cfg stack.Config) auditOutcome {
	server, err := stack.Start(ctx, row.kind, cfg)
	if err != nil {
		return auditOutcome{err: err}
	}
	defer server.Stop()
	args := []string{"mutual", "audit", fmt.Sprintf("https://localhost:%d%s", server.Port, row.path), "--connect-to", server.Addr, "--json", "--rate", "100",
		"--cacert", l.file["servers"], "--cert", l.file["alice"], "--key", l.file["alice-key"],
		"--ca-cert", l.file["clients"], "--ca-key", l.file["clients-key"],
		"--other-identity", l.file["other"] + "," + l.file["other-key"], "--revoked", l.file["carol"] + "," + l.file["carol-key"]}
	var out, talk bytes.Buffer
	o := auditOutcome{report: new(diagnose.Report)}
	o.code = run(ctx, append(args, row.flags...), stdio{in: strings.NewReader(""), out: &out, err: &talk})
	if err := json.Unmarshal(out.Bytes(), o.report); err != nil || o.report.Audit == nil {
		o.err = fmt.Errorf("mutual audit = %d, %v: %s%s\nserver: %s", o.code, err, out.String(), talk.String(), server.Log())
	}
	return o
}

// holes are the cases accepted, each once.
func holes(r *diagnose.Report) []string {
	var names []string
	for _, try := range r.Audit.Tries {
		if try.Verdict == diagnose.TryAccepted {
			names = append(names, try.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func triesText(r *diagnose.Report) string {
	var b strings.Builder
	for _, try := range r.Audit.Tries {
		fmt.Fprintf(&b, "  %-18s %-9s %s: %s\n", try.Name, try.Verdict, try.What, try.How)
	}
	return b.String()
}

// startJava starts two machines: what they refuse is set for all of their
// servers.
func (l *auditLab) startJava(t *testing.T) {
	for _, name := range []string{"strong", "default"} {
		if l.jvm[name] == nil {
			dir := filepath.Join(l.dir, name)
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			jvm, err := stack.StartJVM(context.Background(), dir)
			if err != nil {
				t.Fatal(err)
			}
			l.jvm[name] = jvm
		}
	}
}
