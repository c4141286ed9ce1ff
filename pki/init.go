package pki

import (
	"bytes"
	"crypto"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mutual/diagnose/cause"
)

// InitOptions says what Init makes. The zero value but for Now makes a CA, a
// server certificate for this machine and one client certificate.
type InitOptions struct {
	Hosts   []string      // names and addresses of the server; DefaultHosts if empty
	Clients []string      // further clients besides "client"
	Name    string        // the CA's common name; "Mutual demo CA" and four digits of its key if empty
	KeyType KeyType       // of new keys, P256 if empty; else also of those that are there
	Life    time.Duration // of server and client certificates; 397 days if zero
	CALife  time.Duration // ten years if zero
	Force   bool          // start anew: replace what is there, sound or not, and keep it under other names
	Yes     bool          // with Force, also where the CA has issued certificates
	Pass    PassFunc      // for keys that are there and encrypted
	MustUse bool          // Pass has to open something
	Now     time.Time
}

// DefaultHosts are the names by which a server on this machine is called.
func DefaultHosts() []string { return []string{"localhost", "127.0.0.1", "::1"} }

// Init makes a CA, a server and clients in the folder dir, which it creates if
// need be. What is there and sound is kept, what is missing is made, and what
// is there but broken is left alone and named in the Set's Problems, fatal
// ones, so that Set.Err gives the exit code. A Name or KeyType that what is there
// contradicts gives *ExistsError, Force without Yes on a CA that has issued
// certificates *InUseError, and an option that cannot be used *UsageError; any
// other error means that the work could not be done, and that nothing was
// written. Two calls at once, also in two processes, come
// one after the other.
func Init(dir string, opts InitOptions) (*Set, error) {
	hosts := opts.Hosts
	if len(hosts) == 0 {
		hosts = DefaultHosts()
	}
	server, err := serverLeaf("server", hosts)
	if err != nil {
		return nil, &UsageError{"--host", err.Error()}
	}
	if len(opts.Hosts) > 0 {
		server.hosts = server.sans.Strings()
	}
	leaves := []leaf{server}
	seen := map[string]bool{}
	for _, name := range append([]string{"client"}, opts.Clients...) {
		l, err := clientLeaf(name)
		if err != nil {
			return nil, &UsageError{"--client", err.Error()}
		}
		if !seen[strings.ToLower(l.stem)] {
			leaves = append(leaves, l)
		}
		seen[strings.ToLower(l.stem)] = true
	}
	if opts.KeyType != "" {
		t, err := ParseKeyType(string(opts.KeyType))
		if err != nil {
			return nil, &UsageError{"--key-type", err.Error()}
		}
		for i := range leaves {
			leaves[i].keyType = t
		}
	}
	if opts.Name != "" {
		if _, err := CommonName(opts.Name); err != nil {
			return nil, &UsageError{"--name", err.Error()}
		}
	}
	if opts.Life < 0 || opts.CALife < 0 {
		return nil, &UsageError{"--days", "must be positive"}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	unlock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := recoverDir(dir); err != nil {
		return nil, err
	}
	f := &folder{Set: Set{Dir: dir}, now: opts.Now, life: opts.Life, keyType: opts.KeyType, force: opts.Force, mustUse: opts.MustUse, listed: true}
	f.pass = f.opening(opts.Pass)
	if opts.Force && !opts.Yes {
		if err := f.caInUse(); err != nil {
			return nil, err
		}
	}
	if err := f.provideCA(opts, leaves); err != nil {
		return nil, err
	}
	for _, l := range leaves {
		if err := f.provide(l); err != nil {
			return nil, err
		}
	}
	if err := f.commit(); err != nil {
		return nil, err
	}
	return &f.Set, nil
}

// provideCA keeps the CA or makes it.
func (f *folder) provideCA(opts InitOptions, leaves []leaf) error {
	crt, key := "ca"+certSuffix, "ca"+keySuffix
	hasCert, hasKey := f.exists(crt), f.exists(key)
	if f.force {
		f.findOrphans(leaves)
		hasCert, hasKey = false, false
	}
	if hasCert {
		f.loadCA()
		if f.ca != nil && opts.Name != "" && f.root.Subject.CommonName != opts.Name {
			return &ExistsError{f.path(crt)}
		}
		return nil
	}
	var signer crypto.Signer
	var subject []byte // nil: by the options
	if hasKey {
		file := Load(f.path(key), RoleKey, f.pass)
		for _, p := range file.Problems {
			f.problem(p)
		}
		if f.stateOf(key) == Broken {
			f.file(key, "CA key", Broken, nil)
			return nil
		}
		signer = file.Keys[0]
	}
	if !f.force {
		issuer, name, err := f.issuerOfLeaves(signer)
		if err != nil {
			return err
		}
		if name != "" && issuer == nil {
			// A new CA would make strangers of the certificates that are here.
			f.problem(Problem{Code: cause.FileNotFound, Path: f.path(crt), Role: RoleTrust, Found: "certificates of another CA, such as " + name, Want: "the CA that signed them", Fatal: true})
			return nil
		}
		subject = issuer
	}
	state := Kept
	if signer == nil {
		var err error
		if signer, err = GenerateKey(opts.KeyType); err != nil {
			return err
		}
		pem, err := EncodeKey(signer)
		if err != nil {
			return err
		}
		f.outs = append(f.outs, Out{Name: key, Data: pem, Key: true})
		state = Made
	}
	if subject == nil {
		name, err := caName(opts.Name, signer)
		if err != nil {
			return err
		}
		if subject, err = name.DER(); err != nil {
			return err
		}
	}
	ca, err := newCA(CASpec{Now: opts.Now, Life: opts.CALife}, subject, signer)
	if err != nil {
		return err
	}
	f.ca, f.root, f.newCA = ca, ca.Cert, f.force
	f.outs = append(f.outs, Out{Name: crt, Data: EncodeCerts(ca.Cert)})
	f.file(crt, "CA certificate", Made, ca.Cert)
	f.file(key, "CA key", state, nil)
	return nil
}

// caName is name, or one that no other CA has: two CAs of one name and
// different keys are told apart by few programs, and by none clearly.
func caName(name string, key crypto.Signer) (Subject, error) {
	if name != "" {
		return CommonName(name)
	}
	id, err := keyID(key.Public())
	if err != nil {
		return Subject{}, err
	}
	return CommonName("Mutual demo CA " + hex.EncodeToString(id[:2]))
}

// issuerOfLeaves looks at the certificates in the folder when the CA's is
// missing. If one names the CA with the given key as its issuer, it returns
// the issuer's name as encoded there. Otherwise it returns nil, and the name
// of a certificate file if there is one at all.
func (f *folder) issuerOfLeaves(key crypto.Signer) (issuer []byte, file string, err error) {
	var id []byte
	if key != nil {
		if id, err = keyID(key.Public()); err != nil {
			return nil, "", err
		}
	}
	files, err := filepath.Glob(filepath.Join(escapeGlob(f.Dir), "*"+certSuffix))
	if err != nil {
		return nil, "", err
	}
	for _, path := range files {
		for _, c := range Load(path, RoleCert, nil).Parsed() {
			if c.IsCA {
				continue
			}
			file = filepath.Base(path)
			if id != nil && bytes.Equal(c.AuthorityKeyId, id) {
				return c.RawIssuer, file, nil
			}
		}
	}
	return nil, file, nil
}

// escapeGlob makes filepath.Glob take dir literally.
func escapeGlob(dir string) string {
	if os.PathSeparator == '\\' {
		return dir // no escapes there, and no such characters in names
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// findOrphans notes the certificates signed by the CA that is about to be
// replaced, other than those replaced with it.
func (f *folder) findOrphans(leaves []leaf) {
	old := Load(f.path("ca"+certSuffix), RoleTrust, nil).Parsed()
	if len(old) == 0 {
		return
	}
	replaced := map[string]bool{}
	for _, l := range leaves {
		replaced[l.stem+certSuffix] = true
	}
	files, err := filepath.Glob(filepath.Join(escapeGlob(f.Dir), "*"+certSuffix))
	if err != nil {
		return
	}
	for _, path := range files {
		name := filepath.Base(path)
		certs := Load(path, RoleCert, nil).Parsed()
		if len(certs) > 0 && !certs[0].IsCA && !replaced[name] && certs[0].CheckSignatureFrom(old[0]) == nil {
			f.Orphans = append(f.Orphans, name)
		}
	}
}

// serverLeaf is a server certificate for hosts.
func serverLeaf(stem string, hosts []string) (leaf, error) {
	sans, err := ParseSANs(hosts...)
	if err != nil {
		return leaf{}, err
	}
	l := leaf{stem: stem, purpose: Server, sans: sans}
	// The common name is for people; programs look at the SANs (RFC 9525 §2).
	for _, name := range sans.Strings() {
		if len(name) <= 64 {
			l.subject, err = CommonName(name)
			return l, err
		}
	}
	l.subject, err = CommonName("server")
	return l, err
}

// clientLeaf is a client certificate with the common name name.
func clientLeaf(name string) (leaf, error) {
	stem, err := fileStem(name)
	if err != nil {
		return leaf{}, err
	}
	if strings.EqualFold(stem, "server") {
		return leaf{}, fmt.Errorf("%q is the name of the server's files; choose another", name)
	}
	subject, err := CommonName(name)
	return leaf{stem: stem, purpose: Client, subject: subject}, err
}

// fileStem is the start of the file names for name: the name itself, with what
// host names have and file names may not, a star and colons, replaced.
func fileStem(name string) (string, error) {
	stem := strings.ReplaceAll(strings.Trim(name, "[]"), ":", "-")
	if rest, ok := strings.CutPrefix(stem, "*."); ok {
		stem = "wildcard." + rest
	}
	if strings.Contains(name, ":") && strings.HasPrefix(stem, "-") {
		stem = "ip" + stem // such as ::1
	}
	bad := func(r rune) bool {
		return r < 0x20 || r == 0x7f || r == 0xfffd || strings.ContainsRune(`/\<>:"|?*`+"`$", r)
	}
	switch {
	case strings.TrimSpace(name) == "":
		return "", fmt.Errorf("a name is empty")
	case stem != strings.TrimSpace(stem), strings.HasPrefix(stem, "."), strings.HasPrefix(stem, "-"), strings.ContainsFunc(stem, bad):
		return "", fmt.Errorf("%q cannot be part of a file name; use letters, digits, '.', '-', '_' or '@' (other names for the certificate go into --san)", name)
	case len(stem) > 200:
		return "", fmt.Errorf("%q... is too long for a file name", name[:40])
	case strings.EqualFold(stem, "ca"):
		return "", fmt.Errorf("%q is the name of the CA's files; choose another", name)
	}
	return stem, nil
}
