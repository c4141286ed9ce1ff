package pki

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Out is a file to be written.
type Out struct {
	Name string // of the file, without a folder
	Data []byte `json:"-"`
	Key  bool   // a private key: mode 0600 rather than 0644
	// Backup is the name under which a file that stands at Name is kept; if
	// empty, that file is replaced and gone.
	Backup string
	// Record is a file in which the folder keeps account of the others. It is
	// replaced with force or without, in one step, after all others.
	Record bool
}

// ExistsError says that a file is there already and may not be overwritten.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string { return e.Path + " is there already" }

// Names in the folder while files are being written. A staged file has its
// final mode from the start; the journal says which staged file becomes what.
const (
	stagePrefix = ".mutual-"
	stageSuffix = ".tmp"
	journalName = ".mutual-commit"
)

// WriteFile writes one file as WriteSet does.
func WriteFile(path string, data []byte, key, force bool) error {
	return WriteSet(filepath.Dir(path), []Out{{Name: filepath.Base(path), Data: data, Key: key}}, force)
}

// WriteSet writes files into the folder dir, all of them or none. Without
// force an existing file makes it end with *ExistsError, and nothing is
// changed; with it, files that stand there are replaced, and kept where an Out
// names a backup. It waits while another process writes there.
//
// Each file is staged under a temporary name, synced and renamed, so no reader
// ever sees a part of one. Keys come before certificates: at whatever moment
// the process is killed, no certificate stands beside a key that is not its
// own. With force, or where a Record is among them, the last step before the
// renames is a journal, from which the next WriteSet, Init or Issue in dir
// finishes the work.
func WriteSet(dir string, files []Out, force bool) error {
	unlock, err := lockDir(dir)
	if err != nil {
		return err
	}
	defer unlock()
	if err := recoverDir(dir); err != nil {
		return err
	}
	return writeSet(dir, files, force)
}

// Recover finishes or clears away what a process killed while it wrote into
// dir has left. It is cheap if there is nothing to do.
func Recover(dir string) error {
	left, err := leftovers(dir)
	if err != nil || len(left) == 0 {
		return err
	}
	unlock, err := lockDir(dir)
	if err != nil {
		return err
	}
	defer unlock()
	return recoverDir(dir)
}

// Unfinished reports whether a process that writes into dir, or was killed at
// it, has left something there.
func Unfinished(dir string) bool {
	left, err := leftovers(dir)
	return err == nil && len(left) > 0
}

// staged is a file on its way to its final name, both without folder. It is an
// entry of the journal.
type staged struct {
	Temp   string `json:"temp"`
	Final  string `json:"final"`
	Key    bool   `json:"key"`
	Backup bool   `json:"backup,omitempty"` // the old file, on its way to another name
	New    bool   `json:"new,omitempty"`    // nothing stood there, and nothing is replaced
	Record bool   `json:"record,omitempty"`
}

// replaces reports whether s takes the place of another certificate or key.
func (s staged) replaces() bool { return !s.Backup && !s.New && !s.Record }

// writeSet is WriteSet under the folder's lock.
func writeSet(dir string, files []Out, force bool) error {
	var old []Out // those to be kept
	journal := force
	for _, f := range files {
		journal = journal || f.Record
		path := filepath.Join(dir, f.Name)
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return err
		case !force && !f.Record:
			return &ExistsError{path}
		case info.IsDir():
			return fmt.Errorf("%s is a directory", path)
		}
		if f.Backup != "" {
			old = append(old, f)
		}
	}
	var set []staged
	done := false
	defer func() {
		if !done {
			removeStaged(dir, set)
		}
	}()
	for _, f := range old {
		temp, err := stageOld(dir, f)
		if err != nil {
			return fmt.Errorf("keeping the old %s: %w", f.Name, err)
		}
		set = append(set, staged{Temp: temp, Final: f.Backup, Key: f.Key, Backup: true})
	}
	for _, now := range []func(Out) bool{
		func(f Out) bool { return f.Key },
		func(f Out) bool { return !f.Key && !f.Record },
		func(f Out) bool { return f.Record },
	} {
		for _, f := range files {
			if !now(f) {
				continue
			}
			temp, err := stage(dir, f)
			if err != nil {
				return err
			}
			set = append(set, staged{Temp: temp, Final: f.Name, Key: f.Key, New: !force && !f.Record, Record: f.Record})
		}
	}
	if !journal {
		if err := place(dir, set); err != nil {
			return err
		}
		done = true
		return syncDir(dir)
	}
	if len(set) > 1 {
		if err := writeJournal(dir, set); err != nil {
			return err
		}
	}
	// From here on the set goes forward, by recoverDir if not by us.
	done = true
	return finishSet(dir, set)
}

