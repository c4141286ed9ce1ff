package diagnose

import "mutual/diagnose/cause"

var serverRules = []Rule{
	{
		Code: cause.ServerKeyMismatch, Stage: ServerCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server's private key does not belong to the certificate it sends.",
		Why: "In the handshake the server signs with its key, and the signature does not fit the certificate[ {subject}]: certificate and key " +
			"come from two different pairs, often after one of the two files was renewed and the other was not.",
		Fix: Steps{Say("On the server, put the key into place that belongs to the certificate. To compare them; both " +
			"lines must be the same:"),
			Run("openssl x509 -in <server-certificate> -noout -pubkey | openssl sha256"),
			Run("openssl pkey -in <server-key> -pubout | openssl sha256")},
		Refs: []string{"RFC 8446 §4.4.3", "RFC 5246 §7.4.3"},
		Find: serverKeyMismatch,
	},
	{
		Code: cause.ServerCertExpired, Stage: ServerCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server's certificate ran out[ on {date}, {ago} ago].",
		Why:   "A certificate is valid until a date that is written in it. After it every client refuses the server.",
		Fix: Steps{renew(""),
			Say("If it has been renewed already, the server still holds the old one: have it read its files again.")},
		Refs:  []string{"RFC 5280 §4.1.2.5"},
		Under: []Code{cause.ClockSkewLocal, cause.StaleCertLoaded},
		Find:  faultsOn(ServerSide, cause.ServerCertExpired),
	},
	{
		Code: cause.ServerCertNotYetValid, Stage: ServerCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server's certificate is not valid yet[, but from {date} on, {ahead} from now].",
		Why: "A certificate has a first moment as well as a last one. Either it was made for later, or the clock of this machine or " +
			"of the CA is wrong.",
		Fix: Steps{Say("Compare the clocks of both machines:"), Run("date -u"),
			Say("If they are right, it was made for later."), renew("")},
		Refs:  []string{"RFC 5280 §4.1.2.5"},
		Under: []Code{cause.ClockSkewLocal},
		Find:  faultsOn(ServerSide, cause.ServerCertNotYetValid),
	},
	{
		Code: cause.ServerCertSelfSigned, Stage: ServerCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server's certificate [{subject} ]is self-signed, and not in the trust store.",
		Why: "No CA vouches for the server: its certificate is signed by its own key. A client can only accept it if it was told to trust " +
			"this very certificate.",
		Fix: Steps{Say("Better: give the server a certificate of your CA (mutual issue server, in the CA's folder)."),
			Say("Or trust this very certificate, once its fingerprint was compared on the server:"),
			Run("mutual probe {target} --cacert <server-certificate> {identity}")},
		Refs:  []string{"RFC 5280 §6.1"},
		Under: []Code{cause.ServerCertNotPublic, cause.TLSInspected},
		Find:  faultsOn(ServerSide, cause.ServerCertSelfSigned),
	},
	{
		Code: cause.ServerIPSANMissing, Stage: ServerCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The client connects by address[ ({name})], and the server's certificate holds no IP address[: it is for " +
			"{names}].",
		Why: "An address is compared only with the certificate's IP addresses, never with its names. This certificate " +
			"holds no IP address at all.",
		Fix: Steps{Say("Connect by a name that the certificate holds, or say which one to expect:"),
			Run("mutual probe {target} {trust} {identity} --servername {own_name|name}"),
			Say("Or put the address into the certificate."), renew("{sans}")},
		Refs: []string{"RFC 9525 §4", "RFC 5280 §4.2.1.6"},
		Find: faultsOn(ServerSide, cause.ServerIPSANMissing),
	},
	{
		Code: cause.ServerSANMissing, Stage: ServerCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server's certificate names its host only in the common name[ ({cn})], which clients no longer read.",
		Why: "Go, browsers and gRPC look for the host among the subject alternative names only, and refuse this certificate. OpenSSL, curl, " +
			"Node and Java still fall back to the common name, so that it works with some clients and not with others.",
		Fix:  Steps{Say("It needs the name as subject alternative name."), renew("{sans}")},
		Refs: []string{"RFC 9525 §2", "RFC 5280 §4.2.1.6"},
		Find: faultsOn(ServerSide, cause.ServerSANMissing),
	},
	{
		Code: cause.ServerNameMismatch, Stage: ServerCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server's certificate is for {names}, not for {name}.",
		Why: "A client accepts a server only under a name that stands in its certificate. Either this is another server than you think, " +
			"or the certificate lacks a name, or the client uses the wrong one.",
		Fix: Steps{Say("Connect under a name that the certificate holds:"),
			Run("mutual probe {target} {trust} {identity} --servername {own_name|name}"),
			Say("Or put the name you use into the certificate."), renew("{sans}")},
		Refs:  []string{"RFC 9525 §6", "RFC 5280 §4.2.1.6"},
		Under: []Code{cause.SNIDefaultCertServed, cause.SNIMissing},
		Find:  faultsOn(ServerSide, cause.ServerNameMismatch),
	},
	{
		Code: cause.ServerEKUMissingServerAuth, Stage: ServerCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server's certificate is not made for servers[: it allows {usages} only].",
		Why: "A certificate may list what it may be used for (extended key usage). Where it does and serverAuth is not in the list, clients " +
			"refuse it for a server. Often a client's certificate was put into a server.",
		Fix:  Steps{Say("The server needs a certificate of its own, for servers."), another()},
		Refs: []string{"RFC 5280 §4.2.1.12"},
		Find: faultsOn(ServerSide, cause.ServerEKUMissingServerAuth),
	},
	{
		Code: cause.ServerKeyUsageIncompatible, Stage: ServerCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server's certificate does not allow its key to sign[: it allows {usages} only].",
		Why: "In TLS 1.3, and in TLS 1.2 with any modern cipher suite, the server signs the handshake. Where the certificate states key " +
			"usages without digitalSignature, Java, GnuTLS and Chrome refuse it; OpenSSL accepts keyEncipherment in its " +
			"place, and Go does not look.",
		Fix:  Steps{Say("The server needs a certificate with digitalSignature."), another()},
		Refs: []string{"RFC 5280 §4.2.1.3", "RFC 8446 §4.4.2.2"},
		Find: faultsOn(ServerSide, cause.ServerKeyUsageIncompatible),
	},
	{
		Code: cause.ServerCertPinMismatch, Stage: ServerCertificate, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByExpectation,
		Title: "The server's certificate or key is another one than the client has pinned.",
		Why: "The client was told which key, fingerprint or identity to expect, and the server shows another: it was renewed with a new key, " +
			"or somebody else answers.",
		Fix: Steps{Say("If the server's key was replaced on purpose, pin the new one. This prints it in the form that " +
			"curl takes:"),
			Run("openssl x509 -in <server-certificate> -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst " +
				"-sha256 -binary | base64")},
		Refs: []string{"RFC 7469 §2.4"},
	},
	{
		Code: cause.ServerCertValidityTooLong, Stage: ServerCertificate, Side: ServerSide, Severity: Note, Basis: Proven, Found: ByOthers,
		Title: "The server's certificate is valid for longer than browsers accept from a public CA.",
		Why: "Browsers refuse certificates of public CAs that are valid for more than 398 days; Apple's systems refuse more than 825 days " +
			"of a private CA too. Other programs do not look.",
		Fix:  Steps{Say("It should be valid for a shorter time."), renew("--days 397")},
		Refs: []string{"CA/Browser Forum Baseline Requirements §6.3.2"},
	},
}

// serverKeyMismatch: our own side refused the server's signature in the
// handshake, which is made with the key alone.
func serverKeyMismatch(f *Examination) []Match {
	if f.View != SeenByClient || f.base().Refused != cause.RefusedServerSignature || len(f.Chains.Server) == 0 {
		return nil
	}
	return []Match{{
		Vars: map[string]string{"subject": f.Chains.Server[0].Name()},
		Evidence: []Evidence{
			{"attempts.0.refused", "server-signature", "a signature that the certificate's key made"},
			{"chains.server.0.spki_sha256", f.Chains.Server[0].SPKISHA256, ""},
		},
	}}
}
