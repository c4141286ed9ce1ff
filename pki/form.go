package pki

import (
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain/der"
)

// form is the form in which a program takes its files.
type form struct {
	names  []string
	file   func(*Contents) []Problem                 // of one file, nil where it takes a folder
	folder func(dir string, c []*Contents) []Problem // of a folder
}

// forms are the programs that want more than PEM. Sources: Netty's
// SslContextBuilder.keyManager; pgjdbc's LazyKeyManager; mongod's
// certificateKeyFile; HAProxy's crt; PHP's local_cert; libpq's "Client
// Certificates"; containers-certs.d(5); update-ca-certificates(8);
// openssl-rehash(1).
func forms() []form {
	return []form{
		{names: []string{"netty", "grpc-java"}, file: pkcs8PEM},
		{names: []string{"pgjdbc"}, file: pkcs8DER},
		{names: []string{"mongodb", "haproxy", "php"}, file: combined},
		{names: []string{"update-ca-certificates"}, file: debianCA},
		{names: []string{"docker", "podman"}, folder: certsD},
		{names: []string{"libpq"}, folder: postgresFolder},
		{names: []string{"capath"}, folder: hashedFolder},
	}
}

// FormPrograms are the programs that CheckForm knows.
func FormPrograms() []string {
	var names []string
	for _, f := range forms() {
		names = append(names, f.names...)
	}
	return names
}

// CheckForm says what of a file, or of a folder whose files are given, is not in
// the form that the program takes. An unknown program, and a file where it takes
// a folder, is an error.
func CheckForm(program, path string, files []*Contents) ([]Problem, error) {
	i := slices.IndexFunc(forms(), func(f form) bool { return slices.Contains(f.names, program) })
	if i < 0 {
		return nil, fmt.Errorf("no program %s is known", program)
	}
	f := forms()[i]
	info, err := os.Stat(path)
	folder := err == nil && info.IsDir()
	var problems []Problem
	switch {
	case f.folder != nil && !folder:
		return nil, fmt.Errorf("%s takes a folder, and %s is none", program, path)
	case f.folder != nil:
		problems = f.folder(path, files)
	default:
		for _, c := range files {
			problems = append(problems, f.file(c)...)
		}
	}
	for i := range problems {
		problems[i].Code, problems[i].Form, problems[i].Fatal = cause.FileFormUnfit, program, true
	}
	return problems, nil
}

// of returns the items of a kind.
func (c *Contents) of(kind Kind) []Item {
	return slices.DeleteFunc(slices.Clone(c.Items), func(i Item) bool { return i.Kind != kind })
}

func unfit(path, found, want string) []Problem {
	return []Problem{{Path: path, Found: found, Want: want}}
}

// pkcs8PEM: a private key has to be PKCS#8 in PEM.
func pkcs8PEM(c *Contents) []Problem {
	for _, k := range c.of(KindPrivateKey) {
		switch {
		case k.Form == "PEM" && (k.Label == "PRIVATE KEY" || k.Label == "ENCRYPTED PRIVATE KEY"):
		case k.Form == "PEM":
			return unfit(c.Path, "-----BEGIN "+k.Label+"-----", "a key in PKCS#8: -----BEGIN PRIVATE KEY-----")
		default:
			return unfit(c.Path, "a key in "+k.Form, "a key in PKCS#8 and PEM: -----BEGIN PRIVATE KEY-----")
		}
	}
	return nil
}

// pkcs8DER: a private key has to be PKCS#8 in DER, or stand in a .p12 file.
func pkcs8DER(c *Contents) []Problem {
	ext := strings.ToLower(filepath.Ext(c.Path))
	const want = "a key in PKCS#8 and DER (.pk8), or PKCS#12 (.p12)"
	for _, i := range c.Items {
		switch {
		case i.store() && ext != ".p12" && ext != ".pfx":
			return unfit(c.Path, "a key store whose name does not end in .p12 or .pfx", want)
		case i.Kind == KindPrivateKey && i.Form == "PEM":
			return unfit(c.Path, "a key in PEM, which only its newest versions read", want)
		}
	}
	return nil
}

