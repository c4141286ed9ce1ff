package wire

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// close notes how a stream ended.
func (p *parser) close(s *stream, how string, at time.Duration) {
	e := Event{At: at, From: s.side, Message: "Close"}
	switch how {
	case EndEOF:
		e.Detail = "end of stream"
	case EndReset:
		e.Detail = "connection reset"
	case EndClosed:
		e.Detail = "closed here"
	default:
		return
	}
	p.flush(s)
	p.add(e)
	s.closed = true
}

// finish flushes what is left and returns the transcript.
func (p *parser) finish() *Transcript {
	for _, s := range []*stream{&p.client, &p.server} {
		p.flush(s)
		if s.notTLS != nil {
			e := &p.t.Events[*s.notTLS]
			e.Detail, e.Bytes = preview(s.buf), len(s.buf)
		}
	}
	return p.t
}

// flush names the message within which a stream stopped.
func (p *parser) flush(s *stream) {
	if s.closed || s.cut || s.notTLS != nil || p.full() {
		return
	}
	if len(s.buf) > 0 && (s.buf[0] < recordChangeCipherSpec || s.buf[0] > recordHeartbeat || len(s.buf) > 1 && s.buf[1] != 3) {
		p.markNotTLS(s)
		return
	}
	var body []byte
	if len(s.buf) > recordHeader {
		body = s.buf[recordHeader:]
	}
	e := Event{At: s.at, From: s.side, Incomplete: true}
	pending := s.messages
	typ := uint8(recordHandshake)
	if len(s.buf) > 0 {
		typ = s.buf[0]
	}
	if typ == recordHandshake && !s.changed {
		pending = slices.Concat(pending, body)
	}
	switch {
	case typ == recordHandshake && len(pending) > 0:
		e.Message, e.Bytes, e.Encrypted = messageName(pending[0]), len(pending), s.encrypted
		e.Detail = "incomplete"
		if len(pending) >= 4 {
			e.Detail = fmt.Sprintf("incomplete: %d of %d bytes", len(pending), 4+messageSize(pending))
		}
	case len(s.buf) > 0:
		e.Message = recordName(typ)
		e.Bytes = len(body)
		e.Detail = "incomplete"
		if len(s.buf) >= recordHeader {
			e.Detail = fmt.Sprintf("incomplete: %d of %d bytes", len(body), binary.BigEndian.Uint16(s.buf[3:]))
		}
	default:
		return
	}
	p.add(e)
}

func recordName(typ uint8) string {
	switch typ {
	case recordChangeCipherSpec:
		return "ChangeCipherSpec"
	case recordAlert:
		return "Alert"
	case recordHandshake:
		return "Handshake"
	case recordHeartbeat:
		return "Heartbeat"
	}
	return "ApplicationData"
}

// preview shows the first line of a text, or the first bytes of anything else.
func preview(b []byte) string {
	line := b
	for i, c := range b {
		if c == '\r' || c == '\n' {
			line = b[:i]
			break
		}
		if c < ' ' && c != '\t' || c > '~' {
			return "0x" + hex.EncodeToString(b[:min(len(b), 24)])
		}
	}
	return fmt.Sprintf("%q", line[:min(len(line), 64)])
}
