package observe

import (
	"bytes"
	"strings"
)

// protocolOf recognises a protocol by the first bytes that a server sent,
// unasked or in answer to a ClientHello or an HTTP request: "http", "h2c",
// "tls", "ssh", "smtp", "ftp", "imap", "pop3", "mysql", "postgres", "redis",
// "amqp", "xmpp", "ldap", "rdp", "vnc", "memcached", "socks" and some more.
// The empty string: unknown.
func protocolOf(first []byte) string {
	if name := textProtocol(first); name != "" {
		return name
	}
	return binaryProtocol(first)
}

// banners are the words by which text protocols begin, in any case of letters.
// The first that fits counts.
var banners = []struct{ start, protocol string }{
	{"http/", "http"}, {"<!doctype html", "http"}, {"<html", "http"}, {"<head", "http"},
	{"rtsp/", "rtsp"}, {"sip/2.0", "sip"},
	{"ssh-", "ssh"},
	{"* ok", "imap"}, {"* preauth", "imap"}, {"* bye", "imap"}, {"* bad", "imap"},
	{"+ok", "pop3"}, {"+pong", "redis"}, {"-noauth", "redis"}, {"-denied", "redis"}, {"-misconf", "redis"},
	{"-err unknown command", "redis"}, {"-err wrong number", "redis"}, {"-err protocol error", "redis"},
	{"-err", "pop3"},
	{"amqp", "amqp"}, {"rfb 0", "vnc"},
	{"<?xml version='1.0'?><stream", "xmpp"}, {"<?xml version=\"1.0\"?><stream", "xmpp"}, {"<stream:", "xmpp"},
	{"client_error", "memcached"}, {"server_error", "memcached"}, {"error\r\n", "memcached"}, {"version ", "memcached"},
	{"info {", "nats"}, {"@rsyncd:", "rsync"}, {"\"implementation\"", "sieve"}, {"zbxd", "zabbix"},
}

func textProtocol(first []byte) string {
	head := strings.ToLower(string(first[:min(len(first), 64)]))
	for _, b := range banners {
		if strings.HasPrefix(head, b.start) {
			return b.protocol
		}
	}
	if len(head) < 4 || (head[3] != ' ' && head[3] != '-') {
		return ""
	}
	text := strings.ToLower(string(first))
	ftp := strings.Contains(text, "ftp") || strings.Contains(text, "filezilla")
	switch head[:3] {
	case "220", "421":
		if ftp && !strings.Contains(text, "smtp") {
			return "ftp"
		}
		return "smtp"
	case "530":
		return "ftp"
	case "554", "521", "500", "501", "502", "503":
		return "smtp"
	case "200", "201":
		return "nntp"
	}
	return ""
}

func binaryProtocol(b []byte) string {
	has := func(prefix string) bool { return bytes.HasPrefix(b, []byte(prefix)) }
	at := func(i int) byte {
		if i < len(b) {
			return b[i]
		}
		return 0
	}
	switch {
	case len(b) == 0:
		return ""
	case (has("\x15\x03") || has("\x16\x03")) && at(2) <= 4:
		return "tls"
	case len(b) >= 9 && at(0) == 0 && at(3) == 4 && at(4) == 0 && string(b[5:9]) == "\x00\x00\x00\x00":
		return "h2c" // a SETTINGS frame on stream 0, RFC 9113 §3.4
	case len(b) >= 6 && at(4) == 10 && at(3) == 0 && at(5) >= '0' && at(5) <= '9':
		return "mysql"
	case len(b) >= 7 && at(4) == 0xff && at(3) <= 1 && uint24le(b) < 1024 && uint24le(b) >= 3:
		return "mysql" // an error packet
	case at(0) == 'E' && len(b) >= 6 && (at(5) == 'S' || has("EFATAL")):
		return "postgres"
	case has("\x03\x00") && len(b) >= 7 && (at(5) == 0xd0 || at(5) == 0xf0):
		return "rdp" // X.224 over TPKT
	case at(0) == 0x30 && len(b) >= 7 && isLDAP(b):
		return "ldap"
	case len(b) == 2 && at(0) == 5 && (at(1) <= 2 || at(1) == 0xff):
		return "socks"
	case len(b) == 8 && at(0) == 0 && at(1) >= 0x5a && at(1) <= 0x5d:
		return "socks"
	case at(0) == 0xff && at(1) >= 0xfb && at(1) <= 0xfe:
		return "telnet"
	case len(b) >= 4 && has("\x20\x02") && at(2) <= 1:
		return "mqtt"
	case len(b) >= 8 && (string(b[5:8]) == "SMB"):
		return "smb"
	case len(b) >= 8 && at(0) == 4 && at(1) == 1 && at(4) == 0 && at(5) == 0:
		return "mssql"
	}
	return ""
}

// isLDAP reports whether b starts with an LDAPMessage: a sequence of a message
// number and an application tag (RFC 4511 §4.1.1).
func isLDAP(b []byte) bool {
	at := 2
	if b[1] >= 0x80 {
		at += int(b[1] & 0x7f)
	}
	if len(b) < at+2 || b[at] != 0x02 || b[at+1] > 4 {
		return false
	}
	at += 2 + int(b[at+1])
	return len(b) > at && b[at]&0xc0 == 0x40
}
