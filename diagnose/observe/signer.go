package observe

import (
	"crypto"
	"io"
)

// watchedSigner notes whether the client's key was able to sign: a token that
// is locked or a key that is not allowed for signing fails only here.
type watchedSigner struct {
	crypto.Signer
	failed *bool
}

func (s watchedSigner) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	sig, err := s.Signer.Sign(rand, digest, opts)
	*s.failed = *s.failed || err != nil
	return sig, err
}

// watchSigner wraps a private key that signs; others are returned as they are.
func watchSigner(key crypto.PrivateKey, failed *bool) crypto.PrivateKey {
	if s, ok := key.(crypto.Signer); ok {
		return watchedSigner{s, failed}
	}
	return key
}
