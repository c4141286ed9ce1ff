//go:build !unix

package phrase

import (
	"testing"
	"time"
)

// cpuTime is the time on the clock, for want of that of the processor.
func cpuTime(*testing.T) time.Duration { return time.Duration(time.Now().UnixNano()) }
