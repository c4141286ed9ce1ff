package phrase

// What is set up on the side that dials, a proxy towards its backend included,
// and what both sides share.

var presentCertificate = []Remedy{
	{"nginx", `# towards the backend: the certificate first, then its intermediates
proxy_pass                https://127.0.0.1:9443;
proxy_ssl_certificate     /etc/ssl/client-fullchain.pem;
proxy_ssl_certificate_key /etc/ssl/client.key;`},
	{"HAProxy", `# one file: certificate, intermediates, key
server app 127.0.0.1:9443 ssl verify required ca-file /etc/ssl/ca.pem crt /etc/ssl/client-all.pem`},
	{"Apache httpd", `SSLProxyEngine on
# certificate and unencrypted key in one file, the intermediates in the other
SSLProxyMachineCertificateFile      /etc/ssl/client-pair.pem
SSLProxyMachineCertificateChainFile /etc/ssl/client-chain.pem`},
	{"Envoy", `# UpstreamTlsContext
common_tls_context:
  tls_certificates:
  - certificate_chain: { filename: /etc/ssl/client-fullchain.pem }
    private_key: { filename: /etc/ssl/client.key }`},
	{"Node.js", `cert: fs.readFileSync('/etc/ssl/client-fullchain.pem'),
key: fs.readFileSync('/etc/ssl/client.key'),`},
	{"Go", `pair, err := tls.LoadX509KeyPair("/etc/ssl/client-fullchain.pem", "/etc/ssl/client.key")
// Certificates sends nothing when the server does not list the issuer; this sends it all the same
cfg := &tls.Config{GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }}`},
	{"Python", `ctx = ssl.create_default_context(cafile='/etc/ssl/ca.pem')
ctx.load_cert_chain('/etc/ssl/client-fullchain.pem', '/etc/ssl/client.key')
# requests: requests.get(url, cert=('/etc/ssl/client-fullchain.pem', '/etc/ssl/client.key'), verify='/etc/ssl/ca.pem')`},
	{"Java", `(umask 077; set -C; openssl pkcs12 -export -in /etc/ssl/client-fullchain.pem -inkey /etc/ssl/client.key -name client > client.p12)
java -Djavax.net.ssl.keyStore=client.p12 -Djavax.net.ssl.keyStorePassword=...`},
}

var trustServer = []Remedy{
	{"nginx", `# towards the backend
proxy_pass                    https://127.0.0.1:9443;
proxy_ssl_trusted_certificate /etc/ssl/ca.pem;
proxy_ssl_verify              on;
proxy_ssl_verify_depth        3;`},
	{"HAProxy", `server app 127.0.0.1:9443 ssl verify required ca-file /etc/ssl/ca.pem`},
	{"Apache httpd", `SSLProxyEngine on
SSLProxyVerify require
SSLProxyCACertificateFile /etc/ssl/ca.pem`},
	{"Envoy", `# UpstreamTlsContext
common_tls_context:
  validation_context:
    trusted_ca: { filename: /etc/ssl/ca.pem }`},
	{"Node.js", `// replaces the built-in CAs; NODE_EXTRA_CA_CERTS=/etc/ssl/ca.pem adds to them
ca: fs.readFileSync('/etc/ssl/ca.pem'),`},
	{"Go", `pool, err := x509.SystemCertPool()
pool.AppendCertsFromPEM(ca) // false: nothing was read
cfg := &tls.Config{RootCAs: pool}`},
	{"Python", `ctx = ssl.create_default_context(cafile='/etc/ssl/ca.pem')
# requests: verify='/etc/ssl/ca.pem', or REQUESTS_CA_BUNDLE in the environment`},
	{"Java", `keytool -importcert -noprompt -alias ca -file /etc/ssl/ca.pem -keystore trust.p12 -storepass changeit
java -Djavax.net.ssl.trustStore=trust.p12 -Djavax.net.ssl.trustStorePassword=changeit`},
}

