package diagnose_test

import (
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
	"diagnose/chain/der":        {},
	"diagnose/chain/signature":  {"mutual/diagnose/chain/der"},
	"diagnose/chain/java":       {"mutual/diagnose/chain/der", "mutual/diagnose/chain/signature"},
	"diagnose/chain/openssl":    {"mutual/diagnose/chain/der", "mutual/diagnose/chain/signature"},
	"diagnose":                  {"mutual/diagnose/chain", "mutual/diagnose/cause"},
	"diagnose/wire":             {"mutual/diagnose/cause"},
	"diagnose/phrase":           {"mutual/diagnose/cause"},
	"diagnose/observe/starttls": {"mutual/diagnose/cause"},
	"diagnose/observe":          {"mutual/diagnose/observe/starttls", "mutual/diagnose", "mutual/diagnose/chain", "mutual/diagnose/cause", "mutual/diagnose/wire", "mutual/pki"},
	"pki": {"mutual/diagnose/cause", "mutual/diagnose/oid", "mutual/diagnose/chain/der", "mutual/diagnose/chain/signature",
		"mutual/pki/internal/ber", "mutual/pki/internal/jks", "mutual/pki/internal/pbe", "mutual/pki/internal/pkcs12"},
	"pki/roots":           {"mutual/pki", "mutual/diagnose", "mutual/diagnose/chain", "mutual/diagnose/cause"},
	"diagnose/setup":      {},
	"cmd/internal/line":   {"mutual/cmd/internal/render", "mutual/diagnose"},
	"cmd/internal/render": {"mutual/diagnose", "mutual/diagnose/chain", "mutual/diagnose/cause"},
}

func TestImportsRunOneWay(t *testing.T) {
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
