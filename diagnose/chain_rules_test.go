package diagnose

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

// facts puts a chain case into the facts of a client that met this server, or
// of one whose own certificate it is.
func (c chainCase) facts() *Facts {
	f := &Facts{Command: "probe", Time: testNow, View: SeenByClient, Target: Target{Host: "server.example", Port: 443, ServerName: "server.example"},
		Known: c.known, Chains: Chains{Server: []*Certificate{}, Client: []*Certificate{}}, Attempts: []Attempt{{Name: "strict"}}}
	if c.asked != "" {
		f.Target.ServerName = c.asked
	}
	if c.side == ClientSide {
		f.Identity, f.ClientTrust = c.sent, c.trust
		f.ClientAuth = &ClientAuth{Requested: true, Policy: cause.PolicyRequired, Presented: true, Verdict: cause.VerdictRejected}
	} else {
		f.Chains.Server, f.Trust = c.sent, c.trust
	}
	return f
}

// resolveAll holds that every piece of evidence stands in the report.
func resolveAll(t *testing.T, r *Report) {
	t.Helper()
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		if len(f.Evidence) == 0 {
			t.Errorf("Examine(...) found %s without evidence", f.Code)
		}
		for _, e := range f.Evidence {
			if _, err := Resolve(data, e.Fact); err != nil {
				t.Errorf("Resolve(report, %q) of %s = %v, want a value", e.Fact, f.Code, err)
			}
		}
		for _, text := range append([]string{f.Title, f.Explanation, f.Settle}, f.Fix.Lines()...) {
			if strings.Contains(text, "{") {
				t.Errorf("Examine(...) says %q of %s, want every brace filled", text, f.Code)
			}
		}
	}
}

func TestChainFindings(t *testing.T) {
	for _, c := range chainCases(t) {
		t.Run(c.name, func(t *testing.T) {
			f := c.facts()
			r := Examine(f)
			resolveAll(t, r)
			for _, want := range c.want {
				code, _, _ := strings.Cut(want, "@")
				rule, ok := RuleFor(Code(code))
				if !ok {
					t.Errorf("RuleFor(%s) = none, want a rule", code)
					continue
				}
				if rule.Stage == ClientCertificate && rule.Find == nil {
					continue
				}
				explained := slices.ContainsFunc(r.Findings, func(f Finding) bool { return slices.Contains(f.Explains, code) })
				if !r.Has(Code(code)) && !explained {
					t.Errorf("Examine(%s) = %v, want %s found or explained", c.name, codesOf(r), code)
				}
			}
			if c.trusted && r.RootCause() != nil && r.RootCause().Stage != ClientCertificate {
				t.Errorf("Examine(%s) = %v, want no error", c.name, codesOf(r))
			}
		})
	}
}

func codesOf(r *Report) []string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, fmt.Sprintf("%s(%s)", f.Code, f.Severity))
	}
	return out
}

// A fault that the server was seen to put up with does not break anything.
func TestAcceptedClientFaultIsWarning(t *testing.T) {
	root := ca(t, "Corp Root", nil, "root")
	c := chainCase{side: ClientSide, sent: list(leaf(t, "client", root, expired)), trust: trusting(root)}
	f := c.facts()
	f.ClientAuth.Verdict = cause.VerdictAccepted
	m := faultsOn(ClientSide, cause.ClientCertExpired)(Judge(f))
	if len(m) != 1 || m[0].Severity != Warning {
		t.Errorf("faultsOn(accepted client) = %+v, want one warning", m)
	}
}

func revocation(t *testing.T, issuer *entity, number int64, change func(*x509.RevocationList), revoked ...*entity) *CRL {
	t.Helper()
	l := &x509.RevocationList{Number: big.NewInt(number), ThisUpdate: testNow.Add(-time.Hour), NextUpdate: testNow.Add(time.Hour)}
	for _, r := range revoked {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: r.X509().SerialNumber, RevocationTime: testNow.Add(-time.Minute), ReasonCode: 1})
	}
	if change != nil {
		change(l)
	}
	signer := *issuer.X509()
	signer.KeyUsage |= x509.KeyUsageCRLSign
	der, err := x509.CreateRevocationList(rand.Reader, l, &signer, issuer.key)
	if err != nil {
		t.Fatal(err)
	}
	return &CRL{Issuer: issuer.Subject, ThisUpdate: l.ThisUpdate, NextUpdate: l.NextUpdate, File: "crl.pem", DER: der}
}

