package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// completions are beginnings of command lines, and words that have to be
// among those offered.
var completions = []struct {
	line string
	want []string
	not  string
}{
	{"mutual pro", []string{"probe"}, "verify"},
	{"mutual probe --cac", []string{"--cacert"}, "--cert"},
	{"mutual probe --expect ", []string{"accepted", "rejected", "enforced"}, "probe"},
	{"mutual probe --starttls post", []string{"postgres"}, "smtp"},
	{"mutual --format ht", []string{"html"}, "text"},
	{"mutual roots ", []string{"fetch", "verify", "check"}, "probe"},
	{"mutual roots fetch dialog", []string{"dialogflow"}, "fetch"},
	{"mutual explain client-cert-exp", []string{"client-cert-expired"}, "probe"},
	{"mutual completion ", []string{"bash", "zsh", "fish", "powershell"}, "probe"},
}

// TestCompletion has the shells themselves complete: bash by its own function,
// zsh in a pseudo-terminal, fish by complete -C.
func TestCompletion(t *testing.T) {
	for shell, ask := range map[string]func(t *testing.T, script, line string) []string{"bash": askBash, "zsh": askZsh, "fish": askFish} {
		t.Run(shell, func(t *testing.T) {
			if _, err := exec.LookPath(shell); err != nil {
				if os.Getenv("CI") == "true" {
					t.Fatalf("%s is not installed", shell)
				}
				t.Skipf("%s is not installed", shell)
			}
			code, out, talk := command(t, "completion", shell)
			if code != 0 {
				t.Fatalf("mutual completion %s = %d\n%s", shell, code, talk)
			}
			script := filepath.Join(t.TempDir(), "completion")
			if err := os.WriteFile(script, []byte(out), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, c := range completions {
				got := ask(t, script, c.line)
				for _, word := range c.want {
					if !slices.Contains(got, word) {
						t.Errorf("%s completes %q to %q, want %q among them", shell, c.line, got, word)
					}
				}
				if slices.Contains(got, c.not) {
					t.Errorf("%s completes %q to %q, want no %q", shell, c.line, got, c.not)
				}
			}
		})
	}
	if code, _, talk := command(t, "completion", "tcsh"); code != exitUsage || !strings.Contains(talk, "bash|zsh|fish|powershell") {
		t.Errorf("mutual completion tcsh = %d, %s, want 2 and the shells", code, talk)
	}
}

func shellOutput(t *testing.T, shell string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), shell, args...)
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir(), "TERM=dumb")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s = %v\n%s", shell, err, out)
	}
	return string(out)
}

func askBash(t *testing.T, script, line string) []string {
	return strings.Fields(shellOutput(t, "bash", "--norc", "-c", `source "$1"; line=$2
COMP_WORDS=($line); case $line in *' ') COMP_WORDS+=('') ;; esac
COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _mutual; printf '%s\n' "${COMPREPLY[@]}"`, "bash", script, line))
}

func askFish(t *testing.T, script, line string) []string {
	var words []string
	for l := range strings.Lines(shellOutput(t, "fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line)) {
		word, _, _ := strings.Cut(strings.TrimSpace(l), "\t")
		words = append(words, word)
	}
	return words
}

// askZsh lets zsh complete in a terminal of its own, where compadd writes down
// what fits.
func askZsh(t *testing.T, script, line string) []string {
	found := filepath.Join(t.TempDir(), "found")
	shellOutput(t, "zsh", "-f", "-c", `zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1=; autoload -U compinit; compinit -u -D; source $1"
zpty -w z "compadd() { builtin compadd -O hits \"\$@\"; print -l -- \$hits >>$3; builtin compadd \"\$@\"; }"
zpty -w z "functions -c _mutual _mutual_itself; _mutual() { _mutual_itself; print do''ne; }; print rea''dy"
zpty -r -m z line '*ready*'
zpty -w -n z "$2"$'\t'
zpty -r -m z line '*done*'
zpty -d z`, "zsh", script, line, found)
	words, _ := os.ReadFile(found)
	return strings.Fields(string(words))
}
