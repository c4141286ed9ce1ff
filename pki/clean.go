package pki

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"slices"

	"mutual/diagnose/cause"
)

// Cleaned is what a file holds, written as RFC 7468 wants it.
type Cleaned struct {
	PEM          []byte
	Certificates int
	Keys         int
	Others       int
	// Ordered: the certificates stood in another order.
	Ordered bool
}

// Clean writes anew what data holds, so that all programs read it: whatever
// Inspect reads, in whatever form and wrapping. The certificate of the key, or
// the only leaf, comes first, then its issuers, then the rest as it stood, each
// once; a PEM block that is encrypted stays so, and keys out of a key store come
// as PKCS#8. Nothing is left out: data of which a part cannot be read is an error.
func Clean(path string, data []byte, pass PassFunc) (*Cleaned, error) {
	c := InspectData(path, data, pass)
	for _, p := range c.Problems {
		if p.Fatal {
			return nil, &ProblemError{Problems: []Problem{p}}
		}
	}
	out := &Cleaned{}
	var b bytes.Buffer
	certs := certificatesOf(c.Items)
	ordered := leafFirst(certs, c.Items)
	for i, cert := range ordered {
		out.Ordered = out.Ordered || !bytes.Equal(cert.Raw, certs[i].Raw)
		if err := pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}); err != nil {
			return nil, err
		}
	}
	out.Certificates = len(ordered)
	for _, item := range c.Items {
		if item.Kind == KindCertificate || item.Kind == KindParameters {
			continue
		}
		block, err := item.block()
		if err != nil {
			return nil, err
		}
		if err := pem.Encode(&b, block); err != nil {
			return nil, err
		}
		if item.Kind == KindPrivateKey {
			out.Keys++
		} else {
			out.Others++
		}
	}
	if out.PEM = b.Bytes(); len(out.PEM) == 0 {
		return nil, fmt.Errorf("%s: nothing in it is a certificate, request, list or key", path)
	}
	return out, nil
}

// block is the item as a PEM block.
func (i Item) block() (*pem.Block, error) {
	switch {
	case i.Kind == KindCSR && i.Raw != nil:
		return &pem.Block{Type: "CERTIFICATE REQUEST", Bytes: i.Raw}, nil
	case i.Kind == KindCRL && i.Raw != nil:
		return &pem.Block{Type: "X509 CRL", Bytes: i.Raw}, nil
	case i.sealed != nil:
		return i.sealed, nil
	case i.Kind == KindPrivateKey && i.key != nil:
		text, err := EncodeKey(i.key)
		if err != nil {
			return nil, err
		}
		block, _ := pem.Decode(text)
		return block, nil
	case i.fault != nil:
		return nil, &ProblemError{Problems: []Problem{{Code: i.fault.code, Path: i.Path, Role: RoleKey, Block: i.Block, Line: i.Line, Found: i.fault.found, Want: i.fault.want}}}
	}
	return nil, fmt.Errorf("%s: %s is not turned into PEM", i.Path, withArticle(string(i.Kind)))
}

// CleanFile writes what the file at path holds into the new file out, readable
// by its owner alone where there is a private key in it. A file that is there
// already is never overwritten.
func CleanFile(path, out string, pass PassFunc) (*Cleaned, error) {
	data, _, problem := readFile(path, RoleCert)
	if problem != nil {
		problem.Role = ""
		return nil, &ProblemError{Problems: []Problem{*problem}}
	}
	clean, err := Clean(path, data, pass)
	if err != nil {
		return nil, err
	}
	return clean, WriteFile(out, clean.PEM, clean.Keys > 0, false)
}

// Cleans reports whether Clean does away with the problem, and makes a file
// without another.
func Cleans(p Problem) bool {
	data, _, unread := readFile(p.Path, p.Role)
	if unread != nil {
		return false
	}
	clean, err := Clean(p.Path, data, nil)
	if err != nil || p.Code == cause.CertFileOrderWrong && !clean.Ordered {
		return false
	}
	if p.Role == "" {
		return len(InspectData(p.Path, clean.PEM, nil).Problems) == 0
	}
	f := Parse(p.Path, clean.PEM, p.Role, nil)
	return f.wanted() && len(f.Problems) == 0
}

// certificatesOf are the certificates among items, each once.
func certificatesOf(items []Item) []FileCert {
	var certs []FileCert
	for _, item := range items {
		if item.Kind == KindCertificate {
			if c := (FileCert{Path: item.Path, Raw: item.Raw, Cert: item.Cert}); !containsCert(certs, c) {
				certs = append(certs, c)
			}
		}
	}
	return certs
}

// leafFirst orders certs: that of the first key among items, or the only one
// that is no CA's, with its issuers, then the rest as it stood. Of several leaves
// without a key, or of one that cannot be read, the order is not for us to choose.
func leafFirst(certs []FileCert, items []Item) []FileCert {
	leaf := -1
	for _, item := range items {
		if item.Kind == KindPrivateKey && item.Public != nil {
			leaf = slices.IndexFunc(certs, func(c FileCert) bool {
				pub := c.PublicKey()
				return pub != nil && samePublicKey(pub, item.Public)
			})
			break
		}
	}
	if leaf < 0 {
		isLeaf := func(c FileCert) bool { return c.Cert == nil || !c.Cert.IsCA }
		leaf = slices.IndexFunc(certs, isLeaf)
		if leaf < 0 || slices.ContainsFunc(certs[leaf+1:], isLeaf) {
			return certs
		}
	}
	ordered := parents(certs[leaf], slices.Concat(certs[:leaf], certs[leaf+1:]))
	for _, c := range certs {
		if !containsCert(ordered, c) {
			ordered = append(ordered, c)
		}
	}
	return ordered
}
