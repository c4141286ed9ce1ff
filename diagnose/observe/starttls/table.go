package starttls

import (
	"bytes"
	"slices"
	"strings"
	"time"
)

// HTTP is spoken by the observer itself: it asks for the path in question.
const HTTP = "http"

// Protocols returns the rows. Where the first words of two protocols look
// alike, the row that stands first counts.
//
// What settles it was measured on some forty servers: which line is harmless
// and still shows whether the server takes the client.
func Protocols() []Protocol {
	return []Protocol{
		{Name: "postgres", Guess: true, Ports: []int{5432}, ALPN: []string{"postgresql"}, NeedsALPN: true, looks: isPostgres,
			start: startPostgres, ask: askPostgres},
		{Name: "mysql", Ports: []int{3306}, looks: isMySQL, Greets: true, start: startMySQL,
			Unasked: "MySQL and MariaDB look at the certificate together with the account and its password, at login"},
		{Name: "smtp", Ports: []int{465}, Greets: true, looks: isSMTP, start: startSMTP, ask: askSMTP},
		{Name: "lmtp", Greets: true, start: startLMTP, ask: askLMTP},
		{Name: "imap", Ports: []int{993}, ALPN: []string{"imap"}, Greets: true, begins: []string{"* ok", "* preauth", "* bye", "* bad"},
			start: startIMAP, ask: askIMAP, Patience: slowLogin},
		{Name: "redis", Guess: true, Ports: []int{6379, 6380}, begins: []string{"+pong", "-noauth", "-denied", "-misconf", "-noperm",
			"-err unknown command", "-err wrong number", "-err protocol error"}, ask: askRedis},
		{Name: "pop3", Ports: []int{995}, ALPN: []string{"pop3"}, Greets: true, begins: []string{"+ok", "-err"},
			start: startPOP3, ask: askPOP3, Patience: slowLogin},
		{Name: "sieve", ALPN: []string{"managesieve"}, Greets: true, begins: []string{`"implementation"`}, start: startSieve, ask: askSieve, Patience: slowLogin},
		{Name: "ldap", Guess: true, Ports: []int{636, 3269}, looks: isLDAP, start: startLDAP, ask: askLDAP},
		{Name: "ftp", Ports: []int{990}, ALPN: []string{"ftp"}, Greets: true, looks: isFTP, start: startFTP, ask: askFTP},
		{Name: "xmpp", Ports: []int{5223}, ALPN: []string{"xmpp-client"},
			begins: []string{"<?xml version='1.0'?><stream", `<?xml version="1.0"?><stream`, "<stream:"}, start: startXMPP, ask: askXMPP},
		{Name: "xmpp-server", Ports: []int{5270}, ALPN: []string{"xmpp-server"}, start: startXMPPServer, ask: askXMPPServer},
		{Name: "nats", Ports: []int{4222}, Greets: true, begins: []string{"info {"}, start: startNATS, ask: askNATS},
		{Name: "irc", Ports: []int{6697, 994}, ALPN: []string{"irc"}, looks: isIRC, start: startIRC, ask: askIRC},
		{Name: "amqp", Guess: true, Ports: []int{5671}, ALPN: []string{"amqp"}, begins: []string{"amqp"}, start: startAMQP, ask: askAMQP, Patience: silentRefusal},
		{Name: "mssql", Ports: []int{1433}, ALPN: []string{"tds/8.0"}, NeedsALPN: true, looks: isTDS, start: startTDS,
			Unasked: "SQL Server decides on a client at its login"},
		{Name: "rdp", Ports: []int{3389}, looks: isRDP, start: startRDP, Unasked: "RDP decides on a client at its login"},
		{Name: "nntp", Ports: []int{563}, ALPN: []string{"nntp", "nnsp"}, Greets: true, looks: isNNTP, start: startNNTP, ask: askNNTP},
		{Name: "mqtt", Guess: true, Ports: []int{8883}, ALPN: []string{"mqtt", "x-amzn-mqtt-ca"}, looks: isMQTT, ask: askMQTT},
		{Name: "memcached", Guess: true, Ports: []int{11211}, begins: []string{"client_error", "server_error", "error\r\n", "version "}, ask: askMemcached},
		{Name: "mongodb", Guess: true, Ports: []int{27017, 27018, 27019}, looks: isMongoDB, ask: askMongoDB},
		{Name: "kafka", Guess: true, Ports: []int{9093, 9094}, ask: askKafka},
		{Name: "dns", Ports: []int{853}, ALPN: []string{"dot"}, ask: askDNS},
		{Name: "radius", Ports: []int{2083}, ALPN: []string{"radius/1.0"}, ask: askRADIUS},
		{Name: "sip", Ports: []int{5061}, ALPN: []string{"sip/2"}, begins: []string{"sip/2.0"}, ask: askSIP},
		{Name: "zabbix", Guess: true, Ports: []int{10050, 10051}, begins: []string{"zbxd"}, ask: askZabbix},
		{Name: "syslog", Ports: []int{6514}, Silence: 2 * time.Second,
			Unasked: "syslog has no line that leaves no trace, and its servers never answer"},

		{Name: HTTP, Ports: []int{443, 8443}, ALPN: []string{"h2", "http/1.1", "http/1.0"}, begins: []string{"http/", "<!doctype html", "<html", "<head"}},
		{Name: "h2c", looks: isH2}, // HTTP/2 without TLS
		{Name: "tls", looks: isTLS},

		// Recognised, and never spoken.
		{Name: "ssh", begins: []string{"ssh-"}},
		{Name: "rtsp", Ports: []int{322}, begins: []string{"rtsp/"}},
		{Name: "vnc", begins: []string{"rfb 0"}},
		{Name: "rsync", begins: []string{"@rsyncd:"}},
		{Name: "socks", looks: isSOCKS},
		{Name: "telnet", Ports: []int{992}, looks: func(b []byte) bool { return len(b) >= 2 && b[0] == 0xff && b[1] >= 0xfb && b[1] <= 0xfe }},
		{Name: "smb", looks: func(b []byte) bool { return len(b) >= 8 && string(b[5:8]) == "SMB" }},
		{Name: "stun", Ports: []int{5349}, ALPN: []string{"stun.turn", "stun.nat-discovery"}},
		{Name: "ftp-data", Ports: []int{989}},
	}
}

