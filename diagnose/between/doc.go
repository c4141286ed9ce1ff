// Package between watches TLS connections that others make: as a pass-through
// that changes nothing, or from a capture of packets. It ends no TLS and holds
// no key; what it cannot read it infers from the lengths and order of records,
// and says so.
package between
