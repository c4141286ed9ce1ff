package diagnose

import "mutual/diagnose/cause"

// The rules of a check: an expectation of a fleet's file that a server does
// not meet, where no rule about connections says it better.
var checkRules = []Rule{
	{
		Code: cause.CheckAcceptsForbidden, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByExpectation,
		Title: "The server accepts a client that it is expected to refuse.",
		Why:   "The file of expectations names an identity, or none at all, that must not get in, and it got in.",
		Fix:   steps(Say("Close what lets it in. All that the server lets pass, and how to close it:"), auditAgain),
		Refs:  []string{"RFC 8446 §4.4.2.4"},
	},
	{
		Code: cause.CheckRefusedOtherwise, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByExpectation,
		Title: "The server refuses the client as expected, but for another reason.",
		Why: "The file of expectations names a code, and the refusal has another cause. Fixing that cause may let the client in. " +
			"Or the connection failed before the server judged the client, which proves nothing.",
		Fix: Steps{Say("Compare the code found with the one expected, and correct the file or the server:"),
			Run("mutual probe {target} {trust} {identity}")},
		Refs: []string{"RFC 8446 §6.2"},
	},
	{
		Code: cause.CheckOldTLS, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByExpectation,
		Title: "The server speaks an older TLS version than it is expected to.",
		Why:   "A client that offers only the older version gets an agreement, so whoever can interfere with the connection has an older version to work on.",
		Fix:   steps(Say("Raise the server's minimum:"), modernVersions),
		Refs:  []string{"RFC 8996", "RFC 8446 §4.2.1"},
	},
	{
		Code: cause.CheckExpiresSoon, Stage: Audited, Side: ServerSide, Severity: Error, Basis: Proven, Found: ByExpectation,
		Title: "A certificate that the server sends runs out sooner than is expected.",
		Why:   "It is valid today. After its end every client that verifies will refuse the server, so renew it while there is time.",
		Fix:   Steps{Say("Renew it, and let the server load it."), renew("")},
		Refs:  []string{"RFC 5280 §4.1.2.5"},
	},
}
