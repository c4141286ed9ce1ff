package phrase

import (
	"bytes"
	"fmt"
)

func readOpenSSL(line []byte, start, end int) (found, bool) {
	n, ok := hexadecimal(line, end, 8)
	if !ok {
		return found{}, false
	}
	boring := bytes.Contains(line[end:min(len(line), end+80)], []byte("openssl internal"))
	if n>>24 == 0x10 && !bytes.Contains(line, []byte("bio routines")) {
		boring = true
	}
	f, ok := opensslNumber(uint32(n), boring)
	f.start, f.end = start, end+8
	return f, ok
}

func readBoringSSL(line []byte, start, end int) (found, bool) {
	n, stop, ok := integer(line, start)
	if !ok || isDigit(byteAt(line, start-1)) || n < 268435456 || n >= 268435456+4096 {
		return found{}, false
	}
	f, ok := opensslNumber(uint32(n), true)
	f.start, f.end = start, stop
	return f, ok
}

// opensslNumber decodes a packed OpenSSL error. In 1.1.1 it is library (8
// bits), function (12), reason (12); in 3.x library (from bit 23), reason; in
// BoringSSL library (8), reason (12).
func opensslNumber(n uint32, boring bool) (found, bool) {
	reason := int(n & 0xfff)
	lib := int(n >> 24)
	if !boring && n>>12&0x7ff&^0x80 == 0 { // no function: 3.x; 0x80 marks the reasons all libraries share
		lib = int(n >> 23)
	}
	f := found{alert: -1, depth: -1, stack: "OpenSSL"}
	if boring {
		f.stack = "BoringSSL"
	}
	f.note = fmt.Sprintf("%s error %08X: library %d, reason %d", f.stack, n, lib, reason)
	if (lib == 20 || boring && lib == 16) && reason >= 1000 {
		if a := alertByNumber(reason - 1000); a != nil {
			f.cause, f.alert = a.cause, a.number
			f.note += fmt.Sprintf(", alert %d %s", a.number, AlertName(a.number))
			f.stack += " libssl"
			return f, true
		}
	}
	if r := reasonNumbered(lib, reason, boring); r != nil {
		f.cause, f.codes = r.cause, r.codes
		if f.note += ", " + r.words; r.by != neither {
			f.by, f.fixed = r.by, true
		}
		return f, true
	}
	return f, false
}

func readVerify(line []byte, start, end int) (found, bool) {
	n, stop, ok := integer(line, skip(line, end, " :=(["))
	if !ok {
		return found{}, false
	}
	c, words := verifyCause(n)
	if c == nil {
		return found{}, false
	}
	f := found{cause: c, stack: "OpenSSL verification", alert: -1, depth: -1, start: start, end: stop,
		note: fmt.Sprintf("verify result %d, %s", n, words)}
	if bytes.HasPrefix(line[start:], []byte("ssl c ")) {
		f.stack, f.by, f.fixed = "HAProxy", server, true
	}
	return f, true
}
