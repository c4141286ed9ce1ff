package observe

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/observe/starttls"
	"mutual/diagnose/wire"
)

// A plan says how one attempt is made. The zero value of each field but
// address is what the base attempt does.
type plan struct {
	name    string
	varied  string
	offered string
	address string // host:port to connect to

	serverName *string // nil: the target's name; "": no SNI
	min, max   uint16
	suites     []uint16
	groups     []tls.CurveID
	alpn       []string // nil: the target's
	noALPN     bool
	cred       *credential // nil: the user's
	// sessions, where it is set, is where a session is resumed from, and kept.
	sessions tls.ClientSessionCache
	startTLS string
	protocol string // spoken inside TLS; "": the prober's
	// proxyHeader is the version of the PROXY protocol whose header is sent
	// first; "": the prober's.
	proxyHeader string
	// quick attempts end with the handshake, and ask nothing inside.
	quick   bool
	timeout time.Duration
	// listen is how long after the handshake the server is left alone, to see
	// whether it hangs up by itself.
	listen time.Duration
	path   string // "": the target's
	// host is the Host of the request; "": serverName, where it is set, or the
	// target's.
	host string
}

// credential is what the client presents when it is asked.
type credential struct {
	kind string // as in diagnose.Attempt.Sent
	cert tls.Certificate
}

var nothing = &credential{kind: "none"}

// An outcome is an attempt with what it saw beyond what is reported of each
// attempt.
type outcome struct {
	diagnose.Attempt
	transcript *wire.Transcript
	started    time.Time
	request    *tls.CertificateRequestInfo
	objection  cause.Objection
	late       bool // the request for a certificate came after the first one, or after HTTP began
	signFailed bool
	http       *diagnose.HTTP
	app        *diagnose.Application
	other      string // the protocol in which the server answered instead
	hungUp     bool   // the server ended the connection without a word when it was asked
	staple     []byte
	proxyFault *ProxyError
}

// worked reports whether the connection was made, the client was not refused,
// and nothing is open.
func (o *outcome) worked() bool { return o.FailedAt == "" }

// attempt makes one connection by the plan and records how far it came.
func (p *prober) attempt(ctx context.Context, pl plan) *outcome {
	o := &outcome{started: p.now()}
	o.Name, o.Varied, o.Offered, o.Address = pl.name, pl.varied, pl.offered, pl.address
	timeout := pl.timeout
	if timeout == 0 {
		timeout = p.cfg.Timeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	defer func() { o.Millis = millis(p.now().Sub(o.started)) }()

	conn, err := p.dial(ctx, pl.address)
	if err != nil {
		o.noConnection(err)
		return o
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	if deadline, ok := ctx.Deadline(); ok {
		conn.SetWriteDeadline(deadline)
	}

	if err := sendHeader(conn, pl.proxyHeader); err != nil {
		o.noConnection(err)
		return o
	}
	protocol := pl.startTLS
	if protocol == "" {
		protocol = p.cfg.StartTLS
	}
	if protocol != "" && protocol != "none" {
		upgraded, err := starttls.Start(ctx, conn, protocol, p.cfg.Host)
		if err != nil {
			o.FailedAt, o.Error = diagnose.AtStartTLS, clean(err.Error())
			o.Protocol = startTLSProtocol(err)
			o.Closed = closedBy(err)
			return o
		}
		conn = upgraded
	}
	tap := wire.NewTap(conn, p.now)
	defer tap.Forget()
	peek := &peekConn{Conn: tap}
	p.handshake(ctx, pl, o, tap, peek)
	o.transcript = tap.Transcript(wire.Client)
	o.read()
	return o
}

// noConnection records why no connection could be made.
func (o *outcome) noConnection(err error) {
	o.FailedAt, o.Error = diagnose.AtConnect, clean(err.Error())
	var proxy *ProxyError
	if errors.As(err, &proxy) {
		o.FailedAt, o.proxyFault = diagnose.AtProxy, proxy
		o.Network = networkFault(proxy.Err)
		return
	}
	o.Network = networkFault(err)
}

// networkFault puts the operating system's words into one of those that
// diagnose.Attempt.Network knows.
func networkFault(err error) cause.Network {
	var dns *net.DNSError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &dns) && dns.IsNotFound:
		return cause.NetworkNotFound
	case errors.As(err, &dns):
		return cause.NetworkResolver
	case errors.Is(err, syscall.ECONNREFUSED):
		return cause.NetworkRefused
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return cause.NetworkReset
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.Is(err, syscall.ETIMEDOUT):
		return cause.NetworkTimeout
	}
	var ne net.Error
	if errors.As(err, &ne) && ne.Timeout() {
		return cause.NetworkTimeout
	}
	return cause.NetworkUnreachable
}

func closedBy(err error) cause.Closed {
	switch networkFault(err) {
	case cause.NetworkReset:
		return cause.ClosedReset
	case cause.NetworkTimeout:
		return cause.ClosedTimeout
	}
	if strings.Contains(err.Error(), "EOF") {
		return cause.ClosedEOF
	}
	return ""
}

