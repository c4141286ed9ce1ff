package chaintest

import (
	"bytes"
	"slices"
)

// Departure is one point in which a world departs from a healthy one.
type Departure struct {
	Name string
	Make func(w *World)
	// Slow marks those that need keys of the openssl program, or long chains.
	Slow bool
}

// Departures are all of them.
func Departures() []Departure {
	return slices.Concat(links(), names(), constraintsOfCAs(), usages(), versions(), nameConstraints(), extensions(),
		times(), signatures(), keys(), encodings(), trust(), lists(), hosts())
}

func row(name string, change func(w *World)) Departure { return Departure{Name: name, Make: change} }

func slow(name string, change func(w *World)) Departure {
	return Departure{Name: name, Make: change, Slow: true}
}

// sign makes CA and what is below it as if the CA had that key.
func (w *World) rekey(c *Cert, kind string) { c.Key = w.Keys.Get(kind, "rekeyed") }

func aki(parts ...[]byte) []byte { return Seq(parts...) }
func akiKey(label string) []byte { return TLV(0x80, keyID(label)) }
func akiIssuer(n []byte) []byte  { return TLV(0xa1, Dir(n)) }
func akiSerial(s []byte) []byte  { return append([]byte{0x82}, s[1:]...) }
func noIDs(certs ...*Cert) {
	for _, c := range certs {
		c.Del(SKI, AKI)
	}
}

func links() []Departure {
	return []Departure{
		row("healthy", func(*World) {}),
		row("no-intermediate-needed", func(w *World) { w.Leaf = w.End("www.example.com", w.Root); w.Sent = nil }),
		row("aki-keyid-mismatch-leaf", func(w *World) { w.Leaf.Set(AKI, false, aki(akiKey("x"))) }),
		row("aki-keyid-mismatch-int", func(w *World) { w.Int.Set(AKI, false, aki(akiKey("x"))) }),
		row("aki-serial-mismatch-leaf", func(w *World) {
			w.Leaf.Set(AKI, false, aki(akiKey("Intermediate"), akiIssuer(w.Root.Subject), akiSerial(Int(77))))
		}),
		row("aki-serial-fits", func(w *World) {
			w.Leaf.Set(AKI, false, aki(akiKey("Intermediate"), akiIssuer(w.Root.Subject), akiSerial(w.Int.Serial)))
		}),
		row("aki-serial-mismatch-no-keyid", func(w *World) {
			w.Leaf.Set(AKI, false, aki(akiIssuer(w.Root.Subject), akiSerial(Int(77))))
		}),
		row("aki-issuer-is-subject", func(w *World) {
			w.Leaf.Set(AKI, false, aki(akiIssuer(w.Int.Subject), akiSerial(w.Int.Serial)))
		}),
		row("aki-serial-mismatch-int", func(w *World) {
			w.Int.Set(AKI, false, aki(akiKey("Root"), akiIssuer(w.Root.Subject), akiSerial(Int(77))))
		}),
		row("aki-absent-leaf", func(w *World) { w.Leaf.Del(AKI) }),
		row("aki-empty-leaf", func(w *World) { w.Leaf.Set(AKI, false, aki()) }),
		row("aki-malformed-leaf", func(w *World) { w.Leaf.Set(AKI, false, Int(1)) }),
		row("aki-critical-leaf", func(w *World) { w.Leaf.Critical(AKI, true) }),
		row("keyids-absent", func(w *World) { noIDs(w.Root, w.Int, w.Leaf) }),
		row("ski-absent-int", func(w *World) { w.Int.Del(SKI) }),
		row("ski-absent-leaf", func(w *World) { w.Leaf.Del(SKI) }),
		row("ski-absent-root", func(w *World) { w.Root.Del(SKI) }),
		row("ski-critical-int", func(w *World) { w.Int.Critical(SKI, true) }),
		row("aki-root-mismatch", func(w *World) { w.Root.Add(AKI, false, aki(akiKey("x"))) }),
		row("aki-root", func(w *World) { w.Root.Add(AKI, false, aki(akiKey("Root"))) }),
		row("aki-root-serial", func(w *World) {
			w.Root.Add(AKI, false, aki(akiKey("Root"), akiIssuer(w.Root.Subject), akiSerial(Int(9))))
		}),
		row("ski-empty-int", func(w *World) { w.Int.Set(SKI, false, TLV(4)) }),
		row("ski-random-long", func(w *World) {
			w.Int.Set(SKI, false, TLV(4, bytes.Repeat([]byte{7}, 33)))
			w.Leaf.Set(AKI, false, aki(TLV(0x80, bytes.Repeat([]byte{7}, 33))))
		}),
		row("leaf-named-as-root-no-ids", func(w *World) {
			w.Leaf = w.End("www.example.com", w.Root)
			w.Leaf.Subject = w.Root.Subject
			noIDs(w.Leaf)
		}),
		row("leaf-named-as-int-no-ids", func(w *World) { w.Leaf.Subject = w.Int.Subject; noIDs(w.Leaf) }),
		row("leaf-named-as-int-ids", func(w *World) { w.Leaf.Subject = w.Int.Subject }),
		row("int-named-as-root-ids", func(w *World) { w.Int.Subject = w.Root.Subject }),
		row("int-named-as-root-no-ids", func(w *World) { w.Int.Subject = w.Root.Subject; noIDs(w.Int) }),
		row("issuer-name-wrong", func(w *World) { w.Leaf.Issuer = Named("Nobody") }),
		row("rekeyed-int", func(w *World) {
			sent := w.Int.Copy()
			sent.Key = w.Keys.Get("p256", "another")
			noIDs(sent, w.Leaf)
			w.Sent = []*Cert{sent}
		}),
		row("rekeyed-root", func(w *World) {
			root := w.Root.Copy()
			root.Key = w.Keys.Get("p256", "another")
			w.Anchors = []*Cert{root}
		}),
	}
}

