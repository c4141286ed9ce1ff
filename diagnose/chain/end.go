package chain

import (
	"bytes"
	"crypto/x509/pkix"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain/der"
)

// judgeEnd says why the path is not one from the certificates sent to an
// anchor: what "signed by unknown authority" means here.
func (j *judge) judgeEnd(p chainPath) {
	anyRoot := j.q.Trust == nil
	switch {
	case p.end == endAnchor && p.unsent() < 0:
		j.judgeAnchor(p)
	case p.end == endAnchor:
		if wrong := j.sentFalse(p, p.unsent()-1); len(wrong) > 0 {
			j.add(j.falseLink(p, p.unsent()-1, wrong))
		} else {
			j.add(j.notSent(p))
		}
		j.judgeAnchor(p)
	case p.end == endMissing && j.judgeUnread(p):
	case p.end == endMissing && j.judgeBounds(p):
	case j.judgeFalseLink(p):
	case p.end == endSelfSigned && len(p.nodes) == 1 && anyRoot && j.q.Issuer:
	case p.end == endSelfSigned && len(p.nodes) == 1:
		j.add(j.selfSigned(p))
	case p.end == endMissing && j.judgeEncodedName(p):
	case anyRoot:
		j.judgeStray(p)
	case j.judgeBrokenLink(p):
	case p.end == endSelfSigned:
		j.add(j.untrusted(p, cause.Proven))
		if p.unsent() >= 0 && p.unsent() < len(p.nodes)-1 {
			f := j.notSent(p)
			f.Severity = cause.Warning
			j.add(f)
		}
	default:
		j.judgeMissing(p)
	}
}

func (j *judge) judgeAnchor(p chainPath) {
	if top := p.top(); len(p.nodes) > 1 && !top.SelfIssued() {
		j.add(Fault{Code: cause.TrustAnchorNotSelfSigned, Depth: len(p.nodes) - 1, Severity: cause.Warning,
			Evidence: []Evidence{{Fact: top.at + ".issuer", Got: top.Issuer, Want: top.Subject}},
			Vars:     map[string]string{"subject": top.Name(), "issuer": top.Issuer}})
	}
}

// sentFalse are the certificates sent that bear the name of the i-th one's
// issuer and have not signed it.
func (j *judge) sentFalse(p chainPath, i int) []*node {
	return slices.DeleteFunc(slices.Clone(j.issuers(p.nodes[i])), func(c *node) bool {
		return c.sent < 0 || j.linked(p.nodes[i], c) != linkFalse
	})
}

// notSent is the intermediate that is at hand here and was not sent.
func (j *judge) notSent(p chainPath) Fault {
	i := p.unsent()
	missing, below := p.nodes[i], p.nodes[i-1]
	f := Fault{Code: j.sided(cause.ServerChainMissingIntermediate, cause.ClientChainMissingIntermediate), Depth: i,
		Evidence: []Evidence{
			{Fact: below.at + ".issuer", Got: below.Issuer, Want: "sent along, or in the trust store"},
			{Fact: missing.at + ".subject", Got: missing.Subject},
		},
		Vars: map[string]string{"intermediate": missing.Name(), "subject": below.Name(),
			"file": missing.Certificate.File, "root": p.top().Name(), "where": CAIssuers(below.Certificate)}}
	if top := p.top(); top != missing {
		f.Evidence = append(f.Evidence, Evidence{Fact: top.at + ".subject", Got: top.Subject})
	}
	return f
}

func (j *judge) selfSigned(p chainPath) Fault {
	leaf := p.nodes[0]
	f := Fault{Code: j.sided(cause.ServerCertSelfSigned, cause.ClientCertSelfSigned),
		Evidence: []Evidence{{Fact: leaf.at + ".issuer", Got: leaf.Issuer, Want: "a CA that is trusted"}, {Fact: leaf.at + ".subject", Got: leaf.Subject}},
		Vars:     map[string]string{"subject": leaf.Name()}}
	if j.q.Trust == nil {
		f.Basis = cause.Inferred
		f.Candidates = []cause.Code{j.sided(cause.ServerCAUntrusted, cause.ClientCAUntrustedByServer)}
		f.Settle = "The bundle by which the other side judges: it may hold this very certificate."
	}
	return f
}

