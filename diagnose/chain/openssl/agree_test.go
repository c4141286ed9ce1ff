package openssl_test

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mutual/diagnose/chain/chaintest"
	"mutual/diagnose/chain/openssl"
)

// now is the time at which chains are judged.
var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// manner is how `openssl verify` is called.
type manner struct {
	purpose                    openssl.Purpose
	strict, partial            bool
	level                      int
	crl, all, extended, deltas bool
	depth                      int
	proxy, anyTime             bool
	name                       bool
}

func (m manner) args(w *chaintest.World) []string {
	var args []string
	add := func(is bool, more ...string) {
		if is {
			args = append(args, more...)
		}
	}
	add(m.purpose == openssl.Server, "-purpose", "sslserver")
	add(m.purpose == openssl.Client, "-purpose", "sslclient")
	add(m.strict, "-x509_strict")
	add(m.partial, "-partial_chain")
	add(m.level > 0, "-auth_level", strconv.Itoa(m.level))
	add(m.crl, "-crl_check")
	add(m.all, "-crl_check_all")
	add(m.extended, "-extended_crl")
	add(m.deltas, "-use_deltas")
	add(m.proxy, "-allow_proxy_certs")
	add(m.depth > 0, "-verify_depth", strconv.Itoa(m.depth))
	add(m.anyTime, "-no_check_time")
	add(!m.anyTime, "-attime", strconv.FormatInt(w.Now.Unix(), 10))
	add(m.name && w.Host != "", "-verify_hostname", w.Host)
	if m.name && w.IP != nil {
		args = append(args, "-verify_ip", address(w.IP))
	}
	return args
}

func address(ip []byte) string {
	if len(ip) == 4 {
		return fmt.Sprintf("%d.%d.%d.%d", ip[0], ip[1], ip[2], ip[3])
	}
	var groups []string
	for i := 0; i < len(ip); i += 2 {
		groups = append(groups, fmt.Sprintf("%x", int(ip[i])<<8|int(ip[i+1])))
	}
	return strings.Join(groups, ":")
}

func (m manner) question(w *chaintest.World) openssl.Question {
	q := openssl.Question{Leaf: w.Leaf.Encoded(), Now: w.Now, Purpose: m.purpose, Level: m.level, Depth: m.depth, Strict: m.strict,
		PartialChain: m.partial, CheckCRL: m.crl, CheckAllCRLs: m.all, ExtendedCRL: m.extended, UseDeltas: m.deltas,
		AllowProxy: m.proxy, IgnoreTime: m.anyTime}
	if m.name {
		q.Host, q.IP = w.Host, w.IP
	}
	for _, c := range w.Sent {
		q.Untrusted = append(q.Untrusted, c.Encoded())
	}
	for _, c := range w.Anchors {
		q.Anchors = append(q.Anchors, openssl.Anchor{DER: c.Encoded()})
	}
	for _, l := range w.CRLs {
		q.CRLs = append(q.CRLs, l.Encoded())
	}
	return q
}

// judged is the judge's answer in a few letters: "ok", "load", "10@0".
func judged(q openssl.Question) string {
	v, err := openssl.Verify(q)
	var load *openssl.LoadError
	switch {
	case errors.As(err, &load):
		return "load"
	case v.OK():
		return "ok"
	case v.Code == openssl.Unspecified:
		return "1"
	}
	return fmt.Sprintf("%d@%d", v.Code, v.Depth)
}

// asked is the real program's answer in the same letters.
func asked(t testing.TB, dir string, m manner, w *chaintest.World) (answer, output string) {
	write := func(name, kind string, blocks ...[]byte) string {
		var out bytes.Buffer
		for _, b := range blocks {
			if err := pem.Encode(&out, &pem.Block{Type: kind, Bytes: b}); err != nil {
				t.Fatal(err)
			}
		}
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	encoded := func(list []*chaintest.Cert) (out [][]byte) {
		for _, c := range list {
			out = append(out, c.Encoded())
		}
		return out
	}
	args := append([]string{"verify", "-no-CApath", "-no-CAstore", "-CAfile", write("anchors.pem", "CERTIFICATE", encoded(w.Anchors)...)},
		m.args(w)...)
	if len(w.Sent) > 0 {
		args = append(args, "-untrusted", write("sent.pem", "CERTIFICATE", encoded(w.Sent)...))
	}
	if len(w.CRLs) > 0 {
		var lists [][]byte
		for _, l := range w.CRLs {
			lists = append(lists, l.Encoded())
		}
		args = append(args, "-CRLfile", write("lists.pem", "X509 CRL", lists...))
	}
	out, err := exec.Command("openssl", append(args, write("leaf.pem", "CERTIFICATE", w.Leaf.Encoded()))...).CombinedOutput()
	output = string(out)
	if err == nil {
		return "ok", output
	}
	for line := range strings.Lines(strings.ReplaceAll(output, "[CRL path] ", "")) {
		var code, depth int
		if n, _ := fmt.Sscanf(line, "error %d at %d depth lookup", &code, &depth); n == 2 {
			if code == 1 {
				return "1", output
			}
			return fmt.Sprintf("%d@%d", code, depth), output
		}
	}
	if strings.Contains(output, "verification failed") {
		return "1", output
	}
	return "load", output
}

func needOpenSSL(t testing.TB) {
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("the program openssl is missing")
		}
		t.Skip("the program openssl is missing")
	}
}

