package pbe

import (
	"crypto/cipher"
	"crypto/des"
	"crypto/md5"
	"crypto/sha1"
	"hash"
	"math/big"
	"unicode/utf16"
	"unicode/utf8"
)

// scheme is an encryption that names digest and cipher in one identifier.
type scheme struct {
	name      string
	legacy    bool // OpenSSL 3 reads it with -legacy only
	reader    string
	cipher    *blockCipher // nil where it is not read here
	keyLength int
	derive    func(pass, salt []byte, iterations, keyLength int) (key, iv []byte)
}

// blockCipher makes a cipher of a key.
type blockCipher struct {
	block func(key []byte) (cipher.Block, error)
}

var (
	streamRC4 = &blockCipher{} // RC4 has no blocks
	blockDES  = &blockCipher{des.NewCipher}
	block3DES = &blockCipher{func(key []byte) (cipher.Block, error) {
		if len(key) == 16 { // two keys, the first once more
			key = append(append([]byte{}, key...), key[:8]...)
		}
		return des.NewTripleDESCipher(key)
	}}
	blockRC2 = &blockCipher{func(key []byte) (cipher.Block, error) { return newRC2(key, len(key)*8), nil }}
)

// schemes are those of RFC 8018 §A.3 and RFC 7292 §C by their identifiers, and
// two of Java's own.
var schemes = map[string]scheme{
	"1.2.840.113549.1.5.1":    {name: "PBE-MD2-DES", legacy: true},
	"1.2.840.113549.1.5.3":    {name: "PBE-MD5-DES", legacy: true, cipher: blockDES, keyLength: 8, derive: pbkdf1(md5.New)},
	"1.2.840.113549.1.5.4":    {name: "PBE-MD2-RC2-64", legacy: true},
	"1.2.840.113549.1.5.6":    {name: "PBE-MD5-RC2-64", legacy: true, cipher: blockRC2, keyLength: 8, derive: pbkdf1(md5.New)},
	"1.2.840.113549.1.5.10":   {name: "PBE-SHA1-DES", legacy: true, cipher: blockDES, keyLength: 8, derive: pbkdf1(sha1.New)},
	"1.2.840.113549.1.5.11":   {name: "PBE-SHA1-RC2-64", legacy: true, cipher: blockRC2, keyLength: 8, derive: pbkdf1(sha1.New)},
	"1.2.840.113549.1.12.1.1": {name: "PBE-SHA1-RC4-128", legacy: true, cipher: streamRC4, keyLength: 16, derive: pkcs12Key},
	"1.2.840.113549.1.12.1.2": {name: "PBE-SHA1-RC4-40", legacy: true, cipher: streamRC4, keyLength: 5, derive: pkcs12Key},
	"1.2.840.113549.1.12.1.3": {name: "PBE-SHA1-3DES", cipher: block3DES, keyLength: 24, derive: pkcs12Key},
	"1.2.840.113549.1.12.1.4": {name: "PBE-SHA1-2DES", cipher: block3DES, keyLength: 16, derive: pkcs12Key},
	"1.2.840.113549.1.12.1.5": {name: "PBE-SHA1-RC2-128", legacy: true, cipher: blockRC2, keyLength: 16, derive: pkcs12Key},
	"1.2.840.113549.1.12.1.6": {name: "PBE-SHA1-RC2-40", legacy: true, cipher: blockRC2, keyLength: 5, derive: pkcs12Key},
	"1.3.6.1.4.1.42.2.17.1.1": {name: "the key protection of JKS", reader: "keytool"},
	"1.3.6.1.4.1.42.2.19.1":   {name: "PBEWithMD5AndTripleDES of JCEKS", reader: "keytool"},
	"1.2.643.7.1.1.5.1.1":     {name: "GOST Magma", reader: "certtool"},
	"1.2.840.113549.1.5.14":   {name: "PBMAC1"},
}

// pbkdf1 derives key and initialisation vector as RFC 8018 §5.1 and §6.1.
func pbkdf1(digest func() hash.Hash) func(pass, salt []byte, iterations, keyLength int) (key, iv []byte) {
	return func(pass, salt []byte, iterations, keyLength int) (key, iv []byte) {
		sum := append(append([]byte{}, pass...), salt...)
		h := digest()
		for range iterations {
			h.Reset()
			h.Write(sum)
			sum = h.Sum(nil)
		}
		return sum[:8], sum[8:16]
	}
}

func pkcs12Key(pass, salt []byte, iterations, keyLength int) (key, iv []byte) {
	bmp := BMPString(pass)
	return DeriveKey(sha1.New, bmp, salt, iterations, 1, keyLength), DeriveKey(sha1.New, bmp, salt, iterations, 2, 8)
}

// BMPString is a passphrase as PKCS#12 wants it: two bytes a character, and two
// zero bytes behind (RFC 7292 §B.1). Bytes that are no UTF-8 count as Latin-1.
func BMPString(pass []byte) []byte {
	var units []uint16
	if utf8.Valid(pass) {
		units = utf16.Encode([]rune(string(pass)))
	} else {
		for _, b := range pass {
			units = append(units, uint16(b))
		}
	}
	out := make([]byte, 0, 2*len(units)+2)
	for _, u := range units {
		out = append(out, byte(u>>8), byte(u))
	}
	return append(out, 0, 0)
}

// DeriveKey is the key derivation of RFC 7292 §B.2; id is 1 for a key, 2 for an
// initialisation vector, 3 for a MAC.
func DeriveKey(digest func() hash.Hash, pass, salt []byte, iterations int, id byte, size int) []byte {
	h := digest()
	v := h.BlockSize()
	diversifier := make([]byte, v)
	for i := range diversifier {
		diversifier[i] = id
	}
	repeated := func(data []byte) []byte {
		if len(data) == 0 {
			return nil
		}
		out := make([]byte, (len(data)+v-1)/v*v)
		for i := range out {
			out[i] = data[i%len(data)]
		}
		return out
	}
	input := append(repeated(salt), repeated(pass)...)
	modulus := new(big.Int).Lsh(big.NewInt(1), uint(8*v))
	var out []byte
	for {
		h.Reset()
		h.Write(diversifier)
		h.Write(input)
		a := h.Sum(nil)
		for range iterations - 1 {
			h.Reset()
			h.Write(a)
			a = h.Sum(a[:0])
		}
		if out = append(out, a...); len(out) >= size {
			return out[:size]
		}
		b := new(big.Int).SetBytes(repeated(a)[:v])
		b.Add(b, big.NewInt(1))
		for j := 0; j < len(input); j += v {
			n := new(big.Int).SetBytes(input[j : j+v])
			n.Add(n, b).Mod(n, modulus).FillBytes(input[j : j+v])
		}
	}
}
