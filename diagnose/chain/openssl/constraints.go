package openssl

import (
	"bytes"
	"slices"
	"strings"

	"mutual/diagnose/chain/der"
)

// checkConstraints holds every name of the path against the name constraints
// above it, the anchor's included. Self-issued certificates are passed over,
// but for the leaf. Source: OpenSSL 3.0, check_name_constraints.
func (j *judge) checkConstraints() bool {
	for i := len(j.path) - 1; i >= 0; i-- {
		c := j.path[i]
		if i != 0 && c.selfIssued {
			continue
		}
		if c.proxy && !properProxyName(c) {
			return j.fail(i, ProxySubjectNameViolation)
		}
		for above := len(j.path) - 1; above > i; above-- {
			n := j.path[above].constraints
			if n == nil {
				continue
			}
			code := j.constrained(c, n)
			if code == OK && i == 0 && !j.NeverCheckSubject && !slices.ContainsFunc(c.altNames, isDNS) {
				code = j.constrainedCN(c, n)
			}
			if code != OK {
				return j.fail(i, code)
			}
		}
	}
	return true
}

func isDNS(g der.GeneralName) bool { return g.Form == der.DNSName }

// properProxyName reports a proxy's subject that is its issuer's name with one
// CN added. Source: RFC 3820 §3.4.
func properProxyName(c *cert) bool {
	s := c.Subject.Attributes
	n := len(s)
	if n < 2 || n != len(c.Issuer.Attributes)+1 || s[n-1].RDN == s[n-2].RDN || s[n-1].Type != der.CommonName {
		return false
	}
	return der.Under(c.Issuer, s[n-1:]).Equal(c.Subject)
}

// maxNamePairs is NAME_CHECK_MAX: more names times constraints than that and
// OpenSSL refuses the certificate.
const maxNamePairs = 1 << 20

// constrained matches subject and alternative names. Source: OpenSSL 3.0,
// NAME_CONSTRAINTS_check.
func (j *judge) constrained(c *cert, n *der.NameSubtrees) Code {
	names := len(c.Subject.Attributes) + len(c.altNames)
	rules := len(n.Permitted) + len(n.Excluded)
	if names > 0 && rules > maxNamePairs/names {
		return Unspecified
	}
	if j.budget -= names * rules; j.budget < 0 {
		return Unspecified
	}
	if !c.Subject.Empty() {
		if code := match(der.GeneralName{Form: der.DirectoryName, Name: c.Subject}, n); code != OK {
			return code
		}
		for _, a := range c.Subject.Values(der.EmailAddress) {
			if a.Tag != der.TagIA5String {
				return UnsupportedNameSyntax
			}
			if code := match(der.GeneralName{Form: der.RFC822Name, Value: a.Value}, n); code != OK {
				return code
			}
		}
	}
	for _, g := range c.altNames {
		if code := match(g, n); code != OK {
			return code
		}
	}
	return OK
}

// constrainedCN matches the common names that look like DNS names. Source:
// OpenSSL 3.0, NAME_CONSTRAINTS_check_CN.
func (j *judge) constrainedCN(c *cert, n *der.NameSubtrees) Code {
	for _, a := range c.Subject.Values(der.CommonName) {
		text, ok := a.Text()
		if !ok {
			return Unspecified // OpenSSL calls it out of memory
		}
		text = strings.TrimRight(text, "\x00")
		if strings.IndexByte(text, 0) >= 0 {
			return UnsupportedNameSyntax
		}
		if !looksLikeDNS(text) {
			continue
		}
		if code := match(der.GeneralName{Form: der.DNSName, Value: []byte(text)}, n); code != OK {
			return code
		}
	}
	return OK
}

// looksLikeDNS reports a name of two labels at least. Source: OpenSSL 3.0,
// cn2dnsid.
func looksLikeDNS(s string) bool {
	is := false
	for i := range len(s) {
		switch c := s[i]; {
		case alphanumeric(c) || c == '_':
		case i == 0 || i == len(s)-1:
			return false
		case c == '-':
		case c == '.' && s[i+1] != '.' && s[i-1] != '-' && s[i+1] != '-':
			is = true
		default:
			return false
		}
	}
	return is
}

