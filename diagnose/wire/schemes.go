package wire

import (
	"fmt"
	"strings"
)

// SignatureSchemeName returns the IANA name of a signature scheme (RFC 8446
// §4.2.3), such as "ecdsa_secp256r1_sha256". A pair of hash and signature that
// only TLS 1.2 knows (RFC 5246 §7.4.1.4.1) reads "dsa_sha256"; anything else
// "scheme(0x1234)".
func SignatureSchemeName(id uint16) string {
	switch id {
	case 0x0401:
		return "rsa_pkcs1_sha256"
	case 0x0501:
		return "rsa_pkcs1_sha384"
	case 0x0601:
		return "rsa_pkcs1_sha512"
	case 0x0403:
		return "ecdsa_secp256r1_sha256"
	case 0x0503:
		return "ecdsa_secp384r1_sha384"
	case 0x0603:
		return "ecdsa_secp521r1_sha512"
	case 0x0804:
		return "rsa_pss_rsae_sha256"
	case 0x0805:
		return "rsa_pss_rsae_sha384"
	case 0x0806:
		return "rsa_pss_rsae_sha512"
	case 0x0807:
		return "ed25519"
	case 0x0808:
		return "ed448"
	case 0x0809:
		return "rsa_pss_pss_sha256"
	case 0x080a:
		return "rsa_pss_pss_sha384"
	case 0x080b:
		return "rsa_pss_pss_sha512"
	case 0x081a:
		return "ecdsa_brainpoolP256r1tls13_sha256"
	case 0x081b:
		return "ecdsa_brainpoolP384r1tls13_sha384"
	case 0x081c:
		return "ecdsa_brainpoolP512r1tls13_sha512"
	case 0x0201:
		return "rsa_pkcs1_sha1"
	case 0x0203:
		return "ecdsa_sha1"
	case 0x0420:
		return "rsa_pkcs1_sha256_legacy"
	case 0x0520:
		return "rsa_pkcs1_sha384_legacy"
	case 0x0620:
		return "rsa_pkcs1_sha512_legacy"
	case 0x0704:
		return "eccsi_sha256"
	case 0x0708:
		return "sm2sig_sm3"
	case 0x0904:
		return "mldsa44"
	case 0x0905:
		return "mldsa65"
	case 0x0906:
		return "mldsa87"
	}
	if isGREASE(id) {
		return "GREASE"
	}
	// RFC 5246's registries: the hash in the high byte, the key in the low.
	hash := [...]string{"none", "md5", "sha1", "sha224", "sha256", "sha384", "sha512"}
	key := [...]string{"anonymous", "rsa_pkcs1", "dsa", "ecdsa"}
	if h, k := id>>8, id&0xff; int(h) < len(hash) && int(k) < len(key) {
		return key[k] + "_" + hash[h]
	}
	return fmt.Sprintf("scheme(0x%04x)", id)
}

// CertificateTypeName returns the name of a ClientCertificateType (RFC 5246
// §7.4.4), such as "rsa_sign" or "ecdsa_sign".
func CertificateTypeName(t uint8) string {
	switch t {
	case 1:
		return "rsa_sign"
	case 2:
		return "dss_sign"
	case 3:
		return "rsa_fixed_dh"
	case 4:
		return "dss_fixed_dh"
	case 64:
		return "ecdsa_sign"
	case 65:
		return "rsa_fixed_ecdh"
	case 66:
		return "ecdsa_fixed_ecdh"
	}
	return fmt.Sprintf("type(%d)", t)
}

// versionList renders versions as a ladder shows them, "1.3 1.2", without
// GREASE values.
func versionList(versions []uint16) string {
	var names []string
	for _, v := range versions {
		if !isGREASE(v) {
			names = append(names, VersionName(v))
		}
	}
	return strings.Join(names, " ")
}
