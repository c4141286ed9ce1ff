package chaintest

import (
	"bytes"
	"fmt"
	"slices"
)

func extensions() []Departure {
	add := func(c func(*World) *Cert, oid string, critical bool, value []byte) func(*World) {
		return func(w *World) { c(w).Add(oid, critical, value) }
	}
	root := func(w *World) *Cert { return w.Root }
	mid := func(w *World) *Cert { return w.Int }
	leaf := func(w *World) *Cert { return w.Leaf }
	point := Seq(Seq(TLV(0xa0, TLV(0xa0, URI("http://x.example/crl")))))
	return []Departure{
		row("critical-unknown-leaf", add(leaf, Unknown, true, Null())),
		row("critical-unknown-int", add(mid, Unknown, true, Null())),
		row("critical-unknown-root", add(root, Unknown, true, Null())),
		row("unknown-leaf", add(leaf, Unknown, false, Null())),
		row("unknown-empty", add(leaf, Unknown, false, nil)),
		row("ski-twice", add(leaf, SKI, false, TLV(4, keyID("x")))),
		row("bc-twice-int", add(mid, BC, true, Seq(True()))),
		row("bc-twice-root", add(root, BC, true, Seq(True()))),
		row("san-twice", add(leaf, SAN, false, Seq(DNS("b.example.com")))),
		row("san-garbage", func(w *World) { w.Leaf.Set(SAN, false, Int(1)) }),
		row("san-empty", func(w *World) { w.Leaf.Set(SAN, false, Seq()) }),
		row("san-x400", func(w *World) { w.Leaf.Set(SAN, false, Seq(DNS("www.example.com"), TLV(0xa3, Null()))) }),
		row("san-edi", func(w *World) {
			w.Leaf.Set(SAN, false, Seq(DNS("www.example.com"), TLV(0xa5, TLV(0xa1, TLV(UTF8, []byte("x"))))))
		}),
		row("san-tag-9", func(w *World) { w.Leaf.Set(SAN, false, Seq(DNS("www.example.com"), TLV(0x89, []byte("x")))) }),
		row("policies-twice-same", add(leaf, CP, false, Seq(Seq(OID("1.2.3")), Seq(OID("1.2.3"))))),
		row("policy-required-absent", add(mid, PC, true, Seq(TLV(0x80, []byte{0})))),
		row("policy-mapping-critical", add(mid, PM, true, Seq(Seq(OID("1.2.3"), OID("1.2.4"))))),
		row("inhibit-any-critical", add(mid, IAP, true, Int(0))),
		row("crldp-critical", add(leaf, CDP, true, point)),
		row("crldp-empty-point", add(leaf, CDP, false, Seq(Seq()))),
		row("crldp-reasons-only", add(leaf, CDP, false, Seq(Seq(TLV(0x81, []byte{1, 2}))))),
		row("must-staple-critical", add(leaf, Staple, true, Seq(Int(5)))),
		row("nocheck-critical", add(leaf, NoCheck, true, Null())),
		row("issueralt-critical", add(leaf, IAN, true, Seq(DNS("x")))),
		row("proxy-cert", func(w *World) { w.Leaf.Del(SAN); w.Leaf.Add(Proxy, true, Seq(Seq(OID("1.3.6.1.5.5.7.21.1")))) }),
		row("proxy-cert-san", add(leaf, Proxy, true, Seq(Seq(OID("1.3.6.1.5.5.7.21.1"))))),
		row("serial-negative", func(w *World) { w.Leaf.Serial = TLV(2, []byte{0xfb}) }),
		row("serial-negative-int", func(w *World) { w.Int.Serial = TLV(2, []byte{0xfb}) }),
		row("serial-zero-root", func(w *World) { w.Root.Serial = Int(0) }),
		row("serial-21-octets", func(w *World) { w.Leaf.Serial = TLV(2, bytes.Repeat([]byte{1}, 21)) }),
		row("serial-padded", func(w *World) { w.Leaf.Serial = TLV(2, []byte{0, 1}) }),
		row("serial-empty", func(w *World) { w.Leaf.Serial = TLV(2) }),
	}
}

