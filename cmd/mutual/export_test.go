package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mutual/pki"
)

// mutualExport runs mutual export with these words.
func mutualExport(words ...string) (code int, out, talk string) {
	var o, e bytes.Buffer
	code = run(context.Background(), append([]string{"mutual", "export"}, words...), stdio{in: strings.NewReader(""), out: &o, err: &e})
	return code, o.String(), e.String()
}

// TestExportDialogflowCX hands a client certificate to Dialogflow CX, then
// calls the webhook as its agent would: with what was exported, and nothing
// else.
func TestExportDialogflowCX(t *testing.T) {
	dir := madeBy(t, "--host", "webhook.example", "--client", "my agent")
	out := filepath.Join(dir, "for google")
	code, said, talk := mutualExport("my agent", "--for", "dialogflow-cx", "--dir", dir, "--out", out)
	if code != 0 {
		t.Fatalf("mutual export = %d\n%s%s", code, said, talk)
	}
	for _, want := range []string{"gcloud secrets create <secret>", "--data-file='" + filepath.Join(dir, "my agent-key.pem") + "'", "updateMask=clientCertificateSettings",
		"updateMask=genericWebService.allowedCaCerts", "dialogflow-cx.tf", "--allow-spki ", "https://webhook.example/", "google_ces_app"} {
		if !strings.Contains(said, want) {
			t.Errorf("mutual export says\n%s\nwant %q in it", said, want)
		}
	}
	files, err := filepath.Glob(filepath.Join(out, "*"))
	if err != nil || len(files) != 5 {
		t.Fatalf("files %v, %v, want five", files, err)
	}
	before := map[string]string{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		before[f] = string(data)
		if strings.Contains(string(data), "PRIVATE KEY") || strings.Contains(said, "PRIVATE KEY") {
			t.Errorf("%s holds a key", f)
		}
	}

	var agent struct {
		ClientCertificateSettings struct{ SSLCertificate, PrivateKey, Passphrase string }
	}
	var webhook struct {
		GenericWebService struct {
			URI            string
			AllowedCaCerts [][]byte
		}
	}
	decode(t, before[filepath.Join(out, "agent.json")], &agent)
	decode(t, before[filepath.Join(out, "webhook.json")], &webhook)
	der := before[filepath.Join(out, "ca-crt.der")]
	if len(webhook.GenericWebService.AllowedCaCerts) != 1 || string(webhook.GenericWebService.AllowedCaCerts[0]) != der || webhook.GenericWebService.URI != "https://webhook.example/" {
		t.Errorf("webhook.json = %+v, want the CA in DER", webhook)
	}
	settings := agent.ClientCertificateSettings
	if settings.PrivateKey != "projects/<project>/secrets/<secret>/versions/1" || settings.Passphrase != "" || settings.SSLCertificate != before[filepath.Join(out, "agent-crt.pem")] {
		t.Errorf("agent.json = %+v, want the certificate and the Secret's name", settings)
	}
	callAsAgent(t, dir, der, settings.SSLCertificate)

	if code, _, talk := mutualExport("my agent", "--for", "dialogflow-cx", "--dir", dir, "--out", out); code != 2 || !strings.Contains(talk, "--force") {
		t.Errorf("mutual export over its files = %d %q, want 2", code, talk)
	}
	for f, want := range before {
		if data, err := os.ReadFile(f); err != nil || string(data) != want {
			t.Errorf("%s was changed, %v", f, err)
		}
	}
	if code, _, talk := mutualExport("my agent", "--for", "dialogflow-cx", "--dir", dir, "--out", out, "--force"); code != 0 {
		t.Errorf("mutual export --force = %d %q", code, talk)
	}
}

func decode(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatal(err)
	}
}

// callAsAgent serves from the folder and calls the server with the exported
// certificate, trusting the exported CA alone.
func callAsAgent(t *testing.T, dir, der, certPEM string) {
	t.Helper()
	ready := filepath.Join(t.TempDir(), "ready")
	leaf, _ := pem.Decode([]byte(certPEM))
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	done := make(chan int, 1)
	var said bytes.Buffer
	go func() {
		done <- run(ctx, []string{"mutual", "serve", "--dir", dir, "--listen", "127.0.0.1:0", "--requests", "1", "--ready-file", ready, "--allow-cn", "my agent"},
			stdio{in: strings.NewReader(""), out: &said, err: io.Discard})
	}()
	var url []byte
	for tick := time.NewTicker(10 * time.Millisecond); len(url) == 0; {
		select {
		case <-ctx.Done():
			t.Fatal("the server did not come up")
		case <-tick.C:
			url, _ = os.ReadFile(ready)
		}
	}
	ca, err := x509.ParseCertificate([]byte(der))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(ca)
	key := pki.Load(filepath.Join(dir, "my agent-key.pem"), pki.RoleKey, nil)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "webhook.example",
		Certificates: []tls.Certificate{{Certificate: [][]byte{leaf.Bytes}, PrivateKey: key.Keys[0]}}}}}
	resp, err := client.Post(strings.TrimSpace(string(url))+"/", "application/json", strings.NewReader(`{"fulfillmentInfo":{"tag":"x"}}`))
	if err != nil {
		t.Fatalf("the agent's call: %v", err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), "fulfillmentResponse") {
		t.Errorf("the agent's call = %d %s, want a webhook's answer", resp.StatusCode, body)
	}
	if code := <-done; code != 0 {
		t.Errorf("mutual serve = %d\n%s", code, said.String())
	}
}

