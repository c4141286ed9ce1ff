package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/between"
	"mutual/diagnose/wire"
)

// explainCapture explains the connections of a capture of packets.
func explainCapture(c *cli.Context, file string) error {
	if c.NArg() > 0 {
		return usage("for example:\n  mutual explain --pcap "+diagnose.ShellFile(file), "--pcap stands without an argument, and here is %q besides", c.Args().First())
	}
	if f := outputFormat(c); !oneOf(f, "text", "json") {
		return choiceError("format", f, "text", "json")
	}
	known, err := knownOfBoth(c)
	if err != nil {
		return err
	}
	in := c.App.Reader
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("reading the capture: %w", err)}
		}
		defer f.Close()
		in = f
	}
	if path := c.String("keylog"); path != "" {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			return exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("reading the key log: %w", err)}
		}
	}
	e := &captureLog{c: c, known: known, keys: between.KeyLogFile{Path: c.String("keylog")}, options: renderOptions(c), judged: map[string]*diagnose.Report{}}
	capture := between.Capture{Ports: c.IntSlice("port"), Done: e.done}
	counts, err := capture.Read(in)
	if e.err != nil {
		return e.err
	}
	if err != nil && counts.Packets == 0 {
		return exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("%s: %w", file, err)}
	}
	if outputFormat(c) == "text" {
		if _, err := io.WriteString(c.App.Writer, render.CaptureSummary(e.groups, e.captured(counts), e.options)); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	}
	if err != nil {
		fmt.Fprintf(c.App.ErrWriter, "mutual: %s is cut off or damaged %s; what stands before that is explained\n", file, render.Escape(err.Error()))
	}
	if e.exit != diagnose.ExitOK {
		return exitError{Code: e.exit}
	}
	return nil
}

// captureLog writes what is said of each connection, and sums it up.
type captureLog struct {
	c       *cli.Context
	known   diagnose.Facts
	keys    between.KeyLogFile
	options render.Options
	groups  render.CaptureGroups
	judged  map[string]*diagnose.Report // of connections that went on, by what was shown
	exit    int
	err     error
}

// maxRemembered bounds what a captureLog remembers.
const maxRemembered = 4096

func (e *captureLog) done(conn between.Captured) {
	if e.err != nil {
		return
	}
	seen := between.Seen{
		Command: "explain", Remote: conn.Client.String(), Known: e.known, Recording: conn.Recording,
		Target: diagnose.Target{Host: conn.Server.Addr().String(), Port: int(conn.Server.Port()), Address: conn.Server.String()},
	}
	var facts *diagnose.Facts
	if err := e.keys.Judge(func(keys wire.KeyLog) { facts = seen.Facts(keys) }); err != nil {
		e.err = exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("reading the key log: %w", err)}
		return
	}
	report := e.examine(facts)
	if report.ExitCode != diagnose.ExitOK && (e.exit == diagnose.ExitOK || graver(report.ExitCode, e.exit)) {
		e.exit = report.ExitCode
	}
	var err error
	if outputFormat(e.c) == "json" {
		err = render.JSONLine(e.c.App.Writer, report)
	} else {
		e.groups.Add(report)
		_, err = io.WriteString(e.c.App.Writer, render.CaptureLine(report, e.options))
	}
	if err != nil {
		e.err = fmt.Errorf("writing the result: %w", err)
	}
}

// graver: what ends a connection earlier is graver, and what is explained is
// graver than what is not.
func graver(a, b int) bool {
	return a != diagnose.ExitUnexplained && (b == diagnose.ExitUnexplained || a < b)
}

// examine judges a connection. Of those that went on, what was shown decides:
// it is judged once for all connections alike.
func (e *captureLog) examine(f *diagnose.Facts) *diagnose.Report {
	if f.Between.Refused != "" || f.Between.Left || f.HTTP != nil {
		return diagnose.Examine(f)
	}
	key := []string{f.Target.ServerName, f.Attempts[0].TLSVersion, string(f.Between.Flight), fmt.Sprint(f.Between.Answered), f.Time.Format("2006-01-02T15:04")}
	for _, side := range [][]*diagnose.Certificate{f.Chains.Server, f.Chains.Client} {
		key = append(key, "|")
		for _, cert := range side {
			key = append(key, cert.SHA256)
		}
	}
	id := strings.Join(key, " ")
	if known, ok := e.judged[id]; ok {
		return &diagnose.Report{Schema: diagnose.Schema, Verdict: known.Verdict, ExitCode: known.ExitCode, Facts: *f, Findings: known.Findings}
	}
	report := diagnose.Examine(f)
	if len(e.judged) >= maxRemembered {
		clear(e.judged)
	}
	e.judged[id] = report
	return report
}

// captured says what the capture held beside what was told.
func (e *captureLog) captured(n between.Counts) string {
	parts := []string{fmt.Sprintf("%d packets, %d connections with TLS", n.Packets, n.Connections)}
	for _, more := range []struct {
		n    int
		what string
	}{{n.Headless, "that began before the capture, not judged"}, {n.Other, "without TLS"}} {
		if more.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", more.n, more.what))
		}
	}
	if n.Unread > 0 {
		parts = append(parts, fmt.Sprintf("%d packets of a kind that is not read here", n.Unread))
	}
	return strings.Join(parts, ", ")
}