// judgeFalseLink looks for certificates of an issuer's name whose key did not
// make the signature: a CA that was made anew under its old name, or a
// certificate that was changed.
func (j *judge) judgeFalseLink(p chainPath) bool {
	for i, child := range p.nodes {
		if p.end == endSelfSigned && i == len(p.nodes)-1 {
			break
		}
		followed := i < len(p.nodes)-1
		var candidates []*node
		for _, c := range j.issuers(child) {
			if j.linked(child, c) == linkFalse && c.SHA256 != child.SHA256 && (!followed || c.from == "trust store") {
				candidates = append(candidates, c)
			}
		}
		if len(candidates) > 0 {
			j.add(j.falseLink(p, i, candidates))
			return true
		}
	}
	return false
}

func (j *judge) falseLink(p chainPath, i int, candidates []*node) Fault {
	child, issuer := p.nodes[i], candidates[0]
	f := Fault{Code: cause.IssuerNameMatchesKeyDiffers, Depth: i + 1,
		Vars: map[string]string{"subject": child.Name(), "issuer": issuer.Name(), "file": issuer.Certificate.File}}
	same := slices.IndexFunc(candidates, func(c *node) bool { return keyIDsMatch(child.x, c.x) && signatureFits(child.x, c.x) })
	switch {
	case same >= 0:
		issuer = candidates[same]
		f.Code, f.Depth = cause.CertSignatureInvalid, i
		f.Evidence = []Evidence{
			{Fact: child.at + ".authority_key_id", Got: child.AuthorityID},
			{Fact: issuer.at + ".subject_key_id", Got: issuer.SubjectID, Want: "a key whose signature this is"},
		}
	case keyIDsDiffer(child.x, issuer.x):
		f.Evidence = []Evidence{
			{Fact: child.at + ".authority_key_id", Got: child.AuthorityID},
			{Fact: issuer.at + ".subject_key_id", Got: issuer.SubjectID, Want: child.AuthorityID},
		}
	case !signatureFits(child.x, issuer.x):
		f.Evidence = []Evidence{
			{Fact: child.at + ".signature", Got: child.Signature},
			{Fact: issuer.at + ".key", Got: issuer.Key, Want: "a key that can make such a signature"},
		}
	default:
		f.Basis, f.Candidates = cause.Inferred, []cause.Code{cause.CertSignatureInvalid}
		f.Settle = "The certificates name no key identifiers. Compare the CA's key with the one that issued the certificate (openssl x509 -noout -pubkey)."
		f.Evidence = []Evidence{{Fact: child.at + ".issuer", Got: child.Issuer}, {Fact: issuer.at + ".subject", Got: issuer.Subject}}
	}
	return f
}

// judgeEncodedName finds that the issuer is at hand, and named otherwise only
// in the encoding, in case or in blanks. RFC 5280 §7.1 has verifiers compare
// names regardless of those; Go, Java's trust manager and others compare bytes.
func (j *judge) judgeEncodedName(p chainPath) bool {
	top := p.top()
	want := foldedName(top.Issuer)
	// What merely lies beside the user's files is nobody's to go by.
	for _, c := range slices.Concat(j.anchors, j.sent) {
		if c.x == nil || c == top || bytes.Equal(c.x.RawSubject, top.x.RawIssuer) {
			continue
		}
		if foldedName(c.Subject) != want && !der.SameName(c.x.RawSubject, top.x.RawIssuer) || j.linked(top, c) != linkSigned {
			continue
		}
		j.add(Fault{Code: j.sided(cause.ChainBrokenLink, cause.ClientDNEncodingMismatch), Severity: cause.Error, Depth: len(p.nodes),
			Title: "The issuer's name in {subject} is written otherwise than in the certificate of {stray} itself.",
			Evidence: []Evidence{
				{Fact: top.at + ".issuer", Got: top.Issuer, Want: "byte for byte the issuer's own name"},
				{Fact: c.at + ".subject", Got: c.Subject},
			},
			Vars: map[string]string{"subject": top.Name(), "issuer": top.Issuer, "ca": top.Issuer, "stray": c.Name()}})
		return true
	}
	return false
}

func foldedName(dn string) string { return strings.Join(strings.Fields(strings.ToLower(dn)), " ") }

// judgeBrokenLink finds that the certificate sent after the path's last one is
// not its issuer and belongs to nothing else.
func (j *judge) judgeBrokenLink(p chainPath) bool {
	strays := slices.DeleteFunc(j.strays(p), j.isAnchor) // a root without its intermediate is another matter
	if p.end != endMissing || len(strays) == 0 || p.unsent() >= 0 {
		return false
	}
	j.add(j.brokenLink(p, strays[0]))
	return true
}

