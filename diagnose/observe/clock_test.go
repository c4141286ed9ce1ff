package observe

import (
	"sync"
	"time"
)

// testClock is the present time, and what a test adds to it.
type testClock struct {
	mu    sync.Mutex
	added time.Duration
}

func newTestClock() *testClock { return &testClock{} }

func (c *testClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.added)
}

func (c *testClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.added += d
}
