package phrase

import (
	"unicode/utf8"
)

// fold appends to dst the comparable form of a line: lower case, without
// colours, quotes and control characters; white space runs, underscores and
// hyphens within words become one space. The same form is taken of the known
// texts, so "Self-Signed  certificate", 'self_signed certificate' and
// “self signed certificate” are one.
func fold(dst []byte, line string) []byte {
	space := true // nothing to separate yet
	for i := 0; i < len(line); {
		c := line[i]
		if f := folded[c]; f != 0 {
			dst = append(dst, f)
			space = false
			i++
			continue
		}
		if c < utf8.RuneSelf {
			switch {
			case c == 0x1b:
				i += escapeLen(line[i:])
				continue
			case c == 0: // the half of a UTF-16 character
				i++
				continue
			case c == '&':
				if r, n, ok := escape(line[i:]); ok {
					i += n
					dst, space = foldRune(dst, r, space)
					continue
				}
				i++
			case c == '[' || c == '^' || c == '#' || c == '\\' && colourLen(line[i:]) > 0:
				if n := colourLen(line[i:]); n > 0 {
					i += n
					continue
				}
				i++
			case c == '\\' && i+1 < len(line):
				i++
				switch line[i] {
				case 'n', 'r', 't': // an escaped line end; in a Windows path it does no harm
					c = ' '
					i++
				case '"', '\'', '\\', '`':
					continue // the quoted character is dropped, or looked at, next
				case 'u':
					if r, ok := hex4(line, i+1); ok {
						i += 5
						dst, space = foldRune(dst, r, space)
						continue
					}
				}
			default:
				i++
			}
			dst, space = foldByte(dst, c, space, lineAt(line, i))
			continue
		}
		r, n := utf8.DecodeRuneInString(line[i:])
		i += n
		dst, space = foldRune(dst, r, space)
	}
	if n := len(dst); n > 0 && dst[n-1] == ' ' {
		dst = dst[:n-1]
	}
	return dst
}

// folded has the comparable form of each byte that is one whatever stands
// around it, 0 for the others.
var folded = func() (t [256]byte) {
	for c := byte('!'); c < 0x7f; c++ {
		switch {
		case 'A' <= c && c <= 'Z':
			t[c] = c + 'a' - 'A'
		case c == '"', c == '\'', c == '`', c == '_', c == '-', c == '\\', c == '&', c == '[', c == '^', c == '#':
		default:
			t[c] = c
		}
	}
	return t
}()

func foldByte(dst []byte, c byte, space bool, next byte) ([]byte, bool) {
	switch {
	case 'A' <= c && c <= 'Z':
		return append(dst, c+'a'-'A'), false
	case c == '"' || c == '\'' || c == '`':
		return dst, space
	case c == '_':
		c = ' '
	case c == '-' && len(dst) > 0 && isLetter(dst[len(dst)-1]) && isLetter(next):
		c = ' '
	case c < ' ' || c == 0x7f:
		c = ' '
	}
	if c == ' ' {
		if space {
			return dst, true
		}
		return append(dst, ' '), true
	}
	return append(dst, c), false
}

func foldRune(dst []byte, r rune, space bool) ([]byte, bool) {
	switch {
	case r < utf8.RuneSelf:
		return foldByte(dst, byte(r), space, ' ')
	case r >= 0x2018 && r <= 0x201f, r == 0xab, r == 0xbb, r == 0xb4, r == 0x2032, r == 0x2033,
		r == 0xfeff, r == 0x200b, r == 0x200c, r == 0x200d, r == 0x2060, r == utf8.RuneError:
		return dst, space
	case r == 0xa0, r >= 0x2000 && r <= 0x200a, r == 0x202f, r == 0x3000:
		return foldByte(dst, ' ', space, ' ')
	case r == 0x2010 || r == 0x2011:
		return foldByte(dst, '-', space, 'a')
	case r >= 0x2012 && r <= 0x2015:
		return foldByte(dst, '-', space, ' ')
	case r >= 0xff01 && r <= 0xff5e: // full-width forms
		return foldByte(dst, byte(r-0xfee0), space, ' ')
	}
	return utf8.AppendRune(dst, r), false
}

// escapeLen is the length of the terminal escape sequence that s starts with
// (ECMA-48 §5.4), at least 1.
func escapeLen(s string) int {
	if len(s) < 2 {
		return 1
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
		}
		return len(s)
	case ']': // ends with BEL or ST; bounded, so that a stray one does not eat a line
		for i := 2; i < len(s) && i < 256; i++ {
			if s[i] == 7 {
				return i + 1
			}
			if s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\' {
				return i + 2
			}
		}
		return 2
	}
	return 2
}

// plain is a line as people should see it: without colours and control
// characters, trimmed.
func plain(line string) string {
	out := make([]byte, 0, len(line))
	for i := 0; i < len(line); {
		switch c := line[i]; {
		case c == 0x1b:
			i += escapeLen(line[i:])
			continue
		case c == '[' || c == '^' || c == '\\' || c == '#':
			if n := colourLen(line[i:]); n > 0 {
				i += n
				continue
			}
			out = append(out, c)
		case c == '&':
			if r, n, ok := escape(line[i:]); ok {
				if r >= ' ' && r != 0x7f {
					out = utf8.AppendRune(out, r)
				}
				i += n
				continue
			}
			out = append(out, c)
		case c == '\t':
			out = append(out, ' ')
		case c < ' ' || c == 0x7f:
		default:
			out = append(out, c)
		}
		i++
	}
	return trimSpace(string(out))
}

func trimSpace(s string) string {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for len(s) > 0 && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

func lineAt(s string, i int) byte {
	if i < 0 || i >= len(s) {
		return 0
	}
	return s[i]
}

func hex4(s string, i int) (rune, bool) {
	if i+4 > len(s) {
		return 0, false
	}
	var r rune
	for _, c := range []byte(s[i : i+4]) {
		v, ok := hexDigit(c)
		if !ok {
			return 0, false
		}
		r = r<<4 | rune(v)
	}
	return r, true
}

func hexDigit(c byte) (uint64, bool) {
	switch {
	case '0' <= c && c <= '9':
		return uint64(c - '0'), true
	case 'a' <= c && c <= 'f':
		return uint64(c-'a') + 10, true
	case 'A' <= c && c <= 'F':
		return uint64(c-'A') + 10, true
	}
	return 0, false
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isWord(c byte) bool   { return isLetter(c) || isDigit(c) }
