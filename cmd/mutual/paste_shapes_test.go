package main

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"mutual/diagnose/cause"
	"mutual/fixtures"
)

// TestPasteShapes pastes what is said of files that hold what they should in a
// form that programs do not read: afterwards there is a file that they read,
// and the old one is as it was.
func TestPasteShapes(t *testing.T) {
	joined := func(b []byte) []byte {
		return bytes.ReplaceAll(b, []byte("-----\n-----BEGIN"), []byte("----------BEGIN"))
	}
	inUTF16 := func(b []byte) []byte {
		out := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(string(b))) {
			out = append(out, byte(u), byte(u>>8))
		}
		return out
	}
	for _, test := range []struct {
		name string
		code cause.Code
		turn func([]byte) []byte // key and chain in one file
	}{
		{"two blocks on one line", cause.PEMBOMHidesBlock, joined},
		{"a byte order mark", cause.PEMBOMHidesBlock, func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }},
		{"UTF-16", cause.PEMBOMHidesBlock, inUTF16},
		{"blanks before BEGIN", cause.PEMBOMHidesBlock, func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("-----BEGIN"), []byte("  -----BEGIN")) }},
		{"line breaks written out", cause.PEMTruncated, func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte(`\n`)) }},
		{"base64 of PEM", cause.PEMWrapped, func(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) }},
		{"trusted certificates", cause.PEMWrongType, func(b []byte) []byte {
			return bytes.ReplaceAll(b, []byte(" CERTIFICATE-----"), []byte(" TRUSTED CERTIFICATE-----"))
		}},
		{"the intermediate first", cause.CertFileOrderWrong, func(b []byte) []byte {
			key, rest := pem.Decode(b)
			leaf, rest := pem.Decode(rest)
			issuer, _ := pem.Decode(rest)
			return slices.Concat(pem.EncodeToMemory(key), pem.EncodeToMemory(issuer), pem.EncodeToMemory(leaf))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, w := newPaste(t, "it's here"), fixtures.Healthy(time.Now())
			server, err := fixtures.Start(w)
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			files := w.ClientFiles()
			p.write("ca.pem", files[fixtures.CAFile], 0o644)
			p.write("both.pem", test.turn(slices.Concat(files[fixtures.KeyFile], files[fixtures.CertFile])), 0o600)
			p.write("both-new.pem", []byte("of the user's\n"), 0o644) // a name that is taken
			command := fixtures.Command{Name: "mutual", Args: []string{"probe", server.Address(), "--cacert", filepath.Join(p.rel, "ca.pem"),
				"--cert", filepath.Join(p.rel, "both.pem"), "--key", filepath.Join(p.rel, "both.pem")}}
			p.fixes(command.String())
			if !slices.Contains(p.done, test.code) {
				t.Errorf("%s is not gone by what was pasted; gone: %v", test.code, p.done)
			}
		})
	}
}

// TestPasteKeyStores pastes what is said of a key store that OpenSSL opens with
// -legacy alone, and of one of Java's.
func TestPasteKeyStores(t *testing.T) {
	for _, test := range []struct {
		name, needs string
		make        []string // of both.pem and both.p12
	}{
		{"old.p12", "openssl", []string{"openssl pkcs12 -export -legacy -in both.pem -out old.p12 -passout pass:secret"}},
		{"store.jks", "keytool", []string{"openssl pkcs12 -export -in both.pem -name client -out both.p12 -passout pass:secret",
			"keytool -importkeystore -srckeystore both.p12 -srcstorepass secret -destkeystore store.jks -deststoretype jks -deststorepass secret"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(test.needs); err != nil {
				if os.Getenv("CI") == "true" {
					t.Fatalf("%s is not installed, and CI has to run it", test.needs)
				}
				t.Skipf("%s is not installed", test.needs)
			}
			p, w := newPaste(t, "key stores"), fixtures.Healthy(time.Now())
			server, err := fixtures.Start(w)
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			files, made := w.ClientFiles(), t.TempDir()
			if err := os.WriteFile(filepath.Join(made, "both.pem"), slices.Concat(files[fixtures.KeyFile], files[fixtures.CertFile]), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, line := range test.make {
				cmd := exec.Command("sh", "-c", line)
				cmd.Dir = made
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Skipf("%s does not make one: %v\n%s", test.needs, err, out)
				}
			}
			store, err := os.ReadFile(filepath.Join(made, test.name))
			if err != nil {
				t.Fatal(err)
			}
			p.write("ca.pem", files[fixtures.CAFile], 0o644)
			p.write(test.name, store, 0o600)
			command := fixtures.Command{Name: "mutual", Args: []string{"probe", server.Address(), "--cacert", filepath.Join(p.rel, "ca.pem"),
				"--cert", filepath.Join(p.rel, test.name), "--key", filepath.Join(p.rel, test.name)}}
			p.fixes(command.String())
			if !slices.Contains(p.done, cause.PKCS12NotPEM) {
				t.Errorf("pkcs12-not-pem is not gone by what was pasted; gone: %v", p.done)
			}
		})
	}
}

// TestPasteNamesWhatStandsBeside: the fix for a client without a certificate
// names the one beside the CA that was given, and a command of serve's log the
// folder of its CA.
func TestPasteNamesWhatStandsBeside(t *testing.T) {
	p := newPaste(t, "it's mutual's")
	dir := filepath.Join("..", "it's mutual's")
	p.sh(fixtures.Command{Name: "mutual", Args: []string{"init", "--dir", dir, "--host", "localhost"}}.String())
	w := fixtures.Healthy(time.Now())
	server, err := fixtures.Start(w)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	p.write("server-ca.pem", w.ClientFiles()[fixtures.CAFile], 0o644)
	for _, f := range p.probe(fixtures.Command{Name: "mutual", Args: []string{"probe", server.Address(), "--cacert", filepath.Join(dir, "server-ca.pem")}}.String()) {
		if f.Code == cause.ClientCertMissing && !strings.Contains(f.Fix.String(), `'../it'\''s mutual'\''s/client-crt.pem'`) {
			t.Errorf("the fix does not name the client's certificate that is there:\n%s", f.Fix)
		}
	}
}
