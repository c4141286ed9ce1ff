package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// formatTrials are command lines, by command, and the formats of each. D is a
// folder that mutual init has made, E an empty one.
var formatTrials = map[string][]struct {
	line    string
	formats string
}{
	"demo":         {{"demo", "text json"}},
	"init":         {{"init --dir E", "text json junit"}},
	"issue":        {{"issue client ann --dir D", "text json junit"}},
	"export":       {{"export client --for dialogflow-cx --dir D --out E --host web.example", "text json"}},
	"config":       {{"config nginx --dir D", "text json"}, {"config nginx --dir D --out E/nginx.conf", "text json"}, {"config", "text json"}},
	"list":         {{"list --dir D", "text json"}},
	"renew":        {{"renew --dir D client", "text json junit"}},
	"revoke":       {{"revoke --dir D", "text json"}},
	"watch":        {{"watch --listen localhost:0 --ready-file E/ready localhost:1", "text json"}},
	"serve":        {{"serve --dir D --listen localhost:0 --ready-file E/ready --client-ca E", "text json"}},
	"probe":        {{"probe --dir D localhost:1", "text json junit github"}},
	"verify":       {{"verify --cacert D/ca-crt.pem D/server-crt.pem", "text json junit github"}},
	"inspect":      {{"inspect D", "text json junit github"}, {"inspect D/client-crt.pem --write-pem E/new.pem", "text"}},
	"audit":        {{"audit --dir D localhost:1", "text json junit github"}},
	"check":        {{"check D/servers.yaml", "text json junit github"}, {"check --init --dir D localhost:1", "text"}},
	"lab":          {{"lab --case client-cert-expired --files E/lab", "text json"}},
	"roots list":   {{"roots list", "text json"}},
	"roots fetch":  {{"roots fetch --from D/ca-crt.pem --store E dialogflow", "text json junit github"}},
	"roots verify": {{"roots verify", "text json junit github"}},
	"roots update": {{"roots update --from D/ca-crt.pem --store E dialogflow", "text json junit github"}},
	"roots export": {{"roots export dialogflow", "json"}}, // its own --format has pem and pkcs12,
	"roots check":  {{"roots check D/ca-crt.pem", "text json junit github"}},
	"explain":      {{"explain client-cert-expired", "text json"}, {"explain", "text json"}, {"explain connection_refused", "text json junit github"}},
}

// TestCommandsInFormats: each command writes each of its formats whole, or ends
// with 2, names the formats that it has, and has done nothing.
func TestCommandsInFormats(t *testing.T) {
	tried := map[string]bool{}
	for name := range formatTrials {
		tried[name] = true
	}
	var walk func(prefix string, list []*cli.Command)
	walk = func(prefix string, list []*cli.Command) {
		for _, c := range list {
			if len(c.Subcommands) > 0 {
				walk(c.Name+" ", c.Subcommands)
			} else if !tried[prefix+c.Name] {
				t.Errorf("mutual %s%s is tried in no format", prefix, c.Name)
			}
		}
	}
	walk("", commands())

	home := mutualFiles(t)
	if err := os.WriteFile(filepath.Join(home, "servers.yaml"), []byte("targets:\n  - target: localhost:1\n    accept: [none]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, trials := range formatTrials {
		for _, trial := range trials {
			for _, format := range formats() {
				has := slices.Contains(strings.Fields(trial.formats), format)
				if has && (slices.Contains([]string{"demo", "lab", "watch"}, strings.Fields(trial.line)[0])) {
					continue // they run until they are stopped, or for seconds: each has a test of its own
				}
				empty := t.TempDir()
				var args []string
				for _, arg := range strings.Fields(trial.line) {
					for name, dir := range map[string]string{"D": home, "E": empty} {
						if arg == name || strings.HasPrefix(arg, name+"/") {
							arg = dir + arg[1:]
						}
					}
					args = append(args, arg)
				}
				if strings.HasPrefix(trial.line, "issue") {
					args = append(args, "--force")
				}
				code, out, talk := command(t, append(args, "--format", format)...)
				switch {
				case has && code == exitUsage:
					t.Errorf("mutual %s --format %s = 2: %s", trial.line, format, talk)
				case has && !wellFormed(format, out):
					t.Errorf("mutual %s --format %s wrote what is no %s:\n%s%s", trial.line, format, format, out, talk)
				case has:
				case code != exitUsage:
					t.Errorf("mutual %s --format %s = %d, want 2\n%s", trial.line, format, code, out)
				default:
					for _, name := range strings.Fields(trial.formats) {
						if !strings.Contains(out+talk, name) {
							t.Errorf("mutual %s --format %s does not name the format %s: %s%s", trial.line, format, name, out, talk)
						}
					}
					if made, _ := os.ReadDir(empty); len(made) > 0 {
						t.Errorf("mutual %s --format %s made %v", trial.line, format, made)
					}
				}
			}
		}
	}
}

// wellFormed reports whether out is in that format.
func wellFormed(format, out string) bool {
	switch format {
	case "json":
		return json.Valid([]byte(out))
	case "junit":
		dec := xml.NewDecoder(bytes.NewReader([]byte(out)))
		for {
			if _, err := dec.Token(); err != nil {
				return err == io.EOF && strings.Contains(out, "<testsuite")
			}
		}
	case "github":
		return out != "" && !strings.HasPrefix(out, "✗") && !strings.HasPrefix(out, "✓")
	}
	return true
}
