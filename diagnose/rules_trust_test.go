package diagnose

import (
	"strings"
	"testing"

	"mutual/diagnose/cause"
)

// Each variable is a word of its own in what is to be typed.
func TestTrustStoreFromSeveralVariables(t *testing.T) {
	root, other := ca(t, "Corp Root", nil, "root"), ca(t, "Stranger CA", nil, "other")
	trust := &Trust{Source: "system", Env: "SSL_CERT_FILE, SSL_CERT_DIR", Count: 1, Anchors: list(other)}
	for _, finding := range Examine(chainCase{sent: list(leaf(t, "server", root)), trust: trust}.facts()).Findings {
		if finding.Code != cause.TrustStoreEnvOverride {
			continue
		}
		if got := finding.Fix.String(); !strings.Contains(got, "env -u SSL_CERT_FILE -u SSL_CERT_DIR mutual probe") {
			t.Errorf("fix of trust-store-env-override = %s\nwant each variable after a -u of its own", got)
		}
		return
	}
	t.Error("Examine(a trust store of SSL_CERT_FILE, SSL_CERT_DIR) = no trust-store-env-override")
}

// A file given both as certificate and as key is one fault.
func TestFileInTwoRoles(t *testing.T) {
	f := &Facts{View: SeenByClient, Files: []File{
		{Path: "both.pem", Role: "certificate", Problem: cause.FileEmpty},
		{Path: "both.pem", Role: "key", Problem: cause.FileEmpty},
		{Path: "other.pem", Role: "key", Problem: cause.FileEmpty},
	}}
	var titles []string
	for _, finding := range Examine(f).Findings {
		titles = append(titles, finding.Title)
	}
	if len(titles) != 2 {
		t.Errorf("Examine(one file in two roles, another in one) = %q, want two findings", titles)
	}
}
