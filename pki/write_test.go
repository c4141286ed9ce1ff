package pki

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain lets the test binary play a process that runs Init, to be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("MUTUAL_TEST_INIT"); dir != "" {
		fmt.Println("ready")
		for {
			if _, err := Init(dir, InitOptions{Force: os.Getenv("MUTUAL_TEST_FORCE") != "", Now: time.Now()}); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
			if os.Getenv("MUTUAL_TEST_FORCE") == "" {
				os.Exit(0)
			}
		}
	}
	os.Exit(m.Run())
}

func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestWriteSet(t *testing.T) {
	dir := t.TempDir()
	set := func(text string) []Out {
		return []Out{{Name: "a-crt.pem", Data: []byte("crt " + text)}, {Name: "a-key.pem", Data: []byte("key " + text), Key: true}}
	}
	check := func(want string) {
		t.Helper()
		for _, kind := range []string{"crt", "key"} {
			if got, err := os.ReadFile(filepath.Join(dir, "a-"+kind+".pem")); err != nil || string(got) != kind+" "+want {
				t.Errorf("%s holds %q, %v, want %q", kind, got, err, kind+" "+want)
			}
		}
		if got := names(t, dir); len(got) != 2 {
			t.Errorf("folder holds %v, want the two files alone", got)
		}
	}
	defer setUmask(0o077)()
	if err := WriteSet(dir, set("one"), false); err != nil {
		t.Fatal(err)
	}
	check("one")
	for name, want := range map[string]os.FileMode{"a-crt.pem": 0o644, "a-key.pem": 0o600} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || runtime.GOOS != "windows" && info.Mode() != want {
			t.Errorf("%s has mode %v, %v, want %v", name, info.Mode(), err, want)
		}
	}
	err := WriteSet(dir, set("two"), false)
	if exists, ok := errors.AsType[*ExistsError](err); !ok || exists.Path != filepath.Join(dir, "a-crt.pem") {
		t.Errorf("WriteSet() over files = %v, want *ExistsError", err)
	}
	check("one")
	if err := WriteSet(dir, set("three"), true); err != nil {
		t.Fatal(err)
	}
	check("three")
	if err := WriteSet(filepath.Join(dir, "missing"), set("x"), false); err == nil {
		t.Error("WriteSet() into a missing folder = nil")
	}
}

// TestWriteSetRollsBack has a foreign program take a name in the middle of the
// work: what was placed is taken back.
func TestWriteSetRollsBack(t *testing.T) {
	dir := t.TempDir()
	set := []staged{{Temp: ".mutual-1.tmp", Final: "a-key.pem", Key: true}, {Temp: ".mutual-2.tmp", Final: "a-crt.pem"}}
	for _, s := range set {
		mustWrite(t, filepath.Join(dir, s.Temp), "new", 0o600)
	}
	mustWrite(t, filepath.Join(dir, "a-crt.pem"), "foreign", 0o600)
	if _, ok := errors.AsType[*ExistsError](place(dir, set)); !ok {
		t.Error("place() over a foreign file did not give *ExistsError")
	}
	if _, err := os.Stat(filepath.Join(dir, "a-key.pem")); err == nil {
		t.Error("place() left the key behind")
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "a-crt.pem")); string(got) != "foreign" {
		t.Errorf("the foreign file holds %q", got)
	}
}

// TestRecover stops a replacement at each of its steps.
func TestRecover(t *testing.T) {
	set := []staged{{Temp: ".mutual-1.tmp", Final: "a-key.pem", Key: true}, {Temp: ".mutual-2.tmp", Final: "a-crt.pem"}}
	steps := []func(dir string) error{
		func(dir string) error { return writeJournal(dir, set) },
		func(dir string) error { return os.Remove(filepath.Join(dir, "a-crt.pem")) },
		func(dir string) error {
			return os.Rename(filepath.Join(dir, set[0].Temp), filepath.Join(dir, set[0].Final))
		},
		func(dir string) error {
			return os.Rename(filepath.Join(dir, set[1].Temp), filepath.Join(dir, set[1].Final))
		},
	}
	for stop := range len(steps) + 1 {
		t.Run(fmt.Sprint(stop), func(t *testing.T) {
			dir := t.TempDir()
			for _, s := range set {
				mustWrite(t, filepath.Join(dir, s.Final), "old", 0o600)
				mustWrite(t, filepath.Join(dir, s.Temp), "new", 0o600)
			}
			for _, step := range steps[:stop] {
				if err := step(dir); err != nil {
					t.Fatal(err)
				}
			}
			if err := Recover(dir); err != nil {
				t.Fatal(err)
			}
			want := "new"
			if stop == 0 {
				want = "old" // nothing was decided yet
			}
			for _, s := range set {
				if got, _ := os.ReadFile(filepath.Join(dir, s.Final)); string(got) != want {
					t.Errorf("%s holds %q, want %q", s.Final, got, want)
				}
			}
			if got := names(t, dir); len(got) != 2 {
				t.Errorf("folder holds %v, want the two files alone", got)
			}
		})
	}
}

