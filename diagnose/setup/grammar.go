package setup

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"text/template"
	"unicode"
	"unicode/utf8"
)

// grammars write a path as each program's own grammar wants it, whatever
// blanks and quotes it holds.
var grammars = template.FuncMap{
	"sh":       shell,
	"nginx":    nginx,
	"apache":   apache,
	"haproxy":  shell, // its strong quotes are the shell's: docs.haproxy.org, 2.2
	"code":     code,
	"yaml":     code, // a JSON string is a YAML string: YAML 1.2, 1
	"pgconf":   pgconf,
	"mycnf":    mycnf,
	"quoted":   backslashed,
	"rest":     restOfLine,
	"hashless": hashless,
	"postfix":  postfix,
	"libpqKey": libpqKey,
	"nginxCN":  nginxCN,
}

// cause is the error of a grammar, without the template's own words.
func cause(err error) error {
	if e, ok := errors.AsType[grammarError](err); ok {
		return e
	}
	return err
}

type grammarError string

func (e grammarError) Error() string { return string(e) }

// printable refuses what no text of a configuration can hold.
func printable(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("%q is not UTF-8, and cannot be written into a configuration", s)
	}
	for _, r := range s {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return fmt.Errorf("%q has a line break or another control character in it, which no configuration can hold", s)
		}
	}
	return nil
}

var plainNames = regexp.MustCompile(`^[\pL\pN._*@:-]+( [\pL\pN._*@:-]+)*$`)

// plainName holds names to characters that need no escape in any of the
// grammars, nor in a distinguished name (RFC 4514, 2.4).
func plainName(cn string) error {
	if !plainNames.MatchString(cn) {
		return fmt.Errorf("the name %q: letters, digits, single blanks and . _ * @ : - are what all these programs compare alike", cn)
	}
	return nil
}

func shell(s string) string {
	if regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`).MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// nginx: ngx_conf_read_token. A dollar would begin a variable.
func nginx(s string) (string, error) {
	if strings.Contains(s, "$") {
		return "", grammarError(fmt.Sprintf("nginx takes $ in %q for a variable, and has no way to write it: rename the file", s))
	}
	return backslashed(s), nil
}

// nginxCN is the whole common name in a subject as nginx writes it (RFC 2253):
// one whose comma is not escaped before it.
func nginxCN(cn string) string { return backslashed(`~(^|[^\\],)CN=` + regexp.QuoteMeta(cn) + `(,|$)`) }

// apache: ap_getword_conf. ${ would begin a variable.
func apache(s string) (string, error) {
	if strings.Contains(s, "${") {
		return "", grammarError(fmt.Sprintf("Apache takes ${ in %q for a variable: rename the file", s))
	}
	return backslashed(s), nil
}

func backslashed(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// code is a string literal of JavaScript, Python, Go, Java and C#.
func code(s string) (string, error) {
	literal := strconv.Quote(s)
	for _, own := range []string{`\x`, `\a`, `\v`, `\U`} { // Go's alone
		if strings.Contains(strings.ReplaceAll(literal, `\\`, ""), own) {
			return "", grammarError(fmt.Sprintf("not every language can write %q: rename the file", s))
		}
	}
	return literal, nil
}

// pgconf: guc-file.l of PostgreSQL.
func pgconf(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(s) + "'"
}

// mycnf: my_default.c of MySQL and MariaDB.
func mycnf(s string) (string, error) {
	if strings.Contains(s, "#") && strings.ContainsAny(s, `"'`) {
		return "", grammarError(fmt.Sprintf("MySQL and MariaDB cannot read a path with both # and a quote: %q", s))
	}
	return `"` + strings.ReplaceAll(s, `\`, `\\`) + `"`, nil
}

// restOfLine is for grammars in which a value reaches to the line's end.
func restOfLine(s string) (string, error) {
	if strings.TrimSpace(s) != s {
		return "", grammarError(fmt.Sprintf("%q begins or ends with a blank, which this program takes away: rename the file", s))
	}
	return s, nil
}

// hashless is restOfLine where # begins a comment anywhere.
func hashless(s string) (string, error) {
	if strings.Contains(s, "#") {
		return "", grammarError(fmt.Sprintf("this program takes # in %q for a comment: rename the file", s))
	}
	return restOfLine(s)
}

// postfix: postconf(5), "main.cf".
func postfix(s string) (string, error) { return restOfLine(strings.ReplaceAll(s, "$", "$$")) }

// libpqKey is shell for a key that libpq reads: "If the value contains a colon,
// it specifies an engine".
func libpqKey(s string) (string, error) {
	if strings.Contains(s, ":") {
		return "", grammarError(fmt.Sprintf("libpq takes what is before : in %q for the name of an OpenSSL engine: rename the file or its folder", s))
	}
	return shell(s), nil
}
