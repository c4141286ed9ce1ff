package pki

import (
	"bytes"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// twoBlocks are a key and a certificate that belong together, in PEM.
func twoBlocks(t *testing.T) (key, cert []byte) {
	t.Helper()
	dir := t.TempDir()
	mustInit(t, dir, InitOptions{Now: time.Now()})
	for name, into := range map[string]*[]byte{"client-key.pem": &key, "client-crt.pem": &cert} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		*into = data
	}
	return key, cert
}

// TestCleanShapes: each shape in which files come, and that programs do not
// read, becomes the very file that they read.
func TestCleanShapes(t *testing.T) {
	key, cert := twoBlocks(t)
	both, sound := append(bytes.Clone(key), cert...), append(bytes.Clone(cert), key...)
	block, _ := pem.Decode(cert)
	trusted := append(bytes.Clone(block.Bytes), 0x30, 0x06, 0x31, 0x04, 0x0c, 0x02, 'm', 'e') // CertAux, as openssl x509 -trustout appends it
	inUTF16 := func(text []byte, order func(uint16) []byte) []byte {
		out := order(0xfeff)
		for _, u := range utf16.Encode([]rune(string(text))) {
			out = append(out, order(u)...)
		}
		return out
	}
	for _, test := range []struct {
		name     string
		in, want []byte
	}{
		{"as it should be", both, sound},
		{"two blocks on one line", bytes.Replace(both, []byte("-----\n-----BEGIN"), []byte("----------BEGIN"), 1), sound},
		{"a byte order mark", append([]byte("\xef\xbb\xbf"), both...), sound},
		{"UTF-16, little endian", inUTF16(both, func(u uint16) []byte { return []byte{byte(u), byte(u >> 8)} }), sound},
		{"UTF-16, big endian", inUTF16(both, func(u uint16) []byte { return []byte{byte(u >> 8), byte(u)} }), sound},
		{"blanks before each line", []byte("    " + strings.ReplaceAll(strings.TrimSpace(string(both)), "\n", "\n    ") + "\n"), sound},
		{"in quotes", []byte(`"` + strings.TrimSpace(string(cert)) + `"` + "\n"), cert},
		{"a name before BEGIN", append([]byte("cert: "), cert...), cert},
		{"Windows' line breaks", []byte(strings.ReplaceAll(string(both), "\n", "\r\n")), sound},
		{`line breaks written out as \n`, []byte(strings.ReplaceAll(string(both), "\n", `\n`)), sound},
		{"base64 of PEM", []byte(base64.StdEncoding.EncodeToString(both)), sound},
		{"base64 of DER", []byte(base64.StdEncoding.EncodeToString(block.Bytes)), cert},
		{"DER", block.Bytes, cert},
		{"OpenSSL's trusted certificate", pem.EncodeToMemory(&pem.Block{Type: "TRUSTED CERTIFICATE", Bytes: trusted}), cert},
		{"an old name", []byte(strings.ReplaceAll(string(cert), "CERTIFICATE", "X509 CERTIFICATE")), cert},
	} {
		got, err := Clean("file", test.in, nil)
		if err != nil {
			t.Errorf("%s: Clean = %v", test.name, err)
		} else if !bytes.Equal(got.PEM, test.want) {
			t.Errorf("%s: Clean = %d bytes of another text, want %d", test.name, len(got.PEM), len(test.want))
		}
	}
}

// TestCleanLosesNothing: of a file with a part that cannot be read nothing is
// written.
func TestCleanLosesNothing(t *testing.T) {
	key, cert := twoBlocks(t)
	for name, data := range map[string][]byte{
		"cut off":      append(bytes.Clone(key), cert[:200]...),
		"damaged":      bytes.Replace(append(bytes.Clone(key), cert...), []byte("\nMII"), []byte("\nM*I"), 2),
		"nothing":      []byte("nothing of use\n"),
		"cut off DER":  {0x30, 0x82, 0x03, 0x00, 0x30, 0x82, 0x01, 0x00, 0xa0, 0x03},
		"no END":       []byte("-----BEGIN CERTIFICATE-----\nMIIB\n"),
		"END, no more": []byte("-----END CERTIFICATE-----\n"),
	} {
		if got, err := Clean("file", data, nil); err == nil {
			t.Errorf("%s: Clean = %d bytes, want an error", name, len(got.PEM))
		}
	}
}

// TestCleanFile: the new file is the owner's alone where a key is in it, the
// old one stays as it is, and no file is overwritten.
func TestCleanFile(t *testing.T) {
	key, cert := twoBlocks(t)
	dir := t.TempDir()
	old, fresh := filepath.Join(dir, "both.pem"), filepath.Join(dir, "both-new.pem")
	data := append(append([]byte("\xef\xbb\xbf"), key...), cert...)
	if err := os.WriteFile(old, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := CleanFile(old, fresh, nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(fresh); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%s: %v, %v; want mode 0600", fresh, info.Mode(), err)
	}
	if is, err := os.ReadFile(old); err != nil || !bytes.Equal(is, data) {
		t.Errorf("the old file was changed (%v)", err)
	}
	var exists *ExistsError
	if _, err := CleanFile(old, fresh, nil); !errors.As(err, &exists) {
		t.Errorf("CleanFile over a file = %v, want *ExistsError", err)
	}
	if _, err := CleanFile(old, old, nil); !errors.As(err, &exists) {
		t.Errorf("CleanFile onto itself = %v, want *ExistsError", err)
	}
}

// FuzzClean: what Clean writes it reads again, and leaves as it is.
func FuzzClean(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"))
	f.Add([]byte("\xff\xfe-\x00-\x00-\x00-\x00-\x00"))
	f.Add([]byte("LS0tLS1CRUdJTg=="))
	f.Add([]byte{0x30, 0x03, 0x02, 0x01, 0x00})
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := Clean("file", data, nil)
		if err != nil {
			return
		}
		again, err := Clean("file", first.PEM, nil)
		if err != nil || !bytes.Equal(again.PEM, first.PEM) {
			t.Errorf("Clean of its own output = %v\n%q\n%q", err, data, first.PEM)
		}
	})
}
