package between

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/wire"
)

// segment is one TCP segment of a conversation.
type segment struct {
	from          string
	data          []byte
	syn, fin, rst bool
	seq, ack      uint32
}

// refusedTalk is a TLS 1.3 connection of which the server refuses the client by
// an alert that is encrypted, as segments.
func refusedTalk(t *testing.T) []segment {
	d := newDark(t)
	d.send(wire.Server, 27, 115, 1187, 281, 53).send(wire.Client, 948, 96, 53, 96).send(wire.Server, 19)
	var talk []segment
	seq := map[string]uint32{wire.Client: 4294966000, wire.Server: 77} // the client's wraps round
	add := func(s segment) {
		s.seq, s.ack = seq[s.from], seq[peer(s.from)]
		talk = append(talk, s)
		seq[s.from] += uint32(len(s.data))
		if s.syn || s.fin {
			seq[s.from]++
		}
	}
	add(segment{from: wire.Client, syn: true})
	add(segment{from: wire.Server, syn: true})
	cut := func(side string, b []byte) {
		for piece := range slices.Chunk(b, 600) {
			add(segment{from: side, data: piece})
		}
	}
	whole := map[string][]byte{wire.Client: d.sent[wire.Client], wire.Server: d.sent[wire.Server]}
	hello := 5 + int(whole[wire.Client][3])<<8 + int(whole[wire.Client][4])
	cut(wire.Client, whole[wire.Client][:hello])
	cut(wire.Server, whole[wire.Server][:len(whole[wire.Server])-24])
	cut(wire.Client, whole[wire.Client][hello:])
	cut(wire.Server, whole[wire.Server][len(whole[wire.Server])-24:])
	add(segment{from: wire.Server, fin: true})
	add(segment{from: wire.Client, fin: true})
	return talk
}

// packets writes segments as a link layer has them.
func packets(t *testing.T, link layers.LinkType, v6 bool, talk []segment) [][]byte {
	t.Helper()
	var out [][]byte
	for _, s := range talk {
		tcp := &layers.TCP{SrcPort: 40000, DstPort: 443, Seq: s.seq, Ack: s.ack, ACK: !s.syn || s.from == wire.Server, SYN: s.syn, FIN: s.fin, RST: s.rst, Window: 65535}
		src, dst := net.IP{10, 0, 0, 1}, net.IP{10, 0, 0, 2}
		if v6 {
			src, dst = net.ParseIP("fd00::1"), net.ParseIP("fd00::2")
		}
		if s.from == wire.Server {
			src, dst, tcp.SrcPort, tcp.DstPort = dst, src, tcp.DstPort, tcp.SrcPort
		}
		var stack []gopacket.SerializableLayer
		kind := layers.EthernetTypeIPv4
		if v6 {
			kind = layers.EthernetTypeIPv6
		}
		switch link {
		case layers.LinkTypeEthernet:
			stack = append(stack, &layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: make([]byte, 6), EthernetType: layers.EthernetTypeQinQ},
				&layers.Dot1Q{VLANIdentifier: 7, Type: layers.EthernetTypeDot1Q}, &layers.Dot1Q{VLANIdentifier: 8, Type: kind})
		case layers.LinkTypeNull:
			family := layers.ProtocolFamilyIPv4
			if v6 {
				family = layers.ProtocolFamilyIPv6Linux
			}
			stack = append(stack, &layers.Loopback{Family: family})
		}
		if v6 {
			ip := &layers.IPv6{Version: 6, NextHeader: layers.IPProtocolTCP, SrcIP: src, DstIP: dst, HopLimit: 64}
			tcp.SetNetworkLayerForChecksum(ip)
			stack = append(stack, ip)
		} else {
			ip := &layers.IPv4{Version: 4, Protocol: layers.IPProtocolTCP, SrcIP: src, DstIP: dst, TTL: 64}
			tcp.SetNetworkLayerForChecksum(ip)
			stack = append(stack, ip)
		}
		b := gopacket.NewSerializeBuffer()
		// Checksums stay wrong, as a loopback capture has them.
		if err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, append(stack, tcp, gopacket.Payload(s.data))...); err != nil {
			t.Fatal(err)
		}
		data := bytes.Clone(b.Bytes())
		if link == layers.LinkTypeLinuxSLL {
			head := make([]byte, 16)
			head[14], head[15] = byte(kind>>8), byte(kind)
			data = append(head, data...)
		}
		out = append(out, data)
	}
	return out
}

