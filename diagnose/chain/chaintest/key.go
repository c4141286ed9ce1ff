package chaintest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	_ "crypto/md5"    // for Hash.New
	_ "crypto/sha1"   // for Hash.New
	_ "crypto/sha256" // for Hash.New
	_ "crypto/sha3"   // for Hash.New
	_ "crypto/sha512" // for Hash.New
)

// Key is a key pair.
type Key struct {
	SPKI []byte
	Alg  []byte // the signature algorithm that it signs with, unless told otherwise
	sign func(digest string, message []byte) []byte
}

// Keys makes keys on demand and keeps them. Those of kinds that Go has not are
// made by the openssl program, in Dir.
type Keys struct {
	Dir  string
	mu   sync.Mutex
	made map[string]*Key
}

const (
	ecdsaSHA256 = "1.2.840.10045.4.3.2"
	rsaSHA256   = "1.2.840.113549.1.1.11"
)

// Get is the key of that kind and label: the same arguments give the same key.
// Kinds are "p256", "p224", "p384", "p521", "ed25519", "rsa2048" and other
// sizes, and what `openssl genpkey` is told in opensslKinds.
func (k *Keys) Get(kind, label string) *Key {
	k.mu.Lock()
	defer k.mu.Unlock()
	name := kind + "-" + label
	if k.made == nil {
		k.made = map[string]*Key{}
	}
	if k.made[name] == nil {
		k.made[name] = k.generate(kind, name)
	}
	return k.made[name]
}

func (k *Keys) generate(kind, name string) *Key {
	curves := map[string]elliptic.Curve{"p256": elliptic.P256(), "p224": elliptic.P224(), "p384": elliptic.P384(), "p521": elliptic.P521()}
	var bits int
	switch {
	case curves[kind] != nil:
		priv, err := ecdsa.GenerateKey(curves[kind], rand.Reader)
		must(err)
		return &Key{spki(priv.Public()), Alg(ecdsaSHA256), func(digest string, message []byte) []byte {
			sig, err := ecdsa.SignASN1(rand.Reader, priv, sum(digest, message))
			must(err)
			return sig
		}}
	case kind == "ed25519":
		_, priv, err := ed25519.GenerateKey(rand.Reader)
		must(err)
		return &Key{spki(priv.Public()), Alg("1.3.101.112"), func(_ string, message []byte) []byte {
			return ed25519.Sign(priv, message)
		}}
	case sizeOf(kind, &bits):
		return rsaKey(bits)
	}
	return k.byOpenSSL(kind, name)
}

func sizeOf(kind string, bits *int) bool {
	n, err := fmt.Sscanf(kind, "rsa%d", bits)
	return n == 1 && err == nil
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func spki(pub any) []byte {
	b, err := x509.MarshalPKIXPublicKey(pub)
	must(err)
	return b
}

// hashOf is the digest that openssl gives that name, SHA-256 for any other.
func hashOf(name string) crypto.Hash {
	h, ok := map[string]crypto.Hash{"md5": crypto.MD5, "sha1": crypto.SHA1, "sha224": crypto.SHA224,
		"sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512, "sha3-256": crypto.SHA3_256}[name]
	if !ok {
		return crypto.SHA256
	}
	return h
}

func sum(digest string, message []byte) []byte {
	h := hashOf(digest).New()
	h.Write(message)
	return h.Sum(nil)
}

// rsaKey makes a key of any size, without the library's opinion of it, and
// signs without padding checks.
func rsaKey(bits int) *Key {
	var n, d *big.Int
	e := big.NewInt(65537)
	for d == nil {
		p, err := rand.Prime(rand.Reader, (bits+1)/2)
		must(err)
		q, err := rand.Prime(rand.Reader, bits/2)
		must(err)
		n = new(big.Int).Mul(p, q)
		one := big.NewInt(1)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		if n.BitLen() == bits {
			d = new(big.Int).ModInverse(e, phi)
		}
	}
	raw := func(em []byte) []byte {
		m := new(big.Int).SetBytes(em)
		return m.Exp(m, d, n).FillBytes(make([]byte, (n.BitLen()+7)/8))
	}
	return &Key{
		SPKI: Seq(Alg("1.2.840.113549.1.1.1", Null()), Bits(Seq(BigInt(n), BigInt(e)))),
		Alg:  Alg(rsaSHA256, Null()),
		sign: func(digest string, message []byte) []byte {
			size := (n.BitLen() + 7) / 8
			if salt, mgf, pss := pssOf(digest); pss != "" && size > salt+66 {
				return raw(emsaPSS(n.BitLen()-1, pss, mgf, salt, message))
			}
			info := Seq(Alg(digestOIDs(digest), Null()), TLV(4, sum(digest, message)))
			if size < len(info)+11 {
				return make([]byte, size)
			}
			em := append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, size-len(info)-3)...)
			return raw(append(append(em, 0), info...))
		},
	}
}

