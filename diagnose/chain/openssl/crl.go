package openssl

import (
	"bytes"
	"slices"
	"time"

	"mutual/diagnose/chain/der"
	"mutual/diagnose/chain/signature"
)

// list is a CRL with what OpenSSL derives from its extensions. Source: OpenSSL
// 3.0, crl_cb.
type list struct {
	*der.RevocationList
	scope           *der.ListScope
	relative        *der.Name // the scope's name completed
	contradictory   bool      // the scope allows nothing
	reasons         uint16
	authorityKey    *der.AuthorityKey
	number, base    *der.Integer
	freshest        bool
	unknownCritical bool
	entries         []entry
}

// entry is one revoked certificate.
type entry struct {
	serial der.Integer
	issuer []der.GeneralName // nil: the list's own
	remove bool              // reason removeFromCRL
}

const removeFromCRL = 8

func newList(x *der.RevocationList) *list {
	l := &list{RevocationList: x, reasons: allReasons}
	l.scope, _ = extension(x.Extensions, der.IssuingDistributionPoint, der.ParseListScope)
	if s := l.scope; s != nil {
		only := 0
		for _, flag := range []bool{s.OnlyUser, s.OnlyCA, s.OnlyAttribute} {
			if flag {
				only++
			}
		}
		l.contradictory = only > 1
		if s.OnlySomeReasons != nil {
			l.reasons = *s.OnlySomeReasons & allReasons
		}
		if s.Name != nil && !s.Name.IsFull {
			full := der.Under(x.Issuer, s.Name.Relative)
			l.relative = &full
		}
	}
	l.authorityKey, _ = extension(x.Extensions, der.AuthorityKeyIdentifier, der.ParseAuthorityKey)
	l.number, _ = extension(x.Extensions, der.CRLNumber, der.ParseInteger)
	l.base, _ = extension(x.Extensions, der.DeltaCRLIndicator, der.ParseInteger)
	for _, e := range x.Extensions {
		l.freshest = l.freshest || e.OID == der.FreshestCRL
		if e.Critical && !slices.Contains([]der.OID{der.IssuingDistributionPoint, der.AuthorityKeyIdentifier, der.DeltaCRLIndicator}, e.OID) {
			l.unknownCritical = true
			break
		}
	}
	l.readEntries()
	return l
}

// readEntries stops at an entry whose extensions are malformed: those after it
// then have neither issuer nor reason. Source: OpenSSL 3.0, crl_set_issuers.
func (l *list) readEntries() {
	var issuer []der.GeneralName
	readable := true
	for _, r := range l.Revoked {
		e := entry{serial: r.Serial}
		if readable {
			names, badIssuer := extension(r.Extensions, der.CertificateIssuer, der.ParseGeneralNames)
			if names != nil {
				issuer = *names
			}
			reason, badReason := extension(r.Extensions, der.ReasonCode, der.ParseEnumerated)
			if readable = !badIssuer && !badReason; readable {
				e.issuer = issuer
				e.remove = reason != nil && reason.Small() == removeFromCRL
				l.unknownCritical = l.unknownCritical || slices.ContainsFunc(r.Extensions, func(x der.Extension) bool {
					return x.Critical && x.OID != der.CertificateIssuer
				})
			}
		}
		l.entries = append(l.entries, e)
	}
}

// find is the entry for a certificate, or nil. Source: OpenSSL 3.0,
// def_crl_lookup.
func (l *list) find(c *cert) *entry {
	for i, e := range l.entries {
		if !e.serial.Equal(c.Serial) {
			continue
		}
		if e.issuer == nil && l.Issuer.Equal(c.Issuer) || slices.ContainsFunc(e.issuer, func(g der.GeneralName) bool {
			return g.Form == der.DirectoryName && g.Name.Equal(c.Issuer)
		}) {
			return &l.entries[i]
		}
	}
	return nil
}

// What speaks for a list, weightiest first. Source: OpenSSL 3.0, CRL_SCORE_*.
const (
	scoreNoCritical = 0x100
	scoreScope      = 0x080
	scoreTime       = 0x040
	scoreIssuerName = 0x020
	scoreIssuerCert = 0x018
	scoreSamePath   = 0x008
	scoreAuthority  = 0x004
	scoreTimeDelta  = 0x002
	scoreValid      = scoreNoCritical | scoreTime | scoreScope
)

// chosen is the list that was found for a certificate.
type chosen struct {
	list, delta *list
	issuer      *cert
	score       int
	reasons     uint16
}

// checkRevocation asks the lists about the leaf, or about every certificate of
// the path.
func (j *judge) checkRevocation() bool {
	if !j.CheckCRL {
		return true
	}
	last := 0
	switch {
	case j.CheckAllCRLs:
		last = len(j.path) - 1
	case j.crlPath:
		return true
	}
	for depth := 0; depth <= last; depth++ {
		if !j.checkRevoked(depth) {
			return false
		}
	}
	return true
}

