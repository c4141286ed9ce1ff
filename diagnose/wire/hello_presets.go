package wire

// HelloLegacy returns a hello up to TLS 1.2 that offers what crypto/tls leaves
// out or offers only when told: DHE, RSA key exchange, CCM, Camellia, ARIA,
// SEED, 3DES and RC4, X448 and brainpool curves, the groups of RFC 7919, and
// DSA, SHA-1 and Ed448 signatures, beside the usual ones. The server picks the
// highest version it has, down to TLS 1.0; what it picks, and crypto/tls was
// not offering, is what it wanted. The exchanges without a certificate (PSK,
// anonymous, SRP) are not offered.
func HelloLegacy(serverName string) Hello {
	return Hello{
		Versions:   []uint16{tls12, 0x0302, 0x0301},
		ServerName: serverName,
		CipherSuites: []uint16{
			// What crypto/tls has, first: a server that follows the
			// client's order then shows that the suites were not its trouble.
			0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc009, 0xc013, 0xc00a, 0xc014,
			// DHE: GCM, ChaCha20, CBC.
			0x009e, 0x009f, 0xccaa, 0x0067, 0x006b, 0x0033, 0x0039, 0x00a2, 0x00a3, 0x0040, 0x006a, 0x0032, 0x0038,
			// ECDHE with CBC and SHA-2.
			0xc023, 0xc024, 0xc027, 0xc028,
			// CCM.
			0xc0ac, 0xc0ad, 0xc0ae, 0xc0af, 0xc09e, 0xc09f, 0xc0a2, 0xc0a3, 0xc09c, 0xc09d, 0xc0a0, 0xc0a1,
			// ARIA.
			0xc05c, 0xc05d, 0xc060, 0xc061, 0xc052, 0xc053, 0xc056, 0xc057, 0xc050, 0xc051,
			0xc048, 0xc049, 0xc04c, 0xc04d, 0xc044, 0xc045, 0xc03c, 0xc03d,
			// Camellia.
			0xc086, 0xc087, 0xc08a, 0xc08b, 0xc07c, 0xc07d, 0xc07a, 0xc07b,
			0xc072, 0xc073, 0xc076, 0xc077, 0x00be, 0x00c4, 0x0045, 0x0088, 0x0044, 0x0087,
			0x00ba, 0x00c0, 0x0041, 0x0084,
			// RSA key exchange.
			0x009c, 0x009d, 0x003c, 0x003d, 0x002f, 0x0035,
			// SEED, IDEA, 3DES, RC4.
			0x009a, 0x0099, 0x0096, 0x0007,
			0xc008, 0xc012, 0x0016, 0x0013, 0x000a,
			0xc007, 0xc011, 0x0005, 0x0004,
			// Static ECDH.
			0xc02d, 0xc031, 0xc02e, 0xc032, 0xc025, 0xc029, 0xc026, 0xc02a, 0xc004, 0xc00e, 0xc005, 0xc00f,
		},
		Groups: []uint16{
			29, 23, 24, 25, 30, 26, 27, 28, 22, 21, // x448, brainpool, secp256k1, secp224r1
			256, 257, 258, 259, 260,
			14, 13, 9, 10, 11, 12, 19, // sect571, sect283, sect409, secp192r1
		},
		SignatureSchemes: allSignatureSchemes(),
	}
}

// HelloSSL3 returns an SSL 3.0 hello, in which there is neither server name nor
// group nor signature scheme.
func HelloSSL3() Hello {
	return Hello{
		SSL3: true,
		CipherSuites: []uint16{
			0x0039, 0x0038, 0x0035, 0x0033, 0x0032, 0x002f, 0x0016, 0x0013, 0x000a, 0x0005, 0x0004,
			0x0007, 0x0015, 0x0012, 0x0009, 0x0014, 0x0011, 0x0008, 0x0006, 0x0003,
		},
	}
}

// HelloTLS13Exotic returns a TLS 1.3 hello that offers what crypto/tls leaves
// out: CCM and SM4 suites, the groups of RFC 7919, X448, brainpool and SM2,
// Ed448, brainpool and ML-DSA signatures, beside the usual ones. Shares are
// sent for x25519 and secp256r1 alone; a server that wants another group names
// it in a HelloRetryRequest.
func HelloTLS13Exotic(serverName string) Hello {
	return Hello{
		Versions:     []uint16{tls13},
		ServerName:   serverName,
		CipherSuites: []uint16{0x1301, 0x1302, 0x1303, 0x1304, 0x1305, 0x00c6, 0x00c7},
		Groups: []uint16{
			29, 23, 24, 25, 4588, 4587, 4589,
			30, 256, 257, 258, 259, 260, 31, 32, 33, 41, 512, 513, 514,
		},
		KeyShares:        []uint16{29, 23},
		SignatureSchemes: allSignatureSchemes(),
	}
}

// allSignatureSchemes lists every scheme a server's certificate may call for,
// the sound ones first.
func allSignatureSchemes() []uint16 {
	return []uint16{
		0x0403, 0x0503, 0x0603, 0x0807, 0x0808,
		0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501, 0x0601,
		0x081a, 0x081b, 0x081c, 0x0904, 0x0905, 0x0906, 0x0708,
		0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0502, 0x0602, 0x0302, 0x0202,
	}
}
