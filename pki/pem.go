package pki

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"mutual/diagnose/cause"
)

// pemBlock is a block that could be decoded, if only leniently.
type pemBlock struct {
	label   string
	index   int // of the BEGIN line among all, from 1
	line    int // of the BEGIN line, from 1
	headers map[string]string
	der     []byte
}

// pemFault is a place where a file departs from RFC 7468 so that common
// programs fail or, worse, skip a block without a word.
type pemFault struct {
	code        cause.Code
	block, line int
	found, want string
	lost        bool // the block could not be decoded even leniently
}

const (
	pemBegin = "-----BEGIN "
	pemEnd   = "-----END "
	dashes   = "-----"
)

// maxFaults bounds the list for a file of pure noise.
const maxFaults = 50

// scanPEM finds every PEM block in data. Unlike encoding/pem it skips nothing
// silently: whatever looks like a block and is not one becomes a fault, and
// what can be read in spite of a fault is read.
func scanPEM(data []byte) ([]pemBlock, []pemFault) {
	s := &pemScanner{}
	s.text = s.decodeText(data)
	s.scan()
	return s.blocks, s.faults
}

type pemScanner struct {
	text   string
	pos    int // everything before is dealt with
	begins int // BEGIN lines seen

	lines    int // line breaks before linesPos
	linesPos int

	blocks []pemBlock
	faults []pemFault
}

func (s *pemScanner) fault(f pemFault) {
	if len(s.faults) < maxFaults {
		s.faults = append(s.faults, f)
	}
}

// decodeText turns data into text, and notes an encoding that hides blocks.
func (s *pemScanner) decodeText(data []byte) string {
	if text, ok := decodeUTF16(data); ok {
		s.fault(pemFault{code: cause.PEMBOMHidesBlock, block: 1, line: 1, found: "UTF-16 text", want: "plain ASCII or UTF-8 text"})
		return text
	}
	text := string(data)
	if strings.Contains(text, dashes+`\n`) || strings.Contains(text, dashes+`\r\n`) {
		s.fault(pemFault{code: cause.PEMTruncated, block: 1, line: 1, found: `line breaks written out as \n`, want: "real line breaks"})
		text = strings.ReplaceAll(strings.ReplaceAll(text, `\r\n`, "\n"), `\n`, "\n")
	}
	return text
}

// decodeUTF16 decodes text that Windows programs write, with or without a byte
// order mark.
func decodeUTF16(data []byte) (string, bool) {
	if len(data) < 4 || len(data)%2 != 0 {
		return "", false
	}
	var high, low int // offsets of the bytes of a unit
	switch {
	case data[0] == 0xff && data[1] == 0xfe, data[0] == '-' && data[1] == 0 && data[2] == '-' && data[3] == 0:
		high, low = 1, 0
	case data[0] == 0xfe && data[1] == 0xff, data[0] == 0 && data[1] == '-' && data[2] == 0 && data[3] == '-':
		high, low = 0, 1
	default:
		return "", false
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = uint16(data[2*i+high])<<8 | uint16(data[2*i+low])
	}
	return strings.TrimPrefix(string(utf16.Decode(units)), "\ufeff"), true
}

func (s *pemScanner) scan() {
	nextBegin, nextEnd := -1, -1
	for {
		nextBegin = s.nextFrom(nextBegin, pemBegin)
		nextEnd = s.nextFrom(nextEnd, pemEnd)
		switch {
		case nextEnd < nextBegin:
			s.fault(pemFault{code: cause.PEMTruncated, block: s.begins + 1, line: s.lineAt(nextEnd), lost: true,
				found: "an END line without its BEGIN line", want: "-----BEGIN before it"})
			s.pos = nextEnd + len(pemEnd)
		case nextBegin == len(s.text):
			return
		default:
			s.block(nextBegin)
		}
	}
}

// nextFrom finds marker at or after s.pos, given where it was found last.
func (s *pemScanner) nextFrom(last int, marker string) int {
	if last >= s.pos {
		return last
	}
	if i := strings.Index(s.text[s.pos:], marker); i >= 0 {
		return s.pos + i
	}
	return len(s.text)
}

