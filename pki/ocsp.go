package pki

import (
	"encoding/asn1"
	"errors"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

func (in *inspector) ocsp(item Item, der []byte) {
	item.Kind, item.Raw = KindOCSP, der
	r, err := parseOCSP(der)
	if err != nil {
		in.damaged(item, err.Error())
		return
	}
	item.OCSP = r
	in.add(item)
}

// ocspStatus are the values of OCSPResponseStatus (RFC 6960 §4.2.1).
var ocspStatus = map[int]string{0: "successful", 1: "malformedRequest", 2: "internalError", 3: "tryLater", 5: "sigRequired", 6: "unauthorized"}

// maxAnswers bounds the certificates that one response speaks of.
const maxAnswers = 1000

// parseOCSP reads what a responder said. Its signature is not checked: that
// takes the issuer's certificate.
func parseOCSP(der []byte) (*OCSPResponse, error) {
	malformed := errors.New("malformed OCSP response")
	input := cryptobyte.String(der)
	zero, one, two := cbasn1.Tag(0).ContextSpecific(), cbasn1.Tag(1).ContextSpecific(), cbasn1.Tag(2).ContextSpecific()
	var response, wrapped, typed, octets cryptobyte.String
	var status int
	var has bool
	if !input.ReadASN1(&response, cbasn1.SEQUENCE) || !response.ReadASN1Enum(&status) ||
		!response.ReadOptionalASN1(&wrapped, &has, zero.Constructed()) {
		return nil, malformed
	}
	r := &OCSPResponse{Status: ocspStatus[status]}
	if r.Status == "" {
		return nil, malformed
	}
	if !has {
		return r, nil
	}
	var id asn1.ObjectIdentifier
	if !wrapped.ReadASN1(&typed, cbasn1.SEQUENCE) || !typed.ReadASN1ObjectIdentifier(&id) || !typed.ReadASN1(&octets, cbasn1.OCTET_STRING) {
		return nil, malformed
	}
	var basic, data, answers cryptobyte.String
	if !octets.ReadASN1(&basic, cbasn1.SEQUENCE) || !basic.ReadASN1(&data, cbasn1.SEQUENCE) ||
		!data.SkipOptionalASN1(zero.Constructed()) { // version
		return nil, malformed
	}
	var responder cryptobyte.String
	var tag cbasn1.Tag
	if !data.ReadAnyASN1(&responder, &tag) || !data.ReadASN1GeneralizedTime(&r.ProducedAt) || !data.ReadASN1(&answers, cbasn1.SEQUENCE) {
		return nil, malformed
	}
	for !answers.Empty() && len(r.Answers) < maxAnswers {
		var answer, certID, next, state cryptobyte.String
		serial := new(big.Int)
		a := OCSPAnswer{}
		if !answers.ReadASN1(&answer, cbasn1.SEQUENCE) || !answer.ReadASN1(&certID, cbasn1.SEQUENCE) ||
			!certID.SkipASN1(cbasn1.SEQUENCE) || !certID.SkipASN1(cbasn1.OCTET_STRING) || !certID.SkipASN1(cbasn1.OCTET_STRING) ||
			!certID.ReadASN1Integer(serial) || !answer.ReadAnyASN1(&state, &tag) || !answer.ReadASN1GeneralizedTime(&a.ThisUpdate) {
			return nil, malformed
		}
		switch tag {
		case zero:
			a.Status = "good"
		case one.Constructed():
			a.Status = "revoked"
		case two:
			a.Status = "unknown"
		default:
			return nil, malformed
		}
		a.Serial = serial.Text(16)
		if answer.ReadOptionalASN1(&next, &has, zero.Constructed()) && has {
			var t time.Time
			if !next.ReadASN1GeneralizedTime(&t) {
				return nil, malformed
			}
			a.NextUpdate = t
		}
		r.Answers = append(r.Answers, a)
	}
	return r, nil
}
