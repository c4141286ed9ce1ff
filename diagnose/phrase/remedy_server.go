package phrase

// What is set up on the side that judges clients.

var serverChain = []Remedy{
	{"nginx", `# server: the certificate first, then the intermediates, no root
ssl_certificate     /etc/ssl/server-fullchain.pem;
ssl_certificate_key /etc/ssl/server.key;`},
	{"HAProxy", `# one file: certificate, intermediates, key
bind :8443 ssl crt /etc/ssl/server-all.pem`},
	{"Apache httpd", `# 2.4.8 and later take the intermediates from this file
SSLCertificateFile    /etc/ssl/server-fullchain.pem
SSLCertificateKeyFile /etc/ssl/server.key`},
	{"Envoy", `common_tls_context:
  tls_certificates:
  - certificate_chain: { filename: /etc/ssl/server-fullchain.pem }
    private_key: { filename: /etc/ssl/server.key }`},
	{"Node.js", `cert: fs.readFileSync('/etc/ssl/server-fullchain.pem'),
key: fs.readFileSync('/etc/ssl/server.key'),`},
	{"Go", `pair, err := tls.LoadX509KeyPair("/etc/ssl/server-fullchain.pem", "/etc/ssl/server.key")
cfg := &tls.Config{Certificates: []tls.Certificate{pair}}`},
	{"Python", `ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
ctx.load_cert_chain('/etc/ssl/server-fullchain.pem', '/etc/ssl/server.key')`},
	{"Java", `# the chain goes into the key store together with the key
(umask 077; set -C; openssl pkcs12 -export -in /etc/ssl/server-fullchain.pem -inkey /etc/ssl/server.key -name server > server.p12)
java -Djavax.net.ssl.keyStore=server.p12 -Djavax.net.ssl.keyStorePassword=...`},
}

var verifyClients = []Remedy{
	{"nginx", `# every CA, roots and intermediates, that clients may come from
ssl_client_certificate /etc/ssl/client-ca.pem;
ssl_verify_client      on;
ssl_verify_depth       3;`},
	{"HAProxy", `bind :8443 ssl crt /etc/ssl/server-all.pem ca-file /etc/ssl/client-ca.pem verify required`},
	{"Apache httpd", `SSLCACertificateFile /etc/ssl/client-ca.pem
SSLVerifyClient      require
SSLVerifyDepth       3`},
	{"Envoy", `# DownstreamTlsContext
require_client_certificate: true
common_tls_context:
  validation_context:
    trusted_ca: { filename: /etc/ssl/client-ca.pem }`},
	{"Node.js", `// https.createServer, tls.createServer
ca: fs.readFileSync('/etc/ssl/client-ca.pem'),
requestCert: true,
rejectUnauthorized: true,`},
	{"Go", `pool := x509.NewCertPool()
pool.AppendCertsFromPEM(clientCAs) // false: nothing was read
cfg := &tls.Config{ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert}`},
	{"Python", `ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
ctx.load_verify_locations('/etc/ssl/client-ca.pem')
ctx.verify_mode = ssl.CERT_REQUIRED`},
	{"Java", `keytool -importcert -noprompt -alias clients -file /etc/ssl/client-ca.pem -keystore clients.p12 -storepass changeit
java -Djavax.net.ssl.trustStore=clients.p12 -Djavax.net.ssl.trustStorePassword=changeit
// in the code: sslServerSocket.setNeedClientAuth(true);`},
}

