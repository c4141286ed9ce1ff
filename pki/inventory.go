package pki

import (
	"bytes"
	"crypto/x509"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Inventory is what a folder has: CAs, certificates of theirs, and lists.
type Inventory struct {
	Dir   string
	Certs []Held // CAs first, then by name; old ones after the current
	Lists []HeldList
	// Recorded: the folder has a record. Else the certificates are those found
	// in files, and what became of others is not known.
	Recorded bool
}

// Held is a certificate of a folder's CA, or such a CA.
type Held struct {
	Name    string            // as commands take it: NAME of NAME-crt.pem; "" where no such file is there
	File    string            // that has it; "" if it is only in the record
	Cert    *x509.Certificate // nil if it is only in the record
	KeyFile string            // of its key; "" where there is none beside it
	// KeyDiffers: the file that should have its key has another.
	KeyDiffers bool
	CA         string // the file of the CA that signed it; "" if that is not here
	Old        bool   // another certificate has taken its name

	Subject  string // for people
	Serial   *big.Int
	NotAfter time.Time
	Revoked  time.Time // zero if it is not
	Reason   string
}

// HeldList is a revocation list in a folder.
type HeldList struct {
	File       string
	Issuer     string
	Number     *big.Int // nil in lists without
	Entries    int
	ThisUpdate time.Time
	NextUpdate time.Time // zero in lists that have none
}

// TakeInventory reads a folder, after finishing or clearing away what a killed
// process has left there. A file that cannot be read is left out; a damaged record is an error.
func TakeInventory(dir string) (*Inventory, error) {
	unlock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := recoverDir(dir); err != nil {
		return nil, err
	}
	return takeInventory(dir)
}

// takeInventory is TakeInventory under the folder's lock.
func takeInventory(dir string) (*Inventory, error) {
	inv := &Inventory{Dir: dir}
	rec, found, err := LoadRecord(dir)
	if err != nil {
		return nil, err
	}
	inv.Recorded = found
	var cas []FileCert
	for _, c := range Load(filepath.Join(dir, "ca"+certSuffix), RoleTrust, nil).Certs {
		if c.Cert != nil && c.Cert.IsCA {
			cas = append(cas, c)
		}
	}
	seen := map[string]bool{}
	for i, c := range cas {
		name := "ca"
		if i > 0 {
			name = ""
		}
		h := Held{Name: name, File: "ca" + certSuffix, Cert: c.Cert}
		h.fill(rec)
		h.findKey(dir, "ca"+keySuffix)
		inv.Certs = append(inv.Certs, h)
		seen[c.Cert.SerialNumber.String()] = true
	}
	for _, file := range heldIn(dir) {
		h := Held{File: file.File, Cert: file.Cert}
		if file.File == "ca"+certSuffix {
			continue
		}
		for _, ca := range cas {
			if issued(file.Cert, ca.Cert) {
				h.CA = "ca" + certSuffix
			}
		}
		stem, _, old := cutNumber(file.File)
		if name, ok := strings.CutSuffix(stem, certSuffix); ok {
			h.Name, h.Old = name, old
			key := name + keySuffix
			if old {
				key += strings.TrimPrefix(file.File, stem)
			}
			h.findKey(dir, key)
		}
		serial := file.Cert.SerialNumber.String()
		// Of the files of others only those belong here that go by a name of ours.
		if h.CA == "" && h.Name == "" || seen[serial] {
			continue
		}
		seen[serial] = true
		h.fill(rec)
		inv.Certs = append(inv.Certs, h)
	}
	for _, row := range rec.Rows {
		if !seen[row.Serial.String()] {
			h := Held{Subject: readOneLine(row.Subject), Serial: row.Serial, NotAfter: row.NotAfter}
			h.revoked(&row)
			h.Old = rec.superseded(&row)
			inv.Certs = append(inv.Certs, h)
		}
	}
	inv.sort()
	return inv, inv.readLists()
}

// fill takes over what certificate and record say.
func (h *Held) fill(rec *Record) {
	h.Subject, h.Serial, h.NotAfter = DescribeName(h.Cert.RawSubject), h.Cert.SerialNumber, h.Cert.NotAfter
	if row := rec.Find(h.Serial); row != nil && row.Subject == oneLine(h.Cert.RawSubject) {
		h.revoked(row)
	}
}

func (h *Held) revoked(row *Row) {
	if row.State == 'R' {
		h.Revoked, h.Reason = row.Revoked, row.Reason
	}
}

// findKey looks whether the file has the key. One that is encrypted is taken at
// its name.
func (h *Held) findKey(dir, name string) {
	path := filepath.Join(dir, name)
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return
	}
	h.KeyFile = name
	for _, key := range Load(path, RoleKey, nil).Keys {
		h.KeyDiffers = !samePublicKey(h.Cert.PublicKey, key.Public())
	}
}

