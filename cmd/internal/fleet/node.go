package fleet

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// most is how many faults of a file are listed.
const most = 20

// reader reads nodes of YAML and notes what is wrong with them.
type reader struct {
	faults  []Fault
	getenv  func(string) (string, bool)
	nearest func(string, []string) string
}

func (r *reader) fault(n *yaml.Node, want, format string, args ...any) {
	if len(r.faults) < most {
		r.faults = append(r.faults, Fault{placeOf(n), fmt.Sprintf(format, args...), want})
	}
}

func placeOf(n *yaml.Node) Place { return Place{n.Line, n.Column} }

// real is the node behind an alias.
func real(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// entry is one key of a mapping with its value.
type entry struct{ key, value *yaml.Node }

// secretKeys are keys whose value would be a secret.
var secretKeys = regexp.MustCompile(`(?i)^(pass|passphrase|password|pwd|secret|token|private[_-]?key|key[_-]?(pem|data|text))$`)

// mapping returns the entries of a mapping by their keys. A key that is not
// known, or stands there twice, is a fault.
func (r *reader) mapping(n *yaml.Node, what string, known ...string) map[string]entry {
	n = real(n)
	if n.Kind != yaml.MappingNode {
		r.fault(n, "keys and values: "+strings.Join(known, ", "), "%s is %s", what, kindOf(n))
		return nil
	}
	found := map[string]entry{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := key.Value
		first, twice := found[name]
		switch {
		case !contains(known, name) && secretKeys.MatchString(name):
			r.fault(key, "pass_env: NAME or pass_file: FILE, and keys in files of their own", "%q would put a secret into this file", name)
		case !contains(known, name) && r.nearest(name, known) != "":
			r.fault(key, r.nearest(name, known), "the key %q is not known in %s", name, what)
		case !contains(known, name):
			r.fault(key, "one of "+strings.Join(known, ", "), "the key %q is not known in %s", name, what)
		case twice:
			r.fault(key, "each key once", "the key %q stands already in line %d", name, first.key.Line)
		default:
			found[name] = entry{key, value}
		}
	}
	return found
}

// list returns the items of a list; one value alone is a list of it.
func (r *reader) list(n *yaml.Node) []*yaml.Node {
	n = real(n)
	if n.Kind == yaml.SequenceNode {
		return n.Content
	}
	return []*yaml.Node{n}
}

// text returns a string, with ${NAME} filled from the environment.
func (r *reader) text(n *yaml.Node, what string) (string, bool) {
	n = real(n)
	switch {
	case n.Kind != yaml.ScalarNode:
		r.fault(n, "text", "%s is %s", what, kindOf(n))
		return "", false
	case n.Tag == "!!null":
		r.fault(n, "a value", "%s is empty", what)
		return "", false
	case strings.Contains(n.Value, "-----BEGIN"):
		r.fault(n, "the name of a file", "%s holds PEM text", what)
		return "", false
	}
	value, missing := expand(n.Value, r.getenv)
	switch {
	case missing != "":
		r.fault(n, "a variable that is set", "%s takes ${%s} from the environment, where it is not set", what, missing)
		return "", false
	case strings.TrimSpace(value) == "":
		r.fault(n, "a value", "%s is empty", what)
		return "", false
	case strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c == 0x7f }):
		r.fault(n, "one line of text", "%s holds control characters", what)
		return "", false
	}
	return value, true
}

var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

func expand(s string, getenv func(string) (string, bool)) (filled, missing string) {
	filled = variable.ReplaceAllStringFunc(s, func(m string) string {
		name := m[2 : len(m)-1]
		value, ok := getenv(name)
		if !ok && missing == "" {
			missing = name
		}
		return value
	})
	return filled, missing
}

// texts returns a list of strings.
func (r *reader) texts(n *yaml.Node, what string) []string {
	var list []string
	for _, item := range r.list(n) {
		if s, ok := r.text(item, what); ok {
			list = append(list, s)
		}
	}
	return list
}

// number returns a whole number from 0 on.
func (r *reader) number(n *yaml.Node, what, example string) (int, bool) {
	s, ok := r.text(n, what)
	if !ok {
		return 0, false
	}
	v, err := strconv.Atoi(s)
	if err != nil || v < 0 || v > 100000 {
		r.fault(n, "a whole number such as "+example, "%s is %q", what, s)
		return 0, false
	}
	return v, true
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a set of keys"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		if n.Tag == "!!null" {
			return "empty"
		}
		return fmt.Sprintf("%q", short(n.Value))
	}
	return "nothing"
}

func short(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
