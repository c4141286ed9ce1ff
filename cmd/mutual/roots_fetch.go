package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/line"
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
	req := roots.Request{Profiles: profiles, All: all, From: c.String("from"), Store: storeToMake(c), Now: time.Now()}
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
	unreached := unreachedError(req, result)
	if unreached != nil && report.ExitCode == diagnose.ExitOK {
		report.ExitCode = diagnose.ExitReach
	}
	talkResult(c, result)
	switch outputFormat(c) {
	case "json":
		return rootsJSON(c, report, resultJSON(req, result))
	case "text":
		if report.RootCause() != nil {
			break
		}
		if _, err := fetchedSheet(result, renderOptions(c)).WriteTo(c.App.Writer); err != nil {
			return err
		}
		if len(result.Stored) == 0 && len(result.Unreached) == 0 {
			return exitError{Code: diagnose.ExitRoots, Err: fmt.Errorf("%s holds no pinned root at all, so nothing was stored", req.From)}
		}
		return unreached
	}
	return printReport(c, report)
}

// talkResult says what there is to know beside the result.
func talkResult(c *cli.Context, result *roots.Result) {
	talk(c, result.Notes)
	for _, err := range result.Unreached {
		talk(c, []string{err.Error()})
	}
}

func fetchedSheet(result *roots.Result, o render.Options) *render.Sheet {
	sheet := render.NewSheet(o)
	for _, s := range result.Stored {
		sheet.Good(fmt.Sprintf("%s: %s fetched, checked and stored in %s", s.Name, plural(s.Roots, "root"), s.Bundle))
	}
	for _, ch := range result.Changes {
		sheet.Fact(string(ch.Kind), changeWords(ch))
	}
	for _, name := range result.Skipped {
		sheet.Fact("left", name+": the source holds none of its roots, so it stays as it is")
	}
	return sheet
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
	if len(c.StringSlice("accept")) == 0 {
		if _, err := rootsStore(c); err != nil {
			return err
		}
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
	talkResult(c, result)
	switch outputFormat(c) {
	case "json":
		return rootsJSON(c, report, resultJSON(req, result))
	case "text":
		sheet := changesSheet(c, req, result)
		if report.RootCause() == nil {
			if _, err := sheet.WriteTo(c.App.Writer); err != nil {
				return err
			}
			return unreachedError(req, result)
		}
		return writeSheet(c, sheet, report)
	}
	return printReport(c, report)
}

func changesSheet(c *cli.Context, req roots.Request, result *roots.Result) *render.Sheet {
	sheet := render.NewSheet(renderOptions(c))
	lacking := map[string][]string{} // keys of which nothing is stored, by profile
	for _, ch := range result.Changes {
		head := sheet.Caution
		if ch.Applied {
			head = sheet.Good
		}
		head(string(ch.Kind) + ": " + changeWords(ch))
		sheet.Fact("pin", ch.SPKI)
		if ch.SHA256 != "" {
			sheet.Fact("sha256", ch.SHA256)
		}
		if ch.Before != "" {
			sheet.Fact("before", ch.Before)
		}
		switch {
		case ch.Applied:
		case ch.Kind == roots.Removed && ch.SHA256 == "":
			lacking[ch.Profile] = append(lacking[ch.Profile], ch.SPKI)
		default:
			sheet.Command("accept", acceptCommand(c, ch.Profile, ch.SPKI))
		}
	}
	for _, p := range req.Profiles { // half of a bundle is not stored: all or none
		if keys := lacking[p.Name]; len(keys) > 0 {
			sheet.Note("To accept that all of these are missing:")
			sheet.Command("accept", acceptCommand(c, p.Name, keys...))
		}
	}
	if len(result.Changes) == 0 && len(result.Problems) == 0 {
		sheet.Good("The published roots are those in use.")
	}
	if len(result.Unstored) > 0 {
		sheet.Fact("note", "compared with the copy built into mutual: "+strings.Join(result.Unstored, ", ")+". mutual roots fetch stores them.")
	}
	for _, name := range result.Skipped {
		sheet.Fact("left", name+": the source holds none of its roots, so there is nothing to compare")
	}
	return sheet
}

// acceptCommand is the command line that takes these changes, from the same
// source into the same store.
func acceptCommand(c *cli.Context, profile string, keys ...string) string {
	command := "mutual roots update " + profile
	if from := c.String("from"); from != "" {
		command += " --from " + line.Quote(from)
	}
	for _, ca := range c.StringSlice("cacert") {
		command += " --cacert " + line.Quote(ca)
	}
	command += storeFlag(c)
	for _, key := range keys {
		command += " --accept " + key
	}
	return command
}

func changeWords(ch roots.Change) string {
	words := ch.Profile + ", " + ch.Root
	if !ch.NotAfter.IsZero() {
		words += ", valid until " + ch.NotAfter.Format(time.DateOnly)
	}
	if ch.Remark != "" {
		words += " (" + ch.Remark + ")"
	}
	return words
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
