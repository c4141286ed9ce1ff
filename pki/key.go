package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/youmark/pkcs8"

	"mutual/diagnose/cause"
)

// PassFunc is asked for the passphrase of the file at path, at most once a
// file, and only if it is needed. Returning nil and no error means that there
// is none.
type PassFunc func(path string) ([]byte, error)

// keyFault says why a key could not be had, by a code and in a few words. It
// never quotes the key.
type keyFault struct {
	code        cause.Code
	found, want string
}

func unsupportedKey(format string, args ...any) *keyFault {
	return &keyFault{code: cause.KeyFormatUnsupported, found: fmt.Sprintf(format, args...), want: "an ECDSA (P-256, P-384, P-521), Ed25519 or RSA key as PKCS#8, SEC 1 or PKCS#1"}
}

// parseKeyBlock reads a private key from a PEM block of any key label.
func parseKeyBlock(b pemBlock, pass func() ([]byte, *keyFault)) (crypto.Signer, *keyFault) {
	switch {
	case b.label == "OPENSSH PRIVATE KEY":
		return nil, unsupportedKey("an OpenSSH private key")
	case strings.HasPrefix(b.label, "SSH2 "), strings.HasPrefix(b.label, "PGP "), b.label == "DSA PRIVATE KEY":
		return nil, unsupportedKey("%s", withArticle(strings.ToUpper(b.label[:4])+strings.ToLower(b.label[4:])))
	case strings.Contains(b.headers["Proc-Type"], "ENCRYPTED"):
		return decryptLegacy(b, pass)
	case b.label == "ENCRYPTED PRIVATE KEY" || derShape(b.der) == derEncryptedKey:
		return decryptPKCS8(b.der, pass)
	}
	return parseKey(b.der)
}

// parseKey reads an unencrypted private key in PKCS#8, PKCS#1 or SEC 1 form.
func parseKey(der []byte) (crypto.Signer, *keyFault) {
	for _, parse := range []func([]byte) (any, error){
		x509.ParsePKCS8PrivateKey,
		func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) },
		func(der []byte) (any, error) { return x509.ParseECPrivateKey(der) },
	} {
		key, err := parse(der)
		if err != nil {
			continue
		}
		if signer, ok := key.(crypto.Signer); ok {
			return signer, nil
		}
		return nil, unsupportedKey("a key that cannot sign, for key agreement only")
	}
	return nil, whyNoKey(der)
}

// whyNoKey tells a damaged key from one of an algorithm that Go lacks.
func whyNoKey(der []byte) *keyFault {
	if n, ok := derLength(der); ok && n > len(der) {
		return &keyFault{code: cause.PEMTruncated, found: fmt.Sprintf("a key cut off after %d of %d bytes", len(der), n), want: "the whole key"}
	}
	var p struct {
		Version   int
		Algorithm struct {
			Algorithm  asn1.ObjectIdentifier
			Parameters asn1.RawValue `asn1:"optional"`
		}
		PrivateKey []byte
		Rest       asn1.RawValue `asn1:"optional"`
		Rest2      asn1.RawValue `asn1:"optional"`
	}
	if _, err := asn1.Unmarshal(der, &p); err == nil {
		if p.Algorithm.Algorithm.Equal(asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}) {
			return whyNoECKey(p.Algorithm.Parameters.FullBytes)
		}
		if name := algorithmName(p.Algorithm.Algorithm); name != "" {
			return unsupportedKey("%s", withArticle(name+" key"))
		}
		return unsupportedKey("a key of algorithm %s", p.Algorithm.Algorithm)
	}
	var ec struct {
		Version    int
		PrivateKey []byte
		Parameters asn1.RawValue  `asn1:"optional,tag:0"`
		PublicKey  asn1.BitString `asn1:"optional,explicit,tag:1"`
	}
	if _, err := asn1.Unmarshal(der, &ec); err == nil && ec.Version == 1 {
		params, _ := derContent(ec.Parameters.FullBytes) // without the [0] around it
		return whyNoECKey(params)
	}
	switch kind := derShape(der); kind {
	case derKey, derUnknown:
		return unsupportedKey("a damaged private key")
	default:
		return &keyFault{code: cause.PEMWrongType, found: string(kind), want: "a private key"}
	}
}