// handshake runs TLS, and then finds out what became of the client.
func (p *prober) handshake(ctx context.Context, pl plan, o *outcome, tap *wire.Tap, peek *peekConn) {
	cred := pl.cred
	if cred == nil {
		cred = p.given
	}
	o.Sent = cred.kind
	asked := 0
	finished := false
	cfg := &tls.Config{
		InsecureSkipVerify: true, // the rules judge the server's chain, and every fault of it
		MinVersion:         tls.VersionTLS12,
		KeyLogWriter:       tap.KeyLog(),
		// Without a cache crypto/tls does not say that it takes tickets, and
		// Go and Java then send none: they are the proof of acceptance. A new
		// cache for each attempt resumes nothing.
		ClientSessionCache: newSessions(),
		Renegotiation:      tls.RenegotiateOnceAsClient,
		Time:               p.now,
		CipherSuites:       pl.suites,
		CurvePreferences:   pl.groups,
		NextProtos:         p.cfg.ALPN,
		GetClientCertificate: func(r *tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked++
			o.late = o.late || asked > 1 || finished
			o.request = r
			o.CertRequested = true
			cert := cred.cert
			if len(cert.Certificate) > 0 {
				o.objection = objection(r, &cert)
			}
			if cert.PrivateKey != nil {
				cert.PrivateKey = watchSigner(cert.PrivateKey, &o.signFailed)
			}
			return &cert, nil
		},
	}
	if pl.sessions != nil {
		cfg.ClientSessionCache = pl.sessions
	}
	if p.cfg.MinVersion != 0 {
		cfg.MinVersion = p.cfg.MinVersion
	}
	if cfg.MaxVersion = p.cfg.MaxVersion; pl.max != 0 {
		cfg.MaxVersion = pl.max
	}
	if pl.min != 0 {
		cfg.MinVersion = pl.min
	}
	if pl.alpn != nil {
		cfg.NextProtos = pl.alpn
	}
	if pl.noALPN {
		cfg.NextProtos = nil
	}
	cfg.ServerName = p.serverName
	if pl.serverName != nil {
		cfg.ServerName = *pl.serverName
	}
	if net.ParseIP(strings.Trim(cfg.ServerName, "[]")) != nil {
		cfg.ServerName = "" // RFC 6066 §3: no SNI for addresses
	}

	conn := tls.Client(peek, cfg)
	// The end of ctx sets a deadline on the connection. crypto/tls would close
	// it instead, and then nothing tells a silent server from one that left.
	if err := conn.HandshakeContext(context.WithoutCancel(ctx)); err != nil {
		o.FailedAt, o.Error = diagnose.AtHandshake, clean(err.Error())
		o.Refused = refusal(err)
		p.drain(peek)
		return
	}
	finished = true
	if c, ok := tap.NetConn().(interface{ HandshakeDone() }); ok {
		c.HandshakeDone()
	}
	state := conn.ConnectionState()
	o.staple, o.Resumed = state.OCSPResponse, state.DidResume
	o.TLSVersion, o.ALPN = wire.VersionName(state.Version), state.NegotiatedProtocol
	p.settle(ctx, pl, o, tap, peek, conn, cred)
}

// drainFor is how long an ended connection is read for what is left in it: the
// alert that explains a reset has arrived before it.
const drainFor = 30 * time.Millisecond

func (p *prober) drain(peek *peekConn) {
	if peek.err == nil {
		peek.await(p.now().Add(drainFor))
	}
}

// accepted waits after the handshake for the server's refusal of the client:
// an alert, or the end of the connection. Where something is going to be asked,
// a ticket, which no refusal in TLS follows, ends the wait.
func (p *prober) accepted(ctx context.Context, tap *wire.Tap, peek *peekConn, asks bool, silence time.Duration) bool {
	began := p.now()
	grace := max(4*began.Sub(tap.Start()), 60*time.Millisecond)
	if !asks { // no request follows that would show a late refusal
		grace = max(grace, refusalWait, min(silence, p.cfg.Timeout/3))
	}
	until := began.Add(grace)
	if deadline, ok := ctx.Deadline(); ok && until.After(deadline) {
		until = deadline
	}
	for {
		came := peek.await(until)
		t := tap.Transcript(wire.Client)
		switch {
		case t.FirstAlertFrom(wire.Server) != nil, peek.err != nil:
			return false
		case !came, asks && (t.NewSessionTickets() > 0 || t.Count(wire.Server, "ApplicationData") > 0):
			return true
		}
		if t.Count(wire.Server, "Alert") > 0 { // close_notify
			return false
		}
	}
}

// hangsUp reports whether the server ends the connection without having been
// asked for anything.
func hangsUp(tap *wire.Tap, peek *peekConn, until time.Time) bool {
	for {
		came := peek.await(until)
		t := tap.Transcript(wire.Client)
		switch {
		case t.Count(wire.Server, "ApplicationData") > 0:
			return false
		case peek.err != nil, t.Count(wire.Server, "Alert") > 0:
			return true
		case !came:
			return false
		}
	}
}

