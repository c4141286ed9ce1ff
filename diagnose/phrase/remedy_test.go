package phrase

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

var remedyStacks = []string{"nginx", "HAProxy", "Apache httpd", "Envoy", "Node.js", "Go", "Python", "Java"}

// TestRemediesAreWhole: each names every stack once, and belongs to a code.
func TestRemediesAreWhole(t *testing.T) {
	for code, sets := range remediesFor {
		if settles[code] == "" {
			t.Errorf("remedies are for %q, which no text leads to", code)
		}
		for _, set := range sets {
			var stacks []string
			for _, r := range set {
				stacks = append(stacks, r.Stack)
				if strings.TrimSpace(r.Text) != r.Text || r.Text == "" {
					t.Errorf("%s, %s: text has space around it: %q", code, r.Stack, r.Text)
				}
			}
			if !slices.Equal(stacks, remedyStacks) {
				t.Errorf("%s: remedies for %v, want %v", code, stacks, remedyStacks)
			}
		}
	}
	if Remedies("no-such-code") != nil {
		t.Errorf("Remedies(no-such-code) is not nil")
	}
}

// eachRemedy runs f on each different text of a stack, with its files made
// real in the folder pki.
func eachRemedy(t *testing.T, stack string, f func(t *testing.T, pki, text string)) {
	l := newLab(t)
	leaf := l.issue(l.issuing, func(*x509.Certificate) {})
	for _, name := range []string{"server", "client"} {
		l.write(name+"-fullchain.pem", leaf, l.issuing)
		l.write(name+"-chain.pem", l.issuing)
		l.write(name+"-ca.pem", l.issuing, l.root)
		chain, err := os.ReadFile(l.path(name + "-fullchain.pem"))
		if err != nil {
			t.Fatal(err)
		}
		key, err := os.ReadFile(l.path(name + "-fullchain-key.pem"))
		if err != nil {
			t.Fatal(err)
		}
		l.file(name+".key", key)
		l.file(name+"-all.pem", append(slices.Clone(chain), key...))
		l.file(name+"-pair.pem", append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.cert.Raw}), key...))
	}
	l.write("ca.pem", l.root)
	l.file("pass.txt", []byte("secret\n"))
	l.file("passphrase.sh", []byte("#!/bin/sh\necho secret\n"))
	crl, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now(), NextUpdate: time.Now().Add(time.Hour)}, l.issuing.cert, l.issuing.key)
	if err != nil {
		t.Fatal(err)
	}
	l.file("clients.crl", pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: crl}))

	done := map[string]bool{}
	for code := range remediesFor {
		for _, r := range Remedies(code) {
			if r.Stack == stack && !done[r.Text] {
				done[r.Text] = true
				t.Run(string(code), func(t *testing.T) { f(t, l.dir, strings.ReplaceAll(r.Text, "/etc/ssl/", l.dir+"/")) })
			}
		}
	}
}

func (l *lab) file(name string, data []byte) {
	l.t.Helper()
	if err := os.WriteFile(l.path(name), data, 0o700); err != nil {
		l.t.Fatal(err)
	}
}

// need finds a program, or skips the test where it is missing.
func need(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		for _, dir := range []string{"/usr/sbin", "/usr/local/sbin"} {
			if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
				return filepath.Join(dir, name)
			}
		}
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed, and CI has to run it", name)
		}
		t.Skipf("%s is not installed", name)
	}
	return path
}

func try(t *testing.T, config, path string, args ...string) {
	t.Helper()
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s does not take it: %v\n%s\n%s", filepath.Base(path), err, out, config)
	}
}

