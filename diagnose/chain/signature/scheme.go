package signature

import (
	"crypto"
	"fmt"
	"slices"
	"strings"

	"mutual/diagnose/chain/der"
)

// scheme is what a signature algorithm is made of.
type scheme struct {
	key  Kind
	hash crypto.Hash // 0 where the parameters or the key say it
	// unchecked: OpenSSL may know the algorithm, and it is not computed here.
	unchecked bool
}

// schemeOf finds a signature algorithm among those that OpenSSL 3.0 knows.
// Source: OpenSSL 3.0, crypto/objects/obj_xref.txt.
func schemeOf(o der.OID) (scheme, bool) {
	const (
		pkcs1 = "\x2a\x86\x48\x86\xf7\x0d\x01\x01"
		x962  = "\x2a\x86\x48\xce\x3d\x04"
		nist  = "\x60\x86\x48\x01\x65\x03\x04\x03"
	)
	switch o {
	case pkcs1 + "\x02", pkcs1 + "\x03", // MD2 and MD4
		"\x2b\x24\x03\x03\x01\x02",                     // RIPEMD-160
		"\x2b\x0e\x03\x02\x0f", "\x2b\x0e\x03\x02\x03": // SHA-0, MD5 of OIW
		return scheme{key: KeyRSA, unchecked: true}, true
	case pkcs1 + "\x04":
		return scheme{key: KeyRSA, hash: crypto.MD5}, true
	case pkcs1 + "\x05", "\x2b\x0e\x03\x02\x1d":
		return scheme{key: KeyRSA, hash: crypto.SHA1}, true
	case pkcs1 + "\x0e":
		return scheme{key: KeyRSA, hash: crypto.SHA224}, true
	case pkcs1 + "\x0b":
		return scheme{key: KeyRSA, hash: crypto.SHA256}, true
	case pkcs1 + "\x0c":
		return scheme{key: KeyRSA, hash: crypto.SHA384}, true
	case pkcs1 + "\x0d":
		return scheme{key: KeyRSA, hash: crypto.SHA512}, true
	case nist + "\x0d":
		return scheme{key: KeyRSA, hash: crypto.SHA3_224}, true
	case nist + "\x0e":
		return scheme{key: KeyRSA, hash: crypto.SHA3_256}, true
	case nist + "\x0f":
		return scheme{key: KeyRSA, hash: crypto.SHA3_384}, true
	case nist + "\x10":
		return scheme{key: KeyRSA, hash: crypto.SHA3_512}, true
	case oidRSAPSS:
		return scheme{key: KeyRSAPSS}, true
	case x962 + "\x01":
		return scheme{key: KeyEC, hash: crypto.SHA1}, true
	case x962 + "\x03\x01":
		return scheme{key: KeyEC, hash: crypto.SHA224}, true
	case x962 + "\x03\x02":
		return scheme{key: KeyEC, hash: crypto.SHA256}, true
	case x962 + "\x03\x03":
		return scheme{key: KeyEC, hash: crypto.SHA384}, true
	case x962 + "\x03\x04":
		return scheme{key: KeyEC, hash: crypto.SHA512}, true
	case "\x2a\x86\x48\xce\x38\x04\x03":
		return scheme{key: KeyDSA, hash: crypto.SHA1}, true
	case nist + "\x01":
		return scheme{key: KeyDSA, hash: crypto.SHA224}, true
	case nist + "\x02":
		return scheme{key: KeyDSA, hash: crypto.SHA256}, true
	case oidEd25519:
		return scheme{key: KeyEd25519}, true
	case oidEd448:
		return scheme{key: KeyEd448}, true
	case "\x2a\x81\x1c\xcf\x55\x01\x83\x75": // SM2 with SM3
		return scheme{key: KeyOther, unchecked: true}, true
	}
	return scheme{}, false
}

