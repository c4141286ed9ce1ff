package observe

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"mutual/diagnose"
	"mutual/pki"
)

// ClientAuth is whether a server asks clients for a certificate.
type ClientAuth string

// The ways of asking.
const (
	AuthRequire ClientAuth = "require" // refuses in the handshake who is not authorised
	AuthRequest ClientAuth = "request" // lets anyone in, and knows who is not authorised
	AuthNone    ClientAuth = "none"    // never asks
)

// ServeConfig is what a server serves with. Cert, ClientAuth and Handler are
// needed, the rest may be zero.
type ServeConfig struct {
	// Cert and Key are files; Key may be empty where Cert holds both. They
	// and ClientCA are read again when they change.
	Cert, Key string
	Pass      pki.PassFunc
	// ClientCA are files or folders with the CAs of clients.
	ClientCA   []string
	ClientAuth ClientAuth
	// CRL are files with revocation lists, read again when they change. Who is
	// on one is refused; a CA without a list is no fault.
	CRL []string
	// Allow are rules of which one has to fit, beside the chain.
	Allow []AllowRule
	// Anchors are further CAs of clients, those of pinned roots, whose
	// clients Admit judges instead of Allow. It returns by which profile and
	// root the client comes in.
	Anchors []*x509.Certificate
	Admit   func(sent []*x509.Certificate, now time.Time) (diagnose.Admission, error)
	// PinnedKeys are the public keys of pinned roots, SHA-256 of the SPKI in
	// base64, beside those of Anchors. Admit alone lets in who comes under
	// one of them, also where ClientCA holds a certificate of that key.
	PinnedKeys []string
	// AdmitRules are Admit's rules in words.
	AdmitRules []string
	MinVersion uint16 // 0: TLS 1.2

	// Handler answers requests, and has to call Answered after each.
	Handler http.Handler
	// Refused is told of each connection that came to nothing, Gone of each
	// whose client left after the handshake without a request, Closed of each
	// other one at its end. They may be called from several goroutines at
	// once. The facts are the callee's.
	Refused, Gone, Closed func(*diagnose.Facts)
	// Ready, where it is set, is called once the server can answer; an error
	// ends it.
	Ready func() error
	// Changed is told of files that were read again while serving.
	Changed func(Notice)
	// Known is what each connection's facts start with: the user's words,
	// pinned roots.
	Known diagnose.Facts

	HandshakeTimeout time.Duration    // up to the first request's beginning; 0: ten seconds
	Grace            time.Duration    // for requests under way at the end; 0: three seconds
	Now              func() time.Time // nil: time.Now
}

// Notice is news of a server's own working, which concerns no connection.
type Notice struct {
	Leaf *diagnose.Certificate // the certificate now in use, where it is another
	Err  error                 // why changed files are not used, or what went wrong in the HTTP server
}

func (cfg *ServeConfig) notice(n Notice) {
	if cfg.Changed != nil {
		cfg.Changed(n)
	}
}

// Limits of the HTTP server. A request that needs more is not one of a webhook.
const (
	maxHeaderBytes = 64 << 10
	maxConnections = 4096 // open at once; more wait in the system's queue
	requestTimeout = 30 * time.Second
	idleTimeout    = 60 * time.Second
	patrolEvery    = time.Second
)

// server is a server at work.
type server struct {
	cfg    ServeConfig
	files  *serverFiles
	base   *tls.Config // keeps the session ticket keys
	target diagnose.Target
	certs  certCache
	places chan struct{} // one for each open connection
	ending chan struct{} // closed when no more are taken

	mu       sync.Mutex
	visitors map[*visitor]struct{}
	open     sync.WaitGroup // visitors who are not gone, or not reported
}

// Serve serves HTTPS on the listeners until ctx ends, then lets requests under
// way finish, and closes the listeners. Each connection is watched: what a
// client sent explains why it was refused. The error is that of the files at
// the start, or of a listener; the end of ctx is none.
func Serve(ctx context.Context, listeners []net.Listener, cfg ServeConfig) error {
	defer closeAll(listeners)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.HandshakeTimeout == 0 {
		cfg.HandshakeTimeout = 10 * time.Second
	}
	if cfg.Grace == 0 {
		cfg.Grace = 3 * time.Second
	}
	s := &server{cfg: cfg, visitors: map[*visitor]struct{}{}, places: make(chan struct{}, maxConnections), ending: make(chan struct{})}
	files, err := openServerFiles(&s.cfg)
	if err != nil {
		return err
	}
	s.files = files
	s.base = files.current.config.Clone()
	s.base.GetConfigForClient = configForClient
	s.target = targetOf(listeners[0].Addr(), cfg.Known.Target)
	if cfg.Ready != nil {
		if err := cfg.Ready(); err != nil {
			return err
		}
	}
	return s.run(ctx, listeners)
}

