package diagnose

// The names of attempts, as Attempt.Name holds them. What each varies is what
// it can tell.
const (
	TryStrict        = "strict"         // as the user's own client would
	TryNoCertificate = "no-certificate" // without a client certificate
	TryLeafOnly      = "leaf-only"      // the client's leaf without its intermediates
	TryFullChain     = "full-chain"     // the leaf with intermediates found beside it
	TrySelfSigned    = "self-signed"    // active: a throw-away self-signed certificate
	TryForged        = "forged"         // active: names an acceptable CA, signed by a stranger's key
	TryWrongKey      = "wrong-key"      // active: the user's certificate with a key of ours
	TryNoSNI         = "no-sni"
	TryOtherSNI      = "other-sni" // a name that no server has
	TryTLS12         = "tls1.2"
	TryTLS13         = "tls1.3"
	TryClassicGroups = "no-post-quantum" // without the large key share
	TryNoALPN        = "no-alpn"
	TryALPN          = "alpn" // Offered says which
	TryOldHello      = "old-hello"
	TryRareHello     = "rare-hello" // TLS 1.3 with the suites and groups that crypto/tls lacks
	TrySSL3          = "ssl3"
	TryProxyProtocol = "proxy-protocol" // Offered is the version of its header
	TryPlainHTTP     = "plain-http"
	TryPlain         = "plain-protocol" // Protocol says which one was answered
	TryNothing       = "send-nothing"
	TryStartTLS      = "starttls" // Protocol says which agreed
	TryNoStartTLS    = "direct-tls"
	TryAddress       = "address"    // another address of the same name
	TryNoRequest     = "no-request" // nothing sent after the handshake
	TryOtherPath     = "other-path" // a path that no server has
	TryOwnName       = "own-name"   // another name of the server's certificate; Offered says which
	TryProtocol      = "protocol"   // Offered says which one was spoken inside TLS
	TryFirst         = "first"      // a new session, to be resumed
	TryResumed       = "resumed"    // the session of the attempt before it
	TryAgain         = "again"      // the same as the first attempt, once more
)

// attempt returns the first attempt of that name and its index, or -1.
func (f *Facts) attempt(name string) (Attempt, int) {
	for i, a := range f.Attempts {
		if a.Name == name {
			return a, i
		}
	}
	return Attempt{}, -1
}

// base is the attempt made as configured; its zero value where there is none.
func (f *Facts) base() Attempt {
	if len(f.Attempts) == 0 {
		return Attempt{}
	}
	return f.Attempts[0]
}
