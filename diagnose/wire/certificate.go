package wire

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/cryptobyte"
)

// A CertificateRequest is how a server asks for a client certificate (RFC 8446
// §4.3.2, RFC 5246 §7.4.4).
type CertificateRequest struct {
	SignatureSchemes     []uint16 // empty before TLS 1.2
	SignatureSchemesCert []uint16 // TLS 1.3; empty: the same as SignatureSchemes
	CertificateTypes     []uint8  // TLS 1.2 and below

	// CertificateAuthorities holds the DER of the names of the CAs the server
	// accepts. An empty list accepts anyone.
	CertificateAuthorities [][]byte
}

// Authorities returns CertificateAuthorities as DistinguishedName renders them.
func (m *CertificateRequest) Authorities() []string {
	names := make([]string, len(m.CertificateAuthorities))
	for i, der := range m.CertificateAuthorities {
		names[i] = DistinguishedName(der)
	}
	return names
}

func parseCertificateRequest(body []byte, version uint16) (*CertificateRequest, bool) {
	s := cryptobyte.String(body)
	m := &CertificateRequest{}
	var list cryptobyte.String
	if version == tls13 {
		var context cryptobyte.String
		if !s.ReadUint8LengthPrefixed(&context) || !s.ReadUint16LengthPrefixed(&list) {
			return nil, false
		}
		return m, eachExtension(list, func(typ uint16, data cryptobyte.String) {
			var list cryptobyte.String
			if !data.ReadUint16LengthPrefixed(&list) {
				return
			}
			switch typ {
			case extSignatureAlgorithms:
				m.SignatureSchemes = uint16s(list)
			case extSignatureAlgsCert:
				m.SignatureSchemesCert = uint16s(list)
			case extCertificateAuths:
				m.CertificateAuthorities = opaques16(list)
			}
		})
	}
	if !s.ReadUint8LengthPrefixed(&list) {
		return nil, false
	}
	m.CertificateTypes = append([]uint8{}, list...)
	if version == tls12 || version == 0 {
		if !s.ReadUint16LengthPrefixed(&list) {
			return nil, false
		}
		m.SignatureSchemes = uint16s(list)
	}
	if !s.ReadUint16LengthPrefixed(&list) {
		return nil, false
	}
	m.CertificateAuthorities = opaques16(list)
	return m, true
}

func (m *CertificateRequest) detail() string {
	switch n := len(m.CertificateAuthorities); {
	case n == 0:
		return "from anyone"
	case n > 2:
		return fmt.Sprintf("from %s and %d more", DistinguishedName(m.CertificateAuthorities[0]), n-1)
	}
	return "from " + strings.Join(m.Authorities(), " or ")
}

// DistinguishedName renders the DER of a name as crypto/x509 does,
// "CN=Client Root,O=Mutual Lab", but for e-mail addresses, which it spells out.
// A name that does not parse is shown in hexadecimal.
func DistinguishedName(der []byte) string {
	var rdns pkix.RDNSequence
	if rest, err := asn1.Unmarshal(der, &rdns); err != nil || len(rest) > 0 {
		return "0x" + hex.EncodeToString(der[:min(len(der), 64)])
	}
	var name pkix.Name
	name.FillFromRDNSequence(&rdns)
	return printable(spellEmail(name.String()), 1000)
}

// spellEmail replaces the hexadecimal DER that pkix prints for an e-mail
// address (RFC 2985 §5.2.1).
func spellEmail(s string) string {
	const attribute = "1.2.840.113549.1.9.1=#"
	for from := 0; ; {
		i := strings.Index(s[from:], attribute)
		if i < 0 {
			return s
		}
		i += from
		rest := s[i+len(attribute):]
		end := strings.IndexAny(rest, ",+")
		if end < 0 {
			end = len(rest)
		}
		from = i + len(attribute)
		var address string
		der, err := hex.DecodeString(rest[:end])
		if err != nil {
			continue
		}
		if trailing, err := asn1.Unmarshal(der, &address); err != nil || len(trailing) > 0 {
			continue
		}
		spelt := s[:i] + "emailAddress=" + address
		s, from = spelt+rest[end:], len(spelt)
	}
}

