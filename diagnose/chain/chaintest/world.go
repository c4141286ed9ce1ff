package chaintest

import (
	"crypto/sha1"
	"slices"
	"time"
)

// The extensions, in dotted form.
const (
	SKI     = "2.5.29.14"
	KU      = "2.5.29.15"
	SAN     = "2.5.29.17"
	IAN     = "2.5.29.18"
	BC      = "2.5.29.19"
	NC      = "2.5.29.30"
	CDP     = "2.5.29.31"
	CP      = "2.5.29.32"
	PM      = "2.5.29.33"
	AKI     = "2.5.29.35"
	PC      = "2.5.29.36"
	EKU     = "2.5.29.37"
	IAP     = "2.5.29.54"
	NSType  = "2.16.840.1.113730.1.1"
	Proxy   = "1.3.6.1.5.5.7.1.14"
	NoCheck = "1.3.6.1.5.5.7.48.1.5"
	Staple  = "1.3.6.1.5.5.7.1.24"
	Unknown = "1.2.3.4.5.6"
)

// Ext is an extension.
type Ext struct {
	OID      string
	Critical bool
	Value    []byte
}

// Cert describes a certificate.
type Cert struct {
	Label    string
	Key      *Key
	By       *Cert // nil: signed by its own key
	Signer   *Key  // nil: By's
	Digest   string
	Alg      []byte // nil: the signer's
	InnerAlg []byte // nil: Alg
	Subject  []byte
	Issuer   []byte // nil: By's subject
	Serial   []byte // encoded
	Version  int    // -1: no field
	From, To []byte // encoded
	SPKI     []byte // nil: Key's
	IDs      []byte // issuerUniqueID and subjectUniqueID, encoded
	Exts     []Ext
	// NoExts leaves the field away; EmptyExts writes an empty SEQUENCE.
	NoExts, EmptyExts bool
	// Tail is put at the end of the TBSCertificate, TBS changes it before it is
	// signed, Sig changes the signature, DER the whole.
	Tail          []byte
	TBS, Sig, DER func([]byte) []byte

	der []byte
}

// World is a chain and what it is verified by.
type World struct {
	Keys    *Keys
	Now     time.Time
	Root    *Cert
	Int     *Cert
	Leaf    *Cert
	Sent    []*Cert
	Anchors []*Cert
	CRLs    []*List
	Host    string
	IP      []byte
}

func keyID(label string) []byte {
	sum := sha1.Sum([]byte(label))
	return sum[:]
}

// New is a healthy world: root, intermediate and leaf on P-256, with key
// identifiers; the leaf for www.example.com, for servers and clients.
func New(keys *Keys, now time.Time) *World {
	w := &World{Keys: keys, Now: now, Host: "www.example.com"}
	w.Root = w.CA("Root", nil)
	w.Int = w.CA("Intermediate", w.Root)
	w.Leaf = w.End("www.example.com", w.Int)
	w.Sent, w.Anchors = []*Cert{w.Int}, []*Cert{w.Root}
	return w
}

func (w *World) cert(label string, by *Cert) *Cert {
	c := &Cert{Label: label, Key: w.Keys.Get("p256", label), By: by, Subject: Named(label), Version: 2,
		Serial: TLV(2, append([]byte{0x11}, keyID("serial " + label)[:9]...)),
		From:   UTCTime(w.Now.AddDate(0, 0, -30)), To: UTCTime(w.Now.AddDate(0, 0, 300))}
	c.Add(SKI, false, TLV(4, keyID(label)))
	if by != nil {
		c.Add(AKI, false, Seq(TLV(0x80, keyID(by.Label))))
	}
	return c
}

// CA is a healthy CA, self-signed where by is nil.
func (w *World) CA(label string, by *Cert) *Cert {
	c := w.cert(label, by)
	c.Add(BC, true, Seq(True()))
	c.Add(KU, true, Usage(5, 6))
	return c
}

