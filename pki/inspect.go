package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"fmt"
	"strings"

	"mutual/diagnose/cause"
)

// Kind is what an Item is.
type Kind string

// The kinds of things that files hold.
const (
	KindCertificate  Kind = "certificate"
	KindCSR          Kind = "certificate request"
	KindCRL          Kind = "revocation list"
	KindPrivateKey   Kind = "private key"
	KindPublicKey    Kind = "public key"
	KindParameters   Kind = "parameters" // of a curve or of Diffie-Hellman
	KindKeyStore     Kind = "key store"  // one that stays closed
	KindUnrecognised Kind = "unrecognised"
)

// Item is one thing that a file holds. It never carries a private key: of one,
// only the public half is kept.
type Item struct {
	Path  string
	Entry string // within a Kubernetes Secret: "shop/tls tls.crt"
	Block int    // the PEM block, from 1; 0 if it is not PEM
	Line  int    // of the BEGIN line; 0 if it is not PEM
	Kind  Kind
	Form  string // "PEM", "DER", "PKCS#7", "PKCS#12", ...
	Label string // of the PEM block

	Raw    []byte // DER of a certificate, request or list; nil for keys
	Cert   *x509.Certificate
	CSR    *x509.CertificateRequest
	CRL    *x509.RevocationList
	Public crypto.PublicKey // of certificate, request or key, where it can be read
	// Encrypted: a key under a passphrase, whether or not it could be opened.
	Encrypted bool
	// Reason says why the item could not be read; empty where it could.
	Reason string
}

// Contents is all that a file holds, in its order, and what is wrong with it.
type Contents struct {
	Path     string
	Items    []Item
	Problems []Problem
}

// Inspect reads whatever the file at path holds: PEM blocks of any kind with
// anything between them, DER, PKCS#7, PKCS#12, Java key stores, Kubernetes
// Secrets. pass may be nil; without a passphrase, what is encrypted stays
// closed, and that is no problem.
func Inspect(path string, pass PassFunc) *Contents {
	data, mode, problem := readFile(path, RoleCert)
	if problem != nil {
		problem.Role = ""
		return &Contents{Path: path, Problems: []Problem{*problem}}
	}
	c := InspectData(path, data, pass)
	for _, item := range c.Items {
		if item.Kind == KindPrivateKey && mode.IsRegular() {
			c.Problems = append(c.Problems, openToOthers(path, mode)...)
			break
		}
	}
	return c
}

// InspectData is Inspect for data already read.
func InspectData(path string, data []byte, pass PassFunc) *Contents {
	c := &Contents{Path: path}
	in := inspector{Contents: c, pass: oncePass(path, pass)}
	if strings.TrimSpace(strings.TrimPrefix(string(data[:min(len(data), 64<<10)]), "\ufeff")) == "" && len(data) <= 64<<10 {
		c.Problems = append(c.Problems, Problem{Code: cause.FileEmpty, Path: path, Found: fmt.Sprintf("%d bytes", len(data)), Fatal: true})
		return c
	}
	in.data("", data)
	if len(c.Items) == 0 && len(c.Problems) == 0 {
		c.Problems = append(c.Problems, Problem{Code: cause.PEMWrongType, Path: path, Found: "nothing that has to do with certificates", Want: "certificates, requests, lists or keys", Fatal: true})
	}
	return c
}

// inspector fills Contents.
type inspector struct {
	*Contents
	pass  func() ([]byte, *keyFault)
	entry string
}

func (in *inspector) add(i Item) {
	i.Path, i.Entry = in.Path, in.entry
	in.Items = append(in.Items, i)
}

func (in *inspector) problem(p Problem) {
	p.Path = in.Path
	in.Problems = append(in.Problems, p)
}

// data tells the forms apart.
func (in *inspector) data(entry string, data []byte) {
	before := in.entry
	in.entry = entry
	defer func() { in.entry = before }()
	if kind, length := sniffBinary(data); kind != derUnknown {
		in.binary(data, kind, length)
		return
	}
	if entry == "" && in.secrets(data) {
		return
	}
	in.text(data)
}

func (in *inspector) text(data []byte) {
	blocks, faults := scanPEM(data)
	for _, f := range faults {
		in.problem(Problem{Code: f.code, Block: f.block, Line: f.line, Found: f.found, Want: f.want, Fatal: f.lost})
	}
	for _, b := range blocks {
		in.block(b)
	}
	if len(blocks) == 0 && len(faults) == 0 {
		in.noBlocks(data)
	}
}

func (in *inspector) block(b pemBlock) {
	item := Item{Block: b.index, Line: b.line, Form: "PEM", Label: b.label}
	switch {
	case strings.HasSuffix(b.label, "CERTIFICATE"):
		in.certificate(item, b.der)
	case b.label == "PKCS7" || b.label == "CMS" || b.label == "PKCS #7 SIGNED DATA":
		in.pkcs7(item, b.der)
	case strings.HasSuffix(b.label, "CERTIFICATE REQUEST"):
		in.request(item, b.der)
	case b.label == "X509 CRL":
		in.list(item, b.der)
	case looksLikeKeyLabel(b.label):
		in.key(item, b)
	case b.label == "PUBLIC KEY" || b.label == "RSA PUBLIC KEY":
		in.publicKey(item, b.der)
	case strings.HasSuffix(b.label, "PARAMETERS"):
		item.Kind = KindParameters
		in.add(item)
	default:
		item.Kind, item.Reason = KindUnrecognised, "a block of the kind "+b.label
		in.add(item)
	}
}

