package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/hkdf"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// A suiteAlgorithms is what of a cipher suite is needed to read its records.
type suiteAlgorithms struct {
	hash     func() hash.Hash // of the key schedule
	hashSize int
	keySize  int

	// An AEAD suite has aead, a CBC suite has block and mac.
	aead     func(key []byte) (cipher.AEAD, error)
	explicit bool // TLS 1.2: each record carries 8 bytes of its nonce (RFC 5288 §3)
	block    func(key []byte) (cipher.Block, error)
	mac      func() hash.Hash
}

// algorithmsOf returns the algorithms of a suite with AES-GCM,
// ChaCha20-Poly1305, or AES or 3DES in CBC mode: all that crypto/tls negotiates
// but RC4.
func algorithmsOf(suite uint16) (suiteAlgorithms, bool) {
	name := CipherSuiteName(suite)
	a := suiteAlgorithms{hash: sha256.New, hashSize: sha256.Size}
	a.mac = a.hash
	switch {
	case strings.HasSuffix(name, "_SHA384"):
		a.hash, a.hashSize = sha512.New384, sha512.Size384
		a.mac = a.hash
	case strings.HasSuffix(name, "_SHA"):
		a.mac = sha1.New
	}
	switch {
	case strings.Contains(name, "_AES_128_GCM_"):
		a.keySize, a.aead, a.explicit = 16, newGCM, true
	case strings.Contains(name, "_AES_256_GCM_"):
		a.keySize, a.aead, a.explicit = 32, newGCM, true
	case strings.Contains(name, "_CHACHA20_POLY1305_"):
		a.keySize, a.aead = 32, chacha20poly1305.New
	case strings.Contains(name, "_AES_128_CBC_"):
		a.keySize, a.block = 16, aes.NewCipher
	case strings.Contains(name, "_AES_256_CBC_"):
		a.keySize, a.block = 32, aes.NewCipher
	case strings.Contains(name, "_WITH_3DES_EDE_CBC_"):
		a.keySize, a.block = 24, des.NewTripleDESCipher
	default:
		return suiteAlgorithms{}, false
	}
	return a, true
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// A recordKey opens the records of one direction under one key.
type recordKey struct {
	alg    suiteAlgorithms
	aead   cipher.AEAD
	cbc    *cbcKey // instead of aead
	iv     []byte  // 12 bytes, or TLS 1.2 GCM's 4 implicit ones
	seq    uint64
	secret []byte // TLS 1.3's traffic secret, for KeyUpdate
}

// trafficKey derives the key of a TLS 1.3 traffic secret (RFC 8446 §7.3). It
// returns nil without a secret, and for a suite that this package cannot read.
func trafficKey(suite uint16, secret []byte) *recordKey {
	alg, ok := algorithmsOf(suite)
	if !ok || alg.aead == nil || len(secret) != alg.hashSize {
		return nil
	}
	key, err := expandLabel(alg.hash, secret, "key", alg.keySize)
	if err != nil {
		return nil
	}
	iv, err := expandLabel(alg.hash, secret, "iv", 12)
	if err != nil {
		return nil
	}
	aead, err := alg.aead(key)
	if err != nil {
		return nil
	}
	return &recordKey{alg: alg, aead: aead, iv: iv, secret: secret}
}

// next returns the key that follows a KeyUpdate (RFC 8446 §7.2), or nil.
func (k *recordKey) next(suite uint16) *recordKey {
	secret, err := expandLabel(k.alg.hash, k.secret, "traffic upd", k.alg.hashSize)
	if err != nil {
		return nil
	}
	return trafficKey(suite, secret)
}

// open13 opens a TLS 1.3 record and returns its content and true type (RFC
// 8446 §5.2). A record that does not open leaves the sequence where it was, so
// that a plaintext alert in between does no harm.
func (k *recordKey) open13(header, body []byte) (content []byte, typ uint8, ok bool) {
	plain, err := k.aead.Open(nil, k.nonce(), body, header)
	if err != nil {
		return nil, 0, false
	}
	k.seq++
	end := len(plain)
	for end > 0 && plain[end-1] == 0 {
		end--
	}
	if end == 0 {
		return nil, 0, false
	}
	return plain[:end-1], plain[end-1], true
}

// open12 opens a record of TLS 1.2 or below (RFC 5246 §6.2.3, RFC 7905 §2).
func (k *recordKey) open12(header, body []byte) ([]byte, bool) {
	if k.cbc != nil {
		plain, ok := k.cbc.open(k.seq, header, body)
		if ok {
			k.seq++
		}
		return plain, ok
	}
	nonce := k.nonce()
	if k.alg.explicit {
		if len(body) < 8 {
			return nil, false
		}
		nonce = append(append(make([]byte, 0, 12), k.iv...), body[:8]...)
		body = body[8:]
	}
	size := len(body) - k.aead.Overhead()
	if size < 0 {
		return nil, false
	}
	ad := binary.BigEndian.AppendUint64(make([]byte, 0, 13), k.seq)
	ad = append(ad, header[:3]...)
	ad = binary.BigEndian.AppendUint16(ad, uint16(size))
	plain, err := k.aead.Open(nil, nonce, body, ad)
	if err != nil {
		return nil, false
	}
	k.seq++
	return plain, true
}

// nonce is the IV with the sequence number mixed in (RFC 8446 §5.3).
func (k *recordKey) nonce() []byte {
	if len(k.iv) != 12 {
		return nil
	}
	nonce := append([]byte(nil), k.iv...)
	var seq [8]byte
	binary.BigEndian.PutUint64(seq[:], k.seq)
	for i, b := range seq {
		nonce[4+i] ^= b
	}
	return nonce
}

// expandLabel is HKDF-Expand-Label with an empty context (RFC 8446 §7.1).
func expandLabel(h func() hash.Hash, secret []byte, label string, size int) ([]byte, error) {
	info := binary.BigEndian.AppendUint16(nil, uint16(size))
	info = append(info, byte(len("tls13 ")+len(label)))
	info = append(info, "tls13 "+label...)
	info = append(info, 0)
	return hkdf.Expand(h, secret, string(info), size)
}
