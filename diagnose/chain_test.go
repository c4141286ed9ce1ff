package diagnose

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mutual/diagnose/chain"
)

// chainCase is a chain and the faults it has: "code@depth".
type chainCase struct {
	name    string
	side    Side // server, unless said
	sent    []*Certificate
	known   []*Certificate
	trust   *Trust
	asked   string // "server.example", unless said
	trusted bool
	want    []string
}

func chainCases(t testing.TB) []chainCase {
	root := ca(t, "Corp Root", nil, "root")
	other := ca(t, "Stranger CA", nil, "other")
	intermediate := ca(t, "Corp Issuing 2", root, "int")
	good := leaf(t, "server", intermediate)
	direct := leaf(t, "server", root)
	rekeyed := ca(t, "Corp Root", nil, "other")
	strangerInt := ca(t, "Stranger Issuing", other, "int2")
	notCA := func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, x509.KeyUsageDigitalSignature }
	critical := func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}}
	}
	inOrg := func(o string) change { return func(c *x509.Certificate) { c.Subject.Organization = []string{o} } }
	orgRoot := ca(t, "Trust Anchor X", nil, "root", inOrg("Corp"))
	orgInt := ca(t, "Zwei", orgRoot, "int", inOrg("Corp"))
	plainCA := ca(t, "Plain", nil, "int")
	self := leaf(t, "server.example", nil)
	rsaWeak := certify(t, root, testKeys()["rsa1024"], template("server"), named("server.example"))
	deep1 := ca(t, "Deep 1", root, "int", func(c *x509.Certificate) { c.MaxPathLenZero = true })
	deep2 := ca(t, "Deep 2", deep1, "int2")
	constrained := ca(t, "Constrained", root, "int", func(c *x509.Certificate) {
		c.PermittedDNSDomains, c.PermittedDNSDomainsCritical = []string{"inside.example"}, true
	})
	return []chainCase{
		{name: "healthy", sent: list(good, intermediate), trust: trusting(root), trusted: true},
		{name: "healthy client", side: ClientSide, sent: list(good, intermediate), trust: trusting(root), trusted: true},
		{name: "healthy among other anchors", sent: list(direct), trust: trusting(other, root), trusted: true},
		{name: "root sent", sent: list(good, intermediate, root), trust: trusting(root), trusted: true, want: []string{"chain-includes-root@2"}},
		{name: "out of order", sent: list(good, root, intermediate), trust: trusting(root), trusted: true,
			want: []string{"chain-out-of-order@2", "chain-includes-root@1"}},
		{name: "leaf trusted itself", sent: list(self), trust: trusting(self), trusted: true},
		{name: "intermediate as anchor", sent: list(good), trust: trusting(intermediate), trusted: true, want: []string{"trust-anchor-not-self-signed@1"}},
		{name: "superfluous certificate", sent: list(good, intermediate, strangerInt), trust: trusting(root), trusted: true, want: []string{"chain-broken-link@2"}},

		{name: "CA not trusted, root sent", sent: list(good, intermediate, root), trust: trusting(other),
			want: []string{"server-ca-untrusted@2", "chain-includes-root@2"}},
		{name: "CA not trusted, intermediate sent", sent: list(good, intermediate), trust: trusting(other), want: []string{"server-ca-untrusted@2"}},
		{name: "CA not trusted, leaf only", sent: list(leaf(t, "server", plainCA)), trust: trusting(other), want: []string{"server-ca-untrusted@1 inferred"}},
		{name: "CA not trusted, its name says root", sent: list(direct), trust: trusting(other), want: []string{"server-ca-untrusted@1"}},
		{name: "CA not trusted, known beside", sent: list(direct), known: list(root), trust: trusting(other), want: []string{"server-ca-untrusted@1"}},
		{name: "client CA not trusted", side: ClientSide, sent: list(good, intermediate), trust: trusting(other), want: []string{"client-ca-untrusted-by-server@2"}},
		{name: "empty bundle", sent: list(direct), trust: trusting(), want: []string{"server-ca-untrusted@1"}},

		{name: "intermediate not sent, known", sent: list(good), known: list(intermediate), trust: trusting(root), want: []string{"server-chain-missing-intermediate@1"}},
		{name: "intermediate not sent, unknown", sent: list(good), trust: trusting(root), want: []string{"server-chain-missing-intermediate@1 inferred"}},
		{name: "intermediate not sent, same organisation", sent: list(leaf(t, "server", orgInt)), trust: trusting(other, orgRoot),
			want: []string{"server-chain-missing-intermediate@1 inferred"}},
		{name: "intermediate not sent, address given", trust: trusting(other), want: []string{"server-chain-missing-intermediate@1 inferred"},
			sent: list(leaf(t, "server", plainCA, func(c *x509.Certificate) { c.IssuingCertificateURL = []string{"http://ca.example/int.crt"} }))},
		{name: "intermediate not sent, root sent", sent: list(leaf(t, "server", plainCA), root), trust: trusting(root),
			want: []string{"server-chain-missing-intermediate@1 inferred", "chain-includes-root@1"}},
		{name: "client intermediate not sent", side: ClientSide, sent: list(good), known: list(intermediate), trust: trusting(root),
			want: []string{"client-chain-missing-intermediate@1"}},
		{name: "wrong intermediate sent", sent: list(good, strangerInt), trust: trusting(root), want: []string{"chain-broken-link@1"}},

		{name: "self-signed", sent: list(self), trust: trusting(root), want: []string{"server-cert-self-signed@0"}},
		{name: "self-signed client", side: ClientSide, sent: list(self), trust: trusting(root), want: []string{"client-cert-self-signed@0"}},
		{name: "CA of the same name with another key", sent: list(direct), trust: trusting(rekeyed), want: []string{"issuer-name-matches-key-differs@1"}},
		{name: "root of the same name with another key, root sent", sent: list(direct, root), trust: trusting(rekeyed),
			want: []string{"issuer-name-matches-key-differs@1", "chain-includes-root@1"}},
		{name: "signature changed", sent: list(tampered(good), intermediate), trust: trusting(root), want: []string{"cert-signature-invalid@0"}},
		{name: "signature of the intermediate changed", sent: list(good, tampered(intermediate)), trust: trusting(root), want: []string{"cert-signature-invalid@1"}},

		{name: "expired", sent: list(leaf(t, "server", root, expired)), trust: trusting(root), want: []string{"server-cert-expired@0"}},
		{name: "client expired", side: ClientSide, sent: list(leaf(t, "server", root, expired)), trust: trusting(root), want: []string{"client-cert-expired@0"}},
		{name: "not yet valid", sent: list(leaf(t, "server", root, notYetValid)), trust: trusting(root), want: []string{"server-cert-not-yet-valid@0"}},
		{name: "expiring soon", trusted: true, trust: trusting(root), want: []string{"cert-expiring-soon@0"},
			sent: list(leaf(t, "server", root, func(c *x509.Certificate) { c.NotAfter = testNow.AddDate(0, 0, 10) }))},
		{name: "short-lived and fresh", trusted: true, trust: trusting(root),
			sent: list(leaf(t, "server", root, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = testNow, testNow.AddDate(0, 0, 6) }))},
		{name: "intermediate expired", sent: list(good, ca(t, "Corp Issuing 2", root, "int", expired)), trust: trusting(root), want: []string{"issuer-cert-expired@1"}},
		{name: "intermediate not yet valid", sent: list(good, ca(t, "Corp Issuing 2", root, "int", notYetValid)), trust: trusting(root),
			want: []string{"issuer-cert-not-yet-valid@1"}},
		{name: "root expired", sent: list(direct), trust: trusting(ca(t, "Corp Root", nil, "root", expired)), want: []string{"trust-anchor-expired@1"}},
		{name: "root expired, client", side: ClientSide, sent: list(direct), trust: trusting(ca(t, "Corp Root", nil, "root", expired)),
			want: []string{"issuer-cert-expired@1"}},
		{name: "expired leaf of an untrusted CA", sent: list(leaf(t, "server", intermediate, expired), intermediate), trust: trusting(other),
			want: []string{"server-cert-expired@0", "server-ca-untrusted@2"}},
		{name: "everything expired", sent: list(leaf(t, "server", intermediate, expired), ca(t, "Corp Issuing 2", root, "int", expired)), trust: trusting(root),
			want: []string{"server-cert-expired@0", "issuer-cert-expired@1"}},

		{name: "issuer is no CA", sent: list(good, ca(t, "Corp Issuing 2", root, "int", notCA)), trust: trusting(root),
			want: []string{"issuer-not-ca@1", "issuer-key-usage-no-certsign@1"}},
		{name: "issuer may not sign", trust: trusting(root), want: []string{"issuer-key-usage-no-certsign@1"},
			sent: list(good, ca(t, "Corp Issuing 2", root, "int", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign }))},
		{name: "anchor is no CA", sent: list(direct), want: []string{"trust-anchor-rejected@1"},
			trust: trusting(ca(t, "Corp Root", nil, "root", func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, 0 }))},
		{name: "issuer for another purpose", trust: trusting(root), want: []string{"issuer-eku-excludes-purpose@1"},
			sent: list(good, ca(t, "Corp Issuing 2", root, "int", usage(x509.ExtKeyUsageCodeSigning)))},
		{name: "path too long", sent: list(leaf(t, "server", deep2), deep2, deep1), trust: trusting(root), want: []string{"path-length-exceeded@2"}},
		{name: "name constraint", sent: list(leaf(t, "server", constrained, named("ok.inside.example", "server.example")), constrained), trust: trusting(root),
			want: []string{"name-constraint-violation@1"}},
		{name: "name constraint kept", sent: list(leaf(t, "server", constrained, named("a.inside.example")), constrained), trust: trusting(root),
			asked: "a.inside.example", trusted: true},
		{name: "critical extension", sent: list(leaf(t, "server", root, critical)), trust: trusting(root), want: []string{"cert-unknown-critical-extension@0"}},
		{name: "critical extension above", sent: list(good, ca(t, "Corp Issuing 2", root, "int", critical)), trust: trusting(root),
			want: []string{"cert-unknown-critical-extension@1"}},
		{name: "weak key", sent: list(rsaWeak), trust: trusting(root), trusted: true, want: []string{"cert-key-too-weak@0"}},
		{name: "policy required", trust: trusting(root), want: []string{"policy-required-not-present@1"},
			sent: list(good, ca(t, "Corp Issuing 2", root, "int", func(c *x509.Certificate) {
				c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 36}, Critical: true, Value: []byte{0x30, 3, 0x80, 1, 0}}}
			}))},

		{name: "other name", sent: list(direct), trust: trusting(root), asked: "wrong.example", want: []string{"server-name-mismatch@0"}},
		{name: "client needs no name", side: ClientSide, sent: list(direct), trust: trusting(root), asked: "wrong.example", trusted: true},
		{name: "address without address", sent: list(direct), trust: trusting(root), asked: "127.0.0.1", want: []string{"server-ip-san-missing@0"}},
		{name: "other address", sent: list(leaf(t, "server", root, serving("10.0.0.1"))), trust: trusting(root), asked: "::1", want: []string{"server-name-mismatch@0"}},
		{name: "common name only", sent: list(leaf(t, "server.example", root, named())), trust: trusting(root), want: []string{"server-san-missing@0"}},
		{name: "common name of another host", sent: list(leaf(t, "www.example", root, named())), trust: trusting(root), want: []string{"server-name-mismatch@0"}},

		{name: "not for servers", sent: list(leaf(t, "server", root, usage(x509.ExtKeyUsageClientAuth))), trust: trusting(root), want: []string{"server-eku-missing-serverauth@0"}},
		{name: "not for clients", side: ClientSide, sent: list(leaf(t, "server", root, usage(x509.ExtKeyUsageServerAuth))), trust: trusting(root),
			want: []string{"client-eku-missing-clientauth@0"}},
		{name: "for anything", sent: list(leaf(t, "server", root, usage(x509.ExtKeyUsageAny))), trust: trusting(root),
			want: []string{"server-eku-missing-serverauth@0"}},
		{name: "no usage stated", sent: list(leaf(t, "server", root, usage())), trust: trusting(root), trusted: true},
		{name: "key not for signing", trust: trusting(root), want: []string{"server-key-usage-incompatible@0"},
			sent: list(leaf(t, "server", root, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyAgreement }))},

		{name: "anchors unknown, healthy", side: ClientSide, sent: list(good, intermediate)},
		{name: "anchors unknown, leaf only", side: ClientSide, sent: list(good)},
		{name: "anchors unknown, expired", side: ClientSide, sent: list(leaf(t, "server", root, expired)), want: []string{"client-cert-expired@0"}},
		{name: "anchors unknown, self-signed", side: ClientSide, sent: list(self), want: []string{"client-cert-self-signed@0 inferred"}},
		{name: "anchors unknown, signature changed", side: ClientSide, sent: list(tampered(direct)), known: list(root), want: []string{"cert-signature-invalid@0"}},
		{name: "anchors unknown, issuer known and expired", side: ClientSide, sent: list(direct), known: list(ca(t, "Corp Root", nil, "root", expired)),
			want: []string{"issuer-cert-expired@1"}},
	}
}

