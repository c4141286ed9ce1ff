//go:build windows || darwin || ios

package observe

import (
	"crypto/x509"
	"time"

	"mutual/diagnose"
	"mutual/diagnose/chain"
)

// systemAnchors asks the platform's own verifier, whose store cannot be read
// from here: the anchors are those of the chains that it accepts. Count is
// then the number of these, and 1 at least, for the store is not empty.
func systemAnchors(sent []*diagnose.Certificate, _ [][]byte, now time.Time) (anchors []*diagnose.Certificate, count int, env string) {
	if len(sent) == 0 || sent[0].X509() == nil {
		return nil, 1, ""
	}
	pool := x509.NewCertPool()
	for _, c := range sent[1:] {
		if x := c.X509(); x != nil {
			pool.AddCert(x)
		}
	}
	found, err := sent[0].X509().Verify(x509.VerifyOptions{Intermediates: pool, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil {
		return nil, 1, ""
	}
	for _, path := range found {
		anchors = append(anchors, chain.CertificateOf(path[len(path)-1]))
	}
	return anchors, max(1, len(anchors)), ""
}