func times() []Departure {
	to := func(c func(*World) *Cert, days int) func(*World) {
		return func(w *World) { c(w).To = UTCTime(w.Now.AddDate(0, 0, days)) }
	}
	from := func(c func(*World) *Cert, days int) func(*World) {
		return func(w *World) { c(w).From = UTCTime(w.Now.AddDate(0, 0, days)) }
	}
	root := func(w *World) *Cert { return w.Root }
	mid := func(w *World) *Cert { return w.Int }
	leaf := func(w *World) *Cert { return w.Leaf }
	text := func(tag byte, s string) func(*World) { return func(w *World) { w.Leaf.To = TLV(tag, []byte(s)) } }
	return []Departure{
		row("expired-leaf", to(leaf, -1)), row("expired-int", to(mid, -1)), row("expired-root", to(root, -1)),
		row("notyet-leaf", from(leaf, 1)), row("notyet-int", from(mid, 1)), row("notyet-root", from(root, 1)),
		row("after-before-future", func(w *World) { from(leaf, 1)(w); to(leaf, -1)(w) }),
		row("ends-now", to(leaf, 0)), row("begins-now", from(leaf, 0)),
		row("utc-50", text(23, "500101000000Z")), row("utc-49", text(23, "491231235959Z")),
		row("general-early", func(w *World) { w.Leaf.To = GeneralizedTime(w.Now.AddDate(0, 0, 300)) }),
		row("general-early-int", func(w *World) { w.Int.To = GeneralizedTime(w.Now.AddDate(0, 0, 300)) }),
		row("general-9999-root", func(w *World) { w.Root.To = TLV(24, []byte("99991231235959Z")) }),
		row("general-0000", text(24, "00000101000000Z")),
		row("general-fraction", text(24, "20900101000000.5Z")),
		row("utc-offset", text(23, "490101000000+0100")), row("utc-no-zone", text(23, "490101000000")),
		row("utc-no-seconds", text(23, "4901010000Z")), row("day-invalid", text(23, "490230000000Z")),
		row("leap-day", text(23, "480229000000Z")), row("no-leap-day", text(23, "470229000000Z")),
		row("second-60", text(23, "490101000060Z")), row("hour-24", text(23, "490101240000Z")),
		row("month-0", text(23, "490001000000Z")), row("time-letters", text(23, "49a101000000Z")),
		row("time-string", text(12, "490101000000Z")),
		row("long-lived", func(w *World) { w.Leaf.To = UTCTime(w.Now.AddDate(20, 0, 0)) }),
	}
}

func signatures() []Departure {
	rsa := func(of func(*World) (*Cert, *Cert), oid, digest string) func(*World) {
		return func(w *World) {
			by, c := of(w)
			w.rekey(by, "rsa2048")
			c.Digest, c.Alg = digest, Alg(oid, Null())
		}
	}
	leaf := func(w *World) (*Cert, *Cert) { return w.Int, w.Leaf }
	mid := func(w *World) (*Cert, *Cert) { return w.Root, w.Int }
	pss := func(hash, mgf string, salt int) func(*World) {
		return func(w *World) {
			w.rekey(w.Int, "rsa2048")
			w.Leaf.Digest, w.Leaf.Alg = fmt.Sprintf("pss %s %s %d", hash, mgf, salt), PSSAlg(hash, mgf, salt)
		}
	}
	ecdsa := func(oid, digest string) func(*World) {
		return func(w *World) { w.Leaf.Digest, w.Leaf.Alg = digest, Alg(oid) }
	}
	flip := func(b []byte) []byte { b[len(b)-1] ^= 1; return b }
	return []Departure{
		row("sha1-rsa-leaf", rsa(leaf, "1.2.840.113549.1.1.5", "sha1")),
		row("sha1-oiw-rsa-leaf", rsa(leaf, "1.3.14.3.2.29", "sha1")),
		row("sha224-rsa-leaf", rsa(leaf, "1.2.840.113549.1.1.14", "sha224")),
		row("sha512-rsa-leaf", rsa(leaf, "1.2.840.113549.1.1.13", "sha512")),
		row("sha3-rsa-leaf", rsa(leaf, "2.16.840.1.101.3.4.3.14", "sha3-256")),
		row("sha1-rsa-int", rsa(mid, "1.2.840.113549.1.1.5", "sha1")),
		row("md5-rsa-int", rsa(mid, "1.2.840.113549.1.1.4", "md5")),
		row("md5-rsa-root", func(w *World) {
			w.rekey(w.Root, "rsa2048")
			w.Root.Digest, w.Root.Alg = "md5", Alg("1.2.840.113549.1.1.4", Null())
		}),
		row("sha224-ecdsa-leaf", ecdsa("1.2.840.10045.4.3.1", "sha224")),
		row("sha512-ecdsa-leaf", ecdsa("1.2.840.10045.4.3.4", "sha512")),
		row("sha1-ecdsa-leaf", ecdsa("1.2.840.10045.4.1", "sha1")),
		row("sha3-ecdsa-leaf", ecdsa("2.16.840.1.101.3.4.3.10", "sha3-256")),
		row("digest-wrong-leaf", ecdsa(ecdsaSHA256, "sha512")),
		row("pss-sha256-sha256-32-leaf", pss("sha256", "sha256", 32)),
		row("pss-sha256-sha1-32-leaf", pss("sha256", "sha1", 32)),
		row("pss-sha1-sha1-20-leaf", pss("sha1", "sha1", 20)),
		row("pss-sha256-sha256-0-leaf", pss("sha256", "sha256", 0)),
		row("pss-sha256-sha256-64-leaf", pss("sha256", "sha256", 64)),
		row("pss-salt-lie", func(w *World) { pss("sha256", "sha256", 32)(w); w.Leaf.Alg = PSSAlg("sha256", "sha256", 31) }),
		row("pss-no-parameters", func(w *World) { pss("sha1", "sha1", 20)(w); w.Leaf.Alg = Alg("1.2.840.113549.1.1.10") }),
		row("pss-defaults", func(w *World) { pss("sha1", "sha1", 20)(w); w.Leaf.Alg = Alg("1.2.840.113549.1.1.10", Seq()) }),
		row("alg-differ-leaf", func(w *World) { w.Leaf.InnerAlg = Alg("1.2.840.10045.4.3.3") }),
		row("alg-differ-root", func(w *World) { w.Root.InnerAlg = Alg("1.2.840.10045.4.3.3") }),
		row("alg-unknown", func(w *World) { w.Leaf.Alg = Alg("1.2.3.4.5") }),
		row("alg-of-other-key", func(w *World) { w.Leaf.Alg = Alg(rsaSHA256, Null()) }),
		row("alg-of-other-key-root", func(w *World) { w.Root.Alg = Alg(rsaSHA256, Null()) }),
		row("ecdsa-null-params", func(w *World) { w.Leaf.Alg = Alg(ecdsaSHA256, Null()) }),
		row("rsa-sig-no-params", func(w *World) { w.rekey(w.Int, "rsa2048"); w.Leaf.Alg = Alg(rsaSHA256) }),
		row("signature-wrong-leaf", func(w *World) { w.Leaf.Sig = flip }),
		row("signature-wrong-int", func(w *World) { w.Int.Sig = flip }),
		row("signature-wrong-root", func(w *World) { w.Root.Sig = flip }),
		row("signature-wrong-rsa", func(w *World) { w.rekey(w.Int, "rsa2048"); w.Leaf.Sig = flip }),
		row("signature-empty", func(w *World) { w.Leaf.Sig = func([]byte) []byte { return TLV(3, []byte{0}) } }),
		row("signature-unused-bits", func(w *World) { w.Leaf.Sig = func(b []byte) []byte { b[2] = 4; return b } }),
		row("signature-trailing", func(w *World) { w.Leaf.Sig = func(b []byte) []byte { return TLV(3, b[2:], []byte{0}) } }),
		row("ecdsa-r-padded", func(w *World) {
			w.Leaf.Sig = func(b []byte) []byte {
				pair := b[min(5, len(b)):] // BIT STRING header, unused bits, SEQUENCE header
				if b[1] >= 0x80 || len(pair) < 2 || int(pair[1])+2 > len(pair) {
					return b // of another kind of key
				}
				n := int(pair[1])
				return Bits(Seq(TLV(2, []byte{0}, pair[2:2+n]), pair[2+n:]))
			}
		}),
		row("tampered-leaf", func(w *World) {
			w.Leaf.DER = func(b []byte) []byte {
				return bytes.Replace(b, []byte("www.example.com"), []byte("wwx.example.com"), 1)
			}
		}),
	}
}