// TestExportRefuses hands over nothing that would not work.
func TestExportRefuses(t *testing.T) {
	sound := madeBy(t, "--host", "webhook.example")
	local := madeBy(t)
	other := madeBy(t, "--host", "webhook.example")
	copyFile := func(from, to string) {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stranger := madeBy(t, "--host", "webhook.example")
	copyFile(filepath.Join(other, "client-crt.pem"), filepath.Join(stranger, "client-crt.pem"))
	copyFile(filepath.Join(other, "client-key.pem"), filepath.Join(stranger, "client-key.pem"))
	swapped := madeBy(t, "--host", "webhook.example")
	copyFile(filepath.Join(other, "server-crt.pem"), filepath.Join(swapped, "server-crt.pem"))
	tests := []struct {
		words []string
		code  int
		says  string
	}{
		{[]string{"client", "--dir", sound}, 2, "dialogflow-cx"},
		{[]string{"client", "--dir", sound, "--for", "dialogflow"}, 2, "dialogflow-cx"},
		{[]string{"../client", "--dir", sound, "--for", "dialogflow-cx"}, 2, "no certificate's name"},
		{[]string{"nobody", "--dir", sound, "--for", "dialogflow-cx"}, 14, "nobody-crt.pem"},
		{[]string{"server", "--dir", sound, "--for", "dialogflow-cx"}, 13, "client-eku-missing-clientauth"},
		{[]string{"client", "--dir", local, "--for", "dialogflow-cx"}, 12, "for no host that Dialogflow could call"},
		{[]string{"client", "--dir", sound, "--for", "dialogflow-cx", "--host", "other.example"}, 12, "server-name-mismatch"},
		{[]string{"client", "--dir", sound, "--for", "dialogflow-cx", "--host", "a b"}, 2, "--host"},
		{[]string{"client", "--dir", stranger, "--for", "dialogflow-cx"}, 13, "client-ca-untrusted-by-server"},
		{[]string{"client", "--dir", swapped, "--for", "dialogflow-cx"}, 12, "server-cert-not-public"},
	}
	for _, test := range tests {
		code, out, talk := mutualExport(test.words...)
		if code != test.code || !strings.Contains(out+talk, test.says) {
			t.Errorf("mutual export %v = %d, want %d and %q\n%s%s", test.words, code, test.code, test.says, out, talk)
		}
	}
	for _, dir := range []string{sound, local, stranger, swapped} {
		if _, err := os.Stat(filepath.Join(dir, "dialogflow-cx")); err == nil {
			t.Errorf("a refused export left files in %s", dir)
		}
	}
}

// TestExportEncryptedKey names a Secret for the passphrase, too, and never the
// passphrase.
func TestExportEncryptedKey(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("openssl is not installed")
		}
		t.Skip("openssl is not installed")
	}
	dir := madeBy(t, "--host", "webhook.example")
	key := filepath.Join(dir, "client-key.pem")
	cmd := exec.Command(openssl, "pkcs8", "-topk8", "-in", key, "-out", key+".new", "-passout", "pass:open sesame")
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	if err := os.Rename(key+".new", key); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MUTUAL_PASS", "open sesame")
	code, out, talk := mutualExport("client", "--for", "dialogflow-cx", "--dir", dir)
	if code != 0 || !strings.Contains(out, "gcloud secrets create <passphrase-secret>") || strings.Contains(out+talk, "sesame") {
		t.Errorf("mutual export with an encrypted key = %d\n%s%s\nwant a second Secret", code, out, talk)
	}
	for _, name := range []string{"agent.json", "dialogflow-cx.tf"} {
		data, err := os.ReadFile(filepath.Join(dir, "dialogflow-cx", name))
		if err != nil || !strings.Contains(string(data), "projects/<project>/secrets/<passphrase-secret>/versions/1") || strings.Contains(string(data), "sesame") {
			t.Errorf("%s: %v\n%s\nwant the passphrase's Secret", name, err, data)
		}
	}
	// OpenSSL reads what was written for the webhook.
	said, err := exec.Command(openssl, "verify", "-CAfile", filepath.Join(dir, "ca-crt.pem"), filepath.Join(dir, "dialogflow-cx", "agent-crt.pem")).CombinedOutput()
	if err != nil {
		t.Errorf("openssl verify: %v\n%s", err, said)
	}
	if said, err := exec.Command(openssl, "x509", "-inform", "der", "-in", filepath.Join(dir, "dialogflow-cx", "ca-crt.der"), "-noout", "-subject").CombinedOutput(); err != nil {
		t.Errorf("openssl x509: %v\n%s", err, said)
	}
}
