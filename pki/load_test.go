package pki

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/youmark/pkcs8"
	"software.sslmate.com/src/go-pkcs12"
)

// loadWorld is a CA, and a leaf with its key in the forms that files have.
type loadWorld struct {
	ca       *CA
	leaf     *x509.Certificate
	key      crypto.Signer
	leafPEM  string
	caPEM    string
	keyPEM   string
	keyDER   []byte
	otherKey string
}

func newLoadWorld(t testing.TB) loadWorld {
	t.Helper()
	w := loadWorld{ca: newTestCA(t)}
	key, err := GenerateKey(P256)
	if err != nil {
		t.Fatal(err)
	}
	w.key = key
	w.leaf, err = w.ca.Issue(LeafSpec{Purpose: Client, Subject: mustSubject(t, "CN=client"), Now: time.Now()}, key.Public())
	if err != nil {
		t.Fatal(err)
	}
	w.leafPEM, w.caPEM = string(EncodeCerts(w.leaf)), string(EncodeCerts(w.ca.Cert))
	w.keyPEM = mustKeyPEM(t, key)
	w.keyDER, err = x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	other, err := GenerateKey(P256)
	if err != nil {
		t.Fatal(err)
	}
	w.otherKey = mustKeyPEM(t, other)
	return w
}

func mustKeyPEM(t testing.TB, key crypto.Signer) string {
	t.Helper()
	data, err := EncodeKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func block(label string, der []byte, headers map[string]string) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: label, Headers: headers, Bytes: der}))
}

// utf16le is text as Windows' Notepad and PowerShell's > save it.
func utf16le(s string) string {
	out := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return string(out)
}

// codesOf lists the problems' codes, fatal ones with an exclamation mark.
func codesOf(problems []Problem) string {
	var list []string
	for _, p := range problems {
		code := string(p.Code)
		if p.Fatal {
			code += "!"
		}
		list = append(list, code)
	}
	return strings.Join(list, " ")
}

