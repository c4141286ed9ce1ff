// Package pkcs12 reads PKCS#12 files (RFC 7292) of every maker: in DER or BER,
// with any number of keys and certificates or with one kind alone, with each
// MAC or none. It keeps what Go's parsers of certificates and keys make of the
// parts to its caller.
package pkcs12

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"

	"mutual/pki/internal/ber"
	"mutual/pki/internal/pbe"
)

// ErrAltered: the passphrase opens the parts, but the MAC over them is not
// theirs: the file was changed after it was made.
var ErrAltered = errors.New("its parts open with this passphrase, but its MAC is not theirs: the file was changed")

// ErrMalformed: not a PKCS#12 file, or a damaged one.
var ErrMalformed = errors.New("malformed PKCS#12")

// Kind is what a bag holds (RFC 7292 §4.2).
type Kind int

// The kinds of bags.
const (
	Unknown     Kind = iota
	Key              // Bag.DER is a PKCS#8 PrivateKeyInfo, nil where Bag.Err says why
	Certificate      // Bag.DER is an X.509 certificate
	CRL              // Bag.DER is a revocation list
	Secret
)

// Bag is one thing that a file holds.
type Bag struct {
	Kind       Kind
	DER        []byte
	Name       string // the friendlyName, which Java calls alias
	LocalKeyID []byte // joins a key and its certificate
	// TrustedKeyUsage: the certificate has the attribute by which Java tells a
	// trusted certificate (2.16.840.1.113894.746875.1.1).
	TrustedKeyUsage bool
	Encrypted       bool  // a key under a passphrase
	Err             error // why a key, or a part of the file, could not be opened
}

// File is a PKCS#12 file whose outline has been read, which takes no
// passphrase.
type File struct {
	// BER: the file is not in DER, which some readers insist on.
	BER bool
	// MAC is how the file is authenticated: "HMAC-SHA256", "PBMAC1 with
	// HMAC-SHA256"; empty where it is not.
	MAC string
	// Encryption are the ways in which parts are encrypted, each once.
	Encryption []string
	// Legacy: OpenSSL 3 opens it with -legacy only.
	Legacy bool
	// Old: all in it is SHA-1, RC2, RC4 and 3DES, which every old reader has.
	Old bool

	safe  []byte // AuthenticatedSafe, over which the MAC goes
	parts []part
	mac   macData
}

// part is a ContentInfo of the AuthenticatedSafe.
type part struct {
	algorithm pkix.AlgorithmIdentifier // of an encrypted one
	encrypted bool
	data      []byte
	err       error
}

var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidEnvelopedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 3}
	oidEncryptedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 6}
)

type contentInfo struct {
	ContentType asn1.ObjectIdentifier
	Content     asn1.RawValue `asn1:"tag:0,explicit,optional"`
}

