package wire

import (
	"bytes"
	"fmt"
	"math/bits"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte"
)

// A ServerHello is what a server chose (RFC 8446 §4.1.3), or, with RetryRequest
// set, asks to be offered (§4.1.4).
type ServerHello struct {
	Version       uint16 // the one chosen
	LegacyVersion uint16
	Random        [32]byte
	SessionID     []byte
	CipherSuite   uint16
	Group         uint16 // of the key share, TLS 1.3 alone
	ALPN          string // TLS 1.2 and below; see EncryptedExtensions
	Extensions    []uint16

	RetryRequest         bool
	Resumed              bool // TLS 1.3: a pre-shared key was accepted
	RenegotiationInfo    bool
	ExtendedMasterSecret bool
	SessionTicket        bool // TLS 1.2: it will send a ticket

	// Downgrade is the version that the random's last bytes admit to have
	// been forced to, 1.2 or 1.1 (which stands for all below), or 0.
	Downgrade uint16
}

// helloRetryRequestRandom marks a HelloRetryRequest (RFC 8446 §4.1.3).
const helloRetryRequestRandom = "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91" +
	"\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c"

func parseServerHello(body []byte) (*ServerHello, bool) {
	s := cryptobyte.String(body)
	m := &ServerHello{}
	var random []byte
	var sessionID cryptobyte.String
	var compression uint8
	if !s.ReadUint16(&m.LegacyVersion) || !s.ReadBytes(&random, 32) || !s.ReadUint8LengthPrefixed(&sessionID) ||
		!s.ReadUint16(&m.CipherSuite) || !s.ReadUint8(&compression) {
		return nil, false
	}
	copy(m.Random[:], random)
	m.SessionID = sessionID
	m.Version = m.LegacyVersion
	m.RetryRequest = string(random) == helloRetryRequestRandom
	switch {
	case bytes.HasSuffix(random, []byte("DOWNGRD\x01")):
		m.Downgrade = tls12
	case bytes.HasSuffix(random, []byte("DOWNGRD\x00")):
		m.Downgrade = 0x0302
	}
	ok := readExtensions(&s, func(typ uint16, data cryptobyte.String) {
		m.Extensions = append(m.Extensions, typ)
		switch typ {
		case extSupportedVersions:
			data.ReadUint16(&m.Version)
		case extKeyShare:
			data.ReadUint16(&m.Group)
		case extPreSharedKey:
			m.Resumed = true
		case extALPN:
			m.ALPN = firstProtocol(data)
		case extRenegotiationInfo:
			m.RenegotiationInfo = true
		case extExtendedMasterSecret:
			m.ExtendedMasterSecret = true
		case extSessionTicket:
			m.SessionTicket = true
		}
	})
	return m, ok
}

func (m *ServerHello) detail() string {
	parts := []string{VersionName(m.Version)}
	if m.Group != 0 {
		parts = append(parts, GroupName(m.Group))
	}
	parts = append(parts, CipherSuiteName(m.CipherSuite))
	if m.ALPN != "" {
		parts = append(parts, "ALPN "+printable(m.ALPN, 120))
	}
	if m.Resumed {
		parts = append(parts, "resumed")
	}
	return strings.Join(parts, ", ")
}

// An EncryptedExtensions is what a TLS 1.3 server adds to its choice (RFC 8446
// §4.3.1).
type EncryptedExtensions struct {
	ALPN       string
	ServerName bool // it recognised the name asked for
	Groups     []uint16
	Extensions []uint16
}

func parseEncryptedExtensions(body []byte) (*EncryptedExtensions, bool) {
	s := cryptobyte.String(body)
	m := &EncryptedExtensions{}
	if s.Empty() {
		return nil, false
	}
	ok := readExtensions(&s, func(typ uint16, data cryptobyte.String) {
		m.Extensions = append(m.Extensions, typ)
		switch typ {
		case extALPN:
			m.ALPN = firstProtocol(data)
		case extServerName:
			m.ServerName = true
		case extSupportedGroups:
			var list cryptobyte.String
			if data.ReadUint16LengthPrefixed(&list) {
				m.Groups = uint16s(list)
			}
		}
	})
	return m, ok
}

func (m *EncryptedExtensions) detail() string {
	if m.ALPN == "" {
		return ""
	}
	return "ALPN " + printable(m.ALPN, 120)
}

func firstProtocol(data cryptobyte.String) string {
	var list cryptobyte.String
	if data.ReadUint16LengthPrefixed(&list) {
		if names := protocolNames(list); len(names) > 0 {
			return names[0]
		}
	}
	return ""
}

