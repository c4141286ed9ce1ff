package line

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// Shells are those that Completion writes for.
func Shells() []string { return []string{"bash", "zsh", "fish", "powershell"} }

// Completion is a script that completes commands, flags and their values in a
// shell. Values are known besides those that a flag's usage lists: by "--flag",
// by "command --flag", and of a command's arguments by "command". Where none
// are known, it completes files.
func Completion(shell string, app *cli.App, values map[string][]string) string {
	t := completionTable(app, values)
	switch shell {
	case "bash":
		return t.bash()
	case "zsh":
		return t.zsh()
	case "fish":
		return t.fish()
	}
	return t.powershell()
}

// completed is one command, "" the program itself.
type completed struct {
	path      string
	usage     string
	commands  []*cli.Command
	flags     []completedFlag
	arguments []string
}

type completedFlag struct {
	name, usage string
	takes       bool
	values      []string
}

type table []completed

func completionTable(app *cli.App, values map[string][]string) table {
	var t table
	var walk func(path []*cli.Command, list []*cli.Command)
	walk = func(path []*cli.Command, list []*cli.Command) {
		c := completed{path: strings.TrimSpace(scope{app, path}.pathWords())}
		c.arguments = plainWords(values[c.path])
		flags := slices.Clone(app.Flags)
		for _, p := range path {
			flags, c.usage = append(flags, p.Flags...), p.Usage
		}
		for i := len(flags) - 1; i >= 0; i-- { // a command's own flag comes before the program's
			f := flags[i]
			if v, is := f.(cli.VisibleFlag); is && !v.IsVisible() || slices.ContainsFunc(c.flags, func(g completedFlag) bool { return g.name == f.Names()[0] }) {
				continue
			}
			name := f.Names()[0]
			g := completedFlag{name: name, takes: takesValue(f)}
			if d, ok := f.(cli.DocGenerationFlag); ok {
				g.usage = strings.ReplaceAll(d.GetUsage(), "`", "")
			}
			if listed := valueName(f); g.takes && strings.Contains(listed, "|") {
				g.values = strings.Split(listed, "|")
			}
			for _, key := range []string{"--" + name, c.path + " --" + name} {
				if known, ok := values[key]; ok {
					g.values = known
				}
			}
			g.values = plainWords(g.values)
			c.flags = append(c.flags, g)
		}
		slices.SortFunc(c.flags, func(a, b completedFlag) int { return strings.Compare(a.name, b.name) })
		for _, below := range list {
			if !below.Hidden {
				c.commands = append(c.commands, below)
			}
		}
		t = append(t, c)
		for _, below := range c.commands {
			walk(append(slices.Clone(path), below), below.Subcommands)
		}
	}
	walk(nil, app.Commands)
	return t
}

// plainWords leaves out what a shell could take for more than a word.
func plainWords(list []string) []string {
	plain := regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return !plain.MatchString(s) })
}

func (c completed) names() []string {
	var names []string
	for _, below := range c.commands {
		names = append(names, below.Name)
	}
	return names
}

func (c completed) flagNames() []string {
	var names []string
	for _, f := range c.flags {
		names = append(names, "--"+f.name)
	}
	return names
}

// posix is what bash and zsh have in common: which words fit, by the command
// that the line names and the word before. It sets candidates, or files.
func (t table) posix() string {
	var b strings.Builder
	b.WriteString("  for word in \"${before[@]}\"; do\n    case \"$command/$word\" in\n")
	for _, c := range t {
		if parent, name, deep := strings.Cut(c.path, " "); deep {
			fmt.Fprintf(&b, "      %s/%s) command='%s' ;;\n", parent, name, c.path)
		} else if c.path != "" {
			fmt.Fprintf(&b, "      /%s) command='%s' ;;\n", c.path, c.path)
		}
	}
	b.WriteString("    esac\n  done\n  files=\n  case \"$command $previous\" in\n")
	for _, c := range t {
		for _, f := range c.flags {
			switch {
			case len(f.values) > 0:
				fmt.Fprintf(&b, "    '%s --%s') candidates='%s'; return ;;\n", c.path, f.name, strings.Join(f.values, " "))
			case f.takes:
				fmt.Fprintf(&b, "    '%s --%s') files=yes; return ;;\n", c.path, f.name)
			}
		}
	}
	b.WriteString("  esac\n  case \"$command\" in\n")
	for _, c := range t {
		words := append(c.names(), c.arguments...)
		fmt.Fprintf(&b, "    '%s')\n      case \"$current\" in -*) candidates='%s'; return ;; esac\n", c.path, strings.Join(c.flagNames(), " "))
		if len(words) > 0 {
			fmt.Fprintf(&b, "      candidates='%s' ;;\n", strings.Join(words, " "))
		} else {
			b.WriteString("      files=yes ;;\n")
		}
	}
	b.WriteString("  esac\n")
	return b.String()
}

