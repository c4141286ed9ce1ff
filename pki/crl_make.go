package pki

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"path/filepath"
	"strings"
	"time"
)

// crlFileName is the file of a folder with the lists of its CAs.
const crlFileName = "ca-crl.pem"

// defaultCRLLife is how long a list is good for if nobody says.
const defaultCRLLife = 30 * day

// list signs the full list of what the record has as revoked (RFC 5280 §5),
// which ends with the CA at the latest.
func (ca *CA) list(rec *Record, number *big.Int, now time.Time, life time.Duration) (*x509.RevocationList, error) {
	if !signsLists(ca.Cert) {
		return nil, &UsageError{"ca" + certSuffix, "its key usage lacks cRLSign, so that no verifier takes a revocation list of it"}
	}
	if life == 0 {
		life = defaultCRLLife
	}
	now = now.UTC().Truncate(time.Second)
	tmpl := &x509.RevocationList{Number: number, ThisUpdate: now, NextUpdate: now.Add(life)}
	if tmpl.NextUpdate.After(ca.Cert.NotAfter) {
		tmpl.NextUpdate = ca.Cert.NotAfter
	}
	// A verifier whose clock is a little behind takes a fresh list, too.
	if tmpl.ThisUpdate = now.Add(-backdate); tmpl.ThisUpdate.Before(ca.Cert.NotBefore) {
		tmpl.ThisUpdate = ca.Cert.NotBefore
	}
	for _, row := range rec.Rows {
		if row.State == 'R' {
			tmpl.RevokedCertificateEntries = append(tmpl.RevokedCertificateEntries,
				x509.RevocationListEntry{SerialNumber: row.Serial, RevocationTime: row.Revoked, ReasonCode: max(reasonCode(row.Reason), 0)})
		}
	}
	der, err := x509.CreateRevocationList(rand.Reader, tmpl, ca.Cert, ca.Key)
	if err != nil {
		return nil, fmt.Errorf("making the revocation list: %w", err)
	}
	return x509.ParseRevocationList(der)
}

func signsLists(ca *x509.Certificate) bool { return ca.KeyUsage&x509.KeyUsageCRLSign != 0 }

// encodeCRLs returns revocation lists as PEM blocks.
func encodeCRLs(lists []*x509.RevocationList) []byte {
	var out []byte
	for _, l := range lists {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: l.Raw})...)
	}
	return out
}

// revocations adds the lists of the folder's CAs, made from rec, to what is
// written: the signing CA's anew, those of others as they are in the file.
func (f *folder) revocations(rec *Record, life time.Duration) ([]*x509.RevocationList, error) {
	held, err := loadLists(f.path(crlFileName))
	if err != nil && !f.force && !f.newCA {
		return nil, err
	}
	number, err := f.nextCRLNumber(held)
	if err != nil {
		return nil, err
	}
	own, err := f.ca.list(rec, number, f.now, life)
	if err != nil {
		return nil, err
	}
	lists := []*x509.RevocationList{own}
	for _, l := range held {
		if string(l.RawIssuer) != string(f.root.RawSubject) && !f.newCA {
			lists = append(lists, l)
		}
	}
	next := new(big.Int).Add(number, big.NewInt(1))
	f.outs = append(f.outs,
		Out{Name: crlFileName, Data: encodeCRLs(lists), Record: true},
		Out{Name: crlNumberName, Data: []byte(serialText(next) + "\n"), Record: true})
	return lists, nil
}

// loadLists reads a file of revocation lists; one that is not there has none.
func loadLists(path string) ([]*x509.RevocationList, error) {
	file := Load(path, RoleCRL, nil)
	if err := file.Err(); err != nil {
		if _, missing := regularFile(path); missing {
			return nil, nil
		}
		return nil, err
	}
	return file.CRLs, nil
}

func regularFile(path string) (data []byte, missing bool) {
	data, err := ReadRegular(path, maxFileSize)
	return data, errors.Is(err, fs.ErrNotExist)
}

// nextCRLNumber is above that of every list there is: what crlnumber says,
// which openssl ca counts up, or more (RFC 5280 §5.2.3).
func (f *folder) nextCRLNumber(held []*x509.RevocationList) (*big.Int, error) {
	number := big.NewInt(1)
	path := f.path(crlNumberName)
	if data, missing := regularFile(path); !missing {
		text := strings.TrimSpace(string(data))
		n, ok := parseSerial(text)
		if !ok || n.Sign() < 0 {
			return nil, fmt.Errorf("%s: found %.40q, expected the number of the next list in hexadecimal digits", filepath.Clean(path), text)
		}
		number = n
	}
	for _, l := range held {
		if l.Number != nil && l.Number.Cmp(number) >= 0 {
			number = new(big.Int).Add(l.Number, big.NewInt(1))
		}
	}
	return number, nil
}
