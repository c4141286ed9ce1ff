package der

import "strings"

// Why names the field for which a certificate is refused, in the terms of RFC
// 5280: the one that cannot be read, or those whose encoding is not what it has
// to be. It is empty where this reader finds nothing wrong.
func Why(certificate []byte) string {
	c, err := ParseCertificate(certificate)
	if err != nil {
		return err.Error()
	}
	const most = 3
	var words []string
	for _, d := range c.Departures[:min(len(c.Departures), most)] {
		words = append(words, d.String())
	}
	return strings.Join(words, "; ")
}
