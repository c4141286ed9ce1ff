package starttls

import (
	"bytes"
	"fmt"
	"io"
	"net"
)

// startLDAP sends the extended request of RFC 4511 §4.14.
func startLDAP(t *talk) (net.Conn, error) {
	if err := t.send(ldapMessage(1, ber(0x77, ber(0x80, []byte("1.3.6.1.4.1.1466.20037"))))); err != nil {
		return nil, err
	}
	op, err := t.ldapOp(0x78)
	if err != nil {
		return nil, err
	}
	result, diagnostic, _, ok := ldapResult(op)
	switch {
	case !ok:
		return nil, otherProtocol()
	case result != 0:
		return nil, refused(fmt.Sprintf("resultCode %d %s", result, diagnostic))
	}
	return t.conn, nil
}

// Result codes of RFC 4511 appendix A.
const (
	ldapInappropriateAuth = 48
	ldapUnwillingToAct    = 53
)

// askLDAP reads the entry that describes the server, which is for everybody,
// and where that lists EXTERNAL, logs in by the certificate and asks who it
// is. Nothing is written. Source: RFC 4512 §5.1, RFC 4513 §5.2.3, RFC 4532.
func askLDAP(t *talk) Answer {
	search := ber(0x63, ber(0x04, nil), ber(0x0a, []byte{0}), ber(0x0a, []byte{0}), ber(0x02, []byte{1}), ber(0x02, []byte{10}),
		ber(0x01, []byte{0}), ber(0x87, []byte("objectClass")), ber(0x30, ber(0x04, []byte("supportedSASLMechanisms"))))
	if err := t.say("rootDSE search", ldapMessage(1, search)); err != nil {
		return t.failed(err)
	}
	var entry []byte
	for {
		op, err := t.ldapOp(0x64, 0x65, 0x73)
		if err != nil {
			return t.failed(err)
		}
		if op[0] != 0x65 {
			entry = append(entry, op...)
			continue
		}
		result, diagnostic, _, ok := ldapResult(op)
		words := fmt.Sprintf("resultCode %d %s", result, diagnostic)
		external := bytes.Contains(entry, []byte("EXTERNAL"))
		switch {
		case !ok:
			return t.failed(otherProtocol())
		case external && t.client.Presented:
			return t.ldapExternal()
		case result == ldapUnwillingToAct, result == ldapInappropriateAuth:
			return t.wantsLogin(words)
		}
		t.send(ldapMessage(9, ber(0x42)))
		return t.answered(words)
	}
}

// ldapExternal logs in by the certificate.
func (t *talk) ldapExternal() Answer {
	bind := ber(0x60, ber(0x02, []byte{3}), ber(0x04, nil), ber(0xa3, ber(0x04, []byte("EXTERNAL")), ber(0x04, nil)))
	if err := t.say("bind EXTERNAL", ldapMessage(2, bind)); err != nil {
		return t.failed(err)
	}
	op, err := t.ldapOp(0x61)
	if err != nil {
		return t.failed(err)
	}
	defer t.send(ldapMessage(9, ber(0x42)))
	if result, diagnostic, _, ok := ldapResult(op); !ok {
		return t.failed(otherProtocol())
	} else if result != 0 {
		return t.refusedOtherwise(fmt.Sprintf("the login by certificate (EXTERNAL) fails: resultCode %d %s", result, diagnostic))
	}
	if err := t.say("whoami", ldapMessage(3, ber(0x77, ber(0x80, []byte("1.3.6.1.4.1.4203.1.11.3"))))); err != nil {
		return t.failed(err)
	}
	if op, err = t.ldapOp(0x78); err != nil {
		return t.failed(err)
	}
	result, diagnostic, rest, ok := ldapResult(op)
	who, _, _ := berSplit(rest, 0x8b)
	switch {
	case !ok:
		return t.failed(otherProtocol())
	case result != 0:
		return t.authorized(fmt.Sprintf("the login by certificate (EXTERNAL) succeeds; whoami: resultCode %d %s", result, diagnostic))
	}
	return t.authorized(string(who))
}

// ldapOp reads a message and returns its operation, which must have one of the
// tags, tag and all.
func (t *talk) ldapOp(tags ...byte) ([]byte, error) {
	message, err := t.berValue(0x30)
	if err != nil {
		return nil, err
	}
	rest, ok := berSkip(message, 0x02) // messageID
	if !ok || len(rest) == 0 {
		return nil, otherProtocol()
	}
	if rest[0] == 0x78 && !bytes.Contains(tags, []byte{0x78}) { // notice of disconnection
		_, diagnostic, _, _ := ldapResult(rest)
		return nil, fmt.Errorf("the server takes its leave: %s", diagnostic)
	}
	if !bytes.Contains(tags, rest[:1]) {
		return nil, otherProtocol()
	}
	return rest, nil
}

// ldapResult reads an LDAPResult, and what follows it in its operation.
func ldapResult(op []byte) (result int, diagnostic string, rest []byte, ok bool) {
	body, _, ok := berSplit(op, op[0])
	if !ok {
		return 0, "", nil, false
	}
	code, body, ok := berSplit(body, 0x0a)
	if !ok || len(code) != 1 {
		return 0, "", nil, false
	}
	body, _ = berSkip(body, 0x04) // matchedDN
	text, rest, _ := berSplit(body, 0x04)
	return int(code[0]), string(text), rest, true
}

func ldapMessage(id byte, op []byte) string {
	return string(ber(0x30, ber(0x02, []byte{id}), op))
}

// ber writes an element; its parts follow one another. Contents stay below 64
// KiB.
func ber(tag byte, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	switch n := len(body); {
	case n < 0x80:
		return append([]byte{tag, byte(n)}, body...)
	case n < 0x100:
		return append([]byte{tag, 0x81, byte(n)}, body...)
	default:
		return append([]byte{tag, 0x82, byte(n >> 8), byte(n)}, body...)
	}
}

// berValue reads one BER element with that tag and returns its contents.
func (t *talk) berValue(tag byte) ([]byte, error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(t.r, head); err != nil {
		return nil, err
	}
	if head[0] != tag {
		return nil, otherProtocol()
	}
	n := int(head[1])
	if n >= 0x80 {
		size := make([]byte, n&0x7f)
		if len(size) == 0 || len(size) > 4 {
			return nil, otherProtocol()
		}
		if _, err := io.ReadFull(t.r, size); err != nil {
			return nil, err
		}
		n = 0
		for _, b := range size {
			n = n<<8 | int(b)
		}
	}
	if n > 4096 {
		return nil, otherProtocol()
	}
	return t.bytes(n)
}

// berSplit returns the contents of the element that b starts with, if it has
// that tag, and what follows it. Lengths of up to four bytes are understood.
func berSplit(b []byte, tag byte) (value, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != tag {
		return nil, b, false
	}
	n, at := int(b[1]), 2
	if n >= 0x80 {
		at += n & 0x7f
		if n &= 0x7f; n == 0 || n > 4 || len(b) < at {
			return nil, b, false
		}
		n = 0
		for _, v := range b[2:at] {
			n = n<<8 | int(v)
		}
	}
	if n < 0 || len(b)-at < n {
		return nil, b, false
	}
	return b[at : at+n], b[at+n:], true
}

func berSkip(b []byte, tag byte) (rest []byte, ok bool) {
	_, rest, ok = berSplit(b, tag)
	return rest, ok
}

// isLDAP reports whether b starts with an LDAPMessage: a sequence of a message
// number and an application tag (RFC 4511 §4.1.1).
func isLDAP(b []byte) bool {
	if len(b) < 7 || b[0] != 0x30 {
		return false
	}
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
