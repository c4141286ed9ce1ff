package wire

import (
	"bytes"
	"crypto/tls"
	"reflect"
	"slices"
	"testing"
	"time"
)

// recordings returns taps of real handshakes: both versions, a client
// certificate, a hello retried, a session resumed.
func recordings(t testing.TB) []*Tap {
	pki := newTestPKI(t)
	var taps []*Tap
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		client := &tls.Config{RootCAs: pki.roots, ServerName: "webhook.example", MaxVersion: version, NextProtos: []string{"h2"},
			Certificates: []tls.Certificate{pki.client}, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
		server := &tls.Config{Certificates: []tls.Certificate{pki.server}, ClientCAs: pki.roots, NextProtos: []string{"h2"},
			ClientAuth: tls.RequireAndVerifyClientCert, CurvePreferences: []tls.CurveID{tls.CurveP384}}
		server.SetSessionTicketKeys([][32]byte{{1}})
		for range 2 {
			tap, _ := handshake(t, client, server)
			taps = append(taps, tap)
		}
		tap, _ := handshake(t, &tls.Config{RootCAs: pki.roots, ServerName: "webhook.example", MaxVersion: version}, server)
		taps = append(taps, tap)
	}
	return taps
}

// interleaved returns a tap's recording as one string: for each chunk the
// side, its length, its bytes.
func interleaved(tap *Tap) []byte {
	var out []byte
	var fromRead, fromWritten int
	read, written := tap.read.marks, tap.written.marks
	for len(read)+len(written) > 0 {
		var chunk []byte
		side := byte(0)
		if len(written) > 0 && (len(read) == 0 || written[0].seq < read[0].seq) {
			chunk, fromWritten, written = tap.written.kept[fromWritten:written[0].end], written[0].end, written[1:]
		} else {
			chunk, fromRead, read = tap.read.kept[fromRead:read[0].end], read[0].end, read[1:]
			side = 1
		}
		out = append(out, side, byte(len(chunk)>>8), byte(len(chunk)))
		out = append(out, chunk...)
	}
	return out
}

// replay parses such a string; pieces of at most size are fed at once.
func replay(data, log []byte, size int) *Transcript {
	p := newParser(ParseKeyLog(log))
	for len(data) >= 3 {
		s := &p.client
		if data[0]&1 == 1 {
			s = &p.server
		}
		n := min(int(data[1])<<8|int(data[2]), len(data)-3)
		for piece := range slices.Chunk(data[3:3+n], size) {
			p.feed(s, piece, time.Second)
		}
		data = data[3+n:]
	}
	return p.finish()
}

// FuzzTranscript feeds any bytes in any order. Nothing may panic, the bounds
// hold, and how the bytes are cut must not matter.
func FuzzTranscript(f *testing.F) {
	for _, tap := range recordings(f) {
		f.Add(interleaved(tap), tap.keyLog, uint8(1))
	}
	f.Add([]byte("\x00\x00\x10GET / HTTP/1.1\r\n"), []byte(nil), uint8(3))
	f.Add([]byte("\x00\x00\x2e\x80\x2c\x01\x03\x01\x00\x03\x00\x00\x00\x20\x00\x00\x2f01234567890123456789012345678901"), []byte(nil), uint8(7))
	f.Add([]byte("\x00\x00\x05\x80\x00\x01\x03\x01"), []byte(nil), uint8(1))
	f.Fuzz(func(t *testing.T, data, log []byte, size uint8) {
		whole := replay(data, log, 1<<16)
		if len(whole.Events) > maxEvents+8 {
			t.Fatalf("%d events, want at most %d", len(whole.Events), maxEvents)
		}
		for _, e := range whole.Events {
			if e.From != Client && e.From != Server || e.Message == "" {
				t.Fatalf("event without side or message: %+v", e)
			}
			for _, r := range e.Detail {
				if r < ' ' || r == 0x7f {
					t.Fatalf("Detail %q holds control characters", e.Detail)
				}
			}
		}
		if whole.Truncated {
			return
		}
		if cut := replay(data, log, int(size)+1); !reflect.DeepEqual(cut.Events, whole.Events) {
			t.Fatalf("cut into pieces of %d it reads\n%swhole\n%s", int(size)+1, ladder(cut), ladder(whole))
		}
	})
}

