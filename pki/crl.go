package pki

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// ParseCRL parses a revocation list of version 2, as crypto/x509 does, or of
// version 1, which has no extensions (RFC 5280 §5.1.2.1; openssl ca -gencrl
// writes it where no crl_extensions are set).
func ParseCRL(der []byte) (*x509.RevocationList, error) {
	list, err := x509.ParseRevocationList(der)
	if err == nil {
		return list, nil
	}
	if v1, v1Err := parseCRLv1(der); v1Err == nil {
		return v1, nil
	}
	return nil, errors.New(trimX509(err))
}

var errCRL = errors.New("malformed revocation list")

// parseCRLv1 fills as much of a RevocationList as version 1 has.
func parseCRLv1(der []byte) (*x509.RevocationList, error) {
	input := cryptobyte.String(der)
	var list, element, tbs, issuer, algorithm cryptobyte.String
	r := &x509.RevocationList{Raw: der}
	if !input.ReadASN1(&list, cbasn1.SEQUENCE) || !list.ReadASN1Element(&element, cbasn1.SEQUENCE) {
		return nil, errCRL
	}
	r.RawTBSRevocationList = element
	var bits asn1.BitString
	if !element.ReadASN1(&tbs, cbasn1.SEQUENCE) || !list.ReadASN1Element(&algorithm, cbasn1.SEQUENCE) || !list.ReadASN1BitString(&bits) {
		return nil, errCRL
	}
	r.Signature, r.SignatureAlgorithm = bits.Bytes, signatureAlgorithm(algorithm)
	if !tbs.SkipASN1(cbasn1.SEQUENCE) || !tbs.ReadASN1Element(&issuer, cbasn1.SEQUENCE) {
		return nil, errCRL
	}
	r.RawIssuer = issuer
	var name pkix.RDNSequence
	if _, err := asn1.Unmarshal(issuer, &name); err != nil {
		return nil, errCRL
	}
	r.Issuer.FillFromRDNSequence(&name)
	var err error
	if r.ThisUpdate, err = readTime(&tbs); err != nil {
		return nil, err
	}
	if tbs.PeekASN1Tag(cbasn1.UTCTime) || tbs.PeekASN1Tag(cbasn1.GeneralizedTime) {
		if r.NextUpdate, err = readTime(&tbs); err != nil {
			return nil, err
		}
	}
	if tbs.Empty() {
		return r, nil
	}
	var revoked cryptobyte.String
	if !tbs.ReadASN1(&revoked, cbasn1.SEQUENCE) || !tbs.Empty() {
		return nil, errCRL
	}
	for !revoked.Empty() {
		var entry cryptobyte.String
		e := x509.RevocationListEntry{SerialNumber: new(big.Int)}
		if !revoked.ReadASN1(&entry, cbasn1.SEQUENCE) || !entry.ReadASN1Integer(e.SerialNumber) {
			return nil, errCRL
		}
		if e.RevocationTime, err = readTime(&entry); err != nil {
			return nil, err
		}
		r.RevokedCertificateEntries = append(r.RevokedCertificateEntries, e)
	}
	return r, nil
}

// readTime reads UTCTime or GeneralizedTime (RFC 5280 §4.1.2.5).
func readTime(s *cryptobyte.String) (time.Time, error) {
	var t time.Time
	switch {
	case s.PeekASN1Tag(cbasn1.UTCTime) && s.ReadASN1UTCTime(&t):
		return t, nil
	case s.PeekASN1Tag(cbasn1.GeneralizedTime) && s.ReadASN1GeneralizedTime(&t):
		return t, nil
	}
	return t, fmt.Errorf("malformed time in a revocation list")
}
