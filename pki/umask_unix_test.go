//go:build unix

package pki

import "syscall"

// setUmask sets the process's umask and returns what sets it back.
func setUmask(mask int) (restore func()) {
	old := syscall.Umask(mask)
	return func() { syscall.Umask(old) }
}
