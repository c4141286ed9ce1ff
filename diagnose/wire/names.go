package wire

import (
	"fmt"
	"strconv"
)

// AlertName returns the name that RFC 8446 §6 and its forerunners give an
// alert, such as "certificate_required", or "alert(123)" for an unknown one.
func AlertName(code uint8) string {
	switch code {
	case 0:
		return "close_notify"
	case 10:
		return "unexpected_message"
	case 20:
		return "bad_record_mac"
	case 21:
		return "decryption_failed"
	case 22:
		return "record_overflow"
	case 30:
		return "decompression_failure"
	case 40:
		return "handshake_failure"
	case 41:
		return "no_certificate"
	case 42:
		return "bad_certificate"
	case 43:
		return "unsupported_certificate"
	case 44:
		return "certificate_revoked"
	case 45:
		return "certificate_expired"
	case 46:
		return "certificate_unknown"
	case 47:
		return "illegal_parameter"
	case 48:
		return "unknown_ca"
	case 49:
		return "access_denied"
	case 50:
		return "decode_error"
	case 51:
		return "decrypt_error"
	case 52:
		return "too_many_cids_requested"
	case 60:
		return "export_restriction"
	case 70:
		return "protocol_version"
	case 71:
		return "insufficient_security"
	case 80:
		return "internal_error"
	case 86:
		return "inappropriate_fallback"
	case 90:
		return "user_canceled"
	case 100:
		return "no_renegotiation"
	case 109:
		return "missing_extension"
	case 110:
		return "unsupported_extension"
	case 111:
		return "certificate_unobtainable"
	case 112:
		return "unrecognized_name"
	case 113:
		return "bad_certificate_status_response"
	case 114:
		return "bad_certificate_hash_value"
	case 115:
		return "unknown_psk_identity"
	case 116:
		return "certificate_required"
	case 117:
		return "general_error"
	case 120:
		return "no_application_protocol"
	case 121:
		return "ech_required"
	}
	return "alert(" + strconv.Itoa(int(code)) + ")"
}

// VersionName returns the short name of a protocol version: "1.3", "1.0",
// "SSL 3.0", "SSL 2.0", "GREASE", or its hexadecimal value for an unknown one.
func VersionName(v uint16) string {
	switch v {
	case 0x0002, 0x0200:
		return "SSL 2.0"
	case 0x0300:
		return "SSL 3.0"
	case 0x0301:
		return "1.0"
	case 0x0302:
		return "1.1"
	case 0x0303:
		return "1.2"
	case 0x0304:
		return "1.3"
	}
	if isGREASE(v) {
		return "GREASE"
	}
	return fmt.Sprintf("0x%04x", v)
}

// GroupName returns the IANA name of a supported group (RFC 8446 §4.2.7), such
// as "x25519", "X25519MLKEM768", "ffdhe2048", or "group(0x1234)".
func GroupName(id uint16) string {
	switch id {
	case 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22:
		return [...]string{"sect163k1", "sect163r1", "sect163r2", "sect193r1", "sect193r2",
			"sect233k1", "sect233r1", "sect239k1", "sect283k1", "sect283r1", "sect409k1",
			"sect409r1", "sect571k1", "sect571r1", "secp160k1", "secp160r1", "secp160r2",
			"secp192k1", "secp192r1", "secp224k1", "secp224r1", "secp256k1"}[id-1]
	case 23:
		return "secp256r1"
	case 24:
		return "secp384r1"
	case 25:
		return "secp521r1"
	case 26:
		return "brainpoolP256r1"
	case 27:
		return "brainpoolP384r1"
	case 28:
		return "brainpoolP512r1"
	case 29:
		return "x25519"
	case 30:
		return "x448"
	case 31:
		return "brainpoolP256r1tls13"
	case 32:
		return "brainpoolP384r1tls13"
	case 33:
		return "brainpoolP512r1tls13"
	case 34, 35, 36, 37, 38, 39, 40:
		return "GC" + [...]string{"256A", "256B", "256C", "256D", "512A", "512B", "512C"}[id-34]
	case 41:
		return "curveSM2"
	case 256:
		return "ffdhe2048"
	case 257:
		return "ffdhe3072"
	case 258:
		return "ffdhe4096"
	case 259:
		return "ffdhe6144"
	case 260:
		return "ffdhe8192"
	case 512:
		return "MLKEM512"
	case 513:
		return "MLKEM768"
	case 514:
		return "MLKEM1024"
	case 4587:
		return "SecP256r1MLKEM768"
	case 4588:
		return "X25519MLKEM768"
	case 4589:
		return "SecP384r1MLKEM1024"
	case 4590:
		return "curveSM2MLKEM768"
	case 0x6399:
		return "X25519Kyber768Draft00"
	case 0x639a:
		return "SecP256r1Kyber768Draft00"
	case 0xff01:
		return "arbitrary_explicit_prime_curves"
	case 0xff02:
		return "arbitrary_explicit_char2_curves"
	}
	if isGREASE(id) {
		return "GREASE"
	}
	return fmt.Sprintf("group(0x%04x)", id)
}

// isGREASE reports whether v is one of the values by which clients keep
// servers tolerant of what they do not know (RFC 8701).
func isGREASE(v uint16) bool {
	return v&0x0f0f == 0x0a0a && v>>8 == v&0xff
}
