package starttls

import (
	"bytes"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"mutual/diagnose/cause"
)

// replayed is a server that says all it has to say at once, and hears nothing.
type replayed struct {
	io.Reader
	heard bytes.Buffer
}

func (r *replayed) Write(b []byte) (int, error) { return r.heard.Write(b) }

// The answers are those that real servers gave: Postfix 3.7, Dovecot 2.3, nginx
// 1.22, Exim 4.96, slapd 2.5, PostgreSQL 15, PgBouncer 1.18, Redis 7, Mosquitto
// 2.0, RabbitMQ 3.10, NATS 2.9, Prosody 0.12, Kamailio 5.6, BIND 9.18,
// FreeRADIUS 3.2, Zabbix 6.0.
var askCases = []struct {
	name, protocol string
	without        bool // no certificate was presented
	upgraded       bool
	server         string
	says           cause.Says
	established    cause.Established
}{
	{"postfix accepts", "smtp", false, false, "220 localhost ESMTP Postfix\r\n250-localhost\r\n250 CHUNKING\r\n250 2.1.0 Ok\r\n250 2.1.5 Ok\r\n", "", cause.Authorized},
	{"postfix, none", "smtp", true, false, "421 4.7.1 localhost Error: No client certificate presented\r\n220 localhost ESMTP Postfix\r\n", cause.SaysCertificateMissing, ""},
	{"postfix, untrusted, after STARTTLS", "smtp", false, true, "421 4.7.1 localhost Error: Client certificate not trusted\r\n", cause.SaysCertificateBad, ""},
	{"postfix, not on the list", "smtp", false, true, "250 localhost\r\n250 2.1.0 Ok\r\n554 5.7.1 <unknown[127.0.0.1]>: Client host rejected: Access denied\r\n", cause.SaysNotAuthorized, ""},
	{"postfix, that wants a login", "smtp", false, true, "250-localhost\r\n250 AUTH PLAIN\r\n250 2.1.0 Ok\r\n554 5.7.1 <postmaster>: Recipient address rejected: Access denied\r\n",
		cause.SaysPassword, cause.RefusedOtherwise},
	{"no relay", "smtp", false, true, "250 localhost\r\n250 2.1.0 Ok\r\n554 5.7.1 <postmaster@x>: Relay access denied\r\n", "", cause.Answered},
	{"greylisted", "smtp", false, true, "250 localhost\r\n250 2.1.0 Ok\r\n450 4.2.0 Greylisted\r\n", "", cause.Answered},
	{"no such mailbox", "lmtp", false, true, "250 localhost\r\n250 2.1.0 OK\r\n550 5.1.1 <postmaster> User doesn't exist\r\n", "", cause.Answered},
	{"exim, not authorised", "smtp", false, true, "250 localhost\r\n550 not authorised\r\n", cause.SaysNotAuthorized, ""},
	{"exim, no verified certificate", "smtp", false, true, "250 localhost\r\n550 no verified certificate\r\n", cause.SaysCertificateBad, ""},
	{"dovecot accepts", "imap", false, false, "* OK ready\r\n+ \r\na BAD cancelled\r\n", "", cause.Answered},
	{"dovecot refuses", "imap", false, false, "* OK ready\r\na NO [ALERT] Client didn't present valid SSL certificate\r\n", cause.SaysCertificateBad, ""},
	{"dovecot, none", "imap", true, false, "* OK ready\r\na NO [ALERT] Client didn't present valid SSL certificate\r\n", cause.SaysCertificateMissing, ""},
	{"nginx mail", "imap", true, true, "* BYE No required SSL certificate\r\n", cause.SaysCertificateMissing, ""},
	{"pop3 refuses", "pop3", false, false, "+OK ready.\r\n-ERR [AUTH] Client didn't present valid SSL certificate\r\n", cause.SaysCertificateBad, ""},
	{"pop3 accepts", "pop3", false, false, "+OK ready.\r\n+ \r\n", "", cause.Answered},
	{"sieve refuses", "sieve", false, true, "\"SIEVE\" \"x\"\r\nOK \"TLS\"\r\nNO \"Client didn't present valid SSL certificate\"\r\n", cause.SaysCertificateBad, ""},
	{"sieve accepts", "sieve", false, true, "\"SIEVE\" \"x\"\r\nOK \"TLS\"\r\n\"\"\r\n", "", cause.Answered},
	{"ftp", "ftp", false, true, "211-Features:\r\n MDTM\r\n211 End\r\n", "", cause.Answered},
	{"ftp before the login", "ftp", false, true, "530 Please login\r\n", "", cause.Answered},
	{"slapd, EXTERNAL", "ldap", false, true, ldapMessage(1, ber(0x64, ber(0x04, nil), ber(0x30, ber(0x30, ber(0x04, []byte("supportedSASLMechanisms")), ber(0x31, ber(0x04, []byte("EXTERNAL"))))))) +
		"\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x00\x04\x00\x04\x00" + "\x30\x0c\x02\x01\x02\x61\x07\x0a\x01\x00\x04\x00\x04\x00" +
		"\x30\x1f\x02\x01\x03\x78\x1a\x0a\x01\x00\x04\x00\x04\x00\x8b\x11dn:cn=alice,o=lab", "", cause.Authorized},
	{"slapd, anonymous", "ldap", true, true, "\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x00\x04\x00\x04\x00", "", cause.Answered},
	{"slapd, authentication required", "ldap", true, true, "\x30\x0f\x02\x01\x01\x65\x0a\x0a\x01\x35\x04\x00\x04\x03aut", cause.SaysPassword, cause.RefusedOtherwise},
	{"postgres accepts", "postgres", false, true, "R\x00\x00\x00\x08\x00\x00\x00\x00", "", cause.Authorized},
	{"postgres, password", "postgres", false, true, "R\x00\x00\x00\x17\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00", "", cause.Answered},
	{"postgres, none", "postgres", true, true, pgError("28000", "connection requires a valid client certificate"), cause.SaysCertificateMissing, ""},
	{"postgres, another name", "postgres", false, true, pgError("28000", `certificate authentication failed for user "alice"`), cause.SaysNotAuthorized, ""},
	{"pgbouncer, another name", "postgres", false, true, pgError("08P01", "certificate authentication failed"), cause.SaysNotAuthorized, ""},
	{"postgres, no line", "postgres", false, true, pgError("28000", `no pg_hba.conf entry for host "127.0.0.1"`), "", cause.RefusedOtherwise},
	{"postgres, no such role", "postgres", false, true, pgError("28000", `role "alice" does not exist`), "", cause.RefusedOtherwise},
	{"redis", "redis", false, false, "+PONG\r\n", "", cause.Authorized},
	{"redis, login", "redis", false, false, "-NOAUTH Authentication required.\r\n", cause.SaysPassword, cause.RefusedOtherwise},
	{"redis, no permission", "redis", false, false, "-NOPERM this user has no permissions\r\n", "", cause.RefusedOtherwise},
	{"mqtt", "mqtt", false, false, "\x20\x02\x00\x00", "", cause.Authorized},
	{"mqtt, login", "mqtt", false, false, "\x20\x02\x00\x05", cause.SaysPassword, cause.RefusedOtherwise},
	{"mqtt 5, login", "mqtt", false, false, "\x20\x03\x00\x87\x00", cause.SaysPassword, cause.RefusedOtherwise},
	{"mqtt, unknown", "mqtt", false, false, "\x20\x02\x00\x04", cause.SaysNotAuthorized, ""},
	{"rabbitmq", "amqp", false, false, amqpStart("EXTERNAL") + amqpFrame("\x00\x0a\x00\x1e\x00\x00"), "", cause.Authorized},
	{"rabbitmq refuses", "amqp", false, false, amqpStart("EXTERNAL") + amqpFrame("\x00\x0a\x00\x32\x01\x93\x06ACCESS\x00\x00\x00\x00"), cause.SaysNotAuthorized, ""},
	{"rabbitmq, another login", "amqp", false, false, amqpStart("PLAIN EXTERNAL") + amqpFrame("\x00\x0a\x00\x32\x01\x93\x06ACCESS\x00\x00\x00\x00"), "", cause.RefusedOtherwise},
	{"rabbitmq, no EXTERNAL", "amqp", false, false, amqpStart("PLAIN AMQPLAIN"), "", cause.Answered},
	{"nats", "nats", false, true, "INFO {\"x\":1}\r\nPONG\r\n", "", cause.Authorized},
	{"nats refuses", "nats", false, true, "-ERR 'Authorization Violation'\r\n", cause.SaysNotAuthorized, ""},
	{"prosody", "xmpp", false, true, "<?xml version='1.0'?><stream:stream><stream:features><a/></stream:features>", "", cause.Answered},
	{"prosody, between servers", "xmpp-server", false, true, "<stream:stream><stream:features><mechanism>EXTERNAL</mechanism></stream:features>", "", cause.Authorized},
	{"prosody refuses", "xmpp-server", false, true, "<stream:stream><stream:error><not-authorized/><text>Your server's certificate is not trusted</text></stream:error>", cause.SaysCertificateBad, ""},
	{"memcached", "memcached", false, false, "VERSION 1.6.18\r\n", "", cause.Authorized},
	{"zabbix", "zabbix", false, false, "ZBXD\x01\x01\x00\x00\x00\x00\x00\x00\x001", "", cause.Authorized},
	{"kamailio", "sip", false, false, "SIP/2.0 200 ok\r\n\r\n", "", cause.Authorized},
	{"kamailio refuses", "sip", false, false, "SIP/2.0 100 trying\r\nVia: x\r\n\r\nSIP/2.0 403 Not authorised\r\n\r\n", cause.SaysNotAuthorized, ""},
	{"kafka", "kafka", false, false, "\x00\x00\x00\x0amutu\x00\x00\x00\x00\x00\x00", "", cause.Answered},
	{"mongodb", "mongodb", false, false, "\x30\x00\x00\x00\x05\x00\x00\x00\x01\x00\x00\x00\xdd\x07\x00\x00", "", cause.Answered},
	{"irc", "irc", false, false, ":irc.example NOTICE * :hello\r\n:irc.example CAP * LS :sasl\r\n", "", cause.Answered},
	{"hangs up", "imap", false, false, "", "", ""},
	{"another protocol", "smtp", false, false, "* OK Dovecot ready\r\n", "", ""},
}

