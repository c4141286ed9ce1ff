package wire

import (
	"bytes"
	"encoding/hex"
)

// A keyLog holds the secrets of an NSS key log, by label and client random.
type keyLog map[keyLogEntry][]byte

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

// parseKeyLog reads the lines of a key log; what is not one is skipped.
func parseKeyLog(text []byte) keyLog {
	if len(text) == 0 {
		return nil
	}
	log := make(keyLog)
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
		log[e] = secret
	}
	return log
}

// secret returns the secret of that label for the handshake that the client
// began with random, or nil.
func (l keyLog) secret(label string, random [32]byte) []byte {
	return l[keyLogEntry{label, random}]
}
