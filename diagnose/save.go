package diagnose

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// FactsSchema is the version of the layout of saved facts.
const FactsSchema = "mutual.facts/1"

type savedFacts struct {
	Schema string `json:"schema"`
	Facts
}

// MarshalFacts writes facts so that ParseFacts reads them again. They hold no
// key, password or session secret.
func MarshalFacts(f *Facts) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	err := enc.Encode(savedFacts{FactsSchema, *f})
	return b.Bytes(), err
}

// ParseFacts reads facts saved by MarshalFacts, or those within a report.
func ParseFacts(data []byte) (*Facts, error) {
	var s savedFacts
	if err := json.Unmarshal(data, &s); err != nil {
		return nil, fmt.Errorf("reading saved facts: %w", err)
	}
	if s.Schema != FactsSchema && s.Schema != Schema {
		return nil, fmt.Errorf("saved facts: schema is %q, not %q", s.Schema, FactsSchema)
	}
	return &s.Facts, nil
}
