package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
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
				Flags: []cli.Flag{store}, Action: rootsList,
			}, {
				Name: "fetch", Usage: "download the roots, check them against their pins, and store them", ArgsUsage: "[PROFILE...]",
				Flags: append([]cli.Flag{&cli.BoolFlag{Name: "force", Usage: "replace a store that was changed by hand"}}, source...), Action: rootsFetch,
			}, {
				Name: "verify", Usage: "check the store against its lock file and the pins, offline", ArgsUsage: "[PROFILE...]",
				Flags: []cli.Flag{store}, Action: rootsVerify,
			}, {
				Name: "update", Usage: "show how the published roots differ from those in use", ArgsUsage: "[PROFILE...]",
				Flags: append([]cli.Flag{&cli.StringSliceFlag{Name: "accept", Usage: "take the change of the root with this `SPKI` pin (repeat for more)"}}, source...), Action: rootsUpdate,
			}, {
				Name: "export", Usage: "write a trust store for another server", ArgsUsage: "[PROFILE...]",
				Flags: []cli.Flag{store,
					&cli.StringFlag{Name: "format", Usage: "`pem|pkcs12|json`: PEM for nginx and the like, PKCS#12 for Java"},
					&cli.StringFlag{Name: "out", Usage: "`FILE` to write (default: standard output)"},
					&cli.BoolFlag{Name: "force", Usage: "replace the file if it is there"},
				}, Action: rootsExport,
			}, {
				Name: "check", Usage: "will this bundle of client CAs accept Dialogflow, today and after 1 December 2026?", ArgsUsage: "BUNDLE...",
				Flags: []cli.Flag{&cli.StringFlag{Name: "config", Usage: "the server's configuration (nginx, Apache, HAProxy), `FILE`: checks depth and identity too"},
					&cli.StringFlag{Name: "product", Usage: "only `es|cx`: Dialogflow ES and CX present different certificates (default: both)"},
				},
				Action: rootsCheck,
			},
		},
	}
}

// rootsStore is the store of --store, else the one of this user. Where the
// platform names no configuration folder it is the empty store.
func rootsStore(c *cli.Context) roots.Store {
	if dir := c.String("store"); dir != "" {
		return roots.Store{Dir: dir}
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return roots.Store{}
	}
	return roots.Store{Dir: filepath.Join(dir, "mutual", "roots")}
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

func rootsList(c *cli.Context) error {
	profiles, _, err := rootsProfiles(c)
	if err != nil {
		return err
	}
	store := rootsStore(c)
	var all []*roots.Status
	for _, p := range profiles {
		s, err := roots.Inspect(p, store, time.Now())
		if err != nil {
			return err
		}
		all = append(all, s)
	}
	if outputFormat(c) == "json" {
		return rootsJSON(c, rootsReport(c, nil), map[string]any{"store": store.Dir, "profiles": statusJSON(all), "known": knownJSON()})
	}
	_, err = io.WriteString(c.App.Writer, listText(all, store))
	return err
}

func rootsVerify(c *cli.Context) error {
	profiles, _, err := rootsProfiles(c)
	if err != nil {
		return err
	}
	store := rootsStore(c)
	var problems []diagnose.RootProblem
	var all []*roots.Status
	stored := 0
	for _, p := range profiles {
		s, err := roots.Inspect(p, store, time.Now())
		if err != nil {
			return err
		}
		for _, problem := range s.Problems {
			problem.File = pathIn(store, problem.File)
			problems = appendProblem(problems, problem)
		}
		if !s.Fetched.IsZero() {
			stored++
		}
		all = append(all, s)
	}
	report := rootsReport(c, problems)
	if outputFormat(c) == "json" {
		return rootsJSON(c, report, map[string]any{"store": store.Dir, "profiles": statusJSON(all)})
	}
	talk(c, uniqueWarnings(all))
	if report.RootCause() != nil || outputFormat(c) == "junit" {
		return printReport(c, report)
	}
	if stored == 0 {
		fmt.Fprintf(c.App.Writer, "%s No roots are stored, and those built into mutual are in use; they hold.\n", good(c))
	} else {
		fmt.Fprintf(c.App.Writer, "%s The store holds what its lock file says, and that fits the pins: %s.\n", good(c), store.Dir)
	}
	for _, s := range all {
		from := "built in"
		if !s.Fetched.IsZero() {
			from = "fetched " + s.Fetched.Local().Format("2006-01-02 15:04")
		}
		fmt.Fprintf(c.App.Writer, "  %-18s %s, %s\n", s.Name, plural(len(s.Roots), "root"), from)
	}
	for _, f := range report.Findings {
		fmt.Fprintf(c.App.Writer, "  note  %s  %s\n", render.Escape(f.Title), f.Code)
	}
	return nil
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
	out := json.NewEncoder(c.App.Writer)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	err := out.Encode(struct {
		*diagnose.Report
		ResultSchema string `json:"result_schema"`
		Result       any    `json:"result"`
	}{r, rootsSchema, result})
	if err != nil {
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

// talk writes warnings to standard error.
func talk(c *cli.Context, lines []string) {
	for _, line := range lines {
		fmt.Fprintf(c.App.ErrWriter, "note: %s\n", render.Escape(line))
	}
}

func good(c *cli.Context) string {
	if renderOptions(c).UTF8 {
		return "✓"
	}
	return "ok:"
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
