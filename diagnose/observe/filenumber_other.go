//go:build !unix

package observe

import "io/fs"

// fileNumber is 0 where files have no number that os.Stat tells.
func fileNumber(fs.FileInfo) uint64 { return 0 }
