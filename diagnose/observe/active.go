package observe

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"time"

	"mutual/diagnose"
)

// activePlans are the attempts that look like an attack in the server's log:
// credentials that are not the user's. Their keys are made here, used once and
// forgotten.
func (p *prober) activePlans(base *outcome) []plan {
	var plans []plan
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil
	}
	now := p.now()
	self := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "mutual probe"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if der, err := x509.CreateCertificate(rand.Reader, self, self, &key.PublicKey, key); err == nil {
		plans = append(plans, plan{name: diagnose.TrySelfSigned, varied: "a throw-away self-signed certificate", quick: true,
			cred: &credential{"self-signed", tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}}})
	}
	if r := base.request; r != nil && len(r.AcceptableCAs) > 0 {
		stranger := *self
		issuer := &x509.Certificate{RawSubject: r.AcceptableCAs[0]}
		if der, err := x509.CreateCertificate(rand.Reader, &stranger, issuer, &key.PublicKey, key); err == nil {
			plans = append(plans, plan{name: diagnose.TryForged, varied: "a certificate that names an acceptable CA, signed by a stranger's key", quick: true,
				cred: &credential{"forged", tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}}})
		}
	}
	if own := p.cfg.Identity; len(own.Certificate) > 0 {
		if x, err := x509.ParseCertificate(own.Certificate[0]); err == nil {
			if wrong := sameKindOfKey(x); wrong != nil {
				other := tls.Certificate{Certificate: own.Certificate, PrivateKey: wrong}
				plans = append(plans, plan{name: diagnose.TryWrongKey, varied: "the client's certificate with a key that is not its own", quick: true,
					cred: &credential{"wrong-key", other}})
			}
		}
	}
	return plans
}
