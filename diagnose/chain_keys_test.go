package diagnose

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"strings"
	"testing"

	"mutual/diagnose/chain"
)

// rawCertificate is a certificate as its signature sees it.
type rawCertificate struct {
	TBS       asn1.RawValue
	Algorithm pkix.AlgorithmIdentifier
	Signature asn1.BitString
}

// resign replaces algorithm, key and signature of a certificate, to make those
// that crypto/x509 refuses to.
func resign(t *testing.T, e *entity, sign func(tbs []byte) []byte, replace map[string]string) *entity {
	t.Helper()
	var raw rawCertificate
	if _, err := asn1.Unmarshal(e.DER(), &raw); err != nil {
		t.Fatal(err)
	}
	tbs := raw.TBS.FullBytes
	for old, new := range replace {
		if len(old) != len(new) || !bytes.Contains(tbs, []byte(old)) {
			t.Fatalf("resign: %x does not stand in the certificate, or its replacement is longer", old)
		}
		tbs = bytes.ReplaceAll(tbs, []byte(old), []byte(new))
		algorithm := bytes.ReplaceAll(mustMarshal(t, raw.Algorithm), []byte(old), []byte(new))
		if _, err := asn1.Unmarshal(algorithm, &raw.Algorithm); err != nil {
			t.Fatal(err)
		}
	}
	sig := raw.Signature.Bytes
	if sign != nil {
		sig = sign(tbs)
	}
	der := mustMarshal(t, rawCertificate{asn1.RawValue{FullBytes: tbs}, raw.Algorithm, asn1.BitString{Bytes: sig, BitLength: 8 * len(sig)}})
	return &entity{chain.NewCertificate(der), e.key}
}

func mustMarshal(t *testing.T, v any) []byte {
	t.Helper()
	der, err := asn1.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func oid(t *testing.T, ids ...int) string {
	return string(mustMarshal(t, asn1.ObjectIdentifier(ids)))
}

func TestWeakAndUnsupportedKeys(t *testing.T) {
	root := certify(t, nil, testKeys()["rsa2048"], &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "RSA Root"}, NotBefore: testNow.AddDate(-1, 0, 0),
		NotAfter: testNow.AddDate(1, 0, 0), BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign})
	other := ca(t, "Stranger CA", nil, "other")
	good := leaf(t, "server", root)
	rsaSHA1 := func(tbs []byte) []byte {
		sum := sha1.Sum(tbs)
		sig, err := rsa.SignPKCS1v15(rand.Reader, root.key.(*rsa.PrivateKey), crypto.SHA1, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return sig
	}
	sha256, sha1OID, md5 := oid(t, 1, 2, 840, 113549, 1, 1, 11), oid(t, 1, 2, 840, 113549, 1, 1, 5), oid(t, 1, 2, 840, 113549, 1, 1, 4)
	weak := resign(t, good, rsaSHA1, map[string]string{sha256: sha1OID})
	forged := resign(t, good, nil, map[string]string{sha256: sha1OID})
	md5Other := resign(t, good, nil, map[string]string{sha256: md5})
	p256 := oid(t, 1, 2, 840, 10045, 3, 1, 7)
	unknownCurve := resign(t, good, nil, map[string]string{p256: p256[:len(p256)-1] + "\x06"})
	pss := resign(t, certify(t, root, testKeys()["rsa2048"], template("server"), named("server.example")), nil,
		map[string]string{oid(t, 1, 2, 840, 113549, 1, 1, 1): oid(t, 1, 2, 840, 113549, 1, 1, 10)})
	ed448 := resign(t, certify(t, root, testKeys()["ed25519"], template("server"), named("server.example")), nil,
		map[string]string{oid(t, 1, 3, 101, 112): oid(t, 1, 3, 101, 113)})
	p224key, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	damaged := &entity{chain.NewCertificate(good.DER()[:len(good.DER())-40]), nil}
	badMiddle := bytes.Clone(good.DER())
	badMiddle[30] = 0xff
	for _, c := range []struct {
		name  string
		sent  []*Certificate
		trust *Trust
		want  string
	}{
		{"SHA-1, rightly signed", list(weak), trusting(root), "cert-signature-algorithm-weak@0"},
		{"SHA-1, rightly signed, CA unknown", list(weak, root), trusting(other), "cert-signature-algorithm-weak@0 chain-includes-root@1 server-ca-untrusted@1"},
		{"SHA-1, wrongly signed", list(forged), trusting(root), "cert-signature-algorithm-weak@0 cert-signature-invalid@0"},
		{"MD5, wrongly signed", list(md5Other), trusting(root), "cert-signature-algorithm-weak@0 cert-signature-invalid@0"},
		{"unknown curve", list(unknownCurve), trusting(root), "cert-key-type-unsupported@0"},
		{"PSS key", list(pss), trusting(root), "cert-key-type-unsupported@0 cert-signature-invalid@0"},
		{"Ed448 key", list(ed448), trusting(root), "cert-key-type-unsupported@0 cert-signature-invalid@0"},
		{"P-224", list(certify(t, root, p224key, template("server"), named("server.example"))), trusting(root), "cert-key-too-weak@0"},
		{"cut off", list(damaged), trusting(root), "cert-malformed@0"},
		{"damaged", []*Certificate{chain.NewCertificate(badMiddle)}, trusting(root), "cert-malformed@0"},
		{"no bytes", []*Certificate{chain.NewCertificate(nil)}, trusting(root), "cert-malformed@0"},
		{"damaged certificate behind", list(good, damaged), trusting(root), "cert-malformed@1"},
		{"Ed25519", list(certify(t, root, testKeys()["ed25519"], template("server"), named("server.example"))), trusting(root), ""},
	} {
		q := chain.Question{Path: "chains.server", Side: ServerSide, Sent: c.sent, Trust: c.trust, Now: testNow, Name: "server.example"}
		v := chain.Judge(q)
		got := faultNames(v)
		slices.Sort(got)
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("chain.Judge(%s) = %s, want %s", c.name, s, c.want)
		}
		agree(t, q, v)
		resolveAll(t, Examine(chainCase{sent: c.sent, trust: c.trust}.facts()))
	}
}

func TestPublicKeyKind(t *testing.T) {
	root := ca(t, "Corp Root", nil, "root")
	for _, c := range []struct{ key, want string }{{"leaf", "ECDSA P-256"}, {"rsa2048", "RSA"}, {"ed25519", "Ed25519"}} {
		e := certify(t, root, testKeys()[c.key], template("x"))
		if got := chain.PublicKeyKind(e.DER()); got != c.want {
			t.Errorf("chain.PublicKeyKind(%s) = %q, want %q", c.key, got, c.want)
		}
	}
	if got := chain.PublicKeyKind([]byte("junk")); got != "" {
		t.Errorf("chain.PublicKeyKind(junk) = %q, want none", got)
	}
}
