package phrase

import "mutual/diagnose/cause"

// The words of Google's page of 2018 on Dialogflow webhooks. Whoever asks for
// one of them may still have what the page said to trust, which has expired.
var (
	oldGoogleRoots = &meaning{name: "what Google's page of 2018 said to trust", rank: exact,
		means: "Google's page of 2018 on Dialogflow webhooks said to trust this. It expired on 15 December " +
			"2021, or never came to be: today's certificates of Dialogflow lead elsewhere.",
		byClient: likely{cause.TrustBundleGoogleExpired, cause.TrustBundleHoldsExpiredGoogle, cause.TrustBundleLacksDialogflowRoot}}
	dialogflowTrust = &meaning{name: "mutual TLS with Dialogflow", rank: vague,
		means: "Dialogflow ES and CX call webhooks with a client certificate each, and take a webhook's " +
			"certificate on conditions. One of these halves is at fault where a call is refused.",
		byClient: likely{cause.TrustBundleLacksDialogflowRoot, cause.TrustBundleGoogleExpired, cause.ClientNotTheExpectedIdentity, cause.DialogflowLegacyEnded, cause.ServerCertNotPublic}}
)

var dialogflowTexts = table{stack: "Google's page on Dialogflow", by: server, texts: []text{
	{text: "GIAG3", cause: oldGoogleRoots, how: whole},
	{text: "Google Internet Authority G3", cause: oldGoogleRoots, how: whole},
	{text: "Tarsier", cause: oldGoogleRoots, how: whole},
	{text: "GlobalSign R2", cause: oldGoogleRoots, how: whole},
	{text: "GlobalSign Root R2", cause: oldGoogleRoots, how: whole},
	{text: "GlobalSign Root CA R2", cause: oldGoogleRoots, how: whole},
	{text: "GlobalSign Root CA - R2", cause: oldGoogleRoots, how: whole},
	{text: "GSR2", cause: oldGoogleRoots, how: whole},
	{text: "Dialogflow", cause: dialogflowTrust, how: whole},
	{text: "Dialogflow ES", cause: dialogflowTrust, how: whole},
	{text: "Dialogflow webhook", cause: dialogflowTrust, how: whole},
	{text: "Dialogflow mTLS", cause: dialogflowTrust, how: whole},
	{text: "Dialogflow CX", cause: dialogflowTrust, how: whole,
		codes: likely{cause.TrustBundleLacksDialogflowRoot, cause.ServerCertNotPublic, cause.DialogflowLegacyEnded, cause.ClientNotTheExpectedIdentity, cause.TrustBundleGoogleExpired}},
}}
