package openssl_test

import (
	"testing"

	"mutual/diagnose/chain/chaintest"
	"mutual/diagnose/chain/openssl"
)

// FuzzVerify: mutated chains neither crash nor stall the judge, and the depth
// that it names is on the path.
func FuzzVerify(f *testing.F) {
	keys := &chaintest.Keys{Dir: f.TempDir()}
	for _, d := range chaintest.Departures() {
		if d.Slow {
			continue
		}
		w := chaintest.New(keys, now)
		d.Make(w)
		var sent, list []byte
		if len(w.Sent) > 0 {
			sent = w.Sent[0].Encoded()
		}
		if len(w.CRLs) > 0 {
			list = w.CRLs[0].Encoded()
		}
		f.Add(w.Leaf.Encoded(), sent, w.Anchors[0].Encoded(), list, w.Host, uint16(0))
	}
	f.Fuzz(func(t *testing.T, leaf, sent, anchor, list []byte, host string, bits uint16) {
		bit := func(n int) bool { return bits&(1<<n) != 0 }
		q := openssl.Question{Leaf: leaf, Untrusted: [][]byte{sent, anchor}, Anchors: []openssl.Anchor{{DER: anchor, Trusted: bit(0)}},
			Now: now, Purpose: openssl.Purpose(bits >> 1 & 1), Host: host, Strict: bit(2), PartialChain: bit(3), CheckCRL: bit(4),
			CheckAllCRLs: bit(5), ExtendedCRL: bit(6), UseDeltas: bit(7), AllowProxy: bit(8), UntrustedFirst: bit(9), Level: int(bits >> 10 & 3)}
		if len(sent) == 0 {
			q.Untrusted = nil
		}
		if len(list) > 0 {
			q.CRLs = [][]byte{list}
		}
		v, err := openssl.Verify(q)
		if err == nil && (v.Depth < 0 || len(v.Path) > 102 || v.Code.String() == "") {
			t.Errorf("Verify = %+v, want a depth on the path and a text", v)
		}
	})
}
