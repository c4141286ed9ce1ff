package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"mutual/diagnose/cause"
)

// vague: the server's library sends this alert for any fault, or nothing is
// known of its habits.
func (r *refusal) vague() bool {
	switch r.library {
	case cause.OpenSSL, cause.Java, cause.Erlang, cause.WolfSSL, cause.MbedTLS:
		return false
	case cause.Go:
		// Before Go 1.20 there was no other; SHA-1 went from the list later.
		return r.alert == alertBadCertificate && slices.Contains(r.ClientAuth.SignatureSchemes, "ecdsa_sha1")
	case cause.GnuTLS:
		return r.alert == alertBadCertificate || r.alert == alertAccessDenied
	}
	return slices.Contains([]int{alertBadCertificate, alertHandshakeFailure, alertDecryptError, alertInternalError, alertDecodeError}, r.alert)
}

// mayBeUntrusted: the answer is one that servers of this kind have for a CA
// that they do not know.
func (r *refusal) mayBeUntrusted() bool { return slices.Contains(untrusted, r.alert) || r.vague() }

// rootUnlisted: what issued the top of the client's chain is at hand and no
// root, and the server lists it, and not what is above it.
func (r *refusal) rootUnlisted() bool {
	if r.list != listMatches || r.ClientTrust != nil || r.above == nil || r.above.SelfIssued() {
		return false
	}
	return r.listed(r.above.X509().RawSubject) && !r.listed(r.above.X509().RawIssuer)
}

// sameMachine: the server runs here, and so by the same clock.
func (r *refusal) sameMachine() bool {
	address, err := netip.ParseAddrPort(r.Target.Address)
	return err == nil && address.Addr().Unmap().IsLoopback() && r.Target.Proxy == ""
}

// alertName is the server's alert as people write it.
func (f *Facts) alertName() string {
	if a := f.base().Alert; a != nil {
		return fmt.Sprintf("alert %d %s", a.Code, a.Name)
	}
	return "no alert"
}

// hungUp: the server ended the connection without a word, after a handshake
// that came to its end.
func (r *refusal) hungUp() bool {
	return r.base().FailedAt == AtVerdict && r.HTTP == nil && r.Facts.says() == ""
}

// silentOnCAs: the server lists no CA, its bundle is not at hand, and nothing
// says that it is about the name.
func (r *refusal) silentOnCAs() bool {
	return r.list == listEmpty && r.ClientTrust == nil && r.base().HTTPStatus != 403 && !r.says(cause.SaysNotAuthorized)
}

// curveGroups are the names of curves as groups of a ClientHello have them.
var curveGroups = map[string]string{"P-256": "secp256r1", "P-384": "secp384r1", "P-521": "secp521r1"}

// onCurve: the key of the client's certificate is one on a curve.
func (r *refusal) onCurve() bool { return strings.HasPrefix(r.Identity[0].Key, "ECDSA ") }

// curveOffered: the client offered the curve of its certificate as a group.
func (r *refusal) curveOffered() bool {
	curve := strings.TrimPrefix(r.Identity[0].Key, "ECDSA ")
	return r.Hello != nil && slices.Contains(r.Hello.Groups, curveGroups[curve])
}

// tellClocks states the certificate and the two times by which it is, and is
// not, valid.
func tellClocks(r *refusal, out *rejection) {
	i := r.invalidThere()
	c := r.Identity[i]
	out.vars["subject"], out.vars["here"], out.vars["there"] = c.Name(), r.Time.Format(time.RFC3339), r.HTTP.Date.Format(time.RFC3339)
	out.evidence = append([]Evidence{{"http.date", out.vars["there"], "within 5 minutes of " + out.vars["here"]},
		{path("identity", i, "not_before"), c.NotBefore.Format(time.RFC3339), ""},
		{path("identity", i, "not_after"), c.NotAfter.Format(time.RFC3339), ""}}, out.evidence...)
}
