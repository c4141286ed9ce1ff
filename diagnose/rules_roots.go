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
		Title: "What was downloaded is not the pinned root[: {root} has another key, or is missing].",
		Why: "A root is known by its public key. Another key under the same name is another CA: the source was tampered with on the way, " +
			"is a mirror that somebody edited, or is not the file it should be. Nothing was stored.",
		Fix: Steps{Say("Download from Google itself, on another network if need be:"), Run("mutual roots fetch"),
			Say("What the source holds, without storing anything:"), Run("mutual roots update --from {source}")},
		Refs:  []string{"RFC 7469 §2.4", "https://pki.goog/faq/"},
		Find:  problems(RootsPinMismatch, "root"),
		Under: []Code{RootsMalformed},
	},
	{
		Code: cause.RootsDownloadMalformed, Stage: PinnedRootsStage, Side: NetworkSide, Severity: Error, Basis: Proven,
		Title: "What came is not a bundle of root certificates.",
		Why: "A page in place of the file, a download that broke off and a redirect to another host all look like success to a careless " +
			"program, which then trusts the part that it could read. mutual takes a bundle as a whole or not at all. Nothing " +
			"was stored.",
		Fix: Steps{Say("Look at what the address gives, then try again:"), Run("curl -fsS {source} | head"),
			Run("mutual roots fetch")},
		Refs: []string{"RFC 7468 §2", "RFC 9110 §8.6"},
		Find: problems(RootsMalformed, "file"),
	},
	{
		Code: cause.RootsUnknownRoot, Stage: PinnedRootsStage, Side: NetworkSide, Severity: Error, Basis: Proven,
		Title: "The download holds a root that nobody has looked at[: {root}].",
		Why: "It may be Google's next root, and it may be a stranger's. A root that is trusted unseen is a door for whoever put it there, " +
			"so a new one has to be accepted by its key. Nothing was stored.",
		Fix: Steps{Say("See what changed, and compare the key with what Google or the CA publishes:"),
			Run("mutual roots update --from {source}"),
			Say("Then take it:"), Run("mutual roots update --from {source} --accept <key>")},
		Refs:  []string{"https://pki.goog/faq/"},
		Under: []Code{RootsPinMismatch},
		Find:  problems(RootsUnknownRoot, "root"),
	},
	{
		Code: cause.RootsOlderBundle, Stage: PinnedRootsStage, Side: NetworkSide, Severity: Error, Basis: Proven,
		Title: "The download is older than what the store holds.",
		Why: "Somebody who brings back an old bundle brings back roots that were dropped for a reason. A mirror that is out of date does " +
			"the same without meaning to. Nothing was stored.",
		Fix: Steps{Say("Bring the mirror up to date, or download from Google itself:"), Run("mutual roots fetch"),
			Say("If it is right that roots went, see which, and accept each:"), Run("mutual roots update --from {source}")},
		Refs:  []string{"https://pki.goog/faq/"},
		Under: []Code{RootsPinMismatch},
		Find:  problems(RootsOlderBundle, "root"),
	},
	{
		Code: cause.RootsStoreChanged, Stage: PinnedRootsStage, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The store of pinned roots does not hold what its lock file says[: {file}].",
		Why: "roots.lock.json records the hash of each file when it was downloaded. A file that differs was changed afterwards, " +
			"by hand, by another program, or by someone who wants a root of his own to be trusted. It is not used until this " +
			"is settled.",
		Fix: Steps{Say("If nobody meant to change it, download the roots into a new store, and compare it with this one. " +
			"What was accepted by --accept has to be " +
			"accepted again:"), Run("mutual roots fetch --store <new-folder>")},
		Refs: []string{"RFC 7469 §2.4"},
		Find: problems(RootsStoreChanged, "file"),
	},
	{
		Code: cause.RootsNoneLeft, Stage: PinnedRootsStage, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "No root is left of a profile, so that it lets nobody in[: {profile}].",
		Why: "Each root of the profile was taken out of the store by roots update --accept. Those built into mutual do not " +
			"step in for them, for somebody decided that they are not to be trusted.",
		Fix: Steps{Say("If that was not meant, take a pinned root back by its key:"),
			Run("mutual roots update {profile} --accept <key>")},
		Refs: []string{"RFC 7469 §2.4"},
		Find: problems(RootsNoneLeft, "profile"),
	},
	{
		Code: cause.RootsPinnedRootExpired, Stage: PinnedRootsStage, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "A pinned root has expired[: {root}].",
		Why:   "No chain that ends at an expired root is accepted. The CA will have published its successor.",
		Fix: Steps{Say("Fetch today's roots, and bring mutual itself up to date. What is published, and then the fetch:"),
			Run("mutual roots update"), Run("mutual roots fetch")},
		Refs: []string{"RFC 5280 §6.1.3"},
		Find: problems(RootsExpired, "root"),
	},
	{
		Code: cause.RootsUpdateWaiting, Stage: PinnedRootsStage, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The published roots differ from those in use[: {root}].",
		Why: "To pin means a locked set with reviewed updates, not a set frozen for ever. Google asks to look at its roots at least " +
			"twice a year. What nobody accepts is not taken.",
		Fix: Steps{Say("Compare the key with what Google or the CA publishes, then accept it:"),
			Run("mutual roots update --accept <key>")},
		Refs:  []string{"https://pki.goog/faq/"},
		Under: []Code{RootsPinMismatch, RootsOlderBundle, RootsMalformed},
		Find:  problems(RootsUpdateWaiting, "root"),
	},
	{
		Code: cause.RootsPinnedRootExpiring, Stage: PinnedRootsStage, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "A pinned root expires soon[: {root}].",
		Why:   "When it ends, every chain that leads to it is refused. The CA will publish its successor before.",
		Fix:   Steps{Say("Look at what is published:"), Run("mutual roots update")},
		Refs:  []string{"RFC 5280 §4.1.2.5"},
		Find:  problems(RootsExpiring, "root"),
	},
	{
		Code: cause.TrustBundleGoogleExpired, Stage: ClientCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The bundle trusts nothing of Google's but what expired[: {names}].",
		Why: "Google's Dialogflow page of 2018 said to trust GIAG3 and \"Tarsier\" under GlobalSign R2. " +
			"GlobalSign R2 and GIAG3 ended on 15 December 2021, and of Tarsier nothing was ever published. A " +
			"webhook that still trusts only these refuses every call with \"x509: certificate signed by unknown " +
			"authority\". Today Dialogflow ES presents a certificate of SSL.com, in the name of CN=Google LLC, " +
			"and Dialogflow CX one of Google Trust Services, *.dialogflow.com.",
		Fix: Steps{Say("Trust the root of today's certificate, and check the caller's name. The root for agents " +
			"of ES, in a new file:"),
			Run("mutual roots export dialogflow --out <new-bundle.pem>"), Say("For agents of CX:"),
			Run("mutual roots export dialogflow-cx --out <new-bundle.pem>"),
			Say("Or let mutual do both, and check the name:"), Run("mutual serve --roots dialogflow,dialogflow-cx")},
		Refs:  []string{sourceES, sourceCX, "RFC 5280 §6.1.3"},
		Under: nil,
		Find:  findOnlyExpiredGoogle,
	},
	{
		Code: cause.DialogflowLegacyEnded, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The caller presents the certificate of {profile|the old profile}, which ended[ on {until}].",
		Why: "Until that day Dialogflow ES fell back to the certificate of Google Trust Services " +
			"(*.dialogflow.com). Since then it presents the one of SSL.com only (CN=Google LLC). Dialogflow CX " +
			"has announced no such end, and goes on presenting the old one: as far as Google's pages tell, " +
			"whoever still comes with it is an agent of CX.",
		Fix: Steps{Say("If agents of Dialogflow CX are to come in: mutual serve --roots " +
			"{instead|dialogflow},dialogflow-cx."),
			Say("If those of ES only, accept today's certificate and nothing else: mutual serve --roots " +
				"{instead|dialogflow}.")},
		Refs: []string{sourceES, sourceCX},
		Find: findLegacyEnded,
	},
	{
		Code: cause.ClientNotTheExpectedIdentity, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The certificate has the right root and the wrong name[: {name}].",
		Why: "The CA that issues Dialogflow's certificate issues client certificates to anybody, for e-mail too. The root alone therefore " +
			"says nothing about who calls: the subject has to be {want|CN=Google LLC}. And as every Dialogflow customer's " +
			"calls carry that same " +
			"certificate, the Bearer token of the request has to tell whose agent it is.",
		Fix: Steps{Say("If it is not meant to come in, there is nothing to do: it was refused. If it is, it needs a " +
			"certificate of your own CA:"),
			Run("mutual issue client <name> --dir {ca_dir|folder-of-the-ca}")},
		Refs: []string{sourceES, "RFC 6125 §6.4.4"},
		Find: findStranger,
	},
	{
		Code: cause.ClientCertPublicCANoClientAuth, Stage: ClientCertificate, Side: ClientSide, Severity: Error, Basis: Proven,
		Title: "The client's certificate comes from a public CA and is for servers only: such CAs end clientAuth " +
			"one by one.",
		Why: "Public CAs certify web servers, and Chrome's root programme makes them leave clientAuth out. Google " +
			"Trust Services stopped in the week of 13 April 2026 and Let's Encrypt on 8 July 2026. DigiCert " +
			"issues it until 1 March 2027, where asked for, and from 15 March 2027 no leaf under a root that " +
			"Chrome trusts may have it. A server that asks for client certificates refuses one without. A " +
			"certificate of your own CA is what lasts.",
		Fix: Steps{Say("Issue the client's certificate from a CA of your own, and trust that CA on the server. " +
			"Both, in a new folder:"), Run("mutual init --dir <new-folder>")},
		Refs: append([]string{"RFC 5280 §4.2.1.12"}, sourcesClientAuth...),
		Find: findPublicWithoutClientAuth,
	},
	{
		Code: cause.TrustBundleLacksDialogflowRoot, Stage: ClientCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The bundle lacks the root of the certificate that Dialogflow ES presents.",
		Why: "Dialogflow ES presents a certificate of SSL.com, whose root is not in Google's roots.pem. Until 1 " +
			"December 2026 it falls back to the one of Google Trust Services where a webhook refuses the new one; " +
			"after that day it does not, and a webhook that trusts Google's own roots only refuses every call of " +
			"ES. Dialogflow CX is another matter: its page names Google's roots, and no end.",
		Fix: Steps{Say("Add SSL.com Root Certification Authority RSA, and check the caller's name (CN exactly " +
			"Google LLC). The roots, in a new file:"),
			Run("mutual roots export dialogflow,dialogflow-legacy --out <new-bundle.pem>"),
			Say("mutual's own server does both:"), Run("mutual serve --roots dialogflow,dialogflow-legacy"),
			Say("If only agents of Dialogflow CX call you, ask about them alone:"),
			Run("mutual roots check {bundle} --product cx")},
		Refs:  []string{sourceES, sourceCX},
		Under: []Code{cause.TrustBundleGoogleExpired},
		Find:  findLacksDialogflowRoot,
	},
	{
		Code: cause.ServerCertNotPublic, Stage: ServerCertificate, Side: ServerSide, Severity: Error, Basis: Inferred,
		Title: "Dialogflow ES will not accept this server, and CX only with its CA uploaded: {ca|its CA} is no " +
			"public one.",
		Why: "Mutual TLS has two halves, and the caller judges first. Dialogflow ES takes a webhook's certificate " +
			"only from a CA in Google's default trust store. Dialogflow CX does too, unless certificates were " +
			"uploaded with the webhook: those replace the default store, and your own CA may be among them.",
		Fix: Steps{Say("For Dialogflow ES, get a certificate for the webhook's name from a public CA, and serve " +
			"it with its whole chain."),
			Say("For Dialogflow CX, the same; or upload your own CA with the webhook. With mutual's own CA, in " +
				"its folder:"),
			Run("mutual export client --for dialogflow-cx --dir {folder_of_ca|folder-of-the-ca}")},
		Refs: []string{sourceES, sourceCustomCA, "googleapis google/cloud/dialogflow/v2/fulfillment.proto"},
		Find: findServerNotPublic,
	},
	{
		Code: cause.ServerChainMissingIntermediate, Stage: Chain, Side: ServerSide, Severity: Error, Basis: Inferred,
		Title: "The server's file leaves out its intermediate certificate[ {intermediate}], and Google's callers " +
			"do not fetch it.",
		Why: "A public CA has made the certificate, by its own words, and no root of a public CA has signed it: " +
			"an intermediate stands between them. The server has to send it along. Browsers often hide the fault, " +
			"because they remember or fetch intermediates; programs do not.",
		Fix: Steps{Say("Serve the file with the whole chain, which ACME clients name fullchain.pem; or one with " +
			"what the CA publishes as the issuer of {subject|its certificate} after the leaf. Then ask " +
			"again:"), Run("mutual roots check --server-cert <chain-file> --host <webhook-host>")},
		Refs: []string{"RFC 8446 §4.4.2", sourceES},
		Find: findPublicCutShort,
	},
	{
		Code: cause.DialogflowUploadNotRoot, Stage: ServerCertificate, Side: ServerSide, Severity: Error, Basis: Inferred,
		Title: "What is to be uploaded for Dialogflow CX is neither a root nor self-signed[: {names}].",
		Why: "Google's page on custom CA certificates names two kinds: a root, or the server's own certificate " +
			"where it is self-signed. An intermediate is neither: the server sends it along itself.",
		Fix: Steps{Say("Upload the root above it, and put the intermediate into the server's certificate file, " +
			"after the leaf.")},
		Refs: []string{sourceCustomCA},
		Find: findUploadNotRoot,
	},
	{
		Code: cause.VerifyDepthTooSmall, Stage: ClientCertificate, Side: ServerSide, Severity: Error, Basis: Proven,
		Title: "The server follows a chain for {depth|too few} certificates, and Dialogflow's needs 2.",
		Why: "Between Dialogflow's certificate and the root stands an intermediate, which Dialogflow sends itself. Google asks for a depth " +
			"of at least 2. At 0 OpenSSL refuses with \"unable to get local issuer certificate\", as if the root were " +
			"missing. nginx and Apache take 1 where nothing is set: at 1 today's chain passes in nginx, and Apache refuses " +
			"it (AH02040, \"Certificate Chain too long\").",
		Fix:  Steps{Say("Raise the limit in the server:"), Edit("nginx", "ssl_verify_depth 2;"), Edit("Apache", "SSLVerifyDepth 2")},
		Refs: []string{sourceES, "https://nginx.org/en/docs/http/ngx_http_ssl_module.html#ssl_verify_depth"},
		Find: findSmallDepth,
	},
	{
		Code: cause.RootsWithoutIdentityCheck, Stage: ClientCertificate, Side: ServerSide, Severity: Warning, Basis: Inferred,
		Title: "Public roots are trusted for clients, and nothing is seen to check who the client is.",
		Why: "A public CA issues to anybody who asks. A server that accepts every client of such a root has a " +
			"lock that any key of that make opens. What makes it safe is a check of the name, and for Dialogflow " +
			"a check of the request's Bearer token besides.",
		Fix: steps(Say("Check the name, in nginx beside ssl_verify_client on. For Dialogflow "+
			"ES:"), dialogflowOnly, Say("For CX:"), dialogflowCXOnly,
			Say("mutual's own server does so, for either:"), Run("mutual serve --roots dialogflow,dialogflow-cx")),
		Refs: []string{sourceES, sourceCX},
		Find: findNoIdentityCheck,
	},
	{
		Code: cause.TrustBundleHoldsExpiredGoogle, Stage: TrustStore, Side: ServerSide, Severity: Warning, Basis: Proven,
		Title: "The bundle still holds CAs of Google's that are dead[: {names}].",
		Why: "They do no harm but to the reader, who may take them for what makes the connection work. GlobalSign " +
			"R2 and what it issued (GIAG3, GTS CA 1O1) ended on 15 December 2021; no certificate that Google uses " +
			"today leads to them.",
		Fix: Steps{Say("Take them out, or write the bundle anew, into a new file, for Dialogflow ES or for CX:"),
			Run("mutual roots export dialogflow --out <new-bundle.pem>"), Run("mutual roots export dialogflow-cx " +
				"--out <new-bundle.pem>")},
		Refs:  []string{"https://pki.goog/faq/"},
		Under: []Code{cause.TrustBundleGoogleExpired},
		Find:  findHoldsExpiredGoogle,
	},
}
