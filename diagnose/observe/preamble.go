package observe

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// preambleOf returns the opening of a protocol, or nil for an unknown one.
func preambleOf(protocol string) func(*preamble) error {
	switch protocol {
	case "postgres":
		return (*preamble).postgres
	case "mysql":
		return (*preamble).mysql
	case "smtp":
		return (*preamble).smtp
	case "imap":
		return (*preamble).imap
	case "pop3":
		return (*preamble).pop3
	case "ldap":
		return (*preamble).ldap
	case "ftp":
		return (*preamble).ftp
	case "xmpp":
		return (*preamble).xmpp
	}
	return nil
}

// postgres sends SSLRequest. Source: PostgreSQL documentation, "Message
// Formats" and "SSL Session Encryption".
func (p *preamble) postgres() error {
	if err := p.send("\x00\x00\x00\x08\x04\xd2\x16\x2f"); err != nil {
		return err
	}
	answer, err := p.r.ReadByte()
	if err != nil {
		return err
	}
	switch answer {
	case 'S':
		return nil
	case 'N':
		return refused("N (SSL is off in this server)")
	case 'E':
		head, err := p.r.Peek(5)
		if err != nil {
			return err
		}
		if n := uint32be(head); head[4] == 'S' && n > 4 && n < 4096 {
			message := make([]byte, n)
			if _, err := io.ReadFull(p.r, message); err != nil {
				return err
			}
			return refused(postgresMessage(message[4:]))
		}
	}
	return otherProtocol()
}

// postgresMessage picks the human text out of an ErrorResponse.
func postgresMessage(fields []byte) string {
	for _, field := range bytes.Split(fields, []byte{0}) {
		if len(field) > 1 && field[0] == 'M' {
			return string(field[1:])
		}
	}
	return "error"
}

// Capability flags of the MySQL protocol.
const (
	mysqlProtocol41 = 0x0200
	mysqlSSL        = 0x0800
	mysqlSecure     = 0x8000
	mysqlPluginAuth = 0x00080000
)

// mysql reads the server's handshake packet and sends SSLRequest. Source:
// MySQL Source Code Documentation, "Protocol::SSLRequest".
func (p *preamble) mysql() error {
	head, err := p.r.Peek(5)
	if err != nil {
		return err
	}
	n := uint24le(head)
	if (head[4] != 10 && head[4] != 0xff) || n < 3 || n > 4096 {
		return otherProtocol()
	}
	packet := make([]byte, 4+n)
	if _, err := io.ReadFull(p.r, packet); err != nil {
		return err
	}
	body := packet[4:]
	if body[0] == 0xff { // for example "Host ... is not allowed to connect"
		return refused(string(body[3:]))
	}
	version := bytes.IndexByte(body, 0)
	if version < 0 || len(body) < version+1+4+8+1+2 {
		return otherProtocol()
	}
	offered := binary.LittleEndian.Uint16(body[version+1+4+8+1:])
	if offered&mysqlSSL == 0 {
		return refused("MySQL " + string(body[1:version]) + " without the capability CLIENT_SSL")
	}
	request := make([]byte, 4+32)
	request[0], request[3] = 32, packet[3]+1
	binary.LittleEndian.PutUint32(request[4:], mysqlProtocol41|mysqlSSL|mysqlSecure|mysqlPluginAuth)
	binary.LittleEndian.PutUint32(request[8:], 1<<24)
	request[12] = 33 // utf8_general_ci, which every version knows
	return p.send(string(request))
}

// reply reads a reply of SMTP or FTP, which may have several lines, and
// returns its code with its text. Source: RFC 5321 §4.2, RFC 959 §4.2.
func (p *preamble) reply() (code, text string, err error) {
	for {
		line, err := p.line()
		if err != nil {
			return "", "", err
		}
		if code == "" {
			if len(line) < 3 || strings.Trim(line[:3], "0123456789") != "" {
				return "", "", otherProtocol()
			}
			code = line[:3]
		}
		text += line + "\n"
		if line == code || strings.HasPrefix(line, code+" ") {
			return code, text, nil
		}
	}
}

// smtp is the opening of RFC 3207.
func (p *preamble) smtp() error {
	code, text, err := p.reply()
	if err != nil {
		return err
	}
	if code != "220" {
		return refused(text)
	}
	if err := p.send("EHLO localhost\r\n"); err != nil {
		return err
	}
	if code, text, err = p.reply(); err != nil {
		return err
	}
	if code != "250" {
		return refused(text)
	}
	if !strings.Contains(strings.ToUpper(text), "STARTTLS") {
		return refused("EHLO answered without STARTTLS: " + text)
	}
	return p.command("STARTTLS", "220")
}

// ftp is the opening of RFC 4217.
func (p *preamble) ftp() error {
	code, text, err := p.reply()
	if err != nil {
		return err
	}
	if code != "220" {
		return refused(text)
	}
	return p.command("AUTH TLS", "234")
}

