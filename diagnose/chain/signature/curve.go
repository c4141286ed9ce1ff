package signature

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"math/big"

	"mutual/diagnose/chain/der"
)

// curve is y² = x³ + ax + b over the numbers modulo p, with a generator of
// order n. One without p is known by name only, and cannot be computed with.
type curve struct {
	name               string
	p, a, b, gx, gy, n *big.Int
	std                elliptic.Curve // where crypto/ecdsa has the curve
}

func (c *curve) order() int { return bitLen(c.n) }

func weierstrass(name string, numbers ...string) *curve {
	c := &curve{name: name}
	for i, to := range []**big.Int{&c.p, &c.a, &c.b, &c.gx, &c.gy, &c.n} {
		*to, _ = new(big.Int).SetString(numbers[i], 16)
	}
	return c
}

func standard(e elliptic.Curve) *curve {
	p := e.Params()
	return &curve{p.Name, p.P, new(big.Int).Sub(p.P, big.NewInt(3)), p.B, p.Gx, p.Gy, p.N, e}
}

// HasCurve reports a named curve that is known.
func HasCurve(name der.OID) bool { return namedCurve(name) != nil }

// maxField bounds the fields of curves that are given by their numbers.
// Source: OpenSSL 3.0, OPENSSL_ECC_MAX_FIELD_BITS.
const maxField = 661

func parseEC(parameters, point []byte) (*Key, error) {
	given, err := der.ParseCurve(parameters)
	if err != nil {
		return nil, err
	}
	k := &Key{Kind: KeyEC, Explicit: given.Explicit}
	switch {
	case !given.Explicit:
		if k.curve = namedCurve(given.Named); k.curve == nil {
			return nil, errors.New("ECParameters: unknown curve " + given.Named.String())
		}
	case !given.Prime:
		k.curve = &curve{name: "explicit curve"}
	case given.P.BitLen() > maxField || given.P.Bit(0) == 0 || given.N.Sign() == 0:
		return nil, errors.New("ECParameters: no prime field")
	default:
		k.curve = &curve{name: "explicit curve", p: given.P, a: given.A, b: given.B, n: given.N}
		if k.curve.gx, k.curve.gy, err = k.curve.point(given.Generator); err != nil {
			return nil, err
		}
	}
	k.name = "ECDSA " + k.curve.name
	if k.curve.p == nil {
		return k, nil
	}
	if k.x, k.y, err = k.curve.point(point); err != nil {
		return nil, err
	}
	if k.curve.std != nil {
		size := (k.curve.p.BitLen() + 7) / 8
		octets := k.y.FillBytes(make([]byte, 2*size+1))
		octets[0] = 4
		k.x.FillBytes(octets[1 : 1+size])
		k.std, err = ecdsa.ParseUncompressedPublicKey(k.curve.std, octets)
	}
	return k.or(err)
}

// point reads a point in any of its encodings. Source: SEC 1 §2.3.4.
func (c *curve) point(b []byte) (x, y *big.Int, err error) {
	size := (c.p.BitLen() + 7) / 8
	bad := errors.New("subjectPublicKeyInfo: the point is not on the curve " + c.name)
	if len(b) != 1+size && len(b) != 1+2*size {
		return nil, nil, bad
	}
	x = new(big.Int).SetBytes(b[1 : 1+size])
	if x.Cmp(c.p) >= 0 {
		return nil, nil, bad
	}
	right := c.right(x)
	switch form := b[0]; {
	case (form == 2 || form == 3) && len(b) == 1+size:
		y = new(big.Int).ModSqrt(right, c.p)
		if y == nil {
			return nil, nil, bad
		}
		if y.Bit(0) != uint(form&1) {
			y.Sub(c.p, y)
		}
	case (form == 4 || form == 6 || form == 7) && len(b) == 1+2*size:
		y = new(big.Int).SetBytes(b[1+size:])
		if y.Cmp(c.p) >= 0 || form != 4 && y.Bit(0) != uint(form&1) {
			return nil, nil, bad
		}
		square := new(big.Int).Mul(y, y)
		if square.Mod(square, c.p).Cmp(right) != 0 {
			return nil, nil, bad
		}
	default:
		return nil, nil, bad
	}
	return x, y, nil
}