var advertiseCAs = []Remedy{
	{"nginx", `# the names in this file are sent to clients; those in ssl_trusted_certificate are trusted without being sent
ssl_client_certificate  /etc/ssl/client-ca.pem;
ssl_trusted_certificate /etc/ssl/client-ca.pem;
ssl_verify_client       on;`},
	{"HAProxy", `# ca-file is sent and trusted; what is only in ca-verify-file is trusted without being sent
bind :8443 ssl crt /etc/ssl/server-all.pem ca-file /etc/ssl/client-ca.pem ca-verify-file /etc/ssl/client-ca.pem verify required`},
	{"Apache httpd", `# without SSLCADNRequestFile, the names of SSLCACertificateFile are sent
SSLCACertificateFile /etc/ssl/client-ca.pem
SSLCADNRequestFile   /etc/ssl/client-ca.pem
SSLVerifyClient      require`},
	{"Envoy", `# the names in trusted_ca are sent
common_tls_context:
  validation_context:
    trusted_ca: { filename: /etc/ssl/client-ca.pem }`},
	{"Node.js", `// the names in ca are sent
ca: fs.readFileSync('/etc/ssl/client-ca.pem'),
requestCert: true,`},
	{"Go", `// Server: the names in ClientCAs are sent. Client: send a certificate whatever the list says.
cfg := &tls.Config{GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }}`},
	{"Python", `# a server sends the names that load_verify_locations was given as a file
ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
ctx.verify_mode = ssl.CERT_REQUIRED
ctx.load_verify_locations(cafile='/etc/ssl/client-ca.pem')`},
	{"Java", `// the client's key manager sends only a chain that leads to a listed CA: put the
// whole chain into the key store
(umask 077; set -C; openssl pkcs12 -export -in /etc/ssl/client-fullchain.pem -inkey /etc/ssl/client.key -name client > client.p12)`},
}

var verifyDepth = []Remedy{
	{"nginx", `# counts the CAs between a client's certificate and the root
ssl_verify_depth 3;`},
	{"HAProxy", `# has no limit of its own: OpenSSL's is 100`},
	{"Apache httpd", `SSLVerifyDepth 3`},
	{"Envoy", `common_tls_context:
  validation_context:
    max_verify_depth: 3
    trusted_ca: { filename: /etc/ssl/client-ca.pem }`},
	{"Node.js", `// has no limit of its own`},
	{"Go", `// has no limit of its own but the signatures it checks, 100`},
	{"Python", `# has no limit of its own`},
	{"Java", `// counts the CAs of a path; the default is 5
// PKIXBuilderParameters.setMaxPathLength(3), given to the TrustManagerFactory in CertPathTrustManagerParameters`},
}

var authorise = []Remedy{
	{"nginx", `# http: permit by the subject
map $ssl_client_s_dn $client_known {
    default 0;
    "~(^|,)CN=alice(,|$)" 1;
}
# server:
if ($client_known = 0) { return 403; }`},
	{"HAProxy", `http-request deny unless { ssl_c_s_dn(cn) -m str alice bob }`},
	{"Apache httpd", `<Location "/">
    Require expr "%{SSL_CLIENT_S_DN_CN} in {'alice', 'bob'}"
</Location>`},
	{"Envoy", `common_tls_context:
  validation_context:
    trusted_ca: { filename: /etc/ssl/client-ca.pem }
    match_typed_subject_alt_names:
    - san_type: URI
      matcher: { exact: "spiffe://example.org/ns/web/sa/alice" }
    - san_type: DNS
      matcher: { exact: "alice.example.org" }`},
	{"Node.js", `// per request: the certificate is verified already when authorized is true
// if (!req.socket.authorized || req.socket.getPeerCertificate().subject.CN !== 'alice') { res.writeHead(403).end() }`},
	{"Go", `cfg := &tls.Config{VerifyConnection: func(cs tls.ConnectionState) error {
	if name := cs.PeerCertificates[0].Subject.CommonName; name != "alice" {
		return fmt.Errorf("%s is not permitted", name)
	}
	return nil
}}`},
	{"Python", `# after the handshake
def permitted(conn):
    subject = dict(x[0] for x in conn.getpeercert()['subject'])
    return subject.get('commonName') == 'alice'`},
	{"Java", `// session.getPeerPrincipal() is the subject of the verified certificate
X500Principal who = (X500Principal) sslSocket.getSession().getPeerPrincipal();`},
}

