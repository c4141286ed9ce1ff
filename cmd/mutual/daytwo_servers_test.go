//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mutual/fixtures/stack"
)

// reloading is a real server that asks for client certificates by the files of
// a folder of init, and how it is told to load them anew.
type reloading struct {
	kind   stack.Kind
	config func(dir string, port int) string // its configuration, or its program
	start  func(program, config, dir string) []string
	// reload is for the shell; PID and DIR stand for what they say.
	reload string
}

func reloadingServers() []reloading {
	return []reloading{
		{stack.Nginx, func(dir string, port int) string {
			return fmt.Sprintf(`daemon off; pid %[1]s/nginx.pid; error_log stderr; worker_processes 2; worker_shutdown_timeout 1s;
events { worker_connections 64; }
http { access_log off; client_body_temp_path %[1]s/t1; proxy_temp_path %[1]s/t2; fastcgi_temp_path %[1]s/t3; uwsgi_temp_path %[1]s/t4; scgi_temp_path %[1]s/t5;
server { listen 127.0.0.1:%[2]d ssl; ssl_certificate %[1]s/server-crt.pem; ssl_certificate_key %[1]s/server-key.pem;
ssl_client_certificate %[1]s/ca-crt.pem; ssl_crl %[1]s/ca-crl.pem; ssl_verify_client on; return 200 ok; } }`, dir, port)
		}, func(program, config, dir string) []string {
			return []string{program, "-p", dir, "-e", "stderr", "-c", config}
		}, "kill -HUP PID"},
		{stack.HAProxy, func(dir string, port int) string {
			return fmt.Sprintf(`global
  ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend https
  bind 127.0.0.1:%[2]d ssl crt %[1]s/haproxy.pem verify required ca-file %[1]s/ca-crt.pem crl-file %[1]s/ca-crl.pem
  http-request return status 200
`, dir, port)
		}, func(program, config, dir string) []string {
			return []string{"sh", "-c", "umask 077; cat server-crt.pem server-key.pem > haproxy.pem; exec " + program + " -W -db -f " + config}
		}, "cd DIR && umask 077 && cat server-crt.pem server-key.pem > haproxy.pem && kill -USR2 PID"},
		{stack.Apache, func(dir string, port int) string {
			modules := ""
			for _, m := range []string{"mpm_event", "authz_core", "ssl", "rewrite"} {
				modules += fmt.Sprintf("LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", m, m)
			}
			user := ""
			if os.Getuid() == 0 {
				user = "User www-data\nGroup www-data\n"
			}
			return modules + user + fmt.Sprintf(`ServerRoot %[1]s
DefaultRuntimeDir %[1]s
PidFile %[1]s/apache.pid
ServerName localhost
ErrorLog %[1]s/apache.log
StartServers 1
SSLSessionCache none
Listen 127.0.0.1:%[2]d https
SSLEngine on
SSLCertificateFile %[1]s/server-crt.pem
SSLCertificateKeyFile %[1]s/server-key.pem
SSLCACertificateFile %[1]s/ca-crt.pem
SSLCARevocationFile %[1]s/ca-crl.pem
SSLCARevocationCheck chain
SSLVerifyClient require
ErrorDocument 200 ok
<Location />
RewriteEngine on
RewriteRule ^ - [R=200,L]
</Location>
`, dir, port)
		}, func(program, config, dir string) []string {
			return []string{program, "-D", "FOREGROUND", "-f", config}
		}, "kill -USR1 PID"},
		{stack.Node, func(dir string, port int) string {
			return fmt.Sprintf(`const fs = require("fs"), https = require("https"), at = f => fs.readFileSync(%[1]q + "/" + f);
const files = () => ({cert: at("server-crt.pem"), key: at("server-key.pem"), ca: at("ca-crt.pem"), crl: at("ca-crl.pem")});
const server = https.createServer({...files(), requestCert: true, rejectUnauthorized: true}, (q, a) => a.end("ok"));
process.on("SIGHUP", () => server.setSecureContext(files()));
server.listen(%[2]d, "127.0.0.1");`, dir, port)
		}, func(program, config, dir string) []string { return []string{program, config} }, "kill -HUP PID"},
	}
}

// TestDayTwoOnServers renews and revokes on real servers: the proof holds with
// the reload that belongs to each, and fails without.
func TestDayTwoOnServers(t *testing.T) {
	for _, server := range reloadingServers() {
		t.Run(string(server.kind), func(t *testing.T) {
			stack.Need(t, server.kind)
			t.Parallel()
			dir := madeBy(t, "--client", "ann", "--client", "bob")
			if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
				t.Fatal(err)
			}
			target, reload := server.run(t, dir)
			for _, step := range []struct {
				words string
				exec  bool
				code  int
				says  string
			}{
				{"renew server client", true, 0, "presents the new server-crt.pem"},
				{"renew server --timeout 1s", false, 15, "stale-cert-loaded"},
				{"renew server", true, 0, "presents the new server-crt.pem"},
				{"revoke ann --timeout 1s", false, 15, "still accepts ann-crt.pem"},
				{"revoke ann", true, 0, "refuses ann-crt.pem, and accepts client-crt.pem"},
				{"revoke bob", true, 0, "refuses bob-crt.pem, and accepts client-crt.pem"},
				{"list", false, 0, "Nothing is due"},
			} {
				line := append([]string{"mutual"}, strings.Fields(step.words)...)
				line = append(line, "--dir", dir)
				if step.words != "list" {
					line = append(line, "--target", target)
				}
				if step.exec {
					line = append(line, "--exec", reload)
				}
				var out, talk bytes.Buffer
				code := run(context.Background(), line, stdio{in: strings.NewReader(""), out: &out, err: &talk})
				if said := strings.Join(strings.Fields(out.String()), " "); code != step.code || !strings.Contains(said, step.says) {
					t.Fatalf("mutual %s = %d, want %d and %q\n%s%s", step.words, code, step.code, step.says, out.String(), talk.String())
				}
			}
		})
	}
}

// run starts the server, and returns where it listens and the command that has
// it load its files anew.
func (s reloading) run(t *testing.T, dir string) (target, reload string) {
	t.Helper()
	program, err := stack.Program(s.kind)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target = ln.Addr().String()
	ln.Close()
	config := filepath.Join(dir, "server.conf")
	if err := os.WriteFile(config, []byte(s.config(dir, ln.Addr().(*net.TCPAddr).Port)), 0o644); err != nil {
		t.Fatal(err)
	}
	words := s.start(program, config, dir)
	cmd := exec.Command(words[0], words[1:]...)
	var log bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &log, &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if err := cmd.Wait(); err != nil && t.Failed() && !errors.Is(err, exec.ErrWaitDelay) {
			t.Logf("%s: %v\n%s", s.kind, err, log.String())
		}
	})
	for deadline := time.Now().Add(20 * time.Second); ; {
		conn, err := tls.Dial("tcp", target, &tls.Config{InsecureSkipVerify: true})
		if err == nil {
			conn.Close()
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s does not listen: %v", s.kind, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return target, strings.NewReplacer("PID", strconv.Itoa(cmd.Process.Pid), "DIR", dir).Replace(s.reload)
}
