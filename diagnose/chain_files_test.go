package diagnose

import (
	"slices"
	"testing"
)

// What files alone tell: of a CA by itself, of a bundle, of a leaf.
func TestFilesByThemselves(t *testing.T) {
	root := ca(t, "Corp Root", nil, "root")
	old := ca(t, "Old Root", nil, "other", expired)
	intermediate := ca(t, "Corp Issuing 2", root, "int")
	for _, c := range []struct {
		name    string
		sent    []*Certificate
		known   []*Certificate
		purpose Side
		want    []string
		exit    int
	}{
		{name: "CA", sent: list(root), purpose: PurposeCA},
		{name: "expired CA", sent: list(old), purpose: PurposeCA, want: []string{"issuer-cert-expired(error)"}, exit: ExitServer},
		{name: "expired CA in a bundle", sent: list(old), purpose: PurposeBundle, want: []string{"issuer-cert-expired(warning)"}},
		{name: "intermediate", sent: list(intermediate), known: list(root), purpose: PurposeCA},
		{name: "leaf of a root", sent: list(leaf(t, "server", root)), known: list(root)},
		{name: "leaf with its intermediate", sent: list(leaf(t, "server", intermediate), intermediate)},
		{name: "leaf without its intermediate", sent: list(leaf(t, "server", intermediate)), want: []string{"server-chain-missing-intermediate(warning)"}},
		{name: "leaf without its intermediate, which is known", sent: list(leaf(t, "server", intermediate)), known: list(intermediate, root),
			want: []string{"server-chain-missing-intermediate(warning)"}},
		{name: "self-signed leaf", sent: list(leaf(t, "server", nil)), want: []string{"server-cert-self-signed(warning)"}},
		{name: "expired leaf", sent: list(leaf(t, "server", root, expired)), want: []string{"server-cert-expired(error)"}, exit: ExitServer},
	} {
		r := Examine(&Facts{Command: "inspect", Time: testNow, View: SeenInFiles, Purpose: c.purpose, Identity: c.sent, Known: c.known})
		resolveAll(t, r)
		if got := codesOf(r); !slices.Equal(got, c.want) || r.ExitCode != c.exit {
			t.Errorf("Examine(%s) = %v, exit %d, want %v, exit %d", c.name, got, r.ExitCode, c.want, c.exit)
		}
	}
}
