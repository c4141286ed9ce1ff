package wire

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"encoding/binary"
	"hash"
)

// masterKeys derives both directions' keys of TLS 1.2 and below (RFC 5246
// §6.3), nil without a master secret and for a suite that this package cannot
// read.
func masterKeys(version, suite uint16, master []byte, clientRandom, serverRandom [32]byte) (client, server *recordKey) {
	alg, ok := algorithmsOf(suite)
	if !ok || len(master) != 48 || version < 0x0301 || alg.aead != nil && version != tls12 {
		return nil, nil
	}
	macSize, ivSize := 0, 12
	switch {
	case alg.explicit:
		ivSize = 4
	case alg.aead == nil:
		macSize, ivSize = alg.mac().Size(), 0
		if version == 0x0301 {
			ivSize = cbcBlockSize(alg) // TLS 1.1 sends one with each record
		}
	}
	seed := append(append([]byte("key expansion"), serverRandom[:]...), clientRandom[:]...)
	block := keyBlock(version, alg, master, seed, 2*(macSize+alg.keySize+ivSize))
	take := func(n int) []byte {
		b := block[:n:n]
		block = block[n:]
		return b
	}
	clientMAC, serverMAC := take(macSize), take(macSize)
	clientKey, serverKey := take(alg.keySize), take(alg.keySize)
	clientIV, serverIV := take(ivSize), take(ivSize)
	return newRecordKey(alg, clientMAC, clientKey, clientIV), newRecordKey(alg, serverMAC, serverKey, serverIV)
}

func newRecordKey(alg suiteAlgorithms, mac, key, iv []byte) *recordKey {
	if alg.aead != nil {
		aead, err := alg.aead(key)
		if err != nil {
			return nil
		}
		return &recordKey{alg: alg, aead: aead, iv: iv}
	}
	block, err := alg.block(key)
	if err != nil {
		return nil
	}
	return &recordKey{alg: alg, cbc: &cbcKey{block: block, mac: hmac.New(alg.mac, mac), iv: iv}}
}

// A cbcKey opens records in CBC mode with the MAC inside (RFC 5246 §6.2.3.2).
// crypto/tls does not offer encrypt-then-MAC.
type cbcKey struct {
	block cipher.Block
	mac   hash.Hash
	iv    []byte // TLS 1.0: the last block of the record before; else empty
}

// open returns a record's content if its MAC is right. It takes no care to do
// so in constant time: it reads what has already been accepted or refused.
func (k *cbcKey) open(seq uint64, header, body []byte) ([]byte, bool) {
	size := k.block.BlockSize()
	if len(body) < size || len(body)%size != 0 {
		return nil, false
	}
	iv := k.iv
	if len(iv) > 0 {
		k.iv = body[len(body)-size:]
	} else {
		iv, body = body[:size], body[size:]
	}
	plain := make([]byte, len(body))
	cipher.NewCBCDecrypter(k.block, iv).CryptBlocks(plain, body)
	if len(plain) == 0 {
		return nil, false
	}
	end := len(plain) - 1 - int(plain[len(plain)-1]) - k.mac.Size()
	if end < 0 {
		return nil, false
	}
	ad := binary.BigEndian.AppendUint64(make([]byte, 0, 13), seq)
	ad = append(ad, header[:3]...)
	ad = binary.BigEndian.AppendUint16(ad, uint16(end))
	k.mac.Reset()
	k.mac.Write(ad)
	k.mac.Write(plain[:end])
	if !hmac.Equal(k.mac.Sum(nil), plain[end:end+k.mac.Size()]) {
		return nil, false
	}
	return plain[:end], true
}

func cbcBlockSize(alg suiteAlgorithms) int {
	if alg.keySize == 24 {
		return 8 // 3DES
	}
	return 16
}

// keyBlock is the PRF of the version: P_hash of the suite's hash in TLS 1.2
// (RFC 5246 §5), that of MD5 and that of SHA-1 mixed before (RFC 2246 §5).
func keyBlock(version uint16, alg suiteAlgorithms, secret, seed []byte, size int) []byte {
	if version == tls12 {
		return pHash(alg.hash, secret, seed, size)
	}
	half := (len(secret) + 1) / 2
	out := pHash(md5.New, secret[:half], seed, size)
	for i, b := range pHash(sha1.New, secret[len(secret)-half:], seed, size) {
		out[i] ^= b
	}
	return out
}

// pHash is P_hash (RFC 5246 §5).
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
