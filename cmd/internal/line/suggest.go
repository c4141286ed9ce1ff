package line

import (
	"net"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"mutual/diagnose"
)

// habits are names that people bring from curl, openssl and other tools.
func habit(name string) string {
	switch name {
	case "CAfile", "cafile", "ca-file", "ca", "ca-cert", "cacerts", "ca-certs", "CApath", "capath", "root", "trust":
		return "cacert"
	case "E", "certificate", "client-cert", "crt":
		return "cert"
	case "private-key", "client-key", "cert-key":
		return "key"
	case "sni", "server-name", "hostname", "verify_hostname":
		return "servername"
	case "k", "no-verify", "skip-verify":
		return "insecure"
	case "v", "vv", "verbose", "msg", "debug", "state":
		return "trace"
	case "resolve", "connect":
		return "connect-to"
	case "m", "max-time", "connect-timeout":
		return "timeout"
	case "output", "o", "fmt":
		return "format"
	case "port", "addr", "address", "bind":
		return "listen"
	case "out", "outdir", "directory", "folder", "path":
		return "dir"
	case "cn":
		return "name"
	case "algorithm", "keytype", "newkey":
		return "key-type"
	case "x":
		return "proxy"
	case "CRL", "crlfile":
		return "crl"
	case "f", "overwrite", "y", "yes":
		return "force"
	case "require", "verify":
		return "client-auth"
	}
	return ""
}

// unknownCommand says which command may be meant, and how the line would read.
func (s scope) unknownCommand(name string, given words, rest []string) error {
	list, parent := s.app.Commands, "mutual"
	if len(s.path) > 0 {
		last := s.path[len(s.path)-1]
		list, parent = last.Subcommands, "mutual "+last.Name
	}
	var names []string
	for _, c := range list {
		names = append(names, c.Names()...)
	}
	line := func(replace ...string) string {
		return "mutual" + s.pathWords() + " " + given.retyped(rest, name, replace...)
	}
	if near := Nearest(name, names); near != "" {
		return Usage("did you mean:\n  "+line(near), "%s has no command %q", parent, name)
	}
	if len(s.path) == 0 && looksLikeTarget(name) {
		return Usage("to probe it:\n  "+line("probe", name), "mutual has no command %q", name)
	}
	if _, err := os.Stat(name); err == nil && len(s.path) == 0 {
		return Usage("to look into that file:\n  "+line("inspect", name), "mutual has no command %q", name)
	}
	return Usage("it has "+strings.Join(names, ", ")+"; see:\n  "+parent+" --help", "%s has no command %q", parent, name)
}

func looksLikeTarget(s string) bool {
	if strings.Contains(s, "://") || s == "localhost" {
		return true
	}
	host, port, err := net.SplitHostPort(s)
	return err == nil && host != "" && port != "" || net.ParseIP(s) != nil ||
		strings.Contains(s, ".") && !strings.ContainsAny(s, "/ ") && !strings.HasSuffix(s, ".pem") && !strings.HasSuffix(s, ".crt")
}

// unknownFlag names the flag that is probably meant, and gives the line with
// it. Where nothing comes near, the line is given without the flag.
func (s scope) unknownFlag(i int, given words, rest []string) error {
	w := given[i]
	if slices.Contains([]string{"pass", "password", "passphrase", "passin", "passwd"}, w.flag) {
		return Usage("put it into a file, or into MUTUAL_PASS, or wait to be asked:\n  mutual"+s.pathWords()+" "+
			given.with(i, "--pass-file FILE").without(i+1, w).line(rest), "a passphrase never comes as an argument, where others could see it")
	}
	names := s.flagNames()
	name := habit(w.flag)
	if !slices.Contains(names, name) {
		name = Nearest(w.flag, names)
	}
	command := "mutual" + s.pathWords()
	if name == "" {
		hint := "without it:\n  " + command + " " + given.with(i, "").line(rest) + "\nits flags:\n  " + command + " --help"
		if owner := s.owner(w.flag); owner != "" {
			hint = "that is a flag of mutual " + owner + ".\n" + hint
		}
		return Usage(strings.ReplaceAll(hint, " \n", "\n"), "%s has no flag %s", command, dashed(w.flag))
	}
	fixed := "--" + name
	if w.joined {
		fixed += "=" + Quote(w.value)
	} else if _, f := s.lookup(name); takesValue(f) && (i+1 >= len(given) || given[i+1].flag != "") {
		fixed += " " + valueName(f)
	}
	return Usage("did you mean --"+name+"?\n  "+command+" "+given.with(i, fixed).line(rest), "%s has no flag %s", command, dashed(w.flag))
}

