package pki

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"mutual/diagnose/cause"
)

// TestWrapped takes a certificate out of what headers, variables and manifests
// make of it, and says what that was.
func TestWrapped(t *testing.T) {
	w := newLoadWorld(t)
	// A certificate whose base64 holds a + and a /, which is where forms and
	// headers go wrong.
	leaf := w.leafPEM
	der := base64.StdEncoding.EncodeToString(w.leaf.Raw)
	for !strings.Contains(der, "+") {
		w = newLoadWorld(t)
		leaf, der = w.leafPEM, base64.StdEncoding.EncodeToString(w.leaf.Raw)
	}
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	quoted, err := json.Marshal(leaf)
	if err != nil {
		t.Fatal(err)
	}
	escaped := strings.ReplaceAll(url.PathEscape(leaf), "=", "%3D")
	body := strings.Split(strings.TrimSpace(leaf), "\n")
	blanks := body[0] + "\n" + strings.ReplaceAll(strings.Join(body[1:len(body)-1], "\n"), "+", " ") + "\n" + body[len(body)-1] + "\n"
	for _, tt := range []struct {
		name, data string
		certs      int
		codes      []cause.Code
		found      string
	}{
		{"base64 of PEM", b64(leaf), 1, []cause.Code{cause.PEMWrapped}, "around PEM"},
		{"base64 of PEM, twice", b64(b64(leaf)), 1, []cause.Code{cause.PEMWrapped}, "twice"},
		{"base64 in lines", b64(leaf)[:76] + "\n" + b64(leaf)[76:] + "\n", 1, []cause.Code{cause.PEMWrapped}, "around PEM"},
		{"nginx's escaped certificate", escaped, 1, []cause.Code{cause.PEMWrapped}, "percent"},
		{"AWS, + left alone", strings.ReplaceAll(strings.ReplaceAll(escaped, "%2B", "+"), "%2F", "/"), 1, []cause.Code{cause.PEMWrapped}, "percent"},
		{"a form", url.QueryEscape(leaf), 1, []cause.Code{cause.PEMWrapped}, "percent"},
		{"Envoy's header", `By=spiffe://a;Hash=00;Cert="` + escaped + `";Chain="` + escaped + url.PathEscape(w.caPEM) + `";Subject="CN=x"`, 2, []cause.Code{cause.PEMWrapped}, "Envoy"},
		{"RFC 9440", "Client-Cert: :" + der + ":\nClient-Cert-Chain: :" + base64.StdEncoding.EncodeToString(w.ca.Cert.Raw) + ":\n", 2, []cause.Code{cause.PEMWrapped}, "RFC 9440"},
		{"Traefik's header", "X-Forwarded-Tls-Client-Cert: " + der + "," + base64.StdEncoding.EncodeToString(w.ca.Cert.Raw), 2, []cause.Code{cause.PEMWrapped}, "header"},
		{"Traefik's value, escaped", url.QueryEscape(der), 1, []cause.Code{cause.PEMWrapped}, "header"},
		{"a value with blanks for +", strings.ReplaceAll(der, "+", " "), 1, []cause.Code{cause.PEMWrapped}, "base64"},
		{"PEM with blanks for +", blanks, 1, []cause.Code{cause.PEMWrapped}, "blanks where +"},
		{"PEM on one line, with blanks for +", strings.ReplaceAll(blanks, "\n", " "), 1, []cause.Code{cause.PEMTruncated, cause.PEMWrapped}, "same line"},
		{"a JSON string", string(quoted), 1, []cause.Code{cause.PEMWrapped}, "JSON"},
		{"a JSON object", `{"data": {"certificate": ` + string(quoted) + `}}`, 1, nil, ""},
		{"YAML, indented", "tls:\n  cert: |\n    " + strings.ReplaceAll(leaf, "\n", "\n    "), 1, nil, ""},
		{"a blank line inside", body[0] + "\n" + body[1] + "\n\n" + strings.Join(body[2:], "\n") + "\n", 1, []cause.Code{cause.PEMTruncated}, "blank line"},
		{"a blank line after BEGIN", body[0] + "\n\n" + strings.Join(body[1:], "\n") + "\n", 1, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := InspectData("f", []byte(tt.data), nil)
			var codes []cause.Code
			for _, p := range c.Problems {
				codes = append(codes, p.Code)
			}
			if len(c.Items) != tt.certs || c.Items[0].Cert == nil || !slices.Equal(codes, tt.codes) {
				t.Fatalf("InspectData() = %d items, problems %v, want %d, %q", len(c.Items), c.Problems, tt.certs, tt.codes)
			}
			if !c.Items[0].Cert.Equal(w.leaf) {
				t.Errorf("InspectData() finds another certificate: %s", c.Items[0].Cert.Subject)
			}
			if len(codes) > 0 && !strings.Contains(c.Problems[0].Found, tt.found) {
				t.Errorf("InspectData() found %q, want it to speak of %q", c.Problems[0].Found, tt.found)
			}
		})
	}
}

