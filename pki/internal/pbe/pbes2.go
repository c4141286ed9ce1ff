package pbe

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"crypto/x509/pkix"
	"encoding/asn1"
	"hash"

	"golang.org/x/crypto/scrypt"
)

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11} // RFC 7914 §7
)

// digest is a hash function with the identifier of its HMAC's, for PBKDF2.
type digest struct {
	name string
	new  func() hash.Hash
}

// prfs are the pseudo-random functions of PBKDF2 (RFC 8018 §B.1.2, NIST CSOR).
var prfs = map[string]digest{
	"1.2.840.113549.2.7":      {"SHA1", sha1.New},
	"1.2.840.113549.2.8":      {"SHA224", sha256.New224},
	"1.2.840.113549.2.9":      {"SHA256", sha256.New},
	"1.2.840.113549.2.10":     {"SHA384", sha512.New384},
	"1.2.840.113549.2.11":     {"SHA512", sha512.New},
	"1.2.840.113549.2.12":     {"SHA512-224", sha512.New512_224},
	"1.2.840.113549.2.13":     {"SHA512-256", sha512.New512_256},
	"2.16.840.1.101.3.4.2.13": {"SHA3-224", func() hash.Hash { return sha3.New224() }},
	"2.16.840.1.101.3.4.2.14": {"SHA3-256", func() hash.Hash { return sha3.New256() }},
	"2.16.840.1.101.3.4.2.15": {"SHA3-384", func() hash.Hash { return sha3.New384() }},
	"2.16.840.1.101.3.4.2.16": {"SHA3-512", func() hash.Hash { return sha3.New512() }},
}

// unreadPRFs are those that other programs read.
var unreadPRFs = map[string]UnsupportedError{
	"1.2.643.7.1.1.4.1":     {"HMAC-Streebog-256", "certtool"},
	"1.2.643.7.1.1.4.2":     {"HMAC-Streebog-512", "certtool"},
	"1.2.156.10197.1.401.2": {"HMAC-SM3", "openssl pkey"},
}

// pbes2Cipher is an encryption scheme of PBES2.
type pbes2Cipher struct {
	name      string
	legacy    bool
	reader    string
	block     func(key []byte) (cipher.Block, error) // nil where it is not read here
	keyLength int                                    // where the derivation does not state it
}

var pbes2Ciphers = map[string]pbes2Cipher{
	"2.16.840.1.101.3.4.1.2":     {name: "AES-128-CBC", block: aes.NewCipher, keyLength: 16},
	"2.16.840.1.101.3.4.1.22":    {name: "AES-192-CBC", block: aes.NewCipher, keyLength: 24},
	"2.16.840.1.101.3.4.1.42":    {name: "AES-256-CBC", block: aes.NewCipher, keyLength: 32},
	"1.2.840.113549.3.7":         {name: "DES-EDE3-CBC", block: block3DES.block, keyLength: 24},
	"1.3.14.3.2.7":               {name: "DES-CBC", legacy: true, block: blockDES.block, keyLength: 8},
	"1.2.840.113549.3.2":         {name: "RC2-CBC", legacy: true, reader: "openssl pkey with -provider legacy"},
	"1.2.840.113549.3.9":         {name: "RC5-CBC"},
	"1.2.392.200011.61.1.1.1.2":  {name: "Camellia-128-CBC", reader: "openssl pkey"},
	"1.2.392.200011.61.1.1.1.3":  {name: "Camellia-192-CBC", reader: "openssl pkey"},
	"1.2.392.200011.61.1.1.1.4":  {name: "Camellia-256-CBC", reader: "openssl pkey"},
	"1.2.410.200046.1.1.2":       {name: "ARIA-128-CBC", reader: "openssl pkey"},
	"1.2.410.200046.1.1.7":       {name: "ARIA-192-CBC", reader: "openssl pkey"},
	"1.2.410.200046.1.1.12":      {name: "ARIA-256-CBC", reader: "openssl pkey"},
	"1.2.410.200004.1.4":         {name: "SEED-CBC", legacy: true, reader: "openssl pkey with -provider legacy"},
	"1.2.156.10197.1.104.2":      {name: "SM4-CBC", reader: "openssl pkey"},
	"1.3.6.1.4.1.3029.1.2":       {name: "Blowfish-CBC", legacy: true, reader: "openssl pkey with -provider legacy"},
	"1.2.840.113533.7.66.10":     {name: "CAST5-CBC", legacy: true, reader: "openssl pkey with -provider legacy"},
	"1.3.6.1.4.1.188.7.1.1.2":    {name: "IDEA-CBC", legacy: true, reader: "openssl pkey with -provider legacy"},
	"2.16.840.1.101.3.4.1.6":     {name: "AES-128-GCM"},
	"2.16.840.1.101.3.4.1.26":    {name: "AES-192-GCM"},
	"2.16.840.1.101.3.4.1.46":    {name: "AES-256-GCM"},
	"2.16.840.1.101.3.4.1.47":    {name: "AES-256-CCM", reader: "keytool with Bouncy Castle's provider"},
	"1.2.643.2.2.21":             {name: "GOST 28147-89", reader: "certtool"},
	"2.16.840.1.101.3.4.1.45":    {name: "AES-256-WRAP"},
	"1.2.840.113549.1.9.16.3.18": {name: "ChaCha20-Poly1305"},
}