// TestTranscriptCut reads real handshakes cut into single bytes, and cut short
// at any point.
func TestTranscriptCut(t *testing.T) {
	for _, tap := range recordings(t) {
		data := interleaved(tap)
		whole := replay(data, tap.keyLog, 1<<16)
		if cut := replay(data, tap.keyLog, 1); !reflect.DeepEqual(cut.Events, whole.Events) {
			t.Errorf("cut into bytes it reads\n%swhole\n%s", ladder(cut), ladder(whole))
		}
		for n := 0; n < len(data); n += 1 + n%7 {
			short := replay(data[:n], tap.keyLog, 1<<16)
			if last := len(short.Events) - 2; last > len(whole.Events) {
				t.Fatalf("cut short at %d it has %d events, whole %d", n, len(short.Events), len(whole.Events))
			}
		}
	}
}

// FuzzMessages gives any bytes to each message parser.
func FuzzMessages(f *testing.F) {
	for _, tap := range recordings(f) {
		for _, version := range []uint16{0, 0x0301, tls12, tls13} {
			for _, kept := range [][]byte{tap.read.kept, tap.written.kept} {
				for len(kept) > recordHeader {
					size := min(recordHeader+(int(kept[3])<<8|int(kept[4])), len(kept))
					if kept[0] == recordHandshake && size > recordHeader+4 {
						f.Add(kept[recordHeader+4:size], version, uint16(0xc02b))
					}
					kept = kept[size:]
				}
			}
		}
		for _, e := range tap.Transcript(Client).Events {
			if e.CertificateRequest != nil {
				f.Add(bytes.Join(e.CertificateRequest.CertificateAuthorities, nil), uint16(tls13), uint16(0x009e))
			}
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, version, suite uint16) {
		if m, ok := parseClientHello(body); ok {
			m.detail()
			if len(m.Versions) == 0 {
				t.Errorf("ClientHello without a version")
			}
		}
		if m, ok := parseServerHello(body); ok {
			m.detail()
		}
		if m, ok := parseEncryptedExtensions(body); ok {
			m.detail()
		}
		if m, ok := parseCertificateRequest(body, version); ok {
			m.detail()
		}
		if m, ok := parseCertificate(body, version); ok {
			m.detail()
			if m.Raw == nil {
				t.Errorf("Certificate.Raw = nil, want empty")
			}
		}
		if m, ok := parseCertificateVerify(body, version); ok {
			m.detail()
		}
		if m, ok := parseNewSessionTicket(body, version); ok {
			m.detail()
		}
		parseCertificateStatus(body)
		parseServerKeyExchange(body, version, suite).detail()
		DistinguishedName(body)
		leafName(body)
		ParseKeyLog(body)
	})
}

// BenchmarkTranscript parses a whole handshake with a client certificate.
func BenchmarkTranscript(b *testing.B) {
	for i, tap := range recordings(b) {
		name := []string{"1.2", "1.2 resumed", "1.2 refused", "1.3", "1.3 resumed", "1.3 refused"}[i]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				tap.Transcript(Client)
			}
		})
	}
}

// BenchmarkTapRead is what recording costs.
func BenchmarkTapRead(b *testing.B) {
	conn := &scriptConn{}
	chunk := make([]byte, 1400)
	buf := make([]byte, 4096)
	var tap *Tap
	i := 0
	b.ReportAllocs()
	b.SetBytes(int64(len(chunk)))
	for b.Loop() {
		if i%100 == 0 {
			tap = NewTap(conn, nil)
		}
		i++
		conn.chunks = append(conn.chunks[:0], chunk)
		tap.Read(buf)
	}
}
