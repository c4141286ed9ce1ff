package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"mutual/cmd/internal/render"
	"mutual/diagnose/setup"
)

const configSchema = "mutual.config/1"

func listStacks(c *cli.Context) error {
	type row struct {
		Name   string       `json:"name"`
		Role   setup.Role   `json:"role"`
		What   string       `json:"what"`
		Proven *setup.Proof `json:"proven"`
		Source string       `json:"source"`
	}
	rows := []row{}
	for _, s := range setup.Stacks() {
		if role := c.String("role"); role == "" || role == string(s.Role) {
			rows = append(rows, row{s.Name, s.Role, s.What, s.Proven, s.Source})
		}
	}
	w := c.App.Writer
	if outputFormat(c) == "json" {
		return render.JSONValue(w, map[string]any{"schema": configSchema, "stacks": rows})
	}
	role := setup.Role("")
	for _, r := range rows {
		if r.Role != role {
			if role != "" {
				fmt.Fprintln(w)
			}
			fmt.Fprintf(w, "%ss\n", r.Role)
			role = r.Role
		}
		how := "from documentation"
		if r.Proven != nil {
			how = "proven " + r.Proven.Version
		}
		if _, err := fmt.Fprintf(w, "  %-12s %-46s %s\n", r.Name, r.What, how); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, "\nfor example: %s\n", configExample)
	return nil
}

func printConfig(c *cli.Context, stack setup.Stack, f *setup.Filled, placeholders bool) error {
	w := c.App.Writer
	if outputFormat(c) == "json" {
		return render.JSONValue(w, map[string]any{"schema": configSchema, "name": stack.Name, "role": stack.Role,
			"proven": stack.Proven, "source": stack.Source, "files": f.Files, "needs": f.Needs,
			"check": f.Check, "start": f.Start, "reload": f.Reload, "test": f.Test, "log": f.Log, "beyond": f.Beyond})
	}
	head := fmt.Sprintf("%s, as a %s: from its documentation, not run.", stack.What, stack.Role)
	if stack.Proven != nil {
		head = fmt.Sprintf("%s, as a %s: proven with version %s on %s.", stack.What, stack.Role, stack.Proven.Version, stack.Proven.Day)
	}
	paragraph(w, "", "", head)
	if c.String("out") == "" {
		for _, file := range f.Files {
			fmt.Fprintf(w, "\n----- %s -----\n%s-----\n", file.Name, file.Text)
		}
	}
	if placeholders {
		paragraph(w, "", "", "What stands in <...> is yours to give: --dir FOLDER, or --cert, --key and the CA.")
	}
	fmt.Fprintln(w)
	for _, part := range []struct {
		name  string
		lines []string
	}{{"first", f.Needs}, {"check", f.Check}, {"start", f.Start}, {"reload", f.Reload}, {"test", f.Test}} {
		for i, text := range part.lines {
			name := part.name
			if i > 0 {
				name = ""
			}
			fmt.Fprintf(w, "  %-8s %s\n", name, render.Escape(text))
		}
	}
	for _, part := range []struct{ name, text string }{{"refused", f.Log}, {"beyond", f.Beyond}, {"source", stack.Source}} {
		if part.text != "" {
			paragraph(w, fmt.Sprintf("  %-8s ", part.name), "           ", part.text)
		}
	}
	return nil
}
