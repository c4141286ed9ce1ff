package main

import (
	"io"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/line"
)

func manCommand() *cli.Command {
	return &cli.Command{
		Name:        "man",
		Usage:       "print the manual page",
		Description: "To read it, or to keep it where man looks:\n  mutual man | man -l -\n  mutual man > mutual.1",
		Before:      inFormats("text"), Action: man,
	}
}

func man(c *cli.Context) error {
	if err := arguments(c, 0, 0, "mutual man"); err != nil {
		return err
	}
	_, err := io.WriteString(c.App.Writer, line.Manual(c.App))
	return err
}
