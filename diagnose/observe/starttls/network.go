package starttls

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net"
	"strings"
)

// askDNS asks for the root's name servers without recursion. Source: RFC 1035
// §4.1, RFC 7858 §3.3.
func askDNS(t *talk) Answer {
	id := make([]byte, 2)
	rand.Read(id)
	query := string(id) + "\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00" + "\x00\x00\x02\x00\x01"
	if err := t.say("query . NS", "\x00"+string([]byte{byte(len(query))})+query); err != nil {
		return t.failed(err)
	}
	head, err := t.bytes(6)
	switch {
	case err != nil:
		return t.failed(err)
	case !bytes.Equal(head[2:4], id) || head[4]&0x80 == 0:
		return t.failed(otherProtocol())
	}
	return t.answered(fmt.Sprintf("response code %d", head[5]&0x0f))
}

// askRADIUS asks for the server's state, signed with the secret that TLS
// connections have. Source: RFC 5997 §2, §3; RFC 6614 §2.3.
func askRADIUS(t *talk) Answer {
	const statusServer, accept = 12, 2
	packet := make([]byte, 20+18)
	packet[0], packet[3] = statusServer, byte(len(packet))
	rand.Read(packet[1:2])
	rand.Read(packet[4:20])
	packet[20], packet[21] = 80, 18 // Message-Authenticator
	mac := hmac.New(md5.New, []byte("radsec"))
	mac.Write(packet)
	copy(packet[22:], mac.Sum(nil))
	if err := t.say("Status-Server", string(packet)); err != nil {
		return t.failed(err)
	}
	head, err := t.bytes(20)
	switch {
	case err != nil:
		return t.failed(err)
	case head[1] != packet[1]:
		return t.failed(otherProtocol())
	case head[0] == accept:
		return t.authorized("Access-Accept")
	}
	return t.answered(fmt.Sprintf("code %d", head[0]))
}

// askSIP asks what the server can do. Source: RFC 3261 §11.
func askSIP(t *talk) Answer {
	tag := rand.Text()
	if err := t.say("OPTIONS", fmt.Sprintf("OPTIONS sip:%s SIP/2.0\r\nVia: SIP/2.0/TLS mutual.invalid;branch=z9hG4bK%s\r\nMax-Forwards: 70\r\n"+
		"To: <sip:%s>\r\nFrom: <sip:mutual@mutual.invalid>;tag=%s\r\nCall-ID: %s\r\nCSeq: 1 OPTIONS\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n",
		t.client.Host, tag, t.client.Host, tag[:8], tag)); err != nil {
		return t.failed(err)
	}
	for {
		line, err := t.line()
		switch {
		case err != nil:
			return t.failed(err)
		case !strings.HasPrefix(line, "SIP/2.0 ") || len(line) < 11:
			return t.failed(otherProtocol())
		}
		switch code := line[8:11]; {
		case code[0] == '1':
			for err == nil && line != "" { // a provisional answer: the next one counts
				line, err = t.line()
			}
		case code[0] == '2':
			return t.authorized(line)
		case code == "401", code == "407":
			return t.wantsLogin(line)
		case speaksOfCertificates(line):
			return t.aboutCertificate(line)
		case code == "403":
			return t.unwelcome(line)
		default:
			return t.answered(line)
		}
	}
}

// askZabbix sends the agent a check that reads nothing. Source: Zabbix
// documentation, "Header" and "Passive and active agent checks".
func askZabbix(t *talk) Answer {
	const key = "agent.ping"
	request := "ZBXD\x01" + string(binary.LittleEndian.AppendUint64(nil, uint64(len(key)))) + key
	if err := t.say(key, request); err != nil {
		return t.failed(err)
	}
	head, err := t.bytes(4)
	switch {
	case err != nil:
		return t.failed(err)
	case string(head) != "ZBXD":
		return t.failed(otherProtocol())
	}
	return t.authorized("ZBXD")
}

// startRDP asks for TLS, or for TLS with a login inside. Source: [MS-RDPBCGR]
// §2.2.1.1, §2.2.1.2.
func startRDP(t *talk) (net.Conn, error) {
	const request = "\x03\x00\x00\x13\x0e\xe0\x00\x00\x00\x00\x00" + "\x01\x00\x08\x00\x03\x00\x00\x00"
	if err := t.send(request); err != nil {
		return nil, err
	}
	head, err := t.bytes(4)
	if err != nil {
		return nil, err
	}
	n := int(binary.BigEndian.Uint16(head[2:]))
	if head[0] != 3 || head[1] != 0 || n < 11 || n > 256 {
		return nil, otherProtocol()
	}
	answer, err := t.bytes(n - 4)
	switch {
	case err != nil:
		return nil, err
	case answer[1] != 0xd0:
		return nil, otherProtocol()
	case len(answer) < 15 || answer[7] != 2:
		words := "it keeps to RDP's own encryption"
		if len(answer) >= 15 && answer[7] == 3 {
			words = fmt.Sprintf("RDP_NEG_FAILURE %d", binary.LittleEndian.Uint32(answer[11:]))
		}
		return nil, refused(words)
	case binary.LittleEndian.Uint32(answer[11:]) == 0:
		return nil, refused("it keeps to RDP's own encryption")
	}
	return t.conn, nil
}

func isRDP(b []byte) bool { // X.224 over TPKT
	return len(b) >= 7 && b[0] == 3 && b[1] == 0 && (b[5] == 0xd0 || b[5] == 0xf0)
}
