package diagnose

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/rand/v2"
	"testing"

	"mutual/diagnose/cause"
	"mutual/diagnose/chain"
)

// chooser picks a number from 0 to n-1.
type chooser func(n int) int

// randomQuestion builds a chain of random depth with random departures from a
// healthy one, shuffled, thinned out, and judged by random anchors.
func randomQuestion(t testing.TB, pick chooser) chain.Question {
	keys := []string{"root", "other", "int", "int2", "rsa1024", "ed25519"}
	odd := func(one int) bool { return pick(one) == 0 }
	depart := func(c *x509.Certificate) {
		for range pick(3) {
			switch pick(14) {
			case 0:
				expired(c)
			case 1:
				notYetValid(c)
			case 2:
				c.IsCA = !c.IsCA
			case 3:
				c.KeyUsage = x509.KeyUsage(pick(64))
			case 4:
				c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsage(pick(4))}
			case 5:
				c.MaxPathLen, c.MaxPathLenZero = pick(2), true
			case 6:
				c.PermittedDNSDomains = []string{[]string{"example", "other.example"}[pick(2)]}
			case 7:
				c.ExcludedDNSDomains = []string{[]string{"server.example", "other.example"}[pick(2)]}
			case 8:
				c.ExtraExtensions = []pkix.Extension{{Id: []int{1, 2, 3, 4 + pick(2)}, Critical: odd(2), Value: []byte{5, 0}}}
			case 9:
				c.ExtraExtensions = []pkix.Extension{{Id: []int{2, 5, 29, 36}, Critical: true, Value: []byte{0x30, 3, 0x80, 1, byte(pick(2))}}}
			case 10:
				c.DNSNames = []string{[]string{"*.example", "wrong.example", "server.example."}[pick(3)]}
			case 11:
				c.BasicConstraintsValid = false
			case 12:
				c.SubjectKeyId = []byte{byte(pick(2))}
			case 13:
				c.Subject.CommonName = []string{"CA 0", "CA 1", ""}[pick(3)]
			}
		}
		if c.IsCA && c.KeyUsage&x509.KeyUsageCertSign == 0 {
			c.MaxPathLen, c.MaxPathLenZero = 0, false // x509 refuses to write it
		}
		if !c.IsCA || !c.BasicConstraintsValid {
			c.MaxPathLen, c.MaxPathLenZero = 0, false
		}
	}
	var all []*entity
	var parent *entity
	for i := range 1 + pick(4) {
		c := template(fmt.Sprintf("CA %d", i))
		c.BasicConstraintsValid, c.IsCA, c.KeyUsage = true, true, x509.KeyUsageCertSign
		parent = certify(t, parent, testKeys()[keys[pick(len(keys))]], c, depart)
		all = append(all, parent)
		if odd(6) {
			parent = all[pick(len(all))]
		}
	}
	end := leaf(t, "server", parent, depart)
	if odd(10) {
		end = leaf(t, "server", nil, depart)
	}
	q := chain.Question{Path: "chains.server", Side: ServerSide, Now: testNow, Trust: trusting()}
	if odd(3) {
		q.Side = ClientSide
	}
	if !odd(4) {
		q.Name = "server.example"
	}
	damage := func(e *entity) *Certificate {
		if !odd(12) {
			return e.Certificate
		}
		der := bytes.Clone(e.DER())
		der[pick(len(der))] ^= 1 << pick(8)
		return chain.NewCertificate(der)
	}
	q.Sent = []*Certificate{damage(end)}
	for i := len(all) - 1; i >= 0; i-- {
		switch {
		case i == 0 && !odd(6):
			q.Trust.Anchors = append(q.Trust.Anchors, damage(all[0]))
		case odd(8):
			q.Known = append(q.Known, all[i].Certificate)
		case odd(10):
			q.Trust.Anchors = append(q.Trust.Anchors, all[i].Certificate)
		default:
			q.Sent = append(q.Sent, damage(all[i]))
		}
	}
	if odd(3) {
		rest := q.Sent[1:]
		for i := range rest {
			k := pick(len(rest))
			rest[i], rest[k] = rest[k], rest[i]
		}
	}
	q.Trust.Count = len(q.Trust.Anchors)
	return q
}

// Where chain.Judge trusts x509 accepts, and where x509 refuses chain.Judge has
// an error. Without the anchors, no verdict of trust is given at all.
func TestJudgeChainAgreesWithX509(t *testing.T) {
	trusted, generic := 0, 0
	const rounds = 400
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 1))
		q := randomQuestion(t, r.IntN)
		v := chain.Judge(q)
		agree(t, q, v)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		if v.Trusted {
			trusted++
		}
		if v.Has(cause.ChainUnverifiable) {
			generic++
			t.Logf("seed %d: %v, x509 says %v", seed, faultNames(v), refusalByX509(q))
		}
		if q.Sent[0].X509() != nil && refusalByX509(q) == nil && !v.Trusted {
			for _, f := range v.Faults {
				if f.Breaks() && !stricterThanX509(f.Code) {
					t.Errorf("seed %d: chain.Judge(...) = %v, want no %s: x509 accepts", seed, faultNames(v), f.Code)
				}
			}
		}
		q.Trust = nil
		if v := chain.Judge(q); v.Trusted {
			t.Errorf("seed %d: chain.Judge(anchors unknown).Trusted = true, want false", seed)
		}
	}
	if trusted < rounds/20 || trusted > rounds*19/20 {
		t.Errorf("%d of %d random chains are trusted, want a mixture", trusted, rounds)
	}
	if generic > rounds/50 {
		t.Errorf("%d of %d random chains have no named cause, want hardly any", generic, rounds)
	}
}

// stricterThanX509 are the causes for which others refuse what x509 accepts.
func stricterThanX509(code Code) bool {
	switch code {
	case cause.ServerEKUMissingServerAuth, cause.ClientEKUMissingClientAuth, // anyExtendedKeyUsage
		cause.ServerKeyUsageIncompatible, cause.ClientKeyUsageIncompatible, cause.CertMalformed, cause.CertKeyTypeUnsupported, cause.CertKeyTooWeak:
		return true
	}
	return false
}

func FuzzJudgeChain(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
	f.Add(bytes.Repeat([]byte{7, 1, 11, 3}, 20))
	f.Fuzz(func(t *testing.T, data []byte) {
		i := 0
		q := randomQuestion(t, func(n int) int {
			if i >= len(data) {
				return n - 1
			}
			i++
			return int(data[i-1]) % n
		})
		agree(t, q, chain.Judge(q))
	})
}

// FuzzCertificate judges bytes that any peer may send for a certificate.
func FuzzCertificate(f *testing.F) {
	root := ca(f, "Corp Root", nil, "root")
	f.Add(root.DER())
	f.Add(leaf(f, "server", root).DER())
	f.Fuzz(func(t *testing.T, der []byte) {
		q := chain.Question{Path: "chains.server", Side: ServerSide, Sent: []*Certificate{chain.NewCertificate(der), root.Certificate}, Trust: trusting(root), Now: testNow, Name: "server.example"}
		agree(t, q, chain.Judge(q))
	})
}
