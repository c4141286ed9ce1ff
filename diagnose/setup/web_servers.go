package setup

// webServers are those that speak HTTP.
func webServers() []Stack {
	return []Stack{
		{
			Name: "nginx", Role: Server, What: "nginx, the whole nginx.conf", Port: 443,
			Files: []string{"nginx.conf"}, AllowCN: true, CRL: true,
			Check: []string{"nginx -t -c {{sh (.In \"nginx.conf\")}}"}, Start: []string{"nginx -c {{sh (.In \"nginx.conf\")}}"}, Reload: []string{"nginx -s reload"},
			Log:    "error_log, at level info; a certificate that is wrong is answered with 400",
			Proven: &Proof{"1.22.1", "2026-11-29"}, Source: "https://nginx.org/en/docs/http/ngx_http_ssl_module.html",
		},
		{
			Name: "apache", Role: Server, What: "Apache httpd, a file for conf-available or conf.d", Port: 443,
			Files: []string{"mutual.conf"}, AllowCN: true, CRL: true,
			Check: []string{"apachectl -t"}, Start: []string{"apachectl start"}, Reload: []string{"apachectl graceful"},
			Log:    "ErrorLog, with LogLevel ssl:info",
			Proven: &Proof{"2.4.71", "2026-11-29"}, Source: "https://httpd.apache.org/docs/2.4/mod/mod_ssl.html",
		},
		{
			Name: "haproxy", Role: Server, What: "HAProxy, the whole haproxy.cfg", Port: 443,
			Files: []string{"haproxy.cfg"}, Joined: "haproxy.pem", AllowCN: true, CRL: true,
			Check: []string{"haproxy -c -f {{sh (.In \"haproxy.cfg\")}}"}, Start: []string{"haproxy -f {{sh (.In \"haproxy.cfg\")}}"}, Reload: []string{"systemctl reload haproxy"},
			Log:    "where log points, by the error-log-format",
			Proven: &Proof{"2.6.12", "2026-11-29"}, Source: "https://docs.haproxy.org/2.6/configuration.html#5.1",
		},
		{
			Name: "stunnel", Role: Server, What: "stunnel in front of a service without TLS", Port: 8443,
			Files: []string{"stunnel.conf"}, CRL: true,
			Start: []string{"stunnel {{sh (.In \"stunnel.conf\")}}"}, Reload: []string{"kill -HUP <pid of stunnel>"},
			Log:    "standard error, or the file that output names",
			Proven: &Proof{"5.68", "2026-11-29"}, Source: "https://www.stunnel.org/static/stunnel.html",
		},
		{
			Name: "openssl", Role: Server, What: "openssl s_server, to try things out", Port: 4433,
			Files: []string{"serve.sh"}, CRL: true,
			Check: []string{"sh -n {{sh (.In \"serve.sh\")}}"}, Start: []string{"sh {{sh (.In \"serve.sh\")}}"},
			Log:    "standard error",
			Proven: &Proof{"3.0.22", "2026-11-29"}, Source: "https://docs.openssl.org/3.0/man1/openssl-s_server/",
		},
		{
			Name: "node", Role: Server, What: "Node.js, module https", Port: 8443,
			Files: []string{"server.js"}, AllowCN: true, CRL: true,
			Check: []string{"node --check {{sh (.In \"server.js\")}}"}, Start: []string{"node {{sh (.In \"server.js\")}}"},
			Log:    "standard error, by the event tlsClientError",
			Proven: &Proof{"20.20.2", "2026-11-29"}, Source: "https://nodejs.org/api/tls.html#tlscreateserveroptions-secureconnectionlistener",
		},
		{
			Name: "python", Role: Server, What: "Python, modules ssl and http.server", Port: 8443,
			Files: []string{"server.py"}, AllowCN: true, CRL: true,
			Start:  []string{"python3 {{sh (.In \"server.py\")}}"},
			Log:    "standard error",
			Proven: &Proof{"3.11", "2026-11-29"}, Source: "https://docs.python.org/3/library/ssl.html#ssl.SSLContext.verify_mode",
		},
		{
			Name: "java", Role: Server, What: "Java, JSSE and HttpsServer, in one file", Port: 8443,
			Files: []string{"Serve.java"},
			Needs: []string{"export STORE_PASSWORD=<password>",
				"(umask 077; set -C; openssl pkcs12 -export -in {{sh .Cert}} -inkey {{sh .Key}} -passout env:STORE_PASSWORD > {{sh (.Beside \"server.p12\")}})"},
			Start: []string{"java {{sh (.In \"Serve.java\")}}"},
			Log:   "nowhere, unless started with -Djavax.net.debug=ssl:handshake",
			Beyond: "It resumes a session, for a minute, whose certificate has ended meanwhile (resumed-expired), " +
				"and does not hold a CA that is trusted directly to its path length (path-too-long).",
			Proven: &Proof{"17.0.15", "2026-11-29"}, Source: "https://docs.oracle.com/en/java/javase/17/security/java-secure-socket-extension-jsse-reference-guide.html",
		},
		{
			Name: "go", Role: Server, What: "Go, crypto/tls and net/http", Port: 8443,
			Files: []string{"main.go"}, AllowCN: true,
			Check: []string{"go vet {{sh (.In \"main.go\")}}"}, Start: []string{"go run {{sh (.In \"main.go\")}}"},
			Log:    "standard error, by http.Server.ErrorLog",
			Proven: &Proof{"1.26", "2026-11-29"}, Source: "https://pkg.go.dev/crypto/tls#Config",
		},
	}
}