// A ServerKeyExchange is the server's half of an ephemeral key exchange in TLS
// 1.2 and below (RFC 5246 §7.4.3, RFC 8422 §5.4).
type ServerKeyExchange struct {
	Kind   string // "ECDHE", "DHE", or "" if it is another
	Group  uint16 // of ECDHE, and of DHE if the size is one of RFC 7919's
	DHBits int    // size of DHE's prime
	Scheme uint16 // TLS 1.2: the scheme of the signature, if there is one
}

// parseServerKeyExchange reads what it can; the message's form depends on the
// cipher suite, and one of an unknown form has no Kind.
func parseServerKeyExchange(body []byte, version, suite uint16) *ServerKeyExchange {
	m := &ServerKeyExchange{}
	s := cryptobyte.String(body)
	name := CipherSuiteName(suite)
	switch {
	case strings.HasPrefix(name, "TLS_ECDHE_PSK"), strings.HasPrefix(name, "TLS_DHE_PSK"):
		var hint cryptobyte.String
		if !s.ReadUint16LengthPrefixed(&hint) {
			return m
		}
	}
	switch {
	case strings.HasPrefix(name, "TLS_ECDH"):
		var curveType uint8
		var group uint16
		var point cryptobyte.String
		// Explicit curve parameters (types 1 and 2) are of no interest.
		if !s.ReadUint8(&curveType) || curveType != 3 || !s.ReadUint16(&group) || !s.ReadUint8LengthPrefixed(&point) {
			return m
		}
		m.Kind, m.Group = "ECDHE", group
	case strings.HasPrefix(name, "TLS_DH"):
		var prime, generator, public cryptobyte.String
		if !s.ReadUint16LengthPrefixed(&prime) || !s.ReadUint16LengthPrefixed(&generator) || !s.ReadUint16LengthPrefixed(&public) {
			return m
		}
		m.Kind, m.DHBits = "DHE", bitLen(prime)
		m.Group = ffdheGroup(prime)
	default:
		return m
	}
	if version == tls12 && !strings.Contains(name, "_anon_") && !strings.Contains(name, "_PSK_") {
		s.ReadUint16(&m.Scheme)
	}
	return m
}

func (m *ServerKeyExchange) detail() string {
	d := m.Kind
	switch {
	case m.Group != 0:
		d = details(d, GroupName(m.Group))
	case m.DHBits != 0:
		d = details(d, fmt.Sprintf("%d bits", m.DHBits))
	}
	if m.Scheme != 0 {
		d = details(d, SignatureSchemeName(m.Scheme))
	}
	return d
}

// ffdheGroup recognises RFC 7919's primes: they begin with 64 ones and the
// digits of e, and each size has one. The Oakley groups of RFC 3526 begin with
// those of pi.
func ffdheGroup(prime []byte) uint16 {
	if !bytes.HasPrefix(prime, []byte("\xff\xff\xff\xff\xff\xff\xff\xff\xad\xf8\x54\x58")) {
		return 0
	}
	switch len(prime) * 8 {
	case 2048:
		return 256
	case 3072:
		return 257
	case 4096:
		return 258
	case 6144:
		return 259
	case 8192:
		return 260
	}
	return 0
}

func bitLen(b []byte) int {
	for len(b) > 0 && b[0] == 0 {
		b = b[1:]
	}
	if len(b) == 0 {
		return 0
	}
	return (len(b)-1)*8 + bits.Len8(b[0])
}

// A NewSessionTicket lets the client resume (RFC 8446 §4.6.1, RFC 5077 §3.3).
type NewSessionTicket struct {
	Lifetime time.Duration
}

func parseNewSessionTicket(body []byte, version uint16) (*NewSessionTicket, bool) {
	s := cryptobyte.String(body)
	var seconds uint32
	if !s.ReadUint32(&seconds) {
		return nil, false
	}
	if version == tls13 {
		var age uint32
		var nonce, ticket, extensions cryptobyte.String
		if !s.ReadUint32(&age) || !s.ReadUint8LengthPrefixed(&nonce) || !s.ReadUint16LengthPrefixed(&ticket) || !s.ReadUint16LengthPrefixed(&extensions) {
			return nil, false
		}
	}
	return &NewSessionTicket{Lifetime: time.Duration(seconds) * time.Second}, true
}

func (m *NewSessionTicket) detail() string {
	if m.Lifetime == 0 {
		return ""
	}
	return "valid for " + m.Lifetime.String()
}
