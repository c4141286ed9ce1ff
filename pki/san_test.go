package pki

import (
	"strings"
	"testing"
)

func TestParseSAN(t *testing.T) {
	for _, tt := range []struct{ in, kind, want string }{
		{"localhost", "dns", "localhost"},
		{"*.example.com", "dns", "*.example.com"},
		{"a_b.example.com.", "dns", "a_b.example.com"},
		{"DNS:10.example", "dns", "10.example"},
		{"127.0.0.1", "ip", "127.0.0.1"},
		{"::1", "ip", "::1"},
		{"[2001:db8::1]", "ip", "2001:db8::1"},
		{"IP:10.0.0.1", "ip", "10.0.0.1"},
		{"::ffff:10.0.0.1", "ip", "10.0.0.1"},
		{"ann@example.com", "email", "ann@example.com"},
		{"email:ann@example.com", "email", "ann@example.com"},
		{"spiffe://example.org/ns/prod", "uri", "spiffe://example.org/ns/prod"},
		{"urn:uuid:5e3a", "uri", "urn:uuid:5e3a"},
		{"URI:https://example.com/a,b", "uri", "https://example.com/a,b"},
	} {
		t.Run(tt.in, func(t *testing.T) {
			s, err := ParseSAN(tt.in)
			if err != nil {
				t.Fatalf("ParseSAN(%q) = %v", tt.in, err)
			}
			kind := map[bool]string{len(s.DNS) == 1: "dns", len(s.IPs) == 1: "ip", len(s.Emails) == 1: "email", len(s.URIs) == 1: "uri"}[true]
			if got := s.Strings(); len(got) != 1 || got[0] != tt.want || kind != tt.kind {
				t.Errorf("ParseSAN(%q) = %s %q, want %s %q", tt.in, kind, got, tt.kind, tt.want)
			}
		})
	}
}

func TestParseSANErrors(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", "empty"},
		{"localhost:4433", "without :4433"},
		{"a..b", "empty part"},
		{"a.*.b", "first part"},
		{"-a.example", "hyphen"},
		{"a b", "not allowed"},
		{"bär.example", "xn--"},
		{"fe80::1%eth0", "zone"},
		{"IP:example.com", "not an IP"},
		{"a@@b", "not an e-mail"},
		{"spiffe://Example.org/x", "SPIFFE"},
		{"spiffe://example.org/x/", "SPIFFE"},
		{"spiffe://example.org:8443/x", "SPIFFE"},
		{strings.Repeat("a", 64) + ".example", "63"},
	} {
		t.Run(tt.in, func(t *testing.T) {
			if s, err := ParseSAN(tt.in); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ParseSAN(%q) = %v, %v, want an error with %q", tt.in, s.Strings(), err, tt.want)
			}
		})
	}
}

func TestSANsMissing(t *testing.T) {
	have := mustSANs(t, "localhost", "127.0.0.1")
	if got := have.Missing(mustSANs(t, "LOCALHOST", "127.0.0.1", "web.example")); len(got) != 1 || got[0] != "web.example" {
		t.Errorf("Missing() = %q, want web.example", got)
	}
}
