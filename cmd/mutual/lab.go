package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/line"
	"mutual/fixtures"
	"mutual/pki"
)

func labCommand() *cli.Command {
	return &cli.Command{
		Name:  "lab",
		Usage: "run broken servers to learn from, and to test clients against",
		Description: "Serves each known way in which mutual TLS goes wrong as a live server on 127.0.0.1,\n" +
			"each on a port of its own, until it is interrupted. The index says of each what is\n" +
			"wrong, how curl and openssl show it, and what mutual says. Keys and certificates\n" +
			"are made from a public seed: use them for nothing else.",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "case", Usage: "serve only the case `NAME` (repeat for more)"},
			&cli.StringFlag{Name: "files", Usage: "write each case's files to a folder of its name in `DIR`, and leave them there (default: a temporary folder)"},
			&cli.IntFlag{Name: "port", Usage: "the index's `PORT`; the cases take those after it (default: free ports)"},
			&cli.StringFlag{Name: "ready-file", Usage: "write the index's address to `FILE` once all servers listen"},
		},
		Before: inFormats("text", "json"), Action: lab,
	}
}

// bench is one case of the lab at work.
type bench struct {
	fixtures.Case
	world  *fixtures.World
	server *fixtures.Server
	dir    string // the client's files
}

func lab(c *cli.Context) (err error) {
	if err := arguments(c, 0, 0, "mutual lab --case client-cert-expired"); err != nil {
		return err
	}
	benches, err := labCases(c.StringSlice("case"))
	if err != nil {
		return err
	}
	if first := c.Int("port"); first < 0 || first+len(benches) > 65535 {
		return usage("for example: --port 4500", "--port %d leaves no room for the index and %d cases", first, len(benches))
	}
	dir := c.String("files")
	if dir == "" {
		var remove func(error) error
		if dir, remove, err = temporary("mutual-lab-"); err != nil {
			return err
		}
		defer func() { err = remove(err) }()
	}
	index, err := labListen(c, 0)
	if err != nil {
		return err
	}
	defer index.Close()
	defer func() { closeBenches(benches) }()
	if err := startBenches(c, benches, dir); err != nil {
		return err
	}
	address := "http://" + index.Addr().String() + "/"
	page := labIndex(address, benches)
	web := &http.Server{Handler: page, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 64 << 10}
	served := make(chan error, 1)
	go func() { served <- web.Serve(index) }()
	defer web.Close()
	if outputFormat(c) == "json" {
		err = page.json(c.App.Writer)
	} else {
		err = page.text(c.App.Writer)
	}
	if err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	if ready := c.String("ready-file"); ready != "" {
		if err := pki.WriteFile(ready, []byte(address+"\n"), false, true); err != nil {
			return exitError{Code: exitFault, Err: fmt.Errorf("writing %s: %w", ready, err)}
		}
	}
	select {
	case <-c.Context.Done():
		return nil // an interruption is how it ends
	case err := <-served:
		return exitError{Code: exitFault, Err: fmt.Errorf("the index: %w", err)}
	}
}

// labCases are the cases of those names that have a server; no names mean all.
func labCases(names []string) ([]*bench, error) {
	now := time.Now()
	var all []*bench
	var known []string
	for _, c := range fixtures.Cases() {
		if w := c.In(now); w.Served() {
			all = append(all, &bench{Case: c, world: w})
			known = append(known, c.Name)
		}
	}
	for _, name := range names {
		if slices.Contains(known, name) {
			continue
		}
		hint := "mutual lab lists all of them"
		if near := line.Nearest(name, known); near != "" {
			hint = "did you mean:\n  mutual lab --case " + near
		}
		if _, ok := fixtures.Lookup(name); ok {
			return nil, usage(hint, "the case %s has no server that could be run", name)
		}
		return nil, usage(hint, "there is no case %q", name)
	}
	if len(names) == 0 {
		return all, nil
	}
	return slices.DeleteFunc(all, func(b *bench) bool { return !slices.Contains(names, b.Name) }), nil
}

// startBenches writes each case's files and starts its server.
func startBenches(c *cli.Context, benches []*bench, dir string) error {
	var all sync.WaitGroup
	errs := make([]error, len(benches))
	slots := make(chan struct{}, 8)
	for i, b := range benches {
		ln, err := labListen(c, i+1)
		if err != nil {
			return err
		}
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			b.dir = filepath.Join(dir, b.Name)
			if errs[i] = os.MkdirAll(b.dir, 0o755); errs[i] == nil {
				errs[i] = b.world.WriteClientFiles(b.dir)
			}
			b.server = fixtures.StartOn(b.world, ln)
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return exitError{Code: exitFault, Err: err}
	}
	return nil
}

func closeBenches(benches []*bench) {
	var all sync.WaitGroup
	for _, b := range benches {
		if b.server != nil {
			all.Go(b.server.Close)
		}
	}
	all.Wait()
}

// labListen opens the n-th port of the lab; the index has the first.
func labListen(c *cli.Context, n int) (net.Listener, error) {
	port := c.Int("port")
	if port != 0 {
		port += n
	}
	ctx := context.WithoutCancel(c.Context)
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return nil, exitError{Code: exitFault, Err: fmt.Errorf("the lab cannot listen: %w", err), Hint: "without --port it takes free ports"}
	}
	return ln, nil
}
