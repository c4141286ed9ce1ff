package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
)

// maxPassphrase bounds what is read of a passphrase file.
const maxPassphrase = 64 << 10

// passphrase returns a function that finds the passphrase of an encrypted
// file: the first line of --pass-file, else MUTUAL_PASS, else, on a terminal,
// what the user types, asked once for each file. It returns nil and no error
// where there is none.
func passphrase(c *cli.Context) func(path string) ([]byte, error) {
	root := rootContext(c)
	var mu sync.Mutex
	typed := map[string][]byte{}
	return func(path string) ([]byte, error) {
		if file := root.String("pass-file"); file != "" {
			return passphraseFile(file, c.App.Reader)
		}
		if pass, ok := os.LookupEnv("MUTUAL_PASS"); ok {
			return []byte(pass), nil
		}
		mu.Lock()
		defer mu.Unlock()
		if pass, ok := typed[path]; ok {
			return pass, nil
		}
		fd, terminal := terminalOf(c.App.Reader)
		if _, shown := terminalOf(c.App.ErrWriter); !terminal || !shown {
			return nil, nil
		}
		pass, err := typePassphrase(c, fd, path)
		if err != nil {
			return nil, fmt.Errorf("asking for the passphrase of %s: %w", path, err)
		}
		typed[path] = pass
		return pass, nil
	}
}

// passphraseGiven reports whether there is one that nobody has to type.
func passphraseGiven(c *cli.Context) bool {
	return rootContext(c).String("pass-file") != "" || os.Getenv("MUTUAL_PASS") != ""
}

// typePassphrase asks on the terminal, without echo, and gives up with the
// command's context.
func typePassphrase(c *cli.Context, fd int, path string) ([]byte, error) {
	before, err := term.GetState(fd)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(c.App.ErrWriter, "passphrase of %s: ", render.Escape(path))
	defer fmt.Fprintln(c.App.ErrWriter)
	type answer struct {
		pass []byte
		err  error
	}
	typed := make(chan answer, 1)
	go func() {
		pass, err := term.ReadPassword(fd)
		typed <- answer{pass, err}
	}()
	select {
	case a := <-typed:
		return a.pass, a.err
	case <-c.Context.Done():
		return nil, errors.Join(c.Context.Err(), term.Restore(fd, before))
	}
}

func passphraseFile(file string, stdin io.Reader) ([]byte, error) {
	var data []byte
	var err error
	if file == "-" {
		data, err = io.ReadAll(io.LimitReader(stdin, maxPassphrase))
	} else {
		var f *os.File
		if f, err = os.Open(file); err == nil {
			defer f.Close()
			data, err = io.ReadAll(io.LimitReader(f, maxPassphrase))
		}
	}
	if err != nil {
		return nil, exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("reading the passphrase: %w", err)}
	}
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), nil
}
