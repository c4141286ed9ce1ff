package diagnose

import (
	"fmt"
	"slices"

	"mutual/diagnose/cause"
)

// Limits on what a peer sends: OpenSSL reads 100 KB of certificates
// (SSL_CTX_set_max_cert_list), Java 32 KB of handshake message
// (jdk.tls.maxHandshakeMessageSize).
const (
	opensslLimit  = 100 << 10
	smallestLimit = 32 << 10
)

var sizeRules = []Rule{
	{
		Code: cause.ClientChainTooLarge, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Inferred,
		Title: "The client sends a chain that is too large for many servers[: {count} certificates, {size} KB].",
		Why: "Along with its certificate a client sends the intermediates below the server's root, and nothing else. Servers limit what they read: " +
			"OpenSSL (nginx, HAProxy, Apache) to 100 KB, Java to 32 KB. Mostly a whole bundle of CAs, which are not part of the chain, " +
			"stands in the certificate file.",
		Fix: Steps{Say("Make a file of the client's certificate alone:"), Run("openssl x509 -in {cert_file|client-certificate} -out <leaf.pem>"),
			Say("Add to it the intermediates that issued it, if there are any, and no root; then probe with it:"),
			Run("mutual probe {target} {trust} --cert <leaf.pem> --key {key_file|client-key}")},
		Refs: []string{"RFC 8446 §4.4.2", "OpenSSL SSL_CTX_set_max_cert_list(3)"},
		Find: func(f *Examination) []Match {
			size := bytesOf(f.Identity)
			if f.View == SeenByServer || size <= opensslLimit || f.ClientAuth != nil && f.ClientAuth.Verdict == cause.VerdictRejected ||
				f.Purpose == PurposeBundle || f.Purpose == PurposeCA || f.View == SeenInFiles && f.filesPurpose() != ClientSide {
				return nil
			}
			return []Match{{Severity: Warning, Basis: Proven, Vars: sizeVars(f.Identity), Evidence: sizeEvidence(f.Identity)}}
		},
	},
}

// bytesOf is how much room the certificates take in a Certificate message.
func bytesOf(certs []*Certificate) int {
	n := 0
	for _, c := range certs {
		n += len(c.DER()) + 3
	}
	return n
}

func sizeVars(certs []*Certificate) map[string]string {
	return map[string]string{"count": fmt.Sprint(len(certs)), "size": fmt.Sprint(bytesOf(certs) >> 10)}
}

// sizeEvidence is the last of the certificates: it shows how many there are,
// and that a bundle of others follows the first.
func sizeEvidence(certs []*Certificate) []Evidence {
	last := len(certs) - 1
	return []Evidence{{path("identity", last, "subject"), certs[last].Subject, "part of the client's chain"}}
}

// sentBytes is the size of the chain that was sent.
func (r *refusal) sentBytes() int { return bytesOf(r.Identity) }

// leafTaken is the attempt in which the application answered the leaf without
// the rest of its file, and its index, or -1.
func (r *refusal) leafTaken() (Attempt, int) {
	i := slices.IndexFunc(r.Attempts, func(a Attempt) bool {
		return a.Name == TryLeafOnly && a.FailedAt == "" && a.Established.ByApplication() && !a.Says.Refuses() && a.HTTPStatus < 400
	})
	if i < 0 {
		return Attempt{}, -1
	}
	return r.Attempts[i], i
}

func tellSize(r *refusal, out *rejection) {
	for k, v := range sizeVars(r.Identity) {
		out.vars[k] = v
	}
	out.evidence = append(sizeEvidence(r.Identity), out.evidence...)
	if a, i := r.leafTaken(); i >= 0 {
		out.evidence = append(out.evidence, Evidence{path("attempts", i, "established"), string(a.Established), ""})
	}
}
