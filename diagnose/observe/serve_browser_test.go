package observe

import (
	"os/exec"
	"slices"
	"strconv"
	"testing"

	"mutual/diagnose"
	"mutual/diagnose/cause"
	"mutual/fixtures/stack"
)

// TestServeExplainsChromium: a browser that is asked for a certificate drops
// connections while it looks for one. That is no objection to the server; its
// alert on a CA that it does not know is.
func TestServeExplainsChromium(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	stack.NeedProgram(t, "chromium")
	p := newTestPKI(t)
	s := startServer(t, p, nil)
	for _, c := range []struct {
		name string
		flag string
		want diagnose.Code
	}{
		{"no certificate", "--ignore-certificate-errors", cause.ClientCertMissing},
		{"a CA that it does not know", "--no-first-run", cause.PeerRejectedOurServerCert},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), "chromium", "--headless", "--no-sandbox", "--disable-gpu", c.flag,
				"--user-data-dir="+t.TempDir(), "--dump-dom", "https://localhost:"+strconv.Itoa(s.port)+"/")
			out, _ := cmd.CombinedOutput() // what it thinks of the page is of no interest
			var codes []diagnose.Code
			for len(s.came) > 0 {
				if faults := errorsOf(s.report(t)); len(faults) > 0 {
					codes = append(codes, faults[0].Code)
				}
			}
			if len(codes) == 0 || slices.ContainsFunc(codes, func(got diagnose.Code) bool { return got != c.want }) {
				t.Errorf("chromium is told of as %q, want %q alone; it says\n%.2000s", codes, c.want, out)
			}
		})
	}
}