func keys() []Departure {
	key := func(c func(*World) *Cert, kind string) func(*World) { return func(w *World) { w.rekey(c(w), kind) } }
	root := func(w *World) *Cert { return w.Root }
	mid := func(w *World) *Cert { return w.Int }
	leaf := func(w *World) *Cert { return w.Leaf }
	p256 := func(b []byte) []byte { return Seq(Alg("1.2.840.10045.2.1", OID("1.2.840.10045.3.1.7")), Bits(b)) }
	point := func(w *World) []byte { return bytes.Clone(w.Leaf.Key.SPKI[len(w.Leaf.Key.SPKI)-65:]) }
	out := []Departure{
		row("rsa512-leaf", key(leaf, "rsa512")), row("rsa1023-leaf", key(leaf, "rsa1023")), row("rsa1024-leaf", key(leaf, "rsa1024")),
		row("rsa2047-leaf", key(leaf, "rsa2047")), row("rsa2048-leaf", key(leaf, "rsa2048")), row("rsa900-int", key(mid, "rsa900")),
		row("rsa1024-int", key(mid, "rsa1024")), row("rsa1024-root", key(root, "rsa1024")), row("rsa2047-int", key(mid, "rsa2047")),
		row("ed25519-leaf", key(leaf, "ed25519")), row("ed25519-int", key(mid, "ed25519")), row("ed25519-root", key(root, "ed25519")),
		row("p224-leaf", key(leaf, "p224")), row("p224-int", key(mid, "p224")), row("p384-int", key(mid, "p384")),
		row("p521-leaf", key(leaf, "p521")), row("p521-int", key(mid, "p521")),
		row("ec-compressed-leaf", func(w *World) {
			p := point(w)
			w.Leaf.SPKI = p256(append([]byte{2 + p[64]&1}, p[1:33]...))
		}),
		row("ec-hybrid-leaf", func(w *World) { p := point(w); p[0] = 6 + p[64]&1; w.Leaf.SPKI = p256(p) }),
		row("ec-off-curve-leaf", func(w *World) { p := point(w); p[64] ^= 1; w.Leaf.SPKI = p256(p) }),
		row("ec-off-curve-int", func(w *World) {
			p := bytes.Clone(w.Int.Key.SPKI)
			p[len(p)-1] ^= 1
			w.Int.SPKI = p
		}),
		row("ec-unknown-curve-leaf", func(w *World) {
			w.Leaf.SPKI = Seq(Alg("1.2.840.10045.2.1", OID("1.2.3.4")), Bits(point(w)))
		}),
		row("key-unknown-leaf", func(w *World) { w.Leaf.SPKI = Seq(Alg("1.2.3.4"), Bits([]byte{1})) }),
		row("key-unknown-root", func(w *World) { w.Root.SPKI = Seq(Alg("1.2.3.4"), Bits([]byte{1})) }),
		row("rsa-key-no-params", func(w *World) {
			w.rekey(w.Leaf, "rsa2048")
			k := w.Leaf.Key.SPKI
			w.Leaf.SPKI = Seq(Alg("1.2.840.113549.1.1.1"), k[bytes.Index(k, []byte{3, 0x82}):])
		}),
		row("rsa-key-garbage", func(w *World) { w.Leaf.SPKI = Seq(Alg("1.2.840.113549.1.1.1", Null()), Bits([]byte{1, 2, 3})) }),
		row("ed25519-key-params", func(w *World) { w.Leaf.SPKI = Seq(Alg("1.3.101.112", Null()), Bits(make([]byte, 32))) }),
		row("ed25519-key-short", func(w *World) { w.Leaf.SPKI = Seq(Alg("1.3.101.112"), Bits(make([]byte, 31))) }),
		row("x25519-leaf", func(w *World) { w.Leaf.SPKI = Seq(Alg("1.3.101.110"), Bits(bytes.Repeat([]byte{9}, 32))) }),
	}
	for _, kind := range []string{"ed448", "rsapss", "secp256k1", "brainpoolP256r1", "brainpoolP384r1", "brainpoolP512t1",
		"prime192v1", "secp224k1", "explicit", "dsa"} {
		out = append(out, slow(kind+"-leaf", key(leaf, kind)), slow(kind+"-int", key(mid, kind)), slow(kind+"-root", key(root, kind)))
	}
	return out
}

