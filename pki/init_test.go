package pki

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mutual/diagnose/cause"
)

func mustInit(t testing.TB, dir string, opts InitOptions) *Set {
	t.Helper()
	set, err := Init(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// states lists the files in a state.
func states(set *Set, state State) string {
	var list []string
	for _, f := range set.Files {
		if f.State == state {
			list = append(list, strings.TrimSuffix(f.Name, ".pem"))
		}
	}
	return strings.Join(list, " ")
}

const allFiles = "ca-crt ca-key server-crt server-key client-crt client-key"

// TestInitAgain changes one thing in a folder made by Init, and runs it again.
func TestInitAgain(t *testing.T) {
	now := time.Now()
	remove := func(files ...string) func(string) error {
		return func(dir string) error {
			for _, f := range files {
				if err := os.Remove(filepath.Join(dir, f)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	write := func(file, data string) func(string) error {
		return func(dir string) error { return os.WriteFile(filepath.Join(dir, file), []byte(data), 0o600) }
	}
	stranger := t.TempDir()
	mustInit(t, stranger, InitOptions{Now: now})
	take := func(files ...string) func(string) error {
		return func(dir string) error {
			for _, f := range files {
				data, err := os.ReadFile(filepath.Join(stranger, f))
				if err != nil {
					return err
				}
				if err := os.WriteFile(filepath.Join(dir, f), data, 0o600); err != nil {
					return err
				}
			}
			return nil
		}
	}
	for _, tt := range []struct {
		name   string
		change func(dir string) error
		opts   InitOptions
		made   string
		codes  string
	}{
		{"nothing", remove(), InitOptions{Now: now}, "", ""},
		{"client gone", remove("client-crt.pem", "client-key.pem"), InitOptions{Now: now}, "client-crt client-key", ""},
		{"certificate gone", remove("server-crt.pem"), InitOptions{Now: now}, "server-crt", ""},
		{"CA certificate gone", remove("ca-crt.pem"), InitOptions{Now: now}, "ca-crt", ""},
		{"all certificates gone", remove("ca-crt.pem", "server-crt.pem", "client-crt.pem"), InitOptions{Now: now}, "ca-crt server-crt client-crt", ""},
		{"another client", remove(), InitOptions{Now: now, Clients: []string{"ann"}}, "ann-crt ann-key", ""},
		{"key gone", remove("server-key.pem"), InitOptions{Now: now}, "", "file-not-found!"},
		{"CA key gone", remove("ca-key.pem"), InitOptions{Now: now}, "", "file-not-found!"},
		{"CA gone", remove("ca-crt.pem", "ca-key.pem"), InitOptions{Now: now}, "", "file-not-found!"},
		{"expired", remove(), InitOptions{Now: now.Add(400 * day)}, "", "server-cert-expired! client-cert-expired!"},
		{"CA expired too", remove(), InitOptions{Now: now.Add(4000 * day)}, "", "trust-anchor-expired! server-cert-expired! client-cert-expired!"},
		{"before its time", remove(), InitOptions{Now: now.Add(-2 * day)}, "", "issuer-cert-not-yet-valid! server-cert-not-yet-valid! client-cert-not-yet-valid!"},
		{"another key", take("server-key.pem"), InitOptions{Now: now}, "", "cert-key-pair-mismatch!"},
		{"another CA", take("ca-crt.pem", "ca-key.pem"), InitOptions{Now: now}, "", "server-ca-untrusted! client-ca-untrusted-by-server!"},
		{"client of another CA", take("client-crt.pem", "client-key.pem"), InitOptions{Now: now}, "", "client-ca-untrusted-by-server!"},
		{"client certificate for the server", func(dir string) error {
			for _, kind := range []string{"-crt.pem", "-key.pem"} {
				if err := os.Rename(filepath.Join(dir, "client"+kind), filepath.Join(dir, "server"+kind)); err != nil {
					return err
				}
			}
			return nil
		}, InitOptions{Now: now}, "client-crt client-key", "server-eku-missing-serverauth!"},
		{"another host", remove(), InitOptions{Now: now, Hosts: []string{"localhost", "web.example"}}, "", "server-name-mismatch!"},
		{"another address", remove(), InitOptions{Now: now, Hosts: []string{"192.0.2.1"}}, "", "server-ip-san-missing!"},
		{"same host", remove(), InitOptions{Now: now, Hosts: []string{"localhost"}}, "", ""},
		{"empty file", write("client-crt.pem", ""), InitOptions{Now: now}, "", "file-empty!"},
		{"cut off key", write("ca-key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n"), InitOptions{Now: now}, "", "pem-truncated!"},
		{"start anew", take("ca-crt.pem", "client-key.pem"), InitOptions{Now: now, Force: true, Yes: true}, allFiles, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if set := mustInit(t, dir, InitOptions{Now: now}); states(set, Made) != allFiles {
				t.Fatalf("Init() made %s, want %s", states(set, Made), allFiles)
			}
			if err := tt.change(dir); err != nil {
				t.Fatal(err)
			}
			set := mustInit(t, dir, tt.opts)
			if states(set, Made) != tt.made || codesOf(set.Problems) != tt.codes {
				t.Fatalf("Init() made %q, problems %v, want %q, %q", states(set, Made), set.Problems, tt.made, tt.codes)
			}
			if set.Err() == nil && len(tt.opts.Clients) == 0 {
				checkSet(t, dir)
			}
		})
	}
}

func TestInitContradicted(t *testing.T) {
	dir := t.TempDir()
	mustInit(t, dir, InitOptions{Now: time.Now(), Name: "One"})
	for name, opts := range map[string]InitOptions{
		"name":     {Now: time.Now(), Name: "Two"},
		"key type": {Now: time.Now(), KeyType: RSA2048},
	} {
		if _, err := Init(dir, opts); !isExists(err) {
			t.Errorf("Init() with another %s = %v, want *ExistsError", name, err)
		}
	}
	if set := mustInit(t, dir, InitOptions{Now: time.Now(), Name: "One", KeyType: P256}); set.Count(Kept) != 6 {
		t.Errorf("Init() with the same name and key type kept %d files, want 6", set.Count(Kept))
	}
}

func TestInitOptionErrors(t *testing.T) {
	for _, tt := range []struct {
		option string
		opts   InitOptions
	}{
		{"--host", InitOptions{Hosts: []string{"localhost:4433"}}},
		{"--client", InitOptions{Clients: []string{"../x"}}},
		{"--client", InitOptions{Clients: []string{"CA"}}},
		{"--client", InitOptions{Clients: []string{"server"}}},
		{"--key-type", InitOptions{KeyType: "dsa"}},
		{"--name", InitOptions{Name: strings.Repeat("x", 65)}},
	} {
		dir := filepath.Join(t.TempDir(), "new")
		tt.opts.Now = time.Now()
		_, err := Init(dir, tt.opts)
		if usage, ok := errors.AsType[*UsageError](err); !ok || usage.Option != tt.option {
			t.Errorf("Init(%+v) = %v, want *UsageError for %s", tt.opts, err, tt.option)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("Init(%+v) made the folder", tt.opts)
		}
	}
}

func TestInitForceNamesOrphans(t *testing.T) {
	dir := t.TempDir()
	mustInit(t, dir, InitOptions{Now: time.Now(), Clients: []string{"ann"}})
	set := mustInit(t, dir, InitOptions{Now: time.Now(), Force: true, Yes: true})
	if len(set.Orphans) != 1 || set.Orphans[0] != "ann-crt.pem" {
		t.Errorf("Orphans = %v, want ann-crt.pem", set.Orphans)
	}
}

func mustIssue(t testing.TB, dir string, opts IssueOptions) (*Set, *x509.Certificate) {
	t.Helper()
	set, err := Issue(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Err(); err != nil {
		t.Fatal(err)
	}
	return set, set.Files[0].Cert
}

func TestIssue(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	mustInit(t, dir, InitOptions{Now: now, CALife: 500 * day})

	set, cert := mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"ann", "bob"}, Now: now, SANs: []string{"spiffe://example.org/x", "ann@example.com"}, Subject: "CN=Ann,O=Example,L=Berlin,emailAddress=ann@example.com"})
	if got := states(set, Made); got != "ann-crt ann-key bob-crt bob-key" {
		t.Errorf("Issue() made %s", got)
	}
	if got, want := DescribeName(cert.RawSubject), "CN=Ann,O=Example,L=Berlin,emailAddress=ann@example.com"; got != want {
		t.Errorf("subject = %s, want %s", got, want)
	}
	if got := strings.Join(SANsOf(cert).Strings(), " "); got != "ann@example.com spiffe://example.org/x" {
		t.Errorf("names = %s", got)
	}

	again, kept := mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"ann"}, Now: now})
	if states(again, Kept) != "ann-crt ann-key" || !kept.Equal(cert) {
		t.Errorf("Issue() again kept %q", states(again, Kept))
	}
	if _, err := Issue(dir, IssueOptions{Purpose: Client, Names: []string{"ann"}, Now: now, Subject: "CN=Other"}); !isExists(err) {
		t.Errorf("Issue() with another subject = %v, want *ExistsError", err)
	}
	if _, err := Issue(dir, IssueOptions{Purpose: Client, Names: []string{"ann"}, Now: now, KeyType: RSA2048}); !isExists(err) {
		t.Errorf("Issue() with another key type = %v, want *ExistsError", err)
	}
	_, replaced := mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"ann"}, Now: now, Force: true})
	if replaced.Equal(cert) || samePublicKey(replaced.PublicKey, cert.PublicKey) {
		t.Error("Issue() with Force kept the old certificate or key")
	}

	_, long := mustIssue(t, dir, IssueOptions{Purpose: Server, Names: []string{"web.example"}, Now: now, Life: 5000 * day, SANs: []string{"10.0.0.1"}})
	ca := Load(filepath.Join(dir, "ca-crt.pem"), RoleTrust, nil).Parsed()[0]
	if !long.NotAfter.Equal(ca.NotAfter) {
		t.Errorf("leaf ends %v, want with its CA %v", long.NotAfter, ca.NotAfter)
	}
	if got := strings.Join(SANsOf(long).Strings(), " "); got != "web.example 10.0.0.1" {
		t.Errorf("names = %s, want web.example 10.0.0.1", got)
	}
	if _, wild := mustIssue(t, dir, IssueOptions{Purpose: Server, Names: []string{"*.example.com", "::1"}, Now: now}); wild.VerifyHostname("a.example.com") != nil {
		t.Errorf("wildcard certificate is for %v", wild.DNSNames)
	}
	for _, file := range []string{"wildcard.example.com-crt.pem", "ip--1-crt.pem"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Error(err)
		}
	}

	old := Load(filepath.Join(dir, "server-crt.pem"), RoleCert, nil).Parsed()[0]
	_, renewed := mustIssue(t, dir, IssueOptions{Purpose: Server, Names: []string{"server"}, Now: now, Force: true})
	if len(SANsOf(renewed).Missing(SANsOf(old))) > 0 || renewed.Equal(old) {
		t.Errorf("renewed server certificate is for %v, want %v", SANsOf(renewed).Strings(), SANsOf(old).Strings())
	}
}

