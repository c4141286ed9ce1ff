package phrase

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mutual/diagnose/cause"
)

func alertOfMatch(m Match) int {
	if m.Alert == nil {
		return -1
	}
	return *m.Alert
}

// TestSpeaker: the same words mean another thing from the other side.
func TestSpeaker(t *testing.T) {
	tests := []struct {
		name, text string
		speaker    Speaker
		alert      int
		code       string
	}{
		{"client quotes", `Get "https://a.example/": remote error: tls: unknown certificate authority`, ClientQuotesServer, 48, "client-ca-untrusted-by-server"},
		{"server quotes", "http: TLS handshake error from 10.0.0.7:5: remote error: tls: unknown certificate authority", ServerQuotesClient, 48, "peer-rejected-our-server-cert"},
		{"OpenSSL client reads", "* TLSv1.3 (IN), TLS alert, certificate expired (557):", ClientQuotesServer, 45, "client-cert-expired"},
		{"OpenSSL client writes", "* TLSv1.3 (OUT), TLS alert, unknown CA (560):\n* SSL_connect failed", ClientAboutServer, 48, "server-chain-missing-intermediate"},
		{"Erlang server sends", "TLS server: In state wait_cert at ssl_handshake.erl:2074 generated SERVER ALERT: Fatal - Unknown CA", ServerAboutClient, 48, "client-ca-untrusted-by-server"},
		{"Erlang server receives", "TLS server: In state wait_finished received CLIENT ALERT: Fatal - Unknown CA", ServerQuotesClient, 48, "peer-rejected-our-server-cert"},
		{"Erlang client sends", "TLS client: In state certify at ssl_handshake.erl:1950 generated CLIENT ALERT: Fatal - Unknown CA", ClientAboutServer, 48, "server-chain-missing-intermediate"},
		{"verification by a server", "client SSL certificate verify error: (20:unable to get local issuer certificate)", ServerAboutClient, -1, "client-ca-untrusted-by-server"},
		{"verification by a client", "curl: (60) SSL certificate problem: unable to get local issuer certificate", ClientAboutServer, -1, "server-chain-missing-intermediate"},
		{"verification by a proxy's client side", "upstream SSL certificate verify error: (10:certificate has expired) while SSL handshaking to upstream, client: 10.0.0.7", ClientAboutServer, -1, "server-cert-expired"},
		{"verification by nobody known", "verify error:num=10:certificate has expired", SpeakerUnknown, -1, "server-cert-expired"},
		{"side from a line nearby", "2026-11-23 12:00:00 SSL_accept:error in error\n2026-11-23 12:00:00 verify error:num=10:certificate has expired", ServerAboutClient, -1, "client-cert-expired"},
		{"function name of the server", "error:1417C086:SSL routines:tls_process_client_certificate:certificate verify failed", ServerAboutClient, -1, "client-ca-untrusted-by-server"},
		{"function name of the client", "error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed", ClientAboutServer, -1, "server-ca-untrusted"},
		{"file", "tls: failed to find any PEM data in key input", AboutLocalFile, -1, "file-empty"},
		{"connection", "error:0A0000C1:SSL routines::no shared cipher", AboutConnection, -1, "cipher-no-overlap"},
		{"Mongo, one JSON line", `{"t":{"$date":"2024-02-28T23:00:28Z"},"s":"I","c":"NETWORK","msg":"Error receiving request from client. Ending connection from remote","attr":{"error":{"code":141,"codeName":"SSLHandshakeFailed","errmsg":"SSL peer certificate validation failed: certificate has expired"}}}`, ServerAboutClient, -1, "client-cert-expired"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := Explain(tt.text)
			if !r.Recognised {
				t.Fatalf("Explain(%q) is not recognised", tt.text)
			}
			m := r.Errors[0]
			if m.Speaker != tt.speaker || alertOfMatch(m) != tt.alert || string(m.Codes[0].Code) != tt.code {
				t.Errorf("Explain(%q) = %v, alert %d, %v; want %v, alert %d, %s", tt.text, m.Speaker, alertOfMatch(m), codes(m), tt.speaker, tt.alert, tt.code)
			}
		})
	}
}