func encodings() []Departure {
	der := func(c func(*World) *Cert, change func([]byte) []byte) func(*World) {
		return func(w *World) { c(w).DER = change }
	}
	mid := func(w *World) *Cert { return w.Int }
	leaf := func(w *World) *Cert { return w.Leaf }
	// The certificates here are of 256 octets or more: two octets of length.
	long := func(b []byte) []byte { return slices.Concat([]byte{b[0], 0x83, 0}, b[2:]) }
	indefinite := func(b []byte) []byte { return slices.Concat([]byte{b[0], 0x80}, b[4:], []byte{0, 0}) }
	return []Departure{
		row("ber-length-outer", der(leaf, long)), row("ber-length-outer-int", der(mid, long)),
		row("ber-length-tbs-int", func(w *World) { w.Int.TBS = long }),
		row("indefinite", der(leaf, indefinite)), row("indefinite-int", der(mid, indefinite)),
		row("indefinite-tbs", func(w *World) { w.Leaf.TBS = indefinite }),
		row("trailing-outer", der(leaf, func(b []byte) []byte { return append(b, 5, 0) })),
		row("trailing-outer-int", der(mid, func(b []byte) []byte { return append(b, 5, 0) })),
		row("trailing-tbs", func(w *World) { w.Leaf.Tail = Null() }),
		row("truncated", der(leaf, func(b []byte) []byte { return b[:len(b)-1] })),
		row("signature-in-pieces", func(w *World) { w.Leaf.Sig = func(b []byte) []byte { return TLV(0x23, b) } }),
		row("san-in-pieces", func(w *World) {
			w.Leaf.Set(SAN, false, Seq(TLV(0xa2, TLV(4, []byte("www.")), TLV(4, []byte("example.com")))))
		}),
		row("oid-padded", func(w *World) { w.Leaf.Set(EKU, false, Seq(TLV(6, []byte{0x2b, 0x80, 0x06}))) }),
		row("oid-empty", func(w *World) { w.Leaf.Set(EKU, false, Seq(TLV(6))) }),
		row("bits-unused-8", func(w *World) { w.Leaf.Set(KU, true, TLV(3, []byte{8, 0x80})) }),
		row("bits-unused-set", func(w *World) { w.Leaf.Set(KU, true, TLV(3, []byte{7, 0xff})) }),
	}
}

