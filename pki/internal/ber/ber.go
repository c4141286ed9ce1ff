// Package ber turns BER, which some programs write for PKCS#7 and PKCS#12,
// into DER, which is all that Go's parsers read.
package ber

import (
	"errors"
)

// Limits against hostile input: the depth of nesting, and the number of values.
const (
	maxDepth  = 64
	maxValues = 200_000
)

var errMalformed = errors.New("malformed BER")

// ToDER returns the first value of data in DER, and the length that it has in
// data: definite lengths in their shortest form, and octet strings in one piece
// (X.690 §8.1.3.6, §8.7.3). Data that is DER already comes back as it is.
func ToDER(data []byte) (der []byte, length int, err error) {
	c := converter{}
	der, rest, err := c.value(data, 0)
	if err != nil {
		return nil, 0, err
	}
	return der, len(data) - len(rest), nil
}

type converter struct{ values int }

// value converts the value that data starts with, and returns what follows it.
func (c *converter) value(data []byte, depth int) (der, rest []byte, err error) {
	if c.values++; depth > maxDepth || c.values > maxValues {
		return nil, nil, errMalformed
	}
	id, length, body, err := header(data)
	if err != nil {
		return nil, nil, err
	}
	constructed := id[0]&0x20 != 0
	if !constructed {
		if length < 0 || length > len(body) {
			return nil, nil, errMalformed
		}
		return encode(id, body[:length]), body[length:], nil
	}
	inner := body
	if length >= 0 {
		if length > len(body) {
			return nil, nil, errMalformed
		}
		inner, rest = body[:length], body[length:]
	}
	var content []byte
	octets := id[0] == 0x24 // a constructed OCTET STRING, whose parts are joined
	for {
		if length < 0 && len(inner) >= 2 && inner[0] == 0 && inner[1] == 0 {
			rest = inner[2:]
			break
		}
		if len(inner) == 0 {
			if length < 0 {
				return nil, nil, errMalformed
			}
			break
		}
		var part []byte
		if part, inner, err = c.value(inner, depth+1); err != nil {
			return nil, nil, err
		}
		if octets && part[0] == 0x04 {
			_, n, text, err := header(part)
			if err != nil || n > len(text) {
				return nil, nil, errMalformed
			}
			part = text[:n]
		} else if octets {
			return nil, nil, errMalformed
		}
		content = append(content, part...)
	}
	if octets {
		id = []byte{0x04}
	}
	return encode(id, content), rest, nil
}

// header splits off identifier and length; the length is -1 where it is
// indefinite.
func header(data []byte) (id []byte, length int, body []byte, err error) {
	n := 1
	if len(data) < 2 {
		return nil, 0, nil, errMalformed
	}
	if data[0]&0x1f == 0x1f { // a tag number in the bytes that follow
		for ; n < len(data) && data[n]&0x80 != 0; n++ {
		}
		if n++; n > 5 {
			return nil, 0, nil, errMalformed
		}
	}
	if n >= len(data) {
		return nil, 0, nil, errMalformed
	}
	id, data = data[:n], data[n:]
	first := int(data[0])
	data = data[1:]
	switch {
	case first < 0x80:
		return id, first, data, nil
	case first == 0x80:
		return id, -1, data, nil
	case first > 0x88 || len(data) < first-0x80:
		return nil, 0, nil, errMalformed
	}
	for _, b := range data[:first-0x80] {
		if length >= 1<<31 {
			return nil, 0, nil, errMalformed
		}
		length = length<<8 | int(b)
	}
	return id, length, data[first-0x80:], nil
}

func encode(id, content []byte) []byte {
	out := append(make([]byte, 0, len(id)+5+len(content)), id...)
	n := len(content)
	switch {
	case n < 0x80:
		out = append(out, byte(n))
	case n < 1<<8:
		out = append(out, 0x81, byte(n))
	case n < 1<<16:
		out = append(out, 0x82, byte(n>>8), byte(n))
	case n < 1<<24:
		out = append(out, 0x83, byte(n>>16), byte(n>>8), byte(n))
	default:
		out = append(out, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(out, content...)
}