func isExists(err error) bool {
	_, ok := errors.AsType[*ExistsError](err)
	return ok
}

func TestIssueCSR(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	mustInit(t, dir, InitOptions{Now: now})
	key, err := GenerateKey(P384)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject:  pkix.Name{CommonName: "from csr", Organization: []string{"Example"}},
		DNSNames: []string{"csr.example"},
		ExtraExtensions: []pkix.Extension{
			{Id: []int{2, 5, 29, 19}, Critical: true, Value: []byte{0x30, 3, 1, 1, 0xff}},       // CA:TRUE
			{Id: []int{2, 5, 29, 37}, Value: []byte{0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 3}}, // codeSigning
			{Id: []int{2, 5, 29, 15}, Critical: true, Value: []byte{3, 2, 1, 6}},                // keyCertSign, cRLSign
		},
	}, key)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, data string) string {
		path := filepath.Join(dir, name)
		mustWrite(t, path, data, 0o644)
		return path
	}
	for _, path := range []string{write("a.csr", block("CERTIFICATE REQUEST", der, nil)), write("b.csr", string(der))} {
		set, cert := mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"csr"}, CSR: path, Now: now, Force: true})
		if states(set, Made) != "csr-crt" {
			t.Errorf("Issue() made %s, want csr-crt alone", states(set, Made))
		}
		if cert.IsCA || cert.KeyUsage != x509.KeyUsageDigitalSignature || len(cert.ExtKeyUsage) != 1 || cert.ExtKeyUsage[0] != x509.ExtKeyUsageClientAuth {
			t.Errorf("certificate took CA %v, key usage %v, extended %v from the request", cert.IsCA, cert.KeyUsage, cert.ExtKeyUsage)
		}
		if got := DescribeName(cert.RawSubject); got != "O=Example,CN=from csr" && got != "CN=from csr,O=Example" {
			t.Errorf("subject = %s", got)
		}
		if len(cert.DNSNames) != 1 || cert.DNSNames[0] != "csr.example" || !samePublicKey(cert.PublicKey, key.Public()) {
			t.Errorf("names %v, key %s", cert.DNSNames, DescribeKey(cert.PublicKey))
		}
	}
	if set, _ := mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"csr"}, CSR: filepath.Join(dir, "a.csr"), Now: now}); states(set, Kept) != "csr-crt" {
		t.Errorf("Issue() again kept %q, want csr-crt", states(set, Kept))
	}
	if _, cert := mustIssue(t, dir, IssueOptions{Purpose: Server, Names: []string{"other"}, CSR: filepath.Join(dir, "a.csr"), Subject: "CN=given", SANs: []string{"given.example"}, Now: now}); cert.Subject.CommonName != "given" || strings.Join(cert.DNSNames, " ") != "other given.example" {
		t.Errorf("subject %v, names %v, want what the options say", cert.Subject, cert.DNSNames)
	}
	forged := append([]byte(nil), der...)
	forged[len(forged)-1] ^= 1
	for name, want := range map[string]cause.Code{
		write("forged.csr", string(forged)):                                       cause.CSRSignatureInvalid,
		write("cert.csr", string(mustRead(t, filepath.Join(dir, "csr-crt.pem")))): cause.PEMWrongType,
		filepath.Join(dir, "missing.csr"):                                         cause.FileNotFound,
	} {
		set, err := Issue(dir, IssueOptions{Purpose: Client, Names: []string{"new"}, CSR: name, Now: now})
		if err != nil || len(set.Problems) != 1 || set.Problems[0].Code != want || !set.Problems[0].Fatal {
			t.Errorf("Issue(%s) = %v, %v, want %s", filepath.Base(name), set, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "new-crt.pem")); err == nil {
		t.Error("a certificate was made from a bad request")
	}
}

