package pkcs12

import (
	"crypto/x509/pkix"
	"encoding/asn1"
	"unicode/utf16"

	"mutual/pki/internal/ber"
	"mutual/pki/internal/pbe"
)

var (
	oidKeyBag         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 1}
	oidShroudedKeyBag = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 2}
	oidCertBag        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 3}
	oidCRLBag         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 4}
	oidSecretBag      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 5}
	oidSafeContents   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 12, 10, 1, 6}

	oidX509Certificate = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 22, 1}
	oidX509CRL         = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 23, 1}

	oidFriendlyName    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 20}
	oidLocalKeyID      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 21}
	oidTrustedKeyUsage = asn1.ObjectIdentifier{2, 16, 840, 1, 113894, 746875, 1, 1}
)

// safeBag is SafeBag of RFC 7292 §4.2.
type safeBag struct {
	ID         asn1.ObjectIdentifier
	Value      asn1.RawValue  `asn1:"tag:0,explicit"`
	Attributes []bagAttribute `asn1:"set,optional"`
}

type bagAttribute struct {
	ID    asn1.ObjectIdentifier
	Value asn1.RawValue `asn1:"set"`
}

type encryptedKeyInfo struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

func encryptedKey(der []byte) (k encryptedKeyInfo, err error) {
	_, err = asn1.Unmarshal(der, &k)
	return k, err
}

// wellFormed reports whether decrypted data is SafeContents: what a wrong
// passphrase yields, if its padding is right by chance, is not.
func wellFormed(data []byte) bool {
	der, _, err := ber.ToDER(data)
	if err != nil {
		return false
	}
	var bags []asn1.RawValue
	_, err = asn1.Unmarshal(der, &bags)
	return err == nil
}

func rawBags(data []byte) []safeBag {
	der, _, err := ber.ToDER(data)
	if err != nil {
		return nil
	}
	var list []asn1.RawValue
	if _, err := asn1.Unmarshal(der, &list); err != nil {
		return nil
	}
	bags := make([]safeBag, 0, len(list))
	for _, raw := range list {
		var b safeBag
		if _, err := asn1.Unmarshal(raw.FullBytes, &b); err != nil {
			b = safeBag{}
		}
		bags = append(bags, b)
	}
	return bags
}

// readBags reads SafeContents, and those nested in it to a small depth.
func readBags(data []byte, opener *pbe.Opener, depth int) []Bag {
	var bags []Bag
	for _, raw := range rawBags(data) {
		if raw.ID.Equal(oidSafeContents) && depth < 4 {
			bags = append(bags, readBags(raw.Value.Bytes, opener, depth+1)...)
			continue
		}
		b := raw.read(opener)
		for _, a := range raw.Attributes {
			b.attribute(a)
		}
		bags = append(bags, b)
	}
	return bags
}

func (raw safeBag) read(opener *pbe.Opener) Bag {
	switch {
	case raw.ID.Equal(oidKeyBag):
		return Bag{Kind: Key, DER: raw.Value.Bytes}
	case raw.ID.Equal(oidShroudedKeyBag):
		b := Bag{Kind: Key, Encrypted: true}
		k, err := encryptedKey(raw.Value.Bytes)
		if err != nil {
			b.Err = ErrMalformed
			return b
		}
		if b.DER, b.Err = opener.Decrypt(k.Algorithm, k.Data); b.Err == nil && !wellFormed(b.DER) {
			b.DER, b.Err = nil, pbe.ErrPassphrase
		}
		return b
	case raw.ID.Equal(oidCertBag):
		return raw.typed(Certificate, oidX509Certificate)
	case raw.ID.Equal(oidCRLBag):
		return raw.typed(CRL, oidX509CRL)
	case raw.ID.Equal(oidSecretBag):
		return Bag{Kind: Secret}
	}
	return Bag{Err: ErrMalformed}
}

// typed reads CertBag and CRLBag, which are built alike.
func (raw safeBag) typed(kind Kind, want asn1.ObjectIdentifier) Bag {
	var v struct {
		ID    asn1.ObjectIdentifier
		Value []byte `asn1:"tag:0,explicit"`
	}
	if _, err := asn1.Unmarshal(raw.Value.Bytes, &v); err != nil || !v.ID.Equal(want) {
		return Bag{Err: ErrMalformed}
	}
	return Bag{Kind: kind, DER: v.Value}
}

func (b *Bag) attribute(a bagAttribute) {
	switch {
	case a.ID.Equal(oidFriendlyName):
		var v asn1.RawValue
		if _, err := asn1.Unmarshal(a.Value.Bytes, &v); err == nil && v.Tag == asn1.TagBMPString {
			b.Name = fromBMP(v.Bytes)
		}
	case a.ID.Equal(oidLocalKeyID):
		var id []byte
		if _, err := asn1.Unmarshal(a.Value.Bytes, &id); err == nil {
			b.LocalKeyID = id
		}
	case a.ID.Equal(oidTrustedKeyUsage):
		b.TrustedKeyUsage = true
	}
}

func fromBMP(data []byte) string {
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = uint16(data[2*i])<<8 | uint16(data[2*i+1])
	}
	return string(utf16.Decode(units))
}