// lineAt is the number of the line of offset; offsets must not decrease much.
func (s *pemScanner) lineAt(offset int) int {
	if offset < s.linesPos {
		s.lines, s.linesPos = 0, 0
	}
	part := s.text[s.linesPos:offset]
	n := strings.Count(part, "\n")
	if n == 0 && !strings.Contains(s.text, "\n") {
		n = strings.Count(part, "\r") // classic Mac OS
	}
	s.lines += n
	s.linesPos = offset
	return s.lines + 1
}

// block reads the block whose BEGIN is at begin and moves pos behind it.
func (s *pemScanner) block(begin int) {
	s.begins++
	b := pemBlock{index: s.begins, line: s.lineAt(begin)}
	s.checkBefore(begin, b)

	rest := s.text[begin+len(pemBegin):]
	line := rest[:lineEnd(rest)]
	label, _, ok := strings.Cut(line, dashes)
	if !ok {
		s.fault(pemFault{code: cause.PEMTruncated, block: b.index, line: b.line, lost: true, found: "a BEGIN line without its closing dashes"})
		s.pos = begin + len(pemBegin)
		return
	}
	b.label = strings.TrimSpace(label)
	bodyStart := begin + len(pemBegin) + len(label) + len(dashes)
	body := s.text[bodyStart:]
	end := strings.Index(body, dashes)
	if end < 0 || !strings.HasPrefix(body[end:], pemEnd) {
		f := pemFault{code: cause.PEMTruncated, block: b.index, line: b.line, lost: true, found: "BEGIN without END", want: dashes + "END " + b.label + dashes}
		switch {
		case end < 0:
			f.found = "the end of the file before the END line"
			s.pos = len(s.text)
		case strings.HasPrefix(body[end:], pemBegin):
			f.found = "another BEGIN line before the END line"
			s.pos = bodyStart + end
		default:
			s.pos = bodyStart + end + len(dashes)
		}
		s.fault(f)
		return
	}
	s.endLine(b, bodyStart+end)
	body = body[:end]
	s.checkLineBreaks(b, body)
	s.decode(b, body, bodyStart)
}

// checkBefore notes what stands on the BEGIN line before the dashes: programs
// look for the dashes at the start of a line only.
func (s *pemScanner) checkBefore(begin int, b pemBlock) {
	lineStart := strings.LastIndexAny(s.text[s.pos:begin], "\n\r") + 1 + s.pos
	before := s.text[lineStart:begin]
	found := ""
	switch {
	case lineStart == s.pos && s.pos > 0 && s.text[s.pos-1] != '\n' && s.text[s.pos-1] != '\r':
		found = "the END line of the block before, without a line break"
	case before == "":
		return
	case before == "\ufeff":
		found = "a byte order mark before BEGIN"
	case strings.TrimSpace(before) == "":
		found = "spaces before BEGIN"
	case strings.Trim(before, "\"' \t") == "":
		found = "a quotation mark before BEGIN"
	default:
		found = "other text before BEGIN on its line"
	}
	s.fault(pemFault{code: cause.PEMBOMHidesBlock, block: b.index, line: b.line, found: found, want: "BEGIN at the start of a line"})
}

// endLine checks the END line at offset and moves pos behind it.
func (s *pemScanner) endLine(b pemBlock, offset int) {
	rest := s.text[offset+len(pemEnd):]
	line := rest[:lineEnd(rest)]
	label, after, closed := strings.Cut(line, dashes)
	s.pos = offset + len(pemEnd) + len(label)
	if closed {
		s.pos += len(dashes)
	}
	f := pemFault{code: cause.PEMTruncated, block: b.index, line: s.lineAt(offset), want: dashes + "END " + b.label + dashes}
	label = strings.TrimSpace(strings.TrimRight(label, "- \t"))
	switch {
	case label != b.label:
		f.found = "the END line of another kind of block"
	case !closed:
		f.found = "an END line without its closing dashes"
	case strings.TrimSpace(after) != "" && !strings.HasPrefix(after, pemBegin):
		f.found = "other text behind END on its line"
	default:
		return
	}
	s.fault(f)
}

// checkLineBreaks notes data that shares a line with BEGIN or END.
func (s *pemScanner) checkLineBreaks(b pemBlock, body string) {
	trimmed := strings.Trim(body, " \t")
	if trimmed == "" || trimmed[0] == '\n' || trimmed[0] == '\r' {
		if trimmed == "" || strings.HasSuffix(trimmed, "\n") || strings.HasSuffix(trimmed, "\r") {
			return
		}
	}
	s.fault(pemFault{code: cause.PEMTruncated, block: b.index, line: b.line, found: "data on the same line as BEGIN or END", want: "BEGIN and END on lines of their own"})
}