func trust() []Departure {
	// twin has the certificate's name and another key.
	twin := func(w *World, c *Cert) *Cert {
		o := c.Copy()
		o.Key, o.Serial = w.Keys.Get("p256", "twin"), Int(4711)
		return o
	}
	deep := func(n int) Departure {
		return Departure{Name: fmt.Sprintf("deep-%d", n), Make: func(w *World) { w.deepen(n - 1) }, Slow: n > 20}
	}
	cross := func(w *World) (old, cross *Cert) {
		old = w.CA("Old Root", nil)
		cross = w.CA("Root", old)
		cross.Serial = Int(99)
		return old, cross
	}
	return []Departure{
		row("anchor-int", func(w *World) { w.Anchors = []*Cert{w.Int} }),
		row("anchor-leaf", func(w *World) { w.Anchors = []*Cert{w.Leaf} }),
		row("anchor-int-and-root", func(w *World) { w.Anchors = []*Cert{w.Int, w.Root} }),
		row("anchor-int-not-sent", func(w *World) { w.Anchors, w.Sent = []*Cert{w.Int}, nil }),
		row("anchor-twice", func(w *World) { w.Anchors = []*Cert{w.Root, w.Root} }),
		row("self-signed-trusted", func(w *World) {
			w.Leaf = w.End("www.example.com", nil)
			w.Sent, w.Anchors = nil, []*Cert{w.Leaf}
		}),
		row("self-signed-untrusted", func(w *World) { w.Leaf, w.Sent = w.End("www.example.com", nil), nil }),
		row("self-signed-no-ids-trusted", func(w *World) {
			w.Leaf = w.End("www.example.com", nil)
			noIDs(w.Leaf)
			w.Sent, w.Anchors = nil, []*Cert{w.Leaf}
		}),
		row("self-signed-ca-trusted", func(w *World) { w.Leaf = w.Root; w.Sent, w.Host = nil, "" }),
		row("self-signed-mimic", func(w *World) {
			w.Leaf = twin(w, w.Root)
			w.Sent, w.Host = nil, ""
		}),
		row("no-intermediate", func(w *World) { w.Sent = nil }),
		row("root-sent", func(w *World) { w.Sent = append(w.Sent, w.Root) }),
		row("leaf-sent-too", func(w *World) { w.Sent = append([]*Cert{w.Leaf}, w.Sent...) }),
		row("root-unknown-sent", func(w *World) { w.Sent = append(w.Sent, w.Root); w.Anchors = []*Cert{w.CA("Other", nil)} }),
		row("root-unknown", func(w *World) { w.Anchors = []*Cert{w.CA("Other", nil)} }),
		row("wrong-order", func(w *World) { w.deepen(1); slices.Reverse(w.Sent) }),
		row("unrelated-sent", func(w *World) { w.Sent = append([]*Cert{w.CA("Other", nil)}, w.Sent...) }),
		row("int-sent-twice", func(w *World) { w.Sent = append(w.Sent, w.Sent...) }),
		row("twin-root-first-ids", func(w *World) {
			t := twin(w, w.Root)
			t.Set(SKI, false, TLV(4, keyID("twin")))
			w.Anchors = []*Cert{t, w.Root}
		}),
		row("twin-root-first-no-ids", func(w *World) { noIDs(w.Root, w.Int, w.Leaf); w.Anchors = []*Cert{twin(w, w.Root), w.Root} }),
		row("twin-root-last-no-ids", func(w *World) { noIDs(w.Root, w.Int, w.Leaf); w.Anchors = []*Cert{w.Root, twin(w, w.Root)} }),
		row("twin-root-only", func(w *World) { noIDs(w.Root, w.Int, w.Leaf); w.Anchors = []*Cert{twin(w, w.Root)} }),
		row("twin-int-first-no-ids", func(w *World) { noIDs(w.Root, w.Int, w.Leaf); w.Sent = []*Cert{twin(w, w.Int), w.Int} }),
		row("twin-int-first-ids", func(w *World) { w.Sent = []*Cert{twin(w, w.Int), w.Int} }),
		row("int-expired-first", func(w *World) {
			old := w.Int.Copy()
			old.To, old.Serial = UTCTime(w.Now.AddDate(0, 0, -1)), Int(5)
			w.Sent = []*Cert{old, w.Int}
		}),
		row("ints-all-expired", func(w *World) {
			old := w.Int.Copy()
			old.To, old.Serial = UTCTime(w.Now.AddDate(0, 0, -9)), Int(5)
			w.Int.To = UTCTime(w.Now.AddDate(0, 0, -1))
			w.Sent = []*Cert{old, w.Int}
		}),
		row("int-eku-first", func(w *World) {
			odd := w.Int.Copy()
			odd.Serial = Int(5)
			odd.Add(EKU, false, Purposes("1.3.6.1.5.5.7.3.3"))
			w.Sent = []*Cert{odd, w.Int}
		}),
		row("root-renewed-first", func(w *World) {
			old := w.Root.Copy()
			old.To, old.Serial = UTCTime(w.Now.AddDate(0, 0, -1)), Int(5)
			w.Anchors = []*Cert{old, w.Root}
		}),
		row("roots-all-expired", func(w *World) {
			old := w.Root.Copy()
			old.To, old.Serial = UTCTime(w.Now.AddDate(0, 0, -9)), Int(5)
			w.Root.To = UTCTime(w.Now.AddDate(0, 0, -1))
			w.Anchors = []*Cert{old, w.Root}
		}),
		row("cross-expired-both-anchors", func(w *World) {
			old, c := cross(w)
			c.To = UTCTime(w.Now.AddDate(0, 0, -1))
			w.Sent, w.Anchors = append(w.Sent, c), []*Cert{w.Root, old}
		}),
		row("cross-old-root-only", func(w *World) {
			old, c := cross(w)
			w.Sent, w.Anchors = append(w.Sent, c), []*Cert{old}
		}),
		row("cross-old-root-expired", func(w *World) {
			old, c := cross(w)
			old.To = UTCTime(w.Now.AddDate(0, 0, -1))
			w.Sent, w.Anchors = append(w.Sent, c), []*Cert{w.Root, old}
		}),
		row("anchor-cross-sign", func(w *World) { _, c := cross(w); w.Anchors = []*Cert{c} }),
		row("anchor-cross-sign-and-root", func(w *World) { _, c := cross(w); w.Anchors = []*Cert{c, w.Root} }),
		row("loop-anchored", func(w *World) {
			a := w.CA("A", nil)
			b := w.CA("B", a)
			ab := w.CA("A", b)
			w.Leaf = w.End("www.example.com", a)
			w.Sent, w.Anchors = []*Cert{ab, b}, []*Cert{a}
		}),
		row("loop-unanchored", func(w *World) {
			a := w.CA("A", nil)
			b := w.CA("B", a)
			ab := w.CA("A", b)
			w.Leaf = w.End("www.example.com", a)
			w.Sent = []*Cert{ab, b}
		}),
		row("loop-of-anchors", func(w *World) {
			a := w.CA("A", nil)
			b := w.CA("B", a)
			ab := w.CA("A", b)
			w.Leaf = w.End("www.example.com", a)
			w.Sent, w.Anchors = nil, []*Cert{ab, b}
		}),
		deep(8), deep(10), deep(99), deep(100), deep(101),
		row("root-reissued", func(w *World) {
			old := w.Root.Copy()
			old.Serial = Int(5)
			w.Sent = append(w.Sent, old)
		}),
		row("root-reissued-v1", func(w *World) {
			v1 := w.Root.Copy()
			v1.Version, v1.NoExts = -1, true
			w.Sent, w.Anchors = append(w.Sent, w.Root), []*Cert{v1}
		}),
		row("anchor-absent", func(w *World) {
			other := w.CA("Other", nil)
			other.To = UTCTime(w.Now.AddDate(0, 0, -1))
			w.Anchors = []*Cert{other}
		}),
	}
}

