package observe

import (
	"bytes"
	"slices"
	"time"

	"mutual/diagnose"
)

// wholeStore is up to how many anchors a store is kept whole in the facts. Of
// a larger one only those are kept that a chain mentions.
const wholeStore = 20

// completeTrust adds to the system's store the anchors that the chain
// mentions, and cuts a large store of files down to them.
func completeTrust(t *diagnose.Trust, chain []*diagnose.Certificate, now time.Time, name string) *diagnose.Trust {
	if t == nil {
		return nil
	}
	own := *t
	names := mentioned(chain)
	if own.Source == "system" && len(own.Anchors) == 0 {
		own.Anchors, own.Count, own.Env = systemAnchors(chain, names, now)
	} else if len(own.Anchors) > wholeStore {
		own.Anchors = slices.DeleteFunc(slices.Clone(own.Anchors), func(c *diagnose.Certificate) bool {
			x := c.X509()
			return x == nil || !slices.ContainsFunc(names, func(n []byte) bool { return bytes.Equal(n, x.RawSubject) })
		})
	}
	if own.Anchors == nil {
		own.Anchors = []*diagnose.Certificate{}
	}
	return &own
}

// mentioned returns the names, DER-encoded, that a chain's certificates have
// as subject or issuer.
func mentioned(chain []*diagnose.Certificate) [][]byte {
	var names [][]byte
	for _, c := range chain {
		names = append(names, c.RawNames()...)
	}
	return names
}
