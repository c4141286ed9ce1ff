package pki

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/youmark/pkcs8"
)

// TestForceKeepsOld replaces a set twice: each old file stays, whole, under a
// number that certificate and key share.
func TestForceKeepsOld(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	mustInit(t, dir, InitOptions{Now: now})
	old := map[string]string{}
	for _, name := range names(t, dir) {
		old[name] = string(mustRead(t, filepath.Join(dir, name)))
	}
	if err := os.Chmod(filepath.Join(dir, "client-key.pem"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(dir, "client-crt.pem"), 0o640); err != nil {
		t.Fatal(err)
	}
	set := mustInit(t, dir, InitOptions{Now: now, Force: true, Yes: true})
	for _, f := range set.Files {
		if f.Backup != f.Name+".1" {
			t.Errorf("%s is kept as %q, want %s.1", f.Name, f.Backup, f.Name)
		}
		path := filepath.Join(dir, f.Backup)
		if got := string(mustRead(t, path)); got != old[f.Name] {
			t.Errorf("%s does not hold what %s held", f.Backup, f.Name)
		}
		want := os.FileMode(0o644)
		switch {
		case strings.Contains(f.Name, "-key"):
			want = 0o600
		case f.Name == "client-crt.pem":
			want = 0o640
		}
		if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode() != want {
			t.Errorf("%s has mode %v, %v, want %v", f.Backup, info.Mode(), err, want)
		}
	}
	checkSet(t, dir)
	// A key alone has a first number: the pair takes the second.
	if err := os.Remove(filepath.Join(dir, "client-crt.pem.1")); err != nil {
		t.Fatal(err)
	}
	again, _ := mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"client"}, Now: now, Force: true})
	for i, want := range []string{"client-crt.pem.2", "client-key.pem.2"} {
		if again.Files[i].Backup != want {
			t.Errorf("%s is kept as %q, want %s", again.Files[i].Name, again.Files[i].Backup, want)
		}
	}
}

// TestBackupFailsWhole: where an old file cannot be kept, nothing changes.
func TestBackupFailsWhole(t *testing.T) {
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, "a-crt.pem"), "old", 0o644)
	if err := os.Mkdir(filepath.Join(dir, "a-key.pem"), 0o700); err != nil {
		t.Fatal(err)
	}
	err := WriteSet(dir, []Out{{Name: "a-crt.pem", Data: []byte("new"), Backup: "a-crt.pem.1"}, {Name: "a-key.pem", Data: []byte("new"), Key: true, Backup: "a-key.pem.1"}}, true)
	if err == nil {
		t.Fatal("WriteSet() over a folder = nil")
	}
	if got := strings.Join(names(t, dir), " "); got != "a-crt.pem a-key.pem" || string(mustRead(t, filepath.Join(dir, "a-crt.pem"))) != "old" {
		t.Errorf("folder holds %s after a failure, want it unchanged", got)
	}
}

// TestBackupReplacesNothing: a name that was taken meanwhile is passed over.
func TestBackupReplacesNothing(t *testing.T) {
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, "a-crt.pem"), "old", 0o644)
	mustWrite(t, filepath.Join(dir, "a-crt.pem.1"), "older", 0o644)
	if err := WriteSet(dir, []Out{{Name: "a-crt.pem", Data: []byte("new"), Backup: "a-crt.pem.1"}}, true); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a-crt.pem": "new", "a-crt.pem.1": "older", "a-crt.pem.2": "old"} {
		if got := string(mustRead(t, filepath.Join(dir, name))); got != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
	}
}