func (c chainCase) question() chain.Question {
	q := chain.Question{Path: "chains.server", Side: ServerSide, Sent: c.sent, Known: c.known, Trust: c.trust, Name: "server.example", Now: testNow}
	if c.side != "" {
		q.Side = c.side
	}
	if c.asked != "" {
		q.Name = c.asked
	}
	return q
}

func faultNames(v *chain.Verdict) []string {
	var out []string
	for _, f := range v.Faults {
		name := fmt.Sprintf("%s@%d", f.Code, f.Depth)
		if f.Basis == Inferred {
			name += " inferred"
		}
		out = append(out, name)
	}
	return out
}

func TestJudgeChain(t *testing.T) {
	for _, c := range chainCases(t) {
		t.Run(c.name, func(t *testing.T) {
			v := chain.Judge(c.question())
			got := faultNames(v)
			want := slices.Clone(c.want)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("chain.Judge(%s) = %v, want %v", c.name, got, want)
			}
			if v.Trusted != c.trusted {
				t.Errorf("chain.Judge(%s).Trusted = %v, want %v", c.name, v.Trusted, c.trusted)
			}
			agree(t, c.question(), v)
		})
	}
}

// agree holds that the verdict is the one of crypto/x509, or stricter.
func agree(t testing.TB, q chain.Question, v *chain.Verdict) {
	t.Helper()
	if q.Trust == nil || q.Sent[0].X509() == nil {
		return
	}
	err := refusalByX509(q)
	if v.Trusted && err != nil {
		t.Errorf("chain.Judge(...).Trusted = true, want false: x509 says %v", err)
	}
	if err != nil && v.Sound() {
		t.Errorf("chain.Judge(...) = %v, want an error: x509 says %v", faultNames(v), err)
	}
}

