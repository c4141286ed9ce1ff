package observe

import (
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
	"mutual/diagnose/wire"
)

// visitor is one client's connection.
type visitor struct {
	*server
	*material
	tap     *wire.Tap
	conn    *tls.Conn
	arrived time.Time
	took    time.Duration // of the handshake, to its end but for the client's Finished

	hello *tls.ClientHelloInfo // nil: none that crypto/tls understood

	// What verify found. A client may be known to the TLS library and be let
	// in by a server that only asks, without being authorised.
	authorization *diagnose.Authorization
	denied        error // why verify refused, where it did

	active atomic.Bool // a request has begun
	// since is when the request under way began, or in HTTP/2, where several
	// may be, when one of them was answered last; by the tap's time, 0: none is.
	since    atomic.Int64
	requests atomic.Int64
	last     atomic.Pointer[diagnose.HTTP]

	once  sync.Once
	facts *diagnose.Facts // of the accepted connection
}

type visitorKey struct{}

// greet makes the TLS connection for a client that has just come. The
// handshake is still to be made.
func (s *server) greet(conn net.Conn) net.Conn {
	v := &visitor{server: s, material: s.files.use(), tap: wire.NewTap(conn, nil), arrived: s.cfg.Now()}
	v.conn = tls.Server(&lobby{Tap: v.tap, visitor: v}, s.base)
	s.mu.Lock()
	s.visitors[v] = struct{}{}
	s.mu.Unlock()
	s.open.Add(1)
	return v.conn
}

// lobby is what lies beneath a visitor's TLS connection. It leads back from a
// connection to its visitor, and when a connection is closed whose handshake
// came to nothing, it has that explained first.
type lobby struct {
	*wire.Tap
	visitor *visitor
	once    sync.Once
}

// visitorOf returns the visitor of a connection that greet has made.
func visitorOf(conn net.Conn) *visitor { return conn.(*tls.Conn).NetConn().(*lobby).visitor }

// Write passes on what crypto/tls writes. What net/http answers in plain text
// to a plain HTTP request is held back: refuse has a better answer.
func (l *lobby) Write(b []byte) (int, error) {
	if bytes.HasPrefix(b, []byte("HTTP/1.0 400 Bad Request\r\n\r\nClient sent")) && !l.visitor.welcome() {
		return len(b), nil
	}
	return l.Tap.Write(b)
}

func (l *lobby) Close() error {
	l.once.Do(func() {
		if !l.visitor.welcome() {
			// crypto/tls keeps the error of its handshake, and gives it again.
			l.visitor.refuse(l.visitor.conn.Handshake())
		}
	})
	return l.Tap.Close()
}

// welcome reports whether the handshake was made.
func (v *visitor) welcome() bool { return v.conn.ConnectionState().HandshakeComplete }

// configForClient gives each connection its own configuration: with its key
// log, so that what it encrypts can be read if it is refused, and its check.
func configForClient(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	v := hello.Conn.(*lobby).visitor
	v.hello = hello
	config := v.material.config.Clone()
	config.KeyLogWriter = v.tap.KeyLog()
	config.VerifyConnection = v.verify
	return config, nil
}

var (
	errNotAuthorized = errors.New("the client is not among those allowed")
	errNotTrusted    = errors.New("the client's chain leads to none of the client CAs")
	errUnfit         = errors.New("the client's key may not sign handshakes, or is too short")
)

// verify judges the client, in each handshake, a resumed one too: the rules
// may have changed since, and a ticket must not carry anyone past them. Where
// the server requires a certificate, crypto/tls has judged the chain of a full
// handshake already, and answered with the alert that fits.
func (v *visitor) verify(state tls.ConnectionState) error {
	v.took = time.Since(v.tap.Start())
	if v.cfg.ClientAuth == AuthNone {
		return nil
	}
	require := v.cfg.ClientAuth == AuthRequire
	sent := state.PeerCertificates
	var err error
	switch {
	case len(sent) == 0:
		err = errNotTrusted
	case require && !state.DidResume && v.cfg.Admit == nil:
	default:
		if _, untrusted := verifyClient(sent, v.config.ClientCAs, v.cfg.Now()); untrusted != nil {
			err = errNotTrusted
		}
	}
	if err == nil && unfit(sent[0]) {
		err = errUnfit
	}
	if err == nil && v.revoked(sent) {
		err = errRevoked
	}
	trusted := err == nil
	v.authorization = v.authorize(sent, trusted)
	if a := v.authorization; a != nil && !a.Allowed && trusted {
		err = errNotAuthorized
	}
	if !require {
		return nil
	}
	v.denied = err
	return err
}

