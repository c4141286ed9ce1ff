package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"mutual/diagnose/cause"
)

// listLimit is how many bytes of names the list of acceptable CAs has room for:
// its length is written in two bytes. Source: RFC 8446 §4.2.4, RFC 5246 §7.4.4.
const listLimit = 1<<16 - 1

// listBytes is how much room the names of a server's CAs take in its request.
func listBytes(t *Trust) int {
	if t == nil {
		return 0
	}
	n := 0
	for _, ca := range t.Anchors {
		if x := ca.X509(); x != nil {
			n += 2 + len(x.RawSubject)
		}
	}
	return n
}

var listSizeRules = []Rule{listSizeRule(SeenByClient), listSizeRule(SeenByServer)}

// listSizeRule is the rule as it is read by the client, or by the server itself.
func listSizeRule(seen View) Rule {
	return Rule{
		Seen: seen,
		Code: cause.ClientCAListTooLong, Stage: Negotiation, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server's list of CAs for clients is longer than TLS allows[: {size} KB of names; 64 KB is the limit].",
		Why: "When it asks for a client certificate, a server names the CAs that it accepts, and TLS has room for 64 KB of names. With a bundle of more, " +
			"such as a public trust store with long names, the server cannot write the request and ends each handshake (OpenSSL: alert 80; Go: it hangs up).",
		Fix: Steps{Say("Give the server the CAs that issue client certificates, and no other:"),
			Run("mutual inspect <bundle-of-client-CAs>"),
			Say("Where all of them are needed, let the server verify by all and name few: in nginx ssl_client_certificate holds the few and " +
				"ssl_trusted_certificate all; in HAProxy ca-file the few and ca-verify-file the others; in Apache SSLCADNRequestFile the few.")},
		Refs: []string{"RFC 8446 §4.2.4", "RFC 5246 §7.4.4"},
		Find: listTooLong,
	}
}

func listTooLong(f *Examination) []Match {
	size := listBytes(f.ClientTrust)
	switch {
	case f.View == SeenByServer:
		if b := f.base(); b.Refused == cause.RefusedOversized && b.CertRequested {
			return []Match{{Evidence: []Evidence{{"attempts.0.refused", string(b.Refused), "a request of at most 64 KB"}, {"attempts.0.cert_requested", "true", ""}}}}
		}
	case size > listLimit && f.failsAsking():
		last := len(f.ClientTrust.Anchors) - 1
		return []Match{{Vars: map[string]string{"size": fmt.Sprint(size >> 10)}, Evidence: []Evidence{
			{path("client_trust.anchors", last, "subject"), f.ClientTrust.Anchors[last].Subject, "within 64 KB of names"}}}}
	case f.View == SeenByClient && f.failsAsking():
		return []Match{{Basis: Inferred, Title: "The server fails where it has to ask for a client certificate: most likely its list of CAs is longer than the 64 KB that TLS allows.",
			Evidence:   []Evidence{{"attempts.0.failed_at", string(f.base().FailedAt), ""}, {"client_auth.requested", "false", "true"}},
			Candidates: []Code{cause.ServerMisconfigured}, Settle: "the server's log at this moment; or --client-ca with its bundle"}}
	}
	return nil
}

// failsAsking: the server's flight ends where its CertificateRequest would
// stand: up to TLS 1.2 behind its certificate, in TLS 1.3 behind its
// EncryptedExtensions (RFC 8446 §4.3.2). A choice of certificate or name has
// been made by then.
func (f *Examination) failsAsking() bool {
	b := f.base()
	stopped := f.serverAlert() == alertInternalError || b.Alert == nil && b.Closed != "" && b.Closed != cause.ClosedTimeout
	if f.View != SeenByClient || b.FailedAt != AtHandshake || !b.ServerHello || b.CertRequested {
		return false
	}
	var last string
	for _, m := range f.Handshake {
		if m.Attempt == b.Name && m.From == ServerSide && m.Message != "Alert" && m.Message != "Close" {
			last = m.Message
			if m.Message == "CertificateRequest" && strings.HasPrefix(m.Detail, "incomplete") && b.Refused == cause.RefusedOversized {
				return true // Go writes a request that nobody can read
			}
		}
	}
	if b.Refused != "" || !stopped {
		return false
	}
	if b.TLSVersion == "1.3" {
		return last == "EncryptedExtensions"
	}
	return slices.Contains([]string{"ServerKeyExchange", "Certificate"}, last)
}
