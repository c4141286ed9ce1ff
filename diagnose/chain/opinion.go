package chain

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain/der"
	"mutual/diagnose/chain/java"
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
	return []Opinion{askOpenSSL(q), askStrict(q), j.askGo(refusal), j.askJava(anchors)}
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

// askJava asks as Java's default trust manager, which reads no list.
func (j *judge) askJava(anchors []*node) Opinion {
	q := java.Question{Now: j.q.Now, Client: j.q.Side == cause.ClientSide}
	for _, c := range j.q.Sent {
		q.Chain = append(q.Chain, c.der)
	}
	for _, n := range anchors {
		q.Anchors = append(q.Anchors, n.der)
	}
	if ip := net.ParseIP(j.q.Name); ip != nil {
		q.IP = ip
	} else {
		q.Host = j.q.Name
	}
	if err := java.Verify(q); err != nil {
		return Opinion{By: cause.ByJava, Says: err.Error()}
	}
	return Opinion{By: cause.ByJava, Accepts: true}
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
