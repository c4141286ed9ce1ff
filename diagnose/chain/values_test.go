package chain

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"testing"
)

var commonName = asn1.ObjectIdentifier{2, 5, 4, 3}

// nameOf is a distinguished name of common names with these values.
func nameOf(t testing.TB, values ...asn1.RawValue) []byte {
	t.Helper()
	type partSET []attribute
	var parts []partSET
	for _, v := range values {
		parts = append(parts, partSET{{commonName, v}})
	}
	der, err := asn1.Marshal(parts)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func bmp(s string) asn1.RawValue {
	v := asn1.RawValue{Tag: asn1.TagBMPString}
	for _, r := range s {
		v.Bytes = append(v.Bytes, byte(r>>8), byte(r))
	}
	return v
}

func TestNameValues(t *testing.T) {
	utf8 := asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte("Größe")}
	tests := []struct {
		name   []byte
		want   []string
		wantDN string
	}{
		{nameOf(t, utf8), []string{"Größe"}, "CN=Größe"},
		{nameOf(t, bmp("Google LLC")), []string{"Google LLC"}, "CN=Google LLC"},
		{nameOf(t, bmp("Google LLC\x00")), []string{"Google LLC\x00"}, `CN=Google LLC\00`},
		{nameOf(t, bmp("Google LLC\x00\x00")), []string{"Google LLC\x00\x00"}, `CN=Google LLC\00\00`},
		{nameOf(t, bmp("a"), utf8), []string{"a", "Größe"}, "CN=Größe,CN=a"},
		{nil, nil, "#"},
	}
	for _, test := range tests {
		if got := NameValues(test.name, commonName); !slices.Equal(got, test.want) {
			t.Errorf("NameValues(%x) = %q, want %q", test.name, got, test.want)
		}
		if got := DN(test.name); got != test.wantDN {
			t.Errorf("DN(%x) = %s, want %s", test.name, got, test.wantDN)
		}
	}
}

// FuzzNameValues: what encoding/asn1 reads as text, NameValues reads the same,
// but for a NUL at the end.
func FuzzNameValues(f *testing.F) {
	f.Add(nameOf(f, bmp("Google LLC\x00")))
	f.Add(nameOf(f, asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte("x")}, bmp("y")))
	f.Add([]byte{0x30, 0})
	f.Fuzz(func(t *testing.T, der []byte) {
		DN(der)
		got := NameValues(der, commonName)
		var rdns pkix.RDNSequence
		if rest, err := asn1.Unmarshal(der, &rdns); err != nil || len(rest) > 0 {
			return
		}
		n := 0
		for _, rdn := range rdns {
			for _, a := range rdn {
				if a.Type.Equal(commonName) {
					n++
				}
			}
		}
		if len(got) != n {
			t.Errorf("NameValues(%x) = %q, want %d values", der, got, n)
		}
	})
}