func TestParseCertificates(t *testing.T) {
	w := newLoadWorld(t)
	lines := strings.SplitAfter(w.leafPEM, "\n")
	p7 := mustPKCS7(t, w.leaf, w.ca.Cert)
	damaged := bytes.Clone(w.leaf.Raw)
	damaged[len(damaged)/3] ^= 0x40 // somewhere in the TBSCertificate
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, w.key)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, data string
		certs      int
		codes      string
		found      string
	}{
		{"healthy", w.leafPEM, 1, "", ""},
		{"chain", w.leafPEM + w.caPEM, 2, "", ""},
		{"CRLF", strings.ReplaceAll(w.leafPEM, "\n", "\r\n"), 1, "", ""},
		{"CR only", strings.ReplaceAll(w.leafPEM, "\n", "\r"), 1, "", ""},
		{"text before", "subject=CN = client\nissuer=CN = Test CA\n" + w.leafPEM, 1, "", ""},
		{"text between", w.leafPEM + "\nthe CA:\n" + w.caPEM, 2, "", ""},
		{"no newline at the end", strings.TrimRight(w.leafPEM, "\n"), 1, "", ""},
		{"with its key", w.keyPEM + w.leafPEM, 1, "", ""},
		{"trailing spaces", strings.ReplaceAll(w.leafPEM, "\n", "  \n"), 1, "", ""},
		{"byte order mark", "\ufeff" + w.leafPEM, 1, "pem-bom-hides-block", "byte order mark"},
		{"byte order mark in the middle", w.leafPEM + "\ufeff" + w.caPEM, 2, "pem-bom-hides-block", "byte order mark"},
		{"byte order mark before text", "\ufeffmy certificate\n" + w.leafPEM, 1, "", ""},
		{"joined without a line break", strings.TrimRight(w.leafPEM, "\n") + w.caPEM, 2, "pem-bom-hides-block", "block before"},
		{"junk before BEGIN", "cert: " + w.leafPEM, 1, "pem-bom-hides-block", "other text"},
		{"quoted", `"` + w.leafPEM, 1, "pem-bom-hides-block", "quotation"},
		{"indented", "  " + strings.ReplaceAll(w.leafPEM, "\n", "\n  "), 1, "pem-bom-hides-block", "spaces"},
		{"UTF-16", utf16le(w.leafPEM), 1, "pem-bom-hides-block", "UTF-16"},
		{"written-out line breaks", strings.ReplaceAll(w.leafPEM, "\n", `\n`), 1, "pem-truncated", `\n`},
		{"all on one line", strings.ReplaceAll(w.leafPEM, "\n", " "), 1, "pem-truncated", "same line"},
		{"without END", strings.Join(lines[:len(lines)-2], ""), 0, "pem-truncated!", "end of the file"},
		{"half a line", w.leafPEM[:len(w.leafPEM)/2], 0, "pem-truncated!", "end of the file"},
		{"without BEGIN", strings.Join(lines[1:], ""), 0, "pem-truncated!", "END line without"},
		{"a line lost", strings.Join(append(append([]string{}, lines[:3]...), lines[4:]...), ""), 1, "cert-malformed", "cut off"},
		{"a character lost", strings.Replace(w.leafPEM, lines[3], lines[3][1:], 1), 0, "pem-truncated!", "multiple of 4"},
		{"a wrong character", strings.Replace(w.leafPEM, lines[3], "*"+lines[3][1:], 1), 0, "pem-truncated!", "base64 does not have"},
		{"second cut off", w.leafPEM + w.caPEM[:200], 1, "pem-truncated", "end of the file"},
		{"first cut off", w.leafPEM[:200] + "\n" + w.caPEM, 1, "pem-truncated", "another BEGIN"},
		{"another END", strings.Replace(w.leafPEM, "END CERTIFICATE", "END X509", 1), 1, "pem-truncated", "another kind"},
		{"END cut", strings.TrimRight(w.leafPEM, "-\n") + "--", 1, "pem-truncated", "closing dashes"},
		{"empty block", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", 0, "pem-truncated!", "nothing between"},
		{"empty", "", 0, "file-empty!", "0 bytes"},
		{"white space", " \r\n\n\t", 0, "file-empty!", "5 bytes"},
		{"key", w.keyPEM, 0, "pem-wrong-type!", "PRIVATE KEY"},
		{"signing request", block("CERTIFICATE REQUEST", csr, nil), 0, "pem-wrong-type!", "CERTIFICATE REQUEST"},
		{"public key", block("PUBLIC KEY", mustSPKI(t, w.key), nil), 0, "pem-wrong-type!", "PUBLIC KEY"},
		{"HTML", "<!DOCTYPE html><html>", 0, "pem-wrong-type!", "HTML"},
		{"prose", "hello\n", 0, "pem-wrong-type!", "no PEM block"},
		{"X509 CERTIFICATE", block("X509 CERTIFICATE", w.leaf.Raw, nil), 1, "pem-wrong-type", "X509 CERTIFICATE"},
		{"TRUSTED CERTIFICATE", block("TRUSTED CERTIFICATE", append(bytes.Clone(w.leaf.Raw), 0x30, 0x00), nil), 1, "pem-wrong-type", "TRUSTED"},
		{"PKCS7", block("PKCS7", p7, nil), 2, "pem-wrong-type", "PKCS7"},
		{"DER", string(w.leaf.Raw), 1, "der-not-pem", "a certificate"},
		{"two in DER", string(w.leaf.Raw) + string(w.ca.Cert.Raw), 2, "der-not-pem", "a certificate"},
		{"DER cut off", string(w.leaf.Raw[:200]), 0, "pem-truncated!", "of " + fmt.Sprint(len(w.leaf.Raw))},
		{"PKCS#7 in DER", string(p7), 2, "der-not-pem", "PKCS#7"},
		{"key in DER", string(w.keyDER), 0, "pem-wrong-type!", "private key"},
		{"base64 alone", base64.StdEncoding.EncodeToString(w.leaf.Raw), 1, "pem-wrapped", "without BEGIN"},
		{"Java key store, cut off", "\xfe\xed\xfe\xed\x00\x00\x00\x02", 0, "pem-truncated!", "Java key store"},
		{"certificate in name only", block("CERTIFICATE", w.keyDER, nil), 0, "cert-malformed!", "private key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := Parse("c.pem", []byte(tt.data), RoleCert, nil)
			if len(f.Certs) != tt.certs || codesOf(f.Problems) != tt.codes {
				t.Fatalf("Parse() = %d certificates, problems %v, want %d, %q", len(f.Certs), f.Problems, tt.certs, tt.codes)
			}
			if len(f.Problems) > 0 && !strings.Contains(f.Problems[0].Found, tt.found) {
				t.Errorf("Parse() found %q, want it to speak of %q", f.Problems[0].Found, tt.found)
			}
		})
	}
}

