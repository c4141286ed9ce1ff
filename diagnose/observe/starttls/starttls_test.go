package starttls

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A script is what a server says and what it expects to hear, in turn: lines
// with ">" are said, lines with "<" expected, "x" hangs up.
type script []string

func (s script) play(complain func(string, ...any), conn net.Conn) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	for _, step := range s {
		switch text := step[1:]; step[0] {
		case '>':
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
		case '<':
			heard := make([]byte, len(text))
			if n, err := io.ReadFull(conn, heard); err != nil || string(heard) != text {
				complain("server heard %q (%v), want %q", heard[:n], err, text)
				return
			}
		case 'x':
			return
		}
	}
	io.Copy(io.Discard, conn)
}

// serveScript plays s to each connection, on loopback. What it hears amiss goes
// to complain.
func serveScript(t *testing.T, complain func(string, ...any), s script) func(context.Context) (net.Conn, error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var playing sync.WaitGroup
	t.Cleanup(playing.Wait)
	t.Cleanup(func() { ln.Close() })
	playing.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			playing.Go(func() { s.play(complain, conn) })
		}
	})
	return func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", ln.Addr().String())
	}
}

const (
	pgRequest   = "<\x00\x00\x00\x08\x04\xd2\x16\x2f"
	ldapRequest = "<\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037"
	mysqlHello  = ">\x22\x00\x00\x00\x0a8.0.36\x00\x01\x00\x00\x00abcdefgh\x00\xff\xff\x21\x02\x00\xff\xc1\x15\x00\x00\x00\x00\x00"
	mysqlAsk    = "<\x20\x00\x00\x01\x00\x8a\x08\x00\x00\x00\x00\x01\x21" +
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	xmppOpen = "<<?xml version='1.0'?><stream:stream to='a&amp;b.example' xmlns='jabber:client' " +
		"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
	xmppStart = "<<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
)

