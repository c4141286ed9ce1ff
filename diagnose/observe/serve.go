package observe

import (
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
	// Allow are rules of which one has to fit, beside the chain.
	Allow []AllowRule
	// Anchors are further CAs of clients, those of pinned roots, whose
	// clients Admit judges instead of Allow. It returns the profile by which
	// the client comes in.
	Anchors []*x509.Certificate
	Admit   func(sent []*x509.Certificate, now time.Time) (profile string, err error)
	// AdmitRules are Admit's rules in words.
	AdmitRules []string
	MinVersion uint16 // 0: TLS 1.2

	Handler http.Handler
	// Refused is told of each connection that came to nothing, Closed of each
	// other one at its end. Both may be called from several goroutines at
	// once. The facts are the callee's.
	Refused, Closed func(*diagnose.Facts)
	// Changed is told of files that were read again while serving.
	Changed func(Notice)
	// Known is what each connection's facts start with: the user's words,
	// pinned roots.
	Known diagnose.Facts

	HandshakeTimeout time.Duration    // 0: ten seconds
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
	maxHeaderBytes    = 64 << 10
	maxHandshakes     = 1024 // under way at once
	readHeaderTimeout = 10 * time.Second
	requestTimeout    = 30 * time.Second
	idleTimeout       = 60 * time.Second
)

// server is a server at work.
type server struct {
	cfg    ServeConfig
	files  *serverFiles
	base   *tls.Config // keeps the session ticket keys
	target diagnose.Target
	ready  *queue // connections whose handshake is done
	slots  chan struct{}

	mu       sync.Mutex
	visitors map[net.Conn]*visitor
	open     sync.WaitGroup // visitors of whom no facts were delivered yet
}

// Serve serves HTTPS on the listeners until ctx ends, then lets requests under
// way finish, and closes the listeners. Each connection is watched: what a
// client sent explains why it was refused. The error is that of the files at
// the start, or of a listener; the end of ctx is none.
func Serve(ctx context.Context, listeners []net.Listener, cfg ServeConfig) error {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.HandshakeTimeout == 0 {
		cfg.HandshakeTimeout = 10 * time.Second
	}
	if cfg.Grace == 0 {
		cfg.Grace = 3 * time.Second
	}
	s := &server{cfg: cfg, visitors: map[net.Conn]*visitor{}, slots: make(chan struct{}, maxHandshakes)}
	defer closeAll(listeners)
	files, err := openServerFiles(&s.cfg)
	if err != nil {
		return err
	}
	s.files = files
	s.base = files.current.config.Clone()
	s.base.GetConfigForClient = configForClient
	s.ready = newQueue(listeners[0].Addr())
	s.target = targetOf(listeners[0].Addr(), cfg.Known.Target)
	return s.run(ctx, listeners)
}

func (s *server) run(ctx context.Context, listeners []net.Listener) error {
	web := &http.Server{
		Handler:           s.cfg.Handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      requestTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ConnContext:       s.connContext,
		ConnState:         s.connState,
		ErrorLog:          log.New(noticeWriter{&s.cfg}, "", 0),
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	handshakes, cancelHandshakes := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelHandshakes()

	var accepting, greeting sync.WaitGroup
	for _, ln := range listeners {
		accepting.Go(func() {
			err := s.accept(ctx, ln, func(conn net.Conn) {
				greeting.Go(func() { s.greet(handshakes, conn) })
			})
			if err != nil {
				stop(err)
			}
		})
	}
	served := make(chan error, 1)
	go func() { served <- web.Serve(s.ready) }()

	<-ctx.Done()
	closeAll(listeners)
	accepting.Wait()
	end := time.Now().Add(s.cfg.Grace)
	soon := time.AfterFunc(min(s.cfg.Grace, 250*time.Millisecond), cancelHandshakes)
	greeting.Wait()
	soon.Stop()
	s.ready.Close()
	grace, cancel := context.WithDeadline(context.Background(), end)
	defer cancel()
	if web.Shutdown(grace) != nil {
		web.Close()
	}
	<-served
	s.open.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return nil
}

// accept hands each connection of ln to greet, until ctx ends. It waits where
// the machine has run out of something, as net/http does.
func (s *server) accept(ctx context.Context, ln net.Listener, greet func(net.Conn)) error {
	var pause time.Duration
	for {
		conn, err := ln.Accept()
		var temporary interface{ Temporary() bool }
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case err == nil:
			pause = 0
		case errors.As(err, &temporary) && temporary.Temporary():
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			select {
			case <-time.After(pause):
			case <-ctx.Done():
			}
			continue
		default:
			return err
		}
		select {
		case s.slots <- struct{}{}:
			greet(conn)
		case <-ctx.Done():
			conn.Close()
			return nil
		}
	}
}

// connContext makes a visitor known to the requests of its connection.
func (s *server) connContext(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, visitorKey{}, s.visitor(conn))
}

func (s *server) visitor(conn net.Conn) *visitor {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.visitors[conn]
}

func (s *server) connState(conn net.Conn, state http.ConnState) {
	if state != http.StateClosed && state != http.StateHijacked {
		return
	}
	s.mu.Lock()
	v := s.visitors[conn]
	delete(s.visitors, conn)
	s.mu.Unlock()
	if v != nil {
		v.left()
		s.open.Done()
	}
}

// queue is a listener of connections that were accepted elsewhere.
type queue struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newQueue(addr net.Addr) *queue {
	return &queue{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (q *queue) Accept() (net.Conn, error) {
	select {
	case conn := <-q.conns:
		return conn, nil
	case <-q.closed:
		return nil, net.ErrClosed
	}
}

// put reports whether the connection was taken.
func (q *queue) put(conn net.Conn) bool {
	select {
	case q.conns <- conn:
		return true
	case <-q.closed:
		return false
	}
}

func (q *queue) Close() error {
	q.once.Do(func() { close(q.closed) })
	return nil
}

func (q *queue) Addr() net.Addr { return q.addr }

// noticeWriter passes on what net/http logs: panics of the handler.
type noticeWriter struct{ cfg *ServeConfig }

func (w noticeWriter) Write(line []byte) (int, error) {
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
