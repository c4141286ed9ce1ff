package wire

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A scriptConn is a net.Conn that reads chunks and then an error, and whose
// writes fail once writeErr is set.
type scriptConn struct {
	net.Conn
	chunks   [][]byte
	readErr  error
	writeErr error
}

func (c *scriptConn) Read(b []byte) (int, error) {
	if len(c.chunks) == 0 {
		return 0, c.readErr
	}
	n := copy(b, c.chunks[0])
	if c.chunks[0] = c.chunks[0][n:]; len(c.chunks[0]) == 0 {
		c.chunks = c.chunks[1:]
	}
	return n, nil
}

func (c *scriptConn) Write(b []byte) (int, error) {
	if c.writeErr != nil {
		return 0, c.writeErr
	}
	return len(b), nil
}

func (c *scriptConn) Close() error { return nil }

// fixedClock returns a clock that goes on a millisecond at each look.
func fixedClock() func() time.Time {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time {
		now = now.Add(time.Millisecond)
		return now
	}
}

var alert = []byte{21, 3, 3, 0, 2, 2, 48}

func TestTapClosed(t *testing.T) {
	reset := &net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	timeout := &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}
	tests := []struct {
		name string
		conn scriptConn
		use  func(*Tap)
		want string
	}{
		{"open", scriptConn{chunks: [][]byte{alert, alert}}, func(tap *Tap) { tap.Read(make([]byte, 64)) }, EndNone},
		{"eof", scriptConn{readErr: io.EOF}, func(tap *Tap) { tap.Read(make([]byte, 64)) }, EndEOF},
		{"reset", scriptConn{readErr: reset}, func(tap *Tap) { tap.Read(make([]byte, 64)) }, EndReset},
		{"timeout", scriptConn{readErr: timeout}, func(tap *Tap) { tap.Read(make([]byte, 64)) }, EndTimeout},
		{"a write meets the reset first", scriptConn{chunks: [][]byte{alert}, readErr: io.EOF, writeErr: reset}, func(tap *Tap) {
			tap.Write(alert)
			io.Copy(io.Discard, tap)
		}, EndReset},
		{"our own closing is not the peer's", scriptConn{readErr: net.ErrClosed}, func(tap *Tap) {
			tap.Close()
			tap.Read(make([]byte, 64))
		}, EndNone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tap := NewTap(&tt.conn, fixedClock())
			tt.use(tap)
			if got := tap.Transcript(Client).Closed(Server); got.How != tt.want {
				t.Errorf("Closed(Server) = %q, want %q", got.How, tt.want)
			}
		})
	}
}

// TestTapAlertAfterReset takes an alert that is still to be read when a write
// has already met the reset.
func TestTapAlertAfterReset(t *testing.T) {
	tap := NewTap(&scriptConn{chunks: [][]byte{alert}, readErr: io.EOF, writeErr: syscall.ECONNRESET}, fixedClock())
	tap.Write([]byte("x"))
	io.Copy(io.Discard, tap)
	if got := tap.Transcript(Client).FirstAlertFrom(Server); got == nil || got.Alert.Code != 48 {
		t.Errorf("FirstAlertFrom(Server) = %+v, want unknown_ca", got)
	}
}

func TestTapTimes(t *testing.T) {
	tap := NewTap(&scriptConn{chunks: [][]byte{alert[:3], alert[3:]}}, fixedClock())
	buf := make([]byte, 64)
	tap.Write(alert)
	tap.Read(buf)
	tap.Read(buf)
	tr := tap.Transcript(Client)
	if len(tr.Events) != 2 {
		t.Fatalf("Events =\n%swant two alerts", ladder(tr))
	}
	if e := tr.Events[0]; e.From != Client || e.At != time.Millisecond {
		t.Errorf("Events[0] is from the %s at %v, want the client at 1ms", e.From, e.At)
	}
	if e := tr.Events[1]; e.From != Server || e.At != 3*time.Millisecond {
		t.Errorf("Events[1] is from the %s at %v, want the server at 3ms, when its last byte came", e.From, e.At)
	}
}

