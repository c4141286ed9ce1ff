package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"mutual/diagnose/setup"
	"mutual/fixtures/stack"
)

// configured is how a printed configuration is run for a test.
type configured struct {
	stack string
	kind  stack.Kind
	// check is the program's own check, start what runs it; FILE, SCRATCH
	// and PORT stand for what they say.
	check, start []string
	// prepare makes what the program wants besides, from the filled configuration.
	prepare func(t *testing.T, w *configWorld)
	before  func(net.Conn) error // what comes ahead of TLS
	say     string               // what a client says inside TLS
	want    string               // what the server answers whom it lets in
	ready   string
	user    string
	env     []string
	holes   []string // cases of the audit that the text names as beyond the program
	program string   // where the one in PATH will not do
	// anyPurpose: a server's certificate is let in as a client's; the text says so.
	anyPurpose bool
	slow       bool // runs by make configs only
}

const getRoot = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

func configuredServers() []configured {
	node := []string{"FILE"}
	return []configured{
		{stack: "nginx", kind: stack.Nginx, say: getRoot, want: "hello CN=client",
			check: []string{"-t", "-e", "stderr", "-c", "FILE"},
			start: []string{"-e", "stderr", "-g", "daemon off; master_process off; pid nginx.pid;", "-p", "SCRATCH", "-c", "FILE"}},
		{stack: "apache", kind: stack.Apache, say: getRoot, want: "HTTP/1.1 404", prepare: aroundApache,
			check: []string{"-t", "-f", "SCRATCH/httpd.conf"}, start: []string{"-X", "-f", "SCRATCH/httpd.conf"}},
		{stack: "haproxy", kind: stack.HAProxy, say: getRoot, want: "hello /CN=client", check: []string{"-c", "-f", "FILE"}, start: []string{"-db", "-f", "FILE"}},
		{stack: "stunnel", kind: stack.Stunnel, say: getRoot, want: "behind stunnel", prepare: behindStunnel, start: []string{"FILE"}},
		{stack: "openssl", kind: stack.OpenSSL, say: getRoot, want: "HTTP/1.0 200", check: []string{"sh", "-n", "FILE"}, start: []string{"sh", "FILE"}},
		{stack: "node", kind: stack.Node, say: getRoot, want: "hello client", check: []string{"--check", "FILE"}, start: node},
		{stack: "python", kind: stack.Python, say: getRoot, want: "hello ['client']", start: node},
		{stack: "mosquitto", kind: stack.Mosquitto, say: "\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01c", want: "\x20\x02\x00\x00", start: []string{"-c", "FILE"}, user: "mosquitto"},
		{stack: "redis", kind: stack.Redis, say: "PING\r\n", want: "+PONG", start: []string{"FILE", "--save", "", "--dir", "SCRATCH"}},
		{stack: "etcd", kind: stack.Etcd, say: "GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n", want: "etcdserver", prepare: aloneEtcd, start: []string{"--config-file", "FILE"}},
		{stack: "slapd", kind: stack.Slapd, say: "\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00", want: "\x61\x07\x0a\x01\x00",
			anyPurpose: true, start: []string{"-d", "256", "-f", "FILE", "-h", "ldaps://127.0.0.1:PORT"}},
		{stack: "postgresql", kind: stack.Postgres, before: sslRequest, say: "\x00\x00\x00\x17\x00\x03\x00\x00user\x00postgres\x00\x00", want: "R\x00\x00\x00\x08\x00\x00\x00\x00",
			prepare: freshCluster, user: "postgres", ready: "ready to accept connections",
			start: []string{"-D", "SCRATCH/data", "-c", "config_file=FILE", "-c", "unix_socket_directories=", "-F"}},
		{stack: "mariadb", kind: stack.MariaDB, prepare: freshTables, ready: "ready for connections", slow: true,
			start: []string{"--defaults-file=FILE", "--datadir=SCRATCH/data", "--tmpdir=SCRATCH", "--socket=SCRATCH/s", "--pid-file=SCRATCH/pid", "--init-file=SCRATCH/account.sql", "--user=mysql"}},
		{stack: "java", kind: stack.Java, say: getRoot, want: "hello CN=client", prepare: keyStore, holes: []string{"resumed-expired", "path-too-long"}, env: []string{"STORE_PASSWORD=secret"}, start: []string{"FILE"}, slow: true},
		{stack: "rabbitmq", kind: stack.RabbitMQ, say: "AMQP\x00\x00\x09\x01", want: "cluster_name", prepare: aloneRabbit, program: "/usr/lib/rabbitmq/bin/rabbitmq-server",
			ready: "Server startup complete", slow: true},
		{stack: "go", kind: stack.Go, say: getRoot, want: "hello client", prepare: buildGo, start: []string{"SCRATCH/server"}},
	}
}

