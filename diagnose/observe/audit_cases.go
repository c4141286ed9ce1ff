package observe

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/chain"
)

// AuditCases are the names of all cases, in the order in which they are tried.
func AuditCases() []string {
	return []string{
		"no-certificate",
		"self-signed", "forged-issuer", "stranger-ca", "wrong-key", "leaf-as-ca",
		"expired", "not-yet-valid", "server-certificate", "no-eku", "ca-as-leaf", "path-too-long", "name-constraints", "unknown-critical", "sha1", "rsa-1024",
		"revoked", "other-identity", "other-ca",
		"old-tls", "no-sni", "other-name", "host-mismatch", "open-path", "late-request", "plain-http",
		"resumed-expired",
	}
}

// never is why credentials are not tried on a server that looks at none.
const never = "the server never asks for a certificate"

func (a *auditor) asks() bool { return a.facts.ClientAuth != nil && a.facts.ClientAuth.Requested }

// without tries to get in with no certificate at all.
func (a *auditor) without(ctx context.Context) {
	a.present(ctx, trial{name: "no-certificate", what: "no certificate"}, tls.Certificate{})
	if a.accepted() {
		a.openToAll = "anyone gets in without a certificate as it is"
	}
}

// forged tries what anyone can make, and what the good identity's holder can.
func (a *auditor) forged(ctx context.Context) {
	for _, c := range []struct {
		trial
		make func() (tls.Certificate, error)
	}{
		{trial{name: "self-signed", what: "a self-signed certificate"}, func() (tls.Certificate, error) {
			return selfSigned(a.template(), a.key)
		}},
		{trial{name: "forged-issuer", what: "the right issuer's name, signed by a stranger's key"}, func() (tls.Certificate, error) {
			named := &x509.Certificate{RawSubject: a.leaf.RawIssuer, SubjectKeyId: a.leaf.AuthorityKeyId}
			return issuer{named, throwAwayKey(), a.rest}.sign(a.template(), a.key)
		}},
		{trial{name: "stranger-ca", what: "a certificate of a stranger's CA"}, func() (tls.Certificate, error) {
			key, t := throwAwayKey(), caTemplate("mutual audit stranger's CA", -1)
			root, err := selfSigned(t, key)
			if err != nil {
				return root, err
			}
			return issuer{t, key, root.Certificate}.sign(a.template(), a.key)
		}},
		{trial{name: "wrong-key", what: "the good certificate with another's key"}, func() (tls.Certificate, error) {
			return tls.Certificate{Certificate: a.cfg.Probe.Identity.Certificate, PrivateKey: a.key}, nil
		}},
		{trial{name: "leaf-as-ca", what: "a certificate issued by the good identity, which is no CA"}, func() (tls.Certificate, error) {
			signer, err := signerOf(a.cfg.Probe.Identity)
			if err != nil {
				return tls.Certificate{}, err
			}
			return issuer{a.leaf, signer, a.cfg.Probe.Identity.Certificate}.sign(a.template(), a.key)
		}},
	} {
		a.made(ctx, c.trial, c.make)
	}
}

// made presents a credential that has to be made first.
func (a *auditor) made(ctx context.Context, t trial, make func() (tls.Certificate, error)) {
	if !a.asks() {
		a.skip(t, never)
		return
	}
	cert, err := make()
	if err != nil {
		a.skip(t, "it could not be made: "+err.Error())
		return
	}
	a.present(ctx, t, cert)
}

