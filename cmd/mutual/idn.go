package main

import (
	"strings"

	"golang.org/x/net/idna"
)

// asciiName is a host name as it goes over the wire and stands in certificates:
// "bücher.example" is "xn--bcher-kva.example" there. A name that is ASCII
// already is left as it is. Source: RFC 5891 §5.
func asciiName(flag, name string) (string, error) {
	if !strings.ContainsFunc(name, func(r rune) bool { return r >= 0x80 }) {
		return name, nil
	}
	ascii, err := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false)).ToASCII(name)
	if err != nil {
		return "", usage("write the name as it stands in the DNS", "%s %q is no host name: %v", flag, name, err)
	}
	return ascii, nil
}