// configWorld is a CA with its certificates in a folder whose name is legal
// and strange, and a stranger's.
type configWorld struct {
	dir, stranger, out, scratch string
	file                        string // the configuration
	port                        int
	env                         []string // what the program wants besides
	filled                      struct {
		Files []setup.File
		Needs []string
		Test  []string
	}
}

func newConfigWorld(t *testing.T, folder string) *configWorld {
	t.Helper()
	base := t.TempDir()
	// Apache and others leave root's rights: they read it as www-data.
	for dir := base; dir != os.TempDir() && len(dir) > 1; dir = filepath.Dir(dir) {
		os.Chmod(dir, 0o755)
	}
	w := &configWorld{dir: filepath.Join(base, folder), stranger: filepath.Join(base, "stranger"), out: filepath.Join(base, folder+" out"), scratch: filepath.Join(base, "scratch")}
	if err := os.Mkdir(w.scratch, 0o755); err != nil {
		t.Fatal(err)
	}
	mutualOK(t, "init", "--dir", w.dir, "--host", "localhost", "--host", "127.0.0.1")
	mutualOK(t, "init", "--dir", w.stranger)
	mutualOK(t, "issue", "client", "guest", "--dir", w.dir)
	if err := os.Chmod(w.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return w
}

func mutualOK(t *testing.T, args ...string) string {
	t.Helper()
	var out, talk bytes.Buffer
	if code := run(context.Background(), append([]string{"mutual"}, args...), stdio{in: strings.NewReader(""), out: &out, err: &talk}); code != 0 {
		t.Fatalf("mutual %q = %d\n%s%s", args, code, out.String(), talk.String())
	}
	return out.String()
}

// write has mutual config write the configuration of a stack.
func (w *configWorld) write(t *testing.T, name, role string, more ...string) {
	t.Helper()
	port, err := stack.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	w.port = port
	s, ok := setup.Find(name, setup.Role(role))
	if !ok {
		t.Fatalf("no stack %s as a %s", name, role)
	}
	w.file = filepath.Join(w.out, s.Files[0])
	out := w.file
	if several(s) {
		out = w.out
	}
	text := mutualOK(t, append([]string{"config", name, "--role", role, "--dir", w.dir, "--port", strconv.Itoa(port), "--out", out, "--json"}, more...)...)
	if err := json.Unmarshal([]byte(text), &w.filled); err != nil {
		t.Fatal(err)
	}
}

// args is a command line of the program, or of another that the list begins with.
func (w *configWorld) args(program string, list []string) []string {
	if len(list) > 0 && (list[0] == "sh" || list[0] == "SCRATCH/server") {
		return w.fill(list)
	}
	return append([]string{program}, w.fill(list)...)
}

func (w *configWorld) fill(list []string) []string {
	replace := strings.NewReplacer("FILE", w.file, "SCRATCH", w.scratch, "PORT", strconv.Itoa(w.port))
	var args []string
	for _, a := range list {
		args = append(args, replace.Replace(a))
	}
	return args
}

// TestConfiguredServers starts each real server from what mutual config writes:
// the right client is let in; none, and a stranger's, are refused; and of two
// of the CA's clients --allow-cn lets one in.
func TestConfiguredServers(t *testing.T) {
	for _, c := range configuredServers() {
		t.Run(c.stack, func(t *testing.T) {
			t.Parallel()
			if c.slow && os.Getenv("MUTUAL_CONFIGS") == "" {
				t.Skip("runs by make configs")
			}
			if c.want == "" {
				t.Skip("its clients show it: TestConfiguredPairs")
			}
			stack.Need(t, c.kind)
			s, _ := setup.Find(c.stack, setup.Server)
			var more []string
			if s.AllowCN {
				more = []string{"--allow-cn", "someone", "--allow-cn", "client"}
			}
			w := newConfigWorld(t, `it's "my" keys`)
			w.write(t, c.stack, "server", more...)
			w.start(t, c)
			for _, who := range []struct {
				name, cert string
				in         bool
			}{
				{"the right client", filepath.Join(w.dir, "client"), true},
				{"no client", "", false},
				{"a stranger", filepath.Join(w.stranger, "client"), false},
				{"a server of the CA as a client", filepath.Join(w.dir, "server"), c.anyPurpose},
				{"the right client again", filepath.Join(w.dir, "client"), true},
				{"another client of the CA", filepath.Join(w.dir, "guest"), !s.AllowCN},
			} {
				c := c
				if who.name == "another client of the CA" {
					c.want = strings.ReplaceAll(c.want, "client", "guest")
				}
				answer, err := w.talk(who.cert, c)
				if in := strings.Contains(answer, c.want) && !strings.Contains(answer, " 403 "); in != who.in {
					t.Errorf("%s: let in %v, want %v: %v, %q", who.name, in, who.in, err, answer)
				}
			}
		})
	}
}

// TestConfiguredAudits has mutual audit forge certificates at each web server
// that runs from a printed configuration: there is no hole but those that its text names.
func TestConfiguredAudits(t *testing.T) {
	if os.Getenv("MUTUAL_CONFIGS") == "" {
		t.Skip("runs by make configs")
	}
	for _, c := range configuredServers() {
		if c.say != getRoot {
			continue
		}
		t.Run(c.stack, func(t *testing.T) {
			t.Parallel()
			stack.Need(t, c.kind)
			w := newConfigWorld(t, "keys")
			w.write(t, c.stack, "server")
			w.start(t, c)
			var out, talk bytes.Buffer
			args := []string{"mutual", "audit", net.JoinHostPort("localhost", strconv.Itoa(w.port)), "--dir", w.dir, "--rate", "50"}
			s, _ := setup.Find(c.stack, setup.Server)
			for _, hole := range c.holes {
				if args = append(args, "--allow", hole); !strings.Contains(s.Beyond, hole) {
					t.Errorf("the text of %s does not name %s", c.stack, hole)
				}
			}
			code := run(t.Context(), args,
				stdio{in: strings.NewReader(""), out: &out, err: &talk})
			if code != 0 {
				t.Errorf("mutual audit = %d\n%s%s", code, out.String(), talk.String())
			}
		})
	}
}

// start runs the program's own check, and the program.
func (w *configWorld) start(t *testing.T, c configured) *stack.Running {
	t.Helper()
	program, err := stack.Program(c.kind)
	if err != nil {
		t.Fatal(err)
	}
	program = cmp.Or(c.program, program)
	if c.prepare != nil {
		c.prepare(t, w)
	}
	if os.Getuid() == 0 && c.user != "" {
		for _, line := range w.filled.Needs {
			if out, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", line, err, out)
			}
		}
	}
	if c.check != nil {
		args := w.args(program, c.check)
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v\n%s", args, err, out)
		}
	}
	running, err := stack.Run(t.Context(), c.kind, stack.Configured{Args: w.args(program, c.start), Dir: w.scratch, Port: w.port, Ready: c.ready, User: c.user, Env: append(c.env, w.env...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		running.Stop()
		if t.Failed() {
			t.Log(running.Log())
		}
	})
	return running
}

