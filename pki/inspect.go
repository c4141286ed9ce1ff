package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"

	"mutual/diagnose/cause"
	"mutual/diagnose/oid"
)

// Inspect reads whatever the file at path holds: PEM blocks of any kind with
// anything between them, DER, PKCS#7, PKCS#12, Java key stores, Kubernetes
// manifests, and each of them wrapped as headers and variables wrap them. pass
// may be nil; without a passphrase, what is encrypted stays closed, and that is
// no problem.
func Inspect(path string, pass PassFunc) *Contents {
	data, mode, problem := readFile(path, RoleCert)
	if problem != nil {
		problem.Role = ""
		return &Contents{Path: path, Problems: []Problem{*problem}}
	}
	c := InspectData(path, data, pass)
	for _, item := range c.Items {
		if item.Kind == KindPrivateKey && !item.Encrypted && mode.IsRegular() {
			c.Problems = append(c.Problems, openToOthers(path, mode)...)
			break
		}
	}
	return c
}

// InspectData is Inspect for data already read.
func InspectData(path string, data []byte, pass PassFunc) *Contents {
	c := read(path, data, "", pass)
	if len(c.Items) == 0 && len(c.Problems) == 0 {
		c.Problems = append(c.Problems, Problem{Code: cause.PEMWrongType, Path: path, Fatal: true,
			Found: "nothing that has to do with certificates", Want: "certificates, requests, lists or keys"})
	}
	return c
}

// read reads data for a role, or for "" all that is there. A key of another
// role is taken along if it is open, and nobody is asked for its passphrase.
func read(path string, data []byte, role Role, pass PassFunc) *Contents {
	c := &Contents{Path: path}
	in := inspector{Contents: c, role: role, pass: oncePass(path, pass)}
	if blank(data) {
		in.problem(Problem{Code: cause.FileEmpty, Found: fmt.Sprintf("%d bytes", len(data)), Want: wantedBlock(role), Fatal: true})
		return c
	}
	in.data(data)
	return c
}

// blank reports whether data is nothing but white space.
func blank(data []byte) bool {
	return len(data) <= 64<<10 && strings.TrimSpace(strings.TrimPrefix(string(data), "\ufeff")) == ""
}

// inspector fills Contents.
type inspector struct {
	*Contents
	role  Role // "" for all
	pass  func() ([]byte, *keyFault)
	entry string
	depth int // of wrappings taken off
}

func (in *inspector) add(i Item) {
	i.Path, i.Entry = in.Path, in.entry
	in.Items = append(in.Items, i)
}

func (in *inspector) problem(p Problem) {
	p.Path = in.Path
	if in.entry != "" && p.Found != "" && !strings.Contains(p.Found, in.entry) {
		p.Found = in.entry + ": " + p.Found
	}
	in.Problems = append(in.Problems, p)
}

// damaged adds an item that cannot be read, and says so.
func (in *inspector) damaged(item Item, reason string) {
	item.Reason = reason
	in.add(item)
	in.problem(Problem{Code: cause.PEMTruncated, Block: item.Block, Line: item.Line, Found: withArticle(string(item.Kind)) + ": " + reason, Fatal: true})
}

// data tells the forms apart.
func (in *inspector) data(data []byte) {
	if kind, length := sniffBinary(data); kind != derUnknown {
		in.binary(data, kind, length)
		return
	}
	if in.documents(data) || in.wrapped(data) {
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
		if name := foreignKeyText(data); name != "" {
			in.foreign(name)
		}
	}
}

// foreign is a file of another program's, which holds nothing for TLS.
func (in *inspector) foreign(name string) {
	item := Item{Kind: KindUnrecognised, Form: "text", Reason: name}
	code := cause.PEMWrongType
	if strings.HasSuffix(name, "private key") || name == "an SSH2 key" {
		item.Kind = KindPrivateKey
		item.fault = unsupportedKey("%s", name)
		if in.role == RoleKey {
			code = cause.KeyFormatUnsupported
		}
	}
	in.add(item)
	in.problem(Problem{Code: code, Line: 1, Found: name, Want: wantedBlock(in.role), Fatal: true})
}

