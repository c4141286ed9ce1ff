package pki

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
)

// InUseError says that a CA has issued certificates, which would be of no use
// if it were replaced.
type InUseError struct {
	Path   string   // of the CA's certificate
	Issued []string // certificates as words: names of files, or a line count
}

func (e *InUseError) Error() string {
	return e.Path + " is a CA that has issued certificates: " + strings.Join(e.Issued, ", ")
}

// caInUse gives *InUseError if there are certificates of the CA in the folder,
// or a record of some. Of a CA whose certificate cannot be read every
// certificate might be.
func (f *folder) caInUse() error {
	crt := "ca" + certSuffix
	if !f.exists(crt) && !f.exists("ca"+keySuffix) {
		return nil
	}
	var issued []string
	entries, err := os.ReadDir(f.Dir)
	if err != nil {
		return err
	}
	listed := map[string]bool{} // the serial numbers of those in files
	cas := Load(f.path(crt), RoleTrust, nil).Parsed()
	for _, e := range entries {
		if !holdsCertificates(e.Name()) {
			continue
		}
		if info, err := os.Stat(f.path(e.Name())); err == nil && info.Mode().IsRegular() && f.anyOf(cas, e.Name(), listed) {
			issued = append(issued, e.Name())
		}
	}
	if rec, _, err := LoadRecord(f.Dir); err != nil {
		issued = append(issued, recordName+", which is damaged")
	} else if n := rec.besides(listed); n > 0 {
		issued = append(issued, fmt.Sprintf("%d in %s", n, recordName))
	}
	if len(issued) == 0 {
		return nil
	}
	return &InUseError{f.path(crt), issued}
}

// holdsCertificates goes by the name of a file.
func holdsCertificates(name string) bool {
	for _, suffix := range []string{".pem", ".crt", ".cer", ".der"} {
		if strings.HasSuffix(strings.ToLower(name), suffix) {
			return !strings.HasSuffix(name, keySuffix)
		}
	}
	return false
}

// anyOf reports whether the file holds a certificate that names one of the CAs
// as its issuer, other than the CA itself, and lists it.
func (f *folder) anyOf(cas []*x509.Certificate, name string, listed map[string]bool) bool {
	any := false
	for _, c := range Load(f.path(name), RoleCert, nil).Parsed() {
		of := len(cas) == 0 && !c.IsCA
		for _, ca := range cas {
			of = of || bytes.Equal(c.RawIssuer, ca.RawSubject) && !c.Equal(ca)
		}
		if of {
			any, listed[c.SerialNumber.String()] = true, true
		}
	}
	return any
}

// besides counts the rows of other certificates than these.
func (r *Record) besides(certs map[string]bool) int {
	n := 0
	for _, row := range r.Rows {
		if !certs[row.Serial.String()] {
			n++
		}
	}
	return n
}
