package pki

import (
	"errors"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// tryLock opens a lock file that nobody else may open meanwhile, and that the
// system deletes when the handle closes, also when the process is killed. ok is
// false if another process has it.
func tryLock(dir string) (unlock func(), ok bool, err error) {
	name, err := windows.UTF16PtrFromString(filepath.Join(dir, ".mutual-lock"))
	if err != nil {
		return nil, false, err
	}
	h, err := windows.CreateFile(name, windows.GENERIC_WRITE|windows.DELETE, 0, nil, windows.OPEN_ALWAYS,
		windows.FILE_ATTRIBUTE_HIDDEN|windows.FILE_FLAG_DELETE_ON_CLOSE, 0)
	switch {
	case err == nil:
		return func() { windows.CloseHandle(h) }, true, nil
	case errors.Is(err, windows.ERROR_SHARING_VIOLATION), errors.Is(err, windows.ERROR_DELETE_PENDING):
		return nil, false, nil
	}
	return nil, false, err
}

// syncDir does nothing: Windows has no such operation, and NTFS journals
// renames.
func syncDir(string) error { return nil }

// renameNew renames a file unless the new name is taken.
func renameNew(from, to string) error {
	fromPtr, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	toPtr, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	return windows.MoveFileEx(fromPtr, toPtr, windows.MOVEFILE_WRITE_THROUGH)
}
