package pki

import (
	"crypto/x509"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// parseRequest parses a certificate request (RFC 2986), also one whose key is of
// a kind or on a curve that crypto/x509 refuses: then PublicKey is nil, and all
// else is there.
func parseRequest(der []byte) (*x509.CertificateRequest, error) {
	csr, err := x509.ParseCertificateRequest(der)
	if err == nil {
		return csr, nil
	}
	other, spki, ok := withOtherKey(der)
	if !ok {
		return nil, err
	}
	csr, otherErr := x509.ParseCertificateRequest(other)
	if otherErr != nil {
		return nil, err // the key was not what is wrong with it
	}
	csr.Raw, csr.RawTBSCertificateRequest = der, derElement(content(derElement(der)))
	csr.RawSubjectPublicKeyInfo, csr.PublicKey, csr.PublicKeyAlgorithm = spki, nil, x509.UnknownPublicKeyAlgorithm
	return csr, nil
}

// withOtherKey puts a key that crypto/x509 reads in place of a request's own,
// which it returns.
func withOtherKey(der []byte) (other, spki []byte, ok bool) {
	input := cryptobyte.String(der)
	var body, info, version, subject, key cryptobyte.String
	if !input.ReadASN1(&body, cbasn1.SEQUENCE) || !body.ReadASN1(&info, cbasn1.SEQUENCE) ||
		!info.ReadASN1Element(&version, cbasn1.INTEGER) || !info.ReadASN1Element(&subject, cbasn1.SEQUENCE) ||
		!info.ReadASN1Element(&key, cbasn1.SEQUENCE) {
		return nil, nil, false
	}
	var b cryptobyte.Builder
	b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(cbasn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(version)
			b.AddBytes(subject)
			b.AddBytes(append([]byte{0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0}, make([]byte, 32)...)) // Ed25519
			b.AddBytes(info)
		})
		b.AddBytes(body)
	})
	other, err := b.Bytes()
	return other, key, err == nil
}
