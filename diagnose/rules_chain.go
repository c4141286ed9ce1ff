package diagnose

import (
	"fmt"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

var chainRules = []Rule{
	{
		Code: cause.CertMalformed, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "A certificate of the {party|peer}'s chain cannot be parsed[: {reason}].",
		Why: "The bytes are not a certificate as the standard wants it: damaged on the way, cut off, or made by a program that gets the " +
			"format wrong. Strict TLS libraries refuse the whole chain for it.",
		Fix: Steps{Say("Get the file again from where it came, or have the certificate issued again. What is there:"),
			Run("openssl asn1parse -in {own_file|certificate}")},
		Refs: []string{"RFC 5280 §4.1"},
		Find: malformed,
	},
	{
		Code: cause.CertKeyTypeUnsupported, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The {party|peer}'s chain has a key or signature of a kind that not all TLS programs support[: {key}].",
		Why: "RSA up to 8192 bits, ECDSA on P-256, P-384 or P-521, and Ed25519 are what programs agree on. DSA, Ed448, brainpool curves, curves " +
			"with explicit parameters, RSASSA-PSS keys and post-quantum keys work with few of them.",
		Fix:  Steps{Say("It needs a certificate for another kind of key."), renew("--key-type p256")},
		Refs: []string{"RFC 8446 §4.2.3", "RFC 5480 §2.1.1"},
		Find: faults(cause.CertKeyTypeUnsupported),
	},
	{
		Code: cause.CertSignatureInvalid, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The signature of {subject|a certificate} does not fit: the certificate was changed, or it is forged.",
		Why: "The certificate names the very key of its CA[, {issuer}], and that key did not make this signature. Somebody or something has " +
			"changed the certificate after it was issued.",
		Fix: Steps{Say("Put the certificate into place again as the CA issued it. Its fingerprint, to compare:"),
			Run("openssl x509 -in {own_file|certificate} -noout -fingerprint -sha256")},
		Refs: []string{"RFC 5280 §6.1.3"},
		Find: faults(cause.CertSignatureInvalid),
	},
	{
		Code: cause.IssuerNameMatchesKeyDiffers, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: `"signed by unknown authority": there is a CA named {issuer|as the issuer}, but another key of that name signed {subject|the certificate}.`,
		Why: "Two CAs bear the same name. That happens when a CA is made anew (a script run twice, a cluster set up again): the old certificates " +
			"were signed by the old key, and the trust store holds the new one, or the other way round. Programs only say " +
			"that the authority is unknown.",
		Fix: Steps{Say("Find out which CA is the current one. Then trust the certificate of the other, " +
			"or have {subject|the certificate} issued anew by the " +
			"one that you have. The CA's key identifier, to compare with the certificate's authority key identifier:"),
			Run("openssl x509 -in {cacert_file|ca-certificate} -noout -ext subjectKeyIdentifier"),
			Run("openssl x509 -in {leaf_file|certificate} -noout -ext authorityKeyIdentifier")},
		Refs: []string{"RFC 5280 §4.2.1.1", "RFC 5280 §4.2.1.2"},
		Find: faults(cause.IssuerNameMatchesKeyDiffers),
	},
	{
		Code: cause.ChainBrokenLink, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The {party|peer} sends {stray|a certificate} after {subject|one} that another CA has issued[: {issuer}].",
		Why: "Each certificate of a chain must be issued by the one after it. Here a certificate follows that has nothing to do with the one " +
			"before it, often the old intermediate after the certificate was renewed by another one. Or the two names look " +
			"the same and differ in their " +
			"encoding, which some verifiers do not put up with.",
		Fix: Steps{Say("In the {party|peer}'s certificate file the intermediate that issued the certificate has to follow " +
			"it, in place of the wrong one. " +
			"A new file that holds both:"), Run("(set -C; cat <leaf-certificate> <its-intermediate> > <new-chain-file>)")},
		Refs: []string{"RFC 5246 §7.4.2", "RFC 8446 §4.4.2"},
		Find: chainBrokenLink,
	},
	{
		Code: cause.ServerChainMissingIntermediate, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: `"signed by unknown authority": the server leaves out its intermediate certificate[ {intermediate}].`,
		Why: "The client trusts a root, and the root has not signed the server's certificate itself: an intermediate CA stands between them. The " +
			"server has to send it along. Browsers often hide the fault, because they remember or fetch intermediates; " +
			"programs do not.",
		Fix: Steps{Say("On the server, write certificate and intermediate into a new file, and have the server use that " +
			"one:"),
			Run("(set -C; cat {leaf|server-certificate} {file|intermediate-certificate} > {leaf+-fullchain.pem})")},
		Refs:  []string{"RFC 8446 §4.4.2", "RFC 5246 §7.4.2"},
		Under: []Code{cause.ChainBrokenLink, cause.IssuerNameMatchesKeyDiffers, cause.SNIDefaultCertServed, cause.TLSInspected},
		Find:  missingIntermediate(ServerSide, cause.ServerChainMissingIntermediate),
	},
	{
		Code: cause.ClientChainMissingIntermediate, Stage: Chain, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: `"signed by unknown authority", says the server: the client leaves out its intermediate certificate[ {intermediate}].`,
		Why: "The server trusts a root, and an intermediate CA between that root and the client's certificate has issued it. The client has to " +
			"send the intermediate along, and its certificate file holds the leaf only.",
		Fix: Steps{Say("Write the client's certificate and the intermediate into a new file, and give that one:"),
			Run("(set -C; cat {cert_file} {file|intermediate-certificate} > {cert_file+-fullchain.pem})"),
			Run("mutual probe {target} {trust} --cert {cert_file+-fullchain.pem} --key {key_file}")},
		Refs:  []string{"RFC 8446 §4.4.2", "RFC 5246 §7.4.6"},
		Under: []Code{cause.ChainBrokenLink, cause.IssuerNameMatchesKeyDiffers},
		Find:  missingIntermediate(ClientSide, cause.ClientChainMissingIntermediate),
	},
	{
		Code: cause.IssuerCertExpired, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The CA certificate [{subject} ]in the {party|peer}'s chain ran out[ on {date}, {ago} ago].",
		Why: "The chain is only as good as its shortest-lived certificate. The leaf is a matter of its own; here a CA above it is out of date. " +
			"Most programs say \"certificate has expired\" and do not say which.",
		Fix: Steps{Say("Get the CA's current certificate (mostly the same key, with new dates) and put it into the " +
			"{party|peer}'s certificate file in place of the old one. " +
			"If the CA was renewed with a new key, have the leaf issued again.")},
		Refs:  []string{"RFC 5280 §6.1.3"},
		Under: []Code{cause.ClockSkewLocal},
		Find:  faults(cause.IssuerCertExpired),
	},
	{
		Code: cause.IssuerCertNotYetValid, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The CA certificate [{subject} ]in the {party|peer}'s chain is not valid yet[, but from {date} on].",
		Why:   "A CA above the leaf starts to be valid only later, or the clock of this machine or of the CA is wrong.",
		Fix: Steps{Say("Compare the clocks:"), Run("date -u"),
			Say("If they are right, have the CA certificate issued with a first day that is past.")},
		Refs:  []string{"RFC 5280 §6.1.3"},
		Under: []Code{cause.ClockSkewLocal},
		Find:  faults(cause.IssuerCertNotYetValid),
	},
	{
		Code: cause.IssuerNotCA, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The certificate [{subject} ]issued {issued|another}, but it is not a CA's.",
		Why: "Only a certificate that says of itself that it is a CA's (basic constraints CA:TRUE) may issue others. This one does not, so that " +
			"whatever it signs is refused: otherwise anybody who holds a certificate could make more.",
		Fix: Steps{Say("Have {issued|that one} issued by a real CA. To make one, in a new folder:"),
			Run("mutual init --dir <new-folder>")},
		Refs: []string{"RFC 5280 §4.2.1.9"},
		Find: faults(cause.IssuerNotCA),
	},
	{
		Code: cause.IssuerKeyUsageNoCertSign, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The CA [{subject} ]may not sign certificates: its key usage lacks keyCertSign.",
		Why: "A CA certificate that states key usages must have keyCertSign among them. Without it verifiers refuse what it issued[, here " +
			"{issued}], and many say \"unknown authority\".",
		Fix: Steps{Say("Have the CA certificate issued anew with keyCertSign and cRLSign; the CA's key can stay, and so " +
			"can what it issued.")},
		Refs:  []string{"RFC 5280 §4.2.1.3"},
		Under: []Code{cause.IssuerNotCA, cause.TrustAnchorRejected},
		Find:  faults(cause.IssuerKeyUsageNoCertSign),
	},
	{
		Code: cause.IssuerEKUExcludesPurpose, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The CA [{subject} ]may not issue for {purpose|this purpose}[: it is limited to {usages}].",
		Why: "An extended key usage in a CA certificate limits what everything below may be used for. The {party|peer}'s certificate needs " +
			"{purpose|another use}, and the CA above it does not pass that on.",
		Fix: Steps{Say("Issue the certificate from another CA, or have the CA certificate issued anew without the limit, " +
			"or with {purpose|that purpose} in it.")},
		Refs: []string{"RFC 5280 §4.2.1.12"},
		Find: faults(cause.IssuerEKUExcludesPurpose),
	},
	{
		Code: cause.PathLengthExceeded, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The CA [{subject} ]allows {limit|only so many} CAs below it, and the chain has {between|more}.",
		Why:   "A CA certificate may limit how many further CAs may follow below it (path length). This chain has more, and is refused.",
		Fix: Steps{Say("Issue the leaf from {subject|that CA} itself, or have the upper CA certificate issued anew with " +
			"a greater path length.")},
		Refs: []string{"RFC 5280 §4.2.1.9"},
		Find: faults(cause.PathLengthExceeded),
	},
	{
		Code: cause.NameConstraintViolation, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The CA [{ca} ]may not issue for {offender|a name below it}[: it {constraint}].",
		Why: "A CA may be limited to certain names (name constraints). The certificate below it holds a name outside of them, and one " +
			"such name suffices for the whole certificate to be refused.",
		Fix:  Steps{Say("Issue the certificate without that name, or from a CA that may issue for it.")},
		Refs: []string{"RFC 5280 §4.2.1.10"},
		Find: faults(cause.NameConstraintViolation),
	},
	{
		Code: cause.CertUnknownCriticalExtension, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The certificate [{subject} ]has a critical extension that verifiers do not know[: {oid}].",
		Why:   "Critical means: whoever does not understand this extension must refuse the certificate. And so they do.",
		Fix:   Steps{Say("Issue the certificate without the extension, or with the extension not marked critical.")},
		Refs:  []string{"RFC 5280 §4.2"},
		Find:  faults(cause.CertUnknownCriticalExtension),
	},
	{
		Code: cause.CertSignatureAlgorithmWeak, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The certificate [{subject} ]is signed with {algorithm|an algorithm}, which is no longer accepted.",
		Why: "MD5 and SHA-1 signatures can be forged. Go refuses them and then says \"unknown authority\", OpenSSL 3 says \"CA md too weak\", Java " +
			"may still accept them.",
		Fix:  Steps{Say("It has to be signed with SHA-256."), renew("")},
		Refs: []string{"RFC 9155", "RFC 8446 §4.2.3"},
		Find: faults(cause.CertSignatureAlgorithmWeak),
	},
	{
		Code: cause.PolicyRequiredNotPresent, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The CA [{ca} ]demands a certificate policy that the chain below it does not carry.",
		Why: "A CA certificate may require that everything below it is issued under a stated policy (requireExplicitPolicy). A certificate in this " +
			"chain states none, or one that does not follow from the policies above.",
		Fix: Steps{Say("Have the certificates below {ca|it} issued with the policy that it names, or the CA certificate " +
			"without the demand.")},
		Refs: []string{"RFC 5280 §4.2.1.11", "RFC 9618"},
		Find: faults(cause.PolicyRequiredNotPresent),
	},
	{
		Code: cause.CertKeyTooWeak, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The key of {subject|a certificate} is weak[: {key}].",
		Why: "RSA keys below 2048 bits can be broken with enough effort. Go, Java and GnuTLS still accept 1024 bits; OpenSSL as Debian and Red " +
			"Hat ship it does not (\"ee key too small\", \"ca key too small\"); below 1024 bits nothing does.",
		Fix:  Steps{Say("It needs a new key, and a certificate for it."), renew("--key-type p256")},
		Refs: []string{"NIST SP 800-131A §3", "RFC 9325 §4.5"},
		Find: keyTooWeak,
	},
	{
		Code: cause.VerifiersDisagree, Stage: Chain, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "Programs do not agree on the {party|peer}'s chain: {subject|a certificate} is refused by some, and " +
			"accepted by others.",
		Why: "TLS libraries read the same standard differently. OpenSSL (curl, nginx, Apache, HAProxy, PostgreSQL, Ruby, PHP, Node, Python) " +
			"goes by names and key identifiers to find an issuer, takes the first one that fits, and tries no other; Go " +
			"tries every path, and " +
			"looks at the signatures. Python 3.13 also wants what RFC 5280 asks of certificates to the letter. A chain that " +
			"only some accept " +
			"works until another program meets it.",
		Fix: Steps{Say("Have {subject|the certificate} issued anew, so that what the proof names is as RFC 5280 wants it."),
			renew(""),
			Say("Where it is known who verifies, ask for its verdict alone, with --judge openssl, strict, go or java.")},
		Refs:  []string{"RFC 5280 §4.2.1.1", "RFC 5280 §6.1"},
		Under: []Code{cause.TrustAnchorNotSelfSigned},
		Find: func(f *Examination) []Match {
			return append(refusesByJudge(f), verifiersDisagree(f)...)
		},
	},
	{
		Code: cause.ChainUnverifiable, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The {party|peer}'s chain does not pass verification[: {reason}].",
		Why: "Go's verifier refuses the chain for a reason that mutual has no explanation of its own for. Chains with very many " +
			"certificates of the same name are one: verifiers give up after a number of attempts.",
		Fix: Steps{Say("Send nothing in the chain that the leaf does not need. The chain as a whole:"),
			Run("mutual inspect {own_file|chain-file}")},
		Refs: []string{"RFC 5280 §6.1"},
		Find: faults(cause.ChainUnverifiable),
	},
	{
		Code: cause.ChainOutOfOrder, Stage: Chain, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "The {party|peer}'s chain is out of order[: {subject} must stand right after {issued}].",
		Why: "TLS 1.2 demands that each certificate be followed by its issuer. Most programs sort the chain themselves; some devices and " +
			"older libraries do not, and refuse it.",
		Fix: Steps{Say("Write the certificates into a new file in this order: leaf, its issuer, that one's issuer, and " +
			"use that file:"),
			Run("mutual inspect {own_file|chain-file} --write-pem {own_file+-ordered.pem}"), again("-ordered.pem")},
		Refs: []string{"RFC 5246 §7.4.2", "RFC 8446 §4.4.2"},
		Find: faults(cause.ChainOutOfOrder),
	},
	{
		Code: cause.CertExpiringSoon, Stage: Chain, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "The certificate [{subject} ]in the {party|peer}'s chain runs out {when|soon}.",
		Why:   "It works today. After that day everybody who verifies it refuses.",
		Fix:   Steps{Say("Renew it in time."), renew("")},
		Refs:  []string{"RFC 5280 §4.1.2.5"},
		Find:  faults(cause.CertExpiringSoon),
	},
	{
		Code: cause.ChainIncludesRoot, Stage: Chain, Side: ServerSide, Severity: Note, Basis: Proven,
		Title: "The {party|peer} sends the root [{subject} ]along, which nobody needs.",
		Why:   "Whoever trusts the root has it already, and whoever does not will not trust it because it was sent. It only makes each handshake larger.",
		Fix:   Steps{Say("Take it out of the {party|peer}'s certificate file.")},
		Refs:  []string{"RFC 8446 §4.4.2"},
		Under: []Code{cause.ClientChainTooLarge},
		Find:  faults(cause.ChainIncludesRoot),
	},
}

// malformed takes certificates of the chains, and those that a local file
// holds in a form that never made it into a chain.
func malformed(f *Examination) []Match {
	found := faults(cause.CertMalformed)(f)
	for i, file := range f.Files {
		if file.Problem != cause.CertMalformed {
			continue
		}
		m := Match{Side: f.ownSide(), Depth: max(0, file.Block-1), Vars: map[string]string{"party": string(f.ownSide()), "reason": file.Found, "file": file.Path},
			Title:    "The file {file} holds a certificate that cannot be parsed[: {reason}].",
			Evidence: []Evidence{{fmt.Sprintf("files.%d.problem", i), file.Found, file.Want}, {fmt.Sprintf("files.%d.path", i), file.Path, ""}}}
		if !file.Fatal && oneStore(file.Role) {
			m.Severity = Warning // the rest of the bundle is there
		}
		found = append(found, m)
	}
	return found
}

// chainBrokenLink words the case in which the chain holds all the same.
func chainBrokenLink(f *Examination) []Match {
	found := faults(cause.ChainBrokenLink)(f)
	for i, m := range found {
		if m.Severity == Warning && m.Title == "" {
			found[i].Title = "The {party} sends {stray} along, which has nothing to do with its chain."
		}
	}
	return found
}

// missingIntermediate adds to the fix where the intermediate is to be had.
func missingIntermediate(side Side, code Code) func(*Examination) []Match {
	return func(f *Examination) []Match {
		found := append(faultsOn(side, code)(f), f.unbundled(side)...)
		for i, m := range found {
			if m.Vars["leaf"], _ = f.ownFile(side); m.Vars["leaf"] == "" && side == ClientSide {
				m.Vars["leaf"] = f.there(f.Given.Cert)
			}
			if m.Vars["where"] != "" && m.Vars["file"] == "" {
				found[i].Fix = Steps{
					Say("The intermediate can be had from {where} (the certificate's CA Issuers address), in DER form. Into a new " +
						"file:"),
					Run("(set -C; curl -fsS {where} | openssl x509 -inform der > {leaf+-intermediate.pem})"),
					Say("Write certificate and intermediate into another one, and have the {party} use that:"),
					Run("(set -C; cat {leaf|certificate} {leaf+-intermediate.pem} > {leaf+-fullchain.pem})"),
				}
			}
		}
		return found
	}
}

// unbundled: a file holds a leaf alone, and what issued it is an intermediate.
// Whether the file is meant to be all that is sent cannot be told from it.
func (f *Examination) unbundled(side Side) []Match {
	v := f.Chain(side)
	if f.View != SeenInFiles || v == nil || len(v.Path) == 0 || len(f.Identity) != 1 || f.Trust != nil || side == ClientSide && f.ClientTrust != nil {
		return nil
	}
	leaf := v.Path[0]
	if leaf.X509() == nil || leaf.SelfIssued() || f.Purpose == PurposeCA || f.Purpose == PurposeBundle {
		return nil
	}
	name := leaf.Issuer
	switch {
	case len(v.Path) > 1 && !v.Path[1].SelfIssued():
	case len(v.Path) == 1 && chain.SaysIntermediate(leaf.X509().Issuer.CommonName) && !chain.SaysRoot(leaf.X509().Issuer.CommonName):
	default:
		return nil
	}
	title := "{leaf} holds no intermediate, and the intermediate {intermediate} issued its certificate."
	if leaf.File == "" {
		title = "The {party} sends its certificate alone, and the intermediate {intermediate} issued it."
	}
	return []Match{{Side: side, Severity: Warning, Basis: Inferred, Depth: 1,
		Title:    title,
		Vars:     map[string]string{"party": string(side), "intermediate": name, "where": chain.CAIssuers(leaf)},
		Evidence: []Evidence{{"identity.0.issuer", leaf.Issuer, "in the same file"}},
		Settle:   "What the file is for: where a program sends it as it is, the intermediate is missing."}}
}

// keyTooWeak: whether a weak key breaks the connection is for the peer to say.
// Where the server refused the client, and nothing else is wrong with the
// client's chain, it is the likeliest cause.
func keyTooWeak(f *Examination) []Match {
	found := faults(cause.CertKeyTooWeak)(f)
	refused := f.ClientAuth != nil && f.ClientAuth.Verdict == cause.VerdictRejected && f.Chain(ClientSide).Sound()
	for i, m := range found {
		if m.Side == ClientSide && m.Severity == Warning && refused {
			found[i].Severity, found[i].Basis = Error, Inferred
			found[i].Candidates = []Code{cause.ClientCAUntrustedByServer}
			found[i].Settle = "The server's log: OpenSSL says \"ee key too small\" or \"ca key too small\"."
		}
	}
	return found
}

// ownSide is the side whose files these are.
func (f *Examination) ownSide() Side {
	switch f.View {
	case SeenByServer:
		return ServerSide
	case SeenInFiles:
		return f.filesPurpose()
	}
	return ClientSide
}

// oneStore reports a file of which each certificate stands for itself.
func oneStore(role string) bool { return role == "trust store" || role == "client CA" }
