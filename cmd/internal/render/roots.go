package render

import (
	"strconv"
	"strings"

	"mutual/diagnose"
)

// rootsFact names a fact about pinned roots: the root, profile or file that it
// is about.
func rootsFact(r *diagnose.Report, path []string) (whose, what string) {
	i := -1
	if len(path) > 2 {
		if n, err := strconv.Atoi(path[2]); err == nil {
			i = n
		}
	}
	switch {
	case r.Roots == nil || len(path) < 2:
	case path[1] == "problems" && i >= 0 && i < len(r.Roots.Problems):
		p := r.Roots.Problems[i]
		var about []string
		for _, s := range []string{p.File, p.Root} {
			if s != "" {
				about = append(about, s)
			}
		}
		return strings.Join(about, ", "), ""
	case path[1] == "profiles" && i >= 0 && i < len(r.Roots.Profiles):
		return "the profile " + r.Roots.Profiles[i].Name, words(path[3:])
	case path[1] == "verify_depth":
		return "", "the verify depth"
	case path[1] == "verify_depth_at":
		return "", "the verify depth is set by"
	}
	return "", words(path)
}