func TestRemediesNginx(t *testing.T) {
	nginx := need(t, "nginx")
	eachRemedy(t, "nginx", func(t *testing.T, pki, text string) {
		if strings.HasPrefix(text, "nginx ") {
			return // a command
		}
		dir := t.TempDir()
		var http, server, location []string
		block := ""
		for _, line := range strings.Split(text, "\n") {
			switch {
			case strings.HasPrefix(line, "map ") || block != "":
				block += line + "\n"
				if line == "}" {
					http, block = append(http, block), ""
				}
			case strings.HasPrefix(line, "proxy_"):
				location = append(location, line)
			default:
				server = append(server, line)
			}
		}
		all := strings.Join(server, "\n")
		if !strings.Contains(all, "ssl_certificate ") {
			server = append(server, fmt.Sprintf("ssl_certificate %s/server-fullchain.pem; ssl_certificate_key %s/server.key;", pki, pki))
			if strings.Contains(all, "ssl_crl") {
				server = append(server, fmt.Sprintf("ssl_client_certificate %s/client-ca.pem; ssl_verify_client on;", pki))
			}
		}
		if !strings.Contains(all, "listen ") {
			server = append(server, "listen 127.0.0.1:8443 ssl;")
		}
		config := fmt.Sprintf("daemon off; pid %s/pid; error_log %s/log; events {}\nhttp {\naccess_log off;\nclient_body_temp_path %[1]s/b; proxy_temp_path %[1]s/p; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;\n%[3]s\nserver {\n%[4]s\nlocation / {\n%[5]s\n}\n}\n}\n",
			dir, dir, strings.Join(http, "\n"), strings.Join(server, "\n"), strings.Join(location, "\n"))
		file := filepath.Join(dir, "nginx.conf")
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		try(t, config, nginx, "-t", "-q", "-c", file, "-p", dir, "-e", filepath.Join(dir, "log"))
	})
}

func TestRemediesHAProxy(t *testing.T) {
	haproxy := need(t, "haproxy")
	eachRemedy(t, "HAProxy", func(t *testing.T, pki, text string) {
		var front, back []string
		for _, line := range strings.Split(text, "\n") {
			switch {
			case strings.HasPrefix(line, "#"), strings.HasPrefix(line, "/"): // a crt-list line
			case strings.HasPrefix(line, "server "):
				back = append(back, line)
			case strings.HasPrefix(line, "bind "), strings.HasPrefix(line, "http-request "):
				front = append(front, line)
			case strings.HasPrefix(line, "systemctl"), strings.HasPrefix(line, "echo"), strings.HasPrefix(line, "printf"), strings.HasPrefix(line, "(umask"): // commands
			default:
				t.Errorf("what is %q?", line)
			}
		}
		if len(front)+len(back) == 0 {
			return
		}
		if !strings.Contains(strings.Join(front, "\n"), "bind ") {
			front = append([]string{"bind 127.0.0.1:8443"}, front...)
		}
		config := "defaults\n  mode http\n  timeout connect 1s\n  timeout client 1s\n  timeout server 1s\nfrontend f\n  " + strings.Join(front, "\n  ") + "\n  default_backend b\nbackend b\n  " + strings.Join(back, "\n  ") + "\n"
		file := filepath.Join(t.TempDir(), "haproxy.cfg")
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		try(t, config, haproxy, "-c", "-q", "-f", file)
	})
}

