package phrase

import (
	"bytes"
	"fmt"
	"strings"

	"mutual/diagnose/cause"
)

// A greeting is the first bytes that one side of a protocol sends.
type greeting struct {
	starts string
	name   string
	http   bool
	by     side // who sends it; neither: both may
}

// greetings in an order in which none hides a longer one behind it.
var greetings = []greeting{
	{"GET ", "an HTTP request", true, client},
	{"POST", "an HTTP request", true, client},
	{"HEAD", "an HTTP request", true, client},
	{"PUT ", "an HTTP request", true, client},
	{"DELETE", "an HTTP request", true, client},
	{"OPTIONS", "an HTTP request", true, client},
	{"PATCH", "an HTTP request", true, client},
	{"PRI * HTTP/2", "HTTP/2 without TLS", true, client},
	{"HTTP/", "an HTTP answer", true, server},
	{"CONNECT ", "an HTTP request to a proxy", true, client},
	{"PROXY ", "the PROXY protocol", false, client},
	{"\r\n\r\n\x00\r\nQUIT\n", "the PROXY protocol", false, client},
	{"SSH-", "SSH", false, neither},
	{"AMQP", "AMQP", false, client},
	{"INFO {", "NATS", false, server},
	{"EHLO", "SMTP", false, client},
	{"HELO", "SMTP", false, client},
	{"220 ", "SMTP or FTP", false, server},
	{"220-", "SMTP or FTP", false, server},
	{"* OK", "IMAP", false, server},
	{"+OK ", "POP3", false, server},
	{"\x00\x00\x00\x08\x04\xd2\x16", "PostgreSQL, which asks for TLS first", false, client},
	{"\x00\x04MQTT", "MQTT", false, client},
	{"\x10", "MQTT", false, client},
	{"\x03\x00\x00", "remote desktop (RDP)", false, client},
	{"*1\r\n", "Redis", false, client},
	{"*2\r\n", "Redis", false, client},
	{"*3\r\n", "Redis", false, client},
	{"<", "XML or HTML", false, neither},
	{"{", "JSON", false, neither},
	{"\x16\x03", "TLS", false, client},
	{"\x15\x03", "a TLS alert", false, neither},
}

// spoken is the protocol of which b are the first bytes. Of one byte alone
// only a guess can be made, and only of HTTP's.
func spoken(b []byte) (p greeting, ok bool) {
	for _, p := range greetings {
		if len(b) >= min(len(p.starts), 4) && strings.HasPrefix(p.starts, string(b[:min(len(b), len(p.starts))])) {
			return p, true
		}
	}
	if len(b) > 0 {
		switch b[0] {
		case 'G', 'P', 'O', 'D':
			if len(b) == 1 {
				return greeting{name: "an HTTP request, by its first letter", http: true, by: client}, true
			}
		case 'H':
			if len(b) == 1 {
				return greeting{name: "HTTP, by its first letter", http: true}, true
			}
		case 'A':
			if len(b) == 1 {
				return greeting{name: "AMQP, by its first letter", by: client}, true
			}
		case 'S':
			if len(b) == 1 {
				return greeting{name: "SSH, by its first letter"}, true
			}
		case 0x16:
			return greeting{name: "TLS", by: client}, true
		case '<':
			return greeting{name: "XML or HTML"}, true
		case '{':
			return greeting{name: "JSON"}, true
		}
	}
	return greeting{name: "another protocol"}, false
}

// readFirstBytes reads what a TLS library got in place of a TLS record, in the
// notation in which it prints it.
func readFirstBytes(line []byte, start, end int) (found, bool) {
	if !bytes.Contains(line, []byte("tls")) && !bytes.Contains(line, []byte("ssl")) && !bytes.Contains(line, []byte("record")) && !bytes.Contains(line, []byte("handshake")) {
		return found{}, false
	}
	b, stop := notation(line, end)
	if len(b) == 0 || len(b) == 1 && b[0] >= 20 && b[0] <= 24 {
		return found{}, false // a content type of TLS's own
	}
	p, _ := spoken(b)
	f := found{cause: notTLSOther, stack: "TLS library", sure: true, alert: -1, depth: -1, start: start, end: stop,
		note: fmt.Sprintf("first bytes %q, %s", b[:min(len(b), 12)], p.name)}
	f.sentBy(p)
	return f, true
}

