package pkcs12

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"testing"
	"time"

	gopkcs12 "software.sslmate.com/src/go-pkcs12"

	"mutual/pki/internal/pbe"
)

// stores are those that go-pkcs12 writes, by the names of its encoders.
func stores(t testing.TB, pass string) map[string][]byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<33, 0)}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]byte{}
	for name, encoder := range map[string]*gopkcs12.Encoder{"Modern2026": gopkcs12.Modern2026, "Modern2023": gopkcs12.Modern2023, "LegacyDES": gopkcs12.LegacyDES, "LegacyRC2": gopkcs12.LegacyRC2} {
		if out[name], err = encoder.Encode(key, cert, nil, pass); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestOpen(t *testing.T) {
	for name, data := range stores(t, "grün") {
		f, err := Parse(data)
		if err != nil {
			t.Errorf("Parse(%s): %v", name, err)
			continue
		}
		bags, err := f.Open([]byte("grün"))
		if err != nil || len(bags) != 2 {
			t.Errorf("Open(%s) = %d bags, %v, want 2", name, len(bags), err)
		}
		for _, b := range bags {
			if b.Err != nil || len(b.DER) == 0 {
				t.Errorf("Open(%s) = %v", name, b.Err)
			}
		}
		if _, err := f.Open([]byte("rot")); !errors.Is(err, pbe.ErrPassphrase) {
			t.Errorf("Open(%s, wrong passphrase) = %v, want %v", name, err, pbe.ErrPassphrase)
		}
		if (name == "Modern2026") != (f.MAC == "PBMAC1 with HMAC-SHA256") || f.Legacy != (name == "LegacyRC2") {
			t.Errorf("Parse(%s): MAC %q, legacy %v", name, f.MAC, f.Legacy)
		}
	}
}

// TestAltered: a file that was changed is not said to have another passphrase.
func TestAltered(t *testing.T) {
	data := bytes.Clone(stores(t, "x")["Modern2023"])
	f, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.Index(data, f.mac.Mac.Digest)
	data[i] ^= 1
	if f, err = Parse(data); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Open([]byte("x")); !errors.Is(err, ErrAltered) {
		t.Errorf("Open(changed) = %v, want %v", err, ErrAltered)
	}
}

func FuzzOpen(f *testing.F) {
	for _, data := range stores(f, "x") {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := Parse(data); err == nil {
			p.Open([]byte("x")) // must not panic, nor work for long
		}
	})
}
