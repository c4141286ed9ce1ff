package pki

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	"mutual/diagnose/cause"
)

// EncodePEM writes what files hold as one PEM text that every program reads:
// the leaf first, its issuers after it, each certificate once, then all else in
// the files' order, and keys as unencrypted PKCS#8. secret reports that a private
// key is among it. What could not be read is an error, and nothing is left out
// in silence.
func EncodePEM(files ...*Contents) (text []byte, secret bool, err error) {
	var items []Item
	for _, c := range files {
		for _, p := range c.Problems {
			if p.Fatal {
				return nil, false, &ProblemError{Problems: []Problem{p}}
			}
		}
		items = append(items, c.Items...)
	}
	var out bytes.Buffer
	for _, c := range leafFirst(items) {
		if err := pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}); err != nil {
			return nil, false, err
		}
	}
	for _, item := range items {
		block := pem.Block{Bytes: item.Raw}
		switch item.Kind {
		case KindCertificate, KindParameters, KindMessage:
			continue
		case KindCSR:
			block.Type = "CERTIFICATE REQUEST"
		case KindCRL:
			block.Type = "X509 CRL"
		case KindPrivateKey:
			if item.key == nil {
				return nil, false, unopened(item)
			}
			data, err := EncodeKey(item.key)
			if err != nil {
				return nil, false, err
			}
			secret = true
			out.Write(data)
			continue
		default:
			return nil, false, fmt.Errorf("%s: %s has no place in a PEM file for TLS", item.Path, withArticle(string(item.Kind)))
		}
		if err := pem.Encode(&out, &block); err != nil {
			return nil, false, err
		}
	}
	if out.Len() == 0 {
		return nil, false, errors.New("there is nothing to write")
	}
	return out.Bytes(), secret, nil
}

// unopened is why a private key cannot be written.
func unopened(item Item) error {
	p := Problem{Code: cause.KeyEncrypted, Path: item.Path, Role: RoleKey, Block: item.Block, Line: item.Line}
	if item.fault != nil {
		p.Code, p.Found, p.Want = item.fault.code, item.fault.found, item.fault.want
	}
	return &ProblemError{Problems: []Problem{p}}
}

// leafFirst are the certificates, each once: that of the first key, or the only
// one that is no CA's, with its issuers, then the rest as they stand.
func leafFirst(items []Item) []FileCert {
	var certs []FileCert
	var key *Item
	for i, item := range items {
		if item.Kind == KindCertificate {
			if c := (FileCert{Path: item.Path, Raw: item.Raw, Cert: item.Cert}); !containsCert(certs, c) {
				certs = append(certs, c)
			}
		} else if item.Kind == KindPrivateKey && item.Public != nil && key == nil {
			key = &items[i]
		}
	}
	leaf := slices.IndexFunc(certs, func(c FileCert) bool {
		pub := c.PublicKey()
		return key != nil && pub != nil && samePublicKey(pub, key.Public)
	})
	if leaf < 0 {
		isLeaf := func(c FileCert) bool { return c.Cert != nil && !c.Cert.IsCA }
		leaf = slices.IndexFunc(certs, isLeaf)
		if leaf >= 0 && slices.ContainsFunc(certs[leaf+1:], isLeaf) {
			leaf = -1 // several: their order is not for us to choose
		}
	}
	if leaf < 0 {
		return certs
	}
	ordered := parents(certs[leaf], slices.Concat(certs[:leaf], certs[leaf+1:]))
	for _, c := range certs {
		if !containsCert(ordered, c) {
			ordered = append(ordered, c)
		}
	}
	return ordered
}
