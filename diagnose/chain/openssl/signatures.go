package openssl

import (
	"slices"

	"mutual/diagnose/chain/signature"
)

// checkSignatures verifies the path from the anchor down: each certificate's
// signature by the one above, then its dates. An anchor that is not
// self-issued is not looked at unless partial chains are allowed. Source:
// OpenSSL 3.0, internal_verify.
func (j *judge) checkSignatures() bool {
	n := len(j.path) - 1
	issuer := j.path[n]
	if !issuer.issued(issuer) && !j.PartialChain {
		if n == 0 {
			return j.fail(0, UnableToVerifyLeafSignature)
		}
		n--
	}
	for ; n >= 0; n-- {
		c := j.path[n]
		if c != issuer {
			if code := issuer.maySign(c); code != OK {
				return j.fail(n+1, code)
			}
			if issuer.key == nil {
				return j.fail(n+1, UnableToDecodeIssuerPublicKey)
			}
			if !c.SignatureAlgorithm.Equal(c.Signature) {
				return j.fail(n, CertSignatureFailure)
			}
			switch issuer.key.Verify(c.SignatureAlgorithm, c.RawTBSCertificate, c.SignatureValue) {
			case signature.Wrong:
				return j.fail(n, CertSignatureFailure)
			case signature.NotChecked:
				j.unchecked = append(j.unchecked, n)
			}
		}
		if !j.checkDates(n, c) {
			return false
		}
		issuer = c
	}
	slices.Sort(j.unchecked)
	return true
}

// maySign asks the issuer's keyUsage. Source: OpenSSL 3.0,
// ossl_x509_signing_allowed.
func (c *cert) maySign(child *cert) Code {
	switch {
	case child.proxy && c.lacks(digitalSignature):
		return KeyusageNoDigitalSignature
	case !child.proxy && c.lacks(keyCertSign):
		return KeyusageNoCertsign
	}
	return OK
}

func (j *judge) checkDates(depth int, c *cert) bool {
	if j.IgnoreTime {
		return true
	}
	switch compare(c.NotBefore, j.Now) {
	case malformed:
		return j.fail(depth, ErrorInCertNotBeforeField)
	case after:
		return j.fail(depth, CertNotYetValid)
	}
	switch compare(c.NotAfter, j.Now) {
	case malformed:
		return j.fail(depth, ErrorInCertNotAfterField)
	case before:
		return j.fail(depth, CertHasExpired)
	}
	return true
}
