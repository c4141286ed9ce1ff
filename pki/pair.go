package pki

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"

	"mutual/diagnose/cause"
)

// Pair is a certificate chain with the private key of its leaf.
type Pair struct {
	CertPath, KeyPath string
	Chain             []FileCert    // leaf first; empty if no certificate could be had
	Key               crypto.Signer `json:"-"` // nil if no key could be had
	Problems          []Problem     // of both files, fatal ones first
}

// Err returns the problems as a *ProblemError if one of them is fatal.
func (p *Pair) Err() error { return firstFatal(p.Problems) }

// Leaf is the first certificate of the chain, or nil if there is none or if it
// breaks the standard.
func (p *Pair) Leaf() *x509.Certificate {
	if len(p.Chain) == 0 {
		return nil
	}
	return p.Chain[0].Cert
}

// TLS returns the pair for crypto/tls. A Pair without a key or chain gives the
// zero Certificate.
func (p *Pair) TLS() tls.Certificate {
	if p.Key == nil || len(p.Chain) == 0 {
		return tls.Certificate{}
	}
	c := tls.Certificate{PrivateKey: p.Key, Leaf: p.Leaf()}
	for _, fc := range p.Chain {
		c.Certificate = append(c.Certificate, fc.Raw)
	}
	return c
}

// LoadPair loads a certificate file and the file of its key. An empty keyPath
// means that the key is in the certificate file. If the certificate of the key
// stands in the file but not first, it is put first and cert-file-order-wrong
// noted. If no certificate has the key, that is cert-key-pair-mismatch, which
// is fatal; chain and key are returned nevertheless.
func LoadPair(certPath, keyPath string, pass PassFunc) *Pair {
	if keyPath == "" {
		keyPath = certPath
	}
	cert := Load(certPath, RoleCert, pass)
	var key *File
	if keyPath == certPath && len(cert.Keys) > 0 {
		key = &File{Path: keyPath, Role: RoleKey, Keys: cert.Keys}
	} else {
		key = Load(keyPath, RoleKey, pass)
	}
	return NewPair(cert, key)
}

// NewPair joins a loaded certificate file and a loaded key file as LoadPair
// does.
func NewPair(cert, key *File) *Pair {
	p := &Pair{CertPath: cert.Path, KeyPath: key.Path, Chain: cert.Certs}
	for _, fatal := range []bool{true, false} {
		for _, f := range []*File{cert, key} {
			for _, problem := range f.Problems {
				if problem.Fatal == fatal {
					p.Problems = append(p.Problems, problem)
				}
			}
		}
	}
	if len(key.Keys) == 0 {
		return p
	}
	p.Key = key.Keys[0]
	if len(p.Chain) == 0 {
		return p
	}
	at := -1
	for i, c := range p.Chain {
		if pub := c.PublicKey(); pub != nil && samePublicKey(pub, p.Key.Public()) {
			at = i
			break
		}
	}
	switch {
	case at > 0:
		leaf := p.Chain[at]
		p.Problems = append(p.Problems, Problem{Code: cause.CertFileOrderWrong, Path: cert.Path, Role: RoleCert, Block: leaf.Block, Line: leaf.Line,
			Found: subjectOf(p.Chain[0]) + " first", Want: subjectOf(leaf) + ", whose key " + key.Path + " holds"})
		chain := append([]FileCert{leaf}, p.Chain[:at]...)
		p.Chain = append(chain, p.Chain[at+1:]...)
	case at < 0 && p.Chain[0].PublicKey() != nil:
		mismatch := Problem{Code: cause.CertKeyPairMismatch, Path: key.Path, Role: RoleKey,
			Found: "another " + DescribeKey(p.Key.Public()) + " key",
			Want:  "the " + DescribeKey(p.Chain[0].PublicKey()) + " key of " + subjectOf(p.Chain[0]) + " in " + cert.Path, Fatal: true}
		if DescribeKey(p.Key.Public()) != DescribeKey(p.Chain[0].PublicKey()) {
			mismatch.Found = withArticle(DescribeKey(p.Key.Public()) + " key")
		}
		p.Problems = append([]Problem{mismatch}, p.Problems...)
	}
	return p
}

func subjectOf(c FileCert) string {
	if c.Cert == nil {
		return "a certificate that cannot be read"
	}
	return DescribeName(c.Cert.RawSubject)
}