// TestManifests reads what Kubernetes' files hold, and names the field that does
// not hold what it should.
func TestManifests(t *testing.T) {
	w := newLoadWorld(t)
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	config := func(ca, cert, key string) string {
		return fmt.Sprintf("apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster: {server: x, certificate-authority-data: %s}\n"+
			"users:\n- name: u\n  user: {client-certificate-data: %s, client-key-data: %s}\n", ca, cert, key)
	}
	secret := func(fields string) string {
		return "kind: Secret\ntype: kubernetes.io/tls\nmetadata: {name: s, namespace: shop}\n" + fields
	}
	hook := "kind: ValidatingWebhookConfiguration\nmetadata: {name: w}\nwebhooks:\n- name: a.example\n  clientConfig:\n    caBundle: "
	for _, tt := range []struct {
		name, data string
		items      int
		found      string // "" where nothing is wrong
	}{
		{"kubeconfig", config(b64(w.caPEM), b64(w.leafPEM), b64(w.keyPEM)), 3, ""},
		{"kubeconfig, CA encoded twice", config(b64(b64(w.caPEM)), b64(w.leafPEM), b64(w.keyPEM)), 3, "cluster c certificate-authority-data: base64 of base64"},
		{"kubeconfig, key is no key", config(b64(w.caPEM), b64(w.leafPEM), b64("secret")), 2, "user u client-key-data: base64 of something"},
		{"kubeconfig, not encoded", config(b64(w.caPEM), `"x y!"`, b64(w.keyPEM)), 2, "client-certificate-data: text that is no base64"},
		{"Secret", secret("data: {tls.crt: " + b64(w.leafPEM) + ", tls.key: " + b64(w.keyPEM) + "}"), 2, ""},
		{"Secret, encoded twice", secret("data: {tls.crt: " + b64(b64(w.leafPEM)) + ", tls.key: " + b64(w.keyPEM) + "}"), 2, "shop/s tls.crt: base64 of base64"},
		{"Secret, not encoded", secret("data:\n  tls.key: " + b64(w.keyPEM) + "\n  tls.crt: |\n    " + strings.ReplaceAll(w.leafPEM, "\n", "\n    ")), 2, "shop/s tls.crt: PEM text as it is"},
		{"Secret without its key", secret("data: {tls.crt: " + b64(w.leafPEM) + "}"), 1, "tls.key: nothing"},
		{"Secret with DER", secret("data: {tls.crt: " + b64(string(w.leaf.Raw)) + ", tls.key: " + b64(w.keyPEM) + "}"), 2, "in DER form"},
		{"Secret with nothing but text", secret("data: {tls.crt: " + b64("hello") + ", tls.key: " + b64("world") + "}"), 0, "tls.crt: base64 of something"},
		{"webhook", hook + b64(w.caPEM), 1, ""},
		{"webhook, encoded twice", hook + b64(b64(w.caPEM)), 1, "caBundle: base64 of base64"},
		{"webhook that an injector fills", hook + `""` + "\n  other: |\n    " + strings.ReplaceAll(w.caPEM, "\n", "\n    "), 1, ""},
		{"List", "kind: List\nitems:\n- kind: Secret\n  metadata: {name: s}\n  data: {ca.crt: " + b64(w.caPEM) + "}\n", 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := InspectData("f", []byte(tt.data), nil)
			if len(c.Items) != tt.items {
				t.Errorf("InspectData() = %d items, want %d: %v", len(c.Items), tt.items, c.Problems)
			}
			if tt.found == "" && len(c.Problems) > 0 {
				t.Errorf("InspectData() problems = %v, want none", c.Problems)
			}
			if tt.found != "" && (len(c.Problems) == 0 || c.Problems[0].Code != cause.KubernetesDataWrong || !strings.Contains(c.Problems[0].Found, tt.found)) {
				t.Errorf("InspectData() problems = %v, want one that speaks of %q", c.Problems, tt.found)
			}
		})
	}
	for name, data := range map[string]string{
		"base64 of PEM, cut off": b64(w.leafPEM)[:201], "base64 alone, cut off": base64.StdEncoding.EncodeToString(w.leaf.Raw)[:150],
		"percent-encoded, cut off":       url.PathEscape(w.leafPEM)[:300],
		"a second document that is none": secret("data: {tls.crt: "+b64(w.leafPEM)+", tls.key: "+b64(w.keyPEM)+"}") + "\n---\n{{ nothing",
	} {
		if c := InspectData("f", []byte(data), nil); len(c.Problems) == 0 || c.Problems[len(c.Problems)-1].Code == cause.PEMWrongType {
			t.Errorf("InspectData(%s) problems = %v, want what is cut off or unread", name, c.Problems)
		}
	}
	for _, tt := range []struct {
		role    Role
		subject string
	}{{RoleCert, "CN=client"}, {RoleTrust, "CN=Test CA,O=Example"}} {
		f := Parse("f", []byte(config(b64(w.caPEM), b64(w.leafPEM), b64(w.keyPEM))), tt.role, nil)
		if len(f.Certs) != 1 || DescribeName(f.Certs[0].Cert.RawSubject) != tt.subject {
			t.Errorf("Parse(kubeconfig, %s) = %d certificates, want %s", tt.role, len(f.Certs), tt.subject)
		}
	}
}
