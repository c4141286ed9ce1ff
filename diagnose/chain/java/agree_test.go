package java_test

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mutual/diagnose/chain/chaintest"
	"mutual/diagnose/chain/java"
)

// job is one chain judged twice.
type job struct {
	name  string
	world *chaintest.World
	side  string
}

func (j job) question() java.Question {
	q := java.Question{Now: j.world.Now, Client: j.side == "client"}
	for _, c := range append([]*chaintest.Cert{j.world.Leaf}, j.world.Sent...) {
		q.Chain = append(q.Chain, c.Encoded())
	}
	for _, c := range j.world.Anchors {
		q.Anchors = append(q.Anchors, c.Encoded())
	}
	if !q.Client {
		q.Host, q.IP = j.world.Host, j.world.IP
	}
	return q
}

// TestAgreement holds the judge against Java's trust manager: over each
// departure, and over chains with two. MUTUAL_AGREE says how many of these.
// Nineteen in twenty have to agree, and what does not is listed.
func TestAgreement(t *testing.T) {
	if _, err := exec.LookPath("java"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the program java is missing")
		}
		t.Skip("the program java is missing")
	}
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	keys := &chaintest.Keys{Dir: t.TempDir()}
	all := chaintest.Departures()
	// Java judges by its own clock.
	now := time.Now().Truncate(time.Second)
	var jobs []job
	add := func(side string, list ...chaintest.Departure) {
		w := chaintest.New(keys, now)
		var names []string
		for _, d := range list {
			if d.Slow || strings.HasPrefix(d.Name, "crl") {
				return
			}
			d.Make(w)
			names = append(names, d.Name)
		}
		if w.IP != nil && len(w.IP) != 4 || strings.Contains(w.Host, "\x00") {
			return
		}
		jobs = append(jobs, job{strings.Join(names, " + "), w, side})
	}
	for i, d := range all {
		if testing.Short() && i%6 > 0 {
			continue
		}
		add([]string{"server", "client"}[i%2], d)
	}
	count, _ := strconv.Atoi(os.Getenv("MUTUAL_AGREE"))
	for range max(20, min(count, 3000)) {
		add([]string{"server", "client"}[random.IntN(2)], all[random.IntN(len(all))], all[random.IntN(len(all))])
	}
	want := ask(t, jobs)
	wrong := 0
	for i, j := range jobs {
		if err := java.Verify(j.question()); (err == nil) != (want[i] == "ok") {
			wrong++
			t.Logf("%s, %s: Verify = %v, Java: %s", j.name, j.side, err, want[i])
		}
	}
	t.Logf("%d of %d agree", len(jobs)-wrong, len(jobs))
	if wrong*20 > len(jobs) {
		t.Errorf("%d of %d disagree, want one in twenty at most", wrong, len(jobs))
	}
}

// ask asks the program about all jobs at once.
func ask(t *testing.T, jobs []job) []string {
	dir := t.TempDir()
	var in bytes.Buffer
	for i, j := range jobs {
		folder := filepath.Join(dir, strconv.Itoa(i))
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		q := j.question()
		write(t, filepath.Join(folder, "chain.pem"), q.Chain)
		write(t, filepath.Join(folder, "anchors.pem"), q.Anchors)
		host := q.Host
		if q.IP != nil {
			host = fmt.Sprintf("%d.%d.%d.%d", q.IP[0], q.IP[1], q.IP[2], q.IP[3])
		}
		fmt.Fprintf(&in, "%s\t%s\t%s\n", folder, j.side, host)
	}
	cmd := exec.Command("java", filepath.Join("testdata", "Trust.java"))
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) != len(jobs) {
		t.Fatalf("Java answered %d of %d", len(lines), len(jobs))
	}
	return lines
}

func write(t *testing.T, file string, certs [][]byte) {
	var out bytes.Buffer
	for _, b := range certs {
		if err := pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: b}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
