package between

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// The first bytes of what captures come as.
const (
	magicGzip = 0x1f8b
	magicNg   = 0x0a0d0d0a
)

// source gives the packets of a capture, in order.
type source interface {
	ZeroCopyReadPacketData() (data []byte, ci gopacket.CaptureInfo, err error)
	LinkType() layers.LinkType
}

// open recognises a capture: pcap or pcapng, gzip or not.
func open(r io.Reader) (source, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	head, err := b.Peek(4)
	if err != nil {
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("not a capture: %d bytes, where pcap and pcapng begin with 24", len(head))
		}
		return nil, err
	}
	if binary.BigEndian.Uint16(head) == magicGzip {
		z, err := gzip.NewReader(b)
		if err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
		b = bufio.NewReaderSize(z, 1<<16)
		if head, err = b.Peek(4); err != nil {
			return nil, fmt.Errorf("gzip: %w", err)
		}
	}
	if binary.BigEndian.Uint32(head) == magicNg {
		ng, err := pcapgo.NewNgReader(b, pcapgo.NgReaderOptions{WantMixedLinkType: true, SkipUnknownVersion: true})
		if err != nil {
			return nil, fmt.Errorf("pcapng: %w", err)
		}
		return ng, nil
	}
	old, err := pcapgo.NewReader(b)
	if err != nil {
		return nil, fmt.Errorf("neither pcap nor pcapng (begins with %x): %w", head, err)
	}
	return old, nil
}

// decoder takes packets apart down to TCP.
type decoder struct {
	eth    layers.Ethernet
	sll    layers.LinuxSLL
	sll2   layers.LinuxSLL2
	loop   layers.Loopback
	vlan   layers.Dot1Q
	v4     layers.IPv4
	v6     layers.IPv6
	v6ext  layers.IPv6ExtensionSkipper
	tcp    layers.TCP
	parser map[gopacket.LayerType]*gopacket.DecodingLayerParser
	found  []gopacket.LayerType
}

func newDecoder() *decoder {
	d := &decoder{parser: map[gopacket.LayerType]*gopacket.DecodingLayerParser{}}
	for _, first := range []gopacket.LayerType{layers.LayerTypeEthernet, layers.LayerTypeLinuxSLL, layers.LayerTypeLinuxSLL2,
		layers.LayerTypeLoopback, layers.LayerTypeIPv4, layers.LayerTypeIPv6} {
		p := gopacket.NewDecodingLayerParser(first, &d.eth, &d.sll, &d.sll2, &d.loop, &d.vlan, &d.v4, &d.v6, &d.v6ext, &d.tcp)
		p.IgnoreUnsupported = true
		d.parser[first] = p
	}
	return d
}

// decode returns the TCP segment of a packet, and between which addresses it
// went. What is no TCP, a fragment, or cut off before the segment's header is
// passed over.
func (d *decoder) decode(link layers.LinkType, data []byte) (flow gopacket.Flow, ok bool) {
	var first gopacket.LayerType
	switch link {
	case layers.LinkTypeEthernet:
		first = layers.LayerTypeEthernet
	case layers.LinkTypeLinuxSLL:
		first = layers.LayerTypeLinuxSLL
	case layers.LinkTypeLinuxSLL2:
		first = layers.LayerTypeLinuxSLL2
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		first = layers.LayerTypeLoopback
	case layers.LinkTypeRaw, layers.LinkTypeIPv4, layers.LinkTypeIPv6, 12, 14: // DLT_RAW of BSDs
		if len(data) == 0 {
			return flow, false
		}
		if first = layers.LayerTypeIPv4; data[0]>>4 == 6 {
			first = layers.LayerTypeIPv6
		}
	default:
		return flow, false
	}
	d.found = d.found[:0]
	// The error of a truncated packet does not matter where TCP was found.
	d.parser[first].DecodeLayers(data, &d.found)
	network := false
	for _, layer := range d.found {
		switch layer {
		case layers.LayerTypeIPv4:
			if d.v4.FragOffset != 0 || d.v4.Flags&layers.IPv4MoreFragments != 0 {
				return flow, false
			}
			flow, network = d.v4.NetworkFlow(), true
		case layers.LayerTypeIPv6:
			flow, network = d.v6.NetworkFlow(), true
		case layers.LayerTypeTCP:
			return flow, network
		}
	}
	return flow, false
}
