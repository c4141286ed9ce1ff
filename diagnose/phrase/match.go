package phrase

import (
	"slices"
	"strings"

	"mutual/diagnose/cause"
)

// A found is one error in one line.
type found struct {
	cause      *meaning
	codes      likely // overrides the cause's
	stack      string
	by         side
	fixed      bool // by cannot be otherwise
	soft       bool // the words are in use outside of TLS, or in many programs
	sure       bool // read from bytes or numbers that say more than the words around them
	sent       bool // an alert that the speaker itself sent
	alert      int  // -1: none
	depth      int  // of the certificate it is about, -1: not known
	note       string
	inner      []string
	how        how
	vars       map[string]string // what it tells of the case in hand, by the names that rules use; shared, read only
	start, end int

	raw    string // the line it stands in
	folded int    // the length of that line's comparable form
	object bool   // the line is JSON, and start and end are within one value
	line   int
	text   string // what is shown of the line
	count  int
	level  int // how deep in a chain of "Caused by:" it stands
}

// heardAs settles which side a found is from. Of codes in an order of its
// own, those stay in front that the cause can have from that side.
func (f *found) heardAs(by side) {
	if f.codes != nil && f.cause.byServer != nil && f.by != by {
		list := f.cause.codes(by, -1)
		var own likely
		for _, code := range f.codes {
			if slices.Contains(list, code) {
				own = addCode(own, code)
			}
		}
		if f.codes = nil; f.by == neither {
			for _, code := range list {
				own = addCode(own, code)
			}
			f.codes = own
		}
	}
	f.by = by
}

// show is what of its line a found is shown with.
func (s *scan) show(f found) string {
	if f.object {
		for _, v := range s.readJSON(f.raw, hint{}, 0) {
			if v.cause == f.cause {
				return v.text
			}
		}
	}
	return excerpt(f.raw, f.folded, f.start, f.end)
}

// withoutWrappers leaves out the errors that only say that something failed
// where, within a few lines, the one that says what is found as well. They
// become notes of that one. s.done is in order.
func (s *scan) withoutWrappers() []found {
	var kept []found
next:
	for _, f := range s.done {
		for i := range kept {
			k := &kept[i]
			if k.explains(&f) {
				if f.alert >= 0 && f.alert == k.alert && f.sent && !k.sent {
					k.sent, k.by, k.stack = true, f.by, f.stack // who sent it is known here
				}
				k.learn(f.vars)
				if len(k.inner) < 8 && f.note != "" && !contains(k.inner, f.note) {
					k.inner = append(k.inner, f.note)
				}
				continue next
			}
		}
		kept = append(kept, f)
	}
	return kept
}

// explains tells whether f only repeats k in other words: it says no more than
// that something failed there, or it is the alert with which the speaker tells
// the other side what it found, or it is read in the same statement.
func (k *found) explains(f *found) bool {
	const statement = 200 // bytes
	if f.line == k.line && f.object == k.object && (f.object && f.text == k.text || !f.object && f.start-k.end < statement && k.start-f.end < statement) {
		return true
	}
	if f.count > k.count || f.line-k.line > near || k.line-f.line > near {
		return false
	}
	if k.alert >= 0 && k.alert == f.alert && (f.by == neither || k.by == neither || f.by == k.by) {
		return true // told twice, once without who sent it
	}
	return k.cause.rank < verdict && f.cause.rank >= verdict ||
		k.cause.rank <= vague && f.sent && (k.by == f.by || k.by == neither || f.by == neither)
}

// fillIn puts what a text tells into a sentence with <placeholders>.
func fillIn(sentence string, told map[string]string) string {
	if file := told["file"]; file != "" && !strings.ContainsAny(file, " '\"$\\;&()") {
		sentence = strings.ReplaceAll(strings.ReplaceAll(sentence, "inspect <file>", "inspect "+file), "inspect <key>", "inspect "+file)
	}
	if address := told["address"]; address != "" {
		sentence = strings.ReplaceAll(sentence, "<host>:<port>", address)
	}
	return sentence
}

// match is what the caller gets to see of a found.
func (f *found) match() Match {
	m := Match{Text: f.text, Line: f.line, Count: f.count, Stack: f.stack, Means: f.cause.means}
	f.learn(f.cause.vars)
	f.tell()
	m.Details, m.Form = f.vars, f.cause.form
	shown := string(fold(nil, f.text))
	for _, note := range append([]string{f.note}, f.inner...) {
		// What can be read in the line itself needs no telling.
		if n := string(fold(nil, note)); n != "" && !strings.Contains(n, "…") && !strings.Contains(shown, n) && !contains(m.Inner, note) {
			m.Inner = append(m.Inner, note)
		}
	}
	if f.alert >= 0 {
		n := f.alert
		m.Alert = &n
	}
	by := f.by
	switch f.cause.kind {
	case local:
		m.Speaker = AboutLocalFile
	case connection:
		m.Speaker = AboutConnection
	case alert:
		if f.sent { // then the speaker itself judges, and the codes are those of its quoting peer
			m.Speaker = [...]Speaker{SpeakerUnknown, ClientAboutServer, ServerAboutClient}[by]
			by = by.other()
		} else {
			m.Speaker = [...]Speaker{SpeakerUnknown, ClientQuotesServer, ServerQuotesClient}[by]
		}
	default:
		m.Speaker = [...]Speaker{SpeakerUnknown, ClientAboutServer, ServerAboutClient}[by]
	}
	list := f.codes
	switch {
	case f.sent && f.cause.found != nil:
		list, m.Means = f.cause.found.codes(f.by, f.depth), f.cause.found.means
	case list == nil || f.depth > 0 && f.cause.issuer != nil:
		list = f.cause.codes(by, f.depth)
	}
	for _, code := range list {
		if f.sent && code == cause.PeerRejectedOurServerCert {
			continue // it is the speaker that rejects
		}
		m.Codes = append(m.Codes, Candidate{Code: code, TellApart: fillIn(Settle(code), f.vars)})
	}
	return m
}
