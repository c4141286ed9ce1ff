package pki

import (
	"fmt"
	"time"
)

// lockWait is how long to wait for another process that writes into the same
// folder. Making a set of RSA 4096 keys takes seconds.
const lockWait = time.Minute

// lockDir waits for the exclusive right to write into dir.
func lockDir(dir string) (unlock func(), err error) {
	for deadline := time.Now().Add(lockWait); ; time.Sleep(10 * time.Millisecond) {
		unlock, ok, err := tryLock(dir)
		if err != nil || ok {
			return unlock, err
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("another mutual has been writing into %s for %v; end it, and try again", dir, lockWait)
		}
	}
}