// job is one chain judged twice.
type job struct {
	name   string
	world  *chaintest.World
	manner manner
}

// theOne reports the release that the judge follows. Others differ in a few
// things, such as CRLs that are deltas and ECDSA with SHA-3.
func theOne(t *testing.T) bool {
	out, err := exec.Command("openssl", "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	var patch int
	n, _ := fmt.Sscanf(string(out), "OpenSSL 3.0.%d", &patch)
	return n == 1 && patch >= 22
}

// hold compares the judge with the program over all jobs. Of another release
// than the judge's, one in thirty may differ.
func hold(t *testing.T, jobs []job) {
	complain, allowed := t.Errorf, 0
	if !theOne(t) {
		complain, allowed = t.Logf, len(jobs)/30
	}
	todo := make(chan job)
	var wg sync.WaitGroup
	var mu sync.Mutex
	wrong, answers := 0, map[string]int{}
	for range max(2, runtime.NumCPU()) {
		dir := t.TempDir()
		wg.Go(func() {
			for j := range todo {
				want, output := asked(t, dir, j.manner, j.world)
				got := judged(j.manner.question(j.world))
				mu.Lock()
				answers[want]++
				if got != want {
					if wrong++; wrong < 40 {
						complain("%s %v: Verify = %s, want openssl's %s\n%s", j.name, j.manner.args(j.world), got, want, output)
					}
				}
				mu.Unlock()
			}
		})
	}
	for _, j := range jobs {
		todo <- j
	}
	close(todo)
	wg.Wait()
	if wrong > allowed {
		t.Errorf("%d of %d disagree, want %d at most", wrong, len(jobs), allowed)
	}
	t.Logf("%d of %d agree; answers: %v", len(jobs)-wrong, len(jobs), answers)
}

// TestDepartures judges each departure on its own, in the manner in which it
// matters.
func TestDepartures(t *testing.T) {
	needOpenSSL(t)
	keys := &chaintest.Keys{Dir: t.TempDir()}
	var jobs []job
	for i, d := range chaintest.Departures() {
		if testing.Short() && (d.Slow || i%3 > 0) {
			continue
		}
		w := chaintest.New(keys, now)
		d.Make(w)
		m := manner{purpose: openssl.Purpose(1 + i%2), name: i%2 == 0 || strings.HasPrefix(d.Name, "host") || w.IP != nil,
			crl: strings.HasPrefix(d.Name, "crl"), all: strings.HasPrefix(d.Name, "crl") && i%3 > 0}
		jobs = append(jobs, job{d.Name, w, m})
	}
	hold(t, jobs)
}

// TestAgreement judges chains with random departures in random manners:
// MUTUAL_AGREE says how many.
func TestAgreement(t *testing.T) {
	needOpenSSL(t)
	count := 60
	if n, err := strconv.Atoi(os.Getenv("MUTUAL_AGREE")); err == nil {
		count = n
	}
	seed := uint64(time.Now().UnixNano())
	if s, err := strconv.ParseUint(os.Getenv("MUTUAL_SEED"), 10, 64); err == nil {
		seed = s
	}
	t.Logf("MUTUAL_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	keys := &chaintest.Keys{Dir: t.TempDir()}
	all := chaintest.Departures()
	var jobs []job
	for len(jobs) < count {
		w := chaintest.New(keys, now)
		var names []string
		for range 1 + random.IntN(2) {
			d := all[random.IntN(len(all))]
			if d.Slow && count < 1000 {
				continue
			}
			d.Make(w)
			names = append(names, d.Name)
		}
		if random.IntN(4) == 0 && len(w.CRLs) == 0 {
			w.Lists()
		}
		jobs = append(jobs, job{strings.Join(names, " + "), w, randomManner(random, len(w.CRLs) > 0)})
	}
	hold(t, jobs)
}

func randomManner(r *rand.Rand, lists bool) manner {
	one := func(in int) bool { return r.IntN(in) == 0 }
	m := manner{purpose: openssl.Purpose(r.IntN(3)), strict: one(3), partial: one(3), name: one(2), proxy: one(10), anyTime: one(20)}
	if one(2) {
		m.level = r.IntN(5)
	}
	if lists && !one(4) {
		m.crl, m.all, m.extended, m.deltas = true, one(2), one(3), one(3)
	}
	if one(8) {
		m.depth = 1 + r.IntN(3)
	}
	return m
}