const (
	// slowLogin is how late a server lets a login begin after some that failed:
	// 4.0 s with Dovecot.
	slowLogin = 5 * time.Second
	// silentRefusal is how long RabbitMQ lets a refused client wait: 3.0 s.
	silentRefusal = 4 * time.Second
)

// isReply reports whether b begins with one of those reply codes.
func isReply(b []byte, codes ...string) bool {
	return len(b) >= 4 && (b[3] == ' ' || b[3] == '-') && slices.Contains(codes, string(b[:3]))
}

func isSMTP(b []byte) bool {
	return isReply(b, "220", "421", "554", "521", "500", "501", "502", "503") && !isFTP(b)
}

func isFTP(b []byte) bool {
	text := strings.ToLower(string(b))
	named := (strings.Contains(text, "ftp") || strings.Contains(text, "filezilla")) && !strings.Contains(text, "smtp")
	return isReply(b, "530") || isReply(b, "220", "421") && named
}

func isNNTP(b []byte) bool { return isReply(b, "200", "201") }

// isIRC: a notice from the server's name, or an error.
func isIRC(b []byte) bool {
	line, _, whole := bytes.Cut(b, []byte("\r\n"))
	if !whole {
		return false
	}
	text := string(line)
	return strings.HasPrefix(text, "ERROR :Closing") || strings.HasPrefix(text, "NOTICE AUTH :") ||
		strings.HasPrefix(text, ":") && (ircVerb(text) == "NOTICE" || ircVerb(text) == "421" || ircVerb(text) == "451")
}

// isH2: a SETTINGS frame on stream 0, RFC 9113 §3.4.
func isH2(b []byte) bool {
	return len(b) >= 9 && b[0] == 0 && b[3] == 4 && b[4] == 0 && string(b[5:9]) == "\x00\x00\x00\x00"
}

func isTLS(b []byte) bool {
	return len(b) >= 2 && (b[0] == 0x15 || b[0] == 0x16) && b[1] == 3 && (len(b) < 3 || b[2] <= 4)
}

func isSOCKS(b []byte) bool {
	return len(b) == 2 && b[0] == 5 && (b[1] <= 2 || b[1] == 0xff) || len(b) == 8 && b[0] == 0 && b[1] >= 0x5a && b[1] <= 0x5d
}
