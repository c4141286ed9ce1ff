package pki

import (
	"crypto/x509"
	"fmt"
	"strings"
	"time"

	"mutual/diagnose/cause"
	"mutual/diagnose/oid"
)

// IssueOptions says what Issue makes. Purpose, Names and Now have no default.
type IssueOptions struct {
	Purpose Purpose
	Names   []string // each gives a certificate NAME-crt.pem and a key NAME-key.pem
	SANs    []string // further names in each certificate, as ParseSANs reads them
	Subject string   // as ParseSubject reads it; CN=NAME if empty
	KeyType KeyType  // for new keys
	Life    time.Duration
	CSR     string   // path of a signing request, in place of a new key; for one name only
	Force   bool     // replace what is there, and keep it under other names
	Pass    PassFunc // for an encrypted CA key
	MustUse bool     // Pass has to open something
	Now     time.Time
}

// Issue makes certificates from the CA in dir, with keys of their own unless
// there is a signing request. A server's NAME is a host name or address and
// becomes a SAN too, but for "server", which stands for the files that Init
// makes and, unless SANs says otherwise, for the names that are in them. A
// client's NAME is its common name.
//
// A certificate that is there and is what the options ask for is kept; one
// that is there and is broken is named as by Init; one that is there and is
// another than asked for gives *ExistsError, unless Force is set: then it is
// replaced, and the new certificate takes over whatever the options do not say,
// down to the length of its life, but for the key. A key without a certificate
// is used.
func Issue(dir string, opts IssueOptions) (*Set, error) {
	leaves, err := issueLeaves(opts)
	if err != nil {
		return nil, err
	}
	f := &folder{Set: Set{Dir: dir}, now: opts.Now, life: opts.Life, keyType: opts.KeyType, force: opts.Force, mustUse: opts.MustUse}
	f.pass = f.opening(opts.Pass)
	if !f.exists("ca" + certSuffix) {
		f.problem(Problem{Code: cause.FileNotFound, Path: f.path("ca" + certSuffix), Role: RoleTrust, Found: missingParent(f.path("ca" + certSuffix)), Want: "a CA, as mutual init makes it", Fatal: true})
		return &f.Set, nil
	}
	if opts.CSR != "" {
		csr, problems := loadCSR(opts.CSR)
		f.Problems = append(f.Problems, problems...)
		if csr == nil {
			return &f.Set, nil
		}
		leaves[0].useCSR(csr)
	}
	unlock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := recoverDir(dir); err != nil {
		return nil, err
	}
	f.loadCA()
	f.Files = nil // the result is about what was asked for
	if f.ca == nil {
		return &f.Set, nil
	}
	for _, l := range leaves {
		if l.stem == "server" && l.sans.IsEmpty() && (l.csr == nil || SANsOfCSR(l.csr).IsEmpty()) {
			if err := f.renewServer(&l); err != nil {
				return nil, err
			}
		}
		f.inherit(&l, opts)
		if l.nameless != nil && !l.named() && (f.force || !f.exists(l.stem+certSuffix)) {
			return nil, &UsageError{"NAME", l.nameless.Error()}
		}
		if err := f.provide(l); err != nil {
			return nil, err
		}
	}
	if err := f.commit(); err != nil {
		return nil, err
	}
	return &f.Set, nil
}

