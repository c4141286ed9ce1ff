package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"mutual/diagnose/chain/der"
	"mutual/pki/internal/jks"
)

// derKind is what a DER value turns out to be.
type derKind string

const (
	derUnknown      derKind = ""
	derCert         derKind = "a certificate"
	derCSR          derKind = "a certificate signing request"
	derCRL          derKind = "a revocation list"
	derPublicKey    derKind = "a public key"
	derKey          derKind = "a private key"
	derEncryptedKey derKind = "an encrypted private key"
	derPKCS7        derKind = "a PKCS#7 bundle"
	derPKCS12       derKind = "a PKCS#12 key store"
	derJKS          derKind = "a Java key store (JKS)"
	derBKS          derKind = "a Bouncy Castle key store (BKS)"
	derBCFKS        derKind = "a Bouncy Castle key store (BCFKS)"
	derOCSP         derKind = "an OCSP response"
	derOCSPRequest  derKind = "an OCSP request"
)

// sniffBinary tells what a file that is not text holds. length is that of the
// outermost value as the file states it, which is more than len(data) if the
// file is cut off.
func sniffBinary(data []byte) (kind derKind, length int) {
	switch {
	case jks.Is(data):
		return derJKS, len(data)
	case isBKS(data):
		return derBKS, len(data)
	}
	n, ok := derLength(data)
	if !ok {
		return derUnknown, 0
	}
	return derShape(data[:min(n, len(data))]), n
}

// derLength is the whole length of the DER SEQUENCE that data starts with, by
// its header alone. BER's indefinite length counts as the rest of data.
func derLength(data []byte) (int, bool) {
	if len(data) < 2 || data[0] != 0x30 {
		return 0, false
	}
	switch l := int(data[1]); {
	case l < 0x80:
		return 2 + l, true
	case l == 0x80:
		return len(data), true
	case l <= 0x84 && len(data) >= 2+l-0x80:
		n := 0
		for _, b := range data[2 : 2+l-0x80] {
			n = n<<8 | int(b)
		}
		return 2 + l - 0x80 + n, true
	}
	return 0, false
}

// derShape tells the kinds apart by the outline of the outermost values, so
// that a damaged or cut off value is still recognised.
func derShape(data []byte) derKind {
	top, _ := derContent(data)
	first := derElement(top)
	second := derElement(after(top, first))
	switch tagOf(first) {
	case 0x02: // INTEGER: a version
		version := content(first)
		switch tagOf(second) {
		case 0x30:
			if oid := derElement(content(second)); tagOf(oid) == 0x06 && bytes.Equal(version, []byte{3}) && isPKCS7OID(content(oid)) {
				return derPKCS12
			}
			return derKey // PKCS#8
		case 0x02, 0x04:
			if len(version) > 1 {
				return derPublicKey // PKCS#1: modulus, exponent
			}
			return derKey // PKCS#1, SEC 1
		}
	case 0x06: // OBJECT IDENTIFIER
		if isPKCS7OID(content(first)) || isCMSOID(content(first)) {
			return derPKCS7
		}
	case 0x0a: // ENUMERATED: the status of an OCSP response (RFC 6960 §4.2.1)
		if len(content(first)) == 1 && (second == nil || tagOf(second) == 0xa0) {
			return derOCSP
		}
	case 0x30:
		inner := content(first)
		switch e := derElement(inner); tagOf(e) {
		case 0x06: // an AlgorithmIdentifier
			if tagOf(second) == 0x03 {
				return derPublicKey
			}
			if tagOf(second) == 0x04 {
				return derEncryptedKey
			}
		case 0xa0:
			return derCert
		case 0x30: // a v1 CRL: algorithm, name, time; BCFKS: algorithm, octets
			if isCertIDs(e) {
				return derOCSPRequest
			}
			if tagOf(derElement(content(e))) != 0x06 {
				break
			}
			next := derElement(after(inner, e))
			if tagOf(next) == 0x04 {
				return derBCFKS
			}
			if t := tagOf(derElement(after(after(inner, e), next))); t == 0x17 || t == 0x18 {
				return derCRL
			}
		case 0x02:
			switch next := derElement(after(inner, e)); tagOf(next) {
			case 0x30:
				// v1 certificate: serial, algorithm; CSR: version 0, name; CRL:
				// version 1, algorithm, name, time.
				alg := derElement(content(next))
				if tagOf(alg) != 0x06 {
					return derCSR
				}
				third := derElement(after(after(inner, e), next))
				fourth := derElement(after(after(after(inner, e), next), third))
				if t := tagOf(fourth); t == 0x17 || t == 0x18 {
					return derCRL
				}
				return derCert
			}
		}
	}
	return derUnknown
}

