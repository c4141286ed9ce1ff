package between

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"

	"mutual/diagnose/wire"
)

// A KeyLogFile is a key log that other programs write to while connections are
// made. The zero value, without a Path, holds nothing.
type KeyLogFile struct {
	Path string

	mu   sync.Mutex
	read int64
	keys wire.KeyLog
}

// keyLogPiece is how much of the file is read at a time.
const keyLogPiece = 1 << 20

// Judge calls do with all that the file holds by now. A file that is not there
// yet holds nothing.
func (k *KeyLogFile) Judge(do func(wire.KeyLog)) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	err := k.refresh()
	do(k.keys)
	return err
}

// refresh reads the lines that were added. A file that became shorter was
// written anew.
func (k *KeyLogFile) refresh() error {
	if k.Path == "" {
		return nil
	}
	file, err := os.Open(k.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil {
		return err
	} else if info.Size() < k.read {
		k.read = 0
	}
	piece := make([]byte, keyLogPiece)
	defer clear(piece)
	for {
		n, err := file.ReadAt(piece, k.read)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		whole := bytes.LastIndexByte(piece[:n], '\n') + 1
		if whole == 0 && n == len(piece) {
			whole = n // no line of a key log is as long
		}
		k.keys.Add(piece[:whole])
		if k.read += int64(whole); whole == 0 || n < len(piece) {
			return nil
		}
	}
}
