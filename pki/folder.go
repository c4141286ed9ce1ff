package pki

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"mutual/diagnose/cause"
)

// State is what became of a file of a set.
type State string

// The states of a file.
const (
	Made   State = "made"
	Kept   State = "kept"
	Broken State = "broken" // left as it is; a problem says why
)

// Set says what Init or Issue found and did in a folder.
type Set struct {
	Dir      string
	Files    []SetFile
	Problems []Problem
	// Orphans are certificate files that a CA signed which Init has replaced.
	Orphans []string
	// Opened: a passphrase opened a key. Those that were made have none.
	Opened bool
}

// SetFile is one file of a Set.
type SetFile struct {
	Name  string            // without folder
	What  string            // such as "server certificate"
	State State             //
	Cert  *x509.Certificate // nil for a key, and where the file is broken
	// Backup is the name under which the file that stood here is kept.
	Backup string
	// Asked is the end that was asked for, where the CA's is earlier and was
	// taken; else zero.
	Asked time.Time
	// Inherited are the properties of the certificate that this one replaces
	// and has taken over: "subject", "names", "usage", "key type", "lifetime".
	Inherited []string
}

// Err returns the problems as a *ProblemError if one of them is fatal.
func (s *Set) Err() error { return firstFatal(s.Problems) }

// Count is the number of files in the given state.
func (s *Set) Count(state State) int {
	n := 0
	for _, f := range s.Files {
		if f.State == state {
			n++
		}
	}
	return n
}

// UsageError says which option Init or Issue cannot work with.
type UsageError struct {
	Option string // such as "--host", or "NAME"
	Reason string
}

func (e *UsageError) Error() string { return e.Option + ": " + e.Reason }

const (
	certSuffix = "-crt.pem"
	keySuffix  = "-key.pem"
)

// folder is the work of Init or Issue on one folder, under its lock.
type folder struct {
	Set
	now     time.Time
	life    time.Duration
	keyType KeyType
	pass    PassFunc
	force   bool
	mustUse bool // the passphrase has to open something

	ca    *CA                 // nil if there is none that can sign
	root  *x509.Certificate   // the CA's certificate, also where its key is not to be had
	chain []*x509.Certificate // to follow a leaf: the CA and what is above, roots left out
	newCA bool                // the CA is another than it was
	// listed: the folder gets a revocation list if it has none.
	listed bool
	outs   []Out
}

func (f *folder) path(name string) string { return filepath.Join(f.Dir, name) }

func (f *folder) exists(name string) bool {
	_, err := os.Lstat(f.path(name))
	return !errors.Is(err, fs.ErrNotExist)
}

func (f *folder) file(name, what string, state State, cert *x509.Certificate) {
	f.Files = append(f.Files, SetFile{Name: name, What: what, State: state, Cert: cert})
}

// problem notes p. In a set that other programs are to use, everything is
// fatal that would stop one of them, if only one.
func (f *folder) problem(p Problem) {
	p.Fatal = p.Code != cause.FilePermissionsTooOpen
	f.Problems = append(f.Problems, p)
}

// stateOf is Broken if something that matters is wrong with the file.
func (f *folder) stateOf(name string) State {
	for _, p := range f.Problems {
		if p.Fatal && p.Path == f.path(name) {
			return Broken
		}
	}
	return Kept
}

// useCA takes over a sound CA pair.
func (f *folder) useCA(pair *Pair) {
	f.root = pair.Leaf()
	f.ca = &CA{Cert: f.root, Key: pair.Key}
	for _, c := range pair.Chain {
		if c.Cert != nil && !bytes.Equal(c.Cert.RawIssuer, c.Cert.RawSubject) {
			f.chain = append(f.chain, c.Cert)
		}
	}
}

