package main

import (
	"net"
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mutual": func() { os.Exit(mutual()) }})
}

// TestScripts runs testdata/script: the program as its users run it. In a
// script, exits CODE COMMAND... demands an exit code, and $CLOSED is an
// address on which nothing listens.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: false,
		Setup: func(env *testscript.Env) error {
			for i := 0; i < len(env.Vars); i++ {
				if strings.HasPrefix(env.Vars[i], "MUTUAL_") {
					env.Vars = append(env.Vars[:i], env.Vars[i+1:]...)
					i--
				}
			}
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			env.Setenv("CLOSED", ln.Addr().String())
			return ln.Close()
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits},
	})
}

// exits runs a command and demands its exit code. Its output is there for
// stdout and stderr as after any command.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := "0"
	if err != nil {
		code = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if code != args[0] {
		ts.Fatalf("%s = exit code %s, want %s", strings.Join(args[1:], " "), code, args[0])
	}
}
