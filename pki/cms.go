package pki

import (
	"encoding/asn1"
	"errors"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"mutual/pki/internal/ber"
)

// cms reads PKCS#7 and CMS (RFC 5652): the certificates and lists of signed
// data, and of other content what it is.
func (in *inspector) cms(item Item, data []byte) {
	item.Form = "PKCS#7"
	certs, lists, what, err := parseCMS(data)
	if err != nil {
		item.Kind = KindMessage
		in.damaged(item, "a PKCS#7 bundle that cannot be read")
		return
	}
	for _, der := range certs {
		in.certificate(item, der)
	}
	for _, der := range lists {
		in.list(item, der)
	}
	if what != "" || len(certs)+len(lists) == 0 {
		item.Kind, item.Remark = KindMessage, what
		if what == "" {
			item.Remark = "it holds neither certificates nor lists"
		}
		in.add(item)
	}
}

// cmsContents are the content types of RFC 5652, RFC 5083 and RFC 3274 that hold
// no certificates to take out.
var cmsContents = map[string]string{
	"1.2.840.113549.1.7.1":       "plain data",
	"1.2.840.113549.1.7.3":       "data encrypted for its recipients (enveloped-data), which openssl cms -decrypt opens with their key",
	"1.2.840.113549.1.7.4":       "signed data encrypted for its recipients",
	"1.2.840.113549.1.7.5":       "data with a digest",
	"1.2.840.113549.1.7.6":       "data encrypted with a key that both ends have (encrypted-data)",
	"1.2.840.113549.1.9.16.1.2":  "data with a MAC (authenticated-data)",
	"1.2.840.113549.1.9.16.1.9":  "compressed data",
	"1.2.840.113549.1.9.16.1.23": "data encrypted for its recipients (auth-enveloped-data), which openssl cms -decrypt opens with their key",
}

// parseCMS takes certificates and lists out of SignedData (RFC 5652 §5.1), as
// they stand there; of other content, what says what it is.
func parseCMS(data []byte) (certs, lists [][]byte, what string, err error) {
	malformed := errors.New("malformed CMS")
	der, _, err := ber.ToDER(data)
	if err != nil {
		return nil, nil, "", err
	}
	input := cryptobyte.String(der)
	var info, content, signed, part cryptobyte.String
	var id asn1.ObjectIdentifier
	if !input.ReadASN1(&info, cbasn1.SEQUENCE) || !info.ReadASN1ObjectIdentifier(&id) {
		return nil, nil, "", malformed
	}
	if id.String() != "1.2.840.113549.1.7.2" {
		if what, ok := cmsContents[id.String()]; ok {
			return nil, nil, what, nil
		}
		return nil, nil, "content of type " + id.String(), nil
	}
	zero, one := cbasn1.Tag(0).ContextSpecific().Constructed(), cbasn1.Tag(1).ContextSpecific().Constructed()
	var version int
	var has bool
	if !info.ReadASN1(&content, zero) || !content.ReadASN1(&signed, cbasn1.SEQUENCE) || !signed.ReadASN1Integer(&version) ||
		!signed.SkipASN1(cbasn1.SET) || !signed.ReadASN1(&part, cbasn1.SEQUENCE) {
		return nil, nil, "", malformed
	}
	if part.SkipASN1(cbasn1.OBJECT_IDENTIFIER) && !part.Empty() {
		what = "a signed message"
	}
	if certs, has = elements(&signed, zero); !has {
		return nil, nil, "", malformed
	}
	if lists, has = elements(&signed, one); !has {
		return nil, nil, "", malformed
	}
	return certs, lists, what, nil
}

// elements reads the SEQUENCEs in an optional implicit SET; those of other tags
// are attribute certificates and OCSP responses, which have no place in TLS.
func elements(s *cryptobyte.String, tag cbasn1.Tag) (list [][]byte, ok bool) {
	var set cryptobyte.String
	var has bool
	if !s.ReadOptionalASN1(&set, &has, tag) {
		return nil, false
	}
	for !set.Empty() {
		var e cryptobyte.String
		var t cbasn1.Tag
		if !set.ReadAnyASN1Element(&e, &t) {
			return nil, false
		}
		if t == cbasn1.SEQUENCE {
			list = append(list, e)
		}
	}
	return list, true
}
