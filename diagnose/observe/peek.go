package observe

import (
	"net"
	"time"
)

// peekConn lets its owner wait for bytes without taking them from the reader
// above. crypto/tls reads from it as from any connection; between two reads of
// crypto/tls, await fetches what the peer has sent, so that the tap beneath
// sees it, and keeps it for the next Read. It is not for concurrent use by
// await and Read.
type peekConn struct {
	net.Conn
	ahead []byte
	err   error
}

func (p *peekConn) Read(b []byte) (int, error) {
	if len(p.ahead) > 0 {
		n := copy(b, p.ahead)
		p.ahead = p.ahead[n:]
		return n, nil
	}
	if p.err != nil {
		return 0, p.err
	}
	return p.Conn.Read(b)
}

// await waits until the peer has sent something more, or has ended the
// connection, or the time is over. It reports whether anything came, the end
// included.
func (p *peekConn) await(until time.Time) bool {
	if p.err != nil {
		return false
	}
	if err := p.Conn.SetReadDeadline(until); err != nil {
		return false
	}
	defer p.Conn.SetReadDeadline(time.Time{})
	buf := make([]byte, 16<<10)
	n, err := p.Conn.Read(buf)
	p.ahead = append(p.ahead, buf[:n]...)
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		err = nil
	}
	p.err = err
	return n > 0 || err != nil
}
