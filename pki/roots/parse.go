package roots

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

const (
	pemBegin = "-----BEGIN CERTIFICATE-----"
	pemEnd   = "-----END CERTIFICATE-----"
)

// Parse reads a bundle of root certificates, PEM or one DER certificate, and
// accepts nothing else: outside of blocks only blank lines and comments, which
// are never looked at; every block whole; every certificate a CA that may sign
// certificates. A download that was cut off, and an error page, do not pass,
// as they do with x509.CertPool.AppendCertsFromPEM.
func Parse(data []byte) ([]*x509.Certificate, error) {
	if len(data) > 0 && data[0] == 0x30 { // a DER SEQUENCE
		c, err := parseRoot(data)
		if err != nil {
			return nil, err
		}
		return []*x509.Certificate{c}, nil
	}
	var out []*x509.Certificate
	seen := map[string]bool{}
	var body strings.Builder
	begin := 0 // line of the open block
	lines := bytes.Split(data, []byte("\n"))
	for i, raw := range lines {
		line, n := strings.TrimRight(string(raw), " \t\r"), i+1
		switch {
		case begin > 0 && line == pemEnd:
			der, err := base64.StdEncoding.Strict().DecodeString(body.String())
			if err != nil {
				return nil, fmt.Errorf("line %d: the certificate's base64 is damaged: %w", begin, err)
			}
			c, err := parseRoot(der)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", begin, err)
			}
			if print := Fingerprint(c); !seen[print] {
				seen[print] = true
				out = append(out, c)
			}
			begin = 0
		case begin > 0:
			if strings.HasPrefix(line, "-----") {
				return nil, fmt.Errorf("line %d: the certificate that begins on line %d is not closed", n, begin)
			}
			body.WriteString(line)
		case line == pemBegin:
			begin = n
			body.Reset()
		case line == "" || strings.HasPrefix(line, "#"):
		default:
			return nil, fmt.Errorf("line %d: %s is neither a certificate nor a comment", n, excerpt(line))
		}
	}
	if begin > 0 {
		return nil, fmt.Errorf("the certificate that begins on line %d is cut off", begin)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("there is no certificate in it")
	}
	return out, nil
}

func parseRoot(der []byte) (*x509.Certificate, error) {
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("not a certificate: %w", err)
	}
	if !c.BasicConstraintsValid || !c.IsCA {
		return nil, fmt.Errorf("%s is not a CA certificate", c.Subject)
	}
	// Two roots of 2004 have no key usage at all, and are known by their hash.
	if c.KeyUsage&x509.KeyUsageCertSign == 0 && !(c.KeyUsage == 0 && slices.Contains(formerlyPublic, Fingerprint(c))) {
		return nil, fmt.Errorf("%s may not sign certificates (no keyCertSign)", c.Subject)
	}
	return c, nil
}

// excerpt quotes the start of a line; Go quoting keeps control characters from
// the terminal.
func excerpt(line string) string {
	if len(line) > 60 {
		line = line[:60]
	}
	return fmt.Sprintf("%q", line)
}
