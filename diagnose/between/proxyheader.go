package between

import (
	"encoding/binary"
	"net"
	"net/netip"
)

// ProxyHeader is the header of the PROXY protocol, version 2, that tells a
// server who the client is and where it connected to. Source: HAProxy's
// proxy-protocol.txt §2.2.
func ProxyHeader(client, local net.Addr) []byte {
	header := []byte("\r\n\r\n\x00\r\nQUIT\n")
	from, ok := addrPort(client)
	to, ok2 := addrPort(local)
	if !ok || !ok2 {
		return append(header, 0x20, 0, 0, 0) // LOCAL
	}
	family, source, destination := byte(0x11), from.Addr().AsSlice(), to.Addr().AsSlice()
	if from.Addr().Is6() || to.Addr().Is6() {
		a, b := from.Addr().As16(), to.Addr().As16()
		family, source, destination = 0x21, a[:], b[:]
	}
	header = append(header, 0x21, family)
	header = binary.BigEndian.AppendUint16(header, uint16(2*len(source)+4))
	header = append(append(header, source...), destination...)
	header = binary.BigEndian.AppendUint16(header, from.Port())
	return binary.BigEndian.AppendUint16(header, to.Port())
}

func addrPort(addr net.Addr) (netip.AddrPort, bool) {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}, false
	}
	a := tcp.AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()), a.IsValid()
}