// parsePBES2 splits the parameters of PBES2 (RFC 8018 §A.4).
func parsePBES2(params []byte) (kdf, enc pkix.AlgorithmIdentifier, iv []byte, err error) {
	var p struct{ KDF, Cipher pkix.AlgorithmIdentifier }
	if rest, err := asn1.Unmarshal(params, &p); err != nil || len(rest) > 0 {
		return kdf, enc, nil, ErrDamaged
	}
	if p.Cipher.Parameters.Tag == asn1.TagOctetString {
		iv = p.Cipher.Parameters.Bytes
	}
	return p.KDF, p.Cipher, iv, nil
}

func (o *Opener) pbes2(params, data []byte) ([]byte, error) {
	kdf, enc, iv, err := parsePBES2(params)
	if err != nil {
		return nil, err
	}
	c, ok := pbes2Ciphers[enc.Algorithm.String()]
	if !ok || c.block == nil {
		return nil, unreadCipher(enc)
	}
	key, err := o.Derive(kdf, c.keyLength)
	if err != nil {
		return nil, err
	}
	block, err := c.block(key)
	if err != nil {
		return nil, ErrDamaged
	}
	return decryptCBC(block, iv, data)
}

// Derive makes a key of the passphrase as kdf says: PBKDF2 or scrypt. Where
// kdf states another length than that wanted, it is damaged.
func (o *Opener) Derive(kdf pkix.AlgorithmIdentifier, length int) ([]byte, error) {
	switch {
	case kdf.Algorithm.Equal(oidPBKDF2):
		p, err := parsePBKDF2(kdf.Parameters.FullBytes)
		if err != nil || p.KeyLength != 0 && p.KeyLength != length {
			return nil, ErrDamaged
		}
		f, ok := p.prf()
		if !ok {
			return nil, p.unread()
		}
		if err := o.Spend(p.Iterations); err != nil {
			return nil, err
		}
		key, err := pbkdf2.Key(f.new, string(o.pass), p.Salt, p.Iterations, length)
		if err != nil {
			return nil, ErrDamaged
		}
		return key, nil
	case kdf.Algorithm.Equal(oidScrypt):
		return o.scrypt(kdf.Parameters.FullBytes, length)
	}
	return nil, &UnsupportedError{Scheme: "key derivation " + kdf.Algorithm.String()}
}

type pbkdf2Params struct {
	Salt       []byte
	Iterations int
	KeyLength  int                      `asn1:"optional"`
	PRF        pkix.AlgorithmIdentifier `asn1:"optional"`
}

func parsePBKDF2(der []byte) (p pbkdf2Params, err error) {
	if rest, err := asn1.Unmarshal(der, &p); err != nil || len(rest) > 0 {
		return p, ErrDamaged
	}
	return p, nil
}

// prf is the pseudo-random function, HMAC-SHA1 where none is stated.
func (p pbkdf2Params) prf() (digest, bool) {
	if len(p.PRF.Algorithm) == 0 {
		return prfs["1.2.840.113549.2.7"], true
	}
	f, ok := prfs[p.PRF.Algorithm.String()]
	return f, ok
}

// unread says that the pseudo-random function is none that is read here.
func (p pbkdf2Params) unread() error {
	id := p.PRF.Algorithm.String()
	if known, ok := unreadPRFs[id]; ok {
		return &known
	}
	return &UnsupportedError{Scheme: "PBKDF2 with " + id}
}

// unreadCipher says that a cipher is none that is read here.
func unreadCipher(enc pkix.AlgorithmIdentifier) error {
	if c, ok := pbes2Ciphers[enc.Algorithm.String()]; ok {
		return &UnsupportedError{Scheme: c.name, Reader: c.reader}
	}
	return &UnsupportedError{Scheme: enc.Algorithm.String()}
}

// scrypt derives a key as RFC 7914 §7, within bounds of memory and time.
func (o *Opener) scrypt(params []byte, length int) ([]byte, error) {
	const maxMemory = 256 << 20
	var p struct {
		Salt      []byte
		N, R, P   int
		KeyLength int `asn1:"optional"`
	}
	if rest, err := asn1.Unmarshal(params, &p); err != nil || len(rest) > 0 || p.N < 2 || p.R < 1 || p.P < 1 ||
		p.KeyLength != 0 && p.KeyLength != length {
		return nil, ErrDamaged
	}
	if p.R > 1<<16 || p.P > 16 || p.N > maxMemory/128/p.R {
		return nil, &UnsupportedError{Scheme: "scrypt with parameters that need too much memory"}
	}
	if err := o.Spend(p.N * p.R * p.P); err != nil {
		return nil, err
	}
	key, err := scrypt.Key(o.pass, p.Salt, p.N, p.R, p.P, length)
	if err != nil {
		return nil, ErrDamaged
	}
	return key, nil
}

// pbes2Name is Name for PBES2.
func pbes2Name(params []byte) string {
	kdf, enc, _, err := parsePBES2(params)
	if err != nil {
		return "PBES2"
	}
	name := enc.Algorithm.String()
	if c, ok := pbes2Ciphers[name]; ok {
		name = c.name
	}
	switch {
	case kdf.Algorithm.Equal(oidScrypt):
		return "PBES2 with " + name + " and scrypt"
	case kdf.Algorithm.Equal(oidPBKDF2):
		if p, err := parsePBKDF2(kdf.Parameters.FullBytes); err == nil {
			if f, ok := p.prf(); ok {
				return "PBES2 with " + name + " and HMAC-" + f.name
			}
		}
	}
	return "PBES2 with " + name
}