// End is a healthy end entity for a DNS name.
func (w *World) End(name string, by *Cert) *Cert {
	c := w.cert(name, by)
	c.Add(BC, true, Seq())
	c.Add(KU, true, Usage(0))
	c.Add(EKU, false, Purposes("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"))
	c.Add(SAN, false, Seq(DNS(name)))
	return c
}

// Usage encodes a keyUsage with these bits.
func Usage(bits ...int) []byte {
	if len(bits) == 0 {
		return TLV(3, []byte{0})
	}
	b := make([]byte, slices.Max(bits)/8+1)
	for _, n := range bits {
		b[n/8] |= 0x80 >> (n % 8)
	}
	return TLV(3, []byte{byte(7 - slices.Max(bits)%8)}, b)
}

// Purposes encodes an extendedKeyUsage.
func Purposes(oids ...string) []byte {
	var list []byte
	for _, o := range oids {
		list = append(list, OID(o)...)
	}
	return Seq(list)
}

// DNS, Mail, URI, Addr, Dir and Other encode general names.
func DNS(name string) []byte  { return TLV(0x82, []byte(name)) }
func Mail(name string) []byte { return TLV(0x81, []byte(name)) }
func URI(name string) []byte  { return TLV(0x86, []byte(name)) }
func Addr(ip []byte) []byte   { return TLV(0x87, ip) }
func Dir(name []byte) []byte  { return TLV(0xa4, name) }
func Other() []byte           { return TLV(0xa0, OID("1.2.3.4"), TLV(0xa0, TLV(UTF8, []byte("x")))) }

// Subtrees encodes nameConstraints.
func Subtrees(permitted, excluded [][]byte) []byte {
	list := func(tag byte, names [][]byte) []byte {
		var out []byte
		for _, n := range names {
			out = append(out, Seq(n)...)
		}
		if out == nil {
			return nil
		}
		return TLV(tag, out)
	}
	return Seq(list(0xa0, permitted), list(0xa1, excluded))
}

// Add appends an extension.
func (c *Cert) Add(oid string, critical bool, value []byte) {
	c.Exts = append(c.Exts, Ext{oid, critical, value})
}

// Del removes an extension.
func (c *Cert) Del(oids ...string) {
	c.Exts = slices.DeleteFunc(slices.Clone(c.Exts), func(e Ext) bool { return slices.Contains(oids, e.OID) })
}

// Set replaces an extension, or appends it.
func (c *Cert) Set(oid string, critical bool, value []byte) {
	i := slices.IndexFunc(c.Exts, func(e Ext) bool { return e.OID == oid })
	if i < 0 {
		c.Add(oid, critical, value)
		return
	}
	c.Exts = slices.Clone(c.Exts)
	c.Exts[i] = Ext{oid, critical, value}
}

// Critical marks an extension, or takes the mark away.
func (c *Cert) Critical(oid string, critical bool) {
	c.Exts = slices.Clone(c.Exts)
	for i := range c.Exts {
		if c.Exts[i].OID == oid {
			c.Exts[i].Critical = critical
		}
	}
}

// Copy is another certificate like this one.
func (c *Cert) Copy() *Cert {
	o := *c
	o.Exts, o.der = slices.Clone(c.Exts), nil
	return &o
}

