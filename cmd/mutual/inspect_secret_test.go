package main

import (
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mutual/cmd/internal/render"
	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/fixtures"
	"mutual/pki"
)

// manifest is a Secret with the contents of files.
func manifest(t *testing.T, namespace, name string, files map[string]string) string {
	t.Helper()
	text := fmt.Sprintf("---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\n  namespace: %s\ndata:\n", name, namespace)
	for key, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text += "  " + key + ": " + base64.StdEncoding.EncodeToString(data) + "\n"
	}
	return text
}

// TestInspectSecrets: what belongs together is decided within a Secret and its
// namespace, and what fits is named by its Secret.
func TestInspectSecrets(t *testing.T) {
	ours, theirs := t.TempDir(), t.TempDir()
	for dir, name := range map[string]string{ours: "Our CA", theirs: "Their CA"} {
		if _, err := pki.Init(dir, pki.InitOptions{Name: name, Now: time.Now()}); err != nil {
			t.Fatal(err)
		}
	}
	in := func(dir, kind string) string { return filepath.Join(dir, kind+".pem") }
	tls := func(certs, keys, ca string) map[string]string {
		files := map[string]string{"tls.crt": in(certs, "server-crt"), "tls.key": in(keys, "server-key")}
		if ca != "" {
			files["ca.crt"] = in(ca, "ca-crt")
		}
		return files
	}
	for _, tt := range []struct {
		name, data string
		codes      []diagnose.Code
		said       []string
		unsaid     string
	}{
		{"sound", manifest(t, "shop", "web", tls(ours, ours, ours)), nil, []string{"CN=localhost in shop/web tls.crt"}, " in -"},
		{"no CA beside it", manifest(t, "shop", "web", tls(ours, ours, "")), nil, []string{"CN=localhost in shop/web tls.crt"}, " in -"},
		{"another CA", manifest(t, "shop", "web", tls(ours, ours, theirs)), []diagnose.Code{cause.SecretCANotIssuer},
			[]string{"No CA in shop/web ca.crt has issued the certificate", "CN=Their CA", "CN=Our CA"}, "Nothing is wrong"},
		{"the right CA in another Secret", manifest(t, "shop", "web", tls(ours, ours, theirs)) + manifest(t, "shop", "ca", map[string]string{"ca.crt": in(ours, "ca-crt")}),
			[]diagnose.Code{cause.SecretCANotIssuer}, []string{"No CA in shop/web ca.crt"}, ""},
		{"two Secrets, keys exchanged", manifest(t, "shop", "web", tls(ours, theirs, "")) + manifest(t, "shop", "api", tls(theirs, ours, "")),
			[]diagnose.Code{cause.CertKeyPairMismatch, cause.CertKeyPairMismatch}, []string{"shop/web tls.key does not belong", "shop/api tls.key does not belong"}, ""},
		{"a CA's own Secret", manifest(t, "shop", "ca", map[string]string{"tls.crt": in(ours, "ca-crt"), "tls.key": in(ours, "ca-key"), "ca.crt": in(ours, "ca-crt")}), nil, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var codes []diagnose.Code
			out := inspected(t, tt.data, "--json")
			var result render.Inspection
			if err := json.Unmarshal([]byte(out), &result); err != nil {
				t.Fatal(err)
			}
			for _, r := range append(result.Further, result.Report) {
				for _, f := range r.Findings {
					if f.Severity != diagnose.Note {
						codes = append(codes, f.Code)
					}
				}
			}
			if fmt.Sprint(codes) != fmt.Sprint(tt.codes) {
				t.Errorf("inspect = %v, want %v", codes, tt.codes)
			}
			text := strings.Join(strings.Fields(inspected(t, tt.data)), " ")
			for _, s := range tt.said {
				if !strings.Contains(text, s) {
					t.Errorf("inspect says nothing of %q:\n%s", s, text)
				}
			}
			if tt.unsaid != "" && strings.Contains(text, tt.unsaid) {
				t.Errorf("inspect says %q:\n%s", tt.unsaid, text)
			}
		})
	}
}

// TestInspectNamespaces: an intermediate of another namespace completes no
// chain, one of its own does.
func TestInspectNamespaces(t *testing.T) {
	dir := t.TempDir()
	leaf, intermediate := filepath.Join(dir, "leaf.pem"), filepath.Join(dir, "intermediate.pem")
	underIntermediate(t, leaf, intermediate)
	web := manifest(t, "shop", "web", map[string]string{"tls.crt": leaf})
	drawn := func(namespace string) bool {
		out := inspected(t, web+manifest(t, namespace, "issuing", map[string]string{"ca.pem": intermediate}))
		return strings.Contains(out, "└")
	}
	if !drawn("shop") {
		t.Error("the intermediate in the same namespace is not in the chain")
	}
	if drawn("bank") {
		t.Error("the intermediate of another namespace is in the chain")
	}
}

// underIntermediate writes a leaf and the intermediate that issued it.
func underIntermediate(t *testing.T, leaf, intermediate string) {
	t.Helper()
	w := fixtures.Healthy(time.Now())
	for file, cert := range map[string]*fixtures.Cert{leaf: w.Client, intermediate: w.ClientCA} {
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.Mint.Make(cert).DER}), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// inspected is what mutual inspect says of what is piped into it.
func inspected(t *testing.T, data string, flags ...string) string {
	t.Helper()
	var out, talk strings.Builder
	run(t.Context(), append([]string{"mutual", "inspect", "-"}, flags...), stdio{in: strings.NewReader(data), out: &out, err: &talk})
	if talk.Len() > 0 {
		t.Fatal(talk.String())
	}
	return out.String()
}