var serverName = []Remedy{
	{"nginx", `# towards the backend: send this name, and find it in the certificate
proxy_pass            https://127.0.0.1:9443;
proxy_ssl_server_name on;
proxy_ssl_name        backend.example;
proxy_set_header      Host backend.example;`},
	{"HAProxy", `server app 127.0.0.1:9443 ssl verify required ca-file /etc/ssl/ca.pem sni str(backend.example) verifyhost backend.example`},
	{"Apache httpd", `# the name is that of the ProxyPass URL
SSLProxyEngine on
SSLProxyCheckPeerName on
ProxyPass "/" "https://backend.example:9443/"`},
	{"Envoy", `# UpstreamTlsContext
sni: backend.example
common_tls_context:
  validation_context:
    trusted_ca: { filename: /etc/ssl/ca.pem }
    match_typed_subject_alt_names:
    - san_type: DNS
      matcher: { exact: backend.example }`},
	{"Node.js", `host: '127.0.0.1',
servername: 'backend.example',`},
	{"Go", `cfg := &tls.Config{ServerName: "backend.example"}`},
	{"Python", `ctx = ssl.create_default_context(cafile='/etc/ssl/ca.pem')
# ctx.wrap_socket(sock, server_hostname='backend.example')`},
	{"Java", `SSLParameters p = sslSocket.getSSLParameters();
p.setServerNames(List.of(new SNIHostName("backend.example")));
p.setEndpointIdentificationAlgorithm("HTTPS");
sslSocket.setSSLParameters(p);`},
}

var versions = []Remedy{
	{"nginx", `ssl_protocols       TLSv1.2 TLSv1.3;
# towards a backend
proxy_ssl_protocols TLSv1.2 TLSv1.3;`},
	{"HAProxy", `bind :8443 ssl crt /etc/ssl/server-all.pem ssl-min-ver TLSv1.2 ssl-max-ver TLSv1.3`},
	{"Apache httpd", `SSLProtocol -all +TLSv1.2 +TLSv1.3`},
	{"Envoy", `common_tls_context:
  tls_params:
    tls_minimum_protocol_version: TLSv1_2
    tls_maximum_protocol_version: TLSv1_3`},
	{"Node.js", `minVersion: 'TLSv1.2',
maxVersion: 'TLSv1.3',`},
	{"Go", `cfg := &tls.Config{MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS13}`},
	{"Python", `ctx = ssl.create_default_context()
ctx.minimum_version = ssl.TLSVersion.TLSv1_2
ctx.maximum_version = ssl.TLSVersion.TLSv1_3`},
	{"Java", `java -Djdk.tls.client.protocols=TLSv1.2,TLSv1.3
# what is refused altogether stands in jdk.tls.disabledAlgorithms, conf/security/java.security`},
}

var ciphers = []Remedy{
	{"nginx", `# TLS 1.2; those of TLS 1.3 need no setting
ssl_ciphers HIGH:!aNULL:!MD5;`},
	{"HAProxy", `bind :8443 ssl crt /etc/ssl/server-all.pem ciphers ECDHE+AESGCM:ECDHE+CHACHA20 ciphersuites TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256`},
	{"Apache httpd", `SSLCipherSuite HIGH:!aNULL:!MD5
SSLCipherSuite TLSv1.3 TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256`},
	{"Envoy", `common_tls_context:
  tls_params:
    cipher_suites: [ECDHE-ECDSA-AES128-GCM-SHA256, ECDHE-RSA-AES128-GCM-SHA256]`},
	{"Node.js", `ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20',`},
	{"Go", `// TLS 1.2; those of TLS 1.3 cannot be set
cfg := &tls.Config{CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}}`},
	{"Python", `ctx = ssl.create_default_context()
ctx.set_ciphers('ECDHE+AESGCM:ECDHE+CHACHA20')`},
	{"Java", `java -Djdk.tls.client.cipherSuites=TLS_AES_128_GCM_SHA256,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`},
}