// Lists gives the world fresh lists of its CAs.
func (w *World) Lists(revoked ...*Cert) {
	w.CRLs = []*List{w.List(w.Int, revoked...), w.List(w.Root)}
}

func lists() []Departure {
	with := func(change func(w *World)) func(*World) { return func(w *World) { w.Lists(); change(w) } }
	revoke := func(change func(w *World)) func(*World) { return func(w *World) { w.Lists(w.Leaf); change(w) } }
	reason := func(n byte) func(*World) {
		return revoke(func(w *World) { w.CRLs[0].Revoked[0].Exts = []Ext{{Reason, false, TLV(10, []byte{n})}} })
	}
	idp := func(which int, parts ...[]byte) func(*World) {
		return revoke(func(w *World) { w.CRLs[which].Set(IDP, true, Seq(parts...)) })
	}
	yes := func(tag byte) []byte { return TLV(tag, []byte{0xff}) }
	full := TLV(0xa0, TLV(0xa0, URI("http://x.example/crl")))
	point := func(w *World, parts ...[]byte) { w.Leaf.Add(CDP, false, Seq(Seq(parts...))) }
	old := func(w *World, l *List) *List {
		l.From, l.To = UTCTime(w.Now.AddDate(0, 0, -9)), UTCTime(w.Now.AddDate(0, 0, 5))
		return l
	}
	return []Departure{
		row("crl-ok", with(func(*World) {})), row("crl-leaf-revoked", revoke(func(*World) {})),
		row("crl-int-revoked", with(func(w *World) { w.CRLs[1] = w.List(w.Root, w.Int) })),
		row("crl-hold", reason(6)), row("crl-remove", reason(8)), row("crl-key-compromise", reason(1)),
		row("crl-reason-garbage", revoke(func(w *World) { w.CRLs[0].Revoked[0].Exts = []Ext{{Reason, false, Int(1)}} })),
		row("crl-revoked-future", revoke(func(w *World) { w.CRLs[0].Revoked[0].Date = UTCTime(w.Now.AddDate(0, 0, 1)) })),
		row("crl-expired", with(func(w *World) { w.CRLs[0].To = UTCTime(w.Now.AddDate(0, 0, -1)) })),
		row("crl-expired-revoked", revoke(func(w *World) { w.CRLs[0].To = UTCTime(w.Now.AddDate(0, 0, -1)) })),
		row("crl-not-yet", with(func(w *World) { w.CRLs[0].From = UTCTime(w.Now.AddDate(0, 0, 1)) })),
		row("crl-time-malformed", with(func(w *World) { w.CRLs[0].To = TLV(23, []byte("490101000000")) })),
		row("crl-root-expired", with(func(w *World) { w.CRLs[1].To = UTCTime(w.Now.AddDate(0, 0, -1)) })),
		row("crl-no-next", with(func(w *World) { w.CRLs[0].To = nil })),
		row("crl-root-missing", with(func(w *World) { w.CRLs = w.CRLs[:1] })),
		row("crl-leaf-missing", with(func(w *World) { w.CRLs = w.CRLs[1:] })),
		row("crl-none", func(*World) {}),
		row("crl-issuer-printable", revoke(func(w *World) {
			w.CRLs[0].Issuer = Name(Attr(org, Printable, "Chains"), Attr(cn, Printable, "Intermediate"))
		})),
		row("crl-issuer-other", revoke(func(w *World) { w.CRLs[0].Issuer = Named("Somebody") })),
		row("crl-no-number", revoke(func(w *World) { w.CRLs[0].Set(CRLNumber, false, nil) })),
		row("crl-no-aki", revoke(func(w *World) { w.CRLs[0].Set(AKI, false, nil) })),
		row("crl-critical-unknown", with(func(w *World) { w.CRLs[0].Set(Unknown, true, Null()) })),
		row("crl-number-critical", with(func(w *World) { w.CRLs[0].Set(CRLNumber, true, Int(7)) })),
		row("crl-entry-critical", with(func(w *World) {
			w.CRLs[0].Revoked = []Entry{{Int(12345), UTCTime(w.Now), []Ext{{Unknown, true, Null()}}}}
		})),
		row("crl-signature-wrong", with(func(w *World) { w.CRLs[0].Signer = w.Keys.Get("p256", "forger") })),
		row("crl-idp-user", idp(0, yes(0x81))), row("crl-idp-ca", idp(0, yes(0x82))), row("crl-idp-user-root", idp(1, yes(0x81))),
		row("crl-idp-attribute", idp(0, yes(0x85))), row("crl-idp-user-and-ca", idp(0, yes(0x81), yes(0x82))),
		row("crl-idp-indirect", idp(0, yes(0x84))), row("crl-idp-reasons", idp(0, TLV(0x83, []byte{1, 0x60}))),
		row("crl-idp-empty", idp(0)), row("crl-idp-dp-mismatch", idp(0, full)),
		row("crl-idp-garbage", revoke(func(w *World) { w.CRLs[0].Set(IDP, true, Int(1)) })),
		row("crl-idp-dp-match", func(w *World) { idp(0, full)(w); point(w, full) }),
		row("crl-idp-dp-other", func(w *World) {
			idp(0, full)(w)
			point(w, TLV(0xa0, TLV(0xa0, URI("http://y.example/crl"))))
		}),
		row("crl-idp-relative", func(w *World) {
			relative := TLV(0xa0, TLV(0xa1, Attr(cn, UTF8, "CRL1")))
			idp(0, relative)(w)
			point(w, relative)
		}),
		row("crl-idp-relative-full", func(w *World) {
			idp(0, TLV(0xa0, TLV(0xa1, Attr(cn, UTF8, "CRL1"))))(w)
			point(w, TLV(0xa0, TLV(0xa0, Dir(Name(Attr(org, UTF8, "Chains"), Attr(cn, UTF8, "Intermediate"), Attr(cn, UTF8, "crl1"))))))
		}),
		row("crl-dp-issuer-other", func(w *World) {
			w.Lists(w.Leaf)
			point(w, full, TLV(0xa2, Dir(Named("CRL Issuer"))))
		}),
		row("crl-dp-reasons", func(w *World) { w.Lists(w.Leaf); point(w, full, TLV(0x81, []byte{1, 0x60})) }),
		row("crl-delta-alone", revoke(func(w *World) { w.CRLs[0].Set(Delta, true, Int(1)) })),
		row("crl-delta-beside", with(func(w *World) {
			d := w.List(w.Int, w.Leaf)
			d.Set(Delta, true, Int(7))
			d.Set(CRLNumber, false, Int(8))
			w.CRLs = append(w.CRLs, d)
		})),
		row("crl-aki-mismatch", revoke(func(w *World) { w.CRLs[0].Set(AKI, false, aki(akiKey("x"))) })),
		row("crl-no-crlsign", revoke(func(w *World) { w.Int.Set(KU, true, Usage(5)) })),
		row("crl-ku-absent", with(func(w *World) { w.Int.Del(KU) })),
		row("crl-two-new-clears", revoke(func(w *World) { old(w, w.CRLs[0]); w.CRLs = append(w.CRLs, w.List(w.Int)) })),
		row("crl-two-old-clears", with(func(w *World) { old(w, w.CRLs[0]); w.CRLs = append(w.CRLs, w.List(w.Int, w.Leaf)) })),
		row("crl-serial-other-issuer", with(func(w *World) { w.CRLs[1] = w.List(w.Root, w.Leaf) })),
		row("crl-root-self", with(func(w *World) { w.CRLs[1] = w.List(w.Root, w.Root) })),
		row("crl-entry-issuer", with(func(w *World) {
			w.CRLs[0] = w.List(w.Int, w.Leaf)
			w.CRLs[0].Revoked[0].Exts = []Ext{{CertIss, true, Seq(Dir(Named("Somebody")))}}
		})),
		row("crl-anchor-int", with(func(w *World) { w.Anchors = []*Cert{w.Int} })),
		row("crl-anchor-int-alone", with(func(w *World) { w.Anchors = []*Cert{w.Int}; w.CRLs = w.CRLs[:1] })),
		row("crl-by-root-for-leaf", revoke(func(w *World) { w.CRLs[0].Signer = w.Root.Key })),
	}
}