func (in *inspector) block(b pemBlock) {
	item := Item{Block: b.index, Line: b.line, Form: "PEM", Label: b.label}
	switch {
	case strings.HasSuffix(b.label, "CERTIFICATE"):
		in.certificate(item, b.der)
	case isPKCS7Label(b.label):
		in.cms(item, b.der)
	case strings.HasSuffix(b.label, "CERTIFICATE REQUEST"):
		in.request(item, b.der)
	case b.label == "X509 CRL":
		in.list(item, b.der)
	case looksLikeKeyLabel(b.label):
		in.key(item, b)
	case b.label == "PUBLIC KEY" || b.label == "RSA PUBLIC KEY":
		in.publicKey(item, b.der)
	case b.label == "OCSP RESPONSE":
		in.ocsp(item, b.der)
	case b.label == "PKCS12":
		in.keyStore(b.der)
	case strings.HasSuffix(b.label, "PARAMETERS"):
		item.Kind = KindParameters
		in.add(item)
	default:
		item.Kind, item.Remark = KindUnrecognised, "a block of the kind "+b.label
		in.add(item)
	}
}

func isPKCS7Label(label string) bool {
	return label == "PKCS7" || label == "CMS" || label == "PKCS #7 SIGNED DATA"
}

func (in *inspector) certificate(item Item, der []byte) {
	item.Kind = KindCertificate
	if item.Label == "TRUSTED CERTIFICATE" {
		der = derElement(der) // OpenSSL's trust settings follow it
	}
	item.Raw = der
	x, err := x509.ParseCertificate(der)
	if err != nil {
		item.Public = parsePublicKey(certSPKI(der))
		if kind := oid.Key(certSPKI(der)); item.Public == nil && notGo(kind) {
			item.Remark = withArticle(kind+" key") + ", for which Go refuses the certificate"
		} else {
			item.Reason = whyMalformed(der, err)
		}
	} else {
		item.Cert, item.Public = x, x.PublicKey
	}
	if item.Public == nil {
		item.Algorithm = oid.Key(certSPKI(der))
	}
	in.add(item)
}

// notGo reports whether a kind of key is sound, and why crypto/x509 refuses to
// parse what has it.
func notGo(kind string) bool {
	name, ok := strings.CutPrefix(kind, "ECDSA ")
	return ok && !slices.Contains([]string{"P-224", "P-256", "P-384", "P-521"}, name)
}

func (in *inspector) request(item Item, der []byte) {
	item.Kind, item.Raw = KindCSR, der
	csr, err := parseRequest(der)
	if err != nil {
		in.damaged(item, trimX509(err))
		return
	}
	item.CSR, item.Public = csr, csr.PublicKey
	if item.Public == nil {
		item.Algorithm = oid.Key(csr.RawSubjectPublicKeyInfo)
	}
	switch item.Signed = signed(der); item.Signed {
	case SignedNo:
		item.Reason = "its own key did not sign it"
	case SignedUnknown:
		item.Remark = "signed with " + oid.Signature(der) + ", which is not checked here; openssl req -verify checks it"
	}
	in.add(item)
	if item.Signed == SignedNo {
		in.problem(Problem{Code: cause.CSRSignatureInvalid, Block: item.Block, Line: item.Line, Found: "the request of " + DescribeName(csr.RawSubject)})
	}
}

func (in *inspector) list(item Item, der []byte) {
	item.Kind, item.Raw = KindCRL, der
	crl, err := ParseCRL(der)
	if err != nil {
		in.damaged(item, err.Error())
		return
	}
	item.CRL = crl
	in.add(item)
}

func (in *inspector) publicKey(item Item, der []byte) {
	item.Kind = KindPublicKey
	if item.Public = parsePublicKey(der); item.Public == nil {
		if k, err := x509.ParsePKCS1PublicKey(der); err == nil {
			item.Public = k
		} else if item.Algorithm = oid.Key(der); item.Algorithm == "" {
			in.damaged(item, "a key that cannot be read")
			return
		}
	}
	in.add(item)
}