// loadCA loads ca-crt.pem and ca-key.pem, which are there, and judges them.
func (f *folder) loadCA() {
	crt, key := "ca"+certSuffix, "ca"+keySuffix
	pair := LoadPair(f.path(crt), f.path(key), f.pass)
	problems := pair.Problems
	if cert := pair.Leaf(); cert != nil {
		f.root = cert
		problems = append(problems, f.judgeCA(cert)...)
	}
	for _, p := range problems {
		if p.Code == cause.CertMalformed {
			p.Side = string(Server)
		}
		f.problem(p)
	}
	f.file(crt, "CA certificate", f.stateOf(crt), pair.Leaf())
	if f.exists(key) {
		f.file(key, "CA key", f.stateOf(key), nil)
	}
	if f.root != nil && f.stateOf(crt) == Kept && f.stateOf(key) == Kept {
		f.useCA(pair)
	}
}

func (f *folder) judgeCA(cert *x509.Certificate) []Problem {
	var list []Problem
	add := func(code cause.Code, found, want string) {
		list = append(list, Problem{Code: code, Path: f.path("ca" + certSuffix), Role: RoleTrust, Side: "server", Found: found, Want: want, Fatal: true})
	}
	if !cert.BasicConstraintsValid || !cert.IsCA || cert.KeyUsage != 0 && cert.KeyUsage&x509.KeyUsageCertSign == 0 {
		add(cause.TrustAnchorRejected, DescribeName(cert.RawSubject), "a certificate that may sign others (CA:TRUE, keyCertSign)")
	}
	if f.now.After(cert.NotAfter) {
		add(cause.TrustAnchorExpired, "valid until "+cert.NotAfter.Format(time.RFC3339), "a later date than "+f.now.UTC().Format(time.RFC3339))
	}
	if f.now.Before(cert.NotBefore) {
		add(cause.IssuerCertNotYetValid, "valid from "+cert.NotBefore.Format(time.RFC3339), "an earlier date than "+f.now.UTC().Format(time.RFC3339))
	}
	return list
}

// leaf describes the certificate that a folder should have under a stem.
type leaf struct {
	stem    string
	purpose Purpose
	subject Subject
	sans    SANs
	csr     *x509.CertificateRequest // in place of a key of its own
	pub     crypto.PublicKey         // the same, of a key that stays as it is

	explicit bool  // the names are the user's own words
	nameless error // why the stem is no name for a server; it needs those of the certificate that it replaces

	hosts   []string // the certificate has to be good for, if it is there already
	must    SANs     // names it has to have, letter for letter, if it is there already
	mustBe  bool     // its subject has to be subject, if it is there already
	keyType KeyType  // its key has to be of this type, if not ""

	old *inheritance // of the certificate that this one replaces, or nil
}

// provide keeps the leaf if it is sound, names what is wrong if it is not, and
// makes what is missing.
func (f *folder) provide(l leaf) error {
	crt, key := l.stem+certSuffix, l.stem+keySuffix
	hasCert, hasKey := f.exists(crt), f.exists(key)
	if f.force {
		hasCert, hasKey = false, false
	}
	switch {
	case hasCert:
		return f.keep(l, hasKey)
	case f.ca == nil:
		return nil // what is wrong with the CA has been said
	case l.csr != nil:
		return f.make(l, nil)
	case hasKey:
		file := Load(f.path(key), RoleKey, f.pass)
		for _, p := range file.Problems {
			f.problem(p)
		}
		if f.stateOf(key) == Broken {
			f.file(key, string(l.purpose)+" key", Broken, nil)
			return nil
		}
		if l.keyType != "" && keyTypeOf(file.Keys[0].Public()) != l.keyType {
			return &ExistsError{f.path(key)}
		}
		return f.make(l, file.Keys[0])
	}
	t := f.keyType
	if l.old != nil && l.old.keyType != "" {
		t = l.old.keyType
	}
	signer, err := GenerateKey(t)
	if err != nil {
		return err
	}
	pem, err := EncodeKey(signer)
	if err != nil {
		return err
	}
	f.outs = append(f.outs, Out{Name: key, Data: pem, Key: true})
	return f.make(l, signer)
}

