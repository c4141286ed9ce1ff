package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/pki"
	"mutual/pki/roots"
)

// rootsRequest reads the flags that fetch and update share.
func rootsRequest(c *cli.Context) (roots.Request, error) {
	profiles, all, err := rootsProfiles(c)
	if err != nil {
		return roots.Request{}, err
	}
	req := roots.Request{Profiles: profiles, All: all, From: c.String("from"), Store: rootsStore(c), Now: time.Now()}
	if req.Store.Dir == "" {
		return req, usage("name one with --store FOLDER", "this machine names no configuration folder for you to keep the roots in")
	}
	for _, file := range c.StringSlice("cacert") {
		if req.RootCAs == nil {
			req.RootCAs = x509.NewCertPool()
		}
		trust := pki.LoadTrust(file)
		if err := trust.Err(); err != nil {
			return req, exitError{Code: diagnose.ExitFiles, Err: err}
		}
		for _, ca := range trust.Parsed() {
			req.RootCAs.AddCert(ca)
		}
	}
	return req, nil
}

func rootsFetch(c *cli.Context) error {
	req, err := rootsRequest(c)
	if err != nil {
		return err
	}
	req.Anew = c.Bool("force")
	_, stop := progress(c, "downloading the roots")
	result, err := roots.Fetch(c.Context, req)
	stop()
	if err != nil {
		return rootsFault(c, err, req.Store, req.Profiles)
	}
	return printFetched(c, req, result)
}

func printFetched(c *cli.Context, req roots.Request, result *roots.Result) error {
	report := rootsReport(c, result.Problems)
	if unreached := unreachedError(req, result); unreached != nil && report.ExitCode == diagnose.ExitOK {
		report.ExitCode = diagnose.ExitReach
	}
	talk(c, result.Notes)
	for _, err := range result.Unreached {
		talk(c, []string{err.Error()})
	}
	switch {
	case outputFormat(c) == "json":
		return rootsJSON(c, report, resultJSON(req, result))
	case report.RootCause() != nil || outputFormat(c) == "junit":
		return printReport(c, report)
	}
	for _, s := range result.Stored {
		fmt.Fprintf(c.App.Writer, "%s %s: %s fetched, checked and stored in %s\n", good(c), s.Name, plural(s.Roots, "root"), s.Bundle)
	}
	for _, ch := range result.Changes {
		fmt.Fprintf(c.App.Writer, "  %s\n", changeLine(ch))
	}
	for _, name := range result.Skipped {
		fmt.Fprintf(c.App.Writer, "  %s: the source holds none of its roots, so it stays as it is\n", name)
	}
	if len(result.Stored) == 0 && len(result.Unreached) == 0 {
		return exitError{Code: diagnose.ExitRoots, Err: fmt.Errorf("%s holds no pinned root at all, so nothing was stored", req.From)}
	}
	return unreachedError(req, result)
}

// unreachedError says which profiles could not be had while others could.
func unreachedError(req roots.Request, result *roots.Result) error {
	if len(result.Unreached) == 0 {
		return nil
	}
	return exitError{Code: diagnose.ExitReach, Err: fmt.Errorf("%d of %d profiles could not be downloaded", len(result.Unreached), len(req.Profiles)),
		Hint: "they stay as they are; to go on with the others only, name those"}
}

func rootsUpdate(c *cli.Context) error {
	req, err := rootsRequest(c)
	if err != nil {
		return err
	}
	_, stop := progress(c, "downloading the roots")
	result, err := roots.Update(c.Context, req, c.StringSlice("accept"))
	stop()
	if err != nil {
		return rootsFault(c, err, req.Store, req.Profiles)
	}
	problems := result.Problems
	for _, ch := range result.Waiting() {
		problems = append(problems, diagnose.RootProblem{Kind: diagnose.RootsUpdateWaiting, Profile: ch.Profile, Root: ch.Root,
			Got: fmt.Sprintf("%s, pin %s", ch.Kind, ch.SPKI), Want: "what was looked at and accepted"})
	}
	report := rootsReport(c, problems)
	if unreachedError(req, result) != nil && report.ExitCode == diagnose.ExitOK {
		report.ExitCode = diagnose.ExitReach
	}
	talk(c, result.Notes)
	for _, err := range result.Unreached {
		talk(c, []string{err.Error()})
	}
	if outputFormat(c) == "json" {
		return rootsJSON(c, report, resultJSON(req, result))
	}
	if outputFormat(c) == "text" {
		printChanges(c, req, result)
	}
	if report.RootCause() != nil || outputFormat(c) == "junit" {
		return printReport(c, report)
	}
	return unreachedError(req, result)
}

func printChanges(c *cli.Context, req roots.Request, result *roots.Result) {
	for _, ch := range result.Changes {
		fmt.Fprintf(c.App.Writer, "%s\n", changeLine(ch))
		fmt.Fprintf(c.App.Writer, "    pin     %s\n    sha256  %s\n", ch.SPKI, ch.SHA256)
		if ch.Before != "" {
			fmt.Fprintf(c.App.Writer, "    before  %s\n", ch.Before)
		}
		if !ch.Applied {
			from := ""
			if req.From != "" {
				from = " --from " + req.From
			}
			fmt.Fprintf(c.App.Writer, "    accept  mutual roots update %s%s --accept %s\n", ch.Profile, render.Escape(from), ch.SPKI)
		}
	}
	if len(result.Changes) == 0 && len(result.Problems) == 0 {
		fmt.Fprintf(c.App.Writer, "%s The published roots are those in use.\n", good(c))
	}
	if len(result.Unstored) > 0 {
		fmt.Fprintf(c.App.Writer, "  compared with the copy built into mutual: %s. mutual roots fetch stores them.\n", strings.Join(result.Unstored, ", "))
	}
	for _, name := range result.Skipped {
		fmt.Fprintf(c.App.Writer, "  %s: the source holds none of its roots, so there is nothing to compare\n", name)
	}
}

func changeLine(ch roots.Change) string {
	line := fmt.Sprintf("%-9s  %s, %s, valid until %s", ch.Kind, ch.Profile, ch.Root, ch.NotAfter.Format(time.DateOnly))
	if ch.Remark != "" {
		line += " (" + ch.Remark + ")"
	}
	return render.Escape(line)
}

func resultJSON(req roots.Request, r *roots.Result) any {
	unreached := []string{}
	for _, err := range r.Unreached {
		unreached = append(unreached, err.Error())
	}
	return map[string]any{
		"store": req.Store.Dir, "stored": some(r.Stored), "changes": some(r.Changes), "skipped": some(r.Skipped),
		"compared_with_built_in": some(r.Unstored), "unreached": unreached, "notes": some(r.Notes),
	}
}

// some is a list as JSON shows it where it is empty.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// isExists tells that a file is in the way.
func isExists(err error) bool {
	var exists *pki.ExistsError
	return errors.As(err, &exists)
}
