package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"fmt"

	"github.com/smallstep/pkcs7"
	"software.sslmate.com/src/go-pkcs12"

	"mutual/diagnose/cause"
)

// binary parses a file that is DER, or a key store.
func (p *fileParser) binary(data []byte, kind derKind, length int) {
	switch kind {
	case derJKS:
		p.add(Problem{Code: cause.PKCS12NotPEM, Found: string(kind), Want: wantedBlock(p.Role)})
		return
	case derPKCS12:
		p.pkcs12(data)
		return
	}
	if length > len(data) {
		p.add(Problem{Code: cause.PEMTruncated, Found: fmt.Sprintf("%s in DER form, cut off after %d of %d bytes", kind, len(data), length), Want: "the whole file"})
		return
	}
	if p.Role != RoleCSR || kind != derCSR {
		p.add(Problem{Code: cause.DERNotPEM, Found: string(kind) + " in DER form", Want: wantedBlock(p.Role)})
	}
	b := pemBlock{der: data[:length]}
	switch kind {
	case derCert:
		p.derCerts(data)
	case derPKCS7:
		p.pkcs7(b.der, b)
	case derCSR:
		p.csr(b)
	case derKey:
		b.label = "PRIVATE KEY"
		p.key(b)
	case derEncryptedKey:
		b.label = "ENCRYPTED PRIVATE KEY"
		p.key(b)
	}
	if !p.wanted() && len(p.Problems) == 1 && p.Problems[0].Code == cause.DERNotPEM {
		p.Problems[0].Code = cause.PEMWrongType
	}
}

// derCerts reads certificates that follow one another in DER form.
func (p *fileParser) derCerts(data []byte) {
	for len(bytes.TrimSpace(data)) > 0 && len(data) > 1 {
		n, ok := derLength(data)
		if !ok || n > len(data) {
			return // a stray tail; the certificates before it are whole
		}
		p.cert(pemBlock{der: data[:n]})
		data = data[n:]
	}
}

// pkcs7 takes the certificates out of a PKCS#7 bundle.
func (p *fileParser) pkcs7(der []byte, b pemBlock) {
	bundle, err := parsePKCS7(der)
	if err != nil {
		p.blockProblem(b, cause.CertMalformed, "a PKCS#7 bundle that cannot be read", "")
		return
	}
	for _, c := range bundle {
		p.Certs = append(p.Certs, FileCert{Path: p.Path, Block: b.index, Line: b.line, Raw: c.Raw, Cert: c})
	}
}

func parsePKCS7(der []byte) (certs []*x509.Certificate, err error) {
	defer func() {
		if recover() != nil { // the BER reader is not hardened
			certs, err = nil, fmt.Errorf("malformed PKCS#7")
		}
	}()
	bundle, err := pkcs7.Parse(der)
	if err != nil {
		return nil, err
	}
	return bundle.Certificates, nil
}

// pkcs12 recognises a key store, and opens it if that takes no passphrase or
// the user's.
func (p *fileParser) pkcs12(data []byte) {
	problem := Problem{Code: cause.PKCS12NotPEM, Found: string(derPKCS12), Want: wantedBlock(p.Role)}
	key, certs, err := decodePKCS12(data, "")
	if err != nil {
		if phrase, fault := p.pass(); fault == nil {
			key, certs, err = decodePKCS12(data, string(phrase))
		} else {
			problem.Found += ", which needs its passphrase"
		}
	}
	if err == nil {
		if key != nil {
			p.Keys = append(p.Keys, key)
		}
		for _, c := range certs {
			p.Certs = append(p.Certs, FileCert{Path: p.Path, Raw: c.Raw, Cert: c})
		}
	}
	p.add(problem)
}

// LoadPKCS12 reads certificate, chain and key from a PKCS#12 file. The chain is
// leaf first. The problems are those of Load, pkcs12-not-pem left out, since
// here PKCS#12 is what is wanted; a passphrase that does not fit is
// key-wrong-passphrase, one that is needed key-encrypted.
func LoadPKCS12(path string, pass PassFunc) *Pair {
	pair := &Pair{CertPath: path, KeyPath: path}
	data, _, problem := readFile(path, RoleKey)
	if problem != nil {
		pair.Problems = []Problem{*problem}
		return pair
	}
	fail := func(code cause.Code, found, want string) *Pair {
		pair.Problems = []Problem{{Code: code, Path: path, Role: RoleKey, Found: found, Want: want, Fatal: true}}
		return pair
	}
	if kind, length := sniffBinary(data); kind != derPKCS12 {
		found := string(kind)
		if kind == derUnknown {
			found = "something else"
		}
		return fail(cause.PEMWrongType, found, string(derPKCS12))
	} else if length > len(data) {
		return fail(cause.PEMTruncated, fmt.Sprintf("%d of %d bytes", len(data), length), "the whole file")
	}
	key, certs, err := decodePKCS12(data, "")
	if err != nil {
		phrase, fault := oncePass(path, pass)()
		if fault != nil {
			return fail(fault.code, fault.found, fault.want)
		}
		if key, certs, err = decodePKCS12(data, string(phrase)); err != nil {
			return fail(cause.KeyWrongPassphrase, "", "")
		}
	}
	if key == nil || len(certs) == 0 {
		return fail(cause.PEMWrongType, "a key store without a certificate and its key", "both")
	}
	pair.Key = key
	for _, c := range certs {
		pair.Chain = append(pair.Chain, FileCert{Path: path, Raw: c.Raw, Cert: c})
	}
	return pair
}

// decodePKCS12 opens a key store of either kind: certificate and key, or
// certificates only. A nil key and no error means the latter.
func decodePKCS12(data []byte, phrase string) (key crypto.Signer, certs []*x509.Certificate, err error) {
	defer func() {
		if recover() != nil { // the decoder is not hardened against hostile files
			key, certs, err = nil, nil, fmt.Errorf("malformed PKCS#12")
		}
	}()
	private, leaf, rest, err := pkcs12.DecodeChain(data, phrase)
	if err == nil {
		signer, ok := private.(crypto.Signer)
		if !ok {
			return nil, nil, fmt.Errorf("a key that cannot sign")
		}
		return signer, append([]*x509.Certificate{leaf}, rest...), nil
	}
	certs, trustErr := pkcs12.DecodeTrustStore(data, phrase)
	if trustErr != nil {
		return nil, nil, err
	}
	return nil, certs, nil
}