// checkRevoked asks lists until every reason is covered. Source: OpenSSL 3.0,
// check_cert.
func (j *judge) checkRevoked(depth int) bool {
	c := j.path[depth]
	if c.proxy {
		return true
	}
	var reasons uint16
	for reasons != allReasons {
		f := j.choose(depth, reasons)
		if f.list == nil {
			return j.fail(depth, UnableToGetCRL)
		}
		if !j.checkList(depth, f, f.list) {
			return false
		}
		removed := false
		if f.delta != nil {
			if !j.checkList(depth, f, f.delta) {
				return false
			}
			ok := true
			if removed, ok = j.listed(depth, f.delta); !ok {
				return false
			}
		}
		if !removed {
			if _, ok := j.listed(depth, f.list); !ok {
				return false
			}
		}
		if f.reasons == reasons {
			return j.fail(depth, UnableToGetCRL)
		}
		reasons = f.reasons
	}
	return true
}

// listed stops at a certificate that is in the list; removed reports that the
// list takes it off another one. Source: OpenSSL 3.0, cert_crl.
func (j *judge) listed(depth int, l *list) (removed, ok bool) {
	if l.unknownCritical {
		return false, j.fail(depth, UnhandledCriticalCRLExtension)
	}
	switch e := l.find(j.path[depth]); {
	case e == nil:
		return false, true
	case e.remove:
		return true, true
	}
	return false, j.fail(depth, CertRevoked)
}

// choose takes the list with the best score, the newer among equals. Source:
// OpenSSL 3.0, get_crl_sk.
func (j *judge) choose(depth int, reasons uint16) chosen {
	best := chosen{reasons: reasons}
	for _, l := range j.lists {
		f := j.scored(depth, l, reasons)
		if f.score < best.score || f.score == 0 {
			continue
		}
		if f.score == best.score && best.list != nil && !newer(l, best.list) {
			continue
		}
		best = f
	}
	if best.list != nil && j.UseDeltas && (j.path[depth].freshest || best.list.freshest) {
		i := slices.IndexFunc(j.lists, func(l *list) bool { return l.updates(best.list) })
		if i >= 0 {
			best.delta = j.lists[i]
			if j.listInDate(best.delta, best.score) == OK {
				best.score |= scoreTimeDelta
			}
		}
	}
	return best
}

func newer(a, b *list) bool {
	x, okx := a.ThisUpdate.Value()
	y, oky := b.ThisUpdate.Value()
	return okx && oky && x.After(y)
}

// updates reports a delta for that list. Source: OpenSSL 3.0,
// check_delta_base.
func (l *list) updates(base *list) bool {
	return l.base != nil && base.number != nil && l.Issuer.Equal(base.Issuer) &&
		l.sameExtension(base, der.AuthorityKeyIdentifier) && l.sameExtension(base, der.IssuingDistributionPoint) &&
		l.base.Cmp(*base.number) <= 0 && l.number != nil && l.number.Cmp(*base.number) > 0
}

func (l *list) sameExtension(o *list, name der.OID) bool {
	only := func(list []der.Extension) ([]byte, int) {
		var value []byte
		n := 0
		for _, e := range list {
			if e.OID == name {
				value, n = e.Value, n+1
			}
		}
		return value, n
	}
	a, n := only(l.Extensions)
	b, m := only(o.Extensions)
	return n == m && n < 2 && bytes.Equal(a, b)
}

// scored says how suitable a list is for a certificate; the score is 0 for one
// that is not. Source: OpenSSL 3.0, get_crl_score.
func (j *judge) scored(depth int, l *list, reasons uint16) chosen {
	c, none := j.path[depth], chosen{}
	indirect := l.scope != nil && l.scope.Indirect
	someReasons := l.scope != nil && l.scope.OnlySomeReasons != nil
	switch {
	case l.contradictory, l.base != nil:
		return none
	case !j.ExtendedCRL && (indirect || someReasons):
		return none
	case j.ExtendedCRL && someReasons && l.reasons&^reasons == 0:
		return none
	}
	f := chosen{list: l, reasons: reasons}
	if l.Issuer.Equal(c.Issuer) {
		f.score |= scoreIssuerName
	} else if !indirect {
		return none
	}
	if !l.unknownCritical {
		f.score |= scoreNoCritical
	}
	if j.listInDate(l, 0) == OK {
		f.score |= scoreTime
	}
	j.findListIssuer(depth, &f)
	if f.score&scoreAuthority == 0 {
		return none
	}
	if covered, ok := l.covers(c, f.score); ok {
		if covered&^reasons == 0 {
			return none
		}
		f.reasons |= covered
		f.score |= scoreScope
	}
	return f
}

