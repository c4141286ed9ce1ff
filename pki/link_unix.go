//go:build unix

package pki

import "os"

// linkNew renames by way of a hard link, which never replaces a file.
func linkNew(from, to string) error {
	if err := os.Link(from, to); err != nil {
		return err
	}
	return os.Remove(from)
}
