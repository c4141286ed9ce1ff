package pki

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"

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

// Clean writes anew what data holds, so that all programs read it: PEM with
// other text, blanks or a byte order mark before BEGIN, with two blocks on one
// line, in quotes, in UTF-16, in base64, with line breaks written out; OpenSSL's
// trusted certificates; DER. Certificates of one chain come leaf first, each
// followed by its issuer; a block that is encrypted stays so. Nothing is left
// out: data of which a part cannot be read is an error.
func Clean(data []byte) (*Cleaned, error) {
	if len(data) > maxFileSize {
		return nil, fmt.Errorf("more than 16 MiB")
	}
	blocks, err := cleanBlocks(data, true)
	if err != nil {
		return nil, err
	}
	out := &Cleaned{}
	var certs []*x509.Certificate
	for _, b := range blocks {
		switch {
		case b.Type == "CERTIFICATE":
			out.Certificates++
			if c, err := x509.ParseCertificate(b.Bytes); err == nil {
				certs = append(certs, c)
			}
		case looksLikeKeyLabel(b.Type):
			out.Keys++
		default:
			out.Others++
		}
	}
	if len(certs) == out.Certificates {
		ordered := leafFirst(certs)
		out.Ordered = !slices.Equal(certs, ordered)
		certs = ordered
	} else {
		certs = nil // of one that cannot be parsed the place is not known
	}
	var b bytes.Buffer
	for _, block := range blocks {
		if block.Type == "CERTIFICATE" && len(certs) > 0 {
			block.Bytes, certs = certs[0].Raw, certs[1:]
		}
		if err := pem.Encode(&b, block); err != nil {
			return nil, fmt.Errorf("writing the %s: %w", block.Type, err)
		}
	}
	out.PEM = b.Bytes()
	return out, nil
}

// cleanBlocks are the blocks of data in any of its forms; base64 may be wrapped
// round one of them once.
func cleanBlocks(data []byte, wrapped bool) ([]*pem.Block, error) {
	if kind, length := sniffBinary(data); kind != derUnknown {
		return cleanDER(data, kind, length)
	}
	found, faults := scanPEM(data)
	for _, f := range faults {
		if f.lost {
			return nil, fmt.Errorf("block %d, line %d: %s", f.block, f.line, f.found)
		}
	}
	var out []*pem.Block
	for _, b := range found {
		block := &pem.Block{Type: b.label, Headers: b.headers, Bytes: b.der}
		switch b.label {
		case "TRUSTED CERTIFICATE":
			block.Type, block.Bytes = "CERTIFICATE", derElement(b.der)
		case "X509 CERTIFICATE":
			block.Type = "CERTIFICATE"
		case "PKCS7", "CMS", "PKCS #7 SIGNED DATA":
			bundle, err := cleanDER(b.der, derPKCS7, len(b.der))
			if err != nil {
				return nil, fmt.Errorf("block %d, line %d: %w", b.index, b.line, err)
			}
			out = append(out, bundle...)
			continue
		}
		out = append(out, block)
	}
	if len(out) > 0 {
		return out, nil
	}
	if inner, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(data)), "")); err == nil && wrapped && len(inner) > 0 {
		return cleanBlocks(inner, false)
	}
	return nil, fmt.Errorf("nothing in it is a certificate, request, list or key in PEM or DER form")
}

func cleanDER(data []byte, kind derKind, length int) ([]*pem.Block, error) {
	if length > len(data) {
		return nil, fmt.Errorf("%s in DER form, cut off after %d of %d bytes", kind, len(data), length)
	}
	der := data[:length]
	one := func(label string) ([]*pem.Block, error) { return []*pem.Block{{Type: label, Bytes: der}}, nil }
	switch kind {
	case derCert:
		var out []*pem.Block
		for rest := data; len(bytes.TrimSpace(rest)) > 1; {
			n, ok := derLength(rest)
			if !ok || n > len(rest) {
				return nil, fmt.Errorf("%d bytes behind the last whole certificate", len(rest))
			}
			out = append(out, &pem.Block{Type: "CERTIFICATE", Bytes: rest[:n]})
			rest = rest[n:]
		}
		return out, nil
	case derPKCS7:
		certs, err := parsePKCS7(der)
		if err != nil {
			return nil, fmt.Errorf("a PKCS#7 bundle that cannot be read")
		}
		var out []*pem.Block
		for _, c := range certs {
			out = append(out, &pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
		}
		return out, nil
	case derCSR:
		return one("CERTIFICATE REQUEST")
	case derCRL:
		return one("X509 CRL")
	case derEncryptedKey:
		return one("ENCRYPTED PRIVATE KEY")
	case derKey:
		key, fault := parseKey(der)
		if fault != nil {
			return nil, fmt.Errorf("a private key that cannot be read: %s", fault.found)
		}
		pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			return nil, fmt.Errorf("a private key: %w", err)
		}
		return []*pem.Block{{Type: "PRIVATE KEY", Bytes: pkcs8}}, nil
	}
	return nil, fmt.Errorf("%s is no PEM, and is not turned into it", kind)
}

// leafFirst orders certificates if they are those of one leaf: the leaf, its
// issuer, that one's issuer, and then the rest as it stood. A bundle of CAs, or
// of several leaves, stays as it is.
func leafFirst(certs []*x509.Certificate) []*x509.Certificate {
	leaf := -1
	for i, c := range certs {
		if c.IsCA {
			continue
		}
		if leaf >= 0 {
			return certs
		}
		leaf = i
	}
	if leaf < 0 {
		return certs
	}
	out, left := []*x509.Certificate{certs[leaf]}, slices.Delete(slices.Clone(certs), leaf, leaf+1)
	for {
		last := out[len(out)-1]
		i := slices.IndexFunc(left, func(c *x509.Certificate) bool {
			return bytes.Equal(c.RawSubject, last.RawIssuer) && (len(last.AuthorityKeyId) == 0 || len(c.SubjectKeyId) == 0 || bytes.Equal(c.SubjectKeyId, last.AuthorityKeyId))
		})
		if i < 0 {
			return append(out, left...)
		}
		out, left = append(out, left[i]), slices.Delete(left, i, i+1)
	}
}

// CleanFile writes what the file at path holds into the new file out, readable
// by its owner alone where there is a private key in it. A file that is there
// already is never overwritten.
func CleanFile(path, out string) (*Cleaned, error) {
	data, _, problem := readFile(path, RoleCert)
	if problem != nil {
		problem.Role = ""
		return nil, &ProblemError{Problems: []Problem{*problem}}
	}
	clean, err := Clean(data)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be written anew as a whole: %w", path, err)
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
	clean, err := Clean(data)
	if err != nil || p.Code == cause.CertFileOrderWrong && !clean.Ordered {
		return false
	}
	f := Parse(p.Path, clean.PEM, p.Role, nil)
	return f.wanted() && len(f.Problems) == 0
}
