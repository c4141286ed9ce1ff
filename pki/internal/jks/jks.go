// Package jks reads Java key stores of the old forms, JKS and JCEKS: their
// outline and certificates, which takes no passphrase, and the keys of JKS.
package jks

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"errors"
	"unicode/utf16"

	keystore "github.com/pavlo-v-chernykh/keystore-go/v4"

	"mutual/pki/internal/pbe"
)

// ErrMalformed: the store is damaged or cut off.
var ErrMalformed = errors.New("a damaged Java key store")

const (
	magicJKS   = 0xfeedfeed
	magicJCEKS = 0xcececece
)

// Is reports whether data starts as a store of either form.
func Is(data []byte) bool {
	if len(data) < 4 {
		return false
	}
	m := binary.BigEndian.Uint32(data)
	return m == magicJKS || m == magicJCEKS
}

// Entry is one entry of a store.
type Entry struct {
	Alias  string
	Key    bool     // a private key with its chain, else a trusted certificate
	Secret bool     // a secret key, of JCEKS
	Certs  [][]byte // DER, the chain of a key with its leaf first
}

// File is a store whose outline has been read.
type File struct {
	JCEKS   bool
	Entries []Entry

	data []byte
	body int // the length of what the digest is over
}

// Parse reads the outline of a store.
func Parse(data []byte) (*File, error) {
	r := reader{rest: data}
	f := &File{JCEKS: r.uint32() == magicJCEKS, data: data}
	version := r.uint32()
	count := r.uint32()
	for range count {
		if r.bad {
			break
		}
		e := Entry{}
		tag := r.uint32()
		e.Alias = r.string()
		r.bytes(8) // the date
		switch tag {
		case 1:
			e.Key = true
			r.bytes(int64(r.uint32()))
			for range r.uint32() {
				if r.bad {
					break
				}
				e.Certs = append(e.Certs, r.certificate(version))
			}
		case 2:
			e.Certs = [][]byte{r.certificate(version)}
		case 3:
			// A serialised Java object, whose length nothing states: the store
			// can be read up to here.
			e.Secret = true
			f.Entries = append(f.Entries, e)
			f.body = max(len(data)-sha1.Size, 0)
			return f, nil
		default:
			r.bad = true
		}
		f.Entries = append(f.Entries, e)
	}
	f.body = len(data) - len(r.rest)
	if r.bad || len(r.rest) != sha1.Size {
		return nil, ErrMalformed
	}
	return f, nil
}

// Verify reports whether pass, in UTF-8, is the store's passphrase.
func (f *File) Verify(pass []byte) bool {
	h := sha1.New()
	for _, u := range utf16.Encode([]rune(string(pass))) {
		h.Write([]byte{byte(u >> 8), byte(u)})
	}
	h.Write([]byte("Mighty Aphrodite")) // the constant of Sun's JavaKeyStore
	h.Write(f.data[:f.body])
	return hmac.Equal(h.Sum(nil), f.data[f.body:])
}

// PrivateKey opens the key of a JKS entry: PKCS#8 in DER. The store's own
// passphrase has been verified; the entry's may be another one.
func (f *File) PrivateKey(alias string, storePass, keyPass []byte) ([]byte, error) {
	if f.JCEKS {
		return nil, &pbe.UnsupportedError{Scheme: "PBEWithMD5AndTripleDES of JCEKS", Reader: "keytool"}
	}
	store := keystore.New(keystore.WithCaseExactAliases())
	if err := store.Load(bytes.NewReader(f.data), bytes.Clone(storePass)); err != nil {
		return nil, pbe.ErrPassphrase
	}
	entry, err := store.GetPrivateKeyEntry(alias, bytes.Clone(keyPass))
	if err != nil {
		return nil, pbe.ErrPassphrase
	}
	return entry.PrivateKey, nil
}

// reader reads Java's DataOutput within the bounds of the data.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) bytes(n int64) []byte {
	if r.bad || n < 0 || n > int64(len(r.rest)) {
		r.bad = true
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) uint32() uint32 {
	if b := r.bytes(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) string() string {
	if b := r.bytes(2); b != nil {
		return string(r.bytes(int64(binary.BigEndian.Uint16(b))))
	}
	return ""
}

func (r *reader) certificate(version uint32) []byte {
	if version != 1 {
		r.string() // its type, X.509
	}
	return r.bytes(int64(r.uint32()))
}
