package chain

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain/der"
	"mutual/diagnose/chain/openssl"
)

// Opinion is what one verifier says of a chain.
type Opinion struct {
	By      cause.Verifier `json:"by"`
	Accepts bool           `json:"accepts"`
	// Says are the verifier's own words where it refuses, and what its yes
	// hangs on where it accepts.
	Says string `json:"says,omitempty"`
	// Unsure: the chain has a signature of a kind that cannot be checked here.
	Unsure bool `json:"unsure,omitempty"`

	openssl *openssl.Verdict
}

// Opinion is that verifier's opinion, or nil where it was not asked.
func (v *Verdict) Opinion(by cause.Verifier) *Opinion {
	if v == nil {
		return nil
	}
	i := slices.IndexFunc(v.Opinions, func(o Opinion) bool { return o.By == by })
	if i < 0 {
		return nil
	}
	return &v.Opinions[i]
}

// The security levels of OpenSSL. Source: SSL_CTX_set_security_level(3).
const (
	upstreamLevel = 1
	debianLevel   = 2 // Debian, Ubuntu, and Python everywhere
)

// askOthers asks each verifier, given crypto/x509's own answer.
func (j *judge) askOthers(refusal error) []Opinion {
	if !j.q.Others || j.q.Issuer {
		return nil
	}
	anchors := j.anchors
	if j.q.Trust == nil {
		if anchors = j.assume(); anchors == nil {
			return nil
		}
		refusal = nil
	}
	q := j.questionForOpenSSL(anchors)
	return []Opinion{askOpenSSL(q), askStrict(q), j.askGo(refusal)}
}

// assume takes the self-signed certificates at hand for the anchors, where
// those are unknown. It returns nil where even so crypto/x509 finds no path:
// then there is nothing to ask.
func (j *judge) assume() []*node {
	var anchors []*node
	roots := x509.NewCertPool()
	for _, n := range slices.Concat(j.known, j.sent[1:]) {
		if n.SelfSigned() {
			roots.AddCert(n.x)
			anchors = append(anchors, n)
		}
	}
	for i, c := range j.q.AtHand {
		if c.SelfSigned() {
			roots.AddCert(c.x)
			anchors = append(anchors, &node{c, fmt.Sprintf("trust.anchors.%d", i), "known", -1})
		}
	}
	intermediates := x509.NewCertPool()
	for _, n := range j.sent[1:] {
		if n.x != nil {
			intermediates.AddCert(n.x)
		}
	}
	if j.sent[0].x == nil {
		return nil
	}
	chains, err := j.sent[0].x.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, CurrentTime: j.q.Now,
		KeyUsages: j.usages()})
	if err != nil {
		return nil
	}
	for _, x := range chains[0] {
		i := slices.IndexFunc(slices.Concat(j.sent, anchors), func(n *node) bool { return n.x != nil && n.x.Equal(x) })
		j.assumed.nodes = append(j.assumed.nodes, slices.Concat(j.sent, anchors)[i])
	}
	return anchors
}

// questionForOpenSSL puts the question in OpenSSL's terms.
func (j *judge) questionForOpenSSL(anchors []*node) openssl.Question {
	q := openssl.Question{Leaf: j.q.Sent[0].der, Now: j.q.Now, Purpose: openssl.Server, Level: max(j.q.Level, upstreamLevel)}
	if j.q.Side == cause.ClientSide {
		q.Purpose = openssl.Client
	}
	for _, c := range j.q.Sent[1:] {
		q.Untrusted = append(q.Untrusted, c.der)
	}
	for _, n := range anchors {
		if _, err := der.ParseCertificate(n.der); err == nil {
			q.Anchors = append(q.Anchors, openssl.Anchor{DER: n.der})
		}
	}
	if j.q.AllCRLs { // else nobody said that the lists are all that the verifier has
		for _, l := range j.q.CRLs {
			q.CRLs = append(q.CRLs, l.DER)
			q.CheckCRL, q.CheckAllCRLs = true, true
		}
	}
	if ip := net.ParseIP(j.q.Name); ip != nil {
		if q.IP = ip.To4(); q.IP == nil {
			q.IP = ip
		}
	} else {
		q.Host = j.q.Name
	}
	return q
}

