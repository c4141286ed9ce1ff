package pki

import (
	"crypto/x509"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"strings"
	"unicode/utf8"
)

// SANs are the names in a certificate's subjectAltName extension
// (RFC 5280 §4.2.1.6).
type SANs struct {
	DNS    []string
	IPs    []net.IP
	Emails []string
	URIs   []*url.URL
}

// ParseSANs reads several names with SANs.Add; a name given twice is kept once.
func ParseSANs(texts ...string) (SANs, error) {
	var s SANs
	for _, t := range texts {
		if err := s.Add(t); err != nil {
			return SANs{}, err
		}
	}
	return s, nil
}

// ParseSAN reads one name; see SANs.Add.
func ParseSAN(text string) (SANs, error) { return ParseSANs(text) }

// Add reads one name and infers its kind: an IP address, an e-mail address, a
// URI (SPIFFE IDs too), else a DNS name, whose leftmost label may be *.
// OpenSSL's prefixes DNS:, IP:, email:
// and URI: force a kind. A comma separates several names.
func (s *SANs) Add(text string) error {
	if strings.Contains(text, ",") && !strings.Contains(text, "://") {
		for part := range strings.SplitSeq(text, ",") {
			if err := s.Add(part); err != nil {
				return err
			}
		}
		return nil
	}
	text = strings.TrimSpace(text)
	kind, value := sanKind(text)
	if value == "" {
		return fmt.Errorf("a name for the certificate is empty")
	}
	switch kind {
	case "ip":
		ip, err := parseSANIP(value)
		if err != nil {
			return err
		}
		for _, have := range s.IPs {
			if have.Equal(ip) {
				return nil
			}
		}
		s.IPs = append(s.IPs, ip)
	case "email":
		addr, err := parseSANEmail(value)
		if err != nil {
			return err
		}
		s.Emails = appendNew(s.Emails, addr)
	case "uri":
		u, err := parseSANURI(value)
		if err != nil {
			return err
		}
		for _, have := range s.URIs {
			if have.String() == u.String() {
				return nil
			}
		}
		s.URIs = append(s.URIs, u)
	default:
		name, err := parseSANDNS(value)
		if err != nil {
			return err
		}
		s.DNS = appendNew(s.DNS, name)
	}
	return nil
}

func appendNew(list []string, v string) []string {
	for _, have := range list {
		if strings.EqualFold(have, v) {
			return list
		}
	}
	return append(list, v)
}

// sanKind tells the kind of a name, and its value without a prefix or brackets.
func sanKind(text string) (kind, value string) {
	for _, kind := range []string{"dns", "ip", "email", "uri"} {
		if len(text) > len(kind) && text[len(kind)] == ':' && strings.EqualFold(text[:len(kind)], kind) {
			// "ip:..." could be nothing else; "dns:" alone is RFC 4501's scheme,
			// which no certificate uses.
			return kind, strings.TrimSpace(text[len(kind)+1:])
		}
	}
	if _, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return "ip", text
	}
	if strings.Contains(text, "://") || strings.HasPrefix(strings.ToLower(text), "urn:") {
		return "uri", text
	}
	if strings.Contains(text, "@") {
		return "email", text
	}
	return "dns", text
}

func parseSANIP(text string) (net.IP, error) {
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		return nil, fmt.Errorf("%q is not an IP address", text)
	}
	if addr.Zone() != "" {
		return nil, fmt.Errorf("%q: a certificate cannot hold an address with a zone (%%%s)", text, addr.Zone())
	}
	return net.IP(addr.Unmap().AsSlice()), nil
}

func parseSANEmail(text string) (string, error) {
	addr, err := mail.ParseAddress(text)
	if err != nil || addr.Name != "" {
		return "", fmt.Errorf("%q is not an e-mail address", text)
	}
	at := strings.LastIndexByte(addr.Address, '@')
	domain, err := parseSANDNS(addr.Address[at+1:])
	if err != nil || !isASCII(addr.Address[:at]) || strings.HasPrefix(domain, "*") {
		return "", fmt.Errorf("%q is not an e-mail address that a certificate can hold", text)
	}
	return addr.Address[:at+1] + domain, nil
}

