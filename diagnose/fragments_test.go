package diagnose

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"go/ast"
	"go/parser"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// fragmentsOf are the different fragments of all rules for a program, with the
// place that each names.
func fragmentsOf(program string) []Step {
	var all []Step
	for _, rule := range Rules() {
		for _, s := range rule.Fix {
			if s.Kind == Fragment && strings.HasPrefix(s.In, program) && !slices.Contains(all, s) {
				all = append(all, s)
			}
		}
	}
	return all
}

// TestEveryFragmentHasAProgram: a program that none of the tests below knows
// would have its fragments go unchecked.
func TestEveryFragmentHasAProgram(t *testing.T) {
	checked := []string{"nginx", "nginx default_server", "HAProxy bind", "HAProxy global", "HAProxy frontend", "Apache", "Apache VirtualHost", "Node.js", "Go",
		"Java", "OpenSSL"}
	for _, rule := range Rules() {
		for _, s := range rule.Fix {
			if s.Kind == Fragment && !slices.Contains(checked, s.In) {
				t.Errorf("%s: a fragment in %q, which no test checks: %s", rule.Code, s.In, s.Text)
			}
		}
	}
}

// stand is a folder with what configurations name.
type stand struct {
	t                  *testing.T
	dir, crt, key, crl string
}

func newStand(t *testing.T) *stand {
	t.Helper()
	s := &stand{t: t, dir: t.TempDir()}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, IsCA: true,
		BasicConstraintsValid: true, SubjectKeyId: []byte{1}, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign | x509.KeyUsageDigitalSignature,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), OCSPServer: []string{"http://127.0.0.1:9/"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour)}, template, key)
	if err != nil {
		t.Fatal(err)
	}
	block := func(label string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}))
	}
	s.crt = s.file("crt.pem", block("CERTIFICATE", der)+block("PRIVATE KEY", pkcs8))
	s.key = s.file("key.pem", block("PRIVATE KEY", pkcs8))
	s.crl = s.file("crl.pem", block("X509 CRL", list))
	return s
}

func (s *stand) file(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// filled puts real values in place of the placeholders.
func (s *stand) filled(text string) string {
	text = strings.NewReplacer("<client-ca.pem>", s.crt, "<crl.pem>", s.crl, "<port>", "8443", "<name>", "alice").Replace(text)
	if left := regexp.MustCompile(`<[a-z][\w.-]*>`).FindString(text); left != "" {
		s.t.Errorf("a placeholder that the test does not know: %s in %s", left, text)
	}
	return text
}

// takes runs the program's own check of a configuration.
func (s *stand) takes(config, program string, args ...string) {
	s.t.Helper()
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		s.t.Errorf("%s does not take it: %v\n%s\n%s", filepath.Base(program), err, out, config)
	}
}

