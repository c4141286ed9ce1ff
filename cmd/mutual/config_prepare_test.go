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

	"mutual/fixtures/stack"
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

// aloneEtcd adds what a member needs besides, off its usual places.
func aloneEtcd(t *testing.T, w *configWorld) {
	port, err := stack.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(w.file)
	if err != nil {
		t.Fatal(err)
	}
	peer := fmt.Sprintf("http://127.0.0.1:%d", port)
	writeFile(t, w.file, string(text)+fmt.Sprintf("data-dir: %q\nlisten-peer-urls: %[2]q\ninitial-advertise-peer-urls: %[2]q\ninitial-cluster: %[3]q\n",
		filepath.Join(w.scratch, "data"), peer, "default="+peer))
}

// freshCluster makes PostgreSQL's files, and fills in the user that the
// configuration leaves open.
func freshCluster(t *testing.T, w *configWorld) {
	program, err := stack.Program(stack.Postgres)
	if err != nil {
		t.Fatal(err)
	}
	ident := filepath.Join(w.out, "pg_ident.conf")
	text, err := os.ReadFile(ident)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, ident, strings.ReplaceAll(string(text), "<user>", "postgres"))
	args := []string{filepath.Join(filepath.Dir(program), "initdb"), "-D", filepath.Join(w.scratch, "data"), "-A", "peer", "-U", "postgres", "-N", "--no-locale", "-E", "UTF8"}
	if os.Getuid() == 0 {
		if out, err := exec.Command("chown", "postgres", w.scratch).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		args = append([]string{"runuser", "-u", "postgres", "--"}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = w.scratch
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// freshTables makes MariaDB's files, and the account of the configuration.
func freshTables(t *testing.T, w *configWorld) {
	data := filepath.Join(w.scratch, "data")
	args := []string{"mariadb-install-db", "--no-defaults", "--datadir=" + data, "--tmpdir=" + w.scratch, "--auth-root-authentication-method=normal"}
	if os.Getuid() == 0 {
		args = append(args, "--user=mysql")
		for _, line := range append([]string{"chown mysql " + w.scratch}, w.filled.Needs...) {
			if out, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, out)
			}
		}
	}
	if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	sql, err := os.ReadFile(filepath.Join(w.out, "mutual.sql"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(strings.NewReplacer("<user>", "ann", "<password>", "secret", "'%'", "'localhost'").Replace(string(sql))) {
		if !strings.HasPrefix(line, "--") {
			lines = append(lines, line)
		}
	}
	writeFile(t, filepath.Join(w.scratch, "account.sql"), strings.Join(lines, ""))
}

// keyStore does what the configuration says comes first, with a password.
func keyStore(t *testing.T, w *configWorld) {
	t.Helper()
	script := strings.Join(w.filled.Needs, " && ")
	if out, err := exec.Command("sh", "-c", strings.Replace(script, "<password>", "secret", 1)).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", script, err, out)
	}
}

// aloneRabbit keeps a broker's files, names and ports apart from the machine's.
func aloneRabbit(t *testing.T, w *configWorld) {
	if _, err := os.Stat("/usr/lib/rabbitmq/bin/rabbitmq-server"); err != nil {
		t.Skip(err)
	}
	dist, err := stack.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	plugins := filepath.Join(w.scratch, "plugins")
	writeFile(t, plugins, "[].\n")
	w.env = []string{"RABBITMQ_CONFIG_FILE=" + w.file, "RABBITMQ_ENABLED_PLUGINS_FILE=" + plugins, "RABBITMQ_MNESIA_BASE=" + filepath.Join(w.scratch, "mnesia"),
		"RABBITMQ_LOG_BASE=" + w.scratch, "RABBITMQ_PID_FILE=" + filepath.Join(w.scratch, "pid"), fmt.Sprintf("RABBITMQ_NODENAME=config%d@localhost", w.port),
		fmt.Sprintf("RABBITMQ_DIST_PORT=%d", dist), "HOME=" + w.scratch, fmt.Sprintf("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS=-start_epmd false -erl_epmd_port %d", dist)}
}
