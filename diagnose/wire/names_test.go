package wire

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"encoding/asn1"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// TestCipherSuiteNameOpenSSL compares the names with those OpenSSL has.
func TestCipherSuiteNameOpenSSL(t *testing.T) {
	out, err := exec.Command(need(t, "openssl"), "ciphers", "-V", "-stdname", "ALL:COMPLEMENTOFALL:@SECLEVEL=0").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) < 3 || !strings.HasPrefix(f[2], "TLS_") {
			continue
		}
		hi, lo, _ := strings.Cut(f[0], ",")
		h, err1 := strconv.ParseUint(hi, 0, 8)
		l, err2 := strconv.ParseUint(lo, 0, 8)
		if err1 != nil || err2 != nil {
			t.Fatalf("cannot read %q", line)
		}
		seen++
		if got := CipherSuiteName(uint16(h<<8 | l)); got != f[2] {
			t.Errorf("CipherSuiteName(%#04x) = %s, want %s", h<<8|l, got, f[2])
		}
	}
	if seen < 100 {
		t.Errorf("OpenSSL named %d suites, want more than 100", seen)
	}
}

func TestNamesCryptoTLS(t *testing.T) {
	for _, s := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		if got := CipherSuiteName(s.ID); got != s.Name {
			t.Errorf("CipherSuiteName(%#04x) = %s, want %s", s.ID, got, s.Name)
		}
	}
}

// TestCipherSuiteNameUnique guards the runs of the registry against overlap.
func TestCipherSuiteNameUnique(t *testing.T) {
	byName := map[string]int{}
	for id := range 0x10000 {
		name := CipherSuiteName(uint16(id))
		if strings.HasPrefix(name, "suite(") || name == "GREASE" {
			continue
		}
		if other, ok := byName[name]; ok {
			t.Errorf("%#04x and %#04x are both %s", other, id, name)
		}
		byName[name] = id
	}
	for _, b := range suiteBlocks {
		want := b.ciphers[0]
		if b.kx != nil {
			want = b.kx[0] + "_WITH_" + want
		}
		if got := CipherSuiteName(b.first); got != "TLS_"+want {
			t.Errorf("CipherSuiteName(%#04x) = %s, want TLS_%s: two runs overlap", b.first, got, want)
		}
	}
	if len(byName) < 350 {
		t.Errorf("%d suites have a name, want at least the 350 of the registry", len(byName))
	}
}

func TestNames(t *testing.T) {
	tests := []struct{ got, want string }{
		{AlertName(116), "certificate_required"},
		{AlertName(123), "alert(123)"},
		{Alert{2, 116, AlertName(116)}.String(), "fatal certificate_required (116)"},
		{Alert{1, 123, AlertName(123)}.String(), "warning alert(123)"},
		{Alert{7, 48, AlertName(48)}.String(), "unknown_ca (48)"},
		{VersionName(0x0304), "1.3"},
		{VersionName(0x0300), "SSL 3.0"},
		{VersionName(0x7f1c), "0x7f1c"},
		{GroupName(4588), "X25519MLKEM768"},
		{GroupName(30), "x448"},
		{GroupName(1), "sect163k1"},
		{GroupName(22), "secp256k1"},
		{GroupName(260), "ffdhe8192"},
		{GroupName(0x1a1a), "GREASE"},
		{GroupName(0x1234), "group(0x1234)"},
		{SignatureSchemeName(0x0403), "ecdsa_secp256r1_sha256"},
		{SignatureSchemeName(0x0808), "ed448"},
		{SignatureSchemeName(0x0402), "dsa_sha256"},
		{SignatureSchemeName(0xfefe), "scheme(0xfefe)"},
		{SignatureSchemeName(0x0403), "ecdsa_secp256r1_sha256"},
		{SignatureSchemeName(0x0808), "ed448"},
		{CipherSuiteName(0xc09e), "TLS_DHE_RSA_WITH_AES_128_CCM"},
		{CipherSuiteName(0x5600), "TLS_FALLBACK_SCSV"},
		{CipherSuiteName(0x2a2a), "GREASE"},
		{CipherSuiteName(0x9999), "suite(0x9999)"},
		{CertificateTypeName(64), "ecdsa_sign"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("name = %q, want %q", tt.got, tt.want)
		}
	}
}

func TestDistinguishedName(t *testing.T) {
	email := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}
	name := pkix.Name{CommonName: "Client Root", Organization: []string{"Mutual Lab"}}
	withEmail := pkix.Name{CommonName: "a", ExtraNames: []pkix.AttributeTypeAndValue{
		{Type: email, Value: asn1.RawValue{Tag: asn1.TagIA5String, Bytes: []byte("ca@example.com")}}}}
	hostile := pkix.Name{CommonName: "\x1b[31mred\nCN=x"}
	tests := []struct {
		name string
		der  []byte
		want string
	}{
		{"usual", marshalName(t, name), "CN=Client Root,O=Mutual Lab"},
		{"e-mail", marshalName(t, withEmail), "CN=a,emailAddress=ca@example.com"},
		{"control characters", marshalName(t, hostile), "CN=?[31mred?CN=x"},
		{"empty", []byte{0x30, 0}, ""},
		{"broken", []byte{0x30, 5, 1}, "0x300501"},
		{"nothing", nil, "0x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := DistinguishedName(tt.der); got != tt.want {
				t.Errorf("DistinguishedName(%x) = %q, want %q", tt.der, got, tt.want)
			}
		})
	}
}

func marshalName(t testing.TB, name pkix.Name) []byte {
	t.Helper()
	der, err := asn1.Marshal(name.ToRDNSequence())
	if err != nil {
		t.Fatal(err)
	}
	return der
}
