package main

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/observe"
	"mutual/pki"
	"mutual/pki/roots"
)

const serverCheckExample = "mutual roots check --server-cert fullchain.pem --host <webhook-host>"

// rootsCheckServer is mutual roots check --server-cert: would Google's callers
// accept this server?
func rootsCheckServer(c *cli.Context) error {
	file, host, custom := c.String("server-cert"), strings.Trim(c.String("host"), "[]"), c.StringSlice("custom-ca")
	switch {
	case file == "":
		return usage("for example: "+serverCheckExample, "--host and --custom-ca go with --server-cert, the server's certificate")
	case c.NArg() > 0:
		return usage("ask about the server and about the bundle of client CAs one after the other:\n  "+serverCheckExample,
			"--server-cert is about the server's own certificate, and %s is a bundle of client CAs", c.Args().First())
	case host == "":
		return usage("for example: "+serverCheckExample, "--server-cert needs --host, the host name in the webhook's URL")
	case c.String("config") != "":
		return usage("leave out --config", "--config is about a bundle of client CAs, not about --server-cert")
	}
	products, err := askedProducts(c)
	if err != nil {
		return err
	}
	if len(custom) > 0 {
		if c.String("product") == "es" {
			return usage("leave out --custom-ca", "Dialogflow ES has no field for a CA of your own: it takes a certificate of a public CA only")
		}
		products = []diagnose.Product{diagnose.DialogflowCX}
	}
	facts := rootsReport(c, nil).Facts
	if facts.Time, err = checkedOn(c); err != nil {
		return err
	}
	if facts.Time, err = checkedOn(c); err != nil {
		return err
	}
	facts.Target.ServerName = host
	loaded := pki.Load(file, pki.RoleCert, passphrase(c))
	observe.NoteProblems(loaded.Problems, "server certificate", &facts)
	facts.Identity = observe.Certificates(loaded.Certs)
	var uploaded *diagnose.Trust
	if len(custom) > 0 {
		uploaded = loadUpload(custom, &facts)
	}
	roots.JudgeServer(&facts, products, uploaded)
	report := diagnose.Examine(&facts)
	answer := serverAnswer(report)
	switch outputFormat(c) {
	case "json":
		return rootsJSON(c, report, map[string]any{"server_cert": file, "host": host, "products": products, "custom_ca": some(custom),
			"accepts": report.RootCause() == nil, "answer": answer})
	case "text":
		sheet := render.NewSheet(renderOptions(c))
		if report.RootCause() == nil {
			sheet.Good(answer)
		} else {
			sheet.Bad(answer)
		}
		return writeSheet(c, sheet, report)
	}
	return printReport(c, report)
}

// loadUpload loads what is uploaded with a webhook. Google wants it in DER, so
// that here DER is as good as PEM.
func loadUpload(paths []string, known *diagnose.Facts) *diagnose.Trust {
	t := &diagnose.Trust{Source: "files", Files: paths, Anchors: []*diagnose.Certificate{}}
	for _, path := range paths {
		store := pki.LoadTrust(path)
		problems := slices.DeleteFunc(store.Problems, func(p pki.Problem) bool { return p.Code == cause.DERNotPEM })
		observe.NoteProblems(problems, "uploaded CA", known)
		t.Anchors = append(t.Anchors, observe.Certificates(store.Certs)...)
		t.Unreadable += len(problems)
	}
	t.Count = len(t.Anchors)
	return t
}

// serverAnswer is the answer in a sentence or two.
func serverAnswer(r *diagnose.Report) string {
	ask := fmt.Sprintf("Will %s accept this server as %s on %s? ", diagnose.ProductNames(r.Roots.ServerFor), r.Target.ServerName, day(r.Time))
	switch {
	case r.RootCause() != nil && r.RootCause().Stage == diagnose.LocalFiles:
		return ask + "Cannot tell: a file is at fault."
	case r.Has(cause.ServerCertNotPublic) && !r.Roots.Uploaded && slices.Contains(r.Roots.ServerFor, diagnose.DialogflowCX):
		words := "Only with your own CA uploaded: add --custom-ca FILE to ask so."
		if len(r.Roots.ServerFor) > 1 {
			words = "ES most likely not. CX only with your own CA uploaded: add --custom-ca FILE to ask so."
		}
		return ask + words
	case r.RootCause() != nil && r.RootCause().Basis == diagnose.Inferred:
		return ask + "Most likely not."
	case r.RootCause() != nil:
		return ask + "No."
	case r.Roots.Uploaded:
		return ask + "Yes, once " + strings.Join(r.Trust.Files, " and ") + " is uploaded with the webhook, in DER."
	}
	return ask + "Yes, as far as files tell: its chain is whole and leads to a public CA. Google publishes no list of the CAs that it trusts; " +
		"this goes by Mozilla's and Google's own."
}

func day(t time.Time) string { return t.UTC().Format("2 January 2006") }

// judgeForCallers adds to the judgement of the server's own certificate what
// the callers of pinned profiles will say of it. The name counts where the
// server listens on one that others can know.
func judgeForCallers(facts *diagnose.Facts, in *diagnose.PinnedRoots, listen string) {
	if in == nil {
		return
	}
	var products []diagnose.Product
	for _, product := range []diagnose.Product{diagnose.DialogflowES, diagnose.DialogflowCX} {
		for _, p := range in.Profiles {
			if p.Product == product {
				products = append(products, product)
				break
			}
		}
	}
	if len(products) == 0 {
		return
	}
	if host := strings.TrimSuffix(listen[:max(0, strings.LastIndex(listen, ":"))], "."); strings.Contains(host, ".") && net.ParseIP(host) == nil {
		facts.Target.ServerName = host
	}
	roots.JudgeServer(facts, products, nil)
}
