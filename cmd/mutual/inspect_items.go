package main

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
	"mutual/diagnose/observe"
	"mutual/diagnose/oid"
	"mutual/pki"
)

// contents adds what a file holds: its items, its problems, its chains.
func (in *inspection) contents(c *pki.Contents) {
	in.noted(c.Problems)
	entries := map[string][]*diagnose.Certificate{}
	var order []string
	for _, item := range c.Items {
		found := itemOf(item)
		in.items = append(in.items, found)
		if found.Certificate != nil {
			if _, ok := entries[item.Entry]; !ok {
				order = append(order, item.Entry)
			}
			entries[item.Entry] = append(entries[item.Entry], found.Certificate)
		}
		if item.CRL != nil {
			in.crls = append(in.crls, &diagnose.CRL{Issuer: chain.DN(item.CRL.RawIssuer), ThisUpdate: item.CRL.ThisUpdate, NextUpdate: item.CRL.NextUpdate,
				File: item.Path, DER: item.Raw})
		}
	}
	for _, entry := range order {
		in.grouped(c.Path, entry, entries[entry])
	}
	in.secretsOf(c)
}

// noted adds what is wrong with files.
func (in *inspection) noted(problems []pki.Problem) {
	var facts diagnose.Facts
	observe.NoteProblems(problems, "input", &facts)
	in.files = append(in.files, facts.Files...)
}

// grouped makes chains of the certificates of a file: each leaf with the CAs
// beside it, or where there are CAs only, each by itself.
func (in *inspection) grouped(path, entry string, certs []*diagnose.Certificate) {
	var leaves, cas []*diagnose.Certificate
	for _, c := range certs {
		if c.IsCA {
			cas = append(cas, c)
		} else {
			leaves = append(leaves, c)
		}
	}
	for _, leaf := range leaves {
		chain := append([]*diagnose.Certificate{leaf}, cas...)
		in.chains = append(in.chains, inspectedChain{certs: chain, entry: entry})
	}
	if len(leaves) == 0 {
		purpose := diagnose.PurposeCA
		if len(cas) > 1 {
			purpose = diagnose.PurposeBundle
		}
		for _, ca := range cas {
			in.chains = append(in.chains, inspectedChain{certs: []*diagnose.Certificate{ca}, purpose: purpose, entry: entry})
		}
	}
	if len(leaves) == 1 && certs[0] != leaves[0] {
		in.files = append(in.files, diagnose.File{Path: path, Role: "input", Problem: cause.CertFileOrderWrong,
			Found: certs[0].Name() + " first", Want: leaves[0].Name() + " first"})
	}
}

func itemOf(item pki.Item) render.Item {
	out := render.Item{Path: item.Path, Entry: item.Entry, Alias: item.Alias, Block: item.Block, Line: item.Line, Kind: string(item.Kind), Form: item.Form,
		Key: item.Algorithm, Encrypted: item.Encrypted, Reason: item.Reason, Remark: item.Remark}
	if item.Public != nil {
		out.Key, out.SPKISHA256 = chain.KeyName(item.Public), spkiHash(item.Public)
	}
	switch {
	case item.Kind == pki.KindCertificate:
		out.Certificate = chain.NewCertificate(item.Raw)
		out.Certificate.File = item.Path
		if item.Entry != "" {
			out.Certificate.File = fileOf(item.Path, item.Entry)
		}
		if out.SPKISHA256 == "" {
			out.SPKISHA256 = out.Certificate.SPKISHA256
		}
	case item.CSR != nil:
		out.Request = &render.Request{Subject: chain.DN(item.CSR.RawSubject), Names: requestNames(item.CSR), Signed: item.Signed == pki.SignedYes,
			Signature: oid.Signature(item.Raw)}
	case item.CRL != nil:
		out.List = &render.RevocationList{Issuer: chain.DN(item.CRL.RawIssuer), ThisUpdate: item.CRL.ThisUpdate.UTC(), NextUpdate: item.CRL.NextUpdate.UTC(),
			Revoked: len(item.CRL.RevokedCertificateEntries), Signature: oid.Signature(item.Raw)}
	case item.OCSP != nil:
		out.OCSP = &render.OCSP{Status: item.OCSP.Status, ProducedAt: item.OCSP.ProducedAt}
		for _, a := range item.OCSP.Answers {
			out.OCSP.Answers = append(out.OCSP.Answers, render.OCSPAnswer(a))
		}
	}
	return out
}

// spkiHash is the SHA-256 of a public key's SubjectPublicKeyInfo, as pins are
// written, or empty where it has none.
func spkiHash(public any) string {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(der)
	return base64.StdEncoding.EncodeToString(sum[:])
}

func requestNames(r *x509.CertificateRequest) []string {
	names := append(append([]string{}, r.DNSNames...), r.EmailAddresses...)
	for _, ip := range r.IPAddresses {
		names = append(names, ip.String())
	}
	for _, u := range r.URIs {
		names = append(names, u.String())
	}
	return names
}

// pairUp says which items have the same key. One key and one leaf that do not
// belong together are a fault; of several, the list tells.
func (in *inspection) pairUp() {
	keys, leaves, fitting := 0, 0, false
	var lone *render.Item
	for i := range in.items {
		item := &in.items[i]
		for k, other := range in.items {
			if k != i && item.SPKISHA256 != "" && other.SPKISHA256 == item.SPKISHA256 && (item.Kind == "private key") != (other.Kind == "private key") {
				item.Fits = append(item.Fits, k)
			}
		}
		switch {
		case item.Kind == "private key" && item.SPKISHA256 != "":
			keys++
			lone = item
			fitting = fitting || len(item.Fits) > 0
		case item.Certificate != nil && !item.Certificate.IsCA:
			leaves++
		}
	}
	if keys == 1 && leaves == 1 && !fitting && lone.Entry == "" {
		in.files = append(in.files, diagnose.File{Path: lone.Path, Role: "key", Problem: cause.CertKeyPairMismatch,
			Found: fmt.Sprintf("%s, pin %s", lone.Key, lone.SPKISHA256), Want: "the key of the certificate"})
	}
}
