package observe

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strings"

	"mutual/diagnose"
	"mutual/diagnose/wire"
)

// serverSuites are the suites of TLS 1.2 and below that crypto/tls thinks
// sound; those of TLS 1.3 are not for choosing.
func serverSuites() []uint16 {
	var ids []uint16
	for _, s := range tls.CipherSuites() {
		if !slices.Contains(s.SupportedVersions, tls.VersionTLS13) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func serverGroups() []tls.CurveID {
	return []tls.CurveID{tls.X25519MLKEM768, tls.SecP256r1MLKEM768, tls.SecP384r1MLKEM1024,
		tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
}

// serverAccepts is what a server with that configuration and leaf agrees to.
func serverAccepts(config *tls.Config, leaf *x509.Certificate) diagnose.Hello {
	var o diagnose.Hello
	for _, v := range []uint16{tls.VersionTLS13, tls.VersionTLS12, tls.VersionTLS11, tls.VersionTLS10} {
		if v >= config.MinVersion {
			o.Versions = append(o.Versions, wire.VersionName(v))
		}
	}
	_, isRSA := leaf.PublicKey.(*rsa.PublicKey)
	for _, s := range tls.CipherSuites() {
		switch {
		case slices.Contains(s.SupportedVersions, tls.VersionTLS13):
			o.CipherSuites = append(o.CipherSuites, s.Name)
		case config.MinVersion < tls.VersionTLS13 && strings.Contains(s.Name, "_RSA_") == isRSA:
			o.CipherSuites = append(o.CipherSuites, s.Name)
		}
	}
	for _, g := range config.CurvePreferences {
		o.Groups = append(o.Groups, wire.GroupName(uint16(g)))
	}
	for _, s := range keySchemes(leaf) {
		o.SignatureSchemes = append(o.SignatureSchemes, wire.SignatureSchemeName(uint16(s)))
	}
	o.ALPN = config.NextProtos
	return o
}

// keySchemes are the schemes in which crypto/tls signs with the leaf's key, in
// any version of TLS.
func keySchemes(leaf *x509.Certificate) []tls.SignatureScheme {
	switch key := leaf.PublicKey.(type) {
	case *ecdsa.PublicKey:
		switch key.Curve.Params().BitSize {
		case 256:
			return []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}
		case 384:
			return []tls.SignatureScheme{tls.ECDSAWithP384AndSHA384}
		case 521:
			return []tls.SignatureScheme{tls.ECDSAWithP521AndSHA512}
		}
	case ed25519.PublicKey:
		return []tls.SignatureScheme{tls.Ed25519}
	case *rsa.PublicKey:
		return []tls.SignatureScheme{tls.PSSWithSHA256, tls.PSSWithSHA384, tls.PSSWithSHA512,
			tls.PKCS1WithSHA256, tls.PKCS1WithSHA384, tls.PKCS1WithSHA512}
	}
	return nil
}

// helloOf is what a ClientHello holds, as crypto/tls read it.
func helloOf(h *tls.ClientHelloInfo) diagnose.Hello {
	o := diagnose.Hello{ALPN: slices.Clone(h.SupportedProtos), ServerName: h.ServerName}
	for _, v := range h.SupportedVersions {
		o.Versions = appendNamed(o.Versions, wire.VersionName(v))
	}
	for _, id := range h.CipherSuites {
		name := wire.CipherSuiteName(id)
		o.GREASE = o.GREASE || name == "GREASE"
		o.CipherSuites = appendNamed(o.CipherSuites, name)
	}
	for _, id := range h.SupportedCurves {
		o.Groups = appendNamed(o.Groups, wire.GroupName(uint16(id)))
	}
	for _, id := range h.SignatureSchemes {
		o.SignatureSchemes = appendNamed(o.SignatureSchemes, wire.SignatureSchemeName(uint16(id)))
	}
	return o
}

// helloRead is helloOf for a hello that crypto/tls did not
// understand, but the tap did.
func helloRead(h *wire.ClientHello) diagnose.Hello {
	o := diagnose.Hello{ALPN: h.ALPN, ServerName: h.ServerName}
	for _, v := range h.Versions {
		o.Versions = appendNamed(o.Versions, wire.VersionName(v))
	}
	for _, id := range h.CipherSuites {
		name := wire.CipherSuiteName(id)
		o.GREASE = o.GREASE || name == "GREASE"
		o.CipherSuites = appendNamed(o.CipherSuites, name)
	}
	for _, id := range h.Groups {
		o.Groups = appendNamed(o.Groups, wire.GroupName(id))
	}
	for _, id := range h.SignatureSchemes {
		o.SignatureSchemes = appendNamed(o.SignatureSchemes, wire.SignatureSchemeName(id))
	}
	return o
}

// maxOffered bounds each list of a hello that a report repeats.
const maxOffered = 128

// appendNamed leaves out GREASE (RFC 8701), which offers nothing.
func appendNamed(list []string, name string) []string {
	if name == "GREASE" || len(list) >= maxOffered {
		return list
	}
	return append(list, name)
}
