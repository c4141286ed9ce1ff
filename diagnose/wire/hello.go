package wire

import (
	"crypto/ecdh"
	"crypto/rand"
	"fmt"
	"net/netip"
	"slices"

	"golang.org/x/crypto/cryptobyte"
)

// A Hello is a ClientHello to be built by hand, so that it can offer what
// crypto/tls cannot. It begins a handshake that cannot be completed: only the
// plaintext of the answer is to be had.
type Hello struct {
	// Versions are those offered. With TLS 1.3 among them they go into
	// supported_versions; without, only the highest is named, as clients did
	// before. Empty means TLS 1.2.
	Versions []uint16

	// SSL3 makes it an SSL 3.0 hello, which has no extensions: nothing but
	// CipherSuites counts.
	SSL3 bool

	CipherSuites     []uint16
	Groups           []uint16
	KeyShares        []uint16 // groups to send a share of: x25519, secp256r1, secp384r1 or secp521r1
	SignatureSchemes []uint16
	ALPN             []string
	ServerName       string // not sent if empty or an IP address (RFC 6066 §3)

	// FallbackSCSV says that this is a second attempt below the client's best
	// version (RFC 7507).
	FallbackSCSV bool

	// Size pads the handshake message to that many bytes (RFC 7685), if it is
	// shorter, to find out who stumbles over a large hello.
	Size int
}

// Marshal returns the hello as records ready to be sent, with a fresh random
// and fresh key shares. The secrets of these are not kept.
func (h Hello) Marshal() ([]byte, error) {
	body, err := h.body()
	if err != nil {
		return nil, fmt.Errorf("building a ClientHello: %w", err)
	}
	message := cryptobyte.NewBuilder(nil)
	message.AddUint8(typeClientHello)
	message.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(body) })
	rest, err := message.Bytes()
	if err != nil {
		return nil, fmt.Errorf("building a ClientHello: %w", err)
	}
	version := uint16(0x0301) // RFC 8446 §5.1, for the sake of old servers
	if h.SSL3 {
		version = 0x0300
	}
	var out []byte
	for len(rest) > 0 {
		n := min(len(rest), 1<<14)
		out = append(out, recordHandshake, byte(version>>8), byte(version), byte(n>>8), byte(n))
		out = append(out, rest[:n]...)
		rest = rest[n:]
	}
	return out, nil
}

func (h Hello) body() ([]byte, error) {
	legacy := uint16(tls12)
	if len(h.Versions) > 0 {
		legacy = min(tls12, slices.Max(h.Versions))
	}
	if h.SSL3 {
		legacy = 0x0300
	}
	random := make([]byte, 64)
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	b := cryptobyte.NewBuilder(nil)
	b.AddUint16(legacy)
	b.AddBytes(random[:32])
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) {
		if h.offers13() {
			b.AddBytes(random[32:]) // RFC 8446 appendix D.4
		}
	})
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		addUint16s(b, h.CipherSuites)
		if h.SSL3 {
			b.AddUint16(suiteRenegotiationSCSV)
		}
		if h.FallbackSCSV {
			b.AddUint16(suiteFallbackSCSV)
		}
	})
	b.AddBytes([]byte{1, 0}) // no compression
	if h.SSL3 {
		return b.Bytes()
	}
	extensions, err := h.extensions()
	if err != nil {
		return nil, err
	}
	head, err := b.Bytes()
	if err != nil {
		return nil, err
	}
	// Message header, length of the extensions, header of the padding.
	if missing := h.Size - (4 + len(head) + 2 + len(extensions) + 4); missing >= 0 {
		e := cryptobyte.NewBuilder(extensions)
		addExtension(e, extPadding, func(b *cryptobyte.Builder) { b.AddBytes(make([]byte, missing)) })
		if extensions, err = e.Bytes(); err != nil {
			return nil, err
		}
	}
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(extensions) })
	return b.Bytes()
}

func (h Hello) extensions() ([]byte, error) {
	b := cryptobyte.NewBuilder(nil)
	if _, err := netip.ParseAddr(h.ServerName); err != nil && h.ServerName != "" {
		addExtension(b, extServerName, func(b *cryptobyte.Builder) {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
				b.AddUint8(0)
				b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(h.ServerName)) })
			})
		})
	}
	if len(h.Groups) > 0 {
		addList(b, extSupportedGroups, h.Groups)
		addExtension(b, extPointFormats, func(b *cryptobyte.Builder) { b.AddBytes([]byte{1, 0}) })
	}
	if len(h.SignatureSchemes) > 0 {
		addList(b, extSignatureAlgorithms, h.SignatureSchemes)
	}
	if len(h.ALPN) > 0 {
		addExtension(b, extALPN, func(b *cryptobyte.Builder) {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
				for _, p := range h.ALPN {
					b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(p)) })
				}
			})
		})
	}
	addExtension(b, extExtendedMasterSecret, func(*cryptobyte.Builder) {})
	addExtension(b, extRenegotiationInfo, func(b *cryptobyte.Builder) { b.AddUint8(0) })
	if h.offers13() {
		addExtension(b, extSupportedVersions, func(b *cryptobyte.Builder) {
			b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { addUint16s(b, h.Versions) })
		})
		shares, err := keyShares(h.KeyShares)
		if err != nil {
			return nil, err
		}
		addExtension(b, extKeyShare, func(b *cryptobyte.Builder) {
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(shares) })
		})
	}
	return b.Bytes()
}

func (h Hello) offers13() bool { return !h.SSL3 && slices.Contains(h.Versions, tls13) }

// keyShares returns the entries of a key_share extension (RFC 8446 §4.2.8).
func keyShares(groups []uint16) ([]byte, error) {
	b := cryptobyte.NewBuilder(nil)
	for _, g := range groups {
		var curve ecdh.Curve
		switch g {
		case 23:
			curve = ecdh.P256()
		case 24:
			curve = ecdh.P384()
		case 25:
			curve = ecdh.P521()
		case 29:
			curve = ecdh.X25519()
		default:
			return nil, fmt.Errorf("no key share can be made for group %s", GroupName(g))
		}
		key, err := curve.GenerateKey(rand.Reader)
		if err != nil {
			return nil, err
		}
		b.AddUint16(g)
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(key.PublicKey().Bytes()) })
	}
	return b.Bytes()
}

func addExtension(b *cryptobyte.Builder, typ uint16, data func(*cryptobyte.Builder)) {
	b.AddUint16(typ)
	b.AddUint16LengthPrefixed(data)
}

func addList(b *cryptobyte.Builder, typ uint16, values []uint16) {
	addExtension(b, typ, func(b *cryptobyte.Builder) {
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { addUint16s(b, values) })
	})
}

func addUint16s(b *cryptobyte.Builder, values []uint16) {
	for _, v := range values {
		b.AddUint16(v)
	}
}
