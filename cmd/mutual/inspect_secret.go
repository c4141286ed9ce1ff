package main

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"
	"strings"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
	"mutual/pki"
)

// secretOf is the name of the Secret that an entry, such as
// "shop/tls tls.crt", stands in, and its key there.
func secretOf(entry string) (secret, key string) {
	if i := strings.LastIndexByte(entry, ' '); i >= 0 {
		return entry[:i], entry[i+1:]
	}
	return "", ""
}

// namespaceOf is the namespace of a Secret's entry; empty where the manifest
// names none.
func namespaceOf(entry string) string {
	secret, _ := secretOf(entry)
	namespace, _, ok := strings.Cut(secret, "/")
	if !ok {
		return ""
	}
	return namespace
}

// beside are the CA certificates that may explain a chain of that entry: those
// of files, and of Secrets those of the same namespace, for a pod mounts no
// others.
func (in *inspection) beside(entry string) []*diagnose.Certificate {
	var known []*diagnose.Certificate
	for _, item := range in.items {
		c := item.Certificate
		if c == nil || !c.IsCA || entry != "" && item.Entry != "" && namespaceOf(item.Entry) != namespaceOf(entry) {
			continue
		}
		if !slices.ContainsFunc(known, func(k *diagnose.Certificate) bool { return k.SHA256 == c.SHA256 }) {
			known = append(known, c)
		}
	}
	return known
}

// secretsOf notes what does not belong together within one Secret: a ca.crt
// that has not issued tls.crt, and a key of another certificate.
func (in *inspection) secretsOf(c *pki.Contents) {
	type secret struct {
		certs, cas   []*x509.Certificate // of tls.crt and of ca.crt
		leaves, keys []pki.Item
		ca           string // the entry of ca.crt
	}
	secrets := map[string]*secret{}
	var order []string
	for _, item := range c.Items {
		name, key := secretOf(item.Entry)
		if name == "" {
			continue
		}
		s := secrets[name]
		if s == nil {
			s = &secret{}
			secrets[name], order = s, append(order, name)
		}
		switch {
		case key == "ca.crt" && item.Cert != nil:
			s.cas, s.ca = append(s.cas, item.Cert), item.Entry
		case key == "tls.crt" && item.Cert != nil:
			s.certs = append(s.certs, item.Cert)
		}
		switch {
		case item.Kind == pki.KindPrivateKey && item.Public != nil:
			s.keys = append(s.keys, item)
		case item.Cert != nil && key != "ca.crt":
			s.leaves = append(s.leaves, item)
		}
	}
	for _, name := range order {
		s := secrets[name]
		if len(s.certs) > 0 && len(s.cas) > 0 && !leadsTo(s.certs, s.cas) {
			in.files = append(in.files, diagnose.File{Path: fileOf(c.Path, s.ca), Role: "input", Problem: cause.SecretCANotIssuer,
				Found: pki.DescribeName(s.cas[0].RawSubject), Want: pki.DescribeName(s.certs[len(s.certs)-1].RawIssuer)})
		}
		if len(s.keys) != 1 || len(s.leaves) == 0 {
			continue
		}
		key, pin := s.keys[0], spkiHash(s.keys[0].Public)
		if !slices.ContainsFunc(s.leaves, func(leaf pki.Item) bool { return spkiHash(leaf.Public) == pin }) {
			in.files = append(in.files, diagnose.File{Path: fileOf(c.Path, key.Entry), Role: "key", Problem: cause.CertKeyPairMismatch,
				Found: chain.KeyName(key.Public) + ", pin " + pin, Want: "the key of " + pki.DescribeName(s.leaves[0].Cert.RawSubject)})
		}
	}
}

// fileOf names an entry of a file; of the standard input the entry says it.
func fileOf(path, entry string) string {
	if path == "-" {
		return entry
	}
	return path + " " + entry
}

// leadsTo reports whether a chain, leaf first, is one of the CAs, or goes up to
// one through the certificates beside the leaf.
func leadsTo(certs, cas []*x509.Certificate) bool {
	at := certs[0]
	for range certs {
		if slices.ContainsFunc(cas, func(ca *x509.Certificate) bool { return ca.Equal(at) || issued(ca, at) }) {
			return true
		}
		i := slices.IndexFunc(certs, func(c *x509.Certificate) bool { return !c.Equal(at) && issued(c, at) })
		if i < 0 {
			return false
		}
		at = certs[i]
	}
	return false
}

// issued reports whether ca has signed c. Where the signature's algorithm is
// one that Go does not verify any more, the names decide.
func issued(ca, c *x509.Certificate) bool {
	if !bytes.Equal(ca.RawSubject, c.RawIssuer) {
		return false
	}
	err := ca.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature)
	var insecure x509.InsecureAlgorithmError
	return err == nil || errors.As(err, &insecure) || errors.Is(err, x509.ErrUnsupportedAlgorithm)
}