func TestRecoverRefusesForeignJournal(t *testing.T) {
	for _, journal := range []string{
		`[{"temp":".mutual-1.tmp","final":"../x"},{"temp":".mutual-2.tmp","final":"b"}]`,
		`[{"temp":"a","final":"b"},{"temp":"c","final":"d"}]`,
		`{`,
	} {
		dir := t.TempDir()
		mustWrite(t, filepath.Join(dir, journalName), journal, 0o600)
		if err := Recover(dir); err == nil || !strings.Contains(err.Error(), journalName) {
			t.Errorf("Recover() with journal %s = %v, want an error that names it", journal, err)
		}
	}
}

// startInit runs Init in a process of its own, and returns once that begins.
func startInit(t *testing.T, dir string, force bool) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "MUTUAL_TEST_INIT="+dir)
	if force {
		cmd.Env = append(cmd.Env, "MUTUAL_TEST_FORCE=1")
	}
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
	return cmd
}

// TestKilledInit kills Init at random moments, in an empty folder and over an
// old set, and holds that no two files contradict each other then, and that
// the next Init makes the set whole.
func TestKilledInit(t *testing.T) {
	rounds := 60
	if testing.Short() {
		rounds = 10
	}
	for _, force := range []bool{false, true} {
		t.Run(fmt.Sprintf("force=%v", force), func(t *testing.T) {
			interrupted := 0
			for range rounds {
				dir := t.TempDir()
				if force {
					mustInit(t, dir, InitOptions{Now: time.Now()})
				}
				cmd := startInit(t, dir, force)
				time.Sleep(rand.N(20 * time.Millisecond))
				cmd.Process.Kill()
				cmd.Wait()
				left := names(t, dir)
				if len(left) != 6 {
					interrupted++
				}
				checkNothingBroken(t, dir)
				set := mustInit(t, dir, InitOptions{Now: time.Now()})
				if err := set.Err(); err != nil {
					t.Fatalf("Init() after a kill that left %v = %v", left, err)
				}
				checkSet(t, dir)
			}
			t.Logf("%d of %d kills came in the middle of the work", interrupted, rounds)
		})
	}
}

// checkNothingBroken holds that each file is whole, and that no certificate
// stands beside another's key.
func checkNothingBroken(t *testing.T, dir string) {
	t.Helper()
	for _, stem := range []string{"ca", "server", "client"} {
		crt, key := filepath.Join(dir, stem+"-crt.pem"), filepath.Join(dir, stem+"-key.pem")
		if _, err := os.Stat(crt); err != nil {
			continue
		}
		if p := LoadPair(crt, key, nil); len(p.Problems) > 0 {
			t.Fatalf("after a kill: %v", p.Problems)
		}
	}
}

// checkSet holds that the folder has the six files, and nothing else, and that
// they belong together.
func checkSet(t *testing.T, dir string) {
	t.Helper()
	want := "ca-crt.pem ca-key.pem client-crt.pem client-key.pem server-crt.pem server-key.pem"
	if got := strings.Join(names(t, dir), " "); got != want {
		t.Fatalf("folder holds %s, want %s", got, want)
	}
	checkNothingBroken(t, dir)
	ca := Load(filepath.Join(dir, "ca-crt.pem"), RoleTrust, nil).Parsed()[0]
	for _, stem := range []string{"server", "client"} {
		cert := Load(filepath.Join(dir, stem+"-crt.pem"), RoleCert, nil).Parsed()[0]
		if err := cert.CheckSignatureFrom(ca); err != nil {
			t.Fatalf("%s-crt.pem: %v", stem, err)
		}
	}
}

// TestConcurrentInit runs several at once, in processes and in one.
func TestConcurrentInit(t *testing.T) {
	for range 5 {
		dir := t.TempDir()
		first := startInit(t, dir, false)
		second := startInit(t, dir, false)
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if set, err := Init(dir, InitOptions{Now: time.Now()}); err != nil || set.Err() != nil {
					t.Errorf("Init() = %v, %v", set, err)
				}
			})
		}
		wg.Wait()
		for _, cmd := range []*exec.Cmd{first, second} {
			if err := cmd.Wait(); err != nil {
				t.Errorf("init in another process: %v", err)
			}
		}
		checkSet(t, dir)
	}
}
