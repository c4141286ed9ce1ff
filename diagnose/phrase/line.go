package phrase

import (
	"bytes"
	"strings"
)

var tlsWords = [][]byte{[]byte("tls"), []byte("ssl"), []byte("https"), []byte("x509"), []byte("certificate"), []byte("handshake")}

func speaksOfTLS(line []byte) bool {
	for _, w := range tlsWords {
		if bytes.Contains(line, w) {
			return true
		}
	}
	return false
}

// otherSignatures are words of programs that shake hands and verify signatures
// without TLS: SSH, OpenPGP, tokens, packages.
var otherSignatures = [][]byte{[]byte("ssh"), []byte("sshd"), []byte("gpg"), []byte("pgp"), []byte("openpgp"), []byte("jwt"), []byte("jws"), []byte("jose"), []byte("saml"),
	[]byte("dkim"), []byte("dnssec"), []byte("cosign"), []byte("sigstore"), []byte("minisign"), []byte("signify"), []byte("rpm"), []byte("apk"), []byte("publickey"),
	[]byte("host key"), []byte("hostkey"), []byte("host_key"), []byte("ssh_dispatch_run_fatal"), []byte("key_verify"), []byte("known_hosts"), []byte("kex"), []byte("paramiko"),
	[]byte("jsch"), []byte("git commit"), []byte("firmware"), []byte("webhook signature"), []byte("id token"), []byte("id_token")}

// speaksOfOther tells whether a line is about such a signature, and not about
// TLS in so many words.
func speaksOfOther(line []byte) bool {
	for _, w := range tlsWords[:4] {
		if bytes.Contains(line, w) {
			return false
		}
	}
	for _, w := range otherSignatures {
		for at := 0; ; {
			i := bytes.Index(line[at:], w)
			if i < 0 {
				break
			}
			if at += i; !isWord(byteAt(line, at-1)) && !isWord(byteAt(line, at+len(w))) {
				return true
			}
			at += len(w)
		}
	}
	return false
}

// continuesEntry tells whether a line is, by its looks, a further one of the
// log entry before it: a line of a stack trace.
func continuesEntry(raw string) bool {
	return raw != "" && (raw[0] == ' ' || raw[0] == '\t' || raw[0] == '}') || strings.HasPrefix(raw, "Caused by") || strings.HasPrefix(raw, "at ")
}

// standsAlone tells whether line[start:end] is a clause of its own: "error:
// self signed certificate", "18:self signed certificate (depth 0)", but not
// "generated a self signed certificate for localhost".
func standsAlone(line []byte, start, end int) bool {
	before := bytes.TrimRight(line[:start], " ")
	if len(before) > 0 && bytes.IndexByte([]byte(":([{|=,;>]).-"), before[len(before)-1]) < 0 {
		last := before[bytes.LastIndexByte(before, ' ')+1:]
		switch string(last) {
		case "error", "err", "fatal", "warn", "warning", "err!", "reason", "code", "failed", "failure", "problem", "exception", "result", "is", "got", "returned", "by", "a", "the":
		default:
			if !isDigit(last[len(last)-1]) {
				return false
			}
		}
		if s := string(last); s == "a" || s == "the" || s == "is" || s == "by" {
			sentence := before[bytes.LastIndex(before, []byte(". "))+1:]
			if !bytes.Contains(sentence, []byte("error")) && !bytes.Contains(sentence, []byte("fail")) {
				return false
			}
		}
	}
	after := bytes.TrimLeft(line[end:], " ")
	if len(after) == 0 || bytes.IndexByte([]byte(":)]}|,;.(<!&/-["), after[0]) >= 0 || isDigit(after[0]) {
		return true
	}
	next := after
	if i := bytes.IndexByte(after, ' '); i >= 0 {
		next = after[:i]
	}
	switch string(next) {
	case "at", "in", "while", "from", "during", "when", "error", "errno", "code", "alert", "err", "ssl", "num", "depth", "by", "lib", "and", "cert", "to", "client", "host", "peer", "remote", "url", "line":
		return true
	}
	return bytes.IndexByte(next, '=') > 0
}

