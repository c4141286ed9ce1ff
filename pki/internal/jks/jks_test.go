package jks

import (
	"bytes"
	"testing"
	"time"

	keystore "github.com/pavlo-v-chernykh/keystore-go/v4"
)

func store(t testing.TB) []byte {
	t.Helper()
	ks := keystore.New()
	cert := keystore.Certificate{Type: "X509", Content: []byte{0x30, 0}}
	if err := ks.SetPrivateKeyEntry("k", keystore.PrivateKeyEntry{CreationTime: time.Unix(0, 0), PrivateKey: []byte("key"), CertificateChain: []keystore.Certificate{cert}}, []byte("entry")); err != nil {
		t.Fatal(err)
	}
	if err := ks.SetTrustedCertificateEntry("ca", keystore.TrustedCertificateEntry{CreationTime: time.Unix(0, 0), Certificate: cert}); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := ks.Store(&out, []byte("store")); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestParse(t *testing.T) {
	data := store(t)
	f, err := Parse(data)
	if err != nil || len(f.Entries) != 2 {
		t.Fatalf("Parse() = %v, %v, want two entries", f, err)
	}
	if !f.Verify([]byte("store")) || f.Verify([]byte("entry")) {
		t.Error("Verify() does not tell the store's passphrase from another")
	}
	if key, err := f.PrivateKey("k", []byte("store"), []byte("entry")); err != nil || string(key) != "key" {
		t.Errorf("PrivateKey(right) = %q, %v", key, err)
	}
	if _, err := f.PrivateKey("k", []byte("store"), []byte("store")); err == nil {
		t.Error("PrivateKey(the store's passphrase) opens a key under another")
	}
	for n := range data {
		if _, err := Parse(data[:n]); err == nil {
			t.Errorf("Parse(%d of %d bytes) finds nothing wrong", n, len(data))
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(store(f))
	f.Add([]byte{0xce, 0xce, 0xce, 0xce, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := Parse(data); err == nil {
			s.Verify([]byte("x"))
			for _, e := range s.Entries {
				s.PrivateKey(e.Alias, []byte("x"), []byte("x"))
			}
		}
	})
}
