package observe

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mutual/diagnose"
)

// maxBeside bounds how many names of a folder are kept.
const maxBeside = 200

// NoteBeside puts into the facts what stands in the folders of the files, so
// that fixes name what is there and make nothing under a name that is taken.
func NoteBeside(known *diagnose.Facts, paths ...string) {
	for _, path := range paths {
		if path == "" {
			continue
		}
		dir := filepath.Dir(path)
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			dir = filepath.Clean(path)
		}
		if slices.ContainsFunc(known.Beside, func(d diagnose.Folder) bool { return d.Dir == dir }) {
			continue
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		folder := diagnose.Folder{Dir: dir, Names: []string{}}
		for _, e := range entries {
			if len(folder.Names) < maxBeside && holdsKeysOrCertificates(e.Name()) && !e.IsDir() {
				folder.Names = append(folder.Names, e.Name())
			}
		}
		known.Beside = append(known.Beside, folder)
	}
}

// holdsKeysOrCertificates judges by the name alone.
func holdsKeysOrCertificates(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".pem", ".crt", ".cer", ".cert", ".der", ".key", ".csr", ".crl", ".p12", ".pfx", ".p7b", ".jks", ".chain":
		return true
	}
	return false
}