// command sends a command of SMTP or FTP and demands that code in reply.
func (p *preamble) command(command, code string) error {
	if err := p.send(command + "\r\n"); err != nil {
		return err
	}
	got, text, err := p.reply()
	if err != nil {
		return err
	}
	if got != code {
		return refused(text)
	}
	return nil
}

// imap is the opening of RFC 9051 §6.2.1.
func (p *preamble) imap() error {
	line, err := p.line()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(line, "* ") {
		return otherProtocol()
	}
	if strings.HasPrefix(line, "* BYE") || strings.HasPrefix(line, "* PREAUTH") {
		return refused(line)
	}
	if err := p.send("a STARTTLS\r\n"); err != nil {
		return err
	}
	for {
		if line, err = p.line(); err != nil {
			return err
		}
		switch {
		case strings.HasPrefix(line, "a OK"):
			return nil
		case strings.HasPrefix(line, "a "), strings.HasPrefix(line, "* BYE"):
			return refused(line)
		}
	}
}

// pop3 is the opening of RFC 2595 §4.
func (p *preamble) pop3() error {
	for _, command := range []string{"STLS\r\n", ""} {
		line, err := p.line()
		if err != nil {
			return err
		}
		switch {
		case strings.HasPrefix(line, "-ERR"):
			return refused(line)
		case !strings.HasPrefix(line, "+OK"):
			return otherProtocol()
		}
		if err := p.send(command); err != nil {
			return err
		}
	}
	return nil
}

// ldap sends the extended request of RFC 4511 §4.14.
func (p *preamble) ldap() error {
	const oid = "1.3.6.1.4.1.1466.20037"
	request := "\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + oid
	if err := p.send(request); err != nil {
		return err
	}
	message, err := p.berValue(0x30)
	if err != nil {
		return err
	}
	rest, ok := berSkip(message, 0x02) // messageID
	if !ok {
		return otherProtocol()
	}
	response, _, ok := berSplit(rest, 0x78) // ExtendedResponse
	if !ok {
		return otherProtocol()
	}
	result, rest, ok := berSplit(response, 0x0a)
	if !ok || len(result) != 1 {
		return otherProtocol()
	}
	if result[0] == 0 {
		return nil
	}
	rest, _ = berSkip(rest, 0x04) // matchedDN
	diagnostic, _, _ := berSplit(rest, 0x04)
	return refused(fmt.Sprintf("resultCode %d %s", result[0], diagnostic))
}

// berValue reads one BER element with that tag and returns its contents.
func (p *preamble) berValue(tag byte) ([]byte, error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(p.r, head); err != nil {
		return nil, err
	}
	if head[0] != tag {
		return nil, otherProtocol()
	}
	n := int(head[1])
	if n >= 0x80 {
		size := make([]byte, n&0x7f)
		if len(size) == 0 || len(size) > 4 {
			return nil, otherProtocol()
		}
		if _, err := io.ReadFull(p.r, size); err != nil {
			return nil, err
		}
		n = 0
		for _, b := range size {
			n = n<<8 | int(b)
		}
	}
	if n > 4096 {
		return nil, otherProtocol()
	}
	value := make([]byte, n)
	_, err := io.ReadFull(p.r, value)
	return value, err
}

// berSplit returns the contents of the element that b starts with, if it has
// that tag, and what follows it. Lengths of up to two bytes are understood.
func berSplit(b []byte, tag byte) (value, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != tag {
		return nil, b, false
	}
	n, at := int(b[1]), 2
	if n >= 0x80 {
		at += n & 0x7f
		if n &= 0x7f; n == 0 || n > 2 || len(b) < at {
			return nil, b, false
		}
		n = 0
		for _, v := range b[2:at] {
			n = n<<8 | int(v)
		}
	}
	if len(b) < at+n {
		return nil, b, false
	}
	return b[at : at+n], b[at+n:], true
}

func berSkip(b []byte, tag byte) (rest []byte, ok bool) {
	_, rest, ok = berSplit(b, tag)
	return rest, ok
}

// xmpp is the opening of RFC 6120 §5.4.2.
func (p *preamble) xmpp() error {
	var to strings.Builder
	if err := xml.EscapeText(&to, []byte(p.host)); err != nil {
		return err
	}
	err := p.send("<?xml version='1.0'?><stream:stream to='" + to.String() +
		"' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>")
	if err != nil {
		return err
	}
	text, err := p.until("</stream:features>", "<stream:features/>", "</stream:error>", "</stream:stream>")
	if err != nil {
		return err
	}
	if !strings.Contains(text, "<starttls") {
		return refused(text)
	}
	if err := p.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"); err != nil {
		return err
	}
	text, err = p.until("<proceed", "<failure", "</stream:stream>")
	if err != nil {
		return err
	}
	if !strings.HasSuffix(text, "<proceed") {
		return refused(text)
	}
	text, err = p.until(">")
	if err == nil && !strings.HasSuffix(text, "/>") {
		_, err = p.until("</proceed>")
	}
	return err
}

// until reads up to the first of the marks, which must come in XML.
func (p *preamble) until(marks ...string) (string, error) {
	var text []byte
	for len(text) < 16<<10 {
		b, err := p.r.ReadByte()
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
