package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"mutual/diagnose/cause"
	"mutual/diagnose/oid"
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
	// sound: nothing is wrong with the key, only it is none that Go's TLS signs
	// with, or it is kept in a way that is not read here.
	sound     bool
	algorithm string // of a sound key: "Ed448"
}

const wantedKey = "an ECDSA (P-256, P-384, P-521), Ed25519 or RSA key as PKCS#8, SEC 1 or PKCS#1"

func unsupportedKey(format string, args ...any) *keyFault {
	return &keyFault{code: cause.KeyFormatUnsupported, found: fmt.Sprintf(format, args...), want: wantedKey}
}

// soundKey is a key in order of an algorithm that is not used here.
func soundKey(algorithm string) *keyFault {
	fault := unsupportedKey("%s, which Go's TLS does not use", withArticle(algorithm+" key"))
	fault.sound, fault.algorithm = true, algorithm
	return fault
}

// parseKeyBlock reads a private key from a PEM block of any key label.
func parseKeyBlock(b pemBlock, pass func() ([]byte, *keyFault)) (crypto.Signer, *keyFault) {
	switch {
	case b.label == "OPENSSH PRIVATE KEY":
		return nil, unsupportedKey("an OpenSSH private key")
	case b.label == "DSA PRIVATE KEY" && b.headers["Proc-Type"] == "":
		return nil, soundKey("DSA")
	case strings.HasPrefix(b.label, "SSH2 "), strings.HasPrefix(b.label, "PGP "):
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
		fault := unsupportedKey("a key that cannot sign, for key agreement only")
		fault.sound, fault.algorithm = true, "X25519"
		return nil, fault
	}
	return nil, whyNoKey(der)
}

// whyNoKey tells a damaged key from one of an algorithm that Go lacks.
func whyNoKey(der []byte) *keyFault {
	if n, ok := derLength(der); ok && n > len(der) {
		return &keyFault{code: cause.PEMTruncated, found: fmt.Sprintf("a key cut off after %d of %d bytes", len(der), n), want: "the whole key"}
	}
	input := cryptobyte.String(der)
	var body, params cryptobyte.String
	var version int
	if input.ReadASN1(&body, cbasn1.SEQUENCE) && body.ReadASN1Integer(&version) {
		inner := body
		if a, ok := oid.ReadAlgorithm(&inner); ok && inner.PeekASN1Tag(cbasn1.OCTET_STRING) {
			return whyNotUsed(a)
		}
		var has bool
		if body.SkipASN1(cbasn1.OCTET_STRING) && version == 1 && body.ReadOptionalASN1(&params, &has, cbasn1.Tag(0).ContextSpecific().Constructed()) && has {
			return whyNotUsed(oid.Algorithm{ID: oidECPublicKey, Parameters: params})
		}
	}
	if isDSAKey(der) {
		return soundKey("DSA")
	}
	switch kind := derShape(der); kind {
	case derKey, derUnknown:
		return unsupportedKey("a damaged private key")
	default:
		return &keyFault{code: cause.PEMWrongType, found: string(kind), want: "a private key"}
	}
}

// isDSAKey reports whether der is a DSA key as OpenSSL has always written it: a
// version of 0 and five numbers.
func isDSAKey(der []byte) bool {
	input := cryptobyte.String(der)
	var body cryptobyte.String
	var version int
	if !input.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1Integer(&version) || version != 0 {
		return false
	}
	n := 0
	for ; !body.Empty(); n++ {
		if !body.SkipASN1(cbasn1.INTEGER) {
			return false
		}
	}
	return n == 5
}

var oidECPublicKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}

// whyNotUsed tells a damaged key of a known algorithm from a sound one of
// another.
func whyNotUsed(a oid.Algorithm) *keyFault {
	switch name := a.KeyName(); name {
	case "RSA", "Ed25519":
		return unsupportedKey("a damaged %s key", name)
	case "ECDSA P-224", "ECDSA P-256", "ECDSA P-384", "ECDSA P-521":
		return unsupportedKey("a damaged EC key")
	case "ECDSA with explicit parameters":
		fault := unsupportedKey("an EC key with its curve written out as explicit parameters, which Go does not read")
		fault.sound, fault.algorithm = true, name
		return fault
	default:
		return soundKey(name)
	}
}

func withArticle(noun string) string {
	if strings.ContainsRune("AEIOUaeiouXRSM", rune(noun[0])) && noun[:2] != "SS" {
		return "an " + noun
	}
	return "a " + noun
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
