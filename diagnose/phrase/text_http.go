package phrase

import "mutual/diagnose/cause"

var traefikTexts = table{stack: "Traefik", texts: []text{
	{text: "500 Internal Server Error … x509: certificate", cause: chainFault, how: nearTLS, by: client},
	{text: "strict SNI enabled - No certificate found for domain", cause: unknownSNI, by: server},
	{text: "no certificate found for domain", cause: unknownSNI, how: nearTLS, by: server},
	{text: "Error while creating certificate store", cause: ownCertTrouble, how: nearTLS},
	{text: "unable to append certificate … to RootCAs", cause: noStore, how: nearTLS},
	{text: "invalid clientAuthType", cause: noClientCAs},
	{text: "invalid certificate(s) content", cause: noStore, how: nearTLS},
}}

var caddyTexts = table{stack: "Caddy", texts: []text{
	{text: "no certificate available for", cause: unknownSNI, by: server},
	{text: "no matching certificates and no custom selection logic", cause: unknownSNI, by: server},
	{text: "client certificate is not authorized", cause: notAuthorised, by: server},
	{text: "strict host matching: TLS ServerName (…) and HTTP Host (…) values differ", cause: misdirected, by: server},
	{text: "reading roots from …: no", cause: noStore, how: nearTLS},
}}

var meshTexts = table{stack: "service mesh", texts: []text{
	{text: "identity … not verified … TLS", cause: notAuthorised, how: nearTLS},
	{text: "RBAC: access denied", cause: notAuthorised, by: server},
	{text: "unauthorized … meshTLS", cause: notAuthorised, how: nearTLS},
	{text: "filter_chain_not_found", cause: tlsDemanded, codes: likely{cause.TLSRequiredByServer, cause.ALPNNoOverlap, cause.SNIUnrecognized}, by: server},
	{text: "invalid or unsupported client certificate", cause: badClientCert, by: server},
	{text: "failed to match all constraints for this login certificate", cause: notAuthorised, by: server},
	{text: "client certificate must be supplied", cause: noClientCert, by: server},
	{text: "no chain matching all constraints could be found for this login certificate", cause: notAuthorised, by: server},
	{text: "missing client token … certificate", cause: noClientCert, how: nearTLS},
	{text: "peer did not present a certificate", cause: noClientCert, by: server},
}}

var squidTexts = table{stack: "Squid or F5", texts: []text{
	{text: "SQUID_X509_V_ERR_DOMAIN_MISMATCH", cause: wrongName, by: client},
	{text: "SQUID_ERR_SSL_HANDSHAKE", cause: handshakeFailed, by: client},
	{text: "SQUID_TLS_ERR_ACCEPT", cause: handshakeFailed, by: server},
	{text: "SQUID_TLS_ERR_CONNECT", cause: handshakeFailed, by: client},
	{text: "Error negotiating SSL connection on FD", cause: handshakeFailed, by: server},
	{text: "Connection error: ssl_null_parse", cause: plainHTTP, codes: likely{cause.NotTLSOtherProtocol, cause.HTTPSentToTLSPort}, by: server},
	{text: "Connection error: ssl_hs_rxcert:…: alert(46) certificate unknown error", cause: badClientCert, by: server},
	{text: "ssl_hs_rxhello", cause: noVersionOrCipher, by: server},
	{text: "SSL Handshake failed for TCP", cause: handshakeFailed, by: server},
}}

var ingressTexts = table{stack: "ingress-nginx", texts: []text{
	{text: "Error obtaining X.509 certificate: … not valid for", cause: wrongName, how: nearTLS},
	{text: "SSL certificate \"…\" does not contain a Common Name or Subject Alternative Name for server", cause: wrongName, by: server},
	{text: "Using default certificate", cause: defaultCert, how: clause, by: server},
	{text: "no object matching key … in local store … auth-tls", cause: noClientCAs, how: nearTLS},
}}

// httpTexts are answers that refuse over HTTP what TLS let pass.
var httpTexts = table{stack: "HTTP", texts: []text{
	{text: "421 Misdirected Request", cause: misdirected},
	{text: "HTTP/2 421", cause: misdirected},
	{text: "495 SSL Certificate Error", cause: badClientCertHTTP},
	{text: "496 SSL Certificate Required", cause: noClientCert},
	{text: "497 HTTP Request Sent to HTTPS Port", cause: plainHTTP},
	{text: "525: SSL handshake failed", cause: handshakeFailed, codes: likely{cause.TLSVersionNoOverlap, cause.CipherNoOverlap, cause.SNIUnrecognized, cause.ClientCertMissing}},
	{text: "Error 525", cause: handshakeFailed, codes: likely{cause.TLSVersionNoOverlap, cause.CipherNoOverlap, cause.SNIUnrecognized, cause.ClientCertMissing}},
	{text: "error code: 525", cause: handshakeFailed, codes: likely{cause.TLSVersionNoOverlap, cause.CipherNoOverlap, cause.SNIUnrecognized, cause.ClientCertMissing}},
	{text: "526: Invalid SSL certificate", cause: chainFault, codes: likely{cause.ServerCertExpired, cause.ServerCAUntrusted, cause.ServerNameMismatch, cause.ServerCertSelfSigned}},
	{text: "Error 526", cause: chainFault, codes: likely{cause.ServerCertExpired, cause.ServerCAUntrusted, cause.ServerNameMismatch, cause.ServerCertSelfSigned}},
	{text: "error code: 526", cause: chainFault, codes: likely{cause.ServerCertExpired, cause.ServerCAUntrusted, cause.ServerNameMismatch, cause.ServerCertSelfSigned}},
	{text: "Invalid SSL certificate", cause: chainFault, how: clause},
}}