var startTLSCases = []struct {
	name, protocol string
	server         script
	problem        Problem // "": agrees
	says           string
}{
	{"postgres", "postgres", script{pgRequest, ">S"}, "", ""},
	{"postgres without SSL", "postgres", script{pgRequest, ">N"}, Refused, "N (SSL is off"},
	{"postgres error", "postgres", script{pgRequest, ">E\x00\x00\x00\x1fSFATAL\x00Mtoo many clients\x00\x00\x00"}, Refused, "too many clients"},
	{"postgres, injected bytes", "postgres", script{pgRequest, ">Sevil"}, Refused, ""},
	{"postgres, HTTP", "postgres", script{pgRequest, ">HTTP/1.1 400 Bad Request\r\n"}, Other, "HTTP/1.1 400"},
	{"mysql", "mysql", script{mysqlHello, mysqlAsk}, "", ""},
	{"mysql without SSL", "mysql", script{strings.Replace(mysqlHello, "\xff\xff\x21", "\xff\xf7\x21", 1)}, Refused, "CLIENT_SSL"},
	{"mysql, host not allowed", "mysql", script{">\x13\x00\x00\x00\xff\x6a\x04Host not allowed"}, Refused, "Host not allowed"},
	{"mysql, SSH", "mysql", script{">SSH-2.0-OpenSSH_9.2\r\n"}, Other, "SSH-2.0"},
	{"smtp", "smtp", script{">220-mail.example ESMTP\r\n220 ready\r\n", "<EHLO localhost\r\n", ">250-mail.example\r\n250-SIZE 1\r\n250 STARTTLS\r\n", "<STARTTLS\r\n", ">220 go\r\n"}, "", ""},
	{"smtp without STARTTLS", "smtp", script{">220 mail.example\r\n", "<EHLO localhost\r\n", ">250 mail.example\r\n"}, Refused, "without STARTTLS"},
	{"smtp, no service", "smtp", script{">554 go away\r\n"}, Refused, "554 go away"},
	{"smtp, hangs up", "smtp", script{">220 mail.example\r\n", "<EHLO localhost\r\n", "x"}, Closed, ""},
	{"imap", "imap", script{">* OK ready\r\n", "<a STARTTLS\r\n", ">* CAPABILITY X\r\na OK go\r\n"}, "", ""},
	{"imap refuses", "imap", script{">* OK ready\r\n", "<a STARTTLS\r\n", ">a BAD no\r\n"}, Refused, "a BAD no"},
	{"imap, pop3", "imap", script{">+OK ready\r\n"}, Other, "+OK ready"},
	{"pop3", "pop3", script{">+OK ready\r\n", "<STLS\r\n", ">+OK go\r\n"}, "", ""},
	{"pop3 refuses", "pop3", script{">+OK ready\r\n", "<STLS\r\n", ">-ERR no\r\n"}, Refused, "-ERR no"},
	{"ldap", "ldap", script{ldapRequest, ">\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"}, "", ""},
	{"ldap, long form", "ldap", script{ldapRequest, ">\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00"}, "", ""},
	{"ldap refuses", "ldap", script{ldapRequest, ">\x30\x0f\x02\x01\x01\x78\x0a\x0a\x01\x02\x04\x00\x04\x03no\x21"}, Refused, "resultCode 2 no!"},
	{"ftp", "ftp", script{">220 ftp\r\n", "<AUTH TLS\r\n", ">234 go\r\n"}, "", ""},
	{"ftp refuses", "ftp", script{">220 ftp\r\n", "<AUTH TLS\r\n", ">530 no\r\n"}, Refused, "530 no"},
	{"xmpp", "xmpp", script{xmppOpen, "><?xml version='1.0'?><stream:stream id='1'><stream:features><starttls xmlns='x'/></stream:features>", xmppStart, "><proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"}, "", ""},
	{"xmpp without starttls", "xmpp", script{xmppOpen, "><stream:stream><stream:features><a/></stream:features>"}, Refused, "<a/>"},
	{"silent", "smtp", script{}, Silent, ""},
	{"endless line", "smtp", script{">220 " + strings.Repeat("x", 10000)}, Other, ""},
	{"endless lines", "smtp", script{">" + strings.Repeat("220-x\r\n", 20000)}, Closed, ""},
	{"endless XML", "xmpp", script{xmppOpen, ">" + strings.Repeat("<a>", 20000)}, Other, ""},
}

func TestStartTLS(t *testing.T) {
	for _, c := range startTLSCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			timeout := 10 * time.Second
			if c.problem == Silent {
				timeout = 50 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			conn, err := serveScript(t, t.Errorf, c.server)(ctx)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_, err = Start(ctx, conn, c.protocol, "a&b.example")
			var e *Error
			switch {
			case c.problem == "" && err != nil:
				t.Fatalf("Start(%q) = %v, want nil", c.protocol, err)
			case c.problem == "":
				return
			case !errors.As(err, &e):
				t.Fatalf("Start(%q) = %v, want an Error", c.protocol, err)
			}
			if e.Problem != c.problem || !strings.Contains(e.Says, c.says) || e.Protocol != c.protocol {
				t.Errorf("Start(%q) = %s %s saying %q, want %s saying %q", c.protocol, e.Protocol, e.Problem, e.Says, c.problem, c.says)
			}
		})
	}
}

func TestStartTLSUnknownProtocol(t *testing.T) {
	client, server := net.Pipe()
	defer server.Close()
	if _, err := Start(t.Context(), client, "gopher", ""); err == nil || !strings.Contains(err.Error(), "postgres") {
		t.Errorf("Start(gopher) = %v, want an error that lists the protocols", err)
	}
}