// Encoded is the certificate. Nothing may be changed afterwards.
func (c *Cert) Encoded() []byte {
	if c.der != nil {
		return c.der
	}
	signer, issuer := c.Key, c.Subject
	if c.By != nil {
		signer, issuer = c.By.Key, c.By.Subject
	}
	if c.Signer != nil {
		signer = c.Signer
	}
	if c.Issuer != nil {
		issuer = c.Issuer
	}
	alg := c.Alg
	if alg == nil {
		alg = signer.Alg
	}
	inner := c.InnerAlg
	if inner == nil {
		inner = alg
	}
	key := c.SPKI
	if key == nil {
		key = c.Key.SPKI
	}
	var version, exts []byte
	if c.Version >= 0 {
		version = TLV(0xa0, Int(int64(c.Version)))
	}
	for _, e := range c.Exts {
		exts = append(exts, e.encoded()...)
	}
	switch {
	case c.NoExts:
		exts = nil
	case c.EmptyExts:
		exts = TLV(0xa3, Seq())
	default:
		exts = TLV(0xa3, Seq(exts))
	}
	tbs := Seq(version, c.Serial, inner, issuer, Seq(c.From, c.To), c.Subject, key, c.IDs, exts, c.Tail)
	if c.TBS != nil {
		tbs = c.TBS(tbs)
	}
	sig := Bits(signer.sign(c.Digest, tbs))
	if c.Sig != nil {
		sig = c.Sig(sig)
	}
	c.der = Seq(tbs, alg, sig)
	if c.DER != nil {
		c.der = c.DER(c.der)
	}
	return c.der
}

func (e Ext) encoded() []byte {
	var critical []byte
	if e.Critical {
		critical = True()
	}
	return Seq(OID(e.OID), critical, TLV(4, e.Value))
}

// List describes a CRL.
type List struct {
	By       *Cert
	Issuer   []byte // nil: By's subject
	From, To []byte // To nil: no nextUpdate
	Revoked  []Entry
	Exts     []Ext
	Signer   *Key

	der []byte
}

// Entry is one revoked certificate.
type Entry struct {
	Serial []byte
	Date   []byte
	Exts   []Ext
}

// The extensions of lists.
const (
	CRLNumber = "2.5.29.20"
	Reason    = "2.5.29.21"
	Delta     = "2.5.29.27"
	IDP       = "2.5.29.28"
	CertIss   = "2.5.29.29"
)

// List is a fresh list of that CA.
func (w *World) List(by *Cert, revoked ...*Cert) *List {
	l := &List{By: by, From: UTCTime(w.Now.AddDate(0, 0, -1)), To: UTCTime(w.Now.AddDate(0, 0, 7))}
	l.Exts = []Ext{{AKI, false, Seq(TLV(0x80, keyID(by.Label)))}, {CRLNumber, false, Int(7)}}
	for _, c := range revoked {
		l.Revoked = append(l.Revoked, Entry{Serial: c.Serial, Date: UTCTime(w.Now.AddDate(0, 0, -2))})
	}
	return l
}

// Set replaces an extension of the list, or appends it.
func (l *List) Set(oid string, critical bool, value []byte) {
	l.Exts = slices.DeleteFunc(slices.Clone(l.Exts), func(e Ext) bool { return e.OID == oid })
	if value != nil {
		l.Exts = append(l.Exts, Ext{oid, critical, value})
	}
}

// Encoded is the list. Nothing may be changed afterwards.
func (l *List) Encoded() []byte {
	if l.der != nil {
		return l.der
	}
	signer, issuer := l.By.Key, l.By.Subject
	if l.Signer != nil {
		signer = l.Signer
	}
	if l.Issuer != nil {
		issuer = l.Issuer
	}
	var revoked, exts []byte
	for _, e := range l.Revoked {
		var list []byte
		for _, x := range e.Exts {
			list = append(list, x.encoded()...)
		}
		if list != nil {
			list = Seq(list)
		}
		revoked = append(revoked, Seq(e.Serial, e.Date, list)...)
	}
	if revoked != nil {
		revoked = Seq(revoked)
	}
	for _, x := range l.Exts {
		exts = append(exts, x.encoded()...)
	}
	if exts != nil {
		exts = TLV(0xa0, Seq(exts))
	}
	tbs := Seq(Int(1), signer.Alg, issuer, l.From, l.To, revoked, exts)
	l.der = Seq(tbs, signer.Alg, Bits(signer.sign("", tbs)))
	return l.der
}
