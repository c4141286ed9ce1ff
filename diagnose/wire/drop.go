package wire

// Drop ends the recording for good: what was kept is released, secrets
// overwritten, and from here on bytes are only counted. A server calls it when
// a connection has come to a good end and nothing is left to explain. A
// Transcript called for afterwards is empty.
func (t *Tap) Drop() {
	t.mu.Lock()
	t.stopped = true
	t.read.kept, t.read.marks = nil, nil
	t.written.kept, t.written.marks = nil, nil
	clear(t.keyLog[:cap(t.keyLog)])
	t.keyLog = nil
	t.mu.Unlock()
}