func pgError(code, text string) string {
	fields := "SFATAL\x00C" + code + "\x00M" + text + "\x00\x00"
	return "E" + string([]byte{0, 0, 0, byte(len(fields) + 4)}) + fields
}

func amqpStart(mechanisms string) string {
	return amqpFrame("\x00\x0a\x00\x0a\x00\x09" + amqpLong("") + amqpLong(mechanisms) + amqpLong("en_US"))
}

func TestAsk(t *testing.T) {
	for _, c := range askCases {
		t.Run(c.name, func(t *testing.T) {
			p, ok := Named(c.protocol)
			if !ok || !p.Asks() {
				t.Fatalf("Named(%q) has no harmless line", c.protocol)
			}
			got := p.Ask(&replayed{Reader: strings.NewReader(c.server)}, Client{Host: "localhost", User: "alice", Presented: !c.without, Upgraded: c.upgraded})
			if got.Says != c.says || got.Established != c.established {
				t.Errorf("Ask = %+v, want says %q, established %q", got, c.says, c.established)
			}
		})
	}
}

// TestAskIsHarmless: nothing that is sent changes anything, logs anybody in by
// name, or names a mailbox that not every server has.
func TestAskIsHarmless(t *testing.T) {
	for _, c := range askCases {
		p, _ := Named(c.protocol)
		server := &replayed{Reader: strings.NewReader(c.server)}
		p.Ask(server, Client{Host: "localhost", User: "alice", Presented: !c.without, Upgraded: c.upgraded})
		for _, forbidden := range []string{"DATA\r\n", "USER ", "PASS ", "LOGIN ", "SET ", "PUBLISH ", "SUB "} {
			if strings.Contains(server.heard.String(), forbidden) {
				t.Errorf("%s: said %q, which holds %q", c.name, server.heard.String(), forbidden)
			}
		}
	}
}