// right is x³ + ax + b.
func (c *curve) right(x *big.Int) *big.Int {
	r := new(big.Int).Mul(x, x)
	r.Add(r, c.a).Mul(r, x).Add(r, c.b)
	return r.Mod(r, c.p)
}

// jacobian is a point (X/Z², Y/Z³); Z is zero for the point at infinity.
type jacobian struct{ x, y, z *big.Int }

func (c *curve) mul(u, v *big.Int) *big.Int {
	r := new(big.Int).Mul(u, v)
	return r.Mod(r, c.p)
}

func (c *curve) sub(u, v *big.Int) *big.Int {
	r := new(big.Int).Sub(u, v)
	return r.Mod(r, c.p)
}

// double is 2p. Source: Explicit-Formulas Database, dbl-2007-bl.
func (c *curve) double(p jacobian) jacobian {
	if p.z.Sign() == 0 || p.y.Sign() == 0 {
		return jacobian{big.NewInt(1), big.NewInt(1), new(big.Int)}
	}
	yy := c.mul(p.y, p.y)
	s := c.mul(big.NewInt(4), c.mul(p.x, yy))
	zz := c.mul(p.z, p.z)
	m := c.mul(big.NewInt(3), c.mul(p.x, p.x))
	m.Add(m, c.mul(c.a, c.mul(zz, zz)))
	x := c.sub(c.mul(m, m), new(big.Int).Lsh(s, 1))
	y := c.sub(c.mul(m, c.sub(s, x)), c.mul(big.NewInt(8), c.mul(yy, yy)))
	return jacobian{x, y, c.mul(big.NewInt(2), c.mul(p.y, p.z))}
}

// add is p + q.
func (c *curve) add(p, q jacobian) jacobian {
	if p.z.Sign() == 0 {
		return q
	}
	if q.z.Sign() == 0 {
		return p
	}
	pz, qz := c.mul(p.z, p.z), c.mul(q.z, q.z)
	u1, u2 := c.mul(p.x, qz), c.mul(q.x, pz)
	s1, s2 := c.mul(p.y, c.mul(q.z, qz)), c.mul(q.y, c.mul(p.z, pz))
	h, r := c.sub(u2, u1), c.sub(s2, s1)
	if h.Sign() == 0 {
		if r.Sign() == 0 {
			return c.double(p)
		}
		return jacobian{big.NewInt(1), big.NewInt(1), new(big.Int)}
	}
	hh := c.mul(h, h)
	hhh, v := c.mul(h, hh), c.mul(u1, hh)
	x := c.sub(c.sub(c.mul(r, r), hhh), new(big.Int).Lsh(v, 1))
	y := c.sub(c.mul(r, c.sub(v, x)), c.mul(s1, hhh))
	return jacobian{x, y, c.mul(h, c.mul(p.z, q.z))}
}

// verify checks an ECDSA signature. Source: SEC 1 §4.1.4.
func (c *curve) verify(x, y *big.Int, digest []byte, r, s *big.Int) bool {
	if r.Sign() <= 0 || s.Sign() <= 0 || r.Cmp(c.n) >= 0 || s.Cmp(c.n) >= 0 {
		return false
	}
	e := new(big.Int).SetBytes(digest)
	if excess := 8*len(digest) - c.n.BitLen(); excess > 0 {
		e.Rsh(e, uint(excess))
	}
	w := new(big.Int).ModInverse(s, c.n)
	if w == nil {
		return false
	}
	u1 := new(big.Int).Mul(e, w)
	u2 := new(big.Int).Mul(r, w)
	u1.Mod(u1, c.n)
	u2.Mod(u2, c.n)
	g, q := jacobian{c.gx, c.gy, big.NewInt(1)}, jacobian{x, y, big.NewInt(1)}
	both := c.add(g, q)
	sum := jacobian{big.NewInt(1), big.NewInt(1), new(big.Int)}
	for i := c.n.BitLen() - 1; i >= 0; i-- {
		sum = c.double(sum)
		switch u1.Bit(i) + 2*u2.Bit(i) {
		case 1:
			sum = c.add(sum, g)
		case 2:
			sum = c.add(sum, q)
		case 3:
			sum = c.add(sum, both)
		}
	}
	z := new(big.Int).ModInverse(sum.z, c.p)
	if sum.z.Sign() == 0 || z == nil {
		return false
	}
	at := c.mul(sum.x, c.mul(z, z))
	return at.Mod(at, c.n).Cmp(r) == 0
}
