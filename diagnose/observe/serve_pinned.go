package observe

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"

	"mutual/diagnose/chain"
)

// pinned are the roots whose clients come in by their profile only, whatever
// else stands beside them. The zero value pins nothing.
type pinned struct {
	roots []*x509.Certificate
	keys  []string // SHA-256 of each SPKI, base64
}

func (cfg *ServeConfig) pinned() pinned {
	p := pinned{roots: cfg.Anchors, keys: slices.Clone(cfg.PinnedKeys)}
	for _, c := range cfg.Anchors {
		p.keys = append(p.keys, spkiOf(c))
	}
	return p
}

// has reports whether it is a certificate of a pinned key, in whichever form:
// self-signed, signed again, or signed by another CA.
func (p pinned) has(c *x509.Certificate) bool { return slices.Contains(p.keys, spkiOf(c)) }

// own are those of a server's CAs of clients that do not rest on a pinned
// root: not one itself, and not issued under one.
func (p pinned) own(cas []*x509.Certificate) []*x509.Certificate {
	own := slices.Clone(cas)
	above := slices.Clone(p.roots)
	for {
		under := func(c *x509.Certificate) bool {
			return p.has(c) || slices.ContainsFunc(above, func(root *x509.Certificate) bool {
				return !c.Equal(root) && sameName(c.RawIssuer, root.RawSubject) && c.CheckSignatureFrom(root) == nil
			})
		}
		n := len(own)
		own = slices.DeleteFunc(own, func(c *x509.Certificate) bool {
			if !under(c) {
				return false
			}
			above = append(above, c)
			return true
		})
		if len(own) == n {
			return own
		}
	}
}

// OnPinned are those of the CAs that rest on a pinned root: by them comes in
// whom Admit lets in, and nobody else.
func (cfg *ServeConfig) OnPinned(cas []*x509.Certificate) []*x509.Certificate {
	own := cfg.pinned().own(cas)
	return slices.DeleteFunc(slices.Clone(cas), func(c *x509.Certificate) bool { return slices.ContainsFunc(own, c.Equal) })
}

// ownAnchor is the CA of the files by which the client would come in if no
// root were pinned beside it, by a path on which no pinned key stands; nil
// where there is none.
func (v *visitor) ownAnchor(sent []*x509.Certificate) *x509.Certificate {
	p := v.cfg.pinned()
	rest := slices.DeleteFunc(slices.Clone(sent), p.has)
	if len(rest) == 0 || rest[0] != sent[0] {
		return nil
	}
	chains, err := verifyClient(rest, v.pool, v.cfg.Now())
	if err != nil {
		return nil
	}
	return chains[0][len(chains[0])-1]
}

// sameName compares names as people read them: their encodings may differ.
func sameName(a, b []byte) bool {
	return string(a) == string(b) || strings.EqualFold(chain.DN(a), chain.DN(b))
}

func spkiOf(c *x509.Certificate) string {
	sum := sha256.Sum256(c.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}