// match holds one name against the constraints of its form. Source: OpenSSL
// 3.0, nc_match.
func match(g der.GeneralName, n *der.NameSubtrees) Code {
	form := g.Form
	if form == der.OtherName && g.Type == der.SmtpUTF8Mailbox {
		form = der.RFC822Name
	}
	concerns := func(s der.Subtree) bool {
		return s.Base.Form == form && (form != der.OtherName || s.Base.Type == g.Type)
	}
	asked, permitted := false, false
	for _, s := range n.Permitted {
		if !concerns(s) {
			continue
		}
		if !plain(s) {
			return SubtreeMinmax
		}
		if permitted {
			continue
		}
		asked = true
		switch code := within(form, g, s.Base); code {
		case OK:
			permitted = true
		case PermittedViolation:
		default:
			return code
		}
	}
	if asked && !permitted {
		return PermittedViolation
	}
	for _, s := range n.Excluded {
		if !concerns(s) {
			continue
		}
		if !plain(s) {
			return SubtreeMinmax
		}
		switch code := within(form, g, s.Base); code {
		case OK:
			return ExcludedViolation
		case PermittedViolation:
		default:
			return code
		}
	}
	return OK
}

// plain reports a subtree without minimum and maximum.
func plain(s der.Subtree) bool {
	return s.Maximum == nil && (s.Minimum == nil || s.Minimum.Small() == 0)
}

// within reports OK for a name in the subtree, PermittedViolation for one
// outside, and another code where that cannot be told. Source: OpenSSL 3.0,
// nc_match_single.
func within(form int, g, base der.GeneralName) Code {
	switch g.Form {
	case der.OtherName:
		if form == der.RFC822Name {
			return withinMailbox(g, string(base.Value))
		}
	case der.DirectoryName:
		return inside(bytes.HasPrefix(g.Name.Canonical, base.Name.Canonical))
	case der.DNSName:
		return inside(withinDNS(string(g.Value), string(base.Value)))
	case der.RFC822Name:
		return withinMail(string(g.Value), string(base.Value))
	case der.URIName:
		return withinURI(string(g.Value), string(base.Value))
	case der.IPAddressName:
		return withinIP(g.Value, base.Value)
	}
	return UnsupportedConstraintType
}

func inside(is bool) Code {
	if is {
		return OK
	}
	return PermittedViolation
}

// fold compares as OpenSSL's constraints do, NULs included.
func fold(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func withinDNS(name, base string) bool {
	if base == "" {
		return true
	}
	rest := len(name) - len(base)
	if rest < 0 || rest > 0 && base[0] != '.' && name[rest-1] != '.' {
		return false
	}
	return fold(base, name[rest:])
}

func withinMail(name, base string) Code {
	at, baseAt := strings.LastIndexByte(name, '@'), strings.LastIndexByte(base, '@')
	if at < 0 {
		return UnsupportedNameSyntax
	}
	if baseAt < 0 && strings.HasPrefix(base, ".") {
		return inside(len(name) > len(base) && fold(base, name[len(name)-len(base):]))
	}
	if baseAt > 0 {
		if baseAt != at {
			return PermittedViolation
		}
		if strings.IndexByte(base[:baseAt], 0) >= 0 || strings.IndexByte(name[:at], 0) >= 0 {
			return UnsupportedNameSyntax
		}
		if base[:baseAt] != name[:at] {
			return PermittedViolation
		}
	}
	return inside(fold(base[baseAt+1:], name[at+1:]))
}

// withinMailbox matches an address in UTF-8. A base in punycode is not
// decoded: hosts are compared as they are written. Source: RFC 8398 §6.
func withinMailbox(g der.GeneralName, base string) Code {
	name := string(g.Other.Content)
	at := strings.LastIndexByte(name, '@')
	switch {
	case strings.IndexByte(base, 0) >= 0, !g.Other.Is(der.Universal, der.TagUTF8String), at < 0:
		return UnsupportedNameSyntax
	case strings.HasPrefix(base, "."):
		return inside(len(name) > len(base) && fold(base, name[len(name)-len(base):]))
	}
	return inside(fold(base, name[at+1:]))
}

func withinURI(uri, base string) Code {
	_, host, ok := strings.Cut(uri, ":")
	if !ok || len(host) < 2 || host[:2] != "//" {
		return UnsupportedNameSyntax
	}
	host = host[2:]
	if i := strings.IndexByte(host, ':'); i >= 0 {
		host = host[:i]
	} else if i := strings.IndexByte(host, '/'); i >= 0 {
		host = host[:i]
	}
	switch {
	case host == "":
		return UnsupportedNameSyntax
	case strings.HasPrefix(base, "."):
		return inside(len(host) > len(base) && fold(host[len(host)-len(base):], base))
	}
	return inside(fold(host, base))
}

func withinIP(ip, base []byte) Code {
	if len(ip) != 4 && len(ip) != 16 || len(base) != 8 && len(base) != 32 {
		return UnsupportedNameSyntax
	}
	if 2*len(ip) != len(base) {
		return PermittedViolation
	}
	mask := base[len(ip):]
	for i := range ip {
		if (ip[i]^base[i])&mask[i] != 0 {
			return PermittedViolation
		}
	}
	return OK
}