// stage writes f under a temporary name, synced to disk.
func stage(dir string, f Out) (name string, err error) {
	mode := fs.FileMode(0o644)
	if f.Key {
		mode = 0o600
	}
	name = stageName()
	path := filepath.Join(dir, name)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return "", err
	}
	defer func() {
		if closeErr := file.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			os.Remove(path)
		}
	}()
	if !f.Key {
		// The umask is for files that may be private; a certificate is not.
		if err := file.Chmod(mode); err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return "", err
		}
	}
	if _, err := file.Write(f.Data); err != nil {
		return "", err
	}
	return name, file.Sync()
}

// place gives new files their names, and takes back what it did if one of the
// names has been taken in the meantime by a program that knows no lock.
func place(dir string, set []staged) error {
	for i, s := range set {
		final := filepath.Join(dir, s.Final)
		if err := renameNew(filepath.Join(dir, s.Temp), final); err != nil {
			for _, placed := range set[:i] {
				os.Remove(filepath.Join(dir, placed.Final))
			}
			if errors.Is(err, fs.ErrExist) {
				return &ExistsError{final}
			}
			return err
		}
	}
	return nil
}

// finishSet replaces files by staged ones. It can be repeated after an
// interruption at any point. The old files that are kept get their names first.
// Where several files change, the old certificates go next, so that none is
// seen beside a new key. A new file whose name a program has taken that knows no
// lock goes under a number, which is an *ExistsError once all is done.
func finishSet(dir string, set []staged) error {
	var old, pending []staged
	changing := 0
	for _, s := range set {
		if s.replaces() {
			changing++
		}
		if _, err := os.Lstat(filepath.Join(dir, s.Temp)); err != nil {
			continue
		}
		if s.Backup {
			old = append(old, s)
		} else {
			pending = append(pending, s)
		}
	}
	for _, s := range old {
		if _, err := placeBackup(dir, s); err != nil {
			return err
		}
	}
	if changing > 1 {
		for _, s := range pending {
			if s.replaces() && !s.Key {
				if err := os.Remove(filepath.Join(dir, s.Final)); err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
			}
		}
	}
	var taken error
	for _, s := range pending {
		if s.New {
			name, err := placeBackup(dir, s)
			if err != nil {
				return err
			}
			if name != s.Final {
				taken = &ExistsError{filepath.Join(dir, s.Final)}
			}
			continue
		}
		if err := os.Rename(filepath.Join(dir, s.Temp), filepath.Join(dir, s.Final)); err != nil {
			return err
		}
	}
	if err := syncDir(dir); err != nil {
		return err
	}
	if len(set) > 1 {
		if err := os.Remove(filepath.Join(dir, journalName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return errors.Join(syncDir(dir), taken)
	}
	return taken
}

// writeJournal records, whole or not at all, that set is complete and has to
// replace what is there.
func writeJournal(dir string, set []staged) error {
	data, err := json.Marshal(set)
	if err != nil {
		return err
	}
	temp, err := stage(dir, Out{Data: data})
	if err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(dir, temp), filepath.Join(dir, journalName)); err != nil {
		os.Remove(filepath.Join(dir, temp))
		return err
	}
	return syncDir(dir)
}

// recoverDir finishes a journalled set and removes staged files that belong to
// none. The folder's lock must be held: then no other process is at work.
func recoverDir(dir string) error {
	left, err := leftovers(dir)
	if err != nil {
		return err
	}
	data, err := ReadRegular(filepath.Join(dir, journalName), maxFileSize)
	if err == nil {
		var set []staged
		if json.Unmarshal(data, &set) != nil || !soundJournal(set) {
			return fmt.Errorf("%s is damaged; remove it, and run mutual init again", filepath.Join(dir, journalName))
		}
		if err := finishSet(dir, set); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, name := range left {
		if isStageName(name) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}

// soundJournal makes sure that a journal names nothing but files of its folder,
// and staged ones as sources.
func soundJournal(set []staged) bool {
	if len(set) < 2 {
		return false // one file needs no journal
	}
	for _, s := range set {
		if !isStageName(s.Temp) || s.Final == "" || s.Final != filepath.Base(s.Final) || strings.HasPrefix(s.Final, ".") {
			return false
		}
	}
	return true
}

func isStageName(name string) bool {
	return strings.HasPrefix(name, stagePrefix) && strings.HasSuffix(name, stageSuffix) && name == filepath.Base(name)
}

// leftovers lists the staged files and the journal in dir.
func leftovers(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if isStageName(e.Name()) || e.Name() == journalName {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

func removeStaged(dir string, set []staged) {
	for _, s := range set {
		os.Remove(filepath.Join(dir, s.Temp))
	}
}
