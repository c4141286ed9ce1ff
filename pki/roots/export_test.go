package roots

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/pki"
)

func TestExportForms(t *testing.T) {
	w := newWorld(t)
	both := []Profile{w.dialogflow, w.legacy}
	want := []string{Fingerprint(w.root.Certificate), Fingerprint(w.oldRoot.Certificate)}
	check := func(form Form, certs []*x509.Certificate) {
		t.Helper()
		var got []string
		for _, c := range certs {
			got = append(got, Fingerprint(c))
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("Export as %s holds %v, want %v", form, got, want)
		}
	}
	data, warnings, err := Export(both, Store{}, now, PEM, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "1 December 2026") {
		t.Errorf("Export: warnings %q, want the day on which the old profile ends", warnings)
	}
	if !bytes.Contains(data, []byte("CN=Google LLC")) {
		t.Error("Export as PEM does not say whom to expect")
	}
	certs, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	check(PEM, certs)
	if data, _, err = Export(both, Store{}, now, PKCS12, "changeit"); err != nil {
		t.Fatal(err)
	}
	if certs, err = pkcs12.DecodeTrustStore(data, "changeit"); err != nil {
		t.Fatal(err)
	}
	check(PKCS12, certs)
	if data, _, err = Export(both, Store{}, now, JSON, ""); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Profiles []struct {
			Name     string
			Identity Identity
			Pins     []string `json:"spki_sha256"`
		}
		Roots []struct{ PEM string }
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	certs = nil
	for _, r := range doc.Roots {
		one, err := Parse([]byte(r.PEM))
		if err != nil {
			t.Fatal(err)
		}
		certs = append(certs, one...)
	}
	check(JSON, certs)
	if len(doc.Profiles) != 2 || doc.Profiles[0].Identity.CommonName != "Google LLC" || doc.Profiles[0].Pins[0] != SPKI(w.root.Certificate) {
		t.Errorf("Export as JSON: profiles %+v, want identity and pins", doc.Profiles)
	}
}

// program finds a program that a test needs; without it the test is skipped,
// and in CI it fails.
func program(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin", "/usr/local/sbin") {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path
		}
	}
	missing(t, name+" is not installed")
	return ""
}

// missing skips a test for want of something, and fails it in CI.
func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(why)
	}
	t.Skip(why)
}

func writeFiles(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func keyPEM(t *testing.T, a *authority) []byte {
	t.Helper()
	data, err := pki.EncodeKey(a.key)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestExportedBundleInNginx lets nginx judge chains of Dialogflow's shape by
// the exported bundle, with the name check that the rules and the README advise.
func TestExportedBundleInNginx(t *testing.T) {
	nginx := program(t, "nginx")
	w := newWorld(t)
	// A stranger may write into his organisation what he likes.
	sly := issue(t, w.between, "Mallory", func(c *x509.Certificate) {
		asClient(c)
		c.Subject.Organization = []string{"Lab,CN=Google LLC", "CN=Google LLC"}
	})
	rule, ok := diagnose.RuleFor(cause.RootsWithoutIdentityCheck)
	i := slices.IndexFunc(rule.Fix, func(s diagnose.Step) bool { return s.Kind == diagnose.Fragment && s.In == "nginx" })
	if !ok || i < 0 {
		t.Fatalf("the fix of roots-without-identity-check has nothing for nginx: %q", rule.Fix)
	}
	cx := slices.IndexFunc(rule.Fix, func(s diagnose.Step) bool {
		return s.Kind == diagnose.Fragment && s.In == "nginx" && strings.Contains(s.Text, "dialogflow")
	})
	if cx < 0 {
		t.Fatalf("the fix of roots-without-identity-check has nothing for nginx and CX: %q", rule.Fix)
	}
	// A stranger under the root of CX.
	posing := issue(t, w.oldBetween, "x.dialogflow.com", asClient)
	advised := rule.Fix[i].Text
	tests := []struct {
		name     string
		profiles []Profile
		check    string
		old      int // what the old caller gets
	}{
		{"today's", []Profile{w.dialogflow}, advised, http.StatusBadRequest},
		{"today's and the old", []Profile{w.dialogflow, w.legacy},
			`if ($ssl_client_s_dn !~ "(^|[^\\\\],)CN=(Google LLC|\*\.dialogflow\.com)(,|$)") { return 403; }`, http.StatusOK},
	}
	t.Run("CX's", func(t *testing.T) {
		bundle, _, err := Export([]Profile{w.cx}, Store{}, now, PEM, "")
		if err != nil {
			t.Fatal(err)
		}
		port, pool := startNginx(t, nginx, bundle, rule.Fix[cx].Text)
		for name, visit := range map[string]struct {
			chain []*authority
			want  int
		}{
			"the caller":        {[]*authority{w.oldCaller, w.oldBetween}, http.StatusOK},
			"a stranger":        {[]*authority{posing, w.oldBetween}, http.StatusForbidden},
			"the caller of ES":  {[]*authority{w.caller, w.between}, http.StatusBadRequest},
			"another CA":        {[]*authority{w.unknownCaller}, http.StatusBadRequest},
			"a name of ES's CA": {[]*authority{w.stranger, w.between}, http.StatusBadRequest},
		} {
			if got, err := askAs(port, pool, visit.chain); err != nil || got != visit.want {
				t.Errorf("%s: status = %d, %v, want %d", name, got, err, visit.want)
			}
		}
	})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bundle, _, err := Export(test.profiles, Store{}, now, PEM, "")
			if err != nil {
				t.Fatal(err)
			}
			port, pool := startNginx(t, nginx, bundle, test.check)
			for name, visit := range map[string]struct {
				chain []*authority
				want  int
			}{
				"the caller":                          {[]*authority{w.caller, w.between}, http.StatusOK},
				"a stranger of the same intermediate": {[]*authority{w.stranger, w.between}, http.StatusForbidden},
				"a sly stranger":                      {[]*authority{sly, w.between}, http.StatusForbidden},
				"no intermediate":                     {[]*authority{w.caller}, http.StatusBadRequest},
				"the old caller":                      {[]*authority{w.oldCaller, w.oldBetween}, test.old},
				"another CA":                          {[]*authority{w.unknownCaller}, http.StatusBadRequest},
				"for servers only":                    {[]*authority{w.serverOnly, w.between}, http.StatusBadRequest},
			} {
				if got, err := askAs(port, pool, visit.chain); err != nil || got != visit.want {
					t.Errorf("%s: status = %d, %v, want %d", name, got, err, visit.want)
				}
			}
		})
	}
}

