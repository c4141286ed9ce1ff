package wire

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte"
)

// readExtensions calls f for each extension of a list that ends a message, or
// for none if the message ends before the list, as TLS 1.2's may.
func readExtensions(s *cryptobyte.String, f func(typ uint16, data cryptobyte.String)) bool {
	if s.Empty() {
		return true
	}
	var list cryptobyte.String
	if !s.ReadUint16LengthPrefixed(&list) {
		return false
	}
	return eachExtension(list, f)
}

func eachExtension(list cryptobyte.String, f func(typ uint16, data cryptobyte.String)) bool {
	for !list.Empty() {
		var typ uint16
		var data cryptobyte.String
		if !list.ReadUint16(&typ) || !list.ReadUint16LengthPrefixed(&data) {
			return false
		}
		f(typ, data)
	}
	return true
}

func uint16s(s cryptobyte.String) []uint16 {
	list := make([]uint16, 0, len(s)/2)
	var v uint16
	for s.ReadUint16(&v) {
		list = append(list, v)
	}
	return list
}

// opaques16 splits a list of values that each bear their length in two bytes.
func opaques16(s cryptobyte.String) [][]byte {
	var list [][]byte
	var v cryptobyte.String
	for !s.Empty() && s.ReadUint16LengthPrefixed(&v) {
		list = append(list, v)
	}
	return list
}

func protocolNames(s cryptobyte.String) []string {
	var list []string
	var v cryptobyte.String
	for !s.Empty() && s.ReadUint8LengthPrefixed(&v) {
		list = append(list, string(v))
	}
	return list
}

// printable makes text from the wire fit for one line of a terminal: what does
// not print is replaced, and what goes beyond the limit is cut.
func printable(s string, limit int) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > limit {
			b.WriteString("...")
			break
		}
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			r = '?'
		}
		b.WriteRune(r)
	}
	return b.String()
}
