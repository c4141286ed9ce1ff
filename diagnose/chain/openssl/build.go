package openssl

import (
	"slices"

	"mutual/diagnose/chain/der"
)

// defaultDepth is how many CAs a path may have. Source: OpenSSL 3.0,
// default_table.
const defaultDepth = 100

type trust int

const (
	undecided trust = iota
	trusted
	rejected
)

// buildChain extends the path from the leaf to an anchor: looking among the
// anchors first, at each step, unless told otherwise, then among what was
// sent. Source: OpenSSL 3.0, build_chain.
func (j *judge) buildChain() bool {
	sent, inSent, inStore := slices.Clone(j.sent), true, !j.UntrustedFirst
	if len(sent) == 0 {
		inSent, inStore = false, true
	}
	alternate, mayAlternate, shorter := false, j.UntrustedFirst && inSent, 0
	limit := j.Depth
	if limit == 0 {
		limit = defaultDepth
	}
	limit++
	decided := undecided
	for inSent || inStore || alternate {
		if inStore {
			at := len(j.path)
			if alternate {
				at = shorter
			}
			last := j.path[at-1]
			var issuer *cert
			if len(j.path) <= limit {
				issuer = j.findIssuer(j.store, last, nil)
			}
			if issuer != nil {
				if !last.known() {
					return j.fail(0, Unspecified)
				}
				selfSigned := last.selfSigned
				if alternate {
					alternate = false
					j.path = j.path[:at]
					j.untrusted = at
				}
				num := len(j.path)
				switch {
				case !selfSigned:
					j.path = append(j.path, issuer)
					if !issuer.known() {
						return j.fail(0, Unspecified)
					}
					selfSigned = issuer.selfSigned
				case last.id == issuer.id:
					num--
					j.untrusted = num
					j.path[num] = issuer
				default: // an imitation of the anchor
					issuer = nil
				}
				if issuer != nil {
					inSent = false
					if decided = j.trustOf(num); decided != undecided {
						break
					}
					if !selfSigned {
						continue
					}
				}
			}
			if !inSent {
				if alternate {
					if shorter--; shorter > 0 {
						continue
					}
				}
				if !mayAlternate || alternate || j.untrusted < 2 {
					break
				}
				alternate, shorter = true, j.untrusted-1
			}
		}
		if inSent {
			last := j.path[len(j.path)-1]
			var issuer *cert
			if !last.isSelfSigned() && len(j.path) <= limit {
				issuer = j.findIssuer(sent, last, j.path)
			}
			if issuer == nil {
				inSent, inStore = false, true
				continue
			}
			sent = slices.DeleteFunc(sent, func(c *cert) bool { return c == issuer })
			j.path = append(j.path, issuer)
			j.untrusted++
		}
	}
	num := len(j.path)
	if decided == undecided && num <= limit && num == j.untrusted {
		decided = j.trustOf(num)
	}
	switch last := num - 1; {
	case decided == trusted:
		return true
	case decided == rejected:
		return false
	case num > limit:
		return j.fail(last, CertChainTooLong)
	case j.path[last].isSelfSigned() && num == 1:
		return j.fail(last, DepthZeroSelfSignedCert)
	case j.path[last].isSelfSigned():
		return j.fail(last, SelfSignedCertInChain)
	case j.untrusted < num:
		return j.fail(last, UnableToGetIssuerCert)
	default:
		return j.fail(last, UnableToGetIssuerCertLocally)
	}
}

// findIssuer is the first in date of those that can have issued the
// certificate, else the one that expires last. What is on the path already is
// passed over, unless the leaf issued itself. Source: OpenSSL 3.0,
// find_issuer and X509_STORE_CTX_get1_issuer.
func (j *judge) findIssuer(among []*cert, child *cert, path []*cert) *cert {
	var best *cert
	for _, c := range among {
		if !c.issued(child) || !(child.selfIssued && len(path) == 1) && contains(path, c) {
			continue
		}
		if j.inDate(c) {
			return c
		}
		if best == nil || later(c, best) {
			best = c
		}
	}
	return best
}

// trustOf asks whether the path's certificates from that position on make it
// trusted. Source: OpenSSL 3.0, check_trust.
func (j *judge) trustOf(from int) trust {
	for i, c := range j.path[from:] {
		switch j.settings(c, true) {
		case trusted:
			return trusted
		case rejected:
			j.fail(from+i, CertRejected)
			return rejected
		}
	}
	if j.untrusted < len(j.path) {
		if j.PartialChain {
			return trusted
		}
		return undecided
	}
	if !j.PartialChain {
		return undecided
	}
	i := slices.IndexFunc(j.store, func(c *cert) bool { return c.id == j.path[0].id })
	if i < 0 {
		return undecided
	}
	if j.settings(j.store[i], true) == rejected {
		j.fail(0, CertRejected)
		return rejected
	}
	j.path[0], j.untrusted = j.store[i], 0
	return trusted
}

// settings are the trust settings of an anchor for the purpose; without any, a
// self-signed one is trusted where that is allowed to count. Source: OpenSSL
// 3.0, X509_check_trust.
func (j *judge) settings(c *cert, selfSignedCounts bool) trust {
	wanted := der.AnyExtendedKeyUsage
	switch j.Purpose {
	case Server:
		wanted = der.ServerAuth
	case Client:
		wanted = der.ClientAuth
	}
	matches := func(o der.OID) bool {
		return o == wanted || o == der.AnyExtendedKeyUsage && wanted != der.AnyExtendedKeyUsage
	}
	if t := c.Trust; t != nil {
		switch {
		case slices.ContainsFunc(t.Rejected, matches):
			return rejected
		case t.Trusted != nil && slices.ContainsFunc(t.Trusted, matches):
			return trusted
		case t.Trusted != nil:
			return rejected
		}
	}
	if selfSignedCounts && c.selfSigned && !c.invalid {
		return trusted
	}
	return undecided
}