func names() []Departure {
	issuer := func(attributes ...[]byte) func(*World) {
		return func(w *World) { w.Leaf.Issuer = Name(attributes...) }
	}
	both := func(ca, leaf []byte) func(*World) {
		return func(w *World) { w.Int.Subject, w.Leaf.Issuer = ca, leaf }
	}
	subject := func(n []byte) func(*World) { return func(w *World) { w.Leaf.Subject = n } }
	o := Attr(org, UTF8, "Chains")
	two := func(a, b []byte) []byte { return Seq(TLV(0x31, a, b)) }
	return []Departure{
		row("dn-printable", issuer(Attr(org, Printable, "Chains"), Attr(cn, Printable, "Intermediate"))),
		row("dn-case", issuer(Attr(org, UTF8, "CHAINS"), Attr(cn, UTF8, "INTERMEDIATE"))),
		row("dn-leading-blank", issuer(o, Attr(cn, UTF8, " Intermediate"))),
		row("dn-trailing-blanks", issuer(o, Attr(cn, UTF8, "Intermediate \t "))),
		row("dn-inner-blanks", both(Name(Attr(cn, UTF8, "A  B")), Name(Attr(cn, UTF8, "a \n b")))),
		row("dn-order", issuer(Attr(cn, UTF8, "Intermediate"), o)),
		row("dn-set-order", both(two(Attr(cn, UTF8, "A"), o), two(o, Attr(cn, UTF8, "A")))),
		row("dn-t61", issuer(Attr(org, T61, "Chains"), Attr(cn, T61, "Intermediate"))),
		row("dn-bmp", issuer(o, Attr(cn, BMP, "\x00I\x00n\x00t\x00e\x00r\x00m\x00e\x00d\x00i\x00a\x00t\x00e"))),
		row("dn-bmp-odd", issuer(o, Attr(cn, BMP, "abc"))),
		row("dn-bmp-surrogate", issuer(o, Attr(cn, BMP, "\xd8\x00"))),
		row("dn-latin1", both(Name(Attr(cn, UTF8, "Café")), Name(Attr(cn, T61, "CAF\xe9")))),
		row("dn-nonascii-case", both(Name(Attr(cn, UTF8, "École")), Name(Attr(cn, UTF8, "école")))),
		row("dn-dc-case", both(Name(Attr(dc, IA5, "example"), o), Name(Attr(dc, IA5, "EXAMPLE"), o))),
		row("dn-numeric", both(Name(Attr(cn, 18, "12")), Name(Attr(cn, UTF8, "12")))),
		row("dn-visible", subject(Name(Attr(cn, 26, "abc")))),
		row("dn-bits", subject(Name(Attr("2.5.4.45", 3, "\x00\x01")))),
		row("dn-sequence", subject(Seq(TLV(0x31, Seq(OID("1.2.3"), Seq(Int(1))))))),
		row("subject-empty-san-critical", func(w *World) { w.Leaf.Subject = Seq(); w.Leaf.Critical(SAN, true) }),
		row("subject-empty-san", subject(Seq())),
		row("subject-empty-no-san", func(w *World) { w.Leaf.Subject = Seq(); w.Leaf.Del(SAN) }),
		row("san-critical", func(w *World) { w.Leaf.Critical(SAN, true) }),
		row("root-subject-empty", func(w *World) { w.Root.Subject = Seq() }),
		row("int-subject-empty", func(w *World) { w.Int.Subject = Seq() }),
		row("printable-utf8-octets", subject(Name(Attr(org, Printable, "Caf\xc3\xa9")))),
		row("printable-at", subject(Name(Attr(org, Printable, "a@b")))),
		row("utf8-invalid", subject(Name(Attr(org, UTF8, "\xe9")))),
		row("ia5-nonascii", subject(Name(Attr(email, IA5, "\xe9@example.com")))),
		row("country-long", subject(Name(Attr("2.5.4.6", Printable, "Germany")))),
		row("rdn-empty-set", subject(Seq(TLV(0x31), TLV(0x31, o)))),
		row("rdn-empty-set-only", subject(Seq(TLV(0x31)))),
	}
}

