package observe

import (
	"crypto/x509"
	"sync"

	"mutual/diagnose"
	"mutual/diagnose/chain"
)

// maxCachedCerts bounds a certCache.
const maxCachedCerts = 512

// certCache keeps the facts of certificates that clients show again and again.
// The zero value is empty. It is safe for concurrent use.
type certCache struct {
	mu    sync.Mutex
	facts map[string]*diagnose.Certificate // by DER
}

// of returns the facts of c, which are shared and must not be changed.
func (cache *certCache) of(c *x509.Certificate) *diagnose.Certificate {
	cache.mu.Lock()
	defer cache.mu.Unlock()
	if fact, ok := cache.facts[string(c.Raw)]; ok {
		return fact
	}
	if cache.facts == nil || len(cache.facts) >= maxCachedCerts {
		cache.facts = map[string]*diagnose.Certificate{}
	}
	fact := chain.CertificateOf(c)
	cache.facts[string(c.Raw)] = fact
	return fact
}
