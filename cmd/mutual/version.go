package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/pki/roots"
)

func versionCommand() *cli.Command {
	return &cli.Command{
		Name:        "version",
		Usage:       "print the version, what it was built from, and the date of its roots",
		Description: "The roots that are built in were last read over on that date; mutual roots fetch has\nnewer ones.",
		Before:      inFormats("text", "json"), Action: printVersion,
	}
}

// build is what is known of how the program was made.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit"` // empty where it was not built from a checkout
	Changed  bool   `json:"changed"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
	Roots    string `json:"roots"` // the date of the built-in roots
}

func thisBuild() build {
	b := build{Version: "unknown", Go: strings.TrimPrefix(runtime.Version(), "go"), Platform: runtime.GOOS + "/" + runtime.GOARCH, Roots: roots.Built().Format(time.DateOnly)}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	b.Version = strings.Trim(info.Main.Version, "()")
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.modified":
			b.Changed = s.Value == "true"
		}
	}
	return b
}

// String is the version in one line.
func (b build) String() string {
	v := b.Version
	if v == "devel" && b.Commit != "" {
		v = "devel " + b.commit()
	}
	return v + " go " + b.Go
}

func (b build) commit() string {
	text := b.Commit[:min(12, len(b.Commit))]
	if b.Changed {
		text += "+changes"
	}
	return text
}

func (b build) write(w io.Writer) error {
	commit := b.commit()
	if commit == "" {
		commit = "unknown: not built from a checkout"
	}
	_, err := fmt.Fprintf(w, "mutual %s\n\n  commit    %s\n  go        %s, %s\n  roots     built in, of %s\n", b.Version, commit, b.Go, b.Platform, b.Roots)
	return err
}

func printVersion(c *cli.Context) error {
	if err := arguments(c, 0, 0, "mutual version"); err != nil {
		return err
	}
	if outputFormat(c) == "json" {
		return render.JSONValue(c.App.Writer, struct {
			Schema string `json:"schema"`
			build
		}{"mutual.version/1", thisBuild()})
	}
	return thisBuild().write(c.App.Writer)
}