func TestRevocation(t *testing.T) {
	root := ca(t, "Corp Root", nil, "root")
	rekeyed := ca(t, "Corp Root", nil, "other", func(c *x509.Certificate) { c.SubjectKeyId = root.X509().SubjectKeyId })
	mute := ca(t, "Mute", root, "int", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign })
	other := ca(t, "Other", nil, "other")
	good, below := leaf(t, "server", root), leaf(t, "server", mute)
	must := leaf(t, "server", root, func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 3, 6, 1, 5, 5, 7, 1, 24}, Value: []byte{0x30, 3, 2, 1, 5}}}
	})
	staple := func(status int, next time.Time) []byte {
		der, err := ocsp.CreateResponse(root.X509(), root.X509(), ocsp.Response{Status: status, SerialNumber: good.X509().SerialNumber,
			ThisUpdate: testNow.Add(-2 * time.Hour), NextUpdate: next, RevokedAt: testNow.Add(-time.Hour), RevocationReason: ocsp.KeyCompromise}, root.key)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	onlyCAs := func(l *x509.RevocationList) {
		l.ExtraExtensions = []pkix.Extension{{Id: []int{2, 5, 29, 28}, Critical: true, Value: []byte{0x30, 3, 0x82, 1, 0xff}}}
	}
	for _, c := range []struct {
		name   string
		sent   []*Certificate
		crls   []*CRL
		all    bool
		staple []byte
		side   Side
		want   []string
	}{
		{name: "not revoked", sent: list(good), crls: []*CRL{revocation(t, root, 1, nil)}},
		{name: "revoked", sent: list(good), crls: []*CRL{revocation(t, root, 1, nil, good)}, want: []string{"server-cert-revoked@0"}},
		{name: "client revoked", side: ClientSide, sent: list(good), crls: []*CRL{revocation(t, root, 1, nil, good)}, want: []string{"client-cert-revoked@0"}},
		{name: "intermediate revoked", sent: list(below, mute), crls: []*CRL{revocation(t, root, 1, nil, mute)}, want: []string{"server-cert-revoked@1", "crl-unavailable@0"}},
		{name: "list out of date", sent: list(good), want: []string{"crl-expired@0"},
			crls: []*CRL{revocation(t, root, 1, func(l *x509.RevocationList) { l.NextUpdate = testNow.Add(-time.Minute) })}},
		{name: "list of another key", sent: list(good), crls: []*CRL{revocation(t, rekeyed, 1, nil)}, want: []string{"crl-signature-invalid@0"}},
		{name: "issuer may not sign lists", sent: list(below, mute), crls: []*CRL{revocation(t, mute, 1, nil)}, want: []string{"crl-issuer-invalid@0", "crl-unavailable@1"}},
		{name: "list of CAs", sent: list(good), crls: []*CRL{revocation(t, root, 1, onlyCAs)}, want: []string{"crl-scope-mismatch@0"}},
		{name: "none of this issuer", all: true, sent: list(good), crls: []*CRL{revocation(t, other, 1, nil)}, want: []string{"crl-unavailable@0"}},
		{name: "lists of other chains", sent: list(good), crls: []*CRL{revocation(t, other, 1, nil)}},
		{name: "staple good", sent: list(good), staple: staple(ocsp.Good, testNow.Add(time.Hour))},
		{name: "staple revoked", sent: list(good), staple: staple(ocsp.Revoked, testNow.Add(time.Hour)), want: []string{"server-cert-revoked@0"}},
		{name: "staple out of date", sent: list(good), staple: staple(ocsp.Good, testNow.Add(-time.Hour)), want: []string{"ocsp-response-expired@0"}},
		{name: "staple missing", sent: list(must), want: []string{"ocsp-staple-missing@0"}},
		{name: "staple nonsense", sent: list(good), staple: []byte{1, 2, 3}},
	} {
		q := chain.Question{Path: "chains.server", Side: ServerSide, Sent: c.sent, Trust: trusting(root), Now: testNow, Name: "server.example",
			CRLs: c.crls, AllCRLs: c.all, Staple: c.staple, Stapling: true}
		if c.side != "" {
			q.Side = c.side
		}
		got, want := faultNames(chain.Judge(q)), c.want
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("chain.Judge(%s) = %v, want %v", c.name, got, want)
		}
		if c.side == "" {
			f := chainCase{sent: c.sent, trust: trusting(root)}.facts()
			f.CRLs, f.Connection = c.crls, &Connection{OCSPStaple: c.staple}
			resolveAll(t, Examine(f))
		}
	}
}