func constraintsOfCAs() []Departure {
	pathLen := func(c *Cert, n int64) { c.Set(BC, true, Seq(True(), Int(n))) }
	return []Departure{
		row("bc-absent-int", func(w *World) { w.Int.Del(BC) }),
		row("bc-absent-int-no-ku", func(w *World) { w.Int.Del(BC, KU) }),
		row("bc-notcritical-int", func(w *World) { w.Int.Critical(BC, false) }),
		row("bc-notcritical-root", func(w *World) { w.Root.Critical(BC, false) }),
		row("bc-absent-root", func(w *World) { w.Root.Del(BC) }),
		row("bc-absent-root-no-ku", func(w *World) { w.Root.Del(BC, KU) }),
		row("bc-false-int", func(w *World) { w.Int.Set(BC, true, Seq()) }),
		row("bc-false-root", func(w *World) { w.Root.Set(BC, true, Seq()) }),
		row("pathlen-met", func(w *World) { pathLen(w.Int, 0); pathLen(w.Root, 1) }),
		row("pathlen-root-exceeded", func(w *World) { pathLen(w.Root, 0) }),
		row("pathlen-int-exceeded", func(w *World) { w.deepen(1); pathLen(w.Int.By, 0) }),
		row("pathlen-self-issued", func(w *World) {
			pathLen(w.Int, 0)
			again := w.CA("Again", w.Int)
			again.Subject = w.Int.Subject
			w.Leaf = w.End("www.example.com", again)
			w.Sent = []*Cert{again, w.Int}
		}),
		row("pathlen-leaf", func(w *World) { w.Leaf.Set(BC, true, Seq(Int(0))) }),
		row("pathlen-negative-int", func(w *World) { pathLen(w.Int, -1) }),
		row("pathlen-huge", func(w *World) { w.Int.Set(BC, true, Seq(True(), TLV(2, []byte{0x40, 0, 0, 0, 0, 0, 0, 0, 0}))) }),
		row("pathlen-no-certsign", func(w *World) { pathLen(w.Leaf, 0) }),
		row("pathlen-no-ku", func(w *World) { pathLen(w.Int, 0); w.Int.Del(KU) }),
		row("bc-absent-leaf", func(w *World) { w.Leaf.Del(BC) }),
		row("bc-notcritical-leaf", func(w *World) { w.Leaf.Critical(BC, false) }),
		row("bc-true-01", func(w *World) { w.Int.Set(BC, true, Seq(TLV(1, []byte{1}))) }),
		row("bc-false-explicit", func(w *World) { w.Leaf.Set(BC, true, Seq(TLV(1, []byte{0}))) }),
		row("bc-trailing", func(w *World) { w.Int.Set(BC, true, append(Seq(True()), 5, 0)) }),
		row("bc-trailing-inside", func(w *World) { w.Int.Set(BC, true, Seq(True(), Null())) }),
		row("leaf-is-ca", func(w *World) { w.Leaf.Set(BC, true, Seq(True())) }),
	}
}