// isPKCS7OID reports whether oid is id-data or id-signedData (RFC 2315 §14).
func isPKCS7OID(oid []byte) bool {
	return len(oid) == 9 && bytes.Equal(oid[:8], []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07})
}

// isCMSOID reports whether oid is a content type of RFC 5083 or RFC 3274.
func isCMSOID(oid []byte) bool {
	return len(oid) == 11 && bytes.Equal(oid[:10], []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01})
}

// isCertIDs reports whether list is the requestList of an OCSP request (RFC 6960
// §4.1.1): requests that start with a CertID, which starts with an algorithm.
func isCertIDs(list []byte) bool {
	id := derElement(content(derElement(content(list))))
	hash := derElement(content(id))
	return tagOf(id) == 0x30 && tagOf(hash) == 0x30 && tagOf(derElement(content(hash))) == 0x06 && tagOf(derElement(after(content(id), hash))) == 0x04
}

// isBKS reports whether data starts as Bouncy Castle's BKS: a version, and a
// salt of 20 bytes with its length before and an iteration count behind it.
func isBKS(data []byte) bool {
	return len(data) > 32 && bytes.Equal(data[:3], []byte{0, 0, 0}) && (data[3] == 1 || data[3] == 2) &&
		bytes.Equal(data[4:8], []byte{0, 0, 0, 20}) && data[28] == 0
}

// derContent returns the content of the value that data starts with, cut where
// data ends.
func derContent(data []byte) ([]byte, bool) {
	e := derElement(data)
	return content(e), e != nil
}

// derElement returns the value that data starts with, with its header, cut
// where data ends; nil if there is no header.
func derElement(data []byte) []byte {
	if len(data) < 2 {
		return nil
	}
	header, n := headerLength(data)
	if header == 0 {
		return nil
	}
	return data[:min(len(data), header+n)]
}

func headerLength(data []byte) (header, n int) {
	switch l := int(data[1]); {
	case l < 0x80:
		return 2, l
	case l == 0x80:
		return 2, len(data) - 2
	case l <= 0x84 && len(data) >= 2+l-0x80:
		for _, b := range data[2 : 2+l-0x80] {
			n = n<<8 | int(b)
		}
		return 2 + l - 0x80, n
	}
	return 0, 0
}

func content(element []byte) []byte {
	if len(element) < 2 {
		return nil
	}
	header, _ := headerLength(element)
	return element[header:]
}

func after(data, element []byte) []byte { return data[len(element):] }

func tagOf(element []byte) byte {
	if len(element) == 0 {
		return 0
	}
	return element[0]
}

// spkiBits returns the subjectPublicKey BIT STRING's content of a
// SubjectPublicKeyInfo (RFC 5280 §4.1).
func spkiBits(der []byte) ([]byte, error) {
	input := cryptobyte.String(der)
	var spki cryptobyte.String
	var bits asn1.BitString
	if !input.ReadASN1(&spki, cbasn1.SEQUENCE) || !spki.SkipASN1(cbasn1.SEQUENCE) || !spki.ReadASN1BitString(&bits) {
		return nil, errors.New("malformed public key")
	}
	return bits.Bytes, nil
}

// certSPKI returns the SubjectPublicKeyInfo of a certificate by outline alone,
// so that also one that breaks the standard elsewhere yields its key; nil if
// there is none.
func certSPKI(der []byte) []byte {
	cert, _ := derContent(der)
	rest, ok := derContent(cert)
	if !ok {
		return nil
	}
	if e := derElement(rest); tagOf(e) == 0xa0 { // version
		rest = after(rest, e)
	}
	for range 5 { // serialNumber, signature, issuer, validity, subject
		e := derElement(rest)
		if e == nil {
			return nil
		}
		rest = after(rest, e)
	}
	return derElement(rest)
}

// whyMalformed is the reason why a certificate cannot be parsed, in a form for
// people.
func whyMalformed(raw []byte, err error) string {
	if n, ok := derLength(raw); ok && n > len(raw) {
		return fmt.Sprintf("a certificate cut off after %d of %d bytes", len(raw), n)
	}
	if kind := derShape(raw); kind != derCert && kind != derUnknown {
		return string(kind)
	}
	if why := der.Why(raw); why != "" {
		return why
	}
	return trimX509(err)
}

// parsePublicKey is the key of a SubjectPublicKeyInfo, or nil.
func parsePublicKey(spki []byte) any {
	key, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return nil
	}
	return key
}
