// Package pbe opens data that is encrypted with a passphrase: PBES2 and PBES1
// (RFC 8018), and the schemes of PKCS#12 (RFC 7292 appendix B and C).
package pbe

import (
	"crypto/cipher"
	"crypto/rc4"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
)

// ErrPassphrase: the passphrase does not fit, as far as the padding tells.
var ErrPassphrase = errors.New("the passphrase does not open it")

// ErrDamaged: parameters or data do not follow the standard.
var ErrDamaged = errors.New("its encryption is damaged")

// UnsupportedError says that data is encrypted in a way that is not read here.
type UnsupportedError struct {
	Scheme string // "ARIA-256-CBC"
	Reader string // a program that reads it, "" where none is known
}

func (e *UnsupportedError) Error() string {
	if e.Reader == "" {
		return "it is encrypted with " + e.Scheme
	}
	return "it is encrypted with " + e.Scheme + ", which " + e.Reader + " reads"
}

// maxIterations bounds what one Opener spends on key derivation: some seconds.
const maxIterations = 10_000_000

// Opener opens data with one passphrase. It bounds the work that the
// parameters of all that it opens ask for together.
type Opener struct {
	pass  []byte
	spent int
}

// NewOpener is an Opener for a passphrase in UTF-8.
func NewOpener(pass []byte) *Opener { return &Opener{pass: pass} }

// Spend takes iterations from what is left.
func (o *Opener) Spend(iterations int) error {
	if iterations < 1 {
		return ErrDamaged
	}
	if iterations > maxIterations-o.spent {
		return &UnsupportedError{Scheme: fmt.Sprintf("%d iterations", iterations)}
	}
	o.spent += iterations
	return nil
}

// Decrypt opens data that is encrypted as alg says. The error is ErrPassphrase,
// ErrDamaged or an *UnsupportedError. A nil error does not prove the passphrase:
// one in 256 wrong ones yields noise.
func (o *Opener) Decrypt(alg pkix.AlgorithmIdentifier, data []byte) ([]byte, error) {
	if alg.Algorithm.Equal(oidPBES2) {
		return o.pbes2(alg.Parameters.FullBytes, data)
	}
	s, ok := schemes[alg.Algorithm.String()]
	if !ok || s.cipher == nil {
		return nil, unsupported(alg.Algorithm)
	}
	var params struct {
		Salt       []byte
		Iterations int
	}
	if rest, err := asn1.Unmarshal(alg.Parameters.FullBytes, &params); err != nil || len(rest) > 0 {
		return nil, ErrDamaged
	}
	if err := o.Spend(params.Iterations); err != nil {
		return nil, err
	}
	key, iv := s.derive(o.pass, params.Salt, params.Iterations, s.keyLength)
	if s.cipher == streamRC4 {
		stream, err := rc4.NewCipher(key)
		if err != nil {
			return nil, ErrDamaged
		}
		out := make([]byte, len(data))
		stream.XORKeyStream(out, data)
		return out, nil
	}
	block, err := s.cipher.block(key)
	if err != nil {
		return nil, ErrDamaged
	}
	return decryptCBC(block, iv, data)
}

// Readable returns the error by which Decrypt would end whatever the passphrase,
// without the work; nil where there is none.
func Readable(alg pkix.AlgorithmIdentifier) error {
	if !alg.Algorithm.Equal(oidPBES2) {
		if s, ok := schemes[alg.Algorithm.String()]; !ok || s.cipher == nil {
			return unsupported(alg.Algorithm)
		}
		return nil
	}
	kdf, enc, _, err := parsePBES2(alg.Parameters.FullBytes)
	if err != nil {
		return err
	}
	if c, ok := pbes2Ciphers[enc.Algorithm.String()]; !ok || c.block == nil {
		return unreadCipher(enc)
	}
	if kdf.Algorithm.Equal(oidPBKDF2) {
		p, err := parsePBKDF2(kdf.Parameters.FullBytes)
		if err != nil {
			return err
		}
		if _, ok := p.prf(); !ok {
			return p.unread()
		}
		if p.Iterations > maxIterations {
			return NewOpener(nil).Spend(p.Iterations)
		}
	}
	return nil
}

// decryptCBC undoes CBC with the padding of RFC 8018 §6.1.1.
func decryptCBC(block cipher.Block, iv, data []byte) ([]byte, error) {
	size := block.BlockSize()
	if len(iv) != size || len(data) == 0 || len(data)%size != 0 {
		return nil, ErrDamaged
	}
	out := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(out, data)
	pad := int(out[len(out)-1])
	if pad < 1 || pad > size {
		return nil, ErrPassphrase
	}
	for _, b := range out[len(out)-pad:] {
		if int(b) != pad {
			return nil, ErrPassphrase
		}
	}
	return out[:len(out)-pad], nil
}

// Name says how something is encrypted, in the words that programs use:
// "PBE-SHA1-RC2-40", "PBES2 with AES-256-CBC and HMAC-SHA256".
func Name(alg pkix.AlgorithmIdentifier) string {
	if alg.Algorithm.Equal(oidPBES2) {
		return pbes2Name(alg.Parameters.FullBytes)
	}
	if s, ok := schemes[alg.Algorithm.String()]; ok {
		return s.name
	}
	return alg.Algorithm.String()
}

// Legacy reports whether alg is one that OpenSSL 3 reads with its legacy
// provider alone: RC2, RC4, DES, MD5.
func Legacy(alg pkix.AlgorithmIdentifier) bool {
	if alg.Algorithm.Equal(oidPBES2) {
		_, c, _, err := parsePBES2(alg.Parameters.FullBytes)
		return err == nil && pbes2Ciphers[c.Algorithm.String()].legacy
	}
	return schemes[alg.Algorithm.String()].legacy
}

func unsupported(oid asn1.ObjectIdentifier) error {
	if s, ok := schemes[oid.String()]; ok {
		return &UnsupportedError{Scheme: s.name, Reader: s.reader}
	}
	return &UnsupportedError{Scheme: oid.String()}
}

// IsPBES2 reports whether alg is the scheme of RFC 8018 §6.2, which programs
// of before about 2018 do not read in PKCS#12.
func IsPBES2(alg pkix.AlgorithmIdentifier) bool { return alg.Algorithm.Equal(oidPBES2) }