// deepen puts further CAs between the root and the intermediate.
func (w *World) deepen(n int) {
	by := w.Root
	var chain []*Cert
	for i := range n {
		by = w.CA("CA "+string(rune('0'+i/100))+string(rune('0'+i/10%10))+string(rune('0'+i%10)), by)
		chain = append([]*Cert{by}, chain...)
	}
	w.Int = w.CA("Intermediate", by)
	w.Leaf = w.End("www.example.com", w.Int)
	w.Sent = append([]*Cert{w.Int}, chain...)
}

func usages() []Departure {
	ku := func(c func(*World) *Cert, value []byte) func(*World) {
		return func(w *World) { c(w).Set(KU, true, value) }
	}
	eku := func(c func(*World) *Cert, oids ...string) func(*World) {
		return func(w *World) { c(w).Set(EKU, false, Purposes(oids...)) }
	}
	root := func(w *World) *Cert { return w.Root }
	mid := func(w *World) *Cert { return w.Int }
	leaf := func(w *World) *Cert { return w.Leaf }
	const server, client, code, mail, any = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.3", "1.3.6.1.5.5.7.3.4", "2.5.29.37.0"
	netscape := func(bits byte, keep bool) func(*World) {
		return func(w *World) {
			if !keep {
				w.Leaf.Del(EKU)
			}
			w.Leaf.Add(NSType, false, TLV(3, []byte{0, bits}))
		}
	}
	return []Departure{
		row("ku-absent-int", func(w *World) { w.Int.Del(KU) }),
		row("ku-absent-root", func(w *World) { w.Root.Del(KU) }),
		row("ku-absent-leaf", func(w *World) { w.Leaf.Del(KU) }),
		row("ku-no-certsign-int", ku(mid, Usage(6))),
		row("ku-no-certsign-root", ku(root, Usage(6))),
		row("ku-no-crlsign-int", ku(mid, Usage(5))),
		row("ku-encipher-leaf", ku(leaf, Usage(2))),
		row("ku-agree-leaf", ku(leaf, Usage(4))),
		row("ku-nonrepudiation-leaf", ku(leaf, Usage(1))),
		row("ku-certsign-leaf", ku(leaf, Usage(0, 5))),
		row("ku-crlsign-leaf", ku(leaf, Usage(0, 6))),
		row("ku-decipher-only-leaf", ku(leaf, Usage(8))),
		row("ku-empty-int", ku(mid, Usage())),
		row("ku-empty-leaf", ku(leaf, Usage())),
		row("ku-garbage-leaf", ku(leaf, TLV(4, []byte{1}))),
		row("ku-long-leaf", ku(leaf, TLV(3, []byte{0, 0x80, 0, 0, 1}))),
		row("eku-absent-leaf", func(w *World) { w.Leaf.Del(EKU) }),
		row("eku-server-leaf", eku(leaf, server)),
		row("eku-client-leaf", eku(leaf, client)),
		row("eku-unknown-leaf", eku(leaf, "1.2.3.4")),
		row("eku-any-leaf", eku(leaf, any)),
		row("eku-critical-unknown-too", func(w *World) { w.Leaf.Set(EKU, true, Purposes(server, client, "1.2.3.4")) }),
		row("eku-empty-leaf", eku(leaf)),
		row("eku-server-int", eku(mid, server)),
		row("eku-client-int", eku(mid, client)),
		row("eku-any-int", eku(mid, any)),
		row("eku-code-int", eku(mid, code)),
		row("eku-sgc-leaf", eku(leaf, "2.16.840.1.113730.4.1")),
		row("eku-mssgc-leaf", eku(leaf, "1.3.6.1.4.1.311.10.3.3")),
		row("eku-mail-root", eku(root, mail)),
		row("nscerttype-server-leaf", netscape(0x40, false)),
		row("nscerttype-client-leaf", netscape(0x80, false)),
		row("nscerttype-server-with-eku", netscape(0x40, true)),
		row("nscerttype-ca-int", func(w *World) { w.Int.Del(BC, KU); w.Int.Add(NSType, false, TLV(3, []byte{0, 4})) }),
		row("nscerttype-mailca-int", func(w *World) { w.Int.Del(BC, KU); w.Int.Add(NSType, false, TLV(3, []byte{0, 2})) }),
		row("nscerttype-ca-root", func(w *World) { w.Root.Del(BC, KU); w.Root.Add(NSType, false, TLV(3, []byte{0, 4})) }),
		row("nscerttype-mailca-root", func(w *World) { w.Root.Del(BC, KU); w.Root.Add(NSType, false, TLV(3, []byte{0, 2})) }),
	}
}

