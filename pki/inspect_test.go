package pki

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/youmark/pkcs8"
	"software.sslmate.com/src/go-pkcs12"

	"mutual/diagnose/cause"
)

// inspected is a self-signed certificate with its key, in every form.
type inspected struct {
	key                     *ecdsa.PrivateKey
	cert, csr, crl, pkcs8   []byte
	certPEM, keyPEM, csrPEM string
}

func newInspected(t testing.TB) inspected {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must := func(der []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	must(nil, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "inspected"}, NotBefore: time.Unix(1e9, 0), NotAfter: time.Unix(2e9, 0),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	in := inspected{key: key, cert: must(x509.CreateCertificate(rand.Reader, c, c, key.Public(), key))}
	signer, err := x509.ParseCertificate(in.cert)
	must(nil, err)
	in.csr = must(x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "wanted"}}, key))
	in.crl = must(x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Unix(1e9, 0), NextUpdate: time.Unix(2e9, 0)}, signer, key))
	in.pkcs8 = must(x509.MarshalPKCS8PrivateKey(key))
	block := func(label string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
	}
	in.certPEM, in.keyPEM, in.csrPEM = block("CERTIFICATE", in.cert), block("PRIVATE KEY", in.pkcs8), block("CERTIFICATE REQUEST", in.csr)
	return in
}

func TestInspect(t *testing.T) {
	in := newInspected(t)
	x, err := x509.ParseCertificate(in.cert)
	if err != nil {
		t.Fatal(err)
	}
	store, err := pkcs12.Modern.Encode(in.key, x, nil, "secret")
	if err != nil {
		t.Fatal(err)
	}
	openStore, err := pkcs12.Modern.Encode(in.key, x, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	bundle := mustPKCS7(t, x)
	locked, err := pkcs8.MarshalPrivateKey(in.key, []byte("secret"), nil)
	if err != nil {
		t.Fatal(err)
	}
	lockedPEM := string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: locked}))
	public, err := x509.MarshalPKIXPublicKey(in.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	b64 := base64.StdEncoding.EncodeToString
	secret := fmt.Sprintf("apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata:\n  name: tls\n  namespace: shop\ndata:\n  tls.crt: %s\n  tls.key: %s\n  user: %s\n",
		b64([]byte(in.certPEM)), b64([]byte(in.keyPEM)), b64([]byte("admin")))
	config := "kind: ConfigMap\nmetadata: {name: ca}\ndata:\n  ca.crt: |\n    " + strings.ReplaceAll(in.certPEM, "\n", "\n    ") + "\n---\n" + secret
	for _, c := range []struct {
		name, data, pass string
		want             []string // kind/form, with " closed" and " key" for what is known of a key
		problems         []cause.Code
	}{
		{name: "certificate and key", data: in.certPEM + in.keyPEM, want: []string{"certificate/PEM key", "private key/PEM key"}},
		{name: "junk between", data: "Bag Attributes\n  friendlyName: x\n" + in.certPEM + "some text\n" + in.csrPEM, want: []string{"certificate/PEM key", "certificate request/PEM key"}},
		{name: "DER certificate", data: string(in.cert), want: []string{"certificate/DER key"}},
		{name: "two DER certificates", data: string(in.cert) + string(in.cert), want: []string{"certificate/DER key", "certificate/DER key"}},
		{name: "DER request", data: string(in.csr), want: []string{"certificate request/DER key"}},
		{name: "DER list", data: string(in.crl), want: []string{"revocation list/DER"}},
		{name: "PEM list", data: string(pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: in.crl})), want: []string{"revocation list/PEM"}},
		{name: "DER key", data: string(in.pkcs8), want: []string{"private key/DER key"}},
		{name: "public key", data: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})), want: []string{"public key/PEM key"}},
		{name: "encrypted key, no passphrase", data: lockedPEM, want: []string{"private key/PEM closed"}},
		{name: "encrypted key, passphrase", data: lockedPEM, pass: "secret", want: []string{"private key/PEM closed key"}},
		{name: "encrypted key, wrong passphrase", data: lockedPEM, pass: "wrong", want: []string{"private key/PEM closed ?"}, problems: []cause.Code{cause.KeyWrongPassphrase}},
		{name: "PKCS#7", data: string(bundle), want: []string{"certificate/PKCS#7 key"}},
		{name: "PKCS#7 in PEM", data: string(pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: bundle})), want: []string{"certificate/PKCS#7 key"}},
		{name: "PKCS#12 without passphrase", data: string(openStore), want: []string{"certificate/PKCS#12 key", "private key/PKCS#12 closed key"}, problems: []cause.Code{cause.KeyStoreAlgorithmUnread}},
		{name: "PKCS#12 closed", data: string(store), want: []string{"key store/PKCS#12 closed"}, problems: []cause.Code{cause.KeyStoreAlgorithmUnread}},
		{name: "PKCS#12 opened", data: string(store), pass: "secret", want: []string{"certificate/PKCS#12 key", "private key/PKCS#12 closed key"}, problems: []cause.Code{cause.KeyStoreAlgorithmUnread}},
		{name: "PKCS#12, wrong passphrase", data: string(store), pass: "wrong", want: []string{"key store/PKCS#12 closed ?"}, problems: []cause.Code{cause.KeyWrongPassphrase}},
		{name: "Java key store, cut off", data: "\xfe\xed\xfe\xed\x00\x00\x00\x02", want: []string{"key store/JKS closed ?"}, problems: []cause.Code{cause.PEMTruncated}},
		{name: "BKS", data: "\x00\x00\x00\x02\x00\x00\x00\x14" + strings.Repeat("s", 20) + "\x00\x00\x06\xdd" + strings.Repeat("x", 20), want: []string{"key store/BKS"}},
		{name: "BCFKS", data: "\x30\x19\x30\x15\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d\x30\x00\x04\x04abcd\x30\x00", want: []string{"key store/BCFKS"}},
		{name: "Secret", data: secret, want: []string{"shop/tls tls.crt: certificate/PEM key", "shop/tls tls.key: private key/PEM key"}},
		{name: "Secret and ConfigMap", data: config,
			want: []string{"ca ca.crt: certificate/PEM key", "shop/tls tls.crt: certificate/PEM key", "shop/tls tls.key: private key/PEM key"}},
		{name: "base64 alone", data: b64(in.cert), want: []string{"certificate/DER key"}, problems: []cause.Code{cause.PEMWrapped}},
		{name: "cut off", data: in.certPEM[:len(in.certPEM)-60], problems: []cause.Code{cause.PEMTruncated}},
		{name: "damaged certificate", data: string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: append([]byte{0x30, 0x82, 0x01, 0x00}, make([]byte, 256)...)})),
			want: []string{"certificate/PEM ?"}},
		{name: "empty", data: " \n", problems: []cause.Code{cause.FileEmpty}},
		{name: "a letter", data: "Dear Sir or Madam", problems: []cause.Code{cause.PEMWrongType}},
		{name: "SSH key", data: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI user@host", want: []string{"unrecognised/text ?"}, problems: []cause.Code{cause.PEMWrongType}},
	} {
		var pass PassFunc
		if c.pass != "" {
			pass = func(string) ([]byte, error) { return []byte(c.pass), nil }
		}
		got := InspectData("file", []byte(c.data), pass)
		var items []string
		var problems []cause.Code
		for _, i := range got.Items {
			name := string(i.Kind) + "/" + i.Form
			if i.Entry != "" {
				name = i.Entry + ": " + name
			}
			if i.Encrypted {
				name += " closed"
			}
			if i.Public != nil {
				name += " key"
			}
			if i.Reason != "" {
				name += " ?"
			}
			items = append(items, name)
			if i.Kind == KindPrivateKey && i.Raw != nil {
				t.Errorf("InspectData(%s) keeps the private key", c.name)
			}
		}
		for _, p := range got.Problems {
			problems = append(problems, p.Code)
		}
		if !slices.Equal(items, c.want) || !slices.Equal(problems, c.problems) {
			t.Errorf("InspectData(%s) = %q, problems %q, want %q, problems %q", c.name, items, problems, c.want, c.problems)
		}
	}
}