// talk connects as a client, says something and returns the answer.
func (w *configWorld) talk(stem string, c configured) (string, error) {
	pool := x509.NewCertPool()
	pem, err := os.ReadFile(filepath.Join(w.dir, "ca-crt.pem"))
	if err != nil {
		return "", err
	}
	pool.AppendCertsFromPEM(pem)
	cfg := &tls.Config{RootCAs: pool, ServerName: "localhost"}
	if stem != "" {
		pair, err := tls.LoadX509KeyPair(stem+"-crt.pem", stem+"-key.pem")
		if err != nil {
			return "", err
		}
		// Presented whatever the server asks for.
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	raw, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(w.port)), 10*time.Second)
	if err != nil {
		return "", err
	}
	defer raw.Close()
	raw.SetDeadline(time.Now().Add(10 * time.Second))
	if c.before != nil {
		if err := c.before(raw); err != nil {
			return "", err
		}
	}
	conn := tls.Client(raw, cfg)
	if _, err := io.WriteString(conn, c.say); err != nil {
		return "", err
	}
	var answer []byte
	for !strings.Contains(string(answer), c.want) {
		more := make([]byte, 1<<12)
		n, err := conn.Read(more)
		if answer = append(answer, more[:n]...); err != nil {
			return string(answer), err
		}
	}
	return string(answer), nil
}

// sslRequest asks PostgreSQL for TLS: Message Formats, SSLRequest.
func sslRequest(conn net.Conn) error {
	if _, err := conn.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47}); err != nil {
		return err
	}
	answer := make([]byte, 1)
	if _, err := io.ReadFull(conn, answer); err != nil || answer[0] != 'S' {
		return fmt.Errorf("PostgreSQL answers %q to a request for TLS: %w", answer, err)
	}
	return nil
}

// TestProvenIsRun: what is called proven is what these tests start.
func TestProvenIsRun(t *testing.T) {
	run := map[string]bool{"client psql": true, "client redis-cli": true, "client mosquitto_pub": true, "client mysql": true, "client git": true}
	for _, c := range configuredServers() {
		run["server "+c.stack] = true
	}
	for _, c := range configuredClients() {
		run["client "+c.stack] = true
	}
	for _, s := range setup.Stacks() {
		if key := string(s.Role) + " " + s.Name; run[key] != (s.Proven != nil) {
			t.Errorf("%s is proven: %v, and run: %v", key, s.Proven != nil, run[key])
		}
	}
}
