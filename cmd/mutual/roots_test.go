package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"
	"software.sslmate.com/src/go-pkcs12"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/pki/roots"
)

// rootsMirror serves whatever bundle is set over HTTPS, and returns its
// address and the file of its CA.
func rootsMirror(t *testing.T) (url, caFile string, serve func([]byte)) {
	t.Helper()
	var body atomic.Pointer[[]byte]
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Write(*body.Load()) }))
	ca := selfSigned(t, "localhost", func(c *x509.Certificate) {
		c.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	})
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{ca}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	caFile = filepath.Join(t.TempDir(), "mirror-ca.pem")
	if err := os.WriteFile(caFile, blockOf(ca.Certificate[0]), 0o644); err != nil {
		t.Fatal(err)
	}
	return srv.URL + "/roots.pem", caFile, func(data []byte) { body.Store(&data) }
}

func selfSigned(t *testing.T, name string, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(2, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	if change != nil {
		change(template)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func blockOf(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// realRoots is a bundle of the real pinned roots and of the public ones that
// stand beside them in Google's.
func realRoots(t *testing.T) []byte {
	t.Helper()
	var out []byte
	beside := map[string]bool{}
	for _, p := range roots.Profiles() {
		for _, pin := range p.Pins {
			out = append(out, pin.PEM...)
		}
		for _, pin := range p.Beside {
			beside[pin.SPKI] = true
		}
	}
	for root := range bundle.Roots() {
		if c, err := x509.ParseCertificate(root.Certificate); err == nil && beside[roots.SPKI(c)] {
			out = append(out, blockOf(c.Raw)...)
		}
	}
	return out
}

func googleRoots(t *testing.T) []byte {
	t.Helper()
	p, err := roots.Lookup("dialogflow-cx")
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	for _, pin := range p.Pins {
		out = append(out, pin.PEM...)
	}
	return out
}

// mutualRoots runs mutual roots with these words.
func mutualRoots(words ...string) (code int, out, talk string) {
	var o, e bytes.Buffer
	code = run(context.Background(), append([]string{"mutual", "roots"}, words...), stdio{in: strings.NewReader(""), out: &o, err: &e})
	return code, o.String(), e.String()
}

// TestRootsAsAUserWould walks through a store's life on the command line.
func TestRootsAsAUserWould(t *testing.T) {
	url, ca, serve := rootsMirror(t)
	dir := t.TempDir()
	store := filepath.Join(dir, "store")
	if err := os.Mkdir(store, 0o755); err != nil {
		t.Fatal(err)
	}
	good := realRoots(t)
	stranger := selfSigned(t, "Stranger Root", nil)
	added := append(append([]byte{}, good...), blockOf(stranger.Certificate[0])...)
	cert, err := x509.ParseCertificate(stranger.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	key := roots.SPKI(cert)
	tamper := func() {
		path := filepath.Join(store, "dialogflow.pem")
		if err := os.WriteFile(path, append(good, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	steps := []struct {
		name   string
		before func()
		words  []string
		code   int
		says   string // on either output
	}{
		{"no store yet", nil, []string{"verify"}, 0, "built into mutual are in use"},
		{"the list without a store", nil, []string{"list"}, 0, "0cRTd+vc1hjNFlHcLgLCHXUeWqn80bNDH/bs9qMTSPo="},
		{"fetch", func() { serve(good) }, []string{"fetch", "--from", url, "--cacert", ca}, 0, "dialogflow-legacy: 5 roots fetched"},
		{"the flags behind the profile", nil, []string{"fetch", "dialogflow", "--cacert", ca, "--from", url}, 0, "dialogflow: 1 root fetched"},
		{"verify", nil, []string{"verify"}, 0, "fits the pins"},
		{"the list", nil, []string{"list", "dialogflow"}, 0, "stored"},
		{"update finds nothing", nil, []string{"update", "--from", url, "--cacert", ca}, 0, "are those in use"},
		{"a mirror that nobody vouches for", nil, []string{"fetch", "--from", url}, 12, "keeps working"},
		{"an HTML page", func() { serve([]byte("<html>")) }, []string{"fetch", "--from", url, "--cacert", ca}, 16, "roots-download-malformed"},
		{"an unknown root", func() { serve(added) }, []string{"fetch", "dialogflow", "--from", url, "--cacert", ca}, 16, "roots-unknown-root"},
		{"update shows it", nil, []string{"update", "dialogflow", "--from", url, "--cacert", ca}, 16, "--accept " + key},
		{"a key that is not on offer", nil, []string{"update", "dialogflow", "--from", url, "--cacert", ca, "--accept", "AAAA"}, 2, "AAAA"},
		{"update takes it", nil, []string{"update", "dialogflow", "--from", url, "--cacert", ca, "--accept", key}, 0, "Stranger Root"},
		{"and lists it", nil, []string{"list", "dialogflow"}, 0, "accepted"},
		{"whole, and verify names it", nil, []string{"verify"}, 0, "root Stranger Root, pin " + key[:8]},
		{"update names nothing new", nil, []string{"update", "dialogflow", "--from", url, "--cacert", ca}, 0, "are those in use"},
		{"changed by hand", tamper, []string{"verify"}, 16, "roots-store-changed"},
		{"not used for an export", nil, []string{"export", "dialogflow"}, 16, "roots-store-changed"},
		{"not fetched over", func() { serve(good) }, []string{"fetch", "dialogflow", "--from", url, "--cacert", ca}, 16, "roots-store-changed"},
		{"fetched anew", nil, []string{"fetch", "dialogflow", "--from", url, "--cacert", ca, "--force"}, 0, "dialogflow: 1 root"},
		{"whole again", nil, []string{"verify"}, 0, "fits the pins"},
		{"no such profile", nil, []string{"fetch", "dialogflo"}, 2, "did you mean dialogflow?"},
		{"no such file", nil, []string{"fetch", "--from", filepath.Join(dir, "nothing.pem")}, 14, "nothing.pem"},
	}
	for _, step := range steps {
		if step.before != nil {
			step.before()
		}
		code, out, talk := mutualRoots(append(step.words, "--store", store)...)
		narrow(t, step.name, out+talk)
		if code != step.code || !strings.Contains(strings.Join(strings.Fields(out+talk), " "), step.says) {
			t.Errorf("%s: mutual roots %v = %d\n%s%s\nwant %d and %q", step.name, step.words, code, out, talk, step.code, step.says)
		}
	}
}

// narrow holds that text stays within 80 columns, but for words, commands
// and lines of a configuration that would not be the same in two, and errors.
func narrow(t *testing.T, name, text string) {
	t.Helper()
	edit := regexp.MustCompile(`\$ssl_client_|%\{SSL_CLIENT_`)
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		long := slices.ContainsFunc(strings.Fields(line), func(word string) bool { return len(word) > 44 })
		if render.Columns(line) > 80 && !long && !strings.HasPrefix(line, "mutual: ") && !edit.MatchString(line) {
			t.Errorf("%s: %d columns: %s", name, render.Columns(line), line)
		}
	}
}

// TestRootsStoreThatIsNotThere: a store that was named and is not there is no
// empty store.
func TestRootsStoreThatIsNotThere(t *testing.T) {
	dir := t.TempDir()
	typo, file := filepath.Join(dir, "typo"), filepath.Join(dir, "file")
	if err := os.WriteFile(file, realRoots(t), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, store := range []string{typo, file} {
		for _, words := range [][]string{{"verify"}, {"list"}, {"export", "dialogflow"}, {"update", "--from", file}, {"verify", "--json"}} {
			code, out, talk := mutualRoots(append(words, "--store", store)...)
			if code != diagnose.ExitFiles || !strings.Contains(out+talk, store) {
				t.Errorf("mutual roots %v --store %s = %d\n%s%s\nwant 14 and the folder named", words, store, code, out, talk)
			}
		}
	}
	if code, out, talk := mutualRoots("fetch", "--from", file, "--store", typo); code != 0 {
		t.Errorf("mutual roots fetch into a new folder = %d\n%s%s", code, out, talk)
	}
}

// TestRootsAcceptAsPrinted pastes what update prints for a bundle that lacks
// roots, with nothing stored, and wants it to work.
func TestRootsAcceptAsPrinted(t *testing.T) {
	dir := t.TempDir()
	bundle, store := filepath.Join(dir, "half of it.pem"), filepath.Join(dir, "my store")
	if err := os.WriteFile(bundle, googleRoots(t), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(store, 0o755); err != nil {
		t.Fatal(err)
	}
	code, out, _ := mutualRoots("fetch", "google-all", "--from", bundle, "--store", store)
	if code != diagnose.ExitRoots || !strings.Contains(out, "DigiCert") {
		t.Errorf("mutual roots fetch of half a bundle = %d\n%s\nwant 16 and what is missing", code, out)
	}
	code, out, _ = mutualRoots("update", "google-all", "--from", bundle, "--store", store)
	_, printed, ok := strings.Cut(out, "mutual roots update google-all")
	printed, _, _ = strings.Cut(printed, "\n  note")
	if code != diagnose.ExitRoots || !ok {
		t.Fatalf("mutual roots update = %d\n%s\nwant 16 and a command", code, out)
	}
	words := []string{"update", "google-all"}
	for i, part := range strings.Split(strings.ReplaceAll(printed, "\\\n", " "), "'") {
		if i%2 == 1 {
			words = append(words, part)
			continue
		}
		words = append(words, strings.Fields(part)...)
	}
	if code, out, talk := mutualRoots(words...); code != 0 {
		t.Fatalf("mutual roots %q = %d\n%s%s", words, code, out, talk)
	}
	if code, out, talk := mutualRoots("fetch", "google-all", "--from", bundle, "--store", store); code != 0 || !strings.Contains(out, "5 roots") {
		t.Errorf("mutual roots fetch afterwards = %d\n%s%s\nwant five roots", code, out, talk)
	}
}

// TestRootsFormats: a format that a command has no use for is refused.
func TestRootsFormats(t *testing.T) {
	store := t.TempDir()
	file := filepath.Join(t.TempDir(), "bundle.pem")
	if err := os.WriteFile(file, realRoots(t), 0o644); err != nil {
		t.Fatal(err)
	}
	run := func(format string, words ...string) (int, string, string) {
		var o, e bytes.Buffer
		line := append([]string{"mutual", "--format", format, "roots"}, words...)
		code := run(context.Background(), line, stdio{in: strings.NewReader(""), out: &o, err: &e})
		return code, o.String(), e.String()
	}
	for _, format := range []string{"junit", "github"} {
		if code, out, talk := run(format, "list", "--store", store); code != 2 || !strings.Contains(out+talk, "text, json") {
			t.Errorf("mutual --format %s roots list = %d %q %q, want 2 and the formats it has", format, code, out, talk)
		}
		if code, out, talk := run(format, "export", "dialogflow", "--store", store); code != 2 || strings.Contains(out, "BEGIN") {
			t.Errorf("mutual --format %s roots export = %d %q %q, want 2 and the formats it has", format, code, out, talk)
		}
		for _, words := range [][]string{{"fetch", "--from", file}, {"verify"}, {"update", "--from", file}} {
			code, out, talk := run(format, append(words, "--store", store)...)
			if code != 0 || format == "github" && strings.Contains(out, "✓") || format == "junit" && !strings.HasPrefix(out, "<?xml") {
				t.Errorf("mutual --format %s roots %v = %d\n%s%s\nwant that format", format, words, code, out, talk)
			}
		}
	}
}

func TestRootsOffline(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "https://" + ln.Addr().String() + "/roots.pem"
	ln.Close()
	code, out, talk := mutualRoots("fetch", "--from", url, "--store", t.TempDir())
	if code != diagnose.ExitReach || !strings.Contains(talk, "the roots built into mutual keep working") {
		t.Errorf("mutual roots fetch without a network = %d\n%s%s\nwant 10 and what keeps working", code, out, talk)
	}
}

func TestRootsStoreThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	bundle, inTheWay := filepath.Join(dir, "bundle.pem"), filepath.Join(dir, "file")
	for _, name := range []string{bundle, inTheWay} {
		if err := os.WriteFile(name, realRoots(t), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	code, out, talk := mutualRoots("fetch", "--from", bundle, "--store", filepath.Join(inTheWay, "store"))
	if code != exitFault || !strings.Contains(talk, inTheWay) {
		t.Errorf("mutual roots fetch = %d\n%s%s\nwant 3 and the folder", code, out, talk)
	}
}

func TestRootsJSON(t *testing.T) {
	store := t.TempDir()
	file := filepath.Join(t.TempDir(), "bundle.pem")
	if err := os.WriteFile(file, realRoots(t), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, words := range [][]string{{"list"}, {"fetch", "--from", file}, {"verify"}, {"update", "--from", file}, {"check", file}, {"export", "dialogflow"}} {
		code, out, _ := mutualRoots(append(words, "--store", store, "--json")...)
		if words[0] == "check" {
			code, out, _ = mutualRoots(append(words, "--json")...)
		}
		var doc map[string]any
		if err := json.Unmarshal([]byte(out), &doc); err != nil || code != 0 {
			t.Fatalf("mutual roots %v --json = %d, %v\n%s", words, code, err, out)
		}
		if words[0] == "export" {
			continue
		}
		if doc["schema"] != diagnose.Schema || doc["command"] != "roots "+words[0] || doc["exit_code"] != 0.0 || doc["result"] == nil {
			t.Errorf("mutual roots %v --json = %s, want a report with the command's result", words, out)
		}
	}
}

func TestRootsCheckAnswers(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	today := write("today.pem", roots.Profiles()[0].Pins[0].PEM)
	google := write("google.pem", googleRoots(t))
	conf := func(name, text string) string { return write(name, []byte(text)) }
	apache := conf("apache.conf", "SSLEngine on\nSSLCACertificateFile today.pem\nSSLVerifyClient require\n")
	tests := []struct {
		words []string
		on    string // the day; 30 November where it is empty
		code  int
		says  []string
	}{
		{[]string{today}, "", 0, []string{"Dialogflow ES? On 30 November 2026: yes, by SSL.com", "After 1 December 2026: yes", "Dialogflow CX?", "no, GTS Root R1 is missing"}},
		{[]string{today, "--product", "es"}, "2026-12-05", 0, []string{"On 5 December 2026: yes, by SSL.com"}},
		{[]string{today, "--product", "cx"}, "", 13, []string{"no, GTS Root R1 is missing", "trust-bundle-lacks-dialogflow-root", "roots export dialogflow-cx"}},
		{[]string{google, "--product", "cx"}, "2026-12-05", 0, []string{"Dialogflow CX? On", "yes, by GTS Root R1, by the sample on its page. No end of its certificate is announced."}},
		{[]string{google, "--product", "es"}, "2026-10-30", 0, []string{"yes, by the old certificate", "After 1 December 2026: no"}},
		{[]string{google, "--product", "es"}, "2026-11-30", 13, []string{"yes, by the old certificate", "After 1 December 2026: no", "by its old certificate only"}},
		{[]string{google}, "2026-12-01", 13, []string{"yes, by the old certificate", "--product cx"}},
		{[]string{google, "--product", "es"}, "2026-12-05", 13, []string{"On 5 December 2026: no", "trust-bundle-lacks-dialogflow-root"}},
		{[]string{today, "--product", "chat"}, "", 2, []string{"es, cx"}},
		{[]string{today}, "5 December", 2, []string{"--on 2026-12-05"}},
		{[]string{write("r2.pem", blockOf(roots.ExpiredGlobalSignR2().Raw))}, "", 13, []string{"no, SSL.com", "trust-bundle-google-expired", "GIAG3"}},
		{[]string{today, "--config", conf("small.conf", "ssl_verify_client on;\nssl_verify_depth 0;\n")}, "", 13, []string{"let it in? No.", "verify-depth-too-small", "small.conf:2"}},
		{[]string{today, "--config", apache}, "", 13, []string{"let it in? No.", "verify-depth-too-small", "where nothing sets it"}},
		{[]string{today, "--config", conf("include.conf", "SSLVerifyClient require\nInclude other.conf\n")}, "", 0, []string{"Cannot tell.", "include.conf:2 takes in other files", "Perhaps the server"}},
		{[]string{today, "--config", conf("sound.conf", "ssl_verify_client on;\nssl_verify_depth 2;\nif ($ssl_client_s_dn !~ x) { return 403; }\n")}, "", 0,
			[]string{"bundle accept Dialogflow ES? On 30 November 2026: yes, by SSL.com", "let it in? Cannot tell.", "sound.conf:3 looks at the client's name"}},
		{[]string{today, "--config", conf("mention.conf", "SSLVerifyClient require\nSSLVerifyDepth 3\nSetEnvIf X %{SSL_CLIENT_S_DN} x\n")}, "", 0, []string{"Cannot tell."}},
		{[]string{today, "--config", conf("any.conf", "ssl_verify_client optional_no_ca;\nssl_verify_depth 2;\n")}, "", 0, []string{"Cannot tell.", "any.conf:1 takes any certificate without verifying it"}},
		{[]string{write("page.pem", []byte("<html>"))}, "", 14, []string{"page.pem"}},
		{[]string{filepath.Join(dir, "nothing.pem")}, "", 14, []string{"nothing.pem"}},
		{nil, "", 2, []string{"BUNDLE"}},
	}
	for _, test := range tests {
		words := append([]string{"check", "--on", cmp.Or(test.on, "2026-11-30")}, test.words...)
		code, out, talk := mutualRoots(words...)
		if code != test.code {
			t.Errorf("mutual roots %v = %d, want %d\n%s%s", words, code, test.code, out, talk)
		}
		narrow(t, strings.Join(words, " "), out+talk)
		flat := strings.Join(strings.Fields(out+talk), " ")
		for _, s := range test.says {
			if !strings.Contains(flat, s) {
				t.Errorf("mutual roots %v says\n%s%s\nwant %q in it", words, out, talk, s)
			}
		}
		if slices.Contains(words, "--config") && strings.Contains(flat, "let it in? Yes") {
			t.Errorf("mutual roots %v says yes of a configuration:\n%s", words, out)
		}
		var doc struct {
			Code   int `json:"exit_code"`
			Result struct {
				Config *struct{ Answer string }
			}
		}
		jsonCode, out, _ := mutualRoots(append(words, "--json")...)
		if err := json.Unmarshal([]byte(out), &doc); jsonCode != code || code != 2 && code != 14 && (err != nil || doc.Code != code) {
			t.Errorf("mutual roots %v --json = %d, %v, want %d as in text", words, jsonCode, err, code)
		}
	}
}

func TestRootsExport(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("MUTUAL_STORE", dir)
	p12 := filepath.Join(dir, "trust.p12")
	if code, out, talk := mutualRoots("export", "dialogflow,dialogflow-legacy", "--out", p12); code != 0 || out != "" || !strings.Contains(talk, "changeit") {
		t.Fatalf("mutual roots export = %d\n%s%s\nwant the password said", code, out, talk)
	}
	data, err := os.ReadFile(p12)
	if err != nil {
		t.Fatal(err)
	}
	if certs, err := pkcs12.DecodeTrustStore(data, "changeit"); err != nil || len(certs) != 6 {
		t.Errorf("the trust store holds %d roots, %v, want 6", len(certs), err)
	}
	if code, _, talk := mutualRoots("export", "dialogflow", "--out", p12); code != 2 || !strings.Contains(talk, "--force") {
		t.Errorf("mutual roots export over a file = %d %q, want 2 and --force", code, talk)
	}
	t.Setenv("MUTUAL_PASS", "secret words")
	code, out, talk := mutualRoots("export", "dialogflow", "--format", "pkcs12")
	if certs, err := pkcs12.DecodeTrustStore([]byte(out), "secret words"); code != 0 || err != nil || len(certs) != 1 || strings.Contains(talk, "secret") {
		t.Errorf("mutual roots export with MUTUAL_PASS = %d, %d roots, %v, said %q", code, len(certs), err, talk)
	}
	code, out, talk = mutualRoots("export", "dialogflow")
	if certs, err := roots.Parse([]byte(out)); code != 0 || err != nil || len(certs) != 1 || !strings.Contains(talk, "CN=Google LLC") {
		t.Errorf("mutual roots export = %d, %d roots, %v, said %q, want one and whom to expect", code, len(certs), err, talk)
	}
	if code, _, _ := mutualRoots("export", "dialogflow", "--format", "jks"); code != 2 {
		t.Errorf("mutual roots export --format jks = %d, want 2", code)
	}
}