func pcap(t *testing.T, link layers.LinkType, list [][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pcapgo.NewWriter(&b)
	if err := w.WriteFileHeader(65536, link); err != nil {
		t.Fatal(err)
	}
	for i, p := range list {
		if err := w.WritePacket(info(i, p), p); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func info(i int, p []byte) gopacket.CaptureInfo {
	return gopacket.CaptureInfo{Timestamp: time.Date(2026, 1, 1, 12, 0, 0, i*1e6, time.UTC), CaptureLength: len(p), Length: len(p)}
}

func pcapng(t *testing.T, link layers.LinkType, list [][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := pcapgo.NewNgWriter(&b, link)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range list {
		if err := w.WritePacket(info(i, p), p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

// captured reads a capture and judges what it holds.
func captured(t testing.TB, data []byte, ports ...int) ([]*diagnose.Report, Counts, error) {
	var reports []*diagnose.Report
	c := Capture{Ports: ports, Done: func(conn Captured) {
		f := Seen{Command: "explain", Remote: conn.Client.String(), Target: diagnose.Target{Address: conn.Server.String()}, Recording: conn.Recording}.Facts(wire.KeyLog{})
		reports = append(reports, diagnose.Examine(f))
	}}
	counts, err := c.Read(bytes.NewReader(data))
	return reports, counts, err
}

// TestCapture: the same connection, as links and files have it, and as networks
// carry it, is judged alike.
func TestCapture(t *testing.T) {
	talk := refusedTalk(t)
	swapped := func(at int) []segment {
		out := slices.Clone(talk)
		out[at], out[at+1] = out[at+1], out[at]
		return out
	}
	again := slices.Insert(slices.Clone(talk), 7, talk[5], talk[3])
	plain := func(link layers.LinkType, v6 bool, talk []segment) []byte {
		return pcap(t, link, packets(t, link, v6, talk))
	}
	raw := layers.LinkTypeRaw
	for _, test := range []struct {
		name string
		data []byte
	}{
		{"raw IPv4", plain(raw, false, talk)},
		{"raw IPv6", plain(raw, true, talk)},
		{"Ethernet with two VLAN tags", plain(layers.LinkTypeEthernet, false, talk)},
		{"Ethernet and IPv6", plain(layers.LinkTypeEthernet, true, talk)},
		{"BSD loopback", plain(layers.LinkTypeNull, false, talk)},
		{"BSD loopback, IPv6", plain(layers.LinkTypeNull, true, talk)},
		{"Linux cooked", plain(layers.LinkTypeLinuxSLL, false, talk)},
		{"pcapng", pcapng(t, raw, packets(t, raw, false, talk))},
		{"pcapng, gzip", gzipped(pcapng(t, raw, packets(t, raw, false, talk)))},
		{"pcap, gzip", gzipped(plain(raw, false, talk))},
		{"sent again", plain(raw, false, again)},
		{"out of order", plain(raw, false, swapped(4))},
		{"the server's first", plain(raw, false, swapped(0))},
		{"began before the SYN", plain(raw, false, talk[2:])},
	} {
		t.Run(test.name, func(t *testing.T) {
			reports, counts, err := captured(t, test.data)
			if err != nil || len(reports) != 1 || counts.Connections != 1 {
				t.Fatalf("%d connections, %+v, error %v, want one", len(reports), counts, err)
			}
			r := reports[0]
			if root := r.RootCause(); root == nil || root.Code != cause.ClientCAUntrustedByServer || root.Basis != diagnose.Inferred {
				t.Errorf("found %+v of %+v, want %s, inferred", r.Findings, *r.Between, cause.ClientCAUntrustedByServer)
			}
			if !slices.Contains([]string{"10.0.0.1:40000", "[fd00::1]:40000"}, r.Remote) {
				t.Errorf("the client is %s", r.Remote)
			}
		})
	}
	// Where a segment was captured long after it was answered, or never, less is
	// known, and nothing wrong is said.
	t.Run("a segment late", func(t *testing.T) {
		for at := 2; at < len(talk); at++ {
			late := append(slices.Delete(slices.Clone(talk), at, at+1), talk[at])
			reports, _, err := captured(t, plain(raw, false, late))
			if err != nil || len(reports) != 1 {
				t.Fatalf("%d connections, error %v, want one", len(reports), err)
			}
			if root := reports[0].RootCause(); root != nil && root.Code != cause.ClientCAUntrustedByServer {
				t.Errorf("segment %d late: %s: %+v", at, root.Code, *reports[0].Between)
			}
		}
	})
	t.Run("a segment lost", func(t *testing.T) {
		for at := 2; at < len(talk); at++ {
			reports, _, err := captured(t, plain(raw, false, slices.Delete(slices.Clone(talk), at, at+1)))
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range reports {
				if root := r.RootCause(); root != nil && root.Code != cause.ClientCAUntrustedByServer {
					t.Errorf("without segment %d: %s: %+v", at, root.Code, *r.Between)
				}
			}
		}
	})
	t.Run("cut off", func(t *testing.T) {
		data := plain(raw, false, talk)
		for n := range data {
			reports, _, err := captured(t, data[:n])
			if n >= 24 && err == nil && n > 24 && len(reports) == 1 && reports[0].ExitCode != 0 && reports[0].RootCause() == nil {
				t.Errorf("cut off at %d: %+v", n, reports[0].Findings)
			}
		}
	})
	t.Run("another port", func(t *testing.T) {
		if reports, _, err := captured(t, plain(raw, false, talk), 8443); err != nil || len(reports) > 0 {
			t.Errorf("%d connections, error %v, want none", len(reports), err)
		}
		if reports, _, err := captured(t, plain(raw, false, talk), 8443, 443); err != nil || len(reports) != 1 {
			t.Errorf("%d connections, error %v, want one", len(reports), err)
		}
	})
	t.Run("no capture", func(t *testing.T) {
		for _, text := range []string{"", "abc", "no capture at all, but text", "\x1f\x8bno gzip"} {
			if _, _, err := captured(t, []byte(text)); err == nil {
				t.Errorf("%q was read", text)
			}
		}
	})
}

func FuzzCapture(f *testing.F) {
	t := &testing.T{}
	f.Add(pcap(t, layers.LinkTypeRaw, [][]byte{{0x45, 0, 0, 20}}))
	f.Add(pcapng(t, layers.LinkTypeEthernet, [][]byte{make([]byte, 64)}))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		captured(t, data)
	})
}

// TestRelay: what is passed on arrives unchanged, with its end.
func TestRelay(t *testing.T) {
	target, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan *wire.Recording, 1)
	relay := Relay{Dial: func(context.Context) (net.Conn, error) { return net.Dial("tcp", target.Addr().String()) },
		Done: func(_ net.Addr, r *wire.Recording, _ error) { done <- r }}
	go relay.Serve(t.Context(), []net.Listener{ln})
	client, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := target.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, way := range []struct{ from, to net.Conn }{{client, server}, {server, client}} {
		sent := bytes.Repeat([]byte("0123456789abcdef"), 64<<10) // a megabyte: far beyond what is kept
		go func() {
			way.from.Write(sent)
			way.from.(*net.TCPConn).CloseWrite()
		}()
		got, err := io.ReadAll(way.to)
		if err != nil || !bytes.Equal(got, sent) {
			t.Errorf("%d bytes arrived, error %v, want the %d that were sent", len(got), err, len(sent))
		}
	}
	if r := <-done; r.Kept() > 2*(64<<10) {
		t.Errorf("%d bytes are kept", r.Kept())
	}
}