func versions() []Departure {
	v1 := func(c *Cert) { c.Version, c.NoExts = -1, true }
	return []Departure{
		row("v1-root", func(w *World) { v1(w.Root) }),
		row("v1-int", func(w *World) { v1(w.Int) }),
		row("v1-leaf", func(w *World) { v1(w.Leaf) }),
		row("v1-root-direct", func(w *World) { w.Leaf = w.End("www.example.com", w.Root); v1(w.Root); w.Sent = nil }),
		row("v1-extensions-int", func(w *World) { w.Int.Version = -1 }),
		row("v1-extensions-root", func(w *World) { w.Root.Version = -1 }),
		row("v1-explicit", func(w *World) { w.Leaf.Version = 0; w.Leaf.NoExts = true }),
		row("v2-leaf", func(w *World) { w.Leaf.Version, w.Leaf.NoExts, w.Leaf.IDs = 1, true, TLV(0x82, []byte{0, 1}) }),
		row("v4-leaf", func(w *World) { w.Leaf.Version = 3 }),
		row("v3-no-extensions", func(w *World) { w.Leaf.NoExts = true }),
		row("extensions-empty", func(w *World) { w.Leaf.EmptyExts = true }),
		row("v3-unique-id", func(w *World) { w.Leaf.IDs = TLV(0x81, []byte{0, 1}) }),
	}
}

