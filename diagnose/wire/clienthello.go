package wire

import (
	"encoding/binary"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
)

// Extension types (IANA, TLS ExtensionType Values).
const (
	extServerName           = 0
	extStatusRequest        = 5
	extSupportedGroups      = 10
	extPointFormats         = 11
	extSignatureAlgorithms  = 13
	extALPN                 = 16
	extSCT                  = 18
	extPadding              = 21
	extExtendedMasterSecret = 23
	extSessionTicket        = 35
	extPreSharedKey         = 41
	extEarlyData            = 42
	extSupportedVersions    = 43
	extCertificateAuths     = 47
	extPostHandshakeAuth    = 49
	extSignatureAlgsCert    = 50
	extKeyShare             = 51
	extRenegotiationInfo    = 0xff01
	extECH                  = 0xfe0d
)

// Signalling cipher suite values (RFC 5746 §3.3, RFC 7507 §2).
const (
	suiteRenegotiationSCSV = 0x00ff
	suiteFallbackSCSV      = 0x5600
)

// A ClientHello is what a client offers (RFC 8446 §4.1.2). Lists are in the
// client's order and hold its GREASE values.
type ClientHello struct {
	// Versions is what supported_versions offers. A client that does not send
	// that extension names only its highest version, which then stands alone.
	Versions      []uint16
	LegacyVersion uint16
	Random        [32]byte
	SessionID     []byte

	CipherSuites         []uint16
	Groups               []uint16
	KeyShares            []uint16 // the groups of the shares sent
	SignatureSchemes     []uint16
	SignatureSchemesCert []uint16
	ALPN                 []string
	ServerName           string
	Extensions           []uint16

	// CertificateAuthorities names the CAs the client accepts, as the DER of
	// their names. Few clients send it.
	CertificateAuthorities [][]byte

	PostHandshakeAuth     bool
	SessionTicketOffered  bool // it sent a ticket or a pre-shared key to resume with
	EarlyData             bool
	StatusRequest         bool // it asks for a stapled OCSP response
	FallbackSCSV          bool
	RenegotiationInfo     bool // by extension or SCSV
	ExtendedMasterSecret  bool
	EncryptedClientHello  bool
	SSLv2                 bool // it came in SSL 2.0's format
	CompressionAdvertised bool // it offers more than null compression
}

// parseClientHello parses the body of a ClientHello. Extensions that do not
// parse are passed over: the hello around them is still worth reading.
func parseClientHello(body []byte) (*ClientHello, bool) {
	s := cryptobyte.String(body)
	m := &ClientHello{}
	var random []byte
	var sessionID, suites, compressions cryptobyte.String
	if !s.ReadUint16(&m.LegacyVersion) || !s.ReadBytes(&random, 32) ||
		!s.ReadUint8LengthPrefixed(&sessionID) || !s.ReadUint16LengthPrefixed(&suites) || !s.ReadUint8LengthPrefixed(&compressions) {
		return nil, false
	}
	copy(m.Random[:], random)
	m.SessionID = sessionID
	m.CipherSuites = uint16s(suites)
	m.FallbackSCSV = slices.Contains(m.CipherSuites, suiteFallbackSCSV)
	m.RenegotiationInfo = slices.Contains(m.CipherSuites, suiteRenegotiationSCSV)
	m.CompressionAdvertised = slices.ContainsFunc(compressions, func(c byte) bool { return c != 0 })
	ok := readExtensions(&s, func(typ uint16, data cryptobyte.String) {
		m.Extensions = append(m.Extensions, typ)
		m.extension(typ, data)
	})
	if len(m.Versions) == 0 {
		m.Versions = []uint16{m.LegacyVersion}
	}
	return m, ok
}