var lateRequest = []Remedy{
	{"nginx", `# asks within the first handshake, for the whole server
ssl_client_certificate /etc/ssl/client-ca.pem;
ssl_verify_client      on;`},
	{"HAProxy", `# asks within the first handshake
bind :8443 ssl crt /etc/ssl/server-all.pem ca-file /etc/ssl/client-ca.pem verify optional`},
	{"Apache httpd", `# in <VirtualHost>, not in <Directory> or <Location>: then it is asked for in the first handshake
SSLCACertificateFile /etc/ssl/client-ca.pem
SSLVerifyClient      optional
# or keep it per folder, with TLS 1.2 only
# SSLProtocol -all +TLSv1.2`},
	{"Envoy", `# asks within the first handshake; has neither way to ask later
require_client_certificate: true`},
	{"Node.js", `// cannot answer a request that comes after a TLS 1.3 handshake: use TLS 1.2 there
maxVersion: 'TLSv1.2',`},
	{"Go", `// cannot answer a request that comes after a TLS 1.3 handshake: use TLS 1.2 and permit renegotiation
cfg := &tls.Config{MaxVersion: tls.VersionTLS12, Renegotiation: tls.RenegotiateOnceAsClient}`},
	{"Python", `ctx = ssl.create_default_context()
ctx.post_handshake_auth = True`},
	{"Java", `# cannot answer a request that comes after a TLS 1.3 handshake: use TLS 1.2 there
java -Djdk.tls.client.protocols=TLSv1.2`},
}

var checkRevocation = []Remedy{
	{"nginx", `# one list for each CA of the chain, in one file; reload when they change
ssl_crl /etc/ssl/clients.crl;`},
	{"HAProxy", `bind :8443 ssl crt /etc/ssl/server-all.pem ca-file /etc/ssl/client-ca.pem verify required crl-file /etc/ssl/clients.crl`},
	{"Apache httpd", `SSLCARevocationFile  /etc/ssl/clients.crl
SSLCARevocationCheck leaf
# SSLCARevocationCheck chain needs a list for every CA of the chain`},
	{"Envoy", `common_tls_context:
  validation_context:
    trusted_ca: { filename: /etc/ssl/client-ca.pem }
    crl: { filename: /etc/ssl/clients.crl }
    only_verify_leaf_cert_crl: true`},
	{"Node.js", `crl: fs.readFileSync('/etc/ssl/clients.crl'),`},
	{"Go", `// crypto/tls checks no lists: do so in VerifyConnection
list, err := x509.ParseRevocationList(der)
if err == nil {
	err = list.CheckSignatureFrom(issuer)
}`},
	{"Python", `ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
ctx.load_verify_locations('/etc/ssl/client-ca.pem')
ctx.load_verify_locations('/etc/ssl/clients.crl')
ctx.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF`},
	{"Java", `# fetches what the certificates point to
java -Dcom.sun.net.ssl.checkRevocation=true -Dcom.sun.security.enableCRLDP=true`},
}

var staple = []Remedy{
	{"nginx", `ssl_stapling            on;
ssl_stapling_verify     on;
ssl_trusted_certificate /etc/ssl/ca.pem;
resolver                127.0.0.1;`},
	{"HAProxy", `# 2.8 and later, in a crt-list file; before that, put the answer beside the certificate as server-all.pem.ocsp
/etc/ssl/server-all.pem [ocsp-update on]`},
	{"Apache httpd", `# outside of <VirtualHost>
SSLStaplingCache shmcb:${APACHE_RUN_DIR}/stapling(32768)
SSLUseStapling on`},
	{"Envoy", `# fetches none: hand it a fresh one
ocsp_staple_policy: MUST_STAPLE
common_tls_context:
  tls_certificates:
  - certificate_chain: { filename: /etc/ssl/server-fullchain.pem }
    private_key: { filename: /etc/ssl/server.key }
    ocsp_staple: { filename: /etc/ssl/server.ocsp }`},
	{"Node.js", `// server.on('OCSPRequest', (cert, issuer, cb) => cb(null, fs.readFileSync('/etc/ssl/server.ocsp')))`},
	{"Go", `pair.OCSPStaple = answer // DER, as the responder sent it`},
	{"Python", `# the ssl module can neither staple nor ask for it: leave it to a proxy in front`},
	{"Java", `java -Djdk.tls.server.enableStatusRequestExtension=true`},
}