func (s scope) missingValue(w word, given words, i int) error {
	_, f := s.lookup(w.flag)
	value := valueName(f)
	example := "mutual" + s.pathWords() + " " + given.with(i, w.text+" "+value).line(nil)
	if i+1 < len(given) && given[i+1].flag != "" {
		return Usage("give it one:\n  "+example, "flag %s needs a value, and %s follows it", w.text, given[i+1].text)
	}
	return Usage("give it one:\n  "+example, "flag %s needs a value", w.text)
}

func (s scope) pathWords() string {
	var b strings.Builder
	for _, c := range s.path {
		b.WriteString(" " + c.Name)
	}
	return b.String()
}

func (s scope) flagNames() []string {
	var names []string
	for level := len(s.path); level >= 0; level-- {
		for _, f := range s.flags(level) {
			names = append(names, f.Names()...)
		}
	}
	return names
}

// owner is the first command, if any, that has a flag of that name.
func (s scope) owner(flag string) string {
	for _, c := range s.app.Commands {
		for _, f := range c.Flags {
			if slices.Contains(f.Names(), flag) {
				return c.Name
			}
		}
	}
	return ""
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// valueName is what help calls the value of a flag.
func valueName(f cli.Flag) string {
	d, ok := f.(cli.DocGenerationFlag)
	if !ok {
		return "VALUE"
	}
	if _, after, ok := strings.Cut(d.GetUsage(), "`"); ok {
		if name, _, ok := strings.Cut(after, "`"); ok {
			return name
		}
	}
	return "VALUE"
}

// with replaces word i by text, which stands as it is; empty drops it.
func (ws words) with(i int, text string) words {
	out := slices.Clone(ws)
	out[i] = word{text: text, ready: true, flag: "-"}
	if text == "" {
		out = slices.Delete(out, i, i+1)
	}
	return out
}

// without drops word i where it is an argument that w, a flag nobody knows,
// probably meant as its value.
func (ws words) without(i int, w word) words {
	if w.joined || i >= len(ws) || ws[i].flag != "" {
		return ws
	}
	return slices.Delete(slices.Clone(ws), i, i+1)
}

// line is the words as one would type them.
func (ws words) line(rest []string) string {
	var out []string
	for _, w := range ws {
		if w.ready {
			out = append(out, w.text)
			continue
		}
		out = append(out, Quote(w.text))
		if w.hasValue && !w.joined {
			out = append(out, Quote(w.value))
		}
	}
	if len(rest) > 0 {
		out = append(out, "--")
		for _, r := range rest {
			out = append(out, Quote(r))
		}
	}
	return strings.Join(out, " ")
}

// retyped is the line with its first argument, name, replaced and in front.
func (ws words) retyped(rest []string, name string, replace ...string) string {
	i := slices.IndexFunc(ws, func(w word) bool { return w.flag == "" && w.text == name })
	if i >= 0 {
		ws = slices.Delete(slices.Clone(ws), i, i+1)
	} else if len(rest) > 0 {
		rest = rest[1:]
	}
	for k, r := range replace {
		replace[k] = Quote(r)
	}
	return strings.TrimSpace(strings.Join(replace, " ") + " " + ws.line(rest))
}

// Nearest is the candidate that differs least, or "" where all differ so much
// that a suggestion would be a guess.
func Nearest(name string, candidates []string) string {
	best, least := "", max(1, len(name)/3)+1
	for _, c := range candidates {
		d := distance(strings.ToLower(name), strings.ToLower(c))
		if len(name) >= 3 && strings.HasPrefix(c, name) {
			d = min(d, 1)
		}
		if d < least && len(c) > 1 {
			best, least = c, d
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour. Source: Damerau 1964, in its restricted form.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	if len(s) > 64 || len(t) > 64 {
		return 64
	}
	d := make([][]int, len(s)+1)
	for i := range d {
		d[i] = make([]int, len(t)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(s); i++ {
		for j := 1; j <= len(t); j++ {
			change := 1
			if s[i-1] == t[j-1] {
				change = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+change)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(s)][len(t)]
}

// Quote makes one word of a value for a POSIX shell.
func Quote(s string) string { return diagnose.ShellWord(s) }
