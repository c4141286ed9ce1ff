package observe

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestServeFinishesRenewal starts on a folder in which a renewal was killed
// between taking the old certificate away and giving the new one its name.
func TestServeFinishesRenewal(t *testing.T) {
	p := newTestPKI(t)
	const crt, key = ".mutual-0123456789abcdef.tmp", ".mutual-fedcba9876543210.tmp"
	if err := errors.Join(os.Rename(p.path("server-crt.pem"), p.path(crt)), os.Rename(p.path("server-key.pem"), p.path(key))); err != nil {
		t.Fatal(err)
	}
	p.write(".mutual-commit", []byte(`[{"temp":"`+key+`","final":"server-key.pem","key":true},{"temp":"`+crt+`","final":"server-crt.pem","key":false}]`))
	s := startServer(t, p, nil)
	if status, err := get(p.client("client", nil), s.url()); status != 200 {
		t.Errorf("after a renewal that was killed: %d, %v, want 200", status, err)
	}
	if left, err := filepath.Glob(p.path(".mutual-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