func digestOIDs(name string) string {
	oids := map[string]string{"": "2.16.840.1.101.3.4.2.1", "md5": "1.2.840.113549.2.5", "sha1": "1.3.14.3.2.26",
		"sha224": "2.16.840.1.101.3.4.2.4", "sha256": "2.16.840.1.101.3.4.2.1", "sha384": "2.16.840.1.101.3.4.2.2",
		"sha512": "2.16.840.1.101.3.4.2.3", "sha3-256": "2.16.840.1.101.3.4.2.8"}
	if oid := oids[name]; oid != "" {
		return oid
	}
	return oids[""]
}

// pssOf takes "pss sha256 sha1 32" apart.
func pssOf(digest string) (salt int, mgf, hash string) {
	if n, err := fmt.Sscanf(digest, "pss %s %s %d", &hash, &mgf, &salt); n != 3 || err != nil {
		return 0, "", ""
	}
	return salt, mgf, hash
}

// PSSAlg is the AlgorithmIdentifier of RSASSA-PSS.
func PSSAlg(hash, mgf string, salt int) []byte {
	mask := Alg("1.2.840.113549.1.1.8", Alg(digestOIDs(mgf), Null()))
	return Alg("1.2.840.113549.1.1.10", Seq(TLV(0xa0, Alg(digestOIDs(hash), Null())), TLV(0xa1, mask), TLV(0xa2, Int(int64(salt)))))
}

func emsaPSS(emBits int, hash, mgf string, saltLength int, message []byte) []byte {
	size := (emBits + 7) / 8
	salt := make([]byte, saltLength)
	_, err := rand.Read(salt)
	must(err)
	h := sum(hash, append(append(make([]byte, 8), sum(hash, message)...), salt...))
	db := append(append(make([]byte, size-saltLength-len(h)-2), 1), salt...)
	var mask []byte
	for i := 0; len(mask) < len(db); i++ {
		mask = append(mask, sum(mgf, append(bytes.Clone(h), 0, 0, 0, byte(i)))...)
	}
	for i := range db {
		db[i] ^= mask[i]
	}
	db[0] &= 0xff >> (8*size - emBits)
	return append(append(db, h...), 0xbc)
}

// opensslKinds are the arguments of `openssl genpkey` for kinds that Go has
// not, and the algorithm to sign with.
func opensslKinds(kind string) (args []string, alg []byte) {
	switch kind {
	case "ed448":
		return []string{"-algorithm", "ed448"}, Alg("1.3.101.113")
	case "rsapss":
		return []string{"-algorithm", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"}, PSSAlg("sha256", "sha256", 32)
	case "explicit":
		return []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"},
			Alg(ecdsaSHA256)
	}
	return []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + kind}, Alg(ecdsaSHA256)
}

func (k *Keys) byOpenSSL(kind, name string) *Key {
	args, alg := opensslKinds(kind)
	file := filepath.Join(k.Dir, name+".pem")
	if kind == "dsa" {
		parameters := filepath.Join(k.Dir, name+"-params.pem")
		run("genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:1024", "-out", parameters)
		args, alg = []string{"-paramfile", parameters}, Alg("2.16.840.1.101.3.4.3.2")
	}
	run(append([]string{"genpkey", "-out", file}, args...)...)
	pub, _ := pem.Decode(run("pkey", "-in", file, "-pubout"))
	return &Key{pub.Bytes, alg, func(digest string, message []byte) []byte {
		f, err := os.CreateTemp(k.Dir, "message")
		must(err)
		_, err = f.Write(message)
		must(errors.Join(err, f.Close()))
		in := f.Name()
		switch {
		case kind == "ed448":
			return run("pkeyutl", "-sign", "-inkey", file, "-rawin", "-in", in)
		case kind == "rsapss":
			return run("dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32", "-sign", file, in)
		}
		if digest == "" || strings.HasPrefix(digest, "pss") {
			digest = "sha256"
		}
		return run("dgst", "-"+digest, "-sign", file, in)
	}}
}

func run(args ...string) []byte {
	out, err := exec.Command("openssl", args...).Output()
	if err != nil {
		panic(fmt.Errorf("openssl %v: %w", args, err))
	}
	return out
}
