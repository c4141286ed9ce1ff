package render

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mutual/diagnose"
	"mutual/diagnose/cause"
)

// parsers read an XML file by programs that are not this one. Each prints the
// numbers of tests and failures, and the message of the first failure.
var parsers = []struct {
	program string
	args    func(dir, file string) []string
}{
	{"python3", func(_, file string) []string {
		return []string{"-c", "import sys,xml.etree.ElementTree as e\nr=e.parse(sys.argv[1]).getroot()\nprint(len(r.findall('.//testcase')),len(r.findall('.//failure')),r.find('.//failure').get('message'))", file}
	}},
	{"xmllint", func(_, file string) []string {
		return []string{"--xpath", "concat(count(//testcase),' ',count(//failure),' ',//failure[1]/@message)", file}
	}},
	{"java", func(dir, file string) []string {
		source := filepath.Join(dir, "Read.java")
		os.WriteFile(source, []byte(`import javax.xml.parsers.*;
class Read { public static void main(String[] a) throws Exception {
  var d = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(a[0]);
  var f = d.getElementsByTagName("failure");
  System.out.println(d.getElementsByTagName("testcase").getLength() + " " + f.getLength() + " " + ((org.w3c.dom.Element) f.item(0)).getAttribute("message"));
} }`), 0o644)
		return []string{source, file}
	}},
}

func TestJUnitForOtherParsers(t *testing.T) {
	bad := certMissing(t)
	bad.Findings[0].Title = "a < b & \"c\" ]]> \x00\x1b \ufffe end"
	doc := junit(t, probeOf(t), bad)
	dir := t.TempDir()
	file := filepath.Join(dir, "report.xml")
	if err := os.WriteFile(file, []byte(doc), 0o644); err != nil {
		t.Fatal(err)
	}
	want := "2 1 a < b & \"c\" ]]> \\x00\\x1b \ufffd end"
	for _, p := range parsers {
		t.Run(p.program, func(t *testing.T) {
			path, err := exec.LookPath(p.program)
			if err != nil {
				if os.Getenv("CI") == "true" && p.program != "xmllint" {
					t.Fatalf("%s is not installed", p.program)
				}
				t.Skipf("%s is not installed", p.program)
			}
			cmd := exec.Command(path, p.args(dir, file)...)
			cmd.Env = append(os.Environ(), "PYTHONIOENCODING=utf-8", "PYTHONUTF8=1", "JAVA_TOOL_OPTIONS=", "LC_ALL=C.UTF-8")
			out, err := cmd.Output()
			if got := strings.TrimSpace(string(out)); err != nil || got != want {
				t.Errorf("%s reads %q, %v, want %q", p.program, got, err, want)
			}
		})
	}
}

func TestJUnitCounts(t *testing.T) {
	doc := junit(t, probeOf(t), certMissing(t), inferred(t))
	var s suites
	dec := xml.NewDecoder(strings.NewReader(doc))
	dec.Strict = true
	if err := dec.Decode(&s); err != nil {
		t.Fatalf("JUnit is no XML: %v\n%s", err, doc)
	}
	if s.Tests != 3 || s.Failures != 2 || len(s.Suites) != 1 || len(s.Suites[0].Cases) != 3 {
		t.Errorf("JUnit counts %d tests and %d failures, want 3 and 2", s.Tests, s.Failures)
	}
	if f := s.Suites[0].Cases[1].Failure; f == nil || f.Type != "client-cert-missing" || !strings.Contains(f.Text, "mutual probe") {
		t.Errorf("failure = %+v, want type client-cert-missing and the fix in its text", f)
	}
	if s.Suites[0].Cases[0].Failure != nil {
		t.Errorf("a healthy report has a failure")
	}
}

func TestJUnitError(t *testing.T) {
	var b strings.Builder
	if err := JUnitError(&b, "probe", "no flag --x", "without it:\n  mutual probe"); err != nil {
		t.Fatal(err)
	}
	var s suites
	if err := xml.Unmarshal([]byte(b.String()), &s); err != nil || s.Errors != 1 || s.Suites[0].Cases[0].Error.Message != "no flag --x" {
		t.Errorf("JUnitError = %s, %v, want one error", b.String(), err)
	}
}

