//go:build unix

package observe

import (
	"io/fs"
	"syscall"
)

// fileNumber tells a file from another that was renamed into its place with
// the same size and time.
func fileNumber(info fs.FileInfo) uint64 {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Ino)
	}
	return 0
}