var gatewayTexts = table{stack: "HTTP gateway", texts: []text{
	{text: "API Shield … client certificate", cause: badClientCertHTTP, how: nearTLS},
	{text: "No required SSL certificate was sent", cause: noClientCert},
	{text: "Client certificate authentication failed", cause: badClientCertHTTP},
	{text: "Web sites client certificate required", cause: noClientCert, how: nearTLS},
	{text: "BackendServerCertificateExpired", cause: expired, by: client},
	{text: "The root certificate of the server certificate used by the backend doesn't match", cause: selfSignedRoot, by: client},
	{text: "The Common Name of the leaf certificate presented by the backend server does not match the Probe", cause: wrongName, by: client},
	{text: "invalid client certificate", cause: badClientCert, by: server},
	{text: "client certificate is required", cause: noClientCert},
	{text: "client certificate required", cause: noClientCert},
	{text: "mutual TLS … required", cause: noClientCert, how: nearTLS},
	{text: "Client certificate not provided", cause: noClientCert},
	{text: "client certificate verification failed", cause: badClientCert, by: server},
	{text: "client certificate validation failed", cause: badClientCert, by: server},
	{text: "client certificate is not trusted", cause: clientUntrusted, by: server},
	{text: "client certificate not trusted", cause: clientUntrusted, by: server},
	{text: "client certificate has expired", cause: clientCertExpiredHTTP, by: server},
	{text: "client certificate expired", cause: clientCertExpiredHTTP, by: server},
	{text: "client certificate has been revoked", cause: clientCertRevokedHTTP, by: server},
	{text: "client certificate revoked", cause: clientCertRevokedHTTP, by: server},
	{text: "407 Proxy Authentication Required", cause: proxyRefused},
	{text: "Proxy Authentication Required", cause: proxyRefused, how: clause},
	{text: "Unable to connect to proxy", cause: proxyRefused},
	{text: "Tunnel connection failed: 407", cause: proxyRefused},
	{text: "Tunnel connection failed: 403", cause: proxyRefused},
	{text: "Tunnel connection failed", cause: proxyRefused},
	{text: "Cannot connect to proxy", cause: proxyRefused},
	{text: "An HTTP line is larger than … \\x16\\x03", cause: notTLS, how: nearTLS},
	{text: "Bad request version ('\\x", cause: notTLS, codes: likely{cause.NotTLSHTTP}, by: client},
	{text: "Invalid method encountered: … \\x16\\x03", cause: notTLS, codes: likely{cause.NotTLSHTTP}, by: client},
	{text: "\"\\x16\\x03\\x01", cause: notTLS, codes: likely{cause.NotTLSHTTP}, by: client},
}}

var iisTexts = table{stack: "IIS", by: server, texts: []text{
	{text: "403.4 - Forbidden", cause: tlsDemanded},
	{text: "403.5", cause: noCipher, how: nearTLS},
	{text: "403.7", cause: noClientCert, how: nearTLS},
	{text: "HTTP Error 403.4", cause: tlsDemanded},
	{text: "HTTP Error 403.5", cause: noCipher},
	{text: "HTTP Error 403.7", cause: noClientCert},
	{text: "HTTP Error 403.12", cause: notAuthorised},
	{text: "HTTP Error 403.13", cause: clientCertRevokedHTTP},
	{text: "HTTP Error 403.16", cause: clientUntrusted},
	{text: "HTTP Error 403.17", cause: clientCertExpiredHTTP},
	{text: "403.7 Client certificate required", cause: noClientCert},
	{text: "Forbidden: Client certificate required", cause: noClientCert},
	{text: "The page you are attempting to access requires your browser to have a Secure Sockets Layer (SSL) client certificate", cause: noClientCert},
	{text: "403.13 - Client certificate revoked", cause: clientCertRevokedHTTP},
	{text: "403.13", cause: clientCertRevokedHTTP, how: nearTLS},
	{text: "Your client certificate was revoked, or the revocation status could not be determined", cause: clientCertRevokedHTTP},
	{text: "403.16 - Client certificate is untrusted or invalid", cause: clientUntrusted},
	{text: "403.16", cause: clientUntrusted, how: nearTLS},
	{text: "Your client certificate is either not trusted or is invalid", cause: clientUntrusted},
	{text: "403.17 - Client certificate has expired or is not yet valid", cause: clientCertExpiredHTTP},
	{text: "403.17", cause: clientCertExpiredHTTP, how: nearTLS},
	{text: "Your client certificate has expired or is not yet valid", cause: clientCertExpiredHTTP},
	{text: "The page you are trying to access is secured with Secure Sockets Layer (SSL)", cause: tlsDemanded},
	{text: "SSL client certificate … 403 7 64", cause: noClientCert, how: nearTLS},
}}
