package diagnose

import (
	"cmp"
	"slices"
	"strings"

	"mutual/diagnose/cause"
)

// stack recognises the server's software by what it says over HTTP and by how
// it refuses. Empty: not recognisable.
func (f *Facts) stack() string {
	if f.HTTP != nil {
		server := strings.ToLower(f.HTTP.Server)
		for _, known := range []struct{ part, name string }{
			{"nginx", "nginx"}, {"openresty", "nginx"}, {"apache", "Apache"}, {"envoy", "Envoy"}, {"istio", "Envoy"},
			{"caddy", "Go"}, {"jetty", "Java"}, {"tomcat", "Java"}, {"microsoft", "IIS"},
		} {
			if strings.Contains(server, known.part) {
				return known.name
			}
		}
	}
	b := f.base()
	switch {
	case f.Target.StartTLS == "postgres":
		return "PostgreSQL"
	case b.FailedAt == AtVerdict && b.Alert == nil && b.Closed != "":
		return "Node"
	case f.library() == cause.Go, f.library() == cause.Java:
		return string(f.library())
	}
	return ""
}

// library recognises the server's TLS library by the signature schemes that it
// lists by default, and their order, when it asks for a certificate. Empty: not
// recognisable.
func (f *Facts) library() cause.Library {
	if f.ClientAuth == nil || len(f.ClientAuth.SignatureSchemes) < 4 {
		return ""
	}
	schemes := f.ClientAuth.SignatureSchemes
	for _, known := range schemeOrders {
		if slices.Equal(schemes[:len(known.first)], known.first) {
			if known.library == cause.OpenSSL && slices.Contains(schemes, "ecdsa_sha1") {
				return cause.Java
			}
			return known.library
		}
	}
	return ""
}

// schemeOrders are the first schemes of each library's list, seen in the
// CertificateRequests of real servers with the defaults of that library, in
// TLS 1.2 and 1.3: OpenSSL 3.0 and Java 17 (which goes on with SHA-1), Go 1.19
// and 1.26, GnuTLS 3.7, Erlang/OTP 25, Bun 1.4, mbedTLS 2.28 and wolfSSL 5.5,
// which in TLS 1.2 begins with the kind of its own key.
var schemeOrders = []struct {
	library cause.Library
	first   []string
}{
	{cause.OpenSSL, []string{"ecdsa_secp256r1_sha256", "ecdsa_secp384r1_sha384"}},
	{cause.Go, []string{"rsa_pss_rsae_sha256", "ecdsa_secp256r1_sha256"}},
	{cause.GnuTLS, []string{"rsa_pkcs1_sha256"}},
	{cause.Erlang, []string{"rsa_pkcs1_sha1", "ecdsa_sha1", "rsa_pkcs1_sha256"}},
	{cause.BoringSSL, []string{"ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256", "rsa_pkcs1_sha256"}},
	{cause.MbedTLS, []string{"rsa_pkcs1_sha384", "ecdsa_secp384r1_sha384"}},
	{cause.WolfSSL, []string{"ecdsa_secp521r1_sha512", "ecdsa_secp384r1_sha384", "ecdsa_secp256r1_sha256", "ecdsa_sha1"}},
	{cause.WolfSSL, []string{"rsa_pss_rsae_sha512", "rsa_pss_rsae_sha384", "rsa_pss_rsae_sha256", "rsa_pkcs1_sha512"}},
}

// logLines are where each server says why it refused a client.
var logLines = map[string]string{
	"nginx":      `nginx's error log at level info, the line "client SSL certificate verify error: (NUMBER:REASON)"`,
	"Apache":     `Apache's error log at level info, the line "AH02276: Certificate Verification: Error (NUMBER): REASON"`,
	"HAProxy":    `HAProxy's log, with %[ssl_c_err] and %[ssl_fc_err_str] in its log-format`,
	"Node":       `in Node, the 'tlsClientError' event or req.socket.authorizationError, which name the reason`,
	"Java":       `Java's own log with -Djavax.net.debug=ssl:handshake, the line that starts "Caused by:"`,
	"Go":         `the Go server's log, the line "http: TLS handshake error from ADDRESS: REASON"`,
	"Envoy":      `Envoy's access log with %DOWNSTREAM_TRANSPORT_FAILURE_REASON%, and the counters ssl.fail_verify_*`,
	"PostgreSQL": `PostgreSQL's log, the line "could not accept SSL connection: REASON"`,
	"IIS":        `IIS' log, the sub-status after the status (403.13 revoked, 403.16 untrusted, 403.17 expired)`,
}

// settle says what would turn the guess into proof.
func (f *Facts) settle() string {
	line := cmp.Or(logLines[f.stack()],
		`the server's log at this moment (nginx: "client SSL certificate verify error"; Go: "TLS handshake error"; Java: "Caused by:"; HAProxy: %[ssl_c_err])`)
	if f.ClientTrust == nil {
		line += "; or --client-ca FILE with the bundle by which the server judges clients"
	}
	if !f.Given.Active && f.View != SeenBetween {
		line += "; or --active, which compares with forged certificates"
	}
	return line
}