// states tells whether what stands at start is stated as a fact: not on a
// condition, as advice, or of something that went well.
func states(line []byte, start int) bool {
	sentence := line[:start]
	sentence = sentence[bytes.LastIndex(sentence, []byte(". "))+1:]
	if before := bytes.TrimRight(sentence, " "); len(before) > 0 && isDigit(before[len(before)-1]) && !bytes.HasSuffix(sentence, []byte(":")) {
		return false // a count
	}
	for word := range bytes.FieldsFuncSeq(sentence, func(r rune) bool { return r < '0' || r > '9' && r < 'a' || r > 'z' && r < 0x80 }) {
		switch string(word) {
		case "if", "when", "once", "before", "until", "unless", "whether", "how", "should", "every", "each", "any", "no", "ok", "renewed", "issued", "obtained", "successfully", "new":
			return false
		}
	}
	return true
}

// depthIn reads the depth that a line states for a certificate: "depth=1",
// "at depth 0", "depth: 2".
func depthIn(line []byte) (int, bool) {
	for from := 0; ; {
		i := bytes.Index(line[from:], []byte("depth"))
		if i < 0 {
			return 0, false
		}
		if i += from; i > 5 && string(line[i-5:i-2]) == "at " && isDigit(line[i-2]) {
			return int(line[i-2] - '0'), true
		}
		from = i + len("depth")
		j := from
		for j < len(line) && j < from+4 && bytes.IndexByte([]byte(" =:[("), line[j]) >= 0 {
			j++
		}
		if j > from && j < len(line) && isDigit(line[j]) && !isDigit(byteAt(line, j+1)) {
			return int(line[j] - '0'), true
		}
	}
}

const longest = 400 // bytes of a line that are shown

// excerpt is a line as people should see it; of a long one, the part around
// the error at folded[start:end].
func excerpt(raw string, folded, start, end int) string {
	if len(raw) <= longest {
		return plain(raw)
	}
	at := int(int64(start) * int64(len(raw)) / int64(max(1, folded)))
	if len(raw) < 1<<16 {
		lo, hi := 0, len(raw)
		var buf []byte
		for lo < hi {
			mid := (lo + hi) / 2
			if buf = fold(buf[:0], raw[:mid]); len(buf) < start {
				lo = mid + 1
			} else {
				hi = mid
			}
		}
		at = lo
	}
	from := max(0, at-longest/3)
	to := min(len(raw), from+longest)
	for from > 0 && raw[from]&0xc0 == 0x80 {
		from--
	}
	for to < len(raw) && raw[to]&0xc0 == 0x80 {
		to++
	}
	text := plain(raw[from:to])
	if from > 0 {
		text = "…" + text
	}
	if to < len(raw) {
		text += "…"
	}
	return text
}

// endOfFile reads the ": EOF" that Go's errors end with. It has no five bytes
// to file it under.
func endOfFile(line []byte) (found, bool) {
	if !bytes.HasSuffix(line, []byte(": eof")) || len(line) == len(": eof") {
		return found{}, false
	}
	return found{cause: silentEnd, stack: "Go", how: nearTLS, soft: true, alert: -1, depth: -1,
		start: len(line) - 3, end: len(line), note: "EOF"}, true
}

// wholeText reads a text that means something only when it stands alone: a
// bare "EOF", an alert's name, a number.
func wholeText(text string) (found, bool) {
	line := fold(nil, text)
	for _, p := range []string{"error:", "fatal:", "err:", "error ", "code "} {
		line = bytes.TrimSpace(bytes.TrimPrefix(line, []byte(p)))
	}
	line = bytes.TrimRight(line, ".!, ")
	f := found{alert: -1, depth: -1, line: 1, count: 1, text: plain(text)}
	for _, t := range theIndex().tables {
		for i := range t.texts {
			if t.texts[i].how == whole && string(fold(nil, t.texts[i].text)) == string(line) {
				f.cause, f.codes, f.stack, f.by, f.note = t.texts[i].cause, t.texts[i].codes, t.stack, t.by, t.texts[i].text
				return f, true
			}
		}
	}
	if len(line) == 0 {
		return f, false
	}
	if a, end := alertNamed(line, 0); a != nil && end == len(line) {
		f.cause, f.stack, f.alert = a.cause, "TLS alert", a.number
		return f, true
	}
	if g, ok := bareNumber(string(line)); ok {
		g.line, g.count, g.text = 1, 1, plain(text)
		return g, true
	}
	return f, false
}
