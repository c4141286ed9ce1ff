package diagnose

import (
	"regexp"
	"strings"
)

// filler completes what the rules say by what is known of the connection.
//
// In prose {name} becomes the value; where it is not known, {name|words} becomes
// the words and {name} a word that stands for any such value. What stands in
// brackets is left out unless all values in it are known.
//
// In a command {name} becomes the value as one word of a shell, and <name> where
// it is not known, {name|words} then <words>. {name+end} is a new file beside
// the file {name}: its name, with end in place of what follows its last dot.
type filler struct {
	f      *Examination // nil: nothing is known
	side   Side         // whose certificate the finding is about
	depth  int          // where it stands in the chain; 0 is the leaf
	values map[string]string
	words  map[string]string // in a command, quoted as they have to be
}

var (
	bracketed   = regexp.MustCompile(`\[([^\[\]]*\{[^\[\]]*)\]`)
	placeholder = regexp.MustCompile(`\{(\w+)(?:\+([\w.-]+)|\|([^{}]*))?\}`)
)

// general is the filler of prose that is shown without a connection.
func general(side Side) *filler {
	return &filler{side: side, values: map[string]string{"party": string(side)},
		words: map[string]string{"target": "<host>:<port>", "trust": "--cacert <ca-certificate>", "sans": "--san <name>",
			"identity": "--cert <client-certificate> --key <client-key>"}}
}

// General is the rule as it is shown without a connection: words that fit any
// value in its prose, and placeholders <like-this> in its commands.
func (r Rule) General() Rule { return r.Told("", nil) }

// Told is the rule as it is shown of what another program said: with the values
// that its text tells, and else in general form. A form of the cause that has a
// fix of its own comes with that one.
func (r Rule) Told(form string, values map[string]string) Rule {
	x := general(r.Side)
	if r.Stage == Chain {
		x.side = ""
		delete(x.values, "party")
	}
	for name, value := range values {
		x.values[name] = value
	}
	if host, port := values["host"], values["port"]; host != "" && port != "" {
		x.words["target"] = ShellWord(host + ":" + port)
	}
	if fix, ok := toldFixes[form]; ok {
		r.Fix = fix
	}
	r.Title, r.Why, r.Fix = x.prose(r.Title), x.prose(r.Why), x.steps(r.Fix)
	return r
}

// anyValue is what stands in prose for a value that is not known.
var anyValue = map[string]string{
	"party": "other side", "subject": "the certificate", "issuer": "its issuer", "host": "the host", "port": "the port", "address": "the address",
	"name": "the one asked for", "names": "other names", "ca": "its CA", "issued": "what is below it", "file": "the file", "proxy": "the proxy",
	"protocol": "another protocol", "store": "other CAs", "sni": "asked for", "location": "the address",
}

func (x *filler) prose(text string) string {
	text = bracketed.ReplaceAllStringFunc(text, func(part string) string {
		for _, m := range placeholder.FindAllStringSubmatch(part, -1) {
			if x.values[m[1]] == "" {
				return ""
			}
		}
		return part[1 : len(part)-1]
	})
	return placeholder.ReplaceAllStringFunc(text, func(part string) string {
		m := placeholder.FindStringSubmatch(part)
		if value, ok := x.values[m[1]]; ok {
			return value
		}
		if strings.Contains(part, "|") {
			return m[3]
		}
		if any, ok := anyValue[m[1]]; ok {
			return any
		}
		return part
	})
}

func (x *filler) command(text string) string {
	var out []string
	if x.f != nil {
		x.words["trust"] = x.f.trustFlags(text)
	}
	for template := range strings.SplitSeq(text, " ") {
		if word := placeholder.ReplaceAllStringFunc(template, x.word); word != "" {
			out = append(out, word)
		}
	}
	return strings.Join(out, " ")
}

// word is one placeholder of a command filled.
func (x *filler) word(part string) string {
	m := placeholder.FindStringSubmatch(part)
	name, end, words := m[1], m[2], m[3]
	if end != "" {
		return x.newFile(x.values[name], end)
	}
	if word, ok := x.words[name]; ok {
		return word
	}
	if value := x.values[name]; value != "" {
		return ShellFile(value)
	}
	if words == "" {
		words = strings.ReplaceAll(name, "_", "-")
	}
	return "<" + words + ">"
}

// justRun reports whether a command would show no more than the one that has
// just run.
func (x *filler) justRun(command string) bool {
	return x.f != nil && x.f.Command == "inspect" && strings.HasPrefix(command, "mutual inspect ") && !strings.Contains(command, "--write-pem")
}

// steps fills each step, and puts what they stand for in place of those that
// depend on the facts. Of fragments for several programs it keeps those of the
// one that was seen.
func (x *filler) steps(template Steps) Steps {
	var out Steps
	seen := x.f.program()
	only := false
	for _, s := range template {
		only = only || s.Kind == Fragment && seen != "" && strings.HasPrefix(s.In, seen)
	}
	for _, s := range template {
		switch s.Kind {
		case renewal:
			if s.In != "" {
				of := *x
				of.side, of.depth = Side(s.In), 0
				out = append(out, of.renewal(s.Text)...)
				continue
			}
			out = append(out, x.renewal(s.Text)...)
		case fresh:
			out = append(out, x.another()...)
		case retrying:
			out = append(out, x.again(strings.Fields(s.Text))...)
		case Command:
			s.Text = x.command(s.Text)
			if x.justRun(s.Text) {
				if last := len(out) - 1; last >= 0 && out[last].Kind == Sentence && strings.HasSuffix(out[last].Text, ":") {
					out = out[:last] // it leads to the command alone
				}
				continue
			}
			out = append(out, s)
		case Fragment:
			if !only || strings.HasPrefix(s.In, seen) {
				out = append(out, s)
			}
		default:
			s.Text = x.prose(s.Text)
			out = append(out, s)
		}
	}
	return out
}
