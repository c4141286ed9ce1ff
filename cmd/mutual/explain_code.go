package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/phrase"
)

// mostShown bounds how many stacks' wordings a page has.
const mostShown = 24

// codePage is the page of a code; ok is false for what is none.
func codePage(code diagnose.Code) (page render.CodePage, ok bool) {
	page = render.CodePage{Code: code, Settle: phrase.Settle(code)}
	for _, r := range rulesOf(code) {
		if len(page.Rules) == 0 {
			g := r.General()
			page.Stage, page.Title, page.Why, page.Fix, page.Refs, page.Under = g.Stage, g.Title, g.Why, g.Fix, g.Refs, g.Under
			page.Exit = diagnose.Finding{Stage: r.Stage, Side: r.Side}.Exit()
		}
		page.Rules = append(page.Rules, r)
	}
	if len(page.Rules) == 0 {
		return page, false
	}
	for _, x := range phrase.ShownAs(code, mostShown) {
		page.ShownAs = append(page.ShownAs, render.Wording(x))
	}
	for _, r := range phrase.Remedies(code) {
		page.Remedies = append(page.Remedies, render.Wording(r))
	}
	return page, true
}

// rulesOf are the rules of a code, what a client sees before what a server
// sees.
func rulesOf(code diagnose.Code) []diagnose.Rule {
	var clients, servers []diagnose.Rule
	for _, r := range diagnose.Rules() {
		switch {
		case r.Code != code:
		case r.Seen == diagnose.SeenByServer:
			servers = append(servers, r)
		default:
			clients = append(clients, r)
		}
	}
	return append(clients, servers...)
}

func printCode(c *cli.Context, page render.CodePage) error {
	err := inFormats("text", "json")(c)
	switch {
	case err != nil:
		return err
	case outputFormat(c) == "json":
		err = render.CodePageJSON(c.App.Writer, page)
	default:
		err = render.CodePageText(c.App.Writer, page, renderOptions(c))
	}
	if err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

func listCodes(c *cli.Context) error {
	err := inFormats("text", "json")(c)
	switch {
	case err != nil:
		return err
	case outputFormat(c) == "json":
		err = render.CodeListJSON(c.App.Writer, codePages())
	default:
		err = render.CodeListText(c.App.Writer, codePages(), renderOptions(c))
	}
	if err != nil {
		return fmt.Errorf("writing the list: %w", err)
	}
	return nil
}

// stages are those of a connection, in the order in which it passes them, and
// then the others.
var stages = []diagnose.Stage{diagnose.LocalFiles, diagnose.Reach, diagnose.Negotiation, diagnose.TrustStore, diagnose.ServerCertificate, diagnose.Chain,
	diagnose.ClientCertificate, diagnose.Clock, diagnose.Revocation, diagnose.PinnedRootsStage, diagnose.Audited}

// codePages are the heads of all codes' pages, by stage.
func codePages() []render.CodePage {
	var out []render.CodePage
	seen := map[diagnose.Code]bool{}
	for _, stage := range stages {
		for _, r := range diagnose.Rules() {
			if r.Stage != stage || seen[r.Code] {
				continue
			}
			seen[r.Code] = true
			g := r.General()
			out = append(out, render.CodePage{Code: r.Code, Stage: r.Stage, Title: g.Title, Exit: diagnose.Finding{Stage: r.Stage, Side: r.Side}.Exit()})
		}
	}
	return out
}

func codeNames() []string {
	var names []string
	for _, p := range codePages() {
		names = append(names, string(p.Code))
	}
	return names
}
