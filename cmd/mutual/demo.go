package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
	"mutual/diagnose/observe"
	"mutual/pki"
)

func demoCommand() *cli.Command {
	return &cli.Command{
		Name:  "demo",
		Usage: "see the whole story in seconds; nothing is left behind",
		Description: "Makes a throw-away CA with certificates, serves them on localhost:4433 (or the next\n" +
			"free port), and probes that server with the right certificate, with none, and with one\n" +
			"from a stranger's CA.",
		Before: inFormats("text", "json"), Action: demo,
	}
}

// scene is one probe of the demo.
type scene struct {
	title  string
	folder string // whose client certificate is shown; empty: none is
	typed  string // what one would type, less the target
	want   diagnose.Code
}

func demo(c *cli.Context) (err error) {
	if err := arguments(c, 0, 0, "mutual demo"); err != nil {
		return err
	}
	temp, remove, err := temporary("mutual-demo-")
	if err != nil {
		return err
	}
	defer func() { err = remove(err) }()
	ours, strangers := filepath.Join(temp, "ours"), filepath.Join(temp, "stranger")
	for dir, name := range map[string]string{ours: "Mutual demo CA", strangers: "Stranger's CA"} {
		if _, err := pki.Init(dir, pki.InitOptions{Name: name, Now: time.Now()}); err != nil {
			return err
		}
	}
	port, stop, err := demoServer(c, ours)
	if err != nil {
		return err
	}
	defer stop()
	if outputFormat(c) == "text" {
		fmt.Fprintf(c.App.Writer, "A CA, a server and a client certificate are made. %s serves, and\nrequires a client certificate. Three clients try.\n\n", hostPort("localhost", port))
	}
	scenes := []scene{
		{"With the certificate that this CA has issued", ours, "--dir .", ""},
		{"Without a certificate", "", "--cacert ca-crt.pem", cause.ClientCertMissing},
		{"With a certificate from a stranger's CA", strangers, "--cacert ca-crt.pem --cert stranger-crt.pem --key stranger-key.pem", cause.ClientCAUntrustedByServer},
	}
	var reports []*diagnose.Report
	for i, s := range scenes {
		report := diagnose.Examine(observe.Probe(c.Context, s.probe(ours, port)))
		if c.Context.Err() != nil {
			return c.Context.Err()
		}
		reports = append(reports, report)
		if outputFormat(c) == "text" {
			command := "mutual probe " + s.typed + " " + hostPort("localhost", port)
			fmt.Fprintf(c.App.Writer, "%d. %s\n   $ %s\n\n", i+1, s.title, strings.Join(render.WrapCommand(command, 75), "\n     "))
			if err := render.Text(c.App.Writer, report, renderOptions(c)); err != nil {
				return err
			}
			fmt.Fprintln(c.App.Writer)
		}
	}
	if err := finishDemo(c, reports); err != nil {
		return err
	}
	return asTold(scenes, reports)
}

// demoServer serves the folder in the background, and says where.
func demoServer(c *cli.Context, dir string) (port int, stop func(), err error) {
	port = 4433
	listeners, err := listenOn(c.Context, "localhost", port)
	if err != nil {
		if port = freePort(c.Context, "localhost", port); port == 0 {
			return 0, nil, fmt.Errorf("no free port from 4433 to 4533: %w", err)
		}
		fmt.Fprintf(c.App.ErrWriter, "port 4433 is taken, so the demo serves on %d\n", port)
		if listeners, err = listenOn(c.Context, "localhost", port); err != nil {
			return 0, nil, err
		}
	}
	ctx, cancel := context.WithCancel(c.Context)
	ended := make(chan error, 1)
	go func() {
		ended <- observe.Serve(ctx, listeners, observe.ServeConfig{
			Cert: filepath.Join(dir, "server-crt.pem"), Key: filepath.Join(dir, "server-key.pem"),
			ClientCA: []string{filepath.Join(dir, "ca-crt.pem")}, ClientAuth: observe.AuthRequire,
			Handler: demoHandler(observe.AuthRequire), Grace: 100 * time.Millisecond,
		})
	}()
	return port, func() { cancel(); <-ended }, nil
}

// probe is what mutual probe makes of the scene's flags, with the files' names
// as if they lay in the current folder.
func (s scene) probe(ours string, port int) observe.ProbeConfig {
	known := diagnose.Facts{Command: "probe", Time: time.Now().UTC()}
	known.Given = diagnose.Given{Target: hostPort("localhost", port), CACert: []string{"ca-crt.pem"}}
	ca := pki.LoadTrust(filepath.Join(ours, "ca-crt.pem"))
	known.Trust = &diagnose.Trust{Source: "files", Files: []string{"ca-crt.pem"}, Count: len(ca.Certs), Anchors: demoFacts(ca.Certs, "ca-crt.pem")}
	known.Beside = []diagnose.Folder{{Dir: ".", Names: []string{"ca-crt.pem", "ca-key.pem", "client-crt.pem", "client-key.pem"}}}
	cfg := observe.ProbeConfig{Host: "localhost", Port: port, ALPN: []string{"h2", "http/1.1"}}
	if s.folder != "" {
		name := "client"
		if s.folder == ours {
			known.Given.Dir = "."
		} else {
			name = "stranger"
		}
		known.Given.Cert, known.Given.Key = name+"-crt.pem", name+"-key.pem"
		pair := pki.LoadPair(filepath.Join(s.folder, "client-crt.pem"), filepath.Join(s.folder, "client-key.pem"), nil)
		known.Identity = demoFacts(pair.Chain, known.Given.Cert)
		cfg.Identity = pair.TLS()
	}
	cfg.Known = known
	return cfg
}

func demoFacts(certs []pki.FileCert, file string) []*diagnose.Certificate {
	var out []*diagnose.Certificate
	for _, fc := range certs {
		fact := chain.NewCertificate(fc.Raw)
		fact.File = file
		out = append(out, fact)
	}
	return out
}

// finishDemo writes the reports as JSON, or what to do next.
func finishDemo(c *cli.Context, reports []*diagnose.Report) error {
	if outputFormat(c) == "text" {
		_, err := fmt.Fprint(c.App.Writer, "That was all, and nothing of it is left. To keep certificates, serve and probe:\n"+
			"  mutual init && mutual serve\n  mutual probe --dir . localhost:4433      (in another terminal)\n")
		return err
	}
	return render.JSONValue(c.App.Writer, reports)
}

// asTold demands that each scene has ended as its title says: the demo is a
// test of the program on this machine, too.
func asTold(scenes []scene, reports []*diagnose.Report) error {
	var wrong []string
	for i, s := range scenes {
		root := reports[i].RootCause()
		if s.want == "" && root != nil || s.want != "" && (root == nil || root.Code != s.want) {
			wrong = append(wrong, fmt.Sprintf("%d. %s", i+1, strings.ToLower(s.title)))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return exitError{Code: exitFault, Err: fmt.Errorf("the demo did not end as it should: %s", strings.Join(wrong, ", ")),
		Hint: "something on this machine interferes (a proxy, a firewall, a clock), or mutual has a bug"}
}
