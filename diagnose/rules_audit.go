package diagnose

import "mutual/diagnose/cause"

// verifiesNothing is the cause that accounts for most others: a server that
// asks for certificates and takes whatever comes.
var verifiesNothing = []Code{cause.AuditAcceptsSelfSigned}

// verifySteps say how each server is told to verify client certificates.
var verifySteps = steps(Say("Verify client certificates, and take no shortcut past it: no optional_no_ca, no "+
	"crt-ignore-err, no verify callback "+
	"that always returns 1, no trust manager that throws nothing. OpenSSL: SSL_VERIFY_PEER with "+
	"SSL_VERIFY_FAIL_IF_NO_PEER_CERT."), demandCertificate)

// auditAgain is the audit again, to see that the hole is closed.
var auditAgain = Run("mutual audit {target} {trust} {identity}")

// The rules of an audit: what a server must refuse, the risk where it does
// not, and how to close the hole. They find nothing by themselves; an audit's
// tries are matched by their codes.
var auditRules = []Rule{
	{
		Code: cause.AuditAcceptsNoCertificate, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server lets in clients without any certificate.",
		Why: "Whoever reaches the port gets the same answer as the good identity: there is no mutual TLS here. Legitimate clients work either way, " +
			"so nothing else shows it.",
		Fix:  steps(Say("Demand the certificate instead of merely asking for it."), verifySteps, auditAgain),
		Refs: []string{"RFC 8446 §4.4.2.4"},
	},
	{
		Code: cause.AuditAcceptsSelfSigned, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts a certificate that nobody but its holder has signed.",
		Why: "It asks for a certificate and does not verify it. Anyone can make one, with any name in it, the good identity's too: " +
			"what the program behind it logs or allows by name is the attacker's choice.",
		Fix:  steps(verifySteps, auditAgain),
		Refs: []string{"RFC 5280 §6.1", "RFC 8446 §4.4.2.4"},
	},
	{
		Code: cause.AuditAcceptsForgedIssuer, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts a certificate that only names the right issuer: the signature is a stranger's.",
		Why:   "The server compares names and does not check the signature. Names are public, so anyone can make such a certificate.",
		Fix:   steps(Say("Verify the chain by its signatures."), verifySteps, auditAgain),
		Refs:  []string{"RFC 5280 §6.1.3"}, Under: verifiesNothing,
	},
	{
		Code: cause.AuditAcceptsStrangerCA, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts a certificate of a CA that it cannot know.",
		Why:   "The CA was made a moment ago. A server that takes its word takes anybody's.",
		Fix:   steps(verifySteps, auditAgain),
		Refs:  []string{"RFC 5280 §6.1.1"}, Under: verifiesNothing,
	},
	{
		Code: cause.AuditAcceptsWrongKey, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts the good certificate from a client that does not have its key.",
		Why: "Certificates are public: they go over the wire, and in TLS 1.2 in the clear. Only the key proves who holds one, " +
			"and this server does not check the proof (CertificateVerify).",
		Fix:  steps(Say("Update the TLS library, or take out the code that verifies certificates in its place."), auditAgain),
		Refs: []string{"RFC 8446 §4.4.3", "RFC 5246 §7.4.8"},
	},
	{
		Code: cause.AuditAcceptsLeafAsCA, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts a certificate that another client has issued.",
		Why: "A client's certificate is not that of a CA, and may issue nothing. Where the server does not check that, each client can make " +
			"certificates in any name.",
		Fix: steps(Say("Verify chains with the TLS library's own verification, which checks basicConstraints."),
			verifySteps, auditAgain),
		Refs: []string{"RFC 5280 §4.2.1.9", "RFC 5280 §6.1.4"}, Under: verifiesNothing,
	},
	{
		Code: cause.AuditAcceptsExpired, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts an expired certificate.",
		Why:   "A certificate's end is what limits a lost or copied key where revocation fails. Here it never ends.",
		Fix: steps(Say("Leave the dates to the TLS library, and see that the server's clock is right. HAProxy: take error "+
			"10 out of crt-ignore-err. "+
			"OpenSSL: do not set X509_V_FLAG_NO_CHECK_TIME."), auditAgain),
		Refs: []string{"RFC 5280 §6.1.3"}, Under: verifiesNothing,
	},
	{
		Code: cause.AuditAcceptsNotYetValid, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts a certificate that is not valid before tomorrow.",
		Why:   "Certificates made for later, to take over at a date, are in force at once; or the server's clock is wrong, and expired ones pass too.",
		Fix: steps(Say("Leave the dates to the TLS library, and see that the server's clock is right. HAProxy: take "+
			"error 9 out of crt-ignore-err."), auditAgain),
		Refs: []string{"RFC 5280 §6.1.3"}, Under: verifiesNothing,
	},
	{
		Code: cause.AuditAcceptsRevoked, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts a revoked certificate.",
		Why:   "Whoever has a stolen key stays in until the certificate expires: taking it back has no effect on this server.",
		Fix: steps(Say("Give the server the CA's revocation list, and renew it before its end. Java: "+
			"PKIXBuilderParameters.setRevocationEnabled(true). "+
			"Go reads no list by itself: compare the serial number in tls.Config.VerifyConnection."), giveCRL, auditAgain),
		Refs: []string{"RFC 5280 §6.3", "RFC 5280 §5"}, Under: verifiesNothing,
	},
	{
		Code: cause.AuditAcceptsResumedExpired, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server goes on serving a resumed session after the client's certificate has expired.",
		Why: "A session that is resumed skips the certificate: the server remembers that it was good once. As long as its tickets live (hours to days) " +
			"a client gets in whose certificate has ended, and in most servers one that was revoked too.",
		Fix: steps(Say("Keep sessions short, or switch resumption off where certificates are short-lived or revoked. "+
			"OpenSSL: SSL_OP_NO_TICKET with SSL_CTX_set_num_tickets(0), or SSL_CTX_set_timeout. Java: "+
			"SSLSessionContext.setSessionTimeout."), forgetSessions),
		Refs: []string{"RFC 8446 §4.6.1", "RFC 5246 §F.1.4"}, Under: []Code{cause.AuditAcceptsSelfSigned, cause.AuditAcceptsExpired},
	},
	{
		Code: cause.AuditAcceptsServerCertificate, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts a certificate as a client's that is for servers only.",
		Why: "Each web server that this CA has given a certificate can act as a client. The extended key usage serverAuth alone rules that out, " +
			"and is not looked at.",
		Fix: steps(Say("Verify for the purpose of a TLS client. OpenSSL: X509_PURPOSE_SSL_CLIENT (-purpose sslclient). "+
			"Go: x509.VerifyOptions.KeyUsages ExtKeyUsageClientAuth. HAProxy: take error 26 out of crt-ignore-err."),
			auditAgain),
		Refs: []string{"RFC 5280 §4.2.1.12"}, Under: verifiesNothing,
	},
	{
		Code: cause.AuditAcceptsNoEKU, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts a certificate that does not say that it is a client's (no extended key usage).",
		Why: "The standard takes such a certificate as good for every purpose, and nearly all servers do. You have asked (--require-eku) " +
			"that it be refused: certificates that the CA has issued for something else get in.",
		Fix: steps(Say("Demand clientAuth in the program: in Go by tls.Config.VerifyConnection, in Java by a trust "+
			"manager of your own. "+
			"Or have a CA for clients alone."), auditAgain),
		Refs: []string{"RFC 5280 §4.2.1.12"}, Under: verifiesNothing,
	},
	{
		Code: cause.AuditAcceptsCAAsLeaf, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts a CA's certificate as a client's own.",
		Why: "The certificate's key is for signing certificates alone (keyUsage without digitalSignature), and TLS does not allow it in a handshake. " +
			"The risk is small: who has a CA's key can issue himself a better one. It shows that the server does not look at " +
			"keyUsage.",
		Fix: Steps{Say("Go does not check the keyUsage of a client's leaf: in tls.Config.VerifyConnection refuse a leaf " +
			"with IsCA, or without KeyUsageDigitalSignature. " +
			"Or exempt it: --allow ca-as-leaf")},
		Refs: []string{"RFC 8446 §4.4.2.2", "RFC 5280 §4.2.1.3"}, Under: verifiesNothing,
	},
	{
		Code: cause.AuditAcceptsPathTooLong, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts a chain that is longer than a CA in it allows.",
		Why:   "A CA that may issue certificates for clients only (pathLenConstraint) has made a further CA, and the server goes along.",
		Fix:   steps(Say("Verify chains with the TLS library's own verification."), verifySteps, auditAgain),
		Refs:  []string{"RFC 5280 §4.2.1.9", "RFC 5280 §6.1.4"}, Under: verifiesNothing,
	},
	{
		Code: cause.AuditAcceptsNameConstraints, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts a name that the issuing CA may not certify.",
		Why:   "The CA is confined to certain names (nameConstraints), and has issued another. A CA of one department can make identities of all others.",
		Fix:   steps(Say("Verify chains with the TLS library's own verification."), verifySteps, auditAgain),
		Refs:  []string{"RFC 5280 §4.2.1.10"}, Under: verifiesNothing,
	},
	{
		Code: cause.AuditAcceptsUnknownCritical, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts a certificate with a critical extension that it cannot know.",
		Why:   "Critical means: refuse the certificate rather than overlook this. A limit that the CA has put there has no effect.",
		Fix: steps(Say("OpenSSL: do not set X509_V_FLAG_IGNORE_CRITICAL. HAProxy: take error 34 out of crt-ignore-err."),
			auditAgain),
		Refs: []string{"RFC 5280 §4.2"}, Under: verifiesNothing,
	},
	{
		Code: cause.AuditAcceptsSHA1, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts a certificate signed with SHA-1.",
		Why: "Two certificates of one SHA-1 hash can be made since 2017. That helps an attacker only where the CA still signs with SHA-1, " +
			"so the risk is small where your CA does not.",
		Fix: Steps{Say("OpenSSL and what is built on it: security level 1 or more (@SECLEVEL=1). Java: add SHA1 to " +
			"jdk.certpath.disabledAlgorithms in java.security. " +
			"Or exempt it: --allow sha1")},
		Refs: []string{"RFC 9155", "RFC 8446 §4.2.3"}, Under: verifiesNothing,
	},
	{
		Code: cause.AuditAcceptsRSA1024, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts a certificate with an RSA key of 1024 bits.",
		Why: "Such keys are within reach of a well-equipped attacker, and forbidden for years. The risk is small where your CA issues none: " +
			"see that it does not.",
		Fix: Steps{Say("OpenSSL and what is built on it: security level 2 (ssl_ciphers ...@SECLEVEL=2). Java: RSA keySize " +
			"< 2048 in jdk.certpath.disabledAlgorithms in java.security. " +
			"Go: compare the key's size in tls.Config.VerifyConnection. Or exempt it: --allow rsa-1024")},
		Refs: []string{"NIST SP 800-131A Rev. 2 §3", "CA/Browser Forum BR §6.1.5"}, Under: verifiesNothing,
	},
	{
		Code: cause.AuditAcceptsOtherIdentity, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server accepts an identity that you say is not authorised[: {what}].",
		Why: "Its certificate is valid, so TLS lets it in, and nothing behind TLS asks who it is. Each certificate of each CA in the server's " +
			"bundle is as good as the right one.",
		Fix: steps(Say("Narrow the bundle of client CAs to the one that issues your clients, and check the name behind "+
			"TLS (mutual serve: --allow-cn)."), onlyThisName, auditAgain),
		Refs: []string{"RFC 8446 §4.4.2.4"}, Under: verifiesNothing,
	},
	{
		Code: cause.AuditAcceptsOtherCA, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server says that it accepts clients of CAs that are not in your bundle.",
		Why: "When it asks for a certificate it names the CAs that it accepts. Some of them are not in the file given with --client-ca: " +
			"whoever has a certificate of theirs gets in.",
		Fix: Steps{Say("Take them out of the server's bundle of client CAs, or, if they belong there, add them to the " +
			"file given with --client-ca.")},
		Refs: []string{"RFC 8446 §4.2.4"},
	},
	{
		Code: cause.AuditAcceptsOldTLS, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server still speaks a TLS version that must not be used[: {what}].",
		Why:   "TLS 1.0 and 1.1 rest on MD5 and SHA-1, and send the client's certificate in the clear. An attacker in between can look for a way to push both sides down to them.",
		Fix:   steps(Say("Raise the server's minimum:"), modernVersions, auditAgain),
		Refs:  []string{"RFC 8996"},
	},
	{
		Code: cause.AuditAcceptsOpenPath, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "A path of the server is open to clients without a certificate[: {what}].",
		Why:   "The certificate is demanded for some paths only. What else lies below the open one is open too, and a proxy that rewrites paths may lead from there to the rest.",
		Fix: steps(Say("Demand the certificate for the whole server, not by an if in a location or within <Location>. "+
			"If the path is meant to be open: --allow open-path."), demandCertificate, auditAgain),
		Refs: []string{"RFC 8446 §4.4.2.4"}, Under: []Code{cause.AuditAcceptsNoCertificate},
	},
	{
		Code: cause.AuditAcceptsNoSNI, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "A client that names no server in TLS gets in without a certificate.",
		Why:   "Without a name (SNI) the server takes its default virtual host, which asks for no certificate, and then serves what was asked for in the Host header.",
		Fix: steps(Say("Demand the certificate in the default virtual host too, or refuse unknown names:"),
			strictNames, auditAgain),
		Refs: []string{"RFC 6066 §3"}, Under: []Code{cause.AuditAcceptsNoCertificate},
	},
	{
		Code: cause.AuditAcceptsOtherName, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "A virtual host on the same port lets in clients without a certificate[: {what}].",
		Why:   "Mutual TLS is per virtual host. What this one serves, and what it passes on to the programs behind it, is open to anybody who reaches the port.",
		Fix: steps(Say("Demand the certificate in each virtual host of the port, or move the open one to a port of its own. "+
			"If it is meant to be open: --allow other-name."), auditAgain),
		Refs: []string{"RFC 6066 §3"}, Under: []Code{cause.AuditAcceptsNoCertificate},
	},
	{
		Code: cause.AuditAcceptsHostMismatch, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "With one name in TLS and another in the Host header a client gets in without a certificate[: {what}].",
		Why:   "TLS is made with a virtual host that asks for no certificate; then the request is served by another that does. The check is walked around.",
		Fix: steps(Say("Refuse requests whose Host differs from the name in TLS (status 421), and check the certificate "+
			"where the request is served. "+
			"nginx does so by itself where ssl_verify_client is on."), sameHostAsName, auditAgain),
		Refs: []string{"RFC 9110 §7.4", "RFC 6066 §11.1"}, Under: []Code{cause.AuditAcceptsNoCertificate, cause.AuditAcceptsNoSNI},
	},
	{
		Code: cause.AuditAsksLate, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The server asks for the certificate only after it has received the request.",
		Why: "The first handshake lets anyone in; the certificate is asked for in a second one, on the way (renegotiation, or post-handshake authentication). " +
			"What was sent before comes from somebody unknown, HTTP/2 forbids it, and most clients cannot do it in TLS 1.3.",
		Fix: steps(Say("Ask in the first handshake: demand the certificate for the whole virtual host instead of a path "+
			"(IIS: Negotiate Client Certificate). "+
			"If a path has to be open, give the rest a name of its own."), inFirstHandshake, auditAgain),
		Refs: []string{"RFC 9113 §9.2.1", "RFC 5746", "RFC 8446 §4.6.2"},
	},
	{
		Code: cause.AuditAcceptsPlainHTTP, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByAudit,
		Title: "The same port answers plain HTTP, without TLS and without a certificate.",
		Why:   "Whoever leaves out TLS gets the answer, and everyone on the way can read it.",
		Fix: steps(Say("Serve TLS only on this port. nginx: ssl on each listen of the port. Node: https.createServer alone. "+
			"A proxy that passes on both by the first byte: forward TLS only."), auditAgain),
		Refs: []string{"RFC 9110 §4.2.2"},
	},
	{
		Code: cause.AuditTrustUnseen, Stage: Audited, Side: ServerSide, Severity: Note, Basis: Proven,
		Title: "The server names no CAs when it asks for a certificate: whom else it trusts was not seen.",
		Why: "It may trust your CA alone, or every public CA of the system's trust store: both look the same here, for no try has a certificate " +
			"of a public CA. Where the store is the system's, anyone lets in himself with a certificate that he has bought, " +
			"or been given for " +
			"a host name of his own.",
		Fix: Steps{Say("See that the server's CA file holds your CA alone, and that no default store is used beside it " +
			"(Java's cacerts, " +
			"OpenSSL's default paths, x509.SystemCertPool)."),
			Say("If you have a certificate of a public CA, with its key, try it:"),
			Run("mutual audit {target} {trust} {identity} --other-identity <public-cert.pem>,<its-key.pem>")},
		Refs:  []string{"RFC 8446 §4.2.4", "RFC 5246 §7.4.4"},
		Under: []Code{cause.AuditAcceptsNoCertificate, cause.AuditAcceptsSelfSigned, cause.AuditAcceptsStrangerCA},
		Find: func(f *Examination) []Match {
			if f.Audit == nil || f.ClientAuth == nil || !f.ClientAuth.Requested || len(f.ClientAuth.AcceptableCAs) > 0 {
				return nil
			}
			return []Match{{Evidence: []Evidence{{"client_auth.acceptable_cas", "none", "the names of your CAs alone"}}}}
		},
	},
}
