package observe

import (
	"time"

	"mutual/diagnose"
)

// SystemTrust is the system's trust store, as far as the chain mentions it,
// for judging a chain without a connection.
func SystemTrust(chain []*diagnose.Certificate, now time.Time) *diagnose.Trust {
	return completeTrust(&diagnose.Trust{Source: "system"}, chain, now, "")
}
