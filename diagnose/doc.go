// Package diagnose turns what was seen of a TLS connection, and of the files
// on both of its sides, into findings: which single thing is wrong, with its
// proof and its fix.
//
// Facts go in, a Report comes out. The package is pure: it opens no
// connection, reads no file, asks no clock, and so the facts of a user's
// failure, saved as JSON, are a regression test as they are.
package diagnose
