package starttls

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net"
	"strings"
)

// askMQTT connects with a clean session and a name of its own, so that it
// throws nobody out, in MQTT 3.1.1, and in 5 where the server takes only that.
// Source: MQTT 3.1.1 §3.1, §3.2; MQTT 5 §3.1, §3.2.2.2.
func askMQTT(t *talk) Answer {
	id := "mutual" + rand.Text()[:12]
	const level, clean = 4, 2
	if err := t.say("CONNECT", mqttConnect(level, clean, id)); err != nil {
		return t.failed(err)
	}
	ack, err := t.mqttAck()
	if err == nil && ack.version == 3 && ack.code == 1 {
		return t.refusedOtherwise("CONNACK 1: it takes another version of MQTT than 3.1.1")
	}
	if err != nil {
		return t.failed(err)
	}
	words := fmt.Sprintf("CONNACK %d", ack.code)
	if ack.version == 5 {
		words = fmt.Sprintf("CONNACK 0x%02x", ack.code)
	}
	switch {
	case ack.code == 0:
		t.send("\xe0\x00") // DISCONNECT
		return t.authorized(words)
	case ack.code == 5, ack.code == 0x87:
		return t.wantsLogin(words + ": not authorized without a login of its own")
	case ack.code == 4, ack.code == 0x86:
		return t.unwelcome(words + ": bad user name or password")
	case ack.code == 0x8c:
		return t.wantsLogin(words + ": bad authentication method")
	}
	return t.refusedOtherwise(words)
}

func mqttConnect(level, flags byte, id string) string {
	body := "\x00\x04MQTT" + string([]byte{level, flags}) + "\x00\x1e" + string([]byte{0, byte(len(id))}) + id
	return "\x10" + string([]byte{byte(len(body))}) + body
}

type mqttAck struct {
	version int // 3 or 5, as its length shows
	code    byte
}

func (t *talk) mqttAck() (mqttAck, error) {
	head, err := t.bytes(4)
	if err != nil {
		return mqttAck{}, err
	}
	if !isMQTT(head) {
		return mqttAck{}, otherProtocol()
	}
	if head[1] == 2 {
		return mqttAck{3, head[3]}, nil
	}
	return mqttAck{5, head[3]}, nil
}

func isMQTT(b []byte) bool {
	return len(b) >= 4 && b[0] == 0x20 && b[1] >= 2 && b[1] < 0x80 && b[2] <= 1
}

// askAMQP logs in by the certificate where the server offers that: the
// protocol header and Connection.Start are answered to everybody. With the
// capability authentication_failure_close RabbitMQ says no in words, and at
// once. Source: AMQP 0-9-1 §1.4.2, §2.2.4; RabbitMQ, "Authentication Failure
// Notifications".
func askAMQP(t *talk) Answer {
	if err := t.say("protocol header", "AMQP\x00\x00\x09\x01"); err != nil {
		return t.failed(err)
	}
	if head, err := t.r.Peek(4); err != nil {
		return t.failed(err)
	} else if string(head) == "AMQP" {
		return t.answered("it speaks another version of AMQP than 0-9-1")
	}
	start, err := t.amqpMethod()
	if err != nil {
		return t.failed(err)
	}
	mechanisms, ok := amqpMechanisms(start)
	switch {
	case !ok:
		return t.failed(otherProtocol())
	case !strings.Contains(mechanisms, "EXTERNAL"):
		return t.answered("Connection.Start, logins by " + mechanisms)
	}
	capability := "\x1cauthentication_failure_closet\x01"
	properties := "\x0ccapabilitiesF" + amqpLong(capability)
	login := amqpLong(properties) + "\x08EXTERNAL" + amqpLong("") + "\x05en_US"
	if err := t.say("Start-Ok EXTERNAL", amqpFrame("\x00\x0a\x00\x0b"+login)); err != nil {
		return t.failed(err)
	}
	method, err := t.amqpMethod()
	switch {
	case err != nil:
		return t.failed(err)
	case bytes.HasPrefix(method, []byte("\x00\x0a\x00\x1e")):
		t.send(amqpFrame("\x00\x0a\x00\x32\x00\xc8\x03bye\x00\x00\x00\x00"))
		return t.authorized("Connection.Tune")
	case bytes.HasPrefix(method, []byte("\x00\x0a\x00\x32")) && len(method) > 7:
		words := fmt.Sprintf("Connection.Close %d %s", binary.BigEndian.Uint16(method[4:]), method[7:min(len(method), 7+int(method[6]))])
		if mechanisms == "EXTERNAL" {
			return t.unwelcome(words)
		}
		return t.refusedOtherwise(words)
	}
	return t.answered("Connection.Start")
}

func amqpLong(s string) string {
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(s)))) + s
}

func amqpFrame(method string) string { return "\x01\x00\x00" + amqpLong(method) + "\xce" }

