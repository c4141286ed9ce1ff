package diagnose

import (
	"cmp"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

// rejection is the likeliest reason why a server refused a certificate that by
// itself looks sound: the server's answer, its list of CAs and what is at hand
// of the client's chain, taken together.
type rejection struct {
	code       Code
	basis      Basis
	evidence   []Evidence
	vars       map[string]string
	candidates []Code
	settle     string
	title      string
	side       Side
	depth      int
}

// rejected matches a rule whose cause elimination leads to, besides what its
// own Find sees.
func (f *Examination) rejected(rule Rule) []Match {
	r := f.rejection
	if r == nil || r.code != rule.Code {
		return nil
	}
	side := cmp.Or(r.side, rule.Side)
	if rule.Stage == Chain {
		side = ClientSide
	}
	r.vars["party"], r.vars["holder"] = "client", f.holder(ClientSide)
	return []Match{{Side: side, Severity: Error, Basis: r.basis, Depth: r.depth, Evidence: r.evidence, Vars: r.vars, Candidates: r.candidates, Settle: r.settle, Title: r.title}}
}

// curveGroups are the names of curves as groups of a ClientHello have them.
var curveGroups = map[string]string{"P-256": "secp256r1", "P-384": "secp384r1", "P-521": "secp521r1"}

// flaws are faults of a client's certificate that some servers put up with and
// others refuse; where the server refused, they are the likeliest reason. The
// alerts are those that no server known to us sends for that flaw.
var flaws = []struct {
	code   Code
	unless []int
}{
	{cause.CertSignatureAlgorithmWeak, []int{alertCertificateExpired, alertCertificateRevoked}},
	{cause.CertKeyTooWeak, []int{alertCertificateExpired, alertCertificateRevoked, alertUnknownCA}},
	{cause.CertKeyTypeUnsupported, []int{alertCertificateExpired, alertCertificateRevoked}},
	{cause.CertUnknownCriticalExtension, []int{alertCertificateExpired, alertCertificateRevoked}},
	{cause.ClientKeyUsageIncompatible, []int{alertCertificateExpired, alertCertificateRevoked, alertUnknownCA}},
	{cause.PolicyRequiredNotPresent, []int{alertCertificateExpired, alertCertificateRevoked}},
	{cause.SPIFFEIDInvalid, []int{alertCertificateExpired, alertCertificateRevoked, alertUnknownCA}},
}

// rejection returns nil where the server refused nothing, or where the
// client's chain has a fault that explains the refusal by itself.
func (f *Examination) reject() *rejection {
	a := f.ClientAuth
	if f.View != SeenByClient || a == nil || a.Verdict != cause.VerdictRejected || !a.Presented || len(f.Identity) == 0 || f.Identity[0].X509() == nil {
		return nil
	}
	own := f.client
	if own == nil || !own.Sound() || f.ClientTrust != nil && !own.Trusted {
		return nil
	}
	r := &rejection{basis: Inferred, evidence: f.refusalEvidence(), vars: map[string]string{}, settle: f.settle()}
	if above, _ := f.issuerAtHand(f.topSent()); above != nil && above.File != "" {
		r.vars["ca_file"] = above.File
	} else {
		r.vars["ca_file"] = "CA-OF-THE-CLIENT.pem"
	}
	if full, i := f.attempt(TryFullChain); i >= 0 && full.FailedAt == "" && full.HTTPStatus < 400 && full.Says == "" && full.Established != cause.HandshakeOnly {
		return r.missingIntermediate(f, Proven, Evidence{path("attempts", i, "failed_at"), "", ""})
	}
	alert := f.serverAlert()
	if i := f.invalidThere(); i >= 0 {
		c := f.Identity[i]
		r.code, r.basis = cause.ClockSkewPeer, Proven
		r.vars["subject"], r.vars["here"], r.vars["there"] = c.Name(), f.Time.Format(time.RFC3339), f.HTTP.Date.Format(time.RFC3339)
		r.title = "By the server's clock ({there}) the certificate {subject} is not valid, and by this machine's ({here}) it is: one of the two clocks is wrong."
		r.evidence = append([]Evidence{{"http.date", r.vars["there"], "within 5 minutes of " + r.vars["here"]},
			{path("identity", i, "not_before"), c.NotBefore.Format(time.RFC3339), ""}, {path("identity", i, "not_after"), c.NotAfter.Format(time.RFC3339), ""}}, r.evidence...)
		return r
	}
	if alert == alertCertificateRevoked {
		r.code, r.basis, r.vars["subject"] = cause.ClientCertRevoked, Proven, f.Identity[0].Name()
		return r
	}
	for _, flaw := range flaws {
		if own.Has(flaw.code) && !slices.Contains(flaw.unless, alert) {
			fault := own.Faults[slices.IndexFunc(own.Faults, func(x chain.Fault) bool { return x.Code == flaw.code })]
			r.code, r.depth = flaw.code, fault.Depth
			maps.Copy(r.vars, fault.Vars)
			r.evidence = append(slices.Clone(fault.Evidence), r.evidence...)
			r.candidates = []Code{cause.ClientCAUntrustedByServer}
			return r
		}
	}
	if root, i := f.strayRoot(); root != nil && f.ClientTrust == nil && !f.listed(f.topSent().X509().RawIssuer) {
		r.candidates = []Code{cause.ClientCAUntrustedByServer, cause.IssuerNameMatchesKeyDiffers}
		return r.missingIntermediate(f, Inferred, Evidence{path("identity", i, "subject"), root.Subject, f.topSent().Issuer})
	}
	if len(a.AcceptableCAsDER) > 0 && !f.issuerListed() {
		return r.issuerUnknown(f)
	}
	if f.ClientTrust == nil && len(a.AcceptableCAsDER) == 0 && (alert == alertUnknownCA || alert == alertCertificateUnknown || alert == 0) && f.base().HTTPStatus != 403 && f.says() != cause.SaysNotAuthorized {
		return r.noList(f)
	}
	return r.issuerKnown(f, own, alert)
}

// issuerUnknown: the server lists its CAs, and none of them issued any
// certificate of the client's chain.
func (r *rejection) issuerUnknown(f *Examination) *rejection {
	listed := strings.Join(f.ClientAuth.AcceptableCAs[:min(3, len(f.ClientAuth.AcceptableCAs))], " or ")
	top := f.topSent()
	r.vars["ca"], r.vars["accepted"], r.vars["subject"] = top.Issuer, listed, f.Identity[0].Name()
	r.evidence = append([]Evidence{
		{path("identity", slices.Index(f.Identity, top), "issuer"), top.Issuer, "one of those that the server accepts"},
		{"client_auth.acceptable_cas", strings.Join(f.ClientAuth.AcceptableCAs, "; "), ""},
	}, r.evidence...)
	above, at := f.issuerAtHand(top)
	if above != nil && !above.SelfIssued() && f.listed(above.X509().RawIssuer) {
		return r.missingIntermediate(f, Proven, Evidence{at + ".issuer", above.Issuer, ""})
	} else if above != nil && !above.SelfIssued() && len(f.linkedIdentity()) == 1 {
		r.candidates = []Code{cause.ClientChainMissingIntermediate}
	} else if above == nil && f.namesIntermediate(top) {
		r.candidates = []Code{cause.ClientCAUntrustedByServer}
		return r.missingIntermediate(f, Inferred)
	} else if above == nil && !chain.SaysRoot(top.X509().Issuer.CommonName) {
		r.candidates = []Code{cause.ClientChainMissingIntermediate}
	}
	r.code = cause.ClientCAUntrustedByServer
	r.title = "The server does not trust the CA that issued the client's certificate: {ca}. It accepts {accepted}."
	return r
}

// noList: the server does not say which CAs it accepts.
func (r *rejection) noList(f *Examination) *rejection {
	top := f.topSent()
	r.vars["ca"], r.vars["accepted"], r.vars["subject"] = top.Issuer, "which ones it does not say", f.Identity[0].Name()
	r.evidence = append([]Evidence{{path("identity", slices.Index(f.Identity, top), "issuer"), top.Issuer, "a CA that the server trusts"}}, r.evidence...)
	above, _ := f.issuerAtHand(top)
	if above != nil && !above.SelfIssued() || above == nil && chain.SaysIntermediate(top.X509().Issuer.CommonName) {
		r.candidates = []Code{cause.ClientCAUntrustedByServer, cause.IssuerNameMatchesKeyDiffers}
		return r.missingIntermediate(f, Inferred)
	}
	r.code = cause.ClientCAUntrustedByServer
	r.candidates = []Code{cause.IssuerNameMatchesKeyDiffers, cause.ServerClientCAEmpty, cause.ClientChainMissingIntermediate, cause.ClientCertRevoked}
	return r
}

// issuerKnown: the server knows a CA of the name that issued the client's
// certificate, or its bundle is at hand and holds that CA.
func (r *rejection) issuerKnown(f *Examination, own *chain.Verdict, alert int) *rejection {
	top := f.topSent()
	intermediates := f.intermediatesSent()
	r.vars["issuer"], r.vars["ca"], r.vars["subject"], r.vars["file"] = top.Issuer, top.Issuer, f.Identity[0].Name(), "ca.pem"
	r.vars["depth"], r.vars["key_kind"] = fmt.Sprint(intermediates), f.Identity[0].Key
	r.evidence = append(r.evidence, Evidence{path("identity", slices.Index(f.Identity, top), "issuer"), top.Issuer, ""})
	h := f.HTTP
	fresh := f.Time.Sub(f.Identity[0].NotBefore) < 24*time.Hour
	proven := f.ClientTrust != nil && own.Trusted
	bad := f.says() == cause.SaysCertificateBad
	library := f.library()
	generic := []Code{cause.ClientVerifyDepthExceeded, cause.ClientCertRevoked, cause.CRLUnavailable, cause.CRLExpired, cause.ClientIdentityNotAuthorized, cause.CertSignatureInvalid}
	switch {
	case h == nil && f.says() == cause.SaysNotAuthorized, h != nil && h.Status == 401 && !bad, h != nil && h.Status == 403 && !bad, alert == alertAccessDenied && library != "GnuTLS": // gnutls-serv sends it for any fault
		r.code, r.candidates = cause.ClientIdentityNotAuthorized, []Code{cause.ClientCertRevoked}
		if alert == alertAccessDenied {
			r.candidates = append(r.candidates, cause.IssuerNameMatchesKeyDiffers)
		}
	case alert == alertBadCertificate && library == "OpenSSL":
		// Its alert for "not yet valid"; all else that it means by it is a flaw
		// that shows in the certificate, or a check of the name.
		r.code, r.candidates = cause.ClockSkewPeer, []Code{cause.ClientIdentityNotAuthorized, cause.CertKeyTooWeak, cause.ClientCertRevoked}
		r.title = "The server calls the client's certificate bad, and by this machine's clock it is in order: most likely it is not valid yet by the server's."
	case alert == alertBadCertificate && library == "Java":
		// It refuses by 46; 42 is for what it cannot parse, an empty subject
		// without a critical subjectAltName (RFC 5280 §4.1.2.6) among it.
		r.code, r.candidates = cause.CertMalformed, []Code{cause.ClientIdentityNotAuthorized, cause.ClientCertRevoked}
		r.title = "The server's Java cannot parse the client's certificate {subject}, which other programs can."
		r.vars["reason"], r.vars["file"] = "Java objects", cmp.Or(f.Identity[0].File, "client-crt.pem")
	case alert == alertBadCertificate || alert == alertHandshakeFailure:
		r.code, r.candidates = cause.ClientIdentityNotAuthorized, []Code{cause.ClientCertRevoked, cause.CertKeyTooWeak, cause.ClientCertRejectedSilently}
		if fresh {
			r.candidates = append([]Code{cause.ClockSkewPeer}, r.candidates...)
		} else {
			r.candidates = append(r.candidates, cause.ClockSkewPeer) // OpenSSL's alert for "not yet valid"
		}
	case alert == alertDecryptError:
		r.code, r.candidates = cause.CertSignatureInvalid, []Code{cause.ClientKeyMismatch, cause.CRLSignatureInvalid}
	case alert == alertUnsupportedCertificate:
		r.code, r.candidates = cause.CertKeyTypeUnsupported, []Code{cause.ClientEKUMissingClientAuth}
		r.vars["key"] = f.Identity[0].Key
	case alert == alertIllegalParameter:
		r.code, r.candidates = cause.ClientCertCurveNotOffered, []Code{cause.ServerMisconfigured}
		if curve := strings.TrimPrefix(f.Identity[0].Key, "ECDSA "); f.Hello != nil && slices.Contains(f.Hello.Groups, curveGroups[curve]) {
			r.side = ServerSide
			r.title = "The server does not take certificates on the curve of the client's key ({key_kind}): its list of groups lacks it."
		}
	case alert == alertInternalError && intermediates > 0 && !proven:
		// Apache's own check of SSLVerifyDepth, which is 1 by default, ends so.
		r.code, r.candidates = cause.ClientVerifyDepthExceeded, []Code{cause.ServerMisconfigured, cause.CRLUnavailable}
	case alert == alertInternalError:
		r.code, r.candidates = cause.ServerMisconfigured, []Code{cause.ClientKeyUsageIncompatible}
		r.vars["alert"] = "alert 80 internal_error"
	case alert == alertCertificateExpired:
		return nil // clock-skew-peer
	case f.ClientAuth.Objection == cause.ObjectionIssuer && f.ClientTrust == nil && (alert == alertUnknownCA || alert == alertCertificateUnknown || alert == 0):
		// The name is listed, in other bytes: stacks that compare bytes find no issuer.
		r.code, r.candidates = cause.ClientDNEncodingMismatch, []Code{cause.IssuerNameMatchesKeyDiffers, cause.ClientCAUntrustedByServer}
	case intermediates >= 2:
		r.code, r.candidates = cause.ClientVerifyDepthExceeded, append([]Code{cause.IssuerNameMatchesKeyDiffers}, generic[1:]...)
	case alert == alertCertificateUnknown && (library == "OpenSSL" || library == "Go") && !f.sameNameOtherKey(own):
		// OpenSSL and Go have other alerts for an unknown CA and for "revoked".
		r.code, r.candidates = cause.ClientIdentityNotAuthorized, []Code{cause.CRLExpired, cause.CRLUnavailable, cause.ClientCertRevoked, cause.ClientCertRejectedSilently}
	case f.sameNameOtherKey(own) || !proven && (alert == alertUnknownCA || !own.Complete):
		r.code, r.candidates = cause.IssuerNameMatchesKeyDiffers, generic
		r.title = "The server knows a CA named {issuer}, and most likely one with another key than the one that issued this certificate."
	case proven && alert == alertUnknownCA && intermediates == 0:
		r.code, r.candidates = cause.ClientCAUntrustedByServer, []Code{cause.CRLUnavailable, cause.CRLExpired}
		r.title = "The server does not know the CA {ca}, which is in the bundle given: most likely it uses another bundle, or has not read this one yet."
	case proven && alert == alertUnknownCA:
		r.code, r.candidates = cause.ClientVerifyDepthExceeded, []Code{cause.CRLUnavailable, cause.CRLExpired, cause.ClientCAUntrustedByServer}
	case bad:
		r.code, r.candidates = cause.ClientCertRevoked, []Code{cause.IssuerNameMatchesKeyDiffers, cause.ClientVerifyDepthExceeded, cause.CRLExpired, cause.CRLUnavailable, cause.ClientCertRejectedAfterHandshake}
	default:
		r.code, r.candidates = cause.ClientCertRevoked, []Code{cause.IssuerNameMatchesKeyDiffers, cause.ClientIdentityNotAuthorized, cause.CRLExpired, cause.CRLUnavailable, cause.ClientVerifyDepthExceeded, cause.ClientCertRejectedSilently}
	}
	if r.code == cause.ClientCertRevoked {
		r.title = "The server refuses {subject} although it looks sound: most likely it is revoked, or the server's CA of this name has another key."
	}
	return r
}

func (r *rejection) missingIntermediate(f *Examination, basis Basis, more ...Evidence) *rejection {
	top := f.topSent()
	r.code, r.basis = cause.ClientChainMissingIntermediate, basis
	r.vars["intermediate"], r.vars["subject"], r.vars["leaf"], r.vars["file"] = top.Issuer, top.Name(), f.Identity[0].Name(), "intermediate.pem"
	r.vars["root"] = ""
	if above, _ := f.issuerAtHand(top); above != nil {
		r.vars["file"] = chain.FileOf(above)
	}
	r.evidence = append(more, r.evidence...)
	return r
}

// invalidThere returns the index of a certificate of the client's that is valid
// now, and was not at the time that the server states over HTTP; or -1.
func (f *Examination) invalidThere() int {
	if f.HTTP == nil || f.HTTP.Date.IsZero() || f.HTTP.Date.Sub(f.Time).Abs() < skewLimit {
		return -1
	}
	valid := func(c *Certificate, at time.Time) bool { return !at.Before(c.NotBefore) && !at.After(c.NotAfter) }
	return slices.IndexFunc(f.Identity, func(c *Certificate) bool { return c.X509() != nil && valid(c, f.Time) && !valid(c, f.HTTP.Date) })
}

// unsaid reports whether the server's refusal shows only in that it hangs up or
// answers the same whatever is asked for.
func (f *Examination) unsaid() bool {
	_, alone := f.attempt(TryNoRequest)
	_, path := f.attempt(TryOtherPath)
	return alone >= 0 || path >= 0
}

// says is what the application's answer says of the client's certificate.
func (f *Facts) says() cause.Says {
	switch {
	case f.HTTP != nil && f.HTTP.Says != "":
		return f.HTTP.Says
	case f.Application != nil:
		return f.Application.Says
	}
	return ""
}

// refusalEvidence is how the server refused.
func (f *Examination) refusalEvidence() []Evidence {
	b := f.base()
	switch {
	case b.Alert != nil:
		return []Evidence{{"attempts.0.alert.code", fmt.Sprint(b.Alert.Code), "acceptance"}}
	case f.HTTP != nil && f.HTTP.Status >= 400:
		return []Evidence{{"http.status", fmt.Sprint(f.HTTP.Status), "less than 400"}}
	case f.Application != nil && f.Application.Says != "":
		return []Evidence{{"application.answer", f.Application.Answer, "acceptance"}}
	case b.Closed != "":
		return []Evidence{{"attempts.0.closed", string(b.Closed), "an answer"}}
	}
	return []Evidence{{"client_auth.verdict", "rejected", "accepted"}}
}

// linkedIdentity is the part of the client's certificate file in which each
// certificate is issued by the one after it, from the leaf on, whatever else
// the file holds.
func (f *Examination) linkedIdentity() []*Certificate {
	linked := f.Identity[:1:1]
	for range f.Identity {
		last := linked[len(linked)-1]
		i := slices.IndexFunc(f.Identity, func(c *Certificate) bool { return isIssuer(c, last) && !slices.Contains(linked, c) })
		if i < 0 {
			break
		}
		linked = append(linked, f.Identity[i])
	}
	return linked
}

// topSent is the last certificate of linkedIdentity.
func (f *Examination) topSent() *Certificate {
	linked := f.linkedIdentity()
	return linked[len(linked)-1]
}

// intermediatesSent counts the CAs between leaf and root that the client sends.
func (f *Examination) intermediatesSent() int {
	linked := f.linkedIdentity()
	if n := len(linked) - 1; n == 0 || !linked[n].SelfIssued() {
		return n
	}
	return len(linked) - 2
}

// isIssuer reports whether ca's name and key are those of c's issuer.
func isIssuer(ca, c *Certificate) bool {
	return ca.X509() != nil && c.X509() != nil && string(ca.X509().RawSubject) == string(c.X509().RawIssuer) && chain.SignedBy(c.X509(), ca.X509()) == nil
}

// strayRoot returns a root of the client's certificate file that nothing links
// to its leaf, and that the server lists where it lists CAs: what stands between
// the two is missing.
func (f *Examination) strayRoot() (*Certificate, int) {
	linked := f.linkedIdentity()
	if linked[len(linked)-1].SelfIssued() {
		return nil, -1
	}
	i := slices.IndexFunc(f.Identity, func(c *Certificate) bool {
		return c.SelfIssued() && !slices.Contains(linked, c) && (len(f.ClientAuth.AcceptableCAsDER) == 0 || f.listed(c.X509().RawSubject))
	})
	if i < 0 {
		return nil, -1
	}
	return f.Identity[i], i
}

// issuerListed reports whether the server's list names an issuer of the chain
// that was sent, or the chain holds a listed CA.
func (f *Examination) issuerListed() bool {
	return slices.ContainsFunc(f.linkedIdentity(), func(c *Certificate) bool {
		x := c.X509()
		return x != nil && (f.listed(x.RawIssuer) || f.listed(x.RawSubject))
	})
}

// listed reports whether the server's list holds the name, compared as people
// read it: encodings of the same text may differ.
func (f *Examination) listed(rawName []byte) bool {
	return slices.ContainsFunc(f.ClientAuth.AcceptableCAsDER, func(der []byte) bool {
		return string(der) == string(rawName) || strings.EqualFold(chain.DN(der), chain.DN(rawName))
	})
}

// issuerAtHand is a CA certificate that has issued c, found beside the user's
// files, in the trust store or in what the server sent, and where it stands.
func (f *Examination) issuerAtHand(c *Certificate) (*Certificate, string) {
	pools := []struct {
		at    string
		certs []*Certificate
	}{{"known", f.Known}, {"chains.server", f.Chains.Server}}
	if f.Trust != nil {
		pools = append(pools, struct {
			at    string
			certs []*Certificate
		}{"trust.anchors", f.Trust.Anchors})
	}
	for _, pool := range pools {
		if i := slices.IndexFunc(pool.certs, func(ca *Certificate) bool { return isIssuer(ca, c) }); i >= 0 {
			return pool.certs[i], fmt.Sprintf("%s.%d", pool.at, i)
		}
	}
	return nil, ""
}

// namesIntermediate guesses from names alone whether the certificate's issuer
// is an intermediate under one of the listed CAs.
func (f *Examination) namesIntermediate(c *Certificate) bool {
	cn := c.X509().Issuer.CommonName
	if chain.SaysRoot(cn) {
		return false
	}
	if chain.SaysIntermediate(cn) {
		return true
	}
	for _, der := range f.ClientAuth.AcceptableCAsDER {
		for w := range chain.Distinctive(cn) {
			if chain.Distinctive(commonNameOf(der))[w] {
				return true
			}
		}
	}
	return false
}

func commonNameOf(der []byte) string {
	var rdns pkix.RDNSequence
	if _, err := asn1.Unmarshal(der, &rdns); err != nil {
		return ""
	}
	var name pkix.Name
	name.FillFromRDNSequence(&rdns)
	return name.CommonName
}

// sameNameOtherKey reports whether two CA certificates at hand share a name of
// the chain's and not the key: a CA was made anew under its old name.
func (f *Examination) sameNameOtherKey(own *chain.Verdict) bool {
	pool := slices.Clone(f.Known)
	if f.Trust != nil {
		pool = append(pool, f.Trust.Anchors...)
	}
	for _, c := range slices.Concat(own.Path, f.Identity) {
		keys := map[string]bool{}
		for _, k := range pool {
			if k.X509() != nil && c.X509() != nil && string(k.X509().RawSubject) == string(c.X509().RawIssuer) {
				keys[k.SPKISHA256] = true
			}
		}
		if len(keys) > 1 {
			return true
		}
	}
	return false
}