func parseSANURI(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "":
		return nil, fmt.Errorf("%q is not a URI", text)
	case !isASCII(text):
		return nil, fmt.Errorf("%q: a URI in a certificate is ASCII; encode other characters as %%XX", text)
	case u.Scheme == "spiffe" && !validSPIFFE(u):
		return nil, fmt.Errorf("%q is not a SPIFFE ID; it is spiffe://trust-domain/path, without user, port, query or fragment", text)
	}
	return u, nil
}

// validSPIFFE checks a SPIFFE ID by its specification, §2.
func validSPIFFE(u *url.URL) bool {
	const lower = "abcdefghijklmnopqrstuvwxyz0123456789.-_"
	outside := func(set string) func(rune) bool {
		return func(r rune) bool { return !strings.ContainsRune(set, r) }
	}
	if u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.ContainsFunc(u.Host, outside(lower)) {
		return false
	}
	if u.Path == "" {
		return true
	}
	for segment := range strings.SplitSeq(u.Path[1:], "/") {
		if segment == "" || segment == "." || segment == ".." || strings.ContainsFunc(segment, outside(lower+"ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
			return false
		}
	}
	return true
}

func parseSANDNS(text string) (string, error) {
	name := strings.TrimSuffix(text, ".")
	if host, port, err := net.SplitHostPort(text); err == nil {
		return "", fmt.Errorf("%q: a certificate is for a host, not for a port; write %s without :%s", text, host, port)
	}
	if strings.Contains(name, "/") {
		return "", fmt.Errorf("%q is not a host name", text)
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return "", fmt.Errorf("%q: a certificate holds a host name in ASCII; write an international name in its xn-- form", text)
	}
	if reason := dnsFault(name); reason != "" {
		return "", fmt.Errorf("%q is not a host name: %s", text, reason)
	}
	return name, nil
}

// dnsFault says what is wrong with an ASCII host name, or "". Underscores are
// let through: they are common, and verifiers accept them.
func dnsFault(name string) string {
	if len(name) > 253 {
		return "it is longer than 253 characters"
	}
	labels := strings.Split(name, ".")
	for i, label := range labels {
		switch {
		case label == "":
			return "there is an empty part between two dots"
		case len(label) > 63:
			return "a part between two dots is longer than 63 characters"
		case label == "*" && i == 0 && len(labels) > 1:
			continue
		case strings.Contains(label, "*"):
			return "* may only stand alone as the first part, as in *.example.com"
		case label[0] == '-' || label[len(label)-1] == '-':
			return "a part starts or ends with a hyphen"
		}
		for _, c := range label {
			if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_') {
				return fmt.Sprintf("%q is not allowed in it", c)
			}
		}
	}
	return ""
}

// isASCII reports whether s is made of visible ASCII characters.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// SANsOf returns the names of a certificate.
func SANsOf(c *x509.Certificate) SANs {
	return SANs{DNS: c.DNSNames, IPs: c.IPAddresses, Emails: c.EmailAddresses, URIs: c.URIs}
}

// SANsOfCSR returns the names that a signing request asks for.
func SANsOfCSR(r *x509.CertificateRequest) SANs {
	return SANs{DNS: r.DNSNames, IPs: r.IPAddresses, Emails: r.EmailAddresses, URIs: r.URIs}
}

// IsEmpty reports whether there is no name.
func (s SANs) IsEmpty() bool { return len(s.DNS)+len(s.IPs)+len(s.Emails)+len(s.URIs) == 0 }

// Strings lists the names as text: DNS names, IP addresses, e-mail addresses,
// URIs.
func (s SANs) Strings() []string {
	list := append([]string{}, s.DNS...)
	for _, ip := range s.IPs {
		list = append(list, ip.String())
	}
	list = append(list, s.Emails...)
	for _, u := range s.URIs {
		list = append(list, u.String())
	}
	return list
}

// Missing lists the names of want that s does not have, letter for letter: a
// wildcard covers only itself.
func (s SANs) Missing(want SANs) []string {
	have := map[string]bool{}
	for _, v := range s.Strings() {
		have[strings.ToLower(v)] = true
	}
	var missing []string
	for _, v := range want.Strings() {
		if !have[strings.ToLower(v)] {
			missing = append(missing, v)
		}
	}
	return missing
}
