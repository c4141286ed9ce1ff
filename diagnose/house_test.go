package diagnose_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mutual/diagnose"
)

// Each package may import, of this module, only what stands here: imports run
// one way, from the commands down to the judging of facts.
var mayImport = map[string][]string{
	"diagnose/cause": {},
	"diagnose/oid":   {},
	"diagnose/chain": {"mutual/diagnose/cause", "mutual/diagnose/oid", "mutual/diagnose/chain/der",
		"mutual/diagnose/chain/signature", "mutual/diagnose/chain/openssl", "mutual/diagnose/chain/java"},
	"diagnose/chain/chaintest":  {},
	"diagnose/chain/der":        {},
	"diagnose/chain/signature":  {"mutual/diagnose/chain/der"},
	"diagnose/chain/java":       {"mutual/diagnose/chain/der", "mutual/diagnose/chain/signature"},
	"diagnose/chain/openssl":    {"mutual/diagnose/chain/der", "mutual/diagnose/chain/signature"},
	"diagnose":                  {"mutual/diagnose/chain", "mutual/diagnose/cause"},
	"diagnose/wire":             {"mutual/diagnose/cause"},
	"diagnose/between":          {"mutual/diagnose", "mutual/diagnose/chain", "mutual/diagnose/cause", "mutual/diagnose/wire"},
	"diagnose/phrase":           {"mutual/diagnose/cause"},
	"diagnose/observe/starttls": {"mutual/diagnose/cause"},
	"diagnose/observe":          {"mutual/diagnose/observe/starttls", "mutual/diagnose", "mutual/diagnose/chain", "mutual/diagnose/cause", "mutual/diagnose/wire", "mutual/pki"},
	"pki": {"mutual/diagnose/cause", "mutual/diagnose/oid", "mutual/diagnose/chain/der", "mutual/diagnose/chain/signature",
		"mutual/pki/internal/ber", "mutual/pki/internal/jks", "mutual/pki/internal/pbe", "mutual/pki/internal/pkcs12"},
	"pki/roots":           {"mutual/pki", "mutual/diagnose", "mutual/diagnose/chain", "mutual/diagnose/cause"},
	"diagnose/setup":      {},
	"pki/internal/ber":    {},
	"pki/internal/pbe":    {},
	"pki/internal/jks":    {"mutual/pki/internal/pbe"},
	"pki/internal/pkcs12": {"mutual/pki/internal/ber", "mutual/pki/internal/pbe"},
	"fixtures":            {"mutual/diagnose", "mutual/diagnose/cause", "mutual/diagnose/wire", "mutual/pki"},
	"fixtures/stack":      {},
	"cmd/internal/fleet": {"mutual/diagnose", "mutual/diagnose/cause", "mutual/diagnose/chain", "mutual/diagnose/observe",
		"mutual/diagnose/observe/starttls"},
	"cmd/internal/line":   {"mutual/cmd/internal/render", "mutual/diagnose"},
	"cmd/internal/render": {"mutual/diagnose", "mutual/diagnose/chain", "mutual/diagnose/cause"},
}

func TestImportsRunOneWay(t *testing.T) {
	for dir := range packages(t) {
		if _, ok := mayImport[dir]; !ok && dir != "cmd/mutual" { // the commands are above all
			t.Errorf("%s is a package for which nobody has said what it may import", dir)
		}
	}
	for dir, allowed := range mayImport {
		for file, imports := range importsOf(t, filepath.Join("..", dir)) {
			for _, path := range imports {
				if strings.HasPrefix(path, "mutual/") && !slices.Contains(allowed, path) {
					t.Errorf("%s imports %s, and %s may import only %v", file, path, dir, allowed)
				}
			}
		}
	}
}

// TestDiagnoseIsPure: judging facts takes no network, no file, no TLS stack.
func TestDiagnoseIsPure(t *testing.T) {
	for file, imports := range importsOf(t, ".") {
		for _, path := range imports {
			if slices.Contains([]string{"net", "os", "crypto/tls", "net/http", "io/ioutil", "os/exec"}, path) {
				t.Errorf("%s imports %s", file, path)
			}
		}
	}
}

func importsOf(t *testing.T, dir string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != dir:
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		files++
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			found[path] = append(found[path], name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Fatalf("no Go files in %s", dir)
	}
	return found
}

