package main

import (
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestReadmeDayTwo pastes the README's commands of day two into a shell, in an
// empty folder.
func TestReadmeDayTwo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the README's commands are for a POSIX shell")
	}
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(data), "<!-- day two -->\n```\n")
	commands, _, ok2 := strings.Cut(rest, "```\n")
	if !ok || !ok2 {
		t.Fatal("README.md has no block after <!-- day two -->")
	}
	ln, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	free := strings.TrimPrefix(ln.Addr().String(), "127.0.0.1:")
	ln.Close()
	cmd := exec.Command("sh", "-e", "-c", "trap 'kill $! 2>/dev/null || :' EXIT\n"+strings.ReplaceAll(commands, "localhost:4433", "localhost:"+free)+"\nwait")
	cmd.Dir, cmd.WaitDelay = t.TempDir(), time.Second
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said := strings.Join(strings.Fields(string(out)), " ")
	for _, want := range []string{"Nothing is due.", "presents the new server-crt.pem", "accepts the new alice-crt.pem", "refuses bob-crt.pem, and accepts client-crt.pem", "Nothing was revoked now"} {
		if !strings.Contains(said, want) {
			t.Errorf("the README's commands do not say %q:\n%s", want, out)
		}
	}
}
