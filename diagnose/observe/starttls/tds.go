package starttls

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
)

// Packets of TDS. Source: [MS-TDS] §2.2.3.1.
const (
	tdsPrelogin  = 0x12
	tdsResponse  = 0x04
	tdsLast      = 0x01 // status: end of message
	tdsHeader    = 8
	tdsMost      = 4096
	tdsEncryptOn = 1
)

// startTDS agrees on encryption with a Microsoft SQL Server. The handshake
// then goes inside of PRELOGIN packets, up to its end; TLS 1.3 needs TDS 8,
// which begins with TLS. Source: [MS-TDS] §2.2.6.5, §3.2.5.1.
func startTDS(t *talk) (net.Conn, error) {
	options := "\x00\x00\x0b\x00\x06" + "\x01\x00\x11\x00\x01" + "\xff" + // VERSION, ENCRYPTION
		"\x10\x00\x00\x00\x00\x00" + string([]byte{tdsEncryptOn})
	packet := make([]byte, tdsHeader, tdsHeader+len(options))
	packet[0], packet[1] = tdsPrelogin, tdsLast
	binary.BigEndian.PutUint16(packet[2:], uint16(tdsHeader+len(options)))
	packet[6] = 1
	if err := t.send(string(packet) + options); err != nil {
		return nil, err
	}
	head, err := t.bytes(tdsHeader)
	if err != nil {
		return nil, err
	}
	if !isTDS(head) {
		return nil, otherProtocol()
	}
	body, err := t.bytes(int(binary.BigEndian.Uint16(head[2:])) - tdsHeader)
	if err != nil {
		return nil, err
	}
	switch encryption, ok := tdsOption(body, 1); {
	case !ok:
		return nil, otherProtocol()
	case encryption != tdsEncryptOn && encryption != 3: // on, required
		return nil, refused(fmt.Sprintf("ENCRYPTION %d in its PRELOGIN: it does not encrypt", encryption))
	}
	return &tdsConn{Conn: t.conn}, nil
}

func isTDS(b []byte) bool {
	return len(b) >= tdsHeader && b[0] == tdsResponse && b[1] == tdsLast && b[4] == 0 && b[5] == 0 &&
		binary.BigEndian.Uint16(b[2:]) >= tdsHeader && binary.BigEndian.Uint16(b[2:]) <= tdsMost
}

// tdsOption reads the first byte of an option of a PRELOGIN message.
func tdsOption(body []byte, token byte) (byte, bool) {
	for at := 0; at+5 <= len(body) && body[at] != 0xff; at += 5 {
		if offset := int(binary.BigEndian.Uint16(body[at+1:])); body[at] == token && offset < len(body) {
			return body[offset], true
		}
	}
	return 0, false
}

// tdsConn puts each write into PRELOGIN packets and takes reads out of them,
// until the handshake is over.
type tdsConn struct {
	net.Conn
	left int // bytes of the packet that is being read
	over bool
}

// HandshakeDone tells the connection that TLS goes on without packets.
func (c *tdsConn) HandshakeDone() { c.over = true }

func (c *tdsConn) Read(b []byte) (int, error) {
	if c.over && c.left == 0 {
		return c.Conn.Read(b)
	}
	if c.left == 0 {
		head := make([]byte, tdsHeader)
		n, err := io.ReadFull(c.Conn, head)
		switch {
		case n == 0 && err != nil:
			return 0, err
		case err != nil:
			return 0, fmt.Errorf("a TDS packet of %d bytes: %w", n, err)
		}
		if head[0] != tdsPrelogin && head[0] != tdsResponse { // an alert comes bare
			return copy(b, head), nil
		}
		if c.left = int(binary.BigEndian.Uint16(head[2:])) - tdsHeader; c.left <= 0 {
			return 0, fmt.Errorf("a TDS packet of %d bytes", c.left+tdsHeader)
		}
	}
	n, err := c.Conn.Read(b[:min(len(b), c.left)])
	c.left -= n
	return n, err
}

func (c *tdsConn) Write(b []byte) (int, error) {
	if c.over {
		return c.Conn.Write(b)
	}
	for at := 0; at < len(b); {
		part := b[at:min(len(b), at+tdsMost-tdsHeader)]
		packet := make([]byte, tdsHeader, tdsHeader+len(part))
		packet[0] = tdsPrelogin
		if at+len(part) == len(b) {
			packet[1] = tdsLast
		}
		binary.BigEndian.PutUint16(packet[2:], uint16(tdsHeader+len(part)))
		if _, err := c.Conn.Write(append(packet, part...)); err != nil {
			return at, err
		}
		at += len(part)
	}
	return len(b), nil
}

// CloseWrite ends this side's half, where the connection can.
func (c *tdsConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
