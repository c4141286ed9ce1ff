package between

import (
	"testing"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/wire"
)

// dark is a TLS 1.3 connection of which only the hellos and the lengths are
// known.
type dark struct {
	r    *wire.Recording
	at   time.Time
	sent map[string][]byte
}

func (d *dark) add(side string, b []byte) {
	d.r.Add(side, b, d.at)
	d.sent[side] = append(d.sent[side], b...)
}

func newDark(t *testing.T) *dark {
	t.Helper()
	start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	d := &dark{r: wire.NewRecording(start), at: start, sent: map[string][]byte{}}
	hello, err := (wire.Hello{Versions: []uint16{tls13}, CipherSuites: []uint16{aes128sha256}, Groups: []uint16{29}, KeyShares: []uint16{29},
		SignatureSchemes: []uint16{0x0403}, ServerName: "localhost"}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	d.add(wire.Client, hello)
	body := append([]byte{3, 3}, make([]byte, 32)...)
	body = append(body, 0, aes128sha256>>8, aes128sha256&0xff, 0, 0, 6, 0, 43, 0, 2, 3, 4)
	message := append([]byte{2, 0, 0, byte(len(body))}, body...)
	d.add(wire.Server, append([]byte{22, 3, 3, 0, byte(len(message))}, message...))
	return d
}

// send sends records of these lengths, a millisecond later.
func (d *dark) send(side string, lengths ...int) *dark {
	d.at = d.at.Add(time.Millisecond)
	for _, n := range lengths {
		record := make([]byte, 5+n)
		record[0], record[1], record[2], record[3], record[4] = 23, 3, 3, byte(n>>8), byte(n)
		d.add(side, record)
	}
	return d
}

func (d *dark) close(side, how string) *dark {
	d.at = d.at.Add(time.Millisecond)
	d.r.End(side, how, d.at)
	return d
}

func (d *dark) wait(by time.Duration) *dark { d.at = d.at.Add(by); return d }

// TestCourse: who refused whom, and how that shows. Each row is what real
// programs were measured to do.
func TestCourse(t *testing.T) {
	asked := func(d *dark) *dark { return d.send(wire.Server, 27, 115, 1187, 281, 53) }
	const client, server = wire.Client, wire.Server
	for _, test := range []struct {
		name    string
		do      func(*dark)
		refused diagnose.Side
		by      cause.Sign
		left    bool
	}{
		{"nginx: no certificate, tickets, a request, an answer that may refuse", func(d *dark) {
			asked(d).send(client, 25, 53, 96).send(server, 282, 282, 400).close(server, wire.EndEOF)
		}, "", "", false},
		{"OpenSSL refuses an empty certificate", func(d *dark) {
			asked(d).send(client, 25, 53, 96).send(server, 19).close(server, wire.EndEOF)
		}, diagnose.ServerSide, cause.SignLength, false},
		{"GnuTLS refuses with two alerts", func(d *dark) {
			asked(d).send(client, 948, 96, 53, 96).send(server, 19, 19).close(server, wire.EndEOF)
		}, diagnose.ServerSide, cause.SignLength, false},
		{"Java refuses", func(d *dark) {
			asked(d).send(client, 948, 96, 53).send(server, 35).close(server, wire.EndReset)
		}, diagnose.ServerSide, cause.SignLength, false},
		{"Java ends politely with two, after its answer", func(d *dark) {
			asked(d).send(client, 948, 96, 53, 96).send(server, 2392, 400, 35, 35).close(server, wire.EndEOF)
		}, "", "", false},
		{"Node refuses without a word", func(d *dark) {
			asked(d).send(client, 948, 96, 53, 96).close(server, wire.EndEOF).send(client, 19)
		}, diagnose.ServerSide, cause.SignSilence, false},
		{"Node refuses before the client's Finished", func(d *dark) {
			asked(d).send(client, 948).close(server, wire.EndReset)
		}, diagnose.ServerSide, cause.SignSilence, false},
		{"Go accepts without a ticket, and answers", func(d *dark) {
			asked(d).send(client, 948, 96, 53, 96).send(server, 300, 19).close(server, wire.EndEOF)
		}, "", "", false},
		{"a server without tickets closes an idle connection politely", func(d *dark) {
			asked(d).send(client, 948, 96, 53).wait(time.Minute).send(server, 19).close(server, wire.EndEOF)
		}, "", "", false},
		{"a health check says good-bye, and the server too", func(d *dark) {
			asked(d).send(client, 948, 96, 53, 19).send(server, 19).close(server, wire.EndEOF)
		}, "", "", true},
		{"curl leaves on a wrong name", func(d *dark) {
			asked(d).send(client, 948, 96, 53, 19).close(client, wire.EndEOF).send(server, 762, 762)
		}, "", "", true},
		{"Go refuses the server", func(d *dark) { asked(d).send(client, 19).close(client, wire.EndEOF) }, diagnose.ClientSide, cause.SignLength, false},
		{"Java refuses the server", func(d *dark) { asked(d).send(client, 35).close(client, wire.EndEOF) }, diagnose.ClientSide, cause.SignLength, false},
		{"Node refuses the server without a word", func(d *dark) { asked(d).close(client, wire.EndEOF) }, diagnose.ClientSide, cause.SignSilence, false},
		{"a client that gives up later", func(d *dark) { asked(d).wait(10*time.Second).close(client, wire.EndEOF) }, "", "", false},
		{"HAProxy in TCP mode closes after tickets", func(d *dark) {
			asked(d).send(client, 948, 96, 53, 96).send(server, 730, 730).close(server, wire.EndEOF)
		}, "", "", false},
		{"never asked", func(d *dark) {
			d.send(server, 27, 1187, 281, 53).send(client, 53, 96).send(server, 282, 300, 19).close(server, wire.EndEOF)
		}, "", "", false},
		{"the capture ends", func(d *dark) { asked(d).send(client, 948, 96, 53) }, "", "", false},
		{"a part went unseen", func(d *dark) {
			asked(d).send(client, 948, 96, 53, 96)
			d.r.Lose(server, 300)
			d.send(server, 19).close(server, wire.EndEOF)
		}, "", "", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := newDark(t)
			test.do(d)
			f := Seen{Recording: d.r}.Facts(wire.KeyLog{})
			if b := f.Between; b.Refused != test.refused || b.By != test.by || b.Left != test.left {
				t.Errorf("refused by %q as %q, left %v, want %q, %q, %v: %+v", b.Refused, b.By, b.Left, test.refused, test.by, test.left, *b)
			}
			if r := diagnose.Examine(f); test.refused == "" && r.ExitCode != 0 {
				t.Errorf("alarm: %+v", r.Findings)
			} else if test.refused != "" && (r.ExitCode == 0 || len(r.Findings) == 0 || r.Findings[0].Basis == diagnose.Proven) {
				t.Errorf("exit code %d, findings %+v, want one that is inferred", r.ExitCode, r.Findings)
			}
		})
	}
}

// FuzzFacts: whatever passes, it is judged without a crash.
func FuzzFacts(f *testing.F) {
	f.Add([]byte{22, 3, 1, 0, 4, 1, 0, 0, 0}, []byte{21, 3, 3, 0, 2, 2, 40}, uint8(3))
	f.Fuzz(func(t *testing.T, client, server []byte, step uint8) {
		start := time.Unix(1, 0)
		r := wire.NewRecording(start)
		n := int(step) + 1
		for len(client)+len(server) > 0 {
			k := min(n, len(client))
			r.Add(wire.Client, client[:k], start)
			client = client[k:]
			k = min(n, len(server))
			r.Add(wire.Server, server[:k], start)
			server = server[k:]
		}
		r.End(wire.Server, wire.EndEOF, start)
		diagnose.Examine(Seen{Recording: r}.Facts(wire.KeyLog{}))
	})
}
