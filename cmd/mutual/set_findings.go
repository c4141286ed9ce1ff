package main

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"mutual/diagnose"
	"mutual/diagnose/observe"
	"mutual/pki"
)

// setReport is one fault of a set in the words in which the rules judge the
// same files elsewhere. What mends it is a command of the set's own.
func setReport(c *cli.Context, set *pki.Set, p pki.Problem) *diagnose.Report {
	report := judgeProblem(c, set, p)
	if fix := setFix(c, set, p); len(fix) > 0 {
		report.Findings[0].Fix = fix
	}
	return report
}

// judgeProblem is what the rules find of a problem: in the file that cannot be
// read, or in the certificate together with the set's CA, which itself is judged
// by what it has issued.
func judgeProblem(c *cli.Context, set *pki.Set, p pki.Problem) *diagnose.Report {
	file := diagnose.Facts{Command: c.Command.Name, Time: time.Now().UTC(), View: diagnose.SeenInFiles, Purpose: diagnose.Side(p.Side),
		Given: diagnose.Given{Dir: set.Dir}}
	cert := file
	path, role := p.Path, ""
	if p.Role == pki.RoleTrust {
		path, role = filepath.Join(set.Dir, "server-crt.pem"), "trust store"
	}
	observe.NoteProblems([]pki.Problem{p}, role, &file)
	cert.Identity = observe.Certificates(pki.Load(path, pki.RoleCert, nil).Certs)
	cert.Trust = observe.LoadTrust([]string{filepath.Join(set.Dir, "ca-crt.pem")}, "trust store", &cert)
	trials := []*diagnose.Facts{&file, &cert}
	for _, host := range append(pki.DefaultHosts(), c.StringSlice("host")...) {
		asked := cert
		asked.Target.ServerName = strings.Trim(host, "[]")
		trials = append(trials, &asked)
	}
	for _, facts := range trials {
		report := diagnose.Examine(facts)
		if i := slices.IndexFunc(report.Findings, func(f diagnose.Finding) bool { return f.Code == p.Code }); i >= 0 {
			report.Findings = report.Findings[i : i+1]
			report.Findings[0].Severity = diagnose.Error
			return report
		}
	}
	report := diagnose.Examine(&cert)
	report.Findings = nil
	if rule, ok := diagnose.RuleFor(p.Code); ok {
		report.Findings = []diagnose.Finding{rule.Finding(&file)}
	}
	return report
}