func junit(t *testing.T, reports ...*diagnose.Report) string {
	t.Helper()
	var b strings.Builder
	if err := JUnit(&b, reports...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestJSONHasListsAndSurvives(t *testing.T) {
	r := hostile(t)
	r.Attempts, r.Handshake, r.Chains = nil, nil, diagnose.Chains{}
	r.ClientAuth.AcceptableCAs = nil
	var b strings.Builder
	if err := JSON(&b, r); err != nil {
		t.Fatal(err)
	}
	var back map[string]any
	if err := json.Unmarshal([]byte(b.String()), &back); err != nil {
		t.Fatalf("JSON cannot be read: %v", err)
	}
	chains := back["chains"].(map[string]any)
	for name, v := range map[string]any{"attempts": back["attempts"], "handshake": back["handshake"], "chains.server": chains["server"],
		"chains.client": chains["client"], "acceptable_cas": back["client_auth"].(map[string]any)["acceptable_cas"], "refs": back["findings"].([]any)[0].(map[string]any)["refs"]} {
		if _, ok := v.([]any); !ok {
			t.Errorf("%s = %v, want a list", name, v)
		}
	}
	got := back["findings"].([]any)[0].(map[string]any)["title"].(string)
	if want := strings.ToValidUTF8(r.Findings[0].Title, "\ufffd"); got != want {
		t.Errorf("title = %q after JSON, want %q", got, want)
	}
	var line strings.Builder
	if err := JSONLine(&line, r); err != nil || strings.Count(line.String(), "\n") != 1 {
		t.Errorf("JSONLine = %q, %v, want one line", line.String(), err)
	}
}

func TestServeLine(t *testing.T) {
	accepted := probeOf(t)
	accepted.Command, accepted.View, accepted.Remote = "serve", diagnose.SeenByServer, "127.0.0.1:51234"
	refused := probeOf(t)
	old := newRoot(t, "Old CA")
	refused.View, refused.Remote = diagnose.SeenByServer, "127.0.0.1:51240"
	refused.Chains.Client = facts(old.issue(t, "build-7", false, now.AddDate(0, 1, 0)))
	fail(refused, diagnose.Finding{Code: cause.ClientCAUntrustedByServer, Stage: diagnose.ClientCertificate, Side: diagnose.ServerSide, Severity: diagnose.Error,
		Title: "CN=Old CA is not in ca-crt.pem, which holds CN=Mutual demo CA.",
		Fix:   diagnose.StepsOf([]string{"Add Old CA to --client-ca, or issue one from this CA:", "  mutual issue client build-7"})})
	missing := certMissing(t)
	missing.View, missing.Remote, missing.Identity = diagnose.SeenByServer, "[::1]:51250", missing.Chains.Server
	odd := certMissing(t)
	odd.View, odd.Remote, odd.Verdict, odd.ExitCode, odd.Findings = diagnose.SeenByServer, "[::1]:51260", diagnose.Unexplained, 1, nil
	var b strings.Builder
	for _, o := range []Options{{UTF8: true}, {}, {UTF8: true, Color: true}} {
		b.WriteString(ServeLine(accepted, "GET / 200  1 ms", o))
		b.WriteString(ServeLine(refused, "", o))
		b.WriteString(ServeLine(missing, "", o))
		b.WriteString(ServeLine(odd, "", o))
	}
	golden(t, "serve.txt", b.String())
}

func TestEscape(t *testing.T) {
	for in, want := range map[string]string{
		"CN=client,O=Größe 東京": "CN=client,O=Größe 東京",
		"a\x1b[31mb":           `a\x1b[31mb`,
		"a\nb\tc\r":            "a b c",
		"\u202eab\u200b":       `\u202eab\u200b`,
		"\u009b1m":             `\x9b1m`,
		"\xff\xfe":             `\xff\xfe`,
		"\U000e0001x":          `\U000e0001x`,
		"\ufffd":               "\ufffd",
	} {
		if got := Escape(in); got != want {
			t.Errorf("Escape(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWrapCommand(t *testing.T) {
	for _, c := range []struct {
		command string
		width   int
		want    []string
	}{
		{"mutual demo", 40, []string{"mutual demo"}},
		{"mutual probe host --cacert ca.pem --cert 'my file.pem'", 30, []string{`mutual probe host \`, `  --cacert ca.pem \`, `  --cert 'my file.pem'`}},
		{`cat 'it'\''s a file.pem' b`, 10, []string{`cat \`, `  'it'\''s a file.pem' \`, `  b`}},
		{"cat a b", 3, []string{`cat \`, `  a \`, `  b`}},
	} {
		if got := WrapCommand(c.command, c.width); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("WrapCommand(%q, %d) = %q, want %q", c.command, c.width, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, text := range []string{"", "a", "one two three four five", strings.Repeat("long", 30) + " b", "東京 東京 東京 東京"} {
		for width := 1; width < 40; width++ {
			lines := Wrap(text, width)
			if got := strings.Join(lines, " "); got != strings.Join(strings.Fields(text), " ") {
				t.Errorf("Wrap(%q, %d) = %q, want the same words", text, width, lines)
			}
			for _, l := range lines {
				if Columns(l) > width && strings.Contains(l, " ") {
					t.Errorf("Wrap(%q, %d) has the line %q of %d columns", text, width, l, Columns(l))
				}
			}
		}
	}
}
