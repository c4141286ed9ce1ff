package diagnose

import "mutual/diagnose/cause"

// clientCertRules are the causes that lie in the client's certificate itself,
// or in whose CA issued it.
var clientCertRules = []Rule{
	{
		Code: cause.ClientCertExpired, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The client's certificate ran out[ on {date}, {ago} ago].",
		Why: "A certificate is valid until a date that is written in it. After it every server that checks refuses the client: " +
			"OpenSSL and Go with alert 45, Java with 46, Node without a word, nginx over HTTP.",
		Fix:   Steps{renew(""), Say("If it has been renewed already, the client still uses the old file.")},
		Refs:  []string{"RFC 5280 §4.1.2.5", "RFC 8446 §6.2 (certificate_expired)"},
		Under: []Code{cause.ClockSkewLocal},
		Find:  faultsOn(ClientSide, cause.ClientCertExpired),
	},
	{
		Code: cause.ClientCertNotYetValid, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The client's certificate is not valid yet[, but from {date} on, {ahead} from now].",
		Why: "A certificate has a first moment as well as a last one. It was made for later, or by a machine whose clock is ahead. " +
			"Servers call it bad (OpenSSL) or expired (Go).",
		Fix: Steps{Say("Compare the clocks of the CA's machine and of the server:"), Run("date -u"),
			Say("If they are right, it was made for later."), renew("")},
		Refs:  []string{"RFC 5280 §4.1.2.5"},
		Under: []Code{cause.ClockSkewLocal},
		Find:  faultsOn(ClientSide, cause.ClientCertNotYetValid),
	},
	{
		Code: cause.ClientCertSelfSigned, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The client's certificate [{subject} ]is self-signed: no CA vouches for it.",
		Why: "A server accepts a client by the CA that issued its certificate. This one is signed by its own key, so the server would have to " +
			"hold this very certificate in its bundle.",
		Fix: Steps{Say("Use a certificate of a CA that the server trusts, from whoever runs it, or add this very " +
			"certificate to the server's bundle of client CAs. " +
			"In the folder of the CA, if mutual made it:"), Run("mutual issue client <name> --dir {ca_dir|folder-of-the-ca}")},
		Refs: []string{"RFC 5280 §6.1"},
		Find: faultsOn(ClientSide, cause.ClientCertSelfSigned),
	},
	{
		Code: cause.ClientEKUMissingClientAuth, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The client's certificate [{subject} ]is not made for clients[: it allows {usages} only].",
		Why: "A certificate can say what it may be used for (extended key usage). To be presented by a client it must allow clientAuth. " +
			"This is a server's certificate, or one of a public CA: those end clientAuth one by one. Some servers are their own clients " +
			"(etcd's gateway, Kafka's brokers, MongoDB's members, RabbitMQ's and Consul's nodes) and present their server certificate as a client: " +
			"where such a server refuses itself, that certificate has to allow both.",
		Fix: Steps{Say("The client needs a certificate of its own, for clients; a server that is its own client needs one with serverAuth and clientAuth."),
			another()},
		Refs:  []string{"RFC 5280 §4.2.1.12"},
		Under: []Code{cause.ClientCertPublicCANoClientAuth},
		Find:  faultsOn(ClientSide, cause.ClientEKUMissingClientAuth),
	},
	{
		Code: cause.ClientKeyUsageIncompatible, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The client's certificate [{subject} ]may not make signatures[: its key usage is {usages}].",
		Why: "A client proves with a signature that the certificate is its own, and for that the key usage must hold digitalSignature. " +
			"Java and GnuTLS refuse such a certificate; OpenSSL and Go let it pass.",
		Fix:  Steps{Say("The client needs a certificate with digitalSignature."), another()},
		Refs: []string{"RFC 5280 §4.2.1.3", "RFC 8446 §4.4.2.4"},
		Find: faultsOn(ClientSide, cause.ClientKeyUsageIncompatible),
	},
	{
		Code: cause.ClientCAUntrustedByServer, Stage: ClientCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server does not trust the CA that issued the client's certificate[: {ca}].",
		Why: "The server accepts certificates of the CAs in its bundle only, and none of them issued this one. " +
			"Either the certificate is from another CA, or the server's bundle lacks it.",
		Fix: Steps{Say("Use a certificate of a CA that the server trusts; whoever runs that CA issues it. With one that " +
			"mutual made, in that CA's folder:"),
			Run("mutual issue client <name> --dir {other_ca_dir|folder-of-that-ca}"),
			Say("Or have the server trust this CA too: it needs a bundle of client CAs that holds both, in a new file:"),
			Run("(set -C; cat <client-ca-bundle> {ca_file|certificate-of-the-ca} > <new-bundle>)")},
		Refs: []string{"RFC 8446 §4.2.4", "RFC 5280 §6.1"},
		Under: []Code{cause.ClientChainMissingIntermediate, cause.ClientCertSelfSigned, cause.IssuerNameMatchesKeyDiffers, cause.CertSignatureInvalid, cause.CertMalformed,
			cause.TrustBundleGoogleExpired, cause.TrustBundleLacksDialogflowRoot},
		Find: faultsOn(ClientSide, cause.ClientCAUntrustedByServer),
	},
}