// judgeStray is judgeBrokenLink where the anchors are unknown: the path may end
// in one of them, and the stray be needless only.
func (j *judge) judgeStray(p chainPath) {
	// A root without its intermediate is another matter.
	strays := slices.DeleteFunc(j.strays(p), func(n *node) bool { return n.SelfIssued() })
	if p.end != endMissing || len(strays) == 0 || p.unsent() >= 0 {
		return
	}
	f := j.brokenLink(p, strays[0])
	f.Basis = cause.Inferred
	f.Candidates = []cause.Code{j.sided(cause.ServerCAUntrusted, cause.ClientCAUntrustedByServer)}
	f.Settle = "The bundle by which the other side judges: it may hold " + p.top().Issuer + " itself."
	j.add(f)
}

func (j *judge) brokenLink(p chainPath, stray *node) Fault {
	below := p.nodes[0]
	for _, n := range p.nodes {
		if n.sent >= 0 && n.sent < stray.sent {
			below = n
		}
	}
	return Fault{Code: cause.ChainBrokenLink, Depth: stray.sent,
		Evidence: []Evidence{
			{Fact: below.at + ".issuer", Got: below.Issuer},
			{Fact: stray.at + ".subject", Got: stray.Subject, Want: below.Issuer},
		},
		Vars: map[string]string{"subject": below.Name(), "issuer": below.Issuer, "stray": stray.Name()}}
}

// strays are the certificates sent that neither are on the path nor issued,
// by their names, anything that belongs to it.
func (j *judge) strays(p chainPath) []*node {
	issuers, subjects := map[string]bool{}, map[string]bool{}
	use := func(n *node) { issuers[string(n.x.RawIssuer)], subjects[string(n.x.RawSubject)] = true, true }
	for _, n := range p.nodes {
		use(n)
	}
	unused := slices.DeleteFunc(slices.Clone(j.sent[1:]), func(n *node) bool { return n.x == nil })
	for range maxDepth {
		before := len(unused)
		unused = slices.DeleteFunc(unused, func(n *node) bool {
			belongs := issuers[string(n.x.RawSubject)] || subjects[string(n.x.RawSubject)]
			if belongs {
				use(n)
			}
			return belongs
		})
		if len(unused) == before {
			break
		}
	}
	return unused
}

// untrusted is the fault that the path's last certificate, or its issuer, is
// not among the anchors.
func (j *judge) untrusted(p chainPath, basis cause.Basis) Fault {
	top := p.top()
	f := Fault{Code: j.sided(cause.ServerCAUntrusted, cause.ClientCAUntrustedByServer), Depth: len(p.nodes), Basis: basis,
		Vars: map[string]string{"ca": top.Issuer, "subject": top.Name(), "store": j.store()}}
	if p.end == endSelfSigned {
		f.Depth = len(p.nodes) - 1
		if top.File != "" {
			f.Vars["file"] = top.File
		}
	}
	f.Evidence = append(f.Evidence,
		Evidence{Fact: top.at + ".issuer", Got: top.Issuer, Want: "a CA in the trust store"},
		Evidence{Fact: j.q.TrustPath + ".count", Got: fmt.Sprint(j.q.Trust.Count)})
	for _, a := range j.anchors[:min(3, len(j.anchors))] {
		if a.x != nil {
			f.Evidence = append(f.Evidence, Evidence{Fact: a.at + ".subject", Got: a.Subject})
		}
	}
	return f
}

