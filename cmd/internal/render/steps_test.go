package render

import (
	"strings"
	"testing"

	"mutual/diagnose"
)

// TestFix: prose and commands are broken at the page's width, each so that it
// can be read or pasted; a fragment of a configuration stands as it is written.
func TestFix(t *testing.T) {
	long := `if ($ssl_client_s_dn !~ "(^|[^\\\\],)CN=Google LLC(,|$)") { return 403; } # and a remark`
	got := Fix(diagnose.Steps{
		diagnose.Say("Check the name in the server, for the root alone says nothing about who it is that calls:"),
		diagnose.Edit("nginx", long),
		diagnose.Edit("HAProxy bind", "ca-file <client-ca.pem>\nverify required"),
		diagnose.Run("mutual probe localhost:4433 --cacert 'my folder/ca.pem' --cert 'it'\\''s mine.pem' --key key.pem"),
	}, Options{})
	want := `  fix      Check the name in the server, for the root alone says nothing about
           who it is that calls:
             nginx         ` + long + `
             HAProxy bind  ca-file <client-ca.pem>
                           verify required
             mutual probe localhost:4433 --cacert 'my folder/ca.pem' \
               --cert 'it'\''s mine.pem' --key key.pem
`
	if got != want {
		t.Errorf("Fix =\n%s\nwant\n%s", got, want)
	}
	if strings.Contains(strings.Split(got, "\n")[2], "\\\n") {
		t.Error("the fragment is broken by a shell's backslash")
	}
}
