package main

import (
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/line"
	"mutual/diagnose/observe"
	"mutual/diagnose/observe/starttls"
	"mutual/pki"
	"mutual/pki/roots"
)

func completionCommand() *cli.Command {
	return &cli.Command{
		Name:      "completion",
		Usage:     "print what completes commands, flags and values in a shell",
		ArgsUsage: "bash|zsh|fish|powershell",
		Description: "For a shell that runs:\n" +
			"  source <(mutual completion bash)\n" +
			"  source <(mutual completion zsh)\n" +
			"  mutual completion fish | source\n" +
			"  mutual completion powershell | Out-String | Invoke-Expression\n" +
			"For good, the same line in its start file (~/.bashrc, ~/.zshrc behind compinit,\nconfig.fish, $PROFILE).",
		Before: inFormats("text"), Action: completion,
	}
}

func completion(c *cli.Context) error {
	if err := arguments(c, 1, 1, "mutual completion bash"); err != nil {
		return err
	}
	shell := c.Args().First()
	if shells := line.Shells(); !slices.Contains(shells, shell) {
		return usage("write mutual completion "+strings.Join(shells, "|"), "there is no completion for %q", shell)
	}
	_, err := io.WriteString(c.App.Writer, line.Completion(shell, c.App, knownValues()))
	return err
}

// knownValues are values of flags and arguments, by command and flag, that
// usage does not list.
func knownValues() map[string][]string {
	var profiles []string
	for _, p := range roots.Profiles() {
		profiles = append(profiles, p.Name)
	}
	values := map[string][]string{
		"--starttls": starttls.Names(), "--protocol": append(starttls.Spoken(), observe.NoProtocol),
		"audit --allow": observe.AuditCases(), "inspect --for": pki.FormPrograms(), "serve --roots": profiles,
		"explain": codeNames(), "completion": line.Shells(),
	}
	for _, c := range []string{"fetch", "verify", "update", "export"} {
		values["roots "+c] = profiles
	}
	return values
}
