package phrase

import (
	"bytes"
	"fmt"
)

// readMbedTLS reads "-0x2700", "-9984" and, of a function, "returned -30592
// (-0x7780)". A number is of one part, or of a high one and a low one together
// (-0x3b00 - 0x62).
func readMbedTLS(line []byte, start, end int) (found, bool) {
	i := bytes.LastIndexByte(line[:min(len(line), end+1)], '-')
	if i < start {
		return found{}, false
	}
	var n, stop int
	if bytes.HasPrefix(line[i:], []byte("-0x")) {
		j := i + 3
		for j < len(line) && j < i+9 {
			v, ok := hexDigit(line[j])
			if !ok {
				break
			}
			n, j = n<<4|int(v), j+1
		}
		stop = j
	} else {
		v, j, ok := integer(line, i)
		if !ok || v > -100 {
			return found{}, false
		}
		n, stop = -v, j
	}
	high := n &^ 0x7f
	for _, want := range []int{n, high} {
		for _, e := range mbedtlsErrors {
			if e.number == want {
				return found{cause: e.cause, codes: e.codes, stack: "mbedTLS", alert: -1, depth: -1, start: start, end: stop,
					note: fmt.Sprintf("-0x%04X %s", n, e.name)}, true
			}
		}
	}
	return found{}, false
}

// readMbedTLSAlert reads "is a fatal alert message (msg 70)".
func readMbedTLSAlert(line []byte, start, end int) (found, bool) {
	n, stop, ok := integer(line, end)
	a := alertByNumber(n)
	if !ok || a == nil {
		return found{}, false
	}
	f := alertFound(a, start, stop)
	f.stack = "mbedTLS"
	return f, true
}

// readMbedTLSFlags reads the bits of a verification's result. Of several the
// first of the table counts.
func readMbedTLSFlags(line []byte, start, end int) (found, bool) {
	n, j := 0, end
	for ; j < len(line) && j < end+8; j++ {
		v, ok := hexDigit(line[j])
		if !ok {
			break
		}
		n = n<<4 | int(v)
	}
	if j == end || n == 0 || isWord(byteAt(line, j)) || n >= 1<<18 {
		return found{}, false
	}
	for _, e := range mbedtlsBadCert {
		if n&e.number != 0 {
			return found{cause: e.cause, codes: e.codes, stack: "mbedTLS", alert: -1, depth: -1, start: start, end: j,
				note: fmt.Sprintf("flags 0x%x, %s", n, e.name)}, true
		}
	}
	return found{}, false
}

func readWolfSSL(line []byte, start, end int) (found, bool) {
	n, stop, ok := signed(line, end)
	if !ok {
		return found{}, false
	}
	if !bytes.Contains(line, []byte("ssl")) && !bytes.Contains(line, []byte("asn")) && !bytes.Contains(line, []byte("tls")) {
		return found{}, false
	}
	for _, e := range wolfsslErrors {
		if e.number == n {
			words := e.symbol
			if e.words != "" {
				words += ", " + e.words
			}
			return found{cause: e.cause, codes: e.codes, stack: "wolfSSL", alert: -1, depth: -1, start: start, end: stop,
				note: fmt.Sprintf("%d %s", n, words)}, true
		}
	}
	return found{}, false
}
