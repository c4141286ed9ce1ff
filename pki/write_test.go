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
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestMain lets the test binary play a process that runs Init, to be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("MUTUAL_TEST_DAYTWO"); dir != "" {
		fmt.Println("ready")
		if err := renewAndRevoke(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if dir := os.Getenv("MUTUAL_TEST_INIT"); dir != "" {
		fmt.Println("ready")
		for {
			if _, err := Init(dir, InitOptions{Force: os.Getenv("MUTUAL_TEST_FORCE") != "", Yes: true, Now: time.Now()}); err != nil {
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
	set := []staged{
		{Temp: ".mutual-1.tmp", Final: "a-key.pem.1", Key: true, Backup: true}, {Temp: ".mutual-2.tmp", Final: "a-crt.pem.1", Backup: true},
		{Temp: ".mutual-3.tmp", Final: "a-key.pem", Key: true}, {Temp: ".mutual-4.tmp", Final: "a-crt.pem"},
	}
	rename := func(s staged) func(string) error {
		return func(dir string) error {
			return os.Rename(filepath.Join(dir, s.Temp), filepath.Join(dir, s.Final))
		}
	}
	steps := []func(dir string) error{
		func(dir string) error { return writeJournal(dir, set) },
		rename(set[0]), rename(set[1]),
		func(dir string) error { return os.Remove(filepath.Join(dir, "a-crt.pem")) },
		rename(set[2]), rename(set[3]),
	}
	for stop := range len(steps) + 1 {
		t.Run(fmt.Sprint(stop), func(t *testing.T) {
			dir := t.TempDir()
			for _, s := range set[2:] {
				mustWrite(t, filepath.Join(dir, s.Final), "old", 0o600)
				mustWrite(t, filepath.Join(dir, s.Temp), "new", 0o600)
			}
			for i, s := range set[:2] {
				if err := os.Link(filepath.Join(dir, set[i+2].Final), filepath.Join(dir, s.Temp)); err != nil {
					t.Skip(err)
				}
			}
			for _, step := range steps[:stop] {
				if err := step(dir); err != nil {
					t.Fatal(err)
				}
			}
			if err := Recover(dir); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"a-crt.pem": "new", "a-key.pem": "new", "a-crt.pem.1": "old", "a-key.pem.1": "old"}
			if stop == 0 { // nothing was decided yet
				want = map[string]string{"a-crt.pem": "old", "a-key.pem": "old"}
			}
			for name, text := range want {
				if got, _ := os.ReadFile(filepath.Join(dir, name)); string(got) != text {
					t.Errorf("%s holds %q, want %q", name, got, text)
				}
			}
			if got := names(t, dir); len(got) != len(want) {
				t.Errorf("folder holds %v, want %d files", got, len(want))
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
				if len(current(t, dir)) != 6 || Unfinished(dir) {
					interrupted++
				}
				checkNothingBroken(t, dir)
				checkBackups(t, dir)
				set := mustInit(t, dir, InitOptions{Now: time.Now()})
				if err := set.Err(); err != nil {
					t.Fatalf("Init() after a kill that left %v = %v", left, err)
				}
				checkSet(t, dir)
				checkBackups(t, dir)
			}
			t.Logf("%d of %d kills came in the middle of the work", interrupted, rounds)
		})
	}
}

// checkNothingBroken holds that each file is whole, and that no certificate
// stands beside another's key.
func checkNothingBroken(t *testing.T, dir string) {
	t.Helper()
	for _, name := range current(t, dir) {
		checkPair(t, dir, name)
	}
}

// checkBackups holds that of the old pairs, which were sound.
func checkBackups(t *testing.T, dir string) {
	t.Helper()
	for _, name := range names(t, dir) {
		stem, number, _ := strings.Cut(name, "-crt.pem")
		if _, err := os.Stat(filepath.Join(dir, stem+"-key.pem"+number)); err == nil && number != "" {
			checkPair(t, dir, name)
		}
	}
}

func checkPair(t *testing.T, dir, name string) {
	t.Helper()
	if stem, number, ok := strings.Cut(name, "-crt.pem"); ok {
		if p := LoadPair(filepath.Join(dir, name), filepath.Join(dir, stem+"-key.pem"+number), nil); len(p.Problems) > 0 {
			t.Fatalf("after a kill: %v", p.Problems)
		}
	}
}

// current leaves out backups, and demands that they are numbered without gaps.
func current(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	all := names(t, dir)
	for _, name := range all {
		if stem, _, _ := cutNumber(name); slices.Contains([]string{recordName, attrName, serialName, crlNumberName, crlFileName}, stem) {
			continue
		}
		base, number, _ := strings.Cut(name, ".pem")
		n, err := strconv.Atoi(strings.TrimPrefix(number, "."))
		if err != nil {
			list = append(list, name)
			continue
		}
		if before := fmt.Sprintf("%s.pem.%d", base, n-1); n > 1 && !slices.Contains(all, before) {
			t.Errorf("there is %s, and no %s", name, before)
		}
	}
	return list
}

// checkSet holds that the folder has the six files, and nothing else, and that
// they belong together.
func checkSet(t *testing.T, dir string) {
	t.Helper()
	want := "ca-crt.pem ca-key.pem client-crt.pem client-key.pem server-crt.pem server-key.pem"
	if got := strings.Join(current(t, dir), " "); got != want {
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
	checkRecord(t, dir)
}

// checkRecord holds that each certificate is in the folder's record, which
// openssl ca would read, and that the list is the CA's.
func checkRecord(t *testing.T, dir string) {
	t.Helper()
	rec, found, err := LoadRecord(dir)
	if err != nil || !found {
		t.Fatalf("LoadRecord() = %v, %v", found, err)
	}
	for _, h := range heldIn(dir) {
		stem, _, old := cutNumber(h.File)
		if row := rec.Find(h.Cert.SerialNumber); !old && !h.Cert.IsCA && (row == nil || row.Subject != oneLine(h.Cert.RawSubject)) {
			t.Errorf("%s of %s is not in the record", h.File, stem)
		}
	}
	lists, err := loadLists(filepath.Join(dir, crlFileName))
	if err != nil || len(lists) != 1 {
		t.Fatalf("%s: %d lists, %v", crlFileName, len(lists), err)
	}
	if err := lists[0].CheckSignatureFrom(Load(filepath.Join(dir, "ca-crt.pem"), RoleTrust, nil).Parsed()[0]); err != nil {
		t.Errorf("%s: %v", crlFileName, err)
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