// A Certificate is a side's certificate message (RFC 8446 §4.4.2).
type Certificate struct {
	// Raw holds the certificates, leaf first, as they came. It is never nil;
	// empty is how a client says that it has none.
	Raw [][]byte

	// OCSPStaple is TLS 1.3's OCSP response for the leaf, or nil; TLS 1.2 has
	// a message for it, CertificateStatus.
	OCSPStaple []byte
}

func parseCertificate(body []byte, version uint16) (*Certificate, bool) {
	s := cryptobyte.String(body)
	m := &Certificate{Raw: [][]byte{}}
	var list, cert cryptobyte.String
	if version == tls13 {
		var context cryptobyte.String
		if !s.ReadUint8LengthPrefixed(&context) {
			return nil, false
		}
	}
	if !s.ReadUint24LengthPrefixed(&list) {
		return nil, false
	}
	for !list.Empty() {
		if !list.ReadUint24LengthPrefixed(&cert) {
			return nil, false
		}
		m.Raw = append(m.Raw, cert)
		if version != tls13 {
			continue
		}
		var extensions cryptobyte.String
		if !list.ReadUint16LengthPrefixed(&extensions) {
			return nil, false
		}
		ok := eachExtension(extensions, func(typ uint16, data cryptobyte.String) {
			if typ == extStatusRequest && len(m.Raw) == 1 {
				if status, ok := parseCertificateStatus(data); ok {
					m.OCSPStaple = status.OCSPResponse
				}
			}
		})
		if !ok {
			return nil, false
		}
	}
	return m, true
}

func (m *Certificate) detail() string {
	if len(m.Raw) == 0 {
		return "empty"
	}
	return fmt.Sprintf("%d, %s", len(m.Raw), leafName(m.Raw[0]))
}

// leafName returns the one name by which a person knows a certificate.
func leafName(der []byte) string {
	c, err := x509.ParseCertificate(der)
	switch {
	case err != nil:
		return "not readable"
	case c.Subject.CommonName != "":
		return "CN=" + printable(c.Subject.CommonName, 120)
	case len(c.DNSNames) > 0:
		return printable(c.DNSNames[0], 120)
	case len(c.URIs) > 0:
		return printable(c.URIs[0].String(), 120)
	case len(c.IPAddresses) > 0:
		return c.IPAddresses[0].String()
	case !bytes.Equal(c.RawSubject, []byte{0x30, 0}):
		return DistinguishedName(c.RawSubject)
	}
	return "without a name"
}

// A CertificateVerify proves possession of the certificate's key (RFC 8446
// §4.4.3).
type CertificateVerify struct {
	Scheme uint16 // 0 before TLS 1.2, which leaves no choice
}

func parseCertificateVerify(body []byte, version uint16) (*CertificateVerify, bool) {
	s := cryptobyte.String(body)
	m := &CertificateVerify{}
	var signature cryptobyte.String
	if version >= tls12 && !s.ReadUint16(&m.Scheme) || !s.ReadUint16LengthPrefixed(&signature) {
		return nil, false
	}
	return m, true
}

func (m *CertificateVerify) detail() string {
	if m.Scheme == 0 {
		return ""
	}
	return SignatureSchemeName(m.Scheme)
}

// A CertificateStatus carries a stapled OCSP response (RFC 6066 §8).
type CertificateStatus struct {
	OCSPResponse []byte
}

func parseCertificateStatus(body []byte) (*CertificateStatus, bool) {
	s := cryptobyte.String(body)
	var kind uint8
	var response cryptobyte.String
	if !s.ReadUint8(&kind) || kind != 1 || !s.ReadUint24LengthPrefixed(&response) {
		return nil, false
	}
	return &CertificateStatus{OCSPResponse: response}, true
}
