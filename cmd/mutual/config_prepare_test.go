package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// aroundApache is the least of a main configuration that includes the printed file.
func aroundApache(t *testing.T, w *configWorld) {
	var b strings.Builder
	for _, m := range []string{"mpm_event", "authz_core", "ssl"} {
		found, _ := filepath.Glob("/usr/lib/apache2/modules/mod_" + m + ".so")
		if len(found) == 0 {
			t.Skipf("module %s of Apache is not where Debian has it", m)
		}
		fmt.Fprintf(&b, "LoadModule %s_module %q\n", m, found[0])
	}
	fmt.Fprintf(&b, "ServerRoot %[1]q\nDefaultRuntimeDir %[1]q\nPidFile \"%[2]s/pid\"\nErrorLog /dev/stderr\nServerName localhost\nDocumentRoot %[1]q\n", w.scratch, w.scratch)
	if os.Getuid() == 0 {
		b.WriteString("User www-data\nGroup www-data\n")
	}
	fmt.Fprintf(&b, "Include \"%s\"\n", strings.NewReplacer(`"`, `\"`).Replace(w.file))
	writeFile(t, filepath.Join(w.scratch, "httpd.conf"), b.String())
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// behindStunnel is the service without TLS that the configuration points at.
func behindStunnel(t *testing.T, w *configWorld) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	behind := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "behind stunnel") })}
	go behind.Serve(ln)
	t.Cleanup(func() { behind.Close() })
	text, err := os.ReadFile(w.file)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, w.file, strings.Replace(string(text), "127.0.0.1:8080", ln.Addr().String(), 1))
}

// buildGo builds the printed program.
func buildGo(t *testing.T, w *configWorld) {
	cmd := exec.Command("go", "build", "-o", filepath.Join(w.scratch, "server"), w.file)
	cmd.Dir = w.scratch
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}
