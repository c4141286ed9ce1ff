package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// Record content types (RFC 8446 §5.1, RFC 6520 §2).
const (
	recordChangeCipherSpec = 20
	recordAlert            = 21
	recordHandshake        = 22
	recordApplicationData  = 23
	recordHeartbeat        = 24

	recordHeader = 5
	recordLimit  = 1<<14 + 2048 // RFC 5246 §6.2.3, the largest of all versions
)

const (
	tls12 = 0x0303
	tls13 = 0x0304
)

// maxEvents bounds a transcript: an endless stream of tiny messages is cut.
const maxEvents = 4096

const (
	maxRecords   = 32  // lengths that one event keeps
	maxFirstLine = 128 // bytes that FirstData keeps
)

// A parser turns the bytes of both directions, given in the order in which they
// passed, into the events of its transcript. What it cannot read it names and
// passes over; it has no errors.
type parser struct {
	t      *Transcript
	keys   KeyLog
	client stream
	server stream

	// What the hellos settled, for both directions.
	version, suite             uint16
	clientRandom, serverRandom [32]byte
}

// A stream is one direction.
type stream struct {
	side      string
	at        time.Duration // of the bytes that came last
	buf       []byte        // bytes not parsed yet
	messages  []byte        // handshake bytes not parsed yet
	encrypted bool          // messages came encrypted
	notTLS    *int          // the event that says so, once it is known
	closed    bool
	cut       bool // the recording was stopped: what is missing says nothing

	changed  bool // TLS 1.2 and below: ChangeCipherSpec has passed
	finished bool // and so has a message after it

	key  *recordKey // what opens records now, nil if they cannot be
	then *recordKey // TLS 1.3: the next; TLS 1.2: from ChangeCipherSpec on
}

func newParser(keys KeyLog) *parser {
	return &parser{
		t: &Transcript{
			first: map[string][]byte{}, data: map[string][]byte{}, bytes: map[string]int64{}, ends: map[string]End{},
		},
		keys:   keys,
		client: stream{side: Client},
		server: stream{side: Server},
	}
}

// parseHalves parses what a Tap kept.
func parseHalves(client, server half, keys KeyLog) *Transcript {
	p := newParser(keys)
	type step struct {
		mark
		s    *stream
		data []byte
		end  string
	}
	var steps []step
	for _, d := range []struct {
		h *half
		s *stream
	}{{&client, &p.client}, {&server, &p.server}} {
		from := 0
		for _, m := range d.h.marks {
			steps = append(steps, step{mark: m, s: d.s, data: d.h.kept[from:m.end]})
			from = m.end
		}
		if how := d.h.end.How; how != "" {
			p.t.ends[d.s.side] = End{How: how, At: d.h.end.mark.at}
			steps = append(steps, step{mark: d.h.end.mark, s: d.s, end: how})
		}
		p.t.bytes[d.s.side] = d.h.total
		p.t.first[d.s.side] = d.h.kept[:min(len(d.h.kept), 256)]
		if d.h.total > int64(len(d.h.kept)) {
			p.t.Truncated = true
			d.s.cut = len(d.h.kept) < keepBytes
		}
	}
	slices.SortStableFunc(steps, func(a, b step) int {
		switch {
		case a.seq < b.seq:
			return -1
		case a.seq > b.seq:
			return 1
		}
		return 0
	})
	for _, s := range steps {
		if s.end != "" {
			p.close(s.s, s.end, s.at)
		} else {
			p.feed(s.s, s.data, s.at)
		}
	}
	return p.finish()
}

// feed takes the next bytes of a stream and parses the records they complete.
func (p *parser) feed(s *stream, data []byte, at time.Duration) {
	s.at = at
	s.buf = append(s.buf, data...)
	for s.notTLS == nil && len(s.buf) >= recordHeader && !p.full() {
		header := s.buf[:recordHeader]
		if !validHeader(header) {
			if n := p.sslv2Hello(s); n > 0 {
				s.buf = s.buf[n:]
				continue
			} else if n < 0 {
				return
			}
			p.markNotTLS(s)
			return
		}
		end := recordHeader + int(binary.BigEndian.Uint16(header[3:]))
		if len(s.buf) < end {
			return
		}
		body := s.buf[recordHeader:end:end]
		s.buf = s.buf[end:]
		p.record(s, header, body)
	}
}

func validHeader(h []byte) bool {
	return h[0] >= recordChangeCipherSpec && h[0] <= recordHeartbeat && h[1] == 3 && h[2] <= 4 &&
		binary.BigEndian.Uint16(h[3:]) <= recordLimit
}

func (p *parser) full() bool {
	if len(p.t.Events) >= maxEvents {
		p.t.Truncated = true
		return true
	}
	return false
}

func (p *parser) markNotTLS(s *stream) {
	i := len(p.t.Events)
	s.notTLS = &i
	p.t.Events = append(p.t.Events, Event{At: s.at, From: s.side, Message: "NotTLS"})
}