func mustSPKI(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// mustPKCS7 is a degenerate SignedData: certificates only (RFC 2315 §9.1).
func mustPKCS7(t testing.TB, certs ...*x509.Certificate) []byte {
	t.Helper()
	wrap := func(tag byte, parts ...[]byte) []byte {
		body := bytes.Join(parts, nil)
		if len(body) < 0x80 {
			return append([]byte{tag, byte(len(body))}, body...)
		}
		return append([]byte{tag, 0x82, byte(len(body) >> 8), byte(len(body))}, body...)
	}
	var raw []byte
	for _, c := range certs {
		raw = append(raw, c.Raw...)
	}
	oid := func(last byte) []byte { return []byte{6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, last} }
	signed := wrap(0x30, []byte{2, 1, 1}, []byte{0x31, 0}, wrap(0x30, oid(1)), wrap(0xa0, raw), []byte{0x31, 0})
	return wrap(0x30, oid(2), wrap(0xa0, signed))
}

func TestParseKeys(t *testing.T) {
	w := newLoadWorld(t)
	ec := w.key.(*ecdsa.PrivateKey)
	sec1, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := ec.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	pass := []byte("open sesame")
	encrypt := func(opts *pkcs8.Opts) string {
		der, err := pkcs8.MarshalPrivateKey(ec, pass, opts)
		if err != nil {
			t.Fatal(err)
		}
		return block("ENCRYPTED PRIVATE KEY", der, nil)
	}
	encrypted := encrypt(nil)
	scrypt := encrypt(&pkcs8.Opts{Cipher: pkcs8.AES256CBC, KDFOpts: pkcs8.ScryptOpts{CostParameter: 1 << 12, BlockSize: 8, ParallelizationParameter: 1, SaltSize: 16}})
	//lint:ignore SA1019 users have such keys
	legacyBlock, err := x509.EncryptPEMBlock(rand.Reader, "EC PRIVATE KEY", sec1, pass, x509.PEMCipherAES256)
	if err != nil {
		t.Fatal(err)
	}
	legacy := string(pem.EncodeToMemory(legacyBlock))
	params := block("EC PARAMETERS", []byte{6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7}, nil)
	ed448 := []byte{0x30, 0x0c, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x71, 4, 0}
	x25519 := append([]byte{0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20}, bytes.Repeat([]byte{7}, 32)...)
	secp256k1 := []byte{0x30, 0x13, 2, 1, 1, 4, 5, 1, 2, 3, 4, 5, 0xa0, 7, 6, 5, 0x2b, 0x81, 0x04, 0x00, 0x0a}
	right := func(string) ([]byte, error) { return pass, nil }
	wrong := func(string) ([]byte, error) { return []byte("guess"), nil }
	none := func(string) ([]byte, error) { return nil, nil }
	for _, tt := range []struct {
		name, data string
		pass       PassFunc
		keys       int
		codes      string
		found      string
	}{
		{"PKCS#8", w.keyPEM, nil, 1, "", ""},
		{"SEC 1", block("EC PRIVATE KEY", sec1, nil), nil, 1, "", ""},
		{"SEC 1 after its parameters", params + block("EC PRIVATE KEY", sec1, nil), nil, 1, "", ""},
		{"PKCS#1", block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey), nil), nil, 1, "", ""},
		{"PKCS#8 under another label", block("RSA PRIVATE KEY", w.keyDER, nil), nil, 1, "", ""},
		{"after a certificate", w.leafPEM + w.keyPEM, nil, 1, "", ""},
		{"DER", string(w.keyDER), nil, 1, "der-not-pem", "private key"},
		{"SEC 1 in DER", string(sec1), nil, 1, "der-not-pem", "private key"},
		{"byte order mark", "\ufeff" + w.keyPEM, nil, 1, "pem-bom-hides-block", ""},
		{"encrypted, nobody to ask", encrypted, nil, 0, "key-encrypted!", ""},
		{"encrypted, no passphrase", encrypted, none, 0, "key-encrypted!", ""},
		{"encrypted, wrong passphrase", encrypted, wrong, 0, "key-wrong-passphrase!", ""},
		{"encrypted, right passphrase", encrypted, right, 1, "", ""},
		{"scrypt, right passphrase", scrypt, right, 1, "", ""},
		{"scrypt, wrong passphrase", scrypt, wrong, 0, "key-wrong-passphrase!", ""},
		{"legacy, nobody to ask", legacy, nil, 0, "key-encrypted!", ""},
		{"legacy, wrong passphrase", legacy, wrong, 0, "key-wrong-passphrase!", ""},
		{"legacy, right passphrase", legacy, right, 1, "", ""},
		{"legacy with CRLF", strings.ReplaceAll(legacy, "\n", "\r\n"), right, 1, "", ""},
		{"OpenSSH", block("OPENSSH PRIVATE KEY", []byte("openssh-key-v1\x00"), nil), nil, 0, "key-format-unsupported!", "an OpenSSH private key"},
		{"PuTTY", "PuTTY-User-Key-File-3: ssh-rsa\n", nil, 0, "key-format-unsupported!", "PuTTY"},
		{"DSA", block("DSA PRIVATE KEY", []byte{0x30, 0}, nil), nil, 0, "key-format-unsupported!", "a DSA key"},
		{"Ed448", block("PRIVATE KEY", ed448, nil), nil, 0, "key-format-unsupported!", "an Ed448 key"},
		{"X25519", block("PRIVATE KEY", x25519, nil), nil, 0, "key-format-unsupported!", "cannot sign"},
		{"secp256k1", block("EC PRIVATE KEY", secp256k1, nil), nil, 0, "key-format-unsupported!", "secp256k1"},
		{"cut off", w.keyPEM[:120], nil, 0, "pem-truncated!", "end of the file"},
		{"cut off inside", block("PRIVATE KEY", w.keyDER[:60], nil), nil, 0, "pem-truncated!", "60 of"},
		{"certificate", w.leafPEM, nil, 0, "pem-wrong-type!", "BEGIN CERTIFICATE"},
		{"public key", block("PUBLIC KEY", mustSPKI(t, w.key), nil), nil, 0, "pem-wrong-type!", "PUBLIC KEY"},
		{"public key under a private label", block("PRIVATE KEY", mustSPKI(t, w.key), nil), nil, 0, "pem-wrong-type!", "a public key"},
		{"OpenSSH public key", "ssh-ed25519 AAAA me@here\n", nil, 0, "pem-wrong-type!", "OpenSSH public key"},
		{"empty", "", nil, 0, "file-empty!", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := Parse("k.pem", []byte(tt.data), RoleKey, tt.pass)
			if len(f.Keys) != tt.keys || codesOf(f.Problems) != tt.codes {
				t.Fatalf("Parse() = %d keys, problems %v, want %d, %q", len(f.Keys), f.Problems, tt.keys, tt.codes)
			}
			if len(f.Problems) > 0 && !strings.Contains(f.Problems[0].Found, tt.found) {
				t.Errorf("Parse() found %q, want it to speak of %q", f.Problems[0].Found, tt.found)
			}
			text, err := json.Marshal(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range [][]byte{secret, rsaKey.D.Bytes()} {
				if bytes.Contains(text, secret) || bytes.Contains(text, []byte(base64.StdEncoding.EncodeToString(secret))) || strings.Contains(string(text), fmt.Sprintf("%x", secret)) {
					t.Error("the File's JSON holds the private key")
				}
			}
		})
	}
}

