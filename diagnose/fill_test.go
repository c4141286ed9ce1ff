package diagnose

import (
	"regexp"
	"strings"
	"testing"
)

// TestGeneralForm: without a connection no rule shows a brace, a word in
// capitals for a value, or a file that looks real and is not there.
func TestGeneralForm(t *testing.T) {
	capitals := regexp.MustCompile(`\b(INTERMEDIATE|SUBJECT|DATE|ISSUER|NAME|NAMES|HOST|PORT|FILE|KEY|CERT|TAKEN|OFFERED|REASON|STORE|PARTY)\b`)
	realLooking := regexp.MustCompile(`[\w-]+\.(pem|crt|key|p12|der)\b`)
	for _, rule := range Rules() {
		g := rule.General()
		for _, text := range []string{g.Title, g.Why} {
			if strings.ContainsAny(text, "{}[]<>") || capitals.MatchString(text) && !strings.Contains(text, "BEGIN") || strings.Contains(text, "  ") {
				t.Errorf("%s: in general form: %q", rule.Code, text)
			}
		}
		for _, s := range g.Fix {
			switch s.Kind {
			case Sentence:
				if strings.ContainsAny(s.Text, "{}[]") {
					t.Errorf("%s: in general form: %q", rule.Code, s.Text)
				}
			case Command:
				if strings.ContainsAny(s.Text, "{}") || strings.Contains(s.Text, "  ") || realLooking.MatchString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(s.Text, "")) {
					t.Errorf("%s: in general form: %q", rule.Code, s.Text)
				}
			case Fragment:
				if s.In == "" {
					t.Errorf("%s: a fragment of no program: %q", rule.Code, s.Text)
				}
			default:
				t.Errorf("%s: a step of kind %s", rule.Code, s.Kind)
			}
		}
	}
}

func TestShellWord(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"client.pem", "client.pem"}, {"", "''"}, {"my ca.pem", "'my ca.pem'"}, {"it's", `'it'\''s'`},
		{"$(rm -rf x)", "'$(rm -rf x)'"}, {"[::1]:443", "'[::1]:443'"}, {"a;b", "'a;b'"}, {"=x", "'=x'"},
	} {
		if got := ShellWord(test.in); got != test.want {
			t.Errorf("ShellWord(%q) = %s, want %s", test.in, got, test.want)
		}
	}
	if got := ShellFile("-x.pem"); got != "./-x.pem" {
		t.Errorf("ShellFile(-x.pem) = %s", got)
	}
}

// TestFillHoldsForeignTextInOneWord: what comes from the peer stays one word of
// a command, and is no template.
func TestFillHoldsForeignTextInOneWord(t *testing.T) {
	f := &Facts{View: SeenByClient, Given: Given{Target: "h:1"}}
	x := Judge(f).known(ServerSide, 0, map[string]string{"own_name": "x; rm -rf {cert}", "file": "a b'.pem"})
	got := x.steps(Steps{Run("mutual probe {target} {trust} --servername {own_name} {file} {file+-new.pem} {nothing|words-here}")})[0].Text
	want := `mutual probe h:1 --servername 'x; rm -rf {cert}' 'a b'\''.pem' 'a b'\''-new.pem' <words-here>`
	if got != want {
		t.Errorf("the command is %s, want %s", got, want)
	}
}

// TestAuditAgainGivesTheIdentity: each command that audits again gives what an
// audit demands, the folder where that was given, else certificate and key.
func TestAuditAgainGivesTheIdentity(t *testing.T) {
	for _, given := range []Given{
		{Target: "api.internal:443", CACert: []string{"ca.pem"}, Cert: "me.pem", Key: "me.key"},
		{Target: "api.internal:443", Dir: "my folder", Cert: "my folder/client-crt.pem", Key: "my folder/client-key.pem"},
		{Target: "api.internal:443", Dir: "d", CACert: []string{"ca.pem"}, Cert: "d/client-crt.pem", Key: "d/client-key.pem"},
	} {
		x := Judge(&Facts{View: SeenByClient, Given: given}).known(ServerSide, 0, nil)
		for _, rule := range Rules() {
			for _, s := range x.steps(rule.Fix) {
				if s.Kind != Command || !strings.HasPrefix(s.Text, "mutual audit") {
					continue
				}
				if given.Dir == "" && !strings.Contains(s.Text, "--cert me.pem --key me.key") || given.Dir != "" && !strings.Contains(s.Text, "--dir "+ShellFile(given.Dir)) ||
					len(given.CACert) > 0 && !strings.Contains(s.Text, "--cacert ca.pem") {
					t.Errorf("%s: %s, for %+v", rule.Code, s.Text, given)
				}
			}
		}
	}
}
