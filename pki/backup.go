package pki

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// backupNumber is the number under which the files of the given names in dir
// are kept when they are replaced: NAME.1 the first time, then NAME.2. A
// certificate and its key share it.
func backupNumber(dir string, names ...string) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	last := 0
	for _, e := range entries {
		for _, name := range names {
			digits, ok := strings.CutPrefix(e.Name(), name+".")
			if n, err := strconv.Atoi(digits); ok && err == nil && strconv.Itoa(n) == digits {
				last = max(last, n)
			}
		}
	}
	return last + 1, nil
}

// stageOld gives the file that f replaces a second, temporary name: a hard link
// where that will do, so that its content and mode are its own. A key that
// others could read, and a file on a file system without links, is copied.
func stageOld(dir string, f Out) (name string, err error) {
	path := filepath.Join(dir, f.Name)
	info, err := os.Lstat(path)
	if err != nil {
		return "", err
	}
	name = stageName()
	temp := filepath.Join(dir, name)
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(path)
		if err != nil {
			return "", err
		}
		return name, os.Symlink(target, temp)
	}
	if !f.Key || info.Mode().Perm()&0o077 == 0 {
		if os.Link(path, temp) == nil {
			return name, nil
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if name, err = stage(dir, Out{Data: data, Key: f.Key}); err != nil || f.Key {
		return name, err
	}
	temp = filepath.Join(dir, name)
	if err := os.Chmod(temp, info.Mode().Perm()); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		os.Remove(temp)
		return "", err
	}
	return name, nil
}

// placeBackup gives a staged old file its name, or the next number that is
// free, and returns which: a backup never replaces a file.
func placeBackup(dir string, s staged) (name string, err error) {
	base, number := s.Final, 0
	if i := strings.LastIndexByte(s.Final, '.'); i > 0 {
		if n, err := strconv.Atoi(s.Final[i+1:]); err == nil {
			base, number = s.Final[:i], n
		}
	}
	for final := s.Final; ; {
		err := renameNew(filepath.Join(dir, s.Temp), filepath.Join(dir, final))
		if !errors.Is(err, fs.ErrExist) {
			return final, err
		}
		if sameFile(filepath.Join(dir, s.Temp), filepath.Join(dir, final)) {
			return final, os.Remove(filepath.Join(dir, s.Temp)) // linked, and interrupted then
		}
		number++
		final = base + "." + strconv.Itoa(number)
	}
}

func sameFile(a, b string) bool {
	first, err := os.Lstat(a)
	if err != nil {
		return false
	}
	second, err := os.Lstat(b)
	return err == nil && os.SameFile(first, second)
}

// stageName is a name for a file on its way to its own.
func stageName() string {
	random := make([]byte, 8)
	rand.Read(random) // never fails
	return stagePrefix + hex.EncodeToString(random) + stageSuffix
}
