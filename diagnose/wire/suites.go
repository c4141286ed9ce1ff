package wire

import "fmt"

// CipherSuiteName returns the IANA name of a cipher suite, such as
// "TLS_DHE_RSA_WITH_AES_128_CCM", "GREASE" for the values of RFC 8701, or
// "suite(0x1234)" for one that the registry does not hold.
func CipherSuiteName(id uint16) string {
	if isGREASE(id) {
		return "GREASE"
	}
	switch id {
	case 0x0000:
		return "TLS_NULL_WITH_NULL_NULL"
	case 0x00ff:
		return "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"
	case 0x5600:
		return "TLS_FALLBACK_SCSV"
	}
	for i := range suiteBlocks {
		b := &suiteBlocks[i]
		if id < b.first {
			continue
		}
		n := int(id - b.first)
		if b.kx == nil {
			if n < len(b.ciphers) {
				return "TLS_" + b.ciphers[n]
			}
			continue
		}
		if n < len(b.kx)*len(b.ciphers) {
			return "TLS_" + b.kx[n/len(b.ciphers)] + "_WITH_" + b.ciphers[n%len(b.ciphers)]
		}
	}
	return fmt.Sprintf("suite(0x%04x)", id)
}

// A suiteBlock is a run of consecutive code points in IANA's TLS Cipher
// Suites registry: each key exchange in turn with each cipher in turn.
type suiteBlock struct {
	first   uint16
	kx      []string // nil: the ciphers are whole names, less "TLS_"
	ciphers []string
}

