package chain

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain/der"
	"mutual/diagnose/chain/openssl"
)

// judgeOthers finds what OpenSSL alone refuses the chain for, or Python or Java
// where OpenSSL accepts it.
func (j *judge) judgeOthers(p chainPath, others []Opinion) {
	i := slices.IndexFunc(others, func(o Opinion) bool { return o.By == cause.ByOpenSSL })
	if i < 0 || j.q.Trust != nil && (p.unsent() >= 0 || !p.complete(false)) {
		return
	}
	if j.broken() {
		j.alsoRefused(p, others[i])
		return
	}
	if j.q.Trust == nil {
		p = j.assumed
	}
	switch o := others[i]; {
	case !o.Accepts && o.openssl != nil:
		j.add(j.refusedByOpenSSL(p, *o.openssl))
		return
	case !o.Accepts:
		j.add(Fault{Code: cause.VerifiersDisagree, Severity: cause.Warning, By: cause.ByOpenSSL,
			Title:    "OpenSSL {reason}; Go can read it.",
			Evidence: []Evidence{{Fact: "verifiers." + string(j.q.Side), Got: "OpenSSL " + o.Says}},
			Vars:     map[string]string{"reason": o.Says, "subject": j.sent[0].Name()}})
		return
	}
	for _, o := range others {
		if o.By == cause.ByStrict && !o.Accepts && o.openssl != nil {
			f := j.refusedByOpenSSL(p, *o.openssl)
			if j.has(f.Code, f.Depth) {
				continue // said already
			}
			f.Code, f.By, f.Severity = cause.VerifiersDisagree, cause.ByStrict, cause.Note
			f.Title = "Python 3.13 and later refuse {subject}: {reason} (error {number})."
			if f.Vars["why"] != "" {
				f.Title = "Python 3.13 and later refuse {subject}: {why}."
			}
			j.add(f)
		}
		if o.By == cause.ByJava && !o.Accepts && !j.has(cause.VerifiersDisagree, 0) {
			j.add(Fault{Code: cause.VerifiersDisagree, Severity: cause.Note, By: cause.ByJava,
				Title:    "Java refuses the {party|peer}'s chain: {reason}.",
				Evidence: []Evidence{{Fact: "verifiers." + string(j.q.Side), Got: "Java: " + o.Says, Want: "accepted"}},
				Vars:     map[string]string{"reason": strings.TrimSuffix(o.Says, "."), "subject": j.sent[0].Name()}})
		}
	}
}

// alsoRefused adds what OpenSSL refuses a chain for that Go refuses for another
// reason, where the two reasons have names.
func (j *judge) alsoRefused(p chainPath, o Opinion) {
	if o.Accepts || o.openssl == nil {
		return
	}
	f := j.refusedByOpenSSL(p, *o.openssl)
	if f.Code == cause.VerifiersDisagree || slices.ContainsFunc(j.faults, func(g Fault) bool {
		return g.Code == f.Code || g.Depth == f.Depth && g.By == "" &&
			g.Code != cause.CertUnknownCriticalExtension && g.Code != cause.ServerSANMissing && g.Breaks()
	}) {
		return
	}
	f.Title = strings.Replace(f.Title, ", and Go accepts it: ", ": ", 1)
	j.add(f)
}

// refusedByOpenSSL makes a fault of OpenSSL's refusal, with the code that the
// cause has elsewhere.
func (j *judge) refusedByOpenSSL(p chainPath, v openssl.Verdict) Fault {
	n := j.nodeOf(v, v.Depth)
	f := Fault{Code: codeOf(v.Code), Depth: v.Depth, Severity: cause.Warning, By: cause.ByOpenSSL,
		Evidence: []Evidence{{Fact: "verifiers." + string(j.q.Side), Got: "OpenSSL: " + v.String(), Want: "OK"}},
		Vars: map[string]string{"subject": n.Name(), "reason": v.Code.String(), "number": fmt.Sprint(int(v.Code)), "file": n.File,
			"name": j.q.Name}}
	f.Title = "OpenSSL refuses {subject}, and Go accepts it: {reason} (error {number})."
	if len(v.Unchecked) > 0 {
		f.Basis = cause.Inferred
	}
	why, evidence := j.whyOpenSSL(p, v)
	if why != "" {
		f.Vars["why"] = why
		f.Title = "OpenSSL refuses {subject}, and Go accepts it: {why}."
	}
	if evidence.Got != "" {
		evidence.Fact = n.at + evidence.Fact
		f.Evidence = append(f.Evidence, evidence)
	}
	return f
}

