package chain

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain/der"
	"mutual/diagnose/chain/openssl"
	"mutual/diagnose/chain/signature"
)

// certificateFaults are the faults of the path's i-th certificate that show in
// itself, given its place.
func (j *judge) certificateFaults(p chainPath, i int) []Fault {
	n := p.nodes[i]
	if n.x == nil {
		return nil
	}
	faults := j.dateFaults(p, i)
	faults = append(faults, j.keyFaults(p, i)...)
	switch {
	case i == 0 && j.q.Issuer:
		faults = append(faults, j.signingFaults(n)...)
	case i == 0:
		faults = append(faults, j.leafUsageFaults(n)...)
	default:
		faults = append(faults, j.issuerFaults(p, i)...)
	}
	if len(n.x.UnhandledCriticalExtensions) > 0 {
		faults = append(faults, unhandled(n, i))
	}
	return faults
}

// unhandled is the fault of critical extensions that Go does not handle. Some
// of them other verifiers do.
func unhandled(n *node, depth int) Fault {
	var names []string
	known := true
	for _, e := range n.x.Extensions {
		if !slices.ContainsFunc(n.x.UnhandledCriticalExtensions, e.Id.Equal) {
			continue
		}
		id := der.ParseOID(e.Id)
		known = known && openssl.Knows(id)
		names = append(names, der.ExtensionName(id))
	}
	f := Fault{Code: cause.CertUnknownCriticalExtension, Depth: depth,
		Vars: map[string]string{"subject": n.Name(), "oid": strings.Join(names, ", ")}}
	f.Evidence = []Evidence{{Fact: n.at + ".sha256", Got: "critical " + f.Vars["oid"], Want: "none that verifiers do not know"}}
	if known {
		f.Title = "Go does not handle a critical extension of {subject} as it stands there, which OpenSSL does: {oid}."
		f.Evidence[0].Want = "none that Go does not handle"
	}
	return f
}

// sided picks the code by whose chain it is.
func (j *judge) sided(server, client cause.Code) cause.Code {
	if j.q.Side == cause.ClientSide {
		return client
	}
	return server
}

func (j *judge) dateFaults(p chainPath, i int) []Fault {
	n, now := p.nodes[i], j.q.Now
	f := Fault{Depth: i, Vars: map[string]string{"subject": n.Name(), "file": n.Certificate.File}}
	switch {
	case now.After(n.x.NotAfter):
		f.Code = cause.IssuerCertExpired
		if i == 0 && !j.q.Issuer {
			f.Code = j.sided(cause.ServerCertExpired, cause.ClientCertExpired)
		} else if p.anchor(i) {
			f.Code = j.sided(cause.TrustAnchorExpired, cause.IssuerCertExpired)
		}
		f.Vars["date"], f.Vars["ago"] = dayOf(n.NotAfter), span(now.Sub(n.NotAfter))
		f.Evidence = []Evidence{{Fact: n.at + ".not_after", Got: Stamp(n.NotAfter), Want: "after " + Stamp(now)}}
	case now.Before(n.x.NotBefore):
		f.Code = cause.IssuerCertNotYetValid
		if i == 0 && !j.q.Issuer {
			f.Code = j.sided(cause.ServerCertNotYetValid, cause.ClientCertNotYetValid)
		}
		f.Vars["date"], f.Vars["ahead"] = dayOf(n.NotBefore), span(n.NotBefore.Sub(now))
		f.Evidence = []Evidence{{Fact: n.at + ".not_before", Got: Stamp(n.NotBefore), Want: "not after " + Stamp(now)}}
	case ExpiringSoon(n.x, now):
		f.Code, f.Severity = cause.CertExpiringSoon, cause.Warning
		f.Vars["date"], f.Vars["left"] = dayOf(n.NotAfter), span(n.NotAfter.Sub(now))
		f.Vars["when"] = "in " + f.Vars["left"] + ", on " + f.Vars["date"]
		f.Evidence = []Evidence{{Fact: n.at + ".not_after", Got: Stamp(n.NotAfter), Want: "more than " + span(soon(n.x)) + " after " + Stamp(now)}}
	default:
		return nil
	}
	if i == 0 && j.q.Issuer {
		f.Title = map[cause.Code]string{
			cause.IssuerCertExpired:     "The CA certificate {subject} ran out on {date}, {ago} ago.",
			cause.IssuerCertNotYetValid: "The CA certificate {subject} is not valid before {date}.",
			cause.CertExpiringSoon:      "The CA certificate {subject} runs out in {left}, on {date}.",
		}[f.Code]
	}
	return []Fault{f}
}

// ExpiringSoon reports whether a certificate is near its end.
func ExpiringSoon(x *x509.Certificate, now time.Time) bool { return x.NotAfter.Sub(now) <= soon(x) }

// soon is how long before its end a certificate is due: 21 days, or a third of
// its life where that is less. One for a day or less is never due: whoever uses
// such has it renewed by a machine.
func soon(x *x509.Certificate) time.Duration {
	const day = 24 * time.Hour
	life := x.NotAfter.Sub(x.NotBefore)
	if life <= day {
		return 0
	}
	return min(21*day, life/3)
}