func TestInitAsksForCAInUse(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		name   string
		change func(dir string) error
		want   string // "": goes on
	}{
		{"as made", func(string) error { return nil }, "client-crt.pem server-crt.pem"},
		{"CA alone", func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "client-crt.pem")), os.Remove(filepath.Join(dir, "server-crt.pem")), os.Remove(filepath.Join(dir, "index.txt")))
		}, ""},
		{"their files gone", func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "client-crt.pem")), os.Remove(filepath.Join(dir, "server-crt.pem")))
		}, "2 in index.txt"},
		{"in another file", func(dir string) error {
			return errors.Join(os.Rename(filepath.Join(dir, "client-crt.pem"), filepath.Join(dir, "ann.crt")), os.Remove(filepath.Join(dir, "server-crt.pem")))
		}, "ann.crt 1 in index.txt"},
		{"in OpenSSL's database", func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "client-crt.pem")), os.Remove(filepath.Join(dir, "server-crt.pem")),
				os.WriteFile(filepath.Join(dir, "index.txt"), []byte("V\t301128000000Z\t\t01\tunknown\t/CN=a\nR\t301128000000Z\t261128000000Z\t02\tunknown\t/CN=b\n"), 0o644))
		}, "2 in index.txt"},
		{"damaged CA", func(dir string) error { return os.WriteFile(filepath.Join(dir, "ca-crt.pem"), []byte("x"), 0o644) }, "client-crt.pem server-crt.pem"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			mustInit(t, dir, InitOptions{Now: now})
			if err := tt.change(dir); err != nil {
				t.Fatal(err)
			}
			before := mustRead(t, filepath.Join(dir, "ca-key.pem"))
			_, err := Init(dir, InitOptions{Now: now, Force: true})
			inUse, _ := errors.AsType[*InUseError](err)
			got := ""
			if inUse != nil {
				got = strings.Join(inUse.Issued, " ")
			} else if err != nil {
				t.Fatal(err)
			}
			if got != tt.want {
				t.Errorf("Init() with Force = %v, want %q in use", err, tt.want)
			}
			if same := slices.Equal(before, mustRead(t, filepath.Join(dir, "ca-key.pem"))); same != (tt.want != "") {
				t.Errorf("the CA's key is the same: %v", same)
			}
		})
	}
}

// TestIssueInherits renews certificates of every make: what the options do not
// say stays as it was.
func TestIssueInherits(t *testing.T) {
	dir, now := t.TempDir(), time.Now().UTC().Truncate(time.Second)
	mustInit(t, dir, InitOptions{Now: now})
	ca := &CA{Cert: Load(filepath.Join(dir, "ca-crt.pem"), RoleTrust, nil).Parsed()[0], Key: Load(filepath.Join(dir, "ca-key.pem"), RoleKey, nil).Keys[0]}
	upn := pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: mustDER(t, []asn1.RawValue{
		{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: append(
			mustDER(t, asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 311, 20, 2, 3}),
			mustDER(t, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: append([]byte{0x0c, 7}, "a@b.com"...)})...)},
		{Class: asn1.ClassContextSpecific, Tag: 6, Bytes: []byte("spiffe://example.org/ann")},
	})}
	subject := mustDER(t, pkix.RDNSequence{{{Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Value: "Example, Inc."}}, {{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: asn1.RawValue{Tag: asn1.TagPrintableString, Bytes: []byte("Ann")}}}})
	key, err := GenerateKey(RSA2048)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: newSerial(), RawSubject: subject, NotBefore: now.Add(-40 * day), NotAfter: now.Add(20 * day), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth}, ExtraExtensions: []pkix.Extension{upn}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, ca.Cert, key.Public(), ca.Key)
	if err != nil {
		t.Fatal(err)
	}
	old, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	put := func() {
		mustWrite(t, filepath.Join(dir, "ann-crt.pem"), string(EncodeCerts(old)), 0o644)
		mustWrite(t, filepath.Join(dir, "ann-key.pem"), mustKeyPEM(t, key), 0o600)
	}
	put()
	set, cert := mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"ann"}, Now: now, Force: true})
	if got := strings.Join(set.Files[0].Inherited, ","); got != "subject,names,usage,key type,lifetime" {
		t.Errorf("inherited %s", got)
	}
	if !slices.Equal(cert.RawSubject, old.RawSubject) || !slices.Equal(sanExtension(cert).Value, upn.Value) || len(cert.ExtKeyUsage) != 2 ||
		keyTypeOf(cert.PublicKey) != RSA2048 || cert.NotAfter.Sub(cert.NotBefore) != 60*day || samePublicKey(cert.PublicKey, old.PublicKey) {
		t.Errorf("renewed: %s, names %x, usage %v, %s, %v", DescribeName(cert.RawSubject), sanExtension(cert).Value, cert.ExtKeyUsage, DescribeKey(cert.PublicKey), cert.NotAfter.Sub(cert.NotBefore))
	}
	put()
	_, cert = mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"ann"}, Now: now, Force: true, Subject: "CN=Other", SANs: []string{"b.example"}, KeyType: P256, Life: 9 * day})
	if DescribeName(cert.RawSubject) != "CN=Other" || strings.Join(SANsOf(cert).Strings(), " ") != "b.example" || keyTypeOf(cert.PublicKey) != P256 || !cert.NotAfter.Equal(now.Add(9*day)) {
		t.Errorf("with options of its own: %s, %v, %s, until %v", DescribeName(cert.RawSubject), SANsOf(cert).Strings(), DescribeKey(cert.PublicKey), cert.NotAfter)
	}
	// A certificate for the wrong purpose gets the one that is asked for.
	if err := os.WriteFile(filepath.Join(dir, "bob-crt.pem"), mustRead(t, filepath.Join(dir, "server-crt.pem")), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, cert = mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"bob"}, Now: now, Force: true}); len(cert.ExtKeyUsage) != 1 || cert.ExtKeyUsage[0] != x509.ExtKeyUsageClientAuth {
		t.Errorf("usage = %v, want clientAuth alone", cert.ExtKeyUsage)
	}
	// The name of a server's files need not be a host's, if it has names already.
	spaced := IssueOptions{Purpose: Server, Names: []string{"my web"}, Now: now, Force: true}
	var usage *UsageError
	if _, err := Issue(dir, spaced); !errors.As(err, &usage) {
		t.Errorf("Issue(my web) = %v, want *UsageError", err)
	}
	spaced.SANs = []string{"web.example"}
	mustIssue(t, dir, spaced)
	spaced.SANs = nil
	if _, cert = mustIssue(t, dir, spaced); strings.Join(SANsOf(cert).Strings(), " ") != "web.example" {
		t.Errorf("my web is renewed for %v, want web.example", SANsOf(cert).Strings())
	}
	// What cannot be read leaves nothing to take over.
	mustWrite(t, filepath.Join(dir, "eve-crt.pem"), "x", 0o644)
	if set, cert = mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"eve"}, Now: now, Force: true}); cert.Subject.CommonName != "eve" || set.Files[0].Inherited != nil {
		t.Errorf("over a damaged file: %v, inherited %v", cert.Subject, set.Files[0].Inherited)
	}
}

