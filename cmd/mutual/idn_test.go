package main

import "testing"

func TestASCIIName(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"bücher.example", "xn--bcher-kva.example"}, {"BÜCHER.example", "xn--bcher-kva.example"}, {"my_host.example", "my_host.example"},
		{"a.example.", "a.example."}, {"", ""}, {"日本.example", "xn--wgv71a.example"},
	} {
		if got, err := asciiName("--name", c.name); got != c.want || err != nil {
			t.Errorf("asciiName(%q) = %q, %v, want %q", c.name, got, err, c.want)
		}
	}
	if got, err := asciiName("--name", "a\u202eb.example"); err == nil {
		t.Errorf("asciiName(with a mark of direction) = %q, want an error", got)
	}
	if host, port, path, err := parseTarget("https://bücher.example:8443/x"); host != "xn--bcher-kva.example" || port != 8443 || path != "/x" || err != nil {
		t.Errorf("parseTarget = %q, %d, %q, %v, want the host in ASCII", host, port, path, err)
	}
}