var groups = []Remedy{
	{"nginx", `ssl_ecdh_curve X25519:prime256v1:secp384r1;`},
	{"HAProxy", `bind :8443 ssl crt /etc/ssl/server-all.pem curves X25519:P-256:P-384`},
	{"Apache httpd", `SSLOpenSSLConfCmd Curves X25519:prime256v1:secp384r1`},
	{"Envoy", `common_tls_context:
  tls_params:
    ecdh_curves: [X25519, P-256, P-384]`},
	{"Node.js", `ecdhCurve: 'X25519:P-256:P-384',`},
	{"Go", `cfg := &tls.Config{CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384}}`},
	{"Python", `# one curve; the default offers several
ctx = ssl.create_default_context()
ctx.set_ecdh_curve('prime256v1')`},
	{"Java", `java -Djdk.tls.namedGroups=x25519,secp256r1,secp384r1`},
}

var schemes = []Remedy{
	{"nginx", `# 1.19.4 and later
ssl_conf_command SignatureAlgorithms ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256;`},
	{"HAProxy", `# 2.8 and later: sigalgs on the bind line; before that, a certificate with a P-256 or RSA key
# bind :8443 ssl crt /etc/ssl/server-all.pem sigalgs ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256`},
	{"Apache httpd", `SSLOpenSSLConfCmd SignatureAlgorithms ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256`},
	{"Envoy", `common_tls_context:
  tls_params:
    signature_algorithms: [ecdsa_secp256r1_sha256, rsa_pss_rsae_sha256]`},
	{"Node.js", `sigalgs: 'ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256:rsa_pkcs1_sha256',`},
	{"Go", `// Go offers a fixed list: give it a key of another type, or limit this one
pair.SupportedSignatureAlgorithms = []tls.SignatureScheme{tls.PSSWithSHA256, tls.PKCS1WithSHA256}`},
	{"Python", `# takes OpenSSL's list, set in openssl.cnf: SignatureAlgorithms = ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256`},
	{"Java", `java -Djdk.tls.client.SignatureSchemes=ecdsa_secp256r1_sha256,rsa_pss_rsae_sha256,rsa_pkcs1_sha256`},
}

var protocols = []Remedy{
	{"nginx", `# since 1.25.1: http2 on; before that:
listen 8443 ssl http2;`},
	{"HAProxy", `bind :8443 ssl crt /etc/ssl/server-all.pem alpn h2,http/1.1`},
	{"Apache httpd", `# needs mod_http2
Protocols h2 http/1.1`},
	{"Envoy", `common_tls_context:
  alpn_protocols: [h2, http/1.1]`},
	{"Node.js", `ALPNProtocols: ['h2', 'http/1.1'],`},
	{"Go", `cfg := &tls.Config{NextProtos: []string{"h2", "http/1.1"}}`},
	{"Python", `ctx = ssl.create_default_context()
ctx.set_alpn_protocols(['h2', 'http/1.1'])`},
	{"Java", `SSLParameters p = sslSocket.getSSLParameters();
p.setApplicationProtocols(new String[] {"h2", "http/1.1"});
sslSocket.setSSLParameters(p);`},
}

var legacyServers = []Remedy{
	{"nginx", `# the server has to learn RFC 5746; towards such a backend, with OpenSSL 3:
proxy_ssl_conf_command Options UnsafeLegacyServerConnect;`},
	{"HAProxy", `# in openssl.cnf, section of the system default: Options = UnsafeLegacyServerConnect`},
	{"Apache httpd", `# in openssl.cnf, section of the system default: Options = UnsafeLegacyServerConnect`},
	{"Envoy", `# BoringSSL has no such option: the server has to learn RFC 5746`},
	{"Node.js", `secureOptions: require('crypto').constants.SSL_OP_LEGACY_SERVER_CONNECT,`},
	{"Go", `// Go connects without; it only refuses to renegotiate then`},
	{"Python", `ctx = ssl.create_default_context()
ctx.options |= 0x4  # ssl.OP_LEGACY_SERVER_CONNECT, a name since 3.12`},
	{"Java", `# connects to such servers as it is; this permits to renegotiate with them, too
java -Dsun.security.ssl.allowUnsafeRenegotiation=true`},
}
