package phrase

import (
	"bytes"
	"fmt"
	"strconv"
)

// decoders read numbers and alerts that follow fixed words. The words are in
// comparable form and at least five bytes long.
var decoders = []struct {
	after []string
	read  decoder
}{
	{[]string{"alert"}, readAlert},
	{[]string{"remote error: tls: ", "local error: tls: ", "remote error: ", "tls: alert(", "tls: "}, readGoAlert},
	{[]string{"tlsv1 ", "sslv3 ", "tlsv13 ", "tlsv1.3 "}, readBareAlert},
	{[]string{"crypto error ", "code::crypto(", "cryptographic handshake failed: error "}, readQUICError},
	{[]string{"fatal error: "}, readErlangAlert},
	{[]string{"fatal error code is ", "ssl alert number", "tls error code "}, readAlertNumber},
	{[]string{"error:", "ossl err ", "openssl error[0x", "openssl error 0x"}, readOpenSSL},
	{[]string{"268435", "268436"}, readBoringSSL},
	{[]string{"error:num=", "verify return code: ", "verify result: ", "verify result=", "verify result ", "ssl c err", "ssl c ca err", "verify error code ", "verify error=", "verification error "}, readVerify},
	{[]string{"curl: (", "curl error ", "curl error: ", "curl error (", "curl exit code ", "curl exited with ", "curl returned ", "curl error code ", "curle code "}, readCurl},
	{[]string{"0x8009", "0x800b0"}, readHRESULT},
	{[]string{"-21468", "-21467"}, readHRESULTDecimal},
	{[]string{"(error -", "error -8", "error -1", "error code -", "nss error ", "nspr error ", "nss: ", "error: -", "error code: -"}, readNegative},
	{[]string{"net error ", "net::error ", "error code: -", "neterror "}, readChrome},
	{[]string{"osstatus ", "osstatus error ", "cfnetwork error ", "nsurlerrordomain error ", "cfstreamerrorcodekey=", "kcfstreamerrorcodekey = ", "code=-", "code = -", "code: -", "handshake failed (-", "kcfstreamerrordomainssl, ", "securetransport: ", "securetransport error: ", "securetransport error ", "sslhandshake: "}, readApple},
	{[]string{"returned -", "return code: -", "ret=-", "ret = -", "(ret -", "ret: -", "error: -0x", "error (-0x", "error code: -0x", "error -0x", "mbedtls error -", " = -0x", "last error was: -", "ssl handshake: -", "handshake failed: -", "handshake error: -", "mbedtls err -", "returns -0x", "error=-0x", "err=-0x", " (-0x", "code -0x", "start ssl client: -", "start ssl client(): -", "start_ssl_client: -", "start_ssl_client(): -", "start_ssl_client ret -"}, readMbedTLS},
	{[]string{"fatal alert message (msg "}, readMbedTLSAlert},
	{[]string{"verify certificate flags 0x", "badcert flags: 0x", "verify result flags: 0x", "verification flags: 0x", "flags = 0x", "flags: 0x", "cert verify flags 0x"}, readMbedTLSFlags},
	{[]string{"wolfssl error: ", "wolfssl error ", "wolfssl connect error ", "wolfssl accept error ", "ssl connect failed, ", "err = -", "error = -", "ssl accept failed, ", "return value = -", ", return -", "err: -", "ret = -", "error code = -", "error: -", "failed: -", "failed with -", "failed with error -", "errno = -", "ssl error -"}, readWolfSSL},
	{[]string{"ssl.fail verify error: ", "ssl.fail verify no cert: ", "ssl.fail verify san: ", "ssl.fail verify cert hash: "}, readEnvoyCounter},
	{[]string{"not an ssl/tls record: ", "record type,", "record type: ", "record type ", "record type=", "invalid content type ", "invalid content type: ",
		"unknown content type ", "unknown content type: ", "unexpected content type ", "unexpected content type: ", "content type mismatch: ", "first byte ", "first byte: ", "first byte is ",
		"first byte was ", "first bytes: ", "first bytes ", "first 5 bytes: ", "first five bytes: ", "expected 0x16, got ", "expected 0x16 got ", "expected 22, got ", "expected 22 got ",
		"instead of 0x16: ", "expected tls record, got ", "unexpected first byte "}, readFirstBytes},
	{[]string{"record version unknown-", "unsupported ssl version unknown-"}, readRecordVersion},
	{[]string{"invalid receive (size =", "len error ", "unreasonable length = ", "frame size (", "frame size of ", "frame length exceeds ", "frame length: ", "message size: ", "message length ", "packet len", "invalid size: ", "frame too large: ", "bad frame length: ",
		"invalid message length: ", "packet length "}, readLengthOfTLS},
	{[]string{"no such file or directory", "no such file", "cannot find the file specified", "cannot find the path specified", "cannot find the file", "could not find file", "could not find a part of the path",
		"file not found", "file does not exist", "nosuchfileexception", "filenotfoundexception", "enoent", "(os error 2)", "code: notfound", "kind: notfound", "does not exist", "cannot be opened because it does not exist"}, readMissingFile},
	{[]string{"permission denied", "eacces", "(os error 13)", "kind: permissiondenied", "access is denied", "access to the path", "accessdeniedexception", "operation not permitted"}, readForbiddenFile},
	{[]string{"rejects tag type ", "tag type ", "unexpected tag ", "unexpected tag: ", "wrong tag: ", "got tag ", "tag mismatch: ", "invalid tag: ", "invalid tag ", "first tag ", "unexpected asn.1 tag ", "asn1 tag ", "asn.1 tag "}, readTag},
	{[]string{"lengthtag=", "length tag=", "more than 4 bytes: "}, readLengthTag},
	{[]string{"tags dont match"}, readGoTag},
	{[]string{"tagged with ", "unknown tag ", "{got,"}, readTagNumber},
	{[]string{"unexpectedtag {"}, readRustTag},
	{[]string{"gnutls error ", "gnutls error: ", "gnutls error code: ", "gnutls handshake failed: "}, readGnuTLS},
}