// startNginx starts nginx with that bundle of client CAs and that check, and
// returns its port and what its own certificate is verified by.
func startNginx(t *testing.T, nginx string, bundle []byte, check string) (port int, pool *x509.CertPool) {
	t.Helper()
	serverCA := root(t, "Server CA")
	server := issue(t, serverCA, "localhost", func(c *x509.Certificate) { c.IPAddresses = loopback() })
	dir := t.TempDir()
	port = freePort(t)
	conf := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/pid; error_log %[1]s/error.log info;
events {}
http {
  access_log off; client_body_temp_path %[1]s/t1; proxy_temp_path %[1]s/t2; fastcgi_temp_path %[1]s/t3; uwsgi_temp_path %[1]s/t4; scgi_temp_path %[1]s/t5;
  server {
    listen 127.0.0.1:%[2]d ssl;
    ssl_certificate %[1]s/server.pem; ssl_certificate_key %[1]s/server.key;
    ssl_client_certificate %[1]s/roots.pem; ssl_verify_client on; ssl_verify_depth 2;
    %[3]s
    location / { return 200 "hello"; }
  }
}
`, dir, port, check)
	writeFiles(t, dir, map[string][]byte{"nginx.conf": []byte(conf), "roots.pem": bundle,
		"server.pem": encode(server), "server.key": keyPEM(t, server)})
	start(t, exec.Command(nginx, "-p", dir, "-e", filepath.Join(dir, "error.log"), "-c", filepath.Join(dir, "nginx.conf")))
	pool = x509.NewCertPool()
	pool.AddCert(serverCA.Certificate)
	return port, pool
}

// askAs makes a request with that chain, waiting for the server to listen.
func askAs(port int, pool *x509.CertPool, chain []*authority) (status int, err error) {
	cert := chain[0].tls(chain[1:]...)
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{
		RootCAs:              pool,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil },
	}}}
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		resp, err := client.Get(fmt.Sprintf("https://127.0.0.1:%d/", port))
		if err == nil {
			defer resp.Body.Close()
			io.Copy(io.Discard, resp.Body)
			return resp.StatusCode, nil
		}
		if !strings.Contains(err.Error(), "connection refused") || time.Now().After(deadline) {
			return 0, err
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("%s said:\n%s", cmd.Path, out.String())
		}
	})
}

// verifyJava asks the JVM whether the trust store accepts a client's chain, as
// a Java server would.
const verifyJava = `import java.io.*; import java.security.*; import java.security.cert.*; import javax.net.ssl.*; import java.util.*;
public class Verify {
  public static void main(String[] args) throws Exception {
    KeyStore ks = KeyStore.getInstance("PKCS12");
    try (InputStream in = new FileInputStream(args[0])) { ks.load(in, args[1].toCharArray()); }
    TrustManagerFactory f = TrustManagerFactory.getInstance("PKIX");
    f.init(ks);
    X509TrustManager tm = (X509TrustManager) f.getTrustManagers()[0];
    for (int i = 2; i < args.length; i++) {
      try (InputStream in = new FileInputStream(args[i])) {
        List<X509Certificate> chain = new ArrayList<>();
        for (java.security.cert.Certificate c : CertificateFactory.getInstance("X.509").generateCertificates(in)) chain.add((X509Certificate) c);
        try { tm.checkClientTrusted(chain.toArray(new X509Certificate[0]), "EC"); System.out.println("accepted"); }
        catch (CertificateException e) { System.out.println("refused"); }
      }
    }
  }
}
`

func TestExportedTrustStoreInJava(t *testing.T) {
	java, keytool := program(t, "java"), program(t, "keytool")
	w := newWorld(t)
	for _, password := range []string{"changeit", "a pass phrase"} {
		store, _, err := Export([]Profile{w.dialogflow}, Store{}, now, PKCS12, password)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		writeFiles(t, dir, map[string][]byte{"trust.p12": store, "Verify.java": []byte(verifyJava), "pass": []byte(password + "\n"),
			"caller.pem": encode(w.caller, w.between), "short.pem": encode(w.caller),
			"old.pem": encode(w.oldCaller, w.oldBetween), "other.pem": encode(w.unknownCaller)})
		listed := runIn(t, dir, keytool, "-list", "-keystore", "trust.p12", "-storepass:file", "pass")
		if !strings.Contains(listed, "contains 1 entry") || !strings.Contains(listed, "trustedCertEntry") {
			t.Errorf("keytool -list says\n%s\nwant one trusted certificate", listed)
		}
		got := strings.Fields(runIn(t, dir, java, "-Xshare:auto", "Verify.java", "trust.p12", password, "caller.pem", "short.pem", "old.pem", "other.pem"))
		want := []string{"accepted", "refused", "refused", "refused"}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("Java = %v, want %v", got, want)
		}
	}
}

func runIn(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(name), err, out)
	}
	return string(out)
}
