package roots

import (
	"crypto/sha256"
	"crypto/x509"
	"embed"
	"encoding/base64"
	"encoding/hex"

	"mutual/diagnose"
)

//go:embed certs/*.pem
var certs embed.FS

func embedded(file string) []byte {
	data, err := certs.ReadFile("certs/" + file)
	if err != nil {
		panic("roots: " + err.Error()) // a broken build of ours
	}
	return data
}

// ExpiredGlobalSignR2 is the root that Google's page of 2018 named. It is dead
// since 2021-12-15 and serves to show what an old bundle looks like.
func ExpiredGlobalSignR2() *x509.Certificate {
	parsed, err := Parse(embedded("globalsign-r2-expired.pem"))
	if err != nil {
		panic("roots: " + err.Error())
	}
	return parsed[0]
}

// Known recognises a certificate of Google's, past or present, by its key.
func Known(c *x509.Certificate) (diagnose.KnownCA, bool) { return diagnose.KnownCAOf(c) }

// SPKI is the pin of the certificate's public key: the SHA-256 of its
// SubjectPublicKeyInfo in base64. Source: RFC 7469 §2.4.
func SPKI(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Fingerprint is the SHA-256 of the certificate in hexadecimal.
func Fingerprint(c *x509.Certificate) string { return hexSHA256(c.Raw) }

func hexSHA256(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
