package diagnose

import "mutual/diagnose/cause"

// sourceES and sourceCX are Google's pages on Dialogflow's client certificate,
// read on 2026-11-28.
const (
	sourceES = "https://docs.cloud.google.com/dialogflow/es/docs/fulfillment-mtls"
	sourceCX = "https://docs.cloud.google.com/dialogflow/cx/docs/concept/mtls"
)

// sourcesClientAuth say when public CAs end clientAuth, read on 2026-11-28:
// Chrome's policy 1.8, Let's Encrypt, DigiCert, Google Trust Services.
var sourcesClientAuth = []string{
	"https://googlechrome.github.io/chromerootprogram/",
	"https://letsencrypt.org/2025/05/14/ending-tls-client-authentication",
	"https://knowledge.digicert.com/alerts/sunsetting-client-authentication-eku-from-digicert-public-tls-certificates",
	"https://pki.goog/faq/",
}

var rootsRules = []Rule{
	{
		Code: cause.RootsPinMismatch, Stage: PinnedRootsStage, Side: NetworkSide, Severity: Error, Basis: Proven,
		Title: "What was downloaded is not the pinned root: {root} has another key, or is missing.",
		Why: "A root is known by its public key. Another key under the same name is another CA: the source was tampered with on the way, " +
			"is a mirror that somebody edited, or is not the file it should be. Nothing was stored.",
		Fix: []string{"Download from Google itself, on another network if need be:", "  mutual roots fetch",
			"See what the source holds, without storing anything:", "  mutual roots update --from {source}"},
		Refs:  []string{"RFC 7469 §2.4", "https://pki.goog/faq/"},
		Find:  problems(RootsPinMismatch, "root"),
		Under: []Code{RootsMalformed},
	},
	{
		Code: cause.RootsDownloadMalformed, Stage: PinnedRootsStage, Side: NetworkSide, Severity: Error, Basis: Proven,
		Title: "What came is not a bundle of root certificates.",
		Why: "A page in place of the file, a download that broke off and a redirect to another host all look like success to a careless " +
			"program, which then trusts the part that it could read. mutual takes a bundle as a whole or not at all. Nothing was stored.",
		Fix: []string{"Look at what the address gives, then try again:", "  curl -fsS {source} | head",
			"  mutual roots fetch"},
		Refs: []string{"RFC 7468 §2", "RFC 9110 §8.6"},
		Find: problems(RootsMalformed, "file"),
	},
	{
		Code: cause.RootsUnknownRoot, Stage: PinnedRootsStage, Side: NetworkSide, Severity: Error, Basis: Proven,
		Title: "The download holds a root that nobody has looked at: {root}.",
		Why: "It may be Google's next root, and it may be a stranger's. A root that is trusted unseen is a door for whoever put it there, " +
			"so a new one has to be accepted by its key. Nothing was stored.",
		Fix: []string{"See what changed, and compare the key with what Google or the CA publishes:", "  mutual roots update --from {source}",
			"Then take it:", "  mutual roots update --from {source} --accept KEY"},
		Refs:  []string{"https://pki.goog/faq/"},
		Under: []Code{RootsPinMismatch},
		Find:  problems(RootsUnknownRoot, "root"),
	},
	{
		Code: cause.RootsOlderBundle, Stage: PinnedRootsStage, Side: NetworkSide, Severity: Error, Basis: Proven,
		Title: "The download is older than what the store holds.",
		Why: "Somebody who brings back an old bundle brings back roots that were dropped for a reason. A mirror that is out of date does " +
			"the same without meaning to. Nothing was stored.",
		Fix: []string{"Bring the mirror up to date, or download from Google itself:", "  mutual roots fetch",
			"If it is right that roots went, see which, and accept each:", "  mutual roots update --from {source}"},
		Refs:  []string{"https://pki.goog/faq/"},
		Under: []Code{RootsPinMismatch},
		Find:  problems(RootsOlderBundle, "root"),
	},
	{
		Code: cause.RootsStoreChanged, Stage: PinnedRootsStage, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The store of pinned roots does not hold what its lock file says: {file}.",
		Why: "roots.lock.json records the hash of each file when it was downloaded. A file that differs was changed afterwards, " +
			"by hand, by another program, or by someone who wants a root of his own to be trusted. It is not used until this is settled.",
		Fix: []string{"If nobody meant to change it, download it anew (what was accepted by --accept has to be accepted again):",
			"  mutual roots fetch --force"},
		Refs: []string{"RFC 7469 §2.4"},
		Find: problems(RootsStoreChanged, "file"),
	},
	{
		Code: cause.RootsPinnedRootExpired, Stage: PinnedRootsStage, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "A pinned root has expired: {root}.",
		Why:   "No chain that ends at an expired root is accepted. The CA will have published its successor.",
		Fix:   []string{"Fetch today's roots, and bring mutual itself up to date:", "  mutual roots update", "  mutual roots fetch"},
		Refs:  []string{"RFC 5280 §6.1.3"},
		Find:  problems(RootsExpired, "root"),
	},
	{
		Code: cause.RootsUpdateWaiting, Stage: PinnedRootsStage, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The published roots differ from those in use: {root}.",
		Why: "To pin means a locked set with reviewed updates, not a set frozen for ever. Google asks to look at its roots at least " +
			"twice a year. Nothing was changed.",
		Fix:   []string{"Compare the key with what Google or the CA publishes, then accept it:", "  mutual roots update --accept KEY"},
		Refs:  []string{"https://pki.goog/faq/"},
		Under: []Code{RootsPinMismatch, RootsOlderBundle, RootsMalformed},
		Find:  problems(RootsUpdateWaiting, "root"),
	},
	{
		Code: cause.RootsPinnedRootExpiring, Stage: PinnedRootsStage, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "A pinned root expires soon: {root}.",
		Why:   "When it ends, every chain that leads to it is refused. The CA will publish its successor before.",
		Fix:   []string{"Look at what is published:", "  mutual roots update"},
		Refs:  []string{"RFC 5280 §4.1.2.5"},
		Find:  problems(RootsExpiring, "root"),
	},
	{
		Code: cause.TrustBundleGoogleExpired, Stage: ClientCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The bundle trusts nothing of Google's but what expired: {names}.",
		Why: "Google's Dialogflow page of 2018 said to trust GIAG3 and \"Tarsier\" under GlobalSign R2. GlobalSign R2 and GIAG3 ended on " +
			"15 December 2021, and of Tarsier nothing was ever published. A webhook that still trusts only these refuses every call with " +
			"\"x509: certificate signed by unknown authority\". Today Dialogflow ES presents a certificate of SSL.com, in the name of " +
			"CN=Google LLC, and Dialogflow CX one of Google Trust Services, *.dialogflow.com.",
		Fix: []string{"Trust the root of today's certificate of ES, and check the caller's name:",
			"  mutual roots export dialogflow --out dialogflow-roots.pem",
			"For agents of CX:", "  mutual roots export dialogflow-cx --out dialogflow-cx-roots.pem",
			"Or let mutual do both, and check the name:", "  mutual serve --roots dialogflow,dialogflow-cx"},
		Refs:  []string{sourceES, sourceCX, "RFC 5280 §6.1.3"},
		Under: nil,
		Find:  findOnlyExpiredGoogle,
	},
	{
		Code: cause.DialogflowLegacyEnded, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The caller presents the certificate of {profile}, which ended on {until}.",
		Why: "Until that day Dialogflow ES fell back to the certificate of Google Trust Services (*.dialogflow.com). Since then it presents " +
			"the one of SSL.com only (CN=Google LLC). Dialogflow CX has announced no such end, and goes on presenting the old one: " +
			"as far as Google's pages tell, whoever still comes with it is an agent of CX.",
		Fix: []string{"If agents of Dialogflow CX are to come in:", "  mutual serve --roots {instead},dialogflow-cx",
			"If those of ES only, accept today's certificate and nothing else:", "  mutual serve --roots {instead}"},
		Refs: []string{sourceES, sourceCX},
		Find: findLegacyEnded,
	},
	{
		Code: cause.ClientNotTheExpectedIdentity, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The certificate has the right root and the wrong name: {name}.",
		Why: "The CA that issues Dialogflow's certificate issues client certificates to anybody, for e-mail too. The root alone therefore " +
			"says nothing about who calls: the subject has to be {want}. And as every Dialogflow customer's calls carry that same " +
			"certificate, the Bearer token of the request has to tell whose agent it is.",
		Fix: []string{"If this caller is meant to come in, it needs a certificate of your own CA:", "  mutual issue client NAME",
			"If it is not, there is nothing to do: it was refused."},
		Refs: []string{sourceES, "RFC 6125 §6.4.4"},
		Find: findStranger,
	},
	{
		Code: cause.ClientCertPublicCANoClientAuth, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The client's certificate comes from a public CA and is for servers only: such CAs end clientAuth one by one.",
		Why: "Public CAs certify web servers, and Chrome's root programme makes them leave clientAuth out. Google Trust Services stopped in " +
			"the week of 13 April 2026 and Let's Encrypt on 8 July 2026. DigiCert issues it until 1 March 2027, where asked for, and from " +
			"15 March 2027 no leaf under a root that Chrome trusts may have it. A server that asks for client certificates refuses one " +
			"without. A certificate of your own CA is what lasts.",
		Fix: []string{"Issue the client's certificate from a CA of your own, and trust that CA on the server:",
			"  mutual init --dir {dir}", "  mutual issue client client --dir {dir}"},
		Refs: append([]string{"RFC 5280 §4.2.1.12"}, sourcesClientAuth...),
		Find: findPublicWithoutClientAuth,
	},
	{
		Code: cause.TrustBundleLacksDialogflowRoot, Stage: ClientCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The bundle lacks the root of the certificate that Dialogflow ES presents.",
		Why: "Dialogflow ES presents a certificate of SSL.com, whose root is not in Google's roots.pem. Until 1 December 2026 it falls " +
			"back to the one of Google Trust Services where a webhook refuses the new one; after that day it does not, and a webhook that " +
			"trusts Google's own roots only refuses every call of ES. Dialogflow CX is another matter: its page names Google's roots, " +
			"and no end.",
		Fix: []string{"Add SSL.com Root Certification Authority RSA, and check the caller's name (CN exactly Google LLC):",
			"  mutual roots export dialogflow,dialogflow-legacy --out dialogflow-roots.pem", "With mutual's own server:",
			"  mutual serve --roots dialogflow,dialogflow-legacy",
			"If only agents of Dialogflow CX call you, ask about them alone:", "  mutual roots check <bundle.pem> --product cx"},
		Refs:  []string{sourceES, sourceCX},
		Under: []Code{cause.TrustBundleGoogleExpired},
		Find:  findLacksDialogflowRoot,
	},
	{
		Code: cause.VerifyDepthTooSmall, Stage: ClientCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server follows a chain for {depth} certificates, and Dialogflow's needs 2.",
		Why: "Between Dialogflow's certificate and the root stands an intermediate, which Dialogflow sends itself. Google asks for a depth " +
			"of at least 2. At 0 OpenSSL refuses with \"unable to get local issuer certificate\", as if the root were missing; at 1 today's " +
			"chain passes, and the next one that is longer does not. nginx and Apache take 1 where nothing is set.",
		Fix:  []string{"In nginx:", "  ssl_verify_depth 2;", "In Apache:", "  SSLVerifyDepth 2"},
		Refs: []string{sourceES, "https://nginx.org/en/docs/http/ngx_http_ssl_module.html#ssl_verify_depth"},
		Find: findSmallDepth,
	},
	{
		Code: cause.RootsWithoutIdentityCheck, Stage: ClientCertificate, Side: ServerSide, Severity: Warning, Basis: Inferred,
		Title: "Public roots are trusted for clients, and nothing is seen to check who the client is.",
		Why: "A public CA issues to anybody who asks. A server that accepts every client of such a root has a lock that any key of that " +
			"make opens. What makes it safe is a check of the name, and for Dialogflow a check of the request's Bearer token besides.",
		Fix: []string{"In nginx, beside ssl_verify_client on:", `  if ($ssl_client_s_dn !~ "(^|[^\\\\],)CN=Google LLC(,|$)") { return 403; }`,
			"In Apache:", "  Require expr %{SSL_CLIENT_S_DN_CN} == 'Google LLC'", "With mutual's own server:", "  mutual serve --roots dialogflow"},
		Refs: []string{sourceES},
		Find: findNoIdentityCheck,
	},
	{
		Code: cause.TrustBundleHoldsExpiredGoogle, Stage: TrustStore, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "The bundle still holds CAs of Google's that are dead: {names}.",
		Why: "They do no harm but to the reader, who may take them for what makes the connection work. GlobalSign R2 and what it issued " +
			"(GIAG3, GTS CA 1O1) ended on 15 December 2021; no certificate that Google uses today leads to them.",
		Fix:   []string{"Take them out, or write the bundle anew:", "  mutual roots export dialogflow --out dialogflow-roots.pem"},
		Refs:  []string{"https://pki.goog/faq/"},
		Under: []Code{cause.TrustBundleGoogleExpired},
		Find:  findHoldsExpiredGoogle,
	},
}
