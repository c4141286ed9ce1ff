package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/line"
	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/pki/roots"
)

// rootsSchema names the form in which the roots commands write JSON.
const rootsSchema = "mutual.roots/1"

func rootsCommand() *cli.Command {
	store := &cli.StringFlag{Name: "store", Usage: "`FOLDER` of the fetched roots (default: mutual/roots in your configuration folder)"}
	source := []cli.Flag{store,
		&cli.StringFlag{Name: "from", Usage: "a bundle on a mirror instead of the published addresses: https `URL` or file"},
		&cli.StringSliceFlag{Name: "cacert", Usage: "CA certificates by which to trust the mirror, `FILE` (repeat for more)"},
	}
	return &cli.Command{
		Name:  "roots",
		Usage: "the pinned roots by which a webhook knows Google, and what a bundle will accept",
		Description: "PROFILE is dialogflow, dialogflow-legacy (both ES), dialogflow-cx or google-all;\n" +
			"several go together, with commas or as words. Without one, all are meant. The roots are built into mutual:\nonly fetch and update need the network.",
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "show the profiles and their roots", ArgsUsage: "[PROFILE...]",
				Flags: []cli.Flag{store}, Before: inFormats("text", "json"), Action: rootsList,
			}, {
				Name: "fetch", Usage: "download the roots, check them against their pins, and store them", ArgsUsage: "[PROFILE...]",
				Flags: append([]cli.Flag{&cli.BoolFlag{Name: "force", Usage: "replace a store that was changed by hand"}}, source...), Before: inFormats("text", "json", "junit", "github"), Action: rootsFetch,
			}, {
				Name: "verify", Usage: "check the store against its lock file and the pins, offline", ArgsUsage: "[PROFILE...]",
				Flags: []cli.Flag{store}, Before: inFormats("text", "json", "junit", "github"), Action: rootsVerify,
			}, {
				Name: "update", Usage: "show how the published roots differ from those in use", ArgsUsage: "[PROFILE...]",
				Flags: append([]cli.Flag{&cli.StringSliceFlag{Name: "accept", Usage: "take the change of the root with this `SPKI` pin (repeat for more)"}}, source...), Before: inFormats("text", "json", "junit", "github"), Action: rootsUpdate,
			}, {
				Name: "export", Usage: "write a trust store for another server", ArgsUsage: "[PROFILE...]",
				Flags: []cli.Flag{store,
					&cli.StringFlag{Name: "format", Usage: "`pem|pkcs12|json`: PEM for nginx and the like, PKCS#12 for Java"},
					&cli.StringFlag{Name: "out", Usage: "`FILE` to write (default: standard output)"},
					&cli.BoolFlag{Name: "force", Usage: "replace the file if it is there"},
				}, Action: rootsExport,
			}, {
				Name: "check", Usage: "will this bundle of client CAs accept Dialogflow, today and after 1 December 2026?", ArgsUsage: "BUNDLE...",
				Description: "With --server-cert it asks whether Dialogflow would accept your server.",
				Flags: []cli.Flag{&cli.StringFlag{Name: "config", Usage: "the server's configuration (nginx, Apache, HAProxy), `FILE`: checks depth and identity too"},
					&cli.StringFlag{Name: "on", Usage: "answer as of `DATE`, such as 2026-12-05 (default: today)"},
					&cli.StringFlag{Name: "server-cert", Usage: "ask the other way round: would Dialogflow accept the server with this certificate `FILE` (leaf first, whole chain)?"},
					&cli.StringFlag{Name: "host", Usage: "with --server-cert, the host `NAME` in the webhook's URL"},
					&cli.StringSliceFlag{Name: "custom-ca", Usage: "with --server-cert, what is uploaded with a webhook of CX in place of public CAs, `FILE` (repeat for more)"},
					&cli.StringFlag{Name: "product", Usage: "only `es|cx`: Dialogflow ES and CX present different certificates (default: both)"},
				},
				Before: inFormats("text", "json", "junit", "github"), Action: rootsCheck,
			},
		},
	}
}

