package pki

import (
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/youmark/pkcs8"

	"mutual/diagnose/cause"
)

// RenewOptions says what Renew makes anew. Now has no default.
type RenewOptions struct {
	Names    []string // renewed though they are not due; what is due if empty
	Due      Due      // DueByDefault if nil
	ReuseKey bool     // keep the keys
	Pass     PassFunc // for encrypted keys
	MustUse  bool     // Pass has to open something
	Now      time.Time
}

// Renewal is what Renew did.
type Renewal struct {
	Set
	// Next is the certificate that ends first where nothing was due, or nil.
	Next *Held
}

// Renew issues certificates of the folder's CA anew, all of them or none: with
// the subject, names, usage, kind of key and length of life of the old one, and
// a key of its own unless ReuseKey is set or the key is not in the folder. What
// was there is kept under numbers. A key whose predecessor is encrypted is
// encrypted with the same passphrase.
//
// Without Names it renews what is due or has run out, but for what is revoked.
// A name that cannot be renewed gives *UsageError.
func Renew(dir string, opts RenewOptions) (*Renewal, error) {
	f := &folder{Set: Set{Dir: dir}, now: opts.Now, force: true, mustUse: opts.MustUse}
	f.pass = f.opening(opts.Pass)
	if !f.exists("ca" + certSuffix) {
		f.problem(Problem{Code: cause.FileNotFound, Path: f.path("ca" + certSuffix), Role: RoleTrust, Found: missingParent(f.path("ca" + certSuffix)), Want: "a CA, as mutual init makes it", Fatal: true})
		return &Renewal{Set: f.Set}, nil
	}
	unlock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := recoverDir(dir); err != nil {
		return nil, err
	}
	inv, err := takeInventory(dir)
	if err != nil {
		return nil, err
	}
	due := opts.Due
	if due == nil {
		due = DueByDefault
	}
	chosen, err := inv.toRenew(opts.Names, due, opts.Now)
	if err != nil {
		return nil, err
	}
	if len(chosen) == 0 {
		return &Renewal{Set: f.Set, Next: inv.Next(due, opts.Now)}, nil
	}
	f.loadCA()
	f.Files = nil // the result is about what was asked for
	if f.ca == nil {
		return &Renewal{Set: f.Set}, nil
	}
	for _, h := range chosen {
		if err := f.renew(h, opts.ReuseKey); err != nil {
			return nil, err
		}
	}
	if f.Err() != nil {
		return &Renewal{Set: f.Set}, nil // all or none
	}
	if err := f.commit(); err != nil {
		return nil, err
	}
	return &Renewal{Set: f.Set}, nil
}

// toRenew are the certificates of these names, or those that are due.
func (inv *Inventory) toRenew(names []string, due Due, now time.Time) ([]*Held, error) {
	var chosen []*Held
	if len(names) == 0 {
		for i := range inv.Certs {
			h := &inv.Certs[i]
			state := h.State(due, now)
			if (state == HeldDue || state == HeldExpired) && h.Name != "" && !h.Old && !h.IsCA() && h.CA != "" {
				chosen = append(chosen, h)
			}
		}
		return chosen, nil
	}
	for _, name := range names {
		h := inv.Named(name)
		switch {
		case h == nil && name == "ca", h != nil && h.IsCA():
			return nil, &UsageError{"NAME", "a CA cannot be renewed under what it has issued; it is replaced by another beside it"}
		case h == nil:
			return nil, &UsageError{"NAME", fmt.Sprintf("there is no %s%s in %s; the names there are %s", name, certSuffix, inv.Dir, strings.Join(inv.Names(), ", "))}
		case h.CA == "":
			return nil, &UsageError{"NAME", fmt.Sprintf("%s was issued by %s, and not by the CA in ca%s", h.File, DescribeName(h.Cert.RawIssuer), certSuffix)}
		case !h.Revoked.IsZero():
			return nil, &UsageError{"NAME", fmt.Sprintf("%s is revoked, since %s; whoever shall come in again needs another: mutual issue %s %s --force", h.File, h.Revoked.Format(time.DateOnly), purposeOf(h.Cert), name)}
		}
		if !slices.Contains(chosen, h) {
			chosen = append(chosen, h)
		}
	}
	return chosen, nil
}

// Named is the certificate that now goes by a name, or nil.
func (inv *Inventory) Named(name string) *Held {
	for i := range inv.Certs {
		if h := &inv.Certs[i]; h.Name == name && !h.Old && name != "" {
			return h
		}
	}
	return nil
}

// Names are those of the folder's certificates, but for its CA.
func (inv *Inventory) Names() (names []string) {
	for _, h := range inv.Certs {
		if h.Name != "" && !h.Old && !h.IsCA() {
			names = append(names, h.Name)
		}
	}
	return names
}

// purposeOf is what a certificate is for; one for both ends is a server's.
func purposeOf(cert *x509.Certificate) Purpose {
	if allows(cert, x509.ExtKeyUsageServerAuth) {
		return Server
	}
	return Client
}

// renew makes one certificate anew.
func (f *folder) renew(h *Held, reuse bool) error {
	l := leaf{stem: h.Name, purpose: purposeOf(h.Cert)}
	f.inherit(&l, IssueOptions{})
	key := l.stem + keySuffix
	switch {
	case h.KeyFile == "":
		l.pub = h.Cert.PublicKey
	case reuse && h.KeyDiffers:
		return &UsageError{"--reuse-key", fmt.Sprintf("%s has not the key of %s", key, h.File)}
	case reuse:
		l.pub = h.Cert.PublicKey
	}
	if l.pub != nil {
		l.old.keyType = keyTypeOf(l.pub)
		return f.make(l, nil)
	}
	signer, err := GenerateKey(l.old.keyType)
	if err != nil {
		return err
	}
	pem, err := f.encodeLike(key, signer)
	if err != nil || pem == nil {
		return err
	}
	f.outs = append(f.outs, Out{Name: key, Data: pem, Key: true})
	return f.make(l, signer)
}

// encodeLike encodes a key as the one in the file is: open, or encrypted with
// the same passphrase. Without that it is nil, and a problem says so.
func (f *folder) encodeLike(name string, signer crypto.Signer) ([]byte, error) {
	data, err := os.ReadFile(f.path(name))
	if err != nil {
		return nil, err
	}
	encrypted := strings.Contains(string(data), "ENCRYPTED")
	clear(data)
	if !encrypted {
		return EncodeKey(signer)
	}
	old := Load(f.path(name), RoleKey, f.pass)
	for _, p := range old.Problems {
		f.problem(p)
	}
	if old.Err() != nil {
		return nil, nil
	}
	phrase, err := f.pass(f.path(name))
	if err != nil {
		return nil, err
	}
	return EncodeEncryptedKey(signer, phrase)
}

// EncodeEncryptedKey returns key as an encrypted PKCS#8 PEM block (RFC 5958 §3):
// PBES2 with PBKDF2 and AES-256, which OpenSSL, GnuTLS and Java read, too.
func EncodeEncryptedKey(key crypto.Signer, phrase []byte) ([]byte, error) {
	if len(phrase) == 0 {
		return nil, errors.New("the passphrase is empty")
	}
	der, err := pkcs8.MarshalPrivateKey(key, phrase, &pkcs8.Opts{Cipher: pkcs8.AES256CBC,
		KDFOpts: pkcs8.PBKDF2Opts{SaltSize: 16, IterationCount: 600_000, HMACHash: crypto.SHA256}})
	if err != nil {
		return nil, err
	}
	return encodeBlock("ENCRYPTED PRIVATE KEY", der), nil
}
