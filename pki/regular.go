package pki

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// ErrNotRegular says that a path is no file in the plain sense: a named pipe
// would make its reader wait, a device may have no end.
var ErrNotRegular = errors.New("not a regular file")

// ReadRegular reads a regular file of at most most bytes, as one reads files of
// a folder that others may write to. The error of anything else but a file
// wraps ErrNotRegular.
func ReadRegular(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &os.PathError{Op: "read", Path: path, Err: ErrNotRegular}
	}
	if info.Size() > most {
		return nil, &os.PathError{Op: "read", Path: path, Err: fmt.Errorf("%d bytes, and %d are the most", info.Size(), most)}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// What is made up while it is read, as in /proc, has no size, and may
	// have no end.
	return io.ReadAll(io.LimitReader(f, info.Size()))
}
