package phrase

import "mutual/diagnose/cause"

var botanTexts = table{stack: "Botan", texts: []text{
	{text: "Certificate issuer not found", cause: unknownIssuer},
	{text: "Certificate chain does not end in a CA certificate", cause: selfSignedRoot, codes: likely{cause.ServerCAUntrusted, cause.ServerCertSelfSigned}},
	{text: "Cannot establish trust", cause: selfSignedRoot, codes: likely{cause.ServerCAUntrusted, cause.ServerCertSelfSigned, cause.ServerChainMissingIntermediate}},
	{text: "Certificate does not match provided name", cause: wrongName},
	{text: "CA certificate not allowed to issue certs", cause: noCertSign, codes: likely{cause.IssuerKeyUsageNoCertSign, cause.IssuerNotCA}},
	{text: "Certificate is not yet valid", cause: notYetValid},
	{text: "Certificate has expired", cause: expired},
	{text: "Certificate does not allow the requested usage", cause: wrongPurpose},
	{text: "Certificate issuer does not match subject of issuing cert", cause: brokenLink},
	{text: "Loop in certificate chain", cause: brokenLink},
	{text: "Certificate does not pass name constraint", cause: constraint},
	{text: "Certificate contains critical extension which is not understood", cause: criticalExtension},
	{text: "Unknown critical extension encountered", cause: criticalExtension},
	{text: "Signature error", cause: badSignature, how: nearTLS},
	{text: "Hash function used is considered too weak for security", cause: weakDigest},
	{text: "Signature method too weak", cause: weakKey},
	{text: "Certificate was revoked", cause: revoked},
	{text: "Certificate is revoked", cause: revoked},
	{text: "OCSP response is expired", cause: stapleOld},
	{text: "CRL response is expired", cause: crlOld},
	{text: "CRL bad signature", cause: crlForged},
	{text: "OCSP server not available", cause: ocspDown},
	{text: "No revocation data", cause: revocationUnknown, how: nearTLS},
	{text: "Certificate validation failure", cause: chainFault},
	{text: "TLS (server) … Certificate validation failure", cause: chainFault, how: nearTLS},
}}
