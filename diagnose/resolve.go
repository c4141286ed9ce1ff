package diagnose

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Resolve reads the value at a path such as "chains.server.1.not_after" in a
// report's JSON: names lead into objects, numbers into lists. Evidence.Fact is
// such a path.
func Resolve(report []byte, path string) (any, error) {
	var at any
	if err := json.Unmarshal(report, &at); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	walked := "report"
	for _, step := range strings.Split(path, ".") {
		switch in := at.(type) {
		case map[string]any:
			value, ok := in[step]
			if !ok {
				return nil, fmt.Errorf("%s has no field %q", walked, step)
			}
			at = value
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(in) {
				return nil, fmt.Errorf("%s has no element %q among %d", walked, step, len(in))
			}
			at = in[i]
		default:
			return nil, fmt.Errorf("%s is a plain value, and has no %q", walked, step)
		}
		walked += "." + step
	}
	return at, nil
}