// rootsStore is the store of --store, else the one of this user. A store that
// was named has to be there. Where the platform names no configuration folder
// it is the empty store.
func rootsStore(c *cli.Context) (roots.Store, error) {
	store := storeToMake(c)
	if c.String("store") == "" {
		return store, nil
	}
	info, err := os.Stat(store.Dir)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", store.Dir)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("there is no store %s", store.Dir)
	}
	if err != nil {
		return store, exitError{Code: diagnose.ExitFiles, Err: fmt.Errorf("--store: %w", err),
			Hint: "name the folder that was given to roots fetch, or leave --store out"}
	}
	return store, nil
}

// storeToMake is the store into which a command writes: it need not be there.
func storeToMake(c *cli.Context) roots.Store {
	if dir := c.String("store"); dir != "" {
		return roots.Store{Dir: dir}
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return roots.Store{}
	}
	return roots.Store{Dir: filepath.Join(dir, "mutual", "roots")}
}

// storeFlag names the store in a command that is printed, where it was named.
func storeFlag(c *cli.Context) string {
	if dir := c.String("store"); dir != "" {
		return " --store " + line.Quote(dir)
	}
	return ""
}

// rootsProfiles are the profiles that the arguments name; none names all.
func rootsProfiles(c *cli.Context) (list []roots.Profile, all bool, err error) {
	if c.NArg() == 0 {
		return roots.Profiles(), true, nil
	}
	list, err = roots.LookupList(strings.Join(c.Args().Slice(), ","))
	if err != nil {
		hint := "mutual roots list"
		var names []string
		for _, p := range roots.Profiles() {
			names = append(names, p.Name)
		}
		if near := line.Nearest(c.Args().First(), names); near != "" {
			hint = "did you mean " + near + "?"
		}
		return nil, false, exitError{Code: exitUsage, Err: err, Hint: hint}
	}
	return list, false, nil
}

// inspectRoots looks at the profiles of the command line as they are in use.
func inspectRoots(c *cli.Context) ([]*roots.Status, roots.Store, error) {
	profiles, _, err := rootsProfiles(c)
	if err != nil {
		return nil, roots.Store{}, err
	}
	store, err := rootsStore(c)
	if err != nil {
		return nil, store, err
	}
	var all []*roots.Status
	for _, p := range profiles {
		s, err := roots.Inspect(p, store, time.Now())
		if err != nil {
			return nil, store, err
		}
		all = append(all, s)
	}
	return all, store, nil
}

func rootsList(c *cli.Context) error {
	all, store, err := inspectRoots(c)
	if err != nil {
		return err
	}
	if outputFormat(c) == "json" {
		return rootsJSON(c, rootsReport(c, nil), map[string]any{"store": store.Dir, "profiles": statusJSON(all), "known": knownJSON()})
	}
	_, err = listSheet(all, store, renderOptions(c)).WriteTo(c.App.Writer)
	return err
}

func rootsVerify(c *cli.Context) error {
	all, store, err := inspectRoots(c)
	if err != nil {
		return err
	}
	var problems []diagnose.RootProblem
	for _, s := range all {
		for _, problem := range s.Problems {
			problem.File = pathIn(store, problem.File)
			problems = appendProblem(problems, problem)
		}
	}
	report := rootsReport(c, problems)
	switch outputFormat(c) {
	case "json":
		return rootsJSON(c, report, map[string]any{"store": store.Dir, "profiles": statusJSON(all)})
	case "text":
		talk(c, uniqueWarnings(all))
		if report.RootCause() == nil {
			_, err = verifiedSheet(all, store, report, renderOptions(c)).WriteTo(c.App.Writer)
			return err
		}
	}
	for _, s := range all {
		talk(c, append(slices.Clone(s.Accepted), s.Removed...))
	}
	return printReport(c, report)
}

func pathIn(store roots.Store, file string) string {
	if file == "" || filepath.IsAbs(file) || strings.Contains(file, "://") {
		return file
	}
	return filepath.Join(store.Dir, file)
}

