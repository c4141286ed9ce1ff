package roots

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"mutual/diagnose"
)

// TestStoreOfOddFiles puts a named pipe, a device without end and a folder in
// the place of each file of a store.
func TestStoreOfOddFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows keeps pipes and devices out of folders")
	}
	m := newMirror(t)
	a := root(t, "Root A")
	p := m.profile(a)
	odd := map[string]func(path string) error{
		"a named pipe":               mkfifo,
		"a device without end":       func(path string) error { return os.Symlink("/dev/zero", path) },
		"a folder":                   func(path string) error { return os.Mkdir(path, 0o755) },
		"a file of 5 MiB":            func(path string) error { return os.WriteFile(path, make([]byte, 5<<20), 0o644) },
		"a link to itself":           func(path string) error { return os.Symlink(filepath.Base(path), path) },
		"a link to the kernel's log": func(path string) error { return os.Symlink("/proc/kmsg", path) },
	}
	for name, put := range odd {
		for _, file := range []string{LockName, "test.pem", lockedRoot("Root A", a.Certificate, Pinned).File} {
			req := m.request(t, p)
			fetched(t, req)
			path := filepath.Join(req.Store.Dir, file)
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if err := put(path); err != nil {
				t.Fatal(err)
			}
			done := started(func() error { _, err := p.Pool(req.Store, now); return err })
			select {
			case err := <-done:
				if err == nil {
					t.Errorf("%s in place of %s: Pool = nil, want a refusal", name, file)
				}
				var bad *StoreError
				if errors.As(err, &bad) && bad.Problems[0].Kind != diagnose.RootsStoreChanged {
					t.Errorf("%s in place of %s: %v, want %s", name, file, err, diagnose.RootsStoreChanged)
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("%s in place of %s: Pool hangs", name, file)
			}
			if name == "a folder" {
				continue // nothing removes a folder that somebody made
			}
			req.Anew = true
			again := started(func() error { _, err := Fetch(t.Context(), req); return err })
			select {
			case err := <-again:
				if _, poolErr := p.Pool(req.Store, now); err != nil || poolErr != nil {
					t.Errorf("%s in place of %s: Fetch anew = %v, then Pool = %v", name, file, err, poolErr)
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("%s in place of %s: Fetch anew hangs", name, file)
			}
		}
	}
}

func started(do func() error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- do() }()
	return done
}