func refusalByX509(q chain.Question) error {
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	for _, c := range q.Trust.Anchors {
		if c.X509() != nil {
			roots.AddCert(c.X509())
		}
	}
	for _, c := range q.Sent[1:] {
		if c.X509() != nil {
			intermediates.AddCert(c.X509())
		}
	}
	usage := x509.ExtKeyUsageServerAuth
	if q.Side == ClientSide {
		usage, q.Name = x509.ExtKeyUsageClientAuth, ""
	}
	_, err := q.Sent[0].X509().Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, DNSName: q.Name, CurrentTime: q.Now,
		KeyUsages: []x509.ExtKeyUsage{usage}})
	return err
}

func TestJudgeChainDraws(t *testing.T) {
	root := ca(t, "Corp Root", nil, "root")
	intermediate := ca(t, "Corp Issuing 2", root, "int")
	good := leaf(t, "server", intermediate)
	for _, c := range []struct {
		name string
		q    chain.Question
		want string
	}{
		{"complete", chain.Question{Sent: list(good, intermediate), Trust: trusting(root)}, "CN=server sent; CN=Corp Issuing 2 sent; CN=Corp Root trust store"},
		{"known", chain.Question{Sent: list(good), Known: list(intermediate), Trust: trusting(root)}, "CN=server sent; CN=Corp Issuing 2 known X; CN=Corp Root trust store"},
		{"missing", chain.Question{Sent: list(good), Trust: trusting(root)}, "CN=server sent; CN=Corp Issuing 2 missing X; CN=Corp Root trust store"},
	} {
		c.q.Path, c.q.Side, c.q.Now = "chains.server", ServerSide, testNow
		var parts []string
		for _, l := range chain.Judge(c.q).Links {
			part := l.Name + " " + l.From
			if l.Broken {
				part += " X"
			}
			parts = append(parts, part)
		}
		if got := strings.Join(parts, "; "); got != c.want {
			t.Errorf("chain.Judge(%s).Links = %s, want %s", c.name, got, c.want)
		}
	}
}