// TestRows: each row has a name of its own, and no two take the same port or
// ALPN name.
func TestRows(t *testing.T) {
	var ports []int
	var names, alpn []string
	for _, p := range Protocols() {
		names, ports, alpn = append(names, p.Name), append(ports, p.Ports...), append(alpn, p.ALPN...)
		if p.NeedsALPN && len(p.ALPN) == 0 {
			t.Errorf("%s needs ALPN, and has no name there", p.Name)
		}
	}
	slices.Sort(names)
	slices.Sort(alpn)
	slices.Sort(ports)
	if len(slices.Compact(slices.Clone(names))) != len(names) || len(slices.Compact(slices.Clone(alpn))) != len(alpn) || len(slices.Compact(slices.Clone(ports))) != len(ports) {
		t.Errorf("names %q, ALPN %q, ports %v: something stands twice", names, alpn, ports)
	}
}

func FuzzAsk(f *testing.F) {
	for _, c := range askCases {
		f.Add(c.protocol, []byte(c.server), c.upgraded)
	}
	f.Fuzz(func(t *testing.T, protocol string, server []byte, upgraded bool) {
		p, ok := Named(protocol)
		if !ok || !p.Asks() {
			return
		}
		a := p.Ask(&replayed{Reader: bytes.NewReader(server)}, Client{Host: "localhost", Presented: true, Upgraded: upgraded})
		if strings.ContainsAny(a.Words, "\x1b\r\n\x00") || len(a.Words) > 400 {
			t.Errorf("Words = %q, which drive a terminal or fill it", a.Words)
		}
	})
}

