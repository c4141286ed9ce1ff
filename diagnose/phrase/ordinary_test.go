package phrase

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
)

// ordinaryForms are lines as programs write them all day, with TLS in order.
// What stands in angle brackets varies.
var ordinaryForms = []string{
	`<ip> - CN=<word>,O=Example [29/Nov/2026:<time> +0000] "GET /<path> HTTP/1.1" <status> <n> "https://<host>/<path>" "Mozilla/5.0 (X11; Linux x86_64)" TLSv1.3/TLS_AES_256_GCM_SHA384 SUCCESS 0.<n>`,
	`<ip> - - [29/Nov/2026:<time> +0000] "POST /<path> HTTP/2.0" <status> <n> "-" "okhttp/4.9"`,
	`<ip>:<port> [29/Nov/2026:<time>.123] fe~ be/s<n> 0/0/<n>/<n>/<n> <status> <n> - - ---- 1/1/0/0/0 0/0 "GET /<path> HTTP/1.1" TLSv1.2/ECDHE-RSA-AES128-GCM-SHA256 /O=Example/CN=<word> 0`,
	`2026-11-29 <time> startup archives unpack`,
	`2026-11-29 <time> status half-installed lib<word>-dev:amd64 <n>.<n>-<n>`,
	`2026-11-29 <time> install ca-certificates:all none 20230311`,
	`Nov 29 <time> mx postfix/smtp[<n>]: Trusted TLS connection established to <host>[<ip>]:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)`,
	`Nov 29 <time> mx postfix/smtpd[<n>]: Anonymous TLS connection established from <host>[<ip>]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519`,
	`Nov 29 <time> mx dovecot: imap-login: Login: user=(<word>), method=PLAIN, rip=<ip>, lip=<ip>, mpid=<n>, TLS, session=(<word>)`,
	`Nov 29 <time> host sshd[<n>]: Accepted publickey for <word> from <ip> port <port> ssh2: ED25519 SHA256:<word>`,
	`Nov 29 <time> host systemd[1]: Started certbot.service - Certbot renewal of the certificate of <host>.`,
	`Nov 29 <time> host kernel: [<n>.<n>] tcp: <word> certificate of module <word> verified`,
	`=== RUN   Test<word>/expired_certificate`,
	`--- PASS: Test<word>Certificate (0.<n>s)`,
	`ok  	example.test/<word>/tls	0.<n>s`,
	`time="2026-11-29T<time>Z" level=info msg="serving" addr=":<port>" tls=true clientauth=require cert=/etc/<word>/tls.crt`,
	`{"level":"info","ts":"2026-11-29T<time>Z","msg":"request","method":"GET","path":"/<path>","status":<status>,"peer":"CN=<word>","tls":"1.3"}`,
	`I1129 <time>.000000       1 dynamic_serving_content.go:132] "Starting controller" name="serving-cert::/etc/<word>/tls.crt::/etc/<word>/tls.key"`,
	`2026-11-29 <time>.123  INFO 1 --- [nio-8443-exec-<n>] c.e.<word>.Controller : certificate of <word> is valid, 88 days left`,
	`-rw-r--r-- 1 root root <n> Nov 29 <time> <word>-error-expired.pem`,
	`        Issuer: C = XX, O = Example, CN = <word> Untrusted Root Test CA`,
	`* SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384 / X25519 / id-ecPublicKey`,
	`*  SSL certificate verify ok.`,
	`<n>:M 29 Nov 2026 <time>.123 - Accepted <ip>:<port>`,
	`2026-11-29 <time>.402 UTC [<n>] LOG:  connection authenticated: identity="CN=<word>" method=cert (/etc/postgresql/pg_hba.conf:<n>)`,
	`[<n>] 2026/11/29 <time>.911125 [DBG] <ip>:<port> - cid:<n> - TLS handshake complete`,
	`[2026-11-29T<time>,123][INFO ][o.e.x.s.<word>] certificate [<word>] reloaded`,
	`depth=1 O = Example, CN = <word> CA`,
	`verify return:1`,
	`nginx: the configuration file /etc/nginx/nginx.conf syntax is ok`,
}

var ordinaryWords = []string{"alice", "orders", "handshake", "certificates", "expired", "self-signed", "ssl", "tls-guide", "unknown", "bad", "error", "verify", "shop", "ca", "issuer", "alert", "key",
	"login?next=%2Fssl%2Ferror", "search?q=certificate+has+expired", "revoked", "proxy", "mismatch", "trust", "chain", "peer", "refused", "timeout", "denied"}

// ordinaryLines are n such lines, the same on each run.
func ordinaryLines(n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	lines := make([]string, n)
	word := func() string { return ordinaryWords[r.IntN(len(ordinaryWords))] }
	for i := range lines {
		var b strings.Builder
		rest := ordinaryForms[r.IntN(len(ordinaryForms))]
		for {
			before, after, found := strings.Cut(rest, "<")
			b.WriteString(before)
			if !found {
				break
			}
			name, after, _ := strings.Cut(after, ">")
			switch rest = after; name {
			case "ip":
				fmt.Fprintf(&b, "10.%d.%d.%d", r.IntN(256), r.IntN(256), r.IntN(256))
			case "port", "n":
				b.WriteString(strconv.Itoa(r.IntN(60000)))
			case "time":
				fmt.Fprintf(&b, "%02d:%02d:%02d", r.IntN(24), r.IntN(60), r.IntN(60))
			case "status":
				b.WriteString([]string{"200", "204", "301", "401", "404", "500"}[r.IntN(6)])
			case "path":
				b.WriteString(word() + "/" + word())
			default:
				b.WriteString(word())
			}
		}
		lines[i] = b.String()
	}
	return lines
}

// TestTwoHundredThousandOrdinaryLines: no error is found where there is none,
// in a whole log and in the few lines that people paste.
func TestTwoHundredThousandOrdinaryLines(t *testing.T) {
	n := 200_000
	if testing.Short() {
		n /= 10
	}
	lines := ordinaryLines(n)
	for _, m := range Explain(strings.Join(lines, "\n")).Errors {
		t.Errorf("line %d: Explain finds %v in %q", m.Line, codes(m), m.Text)
	}
	for i := 0; i+3 <= len(lines) && i < 9_000; i += 3 {
		for _, m := range Explain(strings.Join(lines[i:i+3], "\n")).Errors {
			t.Errorf("of three lines: Explain finds %v in %q", codes(m), m.Text)
		}
	}
}

// TestOtherSignatures: SSH, OpenPGP and tokens say that a signature failed
// without a certificate being at fault.
func TestOtherSignatures(t *testing.T) {
	data, err := os.ReadFile("testdata/ordinary/ssh-signatures.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		for _, m := range Explain(line).Errors {
			t.Errorf("Explain(%q) finds %v", line, codes(m))
		}
	}
}