// TestPassphraseAskedOnce also holds that nobody is asked without need.
func TestPassphraseAskedOnce(t *testing.T) {
	w := newLoadWorld(t)
	der, err := pkcs8.MarshalPrivateKey(w.key, []byte("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	encrypted := block("ENCRYPTED PRIVATE KEY", der, nil)
	for data, want := range map[string]int{encrypted + encrypted: 1, w.keyPEM: 0} {
		asked := 0
		Parse("k.pem", []byte(data), RoleKey, func(path string) ([]byte, error) {
			asked++
			return []byte("x"), nil
		})
		if asked != want {
			t.Errorf("pass was asked %d times, want %d", asked, want)
		}
	}
}

// TestHostileEncryption holds that no file can make the loader work for long.
func TestHostileEncryption(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := pkcs8.MarshalPrivateKey(key, []byte("x"), &pkcs8.Opts{Cipher: pkcs8.AES256CBC, KDFOpts: pkcs8.PBKDF2Opts{SaltSize: 8, IterationCount: 65537, HMACHash: crypto.SHA256}})
	if err != nil {
		t.Fatal(err)
	}
	hostile := bytes.Replace(der, []byte{2, 3, 1, 0, 1}, []byte{2, 3, 0x7f, 0xff, 0xff}, 1)
	if bytes.Equal(der, hostile) {
		t.Fatal("the iteration count was not found")
	}
	pass := func(string) ([]byte, error) { return []byte("x"), nil }
	f := Parse("k.pem", []byte(block("ENCRYPTED PRIVATE KEY", hostile, nil)), RoleKey, pass)
	if got := codesOf(f.Problems); got == "" {
		t.Errorf("8 million iterations with another count opened the key: %v", got)
	}
	odd := bytes.Clone(der)
	odd = append(odd[:len(odd)-1:len(odd)-1], odd[len(odd)-1])
	for i := range odd {
		flipped := bytes.Clone(odd)
		flipped[i] ^= 0x01
		if i > 60 && i < len(odd)-20 {
			continue // ciphertext: nothing but a wrong passphrase
		}
		Parse("k.pem", []byte(block("ENCRYPTED PRIVATE KEY", flipped, nil)), RoleKey, pass) // must not panic
	}
}

func TestLoadPair(t *testing.T) {
	w := newLoadWorld(t)
	stranger := mustKeyPEM(t, w.ca.Key)
	rsaKey, err := GenerateKey(RSA2048)
	if err != nil {
		t.Fatal(err)
	}
	p12, err := pkcs12.Modern.Encode(w.key, w.leaf, []*x509.Certificate{w.ca.Cert}, "x")
	if err != nil {
		t.Fatal(err)
	}
	malformed := negativeSerial(t, w)
	pass := func(string) ([]byte, error) { return []byte("x"), nil }
	for _, tt := range []struct {
		name, cert, key string
		pass            PassFunc
		codes           string
		first           string // subject of the chain's first certificate
		chain           int
	}{
		{"healthy", w.leafPEM, w.keyPEM, nil, "", "CN=client", 1},
		{"both in one file", w.leafPEM + w.keyPEM, "", nil, "", "CN=client", 1},
		{"other key", w.leafPEM, w.otherKey, nil, "cert-key-pair-mismatch!", "CN=client", 1},
		{"key of another kind", w.leafPEM, mustKeyPEM(t, rsaKey), nil, "cert-key-pair-mismatch!", "CN=client", 1},
		{"leaf not first", w.caPEM + w.leafPEM, w.keyPEM, nil, "cert-file-order-wrong", "CN=client", 2},
		{"the CA's key", w.leafPEM + w.caPEM, stranger, nil, "cert-file-order-wrong", "CN=Test CA,O=Example", 2},
		{"swapped", w.keyPEM, w.leafPEM, nil, "pem-wrong-type! pem-wrong-type!", "", 0},
		{"missing key", w.leafPEM, "missing", nil, "file-not-found!", "CN=client", 1},
		{"byte order mark hides the leaf", "\ufeff" + w.leafPEM + w.caPEM, w.keyPEM, nil, "pem-bom-hides-block", "CN=client", 2},
		{"malformed certificate", malformed, w.keyPEM, nil, "cert-malformed", "", 1},
		{"malformed certificate, other key", malformed, w.otherKey, nil, "cert-key-pair-mismatch! cert-malformed", "", 1},
		{"PKCS#12", string(p12), "", pass, "key-store-algorithm-unread pkcs12-not-pem", "CN=client", 2},
		{"PKCS#12 without its passphrase", string(p12), string(p12), nil, "pkcs12-not-pem! pkcs12-not-pem!", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			cert, key := filepath.Join(dir, "crt.pem"), ""
			mustWrite(t, cert, tt.cert, 0o600)
			if tt.key != "" {
				key = filepath.Join(dir, "key.pem")
				if tt.key != "missing" {
					mustWrite(t, key, tt.key, 0o600)
				}
			}
			p := LoadPair(cert, key, tt.pass)
			if codesOf(p.Problems) != tt.codes || len(p.Chain) != tt.chain {
				t.Fatalf("LoadPair() = chain of %d, problems %v, want %d, %q", len(p.Chain), p.Problems, tt.chain, tt.codes)
			}
			if leaf := p.Leaf(); tt.first != "" && (leaf == nil || DescribeName(leaf.RawSubject) != tt.first) {
				t.Errorf("LoadPair() puts %v first, want %s", leaf, tt.first)
			}
			if (p.Err() != nil) != strings.Contains(tt.codes, "!") {
				t.Errorf("Err() = %v with problems %v", p.Err(), p.Problems)
			}
		})
	}
}

// negativeSerial is the leaf with a serial number that crypto/x509 refuses.
func negativeSerial(t testing.TB, w loadWorld) string {
	t.Helper()
	raw := bytes.Clone(w.leaf.Raw)
	serial := w.leaf.SerialNumber.Bytes()
	i := bytes.Index(raw, serial)
	if i < 0 {
		t.Fatal("no serial number in the certificate")
	}
	raw[i-1+boolInt(raw[i-1] != 0)] |= 0x80
	if _, err := x509.ParseCertificate(raw); err == nil {
		t.Skip("crypto/x509 accepts a negative serial number")
	}
	return block("CERTIFICATE", raw, nil)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func mustWrite(t testing.TB, path, data string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(data), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestLoadFiles(t *testing.T) {
	w := newLoadWorld(t)
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, "open.pem"), w.keyPEM, 0o644)
	mustWrite(t, filepath.Join(dir, "closed.pem"), w.keyPEM, 0o600)
	mustWrite(t, filepath.Join(dir, "secret.pem"), w.keyPEM, 0o000)
	if err := os.Symlink("nowhere", filepath.Join(dir, "link.pem")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ file, codes, found string }{
		{"closed.pem", "", ""},
		{"open.pem", "file-permissions-too-open", "0644"},
		{"missing.pem", "file-not-found!", ""},
		{"no/such/key.pem", "file-not-found!", "no folder"},
		{"link.pem", "file-not-found!", "symbolic link to nowhere"},
		{".", "file-unreadable!", "a directory"},
		{"secret.pem", "file-unreadable!", "permission denied"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			if tt.file == "secret.pem" && os.Geteuid() == 0 {
				t.Skip("root may read everything")
			}
			if tt.file == "open.pem" && runtime.GOOS == "windows" {
				t.Skip("no permission bits")
			}
			f := Load(filepath.Join(dir, tt.file), RoleKey, nil)
			if codesOf(f.Problems) != tt.codes {
				t.Fatalf("Load() problems = %v, want %q", f.Problems, tt.codes)
			}
			if len(f.Problems) > 0 && !strings.Contains(f.Problems[0].Found, tt.found) {
				t.Errorf("Load() found %q, want it to speak of %q", f.Problems[0].Found, tt.found)
			}
			if err := f.Err(); err != nil && !strings.Contains(err.Error(), filepath.Join(dir, tt.file)) {
				t.Errorf("Err() = %q, want it to name the file", err)
			}
		})
	}
}