func (in *inspector) certificate(item Item, der []byte) {
	item.Kind = KindCertificate
	if item.Label == "TRUSTED CERTIFICATE" {
		der = derElement(der)
	}
	item.Raw = der
	x, err := x509.ParseCertificate(der)
	if err != nil {
		item.Reason = whyMalformed(der, err)
		item.Public = parsePublicKey(certSPKI(der))
		in.add(item)
		return
	}
	item.Cert, item.Public = x, x.PublicKey
	in.add(item)
}

func (in *inspector) request(item Item, der []byte) {
	item.Kind, item.Raw = KindCSR, der
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil {
		item.Reason = err.Error()
	} else {
		item.CSR, item.Public = csr, csr.PublicKey
		if csr.CheckSignature() != nil {
			item.Reason = "its own key did not sign it"
		}
	}
	in.add(item)
}

func (in *inspector) list(item Item, der []byte) {
	item.Kind, item.Raw = KindCRL, der
	crl, err := x509.ParseRevocationList(der)
	if err != nil {
		item.Reason = err.Error()
	}
	item.CRL = crl
	in.add(item)
}

func (in *inspector) publicKey(item Item, der []byte) {
	item.Kind = KindPublicKey
	if item.Public = parsePublicKey(der); item.Public == nil {
		if k, err := x509.ParsePKCS1PublicKey(der); err == nil {
			item.Public = k
		} else {
			item.Reason = "a key that cannot be read"
		}
	}
	in.add(item)
}

func (in *inspector) key(item Item, b pemBlock) {
	item.Kind = KindPrivateKey
	item.Encrypted = strings.Contains(b.headers["Proc-Type"], "ENCRYPTED") || b.label == "ENCRYPTED PRIVATE KEY" || derShape(b.der) == derEncryptedKey
	key, fault := parseKeyBlock(b, in.pass)
	switch {
	case fault == nil:
		item.Public = key.Public()
	case fault.code == cause.KeyEncrypted:
		item.Encrypted = true
	default:
		item.Reason = fault.found
		if fault.code == cause.KeyWrongPassphrase {
			item.Reason = "the passphrase does not open it"
		}
		in.problem(Problem{Code: fault.code, Block: b.index, Line: b.line, Found: fault.found, Want: fault.want})
	}
	in.add(item)
}

func (in *inspector) binary(data []byte, kind derKind, length int) {
	item := Item{Form: "DER"}
	if length > len(data) {
		in.problem(Problem{Code: cause.PEMTruncated, Found: fmt.Sprintf("%s in DER form, cut off after %d of %d bytes", kind, len(data), length), Want: "the whole file", Fatal: true})
		return
	}
	switch kind {
	case derJKS:
		in.add(Item{Kind: KindKeyStore, Form: "JKS", Reason: "a Java key store of the old form, which keytool converts"})
	case derPKCS12:
		in.keyStore(data)
	case derCert:
		for rest := data; len(bytes.TrimSpace(rest)) > 0; {
			n, ok := derLength(rest)
			if !ok || n > len(rest) {
				break
			}
			in.certificate(item, rest[:n])
			rest = rest[n:]
		}
	case derPKCS7:
		in.pkcs7(item, data[:length])
	case derCSR:
		in.request(item, data[:length])
	case derCRL:
		in.list(item, data[:length])
	case derPublicKey:
		in.publicKey(item, data[:length])
	case derKey, derEncryptedKey:
		in.key(item, pemBlock{label: "PRIVATE KEY", der: data[:length]})
	}
}

func (in *inspector) pkcs7(item Item, der []byte) {
	certs, err := parsePKCS7(der)
	if err != nil {
		item.Kind, item.Reason = KindUnrecognised, "a PKCS#7 bundle that cannot be read"
		in.add(item)
		in.problem(Problem{Code: cause.CertMalformed, Block: item.Block, Line: item.Line, Found: item.Reason})
		return
	}
	item.Form = "PKCS#7"
	for _, c := range certs {
		in.certificate(item, c.Raw)
	}
}

func (in *inspector) keyStore(data []byte) {
	item := Item{Form: "PKCS#12"}
	key, certs, err := decodePKCS12(data, "")
	if err != nil {
		phrase, fault := in.pass()
		if fault != nil {
			item.Kind, item.Encrypted = KindKeyStore, true
			in.add(item)
			return
		}
		if key, certs, err = decodePKCS12(data, string(phrase)); err != nil {
			item.Kind, item.Encrypted, item.Reason = KindKeyStore, true, "the passphrase does not open it"
			in.add(item)
			in.problem(Problem{Code: cause.KeyWrongPassphrase, Found: "a PKCS#12 key store"})
			return
		}
	}
	for _, c := range certs {
		in.certificate(item, c.Raw)
	}
	if key != nil {
		item.Kind, item.Public = KindPrivateKey, key.Public()
		in.add(item)
	}
}

// noBlocks deals with text in which nothing looks like PEM.
func (in *inspector) noBlocks(data []byte) {
	if name := foreignKeyText(data); name != "" {
		in.add(Item{Kind: KindUnrecognised, Form: "text", Reason: name})
		return
	}
	if der, ok := bareBase64(data); ok {
		kind, length := sniffBinary(der)
		in.problem(Problem{Code: cause.PEMTruncated, Line: 1, Found: "base64 without BEGIN and END lines", Want: "-----BEGIN CERTIFICATE-----"})
		in.binary(der, kind, length)
	}
}
