package observe

import (
	"testing"

	"mutual/diagnose"
)

// TestIdleLimitIsNoRefusal: a server that hangs up after a while on whoever says
// nothing that it knows, says nothing of the client's certificate.
func TestIdleLimitIsNoRefusal(t *testing.T) {
	for _, c := range []struct {
		name   string
		millis float64
		want   bool
	}{{"at once", 3, false}, {"HAProxy, its backend dead", 2400, false}, {"RabbitMQ", 3000, false}, {"idle for ten seconds", 10000, true}} {
		o := &outcome{Attempt: diagnose.Attempt{Millis: c.millis}, hungUp: true}
		if got := o.idled(); got != c.want {
			t.Errorf("%s: idled() = %t, want %t", c.name, got, c.want)
		}
	}
}
