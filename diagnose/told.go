package diagnose

// toldFixes are the fixes of faults that only another program's text shows, by
// the name of their form: what that program wants to have.
var toldFixes = map[string]Steps{
	"pkcs12-legacy": {
		Say("Make a store that older programs read, with OpenSSL 3 (3DES and SHA-1 in place of AES and SHA-256); the passphrase is asked for:"),
		Run("openssl pkcs12 -in {file} -out <everything.pem>"),
		Run("openssl pkcs12 -export -legacy -in <everything.pem> -out <new-store.p12>"),
		Say("Delete <everything.pem> afterwards. If the passphrase is in doubt, this opens the store as it is:"),
		Run("openssl pkcs12 -info -noout -in {file}"),
	},
	"pkcs12-modern": {
		Say("Open it with OpenSSL 3's old algorithms switched on, and write it anew with today's:"),
		Run("openssl pkcs12 -legacy -in {file} -out <everything.pem>"),
		Run("openssl pkcs12 -export -in <everything.pem> -out <new-store.p12>"),
		Say("Delete <everything.pem> afterwards."),
	},
	"key-pkcs8-der": {
		Say("Give the driver the key as PKCS #8 in DER (sslkey=<new-key.pk8>):"),
		Run("openssl pkcs8 -topk8 -nocrypt -in {file|key.pem} -outform DER -out <new-key.pk8>"),
		Say("Or certificate and key together as PKCS #12 (sslkey=<new-store.p12>, sslpassword its passphrase):"),
		Run("openssl pkcs12 -export -in <client-certificate> -inkey {file|key.pem} -out <new-store.p12>"),
	},
	"key-pkcs8": {
		Say("Give it the key as PKCS #8 (BEGIN PRIVATE KEY):"),
		Run("openssl pkcs8 -topk8 -nocrypt -in {file|key.pem} -out <new-key.pem>"),
	},
	"certs-d": {
		Say("In certs.d/<host>:<port> name the CA's certificate with the ending .crt, and the client's pair with .cert and .key, both of the same name:"),
		Run("ls <certs.d>/<host>:<port>"),
		Say("A CA's own key (ca.key) does not belong there."),
	},
	"proxy-header-missing": {
		Say("Have the load balancer send the PROXY protocol's header (HAProxy: send-proxy-v2 on the server line; AWS NLB: proxy_protocol_v2.enabled; nginx stream: proxy_protocol on), " +
			"or take the expectation away where clients connect directly:"),
		Edit("nginx", "listen 8443 ssl;    # without proxy_protocol"),
		Edit("HAProxy bind", "# without accept-proxy"),
		Edit("Envoy", "# without the listener filter envoy.filters.listener.proxy_protocol"),
		Edit("Traefik entryPoint", "# proxyProtocol.trustedIPs: only the load balancer's addresses"),
		Edit("Dovecot inet_listener", "haproxy = no"),
		Say("To see that this is it:"),
		Run("curl --haproxy-protocol --cacert <ca-certificate> https://<host>:<port>/"),
	},
	"proxy-header-unexpected": {
		Say("Have the listener expect the header, from the load balancer alone, or switch it off in the load balancer (HAProxy: send-proxy; AWS NLB: proxy_protocol_v2.enabled):"),
		Edit("nginx", "listen 8443 ssl proxy_protocol;\nset_real_ip_from <load-balancer>;"),
		Edit("HAProxy bind", "accept-proxy"),
		Edit("Apache", "RemoteIPProxyProtocol On"),
		Edit("Dovecot inet_listener", "haproxy = yes"),
	},
	"session-context": {
		Say("In the server's code, set a session id context once it verifies clients: SSL_CTX_set_session_id_context(ctx, \"name\", 4). " +
			"Until then, sessions can be switched off: SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF) and SSL_OP_NO_TICKET."),
		Say("To see that only resumption fails:"),
		Run("mutual probe {target} {trust} {identity}"),
	},
	"header": {
		Say("See what the proxy sends (nginx: $ssl_client_escaped_cert is percent-encoded PEM; Traefik: base64 without BEGIN lines; Envoy: XFCC; RFC 9440: base64 between colons), save it to a file, and read it:"),
		Run("mutual inspect <file>"),
		Say("Then set the program to that form, and see that no proxy on the way cuts the header off (nginx: large_client_header_buffers)."),
	},
	"radius-intermediate": {
		Say("Put the CA that issued the client's certificate, and those above it, into FreeRADIUS's ca_file, or let it take what the client sends: reject_unknown_intermediate_ca = no."),
		Run("mutual verify --cacert <ca-file> --purpose client <client-certificate>"),
	},
	"java-trust": {
		Say("See what Java finds in the store; 0 entries are the fault:"),
		Run("keytool -list -keystore {file|trust-store}"),
		Say("Have keytool make one: it sets the attribute (trustedKeyUsage) without which Java trusts no certificate of a PKCS #12:"),
		Run("keytool -importcert -noprompt -alias ca -file <ca-certificate> -keystore <new-store.p12> -storetype PKCS12"),
		Say("With openssl 3.2 or later, -jdktrust anyExtendedKeyUsage sets it, too. See also that -Djavax.net.ssl.trustStore names the file that is meant."),
	},
}
