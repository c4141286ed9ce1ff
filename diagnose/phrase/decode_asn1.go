package phrase

import (
	"bytes"
	"fmt"
)

// Where a parser of DER or of a key store met another kind of file, its
// message has the first bytes of that file, as numbers. They tell what the
// file is.

// fileBegins reports what a file is that starts with the bytes first and, 0
// for not known, second, and which code that is where DER or PKCS #12 was
// expected.
func fileBegins(first, second byte) (what string, c *meaning) {
	switch first {
	case '-':
		return "PEM text, where the binary form is expected", pemNotDER
	case 'M':
		return "base64 without the lines BEGIN and END", pemNotDER
	case 'B', 'C', 's', 'S', 'd', 'i', 'K', 'L':
		return "text before the data (such as \"Bag Attributes\")", pemNotDER
	case '<':
		return "an HTML or XML page", notAFile
	case '{', '[':
		return "JSON", notAFile
	case 0xfe:
		if second == 0xed || second == 0 {
			return "a Java key store of the type JKS", storeOfOtherType
		}
		return "text in UTF-16", pemNotDER
	case 0xff:
		return "text in UTF-16", pemNotDER
	case 0xce:
		return "a Java key store of the type JCEKS", storeOfOtherType
	case 0xef:
		return "a byte order mark before the data", pemNotDER
	case 'P':
		return "a ZIP archive", notAFile
	case 0x1f:
		return "a gzip archive", notAFile
	case '\n', '\r', ' ', '\t':
		return "a blank line or a space before the data", pemNotDER
	}
	return "", nil
}

func otherFile(first, second byte, start, end int) (found, bool) {
	what, c := fileBegins(first, second)
	if c == nil {
		return found{}, false
	}
	return found{cause: c, stack: "ASN.1 parser", sure: true, alert: -1, depth: -1, start: start, end: end,
		note: fmt.Sprintf("the file begins with byte 0x%02x: %s", first, what), vars: map[string]string{"found": what}}, true
}

// readTag reads Java's "toDerInputStream rejects tag type 45", "tag: 77" and
// their like: the first byte as a number.
func readTag(line []byte, start, end int) (found, bool) {
	n, stop, ok := number(line, skip(line, end, " :=("))
	if !ok || n < -128 || n > 255 || n == 0x30 {
		return found{}, false
	}
	return otherFile(byte(n), 0, start, stop)
}

// readLengthTag reads Java's "DerInputStream.getLength(): lengthTag=109, too
// big.": the second byte without its highest bit.
func readLengthTag(line []byte, start, end int) (found, bool) {
	n, stop, ok := number(line, skip(line, end, " :=("))
	if !ok {
		return found{}, false
	}
	switch n {
	case 0x6d:
		return otherFile(0xfe, 0xed, start, stop)
	case 0x4e:
		return otherFile(0xce, 0xce, start, stop)
	case 0x7e, 0x7f:
		return otherFile(0xff, 0xfe, start, stop)
	case 0x3b:
		return otherFile(0xef, 0xbb, start, stop)
	}
	return found{}, false
}

// readGoTag reads Go's "tags don't match (16 vs {class:0 tag:13 length:45
// isCompound:true})": class, form and number of the first byte apart.
func readGoTag(line []byte, start, end int) (found, bool) {
	rest := line[end:min(len(line), end+90)]
	class, ok1 := numberAfter(rest, "class:")
	tag, ok2 := numberAfter(rest, "tag:")
	length, ok3 := numberAfter(rest, "length:")
	if !ok1 || !ok2 || !ok3 || class > 3 || tag > 31 {
		return found{}, false
	}
	first := byte(class<<6 | tag)
	if bytes.Contains(rest, []byte("iscompound:true")) {
		first |= 0x20
	}
	return otherFile(first, byte(length), start, end+len(rest))
}

// readTagNumber reads parsers that tell class and number of a tag, and not its
// form: .NET's "tagged with 'Universal' class value '13'", Bouncy Castle's
// "unknown tag 13 encountered", Erlang's "{{expected,16},{got,13,". Of the two
// bytes that this can be, the one that some kind of file begins with counts.
func readTagNumber(line []byte, start, end int) (found, bool) {
	i := skip(line, end, " :=('")
	class := 0
	for n, name := range []string{"universal class value ", "application class value ", "contextspecific class value ", "private class value "} {
		if bytes.HasPrefix(line[i:], []byte(name)) {
			class, i = n, i+len(name)
		}
	}
	n, stop, ok := number(line, i)
	if !ok || n < 0 {
		return found{}, false
	}
	if n >= 1<<16 { // Erlang keeps the class above the number
		class, n = n>>16, n&0xffff
	}
	if n > 31 || class > 3 {
		return found{}, false
	}
	b := byte(class<<6 | n)
	if f, ok := otherFile(b|0x20, 0, start, stop); ok {
		return f, true
	}
	return otherFile(b, 0, start, stop)
}

// readRustTag reads "UnexpectedTag { actual: Tag { value: 13, constructed:
// true, class: Universal } }", as Python's cryptography prints it.
func readRustTag(line []byte, start, end int) (found, bool) {
	rest := line[end:min(len(line), end+120)]
	n, ok := numberAfter(rest, "value: ")
	if !ok || n > 31 {
		return found{}, false
	}
	b := byte(n)
	for class, name := range []string{"universal", "application", "contextspecific", "private"} {
		if bytes.Contains(rest, []byte("class: "+name)) {
			b |= byte(class << 6)
		}
	}
	if bytes.Contains(rest, []byte("constructed: true")) {
		b |= 0x20
	}
	return otherFile(b, 0, start, end+len(rest))
}

// number reads a decimal number, or one in hexadecimal after 0x.
func number(line []byte, i int) (n, end int, ok bool) {
	if !bytes.HasPrefix(line[min(i, len(line)):], []byte("0x")) {
		return integer(line, i)
	}
	for end = i + 2; end < len(line) && end < i+10; end++ {
		v, hex := hexDigit(line[end])
		if !hex {
			break
		}
		n = n<<4 | int(v)
	}
	return n, end, end > i+2
}

func numberAfter(line []byte, word string) (int, bool) {
	i := bytes.Index(line, []byte(word))
	if i < 0 {
		return 0, false
	}
	n, _, ok := integer(line, i+len(word))
	return n, ok && n >= 0
}
