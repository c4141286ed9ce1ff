package observe

import (
	"cmp"
	"crypto/tls"
	"slices"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
	"mutual/pki"
)

// Files names a client's local files.
type Files struct {
	// CACert are files or folders with the CAs to trust; none: the system's.
	CACert []string
	// Cert and Key may both be empty; one file may hold both.
	Cert, Key string
	// ClientCA is the bundle by which the server judges clients, "" where it
	// is not at hand.
	ClientCA string
	CRL      []string
	Pass     pki.PassFunc
}

// Load reads the files, puts what is known of them into the facts, and returns
// the client's certificate with its key: the zero value where there is none.
func (fs Files) Load(known *diagnose.Facts) tls.Certificate {
	known.Trust = OpenTrust(fs.CACert, "trust store", fs.Pass, known)
	if fs.ClientCA != "" {
		known.ClientTrust = OpenTrust([]string{fs.ClientCA}, "client CA", fs.Pass, known)
	}
	LoadCRLs(fs.CRL, known)
	var identity tls.Certificate
	cert, key := fs.Cert, fs.Key
	if cert == "" {
		cert, key = key, ""
	}
	if cert != "" {
		pair := pki.LoadPair(cert, key, fs.Pass)
		NoteProblems(pair.Problems, "", known)
		known.Identity = Certificates(pair.Chain)
		identity = pair.TLS()
	}
	NoteBeside(known, append(slices.Clone(fs.CACert), cert, key, fs.ClientCA)...)
	known.Known = Certificates(pki.Neighbours(append(slices.Clone(fs.CACert), cert, fs.ClientCA)...))
	return identity
}

// Unusable returns the facts of a connection that is not made, because a local
// file cannot be used at all: nothing is then sent to anybody. It returns nil
// where all files can be used.
func Unusable(known diagnose.Facts) *diagnose.Facts {
	if !slices.ContainsFunc(known.Files, func(f diagnose.File) bool { return f.Fatal }) {
		return nil
	}
	known.View = diagnose.SeenByClient
	known.Attempts = []diagnose.Attempt{{Name: diagnose.TryStrict, FailedAt: diagnose.AtFiles, Told: "not made: a local file cannot be used"}}
	known.Handshake = []diagnose.Message{}
	known.Chains = diagnose.Chains{Server: []*diagnose.Certificate{}, Client: []*diagnose.Certificate{}}
	return &known
}

// LoadTrust is OpenTrust for files that take no passphrase.
func LoadTrust(paths []string, role string, known *diagnose.Facts) *diagnose.Trust {
	return OpenTrust(paths, role, nil, known)
}

// OpenTrust loads CA files, given as the role says; none at all means the
// system's store. What is wrong with them is noted in the facts. pass, which may
// be nil, is asked for the passphrase of a key store.
func OpenTrust(paths []string, role string, pass pki.PassFunc, known *diagnose.Facts) *diagnose.Trust {
	t := &diagnose.Trust{Source: "files", Files: paths, Anchors: []*diagnose.Certificate{}}
	if len(paths) == 0 {
		t.Source, t.Files = "system", nil
	}
	for _, path := range paths {
		store := pki.OpenTrust(path, pass)
		NoteProblems(store.Problems, role, known)
		t.Anchors = append(t.Anchors, Certificates(store.Certs)...)
		for _, p := range store.Problems {
			if !p.FormOnly() {
				t.Unreadable++
			}
		}
	}
	t.Count = len(t.Anchors)
	return t
}

// NoteProblems turns what is wrong with files into facts. The role is what the
// files were given as; "" is what they were expected to hold.
func NoteProblems(problems []pki.Problem, role string, known *diagnose.Facts) {
	for _, p := range problems {
		known.Files = append(known.Files, diagnose.File{
			Path: p.Path, Role: cmp.Or(role, string(p.Role)), Problem: p.Code,
			Block: p.Block, Line: p.Line, Found: p.Found, Want: p.Want, Fatal: p.Fatal,
			Cleans: cleans(p), Form: p.Form,
		})
	}
}

// cleans reports whether the file's fault is one of its form alone.
func cleans(p pki.Problem) bool {
	switch p.Code {
	case cause.PEMBOMHidesBlock, cause.PEMTruncated, cause.PEMWrongType, cause.PEMWrapped, cause.DERNotPEM, cause.CertFileOrderWrong:
		return pki.Cleans(p)
	}
	return false
}

// Certificates are those of files as facts.
func Certificates(certs []pki.FileCert) []*diagnose.Certificate {
	var out []*diagnose.Certificate
	for _, fc := range certs {
		own := chain.NewCertificate(fc.Raw)
		own.File = fc.Path
		out = append(out, own)
	}
	return out
}

// LoadCRLs loads revocation lists, of either version and in any form, into the
// facts.
func LoadCRLs(paths []string, known *diagnose.Facts) {
	for _, path := range paths {
		file := pki.Load(path, pki.RoleCRL, nil)
		NoteProblems(file.Problems, "", known)
		for _, list := range file.CRLs {
			known.CRLs = append(known.CRLs, &diagnose.CRL{Issuer: chain.DN(list.RawIssuer), ThisUpdate: list.ThisUpdate, NextUpdate: list.NextUpdate,
				File: path, DER: list.Raw})
		}
	}
}
