package pki

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"mutual/diagnose/cause"
)

// Trust is what a CA file or a folder of CA files holds.
type Trust struct {
	Path     string
	Certs    []FileCert // each once
	Problems []Problem
}

// Err returns the problems as a *ProblemError if one of them is fatal.
func (t *Trust) Err() error { return firstFatal(t.Problems) }

// Parsed returns the certificates that follow the standard.
func (t *Trust) Parsed() []*x509.Certificate { return parsed(t.Certs) }

// Pool returns a pool of the certificates that follow the standard.
func (t *Trust) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range t.Parsed() {
		pool.AddCert(c)
	}
	return pool
}

// LoadTrust is OpenTrust for a file or folder that takes no passphrase.
func LoadTrust(path string) *Trust { return OpenTrust(path, nil) }

// OpenTrust loads CA certificates from a file of any form, or from a folder:
// there from each *.pem, *.crt and *.cer file and each file under an OpenSSL
// hash name (c_rehash(1)). If not a single certificate can be had, Problems has
// what is wrong in particular, and at its end trust-store-unloadable. pass, which
// may be nil, is asked for a key store's passphrase.
func OpenTrust(path string, pass PassFunc) *Trust {
	t := &Trust{Path: path}
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		f := Load(path, RoleTrust, pass)
		t.add(f.Certs)
		t.Problems = f.Problems
		return t
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Problems = []Problem{{Code: cause.FileUnreadable, Path: path, Role: RoleTrust, Found: plainReason(err), Fatal: true}}
	}
	hashed := regexp.MustCompile(`^[0-9a-f]{8}\.[0-9]+$`)
	for _, e := range entries {
		if !isTrustFileName(e.Name()) && !hashed.MatchString(e.Name()) {
			continue
		}
		file := filepath.Join(path, e.Name())
		if info, err := os.Stat(file); err == nil && info.IsDir() {
			continue
		}
		f := Load(file, RoleTrust, nil)
		t.add(f.Certs)
		for _, p := range f.Problems {
			// Keys beside the CA files are no fault of the folder.
			if p.Code != cause.TrustStoreUnloadable && p.Code != cause.PEMWrongType {
				p.Fatal = false
				t.Problems = append(t.Problems, p)
			}
		}
	}
	if len(t.Certs) == 0 {
		for i := range t.Problems {
			t.Problems[i].Fatal = true
		}
		t.Problems = append(t.Problems, Problem{Code: cause.TrustStoreUnloadable, Path: path, Role: RoleTrust,
			Found: "no certificate in the folder's *.pem, *.crt and *.cer files", Want: "at least one CA certificate", Fatal: true})
	}
	return t
}

func (t *Trust) add(certs []FileCert) {
	for _, c := range certs {
		if !containsCert(t.Certs, c) {
			t.Certs = append(t.Certs, c)
		}
	}
}

func containsCert(list []FileCert, c FileCert) bool {
	for _, have := range list {
		if bytes.Equal(have.Raw, c.Raw) {
			return true
		}
	}
	return false
}

func isTrustFileName(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".pem", ".crt", ".cer":
		return true
	}
	return false
}

// Limits of Neighbours: it is a courtesy, which must not cost noticeable time.
const (
	maxNeighbourFiles = 200
	maxNeighbourSize  = 1 << 20
)

// Neighbours returns the CA certificates in the certificate files that lie in
// the same folders as paths, each once, as hints to a missing intermediate.
// Files are told by their names (*.pem, *.crt, *.cer, *.cert, *.ca-bundle,
// *.chain); at most 200 of them and 1 MiB of each are looked at. Private keys
// are not parsed. What cannot be read is left out.
func Neighbours(paths ...string) []FileCert {
	var t Trust
	seen := map[string]bool{}
	left := maxNeighbourFiles
	for _, path := range paths {
		dir := filepath.Dir(path)
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			dir = path
		}
		if path == "" || seen[dir] {
			continue
		}
		seen[dir] = true
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if left == 0 || !isNeighbourName(e.Name()) {
				continue
			}
			info, err := os.Stat(filepath.Join(dir, e.Name()))
			if err != nil || !info.Mode().IsRegular() || info.Size() > maxNeighbourSize {
				continue
			}
			left--
			t.add(caCerts(filepath.Join(dir, e.Name())))
		}
	}
	return t.Certs
}

func isNeighbourName(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".cert", ".ca-bundle", ".chain":
		return true
	}
	return isTrustFileName(name)
}

// caCerts returns the CA certificates of one file.
func caCerts(path string) []FileCert {
	data, _, problem := readFile(path, RoleTrust)
	if problem != nil {
		return nil
	}
	var list []FileCert
	for _, c := range Parse(path, data, RoleTrust, nil).Certs {
		if c.Cert != nil && c.Cert.BasicConstraintsValid && c.Cert.IsCA {
			list = append(list, c)
		}
	}
	return list
}
