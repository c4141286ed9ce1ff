package chain

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"slices"

	"golang.org/x/crypto/ocsp"

	"mutual/diagnose/cause"
)

// revocationList is a CRL together with where it stands in the report.
type revocationList struct {
	*x509.RevocationList
	at, file string
}

func (j *judge) revocationLists() []revocationList {
	var lists []revocationList
	for i, c := range j.q.CRLs {
		if c == nil {
			continue
		}
		if l, err := x509.ParseRevocationList(c.DER); err == nil {
			lists = append(lists, revocationList{l, fmt.Sprintf("crls.%d", i), c.File})
		}
	}
	return lists
}

// judgeRevocation judges each certificate of the path by the CRLs at hand, and
// the leaf by its OCSP response. Source: RFC 5280 §6.3, RFC 6960, RFC 7633.
func (j *judge) judgeRevocation(p chainPath) {
	j.judgeStaple(p)
	lists := j.revocationLists()
	concerned := j.q.AllCRLs || slices.ContainsFunc(p.nodes[:len(p.nodes)-1], func(n *node) bool { return len(listsOf(lists, n)) > 0 })
	if len(lists) == 0 || !concerned {
		return
	}
	for i, n := range p.nodes[:len(p.nodes)-1] {
		own := listsOf(lists, n)
		if len(own) == 0 {
			f := Fault{Code: cause.CRLUnavailable, Depth: i,
				Evidence: []Evidence{{Fact: n.at + ".issuer", Got: n.Issuer, Want: "a CRL of this issuer"}, {Fact: lists[0].at + ".issuer", Got: DN(lists[0].RawIssuer)}},
				Vars:     map[string]string{"subject": n.Name(), "issuer": n.Issuer, "where": crlAddress(n.x)}}
			if i > 0 {
				f.Severity = cause.Warning // many verifiers ask for the leaf's only
			}
			j.add(f)
		}
		for _, l := range own {
			j.add(j.listFaults(p, i, l)...)
		}
	}
}

func listsOf(lists []revocationList, n *node) []revocationList {
	return slices.DeleteFunc(slices.Clone(lists), func(l revocationList) bool { return !bytes.Equal(l.RawIssuer, n.x.RawIssuer) })
}

// listFaults judges a list by its issuer, and the i-th certificate by the list.
func (j *judge) listFaults(p chainPath, i int, l revocationList) []Fault {
	n, issuer, now := p.nodes[i], p.nodes[i+1], j.q.Now
	vars := map[string]string{"subject": n.Name(), "issuer": issuer.Name(), "file": l.file, "serial": n.Serial}
	if l.file == "" {
		delete(vars, "file")
	}
	fault := func(code cause.Code, e ...Evidence) Fault {
		return Fault{Code: code, Depth: i, Evidence: e, Vars: vars}
	}
	if issuer.x.KeyUsage != 0 && issuer.x.KeyUsage&x509.KeyUsageCRLSign == 0 {
		return []Fault{fault(cause.CRLIssuerInvalid, Evidence{l.at + ".issuer", DN(l.RawIssuer), ""},
			Evidence{issuer.at + ".sha256", "key usage without cRLSign", "cRLSign"})}
	}
	if issuer.x.CheckSignature(l.SignatureAlgorithm, l.RawTBSRevocationList, l.Signature) != nil {
		return []Fault{fault(cause.CRLSignatureInvalid, Evidence{l.at + ".issuer", DN(l.RawIssuer), "signed by the key of " + issuer.Name()},
			Evidence{issuer.at + ".spki_sha256", issuer.SPKISHA256, ""})}
	}
	if scope := outOfScope(l.RevocationList, n.x); scope != "" {
		vars["scope"] = scope
		return []Fault{fault(cause.CRLScopeMismatch, Evidence{l.at + ".issuer", scope, "a list that covers this certificate"})}
	}
	var faults []Fault
	switch {
	case !l.NextUpdate.IsZero() && now.After(l.NextUpdate):
		vars["date"], vars["ago"] = dayOf(l.NextUpdate), span(now.Sub(l.NextUpdate))
		faults = append(faults, fault(cause.CRLExpired, Evidence{l.at + ".next_update", Stamp(l.NextUpdate), "after " + Stamp(now)}))
	case now.Before(l.ThisUpdate):
		vars["date"] = dayOf(l.ThisUpdate)
		f := fault(cause.CRLExpired, Evidence{l.at + ".this_update", Stamp(l.ThisUpdate), "not after " + Stamp(now)})
		f.Title = "The revocation list of {issuer} is not valid before {date}."
		faults = append(faults, f)
	}
	for _, e := range l.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(n.x.SerialNumber) == 0 && e.ReasonCode != 8 { // removeFromCRL
			revoked := j.revoked(i, vars, Evidence{n.at + ".serial", n.Serial, "not in the revocation list"}, Evidence{l.at + ".issuer", DN(l.RawIssuer), ""})
			revoked.Vars["date"], revoked.Vars["reason"] = dayOf(e.RevocationTime), reasonName(e.ReasonCode)
			faults = append(faults, revoked)
		}
	}
	return faults
}

