package pki

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"mutual/diagnose/cause"
)

// maxWrappings bounds how many encodings are taken off one after another.
const maxWrappings = 4

// wrapped takes off what stands around PEM or DER in headers, variables and
// manifests, says so, and reads what is inside. It reports whether there was
// anything of that kind.
func (in *inspector) wrapped(data []byte) bool {
	if in.depth >= maxWrappings || bytes.Contains(data, []byte(pemBegin)) && !bytes.HasPrefix(bytes.TrimSpace(data), []byte(`"`)) {
		return false
	}
	text := string(data)
	if utf16, ok := decodeUTF16(data); ok {
		if strings.Contains(utf16, pemBegin) {
			return false // the PEM scanner says so
		}
		text = utf16
	}
	for _, unwrap := range []func(string) (inner [][]byte, found string){
		jsonString, percentEncoded, byteSequences, base64Text, headerValue,
	} {
		inner, found := unwrap(text)
		if len(inner) == 0 {
			continue
		}
		in.problem(Problem{Code: cause.PEMWrapped, Line: 1, Found: found, Want: wantedBlock(in.role)})
		in.depth++
		for _, part := range inner {
			in.data(part)
		}
		in.depth--
		return true
	}
	return false
}

// jsonString is a text in quotation marks with its line breaks written out.
func jsonString(text string) ([][]byte, string) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, `"`) {
		return nil, ""
	}
	var inner string
	if json.Unmarshal([]byte(text), &inner) != nil || !looksWhole([]byte(inner)) {
		return nil, ""
	}
	return [][]byte{[]byte(inner)}, "a JSON string"
}

// percentEncoded is PEM as headers carry it: nginx ($ssl_client_escaped_cert),
// Envoy (X-Forwarded-Client-Cert), AWS's load balancer (X-Amzn-Mtls-Clientcert).
func percentEncoded(text string) ([][]byte, string) {
	plain := ""
	switch {
	case strings.Contains(text, "BEGIN%20"):
		plain = percentDecode(text)
	case strings.Contains(text, "-----BEGIN+"), strings.Contains(text, "%2D%2D%2D%2D%2DBEGIN+"):
		plain = percentDecode(strings.ReplaceAll(text, "+", " "))
	default:
		return nil, ""
	}
	found := "percent-encoding, as in the header of a proxy"
	if strings.Contains(text, `Cert="`) || strings.Contains(text, `Chain="`) || strings.Contains(text, "Cert=-----") {
		found = "Envoy's X-Forwarded-Client-Cert, percent-encoded"
	}
	if pem := pemSegments(plain); pem != "" {
		plain = pem
	}
	return [][]byte{[]byte(plain)}, found
}

// percentDecode replaces what is percent-encoded, and leaves the rest alone.
func percentDecode(text string) string {
	return regexp.MustCompile(`(%[0-9a-fA-F]{2})+`).ReplaceAllStringFunc(text, func(run string) string {
		if plain, err := url.PathUnescape(run); err == nil {
			return plain
		}
		return run
	})
}

// pemSegments are the PEM blocks of a text, each on lines of its own. Envoy
// repeats the leaf in Chain: each block is kept once.
func pemSegments(text string) string {
	var blocks []string
	for _, b := range regexp.MustCompile(`(?s)-----BEGIN [^-]+-----.*?-----END [^-]+-----`).FindAllString(text, -1) {
		if !slices.Contains(blocks, b) {
			blocks = append(blocks, b)
		}
	}
	if len(blocks) == 0 {
		return ""
	}
	return strings.Join(blocks, "\n") + "\n"
}

// byteSequences are values of Client-Cert and Client-Cert-Chain (RFC 9440):
// base64 between colons, of DER.
func byteSequences(text string) ([][]byte, string) {
	var inner [][]byte
	for _, m := range regexp.MustCompile(`:([A-Za-z0-9+/=]{40,}):`).FindAllStringSubmatch(text, -1) {
		if der, ok := decodeBase64(m[1]); ok && known(der) {
			inner = append(inner, der)
		}
	}
	return inner, "byte sequences of RFC 9440 (Client-Cert)"
}

// base64Text is text that as a whole is base64 of PEM, of DER, or of base64
// again.
func base64Text(text string) ([][]byte, string) {
	data, ok := decodeBase64(text)
	if !ok {
		data, ok = cutBase64(text)
	}
	if !ok {
		return nil, ""
	}
	switch kind, _ := sniffBinary(data); {
	case kind != derUnknown: // whole or cut off
		return [][]byte{data}, "base64 without BEGIN and END lines"
	case bytes.Contains(data, []byte(pemBegin)):
		return [][]byte{data}, "base64 around PEM"
	}
	if again, ok := decodeBase64(string(data)); ok && looksWhole(again) {
		return [][]byte{again}, "base64 twice"
	}
	return nil, ""
}

// headerValue is a header with certificates in base64 and without their BEGIN
// lines, as Traefik sends them (X-Forwarded-Tls-Client-Cert), with its name or
// without, percent-encoded or not.
func headerValue(text string) ([][]byte, string) {
	text = strings.TrimSpace(percentDecode(text))
	if name, value, ok := strings.Cut(text, ":"); ok && regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]*$`).MatchString(name) {
		text = value
	}
	var inner [][]byte
	for _, part := range strings.Split(text, ",") {
		der, ok := decodeBase64(strings.Trim(part, "\"' \t\r\n"))
		if !ok || !looksWhole(der) {
			return nil, ""
		}
		inner = append(inner, der)
	}
	return inner, "a header's value: base64 without BEGIN and END lines"
}

// decodeBase64 decodes base64 of either alphabet, with its padding or without,
// and with a blank in place of each + as a decoder of forms leaves it.
func decodeBase64(text string) ([]byte, bool) {
	text = strings.TrimSpace(text)
	if text == "" || strings.Contains(text, dashes) {
		return nil, false
	}
	compact := strings.Join(strings.Fields(text), "")
	candidates := []string{compact}
	if !strings.ContainsAny(text, "\r\n\t+-_") && strings.Contains(text, " ") {
		candidates = append(candidates, strings.ReplaceAll(text, " ", "+"))
	}
	for _, c := range candidates {
		c = strings.TrimRight(strings.NewReplacer("-", "+", "_", "/").Replace(c), "=")
		if data, err := base64.RawStdEncoding.DecodeString(c); err == nil && (len(candidates) == 1 || looksWhole(data)) {
			return data, true
		}
	}
	return nil, false
}

// cutBase64 decodes what is there of base64 that was cut off, where it starts as
// PEM or a certificate does.
func cutBase64(text string) ([]byte, bool) {
	compact := strings.Join(strings.Fields(text), "")
	if !strings.HasPrefix(compact, "LS0tLS1CRUdJT") && !strings.HasPrefix(compact, "MII") {
		return nil, false
	}
	data, err := base64.StdEncoding.DecodeString(compact[:len(compact)/4*4])
	return data, err == nil
}

// known reports whether data is a binary form that is recognised, and whole.
func known(data []byte) bool {
	kind, length := sniffBinary(data)
	return kind != derUnknown && length <= len(data)
}

// looksWhole reports whether data is PEM or a known binary form.
func looksWhole(data []byte) bool {
	return bytes.Contains(data, []byte(pemBegin)) || known(data)
}
