package diagnose

import "mutual/diagnose/cause"

var revocationRules = []Rule{
	{
		Code: cause.ServerCertRevoked, Stage: Revocation, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The certificate [{subject} ]has been revoked[ since {date}: {reason}].",
		Why: "Its CA has declared the certificate void before its time, mostly because its key was lost or stolen. " +
			"Clients that check for revocation refuse it.",
		Fix:  Steps{Say("Have the CA issue another certificate, for a new key, and put both into the server.")},
		Refs: []string{"RFC 5280 §5", "RFC 6960 §2.2"},
		Find: faultsOn(ServerSide, cause.ServerCertRevoked),
	},
	{
		Code: cause.CRLSignatureInvalid, Stage: Revocation, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The revocation list [{file} ]is not signed by {issuer|its CA}'s key.",
		Why: "The list names the CA as its issuer, but the CA's key did not make its signature: the list was damaged, or it comes from a CA " +
			"of the same name with another key. Verifiers that are given it refuse the certificate.",
		Fix: Steps{Say("Fetch the list again from the CA. Who signed this one:"),
			Run("openssl crl -in {file|crl-file} -noout -issuer -lastupdate -nextupdate")},
		Refs:  []string{"RFC 5280 §6.3.3"},
		Under: []Code{cause.IssuerNameMatchesKeyDiffers, cause.CRLIssuerInvalid},
		Find:  faults(cause.CRLSignatureInvalid),
	},
	{
		Code: cause.CRLIssuerInvalid, Stage: Revocation, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The CA [{issuer} ]has a revocation list, but may not sign one: its key usage lacks cRLSign.",
		Why: "A CA certificate says what its key may be used for. Where it states key usages and cRLSign is not among them, " +
			"verifiers do not accept the CA's revocation lists.",
		Fix:  Steps{Say("Have the CA certificate issued anew with keyCertSign and cRLSign.")},
		Refs: []string{"RFC 5280 §4.2.1.3", "RFC 5280 §6.3.3"},
		Find: faults(cause.CRLIssuerInvalid),
	},
	{
		Code: cause.CRLScopeMismatch, Stage: Revocation, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The revocation list [{file} ]does not cover {subject|the certificate}[: it holds {scope}].",
		Why: "A CA may split its revocation list, and each part says what it covers. The part at hand does not answer for this " +
			"certificate, so a verifier that insists on an answer refuses.",
		Fix:   Steps{Say("Give the list that covers it as well; the certificate's CRL distribution point names it.")},
		Refs:  []string{"RFC 5280 §5.2.4", "RFC 5280 §5.2.5"},
		Under: []Code{cause.CRLSignatureInvalid, cause.CRLIssuerInvalid},
		Find:  faults(cause.CRLScopeMismatch),
	},
	{
		Code: cause.CRLExpired, Stage: Revocation, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The revocation list of {issuer|a CA} ran out[ on {date}].",
		Why: "A revocation list says until when it may be used. OpenSSL and nginx refuse every certificate of the CA once the list is out " +
			"of date, also those that are sound.",
		Fix: Steps{Say("Put a fresh list of the CA in place of this one, and see to it that it is renewed in time. Its " +
			"dates:"),
			Run("openssl crl -in {file|crl-file} -noout -lastupdate -nextupdate")},
		Refs:  []string{"RFC 5280 §5.1.2.5"},
		Under: []Code{cause.ClockSkewLocal, cause.CRLSignatureInvalid, cause.CRLIssuerInvalid},
		Find:  faults(cause.CRLExpired),
	},
	{
		Code: cause.CRLUnavailable, Stage: Revocation, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "There is no revocation list of {issuer|a CA of the chain} among those given.",
		Why: "Where revocation lists are demanded, OpenSSL and nginx want one of each CA in the chain, and refuse the certificate where " +
			"one is missing. They say \"unable to get certificate CRL\", also where the CA itself is not trusted.",
		Fix: Steps{Say("Give the CA's list besides; the certificate's CRL distribution point, where it has one, says " +
			"where to get it. " +
			"All lists in one new file:"), Run("(set -C; cat <crl-file> <list-of-the-ca> > <new-crl-file>)")},
		Refs:  []string{"RFC 5280 §4.2.1.13", "RFC 5280 §6.3"},
		Under: []Code{cause.ServerCAUntrusted, cause.ClientCAUntrustedByServer, cause.IssuerNameMatchesKeyDiffers},
		Find:  faults(cause.CRLUnavailable),
	},
	{
		Code: cause.OCSPResponseExpired, Stage: Revocation, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "The OCSP response that the server staples ran out[ on {date}].",
		Why: "The server sends along a statement of its CA that the certificate is not revoked. The one it sends is out of date. Most " +
			"clients ignore it, those that check (curl --cert-status, Firefox) refuse.",
		Fix:   Steps{Say("Let the server reach the CA's OCSP responder, and renew the response before it runs out.")},
		Refs:  []string{"RFC 6960 §4.2.2.1", "RFC 8446 §4.4.2.1"},
		Under: []Code{cause.ClockSkewLocal},
		Find:  faultsOn(ServerSide, cause.OCSPResponseExpired),
	},
	{
		Code: cause.OCSPStapleMissing, Stage: Revocation, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "The certificate [{subject} ]demands a stapled OCSP response, and the server sends none.",
		Why: "The certificate carries the \"must staple\" extension: its CA asks clients to accept it only together with a fresh statement that " +
			"it is not revoked. Firefox and GnuTLS keep to that, most others do not look.",
		Fix: steps(Say("Turn on OCSP stapling in the server, or have the certificate issued without the extension:"),
			stapleResponses),
		Refs: []string{"RFC 7633 §4.2.3", "RFC 6066 §8"},
		Find: faultsOn(ServerSide, cause.OCSPStapleMissing),
	},
	{
		Code: cause.OCSPUnreachable, Stage: Revocation, Side: ServerSide, Severity: Warning, Basis: Proven, Found: ByOthers,
		Title: "The CA's OCSP responder cannot be reached.",
		Why: "A verifier that asks the CA on-line whether a certificate is revoked got no answer. Strict ones then refuse. " +
			"mutual asks no third party and so cannot see this itself; the verifier's log does.",
		Fix: Steps{Say("Let the machine that verifies reach the address in the certificate:"),
			Run("openssl x509 -in {cert_file} -noout -ocsp_uri")},
		Refs: []string{"RFC 6960 §2.5"},
	},
	{
		Code: cause.CTSCTsMissing, Stage: ServerCertificate, Side: ServerSide, Severity: Note, Basis: Proven, Found: ByOthers,
		Title: "The certificate carries no proof that it was logged publicly.",
		Why: "Browsers accept certificates of public CAs only with signed timestamps of Certificate Transparency logs. Certificates of a " +
			"private CA need none, and programs other than browsers do not ask.",
		Fix: Steps{Say("Nothing, for a private CA. A public CA issues certificates with timestamps by default: have it " +
			"issued anew.")},
		Refs: []string{"RFC 6962 §3.3"},
	},
}