// IsCA reports whether it is a CA.
func (h *Held) IsCA() bool { return h.Cert != nil && h.Cert.IsCA }

// Kind is what the certificate is for: "CA", "server", "client", "server and
// client", or "" where that is not known.
func (h *Held) Kind() string {
	switch {
	case h.Cert == nil:
		return ""
	case h.Cert.IsCA:
		return "CA"
	}
	server, client := allows(h.Cert, x509.ExtKeyUsageServerAuth), allows(h.Cert, x509.ExtKeyUsageClientAuth)
	switch {
	case server && client:
		return "server and client"
	case server:
		return string(Server)
	case client:
		return string(Client)
	}
	return ""
}

// sort puts CAs first, and old certificates after the one that has their name.
func (inv *Inventory) sort() {
	rank := func(h Held) int {
		switch {
		case h.IsCA():
			return 0
		case h.File != "":
			return 1
		}
		return 2
	}
	slices.SortStableFunc(inv.Certs, func(a, b Held) int {
		if d := rank(a) - rank(b); d != 0 || rank(a) == 0 {
			return d
		}
		if d := strings.Compare(a.Name, b.Name); d != 0 {
			return d
		}
		if a.Old != b.Old {
			return map[bool]int{true: 1, false: -1}[a.Old]
		}
		return b.NotAfter.Compare(a.NotAfter)
	})
}

// readLists reads ca-crl.pem.
func (inv *Inventory) readLists() error {
	lists, err := loadLists(filepath.Join(inv.Dir, crlFileName))
	if err != nil {
		return err
	}
	for _, l := range lists {
		inv.Lists = append(inv.Lists, heldList(l))
	}
	return nil
}

func heldList(l *x509.RevocationList) HeldList {
	return HeldList{File: crlFileName, Issuer: DescribeName(l.RawIssuer), Number: l.Number,
		Entries: len(l.RevokedCertificateEntries), ThisUpdate: l.ThisUpdate, NextUpdate: l.NextUpdate}
}

// readOneLine makes X509_NAME_oneline's form readable, as far as it can be:
// "/O=Example/CN=ann" as "CN=ann,O=Example".
func readOneLine(s string) string {
	var parts []string
	var b bytes.Buffer
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+3 < len(s) && s[i+1] == 'x':
			if n, ok := new(big.Int).SetString(s[i+2:i+4], 16); ok {
				b.WriteByte(byte(n.Int64()))
				i += 3
				continue
			}
			b.WriteByte(s[i])
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '/' || s[i+1] == '+'):
			i++
			b.WriteByte(s[i])
		case s[i] == '/':
			if b.Len() > 0 {
				parts = append(parts, b.String())
			}
			b.Reset()
		default:
			b.WriteByte(s[i])
		}
	}
	if b.Len() > 0 {
		parts = append(parts, b.String())
	}
	slices.Reverse(parts)
	return strings.ToValidUTF8(strings.Join(parts, ","), "?")
}