// TestTapBounded takes peers that send without end.
func TestTapBounded(t *testing.T) {
	tests := []struct {
		name  string
		chunk []byte
		times int
	}{
		{"application data", append([]byte{23, 3, 3, 0x40, 0}, make([]byte, 1<<14)...), 4000},
		{"a certificate of 16 MB", append([]byte{22, 3, 3, 0, 4}, 11, 0xff, 0xff, 0xff), 100_000},
		{"empty messages", append([]byte{22, 3, 3, 0x40, 0}, make([]byte, 1<<14)...), 400},
		{"alerts", bytes.Repeat([]byte{21, 3, 3, 0, 2, 1, 90}, 1000), 400},
		{"single bytes", []byte{'x'}, 300_000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			conn := &scriptConn{readErr: io.EOF}
			for range tt.times {
				conn.chunks = append(conn.chunks, tt.chunk)
			}
			tap := NewTap(conn, fixedClock())
			n, err := io.Copy(io.Discard, struct{ io.Reader }{tap})
			if err != nil {
				t.Fatal(err)
			}
			tr := tap.Transcript(Client)
			if len(tap.read.kept) > keepBytes || len(tap.read.marks) > keepMarks || len(tr.Events) > maxEvents+8 {
				t.Errorf("kept %d bytes, %d marks, %d events, want at most %d, %d, %d",
					len(tap.read.kept), len(tap.read.marks), len(tr.Events), keepBytes, keepMarks, maxEvents)
			}
			if !tr.Truncated {
				t.Errorf("Truncated = false after %d bytes", n)
			}
			if got := tr.BytesFrom(Server); got != n {
				t.Errorf("BytesFrom(Server) = %d, want %d", got, n)
			}
		})
	}
}

func TestTapForget(t *testing.T) {
	pki := newTestPKI(t)
	tap, _ := handshake(t, &tls.Config{RootCAs: pki.roots, ServerName: "webhook.example"}, &tls.Config{Certificates: []tls.Certificate{pki.server}})
	if tr := tap.Transcript(Client); tr.PeerCertificates(Server) == nil {
		t.Fatalf("with the key log the transcript reads\n%s", ladder(tr))
	}
	log := tap.keyLog
	if !strings.Contains(string(log), labelServerTraffic) {
		t.Fatalf("the key log has no %s", labelServerTraffic)
	}
	tap.Forget()
	if !bytes.Equal(log, make([]byte, len(log))) {
		t.Errorf("Forget left secrets in memory")
	}
	if _, err := io.WriteString(tap.KeyLog(), "CLIENT_RANDOM 00 00\n"); err != nil || len(tap.keyLog) > 0 {
		t.Errorf("after Forget the key log took %q, error %v, want nothing", tap.keyLog, err)
	}
	tr := tap.Transcript(Client)
	if tr.PeerCertificates(Server) != nil || tr.ServerHello() == nil {
		t.Errorf("after Forget the transcript reads\n%s", ladder(tr))
	}
}

func TestTapStop(t *testing.T) {
	conn := &scriptConn{chunks: [][]byte{alert, alert[:4], alert[4:], alert}, readErr: io.EOF}
	tap := NewTap(conn, fixedClock())
	buf := make([]byte, 64)
	tap.Read(buf)
	tap.Read(buf)
	tap.Stop()
	io.Copy(io.Discard, tap)
	tr := tap.Transcript(Client)
	if got := len(tr.Alerts()); got != 1 || !tr.Truncated || tr.BytesFrom(Server) != int64(3*len(alert)) {
		t.Errorf("after Stop: %d alerts, Truncated %v, %d bytes, want 1, true, %d", got, tr.Truncated, tr.BytesFrom(Server), 3*len(alert))
	}
	if tr.Count(Server, "Close") != 1 || len(tr.Events) != 2 {
		t.Errorf("after Stop the transcript reads\n%s", ladder(tr))
	}
}

func TestTapDrop(t *testing.T) {
	conn := &scriptConn{chunks: [][]byte{alert, alert}}
	tap := NewTap(conn, fixedClock())
	buf := make([]byte, 64)
	tap.Read(buf)
	io.WriteString(tap.KeyLog(), "CLIENT_RANDOM 00 00\n")
	tap.Drop()
	tap.Read(buf)
	if tap.read.kept != nil || tap.keyLog != nil {
		t.Errorf("Drop left %d bytes and %d of secrets", len(tap.read.kept), len(tap.keyLog))
	}
	if tr := tap.Transcript(Client); len(tr.Events) != 0 || tr.BytesFrom(Server) != int64(2*len(alert)) {
		t.Errorf("after Drop: %d events, %d bytes, want 0, %d", len(tr.Events), tr.BytesFrom(Server), 2*len(alert))
	}
}

// TestTapConcurrent reads, writes and parses at once; the race detector judges.
func TestTapConcurrent(t *testing.T) {
	a, b := connect(t)
	tap := NewTap(a, nil)
	go func() {
		io.Copy(b, b)
		b.Close()
	}()
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 200 {
			tap.Write(alert)
			io.WriteString(tap.KeyLog(), "CLIENT_RANDOM 00 00\n")
		}
		a.(*net.TCPConn).CloseWrite()
	})
	wg.Go(func() { io.Copy(io.Discard, tap) })
	wg.Go(func() {
		for range 50 {
			tap.Transcript(Client)
		}
	})
	wg.Wait()
	tr := tap.Transcript(Client)
	if got := len(tr.Alerts()); got != 400 {
		t.Errorf("Alerts = %d, want 400", got)
	}
}
