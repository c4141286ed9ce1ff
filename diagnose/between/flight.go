package between

import (
	"strings"

	"mutual/diagnose/cause"
	"mutual/diagnose/wire"
)

// What the record layer of TLS 1.3 adds to a message: its type and the tag (RFC
// 8446 §5.2). JSSE pads handshake messages and alerts by another 16.
const (
	sealed  = 1 + 16
	padding = 16
	header  = 4 // of a handshake message
)

// alertSized reports whether an encrypted record of TLS 1.3 has the size of an
// alert. It may be a close_notify as well as a refusal.
func alertSized(n int) bool { return n == 2+sealed || n == 2+sealed+padding }

// finishedSize is the size of the record of a Finished (RFC 8446 §4.4.4): the
// hash's, by the suite, which is in clear.
func finishedSize(suite uint16) int {
	if strings.HasSuffix(wire.CipherSuiteName(suite), "_SHA384") {
		return header + 48 + sealed
	}
	return header + 32 + sealed
}

// emptySize is the size of the record of a Certificate without certificates:
// the context's length and that of the list (RFC 8446 §4.4.2).
const emptySize = header + 1 + 3 + sealed

// leastCertificate is what a Certificate, CertificateVerify and Finished in one
// record have at least: no certificate takes less than 100 bytes.
const leastCertificate = header + 1 + 3 + 100

// A record that is full holds 2^14 bytes. A CertificateVerify has a signature of
// 64 bytes (Ed25519) to 1 KiB (RSA with 8192 bits).
const (
	fullRecord  = 1<<14 + sealed
	leastVerify = header + 4 + 60 + sealed
	mostVerify  = header + 4 + 1024 + sealed + padding
)

// flightOf reads a client's last flight of the handshake out of the lengths of
// the records in which it went, and how many records it took. Nothing is said
// of lengths that fit none.
func flightOf(records []int, suite uint16) (flight cause.Flight, took int) {
	if len(records) == 0 {
		return "", 0
	}
	finished := finishedSize(suite)
	isFinished := func(n int) bool { return n == finished || n == finished+padding }
	coalesced := emptySize + finished - sealed
	switch first := records[0]; {
	case isFinished(first):
		return cause.FlightFinished, 1
	case first == coalesced || first == coalesced+padding:
		return cause.FlightEmpty, 1
	case first == emptySize || first == emptySize+padding:
		if len(records) > 1 && records[1] == finished+first-emptySize {
			return cause.FlightEmpty, 2
		}
	case first >= leastCertificate:
		last := 0 // of the Certificate, which may fill several records
		for last < len(records)-1 && records[last] >= fullRecord {
			last++
		}
		at := func(i int) int {
			if i < len(records) {
				return records[i]
			}
			return 0
		}
		switch verify := at(last + 1); {
		case isFinished(verify):
			return cause.FlightCertificate, last + 2
		case verify >= leastVerify && verify <= mostVerify && isFinished(at(last+2)):
			return cause.FlightCertificate, last + 3
		}
		return cause.FlightCertificate, last + 1
	}
	return "", 0
}