// decode decodes body, which starts at offset, and keeps the block if it can.
func (s *pemScanner) decode(b pemBlock, body string, offset int) {
	headers, data := splitHeaders(body)
	b.headers = headers
	offset += len(body) - len(data)
	enc := make([]byte, 0, len(data))
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		case c >= utf8.RuneSelf || !strings.ContainsRune(base64Alphabet, rune(c)):
			s.fault(pemFault{code: cause.PEMTruncated, block: b.index, line: s.lineAt(offset + i), lost: true, found: "a character that base64 does not have"})
			return
		default:
			enc = append(enc, c)
		}
	}
	f := pemFault{code: cause.PEMTruncated, block: b.index, line: b.line, lost: true}
	if len(enc) == 0 {
		f.found = "nothing between BEGIN and END"
		s.fault(f)
		return
	}
	der, err := base64.StdEncoding.DecodeString(string(enc))
	if n, ok := derLength(der); err != nil || ok && n > len(der) {
		if plus, ok := blanksForPlus(data); ok {
			s.fault(pemFault{code: cause.PEMWrapped, block: b.index, line: b.line, found: "blanks where + should stand, as a decoder of forms leaves them", want: "+"})
			b.der = plus
			s.blocks = append(s.blocks, b)
			return
		}
	}
	if err != nil {
		f.found = "base64 that breaks off or is damaged"
		if len(enc)%4 != 0 {
			f.found = fmt.Sprintf("%d base64 characters, which is not a multiple of 4", len(enc))
		}
		s.fault(f)
		return
	}
	if at := blankLine(data); at >= 0 {
		s.fault(pemFault{code: cause.PEMTruncated, block: b.index, line: s.lineAt(offset + at),
			found: "a blank line in the base64 text, at which OpenSSL stops", want: "no blank line between BEGIN and END"})
	}
	b.der = der
	s.blocks = append(s.blocks, b)
}

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="

// blanksForPlus decodes base64 in which a blank stands for each +. In a text of
// one line the blanks in place of its line breaks, 64 characters apart, are none.
func blanksForPlus(data string) ([]byte, bool) {
	data = strings.Trim(data, " \t\r\n")
	var enc strings.Builder
	column, oneLine := 0, !strings.ContainsAny(data, "\r\n")
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case c == '\n' || c == '\r':
			column = 0
		case c == ' ' && oneLine && column == 64:
			column = 0
		case c == ' ':
			enc.WriteByte('+')
			column++
		default:
			enc.WriteByte(c)
			column++
		}
	}
	der, err := base64.StdEncoding.DecodeString(enc.String())
	if err != nil {
		return nil, false
	}
	n, ok := derLength(der)
	return der, ok && n == len(der)
}

// blankLine is the offset of a blank line behind the first line of base64, or
// -1. Before the first, OpenSSL takes one for the end of headers.
func blankLine(data string) int {
	offset, begun := 0, false
	for line := range strings.Lines(data) {
		text := strings.TrimSpace(line)
		if text == "" && begun && strings.HasSuffix(line, "\n") {
			return offset
		}
		begun = begun || text != ""
		offset += len(line)
	}
	return -1
}

// splitHeaders separates the RFC 1421 headers of a block ("Proc-Type: ...")
// from its data.
func splitHeaders(body string) (map[string]string, string) {
	var headers map[string]string
	rest := strings.TrimLeft(body, " \t\r\n")
	for {
		n := lineEnd(rest)
		key, value, ok := strings.Cut(rest[:n], ":")
		if !ok {
			if headers == nil {
				return nil, body
			}
			return headers, rest
		}
		if headers == nil {
			headers = map[string]string{}
		}
		headers[strings.TrimSpace(key)] = strings.TrimSpace(value)
		rest = strings.TrimLeft(rest[n:], "\r\n")
	}
}

// lineEnd is the length of the first line of s, without its break.
func lineEnd(s string) int {
	if i := strings.IndexAny(s, "\n\r"); i >= 0 {
		return i
	}
	return len(s)
}
