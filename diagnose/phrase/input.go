package phrase

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// readable is a text as UTF-8. What PowerShell's > writes is UTF-16, with a
// byte order mark or without one, and programs append to such files in UTF-8;
// the rest of a text in another encoding than its beginning loses its zero
// bytes when it is folded.
func readable(text string) string {
	if len(text) < 4 {
		return text
	}
	order, from := utf16Order(text)
	if order == nil {
		return text
	}
	units := make([]uint16, 0, (len(text)-from)/2)
	for i := from; i+1 < len(text); i += 2 {
		units = append(units, order.Uint16([]byte(text[i:i+2])))
	}
	return string(utf16.Decode(units))
}

// utf16Order is the byte order of a text in UTF-16, and where it begins after
// its mark; nil for any other text.
func utf16Order(text string) (order binary.ByteOrder, from int) {
	switch {
	case text[0] == 0xff && text[1] == 0xfe:
		return binary.LittleEndian, 2
	case text[0] == 0xfe && text[1] == 0xff:
		return binary.BigEndian, 2
	}
	head := text[:min(len(text), 1024)&^1]
	var zero [2]int
	for i := range len(head) {
		if head[i] == 0 {
			zero[i&1]++
		}
	}
	switch n := len(head) / 2; {
	case zero[1]*2 > n && zero[0]*8 < n:
		return binary.LittleEndian, 0
	case zero[0]*2 > n && zero[1]*8 < n:
		return binary.BigEndian, 0
	}
	return nil, 0
}

// escape reads a character that s begins with, written as HTML writes it
// (&quot;, &#39;, &#x27;), once or twice escaped.
func escape(s string) (r rune, size int, ok bool) {
	const longestName = 10
	end := strings.IndexByte(s[:min(len(s), longestName)], ';')
	if end < 2 || s[0] != '&' {
		return 0, 0, false
	}
	switch name := s[1:end]; name {
	case "quot":
		r = '"'
	case "apos", "lsquo", "rsquo", "ldquo", "rdquo":
		r = '\''
	case "lt":
		r = '<'
	case "gt":
		r = '>'
	case "nbsp":
		r = ' '
	case "amp":
		if r, size, ok = escape("&" + s[end+1:min(len(s), end+1+longestName)]); ok {
			return r, end + size, true
		}
		r = '&'
	default:
		if name[0] != '#' || len(name) < 2 {
			return 0, 0, false
		}
		digits, base := name[1:], rune(10)
		if digits[0]|0x20 == 'x' {
			digits, base = digits[1:], 16
		}
		for _, c := range []byte(digits) {
			v, hex := hexDigit(c)
			if !hex || rune(v) >= base {
				return 0, 0, false
			}
			if r = r*base + rune(v); r > utf8.MaxRune {
				return 0, 0, false
			}
		}
	}
	return r, end + 1, r != 0
}

// colourLen is the length of a terminal colour at the beginning of s that has
// lost its escape character, or has it spelt out: "[31m", "^[[31m",
// "\033[1;31m", "\x1b[0m", "#033[31m"; 0 where there is none.
func colourLen(s string) int {
	i := 0
	switch s[0] {
	case '[':
	case '^', '\\', '#':
		for _, p := range []string{"^[", `\033`, `\x1b`, `\x1B`, `\u001b`, `\u001B`, `\e`, "#033"} {
			if strings.HasPrefix(s, p) {
				i = len(p)
			}
		}
		if i == 0 {
			return 0
		}
	default:
		return 0
	}
	if lineAt(s, i) != '[' {
		return 0
	}
	for j := i + 1; j < len(s) && j < i+12; j++ {
		switch c := s[j]; {
		case isDigit(c) || c == ';':
		case c == 'm' && (j > i+1 || i > 0), c == 'K' && i > 0:
			return j + 1
		default:
			return 0
		}
	}
	return 0
}
