package diagnose

import (
	"strings"
	"testing"
)

// TestTold: what a text tells stands in the fix, and no brace is left, whether
// it tells all or nothing.
func TestTold(t *testing.T) {
	all := map[string]string{"file": "/etc/app/my store.p12", "host": "db.example", "port": "5432", "name": "db.example"}
	for form, fix := range toldFixes {
		asked := false
		for _, s := range fix {
			asked = asked || strings.Contains(s.Text, "{file")
		}
		for _, values := range []map[string]string{all, nil} {
			r := Rules()[0].Told(form, values)
			if len(r.Fix) == 0 {
				t.Errorf("%s has no fix", form)
			}
			text := ""
			for _, s := range r.Fix {
				text += s.Text + "\n"
			}
			if i := strings.IndexAny(text, "{}"); i >= 0 && !strings.Contains(text, "proxy_protocol {") {
				t.Errorf("%s: a brace is left in %q", form, text)
			}
			if asked && values != nil && !strings.Contains(text, "'/etc/app/my store.p12'") {
				t.Errorf("%s does not name the file in %q", form, text)
			}
		}
	}
}
