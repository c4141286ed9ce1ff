package diagnose

import (
	"time"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

// Facts is all that was seen of one connection, or of some files. It is the
// seam between observing and judging: it survives a round trip through JSON,
// carries the time by which rules judge, and has no field that could hold a
// private key. Its JSON names are those of the report, so that the path in an
// Evidence resolves in either.
type Facts struct {
	Command string    `json:"command"`
	Time    time.Time `json:"time"`
	// View is whose eyes these facts were seen with.
	View   View   `json:"view"`
	Target Target `json:"target"`
	// Remote is the client's address where View is SeenByServer or SeenBetween.
	Remote string `json:"remote,omitempty"`
	// Given are the file names and options as the user gave them, for fixes
	// that can be pasted.
	Given Given `json:"given,omitzero"`

	Files []File `json:"files,omitempty"`
	// Identity is the client's own certificate file, leaf first (client
	// view), or the server's own (server view); from between, what the client
	// showed. Empty: none was given.
	Identity []*Certificate `json:"identity,omitempty"`
	// Trust is what this client judges the server by.
	Trust *Trust `json:"trust,omitempty"`
	// ClientTrust is what the server judges clients by, where that is known.
	ClientTrust *Trust `json:"client_trust,omitempty"`
	// Known are CA certificates found beside the user's files. They explain,
	// and are never trusted.
	Known []*Certificate `json:"known,omitempty"`
	// Beside are the folders of the user's files.
	Beside []Folder `json:"beside,omitempty"`
	CRLs   []*CRL   `json:"crls,omitempty"`
	// Purpose, for View SeenInFiles: which side the chain is judged as.
	Purpose Side `json:"purpose,omitempty"`
	// Judge is the verifier whose word counts, where the user named it; Level
	// is OpenSSL's security level, 0 for its own default.
	Judge cause.Verifier `json:"judge,omitempty"`
	Level int            `json:"level,omitempty"`

	Connection *Connection `json:"connection,omitempty"`
	ClientAuth *ClientAuth `json:"client_auth,omitempty"`
	// Hello is what the client's first message offered.
	Hello *Hello `json:"hello,omitempty"`
	// Accepts is what this server would have agreed to (server view).
	Accepts *Hello `json:"accepts,omitempty"`
	Chains  Chains `json:"chains"`
	// ServerFile is the server's certificate file, where the prober has it:
	// what the server should be presenting.
	ServerFile []*Certificate `json:"server_file,omitempty"`
	HTTP       *HTTP          `json:"http,omitempty"`
	// Application is the answer in another protocol than HTTP.
	Application *Application `json:"application,omitempty"`
	// Proxy is the proxy's own answer, where it made no connection.
	Proxy *Proxy `json:"proxy,omitempty"`
	// Authorization is the rule of the server beyond the chain (server view).
	Authorization *Authorization `json:"authorization,omitempty"`
	// Roots is about pinned roots, where any are in play.
	Roots *PinnedRoots `json:"roots,omitempty"`
	// Audit is what the server let pass, where it was audited.
	Audit *Audit `json:"audit,omitempty"`
	// Attempts holds the base attempt first, then the experiments.
	Attempts  []Attempt `json:"attempts"`
	Handshake []Message `json:"handshake"`
	// Between is what a connection of others shows beside its messages.
	Between *Between `json:"between,omitempty"`
}

// View is whose eyes facts were seen with.
type View string

// The views.
const (
	SeenByClient View = "client"
	SeenByServer View = "server"
	SeenInFiles  View = "files"
	SeenBetween  View = "between" // on the wire, by a third party
)

// Target is what was connected to.
type Target struct {
	Host string `json:"host"`
	Port int    `json:"port"`
	// Address is the one finally connected to; empty where none was.
	Address string `json:"address"`
	// Addresses are all that the name has, where there are several.
	Addresses  []string `json:"addresses,omitempty"`
	ServerName string   `json:"server_name"`
	// Proxy is the proxy's URL without credentials.
	Proxy    string `json:"proxy,omitempty"`
	StartTLS string `json:"starttls,omitempty"`
	// ProxyProtocol is the version of the header sent before TLS: "v1", "v2".
	ProxyProtocol string `json:"proxy_protocol,omitempty"`
	// URL is the path or URL asked for over HTTP.
	URL string `json:"url,omitempty"`
}

// Given repeats the user's words.
type Given struct {
	Target   string   `json:"target,omitempty"`
	CACert   []string `json:"cacert,omitempty"`
	Cert     string   `json:"cert,omitempty"`
	Key      string   `json:"key,omitempty"`
	Dir      string   `json:"dir,omitempty"`
	ClientCA string   `json:"client_ca,omitempty"`
	Insecure bool     `json:"insecure,omitempty"`
	Active   bool     `json:"active,omitempty"`
	ALPN     []string `json:"alpn,omitempty"`
	MinTLS   string   `json:"tls_min,omitempty"`
	MaxTLS   string   `json:"tls_max,omitempty"`
}

// File is one local file and what is wrong with it. A file with nothing wrong
// has an empty Problem.
type File struct {
	Path string `json:"path"`
	// Role is what the file was given as: "certificate", "key", "trust store",
	// "client CA", "CRL", "chain".
	Role string `json:"role"`
	// Problem is a code of stage local-files, trust-store or chain.
	Problem Code   `json:"problem,omitempty"`
	Block   int    `json:"block,omitempty"` // 1 is the first PEM block
	Line    int    `json:"line,omitempty"`
	Found   string `json:"found,omitempty"`
	Want    string `json:"want,omitempty"`
	// Cleans: mutual inspect --write-pem makes a sound file of it.
	Cleans bool `json:"cleans,omitempty"`
	// Form tells key stores apart: "JKS", "RC2" for PKCS#12 that OpenSSL 3 opens
	// with -legacy alone.
	Form string `json:"form,omitempty"`
	// Fatal: nothing could be done with the file.
	Fatal bool `json:"fatal,omitempty"`
}

// The facts of certificates, which the judge of chains reads.
type (
	Certificate = chain.Certificate
	CRL         = chain.CRL
	Trust       = chain.Trust
)

// Chains are the certificates that went over the wire, leaf first, in the
// order sent.
type Chains struct {
	Server []*Certificate `json:"server"`
	Client []*Certificate `json:"client"`
}

// Connection is what was agreed on.
type Connection struct {
	TLSVersion  string `json:"tls_version"` // "1.3"
	CipherSuite string `json:"cipher_suite"`
	Group       string `json:"group"`
	ALPN        string `json:"alpn"`
	Resumed     bool   `json:"resumed"`
	// OCSPStaple: the server sent one. MustStaple findings need to know.
	OCSPStaple []byte `json:"ocsp_staple,omitempty"`
	// Millis is how long it took from the first packet to the proven outcome.
	Millis float64 `json:"ms,omitempty"`
}

// Hello is what a ClientHello offered, in IANA's names.
type Hello struct {
	Versions         []string `json:"versions"` // "1.3"
	CipherSuites     []string `json:"cipher_suites"`
	Groups           []string `json:"groups"`
	SignatureSchemes []string `json:"signature_schemes"`
	ALPN             []string `json:"alpn"`
	ServerName       string   `json:"server_name"`
	// GREASE: among the suites are values that offer nothing, as browsers have
	// them. Source: RFC 8701 §3.1.
	GREASE bool `json:"grease,omitempty"`
}

// ClientAuth is how the server asked for the client's certificate, and what
// became of it.
type ClientAuth struct {
	Requested bool         `json:"requested"`
	Policy    cause.Policy `json:"policy"`
	Presented bool         `json:"presented"`
	// Verdict: accepted is only whom the application has answered.
	Verdict cause.Verdict `json:"verdict"`
	// Established is how far the acceptance was established.
	Established      cause.Established `json:"established,omitempty"`
	AcceptableCAs    []string          `json:"acceptable_cas"`
	AcceptableCAsDER [][]byte          `json:"acceptable_cas_der,omitempty"`
	SignatureSchemes []string          `json:"signature_schemes"`
	// Late: the server asked only in a second handshake, after the request
	// (renegotiation, TLS 1.2 and older).
	Late bool `json:"late,omitempty"`
	// Objection is why crypto/tls would have kept the certificate back
	// although it was given.
	Objection cause.Objection `json:"objection,omitempty"`
	// SignFailed: the client's key could not make a signature.
	SignFailed bool `json:"sign_failed,omitempty"`
}

// HTTP is the answer to the request made after the handshake.
type HTTP struct {
	Status int    `json:"status"`
	Proto  string `json:"proto,omitempty"`
	Server string `json:"server,omitempty"` // the Server header
	// Date is the Date header; zero where it is missing.
	Date time.Time `json:"date,omitzero"`
	// Body is an excerpt of the answer, at most 2 KiB.
	Body string `json:"body,omitempty"`
	// Says is what Body or a header says of the client's certificate, read by
	// the observer.
	Says     cause.Says `json:"says,omitempty"`
	Location string     `json:"location,omitempty"`
}

// Application is the answer of another protocol than HTTP to its first
// harmless words inside TLS.
type Application struct {
	Protocol string `json:"protocol"`
	// Asked names what was sent; empty where the protocol has nothing that
	// could be asked, and then Why says why.
	Asked string `json:"asked,omitempty"`
	Why   string `json:"why,omitempty"`
	// Answer is the server's words, printable; empty: it did not answer.
	Answer string `json:"answer,omitempty"`
	// Says is what the answer says of the client's certificate.
	Says        cause.Says        `json:"says,omitempty"`
	Established cause.Established `json:"established,omitempty"`
}

// Proxy is how a proxy answered the request for a connection.
type Proxy struct {
	// Status is the HTTP status or the SOCKS5 reply code; 0: there was none.
	Status int    `json:"status"`
	Reason string `json:"reason,omitempty"` // for people
	// Reached: there is something that took the connection.
	Reached      bool `json:"reached"`
	AuthRequired bool `json:"auth_required,omitempty"`
	// TargetFault: the proxy works, and could not reach the target.
	TargetFault bool `json:"target_fault,omitempty"`
}

// Authorization is a server's rule on who may come in, beyond the chain.
type Authorization struct {
	// Rules are as given: "cn=Google LLC", "dns=*.example", ...
	Rules   []string `json:"rules"`
	Allowed bool     `json:"allowed"`
	Admission
	// Rule is the one of Rules that let the client in, CA the server's own CA
	// of clients by which it came in beside the pinned roots.
	Rule string `json:"rule,omitempty"`
	CA   string `json:"ca,omitempty"`
}

// Admission says by what a client of pinned roots was let in. The zero value is
// for a client that was not.
type Admission struct {
	Profile string `json:"profile,omitempty"`
	Root    string `json:"root,omitempty"`
	// RootAccepted: the root is not built into mutual, and was taken into the
	// store by hand.
	RootAccepted bool `json:"root_accepted,omitempty"`
}

// Alert is a TLS alert. Source: RFC 8446 §6.
type Alert struct {
	From  Side   `json:"from"`
	Code  int    `json:"code"`
	Name  string `json:"name"` // "unknown_ca"
	Level string `json:"level,omitempty"`
}

// Attempt is one connection and how far it came.
type Attempt struct {
	// Name is "strict" for the base attempt, else the experiment's name.
	Name string `json:"name"`
	// Varied says in words what differs from the base attempt.
	Varied string `json:"varied,omitempty"`
	// Told says in words what the attempt told.
	Told    string `json:"told,omitempty"`
	Address string `json:"address,omitempty"`
	// Offered repeats what the ClientHello offered, where the attempt varied
	// it: version, suite, group or name.
	Offered string `json:"offered,omitempty"`
	// Sent is the credential: "none", "given", "leaf", "chain",
	// "self-signed", "forged", "wrong-key".
	Sent string `json:"sent,omitempty"`
	// FailedAt is empty where the attempt worked, else where it ended:
	// one of the At constants.
	FailedAt At            `json:"failed_at"`
	Alert    *Alert        `json:"alert"`
	Closed   cause.Closed  `json:"closed,omitempty"`
	Refused  cause.Refused `json:"refused,omitempty"`
	Network  cause.Network `json:"network,omitempty"`
	// Error is for people; no rule reads it.
	Error string `json:"error,omitempty"`

	ServerHello bool `json:"server_hello"` // one was received, or a HelloRetryRequest
	// HelloRetry: the attempt ended with a HelloRetryRequest, which servers
	// send before they look for a certificate.
	HelloRetry  bool   `json:"hello_retry,omitempty"`
	TLSVersion  string `json:"tls_version,omitempty"`
	CipherSuite string `json:"cipher_suite,omitempty"`
	Group       string `json:"group,omitempty"`
	ALPN        string `json:"alpn,omitempty"`
	// RenegotiationInfo: the ServerHello has the extension of RFC 5746.
	RenegotiationInfo bool `json:"renegotiation_info"`
	Downgrade         bool `json:"downgrade,omitempty"` // RFC 8446 §4.1.3 sentinel
	CertRequested     bool `json:"cert_requested"`
	// Leaf is the SHA-256 of the certificate the server sent.
	Leaf    string `json:"leaf,omitempty"`
	Tickets int    `json:"tickets,omitempty"` // NewSessionTicket messages
	// Received counts bytes from the server; FirstBytes shows the start of
	// what was not TLS.
	Received   int    `json:"received"`
	FirstBytes string `json:"first_bytes,omitempty"`
	Protocol   string `json:"protocol,omitempty"` // recognised by FirstBytes: "http", "ssh", "smtp", ...
	HTTPStatus int    `json:"http_status,omitempty"`
	// Resumed: the server took up a session of an earlier attempt.
	Resumed bool `json:"resumed,omitempty"`
	// Established is how far this attempt's acceptance was established, and
	// Says what the application's answer says of its certificate.
	Established cause.Established `json:"established,omitempty"`
	Says        cause.Says        `json:"says,omitempty"`
	Millis      float64           `json:"ms"`
}

// At is where an attempt ended.
type At string

// The places, in the order a connection passes them.
const (
	AtFiles      At = "files"
	AtResolve    At = "resolve"
	AtConnect    At = "connect"
	AtProxy      At = "proxy"
	AtStartTLS   At = "starttls"
	AtHello      At = "hello"           // before a ServerHello
	AtHandshake  At = "handshake"       // between ServerHello and our Finished
	AtVerdict    At = "after-handshake" // after our Finished, before any sign of acceptance
	AtHTTP       At = "http"
	AtVerifyPeer At = "verify" // we do not accept the peer
)

// Message is one step of the handshake, as --trace draws it.
type Message struct {
	Attempt   string  `json:"attempt"`
	Millis    float64 `json:"ms"`
	From      Side    `json:"from"`
	Message   string  `json:"message"`
	Detail    string  `json:"detail,omitempty"`
	Bytes     int     `json:"bytes"`
	Encrypted bool    `json:"encrypted"`
}
