package pki

import (
	"crypto"
	"crypto/dsa" //lint:ignore SA1019 requests of old keys are checked, none is made
	"crypto/ecdsa"
	"crypto/ed25519"
	_ "crypto/md5" // the digests that crypto.Hash.New makes
	"crypto/rsa"
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha3"
	_ "crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"mutual/diagnose/oid"
)

type rdnSequence = pkix.RDNSequence

// errNotChecked: the signature is of an algorithm that is not checked here,
// which says nothing against it.
var errNotChecked = errors.New("a signature algorithm that is not checked here")

var errSignature = errors.New("the signature is not that of the key")

// checkRequest reports whether a request was signed by its own key: nil,
// errNotChecked, or that it was not. A weak digest is no fault of the signature.
func checkRequest(r *x509.CertificateRequest) error {
	input := cryptobyte.String(r.Raw)
	var body cryptobyte.String
	if !input.ReadASN1(&body, cbasn1.SEQUENCE) || !body.SkipASN1(cbasn1.SEQUENCE) {
		return errNotChecked
	}
	a, ok := oid.ReadAlgorithm(&body)
	if !ok || r.PublicKey == nil {
		return errNotChecked
	}
	if r.CheckSignature() == nil {
		return nil
	}
	return checkSignature(a, r.RawTBSCertificateRequest, r.Signature, r.PublicKey)
}

// signatureDigests are the digests by the words that oid has for them.
var signatureDigests = map[string]crypto.Hash{
	"MD5": crypto.MD5, "SHA1": crypto.SHA1, "SHA224": crypto.SHA224, "SHA256": crypto.SHA256, "SHA384": crypto.SHA384, "SHA512": crypto.SHA512,
	"SHA512-224": crypto.SHA512_224, "SHA512-256": crypto.SHA512_256,
	"SHA3-224": crypto.SHA3_224, "SHA3-256": crypto.SHA3_256, "SHA3-384": crypto.SHA3_384, "SHA3-512": crypto.SHA3_512,
}

// checkSignature checks a signature over data, also of digests that crypto/x509
// does not take.
func checkSignature(a oid.Algorithm, data, signature []byte, public any) error {
	name := a.SignatureName()
	key, digest, _ := strings.Cut(name, "-")
	if left, ok := strings.CutSuffix(name, "-RSA"); ok {
		key, digest = "RSA", left
	} else if hash, ok := strings.CutPrefix(name, "RSASSA-PSS with "); ok {
		key, digest = "PSS", strings.ReplaceAll(strings.Replace(hash, "SHA-", "SHA", 1), "/", "-")
	}
	if k, ok := public.(ed25519.PublicKey); ok && name == "Ed25519" {
		return signedIf(ed25519.Verify(k, data, signature))
	}
	hash, ok := signatureDigests[digest]
	if !ok {
		return errNotChecked
	}
	h := hash.New()
	h.Write(data)
	sum := h.Sum(nil)
	switch k := public.(type) {
	case *rsa.PublicKey:
		switch key {
		case "RSA":
			return checked(rsa.VerifyPKCS1v15(k, hash, sum, signature))
		case "PSS":
			return checked(rsa.VerifyPSS(k, hash, sum, signature, nil))
		}
	case *ecdsa.PublicKey:
		if key == "ECDSA" {
			return signedIf(ecdsa.VerifyASN1(k, sum, signature))
		}
	case *dsa.PublicKey:
		var v struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(signature, &v); err == nil && key == "DSA" {
			return signedIf(dsa.Verify(k, sum[:min(len(sum), (k.Q.BitLen()+7)/8)], v.R, v.S))
		}
	}
	return errSignature
}

// checked tells a signature that is not that of the key from one that Go's RSA
// does not take, such as that of a key that is too small.
func checked(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, rsa.ErrVerification):
		return errSignature
	}
	return errNotChecked
}

func signedIf(ok bool) error {
	if ok {
		return nil
	}
	return errSignature
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
