package diagnose

import (
	"fmt"
	"strings"

	"mutual/diagnose/cause"
)

var trustRules = []Rule{
	{
		Code: cause.TrustStoreUnloadable, Stage: TrustStore, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The trust store {store|given} holds no certificate that can be read.",
		Why: "The client judges the server by the CA certificates in this file. Where none can be read, nothing is trusted. Node and Go " +
			"skip what they cannot read without a word, and then report an unknown authority.",
		Fix: Steps{Say("Give a PEM file with the certificate of the server's CA (-----BEGIN CERTIFICATE-----):"),
			Run("mutual probe {target} --cacert <ca-certificate> {identity}"), Say("What the file holds:"),
			Run("mutual inspect {store}")},
		Refs:  []string{"RFC 7468 §5"},
		Under: []Code{cause.FileNotFound, cause.FileUnreadable, cause.FileEmpty, cause.PEMWrongType, cause.PEMTruncated, cause.PEMBOMHidesBlock, cause.PKCS12NotPEM},
		Find:  trustStoreUnloadable,
	},
	{
		Code: cause.TrustAnchorExpired, Stage: TrustStore, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The CA certificate [{subject} ]in the trust store ran out[ on {date}, {ago} ago].",
		Why: "The server's chain leads to a CA that is in your trust store, but its certificate is out of date. Go, OpenSSL and curl then refuse " +
			"everything that it issued.",
		Fix: Steps{Say("Get the CA's current certificate from whoever runs the CA, and trust that one[ in place of {file}]:"),
			Run("mutual probe {target} --cacert <current-ca-certificate> {identity}"),
			Say("If the CA was not renewed, it has to be made anew, in a new folder, and with it all that it has issued:"),
			Run("mutual init --dir <new-folder>")},
		Refs:  []string{"RFC 5280 §6.1.1"},
		Under: []Code{cause.ClockSkewLocal},
		Find:  faultsOn(ServerSide, cause.TrustAnchorExpired),
	},
	{
		Code: cause.TrustAnchorRejected, Stage: TrustStore, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The certificate [{subject} ]in the trust store is not a CA's, and so cannot vouch for {issued}.",
		Why: "A CA certificate says of itself that it is one (basic constraints CA:TRUE). This one does not, so verifiers do not accept what " +
			"it signed, although it is in the trust store.",
		Fix: Steps{Say("Make a CA whose certificate says so, in a new folder, and issue the others from it:"),
			Run("mutual init --dir <new-folder>")},
		Refs: []string{"RFC 5280 §4.2.1.9"},
		Find: faultsOn(ServerSide, cause.TrustAnchorRejected),
	},
	{
		Code: cause.ServerCAUntrusted, Stage: TrustStore, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: `"signed by unknown authority": {ca|the server's CA} is not in the client's trust store.`,
		Why: "The client accepts a server only if its chain ends at a CA in the trust store. The server's leads to {ca|another one}[; " +
			"the store holds {store}].",
		Fix: Steps{Say("Get the certificate of {ca|that CA} from whoever runs the server, as a PEM file, and trust it:"),
			Run("mutual probe {target} --cacert {file|ca-certificate} {identity}"),
			Say("If the server should have a certificate of a CA that is in the store already, " +
				"the server holds the wrong one.")},
		Refs: []string{"RFC 5280 §6.1", "RFC 8446 §4.4.2.4"},
		Under: []Code{cause.ServerChainMissingIntermediate, cause.ServerCertSelfSigned, cause.IssuerNameMatchesKeyDiffers, cause.CertSignatureInvalid,
			cause.ChainBrokenLink, cause.TrustStoreUnloadable, cause.TrustAnchorExpired, cause.TrustAnchorRejected, cause.PEMTruncated, cause.PEMBOMHidesBlock,
			cause.SNIDefaultCertServed, cause.ServerCertNotPublic, cause.TLSInspected},
		Find: faultsOn(ServerSide, cause.ServerCAUntrusted),
	},
	{
		Code: cause.TrustAnchorNotSelfSigned, Stage: TrustStore, Side: ClientSide, Severity: Warning, Basis: Proven,
		Title: "The trust store holds {subject|an intermediate}, and not the root above it.",
		Why: "Go, Java and curl take any CA certificate in the trust store as the end of a chain. OpenSSL's own programs and Python before 3.13 " +
			"insist on a self-signed root, and say \"unable to get issuer certificate\".",
		Fix:   Steps{Say("Put the root [{issuer} ]into the trust store instead, or beside it.")},
		Refs:  []string{"RFC 5280 §6.1.1"},
		Under: []Code{cause.DialogflowUploadNotRoot},
		Find:  trustAnchorNotSelfSigned,
	},
	{
		Code: cause.TrustStoreEnvOverride, Stage: TrustStore, Side: ClientSide, Severity: Warning, Basis: Proven,
		Title: "The trust store in use comes from the environment variable {variable|SSL_CERT_FILE}.",
		Why: "The variable replaces the system's trust store for this program. What it names does not hold the server's CA; without it, " +
			"the system's store would be asked.",
		Fix: Steps{Say("Take the variable out of the program's environment. What it names, and what happens without it:"),
			Run("printenv {variable}"),
			Run("env -u {variable} mutual probe {target} {identity}")},
		Refs: []string{"crypto/x509 SystemCertPool"},
		Find: trustStoreEnvOverride,
	},
}

