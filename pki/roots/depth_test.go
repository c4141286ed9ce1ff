package roots

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestVerifyDepthOfRealServers asks nginx and Apache what becomes of a chain of
// Dialogflow's shape at each depth, and of the very configuration that they run
// on what ReadServerConfig makes of it.
func TestVerifyDepthOfRealServers(t *testing.T) {
	w := newWorld(t)
	for server, run := range map[string]func(t *testing.T, dir string, port int, depth string) (conf string){
		"nginx": nginxOfDepth, "Apache": apacheOfDepth,
	} {
		for _, depth := range []string{"", "0", "1", "2"} {
			t.Run(server+" "+depth, func(t *testing.T) {
				serverCA := root(t, "Server CA")
				own := issue(t, serverCA, "localhost", func(c *x509.Certificate) { c.IPAddresses = loopback() })
				dir, port := t.TempDir(), freePort(t)
				writeFiles(t, dir, map[string][]byte{"roots.pem": encode(w.root), "server.pem": encode(own), "server.key": keyPEM(t, own)})
				pool := x509.NewCertPool()
				pool.AddCert(serverCA.Certificate)
				conf := run(t, dir, port, depth)
				status, err := askAs(port, pool, []*authority{w.caller, w.between})
				accepted := err == nil && status == http.StatusOK
				data, readErr := os.ReadFile(conf)
				if readErr != nil {
					t.Fatal(readErr)
				}
				c := ReadServerConfig("conf", data)
				if c.Server != server || c.AsksAt == "" || c.Depth == nil || !c.DepthSure {
					t.Fatalf("ReadServerConfig = %+v, want what %s's lines say", c, server)
				}
				refuses := *c.Depth == 0 || c.Server == "Apache" && *c.Depth == 1
				if accepted == refuses {
					t.Errorf("%s accepts the chain: %t (status %d, %v); by its depth of %d that should be %t", server, accepted, status, err, *c.Depth, !refuses)
				}
			})
		}
	}
}

func nginxOfDepth(t *testing.T, dir string, port int, depth string) string {
	t.Helper()
	nginx := program(t, "nginx")
	if depth != "" {
		depth = "ssl_verify_depth " + depth + ";"
	}
	conf := filepath.Join(dir, "nginx.conf")
	writeFiles(t, dir, map[string][]byte{"nginx.conf": fmt.Appendf(nil, `daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log info;
events {}
http {
  access_log off; client_body_temp_path %[1]s/t1; proxy_temp_path %[1]s/t2; fastcgi_temp_path %[1]s/t3; uwsgi_temp_path %[1]s/t4; scgi_temp_path %[1]s/t5;
  server {
    listen 127.0.0.1:%[2]d ssl;
    ssl_certificate %[1]s/server.pem; ssl_certificate_key %[1]s/server.key;
    ssl_client_certificate %[1]s/roots.pem; ssl_verify_client on; %[3]s
    location / { return 200 "hello"; }
  }
}
`, dir, port, depth)})
	start(t, exec.Command(nginx, "-p", dir, "-e", filepath.Join(dir, "error.log"), "-c", conf))
	return conf
}

func apacheOfDepth(t *testing.T, dir string, port int, depth string) string {
	t.Helper()
	apache := program(t, "apache2")
	modules := "/usr/lib/apache2/modules"
	if _, err := os.Stat(modules); err != nil {
		missing(t, "Apache's modules are not in "+modules)
	}
	if depth != "" {
		depth = "SSLVerifyDepth " + depth
	}
	user := ""
	if os.Getuid() == 0 {
		user = "User www-data\nGroup www-data" // Apache refuses to serve as root
	}
	conf := filepath.Join(dir, "apache.conf")
	writeFiles(t, dir, map[string][]byte{"apache.conf": fmt.Appendf(nil, `LoadModule mpm_event_module %[4]s/mod_mpm_event.so
LoadModule authz_core_module %[4]s/mod_authz_core.so
LoadModule ssl_module %[4]s/mod_ssl.so
LoadModule rewrite_module %[4]s/mod_rewrite.so
ServerRoot "%[1]s"
DefaultRuntimeDir "%[1]s"
PidFile "%[1]s/apache.pid"
ErrorLog "%[1]s/apache.log"
ServerName localhost
%[5]s
Listen 127.0.0.1:%[2]d https
SSLEngine on
SSLSessionCache none
SSLCertificateFile "%[1]s/server.pem"
SSLCertificateKeyFile "%[1]s/server.key"
SSLCACertificateFile "%[1]s/roots.pem"
SSLVerifyClient require
%[3]s
ErrorDocument 200 "hello"
RewriteEngine on
RewriteRule ^ - [R=200,L]
`, dir, port, depth, modules, user)})
	start(t, exec.Command(apache, "-X", "-f", conf))
	return conf
}
