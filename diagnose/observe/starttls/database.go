package starttls

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"strings"
)

// startPostgres sends SSLRequest. Source: PostgreSQL documentation, "Message
// Formats" and "SSL Session Encryption".
func startPostgres(t *talk) (net.Conn, error) {
	if err := t.send("\x00\x00\x00\x08\x04\xd2\x16\x2f"); err != nil {
		return nil, err
	}
	answer, err := t.r.ReadByte()
	if err != nil {
		return nil, err
	}
	switch answer {
	case 'S':
		return t.conn, nil
	case 'N':
		return nil, refused("N (SSL is off in this server)")
	case 'E':
		head, err := t.r.Peek(5)
		if err != nil {
			return nil, err
		}
		if n := uint32be(head); head[4] == 'S' && n > 4 && n < 4096 {
			message, err := t.bytes(n)
			if err != nil {
				return nil, err
			}
			_, text := postgresError(message[4:])
			return nil, refused(text)
		}
	}
	return nil, otherProtocol()
}

// postgresError picks the code and the human text out of an ErrorResponse.
func postgresError(fields []byte) (code, text string) {
	text = "error"
	for _, field := range bytes.Split(fields, []byte{0}) {
		switch {
		case len(field) > 1 && field[0] == 'M':
			text = string(field[1:])
		case len(field) > 1 && field[0] == 'C':
			code = string(field[1:])
		}
	}
	return code, text
}

// askPostgres sends the start-up message: whether a client may come in is
// decided after TLS, by pg_hba.conf. The database is one that does not exist,
// so that no session begins; authentication comes before that shows. Source:
// PostgreSQL documentation §55.2.1, §55.7.
func askPostgres(t *talk) Answer {
	user := "postgres"
	if name := strings.ReplaceAll(t.client.User, "\x00", ""); name != "" {
		user = name
	}
	body := binary.BigEndian.AppendUint32(nil, 3<<16)
	for _, word := range []string{"user", user, "database", "mutual-probe", "application_name", "mutual", ""} {
		body = append(append(body, word...), 0)
	}
	if err := t.say("StartupMessage as "+user, string(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)))+string(body)); err != nil {
		return t.failed(err)
	}
	head, err := t.bytes(5)
	if err != nil {
		return t.failed(err)
	}
	message, err := t.bytes(uint32be(head[1:]) - 4)
	switch {
	case err != nil:
		return t.failed(err)
	case head[0] == 'R' && len(message) >= 4 && uint32be(message) == 0:
		t.send("X\x00\x00\x00\x04")
		return t.authorized("AuthenticationOk")
	case head[0] == 'R' && len(message) >= 4:
		t.send("X\x00\x00\x00\x04")
		return t.answered(fmt.Sprintf("it goes on to a password (authentication request %d)", uint32be(message)))
	case head[0] != 'E':
		return t.failed(otherProtocol())
	}
	return t.postgresRefusal(postgresError(message))
}

// postgresRefusal reads what PostgreSQL and PgBouncer object to. Source:
// src/backend/libpq/auth.c.
func (t *talk) postgresRefusal(code, text string) Answer {
	has := func(part string) bool { return strings.Contains(text, part) }
	switch {
	case has("requires a valid client certificate"):
		return t.aboutCertificate(text)
	case has("no pg_hba.conf entry"), has("rejects connection"), has("does not exist"), code == "28P01", has("password authentication failed"):
		return t.refusedOtherwise(text)
	case has("certificate authentication failed"), has(`"trust" authentication failed`), code == "28000":
		return t.unwelcome(text)
	}
	return t.answered(text)
}

// Capability flags of the MySQL protocol.
const (
	mysqlProtocol41 = 0x0200
	mysqlSSL        = 0x0800
	mysqlSecure     = 0x8000
	mysqlPluginAuth = 0x00080000
)

