package wire

import (
	"bytes"
	"encoding/hex"
	"fmt"
)

// A KeyLog holds the secrets of an NSS key log (RFC 9850), by label and client
// random. They do not leave this package. The zero value holds none.
type KeyLog struct{ secrets map[keyLogEntry][]byte }

// String keeps secrets out of what is printed.
func (l KeyLog) String() string { return fmt.Sprintf("key log of %d secrets", len(l.secrets)) }

// GoString is String.
func (l KeyLog) GoString() string { return l.String() }

// Len is the number of secrets.
func (l KeyLog) Len() int { return len(l.secrets) }

type keyLogEntry struct {
	label  string
	random [32]byte
}

// The labels this package uses (RFC 9850 §2).
const (
	labelMasterSecret    = "CLIENT_RANDOM"
	labelClientHandshake = "CLIENT_HANDSHAKE_TRAFFIC_SECRET"
	labelServerHandshake = "SERVER_HANDSHAKE_TRAFFIC_SECRET"
	labelClientTraffic   = "CLIENT_TRAFFIC_SECRET_0"
	labelServerTraffic   = "SERVER_TRAFFIC_SECRET_0"
)

// maxSecrets bounds a KeyLog, as a log that several programs append to for days
// has no end.
const maxSecrets = 1 << 20

// ParseKeyLog reads the lines of a key log; what is not one is skipped.
func ParseKeyLog(text []byte) KeyLog {
	var l KeyLog
	l.Add(text)
	return l
}

// Add reads further lines. A copy of l shares what it holds.
func (l *KeyLog) Add(text []byte) {
	if len(text) == 0 {
		return
	}
	if l.secrets == nil {
		l.secrets = make(map[keyLogEntry][]byte)
	}
	for line := range bytes.Lines(text) {
		f := bytes.Fields(line)
		if len(f) != 3 || len(f[1]) != 64 {
			continue
		}
		e := keyLogEntry{label: string(f[0])}
		if _, err := hex.Decode(e.random[:], f[1]); err != nil {
			continue
		}
		secret := make([]byte, hex.DecodedLen(len(f[2])))
		if _, err := hex.Decode(secret, f[2]); err != nil || len(secret) == 0 || len(secret) > 64 {
			continue
		}
		if len(l.secrets) < maxSecrets {
			l.secrets[e] = secret
		}
	}
}

// secret returns the secret of that label for the handshake that the client
// began with random, or nil.
func (l KeyLog) secret(label string, random [32]byte) []byte {
	return l.secrets[keyLogEntry{label, random}]
}
