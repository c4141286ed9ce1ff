package render

import (
	"regexp"
	"strings"

	"mutual/diagnose"
)

var braced = regexp.MustCompile(`\{(\w+)\}`)

// general is a rule's prose without a connection: a word stands for each value
// that would be filled in.
func general(text string) string {
	command := strings.HasPrefix(text, "  ")
	return braced.ReplaceAllStringFunc(text, func(name string) string {
		name = name[1 : len(name)-1]
		if command {
			switch name {
			case "trust":
				return "--cacert CA.pem"
			case "target":
				return "HOST:PORT"
			case "cert", "key", "cacert", "ca_file":
				return strings.ToUpper(strings.TrimSuffix(name, "_file")) + ".pem"
			}
		} else {
			switch name {
			case "party":
				return "other side"
			case "ago", "ahead":
				return "some time"
			case "place":
				return ""
			}
		}
		return strings.ToUpper(strings.ReplaceAll(name, "_", "-"))
	})
}

func generalLines(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = general(l)
	}
	return out
}

// General is the rule with words in place of the values that a connection
// would fill in.
func General(r diagnose.Rule) diagnose.Rule {
	r.Title, r.Why, r.Fix = general(r.Title), general(r.Why), generalLines(r.Fix)
	return r
}
