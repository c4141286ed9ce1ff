package pki

import (
	"crypto/x509"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func mustRenew(t *testing.T, dir string, opts RenewOptions) *Renewal {
	t.Helper()
	done, err := Renew(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := done.Err(); err != nil {
		t.Fatal(err)
	}
	return done
}

func leafOf(t *testing.T, dir, name string) *x509.Certificate {
	t.Helper()
	certs := Load(filepath.Join(dir, name), RoleCert, nil).Parsed()
	if len(certs) == 0 {
		t.Fatalf("%s holds no certificate", name)
	}
	return certs[0]
}

// TestRenewDue renews what is due and what has run out, and nothing else, as it
// was; then nothing is due.
func TestRenewDue(t *testing.T) {
	dir, now := t.TempDir(), time.Now().UTC().Truncate(time.Second)
	mustInit(t, dir, InitOptions{Now: now.Add(-70 * day)})
	for name, life := range map[string]time.Duration{"late": 60 * day, "soon": 80 * day, "fine": 200 * day} {
		mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{name}, Now: now.Add(-70 * day), Life: life, KeyType: P384, Subject: "O=Example,CN=" + name, SANs: []string{"spiffe://example.org/" + name}})
	}
	old := leafOf(t, dir, "soon-crt.pem")
	key := mustRead(t, filepath.Join(dir, "soon-key.pem"))
	done := mustRenew(t, dir, RenewOptions{Now: now})
	var made []string
	for _, f := range done.Files {
		made = append(made, f.Name)
	}
	if want := []string{"late-crt.pem", "late-key.pem", "soon-crt.pem", "soon-key.pem"}; !slices.Equal(made, want) {
		t.Fatalf("Renew() made %v, want %v", made, want)
	}
	renewed := leafOf(t, dir, "soon-crt.pem")
	if !slices.Equal(renewed.RawSubject, old.RawSubject) || len(renewed.URIs) != 1 || DescribeKey(renewed.PublicKey) != "ECDSA P-384" || !renewed.NotAfter.Equal(now.Add(80*day)) || samePublicKey(renewed.PublicKey, old.PublicKey) {
		t.Errorf("renewed %s until %v, want the same subject and life with another key", DescribeName(renewed.RawSubject), renewed.NotAfter)
	}
	if p := LoadPair(filepath.Join(dir, "soon-crt.pem"), filepath.Join(dir, "soon-key.pem"), nil); p.Err() != nil {
		t.Error(p.Err())
	}
	if !slices.Equal(mustRead(t, filepath.Join(dir, "soon-key.pem.1")), key) || !leafOf(t, dir, "soon-crt.pem.1").Equal(old) {
		t.Error("the old pair is not kept")
	}
	again := mustRenew(t, dir, RenewOptions{Now: now})
	if len(again.Files) != 0 || again.Next == nil || again.Next.Name != "late" {
		t.Errorf("Renew() again = %v, next %+v", again.Files, again.Next)
	}
	byShare := mustRenew(t, dir, RenewOptions{Now: now, Due: DueByShare(0.7)})
	if len(byShare.Files) != 2 || byShare.Files[0].Name != "fine-crt.pem" {
		t.Errorf("Renew() within 70%% = %+v, want fine alone", byShare.Files)
	}
	checkRecord(t, dir)
}

// TestRenewKeys: a key is new, the same where that is asked for or where it is
// not here, and encrypted where the old one was.
func TestRenewKeys(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	mustInit(t, dir, InitOptions{Now: now, Clients: []string{"sealed"}})
	key := Load(filepath.Join(dir, "sealed-key.pem"), RoleKey, nil).Keys[0]
	sealed, err := EncodeEncryptedKey(key, []byte("open sesame"))
	if err != nil {
		t.Fatal(err)
	}
	mustWrite(t, filepath.Join(dir, "sealed-key.pem"), string(sealed), 0o600)
	before := leafOf(t, dir, "client-crt.pem")
	done := mustRenew(t, dir, RenewOptions{Names: []string{"client"}, ReuseKey: true, Now: now})
	if after := leafOf(t, dir, "client-crt.pem"); len(done.Files) != 1 || !samePublicKey(after.PublicKey, before.PublicKey) || after.Equal(before) {
		t.Errorf("Renew() with ReuseKey made %+v", done.Files)
	}

	unopened, err := Renew(dir, RenewOptions{Names: []string{"server", "sealed"}, Now: now})
	if err != nil || unopened.Err() == nil || !strings.Contains(unopened.Err().Error(), "sealed-key.pem") {
		t.Fatalf("Renew() of an encrypted key without its passphrase = %v, %v", unopened, err)
	}
	if slices.Contains(names(t, dir), "server-crt.pem.1") {
		t.Error("one of two was renewed though the other could not be")
	}
	pass := func(string) ([]byte, error) { return []byte("open sesame"), nil }
	mustRenew(t, dir, RenewOptions{Names: []string{"sealed"}, Pass: pass, MustUse: true, Now: now})
	if text := string(mustRead(t, filepath.Join(dir, "sealed-key.pem"))); !strings.Contains(text, "ENCRYPTED PRIVATE KEY") {
		t.Errorf("the new key is not encrypted, as the old one was: %.40s", text)
	}
	if p := LoadPair(filepath.Join(dir, "sealed-crt.pem"), filepath.Join(dir, "sealed-key.pem"), pass); p.Err() != nil {
		t.Error(p.Err())
	}

	for _, tt := range []struct{ name, want string }{{"nobody", "there is no nobody-crt.pem"}, {"ca", "a CA cannot be renewed"}} {
		_, err := Renew(dir, RenewOptions{Names: []string{"client", tt.name}, Now: now})
		if usage, ok := errors.AsType[*UsageError](err); !ok || !strings.Contains(usage.Reason, tt.want) {
			t.Errorf("Renew(%s) = %v, want %q", tt.name, err, tt.want)
		}
	}
	if slices.Contains(names(t, dir), "client-crt.pem.2") {
		t.Error("something was renewed beside an error")
	}
}
