package roots

import (
	"crypto/x509"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestReadmeNodeServer runs the README's server in Node with an exported
// bundle: it lets in Dialogflow's certificate, and nobody else's.
func TestReadmeNodeServer(t *testing.T) {
	node := program(t, "node")
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(readme), "<!-- node -->\n```js\n")
	script, _, ok2 := strings.Cut(rest, "```\n")
	if !ok || !ok2 {
		t.Fatal("README.md has no block after <!-- node -->")
	}
	w := newWorld(t)
	// Who asks for a second name gets neither.
	twice := issue(t, w.between, "Mallory", func(c *x509.Certificate) {
		asClient(c)
		c.Subject.Organization = []string{"CN=Google LLC"}
	})
	bundle, _, err := Export([]Profile{w.dialogflow}, Store{}, now, PEM, "")
	if err != nil {
		t.Fatal(err)
	}
	serverCA := root(t, "Server CA")
	server := issue(t, serverCA, "localhost", func(c *x509.Certificate) { c.IPAddresses = loopback() })
	dir, port := t.TempDir(), freePort(t)
	writeFiles(t, dir, map[string][]byte{"webhook.js": []byte(script), "dialogflow-roots.pem": bundle,
		"server-crt.pem": encode(server), "server-key.pem": keyPEM(t, server)})
	cmd := exec.Command(node, filepath.Join(dir, "webhook.js"))
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "PORT="+strconv.Itoa(port))
	start(t, cmd)
	pool := x509.NewCertPool()
	pool.AddCert(serverCA.Certificate)
	for _, test := range []struct {
		name  string
		chain []*authority
		want  int // 0: refused in the handshake
	}{
		{"the caller", []*authority{w.caller, w.between}, http.StatusOK},
		{"a stranger of the same intermediate", []*authority{w.stranger, w.between}, http.StatusForbidden},
		{"a sly stranger", []*authority{twice, w.between}, http.StatusForbidden},
		{"the old caller", []*authority{w.oldCaller, w.oldBetween}, 0},
		{"another CA", []*authority{w.unknownCaller}, 0},
		{"no intermediate", []*authority{w.caller}, 0},
		{"expired", []*authority{w.expired, w.between}, 0},
	} {
		got, err := askAs(port, pool, test.chain)
		if got != test.want || (err == nil) != (test.want != 0) {
			t.Errorf("%s: status %d, %v, want %d", test.name, got, err, test.want)
		}
	}
}
