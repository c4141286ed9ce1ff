package wire

import (
	"bytes"
	"encoding/binary"
	"time"
)

// keepRecording bounds what a Recording keeps of each direction. A handshake
// fits many times over; a connection that went beyond it has come to a good end.
const keepRecording = 64 << 10

// maxPreamble bounds what may stand before TLS: STARTTLS, a proxy's answer.
const maxPreamble = 16 << 10

// A Recording is a connection that others make, seen from between them: the
// first bytes of each direction, when they passed, and how each direction
// ended. It is not safe for concurrent use.
type Recording struct {
	start time.Time
	seq   uint64
	sides [2]half // client's, server's
}

// NewRecording returns a Recording whose times count from start.
func NewRecording(start time.Time) *Recording { return &Recording{start: start} }

// Start returns the time from which the At of events counts.
func (r *Recording) Start() time.Time { return r.start }

func (r *Recording) side(side string) *half {
	if side == Client {
		return &r.sides[0]
	}
	return &r.sides[1]
}

func (r *Recording) mark(at time.Time) mark {
	r.seq++
	return mark{seq: r.seq, at: max(0, at.Sub(r.start))}
}

// Add records bytes that a side sent; b is copied.
func (r *Recording) Add(side string, b []byte, at time.Time) {
	h := r.side(side)
	room := max(0, keepRecording-len(h.kept))
	if len(b) > room {
		h.total += int64(len(b) - room)
		b = b[:room]
	}
	if len(b) > 0 {
		h.add(b, r.mark(at), false)
	}
}

// End records how a side's direction ended; the first word counts.
func (r *Recording) End(side, how string, at time.Time) {
	if h := r.side(side); h.end.How == "" {
		m := r.mark(at)
		h.end = ending{End: End{How: how, At: m.at}, mark: m}
	}
}

// Full reports whether a direction went beyond what is kept.
func (r *Recording) Full(side string) bool { return len(r.side(side).kept) >= keepRecording }

// Kept returns the number of bytes that are kept.
func (r *Recording) Kept() int { return len(r.sides[0].kept) + len(r.sides[1].kept) }

// Transcript parses what has passed so far, from the ClientHello on: what stands
// before it is in clear, and told by Preamble. It leaves the Recording as it is.
func (r *Recording) Transcript(keys KeyLog) *Transcript {
	client, server := r.sides[0].snapshot(), r.sides[1].snapshot()
	if from, ok := r.tls(); ok && from > 0 {
		seq := client.after(from)
		client.cut(from)
		server.cut(server.before(seq))
	}
	return parseHalves(client, server, keys)
}

// TLS reports whether the client began TLS.
func (r *Recording) TLS() bool {
	_, ok := r.tls()
	return ok
}

// Preamble is what a side sent before the ClientHello, or all that is kept if
// none came.
func (r *Recording) Preamble(side string) []byte {
	h := r.side(side)
	from, ok := r.tls()
	switch {
	case !ok:
		return h.kept
	case side == Client:
		return h.kept[:from]
	}
	return h.kept[:h.before(r.sides[0].after(from))]
}

// tls returns the offset of the ClientHello in the client's bytes.
func (r *Recording) tls() (int, bool) {
	kept := r.sides[0].kept
	if sslv2Start(kept) {
		return 0, true
	}
	limit := min(len(kept), maxPreamble)
	for at := 0; at < limit; at++ {
		i := bytes.IndexByte(kept[at:limit], recordHandshake)
		if i < 0 {
			return 0, false
		}
		if at += i; helloStart(kept[at:]) {
			return at, true
		}
	}
	return 0, false
}

// helloStart reports whether b begins as a record with a ClientHello does.
func helloStart(b []byte) bool {
	if len(b) < 11 || b[0] != recordHandshake || b[1] != 3 || b[2] > 4 || b[5] != typeClientHello || b[9] != 3 || b[10] > 4 {
		return false
	}
	size := int(binary.BigEndian.Uint16(b[3:]))
	return size >= 4 && size <= recordLimit && messageSize(b[5:]) >= 38 && messageSize(b[5:]) < 1<<17
}

// sslv2Start reports whether b begins as a ClientHello in SSL 2.0's format does.
func sslv2Start(b []byte) bool {
	return len(b) >= 5 && b[0]&0x80 != 0 && b[2] == typeClientHello && b[3] == 3 && b[4] <= 4
}

// after returns the place in the order of the bytes at offset.
func (h *half) after(offset int) uint64 {
	for _, m := range h.marks {
		if m.end > offset {
			return m.seq
		}
	}
	return 0
}

// before returns how many bytes had passed before that place in the order.
func (h *half) before(seq uint64) int {
	end := 0
	for _, m := range h.marks {
		if m.seq > seq {
			break
		}
		end = m.end
	}
	return end
}

// cut takes n bytes off the front.
func (h *half) cut(n int) {
	h.kept, h.total = h.kept[n:], h.total-int64(n)
	marks := h.marks[:0]
	for _, m := range h.marks {
		if m.end > n {
			m.end -= n
			marks = append(marks, m)
		}
	}
	h.marks = marks
}
