package ber

import (
	"bytes"
	"encoding/hex"
	"testing"
)

func TestToDER(t *testing.T) {
	for _, tt := range []struct{ name, ber, der string }{
		{"DER as it is", "3003020105", "3003020105"},
		{"indefinite length", "30800201050000", "3003020105"},
		{"nested", "3080308002010500000000", "30053003020105"},
		{"a length longer than need be", "308103020105", "3003020105"},
		{"octets in pieces", "2480040101040202030000", "0403010203"},
		{"what follows is left alone", "3003020105ffff", "3003020105"},
		{"cut off", "3080020105", ""},
		{"longer than the data", "30050201", ""},
		{"a piece that is no octets", "24800201050000", ""},
	} {
		in, err := hex.DecodeString(tt.ber)
		if err != nil {
			t.Fatal(err)
		}
		der, _, err := ToDER(in)
		if got := hex.EncodeToString(der); got != tt.der || (err != nil) != (tt.der == "") {
			t.Errorf("ToDER(%s) = %s, %v, want %s", tt.name, got, err, tt.der)
		}
	}
}

func FuzzToDER(f *testing.F) {
	for _, seed := range []string{"30800201050000", "2480040101040202030000", "308103020105", "3080308030800000"} {
		data, _ := hex.DecodeString(seed)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		der, n, err := ToDER(data)
		if err != nil {
			return
		}
		if n > len(data) {
			t.Fatalf("ToDER(%x) took %d of %d bytes", data, n, len(data))
		}
		again, _, err := ToDER(der)
		if err != nil || !bytes.Equal(again, der) {
			t.Errorf("ToDER(%x) = %x, which is %x, %v once more", data, der, again, err)
		}
	})
}
