package pki

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"mutual/diagnose/cause"
)

// take fills the file with those things of c that its role asks for. The
// problems of others are left out.
func (f *File) take(c *Contents) {
	for _, p := range c.Problems {
		if p.Code != cause.TrustStoreEmptyForJava || f.Role == RoleTrust {
			f.add(p)
		}
	}
	items := c.For(f.Role)
	for _, item := range items {
		f.openKey = f.openKey || item.Kind == KindPrivateKey && item.key != nil && !item.Encrypted
		switch {
		case item.Kind == KindCertificate:
			f.takeCertificate(item)
		case item.Kind == KindCRL && item.CRL != nil:
			f.CRLs = append(f.CRLs, item.CRL)
		case item.Kind == KindPrivateKey && item.key != nil && (f.Role == RoleKey || f.Role == RoleCert):
			f.Keys = append(f.Keys, item.key)
			if f.Role == RoleKey || item.store() {
				f.form(item)
			}
		case item.Kind == KindCSR && item.CSR != nil:
			f.CSRs = append(f.CSRs, item.CSR)
			if f.Role == RoleCSR && item.Form != "DER" {
				f.form(item)
			}
		case item.Kind == KindPrivateKey && item.fault != nil && item.store() && f.Role == RoleKey && item.fault.code == cause.KeyEncrypted:
			f.closed(item)
		case item.Kind == KindKeyStore && (item.fault != nil || item.Remark != ""):
			if !f.has(cause.KeyWrongPassphrase) {
				f.closed(item)
			}
		}
	}
	if f.Role == RoleCert && len(f.Keys) > 0 && slices.ContainsFunc(items, Item.store) {
		f.chainOfKey()
	}
	if !f.wanted() && len(f.Problems) == 0 {
		f.wrongKind(items)
	}
}

func (f *File) takeCertificate(item Item) {
	if item.Cert == nil {
		f.add(Problem{Code: cause.CertMalformed, Block: item.Block, Line: item.Line, Found: cmp.Or(item.Reason, item.Remark)})
		if derShape(item.Raw) != derCert {
			return // not a certificate at all
		}
	}
	f.Certs = append(f.Certs, FileCert{Path: f.Path, Block: item.Block, Line: item.Line, Raw: item.Raw, Cert: item.Cert})
	if f.Role == RoleCert || f.Role == RoleTrust {
		f.form(item)
	}
}

// store reports whether the item comes from a key store.
func (i Item) store() bool {
	return slices.Contains([]string{"PKCS#12", "JKS", "JCEKS", "BKS", "BCFKS"}, i.Form)
}

// form notes a form that mutual reads and most programs do not.
func (f *File) form(item Item) {
	p := Problem{Block: item.Block, Line: item.Line, Want: wantedBlock(f.Role)}
	switch {
	case item.store():
		p.Code, p.Found, p.Form = cause.PKCS12NotPEM, string(storeKind(item.Form)), item.opener()
	case item.Form == "DER":
		p.Code, p.Found = cause.DERNotPEM, withArticle(string(item.Kind))+" in DER form"
	case item.Form == "PKCS#7" && item.Block == 0:
		p.Code, p.Found = cause.DERNotPEM, string(derPKCS7)+" in DER form"
	case item.Form == "PKCS#7", item.Label == "X509 CERTIFICATE", item.Label == "TRUSTED CERTIFICATE":
		p.Code, p.Found = cause.PEMWrongType, pemBegin+item.Label+dashes
	default:
		return
	}
	if f.has(cause.PEMWrapped) && p.Code == cause.DERNotPEM {
		return // said in other words
	}
	for _, have := range f.Problems {
		if have.Code == p.Code && have.Block == p.Block {
			return
		}
	}
	f.add(p)
}

// opener is Problem.Form of a key store.
func (i Item) opener() string {
	switch {
	case i.Form == "JKS" || i.Form == "JCEKS":
		return "JKS"
	case i.Form == "BKS" || i.Form == "BCFKS":
		return "BKS"
	case i.legacy:
		return "RC2"
	}
	return ""
}

func storeKind(form string) derKind {
	switch form {
	case "JKS", "JCEKS":
		return derKind("a Java key store (" + form + ")")
	case "BKS":
		return derBKS
	case "BCFKS":
		return derBCFKS
	}
	return derPKCS12
}

// closed notes a key store that has not been opened.
func (f *File) closed(item Item) {
	found := string(storeKind(item.Form))
	switch {
	case item.fault != nil && item.fault.code == cause.KeyEncrypted:
		found += ", which needs its passphrase"
		if item.fault.found != "" {
			found += ": " + item.fault.found
		}
	case item.Remark != "":
		found += ": " + item.Remark
	}
	f.add(Problem{Code: cause.PKCS12NotPEM, Found: found, Want: wantedBlock(f.Role), Form: item.opener()})
}

// chainOfKey leaves, of the certificates of a key store, the chain of its first
// key.
func (f *File) chainOfKey() {
	f.Keys = f.Keys[:1]
	for i, c := range f.Certs {
		if pub := c.PublicKey(); pub != nil && samePublicKey(pub, f.Keys[0].Public()) {
			f.Certs = parents(c, slices.Concat(f.Certs[:i], f.Certs[i+1:]))
			return
		}
	}
}

// parents returns leaf and the certificates of pool that lead from it upwards,
// each named as the issuer of the one before.
func parents(leaf FileCert, pool []FileCert) []FileCert {
	chain := []FileCert{leaf}
	for at := leaf; at.Cert != nil && !bytes.Equal(at.Cert.RawIssuer, at.Cert.RawSubject) && len(chain) <= len(pool); {
		i := slices.IndexFunc(pool, func(c FileCert) bool {
			return c.Cert != nil && bytes.Equal(c.Cert.RawSubject, at.Cert.RawIssuer)
		})
		if i < 0 {
			break
		}
		at = pool[i]
		chain = append(chain, at)
	}
	return chain
}

// wrongKind notes what the file holds in place of what its role asks for.
func (f *File) wrongKind(items []Item) {
	p := Problem{Code: cause.PEMWrongType, Found: "no PEM block", Want: wantedBlock(f.Role)}
	if len(items) > 0 {
		item := items[0]
		p.Block, p.Line = item.Block, item.Line
		switch {
		case item.Label != "":
			p.Found = pemBegin + item.Label + dashes
		case item.Form == "DER":
			p.Found = withArticle(string(item.Kind)) + " in DER form"
		default:
			p.Found = withArticle(string(item.Kind))
		}
	}
	f.add(p)
}

// For returns the items that serve a role. Of a Kubernetes manifest these are
// the fields that hold what the role asks for by their names, of one Secret or
// user; of all else, all.
func (c *Contents) For(role Role) []Item {
	fields := map[Role][]string{
		RoleCert:  {"tls.crt", "tls.key", "client-certificate-data", "client-key-data"},
		RoleKey:   {"tls.key", "client-key-data"},
		RoleTrust: {"ca.crt", "certificate-authority-data", "caBundle"},
	}[role]
	var chosen []Item
	first := ""
	for _, item := range c.Items {
		cut := strings.LastIndexByte(item.Entry, ' ')
		if cut < 0 || !slices.Contains(fields, item.Entry[cut+1:]) {
			continue
		}
		if owner := item.Entry[:cut]; first == "" {
			first = owner
		} else if owner != first && role != RoleTrust {
			continue
		}
		chosen = append(chosen, item)
	}
	if len(chosen) == 0 {
		return c.Items
	}
	return chosen
}
