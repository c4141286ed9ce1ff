package der

// Request is a certificate request. Source: RFC 2986 §4.2.
type Request struct {
	Raw                []byte
	RawInfo            []byte // what is signed
	Subject            Name
	Key                PublicKey
	SignatureAlgorithm Algorithm
	SignatureValue     BitString
	Departures         []Departure
}

// ParseRequest reads a certificate request. Its attributes are not looked at.
func ParseRequest(b []byte) (*Request, error) {
	d := newDecoder(b, "CertificationRequest")
	outer := d.value(Universal, TagSequence, "CertificationRequest")
	r := &Request{Raw: outer.Raw}
	s := d.into(outer, "CertificationRequest")
	info := s.value(Universal, TagSequence, "certificationRequestInfo")
	r.RawInfo = info.Raw
	i := s.into(info, "certificationRequestInfo")
	i.integer("version")
	r.Subject = i.name("subject")
	r.Key = i.publicKey()
	r.SignatureAlgorithm = s.algorithm("signatureAlgorithm")
	r.SignatureValue = s.bitString("signature")
	s.end()
	if d.err != nil {
		return nil, d.err
	}
	r.Departures = d.departures
	return r, nil
}
