// Command mutual sets up mutual TLS, and says exactly why it fails.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(mutual())
}

// mutual runs the program on the process's own arguments and streams.
func mutual() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the program at once, should it hang in its work.
	context.AfterFunc(ctx, stop)
	return run(ctx, os.Args, stdio{in: os.Stdin, out: os.Stdout, err: os.Stderr})
}
