// Package wire watches a TLS connection from underneath: it records the bytes
// of both directions, parses their records and handshake messages, and with
// the connection's own key log reads those that are encrypted.
package wire

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// The two sides of a connection, as the fields and arguments of this package
// name them.
const (
	Client = "client"
	Server = "server"
)

// What a Tap keeps of each direction. What goes beyond is passed on and
// counted, not kept: a peer that sends without end costs no memory.
const (
	keepBytes  = 256 << 10
	keepMarks  = 8192
	keepKeyLog = 64 << 10
)

// A Tap is a net.Conn that remembers what went through it: the bytes of each
// direction up to a bound, when they passed, and how each direction ended.
// Reading and writing cost one lock and one copy; nothing is parsed until
// Transcript is called. It is safe for concurrent use as any net.Conn is.
//
// Put it under crypto/tls, and give KeyLog to tls.Config.KeyLogWriter, so that
// the encrypted part can be read too.
type Tap struct {
	net.Conn
	clock func() time.Time
	start time.Time

	mu      sync.Mutex
	stopped bool
	seq     uint64
	read    half // what came from the peer
	written half // what went to it
	room    [2]room
	keyLog  []byte
	forgot  bool
}

// NewTap returns a Tap on conn whose times count from now. The clock is
// time.Now if nil.
func NewTap(conn net.Conn, clock func() time.Time) *Tap {
	if clock == nil {
		clock = time.Now
	}
	t := &Tap{Conn: conn, clock: clock, start: clock()}
	t.read.kept, t.read.marks = t.room[0].bytes[:0], t.room[0].marks[:0]
	t.written.kept, t.written.marks = t.room[1].bytes[:0], t.room[1].marks[:0]
	return t
}

// Start returns the time from which the At of events counts.
func (t *Tap) Start() time.Time { return t.start }

// NetConn returns the connection beneath.
func (t *Tap) NetConn() net.Conn { return t.Conn }

// Read reads from the connection beneath and records what it gave.
func (t *Tap) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	t.mu.Lock()
	defer t.mu.Unlock()
	if n > 0 {
		t.read.add(b[:n], t.mark(), t.stopped)
	}
	if err != nil {
		t.read.endBy(err, t.mark())
	}
	return n, err
}

// Write writes to the connection beneath and records what it took. The bytes
// bear the time before the write, so that no answer can seem to precede them.
func (t *Tap) Write(b []byte) (int, error) {
	t.mu.Lock()
	m := t.mark()
	t.mu.Unlock()
	n, err := t.Conn.Write(b)
	t.mu.Lock()
	defer t.mu.Unlock()
	if n > 0 {
		t.written.add(b[:n], m, t.stopped)
	}
	if err != nil && isReset(err) {
		// The peer is gone. What it had sent before may still be readable.
		t.read.reset(t.mark())
	}
	return n, err
}

// Close closes the connection beneath, and records that this side ended it.
func (t *Tap) Close() error {
	t.mu.Lock()
	if t.written.end.How == "" {
		t.written.end = ending{End: End{How: EndClosed}, mark: t.mark()}
	}
	t.mu.Unlock()
	return t.Conn.Close()
}

// KeyLog returns the writer for tls.Config.KeyLogWriter. The secrets are kept
// in memory, until Forget, and nowhere else.
func (t *Tap) KeyLog() io.Writer { return keyLogWriter{t} }

// Stop ends the recording: bytes are counted from here on, but not kept. A
// server calls it when the handshake is over and nothing is left to explain.
func (t *Tap) Stop() {
	t.mu.Lock()
	t.stopped = true
	t.mu.Unlock()
}

// Forget overwrites the secrets that KeyLog received and takes no more. A
// Transcript called for afterwards shows encrypted messages as such.
func (t *Tap) Forget() {
	t.mu.Lock()
	clear(t.keyLog[:cap(t.keyLog)])
	t.keyLog, t.forgot = nil, true
	t.mu.Unlock()
}