func nameConstraints() []Departure {
	permit := func(names ...[]byte) func(*World) {
		return func(w *World) { w.Int.Add(NC, true, Subtrees(names, nil)) }
	}
	exclude := func(names ...[]byte) func(*World) {
		return func(w *World) { w.Int.Add(NC, true, Subtrees(nil, names)) }
	}
	with := func(make func(*World), names ...[]byte) func(*World) {
		return func(w *World) { make(w); w.Leaf.Set(SAN, false, Seq(names...)) }
	}
	person := func(make func(*World), common string) func(*World) {
		return func(w *World) {
			make(w)
			w.Leaf.Del(SAN)
			w.Leaf.Subject = Named(common)
		}
	}
	mailSubject := func(tag byte) func(*World) {
		return func(w *World) {
			permit(Mail("example.org"))(w)
			w.Leaf.Subject = Name(Attr(cn, UTF8, "www.example.com"), Attr(email, tag, "a@example.com"))
		}
	}
	www := DNS("www.example.com")
	o := Name(Attr(org, UTF8, "Chains"))
	min := func(extra ...[]byte) []byte {
		return Seq(TLV(0xa0, Seq(append([][]byte{DNS("example.com")}, extra...)...)))
	}
	return []Departure{
		row("nc-dns-ok", permit(DNS("example.com"))),
		row("nc-dns-excluded", exclude(DNS("example.com"))),
		row("nc-dns-case", permit(DNS("EXAMPLE.COM"))),
		row("nc-dns-dot", permit(DNS(".example.com"))),
		row("nc-dns-excluded-dot", exclude(DNS(".example.com"))),
		row("nc-dns-label", permit(DNS("ample.com"))),
		row("nc-dns-empty-permitted", permit(DNS(""))),
		row("nc-dns-empty-excluded", exclude(DNS(""))),
		row("nc-dns-two", permit(DNS("example.org"), DNS("example.com"))),
		row("nc-dns-itself", permit(DNS("www.example.com"))),
		row("nc-wildcard-excluded", with(exclude(www), DNS("*.example.com"))),
		row("nc-cn-no-san", person(permit(DNS("example.org")), "www.example.com")),
		row("nc-cn-no-san-excluded", person(exclude(DNS("example.com")), "www.example.com")),
		row("nc-cn-person", person(permit(DNS("example.org")), "Alice Miller")),
		row("nc-cn-label", person(permit(DNS("example.org")), "localhost")),
		row("nc-cn-dots", person(permit(DNS("example.org")), "a..b")),
		row("nc-cn-underscore", person(permit(DNS("example.org")), "a_b.example.com")),
		row("nc-cn-wild", person(permit(DNS("example.org")), "*.example.com")),
		row("nc-cn-nul", person(permit(DNS("example.org")), "www.example.org\x00.example.com")),
		row("nc-cn-nul-end", person(permit(DNS("example.org")), "www.example.com\x00")),
		row("nc-cn-mail-san", with(func(w *World) { permit(DNS("example.org"))(w) }, Mail("a@example.com"))),
		row("nc-cn-of-int", func(w *World) { w.Root.Add(NC, true, Subtrees([][]byte{DNS("example.com")}, nil)) }),
		row("nc-root-excluded", func(w *World) { w.Root.Add(NC, true, Subtrees(nil, [][]byte{DNS("example.com")})) }),
		row("nc-ip-miss", with(permit(Addr(IP("198.51.100.0.255.255.255.0"))), www, Addr(IP("192.0.2.7")))),
		row("nc-ip-hit", with(permit(Addr(IP("192.0.2.0.255.255.255.0"))), www, Addr(IP("192.0.2.7")))),
		row("nc-ip-excluded", with(exclude(Addr(make([]byte, 8))), www, Addr(IP("192.0.2.7")))),
		row("nc-ip-6-4", with(permit(Addr(make([]byte, 32))), www, Addr(IP("192.0.2.7")))),
		row("nc-ip-mask-odd", permit(Addr(IP("198.51.100.0.255.0.255.0")))),
		row("nc-ip-length", permit(Addr(IP("198.51.100.0")))),
		row("nc-ip-length-asked", with(permit(Addr(IP("198.51.100.0"))), www, Addr(IP("192.0.2.7")))),
		row("nc-mail-host", with(permit(Mail("example.com")), www, Mail("a@example.com"))),
		row("nc-mail-dot", with(permit(Mail(".example.com")), www, Mail("a@b.example.com"))),
		row("nc-mail-dot-miss", with(permit(Mail(".example.com")), www, Mail("a@example.com"))),
		row("nc-mail-at-host", with(permit(Mail("@example.com")), www, Mail("a@example.com"))),
		row("nc-mail-case", with(permit(Mail("A@example.com")), www, Mail("a@EXAMPLE.com"))),
		row("nc-mail-same", with(permit(Mail("a@example.com")), www, Mail("a@EXAMPLE.com"))),
		row("nc-mail-no-at", with(permit(Mail("example.com")), www, Mail("nobody"))),
		row("nc-mail-subject-miss", mailSubject(IA5)),
		row("nc-mail-subject-utf8", mailSubject(UTF8)),
		row("nc-uri-miss", with(permit(URI("example.org")), www, URI("spiffe://example.com/a"))),
		row("nc-uri-hit", with(permit(URI("example.com")), www, URI("spiffe://example.com/a"))),
		row("nc-uri-port", with(permit(URI("example.com")), www, URI("https://example.com:8443/a"))),
		row("nc-uri-user", with(permit(URI("example.com")), www, URI("https://u@example.com/a"))),
		row("nc-uri-dot", with(permit(URI(".example.com")), www, URI("https://a.example.com"))),
		row("nc-uri-no-host", with(permit(URI("example.org")), www, URI("urn:uuid:1"))),
		row("nc-uri-empty-host", with(permit(URI("example.org")), www, URI("file:///x"))),
		row("nc-dir-ok", permit(Dir(o))),
		row("nc-dir-excluded", exclude(Dir(o))),
		row("nc-dir-case", permit(Dir(Name(Attr(org, Printable, "CHAINS"))))),
		row("nc-dir-else", permit(Dir(Name(Attr(org, UTF8, "Else"))))),
		row("nc-dir-longer", permit(Dir(Name(Attr(org, UTF8, "Chains"), Attr(cn, UTF8, "x"))))),
		row("nc-dir-empty", permit(Dir(Seq()))),
		row("nc-dir-empty-subject", func(w *World) { permit(Dir(Name(Attr(org, UTF8, "Else"))))(w); w.Leaf.Subject = Seq() }),
		row("nc-dir-san", with(permit(Dir(o)), www, Dir(Name(Attr(org, UTF8, "Else"))))),
		row("nc-other", permit(Other())),
		row("nc-other-asked", with(permit(Other()), www, Other())),
		row("nc-rid", permit(TLV(0x88, OID("1.2.3")[2:]))),
		row("nc-rid-asked", with(permit(TLV(0x88, OID("1.2.3")[2:])), www, TLV(0x88, OID("1.2.3")[2:]))),
		row("nc-notcritical", func(w *World) { permit(DNS("example.org"))(w); w.Int.Critical(NC, false) }),
		row("nc-root-miss", func(w *World) { w.Root.Add(NC, true, Subtrees([][]byte{DNS("example.org")}, nil)) }),
		row("nc-leaf", func(w *World) { w.Leaf.Add(NC, true, Subtrees([][]byte{DNS("example.org")}, nil)) }),
		row("nc-empty", func(w *World) { w.Int.Add(NC, true, Seq()) }),
		row("nc-garbage", func(w *World) { w.Int.Add(NC, true, Int(1)) }),
		row("nc-minimum-0", func(w *World) { w.Int.Add(NC, true, min(TLV(0x80, []byte{0}))) }),
		row("nc-minimum-1", func(w *World) { w.Int.Add(NC, true, min(TLV(0x80, []byte{1}))) }),
		row("nc-maximum", func(w *World) { w.Int.Add(NC, true, min(TLV(0x81, []byte{1}))) }),
		row("nc-nested-widen", func(w *World) {
			w.Root.Add(NC, true, Subtrees([][]byte{DNS("example.com")}, nil))
			permit(DNS("com"))(w)
		}),
		row("nc-mailbox", with(permit(Mail("example.com")), www,
			TLV(0xa0, OID("1.3.6.1.5.5.7.8.9"), TLV(0xa0, TLV(UTF8, []byte("ä@example.com")))))),
		slow("nc-many", func(w *World) {
			many := make([][]byte, 1100)
			for i := range many {
				many[i] = DNS("n" + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676)) + ".example.com")
			}
			with(permit(many...), many...)(w)
		}),
	}
}