// startMySQL reads the server's handshake packet and sends SSLRequest. Source:
// MySQL Source Code Documentation, "Protocol::SSLRequest".
func startMySQL(t *talk) (net.Conn, error) {
	head, err := t.r.Peek(5)
	if err != nil {
		return nil, err
	}
	n := uint24le(head)
	if (head[4] != 10 && head[4] != 0xff) || n < 3 || n > 4096 {
		return nil, otherProtocol()
	}
	packet, err := t.bytes(4 + n)
	if err != nil {
		return nil, err
	}
	body := packet[4:]
	if body[0] == 0xff { // for example "Host ... is not allowed to connect"
		return nil, refused(string(body[3:]))
	}
	version := bytes.IndexByte(body, 0)
	if version < 0 || len(body) < version+1+4+8+1+2 {
		return nil, otherProtocol()
	}
	offered := binary.LittleEndian.Uint16(body[version+1+4+8+1:])
	if offered&mysqlSSL == 0 {
		return nil, refused("MySQL " + string(body[1:version]) + " without the capability CLIENT_SSL")
	}
	request := make([]byte, 4+32)
	request[0], request[3] = 32, packet[3]+1
	binary.LittleEndian.PutUint32(request[4:], mysqlProtocol41|mysqlSSL|mysqlSecure|mysqlPluginAuth)
	binary.LittleEndian.PutUint32(request[8:], 1<<24)
	request[12] = 33 // utf8_general_ci, which every version knows
	return t.conn, t.send(string(request))
}

func isMySQL(b []byte) bool {
	switch {
	case len(b) >= 6 && b[4] == 10 && b[3] == 0 && b[5] >= '0' && b[5] <= '9':
		return true
	case len(b) >= 7 && b[4] == 0xff && b[3] <= 1: // an error packet
		return uint24le(b) < 1024 && uint24le(b) >= 3
	}
	return false
}

func isPostgres(b []byte) bool {
	return b[0] == 'E' && len(b) >= 6 && (b[5] == 'S' || bytes.HasPrefix(b, []byte("EFATAL")))
}

// askRedis sends PING. NOAUTH, NOPERM and DENIED come past the certificate.
// Source: Redis documentation, PING and ACL.
func askRedis(t *talk) Answer {
	if err := t.say("PING", "PING\r\n"); err != nil {
		return t.failed(err)
	}
	line, err := t.line()
	switch {
	case err != nil:
		return t.failed(err)
	case strings.HasPrefix(line, "+PONG"):
		return t.authorized(line)
	case strings.HasPrefix(line, "-NOAUTH"):
		return t.wantsLogin(line)
	case strings.HasPrefix(line, "-NOPERM"), strings.HasPrefix(line, "-DENIED"):
		return t.refusedOtherwise(line)
	case strings.HasPrefix(line, "-LOADING"), strings.HasPrefix(line, "-BUSY"), strings.HasPrefix(line, "-MASTERDOWN"), strings.HasPrefix(line, "-MISCONF"):
		return t.answered(line)
	}
	return t.failed(otherProtocol())
}

// askMemcached asks for the version. Source: memcached doc/protocol.txt.
func askMemcached(t *talk) Answer {
	if err := t.say("version", "version\r\n"); err != nil {
		return t.failed(err)
	}
	line, err := t.line()
	switch {
	case err != nil:
		return t.failed(err)
	case strings.HasPrefix(line, "VERSION "):
		return t.authorized(line)
	case strings.HasPrefix(line, "CLIENT_ERROR unauthenticated"):
		return t.wantsLogin(line)
	case strings.HasPrefix(line, "ERROR"), strings.HasPrefix(line, "CLIENT_ERROR"), strings.HasPrefix(line, "SERVER_ERROR"):
		return t.answered(line)
	}
	return t.failed(otherProtocol())
}

// askMongoDB sends hello, which is answered before any login. Source: MongoDB
// manual, "OP_MSG" and "hello".
func askMongoDB(t *talk) Answer {
	doc := "\x10hello\x00\x01\x00\x00\x00" + "\x02$db\x00\x06\x00\x00\x00admin\x00" + "\x00"
	doc = string(binary.LittleEndian.AppendUint32(nil, uint32(len(doc)+4))) + doc
	body := "\x00\x00\x00\x00" + "\x00" + doc // flags, one section
	var head []byte
	for _, n := range []uint32{uint32(16 + len(body)), 1, 0, opMsg} {
		head = binary.LittleEndian.AppendUint32(head, n)
	}
	if err := t.say("hello", string(head)+body); err != nil {
		return t.failed(err)
	}
	answer, err := t.bytes(16)
	switch {
	case err != nil:
		return t.failed(err)
	case !isMongoDB(answer):
		return t.failed(otherProtocol())
	}
	return t.answered("it answers hello, which asks for no login")
}

const opMsg, opReply = 2013, 1

func isMongoDB(b []byte) bool {
	if len(b) < 16 {
		return false
	}
	op := binary.LittleEndian.Uint32(b[12:])
	return (op == opMsg || op == opReply) && binary.LittleEndian.Uint32(b) < 1<<20 && binary.LittleEndian.Uint32(b) > 20
}
