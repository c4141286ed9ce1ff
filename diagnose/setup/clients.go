package setup

// clients present a certificate.
func clients() []Stack {
	return []Stack{
		{
			Name: "curl", Role: Client, What: "curl", Port: 443, Files: []string{"call.sh"},
			Start:  []string{"sh {{sh (.In \"call.sh\")}}"},
			Proven: &Proof{"7.88.1", "2026-11-29"}, Source: "https://curl.se/docs/manpage.html#-E",
		},
		{
			Name: "wget", Role: Client, What: "GNU Wget", Port: 443, Files: []string{"call.sh"},
			Start:  []string{"sh {{sh (.In \"call.sh\")}}"},
			Proven: &Proof{"1.21.3", "2026-11-29"}, Source: "https://www.gnu.org/software/wget/manual/wget.html#HTTPS-_0028SSL_002fTLS_0029-Options",
		},
		{
			Name: "openssl", Role: Client, What: "openssl s_client", Port: 443, Files: []string{"call.sh"},
			Start:  []string{"sh {{sh (.In \"call.sh\")}}"},
			Proven: &Proof{"3.0.22", "2026-11-29"}, Source: "https://docs.openssl.org/3.0/man1/openssl-s_client/",
		},
		{
			Name: "python", Role: Client, What: "Python, urllib", Port: 443, Files: []string{"client.py"},
			Start:  []string{"python3 {{sh (.In \"client.py\")}}"},
			Proven: &Proof{"3.11", "2026-11-29"}, Source: "https://docs.python.org/3/library/ssl.html#ssl.SSLContext.load_cert_chain",
		},
		{
			Name: "node", Role: Client, What: "Node.js, module https", Port: 443, Files: []string{"client.js"},
			Check: []string{"node --check {{sh (.In \"client.js\")}}"}, Start: []string{"node {{sh (.In \"client.js\")}}"},
			Proven: &Proof{"20.20.2", "2026-11-29"}, Source: "https://nodejs.org/api/https.html#httpsrequestoptions-callback",
		},
		{
			Name: "java", Role: Client, What: "Java, HttpClient, in one file", Port: 443, Files: []string{"Call.java"},
			Needs: []string{"export STORE_PASSWORD=<password>",
				"(umask 077; set -C; openssl pkcs12 -export -in {{sh .Cert}} -inkey {{sh .Key}} -passout env:STORE_PASSWORD > {{sh (.Beside \"client.p12\")}})"},
			Start:  []string{"java {{sh (.In \"Call.java\")}}"},
			Proven: &Proof{"17.0.15", "2026-11-29"}, Source: "https://docs.oracle.com/en/java/javase/17/docs/api/java.net.http/java/net/http/HttpClient.html",
		},
		{
			Name: "go", Role: Client, What: "Go, net/http", Port: 443, Files: []string{"main.go"},
			Check: []string{"go vet {{sh (.In \"main.go\")}}"}, Start: []string{"go run {{sh (.In \"main.go\")}}"},
			Proven: &Proof{"1.26", "2026-11-29"}, Source: "https://pkg.go.dev/crypto/tls#Config",
		},
		{
			Name: "psql", Role: Client, What: "psql and libpq", Port: 5432, Files: []string{"call.sh"},
			Start:  []string{"sh {{sh (.In \"call.sh\")}}"},
			Proven: &Proof{"15.18", "2026-11-29"}, Source: "https://www.postgresql.org/docs/15/libpq-ssl.html",
		},
		{
			Name: "mysql", Role: Client, What: "MariaDB's client", Port: 3306, Files: []string{"call.sh"},
			Start:  []string{"sh {{sh (.In \"call.sh\")}}"},
			Proven: &Proof{"10.11.19", "2026-11-29"}, Source: "https://mariadb.com/kb/en/mariadb-command-line-client/",
		},
		{
			Name: "redis-cli", Role: Client, What: "redis-cli", Port: 6379, Files: []string{"call.sh"},
			Start:  []string{"sh {{sh (.In \"call.sh\")}}"},
			Beyond: "It does not compare the server's name: any server of this CA would do.",
			Proven: &Proof{"7.0.15", "2026-11-29"}, Source: "https://redis.io/docs/latest/operate/oss_and_stack/management/security/encryption/",
		},
		{
			Name: "mosquitto_pub", Role: Client, What: "mosquitto_pub and mosquitto_sub", Port: 8883, Files: []string{"call.sh"},
			Start:  []string{"sh {{sh (.In \"call.sh\")}}"},
			Proven: &Proof{"2.0.11", "2026-11-29"}, Source: "https://mosquitto.org/man/mosquitto_pub-1.html",
		},
		{
			Name: "git", Role: Client, What: "git over HTTPS, for ~/.gitconfig", Port: 443, Files: []string{"gitconfig"},
			Start:  []string{"GIT_CONFIG_GLOBAL={{sh (.In \"gitconfig\")}} git ls-remote {{sh .URL}}<repository>"},
			Proven: &Proof{"2.39.5", "2026-11-29"}, Source: "https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpsslCert",
		},
	}
}
