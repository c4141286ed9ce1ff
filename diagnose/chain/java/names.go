package java

import (
	"encoding/hex"
	"net"
	"slices"
	"strings"
	"unicode/utf8"

	"mutual/diagnose/chain/der"
)

// canonical is a name as X500Principal compares it: PrintableString and
// UTF8String by their text, without blanks around it, blanks made one, without
// case; any other by its octets. Source: AVA.toRFC2253CanonicalString.
func canonical(n der.Name) string {
	var rdns []string
	for i := 0; i < len(n.Attributes); {
		end := i
		var parts []string
		for ; end < len(n.Attributes) && n.Attributes[end].RDN == n.Attributes[i].RDN; end++ {
			a := n.Attributes[end]
			value := "#" + string(rune(a.Tag)) + hex.EncodeToString(a.Value)
			if (a.Tag == der.TagPrintableString || a.Tag == der.TagUTF8String) && utf8.Valid(a.Value) {
				value = strings.ToLower(strings.ToUpper(strings.TrimFunc(string(a.Value), func(r rune) bool { return r <= ' ' })))
				for strings.Contains(value, "  ") {
					value = strings.ReplaceAll(value, "  ", " ")
				}
			}
			parts = append(parts, a.Type.String()+"="+value)
		}
		slices.Sort(parts)
		rdns = append(rdns, strings.Join(parts, "+"))
		i = end
	}
	return strings.Join(rdns, "\x00")
}

// checkName matches the leaf against the host or address asked for. Source:
// HostnameChecker.
func (j *judge) checkName() error {
	leaf := j.sent[0]
	if j.IP != nil {
		for _, g := range leaf.alt {
			if ip := net.IP(g.Value); g.Form == der.IPAddressName && ip.Equal(net.IP(j.IP)) {
				return nil
			}
		}
		return Refusal("No subject alternative names matching the IP address found")
	}
	if j.Host == "" {
		return nil
	}
	host := strings.TrimSuffix(j.Host, ".")
	if !legalHost(host) {
		return Refusal("Illegal given domain name: " + host)
	}
	dns := false
	for _, g := range leaf.alt {
		if g.Form == der.DNSName {
			dns = true
			if matches(host, string(g.Value)) {
				return nil
			}
		}
	}
	if cns := leaf.Subject.Values(der.CommonName); !dns && len(cns) > 0 {
		if text, ok := cns[len(cns)-1].Text(); ok && matches(host, text) {
			return nil
		}
	}
	return Refusal("No name matching " + host + " found")
}

func legalHost(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range label {
			if c >= 0x80 || c != '-' && !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
				return false
			}
		}
	}
	return true
}

func matches(host, template string) bool {
	host, template = strings.ToLower(host), strings.ToLower(template)
	if i := strings.LastIndexByte(template, '*'); i >= 0 && (template == "*" || !strings.Contains(template[i:], ".")) {
		return false
	}
	if !legalHost(strings.ReplaceAll(template, "*", "z")) {
		return false
	}
	a, b := strings.Split(host, "."), strings.Split(template, ".")
	return slices.EqualFunc(a, b, matchLabel)
}

// matchLabel matches a label with stars anywhere.
func matchLabel(name, template string) bool {
	head, rest, star := strings.Cut(template, "*")
	switch {
	case !star:
		return name == template
	case strings.HasPrefix(name, "xn--") && template != "*": // Java compares it in Unicode
		return false
	}
	if !strings.HasPrefix(name, head) {
		return false
	}
	name = name[len(head):]
	for {
		part, more, again := strings.Cut(rest, "*")
		i := strings.Index(name, part)
		if i < 0 {
			return false
		}
		if !again {
			return strings.HasSuffix(name, part)
		}
		name, rest = name[i+len(part):], more
	}
}

// permits holds a certificate's names against constraints. Source:
// NameConstraintsExtension.verify.
func permits(n der.NameSubtrees, c *cert) bool {
	for _, s := range slices.Concat(n.Permitted, n.Excluded) {
		if s.Maximum != nil || s.Minimum != nil && s.Minimum.Small() != 0 || s.Base.Form == der.DNSName && len(s.Base.Value) == 0 {
			return false
		}
	}
	names := slices.Clone(c.alt)
	if !c.Subject.Empty() {
		names = append(names, der.GeneralName{Form: der.DirectoryName, Name: c.Subject})
	}
	if !slices.ContainsFunc(c.alt, func(g der.GeneralName) bool { return g.Form == der.DNSName }) {
		for _, a := range c.Subject.Values(der.CommonName) {
			if text, ok := a.Text(); ok && legalHost(text) {
				names = append(names, der.GeneralName{Form: der.DNSName, Value: []byte(text)})
			}
		}
	}
	for _, g := range names {
		asked, inside := false, false
		for _, s := range n.Permitted {
			if s.Base.Form == g.Form {
				asked = true
				inside = inside || within(g, s.Base)
			}
		}
		if asked && !inside {
			return false
		}
		for _, s := range n.Excluded {
			if s.Base.Form == g.Form && within(g, s.Base) {
				return false
			}
		}
	}
	return true
}

func within(g, base der.GeneralName) bool {
	name, limit := strings.ToLower(string(g.Value)), strings.ToLower(string(base.Value))
	switch g.Form {
	case der.DirectoryName:
		b := canonical(base.Name)
		n := canonical(g.Name)
		return b == "" || n == b || strings.HasPrefix(n, b+"\x00")
	case der.DNSName:
		return suffix(name, limit)
	case der.RFC822Name:
		if strings.Contains(limit, "@") {
			return name == limit && !strings.HasPrefix(limit, "@")
		}
		_, host, ok := strings.Cut(name, "@")
		if strings.HasPrefix(limit, ".") {
			return ok && strings.HasSuffix(host, limit)
		}
		return ok && host == limit
	case der.URIName:
		_, host, _ := strings.Cut(name, "://")
		host, _, _ = strings.Cut(host, "/")
		_, host, _ = lastCut(host, "@")
		host, _, _ = strings.Cut(host, ":")
		if strings.HasPrefix(limit, ".") {
			return strings.HasSuffix(host, limit)
		}
		return host == limit
	case der.RegisteredIDTag:
		return name == limit
	case der.IPAddressName:
		size := len(g.Value)
		if len(base.Value) != 2*size {
			return false
		}
		for i := range size {
			if (g.Value[i]^base.Value[i])&base.Value[size+i] != 0 {
				return false
			}
		}
		return true
	}
	return false
}

func suffix(name, limit string) bool {
	limit = strings.TrimPrefix(limit, ".")
	return limit != "" && (name == limit || strings.HasSuffix(name, "."+limit))
}

func lastCut(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}
