package java_test

import (
	"testing"
	"time"

	"mutual/diagnose/chain/chaintest"
	"mutual/diagnose/chain/java"
)

// FuzzVerify: mutated chains neither crash nor stall the judge.
func FuzzVerify(f *testing.F) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	keys := &chaintest.Keys{Dir: f.TempDir()}
	for _, d := range chaintest.Departures() {
		if d.Slow {
			continue
		}
		w := chaintest.New(keys, now)
		d.Make(w)
		sent := w.Root.Encoded()
		if len(w.Sent) > 0 {
			sent = w.Sent[0].Encoded()
		}
		f.Add(w.Leaf.Encoded(), sent, w.Anchors[0].Encoded(), w.Host, false)
	}
	f.Fuzz(func(t *testing.T, leaf, sent, anchor []byte, host string, client bool) {
		err := java.Verify(java.Question{Chain: [][]byte{leaf, sent, anchor}, Anchors: [][]byte{anchor}, Now: now, Client: client, Host: host})
		if err != nil && err.Error() == "" {
			t.Error("Verify refuses without a word")
		}
	})
}