func (m *ClientHello) extension(typ uint16, data cryptobyte.String) {
	var list cryptobyte.String
	switch typ {
	case extServerName:
		if !data.ReadUint16LengthPrefixed(&list) {
			return
		}
		var kind uint8
		var name cryptobyte.String
		for list.ReadUint8(&kind) && list.ReadUint16LengthPrefixed(&name) {
			if kind == 0 {
				m.ServerName = string(name)
			}
		}
	case extSupportedVersions:
		if data.ReadUint8LengthPrefixed(&list) {
			m.Versions = uint16s(list)
		}
	case extSupportedGroups:
		if data.ReadUint16LengthPrefixed(&list) {
			m.Groups = uint16s(list)
		}
	case extSignatureAlgorithms:
		if data.ReadUint16LengthPrefixed(&list) {
			m.SignatureSchemes = uint16s(list)
		}
	case extSignatureAlgsCert:
		if data.ReadUint16LengthPrefixed(&list) {
			m.SignatureSchemesCert = uint16s(list)
		}
	case extKeyShare:
		if !data.ReadUint16LengthPrefixed(&list) {
			return
		}
		var group uint16
		var share cryptobyte.String
		for list.ReadUint16(&group) && list.ReadUint16LengthPrefixed(&share) {
			m.KeyShares = append(m.KeyShares, group)
		}
	case extALPN:
		if data.ReadUint16LengthPrefixed(&list) {
			m.ALPN = protocolNames(list)
		}
	case extCertificateAuths:
		if data.ReadUint16LengthPrefixed(&list) {
			m.CertificateAuthorities = opaques16(list)
		}
	case extSessionTicket:
		m.SessionTicketOffered = m.SessionTicketOffered || len(data) > 0
	case extPreSharedKey:
		m.SessionTicketOffered = true
	case extPostHandshakeAuth:
		m.PostHandshakeAuth = true
	case extEarlyData:
		m.EarlyData = true
	case extStatusRequest:
		m.StatusRequest = true
	case extRenegotiationInfo:
		m.RenegotiationInfo = true
	case extExtendedMasterSecret:
		m.ExtendedMasterSecret = true
	case extECH:
		m.EncryptedClientHello = true
	}
}

func (m *ClientHello) detail() string {
	d := versionList(m.Versions)
	if m.SSLv2 {
		d += " in SSL 2.0 format"
	}
	if m.ServerName != "" {
		d = details(d, "SNI "+printable(m.ServerName, 120))
	}
	if len(m.ALPN) > 0 {
		d = details(d, "ALPN "+printable(strings.Join(m.ALPN, " "), 120))
	}
	if m.SessionTicketOffered {
		d = details(d, "offers to resume")
	}
	return d
}

// sslv2Hello handles a ClientHello in SSL 2.0's format (RFC 5246 appendix E.2),
// by which very old clients begin. It returns the bytes it took, 0 if there is
// none, and a negative number if more bytes are needed to know.
func (p *parser) sslv2Hello(s *stream) int {
	b := s.buf
	if s.side != Client || len(p.t.Events) > 0 || b[0]&0x80 == 0 || b[2] != 1 || b[3] != 3 && (b[3] != 0 || b[4] != 2) {
		return 0
	}
	size := int(binary.BigEndian.Uint16(b) & 0x7fff)
	if size < 9 {
		return 0
	}
	if len(b) < 2+size {
		return -1
	}
	msg := cryptobyte.String(b[3 : 2+size])
	m := &ClientHello{SSLv2: true}
	var suites, id, challenge uint16
	if !msg.ReadUint16(&m.LegacyVersion) || !msg.ReadUint16(&suites) || !msg.ReadUint16(&id) || !msg.ReadUint16(&challenge) {
		return 0
	}
	for ; suites >= 3; suites -= 3 {
		var kind uint8
		var suite uint16
		if !msg.ReadUint8(&kind) || !msg.ReadUint16(&suite) {
			return 0
		}
		if kind == 0 {
			m.CipherSuites = append(m.CipherSuites, suite)
		}
	}
	var random []byte
	if !msg.Skip(int(id)) || !msg.ReadBytes(&random, int(challenge)) {
		return 0
	}
	copy(m.Random[max(0, 32-len(random)):], random)
	m.Versions = []uint16{m.LegacyVersion}
	p.clientRandom = m.Random
	p.add(Event{At: s.at, From: s.side, Message: "ClientHello", Detail: m.detail(), Bytes: size, ClientHello: m})
	return 2 + size
}
