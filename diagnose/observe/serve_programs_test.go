package observe

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/fixtures/stack"
	"mutual/pki"
)

// A program is a TLS client program.
type program struct {
	name string
	run  func(context.Context, stack.Client) (stack.Result, error)
	// silent: it says nothing when it refuses the server, so that the server
	// can only infer it.
	silent bool
}

func programs() []program {
	return []program{
		{"curl", stack.RunCurl, false},
		{"openssl", stack.RunOpenSSL, false},
		{"node", stack.RunNode, true},
		{"python3", runPython, false},
		{"gnutls-cli", runGnuTLS, false},
	}
}

// TestServeExplainsPrograms lets real programs be refused, in TLS 1.2 and 1.3.
func TestServeExplainsPrograms(t *testing.T) {
	p := newTestPKI(t)
	other := p.newCA("Other CA")
	p.issue("stranger", other, leafSpec{})
	p.issue("expired", p.ca, leafSpec{age: 48 * time.Hour, life: 24 * time.Hour})
	p.write("other-ca.pem", pki.EncodeCerts(other.Cert))
	s := startServer(t, p, nil)
	for _, c := range programs() {
		t.Run(c.name, func(t *testing.T) {
			stack.NeedProgram(t, c.name)
			for _, version := range []string{"1.2", "1.3"} {
				for _, fault := range []struct {
					name, client, ca string
					want             diagnose.Code // empty: accepted
				}{
					{"healthy", "client", "ca-crt.pem", ""},
					{"none", "", "ca-crt.pem", cause.ClientCertMissing},
					{"stranger", "stranger", "ca-crt.pem", cause.ClientCAUntrustedByServer},
					{"expired", "expired", "ca-crt.pem", cause.ClientCertExpired},
					{"refuses the server", "client", "other-ca.pem", cause.PeerRejectedOurServerCert},
				} {
					client := stack.Client{Addr: s.addr, ServerName: "localhost", CAFile: p.path(fault.ca), MinVersion: version, MaxVersion: version}
					if fault.client != "" {
						client.CertFile, client.KeyFile = p.path(fault.client+"-crt.pem"), p.path(fault.client+"-key.pem")
					}
					result, err := c.run(t.Context(), client)
					if err != nil {
						t.Fatal(err)
					}
					r := s.report(t)
					if fault.want == "" {
						if result.Exit != 0 || r.Verdict != diagnose.Healthy || r.HTTP == nil {
							t.Errorf("TLS %s %s: exit %d, %s, want healthy; the program says\n%s", version, fault.name, result.Exit, explain(r), result.Output)
						}
						continue
					}
					if faults := errorsOf(r); len(faults) != 1 || faults[0].Code != fault.want {
						t.Errorf("TLS %s %s: %s, want %s; the program says\n%s", version, fault.name, explain(r), fault.want, result.Output)
						continue
					}
					inferred := r.Findings[0].Basis == diagnose.Inferred
					if want := c.silent && fault.want == cause.PeerRejectedOurServerCert; inferred != want {
						t.Errorf("TLS %s %s: basis %s, want inferred %t; %s", version, fault.name, r.Findings[0].Basis, want, explain(r))
					}
				}
			}
		})
	}
}