// TestRulesAreWhole: a rule explains itself, cites its source and says what to
// do; it names only causes that exist; it hides no cause behind itself.
func TestRulesAreWhole(t *testing.T) {
	known := map[diagnose.Code]bool{}
	for _, r := range diagnose.Rules() {
		known[r.Code] = true
	}
	for _, r := range diagnose.Rules() {
		switch {
		case r.Title == "" || r.Why == "" || len(r.Fix) == 0 || len(r.Refs) == 0:
			t.Errorf("%s lacks a title, an explanation, a fix or a reference", r.Code)
		case r.Stage == "" || r.Side == "" || r.Severity == "" || r.Basis == "":
			t.Errorf("%s lacks a stage, a side, a severity or a basis", r.Code)
		case strings.ContainsAny(r.Title+r.Why, "!"):
			t.Errorf("%s raises its voice", r.Code)
		}
		for _, under := range r.Under {
			if !known[under] {
				t.Errorf("%s is under %s, which no rule has", r.Code, under)
			}
			if under == r.Code {
				t.Errorf("%s is under itself", r.Code)
			}
		}
	}
}

// packages are the files of each package, tests left out, parsed whole.
func packages(t *testing.T) map[string][]*ast.File {
	t.Helper()
	found := map[string][]*ast.File{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == ".git"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(source, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel("..", filepath.Dir(path))
		found[filepath.ToSlash(dir)] = append(found[filepath.ToSlash(dir)], file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 20 {
		t.Fatalf("%d packages found", len(found))
	}
	return found
}

var source = token.NewFileSet()

// codesAsText are packages and files in which a code may stand as a string:
// the names themselves; the texts of other programs, whose lists a test of
// their own holds against the rules; and names of cases and departures.
func codesAsText(dir string) bool {
	return slices.Contains([]string{"diagnose/cause", "diagnose/phrase", "fixtures", "diagnose/chain/chaintest"}, dir)
}

// TestCodesAreConstants: a code that is misspelt does not compile.
func TestCodesAreConstants(t *testing.T) {
	known := map[string]bool{}
	for _, r := range diagnose.Rules() {
		known[string(r.Code)] = true
	}
	for dir, list := range packages(t) {
		if codesAsText(dir) {
			continue
		}
		for _, file := range list {
			ast.Inspect(file, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				if text, err := strconv.Unquote(lit.Value); err == nil && known[text] {
					t.Errorf("%s: the code %s stands as a string; package cause has its constant", source.Position(lit.Pos()), text)
				}
				return true
			})
		}
	}
}

// TestOnlyWhereItBelongs: output is encoded as JSON in render, so that it is
// escaped; the environment is read by the commands, and where a platform keeps
// its trust store; a report is made by Examine.
func TestOnlyWhereItBelongs(t *testing.T) {
	for _, rule := range []struct {
		what    string
		allowed []string
	}{
		{"json.NewEncoder", []string{"cmd/internal/render", "diagnose"}}, // diagnose: saved facts
		{"json.MarshalIndent", []string{"pki/roots"}},                    // its lock file and its export
		{"json.Marshal", []string{"pki", "diagnose", "fixtures/stack"}},  // what is written to be read again, and Steps
		{"os.Getenv", []string{"cmd/mutual", "cmd/internal/line", "diagnose/observe", "fixtures/stack"}},
		{"os.LookupEnv", []string{"cmd/mutual"}},
		{"diagnose.Report{", []string{"cmd/mutual"}}, // explain: of a text, there is nothing to examine
		{"diagnose.Finding{", []string{"cmd/mutual"}},
	} {
		pkg, name, _ := strings.Cut(strings.TrimSuffix(rule.what, "{"), ".")
		is := func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok {
				return false
			}
			x, ok := sel.X.(*ast.Ident)
			return ok && x.Name == pkg && sel.Sel.Name == name
		}
		seen := false
		for dir, list := range packages(t) {
			for _, file := range list {
				ast.Inspect(file, func(n ast.Node) bool {
					if lit, ok := n.(*ast.CompositeLit); strings.HasSuffix(rule.what, "{") && (!ok || !is(lit.Type)) {
						return true
					} else if !strings.HasSuffix(rule.what, "{") && (n == nil || !is(n)) {
						return true
					}
					if seen = true; !slices.Contains(rule.allowed, dir) {
						t.Errorf("%s: %s belongs to %v alone", source.Position(n.Pos()), rule.what, rule.allowed)
					}
					return true
				})
			}
		}
		if !seen {
			t.Errorf("%s is nowhere", rule.what)
		}
	}
}