// make issues the leaf for key, or for its signing request.
func (f *folder) make(l leaf, key crypto.Signer) error {
	spec := LeafSpec{Purpose: l.purpose, Subject: l.subject, SANs: l.sans, Now: f.now, Life: f.life}
	l.old.amend(&spec)
	var cert *x509.Certificate
	var err error
	switch {
	case l.csr != nil:
		cert, err = f.ca.IssueCSR(spec, l.csr)
	case l.pub != nil:
		cert, err = f.ca.Issue(spec, l.pub)
	default:
		cert, err = f.ca.Issue(spec, key.Public())
	}
	if err != nil {
		return &UsageError{l.stem + certSuffix, err.Error()}
	}
	f.outs = append(f.outs, Out{Name: l.stem + certSuffix, Data: EncodeCerts(append([]*x509.Certificate{cert}, f.chain...)...)})
	f.Files = append(f.Files, SetFile{Name: l.stem + certSuffix, What: string(l.purpose) + " certificate", State: Made, Cert: cert,
		Asked: f.ca.cut(spec, cert), Inherited: l.old.properties()})
	if key != nil {
		state := Kept
		for _, o := range f.outs {
			if o.Name == l.stem+keySuffix {
				state = Made
			}
		}
		f.file(l.stem+keySuffix, string(l.purpose)+" key", state, nil)
	}
	return nil
}

// keep judges a certificate that is there.
func (f *folder) keep(l leaf, hasKey bool) error {
	crt, key := l.stem+certSuffix, l.stem+keySuffix
	var chain []FileCert
	var problems []Problem
	var pub crypto.PublicKey
	if l.csr != nil {
		file := Load(f.path(crt), RoleCert, nil)
		chain, problems, pub = file.Certs, file.Problems, l.csr.PublicKey
	} else {
		pair := LoadPair(f.path(crt), f.path(key), f.pass)
		chain, problems = pair.Chain, pair.Problems
	}
	var cert *x509.Certificate
	if len(chain) > 0 {
		cert = chain[0].Cert
	}
	if cert != nil {
		problems = append(problems, f.judgeLeaf(l, cert)...)
	}
	for _, p := range problems {
		if p.Code == cause.CertMalformed {
			p.Side = string(l.purpose)
		}
		f.problem(p)
	}
	sound := f.stateOf(crt) == Kept && f.stateOf(key) == Kept
	if sound && f.differs(l, cert, pub) {
		return &ExistsError{f.path(crt)}
	}
	f.file(crt, string(l.purpose)+" certificate", f.stateOf(crt), cert)
	if hasKey && l.csr == nil {
		f.file(key, string(l.purpose)+" key", f.stateOf(key), nil)
	}
	return nil
}

// differs reports whether cert is another one than l asks for in so many words.
func (f *folder) differs(l leaf, cert *x509.Certificate, pub crypto.PublicKey) bool {
	if pub != nil && !samePublicKey(cert.PublicKey, pub) {
		return true
	}
	if l.keyType != "" && keyTypeOf(cert.PublicKey) != l.keyType {
		return true
	}
	if l.mustBe {
		if der, err := l.subject.DER(); err != nil || !bytes.Equal(der, cert.RawSubject) {
			return true
		}
	}
	return len(SANsOf(cert).Missing(l.must)) > 0
}