// Hundreds of CAs that all signed each other must not keep the search going.
func TestJudgeChainIsBounded(t *testing.T) {
	names, keys := 12, []string{"root", "other", "int", "int2"}
	var sent []*Certificate
	var mesh [][]*entity
	for i := range names {
		var same []*entity
		for _, k := range keys {
			same = append(same, ca(t, fmt.Sprint("Mesh ", i), nil, k))
		}
		mesh = append(mesh, same)
	}
	for i := range names {
		for _, subject := range mesh[i] {
			for d := 1; d <= 6; d++ {
				for _, by := range mesh[(i+d)%names] {
					c := template(subject.X509().Subject.CommonName)
					c.BasicConstraintsValid, c.IsCA = true, true
					sent = append(sent, certify(t, by, subject.key, c).Certificate)
				}
			}
		}
	}
	sent = append(list(leaf(t, "server", mesh[0][0])), sent...)
	for name, trust := range map[string]*Trust{"untrusted": trusting(ca(t, "Elsewhere", nil, "root")), "unknown": nil} {
		start := time.Now()
		v := chain.Judge(chain.Question{Path: "chains.server", Side: ServerSide, Sent: sent, Trust: trust, Now: testNow, Name: "server.example"})
		if took := time.Since(start); took > time.Second {
			t.Errorf("chain.Judge(%d cross-signed CAs, %s) took %v, want less than a second", len(sent), name, took)
		}
		if trust != nil && v.Sound() {
			t.Errorf("chain.Judge(cross-signed, untrusted) = %v, want an error", faultNames(v))
		}
	}
}