// issued tries what only the CA can issue, each with one fault.
func (a *auditor) issued(ctx context.Context) {
	type edit = func(t *x509.Certificate)
	simple := func(change edit) func(issuer) (tls.Certificate, error) {
		return func(ca issuer) (tls.Certificate, error) {
			t := a.template()
			change(t)
			return ca.sign(t, a.key)
		}
	}
	for _, c := range []struct {
		trial
		make func(issuer) (tls.Certificate, error)
	}{
		{trial{name: "expired", what: "an expired certificate"}, simple(func(t *x509.Certificate) {
			t.NotBefore, t.NotAfter = time.Now().AddDate(0, 0, -30), time.Now().AddDate(0, 0, -1)
		})},
		{trial{name: "not-yet-valid", what: "a certificate that is not valid before tomorrow"}, simple(func(t *x509.Certificate) {
			t.NotBefore, t.NotAfter = time.Now().AddDate(0, 0, 1), time.Now().AddDate(0, 0, 30)
		})},
		{trial{name: "server-certificate", what: "a certificate for servers only"}, simple(func(t *x509.Certificate) {
			t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		})},
		{trial{name: "no-eku", what: "a certificate without extended key usage"}, simple(func(t *x509.Certificate) { t.ExtKeyUsage = nil })},
		{trial{name: "ca-as-leaf", what: "a CA's certificate as a client's own"}, simple(func(t *x509.Certificate) {
			t.IsCA, t.MaxPathLenZero, t.KeyUsage, t.ExtKeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil
		})},
		{trial{name: "path-too-long", what: "a chain longer than a CA in it allows"}, a.pathTooLong},
		{trial{name: "name-constraints", what: "a name that the issuing CA may not certify"}, a.outOfConstraints},
		{trial{name: "unknown-critical", what: "an unknown critical extension"}, simple(func(t *x509.Certificate) {
			// Below 2.25 anyone may take an identifier: a UUID (ITU-T X.667), here zero.
			t.ExtraExtensions = append(t.ExtraExtensions, pkix.Extension{Id: asn1.ObjectIdentifier{2, 25, 0}, Critical: true, Value: []byte{5, 0}})
		})},
		{trial{name: "sha1", what: "a certificate signed with SHA-1"}, func(ca issuer) (tls.Certificate, error) {
			return ca.signSHA1(a.template(), a.key)
		}},
		{trial{name: "rsa-1024", what: "an RSA key of 1024 bits"}, func(ca issuer) (tls.Certificate, error) {
			key, err := rsa.GenerateKey(rand.Reader, 1024)
			if err != nil {
				return tls.Certificate{}, err
			}
			return ca.sign(a.template(), key)
		}},
	} {
		switch {
		case !a.asks():
			a.skip(c.trial, never)
		case c.name == "no-eku" && !a.cfg.RequireEKU:
			a.skip(c.trial, "the standard allows it; --require-eku demands its refusal")
		case a.cfg.CAKey == nil:
			a.skip(c.trial, a.cfg.NoCA)
		case a.mistrustsCA != "":
			a.skip(c.trial, a.mistrustsCA)
		case c.name == "name-constraints" && a.cfg.CA.MaxPathLenZero:
			a.skip(c.trial, "your CA may have no CA below it that could be confined")
		default:
			a.made(ctx, c.trial, func() (tls.Certificate, error) { return c.make(a.userCA()) })
		}
	}
}

// control sees that the server accepts a fresh sound certificate of the CA's:
// only then does a refusal of a faulty one show that its fault was seen.
func (a *auditor) control(ctx context.Context) {
	if a.cfg.CAKey == nil || !a.asks() {
		return
	}
	cert, err := a.userCA().sign(a.template(), a.key)
	if err != nil {
		a.mistrustsCA = "your CA can issue nothing: " + err.Error()
		return
	}
	o := a.connect(ctx, trial{name: "control", what: "a sound new certificate"}, a.cfg.Probe, plan{cred: &credential{"control", cert}})
	if o == nil {
		a.mistrustsCA = "interrupted"
		return
	}
	if v, how := a.judge(o, a.good); v == diagnose.TryRefused || v == diagnose.TryNotTried {
		a.mistrustsCA = "a sound new certificate of your CA is refused too (" + how + "), so a refusal would show nothing"
	}
}