// amqpMethod reads a method frame of channel 0.
func (t *talk) amqpMethod() ([]byte, error) {
	head, err := t.bytes(7)
	if err != nil {
		return nil, err
	}
	if head[0] != 1 || head[1] != 0 || head[2] != 0 {
		return nil, otherProtocol()
	}
	body, err := t.bytes(uint32be(head[3:]) + 1)
	if err != nil {
		return nil, err
	}
	if len(body) < 5 || body[len(body)-1] != 0xce {
		return nil, otherProtocol()
	}
	return body[:len(body)-1], nil
}

// amqpMechanisms reads the ways to log in from a Connection.Start.
func amqpMechanisms(start []byte) (string, bool) {
	rest, ok := bytes.CutPrefix(start, []byte("\x00\x0a\x00\x0a"))
	if !ok || len(rest) < 6 {
		return "", false
	}
	rest = rest[2:] // version
	for range 2 {   // server-properties, mechanisms
		if len(rest) < 4 {
			return "", false
		}
		n := uint32be(rest)
		if n < 0 || n > len(rest)-4 {
			return "", false
		}
		start, rest = rest[4:4+n], rest[4+n:]
	}
	return string(start), true
}

// startAMQP asks for TLS by a protocol header of its own. Source: AMQP 1.0
// §5.2.1.
func startAMQP(t *talk) (net.Conn, error) {
	const header = "AMQP\x02\x01\x00\x00"
	if err := t.send(header); err != nil {
		return nil, err
	}
	answer, err := t.bytes(8)
	switch {
	case err != nil:
		return nil, err
	case string(answer[:4]) != "AMQP":
		return nil, otherProtocol()
	case string(answer) != header:
		return nil, refused(fmt.Sprintf("it answers with the header AMQP %d %d.%d.%d", answer[4], answer[5], answer[6], answer[7]))
	}
	return t.conn, nil
}

// natsInfo reads the server's first line. Source: NATS documentation, "Client
// Protocol", INFO.
func (t *talk) natsInfo() (line string, info struct {
	TLSRequired  bool `json:"tls_required"`
	TLSAvailable bool `json:"tls_available"`
}, err error) {
	if line, err = t.line(); err != nil {
		return
	}
	body, ok := strings.CutPrefix(line, "INFO ")
	if !ok {
		return line, info, otherProtocol()
	}
	if json.Unmarshal([]byte(body), &info) != nil {
		err = otherProtocol()
	}
	return
}

// startNATS waits for INFO; TLS begins right after it.
func startNATS(t *talk) (net.Conn, error) {
	_, info, err := t.natsInfo()
	switch {
	case err != nil:
		return nil, err
	case !info.TLSRequired && !info.TLSAvailable:
		return nil, refused("INFO has neither tls_required nor tls_available")
	}
	return t.conn, nil
}

// askNATS connects as nobody in particular, and pings. A server that maps
// certificates to users and one that wants a token refuse in the same words.
func askNATS(t *talk) Answer {
	if !t.client.Upgraded { // handshake_first
		if _, _, err := t.natsInfo(); err != nil {
			return t.failed(err)
		}
	}
	const connect = `CONNECT {"verbose":false,"pedantic":false,"tls_required":true,"name":"mutual","lang":"go","version":"1","protocol":0}`
	if err := t.say("CONNECT, PING", connect+"\r\nPING\r\n"); err != nil {
		return t.failed(err)
	}
	for {
		line, err := t.line()
		switch {
		case err != nil:
			return t.failed(err)
		case strings.HasPrefix(line, "PONG"):
			return t.authorized(line)
		case strings.HasPrefix(line, "-ERR") && strings.Contains(line, "Authorization"):
			return t.unwelcome(line)
		case strings.HasPrefix(line, "-ERR"):
			return t.refusedOtherwise(line)
		case !strings.HasPrefix(line, "INFO "), strings.HasPrefix(line, "PING"):
			return t.failed(otherProtocol())
		}
	}
}

// askKafka asks for the versions it speaks, which is answered before any
// login. Source: Kafka protocol guide, ApiVersions.
func askKafka(t *talk) Answer {
	const correlation = 0x6d757475
	request := "\x00\x12\x00\x00" + string(binary.BigEndian.AppendUint32(nil, correlation)) + "\x00\x06mutual"
	if err := t.say("ApiVersions", amqpLong(request)); err != nil {
		return t.failed(err)
	}
	head, err := t.bytes(8)
	switch {
	case err != nil:
		return t.failed(err)
	case uint32be(head[4:]) != correlation || uint32be(head) < 6:
		return t.failed(otherProtocol())
	}
	return t.answered("it answers ApiVersions, which asks for no login")
}

// startXMPP is the opening of RFC 6120 §5.4.2.
func startXMPP(t *talk) (net.Conn, error) { return t.startStream("jabber:client") }

// startXMPPServer is the same between servers.
func startXMPPServer(t *talk) (net.Conn, error) { return t.startStream("jabber:server") }