// TestAlerts: every alert is found by its number and by every spelling.
func TestAlerts(t *testing.T) {
	forms := []string{
		"SSL alert number %[1]d", "TLS alert %[1]d", "*** Received alert [%[1]d]: something", "tls: alert(%[1]d)",
		"A fatal alert was received from the remote endpoint. The TLS protocol defined fatal alert code is %[1]d.",
		"remote error: tls: %[2]s", "javax.net.ssl.SSLException: Received fatal alert: %[2]s", "error:0A000000:SSL routines::tlsv1 alert %[2]s",
		"ssl.SSLError: [SSL: TLSV1_ALERT_%[3]s] (_ssl.c:1)", "ERR_SSL_SSLV3_ALERT_%[3]s",
		"ssl/tls alert %[2]s", "TLS server: In state hello received CLIENT ALERT: Fatal - %[2]s", "{tls_alert,{%[4]s,\"x\"}}",
		"TLSv1.2 Record Layer: Alert (Level: Fatal, Description: %[2]s)", "* TLSv1.3 (IN), TLS alert, %[2]s (600):", "received fatal alert: %[2]s",
	}
	for _, a := range alertTexts {
		for _, name := range a.names {
			for _, form := range forms {
				upper := strings.ToUpper(strings.ReplaceAll(name, " ", "_"))
				text := fmt.Sprintf(form, a.number, name, upper, strings.ToLower(upper))
				r := Explain(text)
				if !r.Recognised || alertOfMatch(r.Errors[0]) != a.number {
					t.Errorf("Explain(%q) = %+v, want alert %d", text, r.Errors, a.number)
				}
			}
		}
	}
	if got := AlertName(116); got != "certificate_required" {
		t.Errorf("AlertName(116) = %q, want certificate_required", got)
	}
	if got := AlertName(7); got != "" {
		t.Errorf("AlertName(7) = %q, want nothing", got)
	}
	for _, text := range []string{"TLS alert 0", "* TLSv1.3 (OUT), TLS alert, close notify (256):", "alert: internal error rate above 5% on api-7", "alertmanager: access denied for user bob"} {
		if r := Explain(text); r.Recognised {
			t.Errorf("Explain(%q) = %v, want nothing recognised", text, codes(r.Errors[0]))
		}
	}
}

// TestVerifyResults: every OpenSSL verification result is found by its number,
// its words and its name, and all agree.
func TestVerifyResults(t *testing.T) {
	for _, v := range verifyErrors {
		want := v.cause.codes(neither, -1)[0]
		for _, text := range []string{
			fmt.Sprintf("verify error:num=%d", v.number),
			fmt.Sprintf("Verify return code: %d (words unknown)", v.number),
			fmt.Sprintf("verify error:num=%d:%s", v.number, v.texts[0]),
			v.texts[0],
			"X509_V_ERR_" + v.name,
		} {
			if v.number == 24 && strings.HasPrefix(text, "X509") {
				continue // two numbers share the name
			}
			r := Explain(text)
			if !r.Recognised || r.Errors[0].Codes[0].Code != want {
				t.Errorf("Explain(%q) = %+v, want %s first", text, r.Errors, want)
			}
		}
	}
	for _, ok := range []string{"Verify return code: 0 (ok)", "verify return:1", "ssl_c_err=0", "curl: (0)"} {
		if r := Explain(ok); r.Recognised {
			t.Errorf("Explain(%q) = %v, want nothing recognised", ok, codes(r.Errors[0]))
		}
	}
}

// TestDepth: depth 1 and above is about an issuer, not about the leaf.
func TestDepth(t *testing.T) {
	tests := []struct{ text, code string }{
		{"depth=0 CN = a\nverify error:num=10:certificate has expired", "server-cert-expired"},
		{"depth=1 CN = Issuing\nverify error:num=10:certificate has expired", "issuer-cert-expired"},
		{"VERIFY ERROR: depth=1, error=certificate has expired: CN=Issuing", "issuer-cert-expired"},
		{"X509_verify_cert: certificate verification error at depth 1: certificate is not yet valid", "issuer-cert-not-yet-valid"},
		{"error 10 at 2 depth lookup: certificate has expired", "issuer-cert-expired"},
		{"Client certificate verification failed at depth 0: certificate has expired", "client-cert-expired"},
		{"depth=1 CN = Issuing\nverify error:num=26:unsuitable certificate purpose", "issuer-eku-excludes-purpose"},
	}
	for _, tt := range tests {
		r := Explain(tt.text)
		if !r.Recognised || string(r.Errors[0].Codes[0].Code) != tt.code {
			t.Errorf("Explain(%q) = %+v, want %s first", tt.text, r.Errors, tt.code)
		}
	}
}