func TestStartTLSOffers(t *testing.T) {
	for _, c := range []struct {
		name   string
		server script
		banner string
		want   string
		tried  []string
	}{
		{"postgres", script{pgRequest, ">S"}, "", "postgres", []string{"postgres", "ldap", "xmpp", "mssql", "rdp"}},
		{"ftp with a plain banner", script{">220 ready\r\n", "<AUTH TLS\r\n", ">234 go\r\n"}, "220 ready\r\n", "ftp", []string{"smtp", "ftp"}},
		{"imap", script{">* OK\r\n", "<a STARTTLS\r\n", ">a OK\r\n"}, "* OK\r\n", "imap", []string{"imap"}},
		{"ssh", script{">SSH-2.0-x\r\n"}, "SSH-2.0-x\r\n", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			// The protocols that are not the server's miss its script: no complaint.
			dial := serveScript(t, func(string, ...any) {}, c.server)
			got, offers := Offers(ctx, dial, "h.example", []byte(c.banner))
			var tried []string
			for _, o := range offers {
				tried = append(tried, o.Protocol)
			}
			if got != c.want || !slices.Equal(tried, c.tried) {
				t.Errorf("Offers(%q) = %q of %q, want %q of %q", c.banner, got, tried, c.want, c.tried)
			}
		})
	}
}

func TestRecognise(t *testing.T) {
	for _, c := range []struct{ first, want string }{
		{"", ""}, {"\x00", ""}, {"\xff\xff\xff\xff", ""}, {"hello there\r\n", ""},
		{"HTTP/1.1 400 Bad Request\r\n", "http"}, {"<!DOCTYPE HTML PUBLIC", "http"},
		{"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64", "h2c"},
		{"SSH-2.0-OpenSSH_9.2p1\r\n", "ssh"},
		{"220 mail.example ESMTP Postfix\r\n", "smtp"}, {"554 5.7.1 no\r\n", "smtp"},
		{"220 (vsFTPd 3.0.3)\r\n", "ftp"}, {"220-FileZilla Server\r\n", "ftp"},
		{"* OK [CAPABILITY IMAP4rev1] Dovecot ready.\r\n", "imap"},
		{"+OK Dovecot ready.\r\n", "pop3"}, {"-ERR Unknown command.\r\n", "redis"}, {"-ERR bye\r\n", "pop3"},
		{"-ERR unknown command 'GET'", "redis"}, {"-NOAUTH Authentication required.\r\n", "redis"},
		{mysqlHello[1:], "mysql"}, {"\x13\x00\x00\x00\xff\x6a\x04Host not allowed", "mysql"},
		{"E\x00\x00\x00\x8bSFATAL\x00VFATAL\x00", "postgres"}, {"EFATAL:  unsupported frontend protocol", "postgres"},
		{"AMQP\x00\x00\x09\x01", "amqp"}, {"RFB 003.008\n", "vnc"}, {"ERROR\r\n", "memcached"},
		{"<?xml version='1.0'?><stream:stream xmlns", "xmpp"},
		{"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00", "ldap"},
		{"\x30\x84\x00\x00\x00\x10\x02\x01\x00\x78\x84\x00\x00\x00\x07", "ldap"},
		{"\x03\x00\x00\x13\x0e\xd0\x00\x00\x12\x34\x00", "rdp"},
		{"\x05\xff", "socks"}, {"\x00\x5b\x00\x00\x00\x00\x00\x00", "socks"},
		{"\x15\x03\x01\x00\x02\x02\x28", "tls"}, {"\x16\x03\x03\x00\x4a", "tls"},
		{"\x20\x02\x00\x05", "mqtt"}, {"\xff\xfd\x18\xff\xfd\x20", "telnet"},
		{"INFO {\"server_id\":\"N\"}\r\n", "nats"},
	} {
		if got := Recognise([]byte(c.first)); got != c.want {
			t.Errorf("Recognise(%q) = %q, want %q", c.first, got, c.want)
		}
	}
}

func FuzzRecognise(f *testing.F) {
	f.Add([]byte("220 x"))
	f.Add([]byte("\x30\x84\x00\x00\x00\x10\x02\x01\x00\x78"))
	f.Fuzz(func(t *testing.T, b []byte) {
		Recognise(b)
		if text := Printable(b); strings.ContainsAny(text, "\x1b\r\n\x00") {
			t.Errorf("Printable(%q) = %q, which drives a terminal", b, text)
		}
	})
}
