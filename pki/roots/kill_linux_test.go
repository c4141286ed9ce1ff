package roots

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test binary play a process that fetches, to be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("MUTUAL_TEST_FETCH"); dir != "" {
		req := Request{Profiles: Profiles()[:2], From: os.Getenv("MUTUAL_TEST_FROM"), Store: Store{Dir: dir}, Now: now}
		if result, err := Fetch(context.Background(), req); err != nil || len(result.Problems) > 0 {
			fmt.Fprintln(os.Stderr, result, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestKilledFirstFetch kills the very first fetch with signal 9 at each of its
// renames, and wants a store afterwards that is whole or empty.
func TestKilledFirstFetch(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		missing(t, "strace is not installed")
	}
	profiles := Profiles()[:2]
	var all []byte
	for _, p := range profiles {
		for _, pin := range p.Pins {
			all = append(all, pin.PEM...)
		}
	}
	from := filepath.Join(t.TempDir(), "bundle.pem")
	if err := os.WriteFile(from, all, 0o644); err != nil {
		t.Fatal(err)
	}
	const calls = "rename,renameat,renameat2"
	killed, halves := 0, 0 // kills, and those that left certificates without a lock file
	for n := 1; n <= 16; n++ {
		dir := filepath.Join(t.TempDir(), "roots")
		cmd := exec.Command(strace, "-f", "-qq", "-o", os.DevNull, "-e", "trace="+calls, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", calls, n), os.Args[0])
		cmd.Env = append(os.Environ(), "MUTUAL_TEST_FETCH="+dir, "MUTUAL_TEST_FROM="+from, "GOMAXPROCS=1")
		out, err := cmd.CombinedOutput()
		if strings.Contains(string(out), "ptrace") {
			t.Skip("strace may not trace here: " + string(out))
		}
		if err == nil {
			break // there is no such rename
		}
		killed++
		store := Store{dir}
		pems, err := filepath.Glob(filepath.Join(dir, "*.pem"))
		if err != nil {
			t.Fatal(err)
		}
		_, noLock := os.Stat(filepath.Join(dir, LockName))
		_, noJournal := os.Stat(filepath.Join(dir, ".mutual-commit"))
		if noLock != nil && len(pems) > 0 {
			halves++
		}
		for _, p := range profiles {
			_, ok, err := store.Check(p)
			if want := noLock == nil || noJournal == nil; err != nil || ok != want { // the journal is the decision
				t.Errorf("killed at rename %d, which left %d certificates: Check(%s) = %t, %v, want %t", n, len(pems), p.Name, ok, err, want)
			}
		}
		req := Request{Profiles: profiles, From: from, Store: store, Now: now}
		if result, err := Fetch(t.Context(), req); err != nil || len(result.Problems) > 0 {
			t.Errorf("killed at rename %d: the next Fetch = %+v, %v", n, result, err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, ".mutual-*")); len(left) > 0 {
			t.Errorf("killed at rename %d: %v is left", n, left)
		}
	}
	if killed == 0 || halves == 0 {
		t.Errorf("%d kills, %d of which left certificates without a lock file: want some of both", killed, halves)
	}
}