const javaTrace = `2026-11-23 12:00:00.123 ERROR 1 --- [nio-8080-exec-1] o.a.c.c.C.[.[.[/].[dispatcherServlet]    : Servlet.service() threw exception
org.springframework.web.client.ResourceAccessException: I/O error on GET request for "https://api.internal:8443/v1": PKIX path validation failed
	at org.springframework.web.client.RestTemplate.doExecute(RestTemplate.java:785)
	at com.example.Client.call(Client.java:41)
Caused by: javax.net.ssl.SSLHandshakeException: PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed
	at java.base/sun.security.ssl.Alert.createSSLException(Alert.java:131)
	at java.base/sun.security.ssl.TransportContext.fatal(TransportContext.java:371)
Caused by: sun.security.validator.ValidatorException: PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed
	at java.base/sun.security.validator.PKIXValidator.doValidate(PKIXValidator.java:369)
	at java.base/sun.security.ssl.CertificateMessage$T13CertificateConsumer.checkServerCerts(CertificateMessage.java:1334)
	... 30 common frames omitted
Caused by: java.security.cert.CertPathValidatorException: validity check failed
	at java.base/sun.security.provider.certpath.PKIXMasterCertPathValidator.validate(PKIXMasterCertPathValidator.java:135)
Caused by: java.security.cert.CertificateExpiredException: NotAfter: Fri Nov 20 12:00:00 UTC 2026
	at java.base/sun.security.x509.CertificateValidity.valid(CertificateValidity.java:277)
2026-11-23 12:00:00.200  INFO 1 --- [main] c.e.App : retrying
`

// TestRootFirst: of several errors the root cause comes first, each once.
func TestRootFirst(t *testing.T) {
	r := Explain(javaTrace)
	if !r.Recognised || r.Errors[0].Codes[0].Code != cause.ServerCertExpired {
		t.Fatalf("Explain(a Java stack trace) = %+v, want server-cert-expired first", r.Errors)
	}
	if m := r.Errors[0]; m.Line != 14 || !strings.Contains(m.Text, "CertificateExpiredException") {
		t.Errorf("Explain(a Java stack trace) has its root at line %d %q, want line 14, the innermost cause", m.Line, m.Text)
	}

	log := `2026-11-23T12:00:00Z http: TLS handshake error from 10.0.0.7:1: EOF
2026-11-23T12:00:01Z http: TLS handshake error from 10.0.0.8:1: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-23T12:00:01Z is after 2026-11-21T13:07:12Z
2026-11-23T12:00:02Z http: TLS handshake error from 10.0.0.8:2: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-23T12:00:02Z is after 2026-11-21T13:07:12Z
2026-11-23T12:10:02Z serving
2026-11-23T12:10:02Z serving
2026-11-23T12:10:02Z serving
2026-11-23T12:10:02Z serving
2026-11-23T12:10:02Z serving
2026-11-23T12:10:02Z serving
2026-11-23T12:10:02Z serving
2026-11-23T12:10:02Z serving
2026-11-23T12:10:02Z serving
2026-11-23T12:20:00Z Get "https://api.internal/": tls: failed to verify certificate: x509: certificate is valid for a.example, not api.internal
`
	r = Explain(log)
	var got []string
	for _, m := range r.Errors {
		got = append(got, fmt.Sprintf("%d×%s@%d", m.Count, m.Codes[0].Code, m.Line))
	}
	want := "2×client-cert-expired@2 1×server-name-mismatch@13"
	if !strings.HasPrefix(strings.Join(got, " "), want) {
		t.Errorf("Explain(a log) = %v, want %s first", got, want)
	}
}

// TestInner: what was unwrapped and decoded is told.
func TestInner(t *testing.T) {
	m := Explain("curl: (60) SSL certificate problem: certificate has expired").Errors[0]
	if !strings.Contains(strings.Join(m.Inner, "; "), "curl exit 60") {
		t.Errorf("Explain(curl 60) was unwrapped from %q, want curl exit 60 among them", m.Inner)
	}
	m = Explain("error:0A000415:lib(20)::reason(1045)").Errors[0]
	if alertOfMatch(m) != 45 {
		t.Errorf("Explain(0A000415) has alert %d, want 45", alertOfMatch(m))
	}
}

// TestNearest: what is not recognised says so, with known texts like it.
func TestNearest(t *testing.T) {
	r := Explain("tls: the certifcate is sined by an unknwon authority")
	if r.Recognised || len(r.Nearest) == 0 || !strings.Contains(r.Nearest[0].Text, "unknown authority") {
		t.Errorf("Explain(a text with typing errors) = %+v, want it unrecognised with unknown authority nearest", r)
	}
	r = Explain("the cat sat on the mat")
	if r.Recognised || len(r.Nearest) != 0 {
		t.Errorf("Explain(a text about a cat) = %+v, want nothing", r)
	}
	for _, empty := range []string{"", "\n\n", " \t "} {
		if r := Explain(empty); r.Recognised || len(r.Nearest) != 0 {
			t.Errorf("Explain(%q) = %+v, want nothing", empty, r)
		}
	}
}

