package pki

import (
	"crypto/x509"
	"strings"

	"golang.org/x/crypto/cryptobyte"

	"mutual/diagnose/chain/der"
	"mutual/diagnose/chain/signature"
	"mutual/diagnose/oid"
)

// signed tells whether a certificate request was signed by its own key, with
// whatever algorithm. A weak one is no fault of the signature.
func signed(request []byte) Signed {
	r, err := der.ParseRequest(request)
	if err != nil {
		return SignedUnknown
	}
	key, err := signature.ParseKey(r.Key)
	if err != nil || signature.Name(r.SignatureAlgorithm) == r.SignatureAlgorithm.OID.String() {
		return SignedUnknown // an algorithm that has no name there is not checked
	}
	switch key.Verify(r.SignatureAlgorithm, r.RawInfo, r.SignatureValue) {
	case signature.Fits:
		return SignedYes
	case signature.Wrong:
		return SignedNo
	}
	return SignedUnknown
}

// signatureAlgorithm is crypto/x509's name for an AlgorithmIdentifier, or
// UnknownSignatureAlgorithm.
func signatureAlgorithm(der []byte) x509.SignatureAlgorithm {
	input := cryptobyte.String(der)
	a, ok := oid.ReadAlgorithm(&input)
	if !ok {
		return x509.UnknownSignatureAlgorithm
	}
	name := a.SignatureName()
	if hash, ok := strings.CutPrefix(name, "RSASSA-PSS with SHA-"); ok {
		name = "SHA" + hash + "-RSAPSS"
	}
	for alg := x509.MD2WithRSA; alg <= x509.PureEd25519; alg++ {
		if alg.String() == name {
			return alg
		}
	}
	return x509.UnknownSignatureAlgorithm
}

func trimX509(err error) string { return strings.TrimPrefix(err.Error(), "x509: ") }
