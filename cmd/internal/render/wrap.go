package render

import (
	"strings"
	"unicode"
)

// Wrap breaks text between words into lines of at most width columns. A word
// that is longer stands alone on its line, unbroken, so that it can be copied.
func Wrap(text string, width int) []string {
	var lines []string
	line, columns := "", 0
	for _, word := range strings.Fields(text) {
		n := Columns(word)
		switch {
		case line == "":
			line, columns = word, n
		case columns+1+n <= width:
			line, columns = line+" "+word, columns+1+n
		default:
			lines = append(lines, line)
			line, columns = word, n
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// WrapCommand breaks a command between its words into lines of at most width
// columns, each but the last ended by a backslash, the further ones indented
// by two. What stands in quotes is one word.
func WrapCommand(command string, width int) []string {
	words := shellWords(command)
	if command = strings.Join(words, " "); Columns(command) <= width {
		return []string{command}
	}
	var lines []string
	line := ""
	for i, word := range words {
		room := width - 2 // for " \"
		if i == len(words)-1 {
			room = width
		}
		switch {
		case line == "":
			line = word
		case Columns(line)+1+Columns(word) <= room && !flagWithValue(words, i, Columns(line), room):
			line += " " + word
		default:
			lines = append(lines, line+" \\")
			line = "  " + word
		}
	}
	return append(lines, line)
}

// flagWithValue reports whether word i is a flag whose value would not fit
// beside it: the two belong on one line.
func flagWithValue(words []string, i, columns, room int) bool {
	if !strings.HasPrefix(words[i], "--") || i+1 >= len(words) || strings.HasPrefix(words[i+1], "-") {
		return false
	}
	return columns+2+Columns(words[i])+Columns(words[i+1]) > room
}

// shellWords splits at spaces outside of quotes and keeps the quotes. A quote
// behind a backslash, outside of others, is none.
func shellWords(s string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	escaped := false
	for _, r := range s {
		switch {
		case escaped:
			escaped = false
		case quote != '\'' && r == '\\':
			escaped = true
		case quote == 0 && r == ' ':
			if word.Len() > 0 {
				words = append(words, word.String())
				word.Reset()
			}
			continue
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		case r == quote:
			quote = 0
		}
		word.WriteRune(r)
	}
	if word.Len() > 0 {
		words = append(words, word.String())
	}
	return words
}

// Columns is how wide text stands on a terminal: East Asian wide characters
// and emoji take two columns, combining marks none.
func Columns(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
		case wide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

// wide follows the blocks of Unicode's EastAsianWidth W and F.
func wide(r rune) bool {
	return r >= 0x1100 && r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf && r != 0x303f ||
		r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff || r >= 0xfe30 && r <= 0xfe6f ||
		r >= 0xff00 && r <= 0xff60 || r >= 0xffe0 && r <= 0xffe6 ||
		r >= 0x1f300 && r <= 0x1f64f || r >= 0x1f900 && r <= 0x1f9ff || r >= 0x20000 && r <= 0x3fffd
}
