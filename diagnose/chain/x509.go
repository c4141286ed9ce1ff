package chain

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"mutual/diagnose/cause"
)

// usages are the extended key usages that crypto/x509 is asked for.
func (j *judge) usages() []x509.ExtKeyUsage {
	if j.q.Side == cause.ClientSide {
		return []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	return []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
}

// verifyX509 asks crypto/x509. Without anchors it takes every self-signed
// certificate at hand for one.
func (j *judge) verifyX509() ([][]*x509.Certificate, error) {
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	for _, n := range j.anchors {
		if n.x != nil {
			roots.AddCert(n.x)
		}
	}
	for _, n := range j.sent[1:] {
		if n.x != nil {
			intermediates.AddCert(n.x)
		}
	}
	if j.q.Trust == nil {
		for _, n := range slices.Concat(j.sent, j.known) {
			if n.SelfIssued() {
				roots.AddCert(n.x)
			} else if n.x != nil {
				intermediates.AddCert(n.x)
			}
		}
	}
	chains, err := j.q.Sent[0].x.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates, CurrentTime: j.q.Now, DNSName: j.q.Name, KeyUsages: j.usages(),
	})
	if j.q.Trust == nil {
		chains = nil
	}
	return chains, err
}

func unknownAuthority(err error) bool {
	var unknown x509.UnknownAuthorityError
	return errors.As(err, &unknown)
}

// refused makes a fault of a refusal by crypto/x509 that no check of ours has
// explained: its kind names the cause, where it has one.
func (j *judge) refused(p chainPath, refusal error) Fault {
	f := Fault{Code: cause.ChainUnverifiable, Evidence: []Evidence{{Fact: p.nodes[0].at + ".sha256", Got: p.nodes[0].SHA256}},
		Vars: map[string]string{"reason": refusal.Error(), "file": p.nodes[0].Certificate.File}}
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	switch {
	case errors.As(refusal, &name):
		f.Code = j.sided(cause.ServerNameMismatch, cause.ServerNameMismatch)
	case errors.As(refusal, &x509.UnhandledCriticalExtension{}):
		f.Code = cause.CertUnknownCriticalExtension
	case errors.As(refusal, &invalid):
		f.Depth = max(0, slices.IndexFunc(p.nodes, func(n *node) bool { return n.x == invalid.Cert }))
		switch invalid.Reason {
		case x509.NotAuthorizedToSign:
			f.Code = cause.IssuerNotCA
		case x509.TooManyIntermediates:
			f.Code = cause.PathLengthExceeded
		case x509.CANotAuthorizedForThisName, x509.UnconstrainedName, x509.TooManyConstraints:
			f.Code = cause.NameConstraintViolation
		case x509.IncompatibleUsage, x509.CANotAuthorizedForExtKeyUsage:
			f.Code = cause.IssuerEKUExcludesPurpose
		}
		f.Evidence[0] = Evidence{Fact: p.nodes[f.Depth].at + ".sha256", Got: p.nodes[f.Depth].SHA256}
	}
	return f
}

// judgeConstraints finds violations of name constraints and of policies. It
// leaves both to crypto/x509, on copies of the path's certificates in which
// nothing else is wrong: one question at a time.
func (j *judge) judgeConstraints(p chainPath) {
	if len(p.nodes) < 2 || len(p.nodes) > 16 {
		return
	}
	for i := 1; i < len(p.nodes); i++ {
		if j.linked(p.nodes[i-1], p.nodes[i]) != linkSigned {
			return
		}
	}
	for depth := 1; depth < len(p.nodes); depth++ {
		x := p.nodes[depth].x
		if constraints := nameConstraints(x); constraints != "" && j.askX509(p, depth, nil) != nil {
			below, name := j.offender(p, depth)
			j.add(Fault{Code: cause.NameConstraintViolation, Depth: depth,
				Evidence: []Evidence{
					{Fact: p.nodes[depth].at + ".sha256", Got: constraints},
					{Fact: p.nodes[below].at + ".sha256", Got: name, Want: constraints},
				},
				Vars: map[string]string{"ca": p.nodes[depth].Name(), "offender": name, "constraint": constraints}})
		}
	}
	for depth, n := range p.nodes {
		if n.x.RequireExplicitPolicy > 0 || n.x.RequireExplicitPolicyZero {
			if err := j.askX509(p, -1, nil); err != nil {
				j.add(Fault{Code: cause.PolicyRequiredNotPresent, Depth: depth,
					Evidence: []Evidence{{Fact: n.at + ".sha256", Got: "requireExplicitPolicy", Want: "a valid policy in every certificate below"}},
					Vars:     map[string]string{"ca": n.Name()}})
			}
			return
		}
	}
}