// appendProblem drops what several profiles share.
func appendProblem(list []diagnose.RootProblem, p diagnose.RootProblem) []diagnose.RootProblem {
	for _, o := range list {
		if o.Profile = p.Profile; o == p {
			return list
		}
	}
	return append(list, p)
}

// rootsReport judges what was found about the roots.
func rootsReport(c *cli.Context, problems []diagnose.RootProblem) *diagnose.Report {
	return diagnose.Examine(&diagnose.Facts{
		Command: "roots " + c.Command.Name, Time: time.Now().UTC(), View: diagnose.SeenInFiles,
		Given:    diagnose.Given{Target: c.String("from")},
		Roots:    &diagnose.PinnedRoots{Problems: problems},
		Attempts: []diagnose.Attempt{}, Handshake: []diagnose.Message{},
		Chains: diagnose.Chains{Server: []*diagnose.Certificate{}, Client: []*diagnose.Certificate{}},
	})
}

// rootsJSON writes the report together with the command's own result, and
// returns the exit code as an error.
func rootsJSON(c *cli.Context, r *diagnose.Report, result any) error {
	if err := render.JSONResult(c.App.Writer, r, rootsSchema, result); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	if r.ExitCode != diagnose.ExitOK {
		return exitError{Code: r.ExitCode}
	}
	return nil
}

// rootsFault gives the errors of package roots their exit codes. What is wrong
// with the store is a report.
func rootsFault(c *cli.Context, err error, store roots.Store, profiles []roots.Profile) error {
	var (
		down    *roots.DownloadError
		clock   *roots.ClockError
		changed *roots.StoreError
		offered *roots.NotOfferedError
		none    *roots.NoRootError
		file    *fs.PathError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &changed):
		var problems []diagnose.RootProblem
		for _, p := range changed.Problems {
			p.File = pathIn(store, p.File)
			problems = append(problems, p)
		}
		return printReport(c, rootsReport(c, problems))
	case errors.As(err, &none):
		hint := "see what is published today:\n  mutual roots update " + none.Profile + storeFlag(c)
		if len(none.Removed) > 0 {
			hint = "if that was not meant, take a pinned root back:\n  mutual roots update " + none.Profile + storeFlag(c) + " --accept " + none.Removed[0]
		}
		return exitError{Code: diagnose.ExitRoots, Err: err, Hint: hint}
	case errors.As(err, &down):
		code := diagnose.ExitReach
		if down.Kind == roots.Untrusted {
			code = diagnose.ExitServer
		}
		return exitError{Code: code, Err: err, Hint: stillWorks(store, profiles)}
	case errors.As(err, &clock):
		return exitError{Code: exitFault, Err: err, Hint: "set the clock, then try again:\n  timedatectl set-ntp true\n" + stillWorks(store, profiles)}
	case errors.As(err, &offered):
		return exitError{Code: exitUsage, Err: err, Hint: "see the changes and their keys:\n  mutual roots update"}
	case errors.As(err, &file) && file.Path == c.String("from"):
		return exitError{Code: diagnose.ExitFiles, Err: err}
	}
	return exitError{Code: exitFault, Err: err, Hint: stillWorks(store, profiles)}
}

// stillWorks says what is in use although nothing could be downloaded.
func stillWorks(store roots.Store, profiles []roots.Profile) string {
	for _, p := range profiles {
		locked, ok, err := store.Check(p)
		if err != nil {
			return "nothing was changed"
		}
		if ok {
			return fmt.Sprintf("nothing was changed: the store in %s, fetched on %s, keeps working", store.Dir, locked.Fetched.Local().Format("2006-01-02"))
		}
	}
	return "nothing was changed: the roots built into mutual keep working"
}

// talk writes notes to standard error.
func talk(c *cli.Context, lines []string) {
	for _, line := range lines {
		paragraph(c.App.ErrWriter, "note: ", "      ", render.Escape(line))
	}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
