package pki

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"mutual/diagnose/cause"
)

// maxFileSize bounds what is read of a file; the largest CA bundles in use
// have less than one mebibyte.
const maxFileSize = 16 << 20

// File is what a file holds, and what is wrong with it. Both can be there: a
// file that mutual can read but other programs cannot is loaded, and the
// problem noted as not fatal.
type File struct {
	Path     string
	Role     Role
	Certs    []FileCert      // in the file's order
	Keys     []crypto.Signer `json:"-"` // in the file's order
	CSRs     []*x509.CertificateRequest
	Problems []Problem // in the order in which they hurt, fatal ones first
}

// FileCert is a certificate as a file holds it.
type FileCert struct {
	Path  string
	Block int               // the PEM block, from 1; 0 if the file is not PEM
	Line  int               // of the block's BEGIN line; 0 if the file is not PEM
	Raw   []byte            // DER
	Cert  *x509.Certificate // nil if Raw breaks the standard
}

// PublicKey is the certificate's key, also where Cert is nil, or nil if it
// cannot be read.
func (c FileCert) PublicKey() crypto.PublicKey {
	if c.Cert != nil {
		return c.Cert.PublicKey
	}
	return parsePublicKey(certSPKI(c.Raw))
}

// Err returns the problems as a *ProblemError if one of them is fatal.
func (f *File) Err() error { return firstFatal(f.Problems) }

// Parsed returns the certificates that follow the standard, in file order.
func (f *File) Parsed() []*x509.Certificate { return parsed(f.Certs) }

func parsed(certs []FileCert) []*x509.Certificate {
	var list []*x509.Certificate
	for _, c := range certs {
		if c.Cert != nil {
			list = append(list, c.Cert)
		}
	}
	return list
}

// Load reads the file at path, which should hold what role says. It always
// returns a File; what went wrong is in its Problems. pass may be nil. For
// RoleTrust, LoadTrust takes directories too.
func Load(path string, role Role, pass PassFunc) *File {
	data, mode, problem := readFile(path, role)
	if problem != nil {
		f := &File{Path: path, Role: role, Problems: []Problem{*problem}}
		return f.finish()
	}
	f := Parse(path, data, role, pass)
	if len(f.Keys) > 0 || f.has(cause.KeyEncrypted) || f.has(cause.KeyWrongPassphrase) {
		if mode.IsRegular() && mode.Perm()&0o077 != 0 && runtime.GOOS != "windows" {
			f.add(Problem{Code: cause.FilePermissionsTooOpen, Found: fmt.Sprintf("mode %#o", mode.Perm()), Want: "mode 0600"})
		}
	}
	return f
}

// readFile reads path as a whole, within maxFileSize.
func readFile(path string, role Role) ([]byte, fs.FileMode, *Problem) {
	fail := func(code cause.Code, found, want string) ([]byte, fs.FileMode, *Problem) {
		return nil, 0, &Problem{Code: code, Path: path, Role: role, Found: found, Want: want, Fatal: true}
	}
	file, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if target, err := os.Readlink(path); err == nil {
			return fail(cause.FileNotFound, "a symbolic link to "+target+", which is not there", "")
		}
		return fail(cause.FileNotFound, missingParent(path), "")
	case errors.Is(err, fs.ErrPermission):
		return fail(cause.FileUnreadable, "permission denied", "")
	case err != nil:
		return fail(cause.FileUnreadable, plainReason(err), "")
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fail(cause.FileUnreadable, plainReason(err), "")
	}
	if info.IsDir() {
		return fail(cause.FileUnreadable, "a directory", "a file")
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	if err != nil {
		return fail(cause.FileUnreadable, plainReason(err), "")
	}
	if len(data) > maxFileSize {
		return fail(cause.FileUnreadable, "a file of more than 16 MiB", "a certificate or key file")
	}
	return data, info.Mode(), nil
}

// missingParent names the nearest folder above path that is not there either.
func missingParent(path string) string {
	dir := filepath.Dir(path)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return "no folder " + dir
	}
	return ""
}

// plainReason is err without the operation and the path.
func plainReason(err error) string {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		err = pathErr.Err
	}
	return err.Error()
}