// suiteBlocks is read-only. The code points are those of IANA's registry
// "TLS Cipher Suites", with the drafts that were deployed (export 1024).
var suiteBlocks = [...]suiteBlock{
	{0x1301, nil, []string{"AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256",
		"AES_128_CCM_SHA256", "AES_128_CCM_8_SHA256", "AEGIS_256_SHA512", "AEGIS_128L_SHA256"}},

	{0x0001, []string{"RSA"}, []string{"NULL_MD5", "NULL_SHA"}},
	{0x0003, []string{"RSA_EXPORT"}, []string{"RC4_40_MD5"}},
	{0x0004, []string{"RSA"}, []string{"RC4_128_MD5", "RC4_128_SHA"}},
	{0x0006, []string{"RSA_EXPORT"}, []string{"RC2_CBC_40_MD5"}},
	{0x0007, []string{"RSA"}, []string{"IDEA_CBC_SHA"}},
	{0x0008, []string{"RSA_EXPORT"}, []string{"DES40_CBC_SHA"}},
	{0x0009, []string{"RSA"}, []string{"DES_CBC_SHA", "3DES_EDE_CBC_SHA"}},
	{0x000b, []string{"DH_DSS_EXPORT"}, []string{"DES40_CBC_SHA"}},
	{0x000c, []string{"DH_DSS"}, []string{"DES_CBC_SHA", "3DES_EDE_CBC_SHA"}},
	{0x000e, []string{"DH_RSA_EXPORT"}, []string{"DES40_CBC_SHA"}},
	{0x000f, []string{"DH_RSA"}, []string{"DES_CBC_SHA", "3DES_EDE_CBC_SHA"}},
	{0x0011, []string{"DHE_DSS_EXPORT"}, []string{"DES40_CBC_SHA"}},
	{0x0012, []string{"DHE_DSS"}, []string{"DES_CBC_SHA", "3DES_EDE_CBC_SHA"}},
	{0x0014, []string{"DHE_RSA_EXPORT"}, []string{"DES40_CBC_SHA"}},
	{0x0015, []string{"DHE_RSA"}, []string{"DES_CBC_SHA", "3DES_EDE_CBC_SHA"}},
	{0x0017, []string{"DH_anon_EXPORT"}, []string{"RC4_40_MD5"}},
	{0x0018, []string{"DH_anon"}, []string{"RC4_128_MD5"}},
	{0x0019, []string{"DH_anon_EXPORT"}, []string{"DES40_CBC_SHA"}},
	{0x001a, []string{"DH_anon"}, []string{"DES_CBC_SHA", "3DES_EDE_CBC_SHA"}},
	{0x001e, []string{"KRB5"}, []string{"DES_CBC_SHA", "3DES_EDE_CBC_SHA", "RC4_128_SHA", "IDEA_CBC_SHA",
		"DES_CBC_MD5", "3DES_EDE_CBC_MD5", "RC4_128_MD5", "IDEA_CBC_MD5"}},
	{0x0026, []string{"KRB5_EXPORT"}, []string{"DES_CBC_40_SHA", "RC2_CBC_40_SHA", "RC4_40_SHA",
		"DES_CBC_40_MD5", "RC2_CBC_40_MD5", "RC4_40_MD5"}},
	{0x002c, []string{"PSK", "DHE_PSK", "RSA_PSK"}, []string{"NULL_SHA"}},
	{0x002f, sixFamilies, []string{"AES_128_CBC_SHA"}},
	{0x0035, sixFamilies, []string{"AES_256_CBC_SHA"}},
	{0x003b, []string{"RSA"}, []string{"NULL_SHA256", "AES_128_CBC_SHA256", "AES_256_CBC_SHA256"}},
	{0x003e, []string{"DH_DSS", "DH_RSA", "DHE_DSS"}, []string{"AES_128_CBC_SHA256"}},
	{0x0041, sixFamilies, []string{"CAMELLIA_128_CBC_SHA"}},
	{0x0062, []string{"RSA_EXPORT1024", "DHE_DSS_EXPORT1024"}, []string{"DES_CBC_SHA"}},
	{0x0064, []string{"RSA_EXPORT1024", "DHE_DSS_EXPORT1024"}, []string{"RC4_56_SHA"}},
	{0x0066, []string{"DHE_DSS"}, []string{"RC4_128_SHA"}},
	{0x0067, []string{"DHE_RSA"}, []string{"AES_128_CBC_SHA256"}},
	{0x0068, []string{"DH_DSS", "DH_RSA", "DHE_DSS", "DHE_RSA"}, []string{"AES_256_CBC_SHA256"}},
	{0x006c, []string{"DH_anon"}, []string{"AES_128_CBC_SHA256", "AES_256_CBC_SHA256"}},
	{0x0080, []string{"GOSTR341094", "GOSTR341001"}, []string{"28147_CNT_IMIT"}},
	{0x0084, sixFamilies, []string{"CAMELLIA_256_CBC_SHA"}},
	{0x008a, []string{"PSK", "DHE_PSK", "RSA_PSK"}, []string{"RC4_128_SHA", "3DES_EDE_CBC_SHA", "AES_128_CBC_SHA", "AES_256_CBC_SHA"}},
	{0x0096, sixFamilies, []string{"SEED_CBC_SHA"}},
	{0x009c, []string{"RSA", "DHE_RSA", "DH_RSA", "DHE_DSS", "DH_DSS", "DH_anon", "PSK", "DHE_PSK", "RSA_PSK"},
		[]string{"AES_128_GCM_SHA256", "AES_256_GCM_SHA384"}},
	{0x00ae, []string{"PSK", "DHE_PSK", "RSA_PSK"}, []string{"AES_128_CBC_SHA256", "AES_256_CBC_SHA384", "NULL_SHA256", "NULL_SHA384"}},
	{0x00ba, sixFamilies, []string{"CAMELLIA_128_CBC_SHA256"}},
	{0x00c0, sixFamilies, []string{"CAMELLIA_256_CBC_SHA256"}},
	{0x00c6, nil, []string{"SM4_GCM_SM3", "SM4_CCM_SM3"}},

	{0xc001, []string{"ECDH_ECDSA", "ECDHE_ECDSA", "ECDH_RSA", "ECDHE_RSA", "ECDH_anon"},
		[]string{"NULL_SHA", "RC4_128_SHA", "3DES_EDE_CBC_SHA", "AES_128_CBC_SHA", "AES_256_CBC_SHA"}},
	{0xc01a, srpFamilies, []string{"3DES_EDE_CBC_SHA"}},
	{0xc01d, srpFamilies, []string{"AES_128_CBC_SHA"}},
	{0xc020, srpFamilies, []string{"AES_256_CBC_SHA"}},
	{0xc023, ecFamilies, []string{"AES_128_CBC_SHA256", "AES_256_CBC_SHA384"}},
	{0xc02b, ecFamilies, []string{"AES_128_GCM_SHA256", "AES_256_GCM_SHA384"}},
	{0xc033, []string{"ECDHE_PSK"}, []string{"RC4_128_SHA", "3DES_EDE_CBC_SHA", "AES_128_CBC_SHA", "AES_256_CBC_SHA",
		"AES_128_CBC_SHA256", "AES_256_CBC_SHA384", "NULL_SHA", "NULL_SHA256", "NULL_SHA384"}},
	{0xc03c, sixFamilies, []string{"ARIA_128_CBC_SHA256", "ARIA_256_CBC_SHA384"}},
	{0xc048, ecFamilies, []string{"ARIA_128_CBC_SHA256", "ARIA_256_CBC_SHA384"}},
	{0xc050, gcmFamilies, []string{"ARIA_128_GCM_SHA256", "ARIA_256_GCM_SHA384"}},
	{0xc05c, ecFamilies, []string{"ARIA_128_GCM_SHA256", "ARIA_256_GCM_SHA384"}},
	{0xc064, []string{"PSK", "DHE_PSK", "RSA_PSK"}, []string{"ARIA_128_CBC_SHA256", "ARIA_256_CBC_SHA384"}},
	{0xc06a, []string{"PSK", "DHE_PSK", "RSA_PSK"}, []string{"ARIA_128_GCM_SHA256", "ARIA_256_GCM_SHA384"}},
	{0xc070, []string{"ECDHE_PSK"}, []string{"ARIA_128_CBC_SHA256", "ARIA_256_CBC_SHA384"}},
	{0xc072, ecFamilies, []string{"CAMELLIA_128_CBC_SHA256", "CAMELLIA_256_CBC_SHA384"}},
	{0xc07a, gcmFamilies, []string{"CAMELLIA_128_GCM_SHA256", "CAMELLIA_256_GCM_SHA384"}},
	{0xc086, ecFamilies, []string{"CAMELLIA_128_GCM_SHA256", "CAMELLIA_256_GCM_SHA384"}},
	{0xc08e, []string{"PSK", "DHE_PSK", "RSA_PSK"}, []string{"CAMELLIA_128_GCM_SHA256", "CAMELLIA_256_GCM_SHA384"}},
	{0xc094, []string{"PSK", "DHE_PSK", "RSA_PSK", "ECDHE_PSK"}, []string{"CAMELLIA_128_CBC_SHA256", "CAMELLIA_256_CBC_SHA384"}},
	{0xc09c, []string{"RSA", "DHE_RSA"}, []string{"AES_128_CCM", "AES_256_CCM"}},
	{0xc0a0, []string{"RSA", "DHE_RSA"}, []string{"AES_128_CCM_8", "AES_256_CCM_8"}},
	{0xc0a4, []string{"PSK", "DHE_PSK"}, []string{"AES_128_CCM", "AES_256_CCM"}},
	{0xc0a8, []string{"PSK", "PSK_DHE"}, []string{"AES_128_CCM_8", "AES_256_CCM_8"}},
	{0xc0ac, []string{"ECDHE_ECDSA"}, []string{"AES_128_CCM", "AES_256_CCM", "AES_128_CCM_8", "AES_256_CCM_8"}},
	{0xc0b0, []string{"ECCPWD"}, []string{"AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "AES_128_CCM_SHA256", "AES_256_CCM_SHA384"}},
	{0xc0b4, nil, []string{"SHA256_SHA256", "SHA384_SHA384"}},
	{0xc100, []string{"GOSTR341112_256"}, []string{"KUZNYECHIK_CTR_OMAC", "MAGMA_CTR_OMAC", "28147_CNT_IMIT",
		"KUZNYECHIK_MGM_L", "MAGMA_MGM_L", "KUZNYECHIK_MGM_S", "MAGMA_MGM_S"}},
	{0xcca8, []string{"ECDHE_RSA", "ECDHE_ECDSA", "DHE_RSA", "PSK", "ECDHE_PSK", "DHE_PSK", "RSA_PSK"}, []string{"CHACHA20_POLY1305_SHA256"}},
	{0xd001, []string{"ECDHE_PSK"}, []string{"AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "AES_128_CCM_8_SHA256"}},
	{0xd005, []string{"ECDHE_PSK"}, []string{"AES_128_CCM_SHA256"}},
}

// The orders in which the registry's runs go through the key exchanges.
var (
	sixFamilies = []string{"RSA", "DH_DSS", "DH_RSA", "DHE_DSS", "DHE_RSA", "DH_anon"}
	gcmFamilies = []string{"RSA", "DHE_RSA", "DH_RSA", "DHE_DSS", "DH_DSS", "DH_anon"}
	ecFamilies  = []string{"ECDHE_ECDSA", "ECDH_ECDSA", "ECDHE_RSA", "ECDH_RSA"}
	srpFamilies = []string{"SRP_SHA", "SRP_SHA_RSA", "SRP_SHA_DSS"}
)
