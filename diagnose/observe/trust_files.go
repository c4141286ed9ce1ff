//go:build !windows && !darwin && !ios

package observe

import (
	"bytes"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/chain"
)

// The places where crypto/x509 looks for the system's roots, root_linux.go and
// root_bsd.go: the first file that exists, and the first folder that does.
var (
	systemFiles = []string{
		"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
		"/etc/pki/tls/cacert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
		"/usr/local/etc/ssl/cert.pem", "/usr/local/share/certs/ca-root-nss.crt", "/etc/openssl/certs/ca-certificates.crt",
	}
	systemFolders = []string{"/etc/ssl/certs", "/etc/pki/tls/certs", "/system/etc/security/cacerts", "/usr/local/share/certs", "/etc/openssl/certs"}
)

// systemAnchors returns those of the system's roots that have one of the
// names, how many roots there are, and the environment variable in effect. It
// parses only what it returns: a store holds some 140 certificates.
func systemAnchors(_ []*diagnose.Certificate, names [][]byte, _ time.Time) (anchors []*diagnose.Certificate, count int, env string) {
	var files []string
	if f := os.Getenv("SSL_CERT_FILE"); f != "" {
		files, env = []string{f}, "SSL_CERT_FILE"
	} else if i := slices.IndexFunc(systemFiles, func(f string) bool { _, err := os.Stat(f); return err == nil }); i >= 0 {
		files = []string{systemFiles[i]}
	}
	folders := systemFolders
	if d := os.Getenv("SSL_CERT_DIR"); d != "" {
		folders = strings.Split(d, ":")
		env = strings.TrimPrefix(env+", SSL_CERT_DIR", ", ")
	} else if len(files) > 0 {
		folders = nil // the file holds what the folder does
	}
	for _, folder := range folders {
		found, _ := filepath.Glob(filepath.Join(folder, "*"))
		files = append(files, found...)
	}
	seen := map[string]bool{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
			if block.Type != "CERTIFICATE" || seen[string(block.Bytes)] {
				continue
			}
			seen[string(block.Bytes)] = true
			count++
			if !slices.ContainsFunc(names, func(n []byte) bool { return bytes.Contains(block.Bytes, n) }) {
				continue
			}
			c := chain.NewCertificate(block.Bytes)
			if x := c.X509(); x != nil && slices.ContainsFunc(names, func(n []byte) bool { return bytes.Equal(n, x.RawSubject) }) {
				c.File = file
				anchors = append(anchors, c)
			}
		}
	}
	return anchors, count, env
}