// nodeOf is the certificate of OpenSSL's path at that depth.
func (j *judge) nodeOf(v openssl.Verdict, depth int) *node {
	if depth < len(v.Path) {
		for _, n := range slices.Concat(j.sent, j.anchors, j.known, j.assumed.nodes) {
			if bytes.HasPrefix(n.der, v.Path[depth].Raw) {
				return n
			}
		}
	}
	return j.sent[0]
}

// codeOf is the cause that OpenSSL's error stands for.
func codeOf(c openssl.Code) cause.Code {
	switch c {
	case openssl.PermittedViolation, openssl.ExcludedViolation, openssl.SubtreeMinmax, openssl.UnsupportedConstraintType,
		openssl.UnsupportedConstraintSyntax, openssl.UnsupportedNameSyntax:
		return cause.NameConstraintViolation
	case openssl.InvalidCA:
		return cause.IssuerNotCA
	case openssl.PathLengthExceeded:
		return cause.PathLengthExceeded
	case openssl.UnhandledCriticalExtension:
		return cause.CertUnknownCriticalExtension
	case openssl.HostnameMismatch, openssl.IPAddressMismatch:
		return cause.ServerNameMismatch
	case openssl.EEKeyTooSmall, openssl.CAKeyTooSmall:
		return cause.CertKeyTooWeak
	case openssl.CAMDTooWeak:
		return cause.CertSignatureAlgorithmWeak
	case openssl.KeyusageNoCertsign:
		return cause.IssuerKeyUsageNoCertSign
	case openssl.ECKeyExplicitParams:
		return cause.CertKeyTypeUnsupported
	case openssl.UnableToGetCRL:
		return cause.CRLUnavailable
	case openssl.CRLHasExpired:
		return cause.CRLExpired
	case openssl.CRLSignatureFailure:
		return cause.CRLSignatureInvalid
	case openssl.DifferentCRLScope:
		return cause.CRLScopeMismatch
	case openssl.KeyusageNoCRLSign:
		return cause.CRLIssuerInvalid
	}
	return cause.VerifiersDisagree
}