// combined: certificate and key have to stand in one PEM file.
func combined(c *Contents) []Problem {
	certs, keys := c.of(KindCertificate), c.of(KindPrivateKey)
	const want = "PEM with the certificate, its chain and its private key in one file"
	switch {
	case len(certs) == 0 && len(keys) == 0:
		return nil
	case slices.ContainsFunc(c.Items, func(i Item) bool { return i.Form != "PEM" }):
		return unfit(c.Path, "another form than PEM", want)
	case len(keys) == 0 && slices.ContainsFunc(certs, func(i Item) bool { return i.Cert == nil || !i.Cert.IsCA }):
		if _, err := os.Stat(c.Path + ".key"); err == nil {
			return nil // where HAProxy looks for it
		}
		return unfit(c.Path, "a certificate without its private key", want)
	case len(certs) == 0:
		return unfit(c.Path, "a private key without its certificate", want)
	}
	return nil
}

// debianCA: one CA certificate in PEM, in a file that ends in .crt.
func debianCA(c *Contents) []Problem {
	const want = "one CA certificate in PEM, in a file whose name ends in .crt"
	certs := c.of(KindCertificate)
	switch {
	case len(certs) == 0:
		return nil
	case filepath.Ext(c.Path) != ".crt":
		return unfit(c.Path, "a name that ends in "+filepath.Ext(c.Path)+", which is passed over without a word", want)
	case certs[0].Form != "PEM":
		return unfit(c.Path, "a certificate in "+certs[0].Form, want)
	case len(certs) > 1:
		return unfit(c.Path, fmt.Sprintf("%d certificates, of which the first alone is found by its name", len(certs)), want)
	}
	return nil
}

// certsD: a folder certs.d/HOST, where the ending decides: .crt is a CA, .cert
// and .key are the client's pair.
func certsD(dir string, files []*Contents) []Problem {
	var problems []Problem
	there := func(stem, ext string) bool {
		_, err := os.Stat(stem + ext)
		return err == nil
	}
	for _, c := range files {
		ext := filepath.Ext(c.Path)
		stem := strings.TrimSuffix(c.Path, ext)
		certs := c.of(KindCertificate)
		leaf := len(certs) > 0 && certs[0].Cert != nil && !certs[0].Cert.IsCA
		switch {
		case ext == ".crt" && leaf:
			problems = append(problems, unfit(c.Path, "a client's certificate", "the ending .cert; .crt is for CAs")...)
		case ext == ".cert" && len(certs) > 0 && !leaf:
			problems = append(problems, unfit(c.Path, "a CA's certificate", "the ending .crt; .cert is the client's")...)
		case ext == ".cert" && !there(stem, ".key"):
			problems = append(problems, unfit(c.Path, "no "+filepath.Base(stem)+".key beside it", "the key of the client's certificate under the same name")...)
		case ext == ".key" && !there(stem, ".cert"):
			problems = append(problems, unfit(c.Path, "no "+filepath.Base(stem)+".cert beside it", "the client's certificate under the same name")...)
		case ext != ".crt" && ext != ".cert" && ext != ".key" && len(c.Items) > 0:
			problems = append(problems, unfit(c.Path, "the ending "+ext+", which is passed over", ".crt for a CA, .cert and .key for the client's pair")...)
		}
	}
	return problems
}

// postgresFolder: the names by which libpq looks for its files.
func postgresFolder(dir string, files []*Contents) []Problem {
	var problems []Problem
	for _, name := range []string{"postgresql.crt", "postgresql.key", "root.crt"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			problems = append(problems, unfit(dir, "no "+name, "postgresql.crt, postgresql.key (mode 0600) and root.crt, each in PEM")...)
		}
	}
	return problems
}

// hashedFolder: a CApath folder, where OpenSSL looks for names made of a hash.
func hashedFolder(dir string, files []*Contents) []Problem {
	var problems []Problem
	seen := map[string]bool{}
	for _, c := range files {
		for _, item := range c.of(KindCertificate) {
			name := SubjectHash(item.Raw)
			if name == "" || seen[name] {
				continue
			}
			seen[name] = true
			if _, err := os.Stat(filepath.Join(dir, name+".0")); err != nil {
				problems = append(problems, unfit(c.Path, "no file or link "+name+".0", "a name made of the subject's hash, by which OpenSSL looks for it")...)
			}
		}
	}
	return problems
}

// SubjectHash is the hash by which OpenSSL looks for a certificate in a CApath
// folder: the first four octets, least first, of SHA-1 over the canonical form of
// the subject (X509_NAME_hash); empty where the certificate cannot be read.
func SubjectHash(certificate []byte) string {
	c, err := der.ParseCertificate(certificate)
	if err != nil {
		return ""
	}
	sum := sha1.Sum(c.Subject.Canonical)
	return fmt.Sprintf("%08x", binary.LittleEndian.Uint32(sum[:4]))
}
