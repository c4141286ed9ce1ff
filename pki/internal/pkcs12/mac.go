package pkcs12

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"hash"

	"mutual/pki/internal/pbe"
)

// macData is MacData of RFC 7292 §4.
type macData struct {
	Mac struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	Salt       []byte
	Iterations int `asn1:"optional,default:1"`
}

// macDigest is a digest algorithm of a MAC.
type macDigest struct {
	name string
	new  func() hash.Hash
}

// macDigests are the digests by the identifiers of RFC 7292 and NIST's CSOR.
var macDigests = map[string]macDigest{
	"1.2.840.113549.2.5":      {"MD5", md5.New},
	"1.3.14.3.2.26":           {"SHA1", sha1.New},
	"2.16.840.1.101.3.4.2.4":  {"SHA224", sha256.New224},
	"2.16.840.1.101.3.4.2.1":  {"SHA256", sha256.New},
	"2.16.840.1.101.3.4.2.2":  {"SHA384", sha512.New384},
	"2.16.840.1.101.3.4.2.3":  {"SHA512", sha512.New},
	"2.16.840.1.101.3.4.2.5":  {"SHA512-224", sha512.New512_224},
	"2.16.840.1.101.3.4.2.6":  {"SHA512-256", sha512.New512_256},
	"2.16.840.1.101.3.4.2.7":  {"SHA3-224", func() hash.Hash { return sha3.New224() }},
	"2.16.840.1.101.3.4.2.8":  {"SHA3-256", func() hash.Hash { return sha3.New256() }},
	"2.16.840.1.101.3.4.2.9":  {"SHA3-384", func() hash.Hash { return sha3.New384() }},
	"2.16.840.1.101.3.4.2.10": {"SHA3-512", func() hash.Hash { return sha3.New512() }},
}

// hmacs are the message authentication schemes of PBMAC1 (RFC 9579).
var hmacs = map[string]macDigest{
	"1.2.840.113549.2.7":  {"SHA1", sha1.New},
	"1.2.840.113549.2.8":  {"SHA224", sha256.New224},
	"1.2.840.113549.2.9":  {"SHA256", sha256.New},
	"1.2.840.113549.2.10": {"SHA384", sha512.New384},
	"1.2.840.113549.2.11": {"SHA512", sha512.New},
	"1.2.840.113549.2.12": {"SHA512-224", sha512.New512_224},
	"1.2.840.113549.2.13": {"SHA512-256", sha512.New512_256},
}

var oidPBMAC1 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 14}

type pbmac1Params struct{ KDF, MAC pkix.AlgorithmIdentifier }

// parseMAC reads how the file is authenticated.
func (f *File) parseMAC(der []byte) error {
	if _, err := asn1.Unmarshal(der, &f.mac); err != nil {
		return ErrMalformed
	}
	alg := f.mac.Mac.Algorithm
	id := alg.Algorithm.String()
	d, known := macDigests[id]
	switch {
	case alg.Algorithm.Equal(oidPBMAC1):
		f.MAC, f.Old = "PBMAC1", false
		var p pbmac1Params
		if _, err := asn1.Unmarshal(alg.Parameters.FullBytes, &p); err == nil {
			if h, ok := hmacs[p.MAC.Algorithm.String()]; ok {
				f.MAC = "PBMAC1 with HMAC-" + h.name
			}
		}
	case known:
		f.MAC = "HMAC-" + d.name
		f.Old = f.Old && (d.name == "SHA1" || d.name == "MD5")
	default:
		f.MAC, f.Old = id, false
	}
	return nil
}

// verify checks the MAC. It is true only if there is one, and it is right.
func (f *File) verify(opener *pbe.Opener, pass []byte) (bool, error) {
	if f.MAC == "" {
		return false, nil
	}
	alg := f.mac.Mac.Algorithm
	if alg.Algorithm.Equal(oidPBMAC1) {
		return f.verifyPBMAC1(opener, alg)
	}
	d, ok := macDigests[alg.Algorithm.String()]
	if !ok {
		return false, &pbe.UnsupportedError{Scheme: "a MAC with " + alg.Algorithm.String()}
	}
	candidates := [][]byte{pbe.BMPString(pass)}
	if len(pass) == 0 {
		candidates = append(candidates, nil) // an absent passphrase, as some write an empty one
	}
	for _, p := range candidates {
		if err := opener.Spend(f.mac.Iterations); err != nil {
			return false, err
		}
		key := pbe.DeriveKey(d.new, p, f.mac.Salt, f.mac.Iterations, 3, d.new().Size())
		h := hmac.New(d.new, key)
		h.Write(f.safe)
		if hmac.Equal(h.Sum(nil), f.mac.Mac.Digest) {
			return true, nil
		}
	}
	return false, pbe.ErrPassphrase
}

// verifyPBMAC1 checks the MAC of RFC 9579.
func (f *File) verifyPBMAC1(opener *pbe.Opener, alg pkix.AlgorithmIdentifier) (bool, error) {
	var p pbmac1Params
	if _, err := asn1.Unmarshal(alg.Parameters.FullBytes, &p); err != nil {
		return false, ErrMalformed
	}
	d, ok := hmacs[p.MAC.Algorithm.String()]
	if !ok {
		return false, &pbe.UnsupportedError{Scheme: "a MAC with " + p.MAC.Algorithm.String()}
	}
	key, err := opener.Derive(p.KDF, d.new().Size())
	if err != nil {
		return false, err
	}
	h := hmac.New(d.new, key)
	h.Write(f.safe)
	if !hmac.Equal(h.Sum(nil), f.mac.Mac.Digest) {
		return false, pbe.ErrPassphrase
	}
	return true, nil
}
