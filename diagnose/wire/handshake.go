package wire

import (
	"fmt"
	"strings"
)

// Handshake message types (RFC 8446 §4, RFC 5246 §7.4).
const (
	typeHelloRequest        = 0
	typeClientHello         = 1
	typeServerHello         = 2
	typeNewSessionTicket    = 4
	typeEncryptedExtensions = 8
	typeCertificate         = 11
	typeServerKeyExchange   = 12
	typeCertificateRequest  = 13
	typeCertificateVerify   = 15
	typeFinished            = 20
	typeCertificateStatus   = 22
	typeKeyUpdate           = 24
)

func messageName(typ uint8) string {
	switch typ {
	case typeHelloRequest:
		return "HelloRequest"
	case typeClientHello:
		return "ClientHello"
	case typeServerHello:
		return "ServerHello"
	case 3:
		return "HelloVerifyRequest"
	case typeNewSessionTicket:
		return "NewSessionTicket"
	case 5:
		return "EndOfEarlyData"
	case typeEncryptedExtensions:
		return "EncryptedExtensions"
	case typeCertificate:
		return "Certificate"
	case typeServerKeyExchange:
		return "ServerKeyExchange"
	case typeCertificateRequest:
		return "CertificateRequest"
	case 14:
		return "ServerHelloDone"
	case typeCertificateVerify:
		return "CertificateVerify"
	case 16:
		return "ClientKeyExchange"
	case typeFinished:
		return "Finished"
	case 21:
		return "CertificateURL"
	case typeCertificateStatus:
		return "CertificateStatus"
	case 23:
		return "SupplementalData"
	case typeKeyUpdate:
		return "KeyUpdate"
	case 25:
		return "CompressedCertificate"
	case 67:
		return "NextProtocol"
	}
	return fmt.Sprintf("Handshake(%d)", typ)
}

// messageSize returns the size of the body that a handshake header announces.
func messageSize(header []byte) int {
	return int(header[1])<<16 | int(header[2])<<8 | int(header[3])
}

// messages handles the whole handshake messages that a stream holds.
func (p *parser) messages(s *stream) {
	for len(s.messages) >= 4 && !p.full() {
		end := 4 + messageSize(s.messages)
		if len(s.messages) < end {
			return
		}
		typ, body := s.messages[0], s.messages[4:end:end]
		s.messages = s.messages[end:]
		p.message(s, typ, body)
	}
}

// message handles one handshake message: it notes it, and lets it change what
// is known of the connection.
func (p *parser) message(s *stream, typ uint8, body []byte) {
	e := Event{At: s.at, From: s.side, Message: messageName(typ), Bytes: 4 + len(body), Encrypted: s.encrypted}
	ok := true
	switch typ {
	case typeClientHello:
		var m *ClientHello
		if m, ok = parseClientHello(body); ok {
			e.ClientHello, e.Detail = m, m.detail()
			p.clientRandom = m.Random
		}
	case typeServerHello:
		var m *ServerHello
		if m, ok = parseServerHello(body); ok {
			e.ServerHello, e.Detail = m, m.detail()
			if m.RetryRequest {
				e.Message = "HelloRetryRequest"
			}
			p.serverHello(m)
		}
	case typeNewSessionTicket:
		var m *NewSessionTicket
		if m, ok = parseNewSessionTicket(body, p.version); ok {
			e.NewSessionTicket, e.Detail = m, m.detail()
		}
	case typeEncryptedExtensions:
		var m *EncryptedExtensions
		if m, ok = parseEncryptedExtensions(body); ok {
			e.EncryptedExtensions, e.Detail = m, m.detail()
		}
	case typeCertificate:
		var m *Certificate
		if m, ok = parseCertificate(body, p.version); ok {
			e.Certificate, e.Detail = m, m.detail()
		}
	case typeServerKeyExchange:
		m := parseServerKeyExchange(body, p.version, p.suite)
		e.ServerKeyExchange, e.Detail = m, m.detail()
		if m.Group != 0 {
			p.t.group = m.Group
		}
	case typeCertificateRequest:
		var m *CertificateRequest
		if m, ok = parseCertificateRequest(body, p.version); ok {
			e.CertificateRequest, e.Detail = m, m.detail()
		}
	case typeCertificateVerify:
		var m *CertificateVerify
		if m, ok = parseCertificateVerify(body, p.version); ok {
			e.CertificateVerify, e.Detail = m, m.detail()
		}
	case typeCertificateStatus:
		var m *CertificateStatus
		if m, ok = parseCertificateStatus(body); ok {
			e.CertificateStatus, e.Detail = m, fmt.Sprintf("OCSP response, %d bytes", len(m.OCSPResponse))
		}
	case typeFinished:
		if p.version == tls13 && s.then != nil {
			s.key, s.then = s.then, nil
		}
	case typeKeyUpdate:
		if s.key != nil && s.then == nil && s.encrypted {
			s.key = s.key.next(p.suite)
		}
	}
	if !ok {
		e.Malformed, e.Detail = true, "malformed"
	}
	p.add(e)
}

// serverHello takes over what a ServerHello settles, and the keys that follow
// from it.
func (p *parser) serverHello(m *ServerHello) {
	p.version, p.suite = m.Version, m.CipherSuite
	p.t.version, p.t.suite, p.t.group = m.Version, m.CipherSuite, m.Group
	if m.RetryRequest {
		return
	}
	p.serverRandom = m.Random
	if m.Version == tls13 {
		p.client.key = trafficKey(m.CipherSuite, p.keys.secret(labelClientHandshake, p.clientRandom))
		p.client.then = trafficKey(m.CipherSuite, p.keys.secret(labelClientTraffic, p.clientRandom))
		p.server.key = trafficKey(m.CipherSuite, p.keys.secret(labelServerHandshake, p.clientRandom))
		p.server.then = trafficKey(m.CipherSuite, p.keys.secret(labelServerTraffic, p.clientRandom))
		return
	}
	p.client.then, p.server.then = masterKeys(m.Version, m.CipherSuite,
		p.keys.secret(labelMasterSecret, p.clientRandom), p.clientRandom, p.serverRandom)
}

// details joins the parts of a Detail that are not empty.
func details(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}