func TestInspectFile(t *testing.T) {
	in := newInspected(t)
	dir := t.TempDir()
	open, own := filepath.Join(dir, "open.pem"), filepath.Join(dir, "own.pem")
	for path, mode := range map[string]os.FileMode{open: 0o644, own: 0o600} {
		if err := os.WriteFile(path, []byte(in.keyPEM), mode); err != nil {
			t.Fatal(err)
		}
	}
	if runtime.GOOS != "windows" {
		if c := Inspect(open, nil); len(c.Problems) != 1 || c.Problems[0].Code != cause.FilePermissionsTooOpen {
			t.Errorf("Inspect(key of mode 0644) = %v, want %s", c.Problems, cause.FilePermissionsTooOpen)
		}
	}
	if c := Inspect(own, nil); len(c.Problems) != 0 {
		t.Errorf("Inspect(key of mode 0600) = %v, want no problem", c.Problems)
	}
	if c := Inspect(filepath.Join(dir, "none"), nil); len(c.Problems) != 1 || c.Problems[0].Code != cause.FileNotFound {
		t.Errorf("Inspect(no file) = %v, want %s", c.Problems, cause.FileNotFound)
	}
}

func FuzzInspect(f *testing.F) {
	in := newInspected(f)
	for _, seed := range [][]byte{in.cert, in.csr, in.crl, in.pkcs8, []byte(in.certPEM + in.keyPEM), []byte("kind: Secret\ndata: {a: MAAA}"), {0x30, 0x80},
		[]byte("kind: Config\nusers: [{name: u, user: {client-key-data: MAAA}}]"), []byte(`{"a": ["-----BEGIN X-----"]}`), []byte("webhooks: [{clientConfig: {caBundle: LS0tLS1CRUdJTiA=}}]\nkind: X"),
		[]byte(`Cert="-----BEGIN%20CERTIFICATE-----%0AMAAA%0A-----END%20CERTIFICATE-----%0A"`), []byte("Client-Cert: :MIIBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA:"),
		{0x30, 3, 0x0a, 1, 0}, {0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 0}, []byte(block("PKCS7", []byte{0x30, 0x80, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2}, nil))} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := InspectData("file", data, func(string) ([]byte, error) { return []byte("x"), nil })
		if len(c.Items) == 0 && len(c.Problems) == 0 {
			t.Errorf("InspectData(%q) = nothing, want an item or a problem", data)
		}
		for _, i := range c.Items {
			if i.Kind == KindPrivateKey && bytes.Contains(data, in.pkcs8) && i.Raw != nil {
				t.Errorf("InspectData(...) keeps a private key")
			}
		}
	})
}
