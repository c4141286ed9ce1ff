package between

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/reassembly"

	"mutual/diagnose/wire"
)

// Captured is one connection of a capture.
type Captured struct {
	Client, Server netip.AddrPort
	Recording      *wire.Recording
}

// Capture reads captures of packets.
type Capture struct {
	// Ports limits it to connections to these; empty: any.
	Ports []int
	// Done is told of each connection in which TLS was found, at its end or at
	// that of the capture.
	Done func(Captured)
}

// Counts are what a capture held.
type Counts struct {
	Packets     int
	Connections int // with TLS
	Headless    int // began before the capture
	Other       int // without TLS
	Unread      int // packets of links that are not read here
}

// What is kept of segments that came out of order, in pages of 1900 bytes.
const (
	pagesEach = 256
	pagesAll  = 1 << 15
)

// How long a connection may idle before it is taken for lost, and a missing
// segment be late, by the capture's own clock.
const (
	idleLimit = 10 * time.Minute
	lateLimit = 30 * time.Second
	tidyEvery = 10 * time.Second
)

// Read reads a capture to its end. A capture that is cut off within a packet is
// an error, after what it holds has been told.
func (c *Capture) Read(r io.Reader) (Counts, error) {
	s, err := open(r)
	if err != nil {
		return Counts{}, err
	}
	f := &factory{capture: c}
	assembler := reassembly.NewAssembler(reassembly.NewStreamPool(f))
	assembler.MaxBufferedPagesPerConnection, assembler.MaxBufferedPagesTotal = pagesEach, pagesAll
	d := newDecoder()
	var tidied time.Time
	for {
		data, ci, err := s.ZeroCopyReadPacketData()
		if err != nil {
			assembler.FlushAll()
			f.finish()
			if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return f.counts, nil
			}
			return f.counts, fmt.Errorf("after packet %d: %w", f.counts.Packets, err)
		}
		f.counts.Packets++
		link := s.LinkType()
		if len(ci.AncillaryData) > 0 {
			if t, ok := ci.AncillaryData[0].(layers.LinkType); ok {
				link = t
			}
		}
		flow, ok := d.decode(link, data)
		if !ok {
			if len(d.found) == 0 {
				f.counts.Unread++
			}
			continue
		}
		if !c.wants(&d.tcp) {
			continue
		}
		assembler.AssembleWithContext(flow, &d.tcp, passing{ci})
		if ci.Timestamp.Sub(tidied) > tidyEvery {
			tidied = ci.Timestamp
			assembler.FlushWithOptions(reassembly.FlushOptions{T: tidied.Add(-lateLimit), TC: tidied.Add(-idleLimit)})
		}
	}
}

func (c *Capture) wants(tcp *layers.TCP) bool {
	return len(c.Ports) == 0 || slices.Contains(c.Ports, int(tcp.SrcPort)) || slices.Contains(c.Ports, int(tcp.DstPort))
}

// passing is what reassembly hands on with a packet.
type passing struct{ ci gopacket.CaptureInfo }

func (p passing) GetCaptureInfo() gopacket.CaptureInfo { return p.ci }

// factory makes a stream for each connection.
type factory struct {
	capture *Capture
	counts  Counts
	open    map[*stream]struct{}
}

func (f *factory) New(network, transport gopacket.Flow, tcp *layers.TCP, ac reassembly.AssemblerContext) reassembly.Stream {
	s := &stream{factory: f, recording: wire.NewRecording(ac.GetCaptureInfo().Timestamp), flipped: tcp.SYN && tcp.ACK, whole: tcp.SYN}
	s.ends = [2]netip.AddrPort{addressOf(network.Src(), uint16(tcp.SrcPort)), addressOf(network.Dst(), uint16(tcp.DstPort))}
	if f.open == nil {
		f.open = map[*stream]struct{}{}
	}
	f.open[s] = struct{}{}
	return s
}