// Parse is Load for data already read; path serves for the problems and for
// pass.
func Parse(path string, data []byte, role Role, pass PassFunc) *File {
	f := &File{Path: path, Role: role}
	p := fileParser{File: f, pass: oncePass(path, pass)}
	if strings.TrimSpace(strings.TrimPrefix(string(data[:min(len(data), 64<<10)]), "\ufeff")) == "" && len(data) <= 64<<10 {
		f.add(Problem{Code: cause.FileEmpty, Found: fmt.Sprintf("%d bytes", len(data)), Want: wantedBlock(role), Fatal: true})
		return f.finish()
	}
	if kind, length := sniffBinary(data); kind != derUnknown {
		p.binary(data, kind, length)
		return f.finish()
	}
	p.text(data)
	return f.finish()
}

// oncePass asks pass at most once, and turns "there is none" into a fault.
func oncePass(path string, pass PassFunc) func() ([]byte, *keyFault) {
	var phrase []byte
	var fault *keyFault
	asked := false
	return func() ([]byte, *keyFault) {
		if !asked {
			asked = true
			if pass != nil {
				var err error
				if phrase, err = pass(path); err != nil {
					fault = &keyFault{code: cause.KeyEncrypted, found: err.Error()}
				}
			}
			if len(phrase) == 0 && fault == nil {
				fault = &keyFault{code: cause.KeyEncrypted}
			}
		}
		return phrase, fault
	}
}

// fileParser fills a File.
type fileParser struct {
	*File
	pass func() ([]byte, *keyFault)
}

// add notes a problem of this file.
func (f *File) add(p Problem) {
	p.Path, p.Role = f.Path, f.Role
	f.Problems = append(f.Problems, p)
}

func (f *File) has(code cause.Code) bool {
	for _, p := range f.Problems {
		if p.Code == code {
			return true
		}
	}
	return false
}

// wanted reports whether the file holds what its role says.
func (f *File) wanted() bool {
	switch f.Role {
	case RoleKey:
		return len(f.Keys) > 0
	case RoleCSR:
		return len(f.CSRs) > 0
	}
	return len(f.Certs) > 0
}

// finish decides what is fatal: everything, if the file yields nothing that
// its role asks for; else nothing but keys that stay closed.
func (f *File) finish() *File {
	if !f.wanted() {
		if len(f.Problems) == 0 {
			f.add(Problem{Code: cause.PEMWrongType, Found: "nothing of use", Want: wantedBlock(f.Role)})
		}
		for i := range f.Problems {
			f.Problems[i].Fatal = true
		}
	} else {
		for i := range f.Problems {
			f.Problems[i].Fatal = false
		}
	}
	if f.Role == RoleTrust && !f.wanted() {
		f.add(Problem{Code: cause.TrustStoreUnloadable, Found: string(f.Problems[0].Code), Want: "at least one CA certificate", Fatal: true})
	}
	return f
}

func wantedBlock(role Role) string {
	switch role {
	case RoleKey:
		return "-----BEGIN PRIVATE KEY-----"
	case RoleCSR:
		return "-----BEGIN CERTIFICATE REQUEST-----"
	}
	return "-----BEGIN CERTIFICATE-----"
}

// text parses a file that is not binary.
func (p *fileParser) text(data []byte) {
	blocks, faults := scanPEM(data)
	if len(blocks) == 0 && len(faults) == 0 {
		p.noBlocks(data)
		return
	}
	for _, fault := range faults {
		p.add(Problem{Code: fault.code, Block: fault.block, Line: fault.line, Found: fault.found, Want: fault.want})
	}
	var others []pemBlock
	for _, b := range blocks {
		switch {
		case b.label == "CERTIFICATE":
			p.cert(b)
		case b.label == "X509 CERTIFICATE", b.label == "TRUSTED CERTIFICATE":
			p.blockProblem(b, cause.PEMWrongType, "-----BEGIN "+b.label+"-----", "-----BEGIN CERTIFICATE-----")
			if b.label == "TRUSTED CERTIFICATE" {
				b.der = derElement(b.der) // OpenSSL's trust settings follow it
			}
			p.cert(b)
		case b.label == "PKCS7", b.label == "CMS", b.label == "PKCS #7 SIGNED DATA":
			p.blockProblem(b, cause.PEMWrongType, "-----BEGIN "+b.label+"-----", "-----BEGIN CERTIFICATE-----")
			p.pkcs7(b.der, b)
		case looksLikeKeyLabel(b.label):
			if p.Role == RoleKey || p.Role == RoleCert {
				p.key(b)
			}
			others = append(others, b)
		case b.label == "CERTIFICATE REQUEST", b.label == "NEW CERTIFICATE REQUEST":
			p.csr(b)
			others = append(others, b)
		default:
			others = append(others, b)
		}
	}
	if !p.wanted() && len(p.Problems) == 0 {
		p.wrongBlocks(others)
	}
}

