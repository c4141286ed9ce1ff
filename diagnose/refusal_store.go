package diagnose

import (
	"slices"
	"strings"

	"mutual/diagnose/cause"
)

// webRoots are names of roots that every public trust store of the last ten
// years has held. Source: the CA programmes of Mozilla, Microsoft and Apple.
var webRoots = []string{"DigiCert Global Root CA", "DigiCert Global Root G2", "GlobalSign Root CA", "ISRG Root X1", "Amazon Root CA 1",
	"USERTrust RSA Certification Authority", "GTS Root R1", "Go Daddy Root Certificate Authority - G2", "QuoVadis Root CA 2"}

// publicStore: the CAs that the server lists are those of the public web.
func (r *refusal) publicStore() bool {
	if len(r.ClientAuth.AcceptableCAsDER) < 50 {
		return false
	}
	known := 0
	for _, der := range r.ClientAuth.AcceptableCAsDER {
		if slices.Contains(webRoots, commonNameOf(der)) {
			known++
		}
	}
	return known >= 3
}

// addResponder adds to the candidates that the server could not ask the OCSP
// responder which the certificate names, where such a server answers so:
// nginx, Apache and Java ask it before they let a client in.
func (r *refusal) addResponder(out *rejection) {
	x := r.Identity[0].X509()
	if out.basis != Inferred || x == nil || len(x.OCSPServer) == 0 || r.alert == alertUnknownCA || r.alert == alertCertificateExpired {
		return
	}
	url := x.OCSPServer[0]
	out.candidates = slices.Insert(slices.Clone(out.candidates), min(1, len(out.candidates)), cause.OCSPUnreachable)
	if !strings.ContainsAny(url, "{}[]|") {
		out.settle = "whether the responder that the certificate names, " + url + ", answers where the server runs; " + out.settle
	}
}