// finish tells of what the assembler has not.
func (f *factory) finish() {
	for s := range f.open {
		s.done()
	}
}

func addressOf(e gopacket.Endpoint, port uint16) netip.AddrPort {
	addr, _ := netip.AddrFromSlice(e.Raw())
	return netip.AddrPortFrom(addr, port)
}

// stream is one connection.
type stream struct {
	factory   *factory
	recording *wire.Recording
	ends      [2]netip.AddrPort // of the first packet: from, to
	flipped   bool              // the first packet was the server's
	whole     bool              // its beginning was seen
	told      bool
	next      [2]uint32 // what each direction, the first packet's first, has to send next
	started   [2]bool
}

// side is who sent what goes in that direction.
func (s *stream) side(dir reassembly.TCPFlowDirection) string {
	if (dir == reassembly.TCPDirClientToServer) != s.flipped {
		return wire.Client
	}
	return wire.Server
}

// Accept takes every segment. Checksums are not looked at: those of a loopback
// capture are wrong. A direction whose SYN went unseen starts where it is met.
func (s *stream) Accept(tcp *layers.TCP, ci gopacket.CaptureInfo, dir reassembly.TCPFlowDirection, next reassembly.Sequence,
	start *bool, _ reassembly.AssemblerContext) bool {
	if s.told {
		return false
	}
	if next < 0 && !tcp.SYN && !s.whole {
		*start = true
	}
	// What is acknowledged was sent before. Where it comes later here, the
	// capture has it out of order, and so what was an answer to what is not known.
	from, back := way(dir), 1-way(dir)
	if next < 0 && (tcp.SYN || *start) {
		s.next[from], s.started[from] = tcp.Seq, true
		if tcp.SYN {
			s.next[from]++
		}
	}
	if tcp.ACK && !tcp.RST && s.started[back] && int32(tcp.Ack-s.next[back]) > 1 { // 1: the end
		s.recording.Doubt()
	}
	if tcp.RST && (next < 0 || next == reassembly.Sequence(tcp.Seq)) {
		s.recording.End(s.side(dir), wire.EndReset, ci.Timestamp)
	}
	return true
}

func way(dir reassembly.TCPFlowDirection) int {
	if dir == reassembly.TCPDirClientToServer {
		return 0
	}
	return 1
}

// ReassembledSG takes the next bytes of a direction.
func (s *stream) ReassembledSG(sg reassembly.ScatterGather, ac reassembly.AssemblerContext) {
	dir, _, end, skip := sg.Info()
	at := s.recording.Start()
	if ac != nil {
		at = ac.GetCaptureInfo().Timestamp
	}
	side := s.side(dir)
	if skip > 0 {
		s.recording.Lose(side, skip)
	}
	if length, _ := sg.Lengths(); length > 0 {
		s.recording.Add(side, sg.Fetch(length), at)
		s.next[way(dir)] += uint32(length + max(0, skip))
	}
	if end {
		s.recording.End(side, wire.EndEOF, at)
	}
}

// ReassemblyComplete tells of the connection.
func (s *stream) ReassemblyComplete(reassembly.AssemblerContext) bool {
	s.done()
	return true
}

func (s *stream) done() {
	if s.told {
		return
	}
	s.told = true
	delete(s.factory.open, s)
	client, server := s.ends[0], s.ends[1]
	if s.flipped {
		client, server = server, client
	}
	if !s.recording.TLS() {
		if s.recording.Swap(); s.recording.TLS() {
			client, server = server, client
		} else {
			switch {
			case s.recording.Kept() == 0:
			case s.whole:
				s.factory.counts.Other++
			default:
				s.factory.counts.Headless++
			}
			s.recording = nil
			return
		}
	}
	if ports := s.factory.capture.Ports; len(ports) > 0 && !slices.Contains(ports, int(server.Port())) {
		return
	}
	s.factory.counts.Connections++
	s.factory.capture.Done(Captured{Client: client, Server: server, Recording: s.recording})
	s.recording = nil
}
