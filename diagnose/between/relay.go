package between

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"

	"mutual/diagnose/wire"
)

// A Relay passes connections on to a target, byte for byte, and tells of each
// when it has ended.
type Relay struct {
	// Dial connects to the target.
	Dial func(ctx context.Context) (net.Conn, error)
	// Done is told of each connection at its end, with what passed. Err is why
	// the target could not be reached, else nil. It may be called from several
	// goroutines at once.
	Done func(client net.Addr, passed *wire.Recording, err error)
	// Transparent, where it is set, is how the client's address is written ahead
	// of its bytes; nil: it is not.
	Transparent func(client, local net.Addr) []byte
}

// acceptPause is how long to wait after the system had no more descriptors.
const acceptPause = 50 * time.Millisecond

// Serve passes on what the listeners accept, until ctx ends. Connections that
// are open then are closed, and told of.
func (r *Relay) Serve(ctx context.Context, listeners []net.Listener) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var open sync.WaitGroup
	failed := make(chan error, len(listeners))
	for _, ln := range listeners {
		context.AfterFunc(ctx, func() { ln.Close() })
		go func() { failed <- r.accept(ctx, ln, &open) }()
	}
	var first error
	for range listeners {
		if err := <-failed; err != nil && first == nil {
			first = err
		}
		stop()
	}
	open.Wait()
	return first
}

func (r *Relay) accept(ctx context.Context, ln net.Listener, open *sync.WaitGroup) error {
	for {
		conn, err := ln.Accept()
		switch {
		case ctx.Err() != nil:
			if conn != nil {
				conn.Close()
			}
			return nil
		case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ECONNABORTED):
			select {
			case <-ctx.Done():
			case <-time.After(acceptPause):
			}
			continue
		case err != nil:
			return err
		}
		open.Go(func() { r.pass(ctx, conn) })
	}
}

// pass passes one connection on.
func (r *Relay) pass(ctx context.Context, client net.Conn) {
	defer client.Close()
	p := &passage{recording: wire.NewRecording(time.Now())}
	server, err := r.Dial(ctx)
	if err != nil {
		r.Done(client.RemoteAddr(), p.recording, err)
		breakOff(client)
		return
	}
	defer server.Close()
	stop := context.AfterFunc(ctx, func() {
		client.Close()
		server.Close()
	})
	defer stop()
	if r.Transparent != nil {
		if _, err := server.Write(r.Transparent(client.RemoteAddr(), client.LocalAddr())); err != nil {
			r.Done(client.RemoteAddr(), p.recording, err)
			return
		}
	}
	var both sync.WaitGroup
	both.Go(func() { p.forward(server, client, wire.Client) })
	both.Go(func() { p.forward(client, server, wire.Server) })
	both.Wait()
	r.Done(client.RemoteAddr(), p.recording, nil)
}

// passage is one connection under way.
type passage struct {
	mu        sync.Mutex
	recording *wire.Recording
}

// firstBuffer is small: a connection that idles holds two of them.
const (
	firstBuffer = 2 << 10
	largeBuffer = 16 << 10
)

// forward copies what side sends from src to dst, to its end. What is recorded
// is recorded before it is passed on, so that no answer can seem to precede it.
// Once the recording is full the rest is left to the kernel, where it can splice.
func (p *passage) forward(dst, src net.Conn, side string) {
	buffer := make([]byte, firstBuffer)
	for {
		n, err := src.Read(buffer)
		full := false
		if n > 0 {
			p.mu.Lock()
			p.recording.Add(side, buffer[:n], time.Now())
			full = p.recording.Full(side)
			p.mu.Unlock()
			if _, werr := dst.Write(buffer[:n]); werr != nil {
				// dst's own end is told by the other direction. What src still
				// says is read, for it may be the word that counts.
				p.drain(src, side)
				return
			}
		}
		if err == nil && full {
			_, err = io.Copy(dst, src)
			if err == nil {
				err = io.EOF
			}
		}
		if err != nil {
			p.end(dst, side, err)
			return
		}
		if n == len(buffer) && n < largeBuffer {
			buffer = make([]byte, largeBuffer)
		}
	}
}

// drain reads what a side still sends after the other has gone away.
func (p *passage) drain(src net.Conn, side string) {
	src.SetReadDeadline(time.Now().Add(time.Second))
	buffer := make([]byte, firstBuffer)
	for {
		n, err := src.Read(buffer)
		p.mu.Lock()
		if n > 0 {
			p.recording.Add(side, buffer[:n], time.Now())
		}
		p.mu.Unlock()
		if err != nil {
			src.Close()
			return
		}
	}
}

// end hands the end of src's stream on: a reset as a reset, an end as an end.
func (p *passage) end(dst net.Conn, side string, err error) {
	how := ""
	switch {
	case errors.Is(err, io.EOF):
		how = wire.EndEOF
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.ECONNABORTED):
		how = wire.EndReset
	}
	if how != "" {
		p.mu.Lock()
		p.recording.End(side, how, time.Now())
		p.mu.Unlock()
	}
	switch how {
	case wire.EndEOF:
		if half, ok := dst.(interface{ CloseWrite() error }); ok {
			half.CloseWrite()
			return
		}
		dst.Close()
	default:
		breakOff(dst)
	}
}

// breakOff closes a connection as one that was reset.
func breakOff(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	conn.Close()
}