func TestLoadTrust(t *testing.T) {
	w := newLoadWorld(t)
	dir := t.TempDir()
	mustWrite(t, filepath.Join(dir, "a.pem"), w.caPEM, 0o644)
	mustWrite(t, filepath.Join(dir, "01234567.0"), w.caPEM, 0o644)
	mustWrite(t, filepath.Join(dir, "b.crt"), "\ufeff"+w.leafPEM, 0o644)
	mustWrite(t, filepath.Join(dir, "ca-key.pem"), w.keyPEM, 0o600)
	mustWrite(t, filepath.Join(dir, "readme.txt"), w.leafPEM, 0o644)
	empty := filepath.Join(dir, "sub")
	if err := os.Mkdir(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	mustWrite(t, filepath.Join(empty, "ca-key.pem"), w.keyPEM, 0o600)
	mustWrite(t, filepath.Join(empty, "empty.txt"), "", 0o600)
	for _, tt := range []struct {
		name, path string
		certs      int
		codes      string
	}{
		{"file", filepath.Join(dir, "a.pem"), 1, ""},
		{"folder", dir, 2, "pem-bom-hides-block"},
		{"folder without certificates", empty, 0, "trust-store-unloadable!"},
		{"missing", filepath.Join(dir, "missing"), 0, "file-not-found! trust-store-unloadable!"},
		{"key", filepath.Join(dir, "ca-key.pem"), 0, "pem-wrong-type! trust-store-unloadable!"},
		{"empty", filepath.Join(empty, "empty.txt"), 0, "file-empty! trust-store-unloadable!"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			trust := LoadTrust(tt.path)
			if len(trust.Certs) != tt.certs || codesOf(trust.Problems) != tt.codes {
				t.Errorf("LoadTrust() = %d certificates, problems %v, want %d, %q", len(trust.Certs), trust.Problems, tt.certs, tt.codes)
			}
		})
	}
	if got := Neighbours(filepath.Join(dir, "a.pem"), filepath.Join(dir, "b.crt")); len(got) != 1 || got[0].Path != filepath.Join(dir, "a.pem") {
		t.Errorf("Neighbours() = %v, want the CA of a.pem alone", got)
	}
}

