package pki

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

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
	CRLs     []*x509.RevocationList
	Problems []Problem // in the order in which they hurt, fatal ones first

	openKey bool // it holds a private key that no passphrase protects
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
	if f.openKey {
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
	f.take(read(path, data, role, pass))
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
	case RoleCRL:
		return len(f.CRLs) > 0
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
	case RoleCRL:
		return "-----BEGIN X509 CRL-----"
	}
	return "-----BEGIN CERTIFICATE-----"
}
