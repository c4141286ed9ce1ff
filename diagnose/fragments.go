package diagnose

// What servers and clients are told in their configuration or code. Each stands
// in a place that In names: nginx in a server block, Apache in a virtual host,
// HAProxy behind the address on a bind line, Node.js among the options, Go
// within a tls.Config. A test has each program itself check its own.
var (
	demandCertificate = Steps{
		Edit("nginx", "ssl_client_certificate <client-ca.pem>;\nssl_verify_client on;"),
		Edit("HAProxy bind", "ca-file <client-ca.pem> verify required"),
		Edit("Apache", "SSLCACertificateFile <client-ca.pem>\nSSLVerifyClient require"),
		Edit("Node.js", "ca: fs.readFileSync('<client-ca.pem>'),\nrequestCert: true, rejectUnauthorized: true,"),
		Edit("Go", "ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,"),
		Edit("Java", "sslServerSocket.setNeedClientAuth(true);"),
	}
	trustClientCAs = Steps{
		Edit("nginx", "ssl_client_certificate <client-ca.pem>;"),
		Edit("HAProxy bind", "ca-file <client-ca.pem> verify required"),
		Edit("Apache", "SSLCACertificateFile <client-ca.pem>"),
		Edit("Node.js", "ca: fs.readFileSync('<client-ca.pem>'),"),
		Edit("Go", "ClientCAs: pool,"),
	}
	nameClientCAs = Steps{
		Edit("nginx", "ssl_client_certificate <client-ca.pem>;"),
		Edit("HAProxy bind", "ca-file <client-ca.pem> verify required"),
		Edit("Apache", "SSLCADNRequestFile <client-ca.pem>"),
	}
	modernVersions = Steps{
		Edit("nginx", "ssl_protocols TLSv1.2 TLSv1.3;"),
		Edit("HAProxy bind", "ssl-min-ver TLSv1.2"),
		Edit("Apache", "SSLProtocol -all +TLSv1.2 +TLSv1.3"),
		Edit("Node.js", "minVersion: 'TLSv1.2',"),
		Edit("Go", "MinVersion: tls.VersionTLS12,"),
	}
	modernSuites = Steps{
		Edit("nginx", "ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;"),
		Edit("HAProxy bind", "ciphers ECDHE+AESGCM:ECDHE+CHACHA20"),
		Edit("Apache", "SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20"),
		Edit("Node.js", "ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20',"),
	}
	usualGroups = Steps{
		Edit("nginx", "ssl_ecdh_curve X25519:prime256v1;"),
		Edit("HAProxy bind", "curves X25519:P-256"),
		Edit("Apache", "SSLOpenSSLConfCmd Groups X25519:P-256"),
		Edit("Node.js", "ecdhCurve: 'X25519:P-256',"),
		Edit("Go", "CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256},"),
	}
	offerHTTP2 = Steps{
		Edit("nginx", "listen <port> ssl http2; # from 1.25.1 on: http2 on;"),
		Edit("HAProxy bind", "alpn h2,http/1.1"),
		Edit("Apache", "Protocols h2 http/1.1"),
		Edit("Node.js", "ALPNProtocols: ['h2', 'http/1.1'],"),
		Edit("Go", `NextProtos: []string{"h2", "http/1.1"},`),
	}
	deeperChains = Steps{
		Edit("nginx", "ssl_verify_depth 3;"),
		Edit("Apache", "SSLVerifyDepth 3"),
	}
	inFirstHandshake = Steps{
		Edit("Apache VirtualHost", "SSLVerifyClient require"),
	}
	strictNames = Steps{
		Edit("nginx default_server", "ssl_reject_handshake on;"),
		Edit("HAProxy bind", "strict-sni"),
		Edit("Apache", "SSLStrictSNIVHostCheck on"),
	}
	giveCRL = Steps{
		Edit("nginx", "ssl_crl <crl.pem>;"),
		Edit("HAProxy bind", "crl-file <crl.pem>"),
		Edit("Apache", "SSLCARevocationFile <crl.pem>\nSSLCARevocationCheck chain"),
		Edit("Node.js", "crl: fs.readFileSync('<crl.pem>'),"),
	}
	forgetSessions = Steps{
		Edit("nginx", "ssl_session_tickets off;\nssl_session_cache off;"),
		Edit("HAProxy global", "tune.ssl.cachesize 0\nssl-default-bind-options no-tls-tickets"),
		Edit("Apache", "SSLSessionTickets off"),
		Edit("Node.js", "sessionTimeout: 60,"),
		Edit("Go", "SessionTicketsDisabled: true,"),
	}
	dialogflowOnly = Steps{
		Edit("nginx", `if ($ssl_client_s_dn !~ "(^|[^\\\\],)CN=Google LLC(,|$)") { return 403; }`),
		Edit("Apache", "<Location \"/\">\n  Require expr \"%{SSL_CLIENT_S_DN_CN} == 'Google LLC'\"\n</Location>"),
	}
	dialogflowCXOnly = Steps{
		Edit("nginx", `if ($ssl_client_s_dn !~ "(^|[^\\\\],)CN=\*\.dialogflow\.com(,|$)") { return 403; }`),
		Edit("Apache", "<Location \"/\">\nRequire expr \"%{SSL_CLIENT_S_DN_CN} == '*.dialogflow.com'\"\n</Location>"),
	}
	onlyThisName = Steps{
		Edit("nginx", `if ($ssl_client_s_dn !~ "(^|[^\\\\],)CN=<name>(,|$)") { return 403; }`),
		Edit("HAProxy frontend", "http-request deny unless { ssl_c_s_dn(CN) -m str <name> }"),
		Edit("Apache", "<Location \"/\">\n  Require expr \"%{SSL_CLIENT_S_DN_CN} == '<name>'\"\n</Location>"),
	}
	sameHostAsName = Steps{
		Edit("HAProxy frontend", "http-request set-var(txn.host) req.hdr(host),field(1,:),lower\n"+
			"http-request deny deny_status 421 unless { ssl_fc_sni,lower,strcmp(txn.host) eq 0 }"),
		Edit("Apache", "SSLStrictSNIVHostCheck on"),
	}
	stapleResponses = Steps{
		Edit("nginx", "ssl_stapling on;"),
		Edit("Apache", "SSLUseStapling on"),
	}
)
