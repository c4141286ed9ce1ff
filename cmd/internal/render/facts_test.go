package render

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mutual/diagnose"
)

// TestSavedFacts judges each testdata/facts/*.json, which mutual probe
// --save-facts wrote, and holds the report to the golden text beside it. A
// failure that somebody has saved becomes a test by copying it there, and
// go test -update writes its golden text for review.
func TestSavedFacts(t *testing.T) {
	saved, err := filepath.Glob("testdata/facts/*.json")
	if err != nil || len(saved) == 0 {
		t.Fatalf("no saved facts: %v", err)
	}
	for _, path := range saved {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			facts, err := diagnose.ParseFacts(data)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := Text(&got, diagnose.Examine(facts), Options{UTF8: true, Trace: true}); err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(path, ".json") + ".txt"
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v; go test ./cmd/internal/render -update writes it", err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("%s gives another text (-golden +now):\n%s", path, diff)
			}
			again, err := diagnose.MarshalFacts(facts)
			if err != nil {
				t.Fatal(err)
			}
			if read, err := diagnose.ParseFacts(again); err != nil || !cmp.Equal(diagnose.Examine(facts).Findings, diagnose.Examine(read).Findings, cmp.AllowUnexported(diagnose.Step{})) {
				t.Errorf("%s is judged otherwise once it was written and read: %v", path, err)
			}
		})
	}
}
