package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// confirm asks a question on the terminal; all but y and yes is no. asked is
// false where there is no terminal to ask on. It gives up with the command's
// context.
func confirm(c *cli.Context, question string) (yes, asked bool, err error) {
	_, terminal := terminalOf(c.App.Reader)
	if _, shown := terminalOf(c.App.ErrWriter); !terminal || !shown {
		return false, false, nil
	}
	paragraph(c.App.ErrWriter, "", "", question+" [y/N]")
	fmt.Fprint(c.App.ErrWriter, "> ")
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(c.App.Reader).ReadString('\n')
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case a := <-answer:
		return a == "y" || a == "yes", true, nil
	case <-c.Context.Done():
		return false, true, c.Context.Err()
	}
}