// TestColoursAndControls: what is shown holds no escape sequences.
func TestColoursAndControls(t *testing.T) {
	m := Explain("\x1b[31mx509: certificate signed\x1b[0m by unknown authority\x07").Errors[0]
	if want := "x509: certificate signed by unknown authority"; m.Text != want {
		t.Errorf("Explain(coloured text) shows %q, want %q", m.Text, want)
	}
	long := strings.Repeat("a ", 5000) + "x509: certificate signed by unknown authority" + strings.Repeat(" b", 5000)
	m = Explain(long).Errors[0]
	if len(m.Text) > 500 || !strings.Contains(m.Text, "unknown authority") {
		t.Errorf("Explain(a long line) shows %d bytes, want the part around the error: %.80q", len(m.Text), m.Text)
	}
}

// bigLog is ten megabytes of a log with an error here and there.
func bigLog(lines ...string) string {
	var b strings.Builder
	for b.Len() < 10<<20 {
		for i, l := range lines {
			fmt.Fprintf(&b, "%s %d\n", l, i)
		}
	}
	return b.String()
}

var bigLogs = map[string]string{
	"few errors": bigLog(append(strings.Split(strings.Repeat(`2026-11-23T12:00:00Z INFO GET /api/v1/orders 200 from 10.0.0.7 in 12 ms, TLSv1.3, certificate CN=alice|`, 400), "|"),
		"2026-11-23T12:00:01Z ERROR remote error: tls: bad certificate")...),
	"only errors":     bigLog("2026-11-23T12:00:01Z http: TLS handshake error from 10.0.0.7:5: remote error: tls: bad certificate", "x509: certificate signed by unknown authority", "curl: (60) SSL certificate problem: certificate has expired"),
	"JSON errors":     bigLog(`{"level":"error","ts":"2026-11-23T12:00:00Z","msg":"request","error":"x509: certificate signed by unknown authority"}`),
	"no time stamps":  bigLog("the quick brown fox jumps over the lazy dog and speaks of certificates, ssl and handshakes while it waits for an"),
	"one line":        strings.Repeat("lorem ipsum dolor sit amet, tls handshake certificate ", 200_000),
	"stack traces":    bigLog(strings.Split(javaTrace, "\n")...),
	"unknown TLS log": bigLog("2026-11-23T12:00:01Z tls: something about a certificate that nobody has ever printed before"),
}

// TestTenMegabytes: a log of ten megabytes is read within a second.
func TestTenMegabytes(t *testing.T) {
	if testing.Short() {
		t.Skip("reads seven logs of ten megabytes")
	}
	for name, log := range bigLogs {
		before := cpuTime(t)
		Explain(log)
		took := cpuTime(t) - before
		t.Logf("%s: %v", name, took)
		if took > time.Second {
			t.Errorf("Explain(10 MB, %s) takes %v of processor time, want a second at most", name, took)
		}
	}
}

func BenchmarkLine(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Explain("curl: (60) SSL certificate problem: unable to get local issuer certificate")
	}
}

func BenchmarkIndex(b *testing.B) {
	for b.Loop() {
		buildIndex()
	}
}

func BenchmarkTenMegabytes(b *testing.B) {
	for name, log := range bigLogs {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(log)))
			b.ReportAllocs()
			for b.Loop() {
				Explain(log)
			}
		})
	}
}

// FuzzExplain: no text makes it fail, and what it returns is whole.
func FuzzExplain(f *testing.F) {
	for _, r := range rows(f) {
		f.Add(r.text)
	}
	f.Add(javaTrace)
	f.Add("{\"a\":\"x509: \\u0063ertificate signed by unknown authority\\n\x1b[")
	f.Fuzz(func(t *testing.T, text string) {
		r := Explain(text)
		if r.Recognised != (len(r.Errors) > 0) {
			t.Errorf("Explain(%q).Recognised = %v with %d errors", text, r.Recognised, len(r.Errors))
		}
		for _, m := range append(r.Errors, r.Nearest...) {
			if len(m.Codes) == 0 || m.Means == "" || m.Stack == "" {
				t.Errorf("Explain(%q) has an incomplete match: %+v", text, m)
			}
		}
		for _, m := range r.Errors {
			if m.Line < 1 || m.Line > strings.Count(text, "\n")+1 || m.Count < 1 || strings.ContainsRune(m.Text, 0x1b) {
				t.Errorf("Explain(%q) has a match of line %d, count %d, text %q", text, m.Line, m.Count, m.Text)
			}
		}
	})
}