func TestFileFindings(t *testing.T) {
	for _, code := range []Code{cause.FileNotFound, cause.FileUnreadable, cause.FileEmpty, cause.FilePermissionsTooOpen, cause.PEMWrongType, cause.PEMTruncated,
		cause.PEMBOMHidesBlock, cause.DERNotPEM, cause.PKCS12NotPEM, cause.KeyEncrypted, cause.KeyWrongPassphrase, cause.KeyFormatUnsupported,
		cause.CertKeyPairMismatch, cause.CertFileOrderWrong, cause.CertMalformed, cause.SecretCANotIssuer} {
		f := &Facts{Time: testNow, View: SeenByClient, Attempts: []Attempt{{FailedAt: AtFiles}},
			Files: []File{{Path: "a/one.pem", Role: "certificate"}, {Path: "a/two.pem", Role: "key", Problem: code, Line: 3, Found: "this", Want: "that", Fatal: true}}}
		r := Examine(f)
		resolveAll(t, r)
		if len(r.Findings) != 1 || r.Findings[0].Code != code {
			t.Errorf("Examine(%s) = %v, want it alone", code, codesOf(r))
			continue
		}
		want := ExitFiles
		switch code {
		case cause.FilePermissionsTooOpen, cause.SecretCANotIssuer:
			want = ExitUnexplained
		case cause.CertMalformed:
			want = ExitClient
		}
		if r.ExitCode != want {
			t.Errorf("Examine(%s).ExitCode = %d, want %d", code, r.ExitCode, want)
		}
	}
	two := &Facts{Time: testNow, View: SeenByClient, Files: []File{
		{Path: "a.pem", Role: "certificate", Problem: cause.FileNotFound}, {Path: "b.pem", Role: "key", Problem: cause.FileNotFound}}}
	if r := Examine(two); len(r.Findings) != 2 {
		t.Errorf("Examine(two missing files) = %v, want both", codesOf(r))
	}
}

func TestTrustFindings(t *testing.T) {
	root, other := ca(t, "Corp Root", nil, "root"), ca(t, "Stranger CA", nil, "other")
	direct := list(leaf(t, "server", root))
	for _, c := range []struct {
		name  string
		trust *Trust
		want  []string
	}{
		{"empty file", &Trust{Source: "files", Files: []string{"ca.pem"}}, []string{"trust-store-unloadable(error)"}},
		{"half of it damaged", &Trust{Source: "files", Files: []string{"ca.pem"}, Count: 1, Anchors: list(root), Unreadable: 1}, []string{"trust-store-unloadable(warning)"}},
		{"by the environment", &Trust{Source: "system", Env: "SSL_CERT_FILE", Count: 1, Anchors: list(other)}, []string{"server-ca-untrusted(error)", "trust-store-env-override(warning)"}},
		{"by the environment, and right", &Trust{Source: "system", Env: "SSL_CERT_FILE", Count: 1, Anchors: list(root)}, nil},
	} {
		r := Examine(chainCase{sent: direct, trust: c.trust}.facts())
		resolveAll(t, r)
		if got := codesOf(r); !slices.Equal(got, c.want) {
			t.Errorf("Examine(%s) = %v, want %v", c.name, got, c.want)
		}
	}
}

func TestServerKeyMismatch(t *testing.T) {
	root := ca(t, "Corp Root", nil, "root")
	f := chainCase{sent: list(leaf(t, "server", root)), trust: trusting(root)}.facts()
	f.Attempts[0].FailedAt, f.Attempts[0].Refused = AtHandshake, cause.RefusedServerSignature
	r := Examine(f)
	resolveAll(t, r)
	if r.RootCause() == nil || r.RootCause().Code != cause.ServerKeyMismatch {
		t.Errorf("Examine(bad CertificateVerify) = %v, want server-key-mismatch first", codesOf(r))
	}
}

// Prose is complete: each rule explains itself without a connection, too.
func TestRuleProse(t *testing.T) {
	for _, part := range [][]Rule{chainRules, serverRules, trustRules, revocationRules, fileRules} {
		for _, r := range part {
			if r.Title == "" || r.Why == "" || len(r.Fix) == 0 || len(r.Refs) == 0 || r.Stage == "" || r.Side == "" || r.Severity == "" || r.Basis == "" {
				t.Errorf("rule %s = %+v, want no part empty", r.Code, r)
			}
		}
	}
}
