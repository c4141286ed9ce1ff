package roots

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"mutual/diagnose"
	"mutual/pki"
)

// LockName is the file in a store that says what it holds. It is the store's
// one authority: a certificate file that it does not name is not looked at.
const LockName = "roots.lock.json"

const lockSchema = "mutual.roots.lock/1"

// maxStoreFile bounds what is read of a file in a store.
const maxStoreFile = maxDownload

// Lock is the content of LockName.
type Lock struct {
	Schema   string                   `json:"schema"`
	Profiles map[string]LockedProfile `json:"profiles"`
}

// LockedProfile is what was stored for one profile, from where, and when.
type LockedProfile struct {
	From    string    `json:"from"`
	Fetched time.Time `json:"fetched"`
	// LastModified is what the server said of the bundle; zero where it said
	// nothing.
	LastModified time.Time `json:"last_modified,omitzero"`
	// Bundle is the file with all the profile's roots.
	Bundle       string       `json:"bundle"`
	BundleSHA256 string       `json:"bundle_sha256"`
	Roots        []LockedRoot `json:"roots"`
	// Removed are the keys of the profile whose removal was accepted.
	Removed []string `json:"removed,omitempty"`

	compared bool // the files are to be written
}

// LockedRoot is one root of the store.
type LockedRoot struct {
	Name      string    `json:"name"`
	File      string    `json:"file"`
	SPKI      string    `json:"spki_sha256"`
	SHA256    string    `json:"sha256"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	Basis     Basis     `json:"basis"`

	cert *x509.Certificate
}

// Basis is why a root is in the store.
type Basis string

// The bases.
const (
	Pinned   Basis = "pinned"   // its key is one of the profile's pins
	Public   Basis = "public"   // a public root of one of the profile's operators
	Accepted Basis = "accepted" // taken by roots update --accept
)

// Lock reads the lock file. It returns nil for an empty store, and a
// *StoreError where the file cannot be understood.
func (s Store) Lock() (*Lock, error) {
	if s.Dir == "" {
		return nil, nil
	}
	lock, err := s.lock()
	var store *StoreError
	if errors.As(err, &store) && pki.Recover(s.Dir) == nil {
		// Another process may have been writing, or been killed at it.
		return s.lock()
	}
	return lock, err
}

func (s Store) lock() (*Lock, error) {
	data, err := s.read(LockName)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, s.withoutLock()
	case errors.Is(err, pki.ErrNotRegular):
		return nil, s.changed(diagnose.RootProblem{File: LockName, Got: reason(err), Want: "a file"})
	case err != nil:
		return nil, fmt.Errorf("reading the store of pinned roots: %w", err)
	}
	var lock Lock
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&lock); err != nil {
		return nil, s.changed(diagnose.RootProblem{File: LockName, Got: err.Error(), Want: "a lock file as roots fetch writes it"})
	}
	if lock.Schema != lockSchema {
		return nil, s.changed(diagnose.RootProblem{File: LockName, Got: "schema " + excerpt(lock.Schema), Want: lockSchema})
	}
	return &lock, nil
}

// withoutLock tells an empty store from one whose lock file is gone.
func (s Store) withoutLock() error {
	if pki.Unfinished(s.Dir) {
		return s.changed(diagnose.RootProblem{File: LockName, Got: "the file is missing, and a process that was writing is not done"})
	}
	if left, _ := filepath.Glob(filepath.Join(s.Dir, "*.pem")); len(left) > 0 {
		return s.changed(diagnose.RootProblem{File: LockName, Got: "the file is missing, beside " + filepath.Base(left[0])})
	}
	return nil
}

// read reads a file of the store, of which nobody knows who put it there.
func (s Store) read(name string) ([]byte, error) {
	return pki.ReadRegular(filepath.Join(s.Dir, name), maxStoreFile)
}
