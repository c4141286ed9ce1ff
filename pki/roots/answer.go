package roots

import (
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"mutual/diagnose"
)

// Answer says whether a bundle of client CAs lets one product of Dialogflow
// in, at a time and from the next announced change on.
type Answer struct {
	Product diagnose.Product
	// Now is the time that Today is about.
	Now time.Time
	// After is about the time when ES no longer presents its old certificate;
	// of CX no change is announced, and After is as Today.
	Today, After bool
	// TodayBy and AfterBy name the root that does it, or what is missing.
	TodayBy, AfterBy string
}

// The roots that the two products' certificates lead to. That of CX is from
// the sample on its page, which names no root but Google's as a whole.
const (
	rootES  = "SSL.com Root Certification Authority RSA"
	rootOld = "GTS Root R1"
)

// WillAccept answers whether the anchors accept the certificate of a product
// at the time now, and once ES no longer presents the old one.
func WillAccept(anchors []*x509.Certificate, product diagnose.Product, now time.Time) Answer {
	a := Answer{Product: product, Now: now}
	holds := func(name string, at time.Time) bool {
		return slices.ContainsFunc(anchors, func(c *x509.Certificate) bool {
			ca, ok := Known(c)
			return ok && ca.Name == name && selfIssued(c) && !at.After(c.NotAfter) && !at.Before(c.NotBefore)
		})
	}
	if product == diagnose.DialogflowCX {
		if a.Today, a.TodayBy = holds(rootOld, now), rootOld; !a.Today {
			a.TodayBy += " is missing"
		}
		a.After, a.AfterBy = a.Today, a.TodayBy
		return a
	}
	later, fallsBack := legacyOver(), now.Before(legacyOver())
	if later.Before(now) {
		later = now
	}
	if a.After, a.AfterBy = holds(rootES, later), rootES; !a.After {
		a.AfterBy += " is missing"
	}
	switch {
	case holds(rootES, now):
		a.Today, a.TodayBy = true, rootES
	case fallsBack && holds(rootOld, now):
		a.Today, a.TodayBy = true, "the old certificate, under "+rootOld
	default:
		a.TodayBy = a.AfterBy
	}
	return a
}

// legacyOver is the end of the last day of ES's old certificate.
func legacyOver() time.Time { return LegacyEnds().AddDate(0, 0, 1) }

// String is the answer in one line.
func (a Answer) String() string {
	word := func(yes bool, by string) string {
		if yes {
			return "yes, by " + by
		}
		return "no, " + by
	}
	if a.Product == diagnose.DialogflowCX {
		return fmt.Sprintf("Will this bundle accept Dialogflow CX? Today, %s: %s, by the sample on its page. No end of its certificate is announced.",
			day(a.Now), word(a.Today, a.TodayBy))
	}
	if !a.Now.Before(legacyOver()) {
		return fmt.Sprintf("Will this bundle accept Dialogflow ES? Today, %s: %s.", day(a.Now), word(a.Today, a.TodayBy))
	}
	return fmt.Sprintf("Will this bundle accept Dialogflow ES? Today, %s: %s. After %s: %s.",
		day(a.Now), word(a.Today, a.TodayBy), day(LegacyEnds()), word(a.After, a.AfterBy))
}
