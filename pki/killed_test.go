package pki

import (
	"bufio"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// renewAndRevoke does both again and again, until it is killed.
func renewAndRevoke(dir string) error {
	for {
		now := time.Now()
		if _, err := Renew(dir, RenewOptions{Names: []string{"server", "client"}, Now: now}); err != nil {
			return err
		}
		if _, err := Issue(dir, IssueOptions{Purpose: Client, Names: []string{"guest"}, Force: true, Now: now}); err != nil {
			return err
		}
		if _, err := Revoke(dir, RevokeOptions{What: "guest", Now: now}); err != nil {
			return err
		}
	}
}

// TestKilledDayTwo kills renewals and revocations at random moments. Who reads
// the files then finds none that is cut short, and no certificate beside
// another's key; the next command finds the state before or after, and never a
// mixture: record, list and its number say the same.
func TestKilledDayTwo(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 20
	}
	dir := t.TempDir()
	mustInit(t, dir, InitOptions{Now: time.Now()})
	unfinished := 0
	for range rounds {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "MUTUAL_TEST_DAYTWO="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		time.Sleep(rand.N(15 * time.Millisecond))
		cmd.Process.Kill()
		cmd.Wait()
		if Unfinished(dir) {
			unfinished++
		}
		checkNothingBroken(t, dir)
		inv, err := TakeInventory(dir)
		if err != nil {
			t.Fatal(err)
		}
		if Unfinished(dir) {
			t.Fatal("a reader left what a killed process had begun")
		}
		checkAccount(t, inv)
		if t.Failed() {
			return
		}
		// Backups would pile up.
		for _, h := range inv.Certs {
			if h.Old && h.File != "" {
				os.Remove(filepath.Join(dir, h.File))
				os.Remove(filepath.Join(dir, h.KeyFile))
			}
		}
	}
	t.Logf("%d of %d kills came in the middle of the work", unfinished, rounds)
}

// checkAccount holds that pairs fit, that each certificate is in the record, and
// that the list is of what the record has as revoked, by a number that is used
// up.
func checkAccount(t *testing.T, inv *Inventory) {
	t.Helper()
	rec, _, err := LoadRecord(inv.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range inv.Certs {
		if h.KeyDiffers || !h.Old && h.File != "" && h.KeyFile == "" {
			t.Errorf("%s has no key that fits: %q", h.File, h.KeyFile)
		}
		if !h.IsCA() && rec.Find(h.Serial) == nil {
			t.Errorf("%s is not in the record", h.File)
		}
	}
	revoked := 0
	for _, row := range rec.Rows {
		if row.State == 'R' {
			revoked++
		}
	}
	number, err := os.ReadFile(filepath.Join(inv.Dir, crlNumberName))
	if err != nil {
		t.Fatal(err)
	}
	next, ok := parseSerial(strings.TrimSpace(string(number)))
	if list := inv.Lists[0]; list.Entries != revoked || !ok || next.Cmp(list.Number) <= 0 {
		t.Errorf("list number %s has %d entries, the record %d, and the next number is %q", list.Number, list.Entries, revoked, number)
	}
}
