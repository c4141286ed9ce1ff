package observe

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
)

// sameKindOfKey makes a fresh key of the kind and size of the certificate's,
// or nil where it cannot.
func sameKindOfKey(x *x509.Certificate) crypto.Signer {
	switch pub := x.PublicKey.(type) {
	case *ecdsa.PublicKey:
		if k, err := ecdsa.GenerateKey(pub.Curve, rand.Reader); err == nil {
			return k
		}
	case ed25519.PublicKey:
		if _, k, err := ed25519.GenerateKey(rand.Reader); err == nil {
			return k
		}
	case *rsa.PublicKey:
		if bits := pub.N.BitLen(); bits >= 1024 && bits <= 4096 {
			if k, err := rsa.GenerateKey(rand.Reader, bits); err == nil {
				return k
			}
		}
	}
	return nil
}