func (t *talk) startStream(namespace string) (net.Conn, error) {
	text, err := t.stream(namespace)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(text, "<starttls") {
		return nil, refused(text)
	}
	if err := t.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"); err != nil {
		return nil, err
	}
	text, err = t.until("<proceed", "<failure", "</stream:stream>")
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(text, "<proceed") {
		return nil, refused(text)
	}
	text, err = t.until(">")
	if err == nil && !strings.HasSuffix(text, "/>") {
		_, err = t.until("</proceed>")
	}
	return t.conn, err
}

// stream opens a stream and reads up to its features or its error.
func (t *talk) stream(namespace string) (string, error) {
	var to, from strings.Builder
	if err := xml.EscapeText(&to, []byte(t.client.Host)); err != nil {
		return "", err
	}
	if namespace == "jabber:server" && t.client.Domain != "" {
		from.WriteString(" from='")
		if err := xml.EscapeText(&from, []byte(t.client.Domain)); err != nil {
			return "", err
		}
		from.WriteString("'")
	}
	err := t.say("stream header", "<?xml version='1.0'?><stream:stream"+from.String()+" to='"+to.String()+
		"' xmlns='"+namespace+"' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>")
	if err != nil {
		return "", err
	}
	return t.until("</stream:features>", "<stream:features/>", "</stream:error>", "</stream:stream>")
}

func askXMPP(t *talk) Answer { return t.askStream("jabber:client") }

func askXMPPServer(t *talk) Answer { return t.askStream("jabber:server") }

// askStream opens a stream: its features are an answer, and between servers
// EXTERNAL among them says that the certificate was taken for the name. Source:
// RFC 6120 §4.3.2, XEP-0178.
func (t *talk) askStream(namespace string) Answer {
	text, err := t.stream(namespace)
	if err != nil {
		return t.failed(err)
	}
	defer t.send("</stream:stream>")
	at := max(strings.Index(text, "<stream:features"), strings.Index(text, "<stream:error"))
	words := text[max(at, 0):]
	switch {
	case strings.Contains(text, "<stream:error") && speaksOfCertificates(words):
		return t.aboutCertificate(words)
	case strings.Contains(text, "<stream:error") && strings.Contains(words, "not-authorized"):
		return t.unwelcome(words)
	case strings.Contains(text, "<stream:error"):
		return t.refusedOtherwise(words)
	case namespace == "jabber:server" && strings.Contains(text, ">EXTERNAL<"):
		return t.authorized("the login by certificate (EXTERNAL) is offered")
	}
	return t.answered("stream features")
}

// until reads up to the first of the marks, which must come in XML.
func (t *talk) until(marks ...string) (string, error) {
	var text []byte
	for len(text) < 16<<10 {
		b, err := t.r.ReadByte()
		if err != nil {
			return "", err
		}
		text = append(text, b)
		if len(text) == 1 && len(marks) > 1 && b != '<' && b != ' ' && b != '\n' {
			return "", otherProtocol()
		}
		for _, mark := range marks {
			if b == mark[len(mark)-1] && bytes.HasSuffix(text, []byte(mark)) {
				return string(text), nil
			}
		}
	}
	return "", otherProtocol()
}

// startIRC is the STARTTLS of many servers. Source: ircv3.net, "tls".
func startIRC(t *talk) (net.Conn, error) {
	if err := t.send("STARTTLS\r\n"); err != nil {
		return nil, err
	}
	for range 32 {
		line, err := t.line()
		if err != nil {
			return nil, err
		}
		switch ircVerb(line) {
		case "670":
			return t.conn, nil
		case "NOTICE", "020", "PING":
		case "691", "421", "451", "ERROR":
			return nil, refused(line)
		default:
			return nil, otherProtocol()
		}
	}
	return nil, otherProtocol()
}

// askIRC asks for capabilities, which begins no session. Source: ircv3.net,
// "capability-negotiation".
func askIRC(t *talk) Answer {
	if err := t.say("CAP LS", "CAP LS 302\r\n"); err != nil {
		return t.failed(err)
	}
	for range 32 {
		line, err := t.line()
		switch {
		case err != nil:
			return t.failed(err)
		case strings.HasPrefix(line, "ERROR :"):
			return t.loginRefusal(line)
		case ircVerb(line) == "CAP", ircVerb(line) == "421", ircVerb(line) == "451":
			t.send("QUIT\r\n")
			return t.answered(line)
		case ircVerb(line) == "", line == "ERROR":
			return t.failed(otherProtocol())
		}
	}
	return t.failed(otherProtocol())
}

// ircVerb is the command of a line, behind its source. Source: RFC 2812 §2.3.1.
func ircVerb(line string) string {
	if strings.HasPrefix(line, ":") {
		_, line, _ = strings.Cut(line, " ")
	}
	verb, _, _ := strings.Cut(line, " ")
	if strings.Trim(verb, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return ""
	}
	return verb
}
