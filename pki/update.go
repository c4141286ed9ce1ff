package pki

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// UpdateSet is WriteSet, replacing, for files whose content depends on what is
// there: prepare runs while no other process writes into dir, and says what to
// write and which files to remove once that is done. Where it returns an
// error, nothing is changed.
func UpdateSet(dir string, prepare func() (write []Out, remove []string, err error)) error {
	unlock, err := lockDir(dir)
	if err != nil {
		return err
	}
	defer unlock()
	if err := recoverDir(dir); err != nil {
		return err
	}
	write, remove, err := prepare()
	if err != nil || len(write) == 0 {
		return err
	}
	if err := writeSet(dir, write, true); err != nil {
		return err
	}
	for _, name := range remove {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