// judgeMissing decides, where the path's last issuer is nowhere at hand,
// between an intermediate that was not sent and a CA that is not trusted.
func (j *judge) judgeMissing(p chainPath) {
	top := p.top()
	issuer := top.x.Issuer
	leafOnly := len(p.nodes) == 1
	root, related := j.relatedAnchor(issuer)
	aia := CAIssuers(top.Certificate)
	likely := false
	switch {
	case SaysRoot(issuer.CommonName), namesOwnIssuer(top):
	case related && (SaysIntermediate(issuer.CommonName) || organisation(issuer) != ""):
		likely = true
	case leafOnly && aia != "" && len(j.anchors) > 0, slices.ContainsFunc(j.strays(p), j.isAnchor):
		likely = true
	}
	untrusted := j.untrusted(p, cause.Proven)
	if !likely {
		if !SaysRoot(issuer.CommonName) && !namesOwnIssuer(top) {
			untrusted.Basis = cause.Inferred
			untrusted.Candidates = []cause.Code{j.sided(cause.ServerChainMissingIntermediate, cause.ClientChainMissingIntermediate)}
			untrusted.Settle = fmt.Sprintf("The certificate of %s itself: if it is not self-signed, it is an intermediate that had to be sent along.", top.Issuer)
		}
		j.add(untrusted)
		return
	}
	f := Fault{Code: j.sided(cause.ServerChainMissingIntermediate, cause.ClientChainMissingIntermediate), Depth: len(p.nodes), Basis: cause.Inferred,
		Evidence:   []Evidence{{Fact: top.at + ".issuer", Got: top.Issuer, Want: "sent along, or in the trust store"}},
		Vars:       map[string]string{"intermediate": top.Issuer, "subject": top.Name(), "where": aia},
		Candidates: []cause.Code{untrusted.Code},
		Settle:     fmt.Sprintf("The certificate of %s: one of the CAs in the trust store has to have signed it.", top.Issuer)}
	if related {
		f.Evidence = append(f.Evidence, Evidence{Fact: root.at + ".subject", Got: root.Subject})
		f.Vars["root"] = root.Name()
	}
	j.add(f)
}

// namesOwnIssuer reports whether the certificate's authority key identifier
// says that its issuer was issued by itself. Source: RFC 5280 §4.2.1.1.
func namesOwnIssuer(n *node) bool {
	for _, e := range n.x.Extensions {
		if e.Id.String() != "2.5.29.35" {
			continue
		}
		for _, v := range fields(e.Value) { // [1] authorityCertIssuer: GeneralNames
			if v.Class == 2 && v.Tag == 1 && strings.Contains(string(v.Bytes), string(n.x.RawIssuer)) {
				return true
			}
		}
	}
	return false
}

// relatedAnchor is an anchor whose name shares what is Distinctive with the
// issuer's: its organisation, or a word of its common name.
func (j *judge) relatedAnchor(issuer pkix.Name) (*node, bool) {
	for _, a := range j.anchors {
		if a.x == nil {
			continue
		}
		s := a.x.Subject
		if o := organisation(issuer); o != "" && o == organisation(s) {
			return a, true
		}
		for w := range Distinctive(issuer.CommonName) {
			if Distinctive(s.CommonName)[w] {
				return a, true
			}
		}
	}
	return nil, false
}

// plainWords are words of CA names that tell nothing of whose CA it is.
const plainWords = " ca cas root roots certificate certificates certification certificat authority intermediate issuing issuer sub " +
	"subordinate signing the of and inc llc ltd gmbh ag corporation test demo tls ssl rsa ecc ecdsa server client " +
	"secure trust global internal class policy services service network domain validation dv ov ev sha sha256 sha384 pki "

func Distinctive(name string) map[string]bool {
	out := map[string]bool{}
	for _, w := range words(name) {
		if len(w) > 2 && !strings.Contains(plainWords, " "+w+" ") && !strings.ContainsFunc(w, unicode.IsDigit) {
			out[w] = true
		}
	}
	return out
}

func words(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func SaysRoot(cn string) bool { return slices.Contains(words(cn), "root") }

// SaysIntermediate reports whether a CA's name is one that intermediates have.
func SaysIntermediate(cn string) bool {
	for _, w := range words(cn) {
		switch w {
		case "intermediate", "issuing", "issuer", "sub", "subordinate", "subca", "int", "signing", "2", "3", "ca2", "ca3", "g2", "g3", "r3":
			return true
		}
	}
	return false
}

// CAIssuers is the address of the issuer's certificate, or empty. Only one that
// can stand in a command to paste counts: the peer has written it.
func CAIssuers(c *Certificate) string {
	if c.x == nil {
		return ""
	}
	for _, url := range c.x.IssuingCertificateURL {
		if strings.HasPrefix(url, "http://") || strings.HasPrefix(url, "https://") {
			return url
		}
	}
	return ""
}

// store names what the trust store holds.
func (j *judge) store() string {
	var names []string
	for _, a := range j.anchors {
		names = append(names, a.Name())
	}
	t := j.q.Trust
	switch {
	case t.Source == "system" || len(names) > 4:
		return fmt.Sprintf("%d CAs", t.Count)
	case len(names) == 0 && t.Count > 0:
		return fmt.Sprintf("%d other CAs", t.Count)
	case len(names) == 0:
		return "no CA"
	}
	return strings.Join(names, " and ")
}