// offender is the position and the name that violates the constraints of the
// certificate at that depth.
func (j *judge) offender(p chainPath, depth int) (int, string) {
	for below := depth - 1; below >= 0; below-- {
		x := p.nodes[below].x
		for _, name := range alternativeNames(x) {
			only := func(i int, c *x509.Certificate) {
				if i != below {
					c.Extensions = slices.DeleteFunc(slices.Clone(c.Extensions), isSAN)
				} else {
					keepName(c, name)
				}
			}
			if j.askX509(p, depth, only) != nil {
				return below, name
			}
		}
	}
	return 0, p.nodes[0].Name()
}

// askX509 verifies copies of the path that are neutral in all but signatures
// and policies (constrained < 0) or but the name constraints of one.
func (j *judge) askX509(p chainPath, constrained int, change func(int, *x509.Certificate)) error {
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	var leaf *x509.Certificate
	for i, n := range p.nodes {
		c := *n.x
		c.NotBefore, c.NotAfter = j.q.Now.Add(-time.Hour), j.q.Now.Add(time.Hour)
		c.UnhandledCriticalExtensions, c.UnknownExtKeyUsage, c.ExtKeyUsage, c.KeyUsage = nil, nil, nil, 0
		c.BasicConstraintsValid, c.IsCA, c.MaxPathLen, c.MaxPathLenZero = true, true, -1, false
		if i != constrained {
			c.Extensions = slices.DeleteFunc(slices.Clone(c.Extensions), func(e pkix.Extension) bool { return e.Id.Equal(oidNameConstraints) })
		}
		if constrained >= 0 {
			c.RequireExplicitPolicy, c.RequireExplicitPolicyZero = 0, false
		}
		if change != nil {
			change(i, &c)
		}
		switch i {
		case 0:
			leaf = &c
		case len(p.nodes) - 1:
			roots.AddCert(&c)
		default:
			intermediates.AddCert(&c)
		}
	}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, CurrentTime: j.q.Now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) {
		return err
	}
	return nil
}

var (
	oidNameConstraints = asn1.ObjectIdentifier{2, 5, 29, 30}
	oidSAN             = asn1.ObjectIdentifier{2, 5, 29, 17}
)

func isSAN(e pkix.Extension) bool { return e.Id.Equal(oidSAN) }

func alternativeNames(x *x509.Certificate) []string {
	names := slices.Concat(x.DNSNames, x.EmailAddresses)
	for _, ip := range x.IPAddresses {
		names = append(names, ip.String())
	}
	for _, u := range x.URIs {
		names = append(names, u.String())
	}
	return names[:min(len(names), 50)]
}

func keepName(c *x509.Certificate, name string) {
	not := func(s string) bool { return s != name }
	c.DNSNames = slices.DeleteFunc(slices.Clone(c.DNSNames), not)
	c.EmailAddresses = slices.DeleteFunc(slices.Clone(c.EmailAddresses), not)
	ips := c.IPAddresses
	c.IPAddresses = nil
	for _, ip := range ips {
		if ip.String() == name {
			c.IPAddresses = append(c.IPAddresses, ip)
		}
	}
	c.URIs = slices.DeleteFunc(slices.Clone(c.URIs), func(u *url.URL) bool { return u.String() != name })
}

// nameConstraints puts a CA's name constraints in words, or is empty.
func nameConstraints(x *x509.Certificate) string {
	var parts []string
	say := func(word string, names ...string) {
		for _, n := range names {
			parts = append(parts, word+" "+n)
		}
	}
	say("permits", x.PermittedDNSDomains...)
	say("permits", x.PermittedEmailAddresses...)
	say("permits", x.PermittedURIDomains...)
	for _, n := range x.PermittedIPRanges {
		say("permits", n.String())
	}
	say("excludes", x.ExcludedDNSDomains...)
	say("excludes", x.ExcludedEmailAddresses...)
	say("excludes", x.ExcludedURIDomains...)
	for _, n := range x.ExcludedIPRanges {
		say("excludes", n.String())
	}
	return strings.Join(parts[:min(len(parts), 12)], ", ")
}
