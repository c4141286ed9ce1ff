package phrase

import (
	"bytes"
	"fmt"

	"mutual/diagnose/cause"
)

func readAlert(line []byte, start, end int) (found, bool) {
	if isWord(byteAt(line, start-1)) && !bytes.HasSuffix(line[:start], []byte("tls")) && !bytes.HasSuffix(line[:start], []byte("ssl")) && !bytes.HasSuffix(line[:start], []byte("fatal")) {
		return found{}, false
	}
	at, named := end, false
	for _, tail := range []string{"received", "description"} { // rustls AlertReceived(X), AlertDescription
		if bytes.HasPrefix(line[at:], []byte(tail)) {
			at, named = at+len(tail), true
		}
	}
	if isWord(byteAt(line, at)) && !isDigit(byteAt(line, at)) {
		return found{}, false
	}
	a, stop := alertAfter(line, at)
	if a == nil {
		a, start = alertBefore(line, start)
		stop = end
	}
	if a == nil {
		return found{}, false
	}
	before := line[max(0, start-40):start]
	tls := named || bytes.Contains(line, []byte("tls")) || bytes.Contains(line, []byte("ssl")) || bytes.Contains(line, []byte("fatal")) || bytes.Contains(line, []byte("handshake")) ||
		bytes.HasSuffix(before, []byte("received "))
	if !tls && (a.common || len(line) > stop-start+20) {
		return found{}, false
	}
	f := alertFound(a, start, stop)
	f.sent = !bytes.Contains(before, []byte("remote")) && !bytes.Contains(before, []byte("peer")) && bytes.Contains(before, []byte("sent ")) ||
		bytes.Contains(before, []byte("generated")) || bytes.Contains(before, []byte("(out)")) ||
		bytes.Contains(before, []byte("sending")) || bytes.Contains(before, []byte("send ")) || bytes.Contains(before, []byte(" wrote")) ||
		bytes.Contains(line[end:min(stop, len(line))], []byte("write"))
	switch {
	case bytes.HasSuffix(before, []byte("sslv3 ")), bytes.HasSuffix(before, []byte("tlsv1 ")), bytes.HasSuffix(before, []byte("tlsv13 ")), bytes.HasSuffix(before, []byte("ssl/tls ")):
		f.stack = "OpenSSL libssl"
	case bytes.HasSuffix(before, []byte("received fatal ")):
		f.stack = "Java JSSE or rustls"
	}
	return f, true
}

// alertBefore reads "bad_certificate alert", "handshake_failure(40) alert".
func alertBefore(line []byte, i int) (*alertText, int) {
	j := i
	for j > 0 && (line[j-1] == ' ' || line[j-1] == ')' || line[j-1] == '(' || isDigit(line[j-1])) {
		j--
	}
	for a := range alertTexts {
		for _, name := range alertTexts[a].names {
			if k := j - len(name); k >= 0 && string(line[k:j]) == name && !isWord(byteAt(line, k-1)) {
				return &alertTexts[a], k
			}
		}
	}
	return nil, i
}

func alertFound(a *alertText, start, end int) found {
	return found{cause: a.cause, stack: "TLS alert", alert: a.number, depth: -1, start: start, end: end,
		note: fmt.Sprintf("alert %d %s", a.number, AlertName(a.number))}
}

func readGoAlert(line []byte, start, end int) (found, bool) {
	at := end
	if bytes.HasPrefix(line[at:], []byte("tls: ")) {
		return found{}, false // the longer words read it
	}
	if end-start == len("tls: ") { // the alert as it stands, without who sent it
		if a, stop := alertNamed(line, at); a != nil && !bytes.HasSuffix(line[:start], []byte("error: ")) {
			f := alertFound(a, start, stop)
			f.stack = "Go crypto/tls"
			return f, true
		}
		return found{}, false
	}
	var a *alertText
	var stop int
	if bytes.HasSuffix(line[:end], []byte("alert(")) {
		n, j, ok := integer(line, end)
		if !ok {
			return found{}, false
		}
		a, stop = alertByNumber(n), j
	} else if a, stop = alertNamed(line, at); a == nil {
		a, stop = alertAfter(line, at)
	}
	if a == nil {
		return found{}, false
	}
	f := alertFound(a, start, stop)
	f.stack, f.by = "Go crypto/tls", client
	if bytes.HasPrefix(line[start:], []byte("local error")) {
		f.sent, f.by = true, neither
		if a.number == 20 { // a Go server says so when OpenSSL refuses its certificate with TLS 1.3
			f.cause, f.alert, f.sent, f.by = badRecordMAC, 20, false, neither
			f.codes = likely{cause.PeerRejectedOurServerCert, cause.ServerCAUntrusted, cause.ServerMisconfigured}
		}
	}
	return f, true
}

// readBareAlert reads the OpenSSL reasons that leave the word alert out, such
// as "tlsv1 unrecognized name".
func readBareAlert(line []byte, start, end int) (found, bool) {
	if isWord(byteAt(line, start-1)) {
		return found{}, false
	}
	a, stop := alertNamed(line, end)
	if a == nil || a.number < 109 {
		return found{}, false
	}
	f := alertFound(a, start, stop)
	f.stack = "OpenSSL libssl"
	return f, true
}

func readAlertNumber(line []byte, start, end int) (found, bool) {
	n, stop, ok := integer(line, skip(line, end, " :=#("))
	a := alertByNumber(n)
	if !ok || a == nil {
		return found{}, false
	}
	f := alertFound(a, start, stop)
	if bytes.HasPrefix(line[start:], []byte("fatal error code")) {
		f.stack = "Schannel"
		f.sent = bytes.Contains(line[:start], []byte("generated")) || bytes.Contains(line[:start], []byte("sent to the remote"))
	}
	return f, true
}

func alertOf(c *meaning) int {
	for _, a := range alertTexts {
		if a.cause == c {
			return a.number
		}
	}
	return -1
}

// readQUICError reads a QUIC CRYPTO_ERROR, 0x100 and the alert (RFC 9001
// §4.8): quic-go's "CRYPTO_ERROR 0x130 (remote)", quinn's "Code::crypto(30)" and
// "the cryptographic handshake failed: error 48".
func readQUICError(line []byte, start, end int) (found, bool) {
	i := skip(line, end, " :=(")
	var n, stop int
	var ok bool
	switch {
	case bytes.HasPrefix(line[i:], []byte("0x")):
		n, stop, ok = number(line, i)
	case bytes.HasSuffix(line[:end], []byte("crypto(")):
		for stop = end; stop < len(line) && stop < end+2; stop++ {
			v, hex := hexDigit(line[stop])
			if !hex {
				break
			}
			n, ok = n<<4|int(v), true
		}
	default:
		n, stop, ok = integer(line, i)
	}
	a := alertByNumber(n & 0xff)
	if !ok || n >= 0x200 || a == nil {
		return found{}, false
	}
	f := alertFound(a, start, stop)
	f.stack, f.sure = "QUIC", true
	f.sent = bytes.HasPrefix(line[stop:], []byte(" (local)"))
	return f, true
}

// readErlangAlert reads what Erlang before 20 printed of an alert that it
// sends: "SSL: certify: ssl_handshake.erl:415:Fatal error: certificate
// unknown".
func readErlangAlert(line []byte, start, end int) (found, bool) {
	if !bytes.Contains(line[:start], []byte(".erl:")) {
		return found{}, false
	}
	a, stop := alertNamed(line, end)
	if a == nil {
		return found{}, false
	}
	f := alertFound(a, start, stop)
	f.stack, f.sent = "Erlang", true
	return f, true
}
