package chain_test

import (
	"crypto/x509"
	"testing"
	"time"

	"mutual/diagnose/chain"
)

func TestExpiringSoon(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for _, tt := range []struct {
		life, left time.Duration
		want       bool
	}{
		{397 * day, 22 * day, false},
		{397 * day, 21 * day, true},
		{90 * day, 21 * day, true},
		{47 * day, 16 * day, false},
		{47 * day, 15 * day, true},
		{14 * day, 14 * day, false}, // just made
		{14 * day, 4 * day, true},
		{3 * day, 25 * time.Hour, false},
		{3 * day, 23 * time.Hour, true},
		{day, time.Minute, false},
	} {
		x := &x509.Certificate{NotBefore: now.Add(tt.left - tt.life), NotAfter: now.Add(tt.left)}
		if got := chain.ExpiringSoon(x, now); got != tt.want {
			t.Errorf("ExpiringSoon(of %v, %v left) = %v, want %v", tt.life, tt.left, got, tt.want)
		}
	}
}
