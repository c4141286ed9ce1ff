package pki

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// LoadRecord reads the record of a folder. Where there is none, it is empty,
// and found false.
func LoadRecord(dir string) (r *Record, found bool, err error) {
	path := filepath.Join(dir, recordName)
	data, err := ReadRegular(path, maxFileSize)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &Record{}, false, nil
	case err != nil:
		return nil, false, err
	}
	if r, err = ParseRecord(data); err != nil {
		return nil, false, fmt.Errorf("%s, %w", path, err)
	}
	return r, true, nil
}

// account has the record of the folder follow what was made. A folder that has
// none gets one, of all that its CA has issued and is there. A CA that is
// replaced takes its record along, to a backup.
func (f *folder) account() error {
	rec, found, err := LoadRecord(f.Dir)
	if err != nil {
		return err
	}
	if f.newCA {
		rec = &Record{}
	}
	changed := !found || f.newCA
	if !found && !f.newCA && f.root != nil {
		for _, held := range heldIn(f.Dir) {
			if issued(held.Cert, f.root) {
				rec.Add(held.Cert)
			}
		}
	}
	for _, file := range f.Files {
		if file.State == Made && file.Cert != nil && !selfIssued(file.Cert) {
			changed = rec.Add(file.Cert) || changed
		}
	}
	if changed {
		f.outs = append(f.outs, Out{Name: recordName, Data: rec.Bytes(), Record: true})
	}
	f.numbers()
	// Verifiers that are given a file of lists want to find it there.
	if f.ca != nil && f.listed && (f.newCA || !f.exists(crlFileName)) && signsLists(f.root) {
		_, err = f.revocations(rec, 0)
	}
	return err
}

// numbers makes the files beside the record that are not there: what OpenSSL
// reads together with it.
func (f *folder) numbers() {
	for _, file := range []struct {
		name string
		text string
	}{{attrName, recordAttr}, {serialName, serialText(newSerial()) + "\n"}} {
		if !f.exists(file.name) {
			f.outs = append(f.outs, Out{Name: file.name, Data: []byte(file.text), Record: true})
		}
	}
}

// held is a certificate in a folder, and the file that has it first.
type held struct {
	File string
	Cert *x509.Certificate
}

// heldIn are the certificates in the files of a folder that go by the names of
// such, old ones with a number included, those that mutual names first, then in
// the order of the names; of a file with a chain the first alone, for the others
// are CAs.
func heldIn(dir string) []held {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var list []held
	for _, e := range entries {
		name := e.Name()
		if stem, _, old := cutNumber(name); old {
			name = stem
		}
		if !holdsCertificates(name) || strings.HasPrefix(name, ".") {
			continue
		}
		if info, err := os.Stat(filepath.Join(dir, e.Name())); err != nil || !info.Mode().IsRegular() {
			continue
		}
		if certs := Load(filepath.Join(dir, e.Name()), RoleCert, nil).Parsed(); len(certs) > 0 {
			list = append(list, held{e.Name(), certs[0]})
		}
	}
	// A certificate may stand in a second file, joined with its key for HAProxy.
	rank := func(h held) int {
		stem, _, old := cutNumber(h.File)
		switch {
		case !strings.HasSuffix(stem, certSuffix):
			return 2
		case old:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b held) int { return rank(a) - rank(b) })
	return list
}

// cutNumber takes the number off the name of a backup.
func cutNumber(name string) (stem string, number int, ok bool) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return name, 0, false
	}
	n, good := new(big.Int).SetString(name[i+1:], 10)
	if !good || n.Sign() <= 0 || n.String() != name[i+1:] || !n.IsInt64() || n.Int64() > 1<<30 {
		return name, 0, false
	}
	return name[:i], int(n.Int64()), true
}

// issued reports whether ca has signed cert, which is another.
func issued(cert, ca *x509.Certificate) bool {
	return !cert.Equal(ca) && cert.CheckSignatureFrom(ca) == nil
}

func selfIssued(cert *x509.Certificate) bool {
	return string(cert.RawIssuer) == string(cert.RawSubject)
}
