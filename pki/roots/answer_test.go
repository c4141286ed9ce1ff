package roots

import (
	"crypto/x509"
	"testing"
	"time"

	"mutual/diagnose"
)

// TestWillAccept asks about real roots around the day on which ES changes.
func TestWillAccept(t *testing.T) {
	real := func(name string) []*x509.Certificate {
		p, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		certs, err := p.Embedded()
		if err != nil {
			t.Fatal(err)
		}
		return certs
	}
	sslcom, google := real("dialogflow"), real("dialogflow-cx")
	const es, cx = diagnose.DialogflowES, diagnose.DialogflowCX
	eve, day, later := time.Date(2026, time.November, 30, 23, 0, 0, 0, time.UTC), LegacyEnds(), time.Date(2026, time.December, 5, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		name    string
		anchors []*x509.Certificate
		product diagnose.Product
		at      time.Time
		want    string
	}{
		{"ES, its root", sslcom, es, eve, "Will this bundle accept Dialogflow ES? Today, 30 November 2026: yes, by SSL.com Root Certification Authority RSA. " +
			"After 1 December 2026: yes, by SSL.com Root Certification Authority RSA."},
		{"ES, Google's roots, the day before", google, es, eve, "Will this bundle accept Dialogflow ES? Today, 30 November 2026: yes, by the old certificate, under GTS Root R1. " +
			"After 1 December 2026: no, SSL.com Root Certification Authority RSA is missing."},
		{"ES, Google's roots, on the day", google, es, day, "Will this bundle accept Dialogflow ES? Today, 1 December 2026: yes, by the old certificate, under GTS Root R1. " +
			"After 1 December 2026: no, SSL.com Root Certification Authority RSA is missing."},
		{"ES, Google's roots, later", google, es, later, "Will this bundle accept Dialogflow ES? Today, 5 December 2026: no, SSL.com Root Certification Authority RSA is missing."},
		{"ES, another of Google's", google[3:4], es, eve, "Will this bundle accept Dialogflow ES? Today, 30 November 2026: no, SSL.com Root Certification Authority RSA is missing. " +
			"After 1 December 2026: no, SSL.com Root Certification Authority RSA is missing."},
		{"ES, the page of 2018", []*x509.Certificate{ExpiredGlobalSignR2()}, es, later, "Will this bundle accept Dialogflow ES? Today, 5 December 2026: no, SSL.com Root Certification Authority RSA is missing."},
		{"ES, its root, long after", sslcom, es, time.Date(2042, 1, 1, 0, 0, 0, 0, time.UTC), "Will this bundle accept Dialogflow ES? Today, 1 January 2042: no, SSL.com Root Certification Authority RSA is missing."},
		{"ES, nothing", nil, es, later, "Will this bundle accept Dialogflow ES? Today, 5 December 2026: no, SSL.com Root Certification Authority RSA is missing."},
		{"CX, Google's roots, the day before", google, cx, eve, "Will this bundle accept Dialogflow CX? Today, 30 November 2026: yes, by GTS Root R1, by the sample on its page. No end of its certificate is announced."},
		{"CX, Google's roots, on the day", google, cx, day, "Will this bundle accept Dialogflow CX? Today, 1 December 2026: yes, by GTS Root R1, by the sample on its page. No end of its certificate is announced."},
		{"CX, Google's roots, later", google, cx, later, "Will this bundle accept Dialogflow CX? Today, 5 December 2026: yes, by GTS Root R1, by the sample on its page. No end of its certificate is announced."},
		{"CX, the root of ES", sslcom, cx, later, "Will this bundle accept Dialogflow CX? Today, 5 December 2026: no, GTS Root R1 is missing, by the sample on its page. No end of its certificate is announced."},
	}
	for _, test := range tests {
		if got := WillAccept(test.anchors, test.product, test.at).String(); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}
