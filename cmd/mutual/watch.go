package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/between"
	"mutual/diagnose/observe"
	"mutual/diagnose/wire"
	"mutual/pki"
)

func watchCommand() *cli.Command {
	return &cli.Command{
		Name:      "watch",
		Usage:     "stand between a client and a server, and explain the connections that fail",
		ArgsUsage: "TARGET",
		Description: "Passes every byte on unchanged, in both directions; it ends no TLS and holds no key.\n" +
			"Have the client connect to --listen in place of TARGET. TLS 1.2 shows certificates and\n" +
			"alerts. Of TLS 1.3 the lengths of records tell much, and --keylog all.",
		Flags: append(betweenFlags(),
			&cli.StringFlag{Name: "listen", Value: "localhost:8443", Usage: "`HOST:PORT`; port 0 takes a free one, an empty host every address"},
			&cli.StringFlag{Name: "starttls", Usage: "`PROTOCOL` in which TLS starts; it is found without, and stands in reports"},
			&cli.BoolFlag{Name: "transparent", Usage: "write the client's address ahead of its bytes (PROXY protocol 2) to a TARGET that expects it"},
			&cli.BoolFlag{Name: "trace", Usage: "draw each handshake, message by message"},
			&cli.StringFlag{Name: "ready-file", Usage: "write the address to `FILE` once it listens"},
		),
		Before: inFormats("text", "json"), Action: watch,
	}
}

// betweenFlags say what is known of both sides of connections of others.
func betweenFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "keylog", Usage: "key log of either side, `FILE`: opens TLS 1.3 (SSLKEYLOGFILE of curl and browsers, node --tls-keylog)"},
		&cli.StringSliceFlag{Name: "server-ca", Usage: "what the client trusts, `FILE` or folder (repeat for more)"},
		&cli.StringSliceFlag{Name: "client-ca", Usage: "what the server trusts for clients, `FILE` or folder (repeat for more)"},
	}
}

func watch(c *cli.Context) error {
	if err := arguments(c, 1, 1, "mutual watch --listen localhost:8443 backend.example:443"); err != nil {
		return err
	}
	host, port, _, err := parseTarget(c.Args().First())
	if err != nil {
		return err
	}
	known, err := knownOfBoth(c)
	if err != nil {
		return err
	}
	listeners, name, err := listen(c.Context, c.String("listen"))
	if err != nil {
		return err
	}
	target := diagnose.Target{Host: host, Port: port, Address: hostPort(host, port), StartTLS: c.String("starttls")}
	known.Given.Target = c.Args().First()
	l := &watchLog{c: c, known: known, target: target, keys: between.KeyLogFile{Path: c.String("keylog")}, options: renderOptions(c)}
	relay := between.Relay{Done: l.done, Dial: func(ctx context.Context) (net.Conn, error) {
		dialer := net.Dialer{Timeout: 10 * time.Second}
		return dialer.DialContext(ctx, "tcp", target.Address)
	}}
	if c.Bool("transparent") {
		relay.Transparent = between.ProxyHeader
	}
	reads := "no key log: TLS 1.3 is judged by the lengths of its records"
	if l.keys.Path != "" {
		reads = "with the key log " + l.keys.Path
	}
	address := hostPort(name, portOf(listeners[0]))
	io.WriteString(c.App.ErrWriter, render.BetweenStart(address, target.Address, reads, l.options))
	if ready := c.String("ready-file"); ready != "" {
		if err := pki.WriteFile(ready, []byte(address+"\n"), false, true); err != nil {
			return exitError{Code: exitFault, Err: fmt.Errorf("writing %s: %w", ready, err)}
		}
	}
	if err := relay.Serve(c.Context, listeners); err != nil {
		return exitError{Code: exitFault, Err: err}
	}
	return nil
}

// knownOfBoth is what the user's files tell of both sides.
func knownOfBoth(c *cli.Context) (diagnose.Facts, error) {
	known := diagnose.Facts{}
	if cas := c.StringSlice("server-ca"); len(cas) > 0 {
		known.Trust = observe.OpenTrust(cas, "trust store", passphrase(c), &known)
		known.Given.CACert = cas
	}
	if cas := c.StringSlice("client-ca"); len(cas) > 0 {
		known.ClientTrust = observe.OpenTrust(cas, "client CA", passphrase(c), &known)
		known.Given.ClientCA = cas[0]
	}
	for _, f := range known.Files {
		if f.Fatal {
			return known, exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("%s: %s", f.Path, f.Problem), Hint: "what is wrong with it:\n  mutual inspect " + diagnose.ShellFile(f.Path)}
		}
	}
	if path := c.String("keylog"); path != "" {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return known, exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("--keylog %s is a folder, not a file", path)}
		}
	}
	observe.NoteBeside(&known, append(c.StringSlice("server-ca"), c.StringSlice("client-ca")...)...)
	return known, nil
}

// watchLog writes a line, or a report, for each connection.
type watchLog struct {
	c       *cli.Context
	known   diagnose.Facts
	target  diagnose.Target
	options render.Options
	keys    between.KeyLogFile
	mu      sync.Mutex
}

func (l *watchLog) done(client net.Addr, passed *wire.Recording, err error) {
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			l.mu.Lock()
			defer l.mu.Unlock()
			fmt.Fprintf(l.c.App.ErrWriter, "%s %s: the target cannot be reached: %s\n", time.Now().Format("15:04:05"), client, render.Escape(err.Error()))
		}
		return
	}
	if !passed.TLS() {
		if n := passed.Kept(); n > 0 && outputFormat(l.c) == "text" {
			l.mu.Lock()
			defer l.mu.Unlock()
			fmt.Fprintf(l.c.App.ErrWriter, "%s %s: passed on, and no TLS in it\n", time.Now().Format("15:04:05"), client)
		}
		return
	}
	seen := between.Seen{Command: "watch", Remote: client.String(), Target: l.target, Known: l.known, Recording: passed}
	var facts *diagnose.Facts
	kerr := l.keys.Judge(func(keys wire.KeyLog) { facts = seen.Facts(keys) })
	report := diagnose.Examine(facts)
	l.mu.Lock()
	defer l.mu.Unlock()
	if kerr != nil {
		fmt.Fprintf(l.c.App.ErrWriter, "the key log cannot be read: %s\n", render.Escape(kerr.Error()))
	}
	if outputFormat(l.c) == "json" {
		render.JSONLine(l.c.App.Writer, report)
		return
	}
	report.Time = report.Time.Local()
	io.WriteString(l.c.App.Writer, render.BetweenLine(report, l.options))
}
