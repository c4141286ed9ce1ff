package signature

import (
	"bytes"
	"crypto"
	"crypto/dsa" //lint:ignore SA1019 certificates signed with it are still found
	"crypto/ecdsa"
	"crypto/ed25519"
	"math/big"

	_ "crypto/md5"    // for Hash.New
	_ "crypto/sha1"   // for Hash.New
	_ "crypto/sha256" // for Hash.New
	_ "crypto/sha3"   // for Hash.New
	_ "crypto/sha512" // for Hash.New

	"github.com/cloudflare/circl/sign/ed448"

	"mutual/diagnose/chain/der"
)

// Outcome is what a check of a signature found.
type Outcome int

// The outcomes. NotChecked is a signature of a kind that cannot be computed
// here: it says nothing about the signature.
const (
	Wrong Outcome = iota
	Fits
	NotChecked
)

// Verify checks a signature by the key over what was signed.
func (k *Key) Verify(a der.Algorithm, signed []byte, sig der.BitString) Outcome {
	scheme, known := schemeOf(a.OID)
	if sig.Unused != 0 || !known || !k.Signs(a) {
		return Wrong
	}
	if scheme.unchecked || k.Kind == KeyOther {
		return NotChecked
	}
	switch k.Kind {
	case KeyEd25519:
		return outcome(ed25519.Verify(k.octets, signed, sig.Octets))
	case KeyEd448:
		return outcome(len(sig.Octets) == ed448.SignatureSize && ed448.Verify(k.octets, signed, sig.Octets, ""))
	case KeyRSA, KeyRSAPSS:
		if k.rsa.E.BitLen() > maxLongExponent && k.rsa.N.BitLen() <= smallModulus {
			return NotChecked // OpenSSL does, at a price that nobody's key is worth
		}
		if scheme.key == KeyRSAPSS {
			return k.verifyPSS(a, signed, sig.Octets)
		}
		return outcome(k.verifyPKCS1(scheme.hash, digest(scheme.hash, signed), sig.Octets))
	case KeyDSA:
		r, s, err := der.ParsePair(sig.Octets)
		d := &dsa.PublicKey{Parameters: dsa.Parameters{P: k.dsa.P, Q: k.dsa.Q, G: k.dsa.G}, Y: k.dsa.Y}
		if err != nil || d.P.BitLen() > maxDSAModulus || d.P.Sign() == 0 || d.Q.BitLen() > d.P.BitLen() {
			return Wrong
		}
		return outcome(dsa.Verify(d, cut(digest(scheme.hash, signed), d.Q), r, s))
	case KeyEC:
		if k.curve.p == nil {
			return NotChecked
		}
		r, s, err := der.ParsePair(sig.Octets)
		if err != nil {
			return Wrong
		}
		sum := digest(scheme.hash, signed)
		if k.std != nil {
			return outcome(ecdsa.VerifyASN1(k.std, sum, sig.Octets))
		}
		return outcome(k.curve.verify(k.x, k.y, sum, r, s))
	}
	return NotChecked
}

func outcome(fits bool) Outcome {
	if fits {
		return Fits
	}
	return Wrong
}

func digest(h crypto.Hash, b []byte) []byte {
	w := h.New()
	w.Write(b)
	return w.Sum(nil)
}

// cut is as much of a digest as a DSA signature is made over.
func cut(sum []byte, q *big.Int) []byte { return sum[:min(len(sum), (q.BitLen()+7)/8)] }

// The sizes of keys that OpenSSL computes with. Source: OpenSSL 3.0,
// OPENSSL_RSA_MAX_MODULUS_BITS and those beside it, OPENSSL_DSA_MAX_MODULUS_BITS.
const (
	maxModulus      = 16384
	smallModulus    = 3072
	maxLongExponent = 64
	maxDSAModulus   = 10000
)

// recover applies the public key to a signature. Source: RFC 8017 §5.2.2.
func (k *Key) recover(sig []byte) ([]byte, bool) {
	n, e := k.rsa.N, k.rsa.E
	s := new(big.Int).SetBytes(sig)
	size := (n.BitLen() + 7) / 8
	switch {
	case n.BitLen() > maxModulus, n.Cmp(e) <= 0, len(sig) > size, s.Cmp(n) >= 0, n.Bit(0) == 0,
		n.BitLen() > smallModulus && e.BitLen() > maxLongExponent:
		return nil, false
	}
	return s.Exp(s, e, n).FillBytes(make([]byte, size)), true
}

// verifyPKCS1 checks RSASSA-PKCS1-v1_5. Source: RFC 8017 §8.2.2.
func (k *Key) verifyPKCS1(h crypto.Hash, sum, sig []byte) bool {
	em, ok := k.recover(sig)
	info := append(digestPrefix(h), sum...)
	if !ok || len(sig) != len(em) || len(em) < len(info)+11 {
		return false
	}
	want := append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, len(em)-len(info)-3)...)
	return bytes.Equal(em, append(append(want, 0), info...))
}

// verifyPSS checks RSASSA-PSS, whose parameters need not be the usual ones.
// Source: RFC 8017 §9.1.2.
func (k *Key) verifyPSS(a der.Algorithm, signed, sig []byte) Outcome {
	p, err := der.ParsePSS(a.Parameters)
	if err != nil || p.SaltLength < 0 || p.Trailer != 1 {
		return Wrong
	}
	h, mgf := hashOf(p.Hash), hashOf(p.MGFHash)
	if h == 0 || mgf == 0 {
		return NotChecked
	}
	if r := k.pss; r != nil && (r.Hash != p.Hash || r.MGFHash != p.MGFHash || p.SaltLength < r.SaltLength) {
		return Wrong
	}
	em, ok := k.recover(sig)
	if !ok {
		return Wrong
	}
	spare := (k.rsa.N.BitLen() - 1) % 8
	if em[0]&(0xff<<spare) != 0 {
		return Wrong
	}
	if spare == 0 {
		em = em[1:]
	}
	size := h.Size()
	if len(em) < size+2 || p.SaltLength > int64(len(em)-size-2) || em[len(em)-1] != 0xbc {
		return Wrong
	}
	masked, tag := em[:len(em)-size-1], em[len(em)-size-1:len(em)-1]
	db := make([]byte, len(masked))
	for i, m := range mask(mgf, tag, len(masked)) {
		db[i] = masked[i] ^ m
	}
	if spare != 0 {
		db[0] &= 0xff >> (8 - spare)
	}
	padding := len(db) - int(p.SaltLength) - 1
	for i, b := range db[:padding+1] {
		if i < padding && b != 0 || i == padding && b != 1 {
			return Wrong
		}
	}
	w := h.New()
	w.Write(make([]byte, 8))
	w.Write(digest(h, signed))
	w.Write(db[padding+1:])
	return outcome(bytes.Equal(w.Sum(nil), tag))
}

// mask is MGF1. Source: RFC 8017 §B.2.1.
func mask(h crypto.Hash, seed []byte, size int) []byte {
	var out []byte
	for i := 0; len(out) < size; i++ {
		w := h.New()
		w.Write(seed)
		w.Write([]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)})
		out = w.Sum(out)
	}
	return out[:size]
}
