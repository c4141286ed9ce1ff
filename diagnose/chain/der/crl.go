package der

// RevocationList is a CRL. Source: RFC 5280 §5.1.
type RevocationList struct {
	Raw                []byte
	RawTBSCertList     []byte
	Signature          Algorithm // inside what is signed
	Issuer             Name
	ThisUpdate         Time
	NextUpdate         *Time
	Revoked            []Revoked
	Extensions         []Extension
	SignatureAlgorithm Algorithm
	SignatureValue     BitString
	Departures         []Departure
}

// Revoked is one entry of a list.
type Revoked struct {
	Serial     Integer
	Date       Time
	Extensions []Extension
}

// ParseRevocationList reads a CRL.
func ParseRevocationList(b []byte) (*RevocationList, error) {
	d := newDecoder(b, "CertificateList")
	outer := d.value(Universal, TagSequence, "CertificateList")
	l := &RevocationList{Raw: outer.Raw}
	s := d.into(outer, "CertificateList")
	tbs := s.value(Universal, TagSequence, "tbsCertList")
	l.RawTBSCertList = tbs.Raw
	s.into(tbs, "tbsCertList").tbsCertList(l)
	l.SignatureAlgorithm = s.algorithm("signatureAlgorithm")
	l.SignatureValue = s.bitString("signatureValue")
	s.end()
	if d.err != nil {
		return nil, d.err
	}
	l.Departures = d.departures
	return l, nil
}

func (d *decoder) tbsCertList(l *RevocationList) {
	if d.at(Universal, TagInteger) {
		d.integer("version")
	}
	l.Signature = d.algorithm("signature")
	l.Issuer = d.name("issuer")
	l.ThisUpdate = d.time("thisUpdate")
	if d.at(Universal, TagUTCTime) || d.at(Universal, TagGeneralizedTime) {
		t := d.time("nextUpdate")
		l.NextUpdate = &t
	}
	if d.at(Universal, TagSequence) {
		list := d.sequence("revokedCertificates")
		for list.more() {
			s := list.sequence("revokedCertificates")
			r := Revoked{Serial: s.integer("userCertificate"), Date: s.time("revocationDate")}
			if s.more() {
				r.Extensions = s.extensions("crlEntryExtensions")
			}
			s.end()
			l.Revoked = append(l.Revoked, r)
		}
	}
	if d.at(Context, 0) {
		e := d.into(d.any("crlExtensions"), "crlExtensions")
		l.Extensions = e.extensions("crlExtensions")
		e.end()
	}
	d.end()
}
