package pki

import (
	"slices"
	"time"
)

// Due judges whether a certificate should be renewed at now. The beginning is
// zero where only the end is known.
type Due func(notBefore, notAfter, now time.Time) bool

// DueWithin has certificates due that end within d.
func DueWithin(d time.Duration) Due {
	return func(_, notAfter, now time.Time) bool { return notAfter.Sub(now) <= d }
}

// DueByShare has certificates due of whose life no more than a share is left.
func DueByShare(share float64) Due {
	return func(notBefore, notAfter, now time.Time) bool {
		if notBefore.IsZero() {
			return DueByDefault(notBefore, notAfter, now)
		}
		return float64(notAfter.Sub(now)) <= share*float64(notAfter.Sub(notBefore))
	}
}

// DueByDefault has certificates due that end within 21 days, or within a third
// of their life where that is less.
func DueByDefault(notBefore, notAfter, now time.Time) bool {
	left := 21 * day
	if !notBefore.IsZero() {
		left = min(left, notAfter.Sub(notBefore)/3)
	}
	return notAfter.Sub(now) <= left
}

// HeldState is what is the matter with a certificate.
type HeldState string

// The states, the gravest that holds being the one.
const (
	HeldRevoked    HeldState = "revoked"
	HeldExpired    HeldState = "expired"
	HeldReplaced   HeldState = "replaced" // another has taken its name; it is good to its end
	HeldDue        HeldState = "due"
	HeldKeyMissing HeldState = "key missing" // or elsewhere, as with a signing request
	HeldKeyDiffers HeldState = "key differs" // the file in its place has another
	HeldValid      HeldState = "valid"
)

// State is that of the certificate at now.
func (h *Held) State(due Due, now time.Time) HeldState {
	var from time.Time
	if h.Cert != nil {
		from = h.Cert.NotBefore
	}
	switch {
	case !h.Revoked.IsZero():
		return HeldRevoked
	case now.After(h.NotAfter):
		return HeldExpired
	case h.Old:
		return HeldReplaced
	case due(from, h.NotAfter, now):
		return HeldDue
	case h.KeyDiffers:
		return HeldKeyDiffers
	case h.KeyFile == "" && h.Name != "":
		return HeldKeyMissing
	}
	return HeldValid
}

// Pressing reports whether something has to be done about the certificate: it
// is due or has expired and nothing has taken its place, or it stands beside
// another's key.
func (h *Held) Pressing(due Due, now time.Time) bool {
	switch h.State(due, now) {
	case HeldDue, HeldKeyDiffers:
		return true
	case HeldExpired:
		return !h.Old && h.File != ""
	}
	return false
}

// Pressing reports whether a list has to be made anew: it has ended, or has a
// third of its life left. Verifiers let nobody in by a list that has ended.
func (l *HeldList) Pressing(now time.Time) bool {
	return !l.NextUpdate.IsZero() && l.NextUpdate.Sub(now) <= l.NextUpdate.Sub(l.ThisUpdate)/3
}

// Next is the current certificate that ends first of those that are not due,
// or nil.
func (inv *Inventory) Next(due Due, now time.Time) *Held {
	var next *Held
	for i := range inv.Certs {
		h := &inv.Certs[i]
		alive := slices.Contains([]HeldState{HeldValid, HeldKeyMissing}, h.State(due, now))
		if alive && (next == nil || h.NotAfter.Before(next.NotAfter)) {
			next = h
		}
	}
	return next
}
