package der_test

import (
	"bytes"
	"os"
	"testing"
	"time"

	"mutual/diagnose/chain/chaintest"
	"mutual/diagnose/chain/der"
)

// FuzzParseCertificate: whatever is read is a part of the input, and reads the
// same again.
func FuzzParseCertificate(f *testing.F) {
	keys := &chaintest.Keys{Dir: f.TempDir()}
	for _, d := range chaintest.Departures() {
		if d.Slow {
			continue
		}
		w := chaintest.New(keys, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
		d.Make(w)
		f.Add(w.Leaf.Encoded())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := der.ParseCertificate(b)
		if err != nil {
			return
		}
		if !bytes.HasPrefix(b, c.Raw) || !bytes.Contains(c.Raw, c.RawTBSCertificate) {
			t.Errorf("ParseCertificate(%x): Raw or RawTBSCertificate is no part of the input", b)
		}
		again, err := der.ParseCertificate(c.Raw)
		if err != nil || !again.Subject.Equal(c.Subject) || again.Serial.Cmp(c.Serial) != 0 {
			t.Errorf("ParseCertificate(%x) = %v, %v, want the same again", c.Raw, again, err)
		}
		_ = c.Subject.String()
		for _, e := range c.Extensions {
			_, _ = der.ParseGeneralNames(e.Value)
			_, _ = der.ParseNameConstraints(e.Value)
			_, _ = der.ParseDistributionPoints(e.Value)
			_, _ = der.ParseListScope(e.Value)
		}
	})
}

// FuzzParseRevocationList: a list is read or refused.
func FuzzParseRevocationList(f *testing.F) {
	keys := &chaintest.Keys{Dir: os.TempDir()}
	w := chaintest.New(keys, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
	f.Add(w.List(w.Int, w.Leaf).Encoded())
	f.Fuzz(func(t *testing.T, b []byte) {
		if l, err := der.ParseRevocationList(b); err == nil && !bytes.HasPrefix(b, l.Raw) {
			t.Errorf("ParseRevocationList(%x): Raw is no part of the input", b)
		}
	})
}