// judgeLeaf says what would make the other end refuse cert.
func (f *folder) judgeLeaf(l leaf, cert *x509.Certificate) []Problem {
	var list []Problem
	add := func(code cause.Code, found, want string) {
		list = append(list, Problem{Code: code, Path: f.path(l.stem + certSuffix), Role: RoleCert, Side: string(l.purpose), Found: found, Want: want, Fatal: true})
	}
	expired, early, eku, untrusted := cause.ServerCertExpired, cause.ServerCertNotYetValid, cause.ServerEKUMissingServerAuth, cause.ServerCAUntrusted
	usage := x509.ExtKeyUsageServerAuth
	if l.purpose == Client {
		expired, early, eku, untrusted = cause.ClientCertExpired, cause.ClientCertNotYetValid, cause.ClientEKUMissingClientAuth, cause.ClientCAUntrustedByServer
		usage = x509.ExtKeyUsageClientAuth
	}
	if f.root != nil && cert.CheckSignatureFrom(f.root) != nil {
		ca := DescribeName(f.root.RawSubject)
		switch {
		case !bytes.Equal(cert.RawIssuer, f.root.RawSubject):
			add(untrusted, "issued by "+DescribeName(cert.RawIssuer), "issued by "+ca)
		case len(cert.AuthorityKeyId) > 0 && bytes.Equal(cert.AuthorityKeyId, f.root.SubjectKeyId):
			add(cause.CertSignatureInvalid, "a signature that does not fit", "the signature of "+ca)
		default:
			add(cause.IssuerNameMatchesKeyDiffers, "a signature by another key", "the signature of the "+ca+" in ca"+certSuffix)
		}
	}
	now := f.now.UTC().Format(time.RFC3339)
	if f.now.After(cert.NotAfter) {
		add(expired, "valid until "+cert.NotAfter.Format(time.RFC3339), "a later date than "+now)
	}
	if f.now.Before(cert.NotBefore) {
		add(early, "valid from "+cert.NotBefore.Format(time.RFC3339), "an earlier date than "+now)
	}
	if !allows(cert, usage) {
		add(eku, "no "+string(l.purpose)+"Auth in its extended key usage", string(l.purpose)+"Auth")
	}
	for _, host := range l.hosts {
		if cert.VerifyHostname(host) == nil {
			continue
		}
		code := cause.ServerNameMismatch
		if net.ParseIP(strings.Trim(host, "[]")) != nil {
			code = cause.ServerIPSANMissing
		}
		add(code, strings.Join(SANsOf(cert).Strings(), ", "), host)
	}
	return list
}

// allows reports whether the certificate's extended key usage, where it has
// one, covers usage.
func allows(cert *x509.Certificate, usage x509.ExtKeyUsage) bool {
	if len(cert.ExtKeyUsage)+len(cert.UnknownExtKeyUsage) == 0 {
		return true
	}
	for _, u := range cert.ExtKeyUsage {
		if u == usage || u == x509.ExtKeyUsageAny {
			return true
		}
	}
	return false
}

// commit writes what was made, and notes what is kept of the files replaced.
func (f *folder) commit() error {
	if err := f.used(); err != nil {
		return err
	}
	if len(f.outs) == 0 {
		return nil
	}
	if err := f.account(); err != nil {
		return err
	}
	for i, o := range f.outs {
		if !f.force || !f.exists(o.Name) || o.Record && (!f.newCA || o.Name == crlNumberName) {
			continue
		}
		stem := strings.TrimSuffix(strings.TrimSuffix(o.Name, certSuffix), keySuffix)
		n, err := backupNumber(f.Dir, stem+certSuffix, stem+keySuffix)
		if err != nil {
			return err
		}
		f.outs[i].Backup = o.Name + "." + strconv.Itoa(n)
		for j := range f.Files {
			if f.Files[j].Name == o.Name {
				f.Files[j].Backup = f.outs[i].Backup
			}
		}
	}
	return writeSet(f.Dir, f.outs, f.force)
}

// used gives an error where a passphrase had to be of use and was not.
func (f *folder) used() error {
	if f.mustUse && !f.Opened {
		return &UsageError{"--pass-file or MUTUAL_PASS", "nothing here is encrypted, and init and issue do not encrypt yet: keys are written open, readable by their owner only"}
	}
	return nil
}

// opening is pass, and notes in the Set that it was of use.
func (f *folder) opening(pass PassFunc) PassFunc {
	if pass == nil {
		return nil
	}
	return func(path string) ([]byte, error) {
		phrase, err := pass(path)
		f.Opened = f.Opened || len(phrase) > 0
		return phrase, err
	}
}
