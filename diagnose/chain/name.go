package chain

import (
	"crypto/x509/pkix"
	"net/netip"
	"slices"
	"strings"

	"mutual/diagnose/cause"
)

// judgeName matches the leaf's alternative names with the name asked for.
// Source: RFC 9525 §6.
func (j *judge) judgeName(p chainPath) {
	leaf := p.nodes[0]
	if j.q.Name == "" || j.q.Side == cause.ClientSide || leaf.x.VerifyHostname(j.q.Name) == nil {
		return
	}
	f := Fault{Code: cause.ServerNameMismatch, Vars: map[string]string{
		"name": j.q.Name, "subject": leaf.Name(), "cn": SubjectCN(leaf.Certificate), "names": namesOf(leaf.Certificate),
		"own_name": ownName(leaf.Certificate),
	}}
	want := Evidence{Fact: j.q.NamePath, Got: j.q.Name}
	_, err := netip.ParseAddr(strings.Trim(j.q.Name, "[]"))
	if err == nil && slices.Contains(leaf.DNSNames, strings.Trim(j.q.Name, "[]")) {
		f.Title = "The certificate holds the address {name} as a DNS name, and clients look for it among its IP addresses."
	}
	switch hasSAN := slices.ContainsFunc(leaf.x.Extensions, isSAN); {
	case err == nil && len(leaf.x.IPAddresses) == 0:
		f.Code = cause.ServerIPSANMissing
		f.Evidence = []Evidence{{Fact: leaf.at + ".ip_addresses", Got: "none", Want: j.q.Name}, want}
	case err == nil:
		f.Evidence = []Evidence{{Fact: leaf.at + ".ip_addresses", Got: strings.Join(leaf.IPAddresses, ", "), Want: j.q.Name}, want}
	case len(leaf.DNSNames) == 0 && strings.EqualFold(f.Vars["cn"], j.q.Name), !hasSAN && !otherHost(f.Vars["cn"], j.q.Name):
		f.Code = cause.ServerSANMissing
		f.Evidence = []Evidence{{Fact: leaf.at + ".dns_names", Got: "none", Want: j.q.Name}, {Fact: leaf.at + ".subject", Got: leaf.Subject}}
	default:
		got := strings.Join(leaf.DNSNames, ", ")
		if got == "" {
			got = "none"
		}
		f.Evidence = []Evidence{{Fact: leaf.at + ".dns_names", Got: got, Want: j.q.Name}, want}
	}
	j.add(f)
}

// otherHost reports whether a common name is a host name other than name.
func otherHost(cn, name string) bool {
	if !strings.Contains(cn, ".") || strings.ContainsAny(cn, " /@") {
		return false
	}
	cn, name = strings.ToLower(cn), strings.TrimSuffix(strings.ToLower(name), ".")
	if cn == name {
		return false
	}
	_, domain, _ := strings.Cut(name, ".")
	return cn != "*."+domain
}

func SubjectCN(c *Certificate) string {
	if c.x == nil {
		return ""
	}
	return c.x.Subject.CommonName
}

// ownName is a host name that the certificate is for, without a wildcard, or "".
func ownName(c *Certificate) string {
	for _, name := range c.DNSNames {
		if _, err := netip.ParseAddr(name); err != nil && !strings.HasPrefix(name, "*.") {
			return name
		}
	}
	return ""
}

// namesOf lists the names that a certificate is for.
func namesOf(c *Certificate) string {
	names := slices.Concat(c.DNSNames, c.IPAddresses)
	switch {
	case len(names) == 0 && SubjectCN(c) != "":
		return "no name but the common name " + SubjectCN(c)
	case len(names) == 0:
		return "no name"
	case len(names) > 6:
		return strings.Join(names[:6], ", ") + ", ..."
	}
	return strings.Join(names, ", ")
}

func organisation(n pkix.Name) string { return strings.Join(n.Organization, " ") }