// sentBy says what it means that a TLS library got a greeting.
func (f *found) sentBy(p greeting) {
	f.vars = map[string]string{"protocol": p.name}
	switch {
	case p.http && p.by == client:
		f.cause, f.by, f.fixed = plainHTTP, server, true
	case p.http && p.by == server:
		f.cause, f.codes, f.by, f.fixed = notTLS, likely{cause.NotTLSHTTP}, client, true
	case p.http:
		f.cause = notTLS
	case p.by != neither:
		f.cause, f.by, f.fixed = notTLSOther, p.by.other(), true
	default:
		f.cause = notTLSOther
	}
}

// notation reads bytes at line[i:], written as hexadecimal digits (474554,
// 47:45:54, 0x47 0x45), as decimal numbers (71,69,84), or as the characters
// themselves.
func notation(line []byte, i int) (b []byte, end int) {
	i = skip(line, i, " :=,({[<")
	rest := line[i:min(len(line), i+200)]
	word := rest
	for n, c := range rest {
		if !isWord(c) {
			word = rest[:n]
			break
		}
	}
	if bytes.HasPrefix(word, []byte("0x")) || len(word) >= 6 && allHex(word) {
		digits := bytes.TrimPrefix(word, []byte("0x"))
		for len(digits) >= 2 && allHex(digits[:2]) {
			h, _ := hexDigit(digits[0])
			l, _ := hexDigit(digits[1])
			b, digits = append(b, byte(h<<4|l)), digits[2:]
		}
		return b, i + len(word)
	}
	j := i
	for len(b) < 16 {
		n, k, ok := integer(line, j)
		if !ok || n < 0 || n > 255 || isLetter(byteAt(line, k)) {
			break
		}
		b, end = append(b, byte(n)), k
		if byteAt(line, k) != ',' {
			break
		}
		j = k + 1
	}
	if len(b) > 0 {
		return b, end
	}
	for _, p := range greetings { // in comparable form, small letters
		if s := strings.ToLower(strings.TrimSpace(p.starts)); len(s) >= 3 && bytes.HasPrefix(rest, []byte(s)) {
			return []byte(p.starts), i + len(s)
		}
	}
	return nil, i
}

func allHex(b []byte) bool {
	for _, c := range b {
		if _, ok := hexDigit(c); !ok {
			return false
		}
	}
	return len(b) > 0
}

// readRecordVersion reads Java's "Unsupported record version Unknown-84.84":
// the second and the third byte of what came, or the first two.
func readRecordVersion(line []byte, start, end int) (found, bool) {
	major, j, ok := integer(line, end)
	if !ok || byteAt(line, j) != '.' {
		return found{}, false
	}
	minor, stop, ok := integer(line, j+1)
	if !ok || major < 0 || major > 255 || minor < 0 || minor > 255 {
		return found{}, false
	}
	f := found{cause: notTLS, stack: "Java JSSE", alert: -1, depth: -1, start: start, end: stop, note: fmt.Sprintf("bytes %d and %d where a version of TLS has its place", major, minor)}
	for _, p := range greetings {
		if len(p.starts) > 2 && (p.starts[1] == byte(major) && p.starts[2] == byte(minor) || p.starts[0] == byte(major) && p.starts[1] == byte(minor)) {
			f.sentBy(p)
			return f, true
		}
	}
	return f, true
}

// readLengthOfTLS reads the length that a server without TLS made of a TLS
// record's first bytes: Kafka's "Invalid receive (size = 369295616", ZooKeeper's
// "Unreasonable length", Netty's frame length (with what it adds). Any other
// number says nothing of TLS.
func readLengthOfTLS(line []byte, start, end int) (found, bool) {
	i := skip(line, end, " :=(")
	if j := bytes.LastIndex(line[i:min(len(line), i+40)], []byte(": ")); j >= 0 { // "exceeds 10485760: 369295620"
		if n, _, ok := integer(line, i+j+2); ok && n > 1<<24 {
			i += j + 2
		}
	}
	n, stop, ok := integer(line, i)
	if !ok || n < 0 {
		return found{}, false
	}
	for _, added := range []int{0, 4, 8} {
		switch (n - added) >> 16 {
		case 0x1603:
			return found{cause: notTLS, codes: likely{cause.NotTLSOtherProtocol}, by: server, fixed: true, stack: "server without TLS", alert: -1, depth: -1, start: start, end: stop,
				note: fmt.Sprintf("%d is 0x%08X, the beginning of a TLS ClientHello", n, n-added), vars: map[string]string{"protocol": "another protocol, without TLS"}}, true
		case 0x1503:
			return found{cause: tlsDemanded, codes: likely{cause.TLSRequiredByServer}, by: client, fixed: true, stack: "client without TLS", alert: -1, depth: -1, start: start, end: stop,
				note: fmt.Sprintf("%d is 0x%08X, the beginning of a TLS alert", n, n-added)}, true
		}
	}
	return found{}, false
}
