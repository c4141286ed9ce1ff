package der_test

import (
	"strings"
	"testing"
	"time"

	"mutual/diagnose/chain/chaintest"
	"mutual/diagnose/chain/der"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// TestParseCertificate: what crypto/x509 refuses is read, and what is odd about
// it is said.
func TestParseCertificate(t *testing.T) {
	keys := &chaintest.Keys{Dir: t.TempDir()}
	said := map[string]string{
		"healthy":             "",
		"serial-negative":     "serialNumber: negative",
		"serial-21-octets":    "serialNumber: more than 20 octets",
		"ber-length-outer":    "Certificate: length not in its shortest form",
		"indefinite":          "Certificate: indefinite length",
		"trailing-outer":      "Certificate: 2 octets after its end",
		"printable-at":        "subject: PrintableString with a character",
		"utc-no-zone":         `notAfter: "490101000000" is no time`,
		"bc-true-01":          "basicConstraints: TRUE written as 01",
		"v1-extensions-int":   "version: extensions in a certificate of version 1",
		"v4-leaf":             "version: 4, which no standard has",
		"signature-in-pieces": "signatureValue: string in pieces",
	}
	refused := map[string]string{
		"serial-padded": "serialNumber: INTEGER with a needless octet before it",
		"trailing-tbs":  "tbsCertificate: 2 octets after its last field",
		"truncated":     "Certificate: its length does not fit",
		"utf8-invalid":  "subject: a value holds octets that its string type does not allow",
		"dn-visible":    "subject: VisibleString in a name",
		"time-string":   "notAfter: UTF8String found where a time is expected",
	}
	for _, d := range chaintest.Departures() {
		want, read := said[d.Name]
		why, no := refused[d.Name]
		if !read && !no {
			continue
		}
		w := chaintest.New(keys, now)
		d.Make(w)
		b := w.Leaf.Encoded()
		if strings.HasSuffix(d.Name, "-int") || d.Name == "bc-true-01" {
			b = w.Int.Encoded()
		}
		c, err := der.ParseCertificate(b)
		switch {
		case no && (err == nil || !strings.HasPrefix(err.Error(), why)):
			t.Errorf("%s: ParseCertificate = %v, want %s", d.Name, err, why)
		case read && err != nil:
			t.Errorf("%s: ParseCertificate = %v, want a certificate", d.Name, err)
		case read && want == "" && len(c.Departures) > 0, read && want != "" && !mentions(c.Departures, want):
			t.Errorf("%s: departures %v, want %q", d.Name, c.Departures, want)
		}
		delete(said, d.Name)
		delete(refused, d.Name)
	}
	for name := range said {
		t.Errorf("no departure %s", name)
	}
	for name := range refused {
		t.Errorf("no departure %s", name)
	}
}

func mentions(list []der.Departure, want string) bool {
	for _, d := range list {
		if strings.HasPrefix(d.String(), want) {
			return true
		}
	}
	return false
}

// TestNameString: names read as RFC 4514 writes them.
func TestNameString(t *testing.T) {
	keys := &chaintest.Keys{Dir: t.TempDir()}
	w := chaintest.New(keys, now)
	w.Leaf.Subject = chaintest.Name(chaintest.Attr("2.5.4.10", chaintest.T61, "Caf\xe9, Inc."),
		chaintest.Attr("2.5.4.3", chaintest.BMP, "\x00a\x00b"), chaintest.Attr("1.2.3", 3, "\x00\x01"))
	c, err := der.ParseCertificate(w.Leaf.Encoded())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Subject.String(), `1.2.3=#01,CN=ab,O=Café\, Inc.`; got != want {
		t.Errorf("Subject.String() = %s, want %s", got, want)
	}
}
