package main

import (
	"context"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// madeBy runs mutual init in a new folder and returns it.
func madeBy(t *testing.T, words ...string) string {
	t.Helper()
	dir := t.TempDir()
	var out, talk strings.Builder
	line := append([]string{"mutual", "init", "--dir", dir}, words...)
	if code := run(context.Background(), line, stdio{in: strings.NewReader(""), out: &out, err: &talk}); code != 0 {
		t.Fatalf("mutual init = %d\n%s%s", code, out.String(), talk.String())
	}
	return dir
}

// TestRootsCheckServer asks, with the files that init makes, whether Dialogflow
// would accept the server.
func TestRootsCheckServer(t *testing.T) {
	dir := madeBy(t, "--host", "webhook.example")
	cert, ca := filepath.Join(dir, "server-crt.pem"), filepath.Join(dir, "ca-crt.pem")
	data, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	der := filepath.Join(dir, "ca-crt.der")
	if err := os.WriteFile(der, block.Bytes, 0o644); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(madeBy(t), "ca-crt.pem")
	tests := []struct {
		words []string
		code  int
		says  []string
	}{
		{[]string{"--host", "webhook.example"}, 12, []string{"Will Dialogflow ES and CX accept this server as webhook.example", "ES most likely not. CX only with your own CA uploaded", "server-cert-not-public", "mutual export client --for dialogflow-cx"}},
		{[]string{"--host", "webhook.example", "--product", "es"}, 12, []string{"Dialogflow ES will not accept this server", "no field for a CA"}},
		{[]string{"--host", "webhook.example", "--product", "cx"}, 12, []string{"Dialogflow CX accepts this server only with its CA uploaded", "Upload your own CA", "add --custom-ca"}},
		{[]string{"--host", "webhook.example", "--custom-ca", ca}, 0, []string{"Will Dialogflow CX accept", "Yes, once"}},
		{[]string{"--host", "webhook.example", "--custom-ca", der, "--product", "cx"}, 0, []string{"Yes, once"}},
		{[]string{"--host", "webhook.example", "--custom-ca", other, "--custom-ca", ca}, 0, []string{"Yes, once"}},
		{[]string{"--host", "webhook.example", "--custom-ca", other}, 12, []string{"uploaded with the webhook", "server-cert-not-public"}},
		{[]string{"--host", "other.example", "--custom-ca", ca}, 12, []string{"server-name-mismatch"}},
		{[]string{"--host", "webhook.example", "--custom-ca", filepath.Join(dir, "nothing.pem")}, 14, []string{"nothing.pem"}},
		{[]string{"--host", "webhook.example", "--custom-ca", ca, "--product", "es"}, 2, []string{"public CA only"}},
		{nil, 2, []string{"--host"}},
		{[]string{"--host", "webhook.example", ca}, 2, []string{"bundle of client CAs"}},
	}
	for _, test := range tests {
		code, out, talk := mutualRoots(append([]string{"check", "--server-cert", cert}, test.words...)...)
		if code != test.code {
			t.Errorf("mutual roots check --server-cert %v = %d, want %d\n%s%s", test.words, code, test.code, out, talk)
		}
		for _, s := range test.says {
			if !strings.Contains(strings.Join(strings.Fields(out+talk), " "), s) {
				t.Errorf("mutual roots check --server-cert %v says\n%s%s\nwant %q in it", test.words, out, talk, s)
			}
		}
	}
	if code, out, talk := mutualRoots("check", "--host", "webhook.example"); code != 2 || !strings.Contains(talk, "--server-cert") {
		t.Errorf("mutual roots check --host without --server-cert = %d\n%s%s\nwant 2", code, out, talk)
	}
	code, out, _ := mutualRoots("check", "--server-cert", cert, "--host", "webhook.example", "--custom-ca", ca, "--json")
	if code != 0 || !strings.Contains(out, `"accepts": true`) || !strings.Contains(out, `"server_for": [`) {
		t.Errorf("mutual roots check --server-cert --json = %d\n%s\nwant the answer", code, out)
	}
}
