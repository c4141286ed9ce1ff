package openssl

// checkExtensions asks of each certificate of the path whether its extensions
// let it stand where it stands. Source: OpenSSL 3.0, check_extensions.
func (j *judge) checkExtensions() bool {
	purpose := j.Purpose
	if j.crlPath {
		purpose = crlSign
	}
	const leaf, mustNot, must = -1, 0, 1
	ca, pathLen, proxies := leaf, int64(0), int64(0)
	for i, c := range j.path {
		if c.unknownCritical {
			return j.fail(i, UnhandledCriticalExtension)
		}
		if c.proxy && (j.crlPath || !j.AllowProxy) {
			return j.fail(i, ProxyCertificatesNotAllowed)
		}
		kind := c.checkedCA()
		switch ca {
		case leaf:
			if j.Strict && kind != certainCA && kind != notCA {
				return j.fail(i, InvalidCA)
			}
		case mustNot:
			if kind != notCA {
				return j.fail(i, InvalidNonCA)
			}
		default:
			if kind == notCA || kind != certainCA && (i+1 < len(j.path) || j.Strict) {
				return j.fail(i, InvalidCA)
			}
		}
		if len(j.path) > 1 {
			switch {
			case c.key == nil:
				return j.fail(i, Unspecified)
			case c.key.Explicit:
				return j.fail(i, ECKeyExplicitParams)
			case j.Strict && !j.checkStrictly(i, c):
				return false
			}
		}
		if purpose != AnyPurpose && !j.checkPurpose(i, c, purpose, ca == must) {
			return false
		}
		if i > 1 && c.pathLen != -1 && pathLen > c.pathLen+proxies {
			return j.fail(i, PathLengthExceeded)
		}
		if i > 0 && !c.selfIssued {
			pathLen++
		}
		ca = must
		if c.proxy {
			ca = mustNot
			if c.proxyLen != -1 {
				if proxies > c.proxyLen {
					return j.fail(i, ProxyPathLengthExceeded)
				}
				proxies = c.proxyLen
			}
			proxies++
		}
	}
	return true
}

// checkStrictly holds a certificate against RFC 5280 as X509_V_FLAG_X509_STRICT
// does.
func (j *judge) checkStrictly(i int, c *cert) bool {
	emptySubject := c.Subject.Empty()
	for _, rule := range []struct {
		broken bool
		code   Code
	}{
		{c.pathLen != -1 && !c.ca, PathlenInvalidForNonCA},
		{c.pathLen != -1 && c.usage&keyCertSign == 0, PathlenWithoutKUKeyCertSign},
		{c.ca && !c.constraintsCritical, CABconsNotCritical},
		{c.ca && !c.hasUsage, CACertMissingKeyUsage},
		{!c.ca && c.usage&keyCertSign != 0, KUKeyCertSignInvalidForNonCA},
		{c.Issuer.Empty(), IssuerNameEmpty},
		{emptySubject && (c.ca || c.usage&cRLSign != 0 || c.altNames == nil), SubjectNameEmpty},
		{emptySubject && c.altNames != nil && !c.altCritical, EmptySubjectSANNotCritical},
		{c.altNames != nil && len(c.altNames) == 0, EmptySubjectAltName},
		{!c.SignatureAlgorithm.Equal(c.Signature), SignatureAlgorithmInconsistency},
		{c.Version >= 2 && i+1 < len(j.path) && (c.authorityKey == nil || c.authorityKey.KeyID == nil),
			MissingAuthorityKeyIdentifier},
		{c.Version >= 2 && c.ca && c.subjectKeyID == nil, MissingSubjectKeyIdentifier},
		{c.Version < 2 && len(c.Extensions) > 0, ExtensionsRequireVersion3},
	} {
		if rule.broken {
			return j.fail(i, rule.code)
		}
	}
	return true
}

// The answers of checkedCA. Source: OpenSSL 3.0, check_ca.
const (
	notCA      = 0
	certainCA  = 1
	v1Root     = 3
	byUsage    = 4
	byNetscape = 5
)

func (c *cert) checkedCA() int {
	if c.invalid {
		return notCA
	}
	return c.caKind()
}

func (c *cert) caKind() int {
	switch {
	case c.lacks(keyCertSign):
		return notCA
	case c.hasConstraints && c.ca:
		return certainCA
	case c.hasConstraints:
		return notCA
	case c.Version == 0 && c.selfSigned:
		return v1Root
	case c.hasUsage:
		return byUsage
	case c.hasCertType && c.certType&netscapeAnyCA != 0:
		return byNetscape
	}
	return notCA
}

// checkPurpose asks whether the certificate may serve the purpose. An anchor's
// own trust settings come before its extensions. Source: OpenSSL 3.0,
// check_purpose.
func (j *judge) checkPurpose(i int, c *cert, purpose Purpose, ca bool) bool {
	if i >= j.untrusted && purpose == j.Purpose {
		switch j.settings(c, false) {
		case trusted:
			return true
		case rejected:
			return j.fail(i, InvalidPurpose)
		}
	}
	if c.invalid {
		if j.Strict {
			return j.fail(i, InvalidPurpose)
		}
		return true
	}
	if !c.serves(purpose, ca) {
		return j.fail(i, InvalidPurpose)
	}
	return true
}

// serves reports whether the extensions allow the purpose. Source: OpenSSL
// 3.0, check_purpose_ssl_client, check_purpose_ssl_server and
// check_purpose_crl_sign.
func (c *cert) serves(purpose Purpose, ca bool) bool {
	tlsCA := func() bool {
		kind := c.caKind()
		return kind != notCA && (kind != byNetscape || c.certType&netscapeSSLCA != 0)
	}
	switch purpose {
	case Client:
		switch {
		case c.hasExtUsage && !c.extUsage.client:
			return false
		case ca:
			return tlsCA()
		}
		return !c.lacks(digitalSignature|keyAgreement) && (!c.hasCertType || c.certType&netscapeClient != 0)
	case Server:
		switch {
		case c.hasExtUsage && !c.extUsage.server && !c.extUsage.gated:
			return false
		case ca:
			return tlsCA()
		}
		return !c.lacks(digitalSignature|keyEncipherment|keyAgreement) && (!c.hasCertType || c.certType&netscapeServer != 0)
	case crlSign:
		if ca {
			return c.caKind() != notCA
		}
		return !c.lacks(cRLSign)
	}
	return true
}