// wrongBlocks notes what the file holds in place of what its role asks for.
func (p *fileParser) wrongBlocks(others []pemBlock) {
	b := pemBlock{label: "CERTIFICATE", index: 1}
	if len(others) > 0 {
		b = others[0]
	} else if len(p.Certs) > 0 {
		b.index, b.line = p.Certs[0].Block, p.Certs[0].Line
	}
	p.blockProblem(b, cause.PEMWrongType, "-----BEGIN "+b.label+"-----", wantedBlock(p.Role))
}

func (p *fileParser) blockProblem(b pemBlock, code cause.Code, found, want string) {
	p.add(Problem{Code: code, Block: b.index, Line: b.line, Found: found, Want: want})
}

func (p *fileParser) cert(b pemBlock) {
	c := FileCert{Path: p.Path, Block: b.index, Line: b.line, Raw: b.der}
	cert, err := x509.ParseCertificate(b.der)
	if err != nil {
		p.blockProblem(b, cause.CertMalformed, whyMalformed(b.der, err), "")
		if derShape(b.der) != derCert {
			return // not a certificate at all
		}
	}
	c.Cert = cert
	p.Certs = append(p.Certs, c)
}

func (p *fileParser) key(b pemBlock) {
	pass := p.pass
	if p.Role != RoleKey {
		// A key beside the certificates is taken along if it is open; nobody is
		// asked for a passphrase, and no fault of it concerns this role.
		pass = func() ([]byte, *keyFault) { return nil, &keyFault{code: cause.KeyEncrypted} }
	}
	key, fault := parseKeyBlock(b, pass)
	if fault == nil {
		p.Keys = append(p.Keys, key)
	} else if p.Role == RoleKey {
		p.blockProblem(b, fault.code, fault.found, fault.want)
	}
}

func (p *fileParser) csr(b pemBlock) {
	csr, err := x509.ParseCertificateRequest(b.der)
	if err == nil {
		p.CSRs = append(p.CSRs, csr)
	} else if p.Role == RoleCSR {
		p.blockProblem(b, cause.CertMalformed, err.Error(), "a signing request that follows RFC 2986")
	}
}

// noBlocks deals with text that has neither BEGIN nor END.
func (p *fileParser) noBlocks(data []byte) {
	want := wantedBlock(p.Role)
	if name := foreignKeyText(data); name != "" {
		code := cause.PEMWrongType
		if strings.HasSuffix(name, "private key") || name == "an SSH2 key" {
			if p.Role == RoleKey {
				code = cause.KeyFormatUnsupported
			}
		}
		p.add(Problem{Code: code, Line: 1, Found: name, Want: want})
		return
	}
	compact := strings.Join(strings.Fields(string(data)), "")
	if der, err := base64.StdEncoding.DecodeString(compact); err == nil {
		if kind, _ := sniffBinary(der); kind != derUnknown {
			p.binary(der, kind, len(der))
			for i := range p.Problems {
				if p.Problems[i].Code == cause.DERNotPEM {
					p.Problems[i] = Problem{Code: cause.PEMTruncated, Path: p.Path, Role: p.Role, Line: 1, Found: "base64 without BEGIN and END lines", Want: want}
				}
			}
			return
		}
	}
	p.add(Problem{Code: cause.PEMWrongType, Found: "no PEM block", Want: want})
}
