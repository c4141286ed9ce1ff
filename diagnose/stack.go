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
	sha1 := slices.Contains(schemes, "ecdsa_sha1")
	switch ecdsaFirst := schemes[0] == "ecdsa_secp256r1_sha256" && schemes[1] == "ecdsa_secp384r1_sha384"; {
	case ecdsaFirst && sha1:
		return cause.Java
	case ecdsaFirst:
		return cause.OpenSSL
	case schemes[0] == "rsa_pss_rsae_sha256" && schemes[1] == "ecdsa_secp256r1_sha256":
		return cause.Go
	case schemes[0] == "rsa_pkcs1_sha256":
		return cause.GnuTLS
	}
	return ""
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