// integer reads a decimal number, with its sign, at line[i:].
func integer(line []byte, i int) (n, end int, ok bool) {
	j := i
	if j < len(line) && line[j] == '-' {
		j++
	}
	for j < len(line) && isDigit(line[j]) && j-i < 12 {
		j++
	}
	n, err := strconv.Atoi(string(line[i:j]))
	return n, j, err == nil
}

// hexadecimal reads exactly digits hexadecimal digits at line[i:].
func hexadecimal(line []byte, i, digits int) (n uint64, ok bool) {
	if i+digits > len(line) || isWord(byteAt(line, i+digits)) {
		return 0, false
	}
	for _, c := range line[i : i+digits] {
		v, ok := hexDigit(c)
		if !ok {
			return 0, false
		}
		n = n<<4 | v
	}
	return n, true
}

func skip(line []byte, i int, set string) int {
	for i < len(line) && bytes.IndexByte([]byte(set), line[i]) >= 0 {
		i++
	}
	return i
}

func readCurl(line []byte, start, end int) (found, bool) {
	n, stop, ok := integer(line, end)
	if !ok || isWord(byteAt(line, stop)) {
		return found{}, false
	}
	for _, e := range curlExits {
		if e.number == n {
			return found{cause: e.cause, codes: e.codes, stack: "curl", by: client, alert: -1, depth: -1, start: start, end: stop,
				note: fmt.Sprintf("curl exit %d: %s", n, e.words)}, true
		}
	}
	return found{}, false
}

func readHRESULT(line []byte, start, end int) (found, bool) {
	n, ok := hexadecimal(line, start+2, 8)
	if !ok {
		return found{}, false
	}
	f, ok := hresult(uint32(n))
	f.start, f.end = start, start+10
	return f, ok
}

func readHRESULTDecimal(line []byte, start, end int) (found, bool) {
	n, stop, ok := integer(line, start)
	if !ok {
		return found{}, false
	}
	f, ok := hresult(uint32(int64(n)))
	f.start, f.end = start, stop
	return f, ok
}

func hresult(n uint32) (found, bool) {
	for _, h := range hresults {
		if h.number == n {
			return found{cause: h.cause, codes: h.codes, stack: "Schannel", alert: -1, depth: -1, note: fmt.Sprintf("0x%08X %s", n, h.name)}, true
		}
	}
	return found{}, false
}

