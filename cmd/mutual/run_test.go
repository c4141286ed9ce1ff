package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"
)

// TestInterrupted ends a probe while it waits for a server that says nothing:
// no diagnosis may come of it.
func TestInterrupted(t *testing.T) {
	for _, format := range []string{"text", "json", "junit"} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			if conn, err := ln.Accept(); err == nil {
				defer conn.Close()
				conn.Read(make([]byte, 1))
				cancel()
				conn.Read(make([]byte, 1<<16))
			}
		}()
		var out, talk bytes.Buffer
		code := run(ctx, []string{"mutual", "probe", ln.Addr().String(), "--format", format}, stdio{in: strings.NewReader(""), out: &out, err: &talk})
		if said := out.String() + talk.String(); code != exitFault || !strings.Contains(said, "interrupted") || strings.Contains(said, "findings") {
			t.Errorf("an interrupted probe --format %s = %d, %q, want 3 and that it was interrupted", format, code, said)
		}
	}
}

func TestUnwritableOutput(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full here")
	}
	defer full.Close()
	for _, line := range []string{"--help", "--version", "probe --help", "probe 127.0.0.1:1", "probe 127.0.0.1:1 --json", "probe 127.0.0.1:1 --format junit"} {
		var talk bytes.Buffer
		code := run(context.Background(), append([]string{"mutual"}, strings.Fields(line)...), stdio{in: strings.NewReader(""), out: full, err: &talk})
		if code != exitFault || talk.Len() == 0 {
			t.Errorf("mutual %s to a full disk = %d, %q, want 3 and a sentence", line, code, talk.String())
		}
	}
}

func TestPassphrase(t *testing.T) {
	file := t.TempDir() + "/pass"
	if err := os.WriteFile(file, []byte("first line\r\nsecond\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, flag, variable, stdin, want string }{
		{"none", "", "", "", ""},
		{"file", file, "", "", "first line"},
		{"variable", "", "from env", "", "from env"},
		{"file before variable", file, "from env", "", "first line"},
		{"standard input", "-", "", "typed\n", "typed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			os.Unsetenv("MUTUAL_PASS")
			if c.variable != "" {
				t.Setenv("MUTUAL_PASS", c.variable)
			}
			app := newApp(stdio{in: strings.NewReader(c.stdin), out: &bytes.Buffer{}, err: &bytes.Buffer{}})
			var got []byte
			app.Commands = []*cli.Command{{Name: "try", HideHelp: true, Action: func(ctx *cli.Context) (err error) {
				got, err = passphrase(ctx)("key.pem")
				return err
			}}}
			if err := app.Run([]string{"mutual", "--pass-file", c.flag, "try"}); err != nil || string(got) != c.want {
				t.Errorf("passphrase = %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

// TestProgress holds that nothing is said of what is quick, and that what is
// slow is named on standard error.
func TestProgress(t *testing.T) {
	var talk bytes.Buffer
	app := newApp(stdio{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &talk})
	c := cli.NewContext(app, nil, nil)
	step, stop := progress(c, "connecting")
	step("asking")
	stop()
	stop()
	if talk.Len() != 0 {
		t.Errorf("progress of what is quick = %q, want nothing", talk.String())
	}
	step, stop = progress(c, "connecting")
	step("asking\x1b[2J")
	time.Sleep(1100 * time.Millisecond)
	stop()
	if got := talk.String(); got != "asking\\x1b[2J ...\n" {
		t.Errorf("progress of what is slow = %q, want what is being done", got)
	}
}