func (j *judge) revoked(depth int, vars map[string]string, e ...Evidence) Fault {
	own := map[string]string{}
	for k, v := range vars {
		own[k] = v
	}
	return Fault{Code: j.sided(cause.ServerCertRevoked, cause.ClientCertRevoked), Depth: depth, Evidence: e, Vars: own}
}

// outOfScope says why a list does not answer for a certificate, or is empty.
// Source: RFC 5280 §5.2.4, §5.2.5.
func outOfScope(l *x509.RevocationList, c *x509.Certificate) string {
	for _, e := range l.Extensions {
		switch e.Id.String() {
		case "2.5.29.27":
			return "only changes since another list (a delta CRL)"
		case "2.5.29.28":
			for _, v := range fields(e.Value) {
				set := len(v.Bytes) == 1 && v.Bytes[0] != 0
				isCA := c.BasicConstraintsValid && c.IsCA
				switch {
				case v.Tag == 1 && set && isCA:
					return "only certificates that are not CAs"
				case v.Tag == 2 && set && !isCA:
					return "only CA certificates"
				case v.Tag == 5 && set:
					return "only attribute certificates"
				}
			}
		}
	}
	return ""
}

// reasonName is the CRLReason as RFC 5280 §5.3.1 names it.
func reasonName(code int) string {
	names := []string{"unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded", "cessationOfOperation",
		"certificateHold", "", "removeFromCRL", "privilegeWithdrawn", "aACompromise"}
	if code < 0 || code >= len(names) || names[code] == "" {
		return fmt.Sprintf("reason %d", code)
	}
	return names[code]
}

func crlAddress(c *x509.Certificate) string {
	if len(c.CRLDistributionPoints) == 0 {
		return ""
	}
	return c.CRLDistributionPoints[0]
}

func (j *judge) judgeStaple(p chainPath) {
	leaf := p.nodes[0]
	if len(j.q.Staple) == 0 {
		if j.q.Stapling && mustStaple(leaf.x) {
			j.add(Fault{Code: cause.OCSPStapleMissing, Severity: cause.Warning, Vars: map[string]string{"subject": leaf.Name()},
				Evidence: []Evidence{{Fact: leaf.at + ".sha256", Got: "TLS feature status_request (must staple)", Want: "an OCSP response in the handshake"}}})
		}
		return
	}
	if len(p.nodes) < 2 {
		return
	}
	const at = "connection.ocsp_staple"
	r, err := ocsp.ParseResponseForCert(j.q.Staple, leaf.x, p.nodes[1].x)
	if err != nil {
		return
	}
	vars := map[string]string{"subject": leaf.Name(), "issuer": leaf.Issuer, "serial": leaf.Serial, "file": "OCSP response"}
	if !r.NextUpdate.IsZero() && j.q.Now.After(r.NextUpdate) {
		vars["date"], vars["ago"] = dayOf(r.NextUpdate), span(j.q.Now.Sub(r.NextUpdate))
		j.add(Fault{Code: cause.OCSPResponseExpired, Severity: cause.Warning, Vars: vars,
			Evidence: []Evidence{{Fact: at, Got: "next update " + Stamp(r.NextUpdate), Want: "after " + Stamp(j.q.Now)}}})
	}
	if r.Status == ocsp.Revoked {
		f := j.revoked(0, vars, Evidence{leaf.at + ".serial", leaf.Serial, ""}, Evidence{at, "revoked", "good"})
		f.Vars["date"], f.Vars["reason"] = dayOf(r.RevokedAt), reasonName(r.RevocationReason)
		j.add(f)
	}
}

// mustStaple reports the TLS feature extension with status_request. Source:
// RFC 7633 §6.
func mustStaple(c *x509.Certificate) bool {
	for _, e := range c.Extensions {
		if e.Id.String() != "1.3.6.1.5.5.7.1.24" {
			continue
		}
		var features []int
		if _, err := asn1.Unmarshal(e.Value, &features); err == nil && slices.Contains(features, 5) {
			return true
		}
	}
	return false
}