// findListIssuer looks for the certificate that signed a list: the
// certificate's own issuer, one further up the path, or with extended support
// any of those sent. Source: OpenSSL 3.0, crl_akid_check.
func (j *judge) findListIssuer(depth int, f *chosen) {
	at := min(depth+1, len(j.path)-1)
	if issuer := j.path[at]; issuer.fitsAuthorityKey(f.list.authorityKey) && f.score&scoreIssuerName != 0 {
		f.score |= scoreAuthority | scoreIssuerCert
		f.issuer = issuer
		return
	}
	for _, c := range j.path[at+1:] {
		if c.Subject.Equal(f.list.Issuer) && c.fitsAuthorityKey(f.list.authorityKey) {
			f.score |= scoreAuthority | scoreSamePath
			f.issuer = c
			return
		}
	}
	if !j.ExtendedCRL {
		return
	}
	for _, c := range j.sent {
		if c.Subject.Equal(f.list.Issuer) && c.fitsAuthorityKey(f.list.authorityKey) {
			f.score |= scoreAuthority
			f.issuer = c
			return
		}
	}
}

// covers reports whether the certificate is in the list's scope, and for which
// reasons. Source: OpenSSL 3.0, crl_crldp_check.
func (l *list) covers(c *cert, score int) (reasons uint16, ok bool) {
	if s := l.scope; s != nil && (s.OnlyAttribute || c.ca && s.OnlyUser || !c.ca && s.OnlyCA) {
		return 0, false
	}
	for _, p := range c.points {
		if l.issuerNamed(p, score) && (l.scope == nil || l.pointNamed(p)) {
			return l.reasons & p.reasons, true
		}
	}
	return l.reasons, (l.scope == nil || l.scope.Name == nil) && score&scoreIssuerName != 0
}

func (l *list) issuerNamed(p point, score int) bool {
	if p.CRLIssuer == nil {
		return score&scoreIssuerName != 0
	}
	return slices.ContainsFunc(p.CRLIssuer, func(g der.GeneralName) bool {
		return g.Form == der.DirectoryName && g.Name.Equal(l.Issuer)
	})
}

// pointNamed reports whether a distribution point's name and the list's meet.
// Source: OpenSSL 3.0, idp_check_dp.
func (l *list) pointNamed(p point) bool {
	a, b := p.Name, l.scope.Name
	if a == nil || b == nil {
		return true
	}
	among := func(name *der.Name, names []der.GeneralName) bool {
		return slices.ContainsFunc(names, func(g der.GeneralName) bool {
			return g.Form == der.DirectoryName && g.Name.Equal(*name)
		})
	}
	switch {
	case p.relative != nil && l.relative != nil:
		return p.relative.Equal(*l.relative)
	case p.relative != nil:
		return among(p.relative, b.Full)
	case l.relative != nil:
		return among(l.relative, a.Full)
	}
	return slices.ContainsFunc(a.Full, func(x der.GeneralName) bool {
		return slices.ContainsFunc(b.Full, x.Equal)
	})
}

// listInDate holds a list's dates against the time. The end of a base list
// does not count where a delta is in date. Source: OpenSSL 3.0,
// check_crl_time.
func (j *judge) listInDate(l *list, score int) Code {
	if j.IgnoreTime {
		return OK
	}
	return l.inDate(j.Now, score&scoreTimeDelta != 0)
}

func (l *list) inDate(now time.Time, delta bool) Code {
	switch compare(l.ThisUpdate, now) {
	case malformed:
		return ErrorInCRLLastUpdateField
	case after:
		return CRLNotYetValid
	}
	if l.NextUpdate == nil {
		return OK
	}
	switch r := compare(*l.NextUpdate, now); {
	case r == malformed:
		return ErrorInCRLNextUpdateField
	case r == before && !delta:
		return CRLHasExpired
	}
	return OK
}

// checkList asks whether a list may be believed. Source: OpenSSL 3.0,
// check_crl.
func (j *judge) checkList(depth int, f chosen, l *list) bool {
	issuer := f.issuer
	if issuer == nil {
		return true
	}
	if l.base == nil {
		switch {
		case issuer.lacks(cRLSign):
			return j.fail(depth, KeyusageNoCRLSign)
		case f.score&scoreScope == 0:
			return j.fail(depth, DifferentCRLScope)
		case f.score&scoreSamePath == 0 && !j.checkListPath(issuer):
			return j.fail(depth, CRLPathValidationError)
		}
	}
	if f.score&scoreTime == 0 {
		if code := j.listInDate(l, f.score); code != OK {
			return j.fail(depth, code)
		}
	}
	switch {
	case issuer.key == nil:
		return j.fail(depth, UnableToDecodeIssuerPublicKey)
	case !l.SignatureAlgorithm.Equal(l.Signature),
		issuer.key.Verify(l.SignatureAlgorithm, l.RawTBSCertList, l.SignatureValue) == signature.Wrong:
		return j.fail(depth, CRLSignatureFailure)
	}
	return true
}

// checkListPath verifies a list's issuer that is not on the path: its own path
// has to end in the same anchor. Source: OpenSSL 3.0, check_crl_path.
func (j *judge) checkListPath(issuer *cert) bool {
	if j.crlPath {
		return false
	}
	inner := &judge{Question: j.Question, sent: j.sent, store: j.store, lists: j.lists, crlPath: true, budget: j.budget}
	v := inner.verify(issuer)
	if !v.OK() {
		j.fail(v.Depth, v.Code)
		return false
	}
	return inner.path[len(inner.path)-1].id == j.path[len(j.path)-1].id
}
