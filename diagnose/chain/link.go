package chain

import (
	"bytes"
	"crypto"
	"crypto/dsa" //lint:ignore SA1019 recognised, never used to sign
	"crypto/ecdsa"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
)

// link is how a certificate stands to a candidate for its issuer, whose
// subject is its issuer's name.
type link int

const (
	linkUntried link = iota
	linkSigned       // the candidate's key has signed it
	linkWeak         // ... with an algorithm that is no longer accepted
	linkUnread       // the key or algorithm is one that cannot be verified here
	linkFalse        // another key has signed it, or it was changed since
)

// SignedBy checks the signature alone, and not whether parent may sign.
func SignedBy(child, parent *x509.Certificate) error {
	return parent.CheckSignature(child.SignatureAlgorithm, child.RawTBSCertificate, child.Signature)
}

func linkOf(child, parent *x509.Certificate) link {
	digest, weak := weakDigest(child)
	switch {
	case weak:
		if verifyWeak(parent, child, digest) {
			return linkWeak
		}
	case child.SignatureAlgorithm == x509.UnknownSignatureAlgorithm, parent.PublicKey == nil:
		if keyIDsDiffer(child, parent) {
			return linkFalse
		}
		return linkUnread
	case SignedBy(child, parent) == nil:
		return linkSigned
	case shortRSA(parent.PublicKey) && verifyShortRSA(parent, child):
		return linkSigned
	}
	return linkFalse
}

// weakDigest is the digest that was signed where the certificate's algorithm
// is MD5 or SHA-1, which crypto/x509 refuses without looking at the signature.
func weakDigest(c *x509.Certificate) (asn1Digest, bool) {
	switch c.SignatureAlgorithm {
	case x509.MD5WithRSA:
		sum := md5.Sum(c.RawTBSCertificate)
		return asn1Digest{sum[:], crypto.MD5}, true
	case x509.SHA1WithRSA, x509.ECDSAWithSHA1, x509.DSAWithSHA1:
		sum := sha1.Sum(c.RawTBSCertificate)
		return asn1Digest{sum[:], crypto.SHA1}, true
	case x509.MD2WithRSA:
		return asn1Digest{}, true
	}
	return asn1Digest{}, false
}

type asn1Digest struct {
	sum  []byte
	hash crypto.Hash
}

func verifyWeak(parent, child *x509.Certificate, d asn1Digest) bool {
	if d.sum == nil { // MD2: there is no implementation to verify it with
		return !keyIDsDiffer(child, parent)
	}
	switch key := parent.PublicKey.(type) {
	case *rsa.PublicKey:
		return verifyPKCS1(key, d, child.Signature)
	case *ecdsa.PublicKey:
		return child.SignatureAlgorithm == x509.ECDSAWithSHA1 && ecdsa.VerifyASN1(key, d.sum, child.Signature)
	case *dsa.PublicKey:
		var sig struct{ R, S *big.Int }
		rest, err := asn1.Unmarshal(child.Signature, &sig)
		return err == nil && len(rest) == 0 && sig.R != nil && sig.S != nil && dsa.Verify(key, d.sum, sig.R, sig.S)
	}
	return false
}

// shortRSA reports a key that crypto/rsa no longer verifies with.
func shortRSA(key any) bool {
	k, ok := key.(*rsa.PublicKey)
	return ok && k.N.BitLen() < 1024
}

func verifyShortRSA(parent, child *x509.Certificate) bool {
	hashes := map[x509.SignatureAlgorithm]crypto.Hash{
		x509.SHA256WithRSA: crypto.SHA256, x509.SHA384WithRSA: crypto.SHA384, x509.SHA512WithRSA: crypto.SHA512,
	}
	hash, ok := hashes[child.SignatureAlgorithm]
	if !ok || !hash.Available() {
		return false
	}
	h := hash.New()
	h.Write(child.RawTBSCertificate)
	return verifyPKCS1(parent.PublicKey.(*rsa.PublicKey), asn1Digest{h.Sum(nil), hash}, child.Signature)
}

// digestPrefixes are the DER of DigestInfo up to the digest. Source: RFC 8017
// §9.2, note 1.
var digestPrefixes = map[crypto.Hash][]byte{
	crypto.MD5:    {0x30, 0x20, 0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05, 0x05, 0x00, 0x04, 0x10},
	crypto.SHA1:   {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14},
	crypto.SHA256: {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20},
	crypto.SHA384: {0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30},
	crypto.SHA512: {0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40},
}

// verifyPKCS1 verifies an RSASSA-PKCS1-v1_5 signature with keys and digests
// that crypto/rsa refuses: what follows from it is only which fault is
// reported, never that a chain is trusted. Source: RFC 8017 §8.2.2.
func verifyPKCS1(key *rsa.PublicKey, d asn1Digest, sig []byte) bool {
	size := (key.N.BitLen() + 7) / 8
	info := append(bytes.Clone(digestPrefixes[d.hash]), d.sum...)
	if len(sig) != size || size < len(info)+11 || size > 2048 {
		return false
	}
	em := new(big.Int).Exp(new(big.Int).SetBytes(sig), big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, size))
	want := append([]byte{0, 1}, bytes.Repeat([]byte{0xff}, size-len(info)-3)...)
	want = append(append(want, 0), info...)
	return bytes.Equal(em, want)
}

// keyIDsDiffer reports that the child names another key than the parent's.
func keyIDsDiffer(child, parent *x509.Certificate) bool {
	return len(child.AuthorityKeyId) > 0 && len(parent.SubjectKeyId) > 0 && !bytes.Equal(child.AuthorityKeyId, parent.SubjectKeyId)
}

func keyIDsMatch(child, parent *x509.Certificate) bool {
	return len(child.AuthorityKeyId) > 0 && bytes.Equal(child.AuthorityKeyId, parent.SubjectKeyId)
}

// signatureFits reports whether a signature of the child's algorithm can come
// from a key of the parent's type at all.
func signatureFits(child, parent *x509.Certificate) bool {
	var want x509.PublicKeyAlgorithm
	switch child.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA,
		x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS:
		want = x509.RSA
	case x509.ECDSAWithSHA1, x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512:
		want = x509.ECDSA
	case x509.DSAWithSHA1, x509.DSAWithSHA256:
		want = x509.DSA
	case x509.PureEd25519:
		want = x509.Ed25519
	default:
		return true
	}
	return parent.PublicKeyAlgorithm == want
}