// pathTooLong makes a chain with one CA more than is allowed: below the user's
// CA where that allows none, else below a new one that allows none.
func (a *auditor) pathTooLong(ca issuer) (tls.Certificate, error) {
	below, err := ca, error(nil)
	if !a.cfg.CA.MaxPathLenZero {
		if below, err = ca.subCA(caTemplate("mutual audit CA", 0)); err != nil {
			return tls.Certificate{}, err
		}
	}
	if below, err = below.subCA(caTemplate("mutual audit CA that may not be", -1)); err != nil {
		return tls.Certificate{}, err
	}
	return below.sign(a.template(), a.key)
}

// outOfConstraints makes a certificate in a name that its issuer, a new CA
// below the user's, may not certify.
func (a *auditor) outOfConstraints(ca issuer) (tls.Certificate, error) {
	confined := caTemplate("mutual audit CA for audit.invalid", 0)
	confined.PermittedDNSDomainsCritical, confined.PermittedDNSDomains = true, []string{"audit.invalid"}
	below, err := ca.subCA(confined)
	if err != nil {
		return tls.Certificate{}, err
	}
	t := a.template()
	t.ExtraExtensions = nil
	t.DNSNames = append([]string{"outside.example"}, a.leaf.DNSNames...)
	t.IPAddresses, t.EmailAddresses, t.URIs = a.leaf.IPAddresses, a.leaf.EmailAddresses, a.leaf.URIs
	return below.sign(t, a.key)
}

// identities tries certificates that are sound, and not for this server.
func (a *auditor) identities(ctx context.Context) {
	revoked := trial{name: "revoked", what: "a revoked certificate"}
	if len(a.cfg.Revoked) == 0 {
		a.skip(revoked, "give one that is on the server's list, with its key: --revoked CERT,KEY")
	}
	for _, id := range a.cfg.Revoked {
		revoked.what = "the revoked certificate " + id.Name
		a.identity(ctx, revoked, id)
	}
	other := trial{name: "other-identity", what: "a valid identity that is not authorised"}
	if len(a.cfg.Others) == 0 {
		a.skip(other, "give one, with its key: --other-identity CERT,KEY")
	}
	for _, id := range a.cfg.Others {
		other.what = "the identity " + id.Name
		a.identity(ctx, other, id)
	}
	a.otherCAs()
}

func (a *auditor) identity(ctx context.Context, t trial, id NamedIdentity) {
	switch {
	case !a.asks():
		a.skip(t, never)
	case id.Unfit != "":
		a.skip(t, id.Unfit)
	case bytes.Equal(id.Certificate.Certificate[0], a.leaf.Raw):
		a.skip(t, "it is the good identity itself")
	default:
		a.present(ctx, t, id.Certificate)
	}
}

// otherCAs compares the CAs that the server names with the bundle that it
// should have.
func (a *auditor) otherCAs() {
	t := trial{name: "other-ca", what: "CAs beyond your bundle in the server's list"}
	trust := a.facts.ClientTrust
	switch {
	case !a.asks():
		a.skip(t, never)
		return
	case trust == nil:
		a.skip(t, "give the bundle that the server should have: --client-ca FILE")
		return
	case len(a.facts.ClientAuth.AcceptableCAsDER) == 0:
		a.skip(t, "the server names no CA")
		return
	}
	known := map[string]bool{}
	for _, c := range trust.Anchors {
		if x := c.X509(); x != nil {
			known[string(x.RawSubject)] = true
		}
	}
	var others []string
	for _, der := range a.facts.ClientAuth.AcceptableCAsDER {
		if !known[string(der)] {
			others = append(others, chain.DN(der))
		}
	}
	if len(others) == 0 {
		a.note(t, diagnose.TryRefused, "the server names none", 0)
		return
	}
	if t.what = "the CA " + others[0]; len(others) > 1 {
		t.what += fmt.Sprintf(" and %d more", len(others)-1)
	}
	a.note(t, diagnose.TryAccepted, "named in the server's list", 0)
}

func signerOf(c tls.Certificate) (crypto.Signer, error) {
	if s, ok := c.PrivateKey.(crypto.Signer); ok {
		return s, nil
	}
	return nil, errors.New("its key makes no signatures")
}