func (s *server) run(ctx context.Context, listeners []net.Listener) error {
	web := &http.Server{
		Handler:        s.cfg.Handler,
		IdleTimeout:    idleTimeout,
		MaxHeaderBytes: maxHeaderBytes,
		ConnContext:    connContext,
		ConnState:      s.connState,
		ErrorLog:       log.New(noticeWriter{&s.cfg}, "", 0),
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var serving sync.WaitGroup
	for _, ln := range listeners {
		serving.Go(func() {
			if err := web.Serve(watched{ln, s}); !errors.Is(err, http.ErrServerClosed) {
				stop(err)
			}
		})
	}
	s.patrol(ctx)
	close(s.ending)
	// Who has not begun a request is not waited for as long as the others.
	soon := time.AfterFunc(min(s.cfg.Grace, 250*time.Millisecond), func() { s.breakOff(idle) })
	defer soon.Stop()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Grace)
	defer cancel()
	if web.Shutdown(grace) != nil {
		web.Close()
	}
	serving.Wait()
	s.open.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return nil
}

// watched is a listener whose connections are visitors'. The handshake is left
// to net/http, in the goroutine that serves the connection.
type watched struct {
	net.Listener
	server *server
}

func (w watched) Accept() (net.Conn, error) {
	select {
	case w.server.places <- struct{}{}:
	case <-w.server.ending:
		return nil, net.ErrClosed
	}
	conn, err := w.Listener.Accept()
	if err != nil {
		<-w.server.places
		return nil, err
	}
	return w.server.greet(conn), nil
}

// connContext makes a visitor known to the requests of its connection.
func connContext(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, visitorKey{}, visitorOf(conn))
}

func (s *server) connState(conn net.Conn, state http.ConnState) {
	switch v := visitorOf(conn); state {
	case http.StateActive:
		v.active.Store(true)
		v.since.Store(int64(time.Since(v.tap.Start())))
	case http.StateIdle:
		v.since.Store(0)
	case http.StateClosed, http.StateHijacked:
		s.mu.Lock()
		delete(s.visitors, v)
		s.mu.Unlock()
		v.left()
		<-s.places
		s.open.Done()
	}
}

// patrol breaks off, until ctx ends, connections that take longer than they
// may: for the handshake and the first request's beginning, or for a request
// with its answer. One look around a second is cheaper than the timers that
// net/http would set and reset for each connection.
func (s *server) patrol(ctx context.Context) {
	round := time.NewTicker(min(patrolEvery, s.cfg.HandshakeTimeout/4+1))
	defer round.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-round.C:
		}
		s.breakOff(func(v *visitor) bool {
			age, since := time.Since(v.tap.Start()), time.Duration(v.since.Load())
			if !v.active.Load() {
				return age > s.cfg.HandshakeTimeout
			}
			return since > 0 && age-since > requestTimeout
		})
	}
}

// breakOff ends the connections of those who are late.
func (s *server) breakOff(late func(*visitor) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for v := range s.visitors {
		if late(v) {
			v.tap.SetDeadline(time.Unix(1, 0))
		}
	}
}

func idle(v *visitor) bool { return !v.active.Load() }

// noticeWriter passes on what net/http logs, but for handshakes that failed,
// which are explained instead.
type noticeWriter struct{ cfg *ServeConfig }

func (w noticeWriter) Write(line []byte) (int, error) {
	if bytes.HasPrefix(line, []byte("http: TLS handshake error")) {
		return len(line), nil
	}
	w.cfg.notice(Notice{Err: errors.New(strings.TrimSpace(string(line)))})
	return len(line), nil
}

func closeAll(listeners []net.Listener) {
	for _, ln := range listeners {
		ln.Close()
	}
}

// targetOf completes what is known of the server's own address.
func targetOf(addr net.Addr, known diagnose.Target) diagnose.Target {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		known.Port = tcp.Port
		if known.Host == "" {
			known.Host = tcp.IP.String()
		}
	}
	known.Address = addr.String()
	return known
}