func whyNoECKey(params []byte) *keyFault {
	var curve asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(params, &curve); err != nil {
		return unsupportedKey("an EC key with its curve written out as explicit parameters")
	}
	if name := algorithmName(curve); name != "" {
		return unsupportedKey("an EC key on the curve %s", name)
	}
	for _, known := range []asn1.ObjectIdentifier{{1, 2, 840, 10045, 3, 1, 7}, {1, 3, 132, 0, 33}, {1, 3, 132, 0, 34}, {1, 3, 132, 0, 35}} {
		if curve.Equal(known) {
			return unsupportedKey("a damaged EC key")
		}
	}
	return unsupportedKey("an EC key on the curve %s", curve)
}

// algorithmName names key algorithms and curves that users have and that Go's
// TLS cannot sign with.
func algorithmName(oid asn1.ObjectIdentifier) string {
	switch oid.String() {
	case "1.2.840.113549.1.1.1":
		return "damaged RSA"
	case "1.2.840.113549.1.1.10":
		return "RSA-PSS"
	case "1.2.840.10040.4.1":
		return "DSA"
	case "1.2.840.113549.1.3.1":
		return "Diffie-Hellman"
	case "1.3.101.110":
		return "X25519"
	case "1.3.101.111":
		return "X448"
	case "1.3.101.112":
		return "damaged Ed25519"
	case "1.3.101.113":
		return "Ed448"
	case "1.2.840.10045.3.1.1":
		return "P-192"
	case "1.3.132.0.10":
		return "secp256k1"
	case "1.3.36.3.3.2.8.1.1.7":
		return "brainpoolP256r1"
	case "1.3.36.3.3.2.8.1.1.11":
		return "brainpoolP384r1"
	case "1.3.36.3.3.2.8.1.1.13":
		return "brainpoolP512r1"
	case "1.2.156.10197.1.301":
		return "SM2"
	case "2.16.840.1.101.3.4.3.17":
		return "ML-DSA-44"
	case "2.16.840.1.101.3.4.3.18":
		return "ML-DSA-65"
	case "2.16.840.1.101.3.4.3.19":
		return "ML-DSA-87"
	}
	return ""
}

func withArticle(noun string) string {
	if strings.ContainsRune("AEIOUaeiouXRSM", rune(noun[0])) && noun[:2] != "SS" {
		return "an " + noun
	}
	return "a " + noun
}

// decryptLegacy opens a key encrypted by RFC 1421 headers, OpenSSL's
// traditional form. Its check of the passphrase is weak, so a key that does
// not parse afterwards counts as a wrong passphrase.
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
		return nil, unsupportedKey("a key encrypted with %s", cipher)
	}
	if err == nil {
		if key, fault := parseKey(der); fault == nil {
			return key, nil
		}
	}
	return nil, &keyFault{code: cause.KeyWrongPassphrase}
}

// The scheme of RFC 8018 that PKCS#8 files of today use, and its parts.
var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidScrypt = asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
)

type algorithmID struct {
	Algorithm  asn1.ObjectIdentifier
	Parameters asn1.RawValue `asn1:"optional"`
}