// Parse reads the outline of a file.
func Parse(data []byte) (*File, error) {
	der, n, err := ber.ToDER(data)
	if err != nil {
		return nil, ErrMalformed
	}
	var pfx struct {
		Version  int
		AuthSafe contentInfo
		MacData  asn1.RawValue `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(der, &pfx); err != nil || pfx.Version != 3 {
		return nil, ErrMalformed
	}
	f := &File{BER: string(der) != string(data[:n]), Old: true}
	switch {
	case pfx.AuthSafe.ContentType.Equal(oidSignedData):
		return nil, &pbe.UnsupportedError{Scheme: "a signature in place of a MAC"}
	case !pfx.AuthSafe.ContentType.Equal(oidData):
		return nil, ErrMalformed
	}
	if _, err := asn1.Unmarshal(pfx.AuthSafe.Content.Bytes, &f.safe); err != nil {
		return nil, ErrMalformed
	}
	if len(pfx.MacData.FullBytes) > 0 {
		if err := f.parseMAC(pfx.MacData.FullBytes); err != nil {
			return nil, err
		}
	}
	var infos []contentInfo
	if der, _, err = ber.ToDER(f.safe); err != nil {
		return nil, ErrMalformed
	}
	if _, err := asn1.Unmarshal(der, &infos); err != nil {
		return nil, ErrMalformed
	}
	for _, info := range infos {
		f.parts = append(f.parts, f.part(info))
	}
	return f, nil
}

// part reads the outline of one ContentInfo.
func (f *File) part(info contentInfo) part {
	switch {
	case info.ContentType.Equal(oidData):
		var data []byte
		if _, err := asn1.Unmarshal(info.Content.Bytes, &data); err != nil {
			return part{err: ErrMalformed}
		}
		p := part{data: data}
		for _, b := range rawBags(data) {
			if b.ID.Equal(oidShroudedKeyBag) {
				if enc, err := encryptedKey(b.Value.Bytes); err == nil {
					f.noteEncryption(enc.Algorithm)
				}
			}
		}
		return p
	case info.ContentType.Equal(oidEncryptedData):
		var enc struct {
			Version int
			Info    struct {
				ContentType asn1.ObjectIdentifier
				Algorithm   pkix.AlgorithmIdentifier
				Content     asn1.RawValue `asn1:"tag:0,optional"`
			}
		}
		if _, err := asn1.Unmarshal(info.Content.Bytes, &enc); err != nil {
			return part{err: ErrMalformed}
		}
		f.noteEncryption(enc.Info.Algorithm)
		return part{algorithm: enc.Info.Algorithm, encrypted: true, data: octets(enc.Info.Content)}
	case info.ContentType.Equal(oidEnvelopedData):
		return part{err: &pbe.UnsupportedError{Scheme: "the public key of a recipient, in place of a passphrase"}}
	}
	return part{err: ErrMalformed}
}

// octets is the content of an implicitly tagged OCTET STRING, which BER may
// have in pieces.
func octets(v asn1.RawValue) []byte {
	if !v.IsCompound {
		return v.Bytes
	}
	var out []byte
	for rest := v.Bytes; len(rest) > 0; {
		var piece []byte
		var err error
		if rest, err = asn1.Unmarshal(rest, &piece); err != nil {
			return nil
		}
		out = append(out, piece...)
	}
	return out
}

func (f *File) noteEncryption(alg pkix.AlgorithmIdentifier) {
	name := pbe.Name(alg)
	f.Legacy = f.Legacy || pbe.Legacy(alg)
	f.Old = f.Old && !pbe.IsPBES2(alg)
	for _, have := range f.Encryption {
		if have == name {
			return
		}
	}
	f.Encryption = append(f.Encryption, name)
}

// Open opens the file with a passphrase in UTF-8. The error is
// pbe.ErrPassphrase, ErrAltered, ErrMalformed or a *pbe.UnsupportedError; a part
// or key that alone stays closed is a Bag with Err.
func (f *File) Open(pass []byte) ([]Bag, error) {
	opener := pbe.NewOpener(pass)
	verified, macErr := f.verify(opener, pass)
	var bags []Bag
	opened, wrong := 0, 0
	for _, p := range f.parts {
		data, err := p.data, p.err
		if err == nil && p.encrypted {
			data, err = opener.Decrypt(p.algorithm, p.data)
			if err == nil && !wellFormed(data) {
				err = pbe.ErrPassphrase
			}
			if err == nil {
				opened++
			} else if errors.Is(err, pbe.ErrPassphrase) {
				wrong++
			}
		}
		if err != nil {
			bags = append(bags, Bag{Encrypted: p.encrypted, Err: err})
			continue
		}
		bags = append(bags, readBags(data, opener, 0)...)
	}
	for _, b := range bags {
		if b.Kind == Key && b.Encrypted {
			if b.Err == nil {
				opened++
			} else if errors.Is(b.Err, pbe.ErrPassphrase) {
				wrong++
			}
		}
	}
	switch {
	case verified:
		return bags, nil
	case errors.Is(macErr, pbe.ErrPassphrase) && opened > 0:
		return nil, ErrAltered
	case errors.Is(macErr, pbe.ErrPassphrase):
		return nil, pbe.ErrPassphrase
	case opened == 0 && wrong > 0: // no MAC, or one that is not read here
		return nil, pbe.ErrPassphrase
	}
	return bags, nil
}