// authorize applies the rules beyond the chain. Where there are none, it
// returns nil if the chain decides in the handshake, and the chain's verdict if
// the server only asks.
func (v *visitor) authorize(sent []*x509.Certificate, trusted bool) *diagnose.Authorization {
	a := &diagnose.Authorization{Rules: []string{}}
	if len(v.cfg.Allow) == 0 && v.cfg.Admit == nil {
		if v.cfg.ClientAuth == AuthRequire {
			return nil
		}
		a.Allowed = trusted
		return a
	}
	for _, rule := range v.cfg.Allow {
		a.Rules = append(a.Rules, rule.String())
	}
	a.Rules = append(a.Rules, v.cfg.AdmitRules...)
	if !trusted {
		return a
	}
	if v.cfg.Admit != nil {
		admission, err := v.cfg.Admit(sent, v.cfg.Now())
		if err == nil {
			a.Allowed, a.Admission = true, admission
			return a
		}
		// The roots are for the callers of their profiles alone. Others need
		// a CA of the files, by a path that does not rest on a pinned root.
		anchor := v.ownAnchor(sent)
		if anchor == nil {
			return a
		}
		a.CA = chain.DN(anchor.RawSubject)
	}
	a.Allowed = v.cfg.Admit != nil && len(v.cfg.Allow) == 0
	for _, rule := range v.cfg.Allow {
		if !a.Allowed && rule.Match(sent[0]) {
			a.Allowed, a.Rule = true, rule.String()
		}
	}
	return a
}

// unfit reports what crypto/tls does not look at in a client's leaf: that its
// key may sign handshakes (RFC 8446 §4.4.2.2), and the size of an RSA key.
func unfit(leaf *x509.Certificate) bool {
	if key, ok := leaf.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() < 2048 {
		return true
	}
	return leaf.KeyUsage != 0 && leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0
}

func verifyClient(sent []*x509.Certificate, roots *x509.CertPool, now time.Time) ([][]*x509.Certificate, error) {
	between := x509.NewCertPool()
	for _, c := range sent[1:] {
		between.AddCert(c)
	}
	return sent[0].Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
}

// refuse tells of a handshake that came to nothing, and waits a moment so that
// the client hears why.
func (v *visitor) refuse(err error) {
	if v.took == 0 {
		v.took = time.Since(v.tap.Start())
	}
	facts := v.refusedFacts(err)
	if facts.Attempts[0].Protocol == "http" {
		v.answerPlainHTTP()
		facts.HTTP = &diagnose.HTTP{Status: http.StatusBadRequest, Says: cause.SaysPlainHTTP}
	}
	if v.cfg.Refused != nil {
		v.cfg.Refused(facts)
	}
	if facts.Attempts[0].Closed == "" {
		linger(v.tap.NetConn())
	}
}

// answerPlainHTTP says in plain HTTP that this port speaks TLS.
func (v *visitor) answerPlainHTTP() {
	url := "https://" + net.JoinHostPort(v.target.Host, strconv.Itoa(v.target.Port)) + "/"
	body := "This port speaks HTTPS, and the request came in plain HTTP.\nAsk for " + url + " instead.\n"
	v.tap.SetWriteDeadline(time.Now().Add(time.Second))
	io.WriteString(v.tap, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"+
		"Content-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body)
}

// linger closes our half and reads the rest for a moment: a socket closed with
// bytes unread is reset, and the reset overtakes the alert.
func linger(conn net.Conn) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok || tcp.CloseWrite() != nil {
		return
	}
	tcp.SetReadDeadline(time.Now().Add(500 * time.Millisecond))
	io.CopyN(io.Discard, tcp, 256<<10)
}

// left tells of an accepted connection at its end.
func (v *visitor) left() {
	if !v.welcome() {
		return
	}
	tell, facts := v.cfg.Closed, v.acceptedFacts
	if v.requests.Load() == 0 {
		tell, facts = v.cfg.Gone, v.goneFacts
	}
	if tell != nil {
		tell(facts())
	}
}

// FactsOf are the facts of the connection that a request came by, or nil for a
// request of another server. They are the caller's.
func FactsOf(r *http.Request) *diagnose.Facts {
	v, _ := r.Context().Value(visitorKey{}).(*visitor)
	if v == nil {
		return nil
	}
	return v.acceptedFacts()
}

// Answered records a request with its answer as the last of its connection.
// With the first one, the client has shown that it accepts the server, and the
// recording of the handshake is released.
func Answered(r *http.Request, status int) {
	v, _ := r.Context().Value(visitorKey{}).(*visitor)
	if v == nil {
		return
	}
	if v.requests.Add(1) == 1 {
		v.tap.Drop()
	}
	v.since.Store(int64(time.Since(v.tap.Start())))
	v.last.Store(&diagnose.HTTP{Status: status, Proto: r.Proto})
}