// decryptPKCS8 opens an EncryptedPrivateKeyInfo (RFC 5958 §3).
func decryptPKCS8(der []byte, pass func() ([]byte, *keyFault)) (crypto.Signer, *keyFault) {
	if n, ok := derLength(der); ok && n > len(der) {
		return nil, &keyFault{code: cause.PEMTruncated, found: fmt.Sprintf("a key cut off after %d of %d bytes", len(der), n), want: "the whole key"}
	}
	var info struct {
		Algorithm algorithmID
		Data      []byte
	}
	if _, err := asn1.Unmarshal(der, &info); err != nil {
		return nil, unsupportedKey("a damaged encrypted private key")
	}
	if !info.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, unsupportedKey("a key encrypted with the outdated scheme PBES1 (%s)", info.Algorithm.Algorithm)
	}
	if fault := checkPBES2(info.Algorithm.Parameters.FullBytes, info.Data); fault != nil {
		return nil, fault
	}
	phrase, fault := pass()
	if fault != nil {
		return nil, fault
	}
	key, err := openPKCS8(der, phrase)
	switch {
	case err == nil:
		if signer, ok := key.(crypto.Signer); ok {
			return signer, nil
		}
		return nil, unsupportedKey("a key that cannot sign, for key agreement only")
	case strings.Contains(err.Error(), "unsupported"):
		return nil, unsupportedKey("an encrypted key (%s)", strings.TrimPrefix(err.Error(), "pkcs8: "))
	}
	return nil, &keyFault{code: cause.KeyWrongPassphrase}
}

// openPKCS8 turns a panic of the decoder over hostile parameters into an error.
func openPKCS8(der, phrase []byte) (key any, err error) {
	defer func() {
		if recover() != nil {
			key, err = nil, errors.New("unsupported parameters")
		}
	}()
	return pkcs8.ParsePKCS8PrivateKey(der, phrase)
}

// checkPBES2 refuses parameters whose cost has no bound, before any is paid.
func checkPBES2(params, data []byte) *keyFault {
	const (
		maxIterations = 10_000_000
		maxMemory     = 256 << 20 // scrypt
	)
	damaged := unsupportedKey("a damaged encrypted private key")
	var p struct{ KDF, Cipher algorithmID }
	if _, err := asn1.Unmarshal(params, &p); err != nil || len(data) == 0 {
		return damaged
	}
	switch {
	case p.KDF.Algorithm.Equal(oidPBKDF2):
		var k struct {
			Salt       []byte
			Iterations int
			KeyLength  int         `asn1:"optional"`
			PRF        algorithmID `asn1:"optional"`
		}
		if _, err := asn1.Unmarshal(p.KDF.Parameters.FullBytes, &k); err != nil || k.Iterations < 1 {
			return damaged
		}
		if k.Iterations > maxIterations {
			return unsupportedKey("an encrypted key with %d iterations", k.Iterations)
		}
	case p.KDF.Algorithm.Equal(oidScrypt):
		var k struct {
			Salt      []byte
			N, R, P   int
			KeyLength int `asn1:"optional"`
		}
		if _, err := asn1.Unmarshal(p.KDF.Parameters.FullBytes, &k); err != nil || k.N < 2 || k.R < 1 || k.P < 1 {
			return damaged
		}
		if k.R > 1<<16 || k.P > 16 || k.N > maxMemory/128/k.R {
			return unsupportedKey("an encrypted key whose scrypt parameters need too much memory")
		}
	default:
		return unsupportedKey("a key encrypted by key derivation %s", p.KDF.Algorithm)
	}
	return nil
}

// looksLikeKeyLabel reports whether a block of this label holds a private key.
func looksLikeKeyLabel(label string) bool {
	return label == "PRIVATE KEY" || strings.HasSuffix(label, " PRIVATE KEY") || label == "PGP PRIVATE KEY BLOCK"
}

// foreignKeyText names key files that are text but not PEM, or "".
func foreignKeyText(data []byte) string {
	head := bytes.TrimLeft(data[:min(len(data), 256)], "\ufeff \t\r\n")
	for prefix, name := range map[string]string{
		"PuTTY-User-Key-File-": "a PuTTY private key",
		"---- BEGIN SSH2 ":     "an SSH2 key",
		"ssh-":                 "an OpenSSH public key",
		"ecdsa-sha2-":          "an OpenSSH public key",
		"{":                    "JSON",
		"<":                    "HTML or XML",
	} {
		if bytes.HasPrefix(head, []byte(prefix)) {
			return name
		}
	}
	return ""
}