func mustRead(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestIssueWithoutCA(t *testing.T) {
	set, err := Issue(t.TempDir(), IssueOptions{Purpose: Client, Names: []string{"x"}, Now: time.Now()})
	if err != nil || codesOf(set.Problems) != "file-not-found!" {
		t.Errorf("Issue() = %v, %v, want file-not-found", set, err)
	}
}

// TestIntermediateCA issues from a CA that is not a root: its certificate has
// to follow the leaf, and the root must not.
func TestIntermediateCA(t *testing.T) {
	now := time.Now()
	dir := t.TempDir()
	root := newTestCA(t)
	key, err := GenerateKey(P256)
	if err != nil {
		t.Fatal(err)
	}
	subject, err := mustSubject(t, "CN=Issuing").DER()
	if err != nil {
		t.Fatal(err)
	}
	id, err := keyID(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	issuing, err := sign(&x509.Certificate{SerialNumber: newSerial(), RawSubject: subject, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(day), SubjectKeyId: id,
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign}, root.Cert, key.Public(), root.Key)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, filepath.Join(dir, "ca-crt.pem"), string(EncodeCerts(issuing, root.Cert)), 0o644)
	mustWrite(t, filepath.Join(dir, "ca-key.pem"), mustKeyPEM(t, key), 0o600)
	mustInit(t, dir, InitOptions{Now: now})
	chain := Load(filepath.Join(dir, "server-crt.pem"), RoleCert, nil).Parsed()
	if len(chain) != 2 || !chain[1].Equal(issuing) {
		t.Errorf("server-crt.pem holds %d certificates, want leaf and intermediate", len(chain))
	}
}