// record handles one whole record, opening it first if need be and possible.
func (p *parser) record(s *stream, header, body []byte) {
	typ := header[0]
	switch {
	case p.version == tls13 && typ == recordApplicationData:
		if content, inner, ok := s.open13(header, body); ok {
			p.content(s, inner, content, true)
			return
		}
		p.opaque(s, typ, len(body))

	// A bare alert has two bytes, an encrypted one never: OpenSSL 3 clients
	// refuse a TLS 1.3 server's certificate in plaintext.
	case s.changed && p.version < tls13 && typ != recordChangeCipherSpec && !(typ == recordAlert && len(body) == 2):
		if s.key != nil {
			if content, ok := s.key.open12(header, body); ok {
				s.finished = s.finished || typ == recordHandshake
				p.content(s, typ, content, true)
				return
			}
		}
		p.opaque(s, typ, len(body))

	default:
		p.content(s, typ, body, false)
	}
}

// open13 tries the present key, then the next: the change from one to the other
// follows the Finished, which may be among what could not be read.
func (s *stream) open13(header, body []byte) (content []byte, typ uint8, ok bool) {
	if s.key != nil {
		if content, typ, ok = s.key.open13(header, body); ok {
			return content, typ, true
		}
	}
	if s.then != nil {
		if content, typ, ok = s.then.open13(header, body); ok {
			s.key, s.then, s.messages = s.then, nil, nil
			return content, typ, true
		}
	}
	return nil, 0, false
}

// content handles the content of a record that is in plaintext or was opened.
func (p *parser) content(s *stream, typ uint8, content []byte, encrypted bool) {
	e := Event{At: s.at, From: s.side, Bytes: len(content), Encrypted: encrypted}
	switch typ {
	case recordHandshake:
		if s.encrypted != encrypted {
			s.messages = nil
		}
		s.encrypted = encrypted
		s.messages = append(s.messages, content...)
		p.messages(s)
		return
	case recordChangeCipherSpec:
		e.Message = "ChangeCipherSpec"
		if p.version != 0 && p.version < tls13 {
			s.changed, s.finished = true, false
			s.key, s.then, s.messages = s.then, nil, nil
		}
	case recordAlert:
		for len(content) >= 2 && !p.full() {
			a := &Alert{Level: content[0], Code: content[1], Name: AlertName(content[1])}
			p.add(Event{At: s.at, From: s.side, Message: "Alert", Detail: a.String(), Bytes: 2, Encrypted: encrypted, Alert: a})
			content = content[2:]
		}
		if len(content) == 0 {
			return
		}
		e.Message, e.Malformed, e.Detail = "Alert", true, "malformed"
	case recordApplicationData:
		e.Message = "ApplicationData"
		if encrypted {
			p.keepFirstLine(s.side, content)
		}
		// An encrypted record that is not read yet is data in TLS 1.3's guise.
		if p.version == 0 {
			e.Encrypted = true
		}
	case recordHeartbeat:
		e.Message = "Heartbeat"
	default:
		e.Message, e.Malformed, e.Detail = "Record", true, fmt.Sprintf("content type %d", typ)
	}
	p.add(e)
}

// opaque notes a record that is encrypted and cannot be read.
func (p *parser) opaque(s *stream, typ uint8, size int) {
	e := Event{At: s.at, From: s.side, Bytes: size, Encrypted: true, Detail: "encrypted, not readable"}
	switch typ {
	case recordHandshake:
		// After ChangeCipherSpec the first message is the Finished (RFC 5246
		// §7.1), readable or not.
		e.Message = "Handshake"
		if !s.finished {
			e.Message, e.Detail, s.finished = "Finished", "", true
		}
	case recordAlert:
		e.Message = "Alert"
	case recordHeartbeat:
		e.Message = "Heartbeat"
	default:
		e.Message = "ApplicationData"
		if p.version < tls13 {
			e.Detail = ""
		}
	}
	e.Records = []int{size}
	p.add(e)
}

// keepFirstLine keeps what FirstData gives.
func (p *parser) keepFirstLine(side string, content []byte) {
	have := p.t.data[side]
	if len(have) >= maxFirstLine || bytes.HasSuffix(have, []byte("\r\n")) {
		return
	}
	if i := bytes.IndexByte(content, '\n'); i >= 0 {
		content = content[:i+1]
	}
	p.t.data[side] = append(have, content[:min(len(content), maxFirstLine-len(have))]...)
}

// add appends an event; application data in a row is one event.
func (p *parser) add(e Event) {
	if n := len(p.t.Events); n > 0 && e.Message == "ApplicationData" {
		last := &p.t.Events[n-1]
		if last.Message == e.Message && last.From == e.From && last.Encrypted == e.Encrypted && last.Detail == e.Detail {
			last.Bytes += e.Bytes
			last.Records = append(last.Records, e.Records[:min(len(e.Records), maxRecords-len(last.Records))]...)
			return
		}
	}
	p.t.Events = append(p.t.Events, e)
}