// read fills the attempt from the transcript.
func (o *outcome) read() {
	t := o.transcript
	if h := t.ServerHello(); h != nil || t.HelloRetryRequest() != nil {
		o.ServerHello = true
		o.TLSVersion = wire.VersionName(t.Version())
		if id := t.CipherSuite(); id != 0 {
			o.CipherSuite = wire.CipherSuiteName(id)
		}
		if id := t.Group(); id != 0 {
			o.Group = wire.GroupName(id)
		}
		if h != nil {
			o.RenegotiationInfo = h.RenegotiationInfo
			o.Downgrade = h.Downgrade != 0
		}
	}
	if certs := t.PeerCertificates(wire.Server); len(certs) > 0 {
		sum := sha256.Sum256(certs[0])
		o.Leaf = hex.EncodeToString(sum[:])
	}
	o.Tickets = t.NewSessionTickets()
	o.Received = int(t.BytesFrom(wire.Server))
	if end := t.Closed(wire.Server); end.How == wire.EndEOF || end.How == wire.EndReset || end.How == wire.EndTimeout {
		o.Closed = cause.Closed(end.How)
	}
	if o.staple == nil {
		o.staple = t.OCSPStaple()
	}
	// The alert that counts: the server's, unless we refused first.
	alert := t.FirstAlertFrom(wire.Server)
	if ours := t.FirstAlertFrom(wire.Client); ours != nil && o.FailedAt == diagnose.AtHandshake && (alert == nil || ours.At < alert.At) {
		alert = ours
	}
	if alert != nil && o.FailedAt != "" {
		o.Alert = &diagnose.Alert{From: diagnose.Side(alert.From), Code: int(alert.Alert.Code), Name: alert.Alert.Name, Level: level(alert.Alert.Level)}
	}
	if o.FailedAt == diagnose.AtHandshake && !o.ServerHello {
		o.FailedAt = diagnose.AtHello
	}
	if o.FailedAt != "" && !o.ServerHello && o.Alert == nil && o.Received > 0 {
		first := t.FirstBytes(wire.Server, 64)
		o.FirstBytes = strings.Trim(strconv.QuoteToASCII(string(first)), `"`)
		o.Protocol = starttls.Recognise(first)
	}
}

func level(l uint8) string {
	if l == 1 {
		return "warning"
	}
	return "fatal"
}

// objection says why crypto/tls would have kept this certificate back: the
// server's list of acceptable CAs names none of its issuers ("issuer"), or no
// signature scheme fits its key ("signature-scheme"); else "".
func objection(r *tls.CertificateRequestInfo, cert *tls.Certificate) cause.Objection {
	if r.SupportsCertificate(cert) == nil {
		return ""
	}
	if len(r.AcceptableCAs) > 0 && !slices.ContainsFunc(cert.Certificate, func(der []byte) bool {
		x, err := x509.ParseCertificate(der)
		return err == nil && slices.ContainsFunc(r.AcceptableCAs, func(ca []byte) bool { return string(ca) == string(x.RawIssuer) })
	}) {
		withoutList := *r
		withoutList.AcceptableCAs = nil
		if withoutList.SupportsCertificate(cert) != nil {
			return cause.ObjectionSignatureScheme
		}
		return cause.ObjectionIssuer
	}
	return cause.ObjectionSignatureScheme
}

// refusal puts into a word why our own TLS library ended the handshake. The
// words it is read from are those of the crypto/tls that this program is built
// with, never the peer's.
func refusal(err error) cause.Refused {
	text := err.Error()
	if strings.HasPrefix(text, "remote error:") {
		return ""
	}
	for _, known := range []struct {
		part string
		word cause.Refused
	}{
		{"invalid signature by the server certificate", cause.RefusedServerSignature},
		{"failed to parse certificate from server", cause.RefusedServerMalformed},
		{"unsupported type of public key", cause.RefusedServerKeyType},
		{"RSA key larger than", cause.RefusedServerKeyType},
		{"server's certificate contains", cause.RefusedServerKeyType},
		{"downgrade attempt detected", cause.RefusedDowngrade},
		{"unadvertised ALPN protocol", cause.RefusedALPN},
		{"unsupported protocol version", cause.RefusedVersion},
		{"selected unsupported", cause.RefusedSelection},
		{"unconfigured cipher suite", cause.RefusedSelection},
		{"doesn't support any of the certificate's signature algorithms", cause.RefusedSignatureScheme},
		{"failed to sign handshake", cause.RefusedSign},
		{"oversized record", cause.RefusedOversized},
		{"handshake message of length", cause.RefusedOversized},
		{"first record does not look like a TLS handshake", cause.RefusedNotTLS},
		{"certificate used with invalid signature algorithm", cause.RefusedServerSignatureScheme},
		{"unsupported signature algorithm", cause.RefusedServerSignatureScheme},
		{"incompatible key usage", cause.RefusedServerKeyUsage},
	} {
		if strings.Contains(text, known.part) {
			return known.word
		}
	}
	return ""
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// clean makes an error's text fit for a report: one line, no control
// characters, no more than a reader wants.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if len(s) > 300 {
		s = s[:300] + "..."
	}
	return s
}