// key reads a private key from a block or from DER.
func (in *inspector) key(item Item, b pemBlock) {
	item.Kind = KindPrivateKey
	if in.role != "" && in.role != RoleCert && in.role != RoleKey {
		in.add(item) // none is wanted, and none is opened
		return
	}
	pass := in.pass
	if in.role == RoleCert {
		pass = func() ([]byte, *keyFault) { return nil, &keyFault{code: cause.KeyEncrypted} }
	}
	item.Encrypted = strings.Contains(b.headers["Proc-Type"], "ENCRYPTED") || b.label == "ENCRYPTED PRIVATE KEY" || derShape(b.der) == derEncryptedKey
	if item.Encrypted {
		item.sealed = &pem.Block{Type: b.label, Headers: b.headers, Bytes: b.der}
		if b.headers["Proc-Type"] == "" {
			item.sealed.Type = "ENCRYPTED PRIVATE KEY"
		}
	}
	key, fault := parseKeyBlock(b, pass)
	in.opened(item, key, fault)
}

// opened adds a private key, and says what is wrong where there is none.
func (in *inspector) opened(item Item, key crypto.Signer, fault *keyFault) {
	if fault == nil {
		item.key, item.Public = key, key.Public()
		in.add(item)
		return
	}
	item.fault, item.Algorithm = fault, fault.algorithm
	switch {
	case fault.code == cause.KeyEncrypted:
		item.Encrypted = true
	case fault.sound:
		item.Remark = fault.found
	case fault.code == cause.KeyWrongPassphrase:
		item.Reason = "the passphrase does not open it"
	default:
		item.Reason = fault.found
	}
	in.add(item)
	if in.role == RoleKey || in.role == "" && item.Reason != "" {
		in.problem(Problem{Code: fault.code, Block: item.Block, Line: item.Line, Found: fault.found, Want: fault.want})
	}
}

func (in *inspector) binary(data []byte, kind derKind, length int) {
	item := Item{Form: "DER"}
	if length > len(data) {
		in.problem(Problem{Code: cause.PEMTruncated, Found: fmt.Sprintf("%s in DER form, cut off after %d of %d bytes", kind, len(data), length), Want: "the whole file", Fatal: true})
		return
	}
	rest := data[length:]
	switch kind {
	case derJKS:
		in.javaStore(data)
		return
	case derBKS:
		reason := "a key store of Bouncy Castle (BKS), which keytool reads with its provider"
		if data[3] == 1 {
			reason = "a key store of Bouncy Castle (UBER, or BKS of version 1), which keytool reads with its provider"
		}
		in.closedStore("BKS", reason)
		return
	case derBCFKS:
		in.closedStore("BCFKS", "a key store of Bouncy Castle (BCFKS), which keytool reads with its provider")
	case derPKCS12:
		in.keyStore(data)
		return
	case derCert:
		rest = data
		for {
			n, ok := derLength(rest)
			if !ok || n > len(rest) || derShape(rest[:n]) != derCert {
				break
			}
			in.certificate(item, rest[:n])
			rest = rest[n:]
		}
	case derPKCS7:
		in.cms(item, data[:length])
	case derCSR:
		in.request(item, data[:length])
	case derCRL:
		in.list(item, data[:length])
	case derOCSP:
		in.ocsp(item, data[:length])
	case derOCSPRequest:
		item.Kind = KindOCSPRequest
		in.add(item)
	case derPublicKey:
		in.publicKey(item, data[:length])
	case derKey, derEncryptedKey:
		in.key(item, pemBlock{label: "PRIVATE KEY", der: data[:length]})
	}
	if len(bytes.Trim(rest, "\x00 \t\r\n")) > 0 {
		in.problem(Problem{Code: cause.PEMTruncated, Found: fmt.Sprintf("%d bytes behind %s that belong to nothing", len(rest), kind), Want: "the end of the file"})
	}
}

// closedStore is a key store of a form that is not opened here.
func (in *inspector) closedStore(form, reason string) {
	in.add(Item{Kind: KindKeyStore, Form: form, Remark: reason})
}
