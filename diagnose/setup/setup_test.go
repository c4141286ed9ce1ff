package setup_test

import (
	"strings"
	"testing"
	"time"

	"mutual/diagnose/setup"
)

// TestStacksAreWhole: each row says what it is and where it is from, and fills
// with plain values, with placeholders and with strange ones.
func TestStacksAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range setup.Stacks() {
		key := string(s.Role) + " " + s.Name
		if seen[key] {
			t.Errorf("%s stands twice", key)
		}
		seen[key] = true
		if s.What == "" || !strings.HasPrefix(s.Source, "https://") || s.Port == 0 || len(s.Files) == 0 {
			t.Errorf("%s lacks a title, a source, a port or a file", key)
		}
		if s.Role == setup.Server && s.Log == "" {
			t.Errorf("%s does not say where refusals are logged", key)
		}
		if s.Proven != nil {
			if _, err := time.Parse(time.DateOnly, s.Proven.Day); err != nil || s.Proven.Version == "" {
				t.Errorf("%s is proven without version and day: %v", key, err)
			}
		}
		for _, dir := range []string{"/etc/keys/", "<", `/it's "my" keys/`} {
			v := setup.Values{Cert: dir + "c", Key: dir + "k", CA: dir + "ca", Joined: dir + "j", Dir: dir, Host: "localhost", Port: 4433}
			if s.CRL {
				v.CRL = dir + "crl"
			}
			if s.AllowCN {
				v.AllowCN = []string{"*.dialogflow.com", "Google LLC"}
			}
			filled, err := s.Fill(v)
			if err != nil {
				t.Errorf("%s in %s: %v", key, dir, err)
				continue
			}
			for _, f := range filled.Files {
				if !strings.HasSuffix(f.Text, "\n") || strings.Contains(f.Text, "<no value>") {
					t.Errorf("%s in %s: %s ends without a newline, or has no value:\n%s", key, dir, f.Name, f.Text)
				}
			}
		}
	}
}

// TestFillRefuses what a program's grammar, or the program, cannot do.
func TestFillRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		v    setup.Values
		want string
	}{
		{"nginx", setup.Values{Cert: "/a$b"}, "variable"},
		{"apache", setup.Values{Cert: "/a${b}"}, "variable"},
		{"nginx", setup.Values{Cert: "/a\nssl_verify_client off;"}, "line break"},
		{"nginx", setup.Values{Cert: "/a\xff"}, "UTF-8"},
		{"nginx", setup.Values{AllowCN: []string{"a,CN=b"}}, "compare alike"},
		{"stunnel", setup.Values{Cert: "/a "}, "blank"},
		{"stunnel", setup.Values{AllowCN: []string{"a"}}, "leave --allow-cn out"},
		{"go", setup.Values{CRL: "/a"}, "leave --crl out"},
	} {
		s, ok := setup.Find(c.name, setup.Server)
		if !ok {
			t.Fatalf("no stack %s", c.name)
		}
		if _, err := s.Fill(c.v); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s filled with %+v: %v, want an error with %q", c.name, c.v, err, c.want)
		}
	}
}
