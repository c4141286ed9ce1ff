package observe

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
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
	known.Trust = LoadTrust(fs.CACert, "trust store", known)
	if fs.ClientCA != "" {
		known.ClientTrust = LoadTrust([]string{fs.ClientCA}, "client CA", known)
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

// LoadTrust loads CA files, given as the role says; none at all means the
// system's store. What is wrong with them is noted in the facts.
func LoadTrust(paths []string, role string, known *diagnose.Facts) *diagnose.Trust {
	t := &diagnose.Trust{Source: "files", Files: paths, Anchors: []*diagnose.Certificate{}}
	if len(paths) == 0 {
		t.Source, t.Files = "system", nil
	}
	for _, path := range paths {
		store := pki.LoadTrust(path)
		NoteProblems(store.Problems, role, known)
		t.Anchors = append(t.Anchors, Certificates(store.Certs)...)
		t.Unreadable += len(store.Problems)
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
			Cleans: cleans(p), Form: keyStoreForm(p),
		})
	}
}

// cleans reports whether the file's fault is one of its form alone.
func cleans(p pki.Problem) bool {
	switch p.Code {
	case cause.PEMBOMHidesBlock, cause.PEMTruncated, cause.PEMWrongType, cause.DERNotPEM, cause.CertFileOrderWrong:
		return pki.Cleans(p)
	}
	return false
}

// keyStoreForm tells key stores apart that OpenSSL does not open as they are.
func keyStoreForm(p pki.Problem) string {
	if p.Code != cause.PKCS12NotPEM {
		return ""
	}
	data, err := os.ReadFile(p.Path)
	switch {
	case err != nil:
		return ""
	case bytes.HasPrefix(data, []byte{0xfe, 0xed, 0xfe, 0xed}), bytes.HasPrefix(data, []byte{0xce, 0xce, 0xce, 0xce}):
		return "JKS"
	case bytes.Contains(data, pbeRC2_40), bytes.Contains(data, pbeRC2_128):
		return "RC2"
	}
	return ""
}

// The object identifiers pbeWithSHAAnd40BitRC2-CBC and pbeWithSHAAnd128BitRC2-CBC.
// Source: RFC 7292 §C.
var (
	pbeRC2_40  = []byte{0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01, 0x06}
	pbeRC2_128 = []byte{0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x01, 0x05}
)

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

// LoadCRLs loads revocation lists, PEM or DER, into the facts.
func LoadCRLs(paths []string, known *diagnose.Facts) {
	for _, path := range paths {
		problem := diagnose.File{Path: path, Role: "CRL", Fatal: true}
		data, err := os.ReadFile(path)
		switch {
		case os.IsNotExist(err):
			problem.Problem = cause.FileNotFound
		case err != nil:
			problem.Problem = cause.FileUnreadable
		case len(data) == 0:
			problem.Problem = cause.FileEmpty
		}
		if problem.Problem != "" {
			known.Files = append(known.Files, problem)
			continue
		}
		ders := [][]byte{}
		for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
			if block.Type == "X509 CRL" {
				ders = append(ders, block.Bytes)
			}
		}
		if len(ders) == 0 {
			ders = append(ders, data)
		}
		for _, der := range ders {
			list, err := x509.ParseRevocationList(der)
			if err != nil {
				problem.Problem, problem.Found, problem.Want = cause.PEMWrongType, "no revocation list", "-----BEGIN X509 CRL-----"
				known.Files = append(known.Files, problem)
				continue
			}
			known.CRLs = append(known.CRLs, &diagnose.CRL{Issuer: chain.DN(list.RawIssuer), ThisUpdate: list.ThisUpdate, NextUpdate: list.NextUpdate, File: path, DER: der})
		}
	}
}