// trustStoreEnvOverride gives each variable a word of its own in the commands:
// SSL_CERT_FILE and SSL_CERT_DIR may both be set.
func trustStoreEnvOverride(f *Examination) []Match {
	if f.Trust == nil || f.Trust.Env == "" || f.View != SeenByClient || !f.Chain(ServerSide).Has(cause.ServerCAUntrusted) {
		return nil
	}
	m := Match{Vars: map[string]string{"variable": f.Trust.Env}, Evidence: []Evidence{{"trust.env", f.Trust.Env, "not set"}}}
	if names := strings.Split(f.Trust.Env, ", "); len(names) > 1 {
		show, unset := "printenv", "env"
		for _, name := range names {
			show += " " + ShellWord(name)
			unset += " -u " + ShellWord(name)
		}
		m.Title = "The trust store in use comes from the environment variables " + strings.Join(names, " and ") + "."
		m.Fix = Steps{Say("Take them out of the program's environment. What they name, and what happens without them:"),
			Run(show), Run(unset + " mutual probe {target} {identity}")}
	}
	return []Match{m}
}

func trustStoreUnloadable(f *Examination) []Match {
	var found []Match
	note := func(side Side, t *Trust, at string) {
		if t == nil || t.Source != "files" || len(t.Files) == 0 || t.Count > 0 && t.Unreadable == 0 {
			return
		}
		m := Match{Side: side, Vars: map[string]string{"store": strings.Join(t.Files, " ")},
			Evidence: []Evidence{{at + ".count", fmt.Sprint(t.Count), "1 or more"}}}
		if t.Count > 0 {
			m.Severity = Warning
			m.Title = "The trust store {store} holds {unreadable} that cannot be read, and that other programs skip without a word."
			m.Vars["unreadable"] = "one part"
			if t.Unreadable > 1 {
				m.Vars["unreadable"] = fmt.Sprint(t.Unreadable, " parts")
			}
			m.Evidence = []Evidence{{at + ".unreadable", fmt.Sprint(t.Unreadable), "0"}}
		}
		found = append(found, m)
	}
	note(ClientSide, f.Trust, "trust")
	note(ServerSide, f.ClientTrust, "client_trust")
	return found
}

// trustAnchorNotSelfSigned leaves out the system's store, in which a public
// CA's cross-signed root is nothing unusual.
func trustAnchorNotSelfSigned(f *Examination) []Match {
	if f.Trust != nil && f.Trust.Source == "system" {
		return nil
	}
	return faultsOn(ServerSide, cause.TrustAnchorNotSelfSigned)(f)
}
