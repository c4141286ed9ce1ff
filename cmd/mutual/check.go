package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/fleet"
	"mutual/cmd/internal/line"
	"mutual/cmd/internal/render"
	"mutual/diagnose"
)

func checkCommand() *cli.Command {
	return &cli.Command{
		Name:      "check",
		Usage:     "hold a fleet of servers to a file of expectations",
		ArgsUsage: "FILE",
		Description: "FILE is YAML: targets, who must get in and who must not, the least TLS version, the\n" +
			"days that certificates have to be valid still, pinned keys. With --init the arguments\n" +
			"are targets that work today, and the first such file is written from them. Keys and\n" +
			"passphrases never stand in the file. Ends with 15 where an expectation is not met.",
		Flags: append(connectFlags(),
			&cli.BoolFlag{Name: "init", Usage: "write a first file, from targets that work with the flags above"},
			&cli.StringFlag{Name: "out", Usage: "with --init, write to `FILE` instead of standard output"},
			&cli.BoolFlag{Name: "force", Usage: "with --init, replace FILE"},
			&cli.IntFlag{Name: "parallel", Value: 16, Usage: "check `N` targets at a time"},
		),
		Before: inFormats("text", "json", "junit", "github"), Action: check,
	}
}

// maxExpectations bounds what is read of a file of expectations.
const maxExpectations = 4<<20 + 1

func check(c *cli.Context) error {
	if c.Bool("init") {
		return checkInit(c)
	}
	if err := arguments(c, 1, 1, "mutual check mutual.yaml"); err != nil {
		return err
	}
	for _, flag := range connectFlags() {
		name := flag.Names()[0]
		if name != "timeout" && c.IsSet(name) && os.Getenv("MUTUAL_"+envName(name)) == "" {
			return usage("write it into the file, or use mutual probe", "--%s is for --init; a check takes it from the file", name)
		}
	}
	if n := c.Int("parallel"); n < 1 {
		return usage("write --parallel 16", "--parallel must be 1 or more, not %d", n)
	}
	file, err := loadExpectations(c, c.Args().First())
	if err != nil {
		return err
	}
	step, stop := progress(c, fmt.Sprintf("checking %d targets", len(file.Targets)))
	checker := fleet.Checker{
		Parallel: c.Int("parallel"), Timeout: c.Duration("timeout"), Getenv: os.LookupEnv,
		Proxy: func(host string, port int) (*url.URL, error) {
			return environmentProxy("proxy: none in the file ignores the environment", host, port)
		},
		ReadPass: func(file string) ([]byte, error) { return passphraseFile(file, c.App.Reader) },
		Done:     func(n, of int) { step(fmt.Sprintf("checked %d of %d targets", n, of)) },
	}
	result, err := checker.Check(c.Context, file)
	stop()
	if err != nil {
		return err
	}
	if err := c.Context.Err(); err != nil {
		return err
	}
	switch outputFormat(c) {
	case "json":
		err = render.CheckedJSON(c.App.Writer, result)
	case "junit":
		err = render.CheckedJUnit(c.App.Writer, result, time.Now())
	case "github":
		err = render.CheckedGitHub(c.App.Writer, result)
	default:
		err = render.Checked(c.App.Writer, result, renderOptions(c))
	}
	if err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	if result.ExitCode != diagnose.ExitOK {
		return exitError{Code: result.ExitCode}
	}
	return nil
}

// loadExpectations reads a file of expectations; "-" is standard input.
func loadExpectations(c *cli.Context, path string) (*fleet.File, error) {
	var data []byte
	var err error
	if path == "-" {
		data, err = io.ReadAll(io.LimitReader(c.App.Reader, maxExpectations))
	} else {
		var f *os.File
		if f, err = os.Open(path); err == nil {
			defer f.Close()
			data, err = io.ReadAll(io.LimitReader(f, maxExpectations))
		}
	}
	if err != nil {
		return nil, exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("reading the expectations: %w", err), Hint: "mutual check --init TARGET --dir . --out " + path + " writes a first one"}
	}
	file, err := fleet.Load(path, data, expectationOptions())
	var bad *fleet.FileError
	switch {
	case errors.As(err, &bad):
		if outputFormat(c) == "github" {
			for _, f := range bad.Faults {
				io.WriteString(c.App.Writer, render.Annotation("error", path, f.Line, f.Column, "file of expectations", f.String()))
			}
		}
		return nil, faultyExpectations(bad)
	case err != nil:
		return nil, exitError{Code: diagnose.ExitFiles, Err: err}
	}
	return file, nil
}

// faultyExpectations says the first fault as the error, and the others below.
func faultyExpectations(bad *fleet.FileError) error {
	first := fleet.FileError{Path: bad.Path, Faults: bad.Faults[:1]}
	rest := fleet.FileError{Path: bad.Path, Faults: bad.Faults[1:]}
	return exitError{Code: diagnose.ExitFiles, Err: errors.New(first.Error()), Hint: rest.Error()}
}

func expectationOptions() fleet.Options {
	return fleet.Options{
		Getenv: os.LookupEnv, Nearest: line.Nearest,
		ParseTarget: func(target string) (host string, port int, path string, err error) {
			host, port, path, err = parseTarget(target)
			var e exitError
			if errors.As(err, &e) {
				err = e.Err
			}
			return host, port, path, err
		},
	}
}
