package roots

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

// publicChain is a real chain of a public CA, of early 2023: www.google.com and
// its intermediate. It comes with Go's own tests.
func publicChain(t *testing.T) (chain []*x509.Certificate, at time.Time) {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	src, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(root)), "src/crypto/x509/verify_test.go"))
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skipf("Go's own tests are not installed: %v", err)
	}
	for _, name := range []string{"googleLeaf", "gtsIntermediate"} {
		m := regexp.MustCompile("const " + name + " = `([^`]+)`").FindSubmatch(src)
		if m == nil {
			t.Fatalf("no %s in Go's tests", name)
		}
		block, _ := pem.Decode(m[1])
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, c)
	}
	return chain, time.Date(2023, time.February, 1, 0, 0, 0, 0, time.UTC)
}

// TestJudgeServer asks whether Google's callers accept a server, of a public
// CA and of one's own.
func TestJudgeServer(t *testing.T) {
	public, at := publicChain(t)
	own := root(t, "Own CA")
	between := issue(t, own, "Own Intermediate", asCA)
	leaf := func(change func(*x509.Certificate)) *x509.Certificate {
		return issue(t, between, "webhook.example", func(c *x509.Certificate) {
			c.DNSNames, c.NotBefore, c.NotAfter = []string{"webhook.example"}, now.AddDate(0, -1, 0), now.AddDate(0, 6, 0)
			c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
			if change != nil {
				change(c)
			}
		}).Certificate
	}
	self := issue(t, nil, "webhook.example", func(c *x509.Certificate) {
		c.DNSNames, c.NotAfter = []string{"webhook.example"}, now.AddDate(0, 6, 0)
	}).Certificate
	sound := []*x509.Certificate{leaf(nil), between.Certificate}
	es, cx, both := []diagnose.Product{diagnose.DialogflowES}, []diagnose.Product{diagnose.DialogflowCX}, []diagnose.Product{diagnose.DialogflowES, diagnose.DialogflowCX}
	tests := []struct {
		name     string
		sent     []*x509.Certificate
		host     string
		at       time.Time
		products []diagnose.Product
		uploaded []*x509.Certificate
		want     cause.Code // "": accepted
		says     string
	}{
		{"a public CA's", public, "www.google.com", at, both, nil, "", ""},
		{"a public CA's, for another name", public, "webhook.example", at, es, nil, cause.ServerNameMismatch, ""},
		{"a public CA's, without its intermediate", public[:1], "www.google.com", at, es, nil, cause.ServerChainMissingIntermediate, ""},
		{"a public CA's, of the past", public, "www.google.com", now, es, nil, cause.ServerCertExpired, ""},
		{"a public CA's, where an own CA was uploaded", public, "www.google.com", at, cx, []*x509.Certificate{own.Certificate}, cause.ServerCertNotPublic, "uploaded"},
		{"an own CA's, for ES", sound, "webhook.example", now, es, nil, cause.ServerCertNotPublic, "Dialogflow ES will not accept"},
		{"an own CA's, for CX without an upload", sound, "webhook.example", now, cx, nil, cause.ServerCertNotPublic, "Dialogflow CX accepts this server only with its CA uploaded"},
		{"an own CA's, uploaded", sound, "webhook.example", now, cx, []*x509.Certificate{own.Certificate}, "", ""},
		{"an own CA's, two uploaded", sound, "webhook.example", now, cx, []*x509.Certificate{root(t, "Next CA").Certificate, own.Certificate}, "", ""},
		{"an own CA's, its intermediate uploaded", sound, "webhook.example", now, cx, []*x509.Certificate{between.Certificate}, cause.DialogflowUploadNotRoot, ""},
		{"an own CA's, without its intermediate", sound[:1], "webhook.example", now, cx, []*x509.Certificate{own.Certificate}, cause.ServerChainMissingIntermediate, ""},
		{"an own CA's, for another name", sound, "other.example", now, cx, []*x509.Certificate{own.Certificate}, cause.ServerNameMismatch, ""},
		{"an own CA's, without an alternative name", []*x509.Certificate{leaf(func(c *x509.Certificate) { c.DNSNames = nil }), between.Certificate},
			"webhook.example", now, cx, []*x509.Certificate{own.Certificate}, cause.ServerSANMissing, ""},
		{"an own CA's, key usage without digitalSignature", []*x509.Certificate{leaf(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), between.Certificate},
			"webhook.example", now, cx, []*x509.Certificate{own.Certificate}, cause.ServerKeyUsageIncompatible, ""},
		{"self-signed, uploaded itself", []*x509.Certificate{self}, "webhook.example", now, cx, []*x509.Certificate{self}, "", ""},
		{"self-signed, for ES", []*x509.Certificate{self}, "webhook.example", now, es, nil, cause.ServerCertNotPublic, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			facts := &diagnose.Facts{Time: test.at, Target: diagnose.Target{ServerName: test.host}}
			for _, c := range test.sent {
				facts.Identity = append(facts.Identity, chain.CertificateOf(c))
			}
			var uploaded *diagnose.Trust
			if test.uploaded != nil {
				uploaded = &diagnose.Trust{Source: "files", Count: len(test.uploaded)}
				for _, c := range test.uploaded {
					uploaded.Anchors = append(uploaded.Anchors, chain.CertificateOf(c))
				}
			}
			JudgeServer(facts, test.products, uploaded)
			r := diagnose.Examine(facts)
			var got cause.Code
			if cause := r.RootCause(); cause != nil {
				got = cause.Code
				if !strings.Contains(cause.Title, test.says) {
					t.Errorf("title %q, want %q in it", cause.Title, test.says)
				}
			}
			if got != test.want {
				t.Errorf("first finding %q of %d, want %q", got, len(r.Findings), test.want)
			}
		})
	}
}
