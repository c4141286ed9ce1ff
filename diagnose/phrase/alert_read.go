package phrase

import "bytes"

func alertByNumber(n int) *alertText {
	for i := range alertTexts {
		if alertTexts[i].number == n {
			return &alertTexts[i]
		}
	}
	return nil
}

// alertNamed finds the alert whose name line has at i, and where it ends.
func alertNamed(line []byte, i int) (*alertText, int) {
	for a := range alertTexts {
		for _, name := range alertTexts[a].names {
			end := i + len(name)
			if end <= len(line) && line[i] == name[0] && string(line[i:end]) == name && !isWord(byteAt(line, end)) {
				return &alertTexts[a], end
			}
		}
	}
	return nil, 0
}

// alertFillers are the words that may stand between "alert" and its name or
// number: "alert (Level: Fatal, Description: Certificate Unknown)".
var alertFillers = []string{"fatal", "warning", "level", "description", "desc", "number", "num", "code", "received", "message", "read", "write",
	"is", "from", "peer", "tls", "ssl", "error", "type", "server", "client", "remote", "the", "was", "sent", "protocol", "defined", "name", "value", "by", "with", "tlsv1", "tlsv13", "sslv3", "a", "unknown"}

// alertAfter reads an alert in the words that follow line[:i], over at most
// eight words of filling. A number counts where something announces it.
func alertAfter(line []byte, i int) (a *alertText, end int) {
	announced := true // directly after the word alert
	for words := 0; words < 8; {
		for i < len(line) && bytes.IndexByte([]byte(" :,;({[=-.>#\\/)]}"), line[i]) >= 0 {
			i++
		}
		if i >= len(line) {
			return nil, 0
		}
		if isDigit(line[i]) {
			n, j := 0, i
			for j < len(line) && isDigit(line[j]) && j-i < 4 {
				n, j = n*10+int(line[j]-'0'), j+1
			}
			known := alertByNumber(n)
			if named, e := alertAfterNumber(line, j); named != nil && (known == nil || named == known || n <= 2) {
				return named, e
			}
			if announced && known != nil && !isWord(byteAt(line, j)) && !continues(line, j) && !bytes.Contains(line[j:min(len(line), j+40)], []byte("desc")) {
				return known, j
			}
			i, announced = j, false
			words++
			continue
		}
		if a, end = alertNamed(line, i); a != nil {
			return a, end
		}
		j := i
		for j < len(line) && isWord(line[j]) {
			j++
		}
		word, ok := line[i:j], false
		for _, f := range alertFillers {
			if string(word) == f {
				ok = true
				break
			}
		}
		if !ok {
			return nil, 0
		}
		switch string(word) {
		case "number", "code", "description", "desc", "is", "value", "num", "unknown":
			announced = true
		case "level":
			announced = false
		}
		i = j
		words++
	}
	return nil, 0
}

// continues tells whether what ends before line[j] is only the first part of an
// address or a time.
func continues(line []byte, j int) bool {
	return bytes.IndexByte([]byte(".:/"), byteAt(line, j)) >= 0 && isDigit(byteAt(line, j+1))
}

// alertAfterNumber reads the name in "alert [48]: CA is unknown" or
// "fatal(2), description = certificate unknown".
func alertAfterNumber(line []byte, i int) (*alertText, int) {
	for i < len(line) && bytes.IndexByte([]byte(" :,;)]}-."), line[i]) >= 0 {
		i++
	}
	for _, w := range []string{"description", "desc"} {
		if bytes.HasPrefix(line[i:], []byte(w)) {
			i += len(w)
			for i < len(line) && bytes.IndexByte([]byte(" :=("), line[i]) >= 0 {
				i++
			}
		}
	}
	if i >= len(line) {
		return nil, 0
	}
	return alertNamed(line, i)
}

func byteAt(b []byte, i int) byte {
	if i < 0 || i >= len(b) {
		return 0
	}
	return b[i]
}
