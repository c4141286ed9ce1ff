package diagnose

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/build"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

// pkitsVector is one vector of the NIST Public Key Interoperability Test Suite,
// as the Go installation holds them for crypto/x509.
type pkitsVector struct {
	Name           string
	CertPath       []string // anchor first
	ShouldValidate bool
}

func pkitsVectors(t *testing.T) (dir string, vectors []pkitsVector) {
	t.Helper()
	dir = filepath.Join(build.Default.GOROOT, "src", "crypto", "x509", "testdata", "nist-pkits")
	data, err := os.ReadFile(filepath.Join(dir, "vectors.json"))
	if errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") != "true" {
		t.Skipf("the Go installation has no NIST PKITS vectors in %s", dir)
	}
	if err == nil {
		err = json.Unmarshal(data, &vectors)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir, vectors
}

// TestPKITS judges each path of the suite, on both sides: chain.Judge agrees
// with crypto/x509, and names a cause for each that Go refuses. With -v the
// test prints the table. The suite's revocation lists are not part of the
// installation, and so those faults cannot be seen.
func TestPKITS(t *testing.T) {
	dir, vectors := pkitsVectors(t)
	now := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	certs := map[string]*Certificate{}
	load := func(name string) *Certificate {
		if certs[name] == nil {
			der, err := os.ReadFile(filepath.Join(dir, "certs", name))
			if err != nil {
				t.Fatal(err)
			}
			certs[name] = chain.NewCertificate(der)
		}
		return certs[name]
	}
	refused, named := 0, 0
	var table strings.Builder
	for _, v := range vectors {
		path := slices.Clone(v.CertPath)
		slices.Reverse(path)
		q := chain.Question{Path: "identity", Now: now, Trust: &Trust{Source: "files", Count: 1, Anchors: []*Certificate{load(v.CertPath[0])}}}
		for _, name := range path[:max(1, len(path)-1)] {
			q.Sent = append(q.Sent, load(name))
		}
		for _, q.Side = range []Side{ServerSide, ClientSide} {
			verdict := chain.Judge(q)
			agree(t, q, verdict)
			var refusal error = errors.New(q.Sent[0].ParseError)
			if q.Sent[0].X509() != nil {
				refusal = refusalByX509(q)
			}
			if t.Failed() {
				t.Fatalf("%s, as a %s's certificate", v.Name, q.Side)
			}
			if q.Side == ClientSide {
				continue
			}
			if refusal != nil {
				refused++
				var breaking []string
				for _, f := range verdict.Faults {
					if f.Breaks() && f.Code != cause.ChainUnverifiable {
						breaking = append(breaking, fmt.Sprintf("%s@%d", f.Code, f.Depth))
					}
				}
				if len(breaking) > 0 {
					named++
				} else {
					t.Errorf("chain.Judge(%s) = %v, want a named cause: Go says %v", v.Name, faultNames(verdict), refusal)
				}
			}
			fmt.Fprintf(&table, "%-72s suite %-7s Go %-7s %s\n", v.Name, accepts(v.ShouldValidate), accepts(refusal == nil), strings.Join(faultNames(verdict), " "))
		}
		r := Examine(&Facts{Command: "verify", Time: now, View: SeenInFiles, Purpose: ServerSide, Identity: q.Sent, Trust: q.Trust})
		resolveAll(t, r)
	}
	t.Logf("%d paths, %d refused by Go, %d of them with a named cause\n%s", len(vectors), refused, named, table.String())
	if len(vectors) < 200 || refused < 50 {
		t.Errorf("%d vectors, %d refused, want the whole suite", len(vectors), refused)
	}
}

func accepts(ok bool) string {
	if ok {
		return "accepts"
	}
	return "refuses"
}