// TestTDSConn: the handshake goes inside of PRELOGIN packets, as [MS-TDS] has
// it, and what follows does not.
func TestTDSConn(t *testing.T) {
	var wire bytes.Buffer
	c := &tdsConn{Conn: &pipe{r: strings.NewReader("\x04\x01\x00\x0d\x00\x00\x01\x00helloraw"), w: &wire}}
	c.Write(bytes.Repeat([]byte{'x'}, tdsMost))
	if first := wire.Bytes()[:4]; !bytes.Equal(first, []byte{tdsPrelogin, 0, 0x10, 0}) {
		t.Errorf("the first packet begins % x, want one of 4096 bytes that is not the last", first)
	}
	if second := wire.Bytes()[tdsMost:][:4]; !bytes.Equal(second, []byte{tdsPrelogin, tdsLast, 0, 16}) {
		t.Errorf("the second packet begins % x, want the last, of 16 bytes", second)
	}
	got := make([]byte, 16)
	n, _ := c.Read(got)
	c.HandshakeDone()
	wire.Reset()
	c.Write([]byte("bare"))
	rest, _ := io.ReadAll(c)
	if string(got[:n]) != "hello" || string(rest) != "raw" || wire.String() != "bare" {
		t.Errorf("read %q, then %q, wrote %q, want hello, raw, bare", got[:n], rest, wire.String())
	}
}

// pipe is a connection of a reader and a writer.
type pipe struct {
	net.Conn
	r io.Reader
	w io.Writer
}

func (p *pipe) Read(b []byte) (int, error)  { return p.r.Read(b) }
func (p *pipe) Write(b []byte) (int, error) { return p.w.Write(b) }
