package pki

import (
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"mutual/diagnose/cause"
	"mutual/pki/internal/pbe"
)

// decryptLegacy opens a key encrypted by RFC 1421 headers, OpenSSL's
// traditional form. Its check of the passphrase is weak, so a key that does
// not parse afterwards counts as a wrong passphrase, but for one that is sound.
func decryptLegacy(b pemBlock, pass func() ([]byte, *keyFault)) (crypto.Signer, *keyFault) {
	cipher, _, _ := strings.Cut(b.headers["DEK-Info"], ",")
	if cipher == "" {
		return nil, &keyFault{code: cause.PEMTruncated, found: "an encrypted key without its DEK-Info line", want: "the line DEK-Info: CIPHER,IV"}
	}
	phrase, fault := pass()
	if fault != nil {
		return nil, fault
	}
	//lint:ignore SA1019 users have such keys; the weakness is theirs to know
	der, err := x509.DecryptPEMBlock(&pem.Block{Type: b.label, Headers: b.headers, Bytes: b.der}, phrase)
	if err != nil && !errors.Is(err, x509.IncorrectPasswordError) {
		return nil, sealed(&pbe.UnsupportedError{Scheme: cipher, Reader: "openssl pkey"})
	}
	if err == nil {
		if b.label == "DSA PRIVATE KEY" && derShape(der) == derKey {
			return nil, soundKey("DSA")
		}
		if key, fault := parseKey(der); fault == nil || fault.sound {
			return key, fault
		}
	}
	return nil, &keyFault{code: cause.KeyWrongPassphrase}
}

// decryptPKCS8 opens an EncryptedPrivateKeyInfo (RFC 5958 §3).
func decryptPKCS8(der []byte, pass func() ([]byte, *keyFault)) (crypto.Signer, *keyFault) {
	if n, ok := derLength(der); ok && n > len(der) {
		return nil, &keyFault{code: cause.PEMTruncated, found: fmt.Sprintf("a key cut off after %d of %d bytes", len(der), n), want: "the whole key"}
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		Data      []byte
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, unsupportedKey("a damaged encrypted private key")
	}
	if err := pbe.Readable(info.Algorithm); err != nil { // before anybody is asked
		return nil, encryptedFault(err)
	}
	phrase, fault := pass()
	if fault != nil {
		return nil, fault
	}
	plain, err := pbe.NewOpener(phrase).Decrypt(info.Algorithm, info.Data)
	if err != nil {
		return nil, encryptedFault(err)
	}
	key, fault := parseKey(plain)
	if fault != nil && !fault.sound {
		if derShape(plain) == derKey {
			return nil, fault // it opened, and what came out is no good key
		}
		return nil, &keyFault{code: cause.KeyWrongPassphrase}
	}
	return key, fault
}

// encryptedFault is what stands in the way of opening a key.
func encryptedFault(err error) *keyFault {
	if unread, ok := errors.AsType[*pbe.UnsupportedError](err); ok {
		return sealed(unread)
	}
	if errors.Is(err, pbe.ErrPassphrase) {
		return &keyFault{code: cause.KeyWrongPassphrase}
	}
	return unsupportedKey("a damaged encrypted private key")
}

// sealed is a key whose encryption is not read here, and who reads it.
func sealed(err *pbe.UnsupportedError) *keyFault {
	fault := unsupportedKey("a key that is encrypted with %s", err.Scheme)
	if err.Reader != "" {
		fault.found += ", which " + err.Reader + " opens"
	}
	fault.sound, fault.want = true, "a key encrypted with AES"
	return fault
}
