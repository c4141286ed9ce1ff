package pki

import (
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func mustRevoke(t *testing.T, dir string, opts RevokeOptions) *Revocation {
	t.Helper()
	done, err := Revoke(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := done.Err(); err != nil {
		t.Fatal(err)
	}
	return done
}

// TestRevoke revokes by name, by file and by serial number, and holds what
// OpenSSL makes of the lists.
func TestRevoke(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	mustInit(t, dir, InitOptions{Now: now, Clients: []string{"ann", "bob", "carl"}})
	_, again := mustIssue(t, dir, IssueOptions{Purpose: Client, Names: []string{"ann"}, Now: now, Force: true})
	first := leafOf(t, dir, "ann-crt.pem.1")
	done := mustRevoke(t, dir, RevokeOptions{What: "ann", Reason: "keyCompromise", Now: now})
	if len(done.Revoked) != 2 || done.List.Entries != 2 || done.List.Number.Int64() != 2 {
		t.Fatalf("Revoke(ann) = %+v, list %+v, want both of that name", done.Revoked, done.List)
	}
	elsewhere := filepath.Join(t.TempDir(), "bob.pem")
	mustWrite(t, elsewhere, string(mustRead(t, filepath.Join(dir, "bob-crt.pem"))), 0o644)
	if done := mustRevoke(t, dir, RevokeOptions{What: elsewhere, Now: now}); len(done.Revoked) != 1 || done.Revoked[0].Subject != "CN=bob" {
		t.Errorf("Revoke(file) = %+v", done.Revoked)
	}
	serial := leafOf(t, dir, "carl-crt.pem").SerialNumber
	text := strings.ToUpper(serial.Text(16))
	if len(text)%2 != 0 {
		text = "0" + text
	}
	var colons []string
	for i := 0; i < len(text); i += 2 {
		colons = append(colons, text[i:i+2])
	}
	if done := mustRevoke(t, dir, RevokeOptions{What: strings.Join(colons, ":"), Now: now}); len(done.Revoked) != 1 || done.Revoked[0].Subject != "CN=carl" {
		t.Errorf("Revoke(serial) = %+v", done.Revoked)
	}
	if done := mustRevoke(t, dir, RevokeOptions{What: "carl", Now: now.Add(time.Hour)}); len(done.Revoked) != 0 || len(done.Before) != 1 {
		t.Errorf("Revoke() again = %+v, want it as revoked before", done)
	}
	refreshed := mustRevoke(t, dir, RevokeOptions{ListFor: 5 * day, Now: now})
	if refreshed.List.Entries != 4 || refreshed.List.Number.Int64() != 6 || refreshed.List.NextUpdate.Sub(now).Round(time.Hour) != 5*day {
		t.Errorf("Revoke() of nothing made %+v", refreshed.List)
	}
	lists, err := loadLists(filepath.Join(dir, crlFileName))
	if err != nil {
		t.Fatal(err)
	}
	reasons := map[string]int{}
	for _, e := range lists[0].RevokedCertificateEntries {
		reasons[e.SerialNumber.String()] = e.ReasonCode
	}
	if reasons[again.SerialNumber.String()] != 1 || reasons[first.SerialNumber.String()] != 1 || reasons[serial.String()] != 0 {
		t.Errorf("reasons %v", reasons)
	}
	for what, want := range map[string]string{"ca": "is the CA itself", "nobody": "no serial number", "0123456789abcdef": "has issued nothing"} {
		if _, err := Revoke(dir, RevokeOptions{What: what, Now: now}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Revoke(%s) = %v, want %q", what, err, want)
		}
	}
	if _, err := Revoke(dir, RevokeOptions{What: "client", Reason: "boredom", Now: now}); err == nil {
		t.Error("Revoke() for boredom = nil")
	}
	if _, err := Renew(dir, RenewOptions{Names: []string{"ann"}, Now: now}); err == nil || !strings.Contains(err.Error(), "is revoked") {
		t.Errorf("Renew() of a revoked name = %v", err)
	}

	program, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("openssl is not installed")
	}
	for name, good := range map[string]bool{"client": true, "ann": false, "bob": false, "carl": false} {
		cmd := exec.Command(program, "verify", "-crl_check_all", "-CAfile", "ca-crt.pem", "-CRLfile", crlFileName, name+"-crt.pem")
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); (err == nil) != good || !good && !strings.Contains(string(out), "certificate revoked") {
			t.Errorf("openssl verify %s: %v\n%s", name, err, out)
		}
	}
}

// TestRevokeElsewhere: what another CA issued is not revoked, though it goes by
// a name of the folder.
func TestRevokeElsewhere(t *testing.T) {
	dir, other, now := t.TempDir(), t.TempDir(), time.Now()
	mustInit(t, dir, InitOptions{Now: now})
	mustInit(t, other, InitOptions{Now: now})
	mustWrite(t, filepath.Join(dir, "guest-crt.pem"), string(mustRead(t, filepath.Join(other, "client-crt.pem"))), 0o644)
	for _, what := range []string{"guest", filepath.Join(other, "client-crt.pem")} {
		_, err := Revoke(dir, RevokeOptions{What: what, Now: now})
		if _, ok := errors.AsType[*UsageError](err); !ok {
			t.Errorf("Revoke(%s) = %v, want a *UsageError", what, err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "client-crt.pem")); err != nil {
		t.Fatal(err)
	}
	// Of a certificate whose file is gone the record still knows.
	rec, _, err := LoadRecord(dir)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(rec.Rows, func(r Row) bool { return r.Subject == "/CN=client" })
	if done := mustRevoke(t, dir, RevokeOptions{What: serialText(new(big.Int).Set(rec.Rows[i].Serial)), Now: now}); len(done.Revoked) != 1 {
		t.Errorf("Revoke() by the record alone = %+v", done)
	}
}