// TestServeExplainsOldPrograms offers nothing newer than TLS 1.1, and plain
// HTTP.
func TestServeExplainsOldPrograms(t *testing.T) {
	p := newTestPKI(t)
	s := startServer(t, p, nil)
	for _, c := range []struct {
		want diagnose.Code
		line []string
	}{
		{cause.TLSVersionNoOverlap, []string{"openssl", "s_client", "-connect", s.addr, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}},
		{cause.CipherNoOverlap, []string{"openssl", "s_client", "-connect", s.addr, "-tls1_2", "-cipher", "DHE-RSA-AES128-GCM-SHA256:AES128-SHA"}},
		{cause.GroupNoOverlap, []string{"openssl", "s_client", "-connect", s.addr, "-groups", "X448"}},
		{cause.SignatureSchemeNoOverlap, []string{"openssl", "s_client", "-connect", s.addr, "-tls1_3", "-sigalgs", "RSA-PSS+SHA256"}},
		{cause.HTTPSentToTLSPort, []string{"curl", "-s", "--noproxy", "*", "http://" + s.addr + "/"}},
	} {
		stack.NeedProgram(t, c.line[0])
		cmd := exec.CommandContext(t.Context(), c.line[0], c.line[1:]...)
		out, _ := cmd.CombinedOutput()
		if r := s.report(t); len(errorsOf(r)) != 1 || r.Findings[0].Code != c.want {
			t.Errorf("%s: %s, want %s; it says\n%s", strings.Join(c.line, " "), explain(r), c.want, out)
		}
	}
}

// TestServePageCommands runs the commands of Google's page as they stand, in a
// folder with the names of its files.
func TestServePageCommands(t *testing.T) {
	stack.NeedProgram(t, "curl")
	stack.NeedProgram(t, "openssl")
	p := newTestPKI(t)
	s := startServer(t, p, nil)
	at := "localhost:" + strconv.Itoa(s.port)
	for _, c := range []struct{ line, want string }{
		{"curl -v -s -k --key client-key.pem --cert client-crt.pem https://" + at, "hello world from client cert"},
		{"openssl s_client -key client-key.pem -cert client-crt.pem -connect " + at + " -CAfile ca-crt.pem", "Verify return code: 0 (ok)"},
	} {
		words := strings.Fields(c.line)
		cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
		cmd.Dir = p.dir
		cmd.Env = append(os.Environ(), "NO_PROXY=*")
		cmd.Stdin = strings.NewReader("GET / HTTP/1.0\r\n\r\n")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v, want %q in\n%s", c.line, err, c.want, out)
		}
		if r := s.report(t); r.Verdict != diagnose.Healthy {
			t.Errorf("%s: %s, want healthy", c.line, explain(r))
		}
	}
}

// errorsOf are the findings that break the connection.
func errorsOf(r *diagnose.Report) []diagnose.Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f diagnose.Finding) bool { return f.Severity != diagnose.Error })
}

func runPython(ctx context.Context, c stack.Client) (stack.Result, error) {
	script := `
import ssl, socket, sys
addr, ca, cert, key, version = sys.argv[1:6]
v = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[version]
c = ssl.create_default_context(cafile=ca)
c.minimum_version = c.maximum_version = v
if cert: c.load_cert_chain(cert, key)
host, port = addr.rsplit(":", 1)
s = c.wrap_socket(socket.create_connection((host, int(port))), server_hostname="localhost")
s.sendall(b"GET / HTTP/1.0\r\n\r\n")
sys.exit(0 if b"hello" in s.recv(4096) + s.recv(4096) else 1)
`
	return output(exec.CommandContext(ctx, "python3", "-c", script, c.Addr, c.CAFile, c.CertFile, c.KeyFile, c.MaxVersion))
}

func runGnuTLS(ctx context.Context, c stack.Client) (stack.Result, error) {
	host, port, _ := strings.Cut(c.Addr, ":")
	args := []string{"--port", port, "--sni-hostname", "localhost", "--verify-hostname", "localhost", "--x509cafile", c.CAFile,
		"--priority", "NORMAL:-VERS-ALL:+VERS-TLS" + c.MaxVersion}
	if c.CertFile != "" {
		args = append(args, "--x509certfile", c.CertFile, "--x509keyfile", c.KeyFile)
	}
	cmd := exec.CommandContext(ctx, "gnutls-cli", append(args, host)...)
	cmd.Stdin = strings.NewReader("GET / HTTP/1.0\r\n\r\n")
	return output(cmd)
}

func output(cmd *exec.Cmd) (stack.Result, error) {
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		return stack.Result{}, err
	}
	return stack.Result{Exit: cmd.ProcessState.ExitCode(), Output: string(out)}, nil
}
