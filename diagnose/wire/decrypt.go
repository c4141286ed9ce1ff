package wire

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// A suiteAlgorithms is what of a cipher suite is needed to read its records.
type suiteAlgorithms struct {
	hash     func() hash.Hash
	hashSize int
	keySize  int
	aead     func(key []byte) (cipher.AEAD, error)
	explicit bool // TLS 1.2: each record carries 8 bytes of its nonce (RFC 5288 §3)
}

// algorithmsOf returns the algorithms of a suite with AES-GCM or
// ChaCha20-Poly1305, the AEADs that crypto/tls negotiates.
func algorithmsOf(suite uint16) (suiteAlgorithms, bool) {
	name := CipherSuiteName(suite)
	a := suiteAlgorithms{hash: sha256.New, hashSize: sha256.Size}
	if strings.HasSuffix(name, "_SHA384") {
		a.hash, a.hashSize = sha512.New384, sha512.Size384
	}
	switch {
	case strings.Contains(name, "_AES_128_GCM_"):
		a.keySize, a.aead, a.explicit = 16, newGCM, true
	case strings.Contains(name, "_AES_256_GCM_"):
		a.keySize, a.aead, a.explicit = 32, newGCM, true
	case strings.Contains(name, "_CHACHA20_POLY1305_"):
		a.keySize, a.aead = 32, chacha20poly1305.New
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
	iv     []byte // 12 bytes, or TLS 1.2 GCM's 4 implicit ones
	seq    uint64
	secret []byte // TLS 1.3's traffic secret, for KeyUpdate
}

// trafficKey derives the key of a TLS 1.3 traffic secret (RFC 8446 §7.3). It
// returns nil without a secret, and for a suite that this package cannot read.
func trafficKey(suite uint16, secret []byte) *recordKey {
	alg, ok := algorithmsOf(suite)
	if !ok || len(secret) != alg.hashSize {
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

// open12 opens a TLS 1.2 AEAD record (RFC 5246 §6.2.3.3, RFC 7905 §2).
func (k *recordKey) open12(header, body []byte) ([]byte, bool) {
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

// masterKeys derives both directions' keys of TLS 1.2 (RFC 5246 §6.3), nil
// without a master secret and for a suite that this package cannot read.
func masterKeys(suite uint16, master []byte, clientRandom, serverRandom [32]byte) (client, server *recordKey) {
	alg, ok := algorithmsOf(suite)
	if !ok || len(master) != 48 {
		return nil, nil
	}
	ivSize := 12
	if alg.explicit {
		ivSize = 4
	}
	seed := append(append([]byte("key expansion"), serverRandom[:]...), clientRandom[:]...)
	block := pHash(alg.hash, master, seed, 2*alg.keySize+2*ivSize)
	take := func(n int) []byte {
		b := block[:n:n]
		block = block[n:]
		return b
	}
	clientKey, serverKey := take(alg.keySize), take(alg.keySize)
	clientIV, serverIV := take(ivSize), take(ivSize)
	clientAEAD, err := alg.aead(clientKey)
	if err != nil {
		return nil, nil
	}
	serverAEAD, err := alg.aead(serverKey)
	if err != nil {
		return nil, nil
	}
	return &recordKey{alg: alg, aead: clientAEAD, iv: clientIV}, &recordKey{alg: alg, aead: serverAEAD, iv: serverIV}
}

// expandLabel is HKDF-Expand-Label with an empty context (RFC 8446 §7.1).
func expandLabel(h func() hash.Hash, secret []byte, label string, size int) ([]byte, error) {
	info := binary.BigEndian.AppendUint16(nil, uint16(size))
	info = append(info, byte(len("tls13 ")+len(label)))
	info = append(info, "tls13 "+label...)
	info = append(info, 0)
	return hkdf.Expand(h, secret, string(info), size)
}

// pHash is TLS 1.2's P_hash (RFC 5246 §5).
func pHash(h func() hash.Hash, secret, seed []byte, size int) []byte {
	mac := func(parts ...[]byte) []byte {
		m := hmac.New(h, secret)
		for _, p := range parts {
			m.Write(p)
		}
		return m.Sum(nil)
	}
	var out []byte
	for a := mac(seed); len(out) < size; a = mac(a) {
		out = append(out, mac(a, seed)...)
	}
	return out[:size]
}
