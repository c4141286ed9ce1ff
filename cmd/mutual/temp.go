package main

import (
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// temporary makes a folder that is gone when the command ends, also where it
// ends because nobody reads its output any more: without leave to outlive it,
// the write to a closed pipe kills a program on the spot. remove gives the
// command's error back, or its own.
func temporary(name string) (dir string, remove func(error) error, err error) {
	if dir, err = os.MkdirTemp("", name); err != nil {
		return "", nil, exitError{Code: exitFault, Err: err}
	}
	broken := make(chan os.Signal, 1)
	signal.Notify(broken, syscall.SIGPIPE)
	return dir, func(err error) error {
		signal.Stop(broken)
		gone := os.RemoveAll(dir)
		switch {
		case errors.Is(err, syscall.EPIPE):
			return exitError{Code: exitFault} // there is nobody to tell
		case err == nil && gone != nil:
			return exitError{Code: exitFault, Err: gone}
		}
		return err
	}, nil
}