func FuzzParse(f *testing.F) {
	w := newLoadWorld(f)
	der, err := pkcs8.MarshalPrivateKey(w.key, []byte("x"), nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{
		w.leafPEM, w.keyPEM, "\ufeff" + w.leafPEM + w.caPEM, utf16le(w.leafPEM), string(w.leaf.Raw), string(w.keyDER),
		w.leafPEM[:100], strings.ReplaceAll(w.keyPEM, "\n", `\n`), block("ENCRYPTED PRIVATE KEY", der, nil),
		"-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END A-----", "-----END X-----", "\xfe\xed\xfe\xed", "0\x80",
		block("PKCS7", mustPKCS7(f, w.leaf), nil),
	} {
		f.Add([]byte(s))
	}
	// Without a passphrase: key derivation is slow by design.
	pass := func(string) ([]byte, error) { return nil, nil }
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, role := range []Role{RoleCert, RoleKey, RoleTrust, RoleCSR} {
			file := Parse("f", data, role, pass)
			if file.wanted() == (file.Err() != nil) {
				t.Fatalf("Parse(%q, %s): loaded %v, yet error %v", data, role, file.wanted(), file.Err())
			}
			// What encoding/pem finds must be found here.
			if rest, _ := pem.Decode(data); rest != nil && role == RoleCert && rest.Type == "CERTIFICATE" && len(file.Certs) == 0 && len(file.Problems) == 0 {
				t.Fatalf("Parse(%q) lost a certificate in silence", data)
			}
		}
	})
}