// signed reads a negative number that ends at or after the words.
func signed(line []byte, end int) (n, stop int, ok bool) {
	i := end
	for i > 0 && (isDigit(line[i-1]) || line[i-1] == '-') {
		i--
	}
	i = skip(line, i, " :=([{")
	n, stop, ok = integer(line, i)
	return n, stop, ok && n < 0 && !isWord(byteAt(line, stop))
}

func readNegative(line []byte, start, end int) (found, bool) {
	n, stop, ok := signed(line, end)
	if !ok {
		return found{}, false
	}
	f, ok := nssNumber(n)
	if !ok && (bytes.Contains(line, []byte("ssl")) || bytes.Contains(line, []byte("tls")) || bytes.Contains(line, []byte("osstatus"))) {
		f, ok = appleNumber(n)
	}
	f.start, f.end = start, stop
	return f, ok
}

func nssNumber(n int) (found, bool) {
	for _, e := range nssErrors {
		if e.number == n {
			f := found{cause: e.cause, codes: e.codes, stack: "NSS", by: client, alert: -1, depth: -1, note: fmt.Sprintf("%d %s", n, e.name)}
			if e.cause.kind == alert {
				f.alert = alertOf(e.cause)
			}
			return f, true
		}
	}
	return found{}, false
}

func readChrome(line []byte, start, end int) (found, bool) {
	n, stop, ok := signed(line, end)
	if !ok {
		return found{}, false
	}
	for _, e := range chromeErrors {
		if e.number == n {
			return found{cause: e.cause, codes: e.codes, stack: "Chrome", by: client, alert: -1, depth: -1, start: start, end: stop,
				note: fmt.Sprintf("net error %d, %s", n, e.name)}, true
		}
	}
	return found{}, false
}

func readApple(line []byte, start, end int) (found, bool) {
	n, stop, ok := signed(line, end)
	if !ok {
		return found{}, false
	}
	f, ok := appleNumber(n)
	f.start, f.end = start, stop
	return f, ok
}

func appleNumber(n int) (found, bool) {
	for _, e := range appleErrors {
		if e.number == n {
			f := found{cause: e.cause, codes: e.codes, stack: "Apple TLS", by: client, alert: -1, depth: -1, note: fmt.Sprintf("%d %s", n, e.name)}
			if e.cause.kind == alert {
				f.alert = alertOf(e.cause)
			}
			return f, true
		}
	}
	return found{}, false
}

func readGnuTLS(line []byte, start, end int) (found, bool) {
	n, stop, ok := signed(line, end)
	if !ok {
		return found{}, false
	}
	for _, e := range gnutlsErrors {
		if e.number == n {
			return found{cause: e.cause, codes: e.codes, stack: "GnuTLS", alert: -1, depth: -1, start: start, end: stop,
				note: fmt.Sprintf("%d %s", n, e.name)}, true
		}
	}
	return found{}, false
}

// readEnvoyCounter reads a counter of Envoy's statistics; at 0 it says nothing.
func readEnvoyCounter(line []byte, start, end int) (found, bool) {
	n, stop, ok := integer(line, end)
	if !ok || n <= 0 {
		return found{}, false
	}
	f := found{cause: chainFault, stack: "Envoy", alert: -1, depth: -1, start: start, end: stop, note: fmt.Sprintf("counted %d times", n)}
	switch {
	case bytes.Contains(line[start:end], []byte("no cert")):
		f.cause, f.by, f.fixed = noClientCert, server, true
	case bytes.Contains(line[start:end], []byte("san")):
		f.cause = sanNotMatched
	case bytes.Contains(line[start:end], []byte("hash")):
		f.cause = pinBroken
	}
	return f, true
}

// bareNumber reads a text that is only a number, as copied from a log.
func bareNumber(s string) (found, bool) {
	line := []byte(s)
	line = bytes.TrimPrefix(line, []byte("0x"))
	if len(line) == 8 {
		if n, ok := hexadecimal(line, 0, 8); ok {
			if f, ok := hresult(uint32(n)); ok {
				return f, true
			}
			return opensslNumber(uint32(n), n>>24 == 0x10)
		}
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return found{}, false
	}
	if n >= 268435456 && n < 268435456+4096 {
		return opensslNumber(uint32(n), true)
	}
	if n < -1<<30 {
		return hresult(uint32(int64(n)))
	}
	if f, ok := nssNumber(n); ok {
		return f, true
	}
	return appleNumber(n)
}