var reloadCertificate = []Remedy{
	{"nginx", `nginx -t && nginx -s reload`},
	{"HAProxy", `systemctl reload haproxy
# or without a reload, through the stats socket
printf 'set ssl cert /etc/ssl/server-all.pem <<\n%s\n\n' "$(cat /etc/ssl/server-all.pem)" | socat stdio /run/haproxy/admin.sock
echo "commit ssl cert /etc/ssl/server-all.pem" | socat stdio /run/haproxy/admin.sock`},
	{"Apache httpd", `apachectl configtest && apachectl graceful`},
	{"Envoy", `# files named in a Secret are watched when delivered by SDS
common_tls_context:
  tls_certificate_sds_secret_configs:
  - name: server
    sds_config: { path_config_source: { path: /etc/envoy/server-secret.yaml } }`},
	{"Node.js", `// server.setSecureContext({ cert: fs.readFileSync('/etc/ssl/server-fullchain.pem'), key: fs.readFileSync('/etc/ssl/server.key') })`},
	{"Go", `cfg := &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair("/etc/ssl/server-fullchain.pem", "/etc/ssl/server.key")
	return &pair, err
}}`},
	{"Python", `# calling it again on the same context is enough for new connections
ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
ctx.load_cert_chain('/etc/ssl/server-fullchain.pem', '/etc/ssl/server.key')`},
	{"Java", `// a key manager keeps what it loaded: build a new SSLContext from the new key store, or restart`},
}

var passphrase = []Remedy{
	{"nginx", `ssl_password_file /etc/ssl/pass.txt;`},
	{"HAProxy", `# asks at the start only; decrypt the key for it, into a new file
(umask 077; set -C; openssl pkey -in /etc/ssl/server.key > /etc/ssl/server-open.key)`},
	{"Apache httpd", `# outside of <VirtualHost>; the program prints the passphrase
SSLPassPhraseDialog exec:/etc/ssl/passphrase.sh`},
	{"Envoy", `common_tls_context:
  tls_certificates:
  - certificate_chain: { filename: /etc/ssl/server-fullchain.pem }
    private_key: { filename: /etc/ssl/server.key }
    password: { filename: /etc/ssl/pass.txt }`},
	{"Node.js", `passphrase: fs.readFileSync('/etc/ssl/pass.txt', 'utf8').trim(),`},
	{"Go", `// crypto/tls reads unencrypted keys only: (umask 077; set -C; openssl pkey -in /etc/ssl/server.key > /etc/ssl/server-open.key)`},
	{"Python", `ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
ctx.load_cert_chain('/etc/ssl/server-fullchain.pem', '/etc/ssl/server.key', password=open('/etc/ssl/pass.txt').read().strip())`},
	{"Java", `java -Djavax.net.ssl.keyStore=server.p12 -Djavax.net.ssl.keyStorePassword=...`},
}

var speakTLS = []Remedy{
	{"nginx", `# server
listen 8443 ssl;
error_page 497 =301 https://$host:$server_port$request_uri;
# a backend that speaks TLS
# proxy_pass https://backend;`},
	{"HAProxy", `bind :8443 ssl crt /etc/ssl/server-all.pem`},
	{"Apache httpd", `# Listen 8443
SSLEngine on`},
	{"Envoy", `transport_socket:
  name: envoy.transport_sockets.tls
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext`},
	{"Node.js", `// https.createServer(options, handler), not http.createServer(handler)`},
	{"Go", `// srv.ListenAndServeTLS(certFile, keyFile), not srv.ListenAndServe()`},
	{"Python", `# httpd.socket = ctx.wrap_socket(httpd.socket, server_side=True)`},
	{"Java", `// SSLServerSocketFactory.getDefault().createServerSocket(8443), not new ServerSocket(8443)`},
}
