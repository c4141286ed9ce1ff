package observe

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"
	"time"
)

// subjectAltName is the extension of RFC 5280 §4.2.1.6.
var subjectAltName = asn1.ObjectIdentifier{2, 5, 29, 17}

// template is a sound certificate in all names of the good identity, so that
// nothing but the fault that a case adds tells it from that.
func (a *auditor) template() *x509.Certificate {
	now := time.Now()
	t := &x509.Certificate{
		SerialNumber: randomSerial(), RawSubject: a.leaf.RawSubject,
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, Policies: a.leaf.Policies,
	}
	if i := slices.IndexFunc(a.leaf.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(subjectAltName) }); i >= 0 {
		t.ExtraExtensions = []pkix.Extension{a.leaf.Extensions[i]}
	}
	return t
}

// caTemplate is a sound intermediate CA of that name.
func caTemplate(name string, pathLen int) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: randomSerial(), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		BasicConstraintsValid: true, IsCA: true, MaxPathLen: pathLen, MaxPathLenZero: pathLen == 0, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

func randomSerial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b) // never fails
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b)
}

func throwAwayKey() crypto.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err) // crypto/rand never fails
	}
	return key
}

// issuer is a certificate that signs others, and what stands behind it in a
// chain.
type issuer struct {
	cert  *x509.Certificate
	key   crypto.Signer
	chain [][]byte // its own certificate first; empty where it is a root
}

// userCA is the user's CA as an issuer.
func (a *auditor) userCA() issuer {
	ca := issuer{cert: a.cfg.CA, key: a.cfg.CAKey}
	if string(ca.cert.RawSubject) == string(ca.cert.RawIssuer) {
		return ca
	}
	ca.chain = [][]byte{ca.cert.Raw}
	for _, der := range a.rest {
		if string(der) != string(ca.cert.Raw) {
			ca.chain = append(ca.chain, der)
		}
	}
	return ca
}

// sign makes a certificate by the template with the key.
func (by issuer) sign(t *x509.Certificate, key crypto.Signer) (tls.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, t, by.cert, key.Public(), by.key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return by.wrap(der, key), nil
}

func (by issuer) wrap(der []byte, key crypto.Signer) tls.Certificate {
	return tls.Certificate{Certificate: append([][]byte{der}, by.chain...), PrivateKey: key}
}

// subCA makes an intermediate CA below this one.
func (by issuer) subCA(t *x509.Certificate) (issuer, error) {
	key := throwAwayKey()
	made, err := by.sign(t, key)
	if err != nil {
		return issuer{}, err
	}
	cert, err := x509.ParseCertificate(made.Certificate[0])
	return issuer{cert: cert, key: key, chain: made.Certificate}, err
}

// selfSigned makes a certificate that is its own issuer.
func selfSigned(t *x509.Certificate, key crypto.Signer) (tls.Certificate, error) {
	return issuer{cert: t, key: key}.sign(t, key)
}

// tbsCertificate is TBSCertificate of RFC 5280 §4.1 as far as it is rewritten.
type tbsCertificate struct {
	Raw        asn1.RawContent
	Version    int `asn1:"optional,explicit,default:0,tag:0"`
	Serial     *big.Int
	Algorithm  pkix.AlgorithmIdentifier
	Issuer     asn1.RawValue
	Validity   asn1.RawValue
	Subject    asn1.RawValue
	PublicKey  asn1.RawValue
	Extensions asn1.RawValue `asn1:"optional,explicit,tag:3"`
}

// signSHA1 makes a certificate that is signed with SHA-1, which crypto/x509 no
// longer does.
func (by issuer) signSHA1(t *x509.Certificate, key crypto.Signer) (tls.Certificate, error) {
	made, err := by.sign(t, key)
	if err != nil {
		return made, err
	}
	var cert struct {
		TBS       tbsCertificate
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(made.Certificate[0], &cert); err != nil {
		return made, err
	}
	var algorithm pkix.AlgorithmIdentifier
	switch by.key.Public().(type) {
	case *rsa.PublicKey: // sha1WithRSAEncryption, RFC 8017 §A.2.4
		algorithm = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 5}, Parameters: asn1.NullRawValue}
	case *ecdsa.PublicKey: // ecdsa-with-SHA1, RFC 3279 §2.2.3
		algorithm = pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 1}}
	default:
		return made, errors.New("the CA's key is of a kind that makes no SHA-1 signatures")
	}
	cert.TBS.Raw, cert.TBS.Algorithm, cert.Algorithm = nil, algorithm, algorithm
	tbs, err := asn1.Marshal(cert.TBS)
	if err != nil {
		return made, err
	}
	sum := sha1.Sum(tbs)
	signature, err := by.key.Sign(rand.Reader, sum[:], crypto.SHA1)
	if err != nil {
		return made, err
	}
	cert.TBS.Raw, cert.Signature = tbs, asn1.BitString{Bytes: signature, BitLength: len(signature) * 8}
	der, err := asn1.Marshal(cert)
	if err != nil {
		return made, err
	}
	return by.wrap(der, key), nil
}

// SelfSigned makes a throw-away client certificate of that name, which no
// server should accept, with a key that is kept in memory only.
func SelfSigned(name string) tls.Certificate {
	now := time.Now()
	cert, err := selfSigned(&x509.Certificate{
		SerialNumber: randomSerial(), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, throwAwayKey())
	if err != nil {
		panic(err) // a fixed template and a fresh key
	}
	return cert
}