func (j *judge) leafUsageFaults(n *node) []Fault {
	var faults []Fault
	purpose, missing := j.usages()[0], j.sided(cause.ServerEKUMissingServerAuth, cause.ClientEKUMissingClientAuth)
	restricted := len(n.x.ExtKeyUsage)+len(n.x.UnknownExtKeyUsage) > 0
	allows := slices.Contains(n.x.ExtKeyUsage, purpose)
	any := slices.Contains(n.x.ExtKeyUsage, x509.ExtKeyUsageAny)
	if restricted && !allows {
		f := Fault{Code: missing,
			Evidence: []Evidence{{Fact: n.at + ".ext_key_usage", Got: strings.Join(n.ExtKeyUsage, ", "), Want: purpose.String()}},
			Vars:     map[string]string{"subject": n.Name(), "usages": strings.Join(n.ExtKeyUsage, ", ")}}
		if any { // Go takes anyExtendedKeyUsage, OpenSSL and curl do not
			f.Title = "The certificate {subject} is made for any use, and does not name {purpose}: OpenSSL and curl refuse it."
			f.Vars["purpose"] = purpose.String()
		}
		faults = append(faults, f)
	}
	if n.x.KeyUsage != 0 && n.x.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		faults = append(faults, Fault{Code: j.sided(cause.ServerKeyUsageIncompatible, cause.ClientKeyUsageIncompatible),
			Evidence: []Evidence{{Fact: n.at + ".key_usage", Got: strings.Join(n.KeyUsage, ", "), Want: "digitalSignature"}},
			Vars:     map[string]string{"subject": n.Name(), "usages": strings.Join(n.KeyUsage, ", ")}})
	}
	return faults
}

// signingFaults are what keeps a CA's certificate from issuing anything.
func (j *judge) signingFaults(n *node) []Fault {
	if n.x.KeyUsage == 0 || n.x.KeyUsage&x509.KeyUsageCertSign != 0 {
		return nil
	}
	return []Fault{{Code: cause.IssuerKeyUsageNoCertSign,
		Evidence: []Evidence{{Fact: n.at + ".key_usage", Got: strings.Join(n.KeyUsage, ", "), Want: "keyCertSign"}},
		Vars:     map[string]string{"subject": n.Name(), "issued": "certificates"}}}
}

// issuerFaults are what keeps a certificate from issuing the one below it.
func (j *judge) issuerFaults(p chainPath, i int) []Fault {
	n, below := p.nodes[i], p.nodes[i-1]
	vars := map[string]string{"subject": n.Name(), "issued": below.Name(), "file": n.Certificate.File}
	var faults []Fault
	add := func(code cause.Code, evidence Evidence) {
		evidence.Fact = n.at + evidence.Fact
		faults = append(faults, Fault{Code: code, Depth: i, Vars: vars,
			Evidence: []Evidence{evidence, {Fact: below.at + ".issuer", Got: below.Issuer}}})
	}
	unmarked := !n.x.BasicConstraintsValid && (n.x.Version == 3 || !p.anchor(i))
	if unmarked || n.x.BasicConstraintsValid && !n.x.IsCA {
		code := cause.Code(cause.IssuerNotCA)
		if p.anchor(i) {
			code = j.sided(cause.TrustAnchorRejected, code)
		}
		add(code, Evidence{Fact: ".is_ca", Got: "false", Want: "true"})
	}
	if n.x.KeyUsage != 0 && n.x.KeyUsage&x509.KeyUsageCertSign == 0 {
		add(cause.IssuerKeyUsageNoCertSign, Evidence{Fact: ".key_usage", Got: strings.Join(n.KeyUsage, ", "), Want: "keyCertSign"})
	}
	if between := i - 1; n.x.BasicConstraintsValid && n.x.MaxPathLen >= 0 && between > n.x.MaxPathLen {
		vars["limit"], vars["between"] = fmt.Sprint(n.x.MaxPathLen), fmt.Sprint(between)
		add(cause.PathLengthExceeded, Evidence{Fact: ".sha256",
			Got: fmt.Sprintf("pathlen %d, with %d between it and the leaf", n.x.MaxPathLen, between), Want: fmt.Sprintf("pathlen %d or more", between)})
	}
	purpose := j.usages()[0]
	if restricted := len(n.x.ExtKeyUsage)+len(n.x.UnknownExtKeyUsage) > 0; restricted &&
		!slices.Contains(n.x.ExtKeyUsage, purpose) && !slices.Contains(n.x.ExtKeyUsage, x509.ExtKeyUsageAny) {
		vars["usages"], vars["purpose"] = strings.Join(n.ExtKeyUsage, ", "), purpose.String()
		add(cause.IssuerEKUExcludesPurpose, Evidence{Fact: ".ext_key_usage", Got: vars["usages"], Want: purpose.String()})
	}
	return faults
}