func (t table) bash() string {
	return `# bash completion of mutual
_mutual_words() {
` + t.posix() + `}
_mutual() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" command= word= candidates= files=
  local -a before=("${COMP_WORDS[@]:1:COMP_CWORD-1}")
  _mutual_words
  COMPREPLY=()
  if [ -n "$files" ]; then
    compopt -o default 2>/dev/null
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current")
}
complete -F _mutual mutual
`
}

func (t table) zsh() string {
	return `#compdef mutual
_mutual_words() {
` + t.posix() + `}
_mutual() {
  local current="${words[CURRENT]}" previous="${words[CURRENT-1]}" command= word= candidates= files=
  local -a before
  before=("${(@)words[2,CURRENT-1]}")
  _mutual_words
  if [ -n "$files" ]; then
    _files
    return
  fi
  compadd -- ${=candidates}
}
compdef _mutual mutual
`
}

// quoted is text between single quotes for fish, which knows two escapes
// there.
func quoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

func (t table) fish() string {
	var b strings.Builder
	b.WriteString("# fish completion of mutual\ncomplete -c mutual -e\n")
	for _, c := range t {
		when := "__fish_use_subcommand"
		if c.path != "" {
			first, second, deep := strings.Cut(c.path, " ")
			when = "__fish_seen_subcommand_from " + first
			switch {
			case deep:
				when += "; and __fish_seen_subcommand_from " + second
			case len(c.commands) > 0:
				when += "; and not __fish_seen_subcommand_from " + strings.Join(c.names(), " ")
			}
		}
		for _, below := range c.commands {
			fmt.Fprintf(&b, "complete -c mutual -n %s -f -a %s -d %s\n", quoted(when), below.Name, quoted(below.Usage))
		}
		if len(c.arguments) > 0 {
			fmt.Fprintf(&b, "complete -c mutual -n %s -f -a %s\n", quoted(when), quoted(strings.Join(c.arguments, " ")))
		}
		for _, f := range c.flags {
			fmt.Fprintf(&b, "complete -c mutual -n %s -l %s -d %s", quoted(when), f.name, quoted(f.usage))
			switch {
			case len(f.values) > 0:
				b.WriteString(" -x -a " + quoted(strings.Join(f.values, " ")))
			case f.takes:
				b.WriteString(" -r")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func (t table) powershell() string {
	var b strings.Builder
	list := func(words []string) string {
		if len(words) == 0 {
			return "@()"
		}
		return "@('" + strings.Join(words, "', '") + "')"
	}
	b.WriteString("# PowerShell completion of mutual\nRegister-ArgumentCompleter -Native -CommandName mutual -ScriptBlock {\n" +
		"  param($current, $ast, $position)\n  $flags = @{}; $next = @{}; $values = @{}\n")
	for _, c := range t {
		fmt.Fprintf(&b, "  $flags['%s'] = %s\n  $next['%s'] = %s\n", c.path, list(c.flagNames()), c.path, list(append(c.names(), c.arguments...)))
		for _, f := range c.flags {
			if f.takes {
				fmt.Fprintf(&b, "  $values['%s --%s'] = %s\n", c.path, f.name, list(f.values))
			}
		}
	}
	b.WriteString(`  $before = @($ast.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.EndOffset -lt $position } | ForEach-Object { "$_" })
  $command = ''
  foreach ($word in $before) {
    $below = "$command $word".Trim()
    if ($flags.ContainsKey($below)) { $command = $below }
  }
  $previous = if ($before.Count -gt 0) { $before[-1] } else { '' }
  if ($values.ContainsKey("$command $previous")) { $words = $values["$command $previous"] }
  elseif ($current.StartsWith('-')) { $words = $flags[$command] }
  else { $words = $next[$command] }
  $words | Where-Object { $_ -like "$current*" } | ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
}
`)
	return b.String()
}