func program(t *testing.T, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is not installed, and CI has to run it", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

func TestFragmentsNginx(t *testing.T) {
	nginx, s := program(t, "nginx"), newStand(t)
	for _, f := range fragmentsOf("nginx") {
		server := s.filled(f.Text)
		if f.In == "nginx default_server" || !strings.Contains(server, "listen ") {
			server = "listen 127.0.0.1:8443 ssl;\n" + server
		}
		if strings.Contains(server, "ssl_crl") && !strings.Contains(server, "ssl_client_certificate") {
			server += "\nssl_client_certificate " + s.crt + "; ssl_verify_client on;"
		}
		config := "daemon off; pid " + s.dir + "/pid; error_log " + s.dir + "/log; events {}\nhttp {\naccess_log off;\n" +
			"client_body_temp_path " + s.dir + "/b; proxy_temp_path " + s.dir + "/p; fastcgi_temp_path " + s.dir + "/f; uwsgi_temp_path " + s.dir +
			"/u; scgi_temp_path " + s.dir + "/s;\nserver {\nssl_certificate " + s.crt + "; ssl_certificate_key " + s.key + ";\n" + server + "\n}\n}\n"
		s.takes(config, nginx, "-t", "-q", "-c", s.file("nginx.conf", config), "-p", s.dir, "-e", s.dir+"/log")
	}
}

func TestFragmentsHAProxy(t *testing.T) {
	haproxy, s := program(t, "haproxy"), newStand(t)
	for _, f := range fragmentsOf("HAProxy") {
		text, global, bind, front := s.filled(f.Text), "", "", ""
		switch f.In {
		case "HAProxy global":
			global = text
		case "HAProxy bind":
			bind = text
			if strings.Contains(bind, "crl-file") {
				bind += " ca-file " + s.crt + " verify required"
			}
		default:
			front = strings.ReplaceAll(text, "\n", "\n  ")
		}
		config := "global\n  " + strings.ReplaceAll(global, "\n", "\n  ") + "\ndefaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\n" +
			"frontend f\n  bind 127.0.0.1:8443 ssl crt " + s.crt + " " + bind + "\n  " + front + "\n  default_backend b\nbackend b\n"
		s.takes(config, haproxy, "-c", "-q", "-f", s.file("haproxy.cfg", config))
	}
}

func TestFragmentsApache(t *testing.T) {
	apache, s := program(t, "apache2"), newStand(t)
	modules := "/usr/lib/apache2/modules"
	if _, err := os.Stat(modules); err != nil {
		t.Skip("Apache's modules are not where Debian puts them")
	}
	for _, f := range fragmentsOf("Apache") {
		text, global := s.filled(f.Text), ""
		if strings.Contains(text, "SSLUseStapling") {
			global = "SSLStaplingCache shmcb:" + s.dir + "/stapling(32768)\n"
		}
		if strings.Contains(text, "SSLCARevocation") || strings.Contains(text, "SSLCADNRequest") || strings.Contains(text, "SSLVerifyClient") && !strings.Contains(text, "SSLCACertificateFile") {
			text += "\nSSLCACertificateFile " + s.crt
		}
		config := "ServerName localhost\nServerRoot " + s.dir + "\nPidFile " + s.dir + "/pid\nErrorLog " + s.dir + "/log\nDefaultRuntimeDir " + s.dir + "\nListen 127.0.0.1:8443\n"
		for _, m := range []string{"mpm_event", "authz_core", "authz_host", "ssl", "socache_shmcb", "http2"} {
			config += "LoadModule " + m + "_module " + modules + "/mod_" + m + ".so\n"
		}
		config += global + "<VirtualHost *:8443>\nSSLEngine on\nSSLCertificateFile " + s.crt + "\nSSLCertificateKeyFile " + s.key + "\n" + text + "\n</VirtualHost>\n"
		s.takes(config, apache, "-t", "-f", s.file("apache.conf", config))
	}
}

func TestFragmentsNode(t *testing.T) {
	node, s := program(t, "node"), newStand(t)
	for _, f := range fragmentsOf("Node.js") {
		// tls.createServer takes them; unknown options it would pass over, so
		// that their names are looked up in its documentation's list.
		script := "const fs=require('fs'),tls=require('tls');const o={\n" + s.filled(f.Text) + "\n};" +
			"const known=['ca','crl','requestCert','rejectUnauthorized','minVersion','ciphers','ecdhCurve','ALPNProtocols','sessionTimeout'];" +
			"for(const k in o)if(!known.includes(k))throw k;tls.createServer({...o,cert:fs.readFileSync('" + s.crt + "'),key:fs.readFileSync('" + s.key + "')});"
		s.takes(script, node, "-e", script)
	}
}

func TestFragmentsGo(t *testing.T) {
	for _, f := range fragmentsOf("Go") {
		expr, err := parser.ParseExpr("tls.Config{\n" + f.Text + "\n}")
		if err != nil {
			t.Errorf("not Go: %v\n%s", err, f.Text)
			continue
		}
		for _, e := range expr.(*ast.CompositeLit).Elts {
			field := e.(*ast.KeyValueExpr).Key.(*ast.Ident).Name
			if _, ok := reflect.TypeFor[tls.Config]().FieldByName(field); !ok {
				t.Errorf("tls.Config has no field %s", field)
			}
		}
	}
}

// TestFragmentsJava: each is a statement that javac takes.
func TestFragmentsJava(t *testing.T) {
	javac, s := program(t, "javac"), newStand(t)
	src := "import javax.net.ssl.*;\nclass F { void f(SSLServerSocket sslServerSocket) throws Exception {\n"
	for _, f := range fragmentsOf("Java") {
		src += f.Text + "\n"
	}
	src += "} }\n"
	s.takes(src, javac, "-d", s.dir, s.file("F.java", src))
}

// TestFragmentsOpenSSL: with each as the system's default, a program built on
// OpenSSL has another context than without. A mistyped one is passed over.
func TestFragmentsOpenSSL(t *testing.T) {
	python, s := program(t, "python3"), newStand(t)
	options := func(fragment string) string {
		config := "openssl_conf = init\n[init]\nssl_conf = ssl\n[ssl]\nsystem_default = default\n[default]\n" + fragment + "\n"
		cmd := exec.Command(python, "-c", "import ssl; print(int(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).options))")
		cmd.Env = append(os.Environ(), "OPENSSL_CONF="+s.file("openssl.cnf", config))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return string(out)
	}
	for _, f := range fragmentsOf("OpenSSL") {
		if options(f.Text) == options("") {
			t.Errorf("in openssl.cnf it has no effect: %s", f.Text)
		}
	}
}