// issueLeaves turns the options into leaves, or says which option is wrong.
func issueLeaves(opts IssueOptions) ([]leaf, error) {
	switch {
	case opts.Purpose != Server && opts.Purpose != Client:
		return nil, &UsageError{"server|client", fmt.Sprintf("%q is neither server nor client", opts.Purpose)}
	case len(opts.Names) == 0:
		return nil, &UsageError{"NAME", "a name is missing"}
	case opts.CSR != "" && len(opts.Names) > 1:
		return nil, &UsageError{"--csr", "one signing request makes one certificate; give one name"}
	case opts.CSR != "" && opts.KeyType != "":
		return nil, &UsageError{"--key-type", "the key comes from the signing request"}
	case opts.Life < 0:
		return nil, &UsageError{"--days", "must be positive"}
	}
	keyType := KeyType("")
	if opts.KeyType != "" {
		var err error
		if keyType, err = ParseKeyType(string(opts.KeyType)); err != nil {
			return nil, &UsageError{"--key-type", err.Error()}
		}
	}
	sans, err := ParseSANs(opts.SANs...)
	if err != nil {
		return nil, &UsageError{"--san", err.Error()}
	}
	var subject Subject
	if opts.Subject != "" {
		if subject, err = ParseSubject(opts.Subject); err != nil {
			return nil, &UsageError{"--subject", err.Error()}
		}
	}
	var leaves []leaf
	stems := map[string]bool{}
	for _, name := range opts.Names {
		l, err := issueLeaf(opts.Purpose, name, opts.SANs)
		if err != nil {
			return nil, &UsageError{"NAME", err.Error()}
		}
		if stems[strings.ToLower(l.stem)] {
			return nil, &UsageError{"NAME", fmt.Sprintf("%q is given twice", name)}
		}
		stems[strings.ToLower(l.stem)] = true
		l.keyType, l.explicit = keyType, len(opts.SANs) > 0
		if opts.Purpose == Client {
			l.sans = sans
		}
		l.must = l.sans
		if opts.Subject != "" {
			l.subject, l.mustBe = subject, true
		}
		leaves = append(leaves, l)
	}
	return leaves, nil
}

func issueLeaf(purpose Purpose, name string, sans []string) (leaf, error) {
	if purpose == Client {
		return clientLeaf(name)
	}
	stem, err := fileStem(name)
	if err != nil {
		return leaf{}, err
	}
	if strings.EqualFold(stem, "client") {
		return leaf{}, fmt.Errorf("%q is the name of the client's files; choose another", name)
	}
	if stem == "server" {
		return serverLeaf(stem, sans)
	}
	if _, err := ParseSAN(name); err == nil {
		return serverLeaf(stem, append([]string{name}, sans...))
	} else if len(sans) == 0 {
		return leaf{stem: stem, purpose: Server, nameless: fmt.Errorf("%w; give the server's names with --san", err)}, nil
	}
	return serverLeaf(stem, sans)
}

// useCSR makes the leaf one for the key in csr, and leaves to it what the
// options have not said: subject and names.
func (l *leaf) useCSR(csr *x509.CertificateRequest) {
	l.csr = csr
	if !l.mustBe && len(csr.Subject.Names) > 0 {
		l.subject = Subject{}
	}
	if !l.explicit && !SANsOfCSR(csr).IsEmpty() {
		l.sans, l.must = SANs{}, SANsOfCSR(csr)
	}
}

// named reports whether the leaf gets names of elsewhere than its own stem.
func (l *leaf) named() bool {
	return l.old != nil && l.old.sans != nil || l.csr != nil && !SANsOfCSR(l.csr).IsEmpty()
}

// renewServer gives the leaf "server" the names of the certificate that it
// replaces, or those of this machine.
func (f *folder) renewServer(l *leaf) error {
	hosts := DefaultHosts()
	if old := Load(f.path("server"+certSuffix), RoleCert, nil).Parsed(); len(old) > 0 && !SANsOf(old[0]).IsEmpty() {
		hosts = SANsOf(old[0]).Strings()
	}
	renewed, err := serverLeaf(l.stem, hosts)
	if err != nil {
		return err
	}
	l.sans = renewed.sans
	if !l.mustBe && l.csr == nil {
		l.subject = renewed.subject
	}
	return nil
}

// loadCSR loads a signing request in PEM or DER form and checks its signature.
func loadCSR(path string) (*x509.CertificateRequest, []Problem) {
	file := Load(path, RoleCSR, nil)
	if file.Err() != nil {
		return nil, file.Problems
	}
	csr := file.CSRs[0]
	if checkPublicKey(csr.PublicKey) != nil {
		return nil, []Problem{{Code: cause.KeyFormatUnsupported, Path: path, Role: RoleCSR, Found: checkPublicKey(csr.PublicKey).Error(), Fatal: true}}
	}
	switch signed(csr.Raw) {
	case SignedNo:
		return nil, []Problem{{Code: cause.CSRSignatureInvalid, Path: path, Role: RoleCSR, Found: "a signature that does not fit its key", Want: "a request signed with its own key", Fatal: true}}
	case SignedUnknown:
		return nil, []Problem{{Code: cause.KeyFormatUnsupported, Path: path, Role: RoleCSR, Fatal: true,
			Found: "a request signed with " + oid.Signature(csr.Raw) + ", which is not checked here", Want: "a request signed with SHA-256"}}
	}
	return csr, file.Problems
}