// Name names an algorithm: "SHA224-RSA", "RSA-PSS with SHA256, mask SHA1, salt
// 32", or its identifier.
func Name(a der.Algorithm) string {
	s, known := schemeOf(a.OID)
	kinds := map[Kind]string{KeyRSA: "RSA", KeyDSA: "DSA", KeyEC: "ECDSA", KeyEd25519: "Ed25519", KeyEd448: "Ed448"}
	plain := func(h crypto.Hash) string { return strings.ReplaceAll(h.String(), "-", "") }
	switch {
	case s.key == KeyRSAPSS:
		p, err := der.ParsePSS(a.Parameters)
		if err != nil || hashOf(p.Hash) == 0 || hashOf(p.MGFHash) == 0 {
			return "RSA-PSS with unknown parameters"
		}
		return fmt.Sprintf("RSA-PSS with %s, mask %s, salt %d", plain(hashOf(p.Hash)), plain(hashOf(p.MGFHash)), p.SaltLength)
	case !known || s.unchecked || kinds[s.key] == "":
		return a.OID.String()
	case s.hash == 0:
		return kinds[s.key]
	case s.key == KeyRSA:
		return plain(s.hash) + "-RSA"
	}
	return kinds[s.key] + "-" + plain(s.hash)
}

// Known reports whether the algorithm is one that this package has heard of.
func Known(a der.Algorithm) bool {
	_, known := schemeOf(a.OID)
	return known
}

// Signs reports whether a signature of that algorithm can come from a key of
// this kind. Source: OpenSSL 3.0, check_sig_alg_match.
func (k *Key) Signs(a der.Algorithm) bool {
	s, known := schemeOf(a.OID)
	return known && (s.key == k.Kind || s.key == KeyRSAPSS && k.Kind == KeyRSA)
}

// SecurityBits is the strength that OpenSSL gives a signature algorithm, or -1
// where it gives none. Source: OpenSSL 3.0, x509_sig_info_init.
func SecurityBits(a der.Algorithm) int {
	s, known := schemeOf(a.OID)
	hash := s.hash
	switch {
	case !known:
		return -1
	case s.key == KeyEd25519:
		return 128
	case s.key == KeyEd448:
		return 224
	case s.key == KeyRSAPSS:
		p, err := der.ParsePSS(a.Parameters)
		if err != nil || p.SaltLength < 0 || p.Trailer != 1 || hashOf(p.MGFHash) == 0 {
			return -1
		}
		hash = hashOf(p.Hash)
	}
	switch hash {
	case 0:
		return -1
	case crypto.MD5:
		return 39
	case crypto.SHA1:
		return 63
	}
	return hash.Size() * 4
}

// hashOf is the digest of that name, or 0.
func hashOf(o der.OID) crypto.Hash {
	const nist = "\x60\x86\x48\x01\x65\x03\x04\x02"
	switch o {
	case "\x2a\x86\x48\x86\xf7\x0d\x02\x05":
		return crypto.MD5
	case "\x2b\x0e\x03\x02\x1a":
		return crypto.SHA1
	case nist + "\x01":
		return crypto.SHA256
	case nist + "\x02":
		return crypto.SHA384
	case nist + "\x03":
		return crypto.SHA512
	case nist + "\x04":
		return crypto.SHA224
	case nist + "\x05":
		return crypto.SHA512_224
	case nist + "\x06":
		return crypto.SHA512_256
	case nist + "\x07":
		return crypto.SHA3_224
	case nist + "\x08":
		return crypto.SHA3_256
	case nist + "\x09":
		return crypto.SHA3_384
	case nist + "\x0a":
		return crypto.SHA3_512
	}
	return 0
}

// digestPrefix is the DER of a DigestInfo up to the digest. Source: RFC 8017
// §9.2, note 1.
func digestPrefix(h crypto.Hash) []byte {
	var oid []byte
	nist := []byte("\x60\x86\x48\x01\x65\x03\x04\x02")
	switch h {
	case crypto.MD5:
		oid = []byte("\x2a\x86\x48\x86\xf7\x0d\x02\x05")
	case crypto.SHA1:
		oid = []byte("\x2b\x0e\x03\x02\x1a")
	default:
		order := []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA224, crypto.SHA512_224,
			crypto.SHA512_256, crypto.SHA3_224, crypto.SHA3_256, crypto.SHA3_384, crypto.SHA3_512}
		oid = append(nist, byte(slices.Index(order, h)+1))
	}
	n, size := byte(len(oid)), byte(h.Size())
	out := append([]byte{0x30, 8 + n + size, 0x30, 4 + n, 6, n}, oid...)
	return append(out, 5, 0, 4, size)
}
