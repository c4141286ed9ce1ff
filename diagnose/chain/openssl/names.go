package openssl

import (
	"bytes"
	"strings"

	"mutual/diagnose/chain/der"
)

// checkName matches the leaf against the host and the address asked for.
func (j *judge) checkName() bool {
	leaf := j.path[0]
	if j.Host != "" && !j.matchesHost(leaf) {
		return j.fail(0, HostnameMismatch)
	}
	if j.IP != nil && !leaf.matchesIP(j.IP) {
		return j.fail(0, IPAddressMismatch)
	}
	return true
}

func (c *cert) matchesIP(ip []byte) bool {
	for _, g := range c.altNames {
		if g.Form == der.IPAddressName && len(g.Value) > 0 && bytes.Equal(g.Value, ip) {
			return true
		}
	}
	return false
}

// matchesHost compares the DNS names, and the common names where there is no
// DNS name. Source: OpenSSL 3.0, X509_check_host.
func (j *judge) matchesHost(c *cert) bool {
	dns := false
	for _, g := range c.altNames {
		if g.Form == der.DNSName {
			dns = true
			if len(g.Value) > 0 && j.matches(string(g.Value), j.Host) {
				return true
			}
		}
	}
	if dns || j.NeverCheckSubject {
		return false
	}
	for _, a := range c.Subject.Values(der.CommonName) {
		if len(a.Value) == 0 {
			continue
		}
		text, ok := a.Text()
		if !ok {
			return false
		}
		if j.matches(text, j.Host) {
			return true
		}
	}
	return false
}

// matches compares a name of a certificate with the host. A host that begins
// with a dot stands for every name below it.
func (j *judge) matches(pattern, host string) bool {
	below := len(host) > 1 && host[0] == '.'
	if !j.NoWildcards && !below {
		if star := j.star(pattern); star >= 0 {
			return wildcard(pattern[:star], pattern[star+1:], host)
		}
	}
	if below && len(pattern) > len(host) {
		prefix := len(pattern) - len(host)
		if strings.IndexByte(pattern[:prefix], 0) >= 0 {
			return false
		}
		pattern = pattern[prefix:]
	}
	return equalFold(pattern, host)
}

// equalFold ignores the case of ASCII letters. A name with a NUL equals none.
func equalFold(a, b string) bool {
	if len(a) != len(b) || strings.IndexByte(a, 0) >= 0 {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func alphanumeric(c byte) bool {
	c = lower(c)
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
}

// star is the position of a pattern's wildcard, or -1: there may be one, at
// the start or the end of the first label, no IDN, with two dots after it.
// Source: OpenSSL 3.0, valid_star.
func (j *judge) star(p string) int {
	star, dots := -1, 0
	start, hyphen, idn := true, false, false
	for i := range len(p) {
		switch c := p[i]; {
		case c == '*':
			atEnd := i == len(p)-1 || p[i+1] == '.'
			if star >= 0 || idn || dots > 0 || j.NoPartialWildcards && !(start && atEnd) || !start && !atEnd {
				return -1
			}
			star, start = i, false
		case alphanumeric(c):
			if start && len(p)-i >= 4 && equalFold(p[i:i+4], "xn--") {
				idn = true
			}
			start, hyphen = false, false
		case c == '.':
			if hyphen || start {
				return -1
			}
			start, hyphen, idn = true, false, false
			dots++
		case c == '-':
			if start {
				return -1
			}
			hyphen = true
		default:
			return -1
		}
	}
	if start || hyphen || dots < 2 {
		return -1
	}
	return star
}

// wildcard matches a host against what stands before and after the wildcard.
// Source: OpenSSL 3.0, wildcard_match.
func wildcard(prefix, suffix, host string) bool {
	if len(host) < len(prefix)+len(suffix) || !equalFold(prefix, host[:len(prefix)]) ||
		!equalFold(host[len(host)-len(suffix):], suffix) {
		return false
	}
	middle := host[len(prefix) : len(host)-len(suffix)]
	whole := prefix == "" && strings.HasPrefix(suffix, ".")
	switch {
	case whole && middle == "":
		return false
	case !whole && len(host) >= 4 && equalFold(host[:4], "xn--"):
		return false
	case middle == "*":
		return true
	}
	for i := range len(middle) {
		if !alphanumeric(middle[i]) && middle[i] != '-' {
			return false
		}
	}
	return true
}