// whyOpenSSL says in words what OpenSSL's short text leaves open.
func (j *judge) whyOpenSSL(p chainPath, v openssl.Verdict) (why string, e Evidence) {
	leaf := j.sent[0]
	switch v.Code {
	case openssl.HostnameMismatch:
		return j.whyHostOpenSSL(leaf), e
	case openssl.DepthZeroSelfSignedCert, openssl.SelfSignedCertInChain:
		n := j.nodeOf(v, v.Depth)
		if n.SelfIssued() && !n.SelfSigned() { // else it is what OpenSSL says it is
			return fmt.Sprintf("the certificate bears the name of its issuer, %s, and no key identifiers tell the two apart, so that OpenSSL takes it for self-signed",
				n.Issuer), Evidence{Fact: ".issuer", Got: n.Issuer, Want: "another name than the subject's"}
		}
	case openssl.UnableToGetIssuerCert, openssl.UnableToGetIssuerCertLocally, openssl.UnableToVerifyLeafSignature:
		if j.isAnchor(leaf) {
			return "the bundle holds the leaf itself and nothing above it, which OpenSSL takes only where partial chains are switched on", e
		}
		if v.Depth >= len(v.Path) || v.Depth >= len(p.nodes) {
			break
		}
		if v.Depth == len(p.nodes)-1 {
			n := j.nodeOf(v, v.Depth)
			if d := openssl.NotIssued(v.Path[v.Depth], v.Path[v.Depth]); n.SelfIssued() && d.Reason != "" {
				return fmt.Sprintf("it does not take the root %s for self-signed, because %s", n.Name(), d.Reason),
					Evidence{Fact: ".authority_key_id", Got: d.Got, Want: d.Want}
			}
			return fmt.Sprintf("the bundle holds %s and not the root above it, %s: OpenSSL wants a self-signed root, unless partial chains are switched on",
				n.Name(), n.Issuer), e
		}
		child, issuer := j.nodeOf(v, v.Depth), p.nodes[v.Depth+1]
		x, err := der.ParseCertificate(issuer.der)
		if err != nil || child != p.nodes[v.Depth] {
			break
		}
		if d := openssl.NotIssued(v.Path[v.Depth], x); d.Reason != "" {
			return fmt.Sprintf("it does not take %s for the issuer, though the signature fits, because %s", issuer.Name(), d.Reason),
				Evidence{Fact: ".authority_key_id", Got: d.Got, Want: d.Want}
		}
	case openssl.PermittedViolation, openssl.ExcludedViolation:
		if x := leaf.x; x != nil && v.Depth == 0 && len(x.DNSNames) == 0 {
			return fmt.Sprintf("without a DNS name among its alternative names, the common name %s counts for name constraints, and they exclude it",
				SubjectCN(leaf.Certificate)), e
		}
	case openssl.CertSignatureFailure:
		if v.Depth+1 < len(p.nodes) && v.Depth+1 < len(v.Path) && j.nodeOf(v, v.Depth+1) != p.nodes[v.Depth+1] {
			return fmt.Sprintf("of several certificates named %s it takes the first one that fits by name and key id, which is not the one that signed, and tries no other",
				p.nodes[v.Depth+1].Subject), e
		}
	case openssl.UnableToGetCRL:
		return fmt.Sprintf("no revocation list given is of its issuer, %s, and OpenSSL wants one for every certificate of the chain",
			j.nodeOf(v, v.Depth).Issuer), e
	case openssl.InvalidPurpose:
		return j.whyPurpose(j.nodeOf(v, v.Depth)), e
	}
	return "", e
}

// whyHostOpenSSL says which rule on wildcards the name runs into.
func (j *judge) whyHostOpenSSL(leaf *node) string {
	for _, name := range leaf.DNSNames {
		if suffix, is := strings.CutPrefix(name, "*."); is && !strings.Contains(suffix, ".") {
			return fmt.Sprintf("the wildcard %s stands right under one label, where OpenSSL, curl and browsers match none", name)
		}
	}
	if strings.HasSuffix(j.q.Name, ".") {
		return fmt.Sprintf("the name asked for, %s, ends with a dot, which OpenSSL does not take off", j.q.Name)
	}
	return ""
}

func (j *judge) whyPurpose(n *node) string {
	want := "serverAuth"
	if j.q.Side == cause.ClientSide {
		want = "clientAuth"
	}
	switch {
	case len(n.ExtKeyUsage) > 0 && !slices.Contains(n.ExtKeyUsage, want):
		return fmt.Sprintf("the extended key usage of %s is %s, without %s, and OpenSSL asks it of every certificate of the chain",
			n.Name(), strings.Join(n.ExtKeyUsage, ", "), want)
	case n.x != nil && n.x.KeyUsage != 0 && n.x.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageKeyAgreement|x509.KeyUsageKeyEncipherment) == 0:
		return fmt.Sprintf("the key usage of %s is %s, which does not suit a %s", n.Name(), strings.Join(n.KeyUsage, ", "), j.q.Side)
	}
	return ""
}

// with adds the opinions to the verdict, and draws OpenSSL's path where only
// OpenSSL came to an end.
func (v *Verdict) with(j *judge, others []Opinion) *Verdict {
	v.Opinions = others
	o := v.Opinion(cause.ByOpenSSL)
	if o == nil || !o.Accepts || v.Complete {
		return v
	}
	var links []Link
	var path []*Certificate
	for i := range o.openssl.Path {
		n := j.nodeOf(*o.openssl, i)
		l := Link{Name: n.Name(), From: n.from, Where: n.File, Cert: n.Certificate}
		for _, f := range v.Faults {
			if n.sent >= 0 && f.Depth == n.sent && (f.Code == cause.CertMalformed || f.Code == cause.CertKeyTypeUnsupported) {
				l.Faults = append(l.Faults, f.Code)
			}
		}
		links, path = append(links, l), append(path, n.Certificate)
	}
	v.Links, v.Path = links, path
	return v
}