func TestRemediesApache(t *testing.T) {
	apache := need(t, "apache2")
	modules := "/usr/lib/apache2/modules"
	if _, err := os.Stat(modules); err != nil {
		t.Skip("Apache's modules are not where Debian puts them")
	}
	eachRemedy(t, "Apache httpd", func(t *testing.T, pki, text string) {
		if strings.HasPrefix(text, "apachectl ") {
			return
		}
		dir := t.TempDir()
		var global, host []string
		for _, line := range strings.Split(text, "\n") {
			if strings.HasPrefix(line, "SSLStaplingCache") || strings.HasPrefix(line, "SSLPassPhraseDialog") {
				global = append(global, strings.ReplaceAll(line, "${APACHE_RUN_DIR}", dir))
			} else {
				host = append(host, line)
			}
		}
		if !strings.Contains(text, "SSLCertificateFile") {
			host = append(host, "SSLCertificateFile "+pki+"/server-fullchain.pem", "SSLCertificateKeyFile "+pki+"/server.key")
		}
		if strings.Contains(text, "SSLCARevocation") {
			host = append(host, "SSLCACertificateFile "+pki+"/root.pem", "SSLVerifyClient require")
		}
		config := "ServerName localhost\nServerRoot " + dir + "\nPidFile " + dir + "/pid\nErrorLog " + dir + "/log\nDefaultRuntimeDir " + dir + "\nListen 127.0.0.1:8443\n"
		for _, m := range []string{"mpm_event", "authz_core", "authz_host", "ssl", "socache_shmcb", "proxy", "proxy_http", "http2"} {
			config += "LoadModule " + m + "_module " + modules + "/mod_" + m + ".so\n"
		}
		config += strings.Join(global, "\n") + "\n<VirtualHost *:8443>\nSSLEngine on\n" + strings.Join(host, "\n") + "\n</VirtualHost>\n"
		file := filepath.Join(dir, "apache.conf")
		if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		try(t, config, apache, "-t", "-f", file)
	})
}

func TestRemediesEnvoy(t *testing.T) {
	eachRemedy(t, "Envoy", func(t *testing.T, pki, text string) {
		var v map[string]any
		if err := yaml.Unmarshal([]byte(text), &v); err != nil {
			t.Errorf("not YAML: %v\n%s", err, text)
		}
	})
}

func TestRemediesNode(t *testing.T) {
	node := need(t, "node")
	eachRemedy(t, "Node.js", func(t *testing.T, pki, text string) {
		// What concerns TLS itself is tried by making a context of it.
		script := "const fs=require('fs'),tls=require('tls');const o={\n" + text + "\n};const p=o.passphrase;tls.createSecureContext(o);"
		try(t, script, node, "-e", script)
	})
}

func TestRemediesGo(t *testing.T) {
	eachRemedy(t, "Go", func(t *testing.T, pki, text string) {
		src := "package p\nfunc f() {\n" + text + "\n}\n"
		file, err := parser.ParseFile(token.NewFileSet(), "p.go", src, 0)
		if err != nil {
			t.Fatalf("not Go: %v\n%s", err, text)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			if sel, ok := lit.Type.(*ast.SelectorExpr); !ok || sel.Sel.Name != "Config" {
				return true
			}
			for _, e := range lit.Elts {
				field := e.(*ast.KeyValueExpr).Key.(*ast.Ident).Name
				if _, ok := reflect.TypeFor[tls.Config]().FieldByName(field); !ok {
					t.Errorf("tls.Config has no field %s", field)
				}
			}
			return true
		})
	})
}

func TestRemediesPython(t *testing.T) {
	python := need(t, "python3")
	eachRemedy(t, "Python", func(t *testing.T, pki, text string) {
		script := "import ssl\n" + text + "\n"
		out, err := exec.Command(python, "-c", script).CombinedOutput()
		if err != nil && !bytes.Contains(out, []byte("no such curve")) {
			t.Errorf("%v\n%s\n%s", err, out, script)
		}
	})
}

// TestRemediesOverwriteNothing: what a remedy has written goes into a new file,
// and a private key is its owner's alone from the first byte.
func TestRemediesOverwriteNothing(t *testing.T) {
	for code := range remediesFor {
		for _, r := range Remedies(code) {
			for line := range strings.Lines(r.Text) {
				if strings.Contains(line, " -out ") || strings.Contains(line, " >> ") || strings.Contains(line, "sed -i") ||
					strings.Contains(line, " > ") && strings.HasPrefix(strings.TrimLeft(line, "/# "), "(") && !strings.Contains(line, "set -C") ||
					strings.Contains(line, "openssl p") && !strings.Contains(line, "umask 077") {
					t.Errorf("%s, %s: this may overwrite a file, or show a key: %s", code, r.Stack, line)
				}
			}
		}
	}
}