func hosts() []Departure {
	san := func(asked string, names ...[]byte) Departure {
		return Departure{Name: "host " + asked + " for " + fmt.Sprintf("%q", names), Make: func(w *World) {
			w.Host = asked
			w.Leaf.Set(SAN, false, Seq(names...))
		}}
	}
	common := func(asked string, names ...[]byte) Departure {
		return Departure{Name: "host " + asked + " for subject " + fmt.Sprintf("%q", names), Make: func(w *World) {
			w.Host = asked
			w.Leaf.Subject = Name(names...)
			w.Leaf.Del(SAN)
		}}
	}
	address := func(asked string, names ...[]byte) Departure {
		return Departure{Name: "address " + asked + " for " + fmt.Sprintf("%q", names), Make: func(w *World) {
			w.Host, w.IP = "", IP(asked)
			w.Leaf.Set(SAN, false, Seq(names...))
		}}
	}
	var out []Departure
	for _, pair := range [][2]string{
		{"a.example.com", "a.example.com"}, {"a.example.com", "A.EXAMPLE.COM"}, {"A.Example.COM", "a.example.com"},
		{"a.example.com", "*.EXAMPLE.com"}, {"example.com", "*.example.com"}, {"example.com", "*.com"},
		{"example.co.uk", "*.co.uk"}, {"a.example.com", "*"}, {"foo.example.com", "f*.example.com"},
		{"foo.example.com", "*o.example.com"}, {"foo.example.com", "f*o.example.com"}, {"a.b.example.com", "*.example.com"},
		{"a.b.example.com", "a.*.example.com"}, {"xn--caf-dma.example.com", "*.example.com"},
		{"xn--caf-dma.example.com", "xn--*.example.com"}, {"xn--caf-dma.example.com", "x*.example.com"},
		{"xn--caf-dma.example.com", "café.example.com"}, {"a.example.com.", "a.example.com"}, {"a.example.com", "a.example.com."},
		{"a.example.com", ".example.com"}, {".example.com", "a.example.com"}, {".example.com", "a.b.example.com"},
		{".example.com", "*.example.com"}, {"my_db.example.com", "my_db.example.com"}, {"_sip.example.com", "_sip.example.com"},
		{"my_db.example.com", "*.example.com"}, {"123", "123"}, {"db", "db"}, {"*.example.com", "*.example.com"},
		{"a.example.com", "a.example.com\x00.evil.example"}, {"a.example.com", "https://a.example.com"},
		{"a.example.com", "a.example.com:443"}, {"a.example.com", ""}, {"a.example.com", "*.*.com"}, {"-.example.com", "*.example.com"},
		{"a-.example.com", "*-.example.com"}, {"a.example-.com", "*.example-.com"}, {"a..com", "*..com"}, {"fo*.example.com", "fo*.example.com"},
	} {
		out = append(out, san(pair[0], DNS(pair[1])))
	}
	n := func(s string) []byte { return Attr(cn, UTF8, s) }
	return append(out,
		san("a.example.com", DNS(""), DNS("a.example.com")), san("a.example.com", DNS("b.example.com"), DNS("a.example.com")),
		san("a.example.com", URI("https://a.example.com/")), san("a.example.com", DNS("a.example.com"), Mail("not an address")),
		san("a.example.com", DNS("a.example.com"), Other()), san("a.example.com", DNS("a.example.com"), Addr(IP("1.2.3.4.5"))),
		san("www.example.com", Mail("a@b.c")), san("www.example.com", Addr(IP("192.0.2.7"))), san("www.example.com", Other()),
		san("www.example.com", Dir(Named("x"))), san("www.example.com", DNS("other.example.com")),
		common("a.example.com", n("a.example.com")), common("a.example.com", n("*.example.com")), common("a.example.com", n("b"), n("a.example.com")),
		common("a.example.com", n("a.example.com"), n("b")), common("a.example.com", n("a.example.com\x00.evil.example")),
		common("a.example.com", Attr(cn, BMP, "\x00a\x00.\x00e\x00x\x00a\x00m\x00p\x00l\x00e\x00.\x00c\x00o\x00m")),
		common("a.example.com", Attr(cn, 3, "\x00a"), n("a.example.com")), common("a.example.com", n("")),
		address("192.0.2.7", Addr(IP("192.0.2.7"))), address("192.0.2.7", DNS("192.0.2.7")), address("192.0.2.7", DNS("*.0.2.7")),
		address("192.0.2.7", Addr(append(append(make([]byte, 10), 0xff, 0xff), IP("192.0.2.7")...))),
		address("192.0.2.7", Addr(IP("192.0.2.8")), Addr(IP("192.0.2.7"))),
		address("32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.7", Addr(IP("32.1.13.184.0.0.0.0.0.0.0.0.0.0.0.7"))),
	)
}