// Drop ends the recording for good: what was kept is released, the secrets are
// overwritten, and from here on bytes are only counted. A server calls it when
// a connection has come to a good end and nothing is left to explain. A
// Transcript called for afterwards has no messages.
func (t *Tap) Drop() {
	t.Forget()
	t.mu.Lock()
	t.stopped = true
	t.read.kept, t.read.marks = nil, nil
	t.written.kept, t.written.marks = nil, nil
	t.mu.Unlock()
}

// Transcript parses what has passed so far. The role says which side this end
// of the connection is, Client or Server.
func (t *Tap) Transcript(role string) *Transcript {
	t.mu.Lock()
	client, server := t.written.snapshot(), t.read.snapshot()
	keys := ParseKeyLog(t.keyLog)
	t.mu.Unlock()
	if role == Server {
		client, server = server, client
	}
	return parseHalves(client, server, keys)
}

// mark returns the present moment, in time and in order. The lock is held.
func (t *Tap) mark() mark {
	t.seq++
	return mark{seq: t.seq, at: t.clock().Sub(t.start)}
}

type keyLogWriter struct{ t *Tap }

// Write takes one line, as crypto/tls gives it. It never fails: a line beyond
// the bound is dropped.
func (w keyLogWriter) Write(line []byte) (int, error) {
	w.t.mu.Lock()
	defer w.t.mu.Unlock()
	if w.t.keyLog == nil {
		w.t.keyLog = make([]byte, 0, 1024)
	}
	need := len(w.t.keyLog) + len(line)
	if w.t.forgot || need > keepKeyLog {
		return len(line), nil
	}
	if need > cap(w.t.keyLog) {
		// Not append: the copy it leaves behind would outlive Forget.
		grown := make([]byte, len(w.t.keyLog), 2*need)
		copy(grown, w.t.keyLog)
		clear(w.t.keyLog)
		w.t.keyLog = grown
	}
	w.t.keyLog = append(w.t.keyLog, line...)
	return len(line), nil
}

// A room is where a direction is kept at first. Most handshakes fit, and cost
// no allocation beside the Tap's own.
type room struct {
	bytes [2048]byte
	marks [12]mark
}

// A mark says when the bytes before offset end had passed: at is the time since
// the start, seq the order among both directions.
type mark struct {
	seq uint64
	at  time.Duration
	end int // set on marks of bytes
}

// A half is one direction of a connection, as far as it is kept.
type half struct {
	kept  []byte
	marks []mark
	total int64
	end   ending
}

// An ending is how a direction ended, and when. The zero value is "not yet".
type ending struct {
	End
	mark mark
}

func (h *half) add(b []byte, m mark, stopped bool) {
	h.total += int64(len(b))
	if h.end.How == EndTimeout {
		h.end = ending{}
	}
	if room := keepBytes - len(h.kept); stopped || room <= 0 {
		return
	} else if len(b) > room {
		b = b[:room]
	}
	h.kept = append(h.kept, b...)
	m.end = len(h.kept)
	if len(h.marks) < keepMarks {
		h.marks = append(h.marks, m)
	} else {
		h.marks[len(h.marks)-1].end = m.end
	}
}

func (h *half) endBy(err error, m mark) {
	switch {
	case h.end.How == EndReset, h.end.How == EndEOF:
		// Known already. Where a write met the reset first, the EOF that the
		// kernel then gives to reads is the same end, not another.
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe):
		h.end = ending{End{How: EndEOF}, m}
	case isReset(err):
		h.end = ending{End{How: EndReset}, m}
	case errors.Is(err, os.ErrDeadlineExceeded):
		h.end = ending{End{How: EndTimeout}, m}
	}
}

func (h *half) reset(m mark) {
	if h.end.How == "" || h.end.How == EndTimeout {
		h.end = ending{End{How: EndReset}, m}
	}
}

// snapshot returns h as it stands. The bytes are shared, which is safe: add
// only ever writes behind them.
func (h *half) snapshot() half {
	s := *h
	s.kept = s.kept[:len(s.kept):len(s.kept)]
	s.marks = append([]mark(nil), s.marks...)
	return s
}

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED)
}