// keyFaults are those of a certificate's key, and of the algorithm that it is
// signed with.
func (j *judge) keyFaults(p chainPath, i int) []Fault {
	n := p.nodes[i]
	var faults []Fault
	vars := map[string]string{"subject": n.Name(), "key": KeyName(n.x.PublicKey), "algorithm": n.Signature}
	key := Evidence{Fact: n.at + ".key", Got: n.Key}
	switch k := n.x.PublicKey.(type) {
	case *rsa.PublicKey:
		switch bits := k.N.BitLen(); {
		case bits < 2048:
			key.Want = "RSA 2048 or more"
			f := Fault{Code: cause.CertKeyTooWeak, Depth: i, Severity: cause.Warning, Evidence: []Evidence{key}, Vars: vars}
			if bits < 1024 {
				f.Severity = cause.Error
			}
			faults = append(faults, f)
		case bits > 8192 && !p.anchor(i):
			key.Want = "RSA 8192 or less"
			faults = append(faults, Fault{Code: cause.CertKeyTypeUnsupported, Depth: i, Evidence: []Evidence{key}, Vars: vars})
		}
	case *ecdsa.PublicKey:
		if k.Curve.Params().BitSize < 256 {
			key.Want = "ECDSA P-256 or more"
			faults = append(faults, Fault{Code: cause.CertKeyTooWeak, Depth: i, Severity: cause.Warning, Evidence: []Evidence{key}, Vars: vars})
		}
	default:
		if !supportedKey(n.x.PublicKey) {
			vars["key"] = PublicKeyKind(n.der)
			key.Got, key.Want = vars["key"], "RSA, ECDSA or Ed25519"
			faults = append(faults, Fault{Code: cause.CertKeyTypeUnsupported, Depth: i, Evidence: []Evidence{key}, Vars: vars})
		}
	}
	if p.anchor(i) || i == len(p.nodes)-1 && p.end == endSelfSigned {
		return faults // a signature that nobody needs to verify
	}
	signature := Evidence{Fact: n.at + ".signature", Got: n.Signature}
	if _, weak := weakDigest(n.x); weak {
		signature.Want = "SHA-256 or better"
		faults = append(faults, Fault{Code: cause.CertSignatureAlgorithmWeak, Depth: i, Evidence: []Evidence{signature}, Vars: vars})
	} else if n.x.SignatureAlgorithm == x509.UnknownSignatureAlgorithm || n.x.SignatureAlgorithm == x509.DSAWithSHA256 {
		signature.Want = "RSA, ECDSA or Ed25519 with SHA-256 or better"
		if !slices.ContainsFunc(faults, func(f Fault) bool { return f.Code == cause.CertKeyTypeUnsupported }) {
			vars["key"] = "signature " + signatureName(n)
			faults = append(faults, Fault{Code: cause.CertKeyTypeUnsupported, Depth: i, Evidence: []Evidence{signature}, Vars: vars})
		}
	}
	return faults
}

func supportedKey(key any) bool {
	switch key.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
		return true
	case *ecdh.PublicKey, nil:
		return false
	}
	return strings.HasPrefix(KeyName(key), "Ed25519")
}

// judgeEncoding finds the certificates that cannot be parsed. One of them
// suffices for a TLS library to refuse the whole chain, wherever it stands.
func (j *judge) judgeEncoding() {
	for i, n := range j.sent {
		if n.x != nil {
			continue
		}
		f := Fault{Code: cause.CertMalformed, Depth: i, Vars: map[string]string{"reason": n.ParseError, "subject": n.Name(), "file": n.Certificate.File},
			Evidence: []Evidence{{Fact: n.at + ".parse_error", Got: n.ParseError}}}
		if n.Subject != "" {
			f.Title = "The certificate {subject} cannot be parsed: {reason}."
		}
		for i, d := range n.Departures {
			f.Evidence = append(f.Evidence, Evidence{Fact: fmt.Sprintf("%s.departures.%d", n.at, i), Got: d})
		}
		if kind := PublicKeyKind(n.der); unsupportedKind(kind) {
			f.Code, f.Vars["key"] = cause.CertKeyTypeUnsupported, kind
			f.Evidence[0].Got, f.Evidence[0].Want = kind, "RSA, ECDSA on P-256, P-384 or P-521, or Ed25519"
		}
		j.add(f)
	}
}

func Stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func dayOf(t time.Time) string { return t.UTC().Format("2 January 2006") }

// span puts a duration in words: "3 days", "5 hours", "12 minutes".
func span(d time.Duration) string {
	count := func(n int, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	switch {
	case d >= 48*time.Hour:
		return count(int(d/(24*time.Hour)), "day")
	case d >= 2*time.Hour:
		return count(int(d/time.Hour), "hour")
	case d >= 2*time.Minute:
		return count(int(d/time.Minute), "minute")
	}
	return count(int(d/time.Second), "second")
}

// signatureName names a signature algorithm, also one that crypto/x509 has no
// name for.
func signatureName(n *node) string {
	if n.x.SignatureAlgorithm != x509.UnknownSignatureAlgorithm {
		return n.Signature
	}
	c, err := der.ParseCertificate(n.der)
	if err != nil {
		return n.Signature
	}
	return signature.Name(c.SignatureAlgorithm)
}