func mustDER(t *testing.T, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// TestCutLife: a life that ends with the CA is told; one that does not, is not.
func TestCutLife(t *testing.T) {
	dir, now := t.TempDir(), time.Now().UTC().Truncate(time.Second)
	for _, f := range mustInit(t, dir, InitOptions{Now: now, CALife: 30 * day}).Files {
		want := time.Time{}
		if f.Name == "server-crt.pem" || f.Name == "client-crt.pem" {
			want = now.Add(397 * day)
		}
		if !f.Asked.Equal(want) {
			t.Errorf("%s: asked for %v, want %v", f.Name, f.Asked, want)
		}
	}
	if set, _ := mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"ann"}, Now: now.Add(time.Hour), Life: 30 * day}); !set.Files[0].Asked.IsZero() {
		t.Errorf("an hour is told: %v", set.Files[0].Asked)
	}
}

// TestPassphraseUnused: one that opens nothing is an error, before anything is
// written.
func TestPassphraseUnused(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	pass := func(string) ([]byte, error) { return []byte("secret"), nil }
	var usage *UsageError
	if _, err := Init(dir, InitOptions{Now: now, Pass: pass, MustUse: true}); !errors.As(err, &usage) || len(names(t, dir)) > 0 {
		t.Errorf("Init() with a passphrase = %v and %v, want *UsageError and nothing", err, names(t, dir))
	}
	mustInit(t, dir, InitOptions{Now: now})
	if _, err := Issue(dir, IssueOptions{Purpose: Client, Names: []string{"ann"}, Now: now, Pass: pass, MustUse: true}); !errors.As(err, &usage) {
		t.Errorf("Issue() with a passphrase = %v, want *UsageError", err)
	}
	locked, err := pkcs8.MarshalPrivateKey(Load(filepath.Join(dir, "ca-key.pem"), RoleKey, nil).Keys[0], []byte("secret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, filepath.Join(dir, "ca-key.pem"), block("ENCRYPTED PRIVATE KEY", locked, nil), 0o600)
	set, _ := mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"ann"}, Now: now, Pass: pass, MustUse: true})
	if !set.Opened || states(set, Made) != "ann-crt ann-key" {
		t.Errorf("Issue() from an encrypted CA made %q, opened %v", states(set, Made), set.Opened)
	}
}