// askOpenSSL asks at the level given, and says so where Debian's differs. A dot
// at the end of a host is taken off, as curl and most programs do before they
// ask OpenSSL; Python does not.
func askOpenSSL(q openssl.Question) Opinion {
	q.Host = strings.TrimSuffix(q.Host, ".")
	o := opinionOf(cause.ByOpenSSL, q)
	if o.Accepts && q.Level < debianLevel {
		q.Level = debianLevel
		if stricter := opinionOf(cause.ByOpenSSL, q); !stricter.Accepts {
			o.Says = fmt.Sprintf("at security level 1; level 2, the default of Debian and Ubuntu, refuses: %s", stricter.Says)
		}
	}
	return o
}

// askStrict asks as Python's ssl module does since 3.13. Source: CPython,
// Doc/whatsnew/3.13, and SSLContext.hostname_checks_common_name.
func askStrict(q openssl.Question) Opinion {
	q.Strict, q.PartialChain, q.NoPartialWildcards, q.Level = true, true, true, max(q.Level, debianLevel)
	return opinionOf(cause.ByStrict, q)
}

func opinionOf(by cause.Verifier, q openssl.Question) Opinion {
	v, err := openssl.Verify(q)
	if err != nil {
		return Opinion{By: by, Says: "cannot read the chain: " + err.Error()}
	}
	o := Opinion{By: by, Accepts: v.OK(), Unsure: len(v.Unchecked) > 0, openssl: &v}
	if !o.Accepts {
		o.Says = v.String()
	}
	return o
}

// askGo adds to crypto/x509's answer what crypto/tls refuses beyond it: a
// certificate that cannot be parsed, wherever it stands, and RSA keys of more
// than 8192 bits.
func (j *judge) askGo(refusal error) Opinion {
	o := Opinion{By: cause.ByGo, Accepts: refusal == nil}
	for _, n := range j.sent {
		switch {
		case refusal != nil:
		case n.x == nil:
			refusal = errors.New("tls: failed to parse certificate from server: " + n.ParseError)
		default:
			if k, ok := n.x.PublicKey.(*rsa.PublicKey); ok && k.N.BitLen() > 8192 {
				refusal = fmt.Errorf("tls: certificate containing an RSA key larger than 8192 bits: %d", k.N.BitLen())
			}
		}
	}
	if refusal != nil {
		o.Accepts, o.Says = false, refusal.Error()
	}
	return o
}

// judgeOthers finds what OpenSSL alone refuses the chain for.
func (j *judge) judgeOthers(p chainPath, others []Opinion) {
	i := slices.IndexFunc(others, func(o Opinion) bool { return o.By == cause.ByOpenSSL })
	if i < 0 || j.broken() || j.q.Trust != nil && (p.unsent() >= 0 || !p.complete(false)) {
		return
	}
	if j.q.Trust == nil {
		p = j.assumed
	}
	if o := others[i]; !o.Accepts && o.openssl != nil {
		j.add(j.refusedByOpenSSL(p, *o.openssl))
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
	}
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
		if n.SelfIssued() && !n.SelfSigned() {
			return fmt.Sprintf("the certificate bears the name of its issuer, %s, and no key identifiers tell the two apart, so that OpenSSL takes it for self-signed",
				n.Issuer), Evidence{Fact: ".issuer", Got: n.Issuer, Want: "another name than the subject's"}
		}
	case openssl.UnableToGetIssuerCert, openssl.UnableToGetIssuerCertLocally, openssl.UnableToVerifyLeafSignature:
		if v.Depth >= len(v.Path) || v.Depth >= len(p.nodes) {
			break
		}
		if v.Depth == len(p.nodes)-1 {
			n := j.nodeOf(v, v.Depth)
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
	case len(n.KeyUsage) > 0:
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
